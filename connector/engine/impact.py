"""Mapping rehearsal: what a new mapping would change, worked out on the state alone; nothing is read or written.

Each active link is judged twice by the merge's own table, once under the mapping of now and once under the new one, and
only for the fields whose mapping differs: what both would do is no impact of the change.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from sqlalchemy import Connection

from connector.domain.fieldspec import FieldSpec
from connector.domain.fieldtypes.base import MISSING, Takes
from connector.domain.guard import GuardFacts, GuardLimits, SideFacts
from connector.domain.guard import judge as judge_plan
from connector.domain.mapping import Mapper
from connector.domain.merge import Decision, FieldCase, FieldDecision, merge_field
from connector.domain.values import CHECKANDPLACE, CLOPOS, Json, SideName, Value, unknown
from connector.engine.context import Stores
from connector.engine.mapping_change import changed_fields, mapped
from connector.engine.reading import merged_fields
from connector.state.links import LinkView
from connector.state.records import Stored

COUNTED = {
    Decision.WRITE_CHECKANDPLACE: "write", Decision.TASK_CLOPOS: "task", Decision.CONFLICT: "ask",
    Decision.SETTLE_DIFFERENT: "keep", Decision.NOT_SENT: "not_sent", Decision.HOLD: "hold",
}  # fmt: skip
WAYS = (*COUNTED.values(), "same", "unread")


@dataclass
class FieldImpact:
    """One field whose mapping differs. `what`: how (`new`, `dropped`, or the parts that changed); `counts`: links by
    what the next run would do with the field because of it (`WAYS`); `unread`: of these the value is not in the
    state."""

    name: str
    title: str
    what: tuple[str, ...]
    counts: dict[str, int] = field(default_factory=lambda: dict.fromkeys(WAYS, 0))


@dataclass(frozen=True)
class SideCost:
    """What a side is asked for. `scan`: requests of the full listing that the mapping needs first (0: none is needed),
    `writes`: updates; `minutes` under the quotas that are known, None where none is."""

    side: SideName
    scan: int = 0
    writes: int = 0
    minutes: float | None = None


@dataclass
class Impact:
    """What a new mapping would do to one pair. `links`: looked at; `customers`: of these how many would change on a
    side or be asked about; `unheld`: attributes that the state does not hold, by side; `refusals`: what the guard would
    say to so many updates."""

    links: int = 0
    customers: int = 0
    updates: int = 0
    fields: list[FieldImpact] = field(default_factory=list)
    unheld: dict[SideName, list[str]] = field(default_factory=dict)
    costs: list[SideCost] = field(default_factory=list)
    refusals: list[str] = field(default_factory=list)

    @property
    def differs(self) -> bool:
        """Whether the next run would do anything because of the new mapping, or has to read first."""
        return self.customers > 0 or any(self.unheld.values())


Quotas = Mapping[SideName, tuple[tuple[int, float], ...]]
"""Of each side the windows that its settings name: (requests, seconds)."""


def impact(stores: Stores, now: Mapper, new: Mapper, quotas: Quotas, limits: GuardLimits) -> Impact:
    """Judge every active link under both mappings. Memory does not grow with the number of customers."""
    found = Impact(unheld={side: unheld(now, new, side) for side in SideName})
    names = changed_fields(mapped(now), mapped(new))
    old_specs = {spec.name: spec for spec in merged_fields(now)}
    specs = {spec.name: spec for spec in merged_fields(new)}
    found.fields = [_about(name, now.mapping.field(name), new.mapping.field(name), specs) for name in names]
    impacts = {each.name: each for each in found.fields}
    with stores.database.read() as connection:
        groups = list(stores.links.all_ids(connection))
        probes = stores.pairs.get(connection, stores.database.pair_id).probes
    stopped = probes.get("checkandplace.update", {}).get("result") == "patch-replaces"  # CP-20
    for ids in groups:
        with stores.database.read() as connection:
            links = [link for link in stores.links.many(connection, ids) if link.state == "active"]
            loaded = stores.records.load(connection, [r for x in links for r in (x.clopos_row, x.checkandplace_row)])
        for link in links:
            both = {CLOPOS: loaded[link.clopos_row], CHECKANDPLACE: loaded[link.checkandplace_row]}
            ways = {
                name: _way(now, new, old_specs.get(name), specs[name], link, both, stopped)
                for name in names
                if name in specs
            }
            for name, way in ways.items():
                impacts[name].counts[way] += 1
            found.links += 1
            found.updates += "write" in ways.values()
            found.customers += any(way not in ("same", "unread", "keep") for way in ways.values())
    with stores.database.read() as connection:
        found.costs = [_cost(stores, connection, side, found, quotas) for side in SideName]
        found.refusals = _refusals(stores, connection, found, limits)
    return found


def unheld(now: Mapper, new: Mapper, side: SideName) -> list[str]:
    """Attributes that the new mapping reads and the mapping of now does not: the state does not hold their values."""
    return sorted({*_attributes(new, side)} - {*_attributes(now, side)})


def _attributes(mapper: Mapper, side: SideName) -> list[str]:
    return [a for spec in mapper.fields if (on := spec.side(side)) is not None for a in on.read.values()]


def _about(name: str, old: FieldSpec | None, new: FieldSpec | None, compared: Mapping[str, FieldSpec]) -> FieldImpact:
    """What differs in a field's mapping, in words of the mapping file."""
    title = (new or old).title if new or old else ""  # type: ignore[union-attr]  # one of the two is there
    if name not in compared or new is None:
        return FieldImpact(name, title or name, ("compared no more",))
    if old is None:
        return FieldImpact(name, title or name, ("new",))
    words = ("rule", "on_link", "on_conflict", "on_clear", "cosmetic", "type")
    what = [f"{word}: {getattr(old, word)} -> {getattr(new, word)}" for word in words
            if getattr(old, word) != getattr(new, word)]  # fmt: skip
    what += [f"{side.label}: read or written another way" for side in SideName if old.side(side) != new.side(side)]
    return FieldImpact(name, title or name, tuple(what))


def _way(
    now: Mapper, new: Mapper, old_spec: FieldSpec | None, spec: FieldSpec, link: LinkView,
    both: Mapping[SideName, Stored], stopped: bool,
) -> str:  # fmt: skip
    """What the new mapping would do with one field of one link; `same` where the mapping of now would do it too."""
    decision = _decide(new, spec, link, both, stopped)
    values = [_value(new, spec, side, both[side].wire) for side in SideName]
    if any(value.is_unknown and value.warning == MISSING for value in values):
        return "unread"
    before = _decide(now, old_spec, link, both, stopped) if old_spec is not None else None
    if before is not None and (before.decision, before.value) == (decision.decision, decision.value):
        return "same"
    return COUNTED.get(decision.decision, "same")


def _decide(
    mapper: Mapper, spec: FieldSpec, link: LinkView, both: Mapping[SideName, Stored], stopped: bool
) -> FieldDecision:
    """The merge's word on one field as the state has it, its bases read again under this mapping."""
    takes: dict[SideName, Takes] = {}
    settings: dict[SideName, str | None] = {}
    for side in SideName:
        takes[side], settings[side] = mapper.takes(spec, side, create=False)
    if stopped:
        takes[CHECKANDPLACE] = Takes.NOTHING
    bases: dict[SideName, Value] = {}
    for side in SideName:
        kept = link.bases[side].get(spec.name)
        if kept is not None:
            again = _value(mapper, spec, side, kept.wire) if kept.wire else kept.value
            bases[side] = kept.value if again.is_unknown else again
    values = {side: _value(mapper, spec, side, both[side].wire) for side in SideName}
    case = FieldCase(values, bases if len(bases) == len(SideName) else None, takes, setting=settings)
    return merge_field(spec, spec.kind, case, mapper.rules)


def _value(mapper: Mapper, spec: FieldSpec, side: SideName, wire: Mapping[str, Json]) -> Value:
    """One field of a record, read from the wire values that the state holds."""
    on_side = spec.side(side)
    if on_side is None:
        return unknown(MISSING)
    parts = {role: wire[attribute] for role, attribute in on_side.read.items() if attribute in wire}
    return spec.kind.read(on_side.reader, parts, mapper.rules)


def _cost(stores: Stores, connection: Connection, side: SideName, found: Impact, quotas: Quotas) -> SideCost:
    scan = stores.runs.last_scan_pages(connection, side) if found.unheld[side] else 0
    writes = found.updates if side is CHECKANDPLACE else 0
    windows = quotas.get(side, ())
    minutes = max(((scan + writes) * seconds / limit / 60 for limit, seconds in windows), default=None)
    return SideCost(side, scan, writes, minutes)


def _refusals(stores: Stores, connection: Connection, found: Impact, limits: GuardLimits) -> list[str]:
    """What the guard would say to a run with these updates alone."""
    records = stores.records.count(connection, CHECKANDPLACE)
    side = SideFacts(CHECKANDPLACE, records=records, updates=found.updates, linked=found.links)
    verdict = judge_plan(GuardFacts(found.links, (side,), backfill_finished=True), limits)
    return [refusal.sentence for refusal in verdict.refusals]
