"""Merge: one link, field by field, into entries of the plan (docs/ARCHITECTURE.md, "The merge, whole").

The truth table itself is `domain/merge.py`; this file looks at what surrounds a field: an open entry of the queues,
what
staff said of it, a value that was sent and is not verified yet, an earlier refusal.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from hashlib import blake2b
from typing import Any

from connector.domain.codes import HoldCode
from connector.domain.doubt import Sight, sight
from connector.domain.fieldspec import FieldSpec, Rule
from connector.domain.fieldtypes.base import Takes
from connector.domain.merge import Decision, FieldCase, FieldDecision, Open, merge_field
from connector.domain.plan import Entry, EntryKind, FieldChange
from connector.domain.undo import UNDO, UNDO_TASKS
from connector.domain.values import ABSENT, BLANK, CHECKANDPLACE, CLOPOS, SideName, Value, canonical_json
from connector.engine.context import RunContext
from connector.engine.reading import merged_fields
from connector.engine.relinking import OUTDATED, ask_instead, is_aged
from connector.engine.undo_tasks import done_by_hand
from connector.state.links import LinkView
from connector.state.queue import Queued
from connector.state.records import Stored

OWN_HOLDS = (
    HoldCode.REJECTED.value, HoldCode.NO_ANSWER.value, HoldCode.DID_NOT_STICK.value, HoldCode.IN_DOUBT.value,
)  # fmt: skip
"""Holds on a field that apply opened: they end by their own cause, not by the merge table (vectors, M5)."""

SETTLES = (Decision.SETTLE, Decision.SETTLE_DIFFERENT)


@dataclass
class LinkPlan:
    """What one link comes to: bases to settle, one update, entries for the queues, and what is not sent."""

    settles: list[FieldChange] = field(default_factory=list)
    writes: list[FieldChange] = field(default_factory=list)
    entries: list[Entry] = field(default_factory=list)


def source_digest(value: Value | None) -> str:
    """What an earlier refusal was about: sent again only when this changes or staff say retry."""
    stored = (value or BLANK).to_json()
    return blake2b(canonical_json(stored).encode(), digest_size=16).hexdigest()


def reconcile(
    ctx: RunContext, link: LinkView | None, clopos: Stored, guest: Stored, queue: Mapping[str, Queued]
) -> list[Entry]:
    """All entries of one link (None: a link that this plan makes). `queue`: topic -> open entry about these two."""
    plan = LinkPlan()
    for spec in merged_fields(ctx.mapper):
        _field(ctx, plan, spec, link, clopos, guest, queue.get(spec.name))
    about = _about(link, clopos, guest)
    entries = list(plan.entries)
    if plan.settles:
        entries.append(replace(about, kind=EntryKind.SETTLE, fields=tuple(plan.settles), reason=_report(plan.settles)))
    if plan.writes:
        entries.extend(_update(ctx, about, guest, plan.writes))
    return entries


def _field(
    ctx: RunContext, plan: LinkPlan, spec: FieldSpec, link: LinkView | None, clopos: Stored, guest: Stored,
    queued: Queued | None,
) -> None:  # fmt: skip
    """One field: judge it, and put what follows into the plan."""
    values = {CLOPOS: clopos.customer.field(spec.name), CHECKANDPLACE: guest.customer.field(spec.name)}
    base = own = link.base(spec.name) if link is not None else None
    sent = link.sent.get(spec.name) if link is not None else None
    if sent is not None:
        if _still_unverified(guest, sent):
            return
        base = _base_if_arrived(spec, values, base, sent)
    if queued is not None and queued.code in UNDO_TASKS:  # staff are asked for an older value: another question
        if done_by_hand(spec, queued, guest):
            decision = FieldDecision(Decision.SETTLE_DIFFERENT, UNDO, dict(values))
            plan.settles.append(_change(spec, decision, values, base))
            return
        queued = None
    own_hold = queued is not None and queued.kind == "hold" and queued.code in OWN_HOLDS
    decided = _by_staff(ctx, spec, values, base, queued)
    decision = decided or _judge(ctx, spec, values, base, queued)
    aged = link is not None and link.aged(spec.name) and base is own
    asked = queued is not None and queued.code == OUTDATED
    if decided is None and is_aged(ctx, has_base=base is not None, aged=aged, asked=asked):
        decision = ask_instead(ctx, spec, decision, values, new=base is None, asked=asked)
    if sent is not None and decision.decision is Decision.WRITE_CHECKANDPLACE:
        decision = _did_not_stick(values, sent, decision)
    change = _change(spec, decision, values, base)
    about = _about(link, clopos, guest)
    if decision.decision is Decision.HOLD and decision.code == HoldCode.DID_NOT_STICK.value:
        plan.settles.append(replace(change, decision=Decision.SETTLE_DIFFERENT.value))
        plan.entries.append(_queued(about, EntryKind.HOLD, CHECKANDPLACE, change, decision.code, queued))
        return
    if own_hold and queued is not None and decision.decision is Decision.WRITE_CHECKANDPLACE:
        waits = queued.resolution != "retry" and not queued.due(ctx.clock.now())
        if waits and queued.facts.get("source_digest") == source_digest(decision.value):
            plan.entries.append(_queued(about, EntryKind.HOLD, CHECKANDPLACE, change, queued.code, queued))
            return
    elif own_hold and queued is not None and queued.code == HoldCode.DID_NOT_STICK.value:
        side = SideName(queued.side) if queued.side else CHECKANDPLACE
        if decision.decision is Decision.NOTHING and queued.resolution != "retry":
            plan.entries.append(_queued(about, EntryKind.HOLD, side, change, queued.code, queued))
            return
        if decision.decision is Decision.NOTHING and queued.resolution == "retry":
            moved = dict.fromkeys(SideName, values[side])  # as if the other side had just been edited
            decision = _judge(ctx, replace(spec, rule=Rule.TWO_WAY), values, moved, queued)
            change = _change(spec, decision, values, base)
    if sent is not None and decision.decision is Decision.NOTHING and decision.row != "unknown":
        plan.settles.append(replace(change, decision=Decision.SETTLE_DIFFERENT.value))  # back where both were before
    elif decision.decision in SETTLES:
        if not _settled_already(base, values) or aged or sent is not None or queued is not None:
            plan.settles.append(change)
    elif decision.decision is Decision.WRITE_CHECKANDPLACE:
        plan.writes.append(change)
    elif decision.decision is Decision.NOT_SENT:
        plan.entries.append(
            replace(
                about, kind=EntryKind.NOT_SENT, side=decision.target or CHECKANDPLACE, fields=(change,),
                reason=decision.code or "switched_off", facts={"setting": decision.setting},
            )
        )  # fmt: skip
    elif decision.decision is Decision.TASK_CLOPOS:
        plan.entries.append(_queued(about, EntryKind.TASK, CLOPOS, change, "change-in-clopos", queued))
    elif decision.decision is Decision.CONFLICT:
        third = "third-value" if _third_value(spec, values, queued) else "both-changed"
        plan.entries.append(_queued(about, EntryKind.CONFLICT, None, change, decision.code or third, queued))
    elif decision.decision is Decision.HOLD:
        unknown = CLOPOS if values[CLOPOS].is_unknown else CHECKANDPLACE
        plan.entries.append(_queued(about, EntryKind.HOLD, unknown, change, decision.code or "", queued))
    elif queued is not None and decision.entry == "stays":
        plan.entries.append(
            _queued(
                about,
                EntryKind(queued.kind),
                SideName(queued.side) if queued.side else None,
                change,
                queued.code,
                queued,
            )
        )


def _third_value(spec: FieldSpec, values: Mapping[SideName, Value], queued: Queued | None) -> bool:
    """A task asked staff to type a value into Clopos, and Clopos shows another one, neither the old nor the wanted.
    The conflict that it becomes says so as long as it is open."""
    if queued is None or queued.code == "third-value":
        return queued is not None
    if queued.kind != EntryKind.TASK.value:
        return False
    asked = (FieldChange.from_json(one) for one in queued.facts.get("fields", ()))
    change = next((one for one in asked if one.field == spec.name), None)
    return change is not None and change.clopos is not None and not spec.kind.equal(change.clopos, values[CLOPOS])


def _judge(
    ctx: RunContext, spec: FieldSpec, values: Mapping[SideName, Value], base: Mapping[SideName, Value] | None,
    queued: Queued | None,
) -> FieldDecision:  # fmt: skip
    """Ask the truth table, with what each side takes by its capabilities and the settings."""
    takes: dict[SideName, Takes] = {}
    settings: dict[SideName, str | None] = {}
    for side in SideName:
        takes[side], settings[side] = ctx.mapper.takes(spec, side, create=False)
        if not ctx.sides[side].capabilities.update:
            takes[side] = Takes.NOTHING
        elif ctx.pair.probes.get(f"{side.value}.update", {}).get("result") == "patch-replaces":  # CP-20
            takes[side], settings[side] = Takes.NOTHING, "an update replaces other fields: see `connector doctor`"
    about_values = queued is not None and (queued.kind != "hold" or queued.code == HoldCode.TARGET_UNREADABLE.value)
    is_open = Open(queued.kind) if queued is not None and about_values else None
    case = FieldCase(value=values, base=base, takes=takes, open=is_open, setting=settings)
    return merge_field(spec, spec.kind, case, ctx.mapper.rules)


def _by_staff(
    ctx: RunContext, spec: FieldSpec, values: Mapping[SideName, Value], base: Mapping[SideName, Value] | None,
    queued: Queued | None,
) -> FieldDecision | None:  # fmt: skip
    """What staff decided of an open entry, as long as it still speaks of the values they saw; None otherwise."""
    if queued is None or queued.resolution not in ("clopos", "checkandplace", "different"):
        return None
    shown = queued.facts.get("values", {})
    if any(value.is_unknown or shown.get(side.value) != value.to_json() for side, value in values.items()):
        return None
    if spec.kind.equal(values[CLOPOS], values[CHECKANDPLACE]):
        return None
    if queued.resolution == "different":
        return FieldDecision(
            Decision.SETTLE_DIFFERENT, "by_staff", dict(values), report="kept_different", entry="closes"
        )
    chosen = CLOPOS if queued.resolution == "clopos" else CHECKANDPLACE
    as_if_chosen_moved = dict.fromkeys(SideName, values[chosen.other])
    decision = _judge(ctx, replace(spec, rule=Rule.TWO_WAY), values, as_if_chosen_moved, queued)
    return replace(decision, row="by_staff", under=None, bases=base)


def _did_not_stick(
    values: Mapping[SideName, Value], sent: Mapping[str, object], decision: FieldDecision
) -> FieldDecision:  # fmt: skip
    """A value that was accepted and reads back different is settled as different, with a hold; unless its source
    moved on
    since, then it is a new edit."""
    if sent.get("doubt") or sent.get("value") != values[CLOPOS].to_json():
        return decision
    return FieldDecision(
        Decision.HOLD,
        "did_not_stick",
        dict(values),
        value=values[CLOPOS],
        code=HoldCode.DID_NOT_STICK.value,
        entry="opens",
    )


def _settled_already(base: Mapping[SideName, Value] | None, values: Mapping[SideName, Value]) -> bool:
    """Whether both bases are these values to the letter: then there is nothing to move."""
    return base is not None and all(base[side].to_json() == values[side].to_json() for side in SideName)


def _still_unverified(guest: Stored, sent: Mapping[str, Any]) -> bool:
    """Whether no scan since the write saw the record (then the field is neither judged nor sent again). Scans are
    counted, not timed: a clock that was wrong must not silence a field."""
    return guest.seen_scan_id <= int(sent.get("scan", 0))


def _base_if_arrived(
    spec: FieldSpec, values: Mapping[SideName, Value], base: dict[SideName, Value] | None, sent: Mapping[str, Any]
) -> dict[SideName, Value] | None:
    """A value that was sent and is seen on the target is settled on both sides: what the source shows beside it is an
    edit made since, and no conflict with our own write."""
    value, before = Value.from_json(sent.get("value")), Value.from_json(sent.get("before"))
    arrived = sight(spec.kind, value, before, values[CHECKANDPLACE]) is Sight.SENT
    source = Value.from_json(sent["source"]) if "source" in sent else value  # taken back: different from now on
    return {CLOPOS: source, CHECKANDPLACE: values[CHECKANDPLACE]} if arrived else base


def _change(
    spec: FieldSpec, decision: FieldDecision, values: Mapping[SideName, Value], base: Mapping[SideName, Value] | None
) -> FieldChange:
    target = decision.target
    return FieldChange(
        field=spec.name, decision=decision.decision.value, row=decision.under or decision.row, rule=spec.rule.value,
        report=decision.report, setting=decision.setting, clopos=values[CLOPOS], checkandplace=values[CHECKANDPLACE],
        before=values[target] if target else None, after=decision.value,
        base_clopos=base[CLOPOS] if base else None, base_checkandplace=base[CHECKANDPLACE] if base else None,
    )  # fmt: skip


def _about(link: LinkView | None, clopos: Stored, guest: Stored) -> Entry:
    """The part of an entry that says whom it is about."""
    return Entry(
        EntryKind.SETTLE, clopos_id=clopos.id, checkandplace_id=guest.id, clopos_row=clopos.row,
        checkandplace_row=guest.row, link_id=link.id if link else None, who=clopos.name,
    )  # fmt: skip


def _queued(
    about: Entry, kind: EntryKind, side: SideName | None, change: FieldChange, code: str, queued: Queued | None
) -> Entry:
    """An entry for the queues; it keeps the age of the open one. What staff ignored stays ignored."""
    values = {
        s.value: (v or ABSENT).to_json() for s, v in ((CLOPOS, change.clopos), (CHECKANDPLACE, change.checkandplace))
    }
    bases = {
        s.value: v.to_json() for s, v in ((CLOPOS, change.base_clopos), (CHECKANDPLACE, change.base_checkandplace)) if v
    }
    known = queued is not None and queued.kind == kind.value
    facts = {"values": values, "bases": bases, "source_digest": source_digest(change.after)}
    return replace(
        about, kind=kind, side=side, fields=(change,), reason=code, topic=change.field, facts=facts,
        queued_at=queued.opened_at.isoformat() if known and queued else None,
    )  # fmt: skip


def _update(ctx: RunContext, about: Entry, guest: Stored, writes: list[FieldChange]) -> list[Entry]:
    """One update of all changed fields of the Check&Place record; what cannot be in its body is reported as not
    sent."""
    wanted = {change.field: change.after or BLANK for change in writes}
    body = ctx.mapper.update_body(CHECKANDPLACE, wanted, guest.customer)
    entries = [
        replace(
            about, kind=EntryKind.NOT_SENT, side=CHECKANDPLACE, fields=(change,), reason=body.left_out[change.field]
        )
        for change in writes
        if change.field in body.left_out
    ]
    carried = tuple(change for change in writes if change.field not in body.left_out)
    if carried and body.attributes:
        entries.append(replace(
            about, kind=EntryKind.UPDATE, side=CHECKANDPLACE, fields=carried, reason="changed", body=body.attributes
        ))  # fmt: skip
    return entries


def _report(settles: list[FieldChange]) -> str:
    """The word for a settle entry: the loudest of its fields' reports."""
    reports = [change.report for change in settles if change.report]
    return reports[0] if reports else "settled"
