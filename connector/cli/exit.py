"""From whatever ended a command to what a person reads and a script gets: sentences on stderr and an exit code."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass

from connector.cli.nextstep import carried
from connector.domain.errors import WORST_FIRST, ConnectorError, ExitCode
from connector.service.faults import describe

INTERRUPTED = 130  # what a shell shows after Ctrl-C
PIPE_CLOSED = 141  # what a shell shows when the reader of a pipe went away


@dataclass(frozen=True, slots=True)
class Problem:
    """What went wrong, for the manager, for the engineer, and what to do next."""

    code: str
    manager: str
    engineer: str
    next_step: str
    exit_code: int

    def text(self, *, verbose: bool) -> str:
        """The lines for stderr; the engineer's sentence only where it was asked for."""
        lines = [f"connector: {self.manager}"]
        if verbose:
            lines.append(f"  {self.code}: {self.engineer}" if self.engineer else f"  {self.code}")
        if self.next_step:
            lines.append(f"  Next: {carried(self.next_step)}")
        return "\n".join(lines) + "\n"

    def as_json(self) -> str:
        """One line of JSON for stderr, with a stable shape: `{"error": {code, message, detail, next, exit_code}}`."""
        facts = {
            "code": self.code, "message": self.manager, "detail": self.engineer, "next": carried(self.next_step),
            "exit_code": self.exit_code,
        }  # fmt: skip
        return json.dumps({"error": facts}, ensure_ascii=False) + "\n"


def problem_of(error: BaseException) -> Problem:
    """The problem that `error` stands for. Of a group of errors: the worst, in the order of the exit codes."""
    if isinstance(error, BaseExceptionGroup):
        return min((problem_of(inner) for inner in error.exceptions), key=_badness)
    if isinstance(error, ConnectorError):
        return Problem(error.code, error.manager, error.engineer, error.next_step, int(error.exit_code))
    return _unexpected(error)


def usage(message: str, command_path: str) -> Problem:
    """A wrong command line. `command_path` is what was recognised of it (`connector links`)."""
    return Problem("usage", _plain(message), "", f"{command_path} --help", int(ExitCode.USAGE))


_PLAIN = (
    (r"Value error, ", ""),
    (r"Input should be a valid integer.*", "write a whole number"),
    (r"Input should be a valid number.*", "write a number"),
    (r"Input should be greater than or equal to (\S+)", r"write \1 or more"),
    (r"Input should be less than or equal to (\S+)", r"write \1 or less"),
    (r"Input should be (.*)", r"write \1"),
)
"""What the checker of values says, and what a person is told instead."""


def _plain(message: str) -> str:
    """A message about an option's value, as the rest of this program speaks."""
    subject, colon, said = message.partition(": ")
    for pattern, words in _PLAIN if subject.startswith("Invalid value for") else ():
        said = re.sub(f"^{pattern}", words, said)
    return subject + colon + said


def unwritable(error: OSError) -> Problem:
    """Our stdout was led into a file that takes no more."""
    return Problem(
        "output-unwritable", f"The result cannot be written: {error.strerror}.", "",
        "make room, or lead the output somewhere else, and type it again", int(ExitCode.FAILED),
    )  # fmt: skip


def _unexpected(error: BaseException) -> Problem:
    """A mistake of ours. The error's own text stays unsaid, since it can carry a guest's data; the place is enough."""
    return Problem(
        "internal", "The connector itself made a mistake and stopped; what was done so far is safe.",
        describe(error),
        "run the same command with --verbose, and send what it prints to the maintainers", int(ExitCode.FAILED),
    )  # fmt: skip


def _badness(problem: Problem) -> int:
    known = [int(code) for code in WORST_FIRST]
    return known.index(problem.exit_code) if problem.exit_code in known else 0
