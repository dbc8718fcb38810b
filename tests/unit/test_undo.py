"""The table of undo: what becomes of one value that we wrote, row by row, and what holds for any values."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connector.domain.fieldtypes.base import Takes
from connector.domain.fieldtypes.registry import FIELD_TYPES
from connector.domain.undo import TakenBack, Way, WrittenValue, take_back
from connector.domain.values import BLANK, PairRules, Value, known, unknown

RULES = PairRules("brand", "AZ", ("994",), write_email=True)
CLEARS = PairRules("brand", "AZ", ("994",), write_email=True, write_clear=True)
EMAIL, NAME = FIELD_TYPES["email"], FIELD_TYPES["name"]


def name(first: str, last: str | None) -> Value:
    text = " ".join(part for part in (first, last) if part)
    return known({"text": text, "first": first, "last": last})


A, B, C = known("a@example.com"), known("b@example.com"), known("c@example.com")
UNREAD = unknown("not_text")


@pytest.mark.parametrize(
    ("before", "after", "now", "takes", "settled", "expected"),
    [
        pytest.param(A, B, B, Takes.VALUE, False, TakenBack(Way.WRITE, "undo"), id="still what we wrote"),
        pytest.param(A, B, C, Takes.VALUE, False, TakenBack(Way.LEAVE, "changed_since"), id="typed over since"),
        pytest.param(A, B, BLANK, Takes.VALUE, False, TakenBack(Way.LEAVE, "changed_since"), id="emptied since"),
        pytest.param(A, B, UNREAD, Takes.VALUE, False, TakenBack(Way.LEAVE, "unreadable"), id="unreadable"),
        pytest.param(A, B, A, Takes.VALUE, False, TakenBack(Way.SETTLE, "undone_already"), id="put back by staff"),
        pytest.param(A, B, A, Takes.VALUE, True, TakenBack(Way.LEAVE, "undone_already"), id="undone before"),
        pytest.param(BLANK, B, B, Takes.VALUE, False, TakenBack(Way.TASK, "clear_not_sent", "key"), id="blank, CP-20"),
        pytest.param(BLANK, B, B, Takes.VALUE_AND_CLEAR, False, TakenBack(Way.WRITE, "undo"), id="takes clears"),
        pytest.param(BLANK, B, BLANK, Takes.VALUE, False, TakenBack(Way.SETTLE, "undone_already"), id="emptied"),
        pytest.param(A, B, B, Takes.NOTHING, False, TakenBack(Way.TASK, "not_taken", "key"), id="switched off since"),
    ],
)  # fmt: skip
def test_each_row(before: Value, after: Value, now: Value, takes: Takes, settled: bool, expected: TakenBack) -> None:
    setting = "key" if expected.setting else None
    case = WrittenValue(before, after, now, takes, "text_if_allowed", setting, settled=settled)
    assert take_back(EMAIL, case, RULES) == expected


def test_a_name_that_its_api_refuses_is_left_to_staff() -> None:
    """A guest without a last name (vectors, N5): the older name cannot be sent while the newer one stands there."""
    case = WrittenValue(
        name("Aysel", None), name("Aysel", "Əliyeva"), name("Aysel", "Əliyeva"), Takes.VALUE, "first_last"
    )
    judged = take_back(NAME, case, RULES)
    assert judged.way is Way.TASK
    assert judged.reason not in ("", "undo")


def test_a_spelling_that_we_wrote_is_taken_back_once() -> None:
    """The same name in other letters is equal by its field and still another text."""
    upper, lower = name("AYSEL", "ƏLIYEVA"), name("Aysel", "Əliyeva")
    there = WrittenValue(upper, lower, lower, Takes.VALUE, "first_last")
    assert take_back(NAME, there, RULES).way is Way.WRITE
    back = WrittenValue(upper, lower, upper, Takes.VALUE, "first_last", settled=True)
    assert take_back(NAME, back, RULES) == TakenBack(Way.LEAVE, "undone_already")


emails = st.sampled_from([A, B, C, BLANK])


@given(emails, emails, st.one_of(emails, st.just(unknown("missing"))), st.sampled_from(Takes), st.booleans())
def test_nothing_is_overwritten_that_is_not_ours_and_no_blank_goes_unasked(
    before: Value, after: Value, now: Value, takes: Takes, settled: bool
) -> None:
    rules = CLEARS if takes is Takes.VALUE_AND_CLEAR else RULES
    case = WrittenValue(before, after, now, takes, "text_if_allowed", settled=settled)
    judged = take_back(EMAIL, case, rules)
    if judged.way in (Way.WRITE, Way.TASK):
        assert EMAIL.equal(now, after)
        assert not EMAIL.equal(now, before)
    if judged.way is Way.WRITE and before.is_blank:
        assert takes is Takes.VALUE_AND_CLEAR
    if judged.way is Way.WRITE:  # doing it leads to where nothing is left to do
        done = WrittenValue(before, after, before, takes, "text_if_allowed", settled=True)
        assert take_back(EMAIL, done, rules) == TakenBack(Way.LEAVE, "undone_already")
