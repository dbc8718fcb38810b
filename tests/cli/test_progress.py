"""How far a run is: what is told on a stream that is no terminal, and what a bar has beside it."""

from __future__ import annotations

import io

import pytest

from connector.cli.output import Output
from connector.cli.progress import Steps
from connector.domain.quota import Window
from connector.domain.values import CHECKANDPLACE, CLOPOS
from connector.engine.clock import SystemClock
from connector.engine.context import Progress
from connector.sides.budget import Budgets
from tests.cli.screens import screen


class Terminal(io.StringIO):
    """A stream that says it is a terminal."""

    def isatty(self) -> bool:
        return True


def budgets() -> Budgets:
    found = Budgets(SystemClock())
    found.get("clopos 0a1b2c3d4e5f", [Window(300, 60.0)])
    found.get("clopos login", [Window(60, 60.0)])
    found.get("checkandplace 5f4e3d2c1b0a", [])
    return found


def told(steps: list[Progress], *, lines: bool = True, label: str = "", stream: io.StringIO | None = None) -> str:
    err = stream or io.StringIO()
    with Steps(Output(stderr=err), budgets(), lines=lines, label=label).shown() as shown:
        for step in steps:
            shown(step)
    return err.getvalue()


READING = [
    Progress("scan", CLOPOS, 100, 150, "scan 1"),
    Progress("scan", CLOPOS, 150, 150, "scan 1"),
    Progress("scan", CHECKANDPLACE, 50, None, "scan 2"),
    Progress("scan", CHECKANDPLACE, 60, None, "scan 2"),
    Progress("scan", CHECKANDPLACE, 50, None, "scan 3"),
    Progress("scan", CHECKANDPLACE, 60, None, "scan 3"),
    Progress("plan"),
    Progress("apply", CHECKANDPLACE, 0, 1200),
    Progress("apply", CHECKANDPLACE, 1200, 1200),
]


def test_a_line_for_each_step_where_there_is_no_terminal() -> None:
    assert told(READING).splitlines() == [
        "Reading Clopos: 150 of 150, 2 pages, Clopos quota 300/300",
        "Reading Check&Place: 60, 2 pages",
        "Reading Check&Place again: 60, 2 pages",
        "Writing: 1,200 of 1,200, Clopos quota 300/300",
    ]


def test_short_commands_say_nothing_there() -> None:
    assert told(READING, lines=False) == ""


def test_what_is_told_between_the_bars_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whether a step follows or not: no line of it is taken for one of the bars', which are gone in the end."""
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.setenv("TERM", "xterm")
    told = [f"line {number}" for number in range(6)]
    for before, after in ((READING[:7], READING[7:]), (READING, []), (READING, READING[7:]), ([], READING)):
        stream = Terminal()
        output = Output(stderr=stream)
        with Steps(output, budgets(), lines=True).shown() as shown:
            for step in before:
                shown(step)
            shown.make_way()
            for line in told:
                output.say(line)
            for step in after:
                shown(step)
        assert screen(stream.getvalue()).split() == " ".join(told).split()


def test_several_pairs_are_told_apart() -> None:
    assert told(READING[:2], label="baku").startswith("baku: Reading Clopos: ")


def test_a_long_step_tells_how_long_it_will_take(monkeypatch: pytest.MonkeyPatch) -> None:
    now = iter([0.0, 0.0, 5.0, 20.0, 20.0, *[40.0] * 9])
    monkeypatch.setattr("connector.cli.progress.time.monotonic", lambda: next(now))
    steps = [Progress("apply", CLOPOS, 0, 400), Progress("apply", CLOPOS, 50, 400), Progress("apply", CLOPOS, 100, 400)]
    assert "Writing: 100 of 400, about 2 min left" in told(steps)


def test_bars_fit_80_columns_and_writing_has_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.setenv("TERM", "xterm")
    between = [Progress("apply", CHECKANDPLACE, 1, 9), READING[2], Progress("apply", CLOPOS, 2, 9)]
    text = told([*READING[:7], *between], stream=Terminal())
    last = text.rsplit("Reading Clopos", 1)[1]
    assert last.count("Writing") == 1
    assert "2/9" in last
