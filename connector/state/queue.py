"""The queues: conflicts, tasks and holds. One open entry per subject and field or code."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, RowMapping, func, insert, select, update

from connector.domain.values import Json
from connector.state.core import QUEUE, Database, chunks, dump, load

LIVE_STATES = ("open", "ticked", "ignored")


@dataclass(frozen=True, slots=True)
class Queued:
    """An entry as the engine sees it. `ignored` ones stay silent while their cause is the same."""

    id: int
    kind: str
    subject: str
    topic: str
    code: str
    side: str | None
    state: str
    opened_at: datetime
    ticked_at: datetime | None
    resolution: str | None
    source_digest: bytes | None
    sentence: str
    next_step: str
    clopos_row: int | None
    checkandplace_row: int | None
    facts: Mapping[str, Json]
    note: str | None
    attempts: int
    tried_at: datetime | None
    next_try_at: datetime | None
    answer: Mapping[str, Json]
    closed_at: datetime | None
    closed_why: str | None

    def due(self, now: datetime) -> bool:
        """Whether what a server refused is to be sent again by itself. What staff put aside is not."""
        return self.state == "open" and self.next_try_at is not None and self.next_try_at <= now


def queued_from_row(row: RowMapping) -> Queued:
    """A row of `queue_entry` as a value."""
    return Queued(
        id=row["id"], kind=row["kind"], subject=row["subject"], topic=row["topic"], code=row["code"], side=row["side"],
        state=row["state"], opened_at=row["opened_at"], ticked_at=row["ticked_at"], resolution=row["resolution"],
        source_digest=row["source_digest"], sentence=row["sentence"], next_step=row["next_step"],
        clopos_row=row["clopos_record_id"], checkandplace_row=row["checkandplace_record_id"],
        facts=load(row["facts_json"]), note=row["note"], attempts=row["attempts"], tried_at=row["tried_at"],
        next_try_at=row["next_try_at"], answer=load(row["answer_json"]) or {},
        closed_at=row["closed_at"], closed_why=row["closed_why"],
    )  # fmt: skip


class QueueStore:
    """Questions about the queues of one pair."""

    def __init__(self, database: Database) -> None:
        self.pair_id = database.pair_id

    def live(self, connection: Connection, subjects: Iterable[str] | None = None) -> dict[tuple[str, str], Queued]:
        """All entries that are not over, by (subject, topic); with `subjects` only those about them."""
        query = select(QUEUE).where(QUEUE.c.pair_id == self.pair_id, QUEUE.c.state.in_(LIVE_STATES))
        parts = [query] if subjects is None else [query.where(QUEUE.c.subject.in_(some)) for some in chunks(subjects)]
        entries = (queued_from_row(row) for part in parts for row in connection.execute(part).mappings())
        return {(entry.subject, entry.topic): entry for entry in entries}

    def listing(self, connection: Connection, kind: str | None = None, *, live_only: bool = True) -> Iterator[Queued]:
        """Entries for people, oldest first."""
        query = select(QUEUE).where(QUEUE.c.pair_id == self.pair_id).order_by(QUEUE.c.opened_at, QUEUE.c.id)
        if kind is not None:
            query = query.where(QUEUE.c.kind == kind)
        if live_only:
            query = query.where(QUEUE.c.state.in_(LIVE_STATES))
        for row in connection.execute(query).mappings():
            yield queued_from_row(row)

    def get(self, connection: Connection, entry_id: int) -> Queued | None:
        query = select(QUEUE).where(QUEUE.c.id == entry_id, QUEUE.c.pair_id == self.pair_id)
        row = connection.execute(query).mappings().first()
        return queued_from_row(row) if row else None

    def put(
        self, connection: Connection, old: Queued | None, *, kind: str, subject: str, topic: str, now: datetime,
        facts: Mapping[str, Json], values: Mapping[str, Any],
    ) -> None:  # fmt: skip
        """Open an entry or judge an open one anew: same entry, new kind and values. A standing resolution stays."""
        row = {"kind": kind, "facts_json": dump(dict(facts)), "judged_at": now, **values}
        if old is None:
            place = {"pair_id": self.pair_id, "subject": subject, "topic": topic, "opened_at": now, "state": "open"}
            connection.execute(insert(QUEUE).values(**place, **row))
        else:
            connection.execute(update(QUEUE).where(QUEUE.c.id == old.id).values(**row))

    def set(self, connection: Connection, entry_id: int, **values: object) -> None:
        connection.execute(update(QUEUE).where(QUEUE.c.id == entry_id).values(**values))

    def decide(self, connection: Connection, entry_id: int, facts: Mapping[str, Json], **values: object) -> None:
        """What staff decided: columns, and the facts with the decision listed."""
        self.set(connection, entry_id, facts_json=dump(dict(facts)), **values)

    def close(self, connection: Connection, entry_id: int, why: str, now: datetime) -> None:
        """An entry ends: `equal`, `moot`, `written`, `different`, `retried`."""
        state = "moot" if why == "moot" else "closed"
        connection.execute(
            update(QUEUE)
            .where(QUEUE.c.id == entry_id)
            .values(state=state, closed_at=now, closed_why=why, resolution=None)
        )

    def sizes(self, connection: Connection) -> dict[str, tuple[int, datetime | None]]:
        """Per kind: how many are open and since when the oldest is."""
        query = (
            select(QUEUE.c.kind, func.count(), func.min(QUEUE.c.opened_at))
            .where(QUEUE.c.pair_id == self.pair_id, QUEUE.c.state.in_(("open", "ticked")))
            .group_by(QUEUE.c.kind)
        )
        return {kind: (count, oldest) for kind, count, oldest in connection.execute(query)}

    def tasks(self, connection: Connection) -> dict[tuple[str | None, str, bool], int]:
        """How many tasks are open, by side, code and whether they ask about a link."""
        link = QUEUE.c.topic.like("link-%")
        query = (
            select(QUEUE.c.side, QUEUE.c.code, link.label("link"), func.count())
            .where(QUEUE.c.pair_id == self.pair_id, QUEUE.c.kind == "task", QUEUE.c.state.in_(("open", "ticked")))
            .group_by(QUEUE.c.side, QUEUE.c.code, link)
        )
        return {(side, code, bool(about)): count for side, code, about, count in connection.execute(query)}


def by_subject(entries: Iterable[Queued]) -> dict[str, dict[str, Queued]]:
    """Entries grouped: subject -> topic -> entry."""
    grouped: dict[str, dict[str, Queued]] = {}
    for entry in entries:
        grouped.setdefault(entry.subject, {})[entry.topic] = entry
    return grouped
