"""Phone numbers in the merge: Clopos' set against Check&Place's one number (CL-18), with the real field type."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connector.domain.fieldtypes.base import Takes
from connector.domain.fieldtypes.phone import PhoneType
from connector.domain.merge import Decision, FieldCase, FieldDecision, merge_field
from connector.domain.values import BLANK, CHECKANDPLACE, CLOPOS, PairRules, Value, known
from tests.unit.merge_letters import spec

KIND = PhoneType()
RULES = PairRules(brand="demobrand", region="AZ")
A, B, C = "+994502345678", "+994552345678", "+994702345678"


def numbers(*all_: str) -> Value:
    return known({"primary": all_[0], "all": list(all_)}) if all_ else BLANK


def merge(base: tuple[Value, Value] | None, now: tuple[Value, Value]) -> FieldDecision:
    value = {CLOPOS: now[0], CHECKANDPLACE: now[1]}
    bases = None if base is None else {CLOPOS: base[0], CHECKANDPLACE: base[1]}
    takes = {CLOPOS: Takes.NOTHING, CHECKANDPLACE: Takes.VALUE}
    return merge_field(spec(writer="digits"), KIND, FieldCase(value, bases, takes), RULES)


@pytest.mark.parametrize(
    ("base", "now", "decision", "value"),
    [
        # Any number of the set counts as equal: a second number is no difference.
        (((A,), (A,)), ((A, B), (A,)), Decision.SETTLE, None),
        (((A,), (A,)), ((B, A), (A,)), Decision.SETTLE, None),
        # The till got a new number.
        (((A,), (A,)), ((B,), (A,)), Decision.WRITE_CHECKANDPLACE, (B,)),
        # The same in two steps: the old number was kept beside the new one, and is dropped now.
        (((B, A), (A,)), ((B,), (A,)), Decision.WRITE_CHECKANDPLACE, (B,)),
        # Settled as different: a second number that comes or goes is no edit, a new primary is one.
        (((A, B), (C,)), ((A,), (C,)), Decision.SETTLE_DIFFERENT, None),
        (((A,), (C,)), ((A, B), (C,)), Decision.SETTLE_DIFFERENT, None),
        (((A,), (C,)), ((B, A), (C,)), Decision.WRITE_CHECKANDPLACE, (B, A)),
        # Check&Place moved on, and staff added that number to Clopos' list: done.
        (((A,), (A,)), ((A, C), (C,)), Decision.SETTLE, None),
        (((A,), (A,)), ((A,), (C,)), Decision.TASK_CLOPOS, (C,)),
        (((A, B), (A,)), ((A,), (C,)), Decision.TASK_CLOPOS, (C,)),
        (((A,), (A,)), ((), (A,)), Decision.SETTLE_DIFFERENT, None),
    ],
)  # fmt: skip
def test_table(
    base: tuple[tuple[str, ...], tuple[str, ...]],
    now: tuple[tuple[str, ...], tuple[str, ...]],
    decision: Decision,
    value: tuple[str, ...] | None,
) -> None:
    decided = merge((numbers(*base[0]), numbers(*base[1])), (numbers(*now[0]), numbers(*now[1])))
    assert decided.decision is decision
    assert decided.value == (numbers(*value) if value else None)


SETS = st.lists(st.sampled_from([A, B, C]), max_size=3, unique=True).map(lambda all_: numbers(*all_))
ONE = st.lists(st.sampled_from([A, B, C]), max_size=1).map(lambda all_: numbers(*all_))


@settings(max_examples=300)
@given(SETS, ONE, SETS, ONE)
def test_equal_sides_never_part_in_silence(base_c: Value, base_p: Value, clopos: Value, guest: Value) -> None:
    if not KIND.equal(base_c, base_p) or KIND.equal(clopos, guest):
        return
    decided = merge((base_c, base_p), (clopos, guest))
    assert decided.decision is not Decision.NOTHING
    assert decided.decision is not Decision.SETTLE_DIFFERENT or decided.report == "clear_not_sent"


@settings(max_examples=300)
@given(st.one_of(st.none(), st.tuples(SETS, ONE)), SETS, ONE)
def test_after_the_write_the_sides_are_equal(base: tuple[Value, Value] | None, clopos: Value, guest: Value) -> None:
    decided = merge(base, (clopos, guest))
    if decided.decision is not Decision.WRITE_CHECKANDPLACE:
        return
    read_back = numbers(clopos.data["primary"])  # Check&Place holds one number
    again = merge((clopos, read_back), (clopos, read_back))
    assert again.decision is Decision.SETTLE
