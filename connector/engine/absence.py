"""Who is gone: only two complete scans, and a 404 by id where the side can be asked (CL-10, CP-23), say so."""

from __future__ import annotations

from connector.domain.errors import RefusedByServer, TransientError
from connector.domain.guard import Code, GuardFacts, SideFacts, judge
from connector.domain.lifecycle import GONE_AFTER_SCANS
from connector.domain.values import SideName
from connector.engine.context import RunContext, log
from connector.engine.scan import store_rows
from connector.engine.steps import Step
from connector.state.runs import SHRANK

WRONG_READING = (Code.SIDE_SHRANK, Code.SIDE_EMPTY, Code.ANOTHER_STORE)
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
        suspects = records.missing(connection, side, GONE_AFTER_SCANS)
    if not ctx.sides[side].capabilities.read_by_id:
        with ctx.stores.database.write() as connection:
            records.set_gone(connection, [row for row, _id in suspects], now)
        return
    for row, remote_id in suspects[:ASK_AT_MOST]:
        try:
            found = await ctx.sides[side].get(remote_id)
        except (TransientError, RefusedByServer) as error:
            log.info("absence-not-proved", side=side.value, record=remote_id, reason=error.code)
            continue
        with ctx.stores.database.write() as connection:
            if found is None:
                records.set_gone(connection, [row], now)
            else:
                store_rows(ctx, connection, side, [found], reading.scan_id)


def judge_size(ctx: RunContext, side: SideName) -> None:
    """After a listing, the run's first or one more in its middle: one that is so much smaller than the last is no
    ground for absence or creates (`ReadingOf.shrunk`), and no measure for the next listing either."""
    reading = ctx.readings[side]
    if not (reading.complete and reading.full) or reading.scan_id is None or ctx.approve is not None:
        return
    if _shrunk(ctx, side):
        reading.shrunk = True
        with ctx.stores.database.write() as connection:
            ctx.stores.runs.set_scan(connection, reading.scan_id, reason=SHRANK)
        log.warning("side-shrank", side=side.value, now=reading.size, before=reading.last_size)


def _shrunk(ctx: RunContext, side: SideName) -> bool:
    """Whether the guard will call this side too small, empty, or another store."""
    reading = ctx.readings[side]
    with ctx.stores.database.read() as connection:
        linked = ctx.stores.links.count(connection)
    seen = SideFacts(
        side, records=0, size=reading.size, last_size=reading.last_size, linked=linked,
        linked_missing=reading.linked_missing,
    )  # fmt: skip
    verdict = judge(GuardFacts(linked, (seen,), backfill_finished=True), ctx.policy.guard)
    return any(refusal.code in WRONG_READING for refusal in verdict.refusals)


def trust_readings(ctx: RunContext) -> None:
    """The operator approved this plan: a list that was too small is the measure from now on."""
    with ctx.stores.database.write() as connection:
        for reading in ctx.readings.values():
            if reading.shrunk and reading.scan_id is not None:
                ctx.stores.runs.set_scan(connection, reading.scan_id, reason=None)
