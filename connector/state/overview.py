"""What people ask about a pair's runs: for reports, `runs` and `status`. Reads only."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, RowMapping, func, select

from connector.domain.plan import Summary
from connector.domain.values import CHECKANDPLACE, Json, SideName
from connector.state.core import LINK, PLAN, PLAN_ENTRY, PROPOSAL, RECORD, REQUEST, RUN, SCAN, Database, load


@dataclass(frozen=True, slots=True)
class RunView:
    """One run. `error`: {code, manager, engineer, next} or None; times aware UTC."""

    id: int
    kind: str
    state: str
    started_at: datetime
    ended_at: datetime | None
    exit_code: int | None
    counts: dict[str, int]
    error: Json
    plan_id: int | None


@dataclass(frozen=True, slots=True)
class PlanView:
    """What a plan came to. `verdict`: the guard's refusals as stored; `entries`: how many rows of it are still kept."""

    id: int
    hash: str
    state: str
    created_at: datetime
    summary: Summary
    verdict: Sequence[Json]
    entries: int


class Overview:
    """Questions about one pair that no decision rests on."""

    def __init__(self, database: Database) -> None:
        self.pair_id = database.pair_id

    def run(self, connection: Connection, run_id: int) -> RunView | None:
        """The run of this number, if it is one of this pair."""
        query = select(RUN).where(RUN.c.pair_id == self.pair_id, RUN.c.id == run_id)
        row = connection.execute(query).mappings().first()
        return _run(row) if row else None

    def runs(self, connection: Connection, limit: int, *, kinds: Sequence[str] | None = None) -> list[RunView]:
        """The newest runs first."""
        query = select(RUN).where(RUN.c.pair_id == self.pair_id)
        if kinds is not None:
            query = query.where(RUN.c.kind.in_(list(kinds)))
        return [_run(row) for row in connection.execute(query.order_by(RUN.c.id.desc()).limit(limit)).mappings()]

    def last_good(self, connection: Connection, kinds: Sequence[str]) -> RunView | None:
        """The newest run of these kinds that came to its end (also partly: the rest is in the queues)."""
        query = select(RUN).where(
            RUN.c.pair_id == self.pair_id, RUN.c.kind.in_(list(kinds)), RUN.c.state.in_(("done", "partly"))
        )
        row = connection.execute(query.order_by(RUN.c.id.desc()).limit(1)).mappings().first()
        return _run(row) if row else None

    def scans(self, connection: Connection, run_id: int) -> Sequence[RowMapping]:
        """The scans of a run, in order (columns of `scan`)."""
        query = select(SCAN).where(SCAN.c.run_id == run_id, SCAN.c.pair_id == self.pair_id)
        return connection.execute(query.order_by(SCAN.c.id)).mappings().all()

    def requests(self, connection: Connection, run_id: int) -> list[tuple[SideName, str, str, int | None, int]]:
        """(side, method, route, status, how many) of a run's requests; status None: no answer came."""
        key = (REQUEST.c.side, REQUEST.c.method, REQUEST.c.route, REQUEST.c.status)
        query = select(*key, func.count()).where(REQUEST.c.run_id == run_id).group_by(*key).order_by(*key)
        return [(SideName(row[0]), row[1], row[2], row[3], row[4]) for row in connection.execute(query)]

    def requests_since(self, connection: Connection, side: SideName, since: datetime) -> int:
        """How many requests the last hundred runs sent to a side since then (the log is indexed by run)."""
        recent = select(RUN.c.id).where(RUN.c.pair_id == self.pair_id).order_by(RUN.c.id.desc()).limit(100)
        query = select(func.count()).where(
            REQUEST.c.run_id.in_(recent.scalar_subquery()), REQUEST.c.side == side.value, REQUEST.c.at >= since
        )
        return int(connection.execute(query).scalar_one())

    def plan(self, connection: Connection, plan_id: int) -> PlanView | None:
        """What a plan came to, and how much of it is still stored."""
        query = select(PLAN).where(PLAN.c.id == plan_id, PLAN.c.pair_id == self.pair_id)
        row = connection.execute(query).mappings().first()
        if row is None:
            return None
        kept = connection.execute(select(func.count()).where(PLAN_ENTRY.c.plan_id == plan_id)).scalar_one()
        return PlanView(
            row["id"], row["hash"], row["state"], row["created_at"], Summary.from_json(load(row["summary_json"])),
            load(row["verdict_json"]) or (), int(kept),
        )  # fmt: skip

    def proposals(self, connection: Connection) -> tuple[int, datetime | None]:
        """How many proposals are open, and since when the oldest is."""
        query = select(func.count(), func.min(PROPOSAL.c.opened_at)).where(
            PROPOSAL.c.pair_id == self.pair_id, PROPOSAL.c.state == "open"
        )
        count, oldest = connection.execute(query).one()
        return int(count), oldest

    def guests_with_partners(self, connection: Connection) -> Iterator[tuple[Json, Json]]:
        """The wire values of each Check&Place record that is not gone, and of the Clopos record it is linked to (None
        without an active link)."""
        guest, clopos = RECORD.alias("p"), RECORD.alias("c")
        query = (
            select(guest.c.wire_json, clopos.c.wire_json)
            .select_from(guest)
            .outerjoin(LINK, (LINK.c.checkandplace_record_id == guest.c.id) & (LINK.c.state == "active"))
            .outerjoin(clopos, clopos.c.id == LINK.c.clopos_record_id)
            .where(guest.c.pair_id == self.pair_id, guest.c.side == CHECKANDPLACE.value, guest.c.gone_at.is_(None))
        )
        for mine, theirs in connection.execution_options(yield_per=500).execute(query):
            yield load(mine), load(theirs)


def _run(row: RowMapping) -> RunView:
    return RunView(
        row["id"], row["kind"], row["state"], row["started_at"], row["ended_at"], row["exit_code"],
        load(row["counts_json"]), load(row["error_json"]), row["plan_id"],
    )  # fmt: skip
