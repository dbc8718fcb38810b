"""From the settings file to the daemon's own values."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from connector.config.model import Settings
from connector.config.pair import PairSettings
from connector.service.daemon import Limits
from connector.service.timing import Cadence


def cadence_of(pair: PairSettings) -> Cadence:
    """How often a pair runs: `[pairs.NAME.every]`, its times of day in the pair's zone."""
    every = pair.every
    return Cadence(every.quick, every.checkandplace, every.full, ZoneInfo(pair.timezone))


def limits_of(settings: Settings) -> Limits:
    """`[daemon]`: how many pairs at once, and how long a stop waits."""
    return Limits(workers=settings.daemon.workers, drain=settings.daemon.stop_within)
