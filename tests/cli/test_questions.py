"""Questions at the screen: Ctrl-C and SIGTERM end the command at once, Ctrl-D is a no, and what is no answer is asked
again in words of ours."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from connector.cli.exit import INTERRUPTED
from connector.cli.sync import COUNTS
from connector.domain.errors import ExitCode
from tests.cli.screens import screen
from tests.cli.workplace import CTRL_C, CTRL_D, Workplace, at_the_screen, workplace

BEGIN, GO_ON = "shall it begin? [y/N]:", "Go on with the other 2? [y/N]:"


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Workplace]:
    with workplace(tmp_path, clopos=8, checkandplace=8, shared=6) as found:
        yield found


@pytest.fixture
def planned(place: Workplace) -> str:
    """A plan of three updates."""
    place.backfilled()
    guests = place.world.checkandplace.customers
    links = place.type("links", "list", "--state", "active", "--json").json["links"]
    named = [one for one in links if (guest := guests[one["checkandplace"]["id"]]).first_name and guest.last_name]
    for one, letter in zip(named, "abc", strict=False):
        place.world.staff_edit("clopos", one["clopos"]["id"], {"name": f"Aysel Testova{letter}"})
    plan = str(place.folder / "plan.json")
    assert place.type("diff", "-o", plan).code == ExitCode.DIFFERENCES
    return plan


def free_again(place: Workplace) -> None:
    """Another command gets the pair at once: its lease is free."""
    said = place.type("diff")
    assert said.code in (ExitCode.DONE, ExitCode.DIFFERENCES), said.err


def test_ctrl_c_at_the_question_of_a_backfill_is_a_no_and_the_end(place: Workplace) -> None:
    said = place.at_the_screen("backfill", answers=[(BEGIN, CTRL_C)])
    assert said.code == INTERRUPTED, said.out
    assert "stopped by you" in said.out
    assert "Traceback" not in said.out
    assert place.writes() == []
    run = place.type("runs", "list", "--json").json["runs"][0]
    assert (run["state"], run["error"]["code"]) == ("refused", "backfill-not-confirmed"), "as after a no"
    free_again(place)


def test_ctrl_c_between_the_first_and_the_rest_leaves_the_rest(place: Workplace, planned: str) -> None:
    mark = place.requests
    said = place.at_the_screen("apply", planned, "--first", "1", answers=[(GO_ON, CTRL_C)])
    assert said.code == INTERRUPTED, said.out
    assert "2 operations were left for later" in said.out
    assert f"connector apply {planned}" in said.out.replace("\n", ""), "how it goes on"
    assert len(place.writes(mark)) == 1
    assert place.type("runs", "list", "--json").json["runs"][0]["state"] == "done"
    free_again(place)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_from_elsewhere_ends_a_question(place: Workplace, number: signal.Signals) -> None:
    said = place.at_the_screen("backfill", answers=[(BEGIN, number)])
    assert said.code == INTERRUPTED, said.out
    assert place.writes() == []
    free_again(place)


def test_ctrl_d_is_a_no(place: Workplace, planned: str) -> None:
    mark = place.requests
    said = place.at_the_screen("apply", planned, "--first", "1", answers=[(GO_ON, CTRL_D)])
    assert said.code == ExitCode.DONE, said.out
    assert "2 operations were left for later" in said.out
    assert len(place.writes(mark)) == 1


def test_what_is_no_answer_is_asked_again(place: Workplace) -> None:
    said = place.at_the_screen("backfill", answers=[(BEGIN, "perhaps"), (BEGIN, " YES ")])
    assert said.code == ExitCode.DONE, said.out
    lines = screen(said.out).splitlines()
    at = lines.index("Please answer y or n.")
    assert lines[at - 1].endswith(f"{BEGIN} perhaps")
    assert lines[at + 1].endswith(f"{BEGIN}  YES"), "question and answer stay on the screen while the rest goes on"
    asked = [line.split("  ", 1)[-1] for line in lines[:at]]
    assert [line for line in asked if line in COUNTS.values()] == [*COUNTS.values()]


def test_what_was_typed_ahead_is_no_answer(place: Workplace) -> None:
    """A y that was typed while the lists were read begins nothing."""
    said = place.at_the_screen("backfill", answers=[("Reading", "y"), (BEGIN, "")])
    assert said.code == ExitCode.REFUSED, said.out
    assert place.writes() == []


def test_what_was_read_back_stays_on_the_screen(place: Workplace, planned: str) -> None:
    said = place.at_the_screen("apply", planned, "--first", "1", "--then-rest")
    assert said.code == ExitCode.DONE, said.out
    assert len([line for line in screen(said.out).splitlines() if line.endswith("customers read back as sent.")]) == 1


def test_ctrl_c_while_the_settings_are_asked_for_writes_none(tmp_path: Path) -> None:
    said = at_the_screen(["init"], [("Your brand in Clopos", CTRL_C)], cwd=tmp_path)
    assert said.code == INTERRUPTED, said.out
    assert "stopped by you" in said.out
    assert list(tmp_path.iterdir()) == []
