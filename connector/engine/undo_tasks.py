"""The life of the tasks that an undo leaves: they end by themselves when a reading shows what they asked for."""

from __future__ import annotations

from sqlalchemy import Connection

from connector.domain.fieldspec import FieldSpec
from connector.domain.plan import Entry, EntryKind, FieldChange
from connector.domain.undo import BY_HAND, DELETE_BY_HAND
from connector.domain.values import CHECKANDPLACE, CLOPOS, SideName, Value
from connector.engine.context import RunContext
from connector.state.queue import Queued
from connector.state.records import Stored


def still_asked(ctx: RunContext, connection: Connection, old: Queued) -> Entry | str:
    """The task as it goes on (an entry for the plan), or the word why it is over: `done`, `gone`, `third_value`,
    `different` (staff keep what stands there) or `moot`."""
    if old.resolution is not None:
        return "different"
    side = SideName(old.side or CHECKANDPLACE)
    rows = [row for row in (old.clopos_row, old.checkandplace_row) if row is not None]
    loaded = ctx.stores.records.load(connection, rows)
    target = loaded.get((old.clopos_row if side is CLOPOS else old.checkandplace_row) or 0)
    if target is None or target.gone_at is not None:
        return "gone"
    if old.code == DELETE_BY_HAND:
        linked = any(link.state == "active" for link in ctx.stores.links.of_records(connection, [target.row]))
        return "moot" if linked else _again(old, loaded)
    return _value_asked(ctx, old, target) or _again(old, loaded)


def done_by_hand(spec: FieldSpec, queued: Queued, guest: Stored) -> bool:
    """Whether the older value that a task asks for stands there now."""
    wanted, now = Value.from_json(queued.facts.get("wanted")), guest.customer.field(spec.name)
    wrote = Value.from_json(queued.facts.get("wrote"))
    return queued.code == BY_HAND and _there(spec, wanted, wrote, now)


def _value_asked(ctx: RunContext, old: Queued, target: Stored) -> str | None:
    """Why a task about a value is over; None while it is not."""
    spec = ctx.mapper.mapping.field(old.topic)
    now = target.customer.field(old.topic)
    if spec is None:
        return "moot"
    if now.is_unknown:
        return None
    wanted, wrote = Value.from_json(old.facts.get("wanted")), Value.from_json(old.facts.get("wrote"))
    if _there(spec, wanted, wrote, now):
        return "done"
    return None if spec.kind.equal(now, wrote) else "third_value"


def _there(spec: FieldSpec, wanted: Value, wrote: Value, now: Value) -> bool:
    if now.is_unknown:
        return False
    return now.to_json() == wanted.to_json() or (spec.kind.equal(now, wanted) and not spec.kind.equal(now, wrote))


def _again(old: Queued, loaded: dict[int, Stored]) -> Entry:
    """The open task, raised by this plan too: a tick that a later complete reading contradicts is taken back by it."""
    clopos, guest = loaded.get(old.clopos_row or 0), loaded.get(old.checkandplace_row or 0)
    changes = tuple(FieldChange.from_json(change) for change in old.facts.get("fields", ()))
    kept = {name: fact for name, fact in old.facts.items() if name not in ("fields", "who", "staff")}
    return Entry(
        EntryKind.TASK, side=SideName(old.side) if old.side else None, clopos_id=clopos.id if clopos else None,
        checkandplace_id=guest.id if guest else None, clopos_row=old.clopos_row,
        checkandplace_row=old.checkandplace_row, who=str(old.facts.get("who", "")), fields=changes, reason=old.code,
        topic=old.topic, sentence=old.sentence, next_step=old.next_step, queued_at=old.opened_at.isoformat(),
        facts=kept,
    )  # fmt: skip
