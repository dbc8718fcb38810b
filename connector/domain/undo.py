"""Undo: what can be taken back of a value that we wrote, and what is left for staff (pure).

The table of `take_back` is the whole rule. Nothing that was changed since is overwritten, nothing is deleted, and no
blank is sent to a side that does not take one (CP-20).
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from connector.domain.fieldtypes.base import NotWritten, Takes, Written
from connector.domain.values import PairRules, Value

UNDO = "undo"
"""The reason of the operations of an undo, and of a link that one broke."""
TAKEN_BACK = "undo_taken_back"
"""The reason of a link that is active again because the undo that broke it was undone."""
BY_HAND = "undo-by-hand"
"""The code of a task: an older value that we may not, or cannot, put back ourselves."""
DELETE_BY_HAND = "undo-created"
"""The code of a task: a customer that we created, and that only staff can delete."""
UNDO_TASKS = (BY_HAND, DELETE_BY_HAND)


class Way(StrEnum):
    """What becomes of one value that we wrote."""

    WRITE = "write"
    SETTLE = "settle"
    """The older value stands there already: from now on the two sides are different on purpose."""
    TASK = "task"
    LEAVE = "leave"
    """Nothing is done; the reason says why, and both values are listed."""


@dataclass(frozen=True, slots=True)
class TakenBack:
    """A way, and its reason: `changed_since`, `unreadable`, `undone_already`; of a task `clear_not_sent`, `not_taken`
    or the writer's own code. `setting`: the key below [pairs.NAME] that would let it be sent."""

    way: Way
    reason: str
    setting: str | None = None


class Kind(Protocol):
    """What undo needs of a field type."""

    def equal(self, a: Value, b: Value) -> bool: ...
    def write(
        self, writer: str, value: Value, target: Value | None, create: bool, rules: PairRules
    ) -> Written | NotWritten: ...


@dataclass(frozen=True, slots=True)
class WrittenValue:
    """One field that we wrote: what it held `before`, what we sent (`after`), what the side shows `now`; what the side
    `takes` of the field, and the field's `writer` there. `settled`: the bases say already that the two sides are
    different on purpose, with `now` as this side's."""

    before: Value
    after: Value
    now: Value
    takes: Takes
    writer: str
    setting: str | None = None
    settled: bool = False


def take_back(kind: Kind, case: WrittenValue, rules: PairRules) -> TakenBack:
    """The first row that fits. `before` is never unknown: over an unknown value nothing is ever written."""
    before, after, now = case.before, case.after, case.now
    if now.is_unknown:  # it cannot be seen whether somebody typed there since
        return TakenBack(Way.LEAVE, "unreadable")
    same_text = now.to_json() == before.to_json()
    if same_text or (kind.equal(now, before) and not kind.equal(now, after)):  # staff put it back, or an earlier undo
        return TakenBack(Way.LEAVE if case.settled else Way.SETTLE, "undone_already")
    if not kind.equal(now, after):  # a later edit is worth more than our wish to take ours back
        return TakenBack(Way.LEAVE, "changed_since")
    if before.is_blank:  # we filled a blank: no null is sent unless the side takes clears (CP-20)
        if case.takes is Takes.VALUE_AND_CLEAR:
            return TakenBack(Way.WRITE, UNDO)
        return TakenBack(Way.TASK, "clear_not_sent", case.setting)
    if case.takes is Takes.NOTHING:  # switched off since, or a side that takes no updates
        return TakenBack(Way.TASK, "not_taken", case.setting)
    written = kind.write(case.writer, before, now, False, rules)
    if isinstance(written, NotWritten):  # a value that the side held and that its API would refuse
        return TakenBack(Way.TASK, written.reason, written.setting)
    return TakenBack(Way.WRITE, UNDO)
