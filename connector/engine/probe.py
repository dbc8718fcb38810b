"""Probes: the first write of each kind on a pair goes alone and is read back whole, field by field, before the others.

The result is kept with the pair and shown by `doctor` (CP-20, CP-40; docs/api/clopos.md 3.3 step 4).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from connector.domain.codes import HoldCode
from connector.domain.plan import Entry, FieldChange
from connector.domain.values import CHECKANDPLACE, Json, SideName
from connector.engine.before import Before
from connector.engine.context import RunContext
from connector.engine.scan import read_one, scan_full, store_rows
from connector.engine.writes import Result, book_history, hold, send
from connector.state.intents import IntentView
from connector.state.records import Stored

PATCH_REPLACES = HoldCode.PATCH_REPLACES.value

TYPED_IN = ("name", "phone", "email")
"""Types of fields whose values servers do not make up."""


@dataclass(frozen=True)
class ProbeResult:
    """What a probe showed. `changed`: attributes other than those sent that the update moved; `ignored`: sent fields
    that did not arrive; `typed`: attributes that hold another text now, which no server makes up: staff were at this
    record between the reading and the update. `ok`: the others may follow."""

    changed: tuple[str, ...] = ()
    ignored: tuple[str, ...] = ()
    typed: tuple[str, ...] = ()

    @property
    def ok(self) -> bool:
        return not self.changed

    def to_json(self) -> dict[str, Json]:
        return {
            "result": "ok" if self.ok else PATCH_REPLACES, "changed": list(self.changed), "ignored": list(self.ignored)
        }  # fmt: skip


async def read_back(ctx: RunContext, side: SideName, record_id: str) -> Stored | None:
    """The record as the side shows it now: by id where it can be asked, else from one listing; None if that did not
    show it (also where the listing was torn: what the state holds is from before the write then)."""
    asked = ctx.clock.now()
    if ctx.sides[side].capabilities.read_by_id:
        row = await read_one(ctx, side, record_id)
        if row is not None:
            with ctx.stores.database.write() as connection:
                store_rows(ctx, connection, side, [row], ctx.readings[side].scan_id or 0)
    else:
        await scan_full(ctx, side)
    with ctx.stores.database.read() as connection:
        found = ctx.stores.records.by_remote(connection, side, [record_id]).get(record_id)
    return found if found is not None and found.read_at >= asked else None


def compare(ctx: RunContext, entry: Entry, before: Mapping[str, Json] | None, shown: Stored) -> ProbeResult:
    """What stood there before against what stands there now. `before`: the record's wire values (None for a create)."""
    side = entry.side or CHECKANDPLACE
    sent = {change.field for change in entry.fields}
    attributes = _read_attributes(ctx, side, sent)
    changed: list[str] = []
    typed: list[str] = []
    if before is not None:
        then = ctx.mapper.compared_wire(side, before)
        now = ctx.mapper.compared_wire(side, shown.wire)
        moved = [
            name for name in sorted(then.keys() & now.keys()) if name not in attributes and then[name] != now[name]
        ]
        by_staff = _typed_in(ctx, side)
        typed = [name for name in moved if name in by_staff and isinstance(now[name], str) and str(now[name]).strip()]
        changed = [name for name in moved if name not in typed]
    ignored = []
    for change in entry.fields:
        spec = next(spec for spec in ctx.mapper.fields if spec.name == change.field)
        value = shown.customer.field(change.field)
        if change.after is not None and not value.is_unknown and not spec.kind.equal(change.after, value):
            ignored.append(change.field)
    return ProbeResult(tuple(changed), tuple(ignored), tuple(typed))


async def conclude(ctx: RunContext, entry: Entry, before: Before | None, shown: Stored) -> bool:
    """What a probe comes to, right after it or after a crash: compare, keep the result, restore what it broke, and
    settle its intents. Returns whether the others may follow.

    Where staff typed in the same record meanwhile, nothing is proved and the next write is the probe. A result that is
    kept already (a crash came in the middle of the restoring) stands; what is still lost is put back all the same. What
    is perhaps another guest's record by now gets nobody's values back.
    """
    side = entry.side or CHECKANDPLACE
    if before is not None and shown.suspect is not None:
        _settle(ctx, entry)
        return True
    result = compare(ctx, entry, before.wire if before else None, shown)
    kept = ctx.pair.probes.get(f"{side.value}.{entry.kind.value}")
    if kept is not None and kept["result"] != PATCH_REPLACES:
        result = ProbeResult()  # another update was proved meanwhile: what moved here was moved by staff
    elif kept is None and not (result.typed and result.ok):
        keep_result(ctx, side, entry.kind.value, result)
    if before is None:
        return True  # a create: nothing stood there
    whole = True
    if not result.ok:
        ctx.count("patch_replaces")
        whole = await restore(ctx, entry, before, shown, result)
    elif kept is not None and kept["result"] == PATCH_REPLACES:
        _name_the_damage(ctx, entry, ProbeResult(tuple(kept["changed"])), [])
    if whole:
        _settle(ctx, entry)
    return result.ok and kept is None


def pending(intents: Iterable[IntentView]) -> dict[str, list[IntentView]]:
    """Updates whose outcome is known, and whose comparison with what stood there before is not: by target."""
    found: dict[str, list[IntentView]] = {}
    for intent in intents:
        if intent.state in ("done", "dropped") and "before" in intent.facts:
            found.setdefault(intent.target_id or "", []).append(intent)
    return found


def _settle(ctx: RunContext, entry: Entry) -> None:
    """The comparison was made: the intents of this target that waited for it are over."""
    with ctx.stores.database.write() as connection:
        waiting = pending(ctx.stores.intents.unsettled(connection)).get(entry.target_id or "", [])
        for intent in waiting:
            ctx.stores.intents.set(connection, intent.id, settled_at=ctx.clock.now())


def keep_result(ctx: RunContext, side: SideName, verb: str, result: ProbeResult) -> None:
    """Store the probe's result with the pair."""
    probes = {**ctx.pair.probes, f"{side.value}.{verb}": {**result.to_json(), "at": ctx.clock.now().isoformat()}}
    with ctx.stores.database.write() as connection:
        ctx.stores.pairs.set(connection, ctx.pair.id, probes=probes)
        ctx.pair = ctx.stores.pairs.get(connection, ctx.pair.id)


async def restore(ctx: RunContext, entry: Entry, before: Before, shown: Stored, result: ProbeResult) -> bool:
    """An update replaced fields that were not sent (CP-20): put back what the allow-list can, name the rest in a hold.

    The whole allow-listed record goes in one request, since this server takes an update for the whole. A name, number
    or e-mail that stands there now, and neither stood there before nor was sent, was typed by staff meanwhile and
    stays. Returns False where it is not known whether the request arrived: then the next listing decides.
    """
    side = entry.side or CHECKANDPLACE
    sent = {change.field: change.after for change in entry.fields if change.after is not None}
    values = dict(sent)
    for spec in ctx.mapper.fields:
        now, then = shown.customer.field(spec.name), before.last.get(spec.name)
        typed = spec.type in TYPED_IN and now.is_value
        if typed and (spec.name not in sent or then is None or not spec.kind.equal(then, now)):
            values[spec.name] = now  # also where it is what was sent
        elif spec.name not in sent and then is not None and then.is_value:
            values[spec.name] = then
    body = ctx.mapper.update_body(side, values, shown.customer)
    _name_the_damage(ctx, entry, result, list(result.changed))  # first, so that a crash in between hides nothing
    if not body.attributes:
        return True
    put_back = tuple(
        FieldChange(
            field=name, decision="restore", row="patch_replaces", rule="probe", after=value, clopos=value,
            before=shown.customer.field(name), checkandplace=shown.customer.field(name),
        )
        for name, value in body.values.items()
    )  # fmt: skip
    whole = replace(entry, fields=put_back, body=body.attributes, reason="restored")
    outcome = await send(ctx, whole, body.attributes)
    if outcome.result is Result.DONE:
        with ctx.stores.database.write() as connection:
            book_history(ctx, connection, whole, outcome.intent_id)
            note = {"state": "done", "outcome": "restored", "settled_at": ctx.clock.now()}
            ctx.stores.intents.set(connection, outcome.intent_id or 0, **note)
    again = await read_back(ctx, side, entry.target_id or "")
    if again is not None:
        _name_the_damage(ctx, entry, result, list(compare(ctx, entry, before.wire, again).changed))
    return outcome.result in (Result.DONE, Result.REFUSED)


def _name_the_damage(ctx: RunContext, entry: Entry, result: ProbeResult, lost: list[str]) -> None:
    """The hold that says what an update replaced, and what of it is still lost."""
    with ctx.stores.database.write() as connection:
        hold(ctx, connection, entry, HoldCode.PATCH_REPLACES, changed=list(result.changed), lost=lost)


def _typed_in(ctx: RunContext, side: SideName) -> set[str]:
    """The attributes of a side whose texts come from people alone, never from a default of the server."""
    return _read_attributes(ctx, side, {spec.name for spec in ctx.mapper.fields if spec.type in TYPED_IN})


def _read_attributes(ctx: RunContext, side: SideName, fields: set[str]) -> set[str]:
    """The attributes of a side that show these fields."""
    names: set[str] = set()
    for spec in ctx.mapper.fields:
        on_side = spec.side(side)
        if on_side is not None and spec.name in fields:
            names |= set(on_side.read.values())
    return names
