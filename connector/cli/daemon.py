"""`connector daemon`: every pair, again and again, until it is told to stop."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from connector.cli import frame
from connector.cli.output import Output
from connector.domain.errors import ExitCode

if TYPE_CHECKING:
    from datetime import datetime

    from connector.config import PairSettings
    from connector.engine.pairs import Workshop
    from connector.service.timing import Kind
    from connector.service.views import PairView
    from connector.state.core import Database
    from connector.state.runs import PairView as StoredPair


def daemon(
    config: frame.Config = None, pair: frame.Pairs = None, json: frame.Json = False, verbose: frame.Verbose = False
) -> ExitCode:
    """Keep every pair up to date, until SIGTERM or Ctrl-C.

    How often stands under `every` in the settings: quick runs read what is new in Clopos, Check&Place is listed every
    quarter of an hour, everything is read once a day. A pair that is "read-only" is compared once a day; one without a
    finished backfill waits for it. Logs go to standard error: for people, or with --json one JSON object a line.

    A stop lets the write under way end and be booked, and takes half a minute at most.

    Example:  connector daemon --config /etc/connector/connector.toml
    """
    from connector.cli.opening import opened
    from connector.config.times import write_duration
    from connector.engine.budgets import shared_budgets
    from connector.engine.clock import SystemClock
    from connector.engine.pairs import Workshop
    from connector.service import logs
    from connector.service.cadence import cadence_of, last_of
    from connector.service.daemon import Daemon, Hooks
    from connector.service.settings import limits_of
    from connector.service.signals import serve

    work = opened(Output(as_json=True), config, pair, secrets=True)
    log = work.settings.log
    # A format that the file does not name follows the stream: columns on a terminal, JSON for a journal.
    style = "json" if json else (log.format if "format" in log.model_fields_set else None)
    logs.configure(style, "DEBUG" if verbose else log.level.upper())
    clock = SystemClock()
    job = Job(
        Workshop(work.engine, clock, shared_budgets(work.engine, clock)),
        {settings.name: settings for settings in work.pairs},
    )
    worker = Daemon(
        job.run,
        {settings.name: cadence_of(settings) for settings in work.pairs},
        {settings.name: last_of(job.database(settings), settings) for settings in work.pairs},
        Hooks(job.waits, job.note, job.doubt),
        limits_of(work.settings),
    )
    job.log.debug("stop is bounded", seconds=write_duration(work.settings.daemon.stop_within))

    async def until_stopped() -> ExitCode:
        for name in job.pairs:  # whoever starts it learns at once that it will do nothing yet
            await job.waits(name)
        try:
            return await serve(worker)
        finally:
            for view in worker.views():
                await job.note(replace(view, next_run=None, running=None))

    return asyncio.run(until_stopped())


@dataclass
class Job:
    """What the daemon does for a pair: runs of the engine, whether it waits, and a note of what comes next."""

    shop: Workshop
    pairs: dict[str, PairSettings]
    told: set[str] = field(default_factory=set)
    planned: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        import structlog

        self.log = structlog.get_logger("connector.daemon")

    async def run(self, name: str, kind: Kind, stop: asyncio.Event) -> None:
        """One run of one pair; it looks at `stop` between its units of work."""
        from connector.engine.pairs import open_run
        from connector.engine.run import run
        from connector.service.cadence import engine_kind
        from connector.service.timing import Kind

        settings = self.pairs[name]
        async with open_run(self.shop, settings, engine_kind(settings, kind)) as ctx:
            ctx.stop = stop
            ctx.list_checkandplace = kind is not Kind.QUICK
            await run(ctx)

    async def waits(self, name: str) -> bool:
        """Whether a pair is paused, or waits for the operator's first run: then nothing is read either."""
        settings = self.pairs[name]
        pair = self._pair(settings)
        no_backfill = settings.mode == "live" and pair.backfill_finished_at is None
        if no_backfill and name not in self.told:
            self.told.add(name)
            self._tell_why(name, pair.id)
        return pair.paused_at is not None or no_backfill

    def _tell_why(self, name: str, pair_id: int) -> None:
        """Once: what the pair waits for, and the command."""
        from connector.engine.relinking import sentence
        from connector.state.relinking import relinking

        with self.shop.engine.connect() as connection:
            found = relinking(connection, pair_id)
        step = f"connector backfill --pair {name}"
        if found is None:
            self.log.warning("pair waits for its backfill", pair=name, next=step)
        else:
            self.log.warning("pair is in relink mode", pair=name, why=sentence(found), next=step)

    async def note(self, view: PairView) -> None:
        """Keeps when the pair runs next, for `connector status`."""
        from connector.engine.status import DAEMON, note_of
        from connector.state.database import writing
        from connector.state.runs import RunStore

        if view.next_run is not None and view.name not in self.planned | self.told:
            self.planned.add(view.name)
            at = view.next_run.astimezone(self.pairs[view.name].zone)
            self.log.info("first run is planned", pair=view.name, at=at.isoformat(timespec="seconds"))
        database = self.database(self.pairs[view.name])
        with writing(self.shop.engine).begin() as connection:
            RunStore(database).set_setting(connection, DAEMON, note_of(view.next_run, view.running))

    async def doubt(self, name: str) -> datetime | None:
        """Since when a request of the pair is in doubt."""
        from connector.state.intents import IntentStore

        database = self.database(self.pairs[name])
        with database.read() as connection:
            return IntentStore(database).in_doubt_since(connection)

    def database(self, settings: PairSettings) -> Database:
        """The state of a pair, for what needs no lease."""
        from connector.state.core import Database

        return Database(self.shop.engine, self._pair(settings).id)

    def _pair(self, settings: PairSettings) -> StoredPair:
        from connector.state.database import writing
        from connector.state.runs import PairStore

        with writing(self.shop.engine).begin() as connection:
            return PairStore().ensure(connection, settings.name, settings.clopos.brand, self.shop.clock.now())
