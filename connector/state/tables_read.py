"""What was read: runs with their requests and plans, scans, records and their keys."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Column, Index, UniqueConstraint, text
from sqlmodel import Field, SQLModel

from connector.state.columns import BigId, digest, row_id, text_column, when


class Run(SQLModel, table=True):
    """One execution. `kind`: diff, backfill, sync, quick. `state`: running, done, partly, refused, failed, stopped."""

    __tablename__ = "run"
    id: int | None = row_id()
    pair_id: int = Field(foreign_key="pair.id", index=True)
    kind: str
    state: str = "running"
    started_at: datetime | None = when(nullable=False)
    ended_at: datetime | None = when()
    exit_code: int | None = None
    counts_json: str = text_column("{}")
    error_json: str | None = text_column(None)
    plan_id: int | None = None


class Request(SQLModel, table=True):
    """One HTTP request: never a body, never a query value."""

    __tablename__ = "request"
    id: int | None = row_id()
    run_id: int = Field(foreign_key="run.id", index=True)
    side: str
    at: datetime | None = when(nullable=False)
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
    id: int | None = row_id()
    pair_id: int = Field(foreign_key="pair.id")
    run_id: int = Field(foreign_key="run.id")
    side: str
    kind: str
    state: str = "running"
    reason: str | None = None
    started_at: datetime | None = when(nullable=False)
    ended_at: datetime | None = when()
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
    id: int | None = row_id()
    pair_id: int = Field(foreign_key="pair.id")
    side: str
    remote_id: str
    wire_digest: bytes | None = digest()
    value_digest: bytes | None = digest()
    reader_version: str = ""
    wire_json: str = text_column("{}")
    fields_json: str = text_column("{}")
    unknown_json: str = text_column("{}")
    traits_json: str = text_column("{}")
    name: str = text_column("")
    anonym: bool = False
    deleted: bool = False
    activity: int = 0
    first_scan_id: int = 0
    seen_scan_id: int = 0
    read_at: datetime | None = when(nullable=False)
    changed_at: datetime | None = when(nullable=False)
    server_updated_at: datetime | None = when()
    missing_scans: int = 0
    gone_at: datetime | None = when()
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


class FormerKey(SQLModel, table=True):
    """A phone number or e-mail that a record held once and gave up, so that a number which goes from one guest to
    another is known as such, and two records that shared one stay a question. `until`: when a reading first showed the
    record without it."""

    __tablename__ = "former_key"
    record_id: int = Field(sa_column=Column(BigId, primary_key=True))
    kind: str = Field(primary_key=True)
    key: str = Field(primary_key=True)
    pair_id: int
    side: str
    until: datetime | None = when(nullable=False)
    __table_args__ = (Index("ix_former_key_lookup", "pair_id", "kind", "key"),)


class PlanRow(SQLModel, table=True):
    """One plan: the product of one run; decides nothing until it is applied."""

    __tablename__ = "plan"
    id: int | None = row_id()
    pair_id: int = Field(foreign_key="pair.id", index=True)
    run_id: int = Field(foreign_key="run.id")
    created_at: datetime | None = when(nullable=False)
    hash: str = ""
    state: str = "draft"
    basis_json: str = text_column("{}")
    summary_json: str = text_column("{}")
    verdict_json: str = text_column("{}")


class PlanEntryRow(SQLModel, table=True):
    """One entry of a plan, in order: (rank, side, sort key). `entry_json` is `connector.domain.plan.Entry.to_json`."""

    __tablename__ = "plan_entry"
    id: int | None = row_id()
    plan_id: int = Field(foreign_key="plan.id")
    rank: int
    side: str = ""
    sort_key: str = ""
    kind: str
    clopos_record_id: int | None = Field(default=None, sa_column=Column(BigId, nullable=True))
    checkandplace_record_id: int | None = Field(default=None, sa_column=Column(BigId, nullable=True))
    entry_json: str = text_column("{}")
    __table_args__ = (
        Index("ix_plan_entry_order", "plan_id", "rank", "side", "sort_key", "id"),
        Index("ix_plan_entry_clopos", "plan_id", "kind", "clopos_record_id"),
        Index("ix_plan_entry_checkandplace", "plan_id", "kind", "checkandplace_record_id"),
    )
