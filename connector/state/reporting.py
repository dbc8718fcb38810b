"""What a report asks the state about one run: its plan, its readings, its requests, what became of its writes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from sqlalchemy import Connection, RowMapping, func, or_, select

from connector.domain.values import SideName
from connector.state.core import INTENT, LINK, PLAN, REQUEST, RUN, SCAN, Database

DRY_KINDS = ("diff", "undo-preview")
"""Runs that only look."""


@dataclass(frozen=True, slots=True)
class Written:
    """One intent, as far as a report tells it. The row ids are those of its records, None for a create's target."""

    side: SideName
    verb: str
    clopos_row: int | None
    checkandplace_row: int | None
    target_id: str | None
    state: str
    outcome: str


class ReportStore:
    """Questions about one run of one pair; reads only."""

    def __init__(self, database: Database) -> None:
        self.pair_id = database.pair_id

    def run(self, connection: Connection, run_id: int) -> RowMapping | None:
        query = select(RUN).where(RUN.c.pair_id == self.pair_id, RUN.c.id == run_id)
        return connection.execute(query).mappings().first()

    def plan(self, connection: Connection, run_id: int) -> RowMapping | None:
        """The plan that the run made; None if it ended before."""
        query = select(PLAN).where(PLAN.c.pair_id == self.pair_id, PLAN.c.run_id == run_id)
        return connection.execute(query.order_by(PLAN.c.id.desc())).mappings().first()

    def scan(
        self, connection: Connection, run_id: int, side: SideName, scan_id: int | None = None
    ) -> RowMapping | None:
        """A reading of a side by its id, or without one the run's last."""
        query = select(SCAN).where(SCAN.c.run_id == run_id, SCAN.c.side == side.value)
        if scan_id is not None:
            query = query.where(SCAN.c.id == scan_id)
        return connection.execute(query.order_by(SCAN.c.id.desc())).mappings().first()

    def requests(self, connection: Connection, run_id: int) -> dict[str, int]:
        """HTTP requests of the run, by side."""
        query = select(REQUEST.c.side, func.count()).where(REQUEST.c.run_id == run_id).group_by(REQUEST.c.side)
        return {str(side): int(count) for side, count in connection.execute(query)}

    def links_before(self, connection: Connection, run_id: int) -> int:
        """Active links, now, that this run did not make."""
        earlier = or_(LINK.c.run_id.is_(None), LINK.c.run_id != run_id)
        query = select(func.count()).where(LINK.c.pair_id == self.pair_id, LINK.c.state == "active", earlier)
        return int(connection.execute(query).scalar_one())

    def overtaken(self, connection: Connection, run_id: int, *, by_dry: bool) -> bool:
        """Whether a later run of the pair came to its end (also partly); `by_dry`: one that only looked counts too."""
        query = select(RUN.c.id).where(
            RUN.c.pair_id == self.pair_id, RUN.c.id > run_id, RUN.c.state.in_(("done", "partly"))
        )
        if not by_dry:
            query = query.where(RUN.c.kind.not_in(DRY_KINDS))
        return connection.execute(query.limit(1)).first() is not None

    def written(self, connection: Connection, run_id: int) -> Iterator[Written]:
        """The run's intents, oldest first."""
        i = INTENT.c
        query = select(
            i.side, i.verb, i.clopos_record_id, i.checkandplace_record_id, i.target_id, i.state, i.outcome
        ).where(i.run_id == run_id)
        for row in connection.execute(query.order_by(i.id)):
            yield Written(SideName(row[0]), row[1], row[2], row[3], row[4], row[5], row[6] or "")
