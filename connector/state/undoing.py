"""What an undo asks of the state: what a run, an operation or a link wrote and made, in the order of the records."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, or_, select, update

from connector.domain.values import Json, SideName, Value
from connector.state.core import HISTORY, INTENT, LINK, PROPOSAL, QUEUE, Database, chunks, load, stream
from connector.state.links import LinkView, link_from_row
from connector.state.queue import LIVE_STATES, Queued, queued_from_row


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is to be undone: exactly one of a run, an intent (an operation) and a link, by its id."""

    run: int | None = None
    intent: int | None = None
    link: int | None = None


@dataclass(frozen=True, slots=True)
class WrittenField:
    """One field of one record as we found it and as we left it; `run_id` is the run that wrote it last, `intents` the
    operations. Rows are row ids of records."""

    side: SideName
    clopos_row: int
    checkandplace_row: int
    field: str
    before: Value
    after: Value
    run_id: int
    intents: tuple[int, ...]

    @property
    def row(self) -> int:
        """The record that was written to."""
        return self.clopos_row if self.side is SideName.CLOPOS else self.checkandplace_row


@dataclass(frozen=True, slots=True)
class Made:
    """A record that we created: on which side, its id there, from which record."""

    intent: int
    run_id: int
    side: SideName
    target_id: str
    clopos_row: int | None
    checkandplace_row: int | None


class UndoStore:
    """Questions about what was written and made in one pair."""

    def __init__(self, database: Database) -> None:
        self.pair_id = database.pair_id

    def knows(self, connection: Connection, wanted: Wanted) -> bool:
        """Whether this pair has the operation or the link (for runs ask the overview)."""
        table = INTENT if wanted.intent is not None else LINK
        number = wanted.intent if wanted.intent is not None else wanted.link
        query = select(table.c.id).where(table.c.pair_id == self.pair_id, table.c.id == number)
        return connection.execute(query).first() is not None

    def operation(self, connection: Connection, intent_id: int) -> tuple[int, str] | None:
        """(run, state) of an operation of this pair."""
        query = select(INTENT.c.run_id, INTENT.c.state).where(
            INTENT.c.pair_id == self.pair_id, INTENT.c.id == intent_id
        )
        row = connection.execute(query).first()
        return None if row is None else (int(row[0]), str(row[1]))

    def fields(self, connection: Connection, wanted: Wanted) -> Iterator[list[WrittenField]]:
        """Every field that was written by updates, record by record in chunks: where one was written several times,
        what it held before the first and what the last one sent."""
        h = HISTORY.c
        query = (
            select(HISTORY)
            .where(h.pair_id == self.pair_id, h.verb == "update", self._written_by(connection, wanted))
            .order_by(h.side, h.checkandplace_record_id, h.clopos_record_id, h.field, h.id)
        )
        names = tuple(column.name for column in HISTORY.c)
        rows = (dict(zip(names, row, strict=True)) for row in stream(connection, query))
        for chunk in chunks(_by_field(rows), 200):
            yield [_joined(same) for same in chunk]

    def links(self, connection: Connection, wanted: Wanted) -> Iterator[list[LinkView]]:
        """The links that were made, in chunks by id: by a run itself or by its creates, or the one that is named."""
        if wanted.link is not None:
            of = LINK.c.id == wanted.link
        elif wanted.run is not None:
            of = or_(LINK.c.run_id == wanted.run, self._of_creates(INTENT.c.run_id == wanted.run))
        else:
            of = self._of_creates(INTENT.c.id == wanted.intent)
        query = select(LINK.c.id).where(LINK.c.pair_id == self.pair_id, of).order_by(LINK.c.id)
        for chunk in chunks(list(connection.scalars(query)), 200):
            rows = connection.execute(select(LINK).where(LINK.c.id.in_(chunk)).order_by(LINK.c.id)).mappings()
            yield [link_from_row(row) for row in rows]

    def made(self, connection: Connection, wanted: Wanted) -> Iterator[Made]:
        """The records that were created, in order."""
        i = INTENT.c
        over_link = and_(
            i.clopos_record_id == LINK.c.clopos_record_id, i.checkandplace_record_id == LINK.c.checkandplace_record_id
        )
        if wanted.intent is not None:
            of: ColumnElement[bool] = i.id == wanted.intent
        elif wanted.link is not None:
            of = select(LINK.c.id).where(LINK.c.id == wanted.link, over_link).exists()
        else:
            of = or_(i.run_id == wanted.run, select(LINK.c.id).where(LINK.c.run_id == wanted.run, over_link).exists())
        query = (
            select(INTENT).where(i.pair_id == self.pair_id, i.verb == "create", i.state == "done", of).order_by(i.id)
        )
        for row in connection.execute(query).mappings():
            if row["target_id"]:
                yield Made(row["id"], row["run_id"], SideName(row["side"]), row["target_id"], row["clopos_record_id"],
                           row["checkandplace_record_id"])  # fmt: skip

    def broken_by(self, connection: Connection, run_id: int, reason: str) -> list[tuple[LinkView, Mapping[str, Json]]]:
        """Links that an undo run broke and that are still so: (link, what was noted then)."""
        query = select(LINK).where(
            LINK.c.pair_id == self.pair_id, LINK.c.state == "broken", LINK.c.state_reason == reason
        )
        found = []
        for row in connection.execute(query.order_by(LINK.c.id)).mappings():
            last = (load(row["evidence_json"]).get("staff") or [{}])[-1]
            if last.get("run") == run_id:
                found.append((link_from_row(row), last))
        return found

    def tasks_of(self, connection: Connection, run_id: int, codes: Sequence[str]) -> list[Queued]:
        """Live tasks that an undo run opened."""
        query = select(QUEUE).where(
            QUEUE.c.pair_id == self.pair_id, QUEUE.c.code.in_(list(codes)), QUEUE.c.state.in_(LIVE_STATES)
        )
        entries = [queued_from_row(row) for row in connection.execute(query.order_by(QUEUE.c.id)).mappings()]
        return [entry for entry in entries if entry.facts.get("undo", {}).get("run") == run_id]

    def forget_different(self, connection: Connection, clopos_row: int, checkandplace_row: int) -> None:
        """The two are one person again: what was remembered of them as different is answered."""
        p = PROPOSAL.c
        here = and_(p.pair_id == self.pair_id, p.clopos_record_id == clopos_row,
                    p.checkandplace_record_id == checkandplace_row, p.state == "rejected")  # fmt: skip
        connection.execute(update(PROPOSAL).where(here).values(state="accepted"))

    def _written_by(self, connection: Connection, wanted: Wanted) -> ColumnElement[bool]:
        h = HISTORY.c
        if wanted.intent is not None:
            return h.intent_id == wanted.intent
        if wanted.run is not None:  # a write in doubt is booked by the later run that saw it
            mine = select(INTENT.c.id).where(INTENT.c.pair_id == self.pair_id, INTENT.c.run_id == wanted.run)
            return or_(h.run_id == wanted.run, h.intent_id.in_(mine))
        link = connection.execute(select(LINK).where(LINK.c.id == wanted.link)).mappings().one()
        both = (link["clopos_record_id"], link["checkandplace_record_id"])
        return and_(h.clopos_record_id == both[0], h.checkandplace_record_id == both[1])

    def _of_creates(self, which: ColumnElement[bool]) -> ColumnElement[bool]:
        return (
            select(INTENT.c.id)
            .where(
                INTENT.c.pair_id == self.pair_id, INTENT.c.verb == "create", INTENT.c.state == "done", which,
                INTENT.c.clopos_record_id == LINK.c.clopos_record_id,
                INTENT.c.checkandplace_record_id == LINK.c.checkandplace_record_id,
            )
            .exists()
        )  # fmt: skip


def _by_field(rows: Iterator[Mapping[str, Any]]) -> Iterator[list[Mapping[str, Any]]]:
    """The rows of one field of one record each, in order."""
    key = ("side", "checkandplace_record_id", "clopos_record_id", "field")
    for _key, same in groupby(rows, key=lambda row: tuple(row[name] for name in key)):
        yield list(same)


def _joined(rows: Sequence[Mapping[str, Any]]) -> WrittenField:
    """One field written once or several times in a row. Where somebody else typed in between, what they typed is what
    we overwrote, not what stood there before."""
    last = rows[-1]
    mine = [last]
    for row in reversed(rows[:-1]):
        if _value(row["after_json"]) != _value(mine[-1]["before_json"]):
            break
        mine.append(row)
    return WrittenField(
        side=SideName(last["side"]), clopos_row=last["clopos_record_id"] or 0,
        checkandplace_row=last["checkandplace_record_id"] or 0, field=last["field"],
        before=Value.from_json(_value(mine[-1]["before_json"])), after=Value.from_json(_value(last["after_json"])),
        run_id=last["run_id"], intents=tuple(dict.fromkeys(row["intent_id"] for row in mine if row["intent_id"])),
    )  # fmt: skip


def _value(text: str | None) -> Json:
    return (load(text) or {}).get("value")
