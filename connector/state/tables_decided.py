"""What was decided: pairs and their leases, links, proposals, queues, intents, history, cursors, settings."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Column, Index, LargeBinary, UniqueConstraint, text
from sqlmodel import Field, SQLModel

from connector.state.columns import BigId, digest, row_id, text_column, when


class Pair(SQLModel, table=True):
    """One configured pair. What was learned about its servers (`learned_json`: page sizes), the results of its probes,
    and how far the backfill is. `store_digest` recognises one Check&Place store under two pairs (CP-31)."""

    __tablename__ = "pair"
    id: int | None = row_id()
    name: str = Field(unique=True)
    created_at: datetime | None = when(nullable=False)
    store_digest: str | None = None
    brand: str = ""
    reader_version: str = ""
    probes_json: str = text_column("{}")
    learned_json: str = text_column("{}")
    backfill_approved_at: datetime | None = when()
    backfill_approval_json: str = text_column("{}")
    backfill_finished_at: datetime | None = when()
    paused_at: datetime | None = when()


class Lease(SQLModel, table=True):
    """One run per pair, anywhere. `epoch` grows with each owner; every state write of a run carries it."""

    __tablename__ = "lease"
    pair_id: int = Field(primary_key=True, foreign_key="pair.id")
    owner: str = ""
    epoch: int = 0
    expires_at: datetime | None = when()


class BrandLease(SQLModel, table=True):
    """One writing run per Clopos brand, anywhere: two pairs on one brand never write at the same time."""

    __tablename__ = "brand_lease"
    brand: str = Field(primary_key=True)
    owner: str = ""
    epoch: int = 0
    expires_at: datetime | None = when()


LINK_IS_DIRTY = "state = 'active' AND (clopos_now <> clopos_base OR checkandplace_now <> checkandplace_base)"


class Link(SQLModel, table=True):
    """Two records, one a side, are the same person. `state`: active, broken, superseded, disputed, rejected.

    The four digests make "what changed" one indexed look: a link is dirty when a side's digest now differs from the
    digest at its base (never NULL: an empty base digest means never settled). `bases_*_json`: field -> {"value":
    Value.to_json, "wire": {attribute: wire value}}. `sent_json`: fields that were sent and are not verified yet:
    field -> {"value": ..., "before": ..., "at": ISO time}.
    """

    __tablename__ = "link"
    id: int | None = row_id()
    pair_id: int = Field(foreign_key="pair.id")
    clopos_record_id: int = Field(sa_column=Column(BigId, nullable=False))
    checkandplace_record_id: int = Field(sa_column=Column(BigId, nullable=False))
    state: str = "active"
    band: str = "sure"
    why: str = ""
    evidence_json: str = text_column("{}")
    decided_by: str = "connector"
    decided_at: datetime | None = when(nullable=False)
    run_id: int | None = None
    state_reason: str | None = None
    state_at: datetime | None = when()
    clopos_now: bytes = Field(default=b"", sa_column=Column(LargeBinary(16), nullable=False, default=b""))
    clopos_base: bytes = Field(default=b"", sa_column=Column(LargeBinary(16), nullable=False, default=b""))
    checkandplace_now: bytes = Field(default=b"", sa_column=Column(LargeBinary(16), nullable=False, default=b""))
    checkandplace_base: bytes = Field(default=b"", sa_column=Column(LargeBinary(16), nullable=False, default=b""))
    bases_clopos_json: str = text_column("{}")
    bases_checkandplace_json: str = text_column("{}")
    sent_json: str = text_column("{}")
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
    id: int | None = row_id()
    pair_id: int = Field(foreign_key="pair.id", index=True)
    clopos_record_id: int = Field(sa_column=Column(BigId, nullable=False))
    checkandplace_record_id: int = Field(sa_column=Column(BigId, nullable=False))
    state: str = "open"
    band: str = "review"
    why: str = ""
    evidence_json: str = text_column("{}")
    opened_at: datetime | None = when(nullable=False)
    decided_by: str | None = None
    decided_at: datetime | None = when()
    __table_args__ = (UniqueConstraint("clopos_record_id", "checkandplace_record_id", name="uq_proposal_pair"),)


class QueueEntry(SQLModel, table=True):
    """One conflict, task or hold: one open entry per subject and field or code.

    `kind`: conflict, task, hold. `subject` names the link's two records or the one record (`c12:p7`, `c12`, `p7`;
    numbers are record row ids). `topic` is the field or the hold's code. `state`: open, ticked, closed, moot, ignored.
    `facts_json`: values and bases of both sides, the value to type, holders. `resolution`: what staff decided and is
    not carried out yet (clopos, checkandplace, different, retry). Of a hold: `attempts` how often it was sent and
    refused, `tried_at` when last, `next_try_at` when it is sent again by itself, `answer_json` what the server said
    (status, attribute, its own code; never a text); of a task: how often it was opened again.
    """

    __tablename__ = "queue_entry"
    id: int | None = row_id()
    pair_id: int = Field(foreign_key="pair.id")
    kind: str
    subject: str
    topic: str
    code: str = ""
    side: str | None = None
    clopos_record_id: int | None = Field(default=None, sa_column=Column(BigId, nullable=True))
    checkandplace_record_id: int | None = Field(default=None, sa_column=Column(BigId, nullable=True))
    state: str = "open"
    sentence: str = text_column("")
    next_step: str = text_column("")
    facts_json: str = text_column("{}")
    source_digest: bytes | None = digest()
    opened_at: datetime | None = when(nullable=False)
    judged_at: datetime | None = when()
    ticked_at: datetime | None = when()
    closed_at: datetime | None = when()
    closed_why: str | None = None
    resolution: str | None = None
    resolved_by: str | None = None
    note: str | None = text_column(None)
    attempts: int = 0
    tried_at: datetime | None = when()
    next_try_at: datetime | None = when()
    answer_json: str | None = text_column(None)
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
    id: int | None = row_id()
    pair_id: int = Field(foreign_key="pair.id")
    run_id: int = Field(foreign_key="run.id")
    epoch: int = 0
    side: str
    verb: str
    clopos_record_id: int | None = Field(default=None, sa_column=Column(BigId, nullable=True))
    checkandplace_record_id: int | None = Field(default=None, sa_column=Column(BigId, nullable=True))
    target_id: str | None = None
    cid: str | None = None
    body_json: str = text_column("{}")
    facts_json: str = text_column("{}")
    reading_age_s: float | None = None
    scan_mark: int = 0
    absent_scans: int = 0
    state: str = "open"
    created_at: datetime | None = when(nullable=False)
    sent_at: datetime | None = when()
    settled_at: datetime | None = when()
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
    id: int | None = row_id()
    pair_id: int = Field(foreign_key="pair.id", index=True)
    run_id: int = Field(foreign_key="run.id", index=True)
    intent_id: int | None = None
    request_id: int | None = None
    at: datetime | None = when(nullable=False)
    side: str
    verb: str
    clopos_record_id: int | None = Field(default=None, sa_column=Column(BigId, nullable=True, index=True))
    checkandplace_record_id: int | None = Field(default=None, sa_column=Column(BigId, nullable=True, index=True))
    field: str
    before_json: str | None = text_column(None)
    after_json: str | None = text_column(None)
    bases_json: str | None = text_column(None)
    rule: str = ""
    row: str = ""
    reading_age_s: float | None = None


class Cursor(SQLModel, table=True):
    """How far the quick reading of a side got: the newest `updated_at` the server returned (CL-15, CL-45)."""

    __tablename__ = "cursor"
    pair_id: int = Field(primary_key=True, foreign_key="pair.id")
    side: str = Field(primary_key=True)
    value: str | None = None
    moved_at: datetime | None = when()


class Setting(SQLModel, table=True):
    """Small durable decisions of a pair or of the state: approvals, counts confirmed, fingerprints."""

    __tablename__ = "setting"
    pair_id: int = Field(primary_key=True)
    name: str = Field(primary_key=True)
    value_json: str = text_column("null")
