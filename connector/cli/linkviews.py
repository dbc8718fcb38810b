"""Links and proposals as documents of JSON types."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy import Connection

from connector.cli.views import Document, Eyes, age, entries_of
from connector.domain.hints import Hint
from connector.domain.undo import UNDO
from connector.domain.values import CHECKANDPLACE, CLOPOS, Json, SideName
from connector.report.safe import visible
from connector.state.core import chunks, load
from connector.state.desk import STAFF, ProposalView
from connector.state.links import LinkView
from connector.state.records import Stored

if TYPE_CHECKING:
    from connector.cli.desk import View


def links_of(view: View, connection: Connection, now: datetime, states: Sequence[str] = ()) -> Iterator[Document]:
    """Links of a pair in these states (none given: all), as lines of a list."""
    for chunk in chunks(view.links.links(connection, states), 200):
        rows = [row for link in chunk for row in (link.clopos_row, link.checkandplace_row)]
        loaded = view.stores.records.load(connection, rows)
        for link in chunk:
            yield _line(
                view.eyes, str(link.id), link.state, loaded[link.clopos_row], loaded[link.checkandplace_row],
                why=link.why, reason=link.state_reason, since=link.decided_at, now=now,
            )  # fmt: skip


def proposals_of(view: View, connection: Connection, now: datetime) -> Iterator[Document]:
    """Open proposals of a pair, oldest first, as lines of a list."""
    for chunk in chunks(view.links.proposals(connection), 200):
        rows = [row for one in chunk for row in (one.clopos_row, one.checkandplace_row)]
        loaded = view.stores.records.load(connection, rows)
        for one in chunk:
            yield _line(
                view.eyes, f"p{one.id}", one.state, loaded[one.clopos_row], loaded[one.checkandplace_row],
                why=one.why, reason=None, since=one.opened_at, now=now,
            )  # fmt: skip


def link_document(view: View, connection: Connection, link_id: int, now: datetime) -> Document:
    """One link, whole. The link must exist."""
    link = view.stores.links.get(connection, link_id)
    assert link is not None
    story = view.links.story(connection, link_id)
    clopos, guest = _records(view, connection, link.clopos_row, link.checkandplace_row)
    entries = [e for e in view.stores.queue.listing(connection) if e.subject == f"c{clopos.row}:p{guest.row}"]
    return {
        **_line(
            view.eyes, str(link.id), link.state, clopos, guest, why=link.why, reason=link.state_reason,
            since=link.decided_at, now=now,
        ),
        "band": link.band, "facts": _facts(view.eyes, story.evidence), "decided_by": link.decided_by,
        "decided_at": view.eyes.time(link.decided_at), "state_at": view.eyes.time(story.state_at),
        "decisions": view.eyes.decisions(story.evidence.get(STAFF, ())),
        "settled": True, "fields": _fields(view.eyes, clopos, guest, link), "waiting": sorted(link.sent),
        "clopos": _record(view.eyes, clopos), "checkandplace": _record(view.eyes, guest),
        "entries": list(entries_of(view.eyes, view.stores, connection, entries, now)),
        "history": _history(view, connection, link), "next": _next_of_link(link),
    }  # fmt: skip


def proposal_document(view: View, connection: Connection, proposal_id: int, now: datetime) -> Document:
    """One proposal, whole. The proposal must exist."""
    proposal = view.links.proposal(connection, proposal_id)
    assert proposal is not None
    clopos, guest = _records(view, connection, proposal.clopos_row, proposal.checkandplace_row)
    return {
        **_line(
            view.eyes, f"p{proposal.id}", proposal.state, clopos, guest, why=proposal.why, reason=None,
            since=proposal.opened_at, now=now,
        ),
        "band": proposal.band, "facts": _facts(view.eyes, proposal.evidence), "decided_by": proposal.decided_by,
        "decided_at": view.eyes.time(proposal.decided_at), "state_at": None,
        "decisions": view.eyes.decisions(proposal.evidence.get(STAFF, ())),
        "settled": False, "fields": _fields(view.eyes, clopos, guest, None), "waiting": [],
        "clopos": _record(view.eyes, clopos), "checkandplace": _record(view.eyes, guest),
        "entries": [], "history": [], "next": _next_of_proposal(proposal),
    }  # fmt: skip


def _line(
    eyes: Eyes, ref: str, state: str, clopos: Stored, guest: Stored, *, why: str, reason: str | None, since: datetime,
    now: datetime,
) -> Document:  # fmt: skip
    return {
        "ref": ref, "pair": eyes.pair, "state": state, "why": eyes.words.reason("link", why) if why else "",
        "why_code": why, "reason": eyes.words.reason("link-state", reason) if reason else None, "reason_code": reason,
        "clopos": {"id": clopos.id, "name": eyes.name(clopos.name)},
        "checkandplace": {"id": guest.id, "name": eyes.name(guest.name)},
        "since": eyes.time(since), "age": age(since, now),
    }  # fmt: skip


def _records(view: View, connection: Connection, clopos_row: int, guest_row: int) -> tuple[Stored, Stored]:
    loaded = view.stores.records.load(connection, [clopos_row, guest_row])
    return loaded[clopos_row], loaded[guest_row]


def _record(eyes: Eyes, record: Stored) -> Document:
    """What is to be known of a record beside its fields."""
    traits = record.customer.traits
    notes = [
        word
        for word, applies in (
            ("gone", record.gone_at is not None), ("inactive", traits.active is False), ("anonymous", traits.anonym),
            ("blacklisted", traits.blacklisted), ("refused a permit", traits.permit_refused),
            ("perhaps another person", record.suspect is not None),
        )
        if applies
    ]  # fmt: skip
    seen = eyes.time(record.read_at)
    return {
        "id": record.id,
        "name": eyes.name(record.name),
        "seen": seen,
        "notes": ", ".join(notes),
        "gone": record.gone_at is not None,
    }


def _fields(eyes: Eyes, clopos: Stored, guest: Stored, link: LinkView | None) -> list[Document]:
    """Every field that one of the two records shows, side by side with the bases."""
    rows = []
    for spec in eyes.mapper.fields:
        shown = {
            side: eyes.value(spec.name, record.customer.field(spec.name)) if spec.side(side) is not None else None
            for side, record in ((CLOPOS, clopos), (CHECKANDPLACE, guest))
        }
        if not any(shown.values()):
            continue
        base = (link.base(spec.name) if link is not None else None) or {}
        both = spec.compared and all(spec.side(side) is not None for side in SideName)
        values = clopos.customer.field(spec.name), guest.customer.field(spec.name)
        known = both and not any(value.is_unknown for value in values)
        rows.append({
            "field": spec.name, "title": spec.title or spec.name, "clopos": shown[CLOPOS],
            "checkandplace": shown[CHECKANDPLACE], "base_clopos": eyes.value(spec.name, base.get(CLOPOS)),
            "base_checkandplace": eyes.value(spec.name, base.get(CHECKANDPLACE)),
            "differs": known and not spec.kind.equal(*values),
        })  # fmt: skip
    return rows


def _history(view: View, connection: Connection, link: LinkView) -> list[Document]:
    """What the connector wrote for these two, oldest first."""
    return [
        {
            "at": view.eyes.time(row["at"]), "side": SideName(row["side"]).label, "verb": row["verb"],
            "field": row["field"], "title": view.eyes.title(row["field"]), "run": row["run_id"],
            "before": view.eyes.stored(row["field"], load(row["before_json"])),
            "after": view.eyes.stored(row["field"], load(row["after_json"])), "rule": row["rule"],
        }
        for row in view.stores.history.of_records(connection, [link.clopos_row, link.checkandplace_row])
    ]  # fmt: skip


def _facts(eyes: Eyes, evidence: Mapping[str, Json]) -> list[str]:
    """The evidence in the words that all reports use."""
    return list(dict.fromkeys(visible(eyes.words.fact(str(fact))) for fact in evidence.get("facts", ())))


def _next_of_link(link: LinkView) -> list[str]:
    same, different = f"connector links accept {link.id}   (the same person)", "(different people)"
    if link.state == "disputed":
        return [same, f"connector links reject {link.id}   {different}"]
    if link.state == "superseded":
        return [
            f"connector links accept {link.id}   (move to the record that is left)",
            f"connector links reject {link.id}",
        ]
    if link.state == "active":
        return [f"connector links break {link.id}", f"connector links break {link.id} --different   {different}"]
    by_staff = link.state_reason in ("broken_by_staff", "different_people", UNDO)
    return [f"connector links accept {link.id}   (take it back)"] if by_staff else []


def _next_of_proposal(proposal: ProposalView) -> list[str]:
    if proposal.state != "open":
        return []
    guess = proposal.evidence.get("hint")
    accept, reject = (
        f"connector links {verb} p{proposal.id}   ({words}{'; our guess' if guess == hint.value else ''})"
        for verb, words, hint in (
            ("accept", "the same person", Hint.LIKELY), ("reject", "different people", Hint.UNLIKELY),
        )
    )  # fmt: skip
    return [reject, accept] if guess == Hint.UNLIKELY.value else [accept, reject]
