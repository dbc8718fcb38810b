"""The daemon: wakes each pair when it is due, lets nothing of one pair overlap, and stops cleanly.

APScheduler is the alarm clock alone: one alarm per pair, set again when the pair's run has ended. What a run does is
handed in; that nobody else works on the pair is the lease's matter, not the clock's.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

import structlog
from apscheduler.schedulers.asyncio import AsyncIOScheduler
from apscheduler.triggers.date import DateTrigger

from connector.domain.errors import ConnectorError, ExitCode
from connector.service import notify
from connector.service.faults import describe
from connector.service.timing import Cadence, Due, Kind, Last, jitter, next_due
from connector.service.views import PairView, Watch

RunPair = Callable[[str, Kind, asyncio.Event], Awaitable[None]]
"""`run_pair(pair, kind, stop)`: one run. It looks at `stop` between its units of work and ends early once that is set;
it raises for a run that failed. A cancelled run must leave what a killed process would leave, no worse."""


NEEDS_SOMEBODY = (ExitCode.REFUSED, ExitCode.CONFIG, ExitCode.CREDENTIALS)
"""Ends of a run that no later one mends by itself: an event of its own, and systemd's status line."""


async def _never(_pair: str) -> bool:
    return False


async def _settled(_pair: str) -> datetime | None:
    return None


async def _nobody(_view: PairView) -> None:
    return None


def _utc_now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class Hooks:
    """What the daemon asks and tells. `paused`: is this pair paused now; asked before each run. `note`: a pair's view
    after each change; `doubt`: since when a request of this pair is in doubt, asked after each run. An error of any of
    them is logged; the pair counts as not paused, and as without doubts."""

    paused: Callable[[str], Awaitable[bool]] = _never
    note: Callable[[PairView], Awaitable[None]] = _nobody
    doubt: Callable[[str], Awaitable[datetime | None]] = _settled


@dataclass(frozen=True, slots=True)
class Limits:
    """`workers`: pairs at work at once. `drain`: how long a stop waits for running work to reach a good place to end.
    `abort`: how long cancelled work may take to let go. `beat`: the longest sleep, after which the clock is looked at
    anew (machines sleep, clocks are set)."""

    workers: int = 4
    drain: timedelta = timedelta(seconds=25)
    abort: timedelta = timedelta(seconds=5)
    beat: timedelta = timedelta(seconds=20)


@dataclass
class Daemon:
    """`cadences` per pair; `last` what the state knows of earlier runs (a pair missing there is due at once)."""

    run_pair: RunPair
    cadences: Mapping[str, Cadence]
    last: Mapping[str, Last] = field(default_factory=dict)
    hooks: Hooks = field(default_factory=Hooks)
    limits: Limits = field(default_factory=Limits)
    now: Callable[[], datetime] = _utc_now
    share: Callable[[], float] = random.random
    stop: asyncio.Event = field(default_factory=asyncio.Event)
    hurry: asyncio.Event = field(default_factory=asyncio.Event)

    def __post_init__(self) -> None:
        self._watches = {
            name: Watch(name, cadence, self.last.get(name, Last())) for name, cadence in self.cadences.items()
        }
        self._tasks: set[asyncio.Task[None]] = set()
        self._slots = asyncio.Semaphore(self.limits.workers)
        self._scheduler = AsyncIOScheduler(
            timezone=UTC, job_defaults={"max_instances": 1, "coalesce": True, "misfire_grace_time": None}
        )
        self._log = structlog.get_logger("connector.daemon")

    def views(self) -> list[PairView]:
        """Every pair as it is now, in the order of the settings."""
        return [watch.view() for watch in self._watches.values()]

    def request_stop(self) -> None:
        """Ends the daemon: running work is told to stop and waited for. Asked again: it is cancelled at once."""
        if self.stop.is_set():
            self.hurry.set()
        self.stop.set()

    async def serve(self) -> bool:
        """Runs until `request_stop`. Gives whether all running work had ended by itself; False if some was cancelled.

        An error of a run is logged and remembered; none ends the daemon.
        """
        self._scheduler.start()
        for watch in self._watches.values():
            await self._arm(watch)
        beat = min(self.limits.beat, timedelta(seconds=(notify.watchdog_seconds() or 3600) / 3))
        notify.tell("READY=1")
        self._log.info("daemon started", pairs=len(self._watches))
        while not self.stop.is_set():
            notify.tell("WATCHDOG=1")
            self._scheduler.wakeup()
            await self._arm_the_forgotten()
            await _wait([self.stop], beat)
        notify.tell("STOPPING=1")
        self._scheduler.remove_all_jobs()
        clean = await self._drain()
        self._scheduler.shutdown(wait=False)
        self._log.info("daemon stopped", clean=clean)
        return clean

    async def _arm(self, watch: Watch) -> None:
        """Sets the pair's alarm for its next run."""
        due = next_due(watch.cadence, watch.last, self.now())
        at = max(due.at, self.now(), watch.rest_until or due.at) + jitter(watch.cadence.quick, self.share())
        watch.due = Due(at, due.kind)
        self._scheduler.add_job(self._ring, DateTrigger(at), [watch], id=watch.name, replace_existing=True)
        await self._note(watch)

    async def _arm_the_forgotten(self) -> None:
        """A pair without an alarm and without a run would sleep for ever: whatever the mistake was, it runs again."""
        for watch in self._watches.values():
            if watch.running is None and self._scheduler.get_job(watch.name) is None:
                await self._arm(watch)

    async def _ring(self, watch: Watch) -> None:
        # A task of ours, not the scheduler's: its shutdown cancels what it runs, and a stop has to drain first.
        if self.stop.is_set() or watch.running is not None:
            return
        watch.running = "waiting"
        task = asyncio.create_task(self._visit(watch), name=f"run {watch.name}")
        self._tasks.add(task)
        task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        error = None if task.cancelled() else task.exception()
        if error is not None:
            self._log.error("the daemon made a mistake", task=task.get_name(), error=describe(error))

    async def _visit(self, watch: Watch) -> None:
        with structlog.contextvars.bound_contextvars(pair=watch.name):
            try:
                async with self._slots:
                    if not self.stop.is_set():
                        await self._work(watch)
            finally:
                watch.running = watch.running_since = watch.due = None
            if not self.stop.is_set():
                await self._arm(watch)
            else:
                await self._note(watch)

    async def _work(self, watch: Watch) -> None:
        began = self.now()
        if await self._is_paused(watch):
            # Asked again after a quick interval; what was missed is made up for when the pair is resumed.
            watch.rest_until = began + watch.cadence.quick
            return
        watch.rest_until = None
        kind = next_due(watch.cadence, watch.last, began).kind
        watch.running, watch.running_since = str(kind), began
        await self._note(watch)
        with structlog.contextvars.bound_contextvars(kind=str(kind)):
            watch.trouble = await self._run(watch.name, kind)
        last = watch.last.after(kind, began, failed=watch.trouble is not None)
        watch.last = replace(last, doubt=await self._in_doubt(watch.name))

    async def _run(self, name: str, kind: Kind) -> str | None:
        """One run; the code of what went wrong, or None."""
        try:
            await self.run_pair(name, kind, self.stop)
        except ConnectorError as error:
            self._log.warning(
                "run failed", code=error.code, error=error.engineer or error.manager, next=error.next_step
            )
            if error.exit_code in NEEDS_SOMEBODY:
                self._log.error("pair is stale", code=error.code, error=error.manager, next=error.next_step)
                notify.tell(f"STATUS={name} is stale since {self.now():%Y-%m-%d %H:%M} UTC: {error.code}")
            return error.code
        except Exception as error:  # noqa: BLE001 - one pair's trouble, even a mistake of ours, must not end the others
            self._log.error("run failed", code="internal", error=describe(error))
            return "internal"
        return None

    async def _in_doubt(self, name: str) -> datetime | None:
        """Since when something is in doubt: then the run that resolves it is due, even when nothing else is."""
        try:
            return await self.hooks.doubt(name)
        except Exception as error:  # noqa: BLE001 - it is resolved by the next run that is due anyway
            self._log.warning("cannot tell whether a request is in doubt", error=describe(error))
            return None

    async def _is_paused(self, watch: Watch) -> bool:
        try:
            paused = await self.hooks.paused(watch.name)
        except Exception as error:  # noqa: BLE001 - the run itself will meet the same trouble, and say so by its code
            self._log.error("cannot tell whether the pair is paused", error=describe(error))
            paused = False
        if paused != watch.paused:
            self._log.info("pair paused" if paused else "pair resumed")
        watch.paused = paused
        return paused

    async def _note(self, watch: Watch) -> None:
        try:
            await self.hooks.note(watch.view())
        except Exception as error:  # noqa: BLE001 - bookkeeping for the eyes must not keep a run from happening
            self._log.warning("cannot note the pair's next run", error=describe(error))

    async def _drain(self) -> bool:
        """Waits for running work, cancels what outlasts the limit or a second request. Bounded by both limits."""
        if not self._tasks:
            return True
        self._log.info("waiting for running work", runs=len(self._tasks), seconds=self.limits.drain.total_seconds())
        ended = asyncio.Event()
        waiting = asyncio.create_task(_set_after(list(self._tasks), ended))
        await _wait([ended, self.hurry], self.limits.drain)
        waiting.cancel()
        left = [task for task in self._tasks if not task.done()]
        for task in left:
            task.cancel()
        if left:
            self._log.warning("running work was cancelled", runs=len(left))
            await asyncio.wait(left, timeout=self.limits.abort.total_seconds())
        return not left


async def _set_after(tasks: Iterable[asyncio.Task[None]], done: asyncio.Event) -> None:
    await asyncio.wait(list(tasks))
    done.set()


async def _wait(events: list[asyncio.Event], limit: timedelta) -> None:
    """Until one of the events is set, at most `limit`."""
    waits = [asyncio.create_task(event.wait()) for event in events]
    try:
        await asyncio.wait(waits, timeout=limit.total_seconds(), return_when=asyncio.FIRST_COMPLETED)
    finally:
        for wait in waits:
            wait.cancel()
