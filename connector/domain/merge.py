"""The merge of one field of one link: the truth table (docs/api/vectors.json, `merge`, M1 to M5; ARCHITECTURE).

Values in, a decision out. A side has changed when its value is not its own base. Nothing is sent from here, and nothing
that is *sent, unverified* comes here: the engine leaves such a field alone until it was read back.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Protocol

from connector.domain.codes import HoldCode
from connector.domain.fieldspec import Cosmetic, OnClear, OnConflict, OnLink, Rule, SideSpec
from connector.domain.fieldtypes.base import Change, NotWritten, Takes, Written
from connector.domain.fieldtypes.name import spelling_differs_after_split
from connector.domain.values import BLANK, CHECKANDPLACE, CLOPOS, PairRules, SideName, Value

Values = Mapping[SideName, Value]
"""One value for each side."""


class Decision(StrEnum):
    """What the merge says of one field."""

    NOTHING = "nothing"
    SETTLE = "settle"
    SETTLE_DIFFERENT = "settle_different"
    WRITE_CLOPOS = "write_clopos"
    WRITE_CHECKANDPLACE = "write_checkandplace"
    TASK_CLOPOS = "task_clopos"
    CONFLICT = "conflict"
    HOLD = "hold"
    NOT_SENT = "not_sent"


class Open(StrEnum):
    """A queue entry that is open on the field. HOLD stands for `target-unreadable`; other holds end by their cause."""

    TASK = "task"
    CONFLICT = "conflict"
    HOLD = "hold"


OPENS = {Decision.TASK_CLOPOS: Open.TASK, Decision.CONFLICT: Open.CONFLICT, Decision.HOLD: Open.HOLD}
WRITES = {SideName.CLOPOS: Decision.WRITE_CLOPOS, SideName.CHECKANDPLACE: Decision.WRITE_CHECKANDPLACE}
LISTED_ONCE = "listed_once"
CLEAR_NOT_SENT = "clear_not_sent"


class Spec(Protocol):
    """What the merge needs of a `FieldSpec`."""

    @property
    def rule(self) -> Rule: ...
    @property
    def on_link(self) -> OnLink: ...
    @property
    def on_conflict(self) -> OnConflict: ...
    @property
    def on_clear(self) -> OnClear: ...
    @property
    def cosmetic(self) -> Cosmetic: ...
    def side(self, side: SideName) -> SideSpec | None: ...


class Kind(Protocol):
    """What the merge needs of a `FieldType`."""

    def equal(self, a: Value, b: Value) -> bool: ...
    def changed(self, base: Value, now: Value) -> Change: ...
    def write(
        self, writer: str, value: Value, target: Value | None, create: bool, rules: PairRules
    ) -> Written | NotWritten: ...


@dataclass(frozen=True, slots=True)
class FieldCase:
    """One field of one link. `base` is None on a new link (never settled). `setting`: the configuration key that would
    make a side take more than it does, for what is not sent."""

    value: Values
    base: Values | None
    takes: Mapping[SideName, Takes]
    open: Open | None = None
    setting: Mapping[SideName, str | None] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class FieldDecision:
    """What is to be done with the field.

    row                the row of the vectors that decided; `under` the row beneath it where an entry was open
    value              what to send (writes), to type (tasks) or what is not sent
    bases              the bases from now on (None: still never settled)
    bases_after_write  the bases once the target was read back and shows the value; its own spelling counts then
    report             `listed_once`, `clear_not_sent`, `shorter_name` or None
    entry              what becomes of the field's queue entry: opens, stays, changes, moot, closes or None
    code, setting      of a hold its code; of what is not sent the reason and the key that would send it
    """

    decision: Decision
    row: str
    bases: Values | None
    value: Value | None = None
    bases_after_write: Values | None = None
    report: str | None = None
    entry: str | None = None
    code: str | None = None
    setting: str | None = None
    under: str | None = None

    @property
    def target(self) -> SideName | None:
        """The side that a write, or a task, goes to."""
        if self.decision in (Decision.WRITE_CLOPOS, Decision.TASK_CLOPOS):
            return CLOPOS
        return CHECKANDPLACE if self.decision is Decision.WRITE_CHECKANDPLACE else None


def merge_field(spec: Spec, kind: Kind, case: FieldCase, rules: PairRules) -> FieldDecision:
    """Decide one field: the first row that fits. Values may be unknown, bases never are. Raises nothing."""
    decided = _rows(_Table(spec, kind, case, rules))
    if case.open is not None and decided.row not in ("ignore", "unknown", "equal"):
        decided = replace(decided, row="open_entry", under=decided.row)
    return replace(decided, entry=_entry(decided, case.open))


def _rows(t: _Table) -> FieldDecision:
    rule, spec = t.spec.rule, t.spec
    if rule is Rule.IGNORE:  # notes hold allergies: read, shown, never compared
        return t.nothing("ignore")
    if t.clopos.is_unknown or t.checkandplace.is_unknown:  # a number that cannot be read says nothing
        return t.unreadable()
    if t.kind.equal(t.clopos, t.checkandplace):  # staff did it, or both always were the same
        return t.cosmetic() or t.settle(Decision.SETTLE, "equal")
    if t.case.base is None and (t.clopos.is_blank or t.checkandplace.is_blank):  # one side knows more of a new pair
        return t.fill(CLOPOS if t.clopos.is_blank else CHECKANDPLACE)
    if t.case.base is None:  # two phones of one person, long before us
        if rule is Rule.FILL_BLANK:
            return t.settle(Decision.SETTLE_DIFFERENT, "new_both_filled")
        return t.choose(spec.on_link, "new_both_filled")

    clopos, checkandplace = t.edited(CLOPOS), t.edited(CHECKANDPLACE)
    if not clopos and not checkandplace:  # settled as different stays so; a new spelling follows in silence
        return t.unchanged()
    if rule is Rule.FILL_BLANK:  # filled once, each side's own matter since
        return t.settle(Decision.SETTLE_DIFFERENT, "fill_blank_rest")
    if clopos != checkandplace and t.value[side := CLOPOS if clopos else CHECKANDPLACE].is_blank:
        if t.right_side not in (None, side):  # the losing side emptied it: neither travels nor is put back
            return t.settle(Decision.SETTLE_DIFFERENT, "one_cleared", CLEAR_NOT_SENT)
        return t.send(side.other, "one_cleared")  # a guest asked to have the e-mail removed, or a slip of the hand
    if not checkandplace:  # the till has the new number; of the losing side: put back
        return t.send((t.right_side or CLOPOS).other, "only_clopos_changed")
    if not clopos:  # the hostess corrected a name
        return t.send((t.right_side or CHECKANDPLACE).other, "only_checkandplace_changed")
    if t.right_side is not None:  # both edited, and one side is right by rule
        return t.send(t.right_side.other, "both_changed")
    return t.choose(spec.on_conflict, "both_changed")  # both edited: staff know whom they spoke to last


def _entry(decided: FieldDecision, is_open: Open | None) -> str | None:
    """What becomes of the field's queue entry (M5)."""
    opens = OPENS.get(decided.decision)
    if is_open is None:
        return "opens" if opens else None
    if decided.row == "unknown":  # no information: the question stands
        return "stays"
    if opens is not None:
        return "stays" if opens is is_open else "changes"
    if decided.decision is Decision.NOTHING or decided.under == "unchanged":  # the changed side is back at its base
        return "moot"
    return "closes"


@dataclass(frozen=True, slots=True)
class _Table:
    """One case with its rules: what the rows have in common."""

    spec: Spec
    kind: Kind
    case: FieldCase
    rules: PairRules

    @property
    def value(self) -> Values:
        return self.case.value

    @property
    def clopos(self) -> Value:
        return self.case.value[CLOPOS]

    @property
    def checkandplace(self) -> Value:
        return self.case.value[CHECKANDPLACE]

    @property
    def right_side(self) -> SideName | None:
        """The side that is right by rule, None under `two-way`."""
        return {Rule.CLOPOS: CLOPOS, Rule.CHECKANDPLACE: CHECKANDPLACE}.get(self.spec.rule)

    def edited(self, side: SideName) -> bool:
        """Has this side changed? Also if it only dropped what made the sides equal: the old number, kept as a second
        one beside the new (CL-18), is taken off the list, and Check&Place still shows it."""
        if any(self.moved(either) is Change.REAL for either in SideName) or not self.case.base:
            return self.moved(side) is Change.REAL
        were_equal = self.kind.equal(self.case.base[CLOPOS], self.case.base[CHECKANDPLACE])
        return were_equal and self.moved(side) is Change.SPELLING

    def moved(self, side: SideName) -> Change:
        return self.kind.changed(self.case.base[side], self.value[side]) if self.case.base else Change.REAL

    def nothing(self, row: str) -> FieldDecision:
        return FieldDecision(Decision.NOTHING, row, self.case.base)

    def settle(self, decision: Decision, row: str, report: str | None = None) -> FieldDecision:
        """Each side's value becomes its base: equal, or accepted as different."""
        return FieldDecision(decision, row, dict(self.value), report=report)

    def cosmetic(self) -> FieldDecision | None:
        """`cosmetic = "write"`: a new spelling in Clopos alone goes to Check&Place, never a new order (N4)."""
        if self.spec.cosmetic is not Cosmetic.WRITE or self.case.base is None:
            return None
        if (self.moved(CLOPOS), self.moved(CHECKANDPLACE)) != (Change.SPELLING, Change.NONE):
            return None
        if not spelling_differs_after_split(self.clopos, self.checkandplace):
            return None
        sent = self.send(CHECKANDPLACE, "equal")
        return sent if sent.decision is Decision.WRITE_CHECKANDPLACE else None

    def unchanged(self) -> FieldDecision:
        if Change.SPELLING in (self.moved(CLOPOS), self.moved(CHECKANDPLACE)):
            return self.settle(Decision.SETTLE_DIFFERENT, "unchanged")
        return self.nothing("unchanged")

    def unreadable(self) -> FieldDecision:
        """No information. An edit that would go to the unknown side, judged as if that had its base still, is held."""
        nothing = self.nothing("unknown")
        base, unknown = self.case.base, [side for side in SideName if self.value[side].is_unknown]
        if self.case.open is not None or base is None or len(unknown) > 1:
            return nothing
        as_if = replace(self.case, value={**self.value, unknown[0]: base[unknown[0]]})
        judged = _rows(replace(self, case=as_if))
        if judged.row == "equal" or judged.target is not unknown[0]:
            return nothing
        return replace(nothing, decision=Decision.HOLD, code=HoldCode.TARGET_UNREADABLE.value)

    def choose(self, choice: OnLink | OnConflict, row: str) -> FieldDecision:
        """Both filled, different: keep both, ask, or one side's value for both."""
        if choice == OnLink.KEEP:
            return self.settle(Decision.SETTLE_DIFFERENT, row, LISTED_ONCE)
        if choice == OnLink.ASK:
            return FieldDecision(Decision.CONFLICT, row, self.case.base)
        return self.send(CHECKANDPLACE if choice == OnLink.CLOPOS else CLOPOS, row)

    def fill(self, blank: SideName) -> FieldDecision:
        """A new link's blank side is filled if it takes the field; Clopos otherwise keeps its blank, without a task."""
        if blank is CLOPOS and self.case.takes[CLOPOS] is Takes.NOTHING:
            return self.settle(Decision.SETTLE_DIFFERENT, "new_one_blank")
        return self.send(blank, "new_one_blank")

    def send(self, target: SideName, row: str) -> FieldDecision:
        """The other side's value goes to `target` (M4): written, typed by staff, or not sent with the reason."""
        value, takes = self.value[target.other], self.case.takes[target]
        if value.is_blank:
            return self.send_clear(target, row)
        if takes is Takes.NOTHING:  # Clopos has no update (CL-02); Check&Place: a switch or a map is missing
            return (
                self.task(value, row) if target is CLOPOS else self.not_sent(row, value, self.case.setting.get(target))
            )
        side = self.spec.side(target)
        written = self.kind.write((side and side.writer) or "", value, self.value[target], False, self.rules)
        if isinstance(written, Written):
            return self.write(target, row)
        if written.settle:  # no last name while Check&Place holds one (N5): different for good
            return self.settle(Decision.SETTLE_DIFFERENT, row, written.reason)
        return self.task(value, row) if target is CLOPOS else self.not_sent(row, value, written.setting, written.reason)

    def send_clear(self, target: SideName, row: str) -> FieldDecision:
        """A blank goes only if configured, and only to a side that takes clears (CP-20); on Clopos as a task."""
        if self.spec.on_clear is OnClear.SEND:
            if self.case.takes[target] is Takes.VALUE_AND_CLEAR:
                return self.write(target, row)
            if target is CLOPOS:
                return self.task(BLANK, row)
        return self.settle(Decision.SETTLE_DIFFERENT, row, CLEAR_NOT_SENT)

    def write(self, target: SideName, row: str) -> FieldDecision:
        value = self.value[target.other]
        after = {target.other: value, target: value}
        return FieldDecision(WRITES[target], row, self.case.base, value=value, bases_after_write=after)

    def task(self, value: Value, row: str) -> FieldDecision:
        return FieldDecision(Decision.TASK_CLOPOS, row, self.case.base, value=value)

    def not_sent(self, row: str, value: Value, setting: str | None, code: str | None = None) -> FieldDecision:
        return FieldDecision(Decision.NOT_SENT, row, self.case.base, value=value, setting=setting, code=code)
