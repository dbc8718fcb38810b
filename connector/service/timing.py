"""When a pair is due, and for what: arithmetic over aware times, without a clock.

A pair has one alarm, not three: when it rings, the most thorough work that is due is done, and it counts for the
lesser kinds too. So runs of one pair can't overlap by construction, and a full run at 04:30 isn't followed by the
quick run of 04:31.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime, time, timedelta, tzinfo
from enum import StrEnum

LONGEST_WAIT = timedelta(hours=1)
SETTLING = timedelta(minutes=1)
"""How long after a request of unknown outcome a listing may judge it (docs/api/checkandplace.md 5: 60 s or more)."""
JITTER_SHARE = 0.1
LONGEST_JITTER = timedelta(seconds=30)


class Kind(StrEnum):
    """What a run reads. QUICK: the newest rows of Clopos. BOTH: those, and Check&Place whole (it has no "changed
    since", docs/api/checkandplace.md). FULL: both sides whole."""

    QUICK = "quick"
    BOTH = "both"
    FULL = "full"


@dataclass(frozen=True, slots=True)
class Cadence:
    """How often a pair runs (`[pairs.NAME.every]`). `full` is an interval, or a time of day in `zone`."""

    quick: timedelta
    checkandplace: timedelta
    full: timedelta | time
    zone: tzinfo


@dataclass(frozen=True, slots=True)
class Last:
    """When the last runs that read this much began (aware), None for never; and how many runs failed since the last
    good one. `doubt`: when the newest request went out whose outcome is still not known, None where all are."""

    quick: datetime | None = None
    checkandplace: datetime | None = None
    full: datetime | None = None
    failures: int = 0
    doubt: datetime | None = None

    def after(self, kind: Kind, began: datetime, *, failed: bool) -> Last:
        """What is known after a run. A failed run counts as tried for its kind, so that it isn't repeated at once."""
        done = replace(self, quick=began, failures=self.failures + 1 if failed else 0)
        if kind in (Kind.BOTH, Kind.FULL):
            done = replace(done, checkandplace=began)
        if kind is Kind.FULL:
            done = replace(done, full=began)
        return done


@dataclass(frozen=True, slots=True)
class Due:
    """The next run of a pair: not before `at` (aware), reading as much as `kind` says."""

    at: datetime
    kind: Kind


def next_due(cadence: Cadence, last: Last, now: datetime) -> Due:
    """The next run. `at` (UTC) lies in the past, or is `now`, if the pair is due already; `now` is aware.

    What was never done is due at once. While something is in doubt, Check&Place is listed sooner. After failures,
    nothing is due before the pause of `patience` is over. `kind` is the most thorough that is due by `at`, or by now
    where `at` has passed.
    """
    now = now.astimezone(UTC)
    moments = {
        Kind.QUICK: _after(last.quick, cadence.quick, now),
        Kind.BOTH: _after(last.checkandplace, cadence.checkandplace, now),
        Kind.FULL: _next_full(cadence, last.full, now),
    }
    if last.doubt is not None:
        moments[Kind.BOTH] = min(moments[Kind.BOTH], _resolving(last.doubt, last.checkandplace, now))
    at = min(moments.values())
    if last.failures and last.quick is not None:
        at = max(at, last.quick + patience(cadence.quick, last.failures))
    judged = max(at, now)
    for kind in (Kind.FULL, Kind.BOTH):
        if moments[kind] <= judged:
            return Due(at, kind)
    return Due(at, Kind.QUICK)


def patience(quick: timedelta, failures: int) -> timedelta:
    """How long after the start of a failed run the next one waits: the quick interval, doubled with each failure up to
    an hour, since a server in trouble or a withdrawn credential is not helped by being asked every minute."""
    if failures < 1:
        return quick
    return max(quick, min(quick * (1 << min(failures - 1, 20)), LONGEST_WAIT))


def jitter(quick: timedelta, share: float) -> timedelta:
    """How much later an alarm rings: `share` (0 to 1) of a tenth of the interval, at most 30 s. Spreads the pairs of
    one machine, and many machines over one server."""
    return min(quick * JITTER_SHARE, LONGEST_JITTER) * share


def stale_after(cadence: Cadence) -> timedelta:
    """Without a good run for this long a pair is stale: three quick intervals, at least a quarter of an hour."""
    return max(cadence.quick * 3, timedelta(minutes=15))


def _resolving(doubt: datetime, listed: datetime | None, now: datetime) -> datetime:
    """When Check&Place is to be listed for what is in doubt since `doubt`: a minute after it, again a minute later (two
    listings prove absence), and then each time after twice as long, since some doubts only staff can end."""
    doubt = min(doubt, now).astimezone(UTC)
    if listed is None or listed <= doubt:
        return doubt + SETTLING
    listed = min(listed, now).astimezone(UTC)
    return listed + max(SETTLING, listed - doubt - SETTLING)


def _after(last: datetime | None, interval: timedelta, now: datetime) -> datetime:
    if last is None:
        return now
    # A clock that was set back must not silence a pair until it has caught up.
    return min(last, now).astimezone(UTC) + interval


def _next_full(cadence: Cadence, last: datetime | None, now: datetime) -> datetime:
    if last is None:
        return now
    if isinstance(cadence.full, timedelta):
        return _after(last, cadence.full, now)
    # Not APScheduler's cron trigger: it rings twice on the day that has the hour twice.
    before = min(last, now).astimezone(cadence.zone)
    days = (before.date() + timedelta(days=days) for days in range(3))
    # The first of two, and on the day that lacks the hour the one after the gap: what fold=0 means, told in UTC.
    found = (datetime.combine(day, cadence.full, cadence.zone).astimezone(UTC) for day in days)
    return next(moment for moment in found if moment > before.astimezone(UTC))
