"""What staff's desk asks of the state: links and proposals for people, and decisions kept with who, when and why."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, RowMapping, insert, select, update

from connector.domain.values import Json
from connector.state.core import LINK, PROPOSAL, Database, dump, load
from connector.state.links import LinkView, link_from_row

STAFF = "staff"
"""The key, in evidence and in a queue entry's facts, under which the decisions of staff are listed."""


@dataclass(frozen=True, slots=True)
class ProposalView:
    """A proposal for people. `evidence`: band and facts, and the decisions of staff."""

    id: int
    clopos_row: int
    checkandplace_row: int
    state: str
    band: str
    why: str
    evidence: Mapping[str, Json]
    opened_at: datetime
    decided_by: str | None
    decided_at: datetime | None


@dataclass(frozen=True, slots=True)
class LinkStory:
    """What a link's row says beside `LinkView`: the evidence (with the decisions of staff), since when it is in its
    state, and the run that made it."""

    evidence: Mapping[str, Json]
    state_at: datetime | None
    run_id: int | None


def proposal_from_row(row: RowMapping) -> ProposalView:
    """A row of `proposal` as a value."""
    return ProposalView(
        id=row["id"], clopos_row=row["clopos_record_id"], checkandplace_row=row["checkandplace_record_id"],
        state=row["state"], band=row["band"], why=row["why"], evidence=load(row["evidence_json"]),
        opened_at=row["opened_at"], decided_by=row["decided_by"], decided_at=row["decided_at"],
    )  # fmt: skip


class DeskStore:
    """Links and proposals of one pair, as staff look at them and decide."""

    def __init__(self, database: Database) -> None:
        self.pair_id = database.pair_id

    def proposal(self, connection: Connection, proposal_id: int) -> ProposalView | None:
        query = select(PROPOSAL).where(PROPOSAL.c.id == proposal_id, PROPOSAL.c.pair_id == self.pair_id)
        row = connection.execute(query).mappings().first()
        return proposal_from_row(row) if row else None

    def between(self, connection: Connection, clopos_row: int, checkandplace_row: int) -> ProposalView | None:
        """The proposal of two records, in whatever state."""
        here = (PROPOSAL.c.clopos_record_id == clopos_row) & (PROPOSAL.c.checkandplace_record_id == checkandplace_row)
        row = connection.execute(select(PROPOSAL).where(PROPOSAL.c.pair_id == self.pair_id, here)).mappings().first()
        return proposal_from_row(row) if row else None

    def proposals(self, connection: Connection, states: Sequence[str] = ("open",)) -> Iterator[ProposalView]:
        """Proposals in one of these states, oldest first."""
        query = select(PROPOSAL).where(PROPOSAL.c.pair_id == self.pair_id, PROPOSAL.c.state.in_(list(states)))
        for row in connection.execute(query.order_by(PROPOSAL.c.opened_at, PROPOSAL.c.id)).mappings():
            yield proposal_from_row(row)

    def links(self, connection: Connection, states: Sequence[str] = ()) -> Iterator[LinkView]:
        """Links in one of these states (none given: in any), by id."""
        query = select(LINK).where(LINK.c.pair_id == self.pair_id).order_by(LINK.c.id)
        if states:
            query = query.where(LINK.c.state.in_(list(states)))
        for row in connection.execute(query).mappings():
            yield link_from_row(row)

    def story(self, connection: Connection, link_id: int) -> LinkStory:
        """What the row of a link of this pair says beside its view."""
        query = select(LINK.c.evidence_json, LINK.c.state_at, LINK.c.run_id).where(LINK.c.id == link_id)
        row = connection.execute(query).one()
        return LinkStory(load(row[0]), row[1], row[2])

    def decide_link(
        self, connection: Connection, link_id: int, *, state: str, reason: str, decision: Mapping[str, Json],
        now: datetime,
    ) -> None:  # fmt: skip
        """Staff's word on a link; `decision` (at, who, what, note) is added to the link's evidence."""
        evidence = _with(self.story(connection, link_id).evidence, decision)
        connection.execute(
            update(LINK).where(LINK.c.id == link_id).values(
                state=state, state_reason=reason, state_at=now, decided_by=decision["who"], decided_at=now,
                evidence_json=dump(evidence),
            )
        )  # fmt: skip

    def decide_proposal(
        self, connection: Connection, proposal: ProposalView, state: str, decision: Mapping[str, Json], now: datetime
    ) -> None:
        """accepted or rejected, by whom and when."""
        values = {"state": state, "decided_by": decision["who"], "decided_at": now}
        evidence = dump(_with(proposal.evidence, decision))
        connection.execute(
            update(PROPOSAL).where(PROPOSAL.c.id == proposal.id).values(evidence_json=evidence, **values)
        )

    def remember_different(
        self, connection: Connection, clopos_row: int, checkandplace_row: int, decision: Mapping[str, Json],
        now: datetime,
    ) -> None:  # fmt: skip
        """These two records are different people, for good: kept as a rejected proposal."""
        here = (PROPOSAL.c.clopos_record_id == clopos_row) & (PROPOSAL.c.checkandplace_record_id == checkandplace_row)
        row = connection.execute(select(PROPOSAL).where(here)).mappings().first()
        if row is not None:
            self.decide_proposal(connection, proposal_from_row(row), "rejected", decision, now)
            return
        values: dict[str, Any] = {
            "clopos_record_id": clopos_row, "checkandplace_record_id": checkandplace_row, "state": "rejected",
            "band": "review", "why": "different_people", "evidence_json": dump(_with({}, decision)), "opened_at": now,
            "decided_by": decision["who"], "decided_at": now,
        }  # fmt: skip
        connection.execute(insert(PROPOSAL).values(pair_id=self.pair_id, **values))


def _with(evidence: Mapping[str, Json], decision: Mapping[str, Json]) -> dict[str, Json]:
    return {**evidence, STAFF: [*evidence.get(STAFF, []), dict(decision)]}
