"""Unique keys inside the plan: every operation or task that carries a phone number is judged beside all others.

The rules are `domain/uniqueness.py`; this file gathers the wishes from the plan and puts the verdict back into it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from sqlalchemy import Connection

from connector.domain.plan import Entry, EntryKind
from connector.domain.uniqueness import Held, Wish, settle
from connector.domain.values import Key, KeyKind, SideName, Value
from connector.engine.context import RunContext
from connector.state.queue import Queued

PHONE = "phone"
CARRIERS = (EntryKind.UPDATE, EntryKind.CREATE, EntryKind.TASK)


def settle_keys(ctx: RunContext, connection: Connection, plan_id: int, queue: Mapping[tuple[str, str], Queued]) -> None:
    """Order the plan's operations by their keys; a number that somebody else holds makes its carrier a hold."""
    for side in SideName:
        wishes = [
            wish
            for row, entry in ctx.stores.plans.entries(connection, plan_id, CARRIERS)
            if entry.side is side and (wish := _wish(entry, str(row))) is not None
        ]
        if not wishes:
            continue
        numbers = [Key(KeyKind.PHONE, wish.number) for wish in wishes if wish.number]
        held_by = ctx.stores.records.holders(connection, side, numbers)
        named = ctx.stores.records.named(connection, (row for rows in held_by.values() for row in rows))
        ids = {key.text: [named[row][0] for row in rows] for key, rows in held_by.items()}
        order = settle(wishes, lambda number, ids=ids: ids.get(number, ()))  # type: ignore[misc]
        givers = {key for after in order.after.values() for key in after}
        carriers = ctx.stores.plans.some(connection, [int(key) for key in (*(h.key for h in order.held), *givers)])
        changes: list[Entry] = []
        gone: list[int] = []
        for held in order.held:
            gone.append(int(held.key))
            changes.extend(_without_number(ctx, carriers[int(held.key)], held, queue))
        for place, key in enumerate(order.order):
            if key in givers and carriers[int(key)].kind is EntryKind.UPDATE:
                gone.append(int(key))
                changes.append(replace(carriers[int(key)], gives_key_up=True, order=place))
        ctx.stores.plans.replace(connection, plan_id, gone, changes)


def _wish(entry: Entry, key: str) -> Wish | None:
    """What an entry sends and frees; None if it touches no number."""
    for change in entry.fields:
        if change.field == PHONE:
            sends = _number(change.after)
            gives = tuple(n for n in _numbers(change.before) if n != sends)
            if sends or gives:
                return Wish(key, entry.target_id, sends, gives, is_task=entry.kind is EntryKind.TASK)
    return None


def _without_number(ctx: RunContext, entry: Entry, held: Held, queue: Mapping[tuple[str, str], Queued]) -> list[Entry]:
    """A carrier whose number is held: a hold in its place, and an update goes on with its other fields."""
    code = held.code
    topic = PHONE if entry.kind is not EntryKind.CREATE else code.value
    old = queue.get((entry.subject, topic))
    phone = tuple(change for change in entry.fields if change.field == PHONE)
    same = old is not None and old.kind == "hold"
    hold = replace(
        entry, kind=EntryKind.HOLD, fields=phone, body=None, reason=code.value, topic=topic, sentence=code.sentence,
        next_step=code.next_step, queued_at=old.opened_at.isoformat() if old and same else None,
        facts={**entry.facts, "holders": list(held.holders), "cause": held.cause.value, "side": str(entry.side)},
    )  # fmt: skip
    rest = tuple(change for change in entry.fields if change.field != PHONE)
    if entry.kind is not EntryKind.UPDATE or not rest:
        return [hold]
    return [hold, replace(entry, fields=rest, body=_body_without_phone(ctx, entry))]


def _body_without_phone(ctx: RunContext, entry: Entry) -> dict[str, object]:
    spec = next(spec for spec in ctx.mapper.fields if spec.name == PHONE)
    side = spec.side(entry.side) if entry.side else None
    attributes = set((side.update or {}).values()) if side else set()
    return {name: value for name, value in (entry.body or {}).items() if name not in attributes}


def _number(value: Value | None) -> str | None:
    return value.data.get("primary") if value is not None and value.is_value and isinstance(value.data, dict) else None


def _numbers(value: Value | None) -> Sequence[str]:
    return value.data.get("all", ()) if value is not None and value.is_value and isinstance(value.data, dict) else ()
