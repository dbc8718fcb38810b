"""The answers of a sheet: groups of candidates, seals, and a result that no order of rows can change."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connector.domain.values import CHECKANDPLACE, CLOPOS
from connector.engine.context import Stores
from connector.engine.review import (
    Answer,
    Case,
    Reading,
    Refusal,
    Row,
    Taken,
    cases,
    grouped,
    reading_now,
    strength,
    take,
)
from connector.engine.staff import at_desk
from connector.state.core import Database
from connector.state.desk import DeskStore
from tests.engine.scene import Scene, scene

PAIRS = st.lists(st.tuples(st.integers(1, 8), st.integers(1, 8)), max_size=12)


@given(PAIRS)
def test_cases_that_share_a_record_are_in_one_group(pairs: list[tuple[int, int]]) -> None:
    groups = grouped(pairs)
    for (c1, p1), one in zip(pairs, groups, strict=True):
        for (c2, p2), other in zip(pairs, groups, strict=True):
            if c1 == c2 or p1 == p2:
                assert one == other
    assert list(dict.fromkeys(groups)) == list(range(1, len(set(groups)) + 1))  # numbered as they appear
    if len(set(groups)) > 1:  # different groups share nothing
        first = {(side, row) for pair, g in zip(pairs, groups, strict=True) if g == 1
                 for side, row in zip((CLOPOS, CHECKANDPLACE), pair, strict=True)}  # fmt: skip
        rest = {(side, row) for pair, g in zip(pairs, groups, strict=True) if g != 1
                for side, row in zip((CLOPOS, CHECKANDPLACE), pair, strict=True)}  # fmt: skip
        assert not first & rest


@pytest.mark.parametrize("text", ["", "12-13", "c1", "c1p", "p1c1", "c١p1", "c1p1x"])
def test_a_reading_that_is_none(text: str) -> None:
    assert Reading.parse(text) is None


def test_readings_are_compared_side_by_side() -> None:
    assert Reading.parse(str(Reading(3, 4))) == Reading(3, 4)
    assert Reading(3, 5).newer_than(Reading(3, 4))
    assert Reading(4, 1).newer_than(Reading(3, 4))
    assert not Reading(3, 4).newer_than(Reading(3, 4))


def family(folder: Path) -> Scene:
    """One number, two records in Clopos' world and three guests: several candidates."""
    bench = scene(folder)
    bench.guest()
    bench.crowd(2)
    asyncio.run(bench.start())
    for number, (name, guests) in enumerate((("Kənan Əliyev", "Leyla Kamran"), ("Rauf Məlikov", "Sara Nigar"))):
        phone = f"99455111223{number}"
        bench.world.staff_create("clopos", {"name": name, "phone": f"+{phone}"}, name)
        for first in guests.split():
            bench.world.staff_create(
                "checkandplace", {"first_name": first, "last_name": "X", "primary_phone_number": phone}, first
            )
    asyncio.run(bench.run())
    return bench


def rows_of(bench: Scene) -> list[Row]:
    """The sheet's rows, unanswered."""
    database = Database(bench.engine, 1)
    stores = Stores.of(database)
    with database.read() as connection:
        found: list[Case] = list(cases("main", stores, DeskStore(database), connection))
        reading = str(reading_now(stores, connection))
    return [
        Row(line, "main", reading, f"p{one.proposal.id}", one.seal, None, "", one.clopos.id, one.checkandplace.id)
        for line, one in enumerate(found, 7)
    ]


def taken(bench: Scene, rows: list[Row]) -> Taken:
    with at_desk(bench.engine, "main", bench.clock, by="leyla") as desk, desk.deciding() as connection:
        return take(desk, connection, rows)


def said(result: Taken) -> tuple[object, ...]:
    refused = sorted((one.row.proposal, one.row.line, one.why) for one in result.refused)
    return sorted(one.ref for one in result.accepted), sorted(one.ref for one in result.rejected), refused


def test_the_order_of_the_rows_changes_nothing(tmp_path: Path) -> None:
    """The same answers in any order give the same links: of two partners none wins by standing first."""
    results, links = set(), set()
    for seed in range(4):
        bench = family(tmp_path / str(seed))
        rows = [replace(row, answer=Answer.SAME) for row in rows_of(bench)]
        assert len(rows) == 4
        rows[-1] = replace(rows[-1], answer=Answer.DIFFERENT)
        Random(seed).shuffle(rows)
        results.add(str(said(taken(bench, rows))))
        links.add(len(bench.rows("SELECT 1 FROM link WHERE decided_by = 'leyla'")))
        assert len(bench.rows("SELECT 1 FROM proposal WHERE state = 'rejected'")) == 1
    assert len(results) == 1
    assert "two-partners" in results.pop()
    assert links == {1}


def test_the_same_sheet_twice_decides_nothing_anew(tmp_path: Path) -> None:
    bench = family(tmp_path)
    rows = rows_of(bench)
    rows = [replace(rows[0], answer=Answer.SAME), replace(rows[1], answer=Answer.DIFFERENT), *rows[2:]]
    first = taken(bench, rows)
    assert (len(first.accepted), len(first.rejected), first.later, first.refused) == (1, 1, 2, [])
    again = taken(bench, rows)
    assert (again.accepted, again.rejected, again.already, again.refused) == ([], [], 2, [])
    turned = taken(bench, [replace(rows[1], answer=Answer.SAME)])
    assert [(one.why, one.detail) for one in turned.refused] == [(Refusal.DECIDED, "leyla")]  # for good


def test_a_seal_of_another_row_is_stale(tmp_path: Path) -> None:
    bench = family(tmp_path)
    first, second, *_ = rows_of(bench)
    result = taken(bench, [replace(first, answer=Answer.SAME, seal=second.seal)])
    assert [one.why for one in result.refused] == [Refusal.CHANGED]
    assert (
        taken(bench, [replace(first, answer=Answer.SAME, proposal="p999")]).refused[0].why is Refusal.UNKNOWN_PROPOSAL
    )
    assert taken(bench, [replace(first, answer=Answer.SAME, proposal="12")]).refused[0].why is Refusal.UNKNOWN_PROPOSAL
    assert taken(bench, [replace(first, answer=Answer.SAME, reading="")]).refused[0].why is Refusal.NOT_A_ROW


def test_a_row_whose_evidence_is_another_now_is_refused(tmp_path: Path) -> None:
    """Both records are as they were, but since the sheet was written a third person has their number: staff did not
    see that, so they are asked again."""
    bench = family(tmp_path)
    rows = [replace(row, answer=Answer.SAME) for row in rows_of(bench)]
    phone = bench.world.clopos.get(rows[0].clopos_id).phone
    bench.world.staff_create(
        "checkandplace",
        {"first_name": "Orxan", "last_name": "Y", "primary_phone_number": str(phone).lstrip("+")}, "third",
    )  # fmt: skip
    asyncio.run(bench.run())
    result = taken(bench, rows[:1])
    assert [one.why for one in result.refused] == [Refusal.OTHER_EVIDENCE]
    assert result.accepted == []
    fresh = {row.proposal: row for row in rows_of(bench)}
    assert taken(bench, [replace(fresh[rows[0].proposal], answer=Answer.SAME)]).refused == []


def test_the_strongest_group_comes_first_and_in_it_the_strongest_proposal(tmp_path: Path) -> None:
    bench = family(tmp_path)
    bench.world.staff_create("clopos", {"name": "Elçin Məmmədov", "phone": "+994556667788"}, "elchin")
    bench.world.staff_create(
        "checkandplace",
        {"first_name": "Elchin", "last_name": "Mammadov", "primary_phone_number": "994556667788"}, "elchin",
    )  # fmt: skip
    bench.world.staff_create(
        "checkandplace", {"first_name": "Kenan", "last_name": "Aliyev", "primary_phone_number": "994551112230"}, "kenan"
    )
    asyncio.run(bench.run())
    database = Database(bench.engine, 1)
    with database.read() as connection:
        found = list(cases("main", Stores.of(database), DeskStore(database), connection))
    assert found[0].clopos.name == "Elçin Məmmədov"  # last to come, easiest to say
    assert [case.group for case in found] == sorted(case.group for case in found)
    for group in {case.group for case in found}:
        strengths = [strength(case.proposal) for case in found if case.group == group]
        assert strengths == sorted(strengths, reverse=True)
    strongest = [max(strength(c.proposal) for c in found if c.group == g) for g in sorted({c.group for c in found})]
    assert strongest == sorted(strongest, reverse=True)
    assert len(set(strongest)) > 1
