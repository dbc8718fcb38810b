"""Undo: after each kind of run every touched record is what it was, or staff have one task; then nothing moves."""

from __future__ import annotations

from pathlib import Path

import pytest

from connector.domain.errors import ExitCode
from connector.state.core import load
from tests.engine import lines
from tests.engine.harness import Bench
from tests.engine.scene import Scene, scene
from tests.engine.undo_kit import asked_by_hand, at_rest, back, last_run, shown, undo


@pytest.fixture
async def small(tmp_path: Path) -> Scene:
    bench = scene(tmp_path)
    bench.guest()
    bench.crowd()
    await bench.start()
    return bench


async def test_an_edit_that_travelled_is_taken_back_and_stays_different(small: Scene) -> None:
    small.at_clopos(name="Aysel Həsənova", phone="+994557770001")
    small.at_checkandplace(first_name="Aysel", last_name="Həsənova")  # so that the new number is no other person's
    await small.run()
    small.at_clopos(name="Aysel Quliyeva")
    before = shown(small)
    await small.run()
    assert small.visitor.last_name == "Quliyeva"
    result = await undo(small)
    assert result.exit_code is ExitCode.DONE
    assert [body for _s, _m, body in small.bodies()] == [{"first_name": "Aysel", "last_name": "Həsənova"}]
    back(small, before)
    await at_rest(small)
    assert small.queue() == []
    history = small.rows("SELECT run_id, field, before_json, after_json FROM history WHERE verb = 'update' ORDER BY id")
    names = [(row["run_id"], load(row["before_json"]), load(row["after_json"])) for row in history][-2:]
    assert names[0][0] < names[1][0], "history keeps what we wrote and what we took back"
    assert names[0][1]["value"] == names[1][2]["value"]
    assert names[0][1]["wire"] == {"first_name": "Aysel", "last_name": "Həsənova"} == names[1][2]["wire"]


async def test_the_next_edit_travels_again_after_an_undo(small: Scene) -> None:
    small.at_clopos(name="Aysel Həsənova")
    await small.run()
    await undo(small)
    await at_rest(small)
    small.at_clopos(name="Aysel Quliyeva")
    await small.run()
    assert small.bodies() == [("checkandplace", "PATCH", {"first_name": "Aysel", "last_name": "Quliyeva"})]


async def test_an_edit_made_after_the_run_still_travels(small: Scene) -> None:
    small.at_clopos(name="Aysel Həsənova")
    await small.run()
    run = last_run(small)
    small.at_clopos(name="Aysel Quliyeva")
    await undo(small, run)
    assert small.visitor.last_name == "Məmmədova"
    await small.run()
    assert small.bodies() == [("checkandplace", "PATCH", {"first_name": "Aysel", "last_name": "Quliyeva"})]
    await at_rest(small)


async def test_a_backfill_is_undone_link_by_link(tmp_path: Path) -> None:
    bench = Bench(tmp_path, seed=5, clopos=14, checkandplace=14, shared=8)
    before = shown(bench)
    await bench.run("backfill")
    run, linked = last_run(bench), bench.links()
    made = len(shown(bench)) - len(before)
    assert made > 4
    assert len(linked) > 8
    await lines.run(bench, "sync", "settling")
    await undo(bench, run)
    assert bench.writes == [] or all(entry.method == "PATCH" for entry in bench.writes)
    back(bench, before)
    assert bench.links() == set()
    assert len(asked_by_hand(bench)) >= made
    await at_rest(bench)
    assert bench.links() == set()
    result = await bench.run("diff")
    assert result.plan is not None
    assert not result.plan.summary.differs
    rejected = bench.rows("SELECT count(*) AS n FROM proposal WHERE state = 'rejected'")[0]["n"]
    assert rejected == len(linked), "an undone link is remembered as different"


async def test_a_filled_blank_becomes_a_task_that_ends_when_staff_empty_it(tmp_path: Path) -> None:
    bench = scene(tmp_path, checkandplace_table="write_email = true\n")
    bench.guest({"email": "aysel@example.com"})
    bench.crowd()
    before = shown(bench)
    await bench.run("backfill")
    assert bench.visitor.email == "aysel@example.com"
    result = await undo(bench)
    assert bench.writes == [], "no null is sent (CP-20)"
    assert result.exit_code is ExitCode.DONE
    back(bench, before)
    await at_rest(bench)
    assert asked_by_hand(bench)["checkandplace", bench.p] == ["email"]
    bench.at_checkandplace(email=None)
    await at_rest(bench)
    assert asked_by_hand(bench) == {}
    assert ("task", "email", "done") in bench.over()


async def test_what_changed_since_is_left_alone_and_listed(small: Scene) -> None:
    other, guest = next(both for both in sorted(small.links()) if both[0] != small.c)
    number = small.world.checkandplace.customers[guest].primary_phone_number
    small.at_clopos(name="Aysel Həsənova")
    small.world.staff_edit("clopos", other, {"phone": "+994557770001"})
    await small.run()
    run = last_run(small)
    small.at_checkandplace(last_name="Quliyeva")
    result = await undo(small, run)
    assert small.bodies() == [("checkandplace", "PATCH", {"primary_phone_number": number})]
    assert small.world.checkandplace.customers[guest].primary_phone_number == number
    assert small.visitor.last_name == "Quliyeva"
    assert result.plan is not None
    counts = {reason: n for (kind, _side, reason), n in result.plan.summary.counts.items() if kind == "skip"}
    assert counts == {"changed_since": 1}
    await at_rest(small)


async def test_undo_of_an_undo_brings_everything_back(small: Scene) -> None:
    small.at_clopos(name="Aysel Həsənova")
    await small.run()
    after = shown(small)
    await undo(small)
    await undo(small)
    assert shown(small) == after
    await at_rest(small)
    assert small.queue() == []


async def test_an_undo_is_decided_by_nobody_but_shown_first(small: Scene) -> None:
    small.at_clopos(name="Aysel Həsənova")
    await small.run()
    decided = small.decided()
    result = await undo(small, dry=True)
    assert result.exit_code is ExitCode.DONE, "2 is for a comparison alone"
    assert small.writes == []
    assert small.decided() == decided
    assert small.rows("SELECT kind FROM run ORDER BY id DESC LIMIT 1")[0]["kind"] == "undo-preview"


async def test_twice_is_not_done_twice(small: Scene) -> None:
    small.at_clopos(name="Aysel Həsənova")
    await small.run()
    run = last_run(small)
    await undo(small, run)
    result = await undo(small, run)
    assert small.writes == []
    assert result.plan is not None
    assert {key[2] for key in result.plan.summary.counts} == {"undone_already"}
