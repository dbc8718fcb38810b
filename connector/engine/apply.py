"""Apply: the plan's operations, one after the other; each failure is its own (docs/ARCHITECTURE.md, "Apply")."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace
from itertools import islice

from sqlalchemy import Connection

from connector.domain.codes import HoldCode
from connector.domain.doubt import Found, Next, clopos_create, clopos_duplicate
from connector.domain.errors import RefusedByServer, TornScan, TransientError
from connector.domain.plan import OPERATIONS, Entry, EntryKind, FieldChange
from connector.domain.values import CHECKANDPLACE, CLOPOS, SideName
from connector.engine import probe
from connector.engine.absence import judge_size, shows_everybody
from connector.engine.adoption import book_create
from connector.engine.before import Before, is_probe
from connector.engine.context import Progress, RunContext, log
from connector.engine.lookup import look_up
from connector.engine.scan import scan_full
from connector.engine.steps import Step
from connector.engine.verdicts import carry_out, settle_refused
from connector.engine.writes import (
    Outcome,
    Result,
    book_update,
    book_update_in_doubt,
    hold,
    note,
    send,
    still_right,
    told,
)
from connector.state.records import Stored

EVERYTHING = slice(None)
TRIES_IN_DOUBT = 2
"""How often a Clopos create in doubt is sent again, with the same cid, in one run."""


@dataclass
class Applied:
    """What is left over after the operations: refused creates of Check&Place, settled together at the end."""

    refused: list[tuple[Entry, Outcome]] = field(default_factory=list)
    stopped: set[tuple[SideName, str]] = field(default_factory=set)


async def apply_operations(
    ctx: RunContext, plan_id: int, allowed: Counter[str] | None = None, *, part: slice = EVERYTHING
) -> None:
    """Send the plan's operations in order. `allowed`: fingerprints an approval covers (None: all); others wait.
    `part`: only these of them, by their place (from, to)."""
    applied = Applied()
    ctx.step = Step.APPLY
    with ctx.stores.database.read() as connection:
        total = ctx.stores.plans.count_operations(connection, plan_id)
    start, total, _step = part.indices(total)
    operations = (entry for page in ctx.stores.plans.pages(plan_id, OPERATIONS) for entry in page)
    for done, entry in islice(enumerate(operations), start, total):
        if ctx.stop.is_set():
            ctx.count("not_reached", total - done)
            break
        ctx.progress(Progress("apply", entry.side, done, total))
        if allowed is not None and allowed[entry.fingerprint()] <= 0:
            ctx.count("waits_for_next_run")
            continue
        if allowed is not None:
            allowed[entry.fingerprint()] -= 1
        await _one(ctx, entry, applied)
    ctx.progress(Progress("apply", done=total, total=total))
    await _settle_refused(ctx, applied)


async def _one(ctx: RunContext, entry: Entry, applied: Applied) -> None:
    """One operation: a fresh reading, its precondition, the request, what follows."""
    side = entry.side or CHECKANDPLACE
    if (side, entry.kind.value) in applied.stopped:
        ctx.count(f"stopped.{side.value}")
        return
    if not await _fresh(ctx, entry):
        return
    with ctx.stores.database.read() as connection:
        right = still_right(ctx, connection, entry)
        before = _target(ctx, connection, entry)
    if not right:
        ctx.count(f"drifted.{side.value}")
        return
    probing = is_probe(ctx, side, entry.kind.value)
    if entry.kind is EntryKind.UPDATE:
        sent = await _update(ctx, entry)
    elif side is CLOPOS:
        sent = await _create_clopos(ctx, entry)
    else:
        sent = await _create_checkandplace(ctx, entry, applied)
    if probing and sent is not None:
        with ctx.at(Step.PROBE):
            await _probe(ctx, entry, sent, Before.of(before) if before else None, applied)


async def _fresh(ctx: RunContext, entry: Entry) -> bool:
    """Whether nothing newer than the plan speaks against the operation, as far as a fresh reading tells.

    Check&Place: one listing for all operations that are left, where the last one is too old. Clopos (creates alone):
    one look-up by the last nine digits before each, however young the list is: the list may have lost a row without a
    sign, and a number typed in another form is no 409 (docs/api/clopos.md 3.3, step 2; CL-08, CL-11, CL-16).
    """
    if entry.side is CLOPOS:
        return await _unknown_to_clopos(ctx, entry)
    age, limit = ctx.reading_age(CHECKANDPLACE), ctx.policy.max_reading_age.total_seconds()
    if age is None or age > limit:
        await _list_again(ctx)
    if entry.kind is EntryKind.UPDATE:
        return _read_lately(ctx, entry)
    reading = ctx.readings[CHECKANDPLACE]
    proved = await shows_everybody(ctx, CHECKANDPLACE) and not reading.shrunk
    if not proved:
        ctx.count("waits_for_guard" if reading.complete and reading.shrunk else "waits_for_complete_scan")
    return proved


async def _unknown_to_clopos(ctx: RunContext, entry: Entry) -> bool:
    """Whether Clopos shows nobody with the number of the guest to be created; whoever it shows is judged by the
    bands."""
    source = _source(ctx, entry)
    found = await _ask(ctx, source, str((entry.body or {}).get("cid", "")), last_digits_only=True)
    if found is None:
        ctx.count("not_sent_now.clopos")
    elif found:
        await carry_out(ctx, entry, None, clopos_duplicate(found))
    return found == []


def _source(ctx: RunContext, entry: Entry) -> Stored:
    """The guest whom a create on Clopos is made from."""
    row = entry.checkandplace_row or 0
    with ctx.stores.database.read() as connection:
        return ctx.stores.records.load(connection, [row])[row]


async def _ask(ctx: RunContext, source: Stored, cid: str, **how: bool) -> list[Found] | None:
    """A look-up on Clopos; None where it got no answer, which is no reason to leave the others undone."""
    try:
        return await look_up(ctx, source, cid, **how)
    except (TransientError, RefusedByServer) as error:
        log.warning("look-up-failed", record=source.id, reason=error.code)
        return None


async def _list_again(ctx: RunContext) -> None:
    """One more listing of Check&Place in the middle of a run, judged by its size like the first. A listing that fails
    is torn, as far as what is left of this run goes: what was sent before is told in any case."""
    reading = ctx.readings[CHECKANDPLACE]
    reading.complete = False
    try:
        await scan_full(ctx, CHECKANDPLACE)
    except (TransientError, TornScan) as error:
        reading.torn = error.engineer or error.manager
        ctx.count("torn.checkandplace")
        log.warning("scan-torn", side=CHECKANDPLACE.value, reason=reading.torn)
    judge_size(ctx, CHECKANDPLACE)


def _read_lately(ctx: RunContext, entry: Entry) -> bool:
    """Whether the record to be updated was itself read lately: a torn listing is young, but it may have ended before
    this record, and what the state holds of it is then as old as an earlier run."""
    with ctx.stores.database.read() as connection:
        target = _target(ctx, connection, entry)
    lately = target is not None and ctx.clock.now() - target.read_at <= ctx.policy.max_reading_age
    if not lately:
        ctx.count("waits_for_reading")
    return lately


def _target(ctx: RunContext, connection: Connection, entry: Entry) -> Stored | None:
    """The target record as it stands before an update."""
    if entry.kind is not EntryKind.UPDATE or entry.checkandplace_row is None:
        return None
    return ctx.stores.records.load(connection, [entry.checkandplace_row]).get(entry.checkandplace_row)


async def _update(ctx: RunContext, entry: Entry) -> Entry | None:
    """An update; refused with several fields, once more without the named one or field by field. Returns what was
    sent and taken (for the probe), or None."""
    outcome = await send(ctx, entry, entry.body or {})
    if outcome.result is Result.DONE:
        book_update(ctx, entry, outcome)
        return entry
    if outcome.result is Result.IN_DOUBT:
        book_update_in_doubt(ctx, entry)
        ctx.count("in_doubt.checkandplace")
        return None
    if outcome.result is Result.NOT_SENT:
        ctx.count("not_sent_now.checkandplace")
        return None
    refusal = outcome.refusal
    ctx.count("refused.checkandplace")
    if refusal is not None and refusal.status == 404:  # CP-17: nobody is gone by it, the next listings say who is
        with ctx.stores.database.write() as connection:
            hold(ctx, connection, entry, HoldCode.REJECTED, entry.fields, **told(refusal))
        log.warning("update-target-not-found", record=entry.target_id)
        return None
    parts = _parts(ctx, entry, refusal.field if refusal else None)
    taken: list[FieldChange] = []
    refused: list[FieldChange] = list(entry.fields) if len(parts) < 2 else []
    for part in parts if len(parts) > 1 else []:
        if not part.body:
            refused.extend(part.fields)
            continue
        again = await send(ctx, part, part.body)
        if again.result is Result.DONE:
            book_update(ctx, part, again)
            taken.extend(part.fields)
        elif again.result is Result.IN_DOUBT:
            book_update_in_doubt(ctx, part)
            ctx.count("in_doubt.checkandplace")
        elif again.result is Result.NOT_SENT:
            ctx.count("not_sent_now.checkandplace")
        else:
            refused.extend(part.fields)
    if refused:
        with ctx.stores.database.write() as connection:
            hold(ctx, connection, entry, HoldCode.REJECTED, tuple(refused), **told(refusal))
    return replace(entry, fields=tuple(taken)) if taken else None


def _parts(ctx: RunContext, entry: Entry, named: str | None) -> list[Entry]:
    """One refused update in smaller ones: without the field that the answer names, else field by field."""
    if len(entry.fields) < 2:
        return [entry]
    fields = {change.field: change for change in entry.fields}
    by_attribute = {
        attribute: spec.name
        for spec in ctx.mapper.fields
        if (on := spec.side(CHECKANDPLACE)) is not None
        for attribute in (on.update or {}).values()
    }
    guilty = by_attribute.get(named or "")
    groups = [[c for c in entry.fields if c.field != guilty]] if guilty in fields else [[c] for c in entry.fields]
    parts = [part_of(ctx, entry, tuple(group)) for group in groups]
    if guilty in fields:
        parts.append(replace(entry, fields=(fields[guilty],), body={}))
    return parts


def part_of(ctx: RunContext, entry: Entry, fields: tuple[FieldChange, ...]) -> Entry:
    """The part of an update that carries these fields."""
    attributes: set[str] = set()
    for spec in ctx.mapper.fields:
        on_side = spec.side(CHECKANDPLACE)
        if on_side is not None and spec.name in {change.field for change in fields}:
            attributes |= set((on_side.update or {}).values())
    return replace(entry, fields=fields, body={k: v for k, v in (entry.body or {}).items() if k in attributes})


async def _create_checkandplace(ctx: RunContext, entry: Entry, applied: Applied) -> Entry | None:
    """A create on Check&Place: done, accepted, in doubt (settled from listings), or refused (settled at the end)."""
    outcome = await send(ctx, entry, entry.body or {})
    if outcome.result is Result.DONE and outcome.row is not None:
        if outcome.known_before:  # CP-14: 200 with an id we know: that record, judged like any other
            applied.refused.append((entry, outcome))
            return None
        book_create(ctx, entry, outcome.intent_id or 0, outcome.row)
        return replace(entry, checkandplace_id=outcome.row.id)
    if outcome.result is Result.REFUSED:
        ctx.count("refused.checkandplace")
        applied.refused.append((entry, outcome))
    elif outcome.result is Result.NOT_SENT:
        ctx.count("not_sent_now.checkandplace")
    else:
        ctx.count("in_doubt.checkandplace" if outcome.result is Result.IN_DOUBT else "accepted.checkandplace")
    return None


async def _create_clopos(ctx: RunContext, entry: Entry) -> Entry | None:
    """A create on Clopos with the derived cid. Doubt is resolved at once: look up, else send again with the same
    cid."""
    source = _source(ctx, entry)
    cid = str((entry.body or {}).get("cid", ""))
    for attempt in range(TRIES_IN_DOUBT + 1):
        outcome = await send(ctx, entry, entry.body or {})
        if outcome.result is Result.DONE and outcome.row is not None:
            book_create(ctx, entry, outcome.intent_id or 0, outcome.row)
            return replace(entry, clopos_id=outcome.row.id)
        if outcome.result is Result.NOT_SENT:
            ctx.count("not_sent_now.clopos")
            return None
        if outcome.result is Result.REFUSED:
            await _refused_by_clopos(ctx, entry, outcome, source, cid)
            return None
        found = await _ask(ctx, source, cid, newest=True)
        if found is None:  # the intent stays open: the next run asks before it does anything else
            break
        verdict = clopos_create(found)
        if verdict.next is not Next.SEND_AGAIN:
            await carry_out(ctx, entry, outcome.intent_id, verdict)
            return None
        if attempt < TRIES_IN_DOUBT:
            note(ctx, outcome.intent_id or 0, "dropped", "not_found")
    ctx.count("in_doubt.clopos")
    return None


async def _refused_by_clopos(ctx: RunContext, entry: Entry, outcome: Outcome, source: Stored, cid: str) -> None:
    """A 409 (or a 400/422 that means it) is an answer: look up by every unique value sent, then by its band (CL-06)."""
    refusal = outcome.refusal
    if refusal is not None and refusal.duplicate:
        ctx.count("duplicates.clopos")
        found = await _ask(ctx, source, cid, newest=refusal.field == "cid")
        if found is None:  # the next run sends it again, and is told the same
            ctx.count("not_sent_now.clopos")
            return
        await carry_out(ctx, entry, outcome.intent_id, clopos_duplicate(found), refusal)
        return
    ctx.count("refused.clopos")
    with ctx.stores.database.write() as connection:
        hold(ctx, connection, entry, HoldCode.REJECTED, **told(refusal))


async def _probe(ctx: RunContext, entry: Entry, sent: Entry, before: Before | None, applied: Applied) -> None:
    """Read the first write of its kind back whole; what it changed beside the point stops the others (CP-20). Where
    the reading does not show it, the next run's listing decides, from what the intent kept."""
    side = entry.side or CHECKANDPLACE
    shown = await probe.read_back(
        ctx, side, sent.target_id or (sent.clopos_id if side is CLOPOS else sent.checkandplace_id) or ""
    )
    if shown is None:
        log.warning("probe-not-readable", side=side.value, record=sent.target_id)
        return
    if not await probe.conclude(ctx, sent, before, shown):
        applied.stopped.add((side, entry.kind.value))


async def _settle_refused(ctx: RunContext, applied: Applied) -> None:
    """All refused creates of Check&Place, judged together from one listing at the end of the run (CP-14)."""
    if applied.refused:
        ctx.step = Step.REFUSALS
        await _list_again(ctx)
        for entry, outcome in applied.refused:
            await settle_refused(ctx, entry, outcome)
