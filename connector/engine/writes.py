"""One operation, from precondition to booked outcome: intent, commit, send, classify, commit (ARCHITECTURE, "Apply").

A write is never repeated blindly. Whatever happens to it is its own matter: only credentials and a lost lease stop the
run. Outcomes are values; `apply.py` tells the order of the work.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import cast

from sqlalchemy import Connection

from connector.domain.backoff import next_try, retryable
from connector.domain.codes import HoldCode
from connector.domain.errors import AuthError, InDoubt, RefusedByServer, TransientError
from connector.domain.plan import Entry, EntryKind, FieldChange
from connector.domain.undo import UNDO
from connector.domain.values import BLANK, CHECKANDPLACE, CLOPOS, Json, Key, KeyKind, SideName, Value
from connector.engine.before import Before, is_probing_update
from connector.engine.context import RunContext, log
from connector.engine.ledger import link_of, put_in_queue, set_bases, wire_of
from connector.engine.partners import taken
from connector.engine.reconcile import source_digest
from connector.engine.scan import store_rows
from connector.sides.port import AnonymousCreates, Row, WriteAnswer
from connector.state.core import dump
from connector.state.queue import Queued
from connector.state.records import Stored

BACK_OVER = ("active", "broken", "rejected", "superseded")
"""States of a link over which a value that we wrote may be taken back: nothing new flows over most of them."""


class Result(StrEnum):
    """What came of one operation."""

    DONE = "done"
    DRIFTED = "drifted"
    """The target is not what the plan saw any more: nothing was sent, the next run looks again."""
    REFUSED = "refused"
    IN_DOUBT = "in-doubt"
    ACCEPTED = "accepted"
    """2xx, but the id is not known yet."""
    NOT_SENT = "not-sent"
    """The server could not be asked for now (a quota's wait, no connection)."""


@dataclass(frozen=True)
class Outcome:
    """The result of one operation. `row` is the record the answer carried, `refusal` what the server said."""

    result: Result
    intent_id: int | None = None
    row: Row | None = None
    refusal: RefusedByServer | None = None
    known_before: bool = False


def still_right(ctx: RunContext, connection: Connection, entry: Entry) -> bool:
    """The precondition, against the newest reading in the state: the target's fields are those the plan saw, and none
    of the numbers to be sent is held by another record of the target. For a create also: nobody there has its e-mail
    who is not known to be somebody else."""
    side = entry.side or CHECKANDPLACE
    records = ctx.stores.records
    target_row = entry.clopos_row if side is CLOPOS else entry.checkandplace_row
    source_row = entry.checkandplace_row if side is CLOPOS else entry.clopos_row
    rows = [row for row in (target_row if entry.kind is EntryKind.UPDATE else None, source_row) if row is not None]
    stored = records.load(connection, rows)
    if any(record.gone_at is not None for record in stored.values()):
        return False
    if entry.kind is EntryKind.UPDATE:
        target = stored.get(target_row or 0)
        if target is None or not all(_same(target, change) for change in entry.fields):
            return False
        link = link_of(ctx, connection, entry)
        if link is None or link.state not in (("active",) if entry.reason != UNDO else BACK_OVER):
            return False
    source = stored.get(source_row or 0)
    if source is None:
        return False
    sent = {
        change.after.data.get("primary")
        for change in entry.fields
        if change.field == "phone" and change.after and change.after.is_value
    }
    wanted = [Key(KeyKind.PHONE, number) for number in sent if number]
    if entry.kind is EntryKind.CREATE:
        wanted += [key for key in source.keys if key.kind is KeyKind.EMAIL]
    held = records.holders(connection, side, wanted)
    own = target_row if entry.kind is EntryKind.UPDATE else None
    for key, holders in held.items():
        if key.kind is KeyKind.PHONE and any(row != own for row in holders):
            return False
        if key.kind is KeyKind.EMAIL and not all(taken(ctx, connection, row, source.row) for row in holders):
            return False
    return True


def _same(target: Stored, change: FieldChange) -> bool:
    now = target.customer.field(change.field)
    return bool(now.to_json() == (change.before or BLANK).to_json())


def open_intent(ctx: RunContext, entry: Entry, body: Mapping[str, Json]) -> int:
    """The durable note, committed before the request goes out. The lease is proved to be ours right before it. The
    first update of a pair notes what stood there before: the comparison can then be made after a crash too (CP-20)."""
    ctx.check_lease()
    side = entry.side or CHECKANDPLACE
    reading = ctx.readings[side]
    facts = {
        "fields": [change.to_json() for change in entry.fields], "who": entry.who, "reason": entry.reason,
        "link_id": entry.link_id, **{k: v for k, v in entry.facts.items() if k in ("anonymous", "source_digest")},
    }  # fmt: skip
    now = ctx.clock.now()
    with ctx.stores.database.write() as connection:
        facts |= _noted_before(ctx, connection, entry)
        return ctx.stores.intents.open(
            connection, run_id=ctx.run_id, side=side.value, verb=entry.kind.value, body=body, facts=facts,
            clopos_record_id=entry.clopos_row, checkandplace_record_id=entry.checkandplace_row,
            target_id=entry.target_id, cid=str(body["cid"]) if "cid" in body else None, created_at=now, sent_at=now,
            reading_age_s=ctx.reading_age(side), scan_mark=reading.scan_id or 0, attempts=1,
        )  # fmt: skip


def _noted_before(ctx: RunContext, connection: Connection, entry: Entry) -> dict[str, Json]:
    """What stood in the target before an update: of each field that is sent as its side spelled it (`wire`), of a probe
    the whole record (`before`)."""
    side = entry.side or CHECKANDPLACE
    row = entry.clopos_row if side is CLOPOS else entry.checkandplace_row
    if entry.kind is not EntryKind.UPDATE or row is None:
        return {"wire": {}}
    target = ctx.stores.records.load(connection, [row])[row]
    noted: dict[str, Json] = {
        "wire": {change.field: wire_of(ctx, side, change.field, target) for change in entry.fields}
    }
    return noted | ({"before": Before.of(target).to_json()} if is_probing_update(ctx, entry) else {})


async def send(ctx: RunContext, entry: Entry, body: Mapping[str, Json]) -> Outcome:
    """Intent, request, classification. Raises AuthError (after noting it) and Fenced; everything else is an Outcome."""
    side = entry.side or CHECKANDPLACE
    intent_id = open_intent(ctx, entry, body)
    try:
        if entry.kind is EntryKind.UPDATE:
            answer = await ctx.sides[side].update(entry.target_id or "", body)
        elif entry.facts.get("anonymous"):
            answer = await _anonymous(ctx, side, body)
        else:
            answer = await ctx.sides[side].create(body)
    except InDoubt as error:
        note(ctx, intent_id, "in-doubt", error.code, settled=False)
        log.warning("write-in-doubt", side=side.value, record=entry.target_id, reason=error.code)
        return Outcome(Result.IN_DOUBT, intent_id)
    except RefusedByServer as error:
        note(ctx, intent_id, "refused", error.code, status=error.status)
        return Outcome(Result.REFUSED, intent_id, refusal=error)
    except TransientError as error:
        note(ctx, intent_id, "dropped", error.code)
        return Outcome(Result.NOT_SENT, intent_id)
    except AuthError as error:
        note(ctx, intent_id, "refused", error.code)
        raise
    finally:
        ctx.flush_requests()
    return _answered(ctx, entry, intent_id, answer)


async def _anonymous(ctx: RunContext, side: SideName, body: Mapping[str, Json]) -> WriteAnswer:
    """The anonymous create of (a): a nickname, never empty (CP-50), and no note (notes are not copied unasked)."""
    there = cast("AnonymousCreates", ctx.sides[side])  # the plan asked for the capability
    return await there.create_anonymous(str(body["nickname"]), None)


def _answered(ctx: RunContext, entry: Entry, intent_id: int, answer: WriteAnswer) -> Outcome:
    """A 2xx: with the record (or the id) it is done; a create without an id is accepted and never sent again
    (CP-21)."""
    side = entry.side or CHECKANDPLACE
    if answer.row is None and entry.kind is EntryKind.CREATE:
        note(ctx, intent_id, "accepted", None, status=answer.status, settled=False)
        return Outcome(Result.ACCEPTED, intent_id)
    known = False
    if answer.row is not None and entry.kind is EntryKind.CREATE:
        with ctx.stores.database.read() as connection:
            known = answer.row.id in ctx.stores.records.known(connection, side, [answer.row.id])
    return Outcome(Result.DONE, intent_id, row=answer.row, known_before=known)


def note(
    ctx: RunContext, intent_id: int, state: str, outcome: str | None, *, status: int | None = None, settled: bool = True
) -> None:
    """What became of an intent, in a transaction of its own (used where no base or link moves with it)."""
    with ctx.stores.database.write() as connection:
        ctx.stores.intents.set(
            connection, intent_id, state=state, outcome=outcome, status=status,
            settled_at=ctx.clock.now() if settled else None,
        )  # fmt: skip


def book_update(ctx: RunContext, entry: Entry, outcome: Outcome) -> None:
    """An update that was taken, in one transaction: outcome, the record as the answer shows it, bases, history.

    A field that the answer shows as sent is settled; one it does not carry is *sent, unverified*; one it shows
    different is settled as different with hold `did-not-stick` (ARCHITECTURE, "Record"). A probe's intent stays
    unsettled until it is compared.
    """
    side, now = entry.side or CHECKANDPLACE, ctx.clock.now()
    with ctx.stores.database.write() as connection:
        if outcome.row is not None and outcome.row.id == entry.target_id:
            store_rows(ctx, connection, side, [outcome.row], ctx.readings[side].scan_id or 0)
        link = link_of(ctx, connection, entry)
        if link is not None:
            shown = ctx.stores.records.load(connection, [link.clopos_row, link.checkandplace_row])
            guest = shown[link.checkandplace_row]
            carried = outcome.row is not None and outcome.row.id == entry.target_id
            live = ctx.stores.queue.live(connection, [entry.subject])
            settled, flying = {}, {}
            for change in entry.fields:
                seen = guest.customer.field(change.field) if carried else None
                if seen is None or seen.is_unknown:
                    flying[change.field] = in_flight(change, ctx.readings[side].scan_id)
                    continue
                settled[change.field] = {CLOPOS: change.clopos, CHECKANDPLACE: seen}
                if not _equal(ctx, change.field, change.after or BLANK, seen):
                    hold(ctx, connection, entry, HoldCode.DID_NOT_STICK, (replace(change, checkandplace=seen),))
                elif (asked := live.get((entry.subject, change.field))) is not None:
                    ctx.stores.queue.close(connection, asked.id, "written", now)
            set_bases(ctx, connection, link, settled, flying)
        book_history(ctx, connection, entry, outcome.intent_id)
        over = None if is_probing_update(ctx, entry) else now
        ctx.stores.intents.set(connection, outcome.intent_id or 0, state="done", outcome="done", settled_at=over)
    ctx.count(f"updated.{side.value}")


def beside(change: FieldChange) -> Value:
    """What Clopos shows beside a value that was sent and arrived: the same, unless the value was taken back."""
    sent = change.after or BLANK
    return change.clopos if change.row == UNDO and change.clopos is not None else sent


def book_update_in_doubt(ctx: RunContext, entry: Entry) -> None:
    """An update that may have happened: its fields are in flight until a reading shows what the side holds."""
    mark = ctx.readings[entry.side or CHECKANDPLACE].scan_id
    with ctx.stores.database.write() as connection:
        link = link_of(ctx, connection, entry)
        if link is not None:
            flying = {change.field: in_flight(change, mark, doubt=True) for change in entry.fields}
            set_bases(ctx, connection, link, {}, flying)


def in_flight(change: FieldChange, mark: int | None, *, doubt: bool = False) -> dict[str, Json]:
    """The note of a value that was sent and not seen yet. `mark`: the newest scan of the side at the time of sending;
    `doubt`: whether it arrived is not known either. `source`: what Clopos shows beside a value that was taken back."""
    sent = (change.after or BLANK).to_json()
    noted: dict[str, Json] = {"value": sent, "before": (change.before or BLANK).to_json()}
    if (source := beside(change).to_json()) != sent:
        noted["source"] = source
    return {**noted, "scan": mark or 0, **({"doubt": True} if doubt else {})}


def book_history(ctx: RunContext, connection: Connection, entry: Entry, intent_id: int | None) -> None:
    """Before, after, bases, rule, run and intent of every field that was sent; values as we read them and as the side
    spells them (`wire`: attribute -> value)."""
    side = entry.side or CHECKANDPLACE
    was = ctx.stores.intents.facts(connection, intent_id).get("wire", {}) if intent_id is not None else {}
    ctx.stores.history.add(connection, [
        {
            "run_id": ctx.run_id, "intent_id": intent_id, "at": ctx.clock.now(), "side": side.value,
            "verb": entry.kind.value, "clopos_record_id": entry.clopos_row,
            "checkandplace_record_id": entry.checkandplace_row, "field": change.field,
            "before": {"value": (change.before or BLANK).to_json(), "wire": was.get(change.field, {})},
            "after": {"value": (change.after or BLANK).to_json(), "wire": _wire_sent(ctx, entry, change.field)},
            "bases": {"clopos": _json(change.base_clopos), "checkandplace": _json(change.base_checkandplace)},
            "rule": change.rule, "row": change.row, "reading_age_s": ctx.reading_age(side),
        }
        for change in entry.fields
    ])  # fmt: skip


def _wire_sent(ctx: RunContext, entry: Entry, field: str) -> dict[str, Json]:
    """The part of an operation's body that carries a field: attribute -> value."""
    spec = ctx.mapper.mapping.field(field)
    on_side = spec.side(entry.side or CHECKANDPLACE) if spec is not None else None
    if on_side is None:
        return {}
    carriers = (on_side.create if entry.kind is EntryKind.CREATE else on_side.update) or {}
    body = entry.body or {}
    return {attribute: body[attribute] for attribute in carriers.values() if attribute in body}


def hold(
    ctx: RunContext, connection: Connection, entry: Entry, code: HoldCode, fields: tuple[FieldChange, ...] = (),
    **facts: Json,
) -> None:  # fmt: skip
    """Open a hold for an operation: per field for an update, per record for a create. `facts`: what the hold is about;
    of them `status`, `field` and `slug` are the server's answer, kept with the attempts and the next try."""
    live = ctx.stores.queue.live(connection, [entry.subject])
    single: list[tuple[str, tuple[FieldChange, ...]]] = [(change.field, (change,)) for change in fields]
    single = single or [(code.value, entry.fields)]
    for topic, changes in single:
        values = {
            s.value: v.to_json()
            for c in changes[:1]
            for s, v in ((CLOPOS, c.clopos), (CHECKANDPLACE, c.checkandplace))
            if v
        }
        digest = source_digest(changes[0].after) if fields and changes else entry.facts.get("source_digest")
        held = replace(
            entry, kind=EntryKind.HOLD, fields=changes, reason=code.value, topic=topic, body=None,
            sentence=code.sentence, next_step=code.next_step,
            facts={**facts, "values": values, "source_digest": digest},
        )  # fmt: skip
        old = live.get((held.subject, topic))
        put_in_queue(ctx, connection, held, old, _tried(ctx, code, old, digest, facts))


def _tried(
    ctx: RunContext, code: HoldCode, old: Queued | None, digest: Json, facts: Mapping[str, Json]
) -> Mapping[str, object] | None:
    """The columns of an attempt that was refused: counted on, unless the values changed or staff said retry."""
    if not retryable(code.value):
        return None
    again = old is not None and old.code == code.value and old.facts.get("source_digest") == digest
    attempts = 1 + (old.attempts if old is not None and again and old.resolution != "retry" else 0)
    now = ctx.clock.now()
    answer = {name: facts[name] for name in ("status", "field", "slug") if facts.get(name) is not None}
    return {
        "attempts": attempts, "tried_at": now, "next_try_at": next_try(code.value, attempts, now),
        "answer_json": dump(answer),
    }  # fmt: skip


def told(refusal: RefusedByServer | None) -> dict[str, Json]:
    """What a refusal said, without its text: status, attribute, the server's own code."""
    return {} if refusal is None else {"status": refusal.status, "field": refusal.field, "slug": refusal.slug}


def _equal(ctx: RunContext, name: str, source: Value, seen: Value) -> bool:
    spec = next(spec for spec in ctx.mapper.fields if spec.name == name)
    return spec.kind.equal(source, seen)


def _json(value: Value | None) -> Json:
    return None if value is None else {"value": value.to_json()}
