"""The budget of one quota key: a strict sliding window that also learns from the server's headers.

A request counts from the moment it is let through until the window has passed *after its answer*: the server saw it
somewhere in between, so its own window never holds more than the limit, whatever the latency. A process keeps that
count for itself, and where a ledger is handed in, every request needs a pass of the processes' common count as well.

Whoever asks first goes first: a scan and the writes of another pair take turns, neither starves the other.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta

from connector.domain.errors import TransientError
from connector.domain.quota import MARGIN, Window, news
from connector.sides.headers import RateHint
from connector.sides.passes import Batch, Ledger, Passes
from connector.sides.port import Clock


@dataclass(frozen=True, slots=True)
class BudgetState:
    """What is left now: `left` of `limit` requests of the tightest window (None: no limit is known), seconds to wait
    before the next request may go."""

    key: str
    left: int | None
    limit: int | None
    wait: float


@dataclass(slots=True)
class Pass:
    """A request that was let through at `at` (monotonic). `started` counts requests of this budget, `others` were under
    way then; `batch`: where its pass is from, if the budget is shared."""

    started: int
    others: int
    at: float
    batch: Batch | None = None


class Budget:
    """Shared by all who use one quota key. `longest_wait` bounds a silent sleep, in seconds: a longer one is raised as
    TransientError `quota-used-up`, which names it."""

    def __init__(
        self, key: str, windows: Sequence[Window], clock: Clock, *, concurrency: int = 4, longest_wait: float = 300.0,
        ledger: Ledger | None = None,
    ) -> None:  # fmt: skip
        self.key = key
        self.windows = tuple(windows)
        self.clock = clock
        self.longest_wait = longest_wait
        self._slots = asyncio.Semaphore(concurrency)
        self._turn = asyncio.Lock()
        self._open = 0
        self._started = 0
        self._answered: deque[float] = deque()
        self._paused_until = 0.0
        self._allowance: tuple[int, float] | None = None
        """How many requests the server still takes, until that moment of the monotonic clock."""
        self._passes = Passes(key, windows, clock, ledger, patience=longest_wait) if ledger is not None else None

    @asynccontextmanager
    async def request(self) -> AsyncIterator[Pass]:
        """Wait for a place, hold it for one request, stamp it when the answer is there (or none came)."""
        async with self._slots:
            async with self._turn:
                await self.room()
                batch = await self._passes.take() if self._passes is not None else None
                if isinstance(batch, float):
                    raise self._too_long(batch)
                granted = Pass(self._started, self._open, self.clock.monotonic(), batch)
                self._started += 1
                self._open += 1
                if self._allowance:
                    self._allowance = (self._allowance[0] - 1, self._allowance[1])
            try:
                yield granted
            finally:
                self._open -= 1
                self._answered.append(self.clock.monotonic())
                if self._passes is not None and granted.batch is not None:
                    self._passes.answered(granted.batch)

    async def room(self) -> None:
        """Wait until a request may go, without taking its place."""
        while (wait := self._wait()) > 0:
            if wait > self.longest_wait:
                raise self._too_long(wait)
            await self.clock.sleep(wait)

    def add(self) -> None:
        """Count something that happened now, for a quota on outcomes (Clopos' failed calls, tier 2)."""
        self._answered.append(self.clock.monotonic())

    def learn(self, hint: RateHint, granted: Pass) -> None:
        """Take over what an answer said is left. Requests that the server may not have counted yet are subtracted."""
        if hint.remaining is None or hint.reset is None:
            return
        uncounted = granted.others + self._started - granted.started - 1
        if self._passes is not None:  # others' requests are in the server's count too: the ledger knows them
            self._passes.learn(hint, granted.at, uncounted)
            return
        now = self.clock.monotonic()
        told = news(self.windows, [self._used(window, now) for window in self.windows], hint.remaining)
        self._allowance = (hint.remaining - uncounted, now + hint.reset) if told else None

    def pause(self, seconds: float) -> None:
        """Nobody sends for that long (a 429)."""
        self._paused_until = max(self._paused_until, self.clock.monotonic() + seconds)
        if self._passes is not None:
            self._passes.pause(seconds)

    def settle(self) -> None:
        """Give back to the other processes what is not going to be used: the work is done for now."""
        if self._passes is not None:
            self._passes.settle()

    def state(self) -> BudgetState:
        """What is left, for people."""
        now = self.clock.monotonic()
        left = [(window.limit - self._used(window, now), window.limit) for window in self.windows]
        tightest = min(left, default=(None, None))
        return BudgetState(self.key, tightest[0], tightest[1], self._wait())

    def _used(self, window: Window, now: float) -> int:
        return self._open + sum(1 for stamp in self._answered if stamp > now - window.seconds - MARGIN)

    def _wait(self) -> float:
        """Seconds until the next request may go; 0 for now."""
        now = self.clock.monotonic()
        longest = max((window.seconds for window in self.windows), default=0.0)
        while self._answered and self._answered[0] <= now - longest - MARGIN:
            self._answered.popleft()
        wait = self._paused_until - now
        if self._allowance:
            left, until = self._allowance
            if until <= now:
                self._allowance = None
            elif left <= 0:
                wait = max(wait, until - now)
        for window in self.windows:
            wait = max(wait, self._window_wait(window, now))
        return max(0.0, wait)

    def _window_wait(self, window: Window, now: float) -> float:
        recent = len(self._answered) + self._open
        if recent < window.limit:
            return 0.0
        over = self._used(window, now) - window.limit + 1
        if over <= 0:
            return 0.0
        inside = [stamp for stamp in self._answered if stamp > now - window.seconds - MARGIN]
        if over > len(inside):  # the rest is still under way: look again shortly
            return MARGIN
        return inside[over - 1] + window.seconds + MARGIN - now

    def _too_long(self, wait: float) -> TransientError:
        now = self.clock.now()
        until = now + timedelta(seconds=wait)
        at = until.strftime("%H:%M UTC" if until.date() == now.date() else "%H:%M UTC on %d %B")
        return TransientError(
            "quota-used-up",
            f"The request quota is used up until {at}; the next run goes on from here.",
            engineer=f"budget {self.key}: next request in {wait:.0f} s, the bound is {self.longest_wait:.0f} s",
            next_step="connector status",
        )


class Budgets:
    """All budgets of a process by quota key: those who ask for one key share one budget, whatever pair they are of."""

    def __init__(self, clock: Clock, ledger: Ledger | None = None) -> None:
        """`ledger`: where other processes count too; None: this process is alone."""
        self.clock = clock
        self.ledger = ledger
        self._known: dict[str, Budget] = {}

    def get(self, key: str, windows: Sequence[Window], *, concurrency: int = 4, longest_wait: float = 300.0) -> Budget:
        """The budget of `key`; the first who asks sets its windows and bounds."""
        if key not in self._known:
            self._known[key] = Budget(
                key, windows, self.clock, concurrency=concurrency, longest_wait=longest_wait, ledger=self.ledger
            )
        return self._known[key]

    def states(self) -> list[BudgetState]:
        """One line per key, for people."""
        return [budget.state() for budget in self._known.values()]
