"""Records: what each side holds, as last read (hot path: SQLAlchemy Core, one transaction a page)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, RowMapping, case, delete, func, insert, select, update

from connector.domain.values import Customer, Json, Key, KeyKind, SideName, Traits, Value
from connector.state.core import PAIR, RECORD, RECORD_KEY, Database, chunks, dump, load
from connector.state.former import FormerKeys, Held, held


@dataclass(frozen=True, slots=True)
class Reading:
    """A record about to be stored. Digests are 16 bytes; `fields` holds the last known value of every field, `unknown`
    the fields that are unknown now with their warning; `suspect` why it may be another person since (or None)."""

    remote_id: str
    wire_digest: bytes
    value_digest: bytes
    wire: Mapping[str, Json]
    fields: Mapping[str, Value]
    unknown: Mapping[str, str]
    traits: Traits
    keys: Sequence[Key]
    name: str
    suspect: str | None = None
    changed: bool = True


@dataclass(frozen=True, slots=True)
class Known:
    """What put_page needs of a record that is already stored."""

    row: int
    wire_digest: bytes | None
    reader_version: str
    seen_scan_id: int


@dataclass(frozen=True, slots=True)
class Stored:
    """A record as the state holds it. `last` are the last known values; `customer` shows unknown where it is
    unknown."""

    row: int
    side: SideName
    id: str
    customer: Customer
    last: Mapping[str, Value]
    wire: Mapping[str, Json]
    value_digest: bytes
    reader_version: str
    name: str
    read_at: datetime
    changed_at: datetime
    first_scan_id: int
    seen_scan_id: int
    missing_scans: int
    gone_at: datetime | None
    suspect: str | None
    keys: tuple[Key, ...] = field(default=())


_TRAITS = set(Traits.__dataclass_fields__)


def stored_from_row(row: RowMapping, keys: Sequence[Key] = ()) -> Stored:
    """A row of `record` (optionally with its keys) as a value."""
    side = SideName(row["side"])
    last = {name: Value.from_json(value) for name, value in load(row["fields_json"]).items()}
    unknown = load(row["unknown_json"])
    shown = {**last, **{name: Value.from_json({"u": why}) for name, why in unknown.items()}}
    traits = Traits(**{name: value for name, value in load(row["traits_json"]).items() if name in _TRAITS})
    return Stored(
        row=row["id"], side=side, id=row["remote_id"], last=last, wire=load(row["wire_json"]),
        customer=Customer(side, row["remote_id"], shown, tuple(keys), traits),
        value_digest=row["value_digest"] or b"", reader_version=row["reader_version"], name=row["name"],
        read_at=row["read_at"], changed_at=row["changed_at"], first_scan_id=row["first_scan_id"],
        seen_scan_id=row["seen_scan_id"], missing_scans=row["missing_scans"], gone_at=row["gone_at"],
        suspect=row["suspect"], keys=tuple(keys),
    )  # fmt: skip


def _moment(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)


class RecordStore:
    """Questions the engine asks about records of one pair."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.pair_id = database.pair_id

    def known(self, connection: Connection, side: SideName, ids: Sequence[str]) -> dict[str, Known]:
        """Row id, digest, reader version and last scan of the stored records among `ids`."""
        columns = (
            RECORD.c.remote_id,
            RECORD.c.id,
            RECORD.c.wire_digest,
            RECORD.c.reader_version,
            RECORD.c.seen_scan_id,
        )
        found: dict[str, Known] = {}
        for chunk in chunks(ids):
            query = select(*columns).where(
                RECORD.c.pair_id == self.pair_id, RECORD.c.side == side.value, RECORD.c.remote_id.in_(chunk)
            )
            found.update({row[0]: Known(row[1], row[2], row[3], row[4]) for row in connection.execute(query)})
        return found

    def touch(self, connection: Connection, rows: Sequence[int], scan_id: int, now: datetime) -> None:
        """Mark records as seen again, unchanged."""
        for chunk in chunks(rows):
            connection.execute(
                update(RECORD)
                .where(RECORD.c.id.in_(chunk))
                .values(
                    seen_scan_id=scan_id,
                    read_at=now,
                    missing_scans=0,
                    gone_at=case((RECORD.c.deleted, RECORD.c.gone_at), else_=None),
                )
            )

    def save(
        self, connection: Connection, side: SideName, readings: Sequence[Reading], known: Mapping[str, Known],
        *, scan_id: int, reader_version: str, now: datetime,
    ) -> None:  # fmt: skip
        """Insert or update records and their keys. A record the side marks as deleted is gone at once (CL-10)."""
        fresh, changed = [], []
        for reading in readings:
            row = {
                "wire_digest": reading.wire_digest, "value_digest": reading.value_digest,
                "reader_version": reader_version, "deleted": reading.traits.deleted,
                "wire_json": dump(dict(reading.wire)), "unknown_json": dump(dict(reading.unknown)),
                "fields_json": dump({name: value.to_json() for name, value in reading.fields.items()}),
                "traits_json": dump({name: getattr(reading.traits, name) for name in _TRAITS}),
                "name": reading.name, "anonym": reading.traits.anonym, "activity": reading.traits.activity,
                "seen_scan_id": scan_id, "read_at": now, "missing_scans": 0,
                "gone_at": now if reading.traits.deleted else None,
                "server_updated_at": _moment(reading.traits.updated_at),
            }  # fmt: skip
            old = known.get(reading.remote_id)
            if old is None:
                identity = {"pair_id": self.pair_id, "side": side.value, "remote_id": reading.remote_id}
                fresh.append({**identity, **row, "first_scan_id": scan_id, "changed_at": now, "suspect": None})
            else:
                moved: dict[str, Any] = {"changed_at": now} if reading.changed else {}
                if reading.suspect is not None:
                    moved["suspect"] = reading.suspect
                connection.execute(update(RECORD).where(RECORD.c.id == old.row).values(**row, **moved))
                changed.append(old.row)
        if fresh:
            connection.execute(insert(RECORD), fresh)
        rows = {
            name: entry.row for name, entry in self.known(connection, side, [r.remote_id for r in readings]).items()
        }
        before: set[Held] = set()
        for chunk in chunks(changed):
            before |= held(connection, chunk)
            connection.execute(delete(RECORD_KEY).where(RECORD_KEY.c.record_id.in_(chunk)))
        place = {"pair_id": self.pair_id, "side": side.value}
        keys = [
            {"record_id": rows[r.remote_id], "kind": key.kind.value, "key": key.text, **place}
            for r in readings
            if not r.traits.anonym  # one marked as deleted keeps its keys, as one that vanished does: gone both are
            for key in dict.fromkeys(r.keys)
        ]  # fmt: skip
        if keys:
            connection.execute(insert(RECORD_KEY), keys)
        if changed:
            held_now = {known[r.remote_id].row: r.keys for r in readings if r.remote_id in known}
            FormerKeys(self.pair_id).keep(connection, side, before, held_now, now)

    def rederived(
        self, connection: Connection, row: int, side: SideName, reading: Reading, reader_version: str
    ) -> None:
        """Replace what was derived from a record's wire values, and its keys; when it was read stays as it is. The
        digest of its bytes is forgotten, since attributes that were not mapped then are not in the state."""
        connection.execute(
            update(RECORD).where(RECORD.c.id == row).values(
                wire_digest=None, value_digest=reading.value_digest, reader_version=reader_version,
                fields_json=dump({name: value.to_json() for name, value in reading.fields.items()}),
                unknown_json=dump(dict(reading.unknown)), name=reading.name, anonym=reading.traits.anonym,
                traits_json=dump({name: getattr(reading.traits, name) for name in _TRAITS}),
            )
        )  # fmt: skip
        connection.execute(delete(RECORD_KEY).where(RECORD_KEY.c.record_id == row))
        keys = () if reading.traits.anonym else tuple(dict.fromkeys(reading.keys))
        if keys:
            place = {"record_id": row, "pair_id": self.pair_id, "side": side.value}
            connection.execute(insert(RECORD_KEY), [{**place, "kind": key.kind.value, "key": key.text} for key in keys])

    def load(self, connection: Connection, rows: Iterable[int]) -> dict[int, Stored]:
        """Records by row id, with their keys."""
        found: dict[int, Stored] = {}
        for chunk in chunks(dict.fromkeys(rows)):
            keys = self.keys(connection, chunk)
            query = select(RECORD).where(RECORD.c.id.in_(chunk))
            for row in connection.execute(query).mappings():
                found[row["id"]] = stored_from_row(row, keys.get(row["id"], ()))
        return found

    def digests(self, connection: Connection, rows: Iterable[int]) -> dict[int, bytes]:
        """The digest of the mapped values by row id."""
        found: dict[int, bytes] = {}
        for chunk in chunks(dict.fromkeys(rows)):
            query = select(RECORD.c.id, RECORD.c.value_digest).where(RECORD.c.id.in_(chunk))
            found.update({row[0]: row[1] or b"" for row in connection.execute(query)})
        return found

    def named(self, connection: Connection, rows: Iterable[int]) -> dict[int, tuple[str, str]]:
        """(remote id, name for people) by row id."""
        found: dict[int, tuple[str, str]] = {}
        for chunk in chunks(dict.fromkeys(rows)):
            query = select(RECORD.c.id, RECORD.c.remote_id, RECORD.c.name).where(RECORD.c.id.in_(chunk))
            found.update({row[0]: (row[1], row[2]) for row in connection.execute(query)})
        return found

    def people(self, connection: Connection, rows: Iterable[int]) -> dict[int, Customer]:
        """Of records by row id what linking looks at: name, keys and traits. Much less to read than whole records."""
        found: dict[int, Customer] = {}
        columns = (RECORD.c.id, RECORD.c.side, RECORD.c.remote_id, RECORD.c.fields_json, RECORD.c.unknown_json,
                   RECORD.c.traits_json)  # fmt: skip
        for chunk in chunks(dict.fromkeys(rows)):
            keys = self.keys(connection, chunk)
            for row, side, remote, fields, unknown, traits in connection.execute(
                select(*columns).where(RECORD.c.id.in_(chunk))
            ):
                shown = {**load(fields), **{name: {"u": why} for name, why in load(unknown).items()}}
                name = {"name": Value.from_json(shown["name"])} if "name" in shown else {}
                kept = Traits(**{trait: value for trait, value in load(traits).items() if trait in _TRAITS})
                found[row] = Customer(SideName(side), remote, name, tuple(keys.get(row, ())), kept)
        return found

    def keys(self, connection: Connection, rows: Sequence[int]) -> dict[int, list[Key]]:
        """The keys of at most some hundred records."""
        found: dict[int, list[Key]] = {}
        query = select(RECORD_KEY.c.record_id, RECORD_KEY.c.kind, RECORD_KEY.c.key).where(
            RECORD_KEY.c.record_id.in_(list(rows))
        )
        for record, kind, text in connection.execute(query.order_by(RECORD_KEY.c.kind, RECORD_KEY.c.key)):
            found.setdefault(record, []).append(Key(KeyKind(kind), text))
        return found

    def by_remote(self, connection: Connection, side: SideName, ids: Sequence[str]) -> dict[str, Stored]:
        """Records by their id on the side."""
        known = self.known(connection, side, ids)
        loaded = self.load(connection, [entry.row for entry in known.values()])
        return {stored.id: stored for stored in loaded.values()}

    def holders(
        self, connection: Connection, side: SideName, keys: Iterable[Key], *, gone: bool = False
    ) -> dict[Key, list[int]]:
        """For each key the row ids of the side's records that hold it, in order. Gone ones are left out; `gone`: they
        alone, by what they held last."""
        found: dict[Key, list[int]] = {}
        by_kind: dict[str, list[str]] = {}
        for key in dict.fromkeys(keys):
            by_kind.setdefault(key.kind.value, []).append(key.text)
        for kind, texts in by_kind.items():
            for chunk in chunks(texts):
                query = (
                    select(RECORD_KEY.c.key, RECORD_KEY.c.record_id)
                    .join(RECORD, RECORD.c.id == RECORD_KEY.c.record_id)
                    .where(
                        RECORD_KEY.c.pair_id == self.pair_id, RECORD_KEY.c.kind == kind, RECORD_KEY.c.key.in_(chunk),
                        RECORD_KEY.c.side == side.value,
                        RECORD.c.gone_at.is_not(None) if gone else RECORD.c.gone_at.is_(None),
                    )
                    .order_by(RECORD_KEY.c.record_id)
                )  # fmt: skip
                for text, row in connection.execute(query):
                    found.setdefault(Key(KeyKind(kind), text), []).append(row)
        return found

    def holder_counts(self, connection: Connection, side: SideName, keys: Iterable[Key]) -> dict[Key, int]:
        """For each key how many records of the side hold it, gone ones left out; keys that nobody holds are missing."""
        found: dict[Key, int] = {}
        by_kind: dict[KeyKind, list[str]] = {}
        for key in dict.fromkeys(keys):
            by_kind.setdefault(key.kind, []).append(key.text)
        for kind, texts in by_kind.items():
            for chunk in chunks(texts):
                query = (
                    select(RECORD_KEY.c.key, func.count())
                    .join(RECORD, RECORD.c.id == RECORD_KEY.c.record_id)
                    .where(
                        RECORD_KEY.c.pair_id == self.pair_id, RECORD_KEY.c.kind == kind.value,
                        RECORD_KEY.c.key.in_(chunk), RECORD_KEY.c.side == side.value, RECORD.c.gone_at.is_(None),
                    )
                    .group_by(RECORD_KEY.c.key)
                )  # fmt: skip
                found.update({Key(kind, text): int(count) for text, count in connection.execute(query)})
        return found

    def holding(self, connection: Connection, side: SideName, key: Key, *, but: int, at_most: int) -> dict[int, str]:
        """The first so many other records that hold a key (gone ones left out): row id -> remote id, in order."""
        query = (
            select(RECORD.c.id, RECORD.c.remote_id)
            .join(RECORD_KEY, RECORD.c.id == RECORD_KEY.c.record_id)
            .where(
                RECORD_KEY.c.pair_id == self.pair_id, RECORD_KEY.c.kind == key.kind.value, RECORD_KEY.c.key == key.text,
                RECORD_KEY.c.side == side.value, RECORD.c.gone_at.is_(None), RECORD.c.id != but,
            )
            .order_by(RECORD.c.id).limit(at_most)
        )  # fmt: skip
        return {row[0]: row[1] for row in connection.execute(query)}

    def count(self, connection: Connection, side: SideName) -> int:
        """Records of a side that are not gone."""
        query = select(func.count()).where(
            RECORD.c.pair_id == self.pair_id, RECORD.c.side == side.value, RECORD.c.gone_at.is_(None)
        )
        return int(connection.execute(query).scalar_one())

    def newest_update(self, connection: Connection, side: SideName, scan_id: int, bound: datetime) -> datetime | None:
        """The largest time stamp of the side on the records this scan saw, not later than `bound` (CL-45)."""
        newest = select(RECORD.c.server_updated_at).where(
            RECORD.c.pair_id == self.pair_id, RECORD.c.side == side.value, RECORD.c.seen_scan_id == scan_id,
            RECORD.c.server_updated_at <= bound,
        )  # fmt: skip
        return connection.execute(newest.order_by(RECORD.c.server_updated_at.desc()).limit(1)).scalar_one_or_none()

    def pair_with_same_ids(self, connection: Connection, side: SideName) -> str | None:
        """The name of another pair that has read a record of this side with an id that this pair has read too."""
        mine, theirs = RECORD.alias("mine"), RECORD.alias("theirs")
        query = (
            select(PAIR.c.name).select_from(mine)
            .join(theirs, (theirs.c.side == mine.c.side) & (theirs.c.remote_id == mine.c.remote_id))
            .join(PAIR, PAIR.c.id == theirs.c.pair_id)
            .where(mine.c.pair_id == self.pair_id, mine.c.side == side.value, theirs.c.pair_id != self.pair_id)
        )  # fmt: skip
        others = connection.execute(select(PAIR.c.id).where(PAIR.c.id != self.pair_id)).first()
        return connection.execute(query.limit(1)).scalars().first() if others else None

    def other_reader(self, connection: Connection, side: SideName, version: str) -> Iterator[list[int]]:
        """Row ids of records that another reader version made, in chunks."""
        query = select(RECORD.c.id).where(
            RECORD.c.pair_id == self.pair_id, RECORD.c.side == side.value, RECORD.c.reader_version != version
        )
        yield from chunks(connection.scalars(query).all())

    def first_seen_after(self, connection: Connection, side: SideName, scan_id: int) -> Iterator[list[int]]:
        """Row ids of records that no scan up to `scan_id` saw (gone and anonymous ones left out), in chunks."""
        query = select(RECORD.c.id).where(
            RECORD.c.pair_id == self.pair_id, RECORD.c.side == side.value, RECORD.c.first_scan_id > scan_id,
            RECORD.c.gone_at.is_(None), RECORD.c.anonym.is_(False),
        )  # fmt: skip
        yield from chunks(connection.scalars(query.order_by(RECORD.c.id)).all())

    def mark_missing(self, connection: Connection, side: SideName, scan_id: int) -> int:
        """After a complete scan: one more scan without them, for all records it did not see. Returns how many."""
        missed = connection.execute(
            update(RECORD)
            .where(
                RECORD.c.pair_id == self.pair_id, RECORD.c.side == side.value, RECORD.c.seen_scan_id != scan_id,
                RECORD.c.gone_at.is_(None),
            )
            .values(missing_scans=RECORD.c.missing_scans + 1)
        )  # fmt: skip
        return missed.rowcount

    def missing(self, connection: Connection, side: SideName, at_least: int) -> list[tuple[int, str]]:
        """(row id, remote id) of records that at least so many complete scans in a row did not see, not yet gone."""
        query = select(RECORD.c.id, RECORD.c.remote_id).where(
            RECORD.c.pair_id == self.pair_id, RECORD.c.side == side.value, RECORD.c.missing_scans >= at_least,
            RECORD.c.gone_at.is_(None),
        )  # fmt: skip
        return [(row, remote) for row, remote in connection.execute(query.order_by(RECORD.c.id))]

    def set_gone(self, connection: Connection, rows: Sequence[int], now: datetime) -> None:
        """These records are gone."""
        for chunk in chunks(rows):
            connection.execute(update(RECORD).where(RECORD.c.id.in_(chunk)).values(gone_at=now))

    def set_suspect(self, connection: Connection, row: int, why: str) -> None:
        """This record is perhaps another person since."""
        connection.execute(update(RECORD).where(RECORD.c.id == row).values(suspect=why))

    def clear_suspect(self, connection: Connection, rows: Sequence[int]) -> None:
        """The suspicion was dealt with (a disputed link, or staff)."""
        for chunk in chunks(rows):
            connection.execute(update(RECORD).where(RECORD.c.id.in_(chunk)).values(suspect=None))
