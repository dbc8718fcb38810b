"""Runs over several pairs, one after the other: one budget, one exit code, and a Ctrl-C that ends in good order."""

from __future__ import annotations

import asyncio
import signal
import sys
from collections.abc import Awaitable, Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from connector.cli.exit import problem_of
from connector.cli.nextstep import carried
from connector.cli.opening import Opened
from connector.cli.progress import Steps
from connector.config import PairSettings
from connector.domain.errors import ConnectorError, ExitCode, UnsafePlan, worst
from connector.domain.values import Json
from connector.engine.budgets import shared_budgets
from connector.engine.clock import SystemClock
from connector.engine.context import RunContext
from connector.engine.pairs import Workshop, open_run
from connector.engine.run import RunResult, Story, run
from connector.state.core import Database
from connector.state.runs import RunStore

if TYPE_CHECKING:
    from sqlalchemy import Connection, Engine

    from connector.report.model import Report

Work = Callable[[PairSettings], Awaitable[ExitCode]]


class Bench:
    """One command at work: the workshop that its runs share, and what it says about each pair."""

    def __init__(self, opened: Opened, *, verbose: bool) -> None:
        self.opened, self.output, self._verbose = opened, opened.output, verbose
        clock = SystemClock()
        self.shop = Workshop(opened.engine, clock, shared_budgets(opened.engine, clock))
        self.documents: list[dict[str, Json]] = []
        """One entry a pair, for `--json`."""

    def each(self, work: Work) -> ExitCode:
        """Does `work` for every pair; what stops one pair is told, and the others go on. The worst exit code."""
        return asyncio.run(self._each(work))

    async def _each(self, work: Work) -> ExitCode:
        codes = []
        for pair in self.opened.pairs:
            try:
                codes.append(await work(pair))
            except ConnectorError as error:
                self._tell(pair, error)
                codes.append(error.exit_code)
        return worst(codes)

    def _tell(self, pair: PairSettings, error: ConnectorError) -> None:
        problem = problem_of(error)
        if len(self.opened.pairs) > 1 and not self.output.as_json:
            self.output.say(f"Pair {pair.name}:")
        sys.stderr.write(problem.as_json() if self.output.as_json else problem.text(verbose=self._verbose))
        told = {"code": error.code, "message": error.manager, "next": carried(error.next_step) or None}
        self.documents.append({"pair": pair.name, "exit_code": int(error.exit_code), "error": told})

    async def run(
        self, pair: PairSettings, kind: str, *, prepare: Callable[[RunContext, Steps], None] = lambda _c, _s: None,
        after: Callable[[Ended], None] = lambda _ended: None, lines: bool = False,
        story: Story | Callable[[RunContext], Story] | None = None,
    ) -> RunResult:  # fmt: skip
        """One run of one pair. `prepare` sets what the operator said; `after` prints, when the pair is free again for
        others: also of a run whose plan was refused, before that error goes on. `story`: what it does, if no sync, or
        what makes that from the run's context. Raises KeyboardInterrupt, when the run has ended in order and the pair
        is free, where a question was ended with Ctrl-C."""
        label = pair.name if len(self.opened.pairs) > 1 else ""
        steps = Steps(self.output, self.shop.budgets, lines=lines, label=label)
        with ExitStack() as closing:
            refused: UnsafePlan | None = None
            result: RunResult | None = None
            with steps.shown():
                async with open_run(self.shop, pair, kind, progress=steps) as ctx:
                    refuse_paused(ctx, pair)
                    prepare(ctx, steps)
                    told = story(ctx) if callable(story) else story
                    try:
                        with stopping(ctx, steps, self.output.say):
                            result = await run(ctx, told)
                    except UnsafePlan as error:
                        refused = error
                    moment = closing.enter_context(one_moment(self.opened.engine, ctx.pair.id))
            if result is not None or not steps.stopped:
                after(Ended(pair, ctx, moment, result))
            if steps.stopped:
                raise KeyboardInterrupt
            if refused is not None:
                raise refused
            assert result is not None
            return result


@dataclass(frozen=True)
class Ended:
    """A run that came to a plan. `moment` is the state as the run left it; `result` None: the plan was refused."""

    settings: PairSettings
    ctx: RunContext
    moment: Database
    result: RunResult | None

    def report(self, *, show_pii: bool, limit: int | None = 20, next_step: str = "") -> Report:
        """The run's report; its entries are read from the state while it is printed."""
        from connector.report.gather import report_of_run

        return report_of_run(
            self.moment, self.ctx.run_id, self.settings.name, self.ctx.mapper, zone=self.settings.timezone,
            show_pii=show_pii, limit=limit, next_step=next_step, typed=carried,
        )  # fmt: skip


class _Moment(Database):
    """The state of one pair at one moment, whoever writes meanwhile: one transaction for all readings, none for
    writing."""

    def __init__(self, connection: Connection, pair_id: int) -> None:
        super().__init__(connection.engine, pair_id)
        self._connection = connection

    @contextmanager
    def read(self) -> Iterator[Connection]:
        yield self._connection

    @contextmanager
    def write(self) -> Iterator[Connection]:
        raise AssertionError("a moment is only looked at")
        yield self._connection


@contextmanager
def one_moment(engine: Engine, pair_id: int) -> Iterator[Database]:
    """The state as it is now, for as long as it takes to print it."""
    with engine.connect() as connection:
        if engine.dialect.name == "postgresql":
            connection.execution_options(isolation_level="REPEATABLE READ")
        RunStore(Database(engine, pair_id)).listing(connection, 1)  # the first query fixes the moment
        yield _Moment(connection, pair_id)


def refuse_paused(ctx: RunContext, settings: PairSettings) -> None:
    """A paused pair is compared, but not written to. Raises UnsafePlan."""
    if ctx.pair.paused_at is not None and not ctx.dry:
        since = ctx.pair.paused_at.astimezone(settings.zone)
        raise UnsafePlan(
            "pair-paused", f"The pair {settings.name} is paused since {since:%Y-%m-%d %H:%M}; nothing was written.",
            next_step=f"connector resume {ctx.pair.name}",
        )  # fmt: skip


@contextmanager
def stopping(ctx: RunContext, steps: Steps, say: Callable[[str], None]) -> Iterator[None]:
    """Ctrl-C and SIGTERM while writing: the operation under way is finished and booked, the rest waits for the next
    run. A second one, or one before anything is written, ends the run at once."""
    loop = asyncio.get_running_loop()
    task = asyncio.current_task()

    def stop() -> None:
        if steps.phase == "apply" and not ctx.stop.is_set():
            ctx.stop.set()
            say("Stopping after the request under way; once more to stop at once.")
        elif task is not None:
            task.cancel()

    numbers = (signal.SIGINT, signal.SIGTERM)
    for number in numbers:
        loop.add_signal_handler(number, stop)
    try:
        yield
    except asyncio.CancelledError:
        raise KeyboardInterrupt from None
    finally:
        for number in numbers:
            loop.remove_signal_handler(number)


def facts_of(result: RunResult) -> dict[str, Any]:
    """A run as JSON types."""
    return {
        "run": result.run_id, "kind": result.kind, "exit_code": int(result.exit_code), "counts": result.counts,
        "requests": result.requests, "plan": result.plan.hash if result.plan else None,
    }  # fmt: skip
