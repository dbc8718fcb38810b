"""What the search for doubles asks the state: keys that several living records of one side hold, and how active they
are."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby

from sqlalchemy import Connection, func, select

from connector.domain.values import Key, KeyKind, SideName
from connector.state.core import LINK, RECORD, RECORD_KEY, Database, chunks, load
from connector.state.links import COLUMNS

Activity = tuple[int, float]
"""Receipts, and what was spent on them."""


class DuplicateStore:
    """Questions about the records of one side of a pair; reads only."""

    def __init__(self, database: Database) -> None:
        self.pair_id = database.pair_id

    def shared(
        self, connection: Connection, side: SideName, kinds: Sequence[KeyKind]
    ) -> Iterator[tuple[Key, list[int]]]:
        """Each key of these kinds that more than one record of the side holds, with their row ids in order; gone and
        anonymous records left out. Ordered by kind and key; streamed."""
        k = RECORD_KEY.c
        here = (k.pair_id == self.pair_id, k.side == side.value, k.kind.in_([kind.value for kind in kinds]))
        several = (
            select(k.kind, k.key).where(*here).group_by(k.kind, k.key).having(func.count() > 1).subquery("several")
        )
        query = (
            select(k.kind, k.key, k.record_id)
            .join(several, (several.c.kind == k.kind) & (several.c.key == k.key))
            .join(RECORD, RECORD.c.id == k.record_id)
            .where(*here, RECORD.c.gone_at.is_(None), RECORD.c.anonym.is_(False))
            .order_by(k.kind, k.key, k.record_id)
        )
        found = connection.execution_options(yield_per=1000).execute(query)
        for (kind, text), rows in groupby(found, key=lambda row: (row[0], row[1])):
            holders = [row[2] for row in rows]
            if len(holders) > 1:
                yield Key(KeyKind(kind), text), holders

    def activity(self, connection: Connection, rows: Iterable[int]) -> dict[int, Activity]:
        """Of these records how much they are used; of a Check&Place record, which counts nothing, its Clopos
        partner's."""
        found: dict[int, Activity] = {}
        for chunk in chunks(rows):
            own = select(RECORD.c.id, RECORD.c.activity, RECORD.c.traits_json).where(RECORD.c.id.in_(chunk))
            found.update((row, _activity(count, traits)) for row, count, traits in connection.execute(own))
            clopos, guest = COLUMNS[SideName.CLOPOS][0], COLUMNS[SideName.CHECKANDPLACE][0]
            partners = (
                select(guest, RECORD.c.activity, RECORD.c.traits_json).join(RECORD, RECORD.c.id == clopos)
                .where(LINK.c.state == "active", guest.in_(chunk))
            )  # fmt: skip
            found.update((row, _activity(count, traits)) for row, count, traits in connection.execute(partners))
        return found


def _activity(receipts: int, traits: str) -> Activity:
    return receipts, float(load(traits).get("spent", 0.0))
