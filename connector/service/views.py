"""What the daemon knows of its pairs at a moment: a value for logs, the health check and whoever keeps it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from connector.service.timing import Cadence, Due, Last


@dataclass(frozen=True, slots=True)
class PairView:
    """One pair as the daemon sees it. Times are aware UTC; `next_run` is None while it runs or after the last stop;
    `trouble` is the stable code of the last run's error (`auth-refused`), None after a good run."""

    name: str
    next_run: datetime | None
    running: str | None
    running_since: datetime | None
    paused: bool
    last: Last
    trouble: str | None


@dataclass
class Watch:
    """The daemon's own note on one pair."""

    name: str
    cadence: Cadence
    last: Last = field(default_factory=Last)
    due: Due | None = None
    rest_until: datetime | None = None
    running: str | None = None
    running_since: datetime | None = None
    paused: bool = False
    trouble: str | None = None

    def view(self) -> PairView:
        """The note as a value."""
        next_run = self.due.at if self.due is not None and self.running is None else None
        return PairView(
            self.name, next_run, self.running, self.running_since, self.paused, self.last, self.trouble
        )  # fmt: skip
