"""Refused operations: attempts, next try and last answer are kept and shown, and they are sent again ever more
rarely."""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from connector.engine.staff_queue import ignore, retry
from connector.state.core import load
from tests.engine.scene import Scene, scene

LONG = "Aysel " + "B" * 300


async def limited(folder: Path) -> Scene:
    """CP-45: texts of more than 255 letters are refused with 422."""
    bench = scene(folder, switches={"CP-45": "255"})
    bench.guest()
    bench.crowd(3)
    await bench.start()
    return bench


def told(bench: Scene) -> tuple[int, timedelta, Any]:
    """(attempts, wait, answer) of the one hold."""
    hold = bench.only("hold")
    moments = [datetime.fromisoformat(str(hold[name])) for name in ("tried_at", "next_try_at")]
    return hold["attempts"], moments[1] - moments[0], load(hold["answer_json"])


async def test_a_refused_update_is_sent_again_ever_more_rarely(tmp_path: Path) -> None:
    bench = await limited(tmp_path)
    bench.at_clopos(name=LONG)
    await bench.run()
    number = bench.only("hold", "name")["id"]
    for attempts, hours in ((1, 1), (2, 4), (3, 16)):
        assert told(bench)[:2] == (attempts, timedelta(hours=hours))
        assert told(bench)[2]["status"] == 422
        bench.clock.pass_time(hours * 3600 - 60)
        await bench.quiet(1)
        bench.clock.pass_time(60)
        await bench.run()
        assert len(bench.bodies()) == 1, "once, when its time has come"
        await bench.quiet(1)
    assert bench.only("hold", "name")["id"] == number, "one hold, as old as it is"
    bench.world.set("CP-45", "none")
    bench.clock.pass_time(64 * 3600)
    await bench.run()
    assert bench.visitor.last_name == "B" * 300
    assert bench.queue() == []
    await bench.quiet()


async def test_a_refused_create_is_sent_again_ever_more_rarely(tmp_path: Path) -> None:
    bench = await limited(tmp_path)
    bench.world.staff_create("clopos", {"name": "Zaur " + "B" * 300, "phone": "+994701234567"}, "zaur")
    await bench.run()
    number = bench.only("hold", "rejected")["id"]
    for attempts, hours in ((1, 1), (2, 4)):
        assert told(bench)[:2] == (attempts, timedelta(hours=hours))
        await bench.quiet(1)
        bench.clock.pass_time(hours * 3600)
        await bench.run()
        assert len(bench.bodies()) == 1
    assert bench.only("hold")["id"] == number
    bench.world.set("CP-45", "none")
    bench.clock.pass_time(16 * 3600)
    await bench.run()
    assert "zaur" in bench.world.checkandplace.labels.values()
    await bench.quiet()
    assert bench.queue() == []
    assert bench.world.doubles_made() == []


@pytest.mark.parametrize("why", ["staff", "source"])
async def test_staff_and_a_changed_source_begin_the_count_anew(tmp_path: Path, why: str) -> None:
    bench = await limited(tmp_path)
    bench.at_clopos(name=LONG)
    await bench.run()
    bench.clock.pass_time(3600)
    await bench.run()
    assert told(bench)[0] == 2
    if why == "staff":
        bench.decide(partial(retry, entry_id=bench.only("hold")["id"]))
    else:
        bench.at_clopos(name=LONG + "C")
    await bench.run()
    assert len(bench.bodies()) == 1
    assert told(bench)[:2] == (1, timedelta(hours=1))


async def test_what_staff_put_aside_is_not_sent_again(tmp_path: Path) -> None:
    bench = await limited(tmp_path)
    bench.at_clopos(name=LONG)
    await bench.run()
    bench.decide(partial(ignore, entry_id=bench.only("hold")["id"]))
    bench.clock.pass_time(30 * 86_400)
    await bench.quiet()
    assert bench.only("hold")["state"] == "ignored"


async def test_a_hold_that_became_equal_meanwhile_is_over_though_its_time_has_come(tmp_path: Path) -> None:
    bench = await limited(tmp_path)
    bench.at_clopos(name=LONG)
    await bench.run()
    bench.at_clopos(name="Aysel Məmmədova")
    bench.clock.pass_time(86_400)
    await bench.quiet()
    assert bench.queue() == []
