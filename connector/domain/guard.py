"""The guard: the arithmetic that refuses a plan which changes too much (ARCHITECTURE, "The way of the data", 5).

Pure numbers in, a verdict in words out. What the operator approved is a set of codes, for exactly the operations of the
plan that was refused; keeping approval and operations together is the engine's part.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from connector.domain.values import SideName


class Code(StrEnum):
    """Why a plan is refused."""

    TOO_MANY_UPDATES = "too-many-updates"
    TOO_MANY_CREATES = "too-many-creates"
    SIDE_SHRANK = "side-shrank"
    SIDE_EMPTY = "side-empty"
    ANOTHER_STORE = "another-store"
    SIDE_GREW = "side-grew"
    LANDMARK_MISSING = "landmark-missing"
    SETTINGS_CHANGED = "settings-changed"
    NO_BACKFILL = "no-backfill"


BACKFILL_APPROVAL = frozenset(
    {Code.NO_BACKFILL, Code.TOO_MANY_CREATES, Code.TOO_MANY_UPDATES, Code.SIDE_GREW, Code.SETTINGS_CHANGED}
)
"""What an operator waives who confirmed the counts of a backfill: its size, never the signs of a wrong reading."""


@dataclass(frozen=True, slots=True)
class GuardLimits:
    """The thresholds, each configurable in [pairs.NAME.guard]. A limit with two numbers is passed only beyond *both*:
    small pairs are not bothered by percentages, large ones not by counts. Percentages are 0 to 100."""

    updates_percent: float = 20
    updates_count: int = 50
    creates_percent: float = 10
    creates_count: int = 50
    shrink_percent: float = 10
    shrink_count: int = 20
    missing_percent: float = 90
    grow_percent: float = 50
    grow_count: int = 100
    changed_count: int = 10


@dataclass(frozen=True, slots=True)
class SideFacts:
    """What the plan would do to one side and what this run read of it.

    `records`: records the state knows there. `size`: records in this run's complete scan, None without one (a quick
    run, a torn scan). `last_size`: the same of the last complete scan before, None if there was none. `linked`: records
    there with an active link; `linked_missing`: those of them that are not in this scan. `landmarks`: the oldest linked
    records, `landmarks_missing` of them are not in this scan. `named_missing`: landmarks of the settings that are not
    in it, as they are named there. `made`: records there that the connector itself made since the last scan.
    """

    side: SideName
    records: int
    updates: int = 0
    creates: int = 0
    size: int | None = None
    last_size: int | None = None
    linked: int = 0
    linked_missing: int = 0
    landmarks: int = 0
    landmarks_missing: int = 0
    named_missing: tuple[str, ...] = ()
    made: int = 0


@dataclass(frozen=True, slots=True)
class GuardFacts:
    """One plan: the pair's active links, both sides, whether a backfill of this pair was approved and finished, the
    codes that the operator approved for exactly these operations, and the settings that are others than at the last
    live run (keys such as `mapping`, `clopos.client_secret`)."""

    links: int
    sides: tuple[SideFacts, ...]
    backfill_finished: bool
    approved: frozenset[Code] = frozenset()
    changed: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Refusal:
    """One reason not to write: a stable code, a sentence with its numbers and what to do, and the numbers as data.
    `examples`: whom it is about, by id."""

    code: Code
    side: SideName | None
    sentence: str
    numbers: Mapping[str, float]
    examples: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Verdict:
    """`refusals` stop the plan; `waived` are those that the operator approved."""

    refusals: tuple[Refusal, ...]
    waived: tuple[Refusal, ...] = ()

    @property
    def ok(self) -> bool:
        return not self.refusals


def judge(facts: GuardFacts, limits: GuardLimits) -> Verdict:
    """Refuse or let through. Every reason is named, not only the first, in the order of `Code` and of the sides."""
    found: list[Refusal | None] = []
    if not facts.backfill_finished:
        found.append(_no_backfill())
    for side in facts.sides:
        found += [
            _too_many_updates(side, facts.links, limits),  # a bulk edit, or a mapping that was changed by mistake
            _too_many_creates(side, limits),  # an import, or a side that lost its memory of us
            _side_empty(side) or _side_shrank(side, limits),  # a filter, a lost permission, a mass deletion
            _another_store(side, limits),  # credentials of another restaurant
            _side_grew(side, limits, facts),  # an import, another venue's list, or each guest twice
            _landmark_missing(side),  # a list that lacks those who were there from the first day
        ]
    found.append(_settings_changed(facts, limits))  # a mapping edited by mistake, or keys of somebody else
    reasons = sorted((r for r in found if r is not None), key=lambda r: list(Code).index(r.code))
    return Verdict(
        tuple(r for r in reasons if r.code not in facts.approved),
        tuple(r for r in reasons if r.code in facts.approved),
    )


def _beyond(part: int, whole: int, percent: float, count: int) -> bool:
    return part > count and part * 100 > percent * whole


def _no_backfill() -> Refusal:
    return Refusal(
        Code.NO_BACKFILL,
        None,
        "This pair has no finished, approved backfill, so nothing may be written. "
        "Read `connector diff`, then run `connector backfill`.",
        {},
    )


def _too_many_updates(side: SideFacts, links: int, limits: GuardLimits) -> Refusal | None:
    if not _beyond(side.updates, links, limits.updates_percent, limits.updates_count):
        return None
    return Refusal(
        Code.TOO_MANY_UPDATES,
        side.side,
        f"{side.side.label} would get {side.updates} updates, {_share(side.updates, links)} of the {links} links; "
        f"the limit is {limits.updates_percent:g} % and {limits.updates_count}. Read `connector diff`: approve this "
        "plan if so many edits are real; if not, find out what changed them before anything is written.",
        _numbers(side.updates, links, limits.updates_percent, limits.updates_count),
    )


def _too_many_creates(side: SideFacts, limits: GuardLimits) -> Refusal | None:
    if not _beyond(side.creates, side.records, limits.creates_percent, limits.creates_count):
        return None
    return Refusal(
        Code.TOO_MANY_CREATES,
        side.side,
        f"{side.side.label} would get {side.creates} new customers, {_share(side.creates, side.records)} of its "
        f"{side.records} records; the limit is {limits.creates_percent:g} % and {limits.creates_count}. Read "
        "`connector diff`: approve this plan if they are new guests; if they are there already, correct their phones.",
        _numbers(side.creates, side.records, limits.creates_percent, limits.creates_count),
    )


def _side_empty(side: SideFacts) -> Refusal | None:
    """A side that was never seen with anybody is simply new: there the operator confirms the counts (backfill)."""
    if side.size != 0 or not (side.last_size or side.linked):
        return None
    before = side.last_size if side.last_size is not None else side.linked
    return Refusal(
        Code.SIDE_EMPTY,
        side.side,
        f"{side.side.label} shows 0 customers, 100 % fewer than the {before} known before; the limit is 0. Check the "
        "credentials and the venue or store in its back office; approve only if the list was really emptied.",
        _numbers(before, before, 0, 0),
    )


def _side_shrank(side: SideFacts, limits: GuardLimits) -> Refusal | None:
    if side.size is None or side.last_size is None:
        return None
    lost = side.last_size - side.size
    if not _beyond(lost, side.last_size, limits.shrink_percent, limits.shrink_count):
        return None
    return Refusal(
        Code.SIDE_SHRANK,
        side.side,
        f"{side.side.label} shows {side.size} customers, {lost} ({_share(lost, side.last_size)}) fewer than the "
        f"{side.last_size} of its last complete scan; the limit is {limits.shrink_percent:g} % and "
        f"{limits.shrink_count}. Compare with the count in its back office; approve only if they were really deleted.",
        _numbers(lost, side.last_size, limits.shrink_percent, limits.shrink_count),
    )


def _another_store(side: SideFacts, limits: GuardLimits) -> Refusal | None:
    part, whole = side.linked_missing, side.linked
    if not _beyond(part, whole, limits.missing_percent, 0):
        return None
    return Refusal(
        Code.ANOTHER_STORE,
        side.side,
        f"{side.side.label} lacks {part} of {whole} linked customers ({_share(part, whole)}); the limit is "
        f"{limits.missing_percent:g} %. Another store? Check the credentials, brand, venue and address with "
        "`connector doctor`; approve only if these customers were really deleted.",
        _numbers(part, whole, limits.missing_percent, 0),
    )


def _side_grew(side: SideFacts, limits: GuardLimits, facts: GuardFacts) -> Refusal | None:
    """Before the first backfill is finished the operator confirms the counts."""
    if side.size is None or not side.last_size or not facts.backfill_finished:
        return None
    more = side.size - side.last_size - side.made
    if not _beyond(more, side.last_size, limits.grow_percent, limits.grow_count):
        return None
    return Refusal(
        Code.SIDE_GREW,
        side.side,
        f"{side.side.label} shows {side.size} customers, {more} ({_share(more, side.last_size)}) more than the "
        f"{side.last_size} of its last complete scan, without those that the connector made; the limit is "
        f"{limits.grow_percent:g} % and {limits.grow_count}. "
        "Compare with the count in its back office; approve if they were imported there.",
        _numbers(more, side.last_size, limits.grow_percent, limits.grow_count),
    )


def _landmark_missing(side: SideFacts) -> Refusal | None:
    """Half of the oldest links, or one record that the operator named. Where more is missing, the other sentences say
    it already."""
    if side.size is None:
        return None
    if side.named_missing:
        what = f"{len(side.named_missing)} of the landmarks in the settings ({', '.join(side.named_missing[:10])})"
        part = whole = len(side.named_missing)
    elif side.landmarks > 3 and side.landmarks_missing * 2 > side.landmarks:
        part, whole = side.landmarks_missing, side.landmarks
        what = f"{part} of the {whole} customers that were linked first"
    else:
        return None
    return Refusal(
        Code.LANDMARK_MISSING,
        side.side,
        f"{side.side.label} does not show {what}. Look for them in its back office; approve only if they were really "
        "deleted, and take them out of `landmarks` in the settings; else check the reading with `connector doctor`.",
        _numbers(part, whole, 50, 0),
    )


def _settings_changed(facts: GuardFacts, limits: GuardLimits) -> Refusal | None:
    operations = sum(side.updates + side.creates for side in facts.sides)
    if not facts.changed or operations <= limits.changed_count:
        return None
    return Refusal(
        Code.SETTINGS_CHANGED,
        None,
        f"Changed since the last run: {', '.join(facts.changed)}. The first plan since then has {operations} writes; "
        f"the limit is {limits.changed_count}. Read `connector diff`: approve this plan if that is what the change was "
        "meant to do; if not, take the change back.",
        _numbers(operations, facts.links, 0, limits.changed_count),
    )


def _share(part: int, whole: int) -> str:
    return f"{part * 100 / whole:.1f} %" if whole else "more than all"


def _numbers(part: int, whole: int, percent: float, count: int) -> Mapping[str, float]:
    return {"part": part, "whole": whole, "limit_percent": percent, "limit_count": count}
