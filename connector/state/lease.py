"""The lease: one run per pair, anywhere, and one writer per Clopos brand.

Correctness rests on the epoch, not on time: each acquisition makes it one larger, and everything a run writes to the
state passes `fence(connection)` first, in the same transaction. A run that was frozen, taken for dead and succeeded
finds the epoch changed when it wakes up, writes nothing and stops (`Fenced`). Time only says when a successor may
come: expiry is judged by the database's clock, so that machines need not agree on theirs, and a crashed run's lease
ends by itself.

    lease = Lease.acquire(engine, pair_id, owner=owner_name(), ttl_s=120, brand="kafe")
    with engine.begin() as connection:
        lease.fence(connection)          # renews, or raises Fenced; nobody can take over before the commit
        connection.execute(...)
    lease.check(margin_s=35)             # right before a request that changes something outside
    lease.release()
"""

from __future__ import annotations

import os
import secrets
import socket
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from typing import Any, cast

from sqlalchemy import ColumnElement, Connection, Engine, Table, Update, and_, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite

from connector.domain.errors import Fenced, PairLocked
from connector.state import tables
from connector.state.clock import DatabaseTime
from connector.state.database import writing

PAIR_LEASE = cast("Table", tables.Lease.__table__)  # type: ignore[attr-defined]  # SQLModel does not declare it
BRAND_LEASE = cast("Table", tables.BrandLease.__table__)  # type: ignore[attr-defined]  # SQLModel does not declare it
DEFAULT_TTL_S = 120.0
LONGEST_TTL_S = 900.0
"""No lease is taken for longer: one that ends later was taken before the clock was put back."""


def owner_name() -> str:
    """A name for this process that people can find: host, process id, and four letters that make it unique."""
    return f"{socket.gethostname()} process {os.getpid()} ({secrets.token_hex(2)})"


@dataclass(frozen=True, slots=True)
class Holder:
    """Who holds a pair: `until` is aware UTC, by the database's clock; `expired` means anyone may take it."""

    owner: str
    until: datetime
    expired: bool


@dataclass(frozen=True, slots=True)
class _Claim:
    """One row that is held: its table, its key, and the epoch it was won with."""

    table: Table
    key: int | str
    epoch: int

    @property
    def row(self) -> ColumnElement[bool]:
        return _key(self.table) == self.key


def _renewal(claim: _Claim, owner: str, ttl_s: float) -> Update:
    """Renews one row while it is still ours."""
    ours = claim.row, claim.table.c.owner == owner, claim.table.c.epoch == claim.epoch
    return update(claim.table).where(*ours).values(expires_at=DatabaseTime(ttl_s))


class Lease:
    """What a run holds: its pair, and the brand if it is going to write. Made by `acquire` alone."""

    def __init__(self, engine: Engine, owner: str, ttl_s: float, claims: Sequence[_Claim]) -> None:
        self._engine = engine
        self._claims = tuple(claims)
        self.owner = owner
        self.ttl_s = ttl_s

    @classmethod
    def acquire(
        cls, engine: Engine, pair_id: int, *, owner: str, ttl_s: float = DEFAULT_TTL_S, brand: str | None = None
    ) -> Lease:
        """The lease of the pair (and of the brand), all or nothing; the pair must exist.

        `owner` names this run alone (`owner_name()`): the same name twice is two owners. Raises PairLocked (exit 5),
        naming who holds it until when.
        """
        wanted: list[tuple[Table, int | str]] = [(PAIR_LEASE, pair_id)]
        if brand is not None:
            wanted.append((BRAND_LEASE, brand))
        try:
            claims = _take_all(engine, wanted, owner, ttl_s)
        except PairLocked:
            if not _shortened(engine, wanted):
                raise
            claims = _take_all(engine, wanted, owner, ttl_s)  # locked still, until a moment that comes
        return cls(engine, owner, ttl_s, claims)

    @property
    def epoch(self) -> int:
        """The pair's epoch, for the rows that carry it (`intent.epoch`)."""
        return self._claims[0].epoch

    @cached_property
    def _renewals(self) -> list[tuple[_Claim, Update]]:
        """The statements that renew each row, made once: one of them opens every transaction of a run."""
        return [(claim, _renewal(claim, self.owner, self.ttl_s)) for claim in self._claims]

    def fence(self, connection: Connection) -> None:
        """Renews the lease: the first statement of a transaction, which keeps it ours to the commit. Raises Fenced."""
        for claim, renewal in self._renewals:
            if connection.execute(renewal).rowcount != 1:
                raise self._fenced(claim)

    def renew(self) -> None:
        """Renews by itself, for long stretches without a write (a slow scan); raises Fenced."""
        with self._engine.begin() as connection:
            self.fence(connection)

    def check(self, epoch: int | None = None, *, margin_s: float = 0.0) -> None:
        """Returns when the lease is ours for at least `margin_s` seconds more, renewing it when it is not.

        For the moment before a request that changes something outside; the margin is the request's longest duration.
        `epoch` (default: this lease's own) is for an intent made earlier. Raises Fenced.
        """
        if epoch is not None and epoch != self.epoch:
            raise self._fenced(self._claims[0])
        with self._engine.connect() as connection:
            safe = all(connection.execute(select(_key(claim.table)).where(self.held(claim, margin_s))).first()
                       for claim in self._claims)  # fmt: skip
        if not safe:
            self.renew()

    def held(self, claim: _Claim | None = None, margin_s: float = 0.0) -> ColumnElement[bool]:
        """SQL: the lease is ours now. As `exists(select(...).where(lease.held()))` a fenced update affects 0 rows."""
        claim = claim or self._claims[0]
        columns = claim.table.c
        return and_(claim.row, columns.owner == self.owner, columns.epoch == claim.epoch,
                    columns.expires_at > DatabaseTime(margin_s))  # fmt: skip

    def release(self) -> None:
        """Gives everything up at once; harmless when it was lost already. The epochs stay, so that they only grow."""
        with self._engine.begin() as connection:
            for claim in reversed(self._claims):
                connection.execute(
                    update(claim.table)
                    .where(claim.row, claim.table.c.owner == self.owner, claim.table.c.epoch == claim.epoch)
                    .values(owner="", expires_at=None)
                )

    def _fenced(self, claim: _Claim) -> Fenced:
        return Fenced(
            "fenced",
            "Another run took over this pair, so this one stopped before writing anything more.",
            engineer=f"{claim.table.name} {claim.key}: epoch {claim.epoch} of {self.owner} is over",
            next_step="Look at `connector runs`: the run that took over goes on by itself.",
        )


def holder(engine: Engine, pair_id: int) -> Holder | None:
    """Who holds the pair, expired or not; None when nobody does. For `status`."""
    with engine.connect() as connection:
        return _holder(connection, PAIR_LEASE, pair_id)


def _key(table: Table) -> ColumnElement[Any]:
    return next(iter(table.primary_key))


def _take_all(engine: Engine, wanted: Sequence[tuple[Table, int | str]], owner: str, ttl_s: float) -> list[_Claim]:
    with writing(engine).begin() as connection:
        return [_take(connection, table, key, owner, ttl_s) for table, key in wanted]


def _shortened(engine: Engine, wanted: Sequence[tuple[Table, int | str]]) -> bool:
    """Whether one of these rows was held for longer than any lease lasts, as it is where the database's clock was put
    back: it ends after the longest one from now, unless its holder lives and renews it."""
    found = 0
    with writing(engine).begin() as connection:
        for table, key in wanted:
            too_long = table.c.expires_at > DatabaseTime(LONGEST_TTL_S)
            shorter = update(table).where(_key(table) == key, too_long).values(expires_at=DatabaseTime(LONGEST_TTL_S))
            found += connection.execute(shorter).rowcount
    return found > 0


def _take(connection: Connection, table: Table, key: int | str, owner: str, ttl_s: float) -> _Claim:
    """Wins the row where it is free or expired, by one statement; raises PairLocked."""
    insert = sqlite.insert if connection.dialect.name == "sqlite" else postgresql.insert
    column = _key(table)
    fresh = insert(table).values({column.name: key, "owner": owner, "epoch": 1, "expires_at": DatabaseTime(ttl_s)})
    won = connection.execute(
        fresh.on_conflict_do_update(
            index_elements=[column],
            set_={"owner": owner, "epoch": table.c.epoch + 1, "expires_at": DatabaseTime(ttl_s)},
            where=or_(table.c.expires_at.is_(None), table.c.expires_at <= DatabaseTime()),
        ).returning(table.c.epoch)
    ).scalar()
    if won is None:
        raise _locked(_holder(connection, table, key), brand=table is BRAND_LEASE)
    return _Claim(table, key, int(won))


def _holder(connection: Connection, table: Table, key: int | str) -> Holder | None:
    columns = table.c
    row = connection.execute(
        select(columns.owner, columns.expires_at, (columns.expires_at <= DatabaseTime()).label("expired")).where(
            _key(table) == key, columns.expires_at.is_not(None)
        )
    ).first()
    return Holder(row.owner, row.expires_at, bool(row.expired)) if row is not None else None


def _locked(held: Holder | None, *, brand: bool) -> PairLocked:
    who = held.owner if held is not None else "another run"
    until = (held.until if held is not None else datetime.now(UTC)).strftime("%Y-%m-%d %H:%M:%S UTC")
    what = "Another pair of the same Clopos brand is being written" if brand else "Another run is at work on this pair"
    return PairLocked(
        "brand-locked" if brand else "pair-locked",
        f"{what}: {who} holds it until {until}, longer if it goes on.",
        engineer=f"lease of {'the brand' if brand else 'the pair'} held by {who} until {until}",
        next_step="Wait for it to end and start again. A crashed run's hold ends by itself at that time.",
    )
