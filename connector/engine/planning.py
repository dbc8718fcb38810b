"""Plan: what one run would do, stored row by row; and the guard's verdict on it. Nothing is decided for good here."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, replace

from sqlalchemy import Connection

from connector.domain.codes import HoldCode
from connector.domain.guard import BACKFILL_APPROVAL, Code, GuardFacts, Verdict
from connector.domain.guard import judge as judge_plan
from connector.domain.merge import Decision
from connector.domain.plan import QUEUES, Entry, EntryKind, Summary, plan_hash
from connector.domain.planfile import digest_of
from connector.domain.undo import UNDO_TASKS
from connector.domain.values import CHECKANDPLACE, CLOPOS, Json, SideName
from connector.engine import relinking
from connector.engine.context import Progress, RunContext
from connector.engine.creates import plan_creates, under_way, waits_for
from connector.engine.ignored import mark_ignored
from connector.engine.keys import settle_keys
from connector.engine.linking import moved_link, plan_link_states, plan_links
from connector.engine.mapping_change import count_changed_fields
from connector.engine.reconcile import reconcile
from connector.engine.rederive import derived_bases
from connector.engine.sizes import side_facts, with_examples
from connector.engine.steps import Step
from connector.engine.superseded import name_double
from connector.engine.undo_tasks import still_asked
from connector.state.core import chunks
from connector.state.queue import Queued, by_subject
from connector.state.reporting import ReportStore

Queue = dict[tuple[str, str], Queued]
ENDS = {"settle": "equal", "settle_different": "different"}
"""Why an open entry is over, by what the plan decides of its field; `moot` (or `retried`) otherwise."""


@dataclass(frozen=True)
class Plan:
    """A finished plan: its row in the state, hash, summary and the guard's verdict."""

    id: int
    hash: str
    summary: Summary
    verdict: Verdict


def make_plan(ctx: RunContext) -> Plan:
    """Build the plan of this run: link states, links, merges, creates, keys, queue; then the guard."""
    stores = ctx.stores
    ctx.progress(Progress("plan"))
    ctx.step = Step.LINK
    with stores.database.write() as connection:
        if not ctx.dry:
            stores.links.take_readings(connection)
        plan_id = stores.plans.begin(
            connection, ctx.run_id, {**plan_basis(ctx), **found_before(ctx, connection)}, ctx.clock.now(),
            keep=ctx.policy.keep_plans, approvable=ctx.policy.approval,
        )  # fmt: skip
    with stores.database.write() as connection:
        queue = stores.queue.live(connection)
        frozen: dict[int, str] = {}
        healed: list[int] = []
        _add(ctx, connection, plan_id, _link_states(ctx, connection, queue, frozen, healed))
        _add(ctx, connection, plan_id, plan_links(ctx, connection))
        relinking.after_links(ctx, connection, plan_id)
    ctx.step = Step.MERGE
    with stores.database.write() as connection:
        _add(ctx, connection, plan_id, _merges(ctx, connection, plan_id, queue, frozen, healed))
    ctx.step = Step.PLAN
    for target in (CHECKANDPLACE, CLOPOS):
        with stores.database.write() as connection:
            _add(ctx, connection, plan_id, plan_creates(ctx, connection, plan_id, target, queue))
    with stores.database.write() as connection:
        settle_keys(ctx, connection, plan_id, queue)
        _add(ctx, connection, plan_id, _ended(ctx, connection, plan_id, queue, frozen))
        mark_ignored(ctx, connection, plan_id, queue)
        count_changed_fields(ctx, connection, plan_id)
        return finish_plan(ctx, connection, plan_id)


def finish_plan(ctx: RunContext, connection: Connection, plan_id: int, verdict: Verdict | None = None) -> Plan:
    """A plan that has all its entries: its summary, its hash and the guard's verdict, stored. `verdict`: the guard
    judged already, and this is a part of what it saw."""
    plans, summary = ctx.stores.plans, Summary()
    hash_ = plan_hash(summary.counting(entry for _row, entry in plans.entries(connection, plan_id)))
    verdict = verdict or _guard(ctx, connection, plan_id, summary)
    plans.finish(
        connection, plan_id, hash_=hash_, summary=summary, state="draft" if verdict.ok else "refused",
        verdict=[{"code": r.code.value, "side": r.side, "sentence": r.sentence} for r in verdict.refusals],
    )  # fmt: skip
    return Plan(plan_id, hash_, summary, verdict)


DIFF: Mapping[str, Json] = {"kind": "diff"}
"""The origin of plans that a comparison of both sides makes."""


def plan_basis(ctx: RunContext, origin: Mapping[str, Json] = DIFF) -> dict[str, Json]:
    """What a plan made now stands on, as it is stored with it: the readings, the mapping, the settings, the pair.

    `origin` is what its maker needs to make it again from newer readings ({"kind": "undo", "run": 12}).
    """
    capabilities = {side.value: asdict(ctx.sides[side].capabilities) for side in ctx.sides}
    return {
        "scans": {side.value: reading.scan_id for side, reading in ctx.readings.items()},
        "reader_version": ctx.mapper.reader_version, "kind": ctx.kind, "origin": dict(origin), "pair": ctx.pair.name,
        "store": {key: text for key, text in ctx.policy.fingerprint.items() if not key.endswith("access_token")},
        "mapping": digest_of(replace(ctx.mapper.mapping, file="")),
        "settings": {
            "values": digest_of(ctx.mapper.rules), "select": digest_of(ctx.policy.select),
            "guard": digest_of(ctx.policy.guard), "sides": digest_of(capabilities),
        },
    }  # fmt: skip


def found_before(ctx: RunContext, connection: Connection) -> dict[str, Json]:
    """What a plan found when it was begun, stored with it since the state moves on: the active links that its run did
    not make itself, and the records of each side. A report of an old run says these."""
    links = ReportStore(ctx.stores.database).links_before(connection, ctx.run_id)
    records = {side.value: ctx.stores.records.count(connection, side) for side in SideName}
    return {"before": {"links": links, "records": records}}


def _add(ctx: RunContext, connection: Connection, plan_id: int, entries: Iterator[Entry]) -> None:
    ctx.stores.plans.add(connection, plan_id, entries)


def _link_states(
    ctx: RunContext, connection: Connection, queue: Queue, frozen: dict[int, str], healed: list[int]
) -> Iterator[Entry]:
    """Changes of link states, and the one task that says so. `frozen` collects the links that may not be merged in
    this run, with their state from now on, `healed` the links that become active with it."""
    made: set[tuple[int | None, int | None]] = set()
    for link, entry, may_merge in plan_link_states(ctx, connection):
        if not may_merge:
            frozen[link.id] = link.state if entry is None else str(entry.facts["state"])
        elif link.state != "active":
            healed.append(link.id)
        if entry is None:
            continue
        entry = name_double(ctx, connection, entry)
        if entry.facts["state"] != link.state or entry.reason != (link.state_reason or ""):
            yield entry
            moved = moved_link(ctx, connection, entry)
            if moved is not None and (moved.clopos_row, moved.checkandplace_row) not in made:
                # Merged crosswise, once on each side: both links go over to the two records that are left.
                made.add((moved.clopos_row, moved.checkandplace_row))
                yield moved
        if entry.facts["task"]:
            old = queue.get((entry.subject, entry.topic))
            since = old.opened_at.isoformat() if old else None
            yield replace(entry, kind=EntryKind.TASK, queued_at=since)


def _merges(
    ctx: RunContext, connection: Connection, plan_id: int, queue: Queue, frozen: dict[int, str], healed: list[int]
) -> Iterator[Entry]:
    """Every dirty link, every link with an open field entry, and every link that this plan makes, field by field."""
    grouped = by_subject(queue.values())
    rows = {entry.clopos_row for entry in queue.values() if entry.clopos_row and entry.checkandplace_row}
    waiting = [link.id for link in ctx.stores.links.of_records(connection, sorted(rows)) if link.state == "active"]
    # A dry run may not store bases that are derived anew, so it derives them for itself.
    other_reader = ctx.dry and ctx.pair.reader_version not in ("", ctx.mapper.reader_version)
    done = 0
    for links in ctx.stores.links.dirty(connection, indexed=not ctx.dry, again=sorted({*waiting, *healed})):
        loaded = ctx.stores.records.load(
            connection, [r for link in links for r in (link.clopos_row, link.checkandplace_row)]
        )
        for link in links:
            if link.id in frozen:
                continue
            clopos, guest = loaded[link.clopos_row], loaded[link.checkandplace_row]
            subject = f"c{clopos.row}:p{guest.row}"
            if other_reader:
                link = replace(link, bases={side: derived_bases(ctx, link, side) for side in SideName})
            yield from reconcile(ctx, link, clopos, guest, grouped.get(subject, {}))
        done += len(links)
        ctx.progress(Progress("plan", done=done, note="links"))
    for chunk in chunks(ctx.stores.plans.entries(connection, plan_id, (EntryKind.LINK,)), 400):
        pairs = [(entry.clopos_row or 0, entry.checkandplace_row or 0) for _row, entry in chunk]
        loaded = ctx.stores.records.load(connection, [row for pair in pairs for row in pair])
        for clopos_row, guest_row in pairs:
            subject = f"c{clopos_row}:p{guest_row}"
            yield from reconcile(ctx, None, loaded[clopos_row], loaded[guest_row], grouped.get(subject, {}))


def _ended(
    ctx: RunContext, connection: Connection, plan_id: int, queue: Queue, frozen: Mapping[int, str]
) -> Iterator[Entry]:
    """Open entries that this plan does not raise again are over: closed where the values are equal now, else moot.

    An entry of a link that could not be judged in this run (frozen, or its field not verified yet) stays.
    """
    if not queue:
        return
    raised = {
        (entry.subject, entry.topic)
        for _row, entry in ctx.stores.plans.entries(connection, plan_id, QUEUES)
        if (entry.subject, entry.topic) in queue
    }
    settled = {
        (entry.subject, change.field): change.decision
        for _row, entry in ctx.stores.plans.entries(connection, plan_id, (EntryKind.SETTLE, EntryKind.UPDATE))
        for change in entry.fields
        if (entry.subject, change.field) in queue
    }
    unjudged = _unjudged(ctx, connection, queue, frozen)
    waiting = {side for side in SideName if waits_for(ctx, side) is not None}
    again = _sent_again(ctx, connection, plan_id, queue)
    for key, old in sorted(queue.items()):
        if old.code in UNDO_TASKS and key not in raised:
            asked = still_asked(ctx, connection, old)
            yield asked if isinstance(asked, Entry) else _over(old, asked)
            continue
        if (
            key in raised
            or key in again
            or (old.subject in unjudged and key not in settled)
            or _stays(ctx, connection, old, waiting)
        ):
            continue
        if (
            settled.get(key) == Decision.WRITE_CHECKANDPLACE
        ):  # over when it is written: what staff decided waits so long
            continue
        why = ENDS.get(settled.get(key, ""), "retried" if old.resolution == "retry" else "moot")
        yield _over(old, why)


def _over(old: Queued, why: str) -> Entry:
    """The end of an open entry."""
    return Entry(
        EntryKind.CLOSE, side=SideName(old.side) if old.side else None, clopos_row=old.clopos_row,
        checkandplace_row=old.checkandplace_row, reason=why, topic=old.topic,
        facts={"queue_id": old.id, "kind": old.kind},
    )  # fmt: skip


def _sent_again(ctx: RunContext, connection: Connection, plan_id: int, queue: Queue) -> set[tuple[str, str]]:
    """Holds on creates that this plan sends again by itself: they count on, or end once the customer is there."""
    due = {key for key, old in queue.items() if old.kind == "hold" and old.resolution is None}
    due = {key for key in due if queue[key].due(ctx.clock.now())}
    if not due:
        return set()
    created = {entry.subject for _row, entry in ctx.stores.plans.entries(connection, plan_id, (EntryKind.CREATE,))}
    return {key for key in due if key[0] in created}


def _stays(ctx: RunContext, connection: Connection, old: Queued, waiting: set[SideName]) -> bool:
    """Holds that a plan does not end by not raising them: those that staff answer, unless the record of a create in
    doubt found its partner meanwhile; and those on creates, while nobody may be created on that side."""
    if old.kind != "hold":
        return False
    if old.code == HoldCode.IN_DOUBT:
        rows = [row for row in (old.clopos_row, old.checkandplace_row) if row is not None]
        return not any(link.state == "active" for link in ctx.stores.links.of_records(connection, rows))
    on_create = old.clopos_row is None or old.checkandplace_row is None
    if old.code == HoldCode.NO_ANSWER and on_create:  # sent once more, and in doubt again: the tries are counted on
        row = old.clopos_row if old.checkandplace_row is None else old.checkandplace_row
        if row in under_way(ctx, connection):
            return True
    return old.code == HoldCode.PATCH_REPLACES or (on_create and old.side in waiting)


def _unjudged(ctx: RunContext, connection: Connection, queue: Queue, frozen: Mapping[int, str]) -> set[str]:
    """Subjects of links that are not active, or frozen because a record was not seen, or have a field in flight: their
    field entries wait."""
    rows = {entry.clopos_row for entry in queue.values() if entry.clopos_row and entry.checkandplace_row}
    return {
        f"c{link.clopos_row}:p{link.checkandplace_row}"
        for link in ctx.stores.links.of_records(connection, sorted(rows))
        if link.state in ("disputed", "superseded") or link.sent or frozen.get(link.id) == "active"
    }


def _guard(ctx: RunContext, connection: Connection, plan_id: int, summary: Summary) -> Verdict:
    """The guard's arithmetic over this plan; a confirmed backfill waives its size, never the signs of a wrong
    reading."""
    links = ctx.stores.links.count(connection)
    pair = ctx.stores.pairs.get(connection, ctx.pair.id)
    sides = tuple(
        side_facts(
            ctx, connection, side, links, updates=summary.of(EntryKind.UPDATE, side),
            creates=summary.of(EntryKind.CREATE, side),
        )
        for side in ctx.readings
    )  # fmt: skip
    approved: frozenset[Code] = frozenset()
    if ctx.kind == "backfill" and pair.backfill_approved_at is not None:
        approved = BACKFILL_APPROVAL
    begun = ctx.kind == "undo" and pair.backfill_approved_at is not None  # what it takes back had been approved
    finished = begun or pair.backfill_finished_at is not None
    facts = GuardFacts(links, sides, backfill_finished=finished, approved=approved, changed=ctx.changed)
    verdict = judge_plan(facts, ctx.policy.guard)
    named = tuple(with_examples(ctx, connection, plan_id, refusal) for refusal in verdict.refusals)
    return replace(verdict, refusals=named)
