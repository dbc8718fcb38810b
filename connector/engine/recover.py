"""Writes whose outcome is not known yet, resolved before anything else (docs/api/clopos.md 3.3, checkandplace.md 5)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta

from sqlalchemy import Connection

from connector.domain.doubt import (
    Fresh,
    Next,
    Sight,
    UpdateVerdict,
    checkandplace_create,
    clopos_create,
    sight,
    update,
)
from connector.domain.errors import RefusedByServer, TransientError
from connector.domain.plan import Entry, EntryKind, FieldChange
from connector.domain.values import BLANK, CHECKANDPLACE, CLOPOS, SideName, Value
from connector.engine import probe
from connector.engine.before import Before
from connector.engine.context import RunContext, log
from connector.engine.ledger import set_bases
from connector.engine.lookup import look_up
from connector.engine.steps import Step
from connector.engine.unanswered import hold_if_never_answered
from connector.engine.verdicts import carry_out
from connector.engine.writes import beside, book_history, note
from connector.state.intents import IntentView
from connector.state.links import HOLDING_STATES, LinkView
from connector.state.records import Stored

UNSURE = ("open", "in-doubt", "accepted")


async def recover_clopos(ctx: RunContext) -> None:
    """Creates on Clopos whose outcome is not known: look up by phone and newest rows, compare the cid. Not found means
    that the plan may send it again, with the same cid."""
    ctx.step = Step.RECOVER
    for intent in _unsure(ctx, CLOPOS):
        source = _record(ctx, intent.checkandplace_row)
        if source is None:
            note(ctx, intent.id, "dropped", "source_unknown")
            continue
        try:
            found = await look_up(ctx, source, intent.cid, newest=True)
        except (TransientError, RefusedByServer) as error:
            log.warning("doubt-not-resolved", side="clopos", intent=intent.id, reason=error.code)
            continue
        verdict = clopos_create(found)
        if verdict.next is Next.SEND_AGAIN:
            _drop(ctx, intent, verdict.why)
        else:
            await carry_out(ctx, entry_of(intent), intent.id, verdict)
        ctx.count("doubts_resolved")


def _drop(ctx: RunContext, intent: IntentView, why: str) -> None:
    """A create that never arrived: the plan may send it again, unless that came to nothing too often."""
    with ctx.stores.database.write() as connection:
        ctx.stores.intents.set(connection, intent.id, state="dropped", outcome=why, settled_at=ctx.clock.now())
        hold_if_never_answered(ctx, connection, intent, entry_of(intent))


async def settle_checkandplace(ctx: RunContext) -> None:
    """After this run's listing: updates by what the record shows, creates by what is new in complete listings; then the
    probes that a crash, or a lost answer, left without their comparison (CP-20)."""
    ctx.step = Step.SETTLE
    reading = ctx.readings[CHECKANDPLACE]
    for intent in _unsure(ctx, CHECKANDPLACE):
        if intent.verb == EntryKind.UPDATE.value:
            _settle_update(ctx, intent)
        elif reading.complete and reading.full:
            await _settle_create(ctx, intent)
    with ctx.stores.database.read() as connection:
        uncompared = probe.pending(ctx.stores.intents.unsettled(connection))
    for intents in uncompared.values():
        await _compare(ctx, intents)


async def _compare(ctx: RunContext, intents: Sequence[IntentView]) -> None:
    """The probe of one record, from what its intents kept: all that was sent to it, against what stood there before the
    first request. Before the plan, which would take wiped fields for clears by staff."""
    first = intents[0]
    target, before = _record(ctx, first.checkandplace_row), Before.kept(first.facts)
    if target is None or target.gone_at is not None or before is None:
        for intent in intents:
            note(ctx, intent.id, intent.state, "target_gone")
    elif target.seen_scan_id > intents[-1].scan_mark:
        sent = {change.field: change for intent in intents for change in _changes(intent)}
        with ctx.at(Step.PROBE):
            await probe.conclude(ctx, replace(entry_of(first), fields=tuple(sent.values())), before, target)


def _settle_update(ctx: RunContext, intent: IntentView) -> None:
    """Sent value seen: done; before-value seen: the merge sends it again; a third: it is merged anew. Of a record that
    is gone nothing can be seen any more. A probe stays open for its comparison, unless it plainly did not arrive."""
    target = _record(ctx, intent.checkandplace_row)
    if target is None or target.gone_at is not None:
        note(ctx, intent.id, "dropped", "target_gone")
        return
    if intent.sent_at is None or target.seen_scan_id <= intent.scan_mark:
        return
    changes = {change.field: change for change in _changes(intent)}
    seen: dict[str, Sight] = {}
    for change in changes.values():
        spec = ctx.mapper.mapping.field(change.field)
        value = target.customer.field(change.field)
        if spec is None:
            seen[change.field] = Sight.UNREADABLE
        else:
            seen[change.field] = sight(spec.kind, change.after or BLANK, change.before or BLANK, value)
    verdict = update(seen)
    if verdict.wait:
        return
    arrived_in_part = "before" in intent.facts and len(verdict.send_again) < len(seen)
    with ctx.stores.database.write() as connection:
        for link in ctx.stores.links.of_records(connection, [target.row]):
            if link.state != "rejected" and link.clopos_row == intent.clopos_row:
                # Settled at once, also where the source moved on since: a reading showed it, however this run ends.
                shown = {name: target.customer.field(name) for name in verdict.done}
                arrived = {name: {CLOPOS: beside(changes[name]), CHECKANDPLACE: value} for name, value in shown.items()}
                _land(ctx, connection, link, set(seen), arrived)
        if verdict.done:
            # One request: where a field arrived, one that staff typed over since had arrived too.
            arrived_whole = (*verdict.done, *verdict.merge_anew)
            book_history(ctx, connection, _only(entry_of(intent), arrived_whole), intent.id)
        ctx.stores.intents.set(
            connection, intent.id, state="done" if verdict.done else "dropped", outcome=_word(verdict),
            settled_at=None if arrived_in_part else ctx.clock.now(),
        )  # fmt: skip
        if _word(verdict) == "before_value_seen":
            late = [changes[name] for name in verdict.send_again]
            hold_if_never_answered(ctx, connection, intent, entry_of(intent), late)
    ctx.count("doubts_resolved")


def _only(entry: Entry, fields: Sequence[str]) -> Entry:
    """The operation with those of its fields that arrived: nothing else was overwritten."""
    return replace(entry, fields=tuple(change for change in entry.fields if change.field in fields))


def _word(verdict: UpdateVerdict) -> str:
    """The history's word for what a later reading showed of an update in doubt."""
    if verdict.done:
        return "sent_value_seen"
    return "before_value_seen" if verdict.send_again else "third_value"


def _land(
    ctx: RunContext, connection: Connection, link: LinkView, fields: set[str],
    arrived: Mapping[str, Mapping[SideName, Value | None]],
) -> None:  # fmt: skip
    """These fields are in flight no more; what has arrived is settled."""
    kept = {name: sent for name, sent in link.sent.items() if name not in fields}
    set_bases(ctx, connection, replace(link, sent={}), arrived, kept)


async def _settle_create(ctx: RunContext, intent: IntentView) -> None:
    """*Ours*: exactly one record that is new since the send and equals what was sent; *absent*: two complete listings
    begun 60 s or more after it; anything else is a hold with the question (CP-19, CP-21). An anonymous create cannot be
    told from another walk-in: it is never sent again."""
    reading = ctx.readings[CHECKANDPLACE]
    if intent.sent_at is None or reading.started_at is None:
        return
    listings = list(intent.facts.get("listings", []))
    seconds = (reading.started_at - intent.sent_at) / timedelta(seconds=1)
    if seconds <= 0:  # a later run's listing, so the clock was put back since: the minute is counted from now on
        with ctx.stores.database.write() as connection:
            ctx.stores.intents.set(connection, intent.id, sent_at=ctx.clock.now())
    elif reading.scan_id not in [scan for scan, _s in listings]:
        listings.append([reading.scan_id, seconds])
    with ctx.stores.database.read() as connection:
        fresh = _fresh(ctx, connection, intent)
    never_again = intent.state == "accepted" or bool(intent.facts.get("anonymous"))
    verdict = checkandplace_create(fresh, [s for _scan, s in listings], accepted=never_again)
    if verdict.next is Next.WAIT:
        with ctx.stores.database.write() as connection:
            ctx.stores.intents.set(connection, intent.id, facts={**intent.facts, "listings": listings})
        return
    if verdict.next is Next.SEND_AGAIN:
        _drop(ctx, intent, verdict.why)
    else:
        await carry_out(ctx, entry_of(intent), intent.id, verdict)
    ctx.count("doubts_resolved")


def _fresh(ctx: RunContext, connection: Connection, intent: IntentView) -> list[Fresh]:
    """Records of Check&Place that were in no listing before the send and are nobody's partner."""
    sent = {change.field: change.after for change in _changes(intent) if change.after is not None}
    ignored = set(ctx.pair.probes.get("checkandplace.create", {}).get("ignored", ()))
    result = []
    for rows in ctx.stores.records.first_seen_after(connection, CHECKANDPLACE, intent.scan_mark):
        loaded = ctx.stores.records.load(connection, rows)
        for record in loaded.values():
            links = ctx.stores.links.of_records(connection, [record.row])
            if any(link.state in HOLDING_STATES and link.checkandplace_row == record.row for link in links):
                continue
            alike = all(_equal(ctx, name, value, record) for name, value in sent.items() if name not in ignored)
            read = not any(record.customer.field(name).is_unknown for name in sent if name not in ignored)
            keys = {key for name, value in sent.items() for key in _keys(ctx, name, value)}
            # What cannot be read is no proof that the record is ours, and none that it is not.
            shares = bool(keys & set(record.keys)) or (alike and not read)
            result.append(Fresh(record.id, equal=alike and read and bool(sent), shares_key=shares))
    return result


def _equal(ctx: RunContext, name: str, value: Value, record: Stored) -> bool:
    spec = ctx.mapper.mapping.field(name)
    shown = record.customer.field(name)
    return spec is not None and (shown.is_unknown or spec.kind.equal(value, shown))


def _keys(ctx: RunContext, name: str, value: Value) -> list[object]:
    spec = ctx.mapper.mapping.field(name)
    return [key for key in spec.kind.keys(value) if key.kind.value != "name"] if spec is not None else []


def entry_of(intent: IntentView) -> Entry:
    """The operation an intent stands for, as far as booking its outcome needs it."""
    anonymous = {"anonymous": True} if intent.facts.get("anonymous") else {}
    return Entry(
        EntryKind(intent.verb), side=intent.side, clopos_row=intent.clopos_row,
        checkandplace_row=intent.checkandplace_row, link_id=intent.facts.get("link_id"),
        clopos_id=intent.target_id if intent.side is CLOPOS else None,
        checkandplace_id=intent.target_id if intent.side is CHECKANDPLACE else None,
        who=str(intent.facts.get("who", "")), fields=tuple(_changes(intent)), body=intent.body,
        reason=str(intent.facts.get("reason", "")),
        facts={"source_digest": intent.facts.get("source_digest"), **anonymous},
    )  # fmt: skip


def _changes(intent: IntentView) -> list[FieldChange]:
    return [FieldChange.from_json(change) for change in intent.facts.get("fields", [])]


def _unsure(ctx: RunContext, side: SideName) -> list[IntentView]:
    with ctx.stores.database.read() as connection:
        return [i for i in ctx.stores.intents.unsettled(connection) if i.side is side and i.state in UNSURE]


def _record(ctx: RunContext, row: int | None) -> Stored | None:
    if row is None:
        return None
    with ctx.stores.database.read() as connection:
        return ctx.stores.records.load(connection, [row]).get(row)
