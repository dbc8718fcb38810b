"""Errors, named by consequence. Each has a stable code, a sentence for a restaurant manager, one for an engineer,
and the next command to type. No error text carries a guest's data or a secret; records are named by side and id.
"""

from __future__ import annotations

import shlex
from enum import IntEnum
from pathlib import PurePath


class ExitCode(IntEnum):
    """The one table of exit codes. Several pairs: the worst, in the order of `WORST_FIRST`."""

    DONE = 0
    FAILED = 1
    DIFFERENCES = 2
    REFUSED = 3
    PARTLY = 4
    LOCKED = 5
    USAGE = 64
    CREDENTIALS = 77
    CONFIG = 78


WORST_FIRST = (
    ExitCode.CONFIG,
    ExitCode.CREDENTIALS,
    ExitCode.FAILED,
    ExitCode.USAGE,
    ExitCode.LOCKED,
    ExitCode.REFUSED,
    ExitCode.PARTLY,
    ExitCode.DIFFERENCES,
    ExitCode.DONE,
)


def worst(codes: list[ExitCode]) -> ExitCode:
    """The exit code of several pairs: the worst of theirs; DONE for none."""
    return min(codes, key=WORST_FIRST.index, default=ExitCode.DONE)


def typed_path(path: PurePath) -> str:
    """A file's path as it is typed in a shell: the next step that an error names can be copied as it stands."""
    return shlex.quote(str(path))


class ConnectorError(Exception):
    """Something that stops a command, a run or one operation.

    `code` is stable and greppable (`auth-refused`), `manager` one sentence without jargon, `engineer` one with the
    facts, `next_step` a command to type or a thing to do.
    """

    exit_code = ExitCode.FAILED

    def __init__(self, code: str, manager: str, *, engineer: str = "", next_step: str = "") -> None:
        super().__init__(f"{code}: {engineer or manager}")
        self.code = code
        self.manager = manager
        self.engineer = engineer
        self.next_step = next_step


class ConfigError(ConnectorError):
    """The settings, the mapping or a secret cannot be used: nothing was started."""

    exit_code = ExitCode.CONFIG


class NotThere(ConnectorError):
    """What the command line names (a number, a name, a word, a file) is not there: nothing was done."""

    exit_code = ExitCode.USAGE


class AuthError(ConnectorError):
    """The credentials are refused or lack a permission (401, 403): the run stopped, no conclusion about anyone."""

    exit_code = ExitCode.CREDENTIALS


class TransientError(ConnectorError):
    """A reading did not succeed within its retries: the run ends here, the next one goes on."""


class TornScan(ConnectorError):
    """A listing could not be proved complete: it feeds updates, never absence and never creates."""


class RefusedByServer(ConnectorError):
    """A write was answered with a refusal (400, 409, 422, 404): nothing happened there; this operation's own matter.

    `status` is the HTTP status, `slug` the server's identifier if it sent one, `field` the canonical server attribute
    the answer names (`phone`, `cid`, ...) or None, `duplicate` whether the answer speaks of a duplicate (CL-06, CP-14).
    """

    def __init__(
        self, code: str, manager: str, *, status: int, slug: str | None = None, field: str | None = None,
        duplicate: bool = False, engineer: str = "", next_step: str = "",
    ) -> None:  # fmt: skip
        super().__init__(code, manager, engineer=engineer, next_step=next_step)
        self.status = status
        self.slug = slug
        self.field = field
        self.duplicate = duplicate


class InDoubt(ConnectorError):
    """A write was sent, its outcome is not known (timeout, broken connection, 5xx): find out before anything else."""


class RecordError(ConnectorError):
    """One record cannot be read or used: it is held, the others go on."""


class UnsafePlan(ConnectorError):
    """The guard refused the plan, or the pair has no finished, approved backfill: nothing was written."""

    exit_code = ExitCode.REFUSED


class PairLocked(ConnectorError):
    """Another process is at work on this pair."""

    exit_code = ExitCode.LOCKED


class StateError(ConnectorError):
    """The state database cannot be used (locked, read-only, other schema, fenced)."""


class Fenced(StateError):
    """Another process took this pair's lease over: this one must stop writing at once."""
