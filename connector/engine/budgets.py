"""The budgets of a process, shared with all others on the same state: the ledger that `sides` needs is the state's."""

from __future__ import annotations

from sqlalchemy import Engine

from connector.sides.budget import Budgets
from connector.sides.port import Clock
from connector.state.budgets import StoredLedger


def shared_budgets(engine: Engine, clock: Clock) -> Budgets:
    """Budgets by quota key, kept together with every process on the state behind `engine`."""
    return Budgets(clock, StoredLedger(engine))
