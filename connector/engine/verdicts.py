"""Carrying out a verdict on a write whose answer was not simply "done": link, proposal, hold, or wait."""

from __future__ import annotations

from dataclasses import replace

from sqlalchemy import Connection

from connector.domain.codes import HoldCode
from connector.domain.doubt import Found, Next, Verdict, checkandplace_known_id, checkandplace_refused
from connector.domain.errors import RefusedByServer
from connector.domain.plan import Entry
from connector.domain.values import CHECKANDPLACE, CLOPOS, Json, KeyKind, SideName
from connector.engine.adoption import adopt
from connector.engine.context import RunContext
from connector.engine.creates import REFUSED, looks
from connector.engine.ledger import make_link, settle_new_link
from connector.engine.linking import evidence_facts, evidence_of
from connector.engine.partners import partnered, taken
from connector.engine.writes import Outcome, hold, told
from connector.state.core import dump


async def carry_out(
    ctx: RunContext, entry: Entry, intent_id: int | None, verdict: Verdict, refusal: RefusedByServer | None = None
) -> None:
    """Do what a verdict on a create says, in one transaction with the intent's outcome. `refusal`: the answer that it
    is about, if there was one."""
    side = entry.side or CHECKANDPLACE
    with ctx.stores.database.write() as connection:
        wanted = [verdict.record_id] if verdict.record_id else list(verdict.candidates)
        records = ctx.stores.records.by_remote(connection, side, wanted)
        if verdict.next is Next.DONE and verdict.record_id in records:
            adopt(ctx, connection, entry, intent_id or 0, records[verdict.record_id], verdict.why)
            ctx.count(f"created.{side.value}")
            return
        if verdict.next is Next.LINK and verdict.record_id in records:
            rows = _rows(entry, side, records[verdict.record_id].row)
            if not partnered(ctx, connection, *rows):
                evidence = {"band": "sure", "facts": ["found by the server's refusal"]}
                settle_new_link(ctx, connection, make_link(ctx, connection, *rows, verdict.why, evidence))
                ctx.count("linked")
        elif verdict.next is Next.PROPOSAL:
            for record in records.values():
                _propose(ctx, connection, entry, side, record.row, verdict.why)
        elif verdict.next is Next.HOLD:
            code = verdict.code or HoldCode.REJECTED
            held: dict[str, Json] = {REFUSED: looks(records.values())} if code is HoldCode.PHONE_HELD else {}
            hold(
                ctx, connection, entry, code, holders=list(verdict.candidates), question=verdict.question,
                **told(refusal), **held,
            )  # fmt: skip
        if intent_id is not None and verdict.next is not Next.WAIT:
            state = "held" if verdict.next is Next.HOLD else "refused"
            ctx.stores.intents.set(
                connection, intent_id, state=state, outcome=verdict.why, settled_at=ctx.clock.now()
            )  # fmt: skip


def _rows(entry: Entry, side: SideName, found_row: int) -> tuple[int, int]:
    """(Clopos row, Check&Place row) of the entry's source and the record found on `side`."""
    return (found_row, entry.checkandplace_row or 0) if side is CLOPOS else (entry.clopos_row or 0, found_row)


def _propose(ctx: RunContext, connection: Connection, entry: Entry, side: SideName, found_row: int, why: str) -> None:
    """A proposal for staff, with the evidence as the records stand now."""
    clopos_row, guest_row = _rows(entry, side, found_row)
    stored = ctx.stores.records.load(connection, [clopos_row, guest_row])
    evidence = evidence_of(ctx, connection, stored[clopos_row], stored[guest_row])
    facts = {**evidence_facts(ctx, evidence), "band": "review"}
    values = {"band": "review", "why": evidence.why or why, "evidence_json": dump(facts), "opened_at": ctx.clock.now()}
    ctx.stores.proposals.put(connection, clopos_row, guest_row, values)
    ctx.count("proposed")


async def settle_refused(ctx: RunContext, entry: Entry, outcome: Outcome) -> None:
    """A create that Check&Place refused, or answered with a record we knew, judged from the run's last listing
    (CP-14). Without a whole one staff hear of the refusal at once, and the next run judges it."""
    reading = ctx.readings[CHECKANDPLACE]
    if not reading.complete or reading.shrunk:
        ctx.count("waits_for_complete_scan")
        if outcome.refusal is not None:
            with ctx.stores.database.write() as connection:
                status = outcome.refusal.status
                hold(ctx, connection, entry, HoldCode.REJECTED, status=status, unjudged=True)
        return
    found = _found(ctx, entry)
    if outcome.refusal is None and outcome.row is not None:
        mine = next((f for f in found if f.record_id == outcome.row.id), None)
        verdict = checkandplace_known_id(mine) if mine else checkandplace_refused(409, found)
    else:
        verdict = checkandplace_refused(outcome.refusal.status if outcome.refusal else 422, found)
    await carry_out(ctx, replace(entry), outcome.intent_id, verdict, outcome.refusal)


def _found(ctx: RunContext, entry: Entry) -> list[Found]:
    """The Check&Place records that hold one of the numbers or the e-mail of the entry's source."""
    with ctx.stores.database.read() as connection:
        source = ctx.stores.records.load(connection, [entry.clopos_row or 0])[entry.clopos_row or 0]
        keys = [key for key in source.keys if key.kind in (KeyKind.PHONE, KeyKind.EMAIL)]
        holders = ctx.stores.records.holders(connection, CHECKANDPLACE, keys)
        rows = sorted({row for rows in holders.values() for row in rows})
        found = []
        for record in ctx.stores.records.load(connection, rows).values():
            others = taken(ctx, connection, record.row, source.row)
            found.append(Found(record.id, evidence_of(ctx, connection, source, record).band, taken=others))
    return found
