"""A server that fails on one customer, in run after run: sent again at once, then held and tried ever more rarely."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import pytest

from connector.engine.staff_queue import retry
from connector.simulator.kit import Fault
from tests.engine.scene import Scene

NEW = {
    "clopos": ("checkandplace", {"first_name": "Zaur", "last_name": "Aliyev", "primary_phone_number": "994701234567"}),
    "checkandplace": ("clopos", {"name": "Zaur Aliyev", "phone": "+994701234567"}),
}
"""Side that fails -> where the new customer stands, and how."""


class Crowded(Scene):
    """A scene that remembers who else is there: (Clopos id, Check&Place id)."""

    others: list[tuple[str, str]]


async def place(folder: Path) -> Crowded:
    bench = Crowded(folder, clopos=0, checkandplace=0, shared=0)
    bench.guest()
    bench.others = bench.crowd(3)
    await bench.start()
    bench.at_clopos(name="Aysel Quliyeva")  # the first update of all is a probe
    await bench.run()
    return bench


async def until_held(bench: Scene, most: int = 12) -> int:
    """Runs two minutes apart until there is a hold; how many wrote."""
    wrote = 0
    for _run in range(most):
        bench.clock.pass_time(120)
        await bench.run()
        wrote += bool(bench.writes)
        if bench.queue("hold"):
            return wrote
    raise AssertionError("no hold")


@pytest.mark.parametrize("side", list(NEW))
async def test_a_create_that_never_arrives_is_held_after_three_runs(tmp_path: Path, side: str) -> None:
    bench = await place(tmp_path)
    where, fields = NEW[side]
    bench.world.staff_create(where, fields, "zaur")
    bench.world.plan_fault(Fault(side, "status:500", "POST", "/customers", times=9999))
    assert await until_held(bench) == 3
    held = bench.only("hold", "no-answer")
    waits = datetime.fromisoformat(str(held["next_try_at"])) - datetime.fromisoformat(str(held["tried_at"]))
    assert (held["attempts"], waits.total_seconds()) == (1, 3600)
    await bench.quiet(2)
    for attempts in (2, 3):  # each try takes as many runs as its doubt, and is counted once
        bench.clock.pass_time(4 ** (attempts - 2) * 3600)
        for _run in range(4):
            bench.clock.pass_time(120)
            await bench.run()
        assert bench.only("hold", "no-answer")["attempts"] == attempts
        assert bench.only("hold", "no-answer")["id"] == held["id"]
    bench.world.faults.planned.clear()
    await bench.quiet(2)
    bench.clock.pass_time(16 * 3600)
    await bench.run()
    assert len(bench.writes) == 1
    await bench.quiet(2)
    assert bench.queue() == []
    assert bench.world.doubles_made() == []
    made = {place: who for (place, _key), who in bench.world.labels().items() if who == "zaur"}
    assert set(made) == {"clopos", "checkandplace"}


async def test_an_update_that_never_arrives_keeps_nobody_else_waiting(tmp_path: Path) -> None:
    """One guest on whom the server fails; staff retry begins the count anew."""
    bench = await place(tmp_path)
    bench.at_clopos(name="Aysel Həsənova")
    bench.world.plan_fault(Fault("checkandplace", "drop_before", "PATCH", bench.p, times=9999))
    assert await until_held(bench) == 3
    held = bench.only("hold", "name")
    assert (held["code"], held["attempts"]) == ("no-answer", 1)
    other = bench.others[0]
    bench.world.staff_edit("clopos", other[0], {"name": "Kamran Quliyev"})
    await bench.run()
    assert [entry.path.rsplit("/", 1)[-1] for entry in bench.writes] == [other[1]]
    bench.decide(lambda desk, connection: retry(desk, connection, held["id"]))
    bench.clock.pass_time(120)
    await bench.run()
    assert len(bench.writes) == 1
    await bench.run()
    assert bench.only("hold", "name")["attempts"] == 1
    bench.world.faults.planned.clear()
    bench.clock.pass_time(2 * 3600)
    await bench.run()
    assert bench.visitor.last_name == "Həsənova"
    assert bench.queue() == []
    await bench.quiet(2)


async def test_two_runs_in_vain_are_sent_again_at_once(tmp_path: Path) -> None:
    bench = await place(tmp_path)
    bench.at_clopos(name="Aysel Həsənova")
    for _run in range(2):
        bench.world.plan_fault(Fault("checkandplace", "status:500", "PATCH", times=9))
        await bench.run()
        bench.world.faults.planned.clear()
        assert bench.visitor.last_name != "Həsənova"
    await bench.run()
    assert bench.visitor.last_name == "Həsənova"
    assert bench.queue() == []
