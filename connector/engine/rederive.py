"""When the reader version changes (mapping file, region, zones, gender map, library): records and bases are derived
anew
from the stored wire values, and a field whose wire value did not move is settled silently, never an edit."""

from __future__ import annotations

from dataclasses import replace

from connector.domain.values import SideName
from connector.engine.context import RunContext, log
from connector.engine.ledger import base_digest
from connector.engine.reading import read_wire
from connector.state.links import Bases, BaseValue, LinkView


def rederive(ctx: RunContext) -> int:
    """Derive every record of another reader version anew; in live runs their links' bases too. Returns how many."""
    records = ctx.stores.records
    done = 0
    for side in SideName:
        with ctx.stores.database.read() as connection:
            groups = list(records.other_reader(connection, side, ctx.mapper.reader_version))
        for rows in groups:
            with ctx.stores.database.write() as connection:
                for stored in records.load(connection, rows).values():
                    reading = read_wire(ctx.mapper, side, stored.id, stored.wire, b"", stored)
                    records.rederived(connection, stored.row, side, reading, ctx.mapper.reader_version)
            done += len(rows)
    if not ctx.dry and ctx.pair.reader_version != ctx.mapper.reader_version:
        _rederive_bases(ctx)
    if done:
        log.info("records-derived-anew", records=done)
    return done


def _rederive_bases(ctx: RunContext) -> None:
    """Read every base again from its wire values, under the reader version of now."""
    with ctx.stores.database.read() as connection:
        groups = list(ctx.stores.links.all_ids(connection))
    for ids in groups:
        with ctx.stores.database.write() as connection:
            for link in ctx.stores.links.many(connection, ids):
                rows = {SideName.CLOPOS: link.clopos_row, SideName.CHECKANDPLACE: link.checkandplace_row}
                stored = ctx.stores.records.load(connection, rows.values())
                bases = {side: derived_bases(ctx, link, side) for side in SideName}
                digests = {side: (stored[rows[side]].value_digest, base_digest(ctx, bases[side])) for side in SideName}
                ctx.stores.links.save_bases(connection, link, bases, digests, link.sent)
    with ctx.stores.database.write() as connection:
        ctx.stores.pairs.set(connection, ctx.pair.id, reader_version=ctx.mapper.reader_version)
        ctx.pair = ctx.stores.pairs.get(connection, ctx.pair.id)


def derived_bases(ctx: RunContext, link: LinkView, side: SideName) -> Bases:
    """One side's bases, each read again from the wire values it stood on; unreadable now: as it was."""
    derived: dict[str, BaseValue] = {}
    for name, base in link.bases[side].items():
        value = ctx.mapper.customer(side, "", dict(base.wire)).fields.get(name) if base.wire else None
        derived[name] = base if value is None or value.is_unknown else replace(base, value=value)
    return derived
