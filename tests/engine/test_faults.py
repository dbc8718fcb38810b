"""One fault at each step of a backfill and of a sync of edits: in the end everything is as it is without the fault."""

from __future__ import annotations

import random
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from connector.domain.errors import ExitCode
from connector.domain.values import CHECKANDPLACE
from connector.engine.context import Progress
from connector.simulator.kit import Fault
from tests.crash.kit import difference
from tests.crash.staff import by_person
from tests.engine.fault_kit import SMALL, Change, Tamper, Told, backfill_story, backfilled, edits_story, run, synced
from tests.engine.harness import Bench

KINDS = ("drop_before", "drop_after", "status:503", "status_after:504", "garbage", "truncate", "html:502")
LIST, LOGIN = "/customers", "/auth"

BACKFILL = {
    "the login": ("clopos", "POST", LOGIN, 0),
    "the first page of Clopos": ("clopos", "GET", LIST, 0),
    "the second page of Clopos": ("clopos", "GET", LIST, 1),
    "the first page of Check&Place": ("checkandplace", "GET", LIST, 0),
    "the second page of Check&Place": ("checkandplace", "GET", LIST, 1),
    "the second listing": ("checkandplace", "GET", LIST, 4),
    "the first create on Check&Place, which is the probe": ("checkandplace", "POST", LIST, 0),
    "the reading after the probe": ("checkandplace", "GET", LIST, 6),
    "the second create on Check&Place": ("checkandplace", "POST", LIST, 1),
    "the first create on Clopos, which is the probe": ("clopos", "POST", LIST, 0),
    "the reading of the probe on Clopos": ("clopos", "GET", LIST + "/", 0),
    "the second create on Clopos": ("clopos", "POST", LIST, 1),
}
"""Step -> side, method, part of the path, how many such requests come before it."""

EDITS = {
    "the login": ("clopos", "POST", LOGIN, 0),
    "the second page of Clopos": ("clopos", "GET", LIST, 1),
    "the second page of Check&Place": ("checkandplace", "GET", LIST, 1),
    "the first update, which is the probe": ("checkandplace", "PATCH", LIST, 0),
    "the second update": ("checkandplace", "PATCH", LIST, 1),
    "a create on Check&Place": ("checkandplace", "POST", LIST, 0),
    "a create on Clopos": ("clopos", "POST", LIST, 0),
}

_told: dict[str, Told] = {}


async def undisturbed(folder: Path, story: Callable[..., Awaitable[Told]]) -> Told:
    """The story's result without faults; told once."""
    if story.__name__ not in _told:
        _told[story.__name__] = await story(folder / "undisturbed")
    return _told[story.__name__]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("step", BACKFILL)
async def test_one_fault_in_a_backfill(tmp_path: Path, step: str, kind: str) -> None:
    side, method, path, after = BACKFILL[step]
    found = await backfill_story(tmp_path / "disturbed", Fault(side, kind, method, path, after=after))
    assert difference(await undisturbed(tmp_path, backfill_story), found) == {}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("step", EDITS)
async def test_one_fault_in_a_sync_of_edits(tmp_path: Path, step: str, kind: str) -> None:
    side, method, path, after = EDITS[step]
    found = await edits_story(tmp_path / "disturbed", Fault(side, kind, method, path, after=after))
    assert difference(await undisturbed(tmp_path, edits_story), found) == {}


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("story", [backfill_story, edits_story])
async def test_many_faults(tmp_path: Path, story: Callable[..., Awaitable[Told]], seed: int) -> None:
    """A bad day: ten faults at seeded requests, several in a row."""
    chance = random.Random(f"faults {seed}")
    sides = ("clopos", "checkandplace")
    faults = [
        Fault(chance.choice(sides), chance.choice(KINDS), times=chance.randint(1, 3), after=chance.randint(0, 4))
        for _ in range(10)
    ]
    found = await story(tmp_path / "disturbed", *faults)
    assert difference(await undisturbed(tmp_path, story), found) == {}


async def test_a_torn_listing_updates_those_it_showed_and_nobody_else(tmp_path: Path) -> None:
    """What the state holds of a guest on a page that did not come is old: a waiter's edit there must not be judged by
    it, nor put back as if our update had cleared it."""
    bench = Bench(tmp_path, **SMALL)
    await backfilled(bench)
    order: list[str] = []

    def watch(_page: int, rows: list[Any]) -> list[Any]:
        order.extend(row["id"] for row in rows if row["id"] not in order)
        return rows

    tamper = Tamper(bench, "checkandplace", watch)
    await synced(bench)
    tamper.on = False
    partner = {guest: clopos for clopos, guest in by_person(bench)}
    shown = next(guest for guest in order[:8] if guest in partner)
    hidden, gone = [guest for guest in order[8:] if guest in partner][:2]
    bench.world.staff_edit("clopos", partner[shown], {"phone": "+994557770101"})
    bench.world.staff_edit("clopos", partner[hidden], {"phone": "+994557770102"})
    bench.world.staff_edit("checkandplace", hidden, {"first_name": "Ikinci"})
    bench.world.staff_create("clopos", {"name": "Kamran Quliyev", "phone": "+994557770103"}, "kamran")
    bench.world.staff_delete("checkandplace", gone)
    bench.clock.pass_time(700)  # longer than `max_reading_age`
    for _ in range(3):
        bench.world.plan_fault(Fault("checkandplace", "status:503", "GET", LIST, times=30, after=1))
        await run(bench, "sync")
        bench.world.faults.planned.clear()
        assert bench.ctx.readings[CHECKANDPLACE].torn
        assert [(e.method, e.path.rpartition("/")[2]) for e in bench.writes] in ([("PATCH", shown)], [])
        assert (partner[gone], gone) in bench.links(), "absence from a torn listing says nothing"
    guests = bench.world.checkandplace.customers
    assert guests[shown].primary_phone_number == "994557770101"
    assert guests[hidden].first_name == "Ikinci"
    await synced(bench)
    assert (guests[hidden].first_name, guests[hidden].primary_phone_number) == ("Ikinci", "994557770102")
    assert [row["topic"] for row in bench.queue("task") if row["code"] == "change-in-clopos"] == ["name"]
    assert "kamran" in bench.world.checkandplace.labels.values()
    assert (partner[gone], gone) in bench.links("broken")
    assert bench.world.doubles_made() == []


async def test_a_waiter_who_edits_the_probed_guest_loses_nothing(tmp_path: Path) -> None:
    """Another name right after our reading is the waiter's; only what turned blank says that updates replace
    (CP-20). Nothing is proved then, so the next update is the probe."""
    bench = Bench(tmp_path, **SMALL)
    await backfilled(bench)
    await synced(bench)
    (one, guest), (two, _) = by_person(bench)[:2]
    bench.world.staff_edit("clopos", one, {"phone": "+994557770101"})
    done: list[bool] = []

    def progress(step: Progress) -> None:
        if step.step == "apply" and not done:
            done.append(True)
            bench.world.staff_edit("checkandplace", guest, {"first_name": "Ikinci"})

    await bench.run("sync", progress=progress)
    assert [entry.method for entry in bench.writes] == ["PATCH"]
    visitor = bench.world.checkandplace.customers[guest]
    assert (visitor.first_name, visitor.primary_phone_number) == ("Ikinci", "994557770101")
    assert "checkandplace.update" not in bench.ctx.pair.probes
    bench.world.staff_edit("clopos", two, {"name": "Bir Tarafov"})
    await bench.run("sync")
    assert [entry.method for entry in bench.writes] == ["PATCH"]
    assert bench.ctx.pair.probes["checkandplace.update"]["result"] == "ok"


async def test_an_empty_first_page_changes_nothing(tmp_path: Path) -> None:
    """A side that is suddenly empty is refused, however often; nobody is unlinked or made anew."""
    bench = Bench(tmp_path, **SMALL)
    await backfilled(bench)
    await synced(bench)
    links = bench.links()
    for side in ("clopos", "checkandplace"):
        tamper = Tamper(bench, side, lambda _page, _rows: [])
        for _ in range(3):
            assert await run(bench, "sync") is not ExitCode.DONE
            assert bench.writes == []
        tamper.on = False
    await synced(bench)
    assert bench.links() == links


@pytest.mark.parametrize("side", ["clopos", "checkandplace"])
@pytest.mark.parametrize(
    "change",
    [
        pytest.param(lambda page, rows: [] if page == 2 else rows, id="empty page"),
        pytest.param(lambda _page, rows: rows[: len(rows) // 2], id="half of each page"),
        pytest.param(lambda _page, rows: rows[::-1], id="reversed"),
        pytest.param(lambda _page, rows: [*rows, *rows[:3]], id="rows repeated"),
        pytest.param(lambda page, rows: rows[1:] if page == 2 else rows, id="a row left out"),
    ],
)
async def test_one_bad_listing_changes_nothing(tmp_path: Path, side: str, change: Change) -> None:
    """Pages cut, repeated, reordered or emptied, once: nobody is deleted, unlinked, created or doubled."""
    bench = Bench(tmp_path, **SMALL)
    await backfilled(bench)
    await synced(bench)
    links, decided = bench.links(), bench.rows("SELECT id, state FROM link ORDER BY id")
    tamper = Tamper(bench, side, change)
    await run(bench, "sync")
    assert tamper.pages
    assert bench.writes == []
    tamper.on = False
    await synced(bench)
    assert bench.links() == links
    assert bench.rows("SELECT id, state FROM link ORDER BY id") == decided
    assert bench.world.doubles_made() == []
