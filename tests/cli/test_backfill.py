"""`connector backfill`: nothing before a yes, all of it after, and a stop at any time."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from connector.domain.errors import ExitCode
from tests.cli.workplace import Workplace, workplace

QUESTION = "shall it begin?"


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Workplace]:
    with workplace(tmp_path) as found:
        yield found


def test_without_a_yes_nothing_is_written(place: Workplace) -> None:
    said = place.type("backfill")
    assert said.code == ExitCode.REFUSED
    assert "24  customers in Clopos" in said.err
    assert "24  guests in Check&Place" in said.err
    assert "connector backfill --pair main --yes" in said.err
    assert place.writes() == []


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["--yes", "--expect-checkandplace", "25"], "Check&Place gave 24 customers, but you expect 25"),
        (["--yes", "--expect-clopos", "23"], "Clopos gave 24 customers, but you expect 23"),
        (["--expect-clopos", "24"], "not confirmed"),
    ],
)
def test_another_count_than_expected_is_refused(place: Workplace, words: list[str], told: str) -> None:
    said = place.type("backfill", *words)
    assert said.code == ExitCode.REFUSED
    assert told in said.err
    assert place.writes() == []


def test_the_expected_count_is_a_yes_and_then_nothing_is_left_to_do(place: Workplace) -> None:
    said = place.type("backfill", "--expect-checkandplace", "24", "-o", str(place.folder / "first.html"))
    assert said.code == ExitCode.DONE, said.err
    assert "changes were sent" in said.out
    assert "Reading Check&Place again: 24" in said.err, "two listings before the first write"
    assert "Writing: " in said.err
    assert (place.folder / "first.html").stat().st_mode & 0o077 == 0
    assert place.writes()
    assert place.world.doubles_made() == []
    mark = place.requests
    assert place.type("diff").code == ExitCode.DONE
    assert place.type("sync").code == ExitCode.DONE
    assert place.writes(mark) == []


def test_the_document_tells_what_was_done(place: Workplace) -> None:
    document = place.type("backfill", "--yes", "--json").json
    (pair,) = document["pairs"]
    assert (document["exit_code"], pair["pair"], pair["kind"]) == (0, "main", "backfill")
    assert pair["outcomes"]["done"] == len(place.writes())
    assert pair["requests"] == len(place.sent())


@pytest.mark.parametrize(("direction", "side"), [("clopos", "clopos"), ("checkandplace", "checkandplace")])
def test_one_direction_creates_on_one_side_alone(place: Workplace, direction: str, side: str) -> None:
    assert place.type("backfill", "--yes", "--direction", direction).code == ExitCode.DONE
    assert {entry.side for entry in place.writes() if entry.method == "POST"} == {side}


def test_the_operator_is_asked_at_the_screen(place: Workplace) -> None:
    no = place.at_the_screen("backfill", answers=[(QUESTION, "n")])
    assert no.code == ExitCode.REFUSED
    assert place.writes() == []
    yes = place.at_the_screen("backfill", answers=[(QUESTION, "y")])
    assert yes.code == ExitCode.DONE, yes.out
    assert place.writes()
    assert "Both back offices" not in yes.out
    assert max(len(line) for line in yes.out.split(QUESTION)[0].splitlines() if "\x1b" not in line) <= 80


def test_a_list_that_cannot_be_read_whole_is_not_confirmed(place: Workplace) -> None:
    place.change("[pairs.main.checkandplace]", "[pairs.main.checkandplace]\nattempts = 1")
    broken = {"side": "checkandplace", "kind": "status:503", "method": "GET", "times": 10, "after": 1}
    httpx.post(f"{place.url}/control/faults", json=broken).raise_for_status()
    said = place.type("backfill", "--yes")
    assert said.code == ExitCode.FAILED, said.err
    assert "it answered with the error 503" in said.err
    assert place.writes() == []


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_stop_ends_the_write_under_way_and_the_next_start_goes_on(place: Workplace, number: signal.Signals) -> None:
    slow = {"side": "checkandplace", "kind": "delay:0.15", "method": "POST", "times": 100}
    httpx.post(f"{place.url}/control/faults", json=slow).raise_for_status()
    process = place.start("backfill", "--yes")
    while len(place.writes()) < 3:
        assert process.poll() is None, process.communicate()
    process.send_signal(number)
    out, err = process.communicate(timeout=60)
    assert process.returncode == ExitCode.PARTLY, err
    assert "Stopping after the request under way" in err
    assert "it goes on from here" in out
    done = len(place.writes())
    httpx.delete(f"{place.url}/control/faults").raise_for_status()
    refused = place.type("sync")
    assert refused.code == ExitCode.REFUSED
    assert "connector backfill --pair main" in refused.err
    said = place.type("backfill")  # the approval of the first start still holds
    assert said.code == ExitCode.DONE, said.err
    assert len(place.writes()) > done
    assert place.world.doubles_made() == []
    assert place.type("diff").code == ExitCode.DONE


def test_a_stop_while_reading_ends_at_once(place: Workplace) -> None:
    slow = {"side": "checkandplace", "kind": "delay:20", "method": "GET"}
    httpx.post(f"{place.url}/control/faults", json=slow).raise_for_status()
    process = place.start("backfill", "--yes")
    while not any(entry.side == "clopos" and entry.method == "GET" for entry in place.sent()):
        assert process.poll() is None, process.communicate()
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=15)
    assert process.returncode == 130, err
    assert "stopped by you" in err
    assert "Traceback" not in err
    assert place.type("runs", "list", "--json").json["runs"][0]["state"] == "failed"
