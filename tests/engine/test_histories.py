"""Histories: whatever staff, guests, servers and clocks do, in whatever order, the two systems come to rest without a
double, a wrong link or a lost edit."""

from __future__ import annotations

import asyncio
import os
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from connector.domain.errors import ConnectorError
from connector.simulator.kit import Fault
from tests.engine.scene import Scene, scene

HISTORIES = int(os.environ.get("HISTORIES", "5"))
"""How many histories are tried; the deeper profile is `HISTORIES=200 pytest tests/engine/test_histories.py`."""

PEOPLE = ("Orxan Quliyev", "Nigar Abbasova", "Rəşad Kərimov", "Günel Səfərova", "Tural Nəsirov")
SURNAMES = ("Əliyev", "Hacıyev", "Babayev", "Rüstəmov")
FAULTS = ("status:503", "drop_before", "drop_after", "status_after:504", "garbage", "truncate")

places = st.integers(0, len(PEOPLE) - 1)
sides = st.sampled_from(["clopos", "checkandplace"])
steps = st.one_of(
    st.tuples(st.just("rename"), sides, places, st.sampled_from(SURNAMES)),
    st.tuples(st.just("renumber"), sides, places, st.integers(0, 9)),
    st.tuples(st.just("arrive"), sides, places, st.integers(0, 9)),
    st.tuples(st.just("leave"), sides, places, st.just(0)),
    st.tuples(st.just("fault"), sides, st.sampled_from(["GET", "POST", "PATCH"]), st.sampled_from(FAULTS)),
    st.tuples(st.just("run"), st.sampled_from(["sync", "quick", "diff"]), st.just(0), st.just(0)),
    st.tuples(st.just("clock"), st.sampled_from([-7200, -30, 45, 900, 90000]), st.just(0), st.just(0)),
)


class History:
    """One restaurant and what happens to it. `alive`: the records of each person by side."""

    def __init__(self, folder: Path, switches: dict[str, str]) -> None:
        self.bench: Scene = scene(folder, switches=switches, pair="[pairs.main.guard]\nmissing_percent = 100\n")
        self.alive: dict[tuple[str, int], str] = {}
        self.serial = 0
        for place, name in enumerate(PEOPLE):
            for side in ("clopos", "checkandplace"):
                if place < 3 or (place == 3) == (side == "clopos"):
                    self.make(side, place, name, f"99455700100{place}")

    def make(self, side: str, place: int, name: str, phone: str) -> None:
        first, last = name.split()
        fields: dict[str, Any] = {"name": name, "phone": f"+{phone}"}
        if side == "checkandplace":
            fields = {"first_name": first, "last_name": last, "primary_phone_number": phone}
        self.alive[side, place] = self.bench.world.staff_create(side, fields, first)

    async def step(self, step: tuple[Any, ...]) -> None:
        what, first, second, third = step
        if what == "run":
            await self.run(first)
        elif what == "clock":
            self.bench.clock.pass_time(first)
        elif what == "fault":
            self.bench.world.plan_fault(Fault(first, third, second, "/customers"))
        else:
            try:
                self.staff(what, first, second, third)
            except ValueError:  # the server refuses the number of another customer: staff leave it
                return

    def staff(self, what: str, side: str, place: int, value: Any) -> None:
        """What staff do. A guest's record is found by its person, also where we made it."""
        found = self.found(side, place)
        given = PEOPLE[place].split()[0]
        if (
            what == "arrive"
            and found is None
            and self.found("clopos" if side != "clopos" else "checkandplace", place) is None
        ):
            self.make(side, place, PEOPLE[place], f"9945570020{place}{value}")
        elif found is None:
            return
        elif what == "rename":
            changed = {"name": f"{given} {value}"} if side == "clopos" else {"last_name": value}
            self.bench.world.staff_edit(side, found, changed)
        elif what == "renumber":
            phone = f"9945570030{place}{value}"
            changed = {"phone": f"+{phone}"} if side == "clopos" else {"primary_phone_number": phone}
            self.bench.world.staff_edit(side, found, changed)
        elif what == "leave":
            self.bench.world.staff_delete(side, found)

    def found(self, side: str, place: int) -> str | None:
        """The person's record on a side, if it is there."""
        given = PEOPLE[place].split()[0]
        for (at, key), who in self.bench.world.labels().items():
            if at == side and who == given and self.listed(side, key):
                return key
        return None

    def listed(self, side: str, key: str) -> bool:
        world = self.bench.world
        if side == "clopos":
            return any(str(row) == key and c.deleted_at is None for row, c in world.clopos.customers.items())
        return key in world.checkandplace.customers and bool(world.checkandplace.customers[key].is_active)

    async def run(self, kind: str) -> None:
        """A run; one that is stopped by a fault is no failure of the history."""
        try:
            await self.bench.run(kind)
        except ConnectorError:
            return

    async def rest(self) -> None:
        """No faults any more; runs until nothing is left to be sent."""
        self.bench.world.faults.planned.clear()
        for _ in range(6):
            self.bench.clock.pass_time(120)
            await self.bench.run("sync")
        for _ in range(2):
            self.bench.clock.pass_time(120)
            await self.bench.run("sync")
            assert self.bench.bodies() == []

    def lost(self) -> list[str]:
        """Linked people whose name or number differs between the systems without an entry in a queue."""
        bench, missing = self.bench, []
        asked = {(row["clopos_record_id"], row["checkandplace_record_id"]) for row in bench.queue()}
        rows = bench.rows(
            "SELECT l.clopos_record_id AS c, l.checkandplace_record_id AS p, a.remote_id AS cid, b.remote_id AS pid "
            "FROM link l JOIN record a ON a.id = l.clopos_record_id JOIN record b ON b.id = l.checkandplace_record_id "
            "WHERE l.state = 'active'"
        )
        for row in rows:
            customer = bench.world.clopos.get(row["cid"])
            guest = bench.world.checkandplace.customers[row["pid"]]
            same = customer.name == f"{guest.first_name} {guest.last_name}"
            same = same and (customer.phone or "").lstrip("+") == guest.primary_phone_number
            if not same and (row["c"], row["p"]) not in asked:
                missing.append(f"{customer.name} {customer.phone} | {guest.first_name} {guest.last_name} "
                               f"{guest.primary_phone_number}")  # fmt: skip
        return missing


async def play(folder: Path, switches: dict[str, str], history: Sequence[tuple[Any, ...]]) -> None:
    told = History(folder, switches)
    await told.bench.run("backfill")
    for step in history:
        await told.step(step)
    await told.rest()
    assert told.bench.world.doubles_made() == []
    assert told.bench.wrong_links() == []
    assert told.lost() == []


@pytest.mark.parametrize(
    "switches",
    [{}, {"CP-21": "204"}, {"CP-14": "second_record", "CP-15": "not_unique"}],
    ids=["default", "204", "loose"],
)
@settings(
    max_examples=HISTORIES, deadline=None, derandomize=HISTORIES <= 20,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)  # fmt: skip
@given(history=st.lists(steps, min_size=4, max_size=12))
def test_every_history_comes_to_rest(switches: dict[str, str], history: list[tuple[Any, ...]]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        asyncio.run(play(Path(folder), switches, history))
