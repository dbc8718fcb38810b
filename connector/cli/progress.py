"""How far a run is, on stderr: bars on a terminal, a line now and then elsewhere. Counts only, nothing of a guest."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from rich.console import RenderableType
from rich.text import Text

from connector.cli.asking import yes
from connector.cli.output import Output
from connector.domain.values import SideName
from connector.engine.context import Progress

if TYPE_CHECKING:
    from rich import progress as bars

    from connector.sides.budget import Budgets

NAMES = {side.value: side.label for side in SideName}
EVERY_SECONDS = 15.0
"""How often a line is written where there is no terminal for bars."""


class Steps:
    """Takes the engine's steps (`ctx.progress`). `lines`: tell a stream that is no terminal too, for long commands."""

    def __init__(self, output: Output, budgets: Budgets, *, lines: bool = False, label: str = "") -> None:
        self._output, self._budgets, self._lines, self._label = output, budgets, lines, label
        self._showing = False
        self._bars: bars.Progress | None = None
        self._task: bars.TaskID | None = None
        self._writing: bars.TaskID | None = None
        self._key: tuple[str, SideName | None] | None = None
        self._last = Progress("")
        self._pages = self._listings = 0
        self._began = self._told = 0.0
        self.phase = ""
        self.stopped = False
        """Somebody ended a question with Ctrl-C: a no, and the end of the command."""

    @contextmanager
    def shown(self) -> Iterator[Steps]:
        """Shows the bars while a run goes on; they disappear at its end."""
        self._showing = self._output.err.is_terminal
        try:
            yield self
        finally:
            self.make_way()
        self._finish()

    def make_way(self) -> None:
        """Takes the bars away before something is told or asked. The next step begins new ones below: the old ones
        remember how many lines they had, and would erase as many of what was printed since."""
        if self._bars is not None:
            self._bars.stop()
            self._bars = self._task = self._writing = self._key = None

    def answered(self, question: str) -> bool:
        """Whether somebody says yes (after `make_way`). Ctrl-C and SIGTERM are a no, so that the run ends in order, and
        make `stopped` true."""
        try:
            return yes(question)
        except KeyboardInterrupt:
            self.stopped = True
            return False

    def __call__(self, step: Progress) -> None:
        key = step.step, step.side if step.step == "scan" else None
        again = key == self._key and step.note != self._last.note and step.step == "scan"
        self.phase = step.step
        if key != self._key or again:
            self._finish()
            self._listings = self._listings + 1 if again else 1
            self._key, self._pages, self._began = key, 0, time.monotonic()
            self._told = self._began
            if self._showing:
                if self._bars is None:
                    self._bars = _bars(self._output)
                    self._bars.start()
                self._task = self._writing if step.step == "apply" else None
                if self._task is None:
                    self._task = self._bars.add_task(self._title(step), total=step.total, remark="")
                if step.step == "apply":  # listings come in between: it goes on in the same line
                    self._writing = self._task
        self._pages += 1
        self._last = step
        if self._bars is not None and self._task is not None:
            self._bars.update(self._task, completed=step.done, total=step.total, remark=self._remark(step))
        elif self._lines and time.monotonic() - self._told > EVERY_SECONDS:
            self._told = time.monotonic()
            self._output.say(f"{self._title(step)}: {_of(step)}{self._left(step)}")

    def _finish(self) -> None:
        """A step is over: its line stays, where lines are wanted."""
        if self._key is not None and self._lines and not self._showing and self._last.done:
            remark = self._remark(self._last)
            self._output.say(f"{self._title(self._last)}: {_of(self._last)}{f', {remark}' if remark else ''}")
        if self._bars is not None and self._task is not None and self._task != self._writing:
            done = max(self._last.done, 1)
            self._bars.update(self._task, completed=done, total=done)
        self._key = self._task = None

    def _title(self, step: Progress) -> str:
        label = f"{self._label}: " if self._label else ""
        side = step.side.label if step.side else ""
        if step.step == "scan":
            return f"{label}Reading {side}{' again' if self._listings > 1 else ''}"
        return label + ("Comparing" if step.step == "plan" else "Writing")

    def _remark(self, step: Progress) -> str:
        """Pages of a listing, and what is left of the quotas."""
        parts = [f"{self._pages} page{'s' if self._pages != 1 else ''}"] if step.step == "scan" else []
        if step.step != "plan":
            for state in self._budgets.states():
                side, _, key = state.key.partition(" ")
                # Budgets of other things than customers (logins, failed calls) carry words, not a digest.
                if step.step == "scan" and step.side is not None and side != step.side.value:
                    continue
                if side in NAMES and re.fullmatch(r"[0-9a-f]+", key) and state.left is not None:
                    parts.append(f"{NAMES[side]} quota {max(state.left, 0)}/{state.limit}")
        return ", ".join(parts)

    def _left(self, step: Progress) -> str:
        if not step.total or not step.done:
            return ""
        seconds = (time.monotonic() - self._began) / step.done * (step.total - step.done)
        return f", about {max(1, round(seconds / 60))} min left" if seconds > 1 else ""


def _of(step: Progress) -> str:
    return f"{step.done:,} of {step.total:,}" if step.total is not None else f"{step.done:,}"


def _bars(output: Output) -> bars.Progress:
    """Bars that fit 80 columns: what, how far, how long still; what is less important is cut off at the right."""
    # Rich's progress costs a start as much as the rest of this package: only commands that show bars pay for it.
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        ProgressColumn,
        Task,
        TextColumn,
        TimeRemainingColumn,
    )

    class Remark(ProgressColumn):
        def render(self, task: Task) -> RenderableType:
            return Text(task.fields["remark"], style="dim", no_wrap=True, overflow="ellipsis")

    return Progress(
        TextColumn("{task.description}", markup=False), BarColumn(bar_width=12), MofNCompleteColumn(),
        TimeRemainingColumn(compact=True), Remark(), console=output.err, transient=True,
    )  # fmt: skip
