"""`connector undo` as it is typed: shown first, done with --yes, and what it says where nothing can be undone."""

from __future__ import annotations

import json
import shlex
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from connector.cli.opening import open_settings
from connector.state.core import Database
from connector.state.database import open_state
from connector.state.lease import Lease
from connector.state.runs import RunStore
from tests.cli.workplace import Workplace, workplace


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workplace]:
    with workplace(tmp_path_factory.mktemp("undo"), clopos=12, checkandplace=12, shared=8) as made:
        yield made.backfilled()


def newest(place: Workplace) -> int:
    return int(place.type("runs", "list", "-n", "1", "--json").json["runs"][0]["run"])


def linked(place: Workplace) -> list[tuple[str, str]]:
    links = place.type("links", "list", "--state", "active", "--json").json["links"]
    ids = [(one["clopos"]["id"], one["checkandplace"]["id"]) for one in links]
    return [both for both in ids if place.world.checkandplace.customers[both[1]].last_name]


def test_the_whole_way_as_the_texts_say_it(place: Workplace) -> None:
    clopos, guest = linked(place)[0]
    before = place.world.checkandplace.customers[guest].last_name
    place.world.staff_edit("clopos", clopos, {"name": "Yeni Testov"})
    assert place.type("sync").code == 0
    run, mark = newest(place), place.requests

    shown = place.type("undo", str(run))
    assert (shown.code, shown.err) == (0, "")
    assert "this is a preview" in shown.out
    assert place.writes(mark) == []
    assert "Testov" not in shown.out, "masked in a pipe"
    words = shown.out.strip().splitlines()[-1].removeprefix("Next: connector ").split()
    assert words[:3] == ["undo", str(run), "--yes"]

    done = place.type(*words)
    assert done.code == 0, done.err
    assert place.world.checkandplace.customers[guest].last_name == before
    assert [entry.method for entry in place.writes(mark)] == ["PATCH"]
    assert place.type("sync").code == 0
    assert len(place.writes(mark)) == 1

    told = place.type("runs", "show", str(newest(place) - 1))
    assert (told.code, "What was taken back" in told.out) == (0, True), told.err

    again = place.type("undo", str(run), "--json")
    assert again.code == 0
    assert again.json["entries"]["left"][0]["reason"] == "undone_already"
    assert again.json["next"] is None


def test_one_operation_is_undone_by_the_number_that_the_list_shows(place: Workplace) -> None:
    (one, first), (two, second) = linked(place)[1:3]
    held = {guest: place.world.checkandplace.customers[guest].first_name for guest in (first, second)}
    for clopos in (one, two):
        place.world.staff_edit("clopos", clopos, {"name": "Bir Testov"})
    assert place.type("sync").code == 0
    document = place.type("undo", str(newest(place)), "--json", "--show-pii").json
    entry = next(entry for entry in document["entries"]["write"] if entry["checkandplace"] == first)
    assert "Testov" in entry["fields"][0]["now"]
    (operation,) = entry["operations"]
    assert place.type("undo", operation, "--yes").code == 0
    now = {guest: place.world.checkandplace.customers[guest].first_name for guest in (first, second)}
    assert now == {first: held[first], second: "Bir"}


def test_a_plan_file_of_an_undo_is_applied_like_any(place: Workplace, tmp_path: Path) -> None:
    clopos, guest = linked(place)[4]
    before, path = place.world.checkandplace.customers[guest].last_name, tmp_path / "plan.json"
    place.world.staff_edit("clopos", clopos, {"name": "Fayl Testov"})
    assert place.type("sync").code == 0
    shown = place.type("undo", str(newest(place)), "-o", str(path))
    assert shown.code == 0, shown.err
    assert path.stat().st_mode & 0o777 == 0o600
    words = shown.out.strip().splitlines()[-1].removeprefix("Next: connector ").split()
    assert words == ["apply", str(path), "--pair", "main"]
    done = place.type(*words)
    assert done.code == 0, done.err + done.out
    assert place.world.checkandplace.customers[guest].last_name == before
    mark = place.requests
    assert place.type(*words).code == 0, "applied twice does nothing twice"
    assert place.type("sync").code == 0
    assert place.writes(mark) == []


def test_an_undo_that_drifted_is_made_anew_as_an_undo(place: Workplace, tmp_path: Path) -> None:
    """A comparison in its place would be carried out as a sync. The path has a blank: what is named can be typed."""
    clopos, guest = linked(place)[5]
    path = tmp_path / "my undo.json"
    place.world.staff_edit("clopos", clopos, {"name": "Geri Testov"})
    assert place.type("sync").code == 0
    run = newest(place)
    shown = place.type("undo", str(run), "-o", str(path))
    place.world.staff_edit("checkandplace", guest, {"last_name": "Dəyişdi"})
    for said in (shown, place.type(*_next(shown.out))):
        words = _next(said.out)
        assert str(path) in words
    assert words == ["undo", str(run), "--pair", "main", "-o", str(path)]
    assert place.type(*words).code == 0
    assert json.loads(path.read_text())["about"]["origin"] == {"kind": "undo", "of": str(run)}


def _next(text: str) -> list[str]:
    """The words of the next command, as a shell would take them."""
    return shlex.split(text.strip().splitlines()[-1].removeprefix("Next: connector "))


def test_a_link_goes_with_all_that_was_written_over_it(place: Workplace) -> None:
    links = place.type("links", "list", "--state", "active", "--json").json["links"]
    link = next(one for one in links if (one["clopos"]["id"], one["checkandplace"]["id"]) == linked(place)[3])
    guest = link["checkandplace"]["id"]
    before = place.world.checkandplace.customers[guest].last_name
    place.world.staff_edit("clopos", link["clopos"]["id"], {"name": "Uc Testov"})
    assert place.type("sync").code == 0
    assert place.type("undo", f"l{link['ref']}", "--yes").code == 0
    assert place.world.checkandplace.customers[guest].last_name == before
    shown = place.type("links", "show", link["ref"])
    assert "broken" in shown.out
    assert f"connector links accept {link['ref']}" in shown.out
    mark = place.requests
    for _ in range(2):
        assert place.type("sync").code == 0
    assert place.writes(mark) == []


def test_a_created_customer_becomes_a_task_with_words(place: Workplace) -> None:
    place.world.staff_create("clopos", {"name": "Kamran Quliyev", "phone": "+994557770199"}, "kamran")
    assert place.type("sync").code == 0
    made = newest(place)
    shown = place.type("undo", str(made), "--yes")
    assert shown.code == 0, shown.err
    assert shown.out.strip().endswith("Next: connector tasks list --pair main")
    listed = place.type("tasks", "list")
    assert "created this customer in Check&Place; it never deletes anybody" in " ".join(listed.out.split())
    told = place.type("status").out
    assert "1 to delete by hand" in told or "1 task to delete by hand" in told
    asked = place.type("status", "--json").json["pairs"][0]["queues"]["task"]
    assert asked["of"]["delete"] == 1
    assert asked["size"] == sum(asked["of"].values())
    task = next(one for one in place.type("tasks", "list", "--json").json["tasks"] if one["code"] == "undo-created")
    page = place.type("tasks", "show", str(task["id"]))
    assert "delete the customer in Check&Place" in page.out
    assert place.type("tasks", "keep-different", str(task["id"])).code == 0
    assert place.type("sync").code == 0
    left = {one["id"] for one in place.type("tasks", "list", "--json").json["tasks"]}
    assert task["id"] not in left


@pytest.mark.parametrize(
    ("what", "code", "named", "next_step"),
    [
        ("9999", 64, "no run 9999", "connector runs list"),
        ("o9999", 64, "no operation o9999", "connector runs list"),
        ("l9999", 64, "no link 9999", "connector links list"),
        ("twelve", 64, "'twelve' is no run", "connector undo --help"),
    ],
)
def test_what_is_not_there_is_named_with_the_next_command(
    place: Workplace, what: str, code: int, named: str, next_step: str
) -> None:
    said = place.type("undo", what)
    assert said.code == code
    assert named in said.err
    assert f"Next: {next_step}" in said.err


def test_a_comparison_and_an_empty_run_have_nothing_to_undo(place: Workplace) -> None:
    place.type("diff")
    compared = place.type("undo", str(newest(place)))
    assert (compared.code, "only compared" in compared.err) == (64, True)
    place.type("sync")
    empty = place.type("undo", str(newest(place)))
    assert (empty.code, "nothing can be undone" in empty.err) == (64, True)


def test_a_run_that_is_still_at_work_is_not_undone(place: Workplace) -> None:
    place.type("sync")
    engine = open_state(open_settings(place.config, None)[0].database_url())
    lease = Lease.acquire(engine, 1, owner="another process")
    with engine.begin() as connection:
        number = RunStore(Database(engine, 1)).begin(connection, "sync", datetime.now(UTC))
    said = place.type("undo", str(number))
    assert (said.code, "is still at work" in said.err) == (5, True), said.err
    assert f"connector runs show {number} --pair main" in said.err
    lease.release()
    killed = place.type("undo", str(number))
    assert (killed.code, "Nothing is left to take back" in killed.out) == (0, True)
