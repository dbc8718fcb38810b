"""Reading back what the first operations of a plan wrote, before the others follow."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from connector.domain.values import BLANK, SideName, Value
from connector.engine.context import RunContext
from connector.engine.scan import scan_full, scan_ids
from connector.state.core import load

FAILED = ("refused.", "in_doubt.", "patch_replaces", "stopped.", "drifted.")
"""Counts of a run that say: not all of the first operations went through."""


@dataclass(frozen=True, slots=True)
class Wrong:
    """A field that reads back different: where, what was sent, what is shown."""

    side: SideName
    record: str
    field: str
    sent: Value
    shown: Value


@dataclass(frozen=True, slots=True)
class ReadBack:
    """What the first operations came to: how many fields of how many records are as sent, which are not, which records
    (side, id) the reading does not show, and how many operations were refused, in doubt or had drifted. `rest`:
    operations that would follow."""

    records: int
    fields: int
    differs: tuple[Wrong, ...]
    unread: tuple[tuple[SideName, str], ...]
    failed: int
    rest: int

    @property
    def as_sent(self) -> bool:
        """Whether everything that was written was read back, as sent."""
        return not self.differs and not self.unread


async def read_back(ctx: RunContext, rest: int) -> ReadBack:
    """Read the records again that this run wrote, and compare every field that was sent by its own equality."""
    with ctx.stores.database.read() as connection:
        history = ctx.stores.history.of_run(connection, ctx.run_id)
    written: dict[SideName, dict[int, dict[str, Value]]] = {side: {} for side in SideName}
    for row in history:
        side = SideName(row["side"])
        number = row["clopos_record_id"] if side is SideName.CLOPOS else row["checkandplace_record_id"]
        after = Value.from_json((load(row["after_json"]) or {}).get("value"))
        written[side].setdefault(number, {})[row["field"]] = after
    for side, records in written.items():
        if records:
            await _read(ctx, side, list(records))
    unread = tuple(one for side, records in written.items() for one in _unread(ctx, side, records))
    wrong = [one for side, records in written.items() for one in _compared(ctx, side, records)]
    failed = sum(count for name, count in ctx.counts.items() if name.startswith(FAILED))
    people = sum(len(rows) for rows in written.values())
    fields = sum(len(sent) for rows in written.values() for sent in rows.values())
    return ReadBack(people, fields, tuple(wrong), unread, failed, rest)


async def _read(ctx: RunContext, side: SideName, rows: list[int]) -> None:
    """By id where the side has that and it costs fewer requests, else one listing."""
    with ctx.stores.database.read() as connection:
        ids = [record.id for record in ctx.stores.records.load(connection, rows).values()]
        last = ctx.stores.runs.last_scan(connection, side)
    cheap = last is not None and len(ids) < last.pages
    if ctx.sides[side].capabilities.read_by_id and cheap:
        await scan_ids(ctx, side, ids)
    else:
        await scan_full(ctx, side)


def _unread(ctx: RunContext, side: SideName, records: Mapping[int, object]) -> Iterator[tuple[SideName, str]]:
    """The records that this reading does not show (a torn list, or somebody deleted them): what the state holds of them
    is what we sent, and proves nothing."""
    with ctx.stores.database.read() as connection:
        loaded = ctx.stores.records.load(connection, list(records))
    for record in loaded.values():
        if record.seen_scan_id != ctx.readings[side].scan_id:
            yield side, record.id


def _compared(ctx: RunContext, side: SideName, records: dict[int, dict[str, Value]]) -> Iterator[Wrong]:
    with ctx.stores.database.read() as connection:
        loaded = ctx.stores.records.load(connection, list(records))
    for row, sent in records.items():
        for name, value in sent.items():
            spec, shown = ctx.mapper.mapping.field(name), loaded[row].customer.field(name)
            if spec is not None and not shown.is_unknown and not spec.kind.equal(value or BLANK, shown):
                yield Wrong(side, loaded[row].id, name, value, shown)
