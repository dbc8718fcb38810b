"""This process's share of a quota that several processes use: passes, taken a few at a time from a ledger that the
engine hands in. What one process learns (rate headers, a 429) holds for all of them at its next exchange."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Protocol

import structlog

from connector.domain.errors import StateError
from connector.domain.quota import Granted, Heard, LedgerBusy, Settled, Told, Window
from connector.sides.headers import RateHint
from connector.sides.port import Clock

log = structlog.get_logger("connector.sides")

FRESH = 1.0
"""Seconds in which passes are used or given back: as long may another process's news be unknown here."""
MOST = 10
"""Passes taken at once by a process in full flow; of a small quota a thirtieth."""
PATIENCE = 20.0
"""Seconds for which a ledger that is always busy is asked; then this process's own count must do."""
BUSY_WAIT = 0.02


class Ledger(Protocol):
    """Where the processes that share quota keys meet. Raises LedgerBusy where somebody else is writing."""

    def exchange(self, key: str, told: Told) -> Granted: ...


@dataclass(slots=True)
class Batch:
    """Passes taken together. `left` are not used yet, and void after `until`; moments are of the monotonic clock."""

    ticket: int | None
    given: int
    left: int
    until: float
    under_way: int = 0
    answered: float = 0.0

    @property
    def used(self) -> int:
        return self.given - self.left


class Passes:
    """The passes of one quota key. `longest_request`: seconds after which a request of ours is over, answered or not;
    `patience`: waits that are longer are not waited for by the caller."""

    def __init__(
        self, key: str, windows: Sequence[Window], clock: Clock, ledger: Ledger, *, patience: float,
        longest_request: float = 120.0,
    ) -> None:  # fmt: skip
        self.key = key
        self._windows = tuple(windows)
        self._clock = clock
        self._ledger = ledger
        self._patience = patience
        self._open_for = longest_request + FRESH
        self._batches: list[Batch] = []
        self._heard: tuple[RateHint, float, float, int] | None = None
        self._pause_until = 0.0
        self._queued: int | None = None
        self._wanted = 1
        self._most = max(1, min([MOST, *(window.limit // 30 for window in self._windows)]))

    async def take(self) -> Batch | float:
        """A pass, as the batch that it belongs to; or the seconds to wait for one, where that is beyond patience."""
        while True:
            batch = self._batches[-1] if self._batches else None
            if batch is not None and batch.left and self._clock.monotonic() < batch.until:
                batch.left -= 1
                batch.under_way += 1
                return batch
            self._adapt(batch)
            granted = await self._exchange(self._wanted)
            if granted.passes:
                self._queued = None
                until = self._clock.monotonic() + FRESH
                self._batches.append(Batch(granted.ticket, granted.passes, granted.passes, until))
                continue
            self._queued = granted.ticket
            if granted.wait > self._patience:
                return granted.wait
            await self._clock.sleep(granted.wait)

    def answered(self, batch: Batch) -> None:
        """The answer to one request of this batch is there, or none will come."""
        batch.under_way -= 1
        batch.answered = self._clock.monotonic()

    def learn(self, hint: RateHint, asked: float, uncounted: int) -> None:
        """What an answer said of the quota, to a request sent at `asked`; `uncounted` of ours came after it."""
        if hint.remaining is None or hint.reset is None:
            return
        self._heard = (hint, self._clock.monotonic(), asked, uncounted)
        if self._batches and hint.remaining - uncounted < self._batches[-1].left:
            self._batches[-1].until = 0.0  # what we still hold may be more than the server takes

    def pause(self, seconds: float) -> None:
        """The server asked for a pause: nobody sends, here or elsewhere."""
        self._pause_until = max(self._pause_until, self._clock.monotonic() + seconds)
        self.settle()

    def settle(self) -> None:
        """Tell what is not told yet and give back what is not used, now; where the ledger is busy, the next exchange
        does it, and after a last one the passes end by themselves."""
        for batch in self._batches:
            batch.until = 0.0
        with suppress(LedgerBusy, StateError):  # whoever needs the state itself says what is wrong with it
            self._ask(0)

    def _adapt(self, batch: Batch | None) -> None:
        """Ask for more at once while passes are used up at once, for as many as were used where they were not."""
        if batch is not None:
            self._wanted = min(self._wanted * 2, self._most) if not batch.left else max(1, batch.used)

    async def _exchange(self, wanted: int) -> Granted:
        begun = self._clock.monotonic()
        while True:
            try:
                return self._ask(wanted)
            except LedgerBusy:
                if self._clock.monotonic() - begun > PATIENCE:
                    log.warning("budget-not-shared", key=self.key, seconds=PATIENCE)
                    return Granted(1)
                await self._clock.sleep(BUSY_WAIT)

    def _ask(self, wanted: int) -> Granted:
        now = self._clock.monotonic()
        finished = [batch for batch in self._batches if not batch.under_way]
        settled = [_settled(batch, now) for batch in self._batches if batch.ticket is not None]
        told = Told(
            self._windows, wanted, self._open_for, self._patience, self._queued,
            [each for each in settled if each is not None], self._news(now), max(0.0, self._pause_until - now),
        )  # fmt: skip
        granted = self._ledger.exchange(self.key, told)
        for batch in self._batches:
            batch.given, batch.left = batch.used, 0
        self._batches = [batch for batch in self._batches if batch not in finished]
        self._heard, self._pause_until = None, 0.0
        return granted

    def _news(self, now: float) -> Heard | None:
        if self._heard is None:
            return None
        hint, at, asked, uncounted = self._heard
        assert hint.remaining is not None
        assert hint.reset is not None
        return Heard(hint.remaining, hint.reset, now - at, now - asked, uncounted)


def _settled(batch: Batch, now: float) -> Settled | None:
    """What there is to tell of a batch; None while it is as it was given."""
    assert batch.ticket is not None
    if not batch.under_way:
        return Settled(batch.ticket, batch.used, now - batch.answered if batch.used else None)
    return Settled(batch.ticket, batch.used, None) if batch.left else None
