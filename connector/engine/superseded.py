"""Staff merged two records of one side: the task that says which double is left on the other side (CP-48)."""

from __future__ import annotations

from dataclasses import replace

from sqlalchemy import Connection

from connector.domain.plan import Entry
from connector.domain.values import CHECKANDPLACE, CLOPOS, SideName
from connector.engine.context import RunContext
from connector.state.records import Stored


def name_double(ctx: RunContext, connection: Connection, entry: Entry) -> Entry:
    """The entry of a superseded link with all records by name: who vanished, into whom it seems to have been merged,
    and whose double its partner is now. Any other entry comes back as it is.

    `facts`: `survivor` is {side, id}; `double` is {side, id, of}: the partner, and the survivor's partner to merge it
    into (None: the survivor has no partner, so the partner may be its own).
    """
    heir_row = entry.facts.get("survivor_row")
    if entry.reason != "merged_away" or heir_row is None or entry.side is None:
        return entry
    heir = ctx.stores.records.load(connection, [int(heir_row)])[int(heir_row)]
    side, other = entry.side, CHECKANDPLACE if entry.side is CLOPOS else CLOPOS
    gone, partner = _id(entry, side), _id(entry, other)
    into = _partner(ctx, connection, heir)
    merged = f"{side.label} {gone} is gone and seems to have been merged into {side.label} {heir.id}."
    if into is None:
        sentence = f"{merged} Its partner, {other.label} {partner}, may belong to {side.label} {heir.id} now."
        step = f"connector links accept {entry.link_id}"
    else:
        sentence = (
            f"{merged} Their partners, {other.label} {partner} and {other.label} {into}, are then one person twice: "
            f"merge {partner} into {into} in {other.label} too."
        )
        step = (
            f"Merge them in {other.label}: the link ends by itself. If they are two people: "
            f"connector links reject {entry.link_id}"
        )
    facts = {
        **entry.facts, "survivor": {"side": side.value, "id": heir.id},
        "double": {"side": other.value, "id": partner, "of": into},
    }  # fmt: skip
    return replace(entry, sentence=sentence, next_step=step, facts=facts)


def _id(entry: Entry, side: SideName) -> str | None:
    return entry.clopos_id if side is CLOPOS else entry.checkandplace_id


def _partner(ctx: RunContext, connection: Connection, record: Stored) -> str | None:
    """The id of the record that this one is actively linked to."""
    for link in ctx.stores.links.of_records(connection, [record.row]):
        if link.state == "active":
            row = link.checkandplace_row if record.side is CLOPOS else link.clopos_row
            return ctx.stores.records.load(connection, [row])[row].id
    return None
