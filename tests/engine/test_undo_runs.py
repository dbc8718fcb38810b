"""Undo after each kind of run, also of runs and undos in which something went wrong: then two runs write nothing."""

from __future__ import annotations

import re
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from connector.domain.errors import ConnectorError, ExitCode, UnsafePlan
from connector.domain.values import CLOPOS
from connector.engine.staff_links import accept_proposal, break_link
from connector.engine.staff_queue import tick
from connector.simulator.kit import Fault
from connector.state.undoing import Wanted
from tests.engine.scene import Scene, scene
from tests.engine.undo_kit import asked_by_hand, at_rest, back, last_run, shown, undo

TIGHT = "[pairs.main.guard]\nupdates_percent = 1\nupdates_count = 1\n"


async def town(folder: Path, **options: Any) -> tuple[Scene, list[tuple[str, str]]]:
    """A backfilled restaurant of five guests, and the ids of four of them."""
    bench = scene(folder, **options)
    bench.guest()
    people = bench.crowd(4)
    await bench.run("backfill")
    return bench, people


def rename(bench: Scene, people: list[tuple[str, str]], surname: str = "Testov") -> None:
    for clopos, _guest in people:
        first = bench.world.clopos.get(clopos).name.split()[0]
        bench.world.staff_edit("clopos", clopos, {"name": f"{first} {surname}"})


def refuse(bench: Scene, what: str = "status:422") -> None:
    """The next update of Check&Place ends like this."""
    bench.world.plan_fault(Fault("checkandplace", what, "PATCH", "/customers"))


@pytest.mark.parametrize("kind", ["sync", "quick"])
async def test_edits_and_a_new_customer(tmp_path: Path, kind: str) -> None:
    bench, people = await town(tmp_path)
    rename(bench, people[:3])
    bench.world.staff_create("clopos", {"name": "Kamran Quliyev", "phone": "+994557770102"}, "kamran")
    before = shown(bench)
    await bench.run(kind)
    assert len(bench.writes) == 4 if kind == "sync" else bench.writes
    await undo(bench)
    back(bench, before)
    await at_rest(bench)
    back(bench, before)


async def test_a_plan_that_the_guard_refused_and_an_undo_that_it_refuses(tmp_path: Path) -> None:
    bench, people = await town(tmp_path, pair=TIGHT)
    rename(bench, people[:3])
    before = shown(bench)
    with pytest.raises(UnsafePlan) as refused:
        await bench.run("sync")
    hash_ = re.search(r"--approve (\w+)", refused.value.next_step)
    assert hash_ is not None
    await bench.run("sync", approve=hash_[1])
    run = last_run(bench)
    with pytest.raises(UnsafePlan) as again:
        await undo(bench, run)
    assert bench.writes == []
    found = re.fullmatch(rf"connector undo {run} --pair main --approve (\w+)", again.value.next_step)
    assert found is not None, again.value.next_step
    await undo(bench, run, approve=found[1])
    assert len(bench.writes) == 3
    back(bench, before)
    await at_rest(bench)


async def test_a_run_with_a_refused_write_is_undone_where_it_wrote(tmp_path: Path) -> None:
    bench, people = await town(tmp_path)
    rename(bench, people[:3])
    before = shown(bench)
    refuse(bench)
    assert (await bench.run()).exit_code is ExitCode.PARTLY
    await undo(bench)
    assert len(bench.writes) == 2
    back(bench, before)
    await at_rest(bench)
    assert [row["code"] for row in bench.queue("hold")] == ["rejected"]


async def test_what_the_server_does_not_take_back_is_left_to_staff(tmp_path: Path) -> None:
    bench, people = await town(tmp_path)
    rename(bench, people[:2])
    before = shown(bench)
    await bench.run()
    refuse(bench)
    assert (await undo(bench)).exit_code is ExitCode.PARTLY
    back(bench, before)
    assert list(asked_by_hand(bench).values()) == [["name"]]
    await at_rest(bench)
    ((who, _topics),) = asked_by_hand(bench).items()
    first, last, *_rest = before[who]
    bench.world.staff_edit("checkandplace", who[1], {"first_name": first, "last_name": last})
    await at_rest(bench)
    assert shown(bench) == before
    assert bench.queue() == []


@pytest.mark.parametrize("fault", ["drop_before", "drop_after", "status_after:504"])
async def test_an_undo_in_doubt_goes_on_when_it_is_typed_again(tmp_path: Path, fault: str) -> None:
    bench, people = await town(tmp_path)
    rename(bench, people[:2])
    before = shown(bench)
    await bench.run()
    run = last_run(bench)
    refuse(bench, fault)
    assert (await undo(bench, run)).exit_code is ExitCode.PARTLY
    await undo(bench, run)
    assert shown(bench) == before
    await at_rest(bench)
    assert shown(bench) == before


@pytest.mark.parametrize("runs", [1, 2])
async def test_an_answer_without_the_record_is_verified_by_the_next_reading(tmp_path: Path, runs: int) -> None:
    bench, people = await town(tmp_path, switches={"CP-21": "204"})
    rename(bench, people[:2])
    before = shown(bench)
    for _ in range(runs):
        await bench.run()
    run = bench.rows("SELECT min(run_id) AS n FROM history WHERE verb = 'update'")[0]["n"]
    await undo(bench, run)
    await at_rest(bench, 3)
    assert shown(bench) == before
    assert bench.queue() == []


async def test_a_number_that_somebody_else_holds_by_now_is_left_to_staff(tmp_path: Path) -> None:
    bench, people = await town(tmp_path)
    (one, guest), *_ = people
    number = bench.world.checkandplace.customers[guest].primary_phone_number
    bench.world.staff_edit("clopos", one, {"phone": "+994557770111"})
    before = shown(bench)
    await bench.run()
    run = last_run(bench)
    walk_in = {"first_name": "Yad", "last_name": "Adam", "primary_phone_number": number}
    bench.world.staff_create("checkandplace", walk_in, "stranger")
    await undo(bench, run)
    assert bench.writes == []
    assert asked_by_hand(bench) == {("checkandplace", guest): ["phone"]}
    assert before["checkandplace", guest] != shown(bench)["checkandplace", guest]


async def test_a_wrong_link_of_staff_goes_with_what_was_written_over_it(tmp_path: Path) -> None:
    bench = scene(tmp_path)
    bench.guest({"name": "Leyla Əliyeva"})
    bench.crowd()
    await bench.run("backfill")
    (proposal,) = bench.rows("SELECT id FROM proposal WHERE state = 'open'")
    bench.decide(partial(accept_proposal, proposal_id=proposal["id"]))
    await bench.run()
    bench.at_clopos(name="Leyla Hacıyeva")
    before = shown(bench)
    await bench.run()
    assert bench.visitor.last_name == "Hacıyeva"
    link = bench.rows("SELECT max(id) AS n FROM link")[0]["n"]
    await undo(bench, Wanted(link=link))
    back(bench, before)
    assert bench.link_states()[bench.c, bench.p] == ("broken", "undo")
    await at_rest(bench)
    assert bench.rows("SELECT state FROM proposal")[0]["state"] == "rejected"


async def test_a_link_that_staff_broke_first_does_not_keep_the_values(tmp_path: Path) -> None:
    bench, people = await town(tmp_path)
    rename(bench, people[:1])
    before = shown(bench)
    await bench.run()
    run = last_run(bench)
    row = bench.record_row(CLOPOS, people[0][0])
    link = bench.rows("SELECT id FROM link WHERE clopos_record_id = :r", r=row)[0]["id"]
    bench.decide(partial(break_link, link_id=link))
    await undo(bench, run)
    assert shown(bench) == before
    await at_rest(bench)


async def test_a_created_customer_that_staff_delete_ends_its_task(tmp_path: Path) -> None:
    bench, _people = await town(tmp_path)
    bench.world.staff_create("clopos", {"name": "Kamran Quliyev", "phone": "+994557770102"}, "kamran")
    await bench.run()
    run = last_run(bench)
    await undo(bench, run)
    ((side, made),) = asked_by_hand(bench)
    task = bench.queue("task")[0]["id"]
    bench.decide(partial(tick, entry_id=task))
    await at_rest(bench)
    assert bench.queue("task")[0]["state"] == "open", "a tick that the next reading contradicts"
    bench.world.staff_delete(side, made)
    await at_rest(bench, 3)
    assert asked_by_hand(bench) == {}
    assert ("task", "undo-created", "gone") in bench.over()


async def test_undo_of_the_undo_of_a_create_links_the_two_again(tmp_path: Path) -> None:
    bench, _people = await town(tmp_path)
    bench.world.staff_create("clopos", {"name": "Kamran Quliyev", "phone": "+994557770102"}, "kamran")
    await bench.run()
    linked = bench.links()
    await undo(bench)
    assert len(bench.links()) == len(linked) - 1
    await undo(bench)
    assert bench.links() == linked
    assert bench.queue() == []
    await at_rest(bench)
    assert bench.rows("SELECT state FROM proposal")[0]["state"] == "accepted"


async def test_updates_that_are_stopped_are_not_undone_by_more_updates(tmp_path: Path) -> None:
    """CP-20, full replace: what the probe put back was in the same run; no further update is sent."""
    bench, people = await town(tmp_path, switches={"CP-20": "full_replace"})
    rename(bench, people[:1])
    await bench.run()
    run = last_run(bench)
    await undo(bench, run)
    assert bench.writes == []
    assert asked_by_hand(bench)
    await at_rest(bench)


async def test_an_unknown_run_is_refused_before_anything_is_read(tmp_path: Path) -> None:
    bench, _people = await town(tmp_path)
    mark = len(bench.world.log.entries)
    with pytest.raises(ConnectorError) as refused:
        await undo(bench, 999)
    assert refused.value.code == "run-unknown"
    assert len(bench.world.log.entries) == mark
