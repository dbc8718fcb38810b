"""The arithmetic of a request quota that several processes share: who may send how many requests now, and who waits.

Pure: moments are seconds of one clock, whichever the caller keeps. A pass counts from the moment it is given until a
window has passed *after its answer*: the server saw the request somewhere in between, so its own sliding window (docs/
api/clopos.md, section 5) never holds more than the limit, whatever the latency. Passes of a process that died count
until the longest request it could have sent is over, and a window more.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

LONGEST_PAUSE_S = 86_400.0
"""A server that names a later moment is asked again after a day: a mistyped header must not end the work for good."""
MARGIN = 0.05
"""Seconds added to each window: the server's clock ticks are not ours."""
LOOK_AGAIN = 0.2
"""Seconds after which to ask again where only requests under way stand in the way: nobody knows when they end."""
CAREFUL = 5.0
"""Seconds after the end of an allowance in which one request at a time finds out how much the server takes now."""
FOR_OTHERS = 4
"""A process takes at most this part of what is free at once, so that the last passes go round one by one."""


class LedgerBusy(Exception):
    """Somebody else is writing in the ledger: nothing was changed, ask again."""


@dataclass(frozen=True, slots=True)
class Window:
    """At most `limit` requests in any `seconds`."""

    limit: int
    seconds: float


@dataclass(frozen=True, slots=True)
class Use:
    """Passes that one process took, under their number. `answered`: the moment of its last answer, None while requests
    may be under way, which is at most until `ends`. No passes: a place in the queue, kept until `ends`."""

    ticket: int
    owner: str
    passes: int
    answered: float | None
    ends: float

    def leaves(self, window: Window) -> float:
        """The moment from which these passes no longer count in this window."""
        return (self.ends if self.answered is None else self.answered) + window.seconds + MARGIN


@dataclass(frozen=True, slots=True)
class Allowance:
    """What the server itself said: `left` requests more until that moment; then, for a while, one at a time."""

    left: int
    until: float


@dataclass(frozen=True, slots=True)
class Standing:
    """All that is known of one quota key: uses in the order they were given, a pause (429), the server's word."""

    uses: Sequence[Use] = ()
    paused_until: float = 0.0
    allowance: Allowance | None = None


@dataclass(frozen=True, slots=True)
class Settled:
    """What became of passes: how many were really used, and how many seconds ago the last was answered (None: some are
    still under way). None used: they are given back."""

    ticket: int
    passes: int
    ago: float | None


@dataclass(frozen=True, slots=True)
class Heard:
    """Rate headers of one answer: it came `ago` seconds ago to a request sent `asked` seconds ago; `uncounted` requests
    of the same process may have reached the server after that one."""

    remaining: int
    reset: float
    ago: float
    asked: float
    uncounted: int


@dataclass(frozen=True, slots=True)
class Told:
    """What a process tells the ledger and asks of it: all in seconds from now, since clocks differ. `wanted` passes (0:
    none), whose requests are answered within `open_for`; `patience`: longer waits are not waited for, so they get no
    place in the queue; `queued`: the place it has there."""

    windows: Sequence[Window]
    wanted: int
    open_for: float = 120.0
    patience: float = 300.0
    queued: int | None = None
    settled: Sequence[Settled] = ()
    heard: Heard | None = None
    pause: float = 0.0


@dataclass(frozen=True, slots=True)
class Granted:
    """The answer: passes under a ticket, or none and the seconds after which to ask again, with the place in the
    queue as the ticket. `ticket` None: nothing is kept of it."""

    passes: int
    wait: float = 0.0
    ticket: int | None = None


def room(standing: Standing, windows: Sequence[Window], ahead: int, now: float) -> tuple[int | None, float]:
    """How many passes may be given now with `ahead` others first in the queue (None: no limit is known), and if none,
    the seconds until it may be one."""
    free: int | None = None
    wait = max(0.0, standing.paused_until - now)
    for window in windows:
        left = window.limit - sum(use.passes for use in standing.uses if use.leaves(window) > now) - ahead
        if left < 1:
            wait = max(wait, _until_one_leaves(standing.uses, window, 1 - left, now))
        free = left if free is None else min(free, left)
    said = standing.allowance
    if said is not None and said.until > now:
        left = said.left - ahead
        if left < 1:
            wait = max(wait, said.until - now)
        free = left if free is None else min(free, left)
    elif said is not None and said.until + CAREFUL > now:
        under_way = any(use.passes and use.answered is None and use.ends > now for use in standing.uses)
        wait = max(wait, LOOK_AGAIN if under_way or ahead else 0.0)
        free = 1
    if wait > 0:
        return 0, wait
    return free, 0.0


def _until_one_leaves(uses: Sequence[Use], window: Window, needed: int, now: float) -> float:
    """Seconds until that many passes no longer count; those under way may end any moment, so look again soon."""
    answered = sorted(
        (use.leaves(window), use.passes) for use in uses if use.answered is not None and use.leaves(window) > now
    )
    for leaves, passes in answered:
        needed -= passes
        if needed <= 0:
            return leaves - now
    under_way = min((use.leaves(window) for use in uses if use.answered is None and use.passes), default=now)
    return max(MARGIN, min(LOOK_AGAIN, under_way - now))


def share(free: int | None, wanted: int) -> int:
    """How many passes to give of what is free: less than was asked for where little is left, so that nobody hoards."""
    return wanted if free is None else min(wanted, max(1, free // FOR_OTHERS))


def ahead_of(uses: Sequence[Use], owner: str, queued: int | None, now: float) -> int:
    """How many other processes have waited longer: each of them gets one pass first."""
    return sum(
        1
        for use in uses
        if not use.passes and use.owner != owner and use.ends > now and (queued is None or use.ticket < queued)
    )


def news(windows: Sequence[Window], used: Sequence[int], remaining: int) -> bool:
    """Whether a server that still takes `remaining` counts requests that we know nothing of; `used`: ours by window,
    those under way among them. Where it may only have counted all of ours, its word is no news."""
    return not windows or remaining < min(window.limit - ours for window, ours in zip(windows, used, strict=True))


def learned(standing: Standing, heard: Heard, windows: Sequence[Window], now: float) -> Allowance | None:
    """What the server's own count allows, less the requests that it may not have counted when it said so; None where
    it is no news, or outdated."""
    until = now + heard.reset - heard.ago
    used = [sum(use.passes for use in standing.uses if use.leaves(window) > now) for window in windows]
    if until <= now or not news(windows, used, heard.remaining):
        return None
    since = now - heard.asked
    uncounted = sum(use.passes for use in standing.uses if use.answered is None or use.answered >= since) - 1
    return Allowance(heard.remaining - max(0, uncounted, heard.uncounted), until)
