"""From the settings file to the daemon's own values; how often a pair runs is `cadence`."""

from __future__ import annotations

from connector.config.model import Settings
from connector.service.daemon import Limits


def limits_of(settings: Settings) -> Limits:
    """`[daemon]`: how many pairs at once, and how long a stop waits."""
    return Limits(workers=settings.daemon.workers, drain=settings.daemon.stop_within)
