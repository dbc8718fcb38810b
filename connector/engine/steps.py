"""The steps of a run, numbered in their order: one place that names them (docs/ARCHITECTURE.md, "The way of the data").

A run says where it is by `ctx.step`; what it was doing when it broke is told by that name, and the crash matrix of the
tests goes through all of them.
"""

from __future__ import annotations

from enum import IntEnum


class Step(IntEnum):
    """Where a run is. The number is the order; a step inside another one (rows stored while pages are asked for, a
    listing while operations are sent) is left again for the one around it."""

    OPEN = 0
    """The lease, the pair, the run's record."""
    RECOVER = 1
    """Creates on Clopos whose outcome is not known are looked up."""
    SCAN = 2
    """Pages are asked for."""
    NORMALISE = 3
    """The rows of a page become records."""
    ABSENCE = 4
    """Who is gone."""
    SETTLE = 5
    """Writes on Check&Place whose outcome is not known, judged from the listing."""
    LINK = 6
    MERGE = 7
    PLAN = 8
    """Creates, keys, what is over; the plan's summary and hash."""
    GUARD = 9
    """The guard's verdict, approvals, the operator's word."""
    RECORD = 10
    """What the plan decided goes into the state."""
    APPLY = 11
    """Operations: intent, request, outcome."""
    PROBE = 12
    """The first write of its kind is read back whole."""
    REFUSALS = 13
    """Refused creates of Check&Place, judged together from one listing."""
    END = 14
    """The run's record is closed."""

    @property
    def label(self) -> str:
        """`11 apply`."""
        return f"{self.value} {self.name.lower()}"
