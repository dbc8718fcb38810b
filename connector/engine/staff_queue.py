"""What staff decide about conflicts, tasks and holds. The next run carries it out, unless values moved on."""

from __future__ import annotations

from enum import StrEnum

from sqlalchemy import Connection

from connector.domain.backoff import RETRIED
from connector.domain.codes import HoldCode
from connector.domain.plan import EntryKind, FieldChange
from connector.domain.values import BLANK, CHECKANDPLACE, CLOPOS, SideName
from connector.engine.creates import REFUSED
from connector.engine.ledger import make_link
from connector.engine.staff import Decided, Desk, NotPossible
from connector.state.desk import STAFF
from connector.state.intents import IntentView
from connector.state.links import HOLDING_STATES
from connector.state.queue import LIVE_STATES, Queued

LINK_TASKS = ("link-broken", "link-superseded", "link-disputed")
"""Topics of tasks that speak of a link, not of a field."""


class Take(StrEnum):
    """Whose value is right."""

    CLOPOS = "clopos"
    CHECKANDPLACE = "checkandplace"
    DIFFERENT = "different"


_FOLLOWS = {
    Take.CLOPOS: "The next run writes Clopos' value to Check&Place.",
    Take.CHECKANDPLACE: "The next run makes it a task: type Check&Place's value into Clopos.",
    Take.DIFFERENT: "Both values stay as they are, until one of them is changed.",
}


def resolve(desk: Desk, connection: Connection, entry_id: int, take: Take, kind: str = "conflict") -> Decided:
    """Whose value is right, of a conflict or a task. Holds only as long as both sides show what staff saw."""
    entry = live_entry(desk, connection, entry_id, kind)
    if entry.topic in LINK_TASKS:
        raise _about_a_link(entry)
    if kind == EntryKind.TASK.value and take is Take.CHECKANDPLACE:
        raise NotPossible(
            "task-says-so", f"Task {entry_id} says exactly that: the value of Check&Place goes into Clopos.",
            next_step=f"Type it into Clopos, then: connector tasks tick {entry_id}",
        )  # fmt: skip
    _note(desk, connection, entry, f"take {take.value}", resolution=take.value, state="open", ticked_at=None)
    return Decided(str(entry_id), f"take {take.value}", _FOLLOWS[take])


def tick(desk: Desk, connection: Connection, entry_id: int) -> Decided:
    """A task is done, staff say: a claim, until a complete scan sees the value. A task about a link that has nothing to
    be seen is put aside instead."""
    entry = live_entry(desk, connection, entry_id, EntryKind.TASK.value)
    if entry.topic == "link-disputed":
        raise _about_a_link(entry)
    if entry.topic in LINK_TASKS:
        _note(desk, connection, entry, "seen", state="ignored", ticked_at=desk.clock.now())
        return Decided(str(entry_id), "ticked", "It is not listed any more; it ends when the record is seen again.")
    kept = entry.resolution if entry.resolution == Take.CHECKANDPLACE else None  # it was a conflict, decided for this
    _note(desk, connection, entry, "done", state="ticked", ticked_at=desk.clock.now(), resolution=kept)
    return Decided(str(entry_id), "ticked", "It closes when a run sees the value, and opens again if one does not.")


def remark(desk: Desk, connection: Connection, entry_id: int, kind: str) -> Decided:
    """A note that is kept with an entry; it decides nothing. The note is the desk's; raises NotPossible without one."""
    entry = live_entry(desk, connection, entry_id, kind)
    if desk.note is None:
        raise NotPossible(
            "no-note", "The note is empty.", next_step=f'connector {kind}s note {entry_id} --note "called her"'
        )
    _note(desk, connection, entry, "note")
    return Decided(str(entry_id), "noted", "It is shown with the entry.")


def ignore(desk: Desk, connection: Connection, entry_id: int, kind: str = "hold") -> Decided:
    """Nothing is to be done: silent, until its cause changes."""
    entry = live_entry(desk, connection, entry_id, kind)
    kept = entry.resolution if entry.resolution == Take.CHECKANDPLACE else None
    _note(desk, connection, entry, "ignore", state="ignored", resolution=kept)
    return Decided(str(entry_id), "ignored", "It stays silent until its values change.")


def retry(desk: Desk, connection: Connection, entry_id: int) -> Decided:
    """Send what was refused once more, in the next run."""
    entry = live_entry(desk, connection, entry_id, EntryKind.HOLD.value)
    if entry.code == HoldCode.IN_DOUBT.value:
        raise NotPossible(
            "answer-wanted", f"Hold {entry_id} asks a question: to send again could make the customer twice.",
            next_step=f"connector holds show {entry_id}, then: connector holds answer {entry_id} --help",
        )  # fmt: skip
    if entry.code == HoldCode.PATCH_REPLACES.value:
        return _probe_anew(desk, connection, entry)
    if entry.code not in RETRIED and REFUSED not in entry.facts:
        raise NotPossible(
            "ends-by-itself", f"Hold {entry_id} ends by itself when its cause does: every run looks again.",
            next_step=entry.next_step,
        )  # fmt: skip
    _note(desk, connection, entry, "retry", resolution="retry", state="open")
    return Decided(str(entry_id), "retry", "The next run sends it once more.")


def answer_it_is(desk: Desk, connection: Connection, entry_id: int, record_id: str) -> Decided:
    """The answer to `in-doubt`: the request took effect, and made this record. Links it to the one it was made from."""
    entry, intent = _in_doubt(desk, connection, entry_id)
    side = SideName(entry.side or CHECKANDPLACE)
    source = entry.checkandplace_row if side is CLOPOS else entry.clopos_row
    found = desk.stores.records.by_remote(connection, side, [record_id]).get(record_id)
    if found is None or found.gone_at is not None or source is None:
        raise NotPossible(
            "record-unknown", f"No reading shows {side.label} {record_id}.",
            next_step="Run a sync, so that it is read, and answer then.",
        )  # fmt: skip
    rows = (found.row, source) if side is CLOPOS else (source, found.row)
    for link in desk.stores.links.of_records(connection, rows):
        if link.state in HOLDING_STATES:
            raise NotPossible(
                "already-linked", f"One of the two is in link {link.id} ({link.state}) already.",
                next_step=f"connector links show {link.id}",
            )  # fmt: skip
    nobody = found.customer.traits.anonym  # CP-47: an anonymous record is no person, so nothing is linked to it
    if not nobody:
        evidence = {"band": "sure", STAFF: [desk.decision(f"it is {side.label} {record_id}")]}
        make_link(desk, connection, *rows, "answered_by_staff", evidence, decided_by=desk.who)
    now = desk.clock.now()
    if intent is not None:
        made = {"clopos_record_id": rows[0], "checkandplace_record_id": rows[1], "target_id": record_id}
        desk.stores.intents.set(
            connection, intent.id, state="done", outcome="answered_by_staff", settled_at=now, **made
        )
        desk.stores.history.add(connection, _sent(desk, intent, rows))
    _over(desk, connection, entry, f"it is {record_id}", "answered")
    follows = (
        "It is anonymous: nothing is linked, and it is not sent again."
        if nobody
        else (f"It is linked to {side.label} {record_id}.")
    )
    return Decided(str(entry_id), "answered", follows)


def answer_not_there(desk: Desk, connection: Connection, entry_id: int) -> Decided:
    """The answer to `in-doubt`: it never took effect. The next run may send it again."""
    entry, intent = _in_doubt(desk, connection, entry_id)
    if intent is not None:
        desk.stores.intents.set(
            connection, intent.id, state="dropped", outcome="not_there_by_staff", settled_at=desk.clock.now()
        )
    _over(desk, connection, entry, "not there, send again", "retried")
    return Decided(str(entry_id), "answered", "The next run sends it again.")


def live_entry(desk: Desk, connection: Connection, entry_id: int, kind: str) -> Queued:
    """An entry of this kind that is not over. Raises NotPossible."""
    entry = desk.stores.queue.get(connection, entry_id)
    if entry is None:
        raise NotPossible(
            "no-such-entry", f'There is no {kind} {entry_id} in the pair "{desk.pair.name}".',
            next_step=f"connector {kind}s list",
        )  # fmt: skip
    if entry.kind != kind:
        raise NotPossible(
            "another-kind", f"{entry_id} is a {entry.kind}, not a {kind}.",
            next_step=f"connector {entry.kind}s show {entry_id}",
        )  # fmt: skip
    if entry.state not in LIVE_STATES:
        raise NotPossible(
            "entry-over", f"{kind.capitalize()} {entry_id} is over: {entry.closed_why or entry.state}.",
            next_step=f"connector {kind}s list",
        )  # fmt: skip
    return entry


def _in_doubt(desk: Desk, connection: Connection, entry_id: int) -> tuple[Queued, IntentView | None]:
    """The hold, and the request that it asks about."""
    entry = live_entry(desk, connection, entry_id, EntryKind.HOLD.value)
    if entry.code != HoldCode.IN_DOUBT.value:
        raise NotPossible(
            "no-question", f"Hold {entry_id} asks no question.", next_step=f"connector holds show {entry_id}"
        )
    rows = [row for row in (entry.clopos_row, entry.checkandplace_row) if row is not None]
    held = [intent for intent in desk.stores.intents.of_records(connection, rows) if intent.state == "held"]
    return entry, held[-1] if held else None


def _sent(desk: Desk, intent: IntentView, rows: tuple[int, int]) -> list[dict[str, object]]:
    """The lines of the history for a create that staff found: what it sent, under the run that sent it."""
    fields = [FieldChange.from_json(change) for change in intent.facts.get("fields", [])]
    blank: dict[str, object] = {"value": BLANK.to_json(), "wire": {}}
    return [
        {
            "run_id": intent.run_id, "intent_id": intent.id, "at": desk.clock.now(), "side": intent.side.value,
            "verb": intent.verb, "clopos_record_id": rows[0], "checkandplace_record_id": rows[1],
            "field": change.field, "before": blank, "rule": change.rule, "row": change.row, "reading_age_s": None,
            "after": {"value": (change.after or BLANK).to_json(), "wire": {}},
            "bases": {"clopos": None, "checkandplace": None},
        }
        for change in fields
    ]  # fmt: skip


def _probe_anew(desk: Desk, connection: Connection, entry: Queued) -> Decided:
    """Forget what the probe of updates showed: the next update goes alone again and is read back whole (CP-20)."""
    pair = desk.stores.pairs.get(connection, desk.pair.id)
    verb = f"{entry.side or CHECKANDPLACE.value}.update"
    kept = {name: result for name, result in pair.probes.items() if name != verb}
    desk.stores.pairs.set(connection, pair.id, probes=kept)
    _over(desk, connection, entry, "probe again", "retried")
    return Decided(str(entry.id), "retry", "The next update goes alone again, is read back, and decides.")


def _note(desk: Desk, connection: Connection, entry: Queued, what: str, **values: object) -> None:
    """Keep a decision with its entry: columns, who, and a line in the list of decisions."""
    facts = {**entry.facts, STAFF: [*entry.facts.get(STAFF, []), desk.decision(what)]}
    desk.stores.queue.decide(connection, entry.id, facts, resolved_by=desk.who, note=desk.note or entry.note, **values)


def _over(desk: Desk, connection: Connection, entry: Queued, what: str, why: str) -> None:
    _note(desk, connection, entry, what)
    desk.stores.queue.close(connection, entry.id, why, desk.clock.now())


def _about_a_link(entry: Queued) -> NotPossible:
    return NotPossible(
        "about-a-link", f"Task {entry.id} asks whether two records are one person.", next_step=entry.next_step
    )
