"""Who is gone: only two complete scans, and a 404 by id where the side can be asked (CL-10, CP-23), say so."""

from __future__ import annotations

from connector.domain.errors import RefusedByServer, TransientError
from connector.domain.lifecycle import GONE_AFTER_SCANS
from connector.domain.values import SideName
from connector.engine.context import RunContext, log
from connector.engine.scan import store_rows

ASK_AT_MOST = 200
"""Readings by id in one run; whoever is left is asked about in the next."""


async def conclude_absence(ctx: RunContext, side: SideName) -> None:
    """After a complete full scan of `side`: count who is missing, and mark as gone who is proved to be.

    Nothing is concluded from a torn scan, or from one that is so much smaller than the last that the guard will refuse
    the plan (another store, a filter, a lost permission).
    """
    reading = ctx.readings[side]
    if not (reading.complete and reading.full) or reading.scan_id is None:
        return
    if _shrunk(ctx, side):
        reading.shrunk = True
        log.warning("side-shrank", side=side.value, now=reading.size, before=reading.last_size)
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


def _shrunk(ctx: RunContext, side: SideName) -> bool:
    """Whether the guard's own limits call this side too small, empty, or another store."""
    reading, limits = ctx.readings[side], ctx.policy.guard
    with ctx.stores.database.read() as connection:
        linked = ctx.stores.links.count(connection)
    size, before = reading.size or 0, reading.last_size or 0
    lost = before - size
    too_small = lost > limits.shrink_count and lost * 100 > limits.shrink_percent * before
    emptied = size == 0 and (before > 0 or linked > 0)
    another = linked > 0 and reading.linked_missing * 100 > limits.missing_percent * linked
    return too_small or emptied or another
