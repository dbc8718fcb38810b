"""Who is gone: only two complete scans, and a 404 by id where the side can be asked (CL-10, CP-23), say so."""

from __future__ import annotations

from sqlalchemy import Connection

from connector.domain.errors import RefusedByServer, TransientError
from connector.domain.guard import Code, GuardFacts, judge
from connector.domain.lifecycle import GONE_AFTER_SCANS
from connector.domain.values import CLOPOS, SideName
from connector.engine.approval import find_approval
from connector.engine.context import RunContext, log
from connector.engine.scan import store_rows
from connector.engine.sizes import side_facts
from connector.engine.steps import Step
from connector.sides.port import Ends
from connector.state.runs import SHRANK

WRONG_READING = (Code.SIDE_SHRANK, Code.SIDE_EMPTY, Code.ANOTHER_STORE, Code.SIDE_GREW, Code.LANDMARK_MISSING)
ASK_AT_MOST = 200
"""Readings by id in one run; whoever is left is asked about in the next."""


async def conclude_absence(ctx: RunContext, side: SideName) -> None:
    """After a complete full scan of `side`: count who is missing, and mark as gone who is proved to be.

    Nothing is concluded from a torn scan, or from one that is so much smaller than the last that the guard will refuse
    the plan (another store, a filter, a lost permission), unless the operator looked at it and comes with an approval.
    """
    ctx.step = Step.ABSENCE
    reading = ctx.readings[side]
    if not (reading.complete and reading.full) or reading.scan_id is None:
        return
    judge_size(ctx, side)
    if reading.shrunk:
        return
    records, now = ctx.stores.records, ctx.clock.now()
    with ctx.stores.database.write() as connection:
        records.mark_missing(connection, side, reading.scan_id)
        lists_alone = not ctx.sides[side].capabilities.read_by_id
        agreed = (lists_alone or side is not CLOPOS) and _agrees(ctx, connection, side)
        if lists_alone and not agreed:
            ctx.stores.unseen.restart(connection, side)
        suspects = records.missing(connection, side, GONE_AFTER_SCANS)
    if lists_alone:
        with ctx.stores.database.write() as connection:
            records.set_gone(connection, [row for row, _id in suspects], now)
        reading.lacking -= len(suspects)
        return
    for row, remote_id in suspects[:ASK_AT_MOST]:
        try:
            found = await ctx.sides[side].get(remote_id)
        except (TransientError, RefusedByServer) as error:
            # One that refuses unknown ids in other words than a 404 is judged by what its lists alone say (CP-23).
            if not agreed or isinstance(error, TransientError):
                log.info("absence-not-proved", side=side.value, record=remote_id, reason=error.code)
                continue
            found = None
        with ctx.stores.database.write() as connection:
            if found is None:
                records.set_gone(connection, [row], now)
                reading.lacking -= 1
            else:  # a list that lacks somebody who is there was cut: nobody is created by it
                store_rows(ctx, connection, side, [found], reading.scan_id)


def judge_size(ctx: RunContext, side: SideName) -> None:
    """After a listing, the run's first or one more in its middle: one that the guard will not take for the side's is no
    ground for absence or creates (`ReadingOf.shrunk`), and no measure for the next listing either."""
    reading = ctx.readings[side]
    if not (reading.complete and reading.full) or reading.scan_id is None or _to_be_believed(ctx, side):
        return
    reading.shrunk = True
    with ctx.stores.database.write() as connection:
        ctx.stores.runs.set_scan(connection, reading.scan_id, reason=SHRANK)
    log.warning("reading-not-believed", side=side.value, now=reading.size, before=reading.last_size)


def _agrees(ctx: RunContext, connection: Connection, side: SideName) -> bool:
    """Whether this listing lacks exactly those that the last complete one lacked (CP-23: two listings that agree). One
    who came back proves that the earlier list was cut; one more who is missing, that this one may be."""
    missing = ctx.stores.records.missing(connection, side, 1)
    again = ctx.stores.records.missing(connection, side, 2)
    return ctx.readings[side].returned == 0 and len(missing) == len(again)


def _to_be_believed(ctx: RunContext, side: SideName) -> bool:
    """Whether the guard will take this list for the side's, or the operator approved a plan that was refused for the
    same reasons. A word that fits no refused plan believes nothing."""
    with ctx.stores.database.read() as connection:
        linked = ctx.stores.links.count(connection)
        facts = side_facts(ctx, connection, side, linked)
    told = GuardFacts(linked, (facts,), backfill_finished=ctx.pair.backfill_finished_at is not None)
    wrong = [refusal for refusal in judge(told, ctx.policy.guard).refusals if refusal.code in WRONG_READING]
    approval = find_approval(ctx) if wrong else None
    return not wrong or (approval is not None and all(approval.covers(refusal) for refusal in wrong))


async def shows_everybody(ctx: RunContext, side: SideName) -> bool:
    """Whether a create may rest on this run's listing of a side: it is complete, lacks nobody who was known, and nobody
    stands behind its last row (asked once for each listing, before the first create that rests on it, also where the
    server counts, since a count that is too small ends a listing early; two listings that agree, as before a first
    backfill, need no such question). For a side that cannot be asked for one number (Clopos is)."""
    reading, there = ctx.readings[side], ctx.sides[side]
    if not reading.complete or reading.lacking:
        return False
    agreed = ctx.kind == "backfill" and reading.agreed and reading.complete_listings > 1
    if reading.ended or agreed or reading.size is None or not isinstance(there, Ends):
        return True
    try:
        reading.ended = await there.nobody_behind(reading.size)
    except (TransientError, RefusedByServer) as error:
        log.info("end-not-proved", side=side.value, reason=error.code)
        return False
    if not reading.ended:
        reading.complete, reading.torn = False, f"{reading.size} rows came, but the list goes on behind them"
    return reading.ended


def trust_readings(ctx: RunContext) -> None:
    """The operator approved this plan: a list that was too small is the measure from now on."""
    with ctx.stores.database.write() as connection:
        for reading in ctx.readings.values():
            if reading.shrunk and reading.scan_id is not None:
                ctx.stores.runs.set_scan(connection, reading.scan_id, reason=None)
