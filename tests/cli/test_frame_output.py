"""Streams: results on stdout, the rest on stderr, nothing from a guest's record taken as an order."""

from __future__ import annotations

import io
import json

import pytest
from rich.table import Table

from connector.cli.exit import Problem, problem_of
from connector.cli.output import Output
from connector.domain.errors import WORST_FIRST, ConfigError, ExitCode, RecordError, UnsafePlan
from connector.domain.errors import worst as worst_of


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def output(as_json: bool = False, terminal: bool = False) -> tuple[Output, io.StringIO, io.StringIO]:
    out, err = (Terminal(), Terminal()) if terminal else (io.StringIO(), io.StringIO())
    return Output(as_json=as_json, stdout=out, stderr=err), out, err


def test_a_name_is_never_markup() -> None:
    writer, out, err = output()
    table = Table("name")
    table.add_row("[red]Əli[/red] :smile:")
    writer.result(table)
    writer.say("[bold]pages[/bold] 3")
    assert "[red]Əli[/red] :smile:" in out.getvalue()
    assert err.getvalue() == "[bold]pages[/bold] 3\n"


def test_no_color_and_pipes_have_no_escapes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.setenv("TERM", "xterm-256color")
    writer, out, _ = output(terminal=True)
    writer.out.print("plain", style="red")
    assert "\x1b[31m" not in out.getvalue()
    piped, piped_out, piped_err = output()
    piped.out.print("plain", style="bold red")
    with piped.progress() as bars:
        bars.update(bars.add_task("reading", total=3), advance=2)
    assert piped_out.getvalue() == "plain\n"
    assert piped_err.getvalue() == ""


def test_a_pipe_is_wide_enough_for_a_table(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("COLUMNS", raising=False)
    writer, out, _ = output()
    writer.result("x" * 150)
    assert out.getvalue() == "x" * 150 + "\n"


def test_json_is_alone_on_stdout() -> None:
    writer, out, err = output(as_json=True)
    writer.result("for people")
    writer.say("a remark")
    writer.document({"name": "Əli", "ids": [1, None]})
    assert json.loads(out.getvalue()) == {"name": "Əli", "ids": [1, None]}
    assert "Əli" in out.getvalue()
    assert err.getvalue() == "a remark\n"


def test_rows_are_one_line_each() -> None:
    writer, out, _ = output(as_json=True)
    writer.line({"text": "a\nb"})
    writer.line([1, 2])
    assert [json.loads(line) for line in out.getvalue().splitlines()] == [{"text": "a\nb"}, [1, 2]]


@pytest.mark.parametrize(
    ("errors", "worst"),
    [
        ([RecordError("r", "r"), UnsafePlan("u", "u")], ExitCode.FAILED),
        ([UnsafePlan("u", "u"), ConfigError("c", "c")], ExitCode.CONFIG),
        ([UnsafePlan("u", "u"), UnsafePlan("v", "v")], ExitCode.REFUSED),
        ([ValueError("x"), UnsafePlan("u", "u")], ExitCode.FAILED),
    ],
)
def test_of_several_errors_the_worst_speaks(errors: list[Exception], worst: ExitCode) -> None:
    assert problem_of(ExceptionGroup("all", errors)).exit_code == worst


def test_every_exit_code_has_its_place_among_those_of_several_pairs() -> None:
    """Wrong usage too: what a plan file asks for can turn out to be impossible in the middle of a pair's work."""
    assert sorted(WORST_FIRST) == sorted(ExitCode)
    assert worst_of([ExitCode.PARTLY, ExitCode.USAGE]) is ExitCode.USAGE


def test_a_problem_without_a_next_step_has_no_empty_line() -> None:
    problem = Problem("code", "Sentence.", "", "", 1)
    assert problem.text(verbose=False) == "connector: Sentence.\n"
    assert problem.text(verbose=True) == "connector: Sentence.\n  code\n"
