"""The guard over whole runs: growth, landmarks, changed settings, another brand, and the approval that is used up."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from connector.domain.errors import ConfigError, ExitCode, UnsafePlan
from connector.domain.values import CLOPOS
from tests.crash.staff import by_person
from tests.engine.fault_kit import backfilled, synced
from tests.engine.harness import Bench

SIZE: dict[str, Any] = {"clopos": 24, "checkandplace": 24, "shared": 20, "seed": 5}


async def ready(folder: Path, **options: Any) -> Bench:
    bench = Bench(folder, **{**SIZE, **options})
    await backfilled(bench)
    await synced(bench)
    return bench


def edit(bench: Bench, count: int, word: str = "a") -> None:
    for number, (clopos_id, _guest) in enumerate(by_person(bench)[:count]):
        bench.world.staff_edit("clopos", clopos_id, {"name": f"Test{'a' * number} Testov{word}"})


def setting(bench: Bench, old: str, new: str) -> None:
    text = bench.config.read_text(encoding="utf-8")
    assert old in text
    bench.config.write_text(text.replace(old, new), encoding="utf-8")
    bench.reload()


async def refused(bench: Bench, **changes: Any) -> tuple[str, str]:
    """(sentence, hash to approve) of a run that the guard refuses."""
    with pytest.raises(UnsafePlan) as raised:
        await bench.run("sync", **changes)
    assert raised.value.code == "guard-refused"
    assert bench.writes == []
    return raised.value.manager, raised.value.next_step.rsplit(" ", 1)[-1]


async def test_an_approval_is_used_once_and_covers_its_operations_alone(tmp_path: Path) -> None:
    """Two refused runs made the same plan: one word is still one word. What was edited since waits."""
    bench = await ready(tmp_path, pair="[pairs.main.guard]\nupdates_count = 1\nupdates_percent = 1\n")
    edit(bench, 4)
    sentence, plan = await refused(bench)
    assert sentence.count("(name)") == 4, "it names whom it is about, by id"
    assert "Test" not in sentence
    assert await refused(bench) == (sentence, plan)
    later = by_person(bench)[6][0]
    bench.world.staff_edit("clopos", later, {"name": "Sonra Gələnov"})
    result = await bench.run("sync", approve=plan)
    assert [entry.method for entry in bench.writes] == ["PATCH"] * 4
    assert result.exit_code is ExitCode.PARTLY
    edit(bench, 4, "b")
    with pytest.raises(UnsafePlan) as again:
        await bench.run("sync", approve=plan)
    assert again.value.code == "approval-unknown"
    assert bench.writes == []


async def test_an_approval_ends_after_a_day(tmp_path: Path) -> None:
    bench = await ready(tmp_path, pair="[pairs.main.guard]\nupdates_count = 1\nupdates_percent = 1\n")
    edit(bench, 4)
    _sentence, plan = await refused(bench)
    bench.clock.pass_time(86_400)
    with pytest.raises(UnsafePlan) as late:
        await bench.run("sync", approve=plan)
    assert late.value.code == "approval-unknown"


async def test_a_word_for_a_large_plan_is_none_for_a_list_that_shrank(tmp_path: Path) -> None:
    """What was not a reason when the operator looked is refused anew, and nobody is counted as missing by it."""
    bench = await ready(
        tmp_path,
        pair="[pairs.main.guard]\nupdates_count = 1\nupdates_percent = 1\nshrink_count = 3\nshrink_percent = 10\n",
    )
    edit(bench, 4)
    _sentence, plan = await refused(bench)
    for _clopos, guest in by_person(bench)[-6:]:
        bench.world.staff_delete("checkandplace", guest)
    for word in (plan, "0" * 32):
        with pytest.raises(UnsafePlan):
            await bench.run("sync", approve=word)
        assert bench.writes == []
        assert bench.rows("SELECT id FROM record WHERE missing_scans > 0") == []


async def test_a_side_that_grew_is_refused_until_somebody_approves_it(tmp_path: Path) -> None:
    limits = "[pairs.main.guard]\ngrow_percent = 20\ngrow_count = 5\ncreates_count = 50\n"
    bench = await ready(tmp_path, pair=limits)
    for number in range(12):
        guest = {
            "first_name": "Yeni",
            "last_name": f"Qonaq{'a' * number}",
            "primary_phone_number": f"9945577705{number:02d}",
        }
        bench.world.staff_create("checkandplace", guest, f"new {number}")
    for _again in range(2):
        sentence, plan = await refused(bench)
        assert "more than the" in sentence
    await bench.run("sync", approve=plan)
    await bench.run("sync")
    assert bench.world.doubles_made() == []
    assert sum(1 for label in bench.world.clopos.labels.values() if str(label).startswith("new ")) == 12


async def test_named_landmarks_must_be_there(tmp_path: Path) -> None:
    bench = await ready(tmp_path)
    clopos, guest = by_person(bench)[0]
    setting(bench, 'mode = "live"', f'mode = "live"\nguard.landmarks = ["clopos:{clopos}", "checkandplace:{guest}"]')
    await bench.run("sync")
    bench.world.staff_delete("checkandplace", guest)
    sentence, plan = await refused(bench)
    assert guest in sentence
    assert bench.rows("SELECT id FROM record WHERE missing_scans > 0") == []
    assert await refused(bench) == (sentence, plan), "until somebody approves it, or takes it out of the settings"
    setting(bench, f', "checkandplace:{guest}"', "")
    await bench.run("sync")
    await bench.run("sync")
    assert (clopos, guest) in bench.links("broken")


async def test_a_changed_secret_reads_whole_and_lets_few_writes_through(tmp_path: Path) -> None:
    """A rotated token is no reason to stop; a dozen writes behind it are one to look."""
    bench = await ready(tmp_path)
    setting(bench, 'mode = "live"', 'mode = "live"\nguard.changed_count = 2')
    edit(bench, 2)
    setting(bench, 'calling_codes = ["994", "90"]', 'calling_codes = ["994"]')
    await bench.run("quick")
    assert list(bench.ctx.changed) == ["mapping"]
    assert bench.ctx.readings[CLOPOS].full, "the first reading after a change is a whole one"
    assert len(bench.writes) == 2
    await bench.run("quick")
    assert list(bench.ctx.changed) == []
    setting(bench, 'calling_codes = ["994"]', 'calling_codes = ["994", "90"]')
    edit(bench, 3, "b")
    sentence, plan = await refused(bench)
    assert sentence.startswith("Changed since the last run: mapping.")
    await bench.run("sync", approve=plan)
    assert len(bench.writes) == 3
    await bench.run("sync")
    assert list(bench.ctx.changed) == []


async def test_another_brand_stops_and_is_accepted_once(tmp_path: Path) -> None:
    bench = await ready(tmp_path)
    setting(bench, 'brand = "demobrand"', 'brand = "anotherbrand"')
    for kind in ("sync", "diff", "quick"):
        with pytest.raises(ConfigError) as stopped:
            await bench.run(kind)
        assert (stopped.value.code, stopped.value.exit_code) == ("another-store", ExitCode.CONFIG)
        assert bench.sent == []
    word = stopped.value.next_step.rsplit(" ", 1)[-1]
    with pytest.raises(ConfigError):
        await bench.run("sync", approve="0" * 32)
    assert "connector sync --pair main --approve" in stopped.value.next_step
    with pytest.raises(Exception) as refused_by_server:
        await bench.run("sync", approve=word)
    assert getattr(refused_by_server.value, "code", "") != "another-store", "the operator's word is taken"
    setting(bench, 'brand = "anotherbrand"', 'brand = "demobrand"')
    with pytest.raises(ConfigError) as back:
        await bench.run("sync")
    assert back.value.code == "another-store"
