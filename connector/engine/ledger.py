"""Record: what a plan decided goes into the state; the bases are what a side is *seen* to hold."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from itertools import groupby
from typing import Protocol

from sqlalchemy import Connection

from connector.domain.lifecycle import LinkState
from connector.domain.plan import QUEUES, Entry, EntryKind, FieldChange
from connector.domain.values import CHECKANDPLACE, CLOPOS, Json, SideName, Value
from connector.engine.context import RunContext, Stores
from connector.engine.ignored import same_cause
from connector.engine.reading import merged_fields, value_digest
from connector.engine.reconcile import reconcile
from connector.engine.steps import Step
from connector.engine.undo_links import remember_undo
from connector.sides.port import Clock
from connector.state.core import dump
from connector.state.desk import STAFF
from connector.state.links import BaseValue, LinkView
from connector.state.queue import Queued
from connector.state.records import Stored

DECISIONS = (
    EntryKind.LINK_STATE, EntryKind.LINK, EntryKind.PROPOSAL, EntryKind.SETTLE, EntryKind.CLOSE, EntryKind.TASK,
    EntryKind.CONFLICT, EntryKind.HOLD,
)  # fmt: skip


Digests = Mapping[SideName, tuple[bytes, bytes]]
"""Of a link per side: the record's digest now, and that of its bases."""


def record_decisions(ctx: RunContext, plan_id: int) -> None:
    """Store everything of the plan that is no request: links, proposals, bases and the queues, in order."""
    ctx.step = Step.RECORD
    for page in ctx.stores.plans.pages(plan_id, DECISIONS):
        with ctx.stores.database.write() as writer:
            queue = ctx.stores.queue.live(writer, {entry.subject for entry in page if entry.kind in QUEUES})
            for kind, same in groupby(page, key=lambda entry: entry.kind):
                if kind is EntryKind.LINK:
                    _make_links(ctx, writer, list(same))
                elif kind is EntryKind.SETTLE:
                    _settle_links(ctx, writer, list(same))
                else:
                    for entry in same:
                        _record(ctx, writer, kind, entry, queue)


def _record(
    ctx: RunContext, connection: Connection, kind: EntryKind, entry: Entry, queue: dict[tuple[str, str], Queued]
) -> None:
    now = ctx.clock.now()
    if kind is EntryKind.LINK_STATE:
        ctx.stores.links.set_state(connection, entry.link_id or 0, str(entry.facts["state"]), entry.reason, now)
        if entry.facts["state"] in (
            LinkState.ACTIVE,
            LinkState.DISPUTED,
        ):  # one that ended may heal, and is asked about
            rows = [row for row in (entry.clopos_row, entry.checkandplace_row) if row is not None]
            ctx.stores.records.clear_suspect(connection, rows)
        remember_undo(ctx, connection, entry)
        ctx.count(f"links.{entry.facts['state']}")
    elif kind is EntryKind.PROPOSAL:
        values = {"band": "review", "why": entry.reason, "evidence_json": dump(dict(entry.facts)), "opened_at": now}
        ctx.stores.proposals.put(connection, entry.clopos_row or 0, entry.checkandplace_row or 0, values)
        ctx.count("proposed", 0 if entry.queued_at else 1)
    elif kind is EntryKind.CLOSE:
        if entry.topic == "proposal":
            ctx.stores.proposals.decide(connection, int(entry.facts["proposal_id"]), "moot", None, now)
        else:
            ctx.stores.queue.close(connection, int(entry.facts["queue_id"]), entry.reason, now)
            ctx.count("closed")
    else:
        put_in_queue(ctx, connection, entry, queue.get((entry.subject, entry.topic)))


def _make_links(ctx: RunContext, connection: Connection, entries: Sequence[Entry]) -> None:
    """The links that the plan makes, some hundred at once."""
    pairs = [(entry.clopos_row or 0, entry.checkandplace_row or 0) for entry in entries]
    digests = ctx.stores.records.digests(connection, [row for pair in pairs for row in pair])
    ctx.stores.links.insert_many(connection, [
        _new_link(ctx, pair, digests, entry.reason, entry.facts, "connector")
        for pair, entry in zip(pairs, entries, strict=True)
    ])  # fmt: skip
    ctx.count("linked", len(entries))


def _settle_links(ctx: RunContext, connection: Connection, entries: Sequence[Entry]) -> None:
    """The bases that the plan moves, some hundred links at once."""
    known = {link.id: link for link in ctx.stores.links.many(connection, [e.link_id for e in entries if e.link_id])}
    fresh = ctx.stores.links.of_records(connection, [e.clopos_row or 0 for e in entries if e.link_id is None])
    made = {(link.clopos_row, link.checkandplace_row): link.id for link in fresh if link.state == "active"}
    known |= {link.id: link for link in fresh}
    stored = ctx.stores.records.load(
        connection, [row for link in known.values() for row in (link.clopos_row, link.checkandplace_row)]
    )
    moved: dict[int, tuple[LinkView, Digests]] = {}
    for entry in entries:
        number = entry.link_id or made.get((entry.clopos_row or 0, entry.checkandplace_row or 0), 0)
        if number in known:
            moved[number] = _with_bases(ctx, known[number], stored, _shown(entry.fields), {})
            known[number] = moved[number][0]
            ctx.count("settled", len(entry.fields))
    ctx.stores.links.save_many(connection, moved.values())


NEVER_TRIED: Mapping[str, object] = {"attempts": 0, "tried_at": None, "next_try_at": None, "answer_json": None}


def put_in_queue(
    ctx: RunContext, connection: Connection, entry: Entry, old: Queued | None,
    tried: Mapping[str, object] | None = None,
) -> None:  # fmt: skip
    """Open an entry or judge the open one anew. A ticked task opens again when a complete scan that began after the
    tick still sees the old value. What staff decided stays only as long as the values are those that they saw.
    `tried`: the columns that say of a hold how often it was sent."""
    values: dict[str, object] = {
        "code": entry.reason, "side": entry.side.value if entry.side else None, "sentence": entry.sentence,
        "next_step": entry.next_step, "clopos_record_id": entry.clopos_row,
        "checkandplace_record_id": entry.checkandplace_row,
    }  # fmt: skip
    if tried is not None:
        values |= tried
    elif old is not None and old.kind == "hold" and (entry.kind is not EntryKind.HOLD or old.code != entry.reason):
        values |= NEVER_TRIED
    facts = {**entry.facts, "who": entry.who, "fields": [change.to_json() for change in entry.fields]}
    if old is not None:
        same = same_cause(old.facts, entry.facts)
        if STAFF in old.facts:
            facts[STAFF] = old.facts[STAFF]
        if old.state == "ticked" and old.kind != entry.kind.value:  # the question is another one now
            values |= {"state": "open", "ticked_at": None}
        elif old.state == "ticked" and entry.side is not None:
            reading = ctx.readings[entry.side]
            begun = reading.started_at if reading.complete and reading.full else None
            if (begun and old.ticked_at and begun > old.ticked_at) or not same:
                values |= {"state": "open", "ticked_at": None, "attempts": old.attempts + 1}
        if old.state == "ignored" and not same:
            values["state"] = "open"
        as_task = old.resolution == "checkandplace" and entry.kind is EntryKind.TASK
        if old.resolution and (old.resolution == "retry" or not same or (old.kind != entry.kind.value and not as_task)):
            values["resolution"] = None
    ctx.stores.queue.put(
        connection, old, kind=entry.kind.value, subject=entry.subject, topic=entry.topic, now=ctx.clock.now(),
        facts=facts, values=values,
    )  # fmt: skip
    ctx.count(f"{entry.kind.value}s", 0 if old else 1)


class Books(Protocol):
    """Who may make a link: a run, or staff at their desk (`run_id` 0)."""

    @property
    def stores(self) -> Stores: ...
    @property
    def clock(self) -> Clock: ...
    @property
    def run_id(self) -> int: ...


def make_link(
    ctx: Books, connection: Connection, clopos_row: int, checkandplace_row: int, why: str,
    evidence: Mapping[str, Json], decided_by: str = "connector",
) -> LinkView:  # fmt: skip
    """A new active link without bases; an earlier one of these two that staff did not reject is taken up again."""
    rows = (clopos_row, checkandplace_row)
    digests = ctx.stores.records.digests(connection, rows)
    link_id = ctx.stores.links.insert(connection, _new_link(ctx, rows, digests, why, evidence, decided_by))
    link = ctx.stores.links.get(connection, link_id)
    assert link is not None
    return link


def _new_link(
    ctx: Books, rows: tuple[int, int], digests: Mapping[int, bytes], why: str, evidence: Mapping[str, Json],
    decided_by: str,
) -> dict[str, object]:  # fmt: skip
    """The row of a new active link between two records (Clopos, Check&Place), without bases."""
    return {
        "clopos_record_id": rows[0], "checkandplace_record_id": rows[1], "why": why,
        "band": str(evidence.get("band", "sure")), "evidence_json": dump(dict(evidence)), "decided_by": decided_by,
        "decided_at": ctx.clock.now(), "run_id": ctx.run_id or None, "state": "active",
        "clopos_now": digests[rows[0]], "clopos_base": b"",
        "checkandplace_now": digests[rows[1]], "checkandplace_base": b"",
    }  # fmt: skip


def link_of(ctx: RunContext, connection: Connection, entry: Entry) -> LinkView | None:
    """The active link an entry is about: by its id, or by its two records where the plan itself made it."""
    if entry.link_id is not None:
        return ctx.stores.links.get(connection, entry.link_id)
    rows = (entry.clopos_row or 0, entry.checkandplace_row or 0)
    for link in ctx.stores.links.of_records(connection, [rows[0]]):
        if link.state == "active" and link.checkandplace_row == rows[1]:
            return link
    return None


def settle(ctx: RunContext, connection: Connection, link: LinkView, changes: Iterable[FieldChange]) -> LinkView:
    """Each side's shown value becomes its base; a field that was in flight is verified by it."""
    return set_bases(ctx, connection, link, _shown(changes), {})


def _shown(changes: Iterable[FieldChange]) -> dict[str, dict[SideName, Value | None]]:
    """What both sides show: field -> side -> value."""
    return {
        change.field: {CLOPOS: change.clopos, CHECKANDPLACE: change.checkandplace}
        for change in changes
        if change.clopos is not None and change.checkandplace is not None
    }


def set_bases(
    ctx: RunContext, connection: Connection, link: LinkView,
    values: Mapping[str, Mapping[SideName, Value | None]], in_flight: Mapping[str, Mapping[str, Json]],
) -> LinkView:  # fmt: skip
    """Move bases (field -> side -> value seen), mark fields as sent and not verified, and renew the link's digests."""
    stored = ctx.stores.records.load(connection, (link.clopos_row, link.checkandplace_row))
    moved, digests = _with_bases(ctx, link, stored, values, in_flight)
    ctx.stores.links.save_many(connection, [(moved, digests)])
    return moved


def _with_bases(
    ctx: RunContext, link: LinkView, stored: Mapping[int, Stored],
    values: Mapping[str, Mapping[SideName, Value | None]], in_flight: Mapping[str, Mapping[str, Json]],
) -> tuple[LinkView, Digests]:  # fmt: skip
    """The link with these bases moved, and its digests. `stored`: both records by row id."""
    rows = {CLOPOS: link.clopos_row, CHECKANDPLACE: link.checkandplace_row}
    bases = {side: dict(link.bases[side]) for side in SideName}
    for name, both in values.items():
        for side, value in both.items():
            if value is not None and not value.is_unknown:
                shown = stored[rows[side]].last.get(name) == value  # a value of before has no wire values any more
                bases[side][name] = BaseValue(value, wire_of(ctx, side, name, stored[rows[side]]) if shown else {})
    sent = {name: note for name, note in link.sent.items() if name not in values} | dict(in_flight)
    digests = {side: (stored[rows[side]].value_digest, base_digest(ctx, bases[side])) for side in SideName}
    return replace(link, bases=bases, sent=sent), digests


def base_digest(ctx: RunContext, bases: Mapping[str, BaseValue]) -> bytes:
    """The digest of a side at its base: equal to the record's own digest when nothing moved since. As long as a base is
    aged the side counts as moved, so that every run judges the link."""
    if any(spec.name in bases and bases[spec.name].aged for spec in merged_fields(ctx.mapper)):
        return b""
    return value_digest(ctx.mapper, {name: base.value for name, base in bases.items()})


def settle_new_link(
    ctx: RunContext, connection: Connection, link: LinkView, made: Iterable[FieldChange] = (),
    target: SideName | None = None, *, answered: bool = False,
) -> None:  # fmt: skip
    """A link that an answer proved: what is equal, or different for good, is settled at once; the rest is merged
    later. `made`: what a create of ours sent to `target`: a side that shows something else since was edited, unless
    that is what the create's own answer shows (`answered`)."""
    stored = ctx.stores.records.load(connection, [link.clopos_row, link.checkandplace_row])
    sides = {CLOPOS: stored[link.clopos_row], CHECKANDPLACE: stored[link.checkandplace_row]}
    # In relink mode the create is older than what came after it and was forgotten: it proves the link, no base.
    bases = _bases_of_create(ctx, sides, made, target, answered) if target is not None and ctx.relink is None else {}
    if bases:
        link = set_bases(ctx, connection, link, bases, {})
    for entry in reconcile(ctx, None, sides[CLOPOS], sides[CHECKANDPLACE], {}):
        if entry.kind is EntryKind.SETTLE:
            link = settle(ctx, connection, link, [change for change in entry.fields if change.field not in bases])


def _bases_of_create(
    ctx: RunContext, sides: Mapping[SideName, Stored], made: Iterable[FieldChange], target: SideName, answered: bool
) -> dict[str, dict[SideName, Value]]:
    """Where both sides stood when the create was sent, of the fields on which they differ now, or may differ."""
    specs = {spec.name: spec for spec in merged_fields(ctx.mapper)}
    bases: dict[str, dict[SideName, Value]] = {}
    for change in made:
        spec, sent = specs.get(change.field), change.after
        source, there = (sides[side].customer.field(change.field) for side in (target.other, target))
        if spec is None or sent is None or source.is_unknown:
            continue
        if there.is_unknown:  # an answer that does not carry it (CP-21): the next reading shows what became of it
            if answered:
                bases[change.field] = {target.other: sent, target: sent}
            continue
        if spec.kind.equal(source, there):
            continue
        arrived = answered or spec.kind.equal(sent, there)
        if arrived or spec.kind.equal(sent, source):
            bases[change.field] = {target.other: sent, target: there if arrived else sent}
    return bases


def wire_of(ctx: RunContext, side: SideName, name: str, stored: Stored) -> dict[str, Json]:
    """The wire values that a field of a record was read from."""
    for spec in merged_fields(ctx.mapper):
        on_side = spec.side(side)
        if spec.name == name and on_side is not None:
            return {attr: stored.wire[attr] for attr in on_side.read.values() if attr in stored.wire}
    return {}
