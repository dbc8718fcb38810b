"""A create that is proved, by its answer or by what was found later: record, link, bases and history at once."""

from __future__ import annotations

from dataclasses import replace

from sqlalchemy import Connection

from connector.domain.codes import HoldCode
from connector.domain.lifecycle import changed_hands
from connector.domain.plan import Entry, FieldChange
from connector.domain.values import CHECKANDPLACE, CLOPOS, Customer, SideName, Traits
from connector.engine.context import RunContext
from connector.engine.ledger import make_link, settle_new_link
from connector.engine.partners import partnered
from connector.engine.scan import store_rows
from connector.engine.writes import book_history, hold
from connector.sides.port import Row
from connector.state.records import Stored


def book_create(ctx: RunContext, entry: Entry, intent_id: int, row: Row, why: str = "created") -> None:
    """A create whose answer shows the record: outcome, record, link and bases, history, in one transaction."""
    side = entry.side or CHECKANDPLACE
    with ctx.stores.database.write() as connection:
        store_rows(ctx, connection, side, [row], ctx.readings[side].scan_id or 0)
        made = ctx.stores.records.by_remote(connection, side, [row.id])[row.id]
        adopt(ctx, connection, entry, intent_id, made, why, answered=True)
    ctx.count(f"created.{side.value}")


def adopt(
    ctx: RunContext, connection: Connection, entry: Entry, intent_id: int, made: Stored, why: str, *,
    answered: bool = False,
) -> None:  # fmt: skip
    """Link the record that a create made to the one it was made from, settle what is equal, close the intent.

    `answered`: `made` is what the create's own answer shows, so nobody has edited it yet. What it shows different is
    settled as different with hold `did-not-stick` (ARCHITECTURE, "Record"; CP-40). A record of the two that was typed
    over while the create was in doubt is marked: the plan asks whose link it is.
    """
    side = entry.side or CHECKANDPLACE
    clopos_row = made.row if side is CLOPOS else entry.clopos_row
    guest_row = entry.checkandplace_row if side is CLOPOS else made.row
    whole = replace(entry, clopos_row=clopos_row, checkandplace_row=guest_row)
    if partnered(ctx, connection, clopos_row or 0, guest_row or 0):
        why = "linked_meanwhile"  # staff, or an own number, found the person while the create was in doubt
    elif not entry.facts.get("anonymous"):
        link = make_link(ctx, connection, clopos_row or 0, guest_row or 0, why, {"band": "sure", "facts": [why]})
        settle_new_link(ctx, connection, link, entry.fields, side, answered=answered)
        if not answered:
            row = (guest_row if side is CLOPOS else clopos_row) or 0
            _doubt_either(ctx, connection, whole, ctx.stores.records.load(connection, [row])[row], made)
        elif lost := _lost(ctx, side, entry, made):
            hold(ctx, connection, whole, HoldCode.DID_NOT_STICK, lost)
    book_history(ctx, connection, whole, intent_id)
    ctx.stores.intents.set(
        connection, intent_id, state="done", outcome=why, settled_at=ctx.clock.now(), target_id=made.id,
        clopos_record_id=clopos_row, checkandplace_record_id=guest_row,
    )  # fmt: skip
    flags = [name for name in ("allow_sms", "allow_email") if made.customer.field(name).data is True]
    for flag in flags:  # CP-52: what the server sets on a create is counted and shown
        ctx.count(f"consent_set_by_server.{flag}")


def _lost(ctx: RunContext, side: SideName, entry: Entry, made: Stored) -> tuple[FieldChange, ...]:
    """The fields of a create that its answer carries and shows different, each with what is shown."""
    lost = []
    for change in entry.fields:
        spec, shown = ctx.mapper.mapping.field(change.field), made.customer.field(change.field)
        if spec is None or change.after is None or shown.is_unknown or spec.kind.equal(change.after, shown):
            continue
        both = {side: shown, side.other: change.after}
        lost.append(replace(change, clopos=both[CLOPOS], checkandplace=both[CHECKANDPLACE]))
    return tuple(lost)


def _doubt_either(ctx: RunContext, connection: Connection, entry: Entry, source: Stored, made: Stored) -> None:
    """Mark whichever of the two records is perhaps another person by now: by the rule that doubts a linked record, from
    what was sent to what it shows."""
    sent = {change.field: change.after for change in entry.fields if change.after is not None}
    keys = [
        key
        for name, value in sent.items()
        if (spec := ctx.mapper.mapping.field(name)) is not None
        for key in spec.kind.keys(value)
    ]
    for one, other in ((source, made), (made, source)):
        then = Customer(one.side, one.id, sent, keys, Traits())
        why = changed_hands(then, one.customer, other.customer)
        if why is not None:
            ctx.stores.records.set_suspect(connection, one.row, why)
