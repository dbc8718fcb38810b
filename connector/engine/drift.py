"""What became of the entries of a plan file that a plan made from newer readings does not hold any more."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import Connection

from connector.domain.mapping import Mapper
from connector.domain.plan import OPERATIONS, Entry, EntryKind, FieldChange
from connector.domain.planfile import sides_of
from connector.domain.values import ABSENT, BLANK, CLOPOS, SideName, Value
from connector.engine.context import Stores
from connector.state.core import chunks
from connector.state.records import Stored

DECIDING = (*OPERATIONS, EntryKind.LINK_STATE, EntryKind.LINK, EntryKind.PROPOSAL, EntryKind.SETTLE, EntryKind.CLOSE,
            EntryKind.TASK, EntryKind.CONFLICT, EntryKind.HOLD)  # fmt: skip
"""Entries that do something when a plan is carried out; the others only tell."""


class Why(StrEnum):
    """Why an entry of a file is not carried out."""

    ALREADY = "already"
    """It is so already: nothing is left to do."""
    TARGET_CHANGED = "target-changed"
    SOURCE_CHANGED = "source-changed"
    GONE = "gone"
    """A record that it is about is not there any more, or could not be read."""
    DECIDED_OTHERWISE = "decided-otherwise"
    """The same values, but something around them moved: a number taken meanwhile, a link, a decision of staff."""


@dataclass(frozen=True, slots=True)
class Dropped:
    """An entry that fell out, why, and what both sides show now of the fields that it is about (a side that could not
    be asked is missing). `now`: field -> side -> value."""

    entry: Entry
    why: Why
    now: Mapping[str, Mapping[SideName, Value]]

    def planned(self, change: FieldChange) -> dict[SideName, Value]:
        """What the plan saw of a field on each side that it read; of a create, on the side that the values are from."""
        target = self.entry.side
        if self.entry.kind is EntryKind.CREATE and target is not None:
            return {target.other: change.after or BLANK}
        seen = {CLOPOS: change.clopos, CLOPOS.other: change.checkandplace}
        return {side: value for side, value in seen.items() if value is not None}

    @property
    def changed(self) -> frozenset[str]:
        """The fields that show something else now than the plan saw; none where something around them moved."""
        return frozenset(
            change.field
            for change in self.entry.fields
            for side, value in self.planned(change).items()
            if side in self.now.get(change.field, {}) and not _same(self.now[change.field][side], value)
        )


def judge(
    stores: Stores, mapper: Mapper, entries: Iterable[Entry], unread: Collection[tuple[SideName, str]] = ()
) -> Iterator[Dropped]:
    """Why each of these entries is no part of the newer plan, by the newest readings of the state. `unread`: records
    that were asked for by id in vain."""
    for chunk in chunks(entries, 200):
        with stores.database.read() as connection:
            loaded = {
                side: stores.records.by_remote(
                    connection, side, [sides_of(e)[side] for e in chunk if side in sides_of(e)]
                )
                for side in SideName
            }
            for entry in chunk:
                records = {side: loaded[side].get(name) for side, name in sides_of(entry).items()}
                gone = any(one is None or one.gone_at is not None for one in records.values()) or any(
                    item in unread for item in sides_of(entry).items()
                )
                here = {side: one for side, one in records.items() if one is not None}
                now = {change.field: {side: one.customer.field(change.field) for side, one in here.items()}
                       for change in entry.fields}  # fmt: skip
                yield Dropped(entry, Why.GONE if gone else _why(stores, mapper, connection, entry, here), now)


def _why(
    stores: Stores, mapper: Mapper, connection: Connection, entry: Entry, records: Mapping[SideName, Stored]
) -> Why:
    """Of an entry whose records are all there."""
    target = entry.side
    if entry.kind is EntryKind.UPDATE and target is not None:
        shown = {change.field: records[target].customer.field(change.field) for change in entry.fields}
        if all(_equal(mapper, change, shown[change.field]) for change in entry.fields):
            return Why.ALREADY
        if any(not _same(shown[change.field], change.before or BLANK) for change in entry.fields):
            return Why.TARGET_CHANGED
        moved = _moved(entry, records, target.other)
        return Why.SOURCE_CHANGED if moved else Why.DECIDED_OTHERWISE
    if entry.kind is EntryKind.CREATE and target is not None:
        source = records[target.other]
        if any(link.state == "active" for link in stores.links.of_records(connection, [source.row])):
            return Why.ALREADY
        changed = entry.facts.get("source_digest") not in (None, source.value_digest.hex())
        return Why.SOURCE_CHANGED if changed else Why.DECIDED_OTHERWISE
    if any(_moved(entry, records, side) for side in records):
        return Why.SOURCE_CHANGED
    return Why.ALREADY if _is_so(stores, connection, entry, records) else Why.DECIDED_OTHERWISE


def _is_so(stores: Stores, connection: Connection, entry: Entry, records: Mapping[SideName, Stored]) -> bool:
    """Whether a decision stands already as the entry says."""
    rows = [one.row for one in records.values()]
    links = [
        link for link in stores.links.of_records(connection, rows)
        if {link.clopos_row, link.checkandplace_row} >= set(rows)
    ]  # fmt: skip
    if entry.kind is EntryKind.CLOSE:
        return True  # an entry that is over needs no end
    if entry.kind in (EntryKind.TASK, EntryKind.CONFLICT, EntryKind.HOLD):  # asked already, and not answered yet
        asked = stores.queue.live(connection, [entry.subject]).get((entry.subject, entry.topic))
        return asked is not None and (asked.kind, asked.code, asked.resolution) == (entry.kind, entry.reason, None)
    if entry.kind is EntryKind.LINK_STATE:
        return any(link.state == entry.facts.get("state") for link in links)
    active = [link for link in links if link.state == "active"]
    if entry.kind is EntryKind.SETTLE:
        return any(
            (base := link.base(change.field)) is not None
            and _same(base[CLOPOS], change.clopos or ABSENT)
            and _same(base[CLOPOS.other], change.checkandplace or ABSENT)
            for link in active for change in entry.fields
        )  # fmt: skip
    return entry.kind in (EntryKind.LINK, EntryKind.PROPOSAL) and bool(active)


def _moved(entry: Entry, records: Mapping[SideName, Stored], side: SideName) -> bool:
    """Whether a side shows something else now than the entry saw there."""
    if side not in records:
        return False
    seen = {change.field: change.clopos if side is CLOPOS else change.checkandplace for change in entry.fields}
    return any(
        value is not None and not _same(records[side].customer.field(name), value) for name, value in seen.items()
    )


def _same(left: Value, right: Value) -> bool:
    return bool(left.to_json() == right.to_json())


def _equal(mapper: Mapper, change: FieldChange, shown: Value) -> bool:
    """Whether the target shows what would be sent, by the field's own equality."""
    spec = mapper.mapping.field(change.field)
    return spec is not None and spec.kind.equal(change.after or BLANK, shown)
