"""What the connector's own state says that it knew: links, numbers that readings showed, requests without an outcome.

The promises are about what a reading had shown; this is where a history asks whether one had.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from connector.simulator.labels import TAIL
from tests.soak.people import CHECKANDPLACE, CLOPOS

if TYPE_CHECKING:
    from tests.engine.scene import Scene


class Seen:
    """Questions to the state database of a history."""

    def __init__(self, bench: Scene) -> None:
        self._rows = bench.rows

    def link_of(self, side: str, key: str, field: str) -> int | None:
        """The active link of a record, if this field was settled in it."""
        rows = self._rows(
            f"SELECT l.id, l.bases_clopos_json AS b FROM link l JOIN record r ON r.id = l.{side}_record_id "
            "WHERE l.state = 'active' AND r.side = :s AND r.remote_id = :k", s=side, k=key,
        )  # fmt: skip
        return int(rows[0]["id"]) if rows and f'"{field}"' in rows[0]["b"] else None

    def linked_once(self, side: str, key: str) -> list[str]:
        """The ids of all that a record was ever linked to."""
        other = CHECKANDPLACE if side == CLOPOS else CLOPOS
        rows = self._rows(
            f"SELECT o.remote_id AS k FROM link l JOIN record r ON r.id = l.{side}_record_id "
            f"JOIN record o ON o.id = l.{other}_record_id WHERE r.remote_id = :k", k=key,
        )  # fmt: skip
        return [str(row["k"]) for row in rows]

    def record(self, side: str, key: str) -> bool:
        """Whether a reading showed this record."""
        return bool(self._rows("SELECT 1 FROM record WHERE side = :s AND remote_id = :k", s=side, k=key))

    def number(self, side: str, key: str, digits: str, table: str = "record_key") -> bool:
        """Whether the last reading of a record showed that it holds this number."""
        return bool(self._rows(
            f"SELECT 1 FROM {table} k JOIN record r ON r.id = k.record_id WHERE r.side = :s AND r.remote_id = :k "
            "AND k.kind = 'phone' AND k.key LIKE :d", s=side, k=key, d=f"%{digits}",
        ))  # fmt: skip

    def number_once(self, side: str, key: str, digits: str) -> bool:
        """Whether any reading showed that it holds, or held, this number."""
        return self.number(side, key, digits) or self.number(side, key, digits, "former_key")

    def numbers(self, side: str, key: str) -> set[str]:
        """All numbers that readings showed of a record, now or before, by their last digits."""
        rows = [
            row for table in ("record_key", "former_key") for row in self._rows(
                f"SELECT k.key AS number FROM {table} k JOIN record r ON r.id = k.record_id "
                "WHERE r.side = :s AND r.remote_id = :k AND k.kind = 'phone'", s=side, k=key,
            )
        ]  # fmt: skip
        return {str(row["number"])[-TAIL:] for row in rows}

    def doubted(self, key: str, field: str) -> list[str]:
        """What this field of a Check&Place record held before the updates of it that have no outcome; and nothing where
        one of them is the first of its kind and not compared yet: an update that replaces the rest would empty it."""
        rows = self._rows(
            "SELECT facts_json AS text FROM intent WHERE side = :s AND verb = 'update' AND target_id = :k "
            "AND settled_at IS NULL", s=CHECKANDPLACE, k=key,
        )  # fmt: skip
        facts = [json.loads(row["text"]) for row in rows]
        changes = [change for fact in facts for change in fact.get("fields", []) if change["field"] == field]
        return [told(field, change.get("before")) for change in changes] + ["" for fact in facts if "before" in fact]


def told(field: str, value: object) -> str:
    """A stored value as the diary writes it."""
    data = value.get("v") if isinstance(value, dict) else None
    if not isinstance(data, dict):
        return ""
    if field == "phone":
        return str(data.get("primary", ""))[-9:]
    return " ".join(f"{data.get('first') or ''} {data.get('last') or ''}".split()).casefold()
