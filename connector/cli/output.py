"""Where a command's words go: results to stdout, everything else (progress, remarks, errors) to stderr.

Colours follow the terminal and `NO_COLOR`. Nothing that came from a server is taken as markup. Its control characters
are the printer's matter (`connector.report.safe`).
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO, TYPE_CHECKING, NoReturn

from rich.console import Console, RenderableType
from rich.text import Text

from connector.cli.nextstep import carried, carried_steps, carried_text

if TYPE_CHECKING:
    from rich.progress import Progress

PIPE_WIDTH = 160  # a table in a file or a pipe has no window to fit into


class PipeClosed(Exception):
    """The reader of our stdout went away (`connector diff | head`): nobody wants the rest."""


class _Console(Console):
    def on_broken_pipe(self) -> NoReturn:
        raise PipeClosed


def console(stream: IO[str]) -> Console:
    """A console on `stream` that prints text as it is: no markup, no emoji codes, no guessed highlights."""
    width = None
    if not stream.isatty() and not os.environ.get("COLUMNS", "").isdigit():
        width = PIPE_WIDTH
    return _Console(file=stream, width=width, markup=False, emoji=False, highlight=False)


class Output:
    """The two streams of one command. `as_json` makes `document` the only thing on stdout."""

    def __init__(self, *, as_json: bool = False, stdout: IO[str] | None = None, stderr: IO[str] | None = None) -> None:
        self.as_json = as_json
        self.stdout = stdout or sys.stdout
        self.out = console(self.stdout)
        self.err = console(stderr or sys.stderr)

    def result(self, what: RenderableType) -> None:
        """Prints a part of the result for people. With `--json` it says nothing: the document is the result."""
        if not self.as_json:
            self.out.print(_carried(what))

    def whole(self, text: str) -> None:
        """Prints a part of the result whose lines may not be broken: paths and commands, to be copied."""
        if not self.as_json:
            self._write(carried(text) + "\n")

    def document(self, value: object) -> None:
        """Prints `value` (JSON types only) as one JSON document with its line feed."""
        self._write(json.dumps(carried_steps(value), ensure_ascii=False, indent=2) + "\n")

    def line(self, value: object) -> None:
        """Prints `value` (JSON types only) as one line: for results that are streamed row by row."""
        self._write(json.dumps(value, ensure_ascii=False, separators=(",", ":")) + "\n")

    def say(self, what: RenderableType) -> None:
        """A remark beside the result, to stderr."""
        self.err.print(_carried(what))

    @contextmanager
    def progress(self) -> Iterator[Progress]:
        """Bars on stderr while a command works; on a stream that is no terminal they say nothing."""
        # Rich's progress costs a start as much as the rest of this package: only commands that show bars pay for it.
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

        columns = (
            SpinnerColumn(), TextColumn("{task.description}", markup=False), BarColumn(),
            MofNCompleteColumn(), TimeElapsedColumn(),
        )  # fmt: skip
        with Progress(*columns, console=self.err, transient=True, disable=not self.err.is_terminal) as bars:
            yield bars

    def _write(self, text: str) -> None:
        try:
            self.stdout.write(text)
            self.stdout.flush()
        except BrokenPipeError:
            raise PipeClosed from None


def _carried(what: RenderableType) -> RenderableType:
    if isinstance(what, str):
        return carried(what)
    return carried_text(what) if isinstance(what, Text) else what


def prepare_streams() -> None:
    """Makes stdout and stderr print what their encoding can't (`ə` on a Latin-1 terminal) instead of failing, and gives
    a program that was started without them (`>&-`) some that lead nowhere."""
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, "w", encoding="utf-8"))  # noqa: SIM115, PTH123 - for the process's life
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure is not None:
            reconfigure(errors="backslashreplace")


def drop_stdout() -> None:
    """After the reader went away: points stdout at nothing, so that the interpreter's last flush cannot complain."""
    try:
        number = sys.stdout.fileno()
    except (OSError, ValueError):
        return
    nothing = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nothing, number)
    os.close(nothing)
