"""The tables of the state database (SQLModel on SQLite or PostgreSQL).

Two kinds of tables, which the promise "dry means dry" tells apart: what was *read* (scan, record, record_key, run,
request and the plan of a run) and what is *decided* (everything else). `READ_TABLES` and `DECIDED_TABLES` list them.

JSON lives in text columns (`*_json`), written with `\\u` escapes, so that no text of a server can fail to be stored.
Times are aware UTC. A record's row id (`record.id`) is internal; its identity is (pair, side, remote id).
"""

from __future__ import annotations

from sqlmodel import SQLModel

from connector.state.columns import BigId, UtcDateTime
from connector.state.tables_budget import Budget, BudgetUse
from connector.state.tables_decided import (
    LINK_IS_DIRTY,
    BrandLease,
    Cursor,
    History,
    Intent,
    Lease,
    Link,
    Pair,
    Proposal,
    QueueEntry,
    Setting,
)
from connector.state.tables_read import FormerKey, PlanEntryRow, PlanRow, Record, RecordKey, Request, Run, Scan

READ_TABLES = ("scan", "record", "record_key", "former_key", "run", "request", "plan", "plan_entry")
DECIDED_TABLES = ("pair", "link", "proposal", "queue_entry", "intent", "history", "cursor", "setting")
"""The row of a pair is made by whichever run comes first, also a dry one, because all that is read hangs on it; it then
holds the names of the settings and nothing decided."""
SHARED_TABLES = ("lease", "brand_lease", "budget", "budget_use")
"""Neither: who is at work, and how many requests went out. A run writes them while it only reads, also a dry one: a
request counts in the server's quota whatever it was for. Nothing of guests is in them, and all of it ends by itself."""

__all__ = [
    "DECIDED_TABLES",
    "LINK_IS_DIRTY",
    "READ_TABLES",
    "SHARED_TABLES",
    "BigId",
    "BrandLease",
    "Budget",
    "BudgetUse",
    "Cursor",
    "FormerKey",
    "History",
    "Intent",
    "Lease",
    "Link",
    "Pair",
    "PlanEntryRow",
    "PlanRow",
    "Proposal",
    "QueueEntry",
    "Record",
    "RecordKey",
    "Request",
    "Run",
    "SQLModel",
    "Scan",
    "Setting",
    "UtcDateTime",
]
