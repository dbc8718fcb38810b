"""Plans in files, over random worlds: a comparison that is written down and applied ends where a sync ends; what
drifted in between is left alone, and nothing else is.

`PLAN_WORLDS=2000 python -m pytest tests/engine/test_plan_worlds.py` tries so many worlds of each kind.
"""

from __future__ import annotations

import asyncio
import os
import tempfile
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from connector.domain.errors import ConnectorError, UnsafePlan
from connector.domain.plan import OPERATIONS, Entry, EntryKind
from connector.domain.planfile import sides_of
from connector.domain.values import CHECKANDPLACE, CLOPOS, SideName
from connector.state.core import dump
from tests.engine.harness import Bench
from tests.engine.plan_kit import Moment, apply, diff_into, end_state

WORLDS = int(os.environ.get("PLAN_WORLDS", "10"))
RULES = settings(
    max_examples=WORLDS, deadline=None, derandomize=WORLDS < 100,
    suppress_health_check=list(HealthCheck), print_blob=True, phases=(Phase.explicit, Phase.generate),
)  # fmt: skip
NAMES = ("Orxan Quliyev", "Nigar Abbasova", "Rəşad Kərimov", "Günel Səfərova", "Sevda Rzayeva", "Tural Nəsirov")
place = st.integers(0, 11)
step = st.one_of(
    st.tuples(st.just("rename"), st.sampled_from(list(SideName)), place, st.sampled_from(NAMES)),
    st.tuples(st.just("renumber"), st.sampled_from(list(SideName)), place, st.integers(0, 99)),
    st.tuples(st.just("arrive"), st.sampled_from(list(SideName)), st.integers(0, 99), st.sampled_from(NAMES)),
    st.tuples(st.just("leave"), st.sampled_from(list(SideName)), place, st.just("")),
    st.tuples(st.just("swap"), st.just(CLOPOS), place, place),
    st.tuples(st.just("double"), st.sampled_from(list(SideName)), place, st.sampled_from(NAMES)),
)
edit = st.one_of(st.tuples(st.just("rename"), st.just(CLOPOS), place, st.sampled_from(NAMES)), step)
quiet_step = st.one_of(
    st.tuples(st.just("rename"), st.sampled_from(list(SideName)), place, st.sampled_from(NAMES)),
    st.tuples(st.just("renumber"), st.sampled_from(list(SideName)), place, st.integers(100, 199)),
    st.tuples(st.just("leave"), st.sampled_from(list(SideName)), place, st.just("")),
)
"""Edits that concern nobody but the customer who is edited."""


@cache
def begun(seed: int) -> tuple[Bench, Moment]:
    """A small restaurant after its backfill, made once for each seed."""
    folder = Path(tempfile.mkdtemp(prefix="plan-worlds-"))
    guard = "[pairs.main.guard]\nmissing_percent = 100\nshrink_percent = 100\n"
    bench = Bench(folder, seed=seed, clopos=8, checkandplace=8, shared=5, pair=guard)

    async def start() -> None:
        await bench.run("backfill")
        bench.clock.pass_time(70)
        if seed % 2:  # the others still have links whose details were never settled
            await bench.run("sync")

    asyncio.run(start())
    return bench, Moment(bench)


@dataclass
class Staff:
    """What people do on both sides. `touched`: the records that were edited; `here`: the people by place."""

    bench: Bench
    touched: set[tuple[SideName, str]] = field(default_factory=set)

    def records(self, side: SideName) -> list[str]:
        """Ids of a side in the order of their numbers."""
        world = self.bench.world
        ids = [str(row["id"]) for row in world.clopos.dump()] if side is CLOPOS else list(world.checkandplace.customers)
        return sorted(ids, key=lambda name: (len(name), name))

    def do(self, what: str, side: SideName, number: int, value: Any) -> None:
        """One deed; what a server refuses (a number that somebody has) staff leave."""
        if what == "arrive":
            self._create(side, str(value), f"99455700{number:04d}")
            return
        ids = self.records(side)
        record = ids[number % len(ids)] if ids else None
        if record is None:
            return
        self.touched.add((side, record))
        if what == "rename":
            self._edit(side, record, name=str(value))
        elif what == "renumber":
            self._edit(side, record, phone=f"99455800{value:04d}")
        elif what == "leave":
            self.bench.world.staff_delete(side.value, record)
        elif what == "swap":
            other = ids[value % len(ids)]
            self.touched.add((side, other))
            mine, theirs = (self.bench.world.clopos.get(one).phone for one in (record, other))
            self._edit(side, record, phone="994559999999")
            self._edit(side, other, phone=mine)
            self._edit(side, record, phone=theirs)
        else:
            self._create(side, str(value), str(self._phone(side, record)))

    def _phone(self, side: SideName, record: str) -> Any:
        world = self.bench.world
        if side is CLOPOS:
            return world.clopos.get(record).phone
        return world.checkandplace.customers[record].primary_phone_number

    def numbers(self) -> Counter[str]:
        """How often each number stands on both sides: who shares one is concerned by what becomes of the other."""
        everybody = [(side, record) for side in SideName for record in self.records(side)]
        return Counter("".join(filter(str.isdigit, str(self._phone(*one)))) for one in everybody)

    def _edit(self, side: SideName, record: str, name: str | None = None, phone: Any = None) -> None:
        first, _, last = (name or "").partition(" ")
        own: dict[str, Any] = {"name": name} if side is CLOPOS else {"first_name": first, "last_name": last}
        key = "phone" if side is CLOPOS else "primary_phone_number"
        self._try(self.bench.world.staff_edit, side.value, record, own if name else {key: phone})

    def _create(self, side: SideName, name: str, phone: str) -> None:
        first, _, last = name.partition(" ")
        guest = {"first_name": first, "last_name": last, "primary_phone_number": phone.lstrip("+")}
        fields = {"name": name, "phone": phone} if side is CLOPOS else guest
        self._try(self.bench.world.staff_create, side.value, fields, f"{name} {phone}")

    def _try(self, deed: Any, *words: Any) -> None:
        try:
            deed(*words)
        except ValueError:
            return


async def ended(bench: Bench, kind: str) -> str:
    """A run; the code of what stopped it, or ""."""
    try:
        await bench.run(kind)
    except ConnectorError as error:
        return error.code
    return ""


@RULES
@given(seed=st.integers(0, 3), steps=st.lists(step, min_size=1, max_size=7))
def test_a_plan_that_is_written_down_and_applied_ends_where_a_sync_ends(seed: int, steps: Sequence[Any]) -> None:
    bench, start = begun(seed)
    path = bench.folder / "plan.json"

    async def go() -> None:
        start.back()
        staff = Staff(bench)
        for one in steps:
            staff.do(*one)
        await bench.run("diff")  # who left is proved gone by two lists: the same ones for both ways
        before = Moment(bench)
        stopped = await ended(bench, "sync")
        synced, asked = end_state(bench), [(e.method, e.path) for e in bench.writes]
        before.back()
        if stopped:
            file = await diff_into(bench, path)
            assert file.about.refusals
            with pytest.raises(ConnectorError) as refused:
                await apply(bench, path)
            assert (refused.value.code, stopped) == ("plan-refused", "guard-refused")
            return
        await diff_into(bench, path)
        _result, work = await apply(bench, path)
        applied = [(e.method, e.path) for e in bench.writes]
        assert work.dropped == {}
        assert sorted(applied) == sorted(asked)
        assert end_state(bench) == synced
        await apply(bench, path)
        assert bench.writes == [], "applying twice does nothing twice"

    asyncio.run(go())


@RULES
@given(
    seed=st.sampled_from([1, 3]), steps=st.lists(edit, min_size=2, max_size=6),
    later=st.lists(quiet_step, min_size=1, max_size=4),
)  # fmt: skip
def test_what_drifted_is_left_and_everything_else_is_applied(
    seed: int, steps: Sequence[Any], later: Sequence[Any]
) -> None:
    bench, start = begun(seed)
    path = bench.folder / "plan.json"

    async def go() -> None:
        start.back()
        staff = Staff(bench)
        for one in steps:
            staff.do(*one)
        await bench.run("diff")
        file = await diff_into(bench, path)
        if file.about.refusals:
            return
        planned = [entry for entry in file.entries() if entry.kind in OPERATIONS]
        seen = [shown(bench, entry) for entry in planned]
        numbers = staff.numbers()
        apart = [entry for entry in planned if numbers_of(entry) <= {n for n, held in numbers.items() if held == 1}]
        staff.touched.clear()
        for one in later:
            staff.do(*one)
        drifted = [entry for entry, was in zip(planned, seen, strict=True) if shown(bench, entry) != was]
        # A list that lost somebody is no proof any more that a new customer is nobody there: creates wait.
        lost = any(one[0] == "leave" for one in later)
        untouched = [
            entry for entry in apart
            if not staff.touched & set(sides_of(entry).items()) and not (lost and entry.kind is EntryKind.CREATE)
        ]  # fmt: skip
        try:
            result, work = await apply(bench, path)
        except UnsafePlan as refused:  # so many left that the list looks like another store's
            guarded = refused.code == "guard-refused"
            assert (guarded, bench.writes) == (True, [])
            return
        done = set(sent_by(bench, result.run_id))
        left = [one.entry for one in work.fallen_out(bench.ctx.stores, bench.ctx)]
        for entry in drifted:
            assert told(entry) not in done, (seed, steps, later, entry)
            assert entry in left or holds_already(bench, entry), entry
        for entry in untouched:
            assert told(entry) in done, (result.counts, seed, steps, later, entry, work.dropped)

    asyncio.run(go())


def numbers_of(entry: Entry) -> set[str]:
    """The numbers that an operation sends."""
    names = ("phone", "primary_phone_number")
    return {str(value).lstrip("+") for name, value in (entry.body or {}).items() if name in names}


def told(entry: Entry) -> tuple[str, str, str, str]:
    """An operation as its intent tells it: verb, side, the record of an update, body."""
    return entry.kind.value, entry.side.value if entry.side else "", entry.target_id or "", dump(dict(entry.body or {}))


def sent_by(bench: Bench, run_id: int) -> list[tuple[str, str, str, str]]:
    """The operations that a run sent."""
    return [
        (row["verb"], row["side"], row["target_id"] if row["verb"] == "update" else "", row["body_json"])
        for row in bench.rows("SELECT * FROM intent WHERE run_id = :r", r=run_id)
    ]


def holds_already(bench: Bench, entry: Entry) -> bool:
    """Whether staff typed exactly what the update would send: then there is nothing left to do, and nothing to list."""
    guest: Any = bench.world.checkandplace.customers.get(entry.checkandplace_id or "")
    body = entry.body or {}
    return entry.kind is EntryKind.UPDATE and guest is not None and all(getattr(guest, k) == v for k, v in body.items())


def shown(bench: Bench, entry: Entry) -> Any:
    """What both sides hold, to the letter, of the fields that an operation is about."""
    held: list[Any] = []
    for side, name in sides_of(entry).items():
        record: Any = bench.world.clopos.get(name) if side is CLOPOS else bench.world.checkandplace.customers.get(name)
        fields = {change.field for change in entry.fields}
        names = {
            (CLOPOS, "name"): ("name",), (CLOPOS, "phone"): ("phone",),
            (CHECKANDPLACE, "name"): ("first_name", "last_name"), (CHECKANDPLACE, "phone"): ("primary_phone_number",),
        }  # fmt: skip
        held.append(record is not None and [
            str(getattr(record, attribute))
            for (where, what), attributes in names.items() if where is side and what in fields
            for attribute in attributes
        ])  # fmt: skip
    return held
