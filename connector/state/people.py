"""What the story of one person asks the state: who is meant, and everything that names their records."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, func, or_, select

from connector.domain.plan import Entry, EntryKind
from connector.domain.values import Key, KeyKind, SideName
from connector.state.core import (
    INTENT,
    PLAN,
    PLAN_ENTRY,
    PROPOSAL,
    QUEUE,
    RECORD,
    RECORD_KEY,
    REQUEST,
    RUN,
    Database,
    load,
)
from connector.state.desk import ProposalView, proposal_from_row
from connector.state.queue import Queued, queued_from_row

WRITES = ("create", "update")
"""What the requests of a write are for."""
LOOSE = frozenset("aeəiıoöuüscçşgğ")
"""Letters that people leave the marks off, or hear differently, when they type a name to look for."""


@dataclass(frozen=True, slots=True)
class Planned:
    """An entry of a plan that is still kept entry by entry."""

    run_id: int
    plan_state: str
    at: datetime
    entry: Entry


@dataclass(frozen=True, slots=True)
class RunNote:
    """What a story says of a run."""

    id: int
    kind: str
    state: str
    started_at: datetime


@dataclass(frozen=True, slots=True)
class Asked:
    """One request of a write and its answer: `status` None and `error` where none came."""

    at: datetime
    method: str
    status: int | None
    error: str | None
    attempt: int
    milliseconds: int


class PeopleStore:
    """Questions about people of one pair; reads only. Row ids in, at most some hundred."""

    def __init__(self, database: Database) -> None:
        self.pair_id = database.pair_id

    def by_id(self, connection: Connection, remote_id: str, side: SideName | None) -> list[int]:
        """Rows of the records with this id, on one side or both."""
        query = select(RECORD.c.id).where(RECORD.c.pair_id == self.pair_id, RECORD.c.remote_id == remote_id)
        if side is not None:
            query = query.where(RECORD.c.side == side.value)
        return list(connection.scalars(query.order_by(RECORD.c.id)))

    def by_keys(
        self, connection: Connection, keys: Sequence[Key], side: SideName | None, limit: int
    ) -> list[int]:  # fmt: skip
        """Rows of the records that hold one of these keys."""
        wanted = or_(*((RECORD_KEY.c.kind == key.kind.value) & (RECORD_KEY.c.key == key.text) for key in keys))
        return self._of_keys(connection, wanted, side, limit)

    def by_words(self, connection: Connection, words: Sequence[str], side: SideName | None, limit: int) -> list[int]:
        """Rows of the records whose name key holds each of these folded words, or parts of words; letters that have
        marks in Azerbaijani and Turkish fit each other. Reads every name."""
        wanted = RECORD_KEY.c.kind == KeyKind.NAME.value
        for word in words:
            plain = word.replace("/", "//").replace("%", "/%").replace("_", "/_")
            pattern = "".join("_" if letter in LOOSE else letter for letter in plain)
            wanted &= RECORD_KEY.c.key.like(f"%{pattern}%", escape="/")
        return self._of_keys(connection, wanted, side, limit)

    def _of_keys(
        self, connection: Connection, wanted: ColumnElement[bool], side: SideName | None, limit: int
    ) -> list[int]:
        query = select(RECORD_KEY.c.record_id).where(RECORD_KEY.c.pair_id == self.pair_id, wanted).distinct()
        if side is not None:
            query = query.where(RECORD_KEY.c.side == side.value)
        return list(connection.scalars(query.order_by(RECORD_KEY.c.record_id).limit(limit)))

    def proposals(self, connection: Connection, rows: Sequence[int]) -> list[ProposalView]:
        """All proposals about these records, in any state, oldest first."""
        p = PROPOSAL.c
        query = select(PROPOSAL).where(
            p.pair_id == self.pair_id, or_(p.clopos_record_id.in_(rows), p.checkandplace_record_id.in_(rows))
        )
        return [proposal_from_row(row) for row in connection.execute(query.order_by(p.opened_at, p.id)).mappings()]

    def entries(self, connection: Connection, rows: Sequence[int]) -> list[Queued]:
        """All queue entries about these records, open and over, oldest first."""
        q = QUEUE.c
        query = select(QUEUE).where(
            q.pair_id == self.pair_id, or_(q.clopos_record_id.in_(rows), q.checkandplace_record_id.in_(rows))
        )
        return [queued_from_row(row) for row in connection.execute(query.order_by(q.opened_at, q.id)).mappings()]

    def planned(self, connection: Connection, rows: Sequence[int], *, older: bool = False) -> Iterator[Planned]:
        """Entries about these records in the pair's last plan; with `older` in every plan that is still kept, the
        newest first."""
        e = PLAN_ENTRY.c
        last = select(func.max(PLAN.c.id)).where(PLAN.c.pair_id == self.pair_id).scalar_subquery()
        about = or_(e.clopos_record_id.in_(rows), e.checkandplace_record_id.in_(rows))
        query = (
            select(PLAN.c.run_id, PLAN.c.state, PLAN.c.created_at, e.entry_json)
            .join(PLAN, PLAN.c.id == e.plan_id)
            .where(PLAN.c.pair_id == self.pair_id, e.kind.in_([kind.value for kind in EntryKind]), about)
            .order_by(PLAN.c.id.desc(), e.rank, e.side, e.sort_key, e.id)
        )  # fmt: skip
        if not older:
            query = query.where(PLAN.c.id == last)
        for run_id, state, at, entry in connection.execute(query):
            yield Planned(run_id, state, at, Entry.from_json(load(entry)))

    def answers(self, connection: Connection, intents: Sequence[int]) -> dict[int, list[Asked]]:
        """The requests of these intents, in order: the writes that a run sent to the side between an intent and its
        outcome. A run writes one record at a time."""
        r, i = REQUEST.c, INTENT.c
        query = (
            select(i.id, r.at, r.method, r.status, r.error, r.attempt, r.milliseconds)
            .join(REQUEST, (r.run_id == i.run_id) & (r.side == i.side))
            .where(
                i.id.in_(intents), r.purpose.in_(WRITES), r.at >= i.sent_at,
                or_(i.settled_at.is_(None), r.at <= i.settled_at),
            )
            .order_by(r.id)
        )  # fmt: skip
        found: dict[int, list[Asked]] = {}
        for intent, *asked in connection.execute(query):
            found.setdefault(intent, []).append(Asked(*asked))
        return found

    def runs(self, connection: Connection, ids: Iterable[int]) -> dict[int, RunNote]:
        """Runs by id."""
        query = select(RUN.c.id, RUN.c.kind, RUN.c.state, RUN.c.started_at).where(RUN.c.id.in_(sorted(set(ids))))
        return {row[0]: RunNote(*row) for row in connection.execute(query)}
