"""Intents and the history of fields: what was about to be sent, what came of it, what was overwritten."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, RowMapping, func, insert, or_, select, update

from connector.domain.values import Json, SideName
from connector.state.core import HISTORY, INTENT, Database, chunks, dump, load


@dataclass(frozen=True, slots=True)
class IntentView:
    """An intent as the engine sees it. `facts`: fields sent (field -> {before, after}), who decided, why."""

    id: int
    run_id: int
    side: SideName
    verb: str
    clopos_row: int | None
    checkandplace_row: int | None
    target_id: str | None
    cid: str | None
    body: Mapping[str, Json]
    facts: Mapping[str, Json]
    scan_mark: int
    absent_scans: int
    state: str
    created_at: datetime
    sent_at: datetime | None
    attempts: int
    status: int | None
    outcome: str | None

    @property
    def source_row(self) -> int | None:
        """The row id of the record a create's values come from."""
        return self.checkandplace_row if self.side is SideName.CLOPOS else self.clopos_row


def intent_from_row(row: RowMapping) -> IntentView:
    """A row of `intent` as a value."""
    return IntentView(
        id=row["id"], run_id=row["run_id"], side=SideName(row["side"]), verb=row["verb"],
        clopos_row=row["clopos_record_id"], checkandplace_row=row["checkandplace_record_id"],
        target_id=row["target_id"], cid=row["cid"], body=load(row["body_json"]), facts=load(row["facts_json"]),
        scan_mark=row["scan_mark"], absent_scans=row["absent_scans"], state=row["state"],
        created_at=row["created_at"], sent_at=row["sent_at"], attempts=row["attempts"], status=row["status"],
        outcome=row["outcome"],
    )  # fmt: skip


class IntentStore:
    """Questions about writes of one pair that are, were or may be under way."""

    def __init__(self, database: Database) -> None:
        self.pair_id = database.pair_id

    def open(self, connection: Connection, **values: Any) -> int:
        """Write the note that comes before the request; returns its id."""
        for name in ("body", "facts"):
            values[f"{name}_json"] = dump(dict(values.pop(name)))
        result = connection.execute(insert(INTENT).values(pair_id=self.pair_id, state="open", **values))
        assert result.inserted_primary_key is not None
        return int(result.inserted_primary_key[0])

    def set(self, connection: Connection, intent_id: int, **values: Any) -> None:
        if "facts" in values:
            values["facts_json"] = dump(dict(values.pop("facts")))
        connection.execute(update(INTENT).where(INTENT.c.id == intent_id).values(**values))

    def facts(self, connection: Connection, intent_id: int) -> Mapping[str, Json]:
        """What was noted of an intent: fields, who, why, wire values."""
        query = select(INTENT.c.facts_json).where(INTENT.c.id == intent_id, INTENT.c.pair_id == self.pair_id)
        found: Mapping[str, Json] = load(connection.execute(query).scalar_one_or_none()) or {}
        return found

    def unsettled(self, connection: Connection) -> list[IntentView]:
        """Intents whose outcome is not known yet, oldest first."""
        query = select(INTENT).where(INTENT.c.pair_id == self.pair_id, INTENT.c.settled_at.is_(None))
        return [intent_from_row(row) for row in connection.execute(query.order_by(INTENT.c.id)).mappings()]

    def in_doubt_since(self, connection: Connection) -> datetime | None:
        """When the newest request went out whose outcome is not known yet; None where every outcome is."""
        query = select(func.max(INTENT.c.sent_at)).where(
            INTENT.c.pair_id == self.pair_id, INTENT.c.settled_at.is_(None)
        )
        newest: datetime | None = connection.scalar(query)
        return newest

    def made_from(self, connection: Connection, side: SideName, rows: Iterable[int]) -> frozenset[int]:
        """Those of these source records from which a create on `side` was done, or may have been."""
        source = INTENT.c.checkandplace_record_id if side is SideName.CLOPOS else INTENT.c.clopos_record_id
        found: list[int] = []
        for chunk in chunks(rows, 400):
            query = select(source).where(
                INTENT.c.pair_id == self.pair_id, INTENT.c.side == side.value, INTENT.c.verb == "create",
                source.in_(chunk), INTENT.c.state.in_(("done", "held", "in-doubt", "accepted")),
            )  # fmt: skip
            found.extend(connection.scalars(query))
        return frozenset(found)

    def count_made(self, connection: Connection, side: SideName, since: datetime) -> int:
        """How many records the connector made on a side since then, or may have made."""
        query = select(func.count()).where(
            INTENT.c.pair_id == self.pair_id, INTENT.c.side == side.value, INTENT.c.verb == "create",
            INTENT.c.created_at >= since, INTENT.c.state.in_(("done", "held", "in-doubt", "accepted", "open")),
        )  # fmt: skip
        return int(connection.execute(query).scalar_one())

    def of_records(self, connection: Connection, rows: Iterable[int]) -> list[IntentView]:
        """All intents about these records, oldest first."""
        found: dict[int, IntentView] = {}
        for chunk in chunks(rows, 400):
            query = select(INTENT).where(
                INTENT.c.pair_id == self.pair_id,
                or_(INTENT.c.clopos_record_id.in_(chunk), INTENT.c.checkandplace_record_id.in_(chunk)),
            )
            found.update({row["id"]: intent_from_row(row) for row in connection.execute(query).mappings()})
        return [found[key] for key in sorted(found)]


class HistoryStore:
    """Every value that was overwritten by us, field by field."""

    def __init__(self, database: Database) -> None:
        self.pair_id = database.pair_id

    def add(self, connection: Connection, rows: Iterable[Mapping[str, Any]]) -> None:
        """Rows of `history` without the pair; `before`, `after` and `bases` as JSON-able data."""
        ready = []
        for row in rows:
            plain = dict(row)
            for name in ("before", "after", "bases"):
                value = plain.pop(name, None)
                plain[f"{name}_json"] = None if value is None else dump(value)
            ready.append({"pair_id": self.pair_id, **plain})
        if ready:
            connection.execute(insert(HISTORY), ready)

    def of_records(self, connection: Connection, rows: Iterable[int]) -> list[RowMapping]:
        """The history of these records, oldest first."""
        found: dict[int, RowMapping] = {}
        for chunk in chunks(rows, 400):
            query = select(HISTORY).where(
                HISTORY.c.pair_id == self.pair_id,
                or_(HISTORY.c.clopos_record_id.in_(chunk), HISTORY.c.checkandplace_record_id.in_(chunk)),
            )
            found.update({row["id"]: row for row in connection.execute(query).mappings()})
        return [found[key] for key in sorted(found)]

    def of_run(self, connection: Connection, run_id: int) -> list[RowMapping]:
        """What a run overwrote so far, oldest first."""
        query = select(HISTORY).where(HISTORY.c.pair_id == self.pair_id, HISTORY.c.run_id == run_id)
        return list(connection.execute(query.order_by(HISTORY.c.id)).mappings())
