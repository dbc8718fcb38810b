"""`connector sync`: every change across, the guard, and its own exit codes."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from connector.domain.errors import ExitCode
from tests.cli.workplace import Workplace, workplace


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Workplace]:
    with workplace(tmp_path) as found:
        yield found.backfilled()


def pairs(place: Workplace) -> list[tuple[str, str]]:
    return sorted(place.world.must_link())


def test_an_edit_in_clopos_is_one_write_and_one_in_check_and_place_a_task(place: Workplace) -> None:
    (one, guest), (_, other) = pairs(place)[:2]
    place.world.staff_edit("clopos", one, {"phone": "+994552000101"})
    place.world.staff_edit("checkandplace", other, {"last_name": "Hüseynli"})
    mark = place.requests
    said = place.type("sync")
    assert said.code == ExitCode.DONE, said.err
    (write,) = place.writes(mark)
    assert (write.method, write.path) == ("PATCH", f"/v1/customers/{guest}")
    assert write.body == {"customer": {"primary_phone_number": "994552000101"}} or write.body == {
        "primary_phone_number": "994552000101"
    }
    assert "To type into Clopos by hand" in said.out
    assert "connector tasks list" in said.out


def test_a_quick_run_reads_one_page_of_clopos(place: Workplace) -> None:
    place.type("sync")
    mark = place.requests
    assert place.type("sync", "--quick").code == ExitCode.DONE
    assert len([e for e in place.sent(mark) if e.side == "clopos" and e.method == "GET"]) == 1
    assert [e for e in place.sent(mark) if e.side == "checkandplace"], "Check&Place is listed whole"


def many_edits(place: Workplace) -> None:
    place.change('timezone = "Asia/Baku"', 'timezone = "Asia/Baku"\nguard = { updates_percent = 5, updates_count = 1 }')
    for number, (clopos, _guest) in enumerate(pairs(place)[:4]):
        place.world.staff_edit("clopos", clopos, {"phone": f"+99455200020{number}"})


def test_a_plan_that_changes_too_much_waits_for_its_approval(place: Workplace) -> None:
    many_edits(place)
    mark = place.requests
    said = place.type("sync")
    assert said.code == ExitCode.REFUSED
    assert place.writes(mark) == []
    assert "the limit is 5 % and 1" in said.out, "the refused plan is shown"
    command = re.search(r"connector (sync --pair main --approve [0-9a-f]{32})", said.err)
    assert command is not None, said.err
    refused = place.type("diff")
    assert "limit" in refused.out
    approved = place.type(*command[1].split())
    assert approved.code == ExitCode.DONE, approved.err
    assert len(place.writes(mark)) == 4
    again = place.type(*command[1].split())
    assert again.code == ExitCode.DONE, "nothing is left that would need an approval"


def test_an_approval_that_nobody_asked_for_is_refused(place: Workplace) -> None:
    many_edits(place)
    said = place.type("sync", "--approve", "0" * 32)
    assert said.code == ExitCode.REFUSED
    assert "There is no refused plan" in said.err


def test_what_a_server_refuses_ends_with_4_and_waits_as_a_hold(place: Workplace) -> None:
    place.world.set("CP-45", "255")
    place.world.staff_edit("clopos", pairs(place)[0][0], {"name": "Nigar " + "a" * 300})
    said = place.type("sync", "-o", str(place.folder / "report.txt"))
    assert said.code == ExitCode.PARTLY, said.out + said.err
    assert "Not everything went through: 1 refused" in said.out
    assert "connector holds list" in said.out
    assert place.type("holds", "list", "--json").json
    assert "Not done" in (place.folder / "report.txt").read_text()
    assert place.type("sync").code == ExitCode.DONE, "a hold is not sent again"


def test_no_guest_is_named_in_what_scripts_keep(place: Workplace) -> None:
    place.world.staff_edit("clopos", pairs(place)[0][0], {"phone": "+994552000101", "name": "Zümrüdxanım Qəhrəmanova"})
    plain, document = place.type("sync", "--verbose"), place.type("sync", "--json", "--verbose")
    for said in (plain, document):
        text = said.out + said.err
        assert not [name for name in [*place.names(), "Zümrüdxanım", "994552000101"] if name in text]


@pytest.mark.parametrize("words", [["--approve"], ["--fast"]])
def test_wrong_usage(place: Workplace, words: list[str]) -> None:
    mark = place.requests
    assert place.type("sync", *words).code == ExitCode.USAGE
    assert place.sent(mark) == []


@pytest.mark.parametrize(
    "words",
    [["sync", "--approve", "0" * 32], ["backfill", "--approve", "0" * 32], ["backfill", "--expect-clopos", "24"]],
)
def test_what_is_right_for_one_pair_only_needs_its_name(tmp_path: Path, words: list[str]) -> None:
    with workplace(tmp_path, clopos=2, checkandplace=2, shared=1, second_pair=True) as two:
        said = two.type(*words)
        assert said.code == ExitCode.USAGE
        assert "name one with --pair" in said.err
        assert two.sent() == []


def test_a_read_only_pair_is_sent_to_look_first(tmp_path: Path) -> None:
    with workplace(tmp_path) as found:
        found.change('mode = "live"', 'mode = "read-only"')
        said = found.type("sync")
        assert (said.code, found.sent()) == (ExitCode.CONFIG, [])
        assert "Next: connector diff --pair main" in said.err
