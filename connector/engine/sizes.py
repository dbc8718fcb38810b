"""What the guard is told of a side: its numbers before and now, its landmarks, and ten examples for a refusal."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import islice

from sqlalchemy import Connection

from connector.domain.guard import Code, Refusal, SideFacts
from connector.domain.plan import EntryKind
from connector.domain.values import SideName
from connector.engine.context import RunContext

OLDEST = 10
"""Links looked for in every complete listing: those that were made first."""
EXAMPLES = 10
_OPERATIONS = {Code.TOO_MANY_UPDATES: (EntryKind.UPDATE,), Code.TOO_MANY_CREATES: (EntryKind.CREATE,),
               Code.SETTINGS_CHANGED: (EntryKind.UPDATE, EntryKind.CREATE)}  # fmt: skip
_ABSENT = (Code.SIDE_SHRANK, Code.SIDE_EMPTY, Code.ANOTHER_STORE, Code.LANDMARK_MISSING)


def side_facts(
    ctx: RunContext, connection: Connection, side: SideName, links: int, *, updates: int = 0, creates: int = 0
) -> SideFacts:  # fmt: skip
    """The numbers of one side, with what a plan would do to it."""
    reading = ctx.readings[side]
    facts = SideFacts(
        side, records=ctx.stores.records.count(connection, side), updates=updates, creates=creates, size=reading.size,
        last_size=reading.last_size, linked=links, linked_missing=reading.linked_missing, made=reading.made,
    )  # fmt: skip
    if not (reading.complete and reading.full and reading.scan_id is not None):
        return facts
    oldest, missing = ctx.stores.unseen.oldest_linked(connection, side, reading.scan_id, OLDEST)
    return replace(
        facts, landmarks=oldest, landmarks_missing=missing,
        named_missing=tuple(_named_missing(ctx, connection, side, reading.scan_id)),
    )  # fmt: skip


def _named_missing(ctx: RunContext, connection: Connection, side: SideName, scan_id: int) -> Iterator[str]:
    """The landmarks of the settings that a scan did not see, by their ids."""
    wanted = [name for where, _, name in (mark.partition(":") for mark in ctx.policy.landmarks) if where == side.value]
    known = ctx.stores.records.known(connection, side, wanted)
    for name in wanted:
        if name not in known or known[name].seen_scan_id != scan_id:
            yield name


def with_examples(ctx: RunContext, connection: Connection, plan_id: int, refusal: Refusal) -> Refusal:
    """A refusal whose sentence names ten of those it is about, by side and id, never by a guest's data."""
    found: list[str] = []
    if refusal.code in _OPERATIONS:
        entries = ctx.stores.plans.entries(connection, plan_id, _OPERATIONS[refusal.code])
        mine = (entry for _row, entry in entries if refusal.side in (None, entry.side))
        for entry in islice(mine, EXAMPLES):
            named = entry.target_id or f"from {entry.source_id}"
            found.append(f"{named} ({', '.join(change.field for change in entry.fields)})")
    elif refusal.code in _ABSENT and refusal.side is not None:
        scan_id = ctx.readings[refusal.side].scan_id or 0
        found = ctx.stores.unseen.ids(connection, refusal.side, scan_id, EXAMPLES)
    if not found:
        return refusal
    return replace(refusal, sentence=f"{refusal.sentence} For example: {'; '.join(found)}.", examples=tuple(found))
