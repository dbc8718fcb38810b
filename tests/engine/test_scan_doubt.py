"""Listings that call themselves complete and are not: what they may not lead to (promise 5; CP-04, CP-23, CL-10)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from connector.domain.values import CHECKANDPLACE, CLOPOS
from tests.crash.staff import by_person
from tests.engine.fault_kit import SMALL, Tamper, backfilled, synced
from tests.engine.harness import Bench

NEW = {"name": "Kamran Quliyev", "phone": "+994557770103"}
NEW_GUEST = {"first_name": "Kamran", "last_name": "Quliyev", "primary_phone_number": "994557770103"}


@pytest.fixture
async def bench(tmp_path: Path) -> Bench:
    made = Bench(tmp_path, **SMALL)
    await backfilled(made)
    await synced(made)
    return made


def without(*ids: str) -> Any:
    """Every page without these rows, so that nothing but their absence shows."""
    return lambda _page, rows: [row for row in rows if str(row["id"]) not in ids]


async def test_a_newcomer_whom_a_page_lost_is_not_made_again(bench: Bench) -> None:
    """CP-04: the row is missing from its page, the next page holds more: the list is asked for the row behind the
    last one."""
    bench.world.staff_create("clopos", NEW, "kamran")
    guest = bench.world.staff_create("checkandplace", NEW_GUEST, "kamran")
    tamper = Tamper(bench, "checkandplace", lambda page, rows: without(guest)(page, rows) if len(rows) > 1 else rows)
    await bench.run("sync")
    assert bench.writes == []
    assert "the list goes on behind" in (bench.ctx.readings[CHECKANDPLACE].torn or "")
    tamper.on = False
    await bench.run("sync")
    assert bench.writes == []
    assert bench.world.doubles_made() == []


async def test_nobody_is_created_by_a_list_that_lost_somebody(bench: Bench) -> None:
    bench.world.staff_create("clopos", NEW, "kamran")
    pair = by_person(bench)[0]
    tamper = Tamper(bench, "checkandplace", without(pair[1]))
    await bench.run("sync")
    assert bench.ctx.readings[CHECKANDPLACE].complete or bench.ctx.readings[CHECKANDPLACE].torn
    assert bench.writes == []
    tamper.on = False
    await bench.run("sync")
    assert [entry.method for entry in bench.writes] == ["POST"]


async def test_two_lists_that_lack_others_say_nothing_of_anybody(bench: Bench) -> None:
    """CP-23: gone is who is missing from two listings that agree."""
    guests = [guest for _clopos, guest in by_person(bench)][:3]
    links = bench.links()
    for lost in (guests[:1], guests[:2], guests[1:3], guests[:1], guests[1:2]):
        tamper = Tamper(bench, "checkandplace", without(*lost))
        tamper.change = lambda _page, rows, lost=lost: (  # type: ignore[misc]  # bound here
            [row for row in rows if str(row["id"]) not in lost] if len(rows) > 1 else []
        )
        await bench.run("sync")
        tamper.on = False
        assert bench.rows("SELECT id FROM record WHERE gone_at IS NOT NULL") == []
    await bench.run("sync")
    assert bench.links() == links
    assert bench.writes == []


async def test_a_real_deletion_is_seen_by_two_lists_that_agree(bench: Bench) -> None:
    pair = by_person(bench)[0]
    bench.world.staff_delete("checkandplace", pair[1])
    await bench.run("sync")
    assert pair in bench.links()
    await bench.run("sync")
    assert pair in bench.links("broken")


async def test_a_list_that_lacks_whom_reading_by_id_shows_creates_nobody(bench: Bench) -> None:
    """CL-10: not gone, so the list was cut, however well it counted."""
    clopos, _guest = by_person(bench)[0]
    bench.world.staff_create("checkandplace", NEW_GUEST, "kamran")

    def change(_page: int, rows: list[Any]) -> list[Any]:
        return [row for row in rows if str(row["id"]) != clopos]

    tamper = Tamper(bench, "clopos", change)
    for _ in range(3):
        await bench.run("sync")
        assert bench.writes == []
        assert bench.rows("SELECT id FROM record WHERE gone_at IS NOT NULL") == []
    assert bench.ctx.readings[CLOPOS].torn or bench.ctx.readings[CLOPOS].lacking
    tamper.on = False
    await bench.run("sync")
    assert [entry.method for entry in bench.writes] == ["POST"]
