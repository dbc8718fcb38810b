"""Whom a listing did not show: what the engine asks before it calls anybody gone, or nobody there (CL-10, CP-23)."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Connection, func, select, update

from connector.domain.values import SideName
from connector.state.core import LINK, RECORD, Database, chunks
from connector.state.links import COLUMNS


class UnseenStore:
    """Questions about records of one pair that a scan left out."""

    def __init__(self, database: Database) -> None:
        self.pair_id = database.pair_id

    def count(self, connection: Connection, side: SideName, scan_id: int) -> int:
        """Records of a side, not gone, that this scan did not see."""
        query = select(func.count()).where(
            RECORD.c.pair_id == self.pair_id, RECORD.c.side == side.value, RECORD.c.seen_scan_id != scan_id,
            RECORD.c.gone_at.is_(None),
        )  # fmt: skip
        return int(connection.execute(query).scalar_one())

    def returned(self, connection: Connection, side: SideName, ids: Sequence[str]) -> int:
        """How many of these ids, about to be stored, an earlier complete scan had left out."""
        count = select(func.count()).where(
            RECORD.c.pair_id == self.pair_id, RECORD.c.side == side.value, RECORD.c.missing_scans > 0
        )
        if not connection.execute(count).scalar_one():  # one look into the index of the missing: the usual case
            return 0
        parts = (connection.execute(count.where(RECORD.c.remote_id.in_(chunk))) for chunk in chunks(ids))
        return sum(int(part.scalar_one()) for part in parts)

    def restart(self, connection: Connection, side: SideName) -> None:
        """The listings did not agree: whoever was not seen is missing from the newest one alone."""
        connection.execute(
            update(RECORD)
            .where(
                RECORD.c.pair_id == self.pair_id, RECORD.c.side == side.value, RECORD.c.missing_scans > 1,
                RECORD.c.gone_at.is_(None),
            )
            .values(missing_scans=1)
        )  # fmt: skip

    def ids(self, connection: Connection, side: SideName, scan_id: int, at_most: int) -> list[str]:
        """Ids of records of a side, not gone, that this scan did not see; the oldest first."""
        query = select(RECORD.c.remote_id).where(
            RECORD.c.pair_id == self.pair_id, RECORD.c.side == side.value, RECORD.c.seen_scan_id != scan_id,
            RECORD.c.gone_at.is_(None),
        )  # fmt: skip
        return list(connection.scalars(query.order_by(RECORD.c.id).limit(at_most)))

    def oldest_linked(self, connection: Connection, side: SideName, scan_id: int, count: int) -> tuple[int, int]:
        """Of the oldest `count` active links: how many there are, and how many of their records of this side this scan
        did not see."""
        column = COLUMNS[side][0]
        query = (
            select(RECORD.c.seen_scan_id).select_from(LINK).join(RECORD, RECORD.c.id == column)
            .where(LINK.c.pair_id == self.pair_id, LINK.c.state == "active").order_by(LINK.c.id).limit(count)
        )  # fmt: skip
        seen = list(connection.scalars(query))
        return len(seen), sum(1 for scan in seen if scan != scan_id)
