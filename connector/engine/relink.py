"""Relink: staff say of any two records that they are one person, whatever was proposed, linked or refused before."""

from __future__ import annotations

from sqlalchemy import Connection

from connector.domain.values import CHECKANDPLACE, CLOPOS, SideName
from connector.engine.ledger import make_link
from connector.engine.staff import Decided, Desk, NotPossible
from connector.engine.staff_links import accept_link
from connector.state.desk import STAFF
from connector.state.links import HOLDING_STATES, LinkView
from connector.state.records import Stored

DIFFERENT = "different_people"
BY_STAFF = "by_staff"


def relink(desk: Desk, connection: Connection, clopos_id: str, checkandplace_id: str, *, break_: bool) -> Decided:
    """An active link between two records, named by their ids on their sides.

    Links of either with somebody else stand in the way: without `break_` they are named and nothing is changed; with
    it they end as links of different people, for good, and each former partner is looked at by itself again.
    Raises NotPossible.
    """
    clopos, guest = (
        _record(desk, connection, CLOPOS, clopos_id),
        _record(desk, connection, CHECKANDPLACE, checkandplace_id),
    )
    _under_way(desk, connection, clopos, guest)
    between, others = _links(desk, connection, clopos, guest)
    if between is not None and between.state == "active":
        raise NotPossible(
            "already-one", f"Clopos {clopos.id} and Check&Place {guest.id} are linked already (link {between.id}).",
            next_step=f"connector links show {between.id}",
        )  # fmt: skip
    if others and not break_:
        raise _in_the_way(others, clopos, guest)
    for link in others:
        _end(desk, connection, link)
    follows = "The next run brings their fields together."
    if others:
        follows = f"Ended: link {', '.join(str(link.id) for link in others)}. {follows}"
    if between is not None and between.state != "rejected":
        accept_link(desk, connection, between.id)
        return Decided(str(between.id), "accepted", follows)
    made = _link(desk, connection, clopos, guest)
    return Decided(str(made.id), "linked", follows)


def _record(desk: Desk, connection: Connection, side: SideName, remote_id: str) -> Stored:
    """A record that may be linked: known, there, and somebody."""
    record = desk.stores.records.by_remote(connection, side, [remote_id]).get(remote_id)
    if record is None:
        raise NotPossible(
            "no-such-record", f"{side.label} {remote_id} was in no reading of the pair \"{desk.pair.name}\".",
            next_step=f"Check the id; a new customer is known after: connector diff --pair {desk.pair.name}",
        )  # fmt: skip
    if record.gone_at is not None:
        raise NotPossible(
            "record-gone", f"{side.label} {remote_id} is gone, so it cannot be linked.",
            next_step="Look in the back office: once it is seen again, decide then.",
        )  # fmt: skip
    if record.customer.traits.anonym:
        raise NotPossible(
            "still-anonymous", f"{side.label} {remote_id} is an anonymous record, so it is nobody.",
            next_step="Give the guest a name in Check&Place and run a sync.",
        )  # fmt: skip
    return record


def _under_way(desk: Desk, connection: Connection, clopos: Stored, guest: Stored) -> None:
    """A create whose answer is not known may be about to give one of the two a partner: first that is cleared up."""
    rows = {clopos.row, guest.row}
    for intent in desk.stores.intents.unsettled(connection):
        if intent.verb == "create" and intent.source_row in rows:
            raise NotPossible(
                "write-under-way", "A customer was sent for one of the two and the answer is not known yet.",
                next_step=f"connector sync --pair {desk.pair.name}, then again",
            )  # fmt: skip


def _links(desk: Desk, connection: Connection, clopos: Stored, guest: Stored) -> tuple[LinkView | None, list[LinkView]]:
    """The newest link between the two, and those that hold one of them for somebody else."""
    between, others = None, []
    for link in desk.stores.links.of_records(connection, [clopos.row, guest.row]):
        own = (link.clopos_row == clopos.row, link.checkandplace_row == guest.row)
        if all(own):
            between = link
        elif any(own) and link.state in HOLDING_STATES:
            others.append(link)
    return between, others


def _in_the_way(others: list[LinkView], clopos: Stored, guest: Stored) -> NotPossible:
    named = [
        f"{'Clopos ' + clopos.id if link.clopos_row == clopos.row else 'Check&Place ' + guest.id} is in link "
        f"{link.id} ({link.state})"
        for link in others
    ]
    return NotPossible(
        "already-linked", f"{' and '.join(named)} with somebody else.",
        next_step=f"connector links show {others[0].id}; if that one is wrong: connector links relink {clopos.id} "
        f"{guest.id} --break",
    )  # fmt: skip


def _end(desk: Desk, connection: Connection, link: LinkView) -> None:
    """Staff say that these two are different people; what asked about the link is answered by that."""
    now, decision = desk.clock.now(), desk.decision("different people: relinked")
    asked = desk.stores.queue.live(connection).get(
        (f"c{link.clopos_row}:p{link.checkandplace_row}", f"link-{link.state}")
    )
    if asked is not None:
        desk.stores.queue.set(connection, asked.id, resolved_by=desk.who, note=desk.note or asked.note)
        desk.stores.queue.close(connection, asked.id, "decided", now)
    desk.links.decide_link(connection, link.id, state="rejected", reason=DIFFERENT, decision=decision, now=now)
    desk.links.remember_different(connection, link.clopos_row, link.checkandplace_row, decision, now)
    desk.stores.records.clear_suspect(connection, [link.clopos_row, link.checkandplace_row])


def _link(desk: Desk, connection: Connection, clopos: Stored, guest: Stored) -> LinkView:
    """The new link; a proposal of these two, open or rejected, is answered by it."""
    decision = desk.decision("same person")
    proposal = desk.links.between(connection, clopos.row, guest.row)
    evidence = {"band": "sure", STAFF: [decision]}
    why = BY_STAFF
    if proposal is not None:
        evidence = {**proposal.evidence, "band": proposal.band, STAFF: [*proposal.evidence.get(STAFF, []), decision]}
        desk.links.decide_proposal(connection, proposal, "accepted", decision, desk.clock.now())
        why = proposal.why if proposal.why != DIFFERENT else BY_STAFF
    desk.stores.records.clear_suspect(connection, [clopos.row, guest.row])
    return make_link(desk, connection, clopos.row, guest.row, why, evidence, decided_by=desk.who)
