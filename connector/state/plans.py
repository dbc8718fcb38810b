"""Plans: the entries of one run, stored row by row and streamed in order."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import blake2b
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, and_, delete, exists, func, insert, or_, select, update

from connector.domain.plan import OPERATIONS, Entry, EntryKind, Summary
from connector.domain.values import CLOPOS, Json, SideName
from connector.state.core import LINK, PAIR, PLAN, PLAN_ENTRY, RECORD, SCAN, Database, chunks, dump, load, stream
from connector.state.links import COLUMNS, HOLDING_STATES

PAGE = 500
WRITING = (EntryKind.UPDATE, EntryKind.CREATE, EntryKind.LINK, EntryKind.LINK_STATE)
"""Entries by which a run is remembered: it sent something, or said who is who."""
Place = tuple[int, str, str, int]
"""(rank, side, sort key, row id): a place in a plan's order."""


@dataclass(frozen=True, slots=True)
class StoredPlan:
    """A plan as it is stored. `entries` it had, `kept` are still there; `scans`: side -> the reading it rests on;
    `refusals`: what the guard said; `database` tells state databases apart, and the pairs in them."""

    id: int
    run_id: int
    created_at: datetime
    hash: str
    state: str
    basis: Mapping[str, Json]
    summary: Summary
    refusals: tuple[Mapping[str, Json], ...]
    scans: Mapping[str, Json]
    database: str
    entries: int
    kept: int


class PlanStore:
    """One plan at a time: written while it is made, read in order when it is applied or printed."""

    def __init__(self, database: Database) -> None:
        self.database, self.pair_id = database, database.pair_id

    def begin(
        self, connection: Connection, run_id: int, basis: Mapping[str, Json], now: datetime, *, keep: int = 0,
        approvable: timedelta = timedelta(hours=24),
    ) -> int:  # fmt: skip
        """A new, empty plan. Of older plans the entries are dropped, but for those that the guard refused, as long as
        they are `approvable`, and those of the last `keep` runs that linked or sent something: of these what was left
        out and not sent is dropped, which each comparison tells anew."""
        mine, e = PLAN.c.pair_id == self.pair_id, PLAN_ENTRY.c
        wrote = exists().where(e.plan_id == PLAN.c.id, e.kind.in_([kind.value for kind in WRITING]))
        latest = select(PLAN.c.id).where(mine, PLAN.c.state == "applied", wrote).order_by(PLAN.c.id.desc()).limit(keep)
        kept = list(connection.scalars(latest))
        over = or_(PLAN.c.state.in_(("draft", "applied")), PLAN.c.created_at < now - approvable)
        old = select(PLAN.c.id).where(mine, over, PLAN.c.id.not_in(kept))
        connection.execute(delete(PLAN_ENTRY).where(e.plan_id.in_(old)))
        told = e.kind.in_([EntryKind.SKIP.value, EntryKind.NOT_SENT.value])
        connection.execute(delete(PLAN_ENTRY).where(e.plan_id.in_(kept), told))
        row = {"pair_id": self.pair_id, "run_id": run_id, "created_at": now, "basis_json": dump(dict(basis))}
        result = connection.execute(insert(PLAN).values(**row))
        assert result.inserted_primary_key is not None
        return int(result.inserted_primary_key[0])

    def add(self, connection: Connection, plan_id: int, entries: Iterable[Entry]) -> None:
        """Store entries; their order in the plan is (rank, side, id), whatever the order of arrival."""
        for chunk in chunks(entries):
            rows = [
                {
                    "plan_id": plan_id, "rank": entry.rank, "side": entry.side.value if entry.side else "",
                    "sort_key": entry.sort_key, "kind": entry.kind.value, "clopos_record_id": entry.clopos_row,
                    "checkandplace_record_id": entry.checkandplace_row, "entry_json": dump(entry.to_json()),
                }
                for entry in chunk
            ]  # fmt: skip
            connection.execute(insert(PLAN_ENTRY), rows)

    def replace(self, connection: Connection, plan_id: int, row_ids: Iterable[int], entries: Iterable[Entry]) -> None:
        """Take entries out and put others in (an operation that turned out to be a hold)."""
        for chunk in chunks(row_ids):
            connection.execute(delete(PLAN_ENTRY).where(PLAN_ENTRY.c.id.in_(chunk)))
        self.add(connection, plan_id, entries)

    def rewrite(self, connection: Connection, entries: Iterable[tuple[int, Entry]]) -> None:
        """Put another entry in the place of each of these rows (one that was cut down)."""
        for row, entry in entries:
            connection.execute(
                update(PLAN_ENTRY).where(PLAN_ENTRY.c.id == row).values(entry_json=dump(entry.to_json()))
            )

    def entries(
        self, connection: Connection, plan_id: int, kinds: Iterable[EntryKind] | None = None
    ) -> Iterator[tuple[int, Entry]]:
        """(row id, entry) in order, streamed in pages by key so that writes in between do no harm."""
        wanted, after = None if kinds is None else tuple(kinds), None
        while True:
            rows = connection.execute(_page(plan_id, wanted, after)).all()
            for row in rows:
                yield row[0], Entry.from_json(load(row[4]))
            if len(rows) < PAGE:
                return
            after = _key(rows[-1])

    def some(self, connection: Connection, row_ids: Iterable[int]) -> dict[int, Entry]:
        """Entries by their row id."""
        found: dict[int, Entry] = {}
        for chunk in chunks(row_ids):
            query = select(PLAN_ENTRY.c.id, PLAN_ENTRY.c.entry_json).where(PLAN_ENTRY.c.id.in_(chunk))
            found.update({row[0]: Entry.from_json(load(row[1])) for row in connection.execute(query)})
        return found

    def pages(self, plan_id: int, kinds: Iterable[EntryKind]) -> Iterator[list[Entry]]:
        """The entries in order, each page read by itself: no reading stays open while a page is worked on."""
        wanted, after = tuple(kinds), None
        while True:
            with self.database.read() as connection:
                rows = connection.execute(_page(plan_id, wanted, after)).all()
            if rows:
                yield [Entry.from_json(load(row[4])) for row in rows]
            if len(rows) < PAGE:
                return
            after = _key(rows[-1])

    def count_operations(self, connection: Connection, plan_id: int) -> int:
        query = select(func.count()).where(
            PLAN_ENTRY.c.plan_id == plan_id, PLAN_ENTRY.c.kind.in_([kind.value for kind in OPERATIONS])
        )
        return int(connection.execute(query).scalar_one())

    def operations(self, connection: Connection, plan_id: int) -> Iterator[tuple[int, Entry]]:
        """The operations in order."""
        yield from self.entries(connection, plan_id, OPERATIONS)

    def finish(
        self, connection: Connection, plan_id: int, *, hash_: str, summary: Summary, state: str, verdict: Json
    ) -> None:
        """Store what the plan came to. `state`: draft, refused, approved, applied."""
        connection.execute(
            update(PLAN).where(PLAN.c.id == plan_id)
            .values(hash=hash_, summary_json=dump(summary.to_json()), state=state, verdict_json=dump(verdict))
        )  # fmt: skip

    def stored(self, connection: Connection, plan_id: int) -> StoredPlan | None:
        """A plan of this pair, with the readings that it names."""
        query = select(PLAN).where(PLAN.c.id == plan_id, PLAN.c.pair_id == self.pair_id)
        row = connection.execute(query).mappings().first()
        if row is None:
            return None
        kept = connection.execute(select(func.count()).where(PLAN_ENTRY.c.plan_id == plan_id)).scalar_one()
        basis, summary = load(row["basis_json"]) or {}, Summary.from_json(load(row["summary_json"]))
        scans: dict[str, Json] = {}
        for side, scan_id in sorted((basis.get("scans") or {}).items()):
            scan = connection.execute(select(SCAN).where(SCAN.c.id == scan_id)).mappings().first()
            scans[side] = scan and {
                "id": scan["id"], "kind": scan["kind"], "state": scan["state"], "rows": scan["rows"],
                "pages": scan["pages"], "started_at": scan["started_at"].isoformat(),
            }  # fmt: skip
        return StoredPlan(
            row["id"], row["run_id"], row["created_at"], row["hash"], row["state"], basis, summary,
            tuple(load(row["verdict_json"]) or ()), scans, self.database_name(connection),
            sum(summary.counts.values()), int(kept),
        )  # fmt: skip

    def database_name(self, connection: Connection) -> str:
        """What tells this pair of this state database from every other, though its ids be the same: a digest of the
        moment at which the pair was first seen there."""
        query = select(PAIR.c.name, PAIR.c.created_at).where(PAIR.c.id == self.pair_id)
        name, created = connection.execute(query).one()
        return blake2b(f"{self.pair_id} {name} {created.isoformat()}".encode(), digest_size=16).hexdigest()

    def set_state(self, connection: Connection, plan_id: int, state: str) -> None:
        connection.execute(update(PLAN).where(PLAN.c.id == plan_id).values(state=state))

    def refused(self, connection: Connection, hash_: str, since: datetime, *, but_run: int) -> int | None:
        """The newest plan of this pair with this hash that the guard refused after `since`, in another run than
        `but_run`: one that somebody could look at."""
        query = select(PLAN.c.id).where(
            PLAN.c.pair_id == self.pair_id, PLAN.c.hash == hash_, PLAN.c.state == "refused", PLAN.c.created_at >= since,
            PLAN.c.run_id != but_run,
        )  # fmt: skip
        found = connection.execute(query.order_by(PLAN.c.id.desc())).first()
        return None if found is None else int(found[0])

    def approve(self, connection: Connection, hash_: str, *, but_run: int) -> None:
        """The approval of this hash is used up, however often the same plan was refused."""
        same = (PLAN.c.pair_id == self.pair_id) & (PLAN.c.hash == hash_) & (PLAN.c.state == "refused")
        connection.execute(update(PLAN).where(same, PLAN.c.run_id != but_run).values(state="approved"))

    def unlinked(self, connection: Connection, plan_id: int, side: SideName) -> Iterator[list[int]]:
        """Row ids of a side's records that are nobody's partner, neither in the state nor in this plan, and wait in no
        proposal of this plan; those that are gone, or that the last complete scan did not see, are left out; in order
        of the row, in chunks."""
        record_column = COLUMNS[side][0]
        entry_column = PLAN_ENTRY.c.clopos_record_id if side is CLOPOS else PLAN_ENTRY.c.checkandplace_record_id
        linked = exists().where(record_column == RECORD.c.id, LINK.c.state.in_(HOLDING_STATES))
        planned = exists().where(
            PLAN_ENTRY.c.plan_id == plan_id, entry_column == RECORD.c.id,
            PLAN_ENTRY.c.kind.in_((EntryKind.LINK.value, EntryKind.PROPOSAL.value)),
        )  # fmt: skip
        query = (
            select(RECORD.c.id)
            .where(
                RECORD.c.pair_id == self.pair_id,
                RECORD.c.side == side.value,
                RECORD.c.gone_at.is_(None),
                RECORD.c.missing_scans == 0,
                ~linked,
                ~planned,
            )
            .order_by(RECORD.c.id)
        )
        yield from chunks(row[0] for row in stream(connection, query))


def _page(plan_id: int, kinds: Sequence[EntryKind] | None, after: Place | None) -> Select[Any]:
    """The rows (id, rank, side, sort key, entry) of one page of a plan, behind a key."""
    p = PLAN_ENTRY.c
    query = select(p.id, p.rank, p.side, p.sort_key, p.entry_json).where(p.plan_id == plan_id)
    if kinds is not None:
        query = query.where(p.kind.in_([kind.value for kind in kinds]))
    if after is not None:
        query = query.where(_after(after))
    return query.order_by(p.rank, p.side, p.sort_key, p.id).limit(PAGE)


def _key(row: Sequence[Any]) -> Place:
    return (row[1], row[2], row[3], row[0])


def _after(key: Place) -> ColumnElement[bool]:
    """The rows behind a key, spelled out for databases without row comparison over mixed types."""
    p = PLAN_ENTRY.c
    rank, side, sort_key, row = key
    same_rank = p.rank == rank
    same_side = and_(same_rank, p.side == side)
    same_sort = and_(same_side, p.sort_key == sort_key)
    return (
        (p.rank > rank)
        | and_(same_rank, p.side > side)
        | and_(same_side, p.sort_key > sort_key)
        | and_(same_sort, p.id > row)
    )
