"""How a pair is: a value for `status`, health checks and whoever watches. Reads the state alone, no server."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from itertools import takewhile

from sqlalchemy import Connection, Engine

from connector.config.pair import PairSettings
from connector.domain.errors import ConfigError
from connector.domain.undo import DELETE_BY_HAND
from connector.domain.values import CHECKANDPLACE, CLOPOS, Json, SideName
from connector.engine.file_counts import LEFT, NEWER, NOT_ASKED_FOR
from connector.sides.factory import budget_key
from connector.state.budgets import paused
from connector.state.core import Database
from connector.state.lease import Holder, holder
from connector.state.overview import Overview, RunView
from connector.state.queue import QueueStore
from connector.state.relinking import Relinking, relinking
from connector.state.runs import PairStore, RunStore

DAEMON = "daemon"
"""The setting under which the daemon notes what it is about to do (`note_of`)."""
OVERDUE = timedelta(minutes=5)
"""A daemon that said it would run, and did not for so long, is not there any more."""


PLAN_FILE = "apply"
"""The kind of the runs that carry out a plan file."""
ENDED = ("done", "partly")


class Backfill(StrEnum):
    """How far the first run of a pair is."""

    NONE = "none"
    BEGUN = "begun"
    FINISHED = "finished"


@dataclass(frozen=True, slots=True)
class Queue:
    """A queue: how many entries wait, and since when the oldest does. `of`: what the tasks ask for: to type into
    `clopos` or `checkandplace`, to `delete` there by hand, a `look` at two records."""

    kind: str
    size: int
    oldest: datetime | None
    of: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Quota:
    """Requests that this pair's runs sent to a side lately, of how many it may send (None: no limit is known).
    `paused_until`: the server asked for a pause (429), and no process sends before that."""

    side: SideName
    used: int
    limit: int | None
    seconds: int
    paused_until: datetime | None = None


@dataclass(frozen=True, slots=True)
class PairStatus:
    """One pair. Times are aware UTC. `last_good`: the newest run that came to its end, of the kinds that count, or
    of a plan file that did all that a sync would have done; `stale_since`: since when it has been too long without
    one, or since when the guard refuses (None: fresh; a pair that never had one is stale since it is known).
    `next_run`: what the daemon said, None while no daemon works on the pair."""

    name: str
    mode: str
    backfill: Backfill
    paused_at: datetime | None
    last: RunView | None
    last_good: RunView | None
    stale_since: datetime | None
    stale: bool
    queues: Sequence[Queue]
    quotas: Sequence[Quota]
    next_run: datetime | None
    at_work: Holder | None
    relink: Relinking | None = None


def pair_status(
    engine: Engine, settings: PairSettings, kinds: Sequence[str], stale_after: timedelta, now: datetime
) -> PairStatus:
    """The status of one pair. A paused pair is not stale: somebody wants it so."""
    with engine.connect() as connection:
        pair = PairStore().find(connection, settings.name)
        if pair is None:
            return PairStatus(
                settings.name, settings.mode, Backfill.NONE, None, None, None, None, True, (), _no_requests(settings),
                None, None,
            )  # fmt: skip
        database = Database(engine, pair.id)
        overview = Overview(database)
        files = (PLAN_FILE,) if settings.mode == "live" else ()
        runs = overview.runs(connection, 100, kinds=(*kinds, *files))
        good = overview.last_good(connection, kinds)
        whole = next((run for run in runs if _did_all(overview, connection, run)), None)
        if whole is not None and (good is None or whole.id > good.id):
            good = whole
        proposals, oldest = overview.proposals(connection)
        sizes = QueueStore(database).sizes(connection)
        asked = _asked(QueueStore(database).tasks(connection))
        note = RunStore(database).setting(connection, DAEMON)
        relink = relinking(connection, pair.id)
        pauses = dict(paused(connection, now))
        quotas = tuple(
            Quota(
                side,
                overview.requests_since(connection, side, now - timedelta(seconds=seconds)),
                limit,
                seconds,
                _pause(settings, side, pauses),
            )
            for side, limit, seconds in limits_of(settings)
        )
    begun = Backfill.BEGUN if pair.backfill_approved_at is not None else Backfill.NONE
    held = holder(engine, pair.id)
    due = None if good is None else _began(good) + stale_after
    ended = [run for run in runs if run.kind in kinds or run.state in ENDED]
    refused = _refused_since([run for run in ended if run.kind in kinds or _carried_out(run)])
    due = refused if refused is not None and (due is None or refused < due) else due
    stale = pair.paused_at is None and (due is None or due <= now)
    queues = [Queue("proposal", proposals, oldest)]
    queues += [
        Queue(kind, *sizes.get(kind, (0, None)), of=asked if kind == "task" else {})
        for kind in ("conflict", "task", "hold")
    ]
    return PairStatus(
        name=settings.name, mode=settings.mode,
        backfill=Backfill.FINISHED if pair.backfill_finished_at is not None else begun,
        paused_at=pair.paused_at, last=ended[0] if ended else None, last_good=good,
        stale_since=due if stale else None, stale=stale, queues=queues, quotas=quotas,
        next_run=_next(note, now) if pair.paused_at is None else None,
        at_work=held if held is not None and not held.expired else None, relink=relink,
    )  # fmt: skip


def _asked(tasks: Mapping[tuple[str | None, str, bool], int]) -> dict[str, int]:
    """Tasks by what they ask for, in the order of the words below."""
    found = dict.fromkeys((CLOPOS.value, CHECKANDPLACE.value, "delete", "look"), 0)
    for (side, code, about_link), count in tasks.items():
        found["look" if about_link else "delete" if code == DELETE_BY_HAND else side or CLOPOS.value] += count
    return {what: count for what, count in found.items() if count}


def limits_of(settings: PairSettings) -> list[tuple[SideName, int | None, int]]:
    """(side, requests, in so many seconds): the quotas that the settings know."""
    clopos = settings.clopos
    found: list[tuple[SideName, int | None, int]] = [(CLOPOS, clopos.requests_per_minute, 60)]
    if clopos.requests_per_hour is not None:
        found.append((CLOPOS, clopos.requests_per_hour, 3600))
    return [*found, (CHECKANDPLACE, settings.checkandplace.requests_per_minute, 60)]


def _pause(settings: PairSettings, side: SideName, pauses: Mapping[str, datetime]) -> datetime | None:
    """Until when this side's server wants no request; its key is made from credentials, which may not be at hand."""
    try:
        return pauses.get(budget_key(settings, side)) if pauses else None
    except ConfigError:
        return None


def note_of(next_run: datetime | None, running: str | None) -> Mapping[str, Json]:
    """What the daemon keeps of a pair under `DAEMON`."""
    return {"next_run": next_run.isoformat() if next_run else None, "running": running}


def _next(note: Json, now: datetime) -> datetime | None:
    text = note.get("next_run") if isinstance(note, dict) else None
    if not isinstance(text, str):
        return None
    moment = datetime.fromisoformat(text)
    return moment if moment > now - OVERDUE else None


def _no_requests(settings: PairSettings) -> tuple[Quota, ...]:
    return tuple(Quota(side, 0, limit, seconds) for side, limit, seconds in limits_of(settings))


def _refused_since(newest: Sequence[RunView]) -> datetime | None:
    """Since when every run was refused by the guard, or stopped by changed settings; None if the last one was not.
    Nobody may be looking when that happens: the pair is stale at once, not after some intervals."""
    refused = list(takewhile(lambda run: run.state == "refused" or _code(run) == "another-store", newest))
    return refused[-1].started_at if refused else None


def _carried_out(run: RunView) -> bool:
    """Whether a run carried out the whole of a plan file: what the guard refused was approved and is done then, and
    refuses no more. One that was itself refused (a wrong file) or did a part says nothing about the pair."""
    part = any(run.counts.get(name) for name in (NOT_ASKED_FOR, LEFT))
    return run.kind == PLAN_FILE and run.state in ENDED and not part


def _did_all(overview: Overview, connection: Connection, run: RunView) -> bool:
    """Whether a plan file did all that a sync would have done: nothing was edited since it was made, nothing fell out,
    and both lists were read whole. Else edits wait, and the pair is as fresh as its last sync."""
    waits = any(count for name, count in run.counts.items() if name.partition(".")[0] in (NEWER, "drifted"))
    if waits or not _carried_out(run):
        return False
    whole = {scan["side"] for scan in overview.scans(connection, run.id)
             if scan["kind"] == "full" and scan["state"] == "complete"}  # fmt: skip
    return whole == {side.value for side in SideName}


def _code(run: RunView) -> str | None:
    return str(run.error["code"]) if isinstance(run.error, dict) else None


def _began(run: RunView) -> datetime:
    """A run shows what was true when it began to read."""
    return run.started_at
