"""Writes in doubt and answers that speak of a duplicate, as tables (clopos.md 3.3; checkandplace.md 5; CL-05, CL-06,
CL-09, CP-14, CP-19, CP-21)."""

from __future__ import annotations

import pytest

from connector.domain.codes import HoldCode
from connector.domain.doubt import (
    Found,
    Fresh,
    Next,
    Sight,
    checkandplace_create,
    checkandplace_known_id,
    checkandplace_refused,
    clopos_create,
    clopos_duplicate,
    sight,
    update,
)
from connector.domain.match import Band
from tests.unit.merge_letters import LETTERS, letter

OURS = Found("1", Band.SURE, ours=True)
SURE, SURE_2 = Found("2", Band.SURE), Found("3", Band.SURE)
REVIEW, APART = Found("4", Band.REVIEW), Found("5", Band.APART)
TAKEN = Found("6", Band.SURE, taken=True)

BY_BAND = [
    ([SURE], Next.LINK, "2", (), None),
    ([SURE, REVIEW, APART], Next.LINK, "2", (), None),
    ([SURE, SURE_2], Next.PROPOSAL, None, ("2", "3"), None),  # sure with two is review with them (L6)
    ([APART, REVIEW], Next.PROPOSAL, None, ("4",), None),
    ([APART], Next.HOLD, None, ("5",), HoldCode.PHONE_HELD),
    ([TAKEN], Next.HOLD, None, ("6",), HoldCode.PHONE_HELD),  # the number of somebody who has a partner already
    ([TAKEN, REVIEW], Next.PROPOSAL, None, ("4",), None),
    ([TAKEN, APART], Next.HOLD, None, ("5", "6"), HoldCode.PHONE_HELD),  # names every holder
]


@pytest.mark.parametrize(("found", "step", "record_id", "candidates", "code"), BY_BAND)
def test_others_are_judged_by_band(
    found: list[Found], step: Next, record_id: str | None, candidates: tuple[str, ...], code: HoldCode | None
) -> None:
    verdicts = [
        clopos_create(found),
        clopos_duplicate(found),
        checkandplace_refused(409, found),
        checkandplace_refused(422, found),
    ]
    verdicts += [clopos_create(found[::-1]), checkandplace_refused(422, found[::-1])]
    for verdict in verdicts:
        assert (verdict.next, verdict.record_id, verdict.candidates, verdict.code) == (
            step,
            record_id,
            candidates,
            code,
        )


@pytest.mark.parametrize("judge", [clopos_create, clopos_duplicate])
def test_our_cid_outranks_everything(judge: object) -> None:
    assert callable(judge)
    verdict = judge([SURE, APART, OURS])
    assert (verdict.next, verdict.record_id, verdict.why) == (Next.DONE, "1", "our_cid")
    rejected = judge([OURS], cid_rejected=True)
    assert (rejected.next, rejected.code, rejected.candidates) == (Next.HOLD, HoldCode.CID_USED, ("1",))
    taken = judge([Found("1", Band.SURE, ours=True, taken=True)])
    assert (taken.next, taken.code) == (Next.HOLD, HoldCode.CID_USED)
    twice = judge([OURS, Found("9", Band.SURE, ours=True)])
    assert (twice.next, twice.code, twice.candidates) == (Next.HOLD, HoldCode.IN_DOUBT, ("1", "9"))


def test_nobody_found() -> None:
    assert clopos_create([]).next is Next.SEND_AGAIN
    assert clopos_duplicate([]).code is HoldCode.DUPLICATE_NOT_VISIBLE
    assert checkandplace_refused(409, []).code is HoldCode.DUPLICATE_NOT_VISIBLE
    assert checkandplace_refused(422, []).code is HoldCode.REJECTED
    assert checkandplace_refused(400, []).code is HoldCode.REJECTED


def test_a_create_answered_with_a_known_id_is_that_record() -> None:
    assert checkandplace_known_id(SURE).next is Next.LINK
    assert checkandplace_known_id(REVIEW).next is Next.PROPOSAL
    assert checkandplace_known_id(TAKEN).code is HoldCode.PHONE_HELD


EQUAL, EQUAL_2 = Fresh("a", equal=True, shares_key=True), Fresh("b", equal=True)
ALIKE, OTHER = Fresh("c", equal=False, shares_key=True), Fresh("d", equal=False)


@pytest.mark.parametrize(
    ("fresh", "begun_after", "in_doubt", "accepted"),
    [
        ([EQUAL], [5], "done", "done"),  # seen: no need to wait
        ([OTHER, EQUAL], [60, 90], "done", "done"),
        ([EQUAL, ALIKE], [60, 90], "done", "done"),  # the other one is a double, told by the next scan
        ([EQUAL, EQUAL_2], [60, 90], "several_equal", "several_equal"),
        ([ALIKE], [60, 90], "alike_but_different", "alike_but_different"),
        ([], [], "wait", "wait"),
        ([], [59.9, 90], "wait", "wait"),  # the first listing may have begun before the server was done
        ([OTHER], [90], "wait", "wait"),
        ([], [60, 60], "send-again", "accepted_but_absent"),
        ([OTHER], [10, 61, 300], "send-again", "accepted_but_absent"),
    ],
)  # fmt: skip
def test_a_create_on_checkandplace(fresh: list[Fresh], begun_after: list[float], in_doubt: str, accepted: str) -> None:
    for is_accepted, expected in ((False, in_doubt), (True, accepted)):
        for records in (fresh, fresh[::-1]):
            verdict = checkandplace_create(records, begun_after, accepted=is_accepted)
            assert expected in (verdict.next.value, verdict.why)
            assert verdict.record_id == ("a" if verdict.next is Next.DONE else None)
            if verdict.next is Next.HOLD:
                assert verdict.code is HoldCode.IN_DOUBT
                assert verdict.question is not None
                assert verdict.question.endswith("?")


@pytest.mark.parametrize(
    ("sent", "before", "now", "seen"),
    [
        ("B", "A", "B", Sight.SENT),
        ("B", "A", "b", Sight.SENT),  # the server spells it in its own way
        ("B", "A", "A", Sight.BEFORE),
        ("B", "A", "a", Sight.BEFORE),
        ("B", "A", "C", Sight.THIRD),
        ("B", "A", "blank", Sight.THIRD),
        ("blank", "A", "blank", Sight.SENT),  # a clear
        ("blank", "A", "A", Sight.BEFORE),
        ("B", "blank", "blank", Sight.BEFORE),
        ("A", "a", "a", Sight.BEFORE),  # a new spelling that did not arrive
        ("A", "a", "A", Sight.SENT),
        ("B", "A", "unknown", Sight.UNREADABLE),
    ],
)
def test_sight(sent: str, before: str, now: str, seen: Sight) -> None:
    assert sight(LETTERS, letter(sent), letter(before), letter(now)) is seen


def test_an_update_is_judged_field_by_field() -> None:
    verdict = update({"phone": Sight.SENT, "name": Sight.THIRD, "email": Sight.BEFORE, "gender": Sight.UNREADABLE})
    assert (verdict.done, verdict.merge_anew) == (("phone",), ("name",))
    assert (verdict.send_again, verdict.wait) == (("email",), ("gender",))


@pytest.mark.parametrize("code", list(HoldCode))
def test_every_hold_has_a_sentence_and_a_next_step(code: HoldCode) -> None:
    assert code.sentence.endswith(".")
    assert code.next_step.endswith(".")
