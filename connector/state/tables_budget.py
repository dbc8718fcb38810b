"""What the processes that share a quota key tell each other: neither read nor decided, gone by itself."""

from __future__ import annotations

from datetime import datetime

from sqlmodel import Field, SQLModel

from connector.state.columns import row_id, when


class Budget(SQLModel, table=True):
    """One quota key, named by a digest: no credential can be told from it. `paused_until`: the server asked for a pause
    (429); `allowance_*`: what its headers said is left, where that is less than our own count; `noted_at`: when these
    were written, by which a clock that was put back since is noticed."""

    __tablename__ = "budget"
    key: str = Field(primary_key=True)
    paused_until: datetime | None = when()
    allowance_left: int | None = None
    allowance_until: datetime | None = when()
    noted_at: datetime | None = when()


class BudgetUse(SQLModel, table=True):
    """Passes that one process took. `answered_at` NULL: requests may be under way, until `ends_at` at most; `passes` 0:
    a place in the queue, kept until `ends_at`."""

    __tablename__ = "budget_use"
    id: int | None = row_id()
    key: str = Field(foreign_key="budget.key", index=True)
    owner: str
    passes: int
    answered_at: datetime | None = when()
    ends_at: datetime | None = when(nullable=False)
