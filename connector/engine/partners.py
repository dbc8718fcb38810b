"""Is a record somebody else's already, as far as another one is concerned?"""

from __future__ import annotations

from sqlalchemy import Connection

from connector.engine.context import RunContext
from connector.state.links import HOLDING_STATES


def taken(ctx: RunContext, connection: Connection, row: int, for_row: int) -> bool:
    """Whether the record `row` is the partner of another record than `for_row`, or staff said that the two are
    different people: then a key that both hold makes them neither one person nor a question."""
    for link in ctx.stores.links.of_records(connection, [row]):
        if link.state in HOLDING_STATES and for_row not in (link.clopos_row, link.checkandplace_row):
            return True
    return for_row in ctx.stores.proposals.rejected_of(connection, [row]).get(row, [])


def partnered(ctx: RunContext, connection: Connection, *rows: int) -> bool:
    """Whether one of these records is somebody's partner already: a run that comes late links it to nobody else."""
    return any(
        link.state in HOLDING_STATES and not {link.clopos_row, link.checkandplace_row}.isdisjoint(rows)
        for link in ctx.stores.links.of_records(connection, rows)
    )
