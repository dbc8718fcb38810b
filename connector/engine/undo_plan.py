"""The plan of an undo: what a run, an operation or a link did, the other way round, judged by what stands there now."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import groupby

from sqlalchemy import Connection

from connector.domain.fieldspec import FieldSpec
from connector.domain.fieldtypes.base import Takes
from connector.domain.merge import Decision
from connector.domain.plan import Entry, EntryKind, FieldChange
from connector.domain.undo import BY_HAND, DELETE_BY_HAND, TAKEN_BACK, UNDO, UNDO_TASKS, TakenBack, Way, WrittenValue
from connector.domain.undo import take_back as judge_value
from connector.domain.values import BLANK, CHECKANDPLACE, CLOPOS, Json, SideName, Value
from connector.engine.context import RunContext
from connector.engine.writes import BACK_OVER
from connector.state.links import LinkView
from connector.state.queue import Queued
from connector.state.records import Stored
from connector.state.undoing import Made, UndoStore, Wanted, WrittenField

Queue = dict[tuple[str, str], Queued]

SENTENCES = {
    "clear_not_sent": "This detail was blank before the connector filled it; a blank is never sent, so empty it by "
    "hand if it is wrong.",
    "not_taken": "The older value cannot be sent with the settings of now: type it in by hand.",
    DELETE_BY_HAND: "The connector created this customer in {side}; it never deletes anybody. Delete it by hand if it "
    "is wrong.",
}
OTHERWISE = "The older value cannot be sent as it stood: type it in by hand."


def entries(ctx: RunContext, connection: Connection, wanted: Wanted, queue: Queue) -> Iterator[Entry]:
    """Everything that the undo would do, and what it leaves and why. `queue`: the live entries of the pair."""
    store = UndoStore(ctx.stores.database)
    for written in store.fields(connection, wanted):
        yield from _fields(ctx, connection, written, queue)
    for links in store.links(connection, wanted):
        yield from _links(ctx, connection, links)
    for made in store.made(connection, wanted):
        yield from _made(ctx, connection, made, queue)
    if wanted.run is not None:
        yield from _undone_links(ctx, connection, store, wanted.run)
        for task in store.tasks_of(connection, wanted.run, UNDO_TASKS):
            yield Entry(
                EntryKind.CLOSE, side=SideName(task.side) if task.side else None, clopos_row=task.clopos_row,
                checkandplace_row=task.checkandplace_row, reason="taken_back", topic=task.topic,
                who=str(task.facts.get("who", "")), facts={"queue_id": task.id, "kind": task.kind},
            )  # fmt: skip


def _fields(ctx: RunContext, connection: Connection, written: Sequence[WrittenField], queue: Queue) -> Iterator[Entry]:
    """The fields of some hundred records."""
    loaded = ctx.stores.records.load(connection, [one.row for one in written])
    links = _links_of(ctx, connection, loaded)
    partners = ctx.stores.records.load(connection, [link.clopos_row for link in links.values()])
    for row, same in groupby(written, key=lambda one: one.row):
        link = links.get(row)
        clopos = partners.get(link.clopos_row) if link is not None else None
        yield from _record(ctx, loaded[row], link, clopos, list(same), queue)


def _links_of(ctx: RunContext, connection: Connection, guests: Iterable[int]) -> dict[int, LinkView]:
    """For each guest the link whose bases say what the two sides show: the active one, else the newest over which
    something may be taken back."""
    found: dict[int, LinkView] = {}
    for link in ctx.stores.links.of_records(connection, guests):
        mine = found.get(link.checkandplace_row)
        if link.state in BACK_OVER and (mine is None or mine.state != "active"):
            found[link.checkandplace_row] = link
    return found


def _record(
    ctx: RunContext, guest: Stored, link: LinkView | None, clopos: Stored | None, written: Sequence[WrittenField],
    queue: Queue,
) -> Iterator[Entry]:  # fmt: skip
    """The fields of one record: one update of all that can be sent, a task for each that cannot, and what is left."""
    about = Entry(
        EntryKind.SKIP, side=CHECKANDPLACE, checkandplace_id=guest.id, checkandplace_row=guest.row, who=guest.name,
        clopos_id=clopos.id if clopos else None, clopos_row=clopos.row if clopos else None,
        link_id=link.id if link else None,
    )  # fmt: skip
    writes: list[FieldChange] = []
    settles: list[FieldChange] = []
    for one in written:
        spec = ctx.mapper.mapping.field(one.field)
        if spec is None or link is None or clopos is None or guest.gone_at is not None:
            reason = "gone" if guest.gone_at is not None else ("not_mapped" if spec is None else "disputed")
            yield _left(about, _change(one, guest, clopos, link, None), one, reason)
            continue
        case, judged = _judged(ctx, spec, one, guest, link)
        change = _change(one, guest, clopos, link, spec)
        if judged.way is Way.WRITE:
            writes.append(replace(change, before=case.now, decision=Decision.WRITE_CHECKANDPLACE.value))
        elif judged.way is Way.SETTLE:
            settles.append(change)
        elif judged.way is Way.TASK:
            yield _task(ctx, about, change, one, judged, queue)
        else:
            yield _left(about, change, one, judged.reason)
    if settles:
        yield replace(about, kind=EntryKind.SETTLE, side=None, fields=tuple(settles), reason="undone_already")
    if writes:
        body = ctx.mapper.update_body(CHECKANDPLACE, {c.field: c.after or BLANK for c in writes}, guest.customer)
        sent = {change.field for change in writes}
        operations = sorted({number for one in written if one.field in sent for number in one.intents})
        facts = {"undo": {"of": max(one.run_id for one in written), "operations": operations}}
        yield replace(
            about, kind=EntryKind.UPDATE, fields=tuple(writes), reason=UNDO, body=body.attributes, facts=facts
        )


def _judged(
    ctx: RunContext, spec: FieldSpec, one: WrittenField, guest: Stored, link: LinkView
) -> tuple[WrittenValue, TakenBack]:
    takes, setting = ctx.mapper.takes(spec, CHECKANDPLACE, create=False)
    if not ctx.sides[CHECKANDPLACE].capabilities.update:
        takes = Takes.NOTHING
    elif ctx.pair.probes.get("checkandplace.update", {}).get("result") == "patch-replaces":  # CP-20
        takes, setting = Takes.NOTHING, None
    on_side, base = spec.side(CHECKANDPLACE), link.base(one.field)
    now = guest.customer.field(one.field)
    settled = base is not None and base[CHECKANDPLACE].to_json() == now.to_json() and one.field not in link.sent
    case = WrittenValue(
        one.before, one.after, now, takes, (on_side and on_side.writer) or "", setting,
        settled=settled or link.state != "active",
    )  # fmt: skip
    return case, judge_value(spec.kind, case, ctx.mapper.rules)


def _change(
    one: WrittenField, guest: Stored, clopos: Stored | None, link: LinkView | None, spec: FieldSpec | None
) -> FieldChange:
    """A field of an undo: `before` what we left there, `after` what stood there before us, and both sides as now."""
    base = link.base(one.field) if link is not None else None
    return FieldChange(
        field=one.field, decision=Decision.SETTLE_DIFFERENT.value, row=UNDO, rule=spec.rule.value if spec else "",
        before=one.after, after=one.before, checkandplace=guest.customer.field(one.field),
        clopos=_source(one, clopos, link, spec),
        base_clopos=base[CLOPOS] if base else None, base_checkandplace=base[CHECKANDPLACE] if base else None,
    )  # fmt: skip


def _source(one: WrittenField, clopos: Stored | None, link: LinkView | None, spec: FieldSpec | None) -> Value | None:
    """What Clopos showed when we wrote, its base from now on: an edit made there since is still to travel."""
    if clopos is None:
        return None
    now = clopos.customer.field(one.field)
    if spec is None or link is None or now.is_unknown or spec.kind.equal(now, one.after):
        return now
    base = link.base(one.field)
    return one.after if base is None or one.field in link.sent else base[CLOPOS]


def _left(about: Entry, change: FieldChange, one: WrittenField, reason: str) -> Entry:
    return replace(about, kind=EntryKind.SKIP, fields=(change,), reason=reason, facts={"undo": {"of": one.run_id}})


def _task(
    ctx: RunContext, about: Entry, change: FieldChange, one: WrittenField, judged: TakenBack, queue: Queue
) -> Entry:
    """Staff put an older value back by hand. It ends by itself when a reading shows that value, or a third one."""
    sentence = SENTENCES.get(judged.reason, OTHERWISE)
    facts: dict[str, Json] = {
        "undo": {"run": ctx.run_id, "of": one.run_id, "why": judged.reason},
        "wanted": one.before.to_json(), "wrote": one.after.to_json(), "values": _values(change),
        "setting": judged.setting,
    }  # fmt: skip
    return _known(
        replace(about, kind=EntryKind.TASK, fields=(change,), reason=BY_HAND, topic=change.field, sentence=sentence,
                next_step="connector tasks list", facts=facts), queue,
    )  # fmt: skip


def _values(change: FieldChange) -> dict[str, Json]:
    both = {CLOPOS: change.clopos, CHECKANDPLACE: change.checkandplace}
    return {side.value: value.to_json() for side, value in both.items() if value is not None}


def _known(task: Entry, queue: Queue) -> Entry:
    """The task with the age of the open one."""
    old = queue.get((task.subject, task.topic))
    same = old is not None and old.kind == task.kind.value and old.code == task.reason
    return replace(task, queued_at=old.opened_at.isoformat()) if old is not None and same else task


def _links(ctx: RunContext, connection: Connection, links: Sequence[LinkView]) -> Iterator[Entry]:
    """Links that are to be broken, and those that are something else by now."""
    loaded = ctx.stores.records.load(
        connection, [row for one in links for row in (one.clopos_row, one.checkandplace_row)]
    )
    for link in links:
        about = _of_link(link, loaded[link.clopos_row], loaded[link.checkandplace_row])
        if link.state == "active":
            yield replace(about, reason=UNDO, facts={"state": "broken", "was": link.state, "task": False})
        else:
            reason = "undone_already" if link.state_reason == UNDO else f"link_{link.state}"
            yield replace(about, kind=EntryKind.SKIP, reason=reason, facts={"link": link.id})


def _undone_links(ctx: RunContext, connection: Connection, store: UndoStore, run_id: int) -> Iterator[Entry]:
    """Links that the run broke, being an undo itself: they come back unless one of the two has somebody else by now."""
    for link, noted in store.broken_by(connection, run_id, UNDO):
        both = (link.clopos_row, link.checkandplace_row)
        loaded = ctx.stores.records.load(connection, both)
        about = _of_link(link, loaded[both[0]], loaded[both[1]])
        taken = any(
            other.state == "active" and not {other.clopos_row, other.checkandplace_row}.isdisjoint(both)
            for other in ctx.stores.links.of_records(connection, both)
        )
        gone = any(record.gone_at is not None for record in loaded.values())
        if taken or gone:
            yield replace(
                about, kind=EntryKind.SKIP, reason="gone" if gone else "linked_already", facts={"link": link.id}
            )
        else:
            facts = {"state": str(noted.get("was", "active")), "was": link.state, "task": False}
            yield replace(about, reason=TAKEN_BACK, facts=facts)


def _of_link(link: LinkView, clopos: Stored, guest: Stored) -> Entry:
    return Entry(
        EntryKind.LINK_STATE, clopos_id=clopos.id, checkandplace_id=guest.id, clopos_row=clopos.row,
        checkandplace_row=guest.row, link_id=link.id, who=clopos.name, topic="link-broken",
    )  # fmt: skip


def _made(ctx: RunContext, connection: Connection, made: Made, queue: Queue) -> Iterator[Entry]:
    """A customer that we created: nobody is deleted, so staff are asked; unless it is gone already."""
    loaded = ctx.stores.records.load(
        connection, [r for r in (made.clopos_row, made.checkandplace_row) if r is not None]
    )
    target = loaded.get((made.clopos_row if made.side is CLOPOS else made.checkandplace_row) or 0)
    if target is None:
        return
    source = loaded.get((made.checkandplace_row if made.side is CLOPOS else made.clopos_row) or 0)
    ids = {record.side: record for record in (target, source) if record is not None}
    about = Entry(
        EntryKind.TASK, side=made.side, who=target.name,
        clopos_id=ids[CLOPOS].id if CLOPOS in ids else None, clopos_row=made.clopos_row,
        checkandplace_id=ids[CHECKANDPLACE].id if CHECKANDPLACE in ids else None,
        checkandplace_row=made.checkandplace_row,
    )  # fmt: skip
    if target.gone_at is not None:
        yield replace(about, kind=EntryKind.SKIP, reason="undone_already")
        return
    facts = {"undo": {"run": ctx.run_id, "of": made.run_id}, "record": {"side": made.side.value, "id": target.id}}
    next_step = f"Delete {made.side.label} {target.id} in its back office; or: connector tasks list"
    yield _known(
        replace(about, reason=DELETE_BY_HAND, topic=DELETE_BY_HAND,
                sentence=SENTENCES[DELETE_BY_HAND].format(side=made.side.label),
                next_step=next_step, facts=facts), queue,
    )  # fmt: skip


def by_hand_instead(ctx: RunContext, entry: Entry, change: FieldChange, why: str) -> Entry:
    """The task that stands for a field of an undo which cannot be sent, or which the server did not take."""
    facts: dict[str, Json] = {
        "undo": {"run": ctx.run_id, "why": why}, "wanted": (change.after or BLANK).to_json(),
        "wrote": (change.before or BLANK).to_json(), "values": _values(change),
        **{name: entry.facts[name] for name in ("holders",) if name in entry.facts},
    }  # fmt: skip
    return replace(
        entry, kind=EntryKind.TASK, fields=(change,), reason=BY_HAND, topic=change.field, body=None,
        sentence=OTHERWISE, next_step="connector tasks list", facts=facts, queued_at=None,
    )  # fmt: skip
