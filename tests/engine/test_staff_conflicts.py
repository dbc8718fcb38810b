"""Each answer of staff to a conflict or a task leads where the design says, and the next two runs write nothing."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import pytest

from connector.engine.staff import NotPossible
from connector.engine.staff_queue import Take, ignore, resolve, retry, tick
from tests.engine.scene import Scene, scene

HƏSƏNOVA, QULIYEVA = "Aysel Həsənova", "Aysel Quliyeva"


@pytest.fixture
async def conflict(tmp_path: Path) -> Scene:
    bench = scene(tmp_path)
    bench.guest()
    await bench.start()
    bench.at_clopos(name=HƏSƏNOVA)
    bench.at_checkandplace(last_name="Quliyeva")
    await bench.run()
    bench.only("conflict", "name")
    return bench


@pytest.fixture
async def task(tmp_path: Path) -> Scene:
    bench = scene(tmp_path)
    bench.guest()
    await bench.start()
    bench.at_checkandplace(last_name="Həsənova")
    await bench.run()
    bench.only("task", "name")
    return bench


async def take(bench: Scene, choice: Take, kind: str = "conflict") -> None:
    bench.decide(partial(resolve, entry_id=bench.only(kind)["id"], take=choice, kind=kind), note="asked the guest")


async def test_take_clopos_writes_checkandplace(conflict: Scene) -> None:
    await take(conflict, Take.CLOPOS)
    entry = conflict.only("conflict")
    assert (entry["resolution"], entry["resolved_by"], entry["note"]) == ("clopos", "leyla", "asked the guest")
    await conflict.run()
    assert conflict.bodies() == [("checkandplace", "PATCH", {"first_name": "Aysel", "last_name": "Həsənova"})]
    assert conflict.over() == [("conflict", "name", "written")]
    await conflict.quiet()
    assert conflict.queue() == []


async def test_take_checkandplace_becomes_a_task_until_the_till_shows_it(conflict: Scene) -> None:
    await take(conflict, Take.CHECKANDPLACE)
    number = conflict.only("conflict")["id"]
    await conflict.quiet()
    entry = conflict.only("task", "name")
    assert (entry["id"], entry["side"], entry["resolution"]) == (number, "clopos", "checkandplace")
    assert conflict.facts(entry)["fields"][0]["after"]["v"]["text"] == QULIYEVA
    conflict.at_clopos(name=QULIYEVA)
    await conflict.quiet()
    assert conflict.queue() == []


async def test_take_different_settles_until_one_side_is_edited(conflict: Scene) -> None:
    await take(conflict, Take.DIFFERENT)
    await conflict.quiet()
    assert conflict.over() == [("conflict", "name", "different")]
    conflict.at_clopos(name="Aysel Əliyeva")
    await conflict.run()
    assert conflict.bodies() == [("checkandplace", "PATCH", {"first_name": "Aysel", "last_name": "Əliyeva"})]


async def test_an_answer_does_not_outlive_the_values_that_staff_saw(conflict: Scene) -> None:
    await take(conflict, Take.CLOPOS)
    conflict.at_checkandplace(last_name="Əliyeva")
    await conflict.quiet(1)
    entry = conflict.only("conflict", "name")
    assert entry["resolution"] is None
    assert conflict.facts(entry)["values"]["checkandplace"]["v"]["text"] == "Aysel Əliyeva"
    assert [line["what"] for line in conflict.facts(entry)["staff"]] == ["take clopos"]


async def test_the_changed_side_back_at_its_base_is_moot(conflict: Scene) -> None:
    conflict.at_clopos(name="Aysel Məmmədova")
    await conflict.quiet(1)
    task = conflict.only("task", "name")  # only Check&Place is changed now
    conflict.at_checkandplace(last_name="Məmmədova")
    await conflict.quiet()
    assert conflict.queue() == []
    assert task["kind"] == "task"


async def test_a_task_back_at_its_base_is_moot(task: Scene) -> None:
    task.at_checkandplace(last_name="Məmmədova")
    await task.quiet()
    assert task.queue() == []


async def test_a_task_whose_side_is_edited_again_stays_one_entry_with_the_new_value(task: Scene) -> None:
    number, opened = task.only("task")["id"], task.only("task")["opened_at"]
    task.at_checkandplace(last_name="Quliyeva")
    await task.quiet(1)
    entry = task.only("task", "name")
    assert (entry["id"], entry["opened_at"]) == (number, opened)
    assert task.facts(entry)["fields"][0]["after"]["v"]["text"] == QULIYEVA


async def test_a_task_whose_other_side_is_edited_becomes_a_conflict(task: Scene) -> None:
    number = task.only("task")["id"]
    task.at_clopos(name=QULIYEVA)
    await task.quiet()
    assert task.only("conflict", "name")["id"] == number


async def test_a_third_value_is_said_to_be_one(task: Scene) -> None:
    """Staff ticked the task, but typed something else: the conflict says so, until both agree."""
    task.decide(partial(tick, entry_id=task.only("task")["id"]))
    task.at_clopos(name=QULIYEVA)
    await task.quiet()
    entry = task.only("conflict", "name")
    assert (entry["code"], entry["state"]) == ("third-value", "open")
    task.at_clopos(name="Aysel Rzayeva")
    await task.quiet()
    assert task.only("conflict", "name")["code"] == "third-value"
    task.at_clopos(name=HƏSƏNOVA)
    await task.quiet()
    assert task.over() == [("conflict", "name", "equal")]


async def test_both_edited_at_once_is_no_third_value(task: Scene) -> None:
    task.at_clopos(name=HƏSƏNOVA)
    await task.run()
    task.at_clopos(name=QULIYEVA)
    task.at_checkandplace(last_name="Rzayeva")
    await task.quiet()
    assert task.only("conflict", "name")["code"] == "both-changed"


async def test_task_keep_different(task: Scene) -> None:
    await take(task, Take.DIFFERENT, "task")
    await task.quiet()
    assert task.over() == [("task", "name", "different")]


async def test_task_take_clopos_puts_checkandplace_back(task: Scene) -> None:
    await take(task, Take.CLOPOS, "task")
    await task.run()
    assert task.bodies() == [("checkandplace", "PATCH", {"first_name": "Aysel", "last_name": "Məmmədova"})]
    assert task.over() == [("task", "name", "written")]
    await task.quiet()


async def test_ticked_and_seen_closes(task: Scene) -> None:
    task.at_clopos(name=HƏSƏNOVA)
    task.decide(partial(tick, entry_id=task.only("task")["id"]))
    await task.quiet()
    assert task.over() == [("task", "name", "equal")]


async def test_ticked_and_still_old_opens_again_after_a_complete_scan(task: Scene) -> None:
    task.decide(partial(tick, entry_id=task.only("task")["id"]))
    assert task.only("task")["state"] == "ticked"
    await task.run("quick")  # what a quick run does not list is no proof that the old value still stands
    assert task.only("task")["state"] == "ticked"
    await task.quiet(1)
    entry = task.only("task")
    assert (entry["state"], entry["ticked_at"], entry["attempts"]) == ("open", None, 1)


async def test_ignored_stays_silent_until_the_value_changes(task: Scene) -> None:
    task.decide(partial(ignore, entry_id=task.only("task")["id"], kind="task"))
    await task.quiet()
    assert task.only("task")["state"] == "ignored"
    result = await task.run("diff")
    assert result.plan is not None
    assert not result.plan.summary.differs
    task.at_checkandplace(last_name="Quliyeva")
    await task.quiet(1)
    assert task.only("task")["state"] == "open"


async def test_what_cannot_be_decided_changes_nothing(task: Scene) -> None:
    number, before = task.only("task")["id"], task.decided()
    for wrong, code in (
        (partial(resolve, entry_id=number, take=Take.CLOPOS), "another-kind"),
        (partial(resolve, entry_id=number, take=Take.CHECKANDPLACE, kind="task"), "task-says-so"),
        (partial(retry, entry_id=number), "another-kind"),
        (partial(tick, entry_id=999), "no-such-entry"),
    ):
        with pytest.raises(NotPossible) as caught:
            task.decide(wrong)
        assert (caught.value.code, caught.value.exit_code) == (code, 64)
    assert task.decided() == before


async def test_an_entry_that_is_over_takes_no_decision(task: Scene) -> None:
    number = task.only("task")["id"]
    task.at_clopos(name=HƏSƏNOVA)
    await task.quiet(1)
    with pytest.raises(NotPossible, match="entry-over"):
        task.decide(partial(tick, entry_id=number))
