"""The tables of the state database (SQLModel on SQLite or PostgreSQL).

Two kinds of tables, which the promise "dry means dry" tells apart: what was *read* (scan, record, record_key, run,
request and the plan of a run) and what is *decided* (everything else). `READ_TABLES` and `DECIDED_TABLES` list them.

JSON lives in text columns (`*_json`), written with `\\u` escapes, so that no text of a server can fail to be stored.
Times are aware UTC. A record's row id (`record.id`) is internal; its identity is (pair, side, remote id).
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    Column,
    DateTime,
    Index,
    Integer,
    LargeBinary,
    Text,
    TypeDecorator,
    UniqueConstraint,
    text,
)
from sqlmodel import Field, SQLModel

BigId = BigInteger().with_variant(Integer, "sqlite")


class UtcDateTime(TypeDecorator[datetime]):
    """Aware UTC in, aware UTC out; a naive time is a programming error."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Any) -> datetime | None:  # noqa: ARG002 - signature of SQLAlchemy
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("naive datetime in the state")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Any) -> datetime | None:  # noqa: ARG002 - signature of SQLAlchemy
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


def _when(*, nullable: bool = True) -> Any:
    return Field(default=None, sa_column=Column(UtcDateTime(), nullable=nullable))


def _id() -> Any:
    return Field(default=None, sa_column=Column(BigId, primary_key=True, autoincrement=True))


def _text(default: str | None = None) -> Any:
    return Field(default=default, sa_column=Column(Text, nullable=default is None, default=default))


def _digest() -> Any:
    return Field(default=None, sa_column=Column(LargeBinary(16), nullable=True))


class Pair(SQLModel, table=True):
    """One configured pair. What was learned about its servers (`learned_json`: page sizes), the results of its probes,
    and how far the backfill is. `store_digest` recognises one Check&Place store under two pairs (CP-31)."""

    __tablename__ = "pair"
    id: int | None = _id()
    name: str = Field(unique=True)
    created_at: datetime | None = _when(nullable=False)
    store_digest: str | None = None
    brand: str = ""
    reader_version: str = ""
    probes_json: str = _text("{}")
    learned_json: str = _text("{}")
    backfill_approved_at: datetime | None = _when()
    backfill_approval_json: str = _text("{}")
    backfill_finished_at: datetime | None = _when()
    paused_at: datetime | None = _when()


class Lease(SQLModel, table=True):
    """One run per pair, anywhere. `epoch` grows with each owner; every state write of a run carries it."""

    __tablename__ = "lease"
    pair_id: int = Field(primary_key=True, foreign_key="pair.id")
    owner: str = ""
    epoch: int = 0
    expires_at: datetime | None = _when()


class BrandLease(SQLModel, table=True):
    """One writing run per Clopos brand, anywhere: two pairs on one brand never write at the same time."""

    __tablename__ = "brand_lease"
    brand: str = Field(primary_key=True)
    owner: str = ""
    epoch: int = 0
    expires_at: datetime | None = _when()


class Run(SQLModel, table=True):
    """One execution. `kind`: diff, backfill, sync, quick. `state`: running, done, partly, refused, failed, stopped."""

    __tablename__ = "run"
    id: int | None = _id()
    pair_id: int = Field(foreign_key="pair.id", index=True)
    kind: str
    state: str = "running"
    started_at: datetime | None = _when(nullable=False)
    ended_at: datetime | None = _when()
    exit_code: int | None = None
    counts_json: str = _text("{}")
    error_json: str | None = _text(None)
    plan_id: int | None = None


class Request(SQLModel, table=True):
    """One HTTP request: never a body, never a query value."""

    __tablename__ = "request"
    id: int | None = _id()
    run_id: int = Field(foreign_key="run.id", index=True)
    side: str
    at: datetime | None = _when(nullable=False)
    method: str
    route: str
    purpose: str
    status: int | None = None
    error: str | None = None
    attempt: int = 1
    milliseconds: int = 0


class Scan(SQLModel, table=True):
    """One reading of one side. `state`: running, complete, torn. `kind`: full, quick."""

    __tablename__ = "scan"
    id: int | None = _id()
    pair_id: int = Field(foreign_key="pair.id")
    run_id: int = Field(foreign_key="run.id")
    side: str
    kind: str
    state: str = "running"
    reason: str | None = None
    started_at: datetime | None = _when(nullable=False)
    ended_at: datetime | None = _when()
    pages: int = 0
    rows: int = 0
    new_rows: int = 0
    changed_rows: int = 0
    bad_rows: int = 0
    total: int | None = None
    __table_args__ = (Index("ix_scan_latest", "pair_id", "side", "kind", "state", "id"),)


class Record(SQLModel, table=True):
    """What one side holds about one customer, as last read.

    `wire_digest` is over the row's bytes, `value_digest` over the mapped values of the compared fields. `wire_json`
    holds the wire values of the mapped attributes, `fields_json` the last known value of every field (Value.to_json),
    `unknown_json` the fields that are unknown now with their warning, `traits_json` the traits. `missing_scans` counts
    complete scans in a row without it; `gone_at` when it was found gone (`deleted`: the side itself says so, CL-10);
    `suspect` why it may now be another person (changed hands). `server_updated_at` is the side's own time stamp: it
    moves the quick run's cursor and decides nothing else (CL-15, CL-45).
    """

    __tablename__ = "record"
    id: int | None = _id()
    pair_id: int = Field(foreign_key="pair.id")
    side: str
    remote_id: str
    wire_digest: bytes | None = _digest()
    value_digest: bytes | None = _digest()
    reader_version: str = ""
    wire_json: str = _text("{}")
    fields_json: str = _text("{}")
    unknown_json: str = _text("{}")
    traits_json: str = _text("{}")
    name: str = _text("")
    anonym: bool = False
    deleted: bool = False
    activity: int = 0
    first_scan_id: int = 0
    seen_scan_id: int = 0
    read_at: datetime | None = _when(nullable=False)
    changed_at: datetime | None = _when(nullable=False)
    server_updated_at: datetime | None = _when()
    missing_scans: int = 0
    gone_at: datetime | None = _when()
    suspect: str | None = None
    __table_args__ = (
        UniqueConstraint("pair_id", "side", "remote_id", name="uq_record_identity"),
        Index("ix_record_seen", "pair_id", "side", "seen_scan_id"),
        Index("ix_record_missing", "pair_id", "side", "missing_scans", sqlite_where=text("missing_scans > 0"),
              postgresql_where=text("missing_scans > 0")),
    )  # fmt: skip


class RecordKey(SQLModel, table=True):
    """One match key of one record; on Check&Place the kind `cid` is the cid derived from it."""

    __tablename__ = "record_key"
    record_id: int = Field(sa_column=Column(BigId, primary_key=True))
    kind: str = Field(primary_key=True)
    key: str = Field(primary_key=True)
    pair_id: int
    side: str
    __table_args__ = (Index("ix_record_key_lookup", "pair_id", "kind", "key", "side"),)


LINK_IS_DIRTY = "state = 'active' AND (clopos_now <> clopos_base OR checkandplace_now <> checkandplace_base)"


class Link(SQLModel, table=True):
    """Two records, one a side, are the same person. `state`: active, broken, superseded, disputed, rejected.

    The four digests make "what changed" one indexed look: a link is dirty when a side's digest now differs from the
    digest at its base (never NULL: an empty base digest means never settled). `bases_*_json`: field -> {"value":
    Value.to_json, "wire": {attribute: wire value}}. `sent_json`: fields that were sent and are not verified yet:
    field -> {"value": ..., "before": ..., "at": ISO time}.
    """

    __tablename__ = "link"
    id: int | None = _id()
    pair_id: int = Field(foreign_key="pair.id")
    clopos_record_id: int = Field(sa_column=Column(BigId, nullable=False))
    checkandplace_record_id: int = Field(sa_column=Column(BigId, nullable=False))
    state: str = "active"
    band: str = "sure"
    why: str = ""
    evidence_json: str = _text("{}")
    decided_by: str = "connector"
    decided_at: datetime | None = _when(nullable=False)
    run_id: int | None = None
    state_reason: str | None = None
    state_at: datetime | None = _when()
    clopos_now: bytes = Field(default=b"", sa_column=Column(LargeBinary(16), nullable=False, default=b""))
    clopos_base: bytes = Field(default=b"", sa_column=Column(LargeBinary(16), nullable=False, default=b""))
    checkandplace_now: bytes = Field(default=b"", sa_column=Column(LargeBinary(16), nullable=False, default=b""))
    checkandplace_base: bytes = Field(default=b"", sa_column=Column(LargeBinary(16), nullable=False, default=b""))
    bases_clopos_json: str = _text("{}")
    bases_checkandplace_json: str = _text("{}")
    sent_json: str = _text("{}")
    __table_args__ = (
        Index("uq_link_clopos", "clopos_record_id", unique=True, sqlite_where=text("state = 'active'"),
              postgresql_where=text("state = 'active'")),
        Index("uq_link_checkandplace", "checkandplace_record_id", unique=True, sqlite_where=text("state = 'active'"),
              postgresql_where=text("state = 'active'")),
        Index("ix_link_clopos_record", "clopos_record_id"),
        Index("ix_link_checkandplace_record", "checkandplace_record_id"),
        Index("ix_link_dirty", "pair_id", "id", sqlite_where=text(LINK_IS_DIRTY), postgresql_where=text(LINK_IS_DIRTY)),
    )  # fmt: skip


class Proposal(SQLModel, table=True):
    """A link not yet made. `state`: open, accepted, rejected ("different", for good), moot."""

    __tablename__ = "proposal"
    id: int | None = _id()
    pair_id: int = Field(foreign_key="pair.id", index=True)
    clopos_record_id: int = Field(sa_column=Column(BigId, nullable=False))
    checkandplace_record_id: int = Field(sa_column=Column(BigId, nullable=False))
    state: str = "open"
    band: str = "review"
    why: str = ""
    evidence_json: str = _text("{}")
    opened_at: datetime | None = _when(nullable=False)
    decided_by: str | None = None
    decided_at: datetime | None = _when()
    __table_args__ = (UniqueConstraint("clopos_record_id", "checkandplace_record_id", name="uq_proposal_pair"),)


class QueueEntry(SQLModel, table=True):
    """One conflict, task or hold: one open entry per subject and field or code.

    `kind`: conflict, task, hold. `subject` names the link's two records or the one record (`c12:p7`, `c12`, `p7`;
    numbers are record row ids). `topic` is the field or the hold's code. `state`: open, ticked, closed, moot, ignored.
    `facts_json`: values and bases of both sides, the value to type, holders. `resolution`: what staff decided and is
    not carried out yet (clopos, checkandplace, different, retry).
    """

    __tablename__ = "queue_entry"
    id: int | None = _id()
    pair_id: int = Field(foreign_key="pair.id")
    kind: str
    subject: str
    topic: str
    code: str = ""
    side: str | None = None
    clopos_record_id: int | None = Field(default=None, sa_column=Column(BigId, nullable=True))
    checkandplace_record_id: int | None = Field(default=None, sa_column=Column(BigId, nullable=True))
    state: str = "open"
    sentence: str = _text("")
    next_step: str = _text("")
    facts_json: str = _text("{}")
    source_digest: bytes | None = _digest()
    opened_at: datetime | None = _when(nullable=False)
    judged_at: datetime | None = _when()
    ticked_at: datetime | None = _when()
    closed_at: datetime | None = _when()
    closed_why: str | None = None
    resolution: str | None = None
    resolved_by: str | None = None
    note: str | None = _text(None)
    attempts: int = 0
    __table_args__ = (
        Index("uq_queue_entry_open", "pair_id", "subject", "topic", unique=True,
              sqlite_where=text("state IN ('open', 'ticked', 'ignored')"),
              postgresql_where=text("state IN ('open', 'ticked', 'ignored')")),
        Index("ix_queue_entry_kind", "pair_id", "kind", "state"),
    )  # fmt: skip


class Intent(SQLModel, table=True):
    """The durable note, written before a request is sent.

    `state`: open, in-doubt, accepted, done, refused, dropped, held. `scan_mark` is the newest scan of the target side
    at the time of sending: a record whose first scan is later was in no listing before the send. `absent_scans` counts
    complete listings begun 60 s or more after the send without it.
    """

    __tablename__ = "intent"
    id: int | None = _id()
    pair_id: int = Field(foreign_key="pair.id")
    run_id: int = Field(foreign_key="run.id")
    epoch: int = 0
    side: str
    verb: str
    clopos_record_id: int | None = Field(default=None, sa_column=Column(BigId, nullable=True))
    checkandplace_record_id: int | None = Field(default=None, sa_column=Column(BigId, nullable=True))
    target_id: str | None = None
    cid: str | None = None
    body_json: str = _text("{}")
    facts_json: str = _text("{}")
    reading_age_s: float | None = None
    scan_mark: int = 0
    absent_scans: int = 0
    state: str = "open"
    created_at: datetime | None = _when(nullable=False)
    sent_at: datetime | None = _when()
    settled_at: datetime | None = _when()
    outcome: str | None = None
    status: int | None = None
    request_id: int | None = None
    attempts: int = 0
    __table_args__ = (
        Index("ix_intent_unsettled", "pair_id", "state", sqlite_where=text("settled_at IS NULL"),
              postgresql_where=text("settled_at IS NULL")),
    )  # fmt: skip


class History(SQLModel, table=True):
    """One field of one record, written by us: before, after, bases, rule, run, request. Never overwritten."""

    __tablename__ = "history"
    id: int | None = _id()
    pair_id: int = Field(foreign_key="pair.id", index=True)
    run_id: int = Field(foreign_key="run.id", index=True)
    intent_id: int | None = None
    request_id: int | None = None
    at: datetime | None = _when(nullable=False)
    side: str
    verb: str
    clopos_record_id: int | None = Field(default=None, sa_column=Column(BigId, nullable=True, index=True))
    checkandplace_record_id: int | None = Field(default=None, sa_column=Column(BigId, nullable=True, index=True))
    field: str
    before_json: str | None = _text(None)
    after_json: str | None = _text(None)
    bases_json: str | None = _text(None)
    rule: str = ""
    row: str = ""
    reading_age_s: float | None = None


class Cursor(SQLModel, table=True):
    """How far the quick reading of a side got: the newest `updated_at` the server returned (CL-15, CL-45)."""

    __tablename__ = "cursor"
    pair_id: int = Field(primary_key=True, foreign_key="pair.id")
    side: str = Field(primary_key=True)
    value: str | None = None
    moved_at: datetime | None = _when()


class Setting(SQLModel, table=True):
    """Small durable decisions of a pair or of the state: approvals, counts confirmed, fingerprints."""

    __tablename__ = "setting"
    pair_id: int = Field(primary_key=True)
    name: str = Field(primary_key=True)
    value_json: str = _text("null")


class PlanRow(SQLModel, table=True):
    """One plan: the product of one run; decides nothing until it is applied."""

    __tablename__ = "plan"
    id: int | None = _id()
    pair_id: int = Field(foreign_key="pair.id", index=True)
    run_id: int = Field(foreign_key="run.id")
    created_at: datetime | None = _when(nullable=False)
    hash: str = ""
    state: str = "draft"
    basis_json: str = _text("{}")
    summary_json: str = _text("{}")
    verdict_json: str = _text("{}")


class PlanEntryRow(SQLModel, table=True):
    """One entry of a plan, in order: (rank, side, sort key). `entry_json` is `connector.domain.plan.Entry.to_json`."""

    __tablename__ = "plan_entry"
    id: int | None = _id()
    plan_id: int = Field(foreign_key="plan.id")
    rank: int
    side: str = ""
    sort_key: str = ""
    kind: str
    clopos_record_id: int | None = Field(default=None, sa_column=Column(BigId, nullable=True))
    checkandplace_record_id: int | None = Field(default=None, sa_column=Column(BigId, nullable=True))
    entry_json: str = _text("{}")
    __table_args__ = (
        Index("ix_plan_entry_order", "plan_id", "rank", "side", "sort_key", "id"),
        Index("ix_plan_entry_clopos", "plan_id", "kind", "clopos_record_id"),
        Index("ix_plan_entry_checkandplace", "plan_id", "kind", "checkandplace_record_id"),
    )


READ_TABLES = ("scan", "record", "record_key", "run", "request", "plan", "plan_entry")
DECIDED_TABLES = ("pair", "link", "proposal", "queue_entry", "intent", "history", "cursor", "setting")
# `lease` and `brand_lease` are neither: a run holds them while it reads.
