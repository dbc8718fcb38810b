"""Pairs, runs, scans, requests, cursors and settings: the bookkeeping around the work."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, RowMapping, func, insert, or_, select, update

from connector.domain.values import Json, SideName
from connector.state.core import CURSOR, PAIR, RECORD, REQUEST, RUN, SCAN, SETTING, Database, dump, load

SHRANK = "shrank"
"""The reason of a complete scan that the guard refused: it is no measure for the next one until somebody approves."""


@dataclass(frozen=True, slots=True)
class PairView:
    """A pair as the engine sees it. `probes`: `side.verb` -> result; `learned`: what adapters remember of servers."""

    id: int
    name: str
    reader_version: str
    probes: Mapping[str, Json]
    learned: Mapping[str, Json]
    backfill_approved_at: datetime | None
    backfill_approval: Mapping[str, Json]
    backfill_finished_at: datetime | None
    paused_at: datetime | None


@dataclass(frozen=True, slots=True)
class ScanView:
    """A scan as the engine sees it; times aware UTC."""

    id: int
    side: SideName
    kind: str
    state: str
    reason: str | None
    started_at: datetime
    ended_at: datetime | None
    rows: int
    total: int | None
    pages: int = 0


def pair_from_row(row: RowMapping) -> PairView:
    return PairView(
        id=row["id"], name=row["name"], reader_version=row["reader_version"], probes=load(row["probes_json"]),
        learned=load(row["learned_json"]), backfill_approved_at=row["backfill_approved_at"],
        backfill_approval=load(row["backfill_approval_json"]), backfill_finished_at=row["backfill_finished_at"],
        paused_at=row["paused_at"],
    )  # fmt: skip


def scan_from_row(row: RowMapping) -> ScanView:
    return ScanView(
        id=row["id"], side=SideName(row["side"]), kind=row["kind"], state=row["state"], reason=row["reason"],
        started_at=row["started_at"], ended_at=row["ended_at"], rows=row["rows"], total=row["total"],
        pages=row["pages"],
    )  # fmt: skip


class PairStore:
    """Pairs by name: made on first sight, never deleted."""

    def ensure(self, connection: Connection, name: str, brand: str, now: datetime) -> PairView:
        """The pair of this name; inserted if it is new."""
        row = connection.execute(select(PAIR).where(PAIR.c.name == name)).mappings().first()
        if row is None:
            connection.execute(insert(PAIR).values(name=name, brand=brand, created_at=now))
            row = connection.execute(select(PAIR).where(PAIR.c.name == name)).mappings().one()
        return pair_from_row(row)

    def find(self, connection: Connection, name: str) -> PairView | None:
        row = connection.execute(select(PAIR).where(PAIR.c.name == name)).mappings().first()
        return pair_from_row(row) if row else None

    def of_store(self, connection: Connection, store_digest: str, but: int) -> str | None:
        """The name of another pair than `but` that claimed this Check&Place store."""
        query = select(PAIR.c.name).where(PAIR.c.store_digest == store_digest, PAIR.c.id != but)
        return connection.execute(query).scalars().first()

    def get(self, connection: Connection, pair_id: int) -> PairView:
        return pair_from_row(connection.execute(select(PAIR).where(PAIR.c.id == pair_id)).mappings().one())

    def set(self, connection: Connection, pair_id: int, **values: Any) -> None:
        """Columns by name; `probes`, `learned`, `backfill_approval` as JSON-able data."""
        for name in ("probes", "learned", "backfill_approval"):
            if name in values:
                values[f"{name}_json"] = dump(dict(values.pop(name)))
        connection.execute(update(PAIR).where(PAIR.c.id == pair_id).values(**values))


class RunStore:
    """Runs, scans, requests, cursors and settings of one pair."""

    def __init__(self, database: Database) -> None:
        self.pair_id = database.pair_id

    def begin(self, connection: Connection, kind: str, now: datetime) -> int:
        """A new run. Runs that still say `running` were killed: the lease proves that nobody is at work on them."""
        stale = (RUN.c.pair_id == self.pair_id) & (RUN.c.state == "running")
        connection.execute(update(RUN).where(stale).values(state="killed", ended_at=now))
        connection.execute(
            update(SCAN).where(SCAN.c.pair_id == self.pair_id, SCAN.c.state == "running")
            .values(state="torn", reason="the run was killed", ended_at=now)
        )  # fmt: skip
        result = connection.execute(insert(RUN).values(pair_id=self.pair_id, kind=kind, started_at=now))
        assert result.inserted_primary_key is not None
        return int(result.inserted_primary_key[0])

    def end(
        self, connection: Connection, run_id: int, *, state: str, exit_code: int, counts: Json, now: datetime,
        error: Json = None, plan_id: int | None = None,
    ) -> None:  # fmt: skip
        values = {
            "state": state,
            "exit_code": exit_code,
            "ended_at": now,
            "counts_json": dump(counts),
            "plan_id": plan_id,
        }
        error_json = None if error is None else dump(error)
        connection.execute(update(RUN).where(RUN.c.id == run_id).values(error_json=error_json, **values))

    def listing(self, connection: Connection, limit: int = 20) -> Sequence[RowMapping]:
        """Newest first."""
        query = select(RUN).where(RUN.c.pair_id == self.pair_id).order_by(RUN.c.id.desc()).limit(limit)
        return connection.execute(query).mappings().all()

    def last_good(self, connection: Connection, kinds: Sequence[str]) -> RowMapping | None:
        """The newest run of these kinds that was done (also partly: the rest is in the queues)."""
        query = select(RUN).where(
            RUN.c.pair_id == self.pair_id, RUN.c.kind.in_(list(kinds)), RUN.c.state.in_(("done", "partly"))
        )
        return connection.execute(query.order_by(RUN.c.id.desc())).mappings().first()

    def log_requests(self, connection: Connection, rows: Sequence[Mapping[str, Any]]) -> None:
        if rows:
            connection.execute(insert(REQUEST), list(rows))

    def requests(self, connection: Connection, run_id: int) -> Sequence[RowMapping]:
        return (
            connection.execute(select(REQUEST).where(REQUEST.c.run_id == run_id).order_by(REQUEST.c.id))
            .mappings()
            .all()
        )

    def count_requests(self, connection: Connection, run_id: int) -> int:
        query = select(func.count()).where(REQUEST.c.run_id == run_id)
        return int(connection.execute(query).scalar_one())

    def begin_scan(self, connection: Connection, run_id: int, side: SideName, kind: str, now: datetime) -> int:
        row = {"pair_id": self.pair_id, "run_id": run_id, "side": side.value, "kind": kind, "started_at": now}
        result = connection.execute(insert(SCAN).values(**row))
        assert result.inserted_primary_key is not None
        return int(result.inserted_primary_key[0])

    def set_scan(self, connection: Connection, scan_id: int, **values: Any) -> None:
        connection.execute(update(SCAN).where(SCAN.c.id == scan_id).values(**values))

    def last_scan(
        self, connection: Connection, side: SideName, *, before: int | None = None, kind: str | None = "full",
        state: str | None = "complete", trusted: bool = False,
    ) -> ScanView | None:  # fmt: skip
        """The newest scan of a side of this kind and state, older than scan `before` if that is given; `trusted` leaves
        out those that the guard refused and nobody approved."""
        query = select(SCAN).where(SCAN.c.pair_id == self.pair_id, SCAN.c.side == side.value)
        if kind is not None:
            query = query.where(SCAN.c.kind == kind)
        if state is not None:
            query = query.where(SCAN.c.state == state)
        if before is not None:
            query = query.where(SCAN.c.id < before)
        if trusted:
            query = query.where(or_(SCAN.c.reason.is_(None), SCAN.c.reason != SHRANK))
        row = connection.execute(query.order_by(SCAN.c.id.desc())).mappings().first()
        return scan_from_row(row) if row else None

    def last_scan_pages(self, connection: Connection, side: SideName) -> int:
        """How many pages the newest complete full scan of a side took; 0 where there is none."""
        query = select(SCAN.c.pages).where(
            SCAN.c.pair_id == self.pair_id, SCAN.c.side == side.value, SCAN.c.kind == "full", SCAN.c.state == "complete"
        )
        return int(connection.execute(query.order_by(SCAN.c.id.desc()).limit(1)).scalar_one_or_none() or 0)

    def agree(self, connection: Connection, side: SideName, first: int, second: int) -> bool:
        """Whether two scans, one right after the other, saw the same records: none new, none missing in the second."""
        here = (RECORD.c.pair_id == self.pair_id) & (RECORD.c.side == side.value)
        missing = select(RECORD.c.id).where(here, RECORD.c.seen_scan_id == first).limit(1)
        new = select(RECORD.c.id).where(here, RECORD.c.first_scan_id == second).limit(1)
        return not connection.execute(missing).first() and not connection.execute(new).first()

    def cursor(self, connection: Connection, side: SideName) -> str | None:
        query = select(CURSOR.c.value).where(CURSOR.c.pair_id == self.pair_id, CURSOR.c.side == side.value)
        return connection.execute(query).scalar_one_or_none()

    def move_cursor(self, connection: Connection, side: SideName, value: str, now: datetime) -> None:
        here = (CURSOR.c.pair_id == self.pair_id) & (CURSOR.c.side == side.value)
        if connection.execute(update(CURSOR).where(here).values(value=value, moved_at=now)).rowcount == 0:
            row = {"pair_id": self.pair_id, "side": side.value, "value": value, "moved_at": now}
            connection.execute(insert(CURSOR).values(**row))

    def setting(self, connection: Connection, name: str) -> Json:
        query = select(SETTING.c.value_json).where(SETTING.c.pair_id == self.pair_id, SETTING.c.name == name)
        return load(connection.execute(query).scalar_one_or_none())

    def set_setting(self, connection: Connection, name: str, value: Json) -> None:
        here = (SETTING.c.pair_id == self.pair_id) & (SETTING.c.name == name)
        if connection.execute(update(SETTING).where(here).values(value_json=dump(value))).rowcount == 0:
            connection.execute(insert(SETTING).values(pair_id=self.pair_id, name=name, value_json=dump(value)))
