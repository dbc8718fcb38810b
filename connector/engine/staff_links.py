"""What staff decide about who is who: proposals, disputes, links that are not right.

same person       a proposal becomes a link; a disputed link, or one that staff broke, is active again
different people  a proposal is rejected for good; a disputed link ends, and each record is looked at by itself again
break             nothing flows any more, and nothing is created for either record, until staff say otherwise
"""

from __future__ import annotations

from sqlalchemy import Connection
from sqlalchemy.exc import IntegrityError

from connector.domain.undo import UNDO
from connector.domain.values import CHECKANDPLACE, CLOPOS, SideName
from connector.engine.ledger import make_link
from connector.engine.staff import Decided, Desk, NotPossible
from connector.state.desk import STAFF, ProposalView
from connector.state.links import HOLDING_STATES, LinkView
from connector.state.queue import Queued
from connector.state.records import Stored

BROKEN_BY_STAFF = "broken_by_staff"
"""The reason that only staff take back (`connector.domain.lifecycle`)."""


def accept_proposal(desk: Desk, connection: Connection, proposal_id: int) -> Decided:
    """The two are one person: an active link without bases; the next run merges it as a new one."""
    proposal = _open_proposal(desk, connection, proposal_id, take_back="rejected")
    clopos, guest = _both(desk, connection, proposal.clopos_row, proposal.checkandplace_row)
    _free(desk, connection, clopos, guest)
    _somebody(guest, "Give the guest a name in Check&Place and run a sync.")
    decision = desk.decision("same person")
    evidence = {**proposal.evidence, "band": proposal.band, STAFF: [*proposal.evidence.get(STAFF, []), decision]}
    make_link(desk, connection, clopos.row, guest.row, proposal.why, evidence, decided_by=desk.who)
    desk.links.decide_proposal(connection, proposal, "accepted", decision, desk.clock.now())
    return Decided(f"p{proposal_id}", "accepted", "The two are linked; the next run brings their fields together.")


def reject_proposal(desk: Desk, connection: Connection, proposal_id: int) -> Decided:
    """The two are different people, for good."""
    proposal = _open_proposal(desk, connection, proposal_id)
    desk.links.decide_proposal(connection, proposal, "rejected", desk.decision("different people"), desk.clock.now())
    return Decided(f"p{proposal_id}", "rejected", "They stay two people and are not proposed again.")


def accept_link(desk: Desk, connection: Connection, link_id: int) -> Decided:
    """The two are one person after all: active again. A superseded link moves to the record that the vanished one was
    merged into (CP-48)."""
    link = _link(desk, connection, link_id)
    clopos, guest = _both(desk, connection, link.clopos_row, link.checkandplace_row)
    if link.state == "superseded":
        return _move(desk, connection, link, clopos, guest)
    by_staff = link.state in ("broken", "rejected") and link.state_reason in (BROKEN_BY_STAFF, "different_people", UNDO)
    if link.state != "disputed" and not by_staff:
        raise _wrong_state(link, "accepted")
    _somebody(guest, "Give the guest a name in Check&Place and run a sync, or break the link.")
    _free(desk, connection, clopos, guest, but=link.id)
    _set(desk, connection, link, "active", "same_person", "same person")
    desk.stores.records.clear_suspect(connection, [clopos.row, guest.row])
    return Decided(str(link_id), "accepted", "The link is active again; the next run brings the fields together.")


def reject_link(desk: Desk, connection: Connection, link_id: int) -> Decided:
    """A disputed link joins different people: it ends, and that is remembered. Each record is by itself again, but a
    guest who turned anonymous, or vanished, is not created anew for the other one."""
    link = _link(desk, connection, link_id)
    if link.state not in ("disputed", "superseded"):
        raise _wrong_state(link, "rejected")
    clopos, guest = _both(desk, connection, link.clopos_row, link.checkandplace_row)
    alone = link.state == "disputed" and not guest.customer.traits.anonym
    return _part(desk, connection, link, clopos, guest, alone=alone)


def break_link(desk: Desk, connection: Connection, link_id: int, *, different: bool = False) -> Decided:
    """Stop a link. `different`: they are two people, and each is looked at by itself again."""
    link = _link(desk, connection, link_id)
    if link.state == "rejected" or (link.state_reason == BROKEN_BY_STAFF and not different):
        raise _wrong_state(link, "broken")
    clopos, guest = _both(desk, connection, link.clopos_row, link.checkandplace_row)
    if different:
        return _part(desk, connection, link, clopos, guest, alone=not guest.customer.traits.anonym)
    _set(desk, connection, link, "broken", BROKEN_BY_STAFF, "break")
    follows = "Nothing is written to, or created for, either record any more."
    return Decided(str(link_id), "broken", follows)


def _part(desk: Desk, connection: Connection, link: LinkView, clopos: Stored, guest: Stored, *, alone: bool) -> Decided:
    """End a link of two different people and remember that they are."""
    state, reason = ("rejected", "different_people") if alone else ("broken", BROKEN_BY_STAFF)
    _set(desk, connection, link, state, reason, "different people")
    desk.links.remember_different(
        connection, clopos.row, guest.row, desk.decision("different people"), desk.clock.now()
    )
    desk.stores.records.clear_suspect(connection, [clopos.row, guest.row])
    follows = "They are two people now, and are not proposed again."
    return Decided(str(link.id), "rejected", follows if alone else f"{follows} Nothing is created for either of them.")


def _move(desk: Desk, connection: Connection, link: LinkView, clopos: Stored, guest: Stored) -> Decided:
    """Link the partner of a record that was merged away to the record it was merged into."""
    task = _task(desk, connection, link)
    heir_row = int(str(task.facts.get("survivor_row"))) if task is not None and task.facts.get("survivor_row") else None
    if heir_row is None:
        raise NotPossible(
            "survivor-unknown", "It is not known into which record the vanished one was merged.",
            next_step="Run a sync and look again, or break the link.",
        )  # fmt: skip
    gone_side = CLOPOS if clopos.gone_at is not None else CHECKANDPLACE
    rows = (heir_row, guest.row) if gone_side is CLOPOS else (clopos.row, heir_row)
    survivors = _both(desk, connection, *rows)
    _free(desk, connection, *survivors, but=link.id)
    _set(desk, connection, link, "broken", BROKEN_BY_STAFF, "moved to the surviving record")
    made = make_link(
        desk, connection, *rows, "merged_records", {"band": "review", STAFF: [desk.decision("same person")]},
        decided_by=desk.who,
    )  # fmt: skip
    return Decided(str(link.id), "moved", f"Link {made.id} joins the partner to the record that is left.")


def _task(desk: Desk, connection: Connection, link: LinkView) -> Queued | None:
    live = desk.stores.queue.live(connection)
    return live.get((f"c{link.clopos_row}:p{link.checkandplace_row}", f"link-{link.state}"))


def _set(desk: Desk, connection: Connection, link: LinkView, state: str, reason: str, what: str) -> None:
    """A link's new state, and the end of the task that asked about it."""
    now = desk.clock.now()
    asked = _task(desk, connection, link)
    if asked is not None:
        desk.stores.queue.set(connection, asked.id, resolved_by=desk.who, note=desk.note or asked.note)
        desk.stores.queue.close(connection, asked.id, "decided", now)
    try:
        desk.links.decide_link(
            connection, link.id, state=state, reason=reason, decision=desk.decision(what), now=now
        )  # fmt: skip
    except IntegrityError:
        raise NotPossible(
            "already-linked", f"One of the two records of link {link.id} is linked to another one."
        ) from None


def _free(desk: Desk, connection: Connection, clopos: Stored, guest: Stored, but: int | None = None) -> None:
    """Both records are there, and neither is somebody else's partner. Raises NotPossible."""
    for record in (clopos, guest):
        if record.gone_at is not None:
            raise NotPossible(
                "record-gone", f"{record.side.label} {record.id} is gone, so it cannot be linked.",
                next_step="Look in the back office: once it is seen again, decide then.",
            )  # fmt: skip
        for link in desk.stores.links.of_records(connection, [record.row]):
            mine = link.clopos_row if record.side is SideName.CLOPOS else link.checkandplace_row
            if link.id != but and mine == record.row and link.state in HOLDING_STATES:
                raise NotPossible(
                    "already-linked", f"{record.side.label} {record.id} is in link {link.id} ({link.state}) already.",
                    next_step=f"connector links show {link.id}; if that one is wrong: "
                    f"connector links break {link.id} --different",
                )  # fmt: skip


def _somebody(guest: Stored, next_step: str) -> None:
    """An anonymous record is nobody's partner (CP-46, CP-47). Raises NotPossible."""
    if guest.customer.traits.anonym:
        raise NotPossible(
            "still-anonymous", f"Check&Place {guest.id} is an anonymous record now, so it is nobody.",
            next_step=next_step,
        )  # fmt: skip


def _both(desk: Desk, connection: Connection, clopos_row: int, guest_row: int) -> tuple[Stored, Stored]:
    loaded = desk.stores.records.load(connection, [clopos_row, guest_row])
    return loaded[clopos_row], loaded[guest_row]


def _open_proposal(desk: Desk, connection: Connection, proposal_id: int, take_back: str | None = None) -> ProposalView:
    """A proposal that may still be decided; `take_back`: a state that a new decision takes back."""
    proposal = desk.links.proposal(connection, proposal_id)
    if proposal is None:
        raise NotPossible(
            "no-such-proposal", f'There is no proposal p{proposal_id} in the pair "{desk.pair.name}".',
            next_step="connector links list --proposals",
        )  # fmt: skip
    if proposal.state not in ("open", take_back):
        by = f" by {proposal.decided_by}" if proposal.decided_by else ""
        raise NotPossible(
            "proposal-over", f"Proposal p{proposal_id} is over: {proposal.state}{by}.",
            next_step="connector links list --proposals",
        )  # fmt: skip
    return proposal


def _link(desk: Desk, connection: Connection, link_id: int) -> LinkView:
    link = desk.stores.links.get(connection, link_id)
    if link is None:
        raise NotPossible(
            "no-such-link", f'There is no link {link_id} in the pair "{desk.pair.name}".',
            next_step="connector links list",
        )  # fmt: skip
    return link


def _wrong_state(link: LinkView, wanted: str) -> NotPossible:
    """An active link is nobody's question, so it is not rejected: it is broken, by whoever knows better."""
    ends = link.state == "active" and wanted == "rejected"
    step = f"connector links break {link.id} --different" if ends else f"connector links show {link.id}"
    return NotPossible(
        "link-state", f"Link {link.id} is {link.state}, so it cannot be {wanted}"
        f"{': what is linked already is broken instead' if ends else ''}.", next_step=step,
    )  # fmt: skip
