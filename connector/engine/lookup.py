"""Look-ups on Clopos by the unique values of a guest: for a 409, a create in doubt, and before each create."""

from __future__ import annotations

from collections.abc import Sequence

from connector.domain.doubt import Found
from connector.domain.phones import lookup_values
from connector.domain.values import CLOPOS, KeyKind
from connector.engine.context import RunContext
from connector.engine.linking import evidence_of
from connector.engine.partners import taken
from connector.engine.scan import store_rows
from connector.sides.port import Row
from connector.state.records import Stored

NEWEST = 100


async def look_up(
    ctx: RunContext, source: Stored, cid: str | None, *, last_digits_only: bool = False, newest: bool = False
) -> list[Found]:
    """Records of Clopos that carry the source's cid or one of its numbers; rows seen are stored.

    Asks by E.164, by digits and by the last nine digits until something fits, and (for a create in doubt, or a clash of
    `cid`) one page of the newest rows; every row is confirmed on the normalised values (CL-07, CL-08). At most three
    requests.
    """
    phone = next((key.text for key in source.keys if key.kind is KeyKind.PHONE), None)
    texts = list(lookup_values(phone)) if phone else []
    texts = texts[-1:] if last_digits_only else texts
    if newest:
        texts = texts[:1] + texts[-1:] if len(texts) > 1 else texts
    for text in texts:
        found = _confirmed(ctx, source, cid, await ctx.sides[CLOPOS].find_by_phone(text))
        if found:
            return found
    if newest:
        return _confirmed(ctx, source, cid, await ctx.sides[CLOPOS].newest(NEWEST))
    return []


def _confirmed(ctx: RunContext, source: Stored, cid: str | None, seen: Sequence[Row]) -> list[Found]:
    """Those of the rows that really are about this guest, judged by their band."""
    if not seen:
        return []
    with ctx.stores.database.write() as connection:
        store_rows(ctx, connection, CLOPOS, seen, ctx.readings[CLOPOS].scan_id or 0)
    with ctx.stores.database.read() as connection:
        stored = ctx.stores.records.by_remote(connection, CLOPOS, [row.id for row in seen])
        keys = {key for key in source.keys if key.kind in (KeyKind.PHONE, KeyKind.EMAIL)}
        found = []
        for record in stored.values():
            ours = cid is not None and (record.customer.traits.cid or "").lower() == cid.lower()
            if not ours and not keys & set(record.keys):
                continue
            evidence = evidence_of(ctx, connection, record, source)
            others = taken(ctx, connection, record.row, source.row)
            found.append(Found(record.id, evidence.band, ours=ours, taken=others))
    return found
