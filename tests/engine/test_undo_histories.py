"""Random days, then the undo of one of their runs: nothing of staff is overwritten, nothing moves afterwards; and a
crash at any moment of a run or of its undo."""

from __future__ import annotations

import asyncio
import os
import tempfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from connector.domain.errors import ConnectorError
from tests.crash.moments import Crash, Moments
from tests.engine.scene import Scene, scene
from tests.engine.undo_kit import asked_by_hand, at_rest, back, last_run, shown, undo

HISTORIES = int(os.environ.get("HISTORIES", "2"))
"""How many histories are tried; the deeper profile is `HISTORIES=200 pytest tests/engine/test_undo_histories.py`."""

SURNAMES = ("Əliyev", "Hacıyev", "Babayev")
sides = st.sampled_from(["clopos", "checkandplace"])
steps = st.one_of(
    st.tuples(st.just("rename"), sides, st.integers(0, 3), st.sampled_from(SURNAMES)),
    st.tuples(st.just("renumber"), sides, st.integers(0, 3), st.integers(0, 9)),
    st.tuples(st.just("arrive"), sides, st.integers(0, 3), st.integers(0, 9)),
    st.tuples(st.just("run"), st.sampled_from(["sync", "quick"]), st.just(0), st.just(0)),
    st.tuples(st.just("undo"), st.just(""), st.integers(0, 5), st.just(0)),
)


def act(bench: Scene, people: list[tuple[str, str]], step: tuple[Any, ...]) -> None:
    """What staff do to one of four guests, or a new one."""
    what, side, place, value = step
    found = people[place][side == "checkandplace"]
    first = bench.world.clopos.get(people[place][0]).name.split()[0]
    phone = f"9945570030{place}{value}"
    if what == "rename":
        changed: dict[str, Any] = {"name": f"{first} {value}"} if side == "clopos" else {"last_name": value}
    elif what == "renumber":
        changed = {"phone": f"+{phone}"} if side == "clopos" else {"primary_phone_number": phone}
    else:
        phone = f"9945570040{place}{value}"
        fields: dict[str, Any] = {"name": "Yeni Qonaq", "phone": f"+{phone}"}
        if side == "checkandplace":
            fields = {"first_name": "Yeni", "last_name": "Qonaq", "primary_phone_number": phone}
        bench.world.staff_create(side, fields, f"guest {place}{value}")
        return
    bench.world.staff_edit(side, found, changed)


async def undone(bench: Scene, run: int) -> bool:
    """Undo a run; False where it wrote nothing."""
    try:
        await undo(bench, run)
    except ConnectorError as error:
        if error.code != "nothing-to-undo":
            raise
        return False
    return True


async def play(folder: Path, history: list[tuple[Any, ...]]) -> None:
    bench = scene(folder)
    people = bench.crowd(5)
    await bench.start()
    for step in history:
        try:
            if step[0] == "run":
                await bench.run(step[1])
            elif step[0] == "undo":
                runs = [row["id"] for row in bench.rows("SELECT id FROM run WHERE kind <> 'diff' ORDER BY id DESC")]
                await undo(bench, runs[step[2] % len(runs)])
            else:
                act(bench, people, step)
        except (ConnectorError, ValueError):  # nothing to undo, or a number that somebody else has
            continue
    bench.clock.pass_time(120)
    await bench.run("sync")
    bench.clock.pass_time(120)
    await at_rest(bench)
    before = shown(bench)
    act(bench, people, ("rename", "clopos", 0, "Sonuncu"))
    wanted = shown(bench)
    await bench.run("sync")
    if not await undone(bench, last_run(bench)):
        return
    for who, values in shown(bench).items():
        assert values in (before[who], wanted[who]) or asked_by_hand(bench).get(who), (who, values)
    assert {k: v for k, v in shown(bench).items() if k[0] == "checkandplace"} == {
        k: v for k, v in before.items() if k[0] == "checkandplace"
    }
    await at_rest(bench)
    assert bench.world.doubles_made() == []


@settings(
    max_examples=HISTORIES, deadline=None, derandomize=HISTORIES <= 20,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)  # fmt: skip
@given(history=st.lists(steps, min_size=4, max_size=10))
def test_every_history_can_be_undone_and_comes_to_rest(history: list[tuple[Any, ...]]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        asyncio.run(play(Path(folder), history))


def busy(bench: Scene, people: list[tuple[str, str]]) -> None:
    for place in range(3):
        act(bench, people, ("rename", "clopos", place, "Testov"))
    act(bench, people, ("arrive", "clopos", 0, 1))


@pytest.mark.parametrize("nth", [14, 20, 26])
async def test_a_run_that_was_killed_in_the_middle_is_undone(tmp_path: Path, nth: int) -> None:
    """Whatever the run came to write, and whatever of it is known only by what the next readings show."""
    bench = scene(tmp_path)
    people = bench.crowd(5)
    await bench.run("backfill")
    busy(bench, people)
    before = shown(bench)
    moments = Moments(bench, [nth])
    with pytest.raises(Crash):
        await bench.run("sync")
    moments.start_again()
    moments.watching = False
    killed = last_run(bench)
    wrote = {who for who, values in shown(bench).items() if values != before.get(who)}
    if not await undone(bench, killed):
        # Where the only write is one whose answer was lost, the next reading tells of it, and the undo is typed again.
        await bench.run("sync")
        await undo(bench, last_run(bench))
    left = {who: values for who, values in shown(bench).items() if who in before and values != before[who]}
    assert left == {}, (wrote, left)
    back(bench, before)
    await bench.run("sync")  # what the killed run did not come to is an edit like any other
    again = {("checkandplace", entry.path.rsplit("/", 1)[-1]) for entry in bench.writes}
    assert not again & wrote, "what was taken back stays different"
    bench.clock.pass_time(70)
    await at_rest(bench)


@pytest.mark.parametrize("nth", [14, 21])
async def test_an_undo_that_was_killed_goes_on_when_it_is_typed_again(tmp_path: Path, nth: int) -> None:
    bench = scene(tmp_path)
    people = bench.crowd(5)
    await bench.run("backfill")
    busy(bench, people)
    before = shown(bench)
    await bench.run("sync")
    run = last_run(bench)
    moments = Moments(bench, [nth])
    with pytest.raises(Crash):
        await undo(bench, run)
    moments.start_again()
    moments.watching = False
    await undo(bench, run)
    back(bench, before)
    await at_rest(bench)
    back(bench, before)
