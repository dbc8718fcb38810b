"""The daemon in one process: nothing overlaps, nobody's trouble is another's, a stop is bounded."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from structlog.testing import capture_logs

from connector.domain.errors import AuthError
from connector.service.daemon import Daemon, Hooks, Limits
from connector.service.timing import Cadence, Kind, Last
from connector.service.views import PairView

DAY = timedelta(days=1)
SOON = timedelta(milliseconds=4)
RARE = Cadence(DAY, DAY, DAY, UTC)
OFTEN = Cadence(SOON, DAY, DAY, UTC)


class Job:
    """A job that counts its runs and stops the daemon when `enough` says so."""

    def __init__(self, enough: Callable[[Counter[str]], bool]) -> None:
        self.enough = enough
        self.runs: Counter[str] = Counter()
        self.kinds: list[tuple[str, Kind]] = []
        self.busy: Counter[str] = Counter()
        self.most_busy = 0
        self.overlaps = 0
        self.daemon: Daemon | None = None

    async def __call__(self, pair: str, kind: Kind, stop: asyncio.Event) -> None:
        self.busy[pair] += 1
        self.overlaps += self.busy[pair] > 1
        self.most_busy = max(self.most_busy, sum(self.busy.values()))
        try:
            for _ in range(3):
                await asyncio.sleep(0)
            await self.work(pair, stop)
        finally:
            self.busy[pair] -= 1
            self.runs[pair] += 1
            self.kinds.append((pair, kind))
            if self.daemon is not None and self.enough(self.runs):
                self.daemon.stop.set()

    async def work(self, pair: str, stop: asyncio.Event) -> None:
        """What the run does beside counting."""


def daemon(job: Job, cadences: dict[str, Cadence], **settings: object) -> Daemon:
    made = Daemon(job, cadences, share=lambda: 0.0, **settings)  # type: ignore[arg-type]  # the fields by their names
    job.daemon = made
    return made


async def served(made: Daemon) -> bool:
    return await asyncio.wait_for(made.serve(), 20)


async def test_new_pairs_run_at_once_whole_and_then_as_often_as_asked() -> None:
    job = Job(lambda runs: runs["a"] >= 4)
    assert await served(daemon(job, {"a": OFTEN, "b": RARE}))
    assert [kind for pair, kind in job.kinds if pair == "a"][:4] == [Kind.FULL, Kind.QUICK, Kind.QUICK, Kind.QUICK]
    assert [kind for pair, kind in job.kinds if pair == "b"] == [Kind.FULL]
    assert job.overlaps == 0


async def test_a_restart_knows_what_was_done_before() -> None:
    now = datetime.now(UTC)
    job = Job(lambda runs: runs.total() >= 2)
    last = {"a": Last(now - SOON, now, now), "b": Last(now - SOON, None, now)}
    await served(daemon(job, {"a": OFTEN, "b": Cadence(DAY, DAY, DAY, UTC)}, last=last))
    assert set(job.kinds) == {("a", Kind.QUICK), ("b", Kind.BOTH)}


async def test_a_pair_with_something_in_doubt_lists_again_though_nothing_is_due() -> None:
    sent = datetime.now(UTC) - timedelta(hours=1)
    views: list[PairView] = []

    async def doubt(_pair: str) -> datetime | None:
        return sent

    async def note(view: PairView) -> None:
        if job.kinds and view.next_run is not None:
            views.append(view)
            made.request_stop()

    now = datetime.now(UTC)
    job = Job(lambda _runs: False)
    last = {"a": Last(now, now - DAY / 2, now, doubt=sent)}
    made = daemon(job, {"a": RARE}, last=last, hooks=Hooks(note=note, doubt=doubt))
    assert await served(made)
    assert job.kinds == [("a", Kind.BOTH)]
    assert views[0].last.doubt == sent
    assert views[0].next_run is not None
    assert views[0].next_run < now + DAY / 2, "the next one is due within hours, not in a day"


async def test_a_daemon_that_cannot_ask_for_doubts_goes_on() -> None:
    async def broken(_pair: str) -> datetime | None:
        raise LookupError("no such table")

    job = Job(lambda runs: runs["a"] >= 3)
    with capture_logs() as logs:
        assert await served(daemon(job, {"a": OFTEN}, hooks=Hooks(doubt=broken)))
    assert "cannot tell whether a request is in doubt" in {entry["event"] for entry in logs}


async def test_a_failing_pair_ends_neither_itself_nor_the_others() -> None:
    class Failing(Job):
        async def work(self, pair: str, stop: asyncio.Event) -> None:
            if pair == "withdrawn":
                raise AuthError("auth-refused", "Refused.", engineer="401")
            if pair == "mistaken":
                raise LookupError("Leyla +994501234567")

    job = Failing(lambda runs: min(runs[pair] for pair in ("well", "withdrawn", "mistaken")) >= 3)
    made = daemon(job, {"well": OFTEN, "withdrawn": OFTEN, "mistaken": OFTEN})
    with capture_logs() as logs:
        assert await served(made)
    troubles = {view.name: view.trouble for view in made.views()}
    assert troubles == {"well": None, "withdrawn": "auth-refused", "mistaken": "internal"}
    assert {view.name: view.last.failures >= 3 for view in made.views()}["withdrawn"]
    failed = [entry for entry in logs if entry["event"] == "run failed"]
    assert {entry["code"] for entry in failed} == {"auth-refused", "internal"}
    stale = [entry for entry in logs if entry["event"] == "pair is stale"]
    assert {entry["code"] for entry in stale} == {"auth-refused"}, "what no later run mends is an event of its own"
    assert "Leyla" not in str(logs)
    assert "test_daemon.py" in str(failed)


async def test_workers_bound_the_pairs_at_work() -> None:
    names = [f"p{number}" for number in range(9)]
    job = Job(lambda runs: len(runs) == len(names))
    await served(daemon(job, dict.fromkeys(names, RARE), limits=Limits(workers=2)))
    assert job.most_busy == 2
    assert set(job.runs) == set(names)


async def test_a_paused_pair_is_asked_again_and_makes_up_when_resumed() -> None:
    asked = 0

    async def paused(pair: str) -> bool:
        nonlocal asked
        asked += pair == "a"
        return pair == "a" and asked <= 2

    views: list[PairView] = []

    async def note(view: PairView) -> None:
        views.append(view)

    job = Job(lambda runs: runs["a"] >= 1)
    await served(daemon(job, {"a": OFTEN, "b": RARE}, hooks=Hooks(paused, note)))
    assert asked >= 3
    assert ("a", Kind.FULL) in job.kinds
    of_a = [view for view in views if view.name == "a"]
    assert any(view.paused and view.next_run is not None and view.last == Last() for view in of_a)
    assert not of_a[-1].paused


async def test_views_tell_what_runs_and_when_it_runs_next() -> None:
    views: list[PairView] = []

    async def note(view: PairView) -> None:
        views.append(view)

    job = Job(lambda runs: True)
    await served(daemon(job, {"a": RARE}, hooks=Hooks(note=note)))
    waiting, running, ended = views
    assert waiting.next_run is not None
    assert waiting.next_run.tzinfo is not None
    assert waiting.running is None
    assert (running.running, running.next_run) == ("full", None)
    assert running.running_since is not None
    assert (ended.running, ended.next_run) == (None, None)
    assert ended.last.full == running.running_since


async def test_errors_of_the_hooks_are_logged_and_harmless() -> None:
    async def broken(_: object) -> bool:
        raise OSError("disk of Leyla")

    job = Job(lambda runs: runs["a"] >= 2)
    with capture_logs() as logs:
        await served(daemon(job, {"a": OFTEN}, hooks=Hooks(paused=broken, note=broken)))  # type: ignore[arg-type]  # any error will do
    assert job.runs["a"] >= 2
    assert "OSError" in str(logs)
    assert "Leyla" not in str(logs)


async def test_a_stop_waits_for_running_work_that_sees_the_flag() -> None:
    class Draining(Job):
        drained = False

        async def work(self, pair: str, stop: asyncio.Event) -> None:
            assert self.daemon is not None
            self.daemon.request_stop()
            assert stop.is_set()
            await asyncio.sleep(0)
            self.drained = True

    job = Draining(lambda runs: False)
    made = daemon(job, {"a": OFTEN})
    assert await served(made)
    assert job.drained
    assert made.views()[0].running is None
    assert job.runs["a"] == 1, "nothing begins after a stop"


@pytest.mark.parametrize("again", [False, True], ids=["the limit is over", "asked a second time"])
async def test_work_that_does_not_end_is_cancelled(again: bool) -> None:
    class Stubborn(Job):
        cancelled = False

        async def work(self, pair: str, stop: asyncio.Event) -> None:
            assert self.daemon is not None
            self.daemon.request_stop()
            if again:
                asyncio.get_running_loop().call_soon(self.daemon.request_stop)
            try:
                await asyncio.Event().wait()
            except asyncio.CancelledError:
                self.cancelled = True
                raise

    job = Stubborn(lambda runs: False)
    limits = Limits(drain=timedelta(hours=1) if again else SOON)
    assert not await served(daemon(job, {"a": RARE}, limits=limits))
    assert job.cancelled


async def test_even_work_that_refuses_to_die_cannot_hold_the_daemon() -> None:
    release = asyncio.Event()

    class Undying(Job):
        async def work(self, pair: str, stop: asyncio.Event) -> None:
            assert self.daemon is not None
            self.daemon.request_stop()
            while not release.is_set():
                try:
                    await release.wait()
                except asyncio.CancelledError:
                    continue

    job = Undying(lambda runs: False)
    made = daemon(job, {"a": RARE}, limits=Limits(drain=SOON, abort=SOON))
    assert not await served(made)
    release.set()
    await asyncio.gather(*made._tasks)


async def test_a_pair_that_lost_its_alarm_is_woken_by_the_beat() -> None:
    job = Job(lambda runs: runs["a"] >= 1)
    made = daemon(job, {"a": RARE}, limits=Limits(beat=SOON))
    losses = 0

    async def lose(view: PairView) -> None:
        nonlocal losses
        if losses < 3 and view.next_run is not None:
            made._scheduler.remove_job("a")
            losses += 1

    made.hooks = Hooks(note=lose)
    await served(made)
    assert losses == 3
    assert job.runs["a"] == 1


async def test_a_daemon_without_pairs_waits_to_be_stopped() -> None:
    job = Job(lambda runs: False)
    made = daemon(job, {})
    asyncio.get_running_loop().call_soon(made.request_stop)
    assert await served(made)
