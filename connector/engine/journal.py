"""The request log of a run: kept in memory, stored with each unit of work, so that logging costs no transaction."""

from __future__ import annotations

from typing import Any

from connector.engine.context import Stores
from connector.sides.port import Answered


class StoredJournal:
    """A `Journal` of the sides' port that stores its lines as rows of `request`."""

    def __init__(self, stores: Stores) -> None:
        self._stores = stores
        self._waiting: list[dict[str, Any]] = []
        self.count = 0

    def note(self, answered: Answered) -> int | None:
        """Keep one line; its number in this run."""
        self.count += 1
        self._waiting.append({
            "side": answered.side.value, "at": answered.at, "method": answered.method, "route": answered.route,
            "purpose": answered.purpose, "status": answered.status, "error": answered.error,
            "attempt": answered.attempt, "milliseconds": answered.milliseconds,
        })  # fmt: skip
        return self.count

    def flush(self, run_id: int) -> None:
        """Store what was kept, under this run."""
        if self._waiting and run_id:
            rows = [{**row, "run_id": run_id} for row in self._waiting]
            self._waiting.clear()
            with self._stores.database.write() as connection:
                self._stores.runs.log_requests(connection, rows)
