"""Links and proposals of one pair: who is who, as decided."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import (
    CTE,
    Connection,
    RowMapping,
    Select,
    Table,
    and_,
    bindparam,
    exists,
    func,
    insert,
    or_,
    select,
    text,
    union,
    update,
)

from connector.domain.lifecycle import FOR_GOOD
from connector.domain.values import CHECKANDPLACE, CLOPOS, Json, SideName, Value
from connector.state.core import (
    FORMER_KEY,
    INTENT,
    LINK,
    PROPOSAL,
    RECORD,
    RECORD_KEY,
    Database,
    chunks,
    dump,
    load,
    stream,
)
from connector.state.tables import LINK_IS_DIRTY

HOLDING_STATES = ("active", "broken", "superseded", "disputed")
"""A record in a link of one of these states is somebody's partner: it is no candidate and nothing is created for it."""

CROWD = 20
"""A number or address that more records of a side hold says nothing about who is who (one typed in for everybody): it
makes no candidates, since each of its holders would be one for each on the other side."""

COLUMNS = {
    CLOPOS: (LINK.c.clopos_record_id, LINK.c.clopos_now, LINK.c.clopos_base),
    CHECKANDPLACE: (LINK.c.checkandplace_record_id, LINK.c.checkandplace_now, LINK.c.checkandplace_base),
}


@dataclass(frozen=True, slots=True)
class BaseValue:
    """The value a side showed when the field was last settled, and the wire values it was read from. `aged`: the state
    was put back to an older one since, so that a value beside it may be an edit that was carried, or one undone."""

    value: Value
    wire: Mapping[str, Json]
    aged: bool = False

    def to_json(self) -> Json:
        return {"value": self.value.to_json(), "wire": dict(self.wire), **({"aged": True} if self.aged else {})}


Bases = Mapping[str, BaseValue]


@dataclass(frozen=True, slots=True)
class LinkView:
    """A link as the engine sees it. `bases` per side and field; `sent` fields that are not verified yet."""

    id: int
    clopos_row: int
    checkandplace_row: int
    state: str
    band: str
    why: str
    state_reason: str | None
    decided_by: str
    decided_at: datetime
    bases: Mapping[SideName, Bases]
    sent: Mapping[str, Mapping[str, Json]]
    run_id: int | None = None

    @property
    def may_heal(self) -> bool:
        """Whether it is over, and comes back by itself when its records do."""
        return self.state == "superseded" or (self.state == "broken" and self.state_reason not in FOR_GOOD)

    def base(self, field: str) -> dict[SideName, Value] | None:
        """Both sides' bases of a field; None where it was never settled."""
        both = {side: bases[field].value for side, bases in self.bases.items() if field in bases}
        return both if len(both) == 2 else None

    def aged(self, field: str) -> bool:
        """Whether a field's bases are from before the state was put back."""
        return any(bases[field].aged for bases in self.bases.values() if field in bases)


def _bases(text_: str) -> dict[str, BaseValue]:
    return {
        name: BaseValue(Value.from_json(base["value"]), base["wire"], base.get("aged", False))
        for name, base in load(text_).items()
    }


def link_from_row(row: RowMapping) -> LinkView:
    """A row of `link` as a value."""
    return LinkView(
        id=row["id"], clopos_row=row["clopos_record_id"], checkandplace_row=row["checkandplace_record_id"],
        state=row["state"], band=row["band"], why=row["why"], state_reason=row["state_reason"],
        decided_by=row["decided_by"], decided_at=row["decided_at"], sent=load(row["sent_json"]),
        bases={CLOPOS: _bases(row["bases_clopos_json"]), CHECKANDPLACE: _bases(row["bases_checkandplace_json"])},
        run_id=row["run_id"],
    )  # fmt: skip


class LinkStore:
    """Questions the engine asks about links of one pair."""

    def __init__(self, database: Database) -> None:
        self.pair_id = database.pair_id

    def take_readings(self, connection: Connection) -> None:
        """Bring the links' digests of now up to what the records show (live runs only; a dry run leaves links
        alone)."""
        for record, now, _base in COLUMNS.values():
            digest = select(RECORD.c.value_digest).where(RECORD.c.id == record).scalar_subquery()
            connection.execute(
                update(LINK).where(LINK.c.pair_id == self.pair_id, LINK.c.state == "active", now != digest)
                .values({now.name: digest})
            )  # fmt: skip

    def dirty(self, connection: Connection, *, indexed: bool, again: Sequence[int] = ()) -> Iterator[list[LinkView]]:
        """Active links on which some side shows something else than its base, or with a field in flight, in chunks
        by id; `again` are row ids of links to look at in any case. `indexed` uses the stored digests of now (after
        `take_readings`), else the records'."""
        query = select(LINK.c.id).where(LINK.c.pair_id == self.pair_id, LINK.c.state == "active")
        if indexed:
            query = query.where(text(LINK_IS_DIRTY))
        else:
            clopos, guest = RECORD.alias("c"), RECORD.alias("p")
            query = (
                query.join(clopos, clopos.c.id == LINK.c.clopos_record_id)
                .join(guest, guest.c.id == LINK.c.checkandplace_record_id)
                .where(
                    or_(clopos.c.value_digest != LINK.c.clopos_base, guest.c.value_digest != LINK.c.checkandplace_base)
                )
            )
        flying = select(LINK.c.id).where(
            LINK.c.pair_id == self.pair_id, LINK.c.state == "active", LINK.c.sent_json != "{}"
        )
        ids = set(again).union(connection.scalars(query), connection.scalars(flying))
        for chunk in chunks(sorted(ids)):
            rows = connection.execute(select(LINK).where(LINK.c.id.in_(chunk)).order_by(LINK.c.id)).mappings()
            yield [link_from_row(row) for row in rows]

    def get(self, connection: Connection, link_id: int) -> LinkView | None:
        row = (
            connection.execute(select(LINK).where(LINK.c.id == link_id, LINK.c.pair_id == self.pair_id))
            .mappings()
            .first()
        )
        return link_from_row(row) if row else None

    def all_ids(self, connection: Connection) -> Iterator[list[int]]:
        """Ids of all links of the pair, in chunks."""
        yield from chunks(connection.scalars(select(LINK.c.id).where(LINK.c.pair_id == self.pair_id)).all())

    def many(self, connection: Connection, ids: Sequence[int]) -> list[LinkView]:
        rows = connection.execute(select(LINK).where(LINK.c.id.in_(list(ids))).order_by(LINK.c.id)).mappings()
        return [link_from_row(row) for row in rows]

    def of_records(self, connection: Connection, rows: Iterable[int]) -> list[LinkView]:
        """All links, of any state, in which one of these records stands; oldest first."""
        found: dict[int, LinkView] = {}
        for chunk in chunks(rows, 400):
            query = select(LINK).where(
                LINK.c.pair_id == self.pair_id,
                or_(LINK.c.clopos_record_id.in_(chunk), LINK.c.checkandplace_record_id.in_(chunk)),
            )
            found.update({row["id"]: link_from_row(row) for row in connection.execute(query).mappings()})
        return [found[key] for key in sorted(found)]

    def troubled(self, connection: Connection) -> Iterator[list[LinkView]]:
        """Links to look at because of a record's state: active with a record that is gone, not seen by the last scan,
        suspect or anonymous; those that are broken, superseded or disputed (they may heal)."""
        clopos, guest = RECORD.alias("c"), RECORD.alias("p")
        bad = or_(
            *(or_(r.c.gone_at.is_not(None), r.c.missing_scans > 0, r.c.suspect.is_not(None)) for r in (clopos, guest)),
            guest.c.anonym.is_(True),
        )
        query = (
            select(LINK.c.id).join(clopos, clopos.c.id == LINK.c.clopos_record_id)
            .join(guest, guest.c.id == LINK.c.checkandplace_record_id)
            .where(LINK.c.pair_id == self.pair_id,
                   or_(and_(LINK.c.state == "active", bad), LINK.c.state.in_(("broken", "superseded", "disputed"))))
        )  # fmt: skip
        for chunk in chunks(connection.execute(query.order_by(LINK.c.id)).scalars().all()):
            rows = connection.execute(select(LINK).where(LINK.c.id.in_(chunk)).order_by(LINK.c.id)).mappings()
            yield [link_from_row(row) for row in rows]

    def count(self, connection: Connection, state: str = "active") -> int:
        query = select(func.count()).where(LINK.c.pair_id == self.pair_id, LINK.c.state == state)
        return int(connection.execute(query).scalar_one())

    def count_missing(self, connection: Connection, side: SideName, scan_id: int) -> int:
        """How many actively linked records of a side a scan did not see."""
        column = COLUMNS[side][0]
        query = (
            select(func.count()).select_from(LINK).join(RECORD, RECORD.c.id == column)
            .where(LINK.c.pair_id == self.pair_id, LINK.c.state == "active", RECORD.c.seen_scan_id != scan_id)
        )  # fmt: skip
        return int(connection.execute(query).scalar_one())

    def unknown_creates(self, connection: Connection) -> int:
        """How many Clopos records carry the cid that we derive from a Check&Place record, without any link, proposal
        or create of ours in this state."""
        k, g = RECORD_KEY.alias("k"), RECORD_KEY.alias("g")
        ours = select(INTENT.c.cid).where(INTENT.c.pair_id == self.pair_id, INTENT.c.cid.is_not(None))
        query = (
            select(func.count()).select_from(k)
            .join(g, and_(g.c.pair_id == k.c.pair_id, g.c.kind == k.c.kind, g.c.key == k.c.key,
                          g.c.side == CHECKANDPLACE.value))
            .where(
                k.c.pair_id == self.pair_id, k.c.side == CLOPOS.value, k.c.kind == "cid", k.c.key.not_in(ours),
                ~exists().where(LINK.c.clopos_record_id == k.c.record_id),
                ~exists().where(LINK.c.checkandplace_record_id == g.c.record_id),
                ~exists().where(PROPOSAL.c.clopos_record_id == k.c.record_id,
                                PROPOSAL.c.checkandplace_record_id == g.c.record_id),
            )
        )  # fmt: skip
        return int(connection.execute(query).scalar_one())

    def candidates(self, connection: Connection, *, names: bool = False) -> Iterator[tuple[int, int, bool]]:
        """Pairs of records (Clopos row, Check&Place row) that share a key other than the name (`names`: or the name),
        or of which one holds or held what the other held once; where neither is somebody's partner already and staff
        have not called them different; ordered. A key with a crowd of holders (`CROWD`) makes none, and one that a
        crowd held once makes none of its former holders. The third is true where neither of the two stands in another
        pair."""
        kinds = ("cid", "phone", "email", *(("name",) if names else ()))
        now, once = (self._crowded(table, kinds[1:]) for table in (RECORD_KEY, FORMER_KEY))
        sharing = (
            self._sharing(RECORD_KEY, RECORD_KEY, kinds, [now]),
            self._sharing(RECORD_KEY, FORMER_KEY, kinds, [now, once]),
            self._sharing(FORMER_KEY, RECORD_KEY, kinds, [now, once]),
            self._sharing(FORMER_KEY, FORMER_KEY, kinds, [now, once]),
        )
        pairs = union(*sharing).subquery()
        of_clopos, of_guest = (func.count().over(partition_by=column) for column in (pairs.c.clopos, pairs.c.guest))
        query = select(pairs.c.clopos, pairs.c.guest, of_clopos, of_guest).order_by(pairs.c.clopos, pairs.c.guest)
        for row in stream(connection, query):
            yield row[0], row[1], row[2] == row[3] == 1

    def _crowded(self, table: Table, kinds: Sequence[str]) -> CTE:
        """The keys that more records of a side than `CROWD` hold, or held."""
        h = table.alias()
        query = select(h.c.kind, h.c.key).where(h.c.pair_id == self.pair_id, h.c.kind.in_(kinds))
        return query.group_by(h.c.kind, h.c.key, h.c.side).having(func.count() > CROWD).cte(f"crowded_{table.name}")

    def _sharing(self, left: Table, right: Table, kinds: Sequence[str], crowds: Sequence[CTE]) -> Select[Any]:
        """Pairs of `candidates` where a key of Clopos in the one table is one of Check&Place in the other."""
        k, g = left.alias(), right.alias()
        clopos, guest = RECORD.alias(), RECORD.alias()
        taken_clopos = exists().where(LINK.c.clopos_record_id == clopos.c.id, LINK.c.state.in_(HOLDING_STATES))
        taken_guest = exists().where(LINK.c.checkandplace_record_id == guest.c.id, LINK.c.state.in_(HOLDING_STATES))
        different = exists().where(
            PROPOSAL.c.clopos_record_id == clopos.c.id, PROPOSAL.c.checkandplace_record_id == guest.c.id,
            PROPOSAL.c.state == "rejected",
        )  # fmt: skip
        return (
            select(clopos.c.id.label("clopos"), guest.c.id.label("guest"))
            .select_from(k)
            .join(g, and_(g.c.pair_id == k.c.pair_id, g.c.kind == k.c.kind, g.c.key == k.c.key,
                          g.c.side == CHECKANDPLACE.value))
            .join(clopos, clopos.c.id == k.c.record_id).join(guest, guest.c.id == g.c.record_id)
            .where(
                k.c.pair_id == self.pair_id, k.c.side == CLOPOS.value, k.c.kind.in_(kinds),
                clopos.c.gone_at.is_(None), guest.c.gone_at.is_(None), guest.c.anonym.is_(False),
                ~taken_clopos, ~taken_guest, ~different,
                *(~exists().where(crowd.c.kind == k.c.kind, crowd.c.key == k.c.key) for crowd in crowds),
            )
        )  # fmt: skip

    def insert(self, connection: Connection, row: Mapping[str, Any]) -> int:
        """Store a new link; returns its id. The partial unique indexes refuse a record in two active links."""
        result = connection.execute(insert(LINK).values(pair_id=self.pair_id, **row))
        assert result.inserted_primary_key is not None
        return int(result.inserted_primary_key[0])

    def insert_many(self, connection: Connection, rows: Sequence[Mapping[str, Any]]) -> None:
        """Store new links, all of the same columns."""
        if rows:
            connection.execute(insert(LINK), [{"pair_id": self.pair_id, **row} for row in rows])

    def set_state(self, connection: Connection, link_id: int, state: str, reason: str | None, now: datetime) -> None:
        connection.execute(
            update(LINK).where(LINK.c.id == link_id).values(state=state, state_reason=reason, state_at=now)
        )

    def save_bases(
        self, connection: Connection, link: LinkView, bases: Mapping[SideName, Bases],
        digests: Mapping[SideName, tuple[bytes, bytes]], sent: Mapping[str, Json],
    ) -> None:  # fmt: skip
        """Replace the bases, the four digests (now, base per side) and the unverified fields of a link."""
        self.save_many(connection, [(replace(link, bases=bases, sent=sent), digests)])

    def save_many(
        self, connection: Connection, links: Iterable[tuple[LinkView, Mapping[SideName, tuple[bytes, bytes]]]]
    ) -> None:
        """Replace bases and unverified fields of links by what these show, and their digests (now, base per side)."""
        rows = [
            {
                "link_id": link.id, "sent_json": dump(dict(link.sent)),
                "bases_clopos_json": dump_bases(link.bases[CLOPOS]),
                "bases_checkandplace_json": dump_bases(link.bases[CHECKANDPLACE]),
                "clopos_now": digests[CLOPOS][0], "clopos_base": digests[CLOPOS][1],
                "checkandplace_now": digests[CHECKANDPLACE][0], "checkandplace_base": digests[CHECKANDPLACE][1],
            }
            for link, digests in links
        ]  # fmt: skip
        columns: dict[str, Any] = {name: bindparam(name) for name in rows[0] if name != "link_id"} if rows else {}
        if rows:
            connection.execute(update(LINK).where(LINK.c.id == bindparam("link_id")).values(**columns), rows)


def dump_bases(bases: Bases) -> str:
    """The column text of one side's bases."""
    return dump({name: base.to_json() for name, base in bases.items()})


class ProposalStore:
    """Links not yet made, and what staff said of them."""

    def __init__(self, database: Database) -> None:
        self.pair_id = database.pair_id

    def all_open(self, connection: Connection) -> dict[tuple[int, int], tuple[int, datetime]]:
        """Open proposals: (Clopos row, Check&Place row) -> (id, opened at)."""
        p = PROPOSAL.c
        query = select(p.clopos_record_id, p.checkandplace_record_id, p.id, p.opened_at)
        rows = connection.execute(query.where(p.pair_id == self.pair_id, p.state == "open"))
        return {(row[0], row[1]): (row[2], row[3]) for row in rows}

    def rejected_of(self, connection: Connection, rows: Iterable[int]) -> dict[int, list[int]]:
        """For these records of either side: the row ids of those that staff called different from them."""
        p = PROPOSAL.c
        found: dict[int, list[int]] = {}
        for chunk in chunks(rows, 400):
            query = select(p.clopos_record_id, p.checkandplace_record_id).where(
                p.pair_id == self.pair_id, p.state == "rejected",
                or_(p.clopos_record_id.in_(chunk), p.checkandplace_record_id.in_(chunk)),
            )  # fmt: skip
            for clopos, guest in connection.execute(query):
                found.setdefault(clopos, []).append(guest)
                found.setdefault(guest, []).append(clopos)
        return found

    def put(self, connection: Connection, clopos_row: int, checkandplace_row: int, values: Mapping[str, Any]) -> None:
        """Insert a proposal or bring it up to date (its state and age stay, but a moot one opens again)."""
        p = PROPOSAL.c
        same = and_(p.clopos_record_id == clopos_row, p.checkandplace_record_id == checkandplace_row)
        old = connection.execute(select(p.id, p.state).where(same)).first()
        if old is None:
            identity = {"clopos_record_id": clopos_row, "checkandplace_record_id": checkandplace_row}
            connection.execute(insert(PROPOSAL).values(pair_id=self.pair_id, state="open", **identity, **values))
        elif old.state == "moot":
            connection.execute(update(PROPOSAL).where(p.id == old.id).values(state="open", **values))
        else:
            kept = {name: value for name, value in values.items() if name != "opened_at"}
            connection.execute(update(PROPOSAL).where(p.id == old.id).values(**kept))

    def decide(self, connection: Connection, proposal_id: int, state: str, who: str | None, now: datetime) -> None:
        """accepted, rejected or moot, by whom and when."""
        connection.execute(
            update(PROPOSAL).where(PROPOSAL.c.id == proposal_id).values(state=state, decided_by=who, decided_at=now)
        )
