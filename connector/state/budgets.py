"""The ledger of request budgets: what the processes on one quota key took, in one short transaction an exchange.

SQLite: the wall clock of the machine, a connection that does not wait for the disk, and `LedgerBusy` at once where
another writer is at work, so that a budget never holds up a run's own transactions. PostgreSQL: the server's clock,
which all machines share, and a lock on the key's row. A clock that was set back is noticed: what lies in the future is
taken to be now.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Engine, and_, delete, insert, or_, select, text, update

from connector.domain.errors import StateError
from connector.domain.quota import (
    CAREFUL,
    LONGEST_PAUSE_S,
    Allowance,
    Granted,
    LedgerBusy,
    Settled,
    Standing,
    Told,
    Use,
    ahead_of,
    learned,
    room,
    share,
)
from connector.state.core import BUDGET, BUDGET_USE
from connector.state.database import for_notes, writing
from connector.state.lease import owner_name

GRACE_S = 2.0
"""How long after its time a place in the queue is kept for a process that does not come back."""
AHEAD_S = 1.0
"""A moment further in the future than this was written before the clock was set back."""
_SETTLE_POSTGRESQL = text(
    "SELECT set_config('synchronous_commit', 'off', true), set_config('lock_timeout', '1000', true)"
)


class StoredLedger:
    """The ledger in the state database, for one process; `owner` names it. `now` (epoch seconds) replaces the clock,
    for tests in simulated time."""

    def __init__(self, engine: Engine, *, owner: str | None = None, now: Callable[[], float] | None = None) -> None:
        self._notes = for_notes(engine)
        self._postgresql = engine.dialect.name == "postgresql"
        self._now = now
        self.owner = owner or owner_name()

    def exchange(self, key: str, told: Told) -> Granted:
        """Take down what a process tells and answer what it asks, all or nothing. Raises LedgerBusy, StateError."""
        try:
            if not told.windows and not told.settled and told.heard is None and not told.pause:
                with self._notes.connect() as connection:  # nothing to count and nothing to tell: a look is enough
                    if not self._restricted(connection, key):
                        return Granted(told.wanted)
            with writing(self._notes).begin() as connection:
                return self._exchange(connection, key, told)
        except StateError as error:
            if error.code == "state-locked":
                raise LedgerBusy from error
            raise

    def close(self) -> None:
        """Close what was opened beside the state's own engine."""
        if not self._postgresql:
            self._notes.dispose()

    def _exchange(self, connection: Connection, key: str, told: Told) -> Granted:
        if self._postgresql:
            connection.execute(_SETTLE_POSTGRESQL)
        row = self._row(connection, key)
        now = self._time(connection)
        _settle(connection, told.settled, now)
        standing = _standing(connection, key, row, now, max((w.seconds for w in told.windows), default=0.0), told)
        pause = max(standing.paused_until, now + min(told.pause, LONGEST_PAUSE_S) if told.pause else 0.0)
        pause = pause if pause > now else 0.0
        allowance = standing.allowance
        if told.heard is not None:
            allowance = learned(standing, told.heard, told.windows, now)
        after = Standing(standing.uses, pause, allowance)
        granted = self._grant(connection, key, after, told, now)
        if granted.passes and allowance is not None and allowance.until > now:
            allowance = Allowance(allowance.left - granted.passes, allowance.until)
        kept = (_seconds(row.paused_until) or 0.0, row.allowance_left, _seconds(row.allowance_until))
        if kept != (pause, allowance.left if allowance else None, allowance.until if allowance else None):
            _keep(connection, key, pause, allowance, now)
        return granted

    def _grant(self, connection: Connection, key: str, standing: Standing, told: Told, now: float) -> Granted:
        if not told.wanted:
            return Granted(0)
        ahead = ahead_of(standing.uses, self.owner, told.queued, now)
        free, wait = room(standing, told.windows, ahead, now)
        if wait > 0 or free == 0:
            return self._queue(connection, key, told, wait, now)
        passes = share(free, told.wanted)
        if not told.windows:  # nothing to count: only the place in the queue goes
            connection.execute(delete(BUDGET_USE).where(BUDGET_USE.c.id == told.queued))
            return Granted(passes)
        ends = now + told.open_for
        if told.queued is not None and any(use.ticket == told.queued for use in standing.uses):
            where = BUDGET_USE.c.id == told.queued
            connection.execute(update(BUDGET_USE).where(where).values(passes=passes, ends_at=_at(ends)))
            return Granted(passes, 0.0, told.queued)
        return Granted(passes, 0.0, self._add(connection, key, passes, ends))

    def _queue(self, connection: Connection, key: str, told: Told, wait: float, now: float) -> Granted:
        """A place in the queue, but for those who will not wait that long."""
        if wait > told.patience:
            if told.queued is not None:
                connection.execute(delete(BUDGET_USE).where(BUDGET_USE.c.id == told.queued))
            return Granted(0, wait)
        ends = now + wait + GRACE_S
        if told.queued is not None:
            where = and_(BUDGET_USE.c.id == told.queued, BUDGET_USE.c.passes == 0)
            if connection.execute(update(BUDGET_USE).where(where).values(ends_at=_at(ends))).rowcount:
                return Granted(0, wait, told.queued)
        return Granted(0, wait, self._add(connection, key, 0, ends))

    def _add(self, connection: Connection, key: str, passes: int, ends: float) -> int:
        values = {"key": key, "owner": self.owner, "passes": passes, "ends_at": _at(ends)}
        return int(connection.execute(insert(BUDGET_USE).values(values).returning(BUDGET_USE.c.id)).scalar_one())

    def _row(self, connection: Connection, key: str) -> Any:
        """The key's row, locked; made where it is missing."""
        wanted = select(BUDGET).where(BUDGET.c.key == key).with_for_update()
        row = connection.execute(wanted).first()
        if row is None:
            if self._postgresql:
                from sqlalchemy.dialects.postgresql import insert as upsert

                connection.execute(upsert(BUDGET).values(key=key).on_conflict_do_nothing())
            else:  # the writers' lock is held from the begin on: nobody else makes it now
                connection.execute(insert(BUDGET).values(key=key))
            row = connection.execute(wanted).first()
        return row

    def _restricted(self, connection: Connection, key: str) -> bool:
        row = connection.execute(select(BUDGET).where(BUDGET.c.key == key)).first()
        return row is not None and (row.paused_until is not None or row.allowance_until is not None)

    def _time(self, connection: Connection) -> float:
        if self._now is not None:
            return self._now()
        if self._postgresql:
            return float(connection.execute(text("SELECT extract(epoch FROM clock_timestamp())")).scalar_one())
        return time.time()


def paused(connection: Connection, now: datetime) -> Iterable[tuple[str, datetime]]:
    """The keys whose server asked for a pause that is not over at `now`, and until when; for people."""
    rows = connection.execute(select(BUDGET).where(BUDGET.c.paused_until > now).order_by(BUDGET.c.key))
    ends = ((row.key, row.paused_until - timedelta(seconds=_put_back(row, now.timestamp()))) for row in rows)
    return [(key, until) for key, until in ends if until > now]


def _settle(connection: Connection, settled: Iterable[Settled], now: float) -> None:
    for each in settled:
        where = BUDGET_USE.c.id == each.ticket
        if not each.passes:
            connection.execute(delete(BUDGET_USE).where(where))
        else:
            answered = None if each.ago is None else _at(now - each.ago)
            connection.execute(update(BUDGET_USE).where(where).values(passes=each.passes, answered_at=answered))


def _standing(connection: Connection, key: str, row: Any, now: float, longest: float, told: Told) -> Standing:
    """What is known of the key, after what no longer counts was removed."""
    columns = BUDGET_USE.c
    over = or_(
        columns.answered_at < _at(now - longest - AHEAD_S),
        and_(columns.answered_at.is_(None), columns.passes > 0, columns.ends_at < _at(now - longest - AHEAD_S)),
        and_(columns.passes == 0, columns.ends_at < _at(now)),
    )
    connection.execute(delete(BUDGET_USE).where(columns.key == key, over))
    counts = or_(
        columns.answered_at > _at(now - longest - AHEAD_S),
        and_(columns.answered_at.is_(None), columns.ends_at > _at(now - longest - AHEAD_S)),
    )
    found = select(BUDGET_USE).where(columns.key == key, counts).order_by(columns.id)
    uses = []
    for use in connection.execute(found):
        answered, ends = _seconds(use.answered_at), _seconds(use.ends_at)
        assert ends is not None
        if answered is not None and answered > now + AHEAD_S:
            connection.execute(update(BUDGET_USE).where(columns.id == use.id).values(answered_at=_at(now)))
            answered = now
        if use.passes and answered is None and ends > now + told.open_for + AHEAD_S:
            ends = now + told.open_for
            connection.execute(update(BUDGET_USE).where(columns.id == use.id).values(ends_at=_at(ends)))
        uses.append(Use(use.id, use.owner, use.passes, answered, ends))
    back = _put_back(row, now)
    paused = min((_seconds(row.paused_until) or 0.0) - back, now + LONGEST_PAUSE_S)
    until = None if row.allowance_until is None else row.allowance_until.timestamp() - back
    allowance = Allowance(row.allowance_left, until) if until is not None and until + CAREFUL > now else None
    return Standing(uses, paused, allowance)


def _put_back(row: Any, now: float) -> float:
    """Seconds by which the clock was put back since the key's pause and allowance were written, at least."""
    noted = _seconds(row.noted_at)
    return noted - now if noted is not None and noted > now + AHEAD_S else 0.0


def _keep(connection: Connection, key: str, pause: float, allowance: Allowance | None, now: float) -> None:
    values = {
        "noted_at": _at(now),
        "paused_until": _at(pause) if pause else None,
        "allowance_left": allowance.left if allowance else None,
        "allowance_until": _at(allowance.until) if allowance else None,
    }
    connection.execute(update(BUDGET).where(BUDGET.c.key == key).values(values))


def _at(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


def _seconds(moment: datetime | None) -> float | None:
    return None if moment is None else moment.timestamp()
