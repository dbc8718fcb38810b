"""Plan files at the engine: what is read to check one, what a forged one can do, what is kept, and that no locale or
hash seed shows in one."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from connector.domain.plan import Entry, EntryKind
from connector.domain.planfile import file_lines
from connector.domain.values import CLOPOS
from connector.engine.drift import Why
from connector.engine.planfile import PlanFile
from connector.state.core import Database
from connector.state.database import open_state
from connector.state.plans import PlanStore
from tests.engine.lines import settled_pairs
from tests.engine.plan_kit import apply, diff_into
from tests.engine.scene import Scene, scene
from tests.engine.test_requests import requests

ROOT = Path(__file__).parents[2]
SMALL_PAGES: dict[str, Any] = {"clopos_table": "page_size = 10"}


@pytest.fixture
async def place(tmp_path: Path) -> Scene:
    """A finished backfill of a few dozen people, on small pages."""
    bench = scene(tmp_path, clopos=40, checkandplace=12, shared=10, seed=3, **SMALL_PAGES)
    await bench.run("backfill")
    bench.clock.pass_time(70)
    await bench.run("sync")
    return bench


def rename(bench: Scene, count: int) -> list[tuple[str, str]]:
    pairs = settled_pairs(bench)[:count]
    for number, (clopos, _guest) in enumerate(pairs):
        bench.world.staff_edit("clopos", clopos, {"name": f"Yeni Testov{'abcdefgh'[number]}"})
    return pairs


async def test_customers_are_read_by_id_where_that_costs_less_than_their_list(place: Scene, tmp_path: Path) -> None:
    rename(place, 2)
    path = tmp_path / "plan.json"
    file = await diff_into(place, path)
    pages = requests(place)["scan"]
    assert pages > 2
    assert file.about.scans["clopos"]["pages"] == pages
    result, work = await apply(place, path, choice=words(place, path, "update"))
    assert result.counts["updated.checkandplace"] == 2
    assert (requests(place)["read by id"], requests(place)["scan"]) == (2, 0)
    assert work.dropped == {}

    rename(place, 6)
    await diff_into(place, path)
    await apply(place, path, choice=words(place, path, "update"))
    assert (requests(place)["read by id"], requests(place)["scan"]) == (0, pages), "six would cost more"


def words(bench: Scene, path: Path, *only: str) -> Any:
    from connector.engine.apply_file import FileRun

    return FileRun(PlanFile.open(path)).chosen(bench.ctx, only, ())


async def test_a_customer_that_is_gone_by_id_takes_its_operations_along(place: Scene, tmp_path: Path) -> None:
    (clopos, _guest), (_other, still) = rename(place, 2)
    path = tmp_path / "plan.json"
    await diff_into(place, path)
    place.world.staff_delete("clopos", clopos)
    result, work = await apply(place, path, choice=words(place, path, "update"))
    assert [entry.path.rsplit("/", 1)[-1] for entry in place.writes] == [still]
    assert list(work.dropped.values()) == [Why.GONE]
    assert int(result.exit_code) == 4


async def test_a_create_that_somebody_made_meanwhile_is_so_already(place: Scene, tmp_path: Path) -> None:
    new = place.world.staff_create("clopos", {"name": "Neue Person", "phone": "+994557770199"}, "neu")
    path = tmp_path / "plan.json"
    file = await diff_into(place, path)
    assert [(e.kind, e.clopos_id) for e in file.entries() if e.kind is EntryKind.CREATE] == [(EntryKind.CREATE, new)]
    await place.run("sync")
    result, work = await apply(place, path)
    assert place.writes == []
    assert set(work.dropped.values()) == {Why.ALREADY}
    assert int(result.exit_code) == 0


async def test_a_forged_plan_does_nothing_that_a_sync_would_not_do(place: Scene, tmp_path: Path) -> None:
    """Whoever writes a file with a right seal still cannot send what the readings do not ask for."""
    rename(place, 1)
    path = tmp_path / "plan.json"
    file = await diff_into(place, path)
    real = list(file.entries())
    (update,) = [entry for entry in real if entry.kind is EntryKind.UPDATE]
    forged: list[Entry] = [
        replace(update, body={"first_name": "Mallory"}),
        replace(update, checkandplace_id=next(iter(place.world.checkandplace.customers)), checkandplace_row=1),
        Entry(EntryKind.CREATE, side=CLOPOS, checkandplace_id="x", reason="nobody_there", body={"name": "Mallory"}),
    ]
    path.write_bytes(b"".join(file_lines(file.about, [*real, *forged])))
    await apply(place, path)
    assert [entry.body for entry in place.writes] == [update.body]


async def test_plans_of_runs_that_wrote_something_are_kept(tmp_path: Path) -> None:
    bench = scene(tmp_path, clopos=6, checkandplace=6, shared=6, seed=4, pair="keep_plans = 2")
    await bench.run("backfill")
    for number in range(3):
        clopos, _guest = settled_pairs(bench)[0]
        bench.world.staff_edit("clopos", clopos, {"name": f"Yeni Testov{'abc'[number]}"})
        await bench.run("sync")
        await bench.run("sync")
    await bench.run("diff")
    rows = bench.rows(
        "SELECT p.run_id AS run, e.kind AS kind FROM plan_entry e JOIN plan p ON p.id = e.plan_id ORDER BY e.id"
    )
    last = max(row["run"] for row in bench.rows("SELECT run_id AS run FROM plan"))
    kept = Counter(row["run"] for row in rows if row["run"] != last)
    writing = {row["run"] for row in rows if row["run"] != last and row["kind"] == "update"}
    runs = [row["run_id"] for row in bench.rows("SELECT DISTINCT run_id FROM history ORDER BY run_id")]
    assert writing == set(runs[-2:]), "the last two, whatever ran in between"
    assert set(kept) == writing
    assert not {"skip", "not-sent"} & {row["kind"] for row in rows if row["run"] in writing}


SCRIPT = """
import locale
import sys
from pathlib import Path
from connector.engine.planfile import PlanFile, write_plan
from connector.state.core import Database
from connector.state.database import open_state
database = Database(open_state(sys.argv[1]), int(sys.argv[2]))
with open(sys.argv[4], "wb") as out:
    about = write_plan(out, database, int(sys.argv[3]))
print(about.plan, len(PlanFile.open(Path(sys.argv[4])).places))
"""
REAL = """
try:
    locale.setlocale(locale.LC_ALL, "")
except locale.Error:  # not on this machine: C, as in every program
    pass
else:
    print("really", locale.setlocale(locale.LC_ALL), file=sys.stderr)
"""
PLACES = [("C", "0"), ("az_AZ.UTF-8", "1"), ("tr_TR.UTF-8", "2"), ("C.UTF-8", "3"), ("az_AZ", "4"), ("tr_TR", "5"),
          ("C", "6"), ("C", "7"), ("az_AZ.UTF-8", "8"), ("tr_TR.UTF-8", "9")]  # fmt: skip
"""LANG and PYTHONHASHSEED."""


def compiled(folder: Path) -> list[str]:
    """The Azerbaijani and the Turkish locale, made in a folder where the machine has their sources; few have them
    ready. Returns their names."""
    made = []
    for name in ("az_AZ", "tr_TR") if shutil.which("localedef") else ():
        for suffix in ("", ".UTF-8"):
            words = ["localedef", "-i", name, "-f", "UTF-8", str(folder / f"{name}{suffix}")]
            if subprocess.run(words, capture_output=True, check=False).returncode == 0:
                made.append(name + suffix)
    return made


def written_everywhere(url: str, pair: str, plan: str, folder: Path) -> set[str]:
    """The stored plan as a file of each place, and what the processes said. The locales are in force in them."""
    said: set[str] = set()
    locales = folder / "locales"
    locales.mkdir()
    here, forced = compiled(locales), set[str]()
    running: list[subprocess.Popen[str]] = []
    for number, (lang, seed) in enumerate(PLACES):
        environment = {**os.environ, "LANG": lang, "LC_ALL": lang, "PYTHONHASHSEED": seed, "PYTHONPATH": str(ROOT)}
        if lang in here:
            environment["LOCPATH"] = str(locales)
        script = SCRIPT.replace("from pathlib", REAL + "from pathlib", 1)
        words = [sys.executable, "-c", script, url, pair, plan, str(folder / f"{number}.json")]
        running.append(subprocess.Popen(
            words, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        ))  # fmt: skip
        if len(running) == 2 or number == len(PLACES) - 1:
            for told, loud in (one.communicate(timeout=120) for one in running):
                said.add(told.strip())
                forced |= set(re.findall(r"^really (\S+)$", loud, re.MULTILINE))
            running.clear()
    assert forced >= set(here), "the locales that this machine can make were in force"
    return said


async def test_a_plan_is_the_same_file_in_every_language_and_under_every_hash_seed(tmp_path: Path) -> None:
    bench = scene(tmp_path / "bench", clopos=20, checkandplace=20, shared=12, seed=8)
    await bench.run("backfill")
    for clopos, _guest in settled_pairs(bench)[:4]:
        bench.world.staff_edit("clopos", clopos, {"name": "İlkin Işıqlı Qəhrəmanov"})
    path = tmp_path / "plan.json"
    file = await diff_into(bench, path)
    assert {entry.kind for entry in file.entries()} >= {EntryKind.UPDATE}
    pair, plan = bench.rows("SELECT pair_id, id FROM plan ORDER BY id DESC")[0].values()
    said = written_everywhere(bench.settings.database_url(), str(pair), str(plan), tmp_path)
    assert said == {f"{file.about.plan} {len(file.places)}"}
    assert {(tmp_path / f"{number}.json").read_bytes() for number in range(len(PLACES))} == {path.read_bytes()}


async def test_two_databases_give_one_plan_the_same_hash_and_the_same_entries(tmp_path: Path) -> None:
    found = []
    for name in ("one", "two"):
        bench = scene(tmp_path / name, clopos=12, checkandplace=12, shared=8, seed=6)
        await bench.run("backfill")
        for clopos, _guest in settled_pairs(bench)[:2]:
            bench.world.staff_edit("clopos", clopos, {"name": "Yeni Testov"})
        found.append(await diff_into(bench, tmp_path / f"{name}.json"))
    one, two = found
    assert one.about.plan == two.about.plan
    assert one.about.database != two.about.database
    ours, theirs = ([json.dumps(e.body) for e in f.entries() if e.kind is EntryKind.UPDATE] for f in (one, two))
    assert ours == theirs != []
    updates = [{e.fingerprint() for e in f.entries() if e.kind is EntryKind.UPDATE} for f in (one, two)]
    assert updates[0] == updates[1]


def test_a_plan_that_is_not_stored_any_more_is_not_written(tmp_path: Path) -> None:
    from connector.domain.errors import StateError
    from connector.engine.planfile import write_plan

    engine = open_state(f"sqlite:///{tmp_path / 'state.db'}")
    with pytest.raises(StateError) as unknown, (tmp_path / "plan.json").open("wb") as out:
        write_plan(out, Database(engine, 1), 7)
    assert unknown.value.code == "plan-unknown"
    with engine.connect() as connection:
        assert PlanStore(Database(engine, 1)).stored(connection, 7) is None
