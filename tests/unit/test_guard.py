"""The guard's arithmetic: each threshold from both sides, its words, and what an approval waives."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connector.domain.guard import BACKFILL_APPROVAL, Code, GuardFacts, GuardLimits, SideFacts, judge
from connector.domain.values import CHECKANDPLACE, CLOPOS

LIMITS = GuardLimits()
CALM = SideFacts(CLOPOS, records=1000, size=1000, last_size=1000, linked=800)


def facts(
    side: SideFacts = CALM, links: int = 1000, backfill: bool = True, approved: frozenset[Code] = frozenset()
) -> GuardFacts:
    return GuardFacts(links, (side,), backfill, approved)


def codes(what: GuardFacts, limits: GuardLimits = LIMITS) -> list[str]:
    return [refusal.code.value for refusal in judge(what, limits).refusals]


@pytest.mark.parametrize(
    ("updates", "links", "refused"),
    [
        (50, 10, False),  # a small pair: the count is not passed
        (51, 10, True),
        (200, 1000, False),  # exactly 20 %
        (201, 1000, True),
        (51, 1000, False),  # many, but a small share
        (51, 0, True),  # a share of nothing is beyond every percentage
    ],
)
def test_updates(updates: int, links: int, refused: bool) -> None:
    assert codes(facts(replace(CALM, updates=updates), links)) == (["too-many-updates"] if refused else [])


@pytest.mark.parametrize(
    ("creates", "records", "refused"),
    [(50, 0, False), (51, 0, True), (100, 1000, False), (101, 1000, True), (51, 1000, False)],
)
def test_creates(creates: int, records: int, refused: bool) -> None:
    assert codes(facts(replace(CALM, records=records, creates=creates))) == (["too-many-creates"] if refused else [])


@pytest.mark.parametrize(
    ("size", "last", "refused"),
    [
        (900, 1000, []),  # exactly 10 %
        (899, 1000, ["side-shrank"]),
        (80, 100, []),  # 20 fewer: not more than 20
        (79, 100, ["side-shrank"]),
        (1500, 1000, []),  # grown, exactly 50 %
        (1501, 1000, ["side-grew"]),
        (150, 50, []),  # 100 more: not more than 100
        (151, 50, ["side-grew"]),
        (None, 1000, []),  # a quick run proves no absence
        (500, None, []),  # nothing to compare with
        (0, 1, ["side-empty"]),
        (0, 5000, ["side-empty"]),  # one reason, not two
        (0, 0, []),  # was empty before
    ],
)
def test_size_of_a_side(size: int | None, last: int | None, refused: list[str]) -> None:
    assert codes(facts(replace(CALM, size=size, last_size=last, linked=0))) == refused


def test_a_side_never_seen_with_anybody_may_be_empty() -> None:
    """A new store: the operator confirms the counts before the first backfill."""
    assert codes(facts(SideFacts(CHECKANDPLACE, records=0, size=0))) == []


def test_an_empty_side_that_has_links_is_refused_without_an_earlier_scan() -> None:
    (refusal,) = judge(facts(SideFacts(CHECKANDPLACE, records=5, size=0, linked=3)), LIMITS).refusals
    assert refusal.code is Code.SIDE_EMPTY
    assert "fewer than the 3 known before" in refusal.sentence


def test_what_the_connector_made_is_no_growth() -> None:
    grown = replace(CALM, size=1900, made=450)
    assert codes(facts(grown)) == []
    assert codes(facts(replace(grown, made=300))) == ["side-grew"]


def test_before_the_first_backfill_a_side_may_grow() -> None:
    assert codes(facts(replace(CALM, size=5000), backfill=False)) == ["no-backfill"]


@pytest.mark.parametrize(
    ("oldest", "missing", "named", "refused"),
    [
        (10, 5, (), []),  # half of them
        (10, 6, (), ["landmark-missing"]),
        (3, 3, (), []),  # too few to say anything
        (4, 3, (), ["landmark-missing"]),
        (0, 0, ("4101",), ["landmark-missing"]),
    ],
)
def test_landmarks(oldest: int, missing: int, named: tuple[str, ...], refused: list[str]) -> None:
    side = replace(CALM, landmarks=oldest, landmarks_missing=missing, named_missing=named)
    assert codes(facts(side), replace(LIMITS, missing_percent=100)) == refused
    assert codes(facts(replace(side, size=None)), replace(LIMITS, missing_percent=100)) == []


@pytest.mark.parametrize(
    ("changed", "updates", "creates", "refused"),
    [
        ((), 30, 30, []),
        (("mapping",), 5, 5, []),
        (("mapping",), 6, 5, ["settings-changed"]),
        (("mapping", "clopos.client_secret"), 0, 11, ["settings-changed"]),
    ],
)
def test_the_first_plan_after_a_change_of_settings_is_small(
    changed: tuple[str, ...], updates: int, creates: int, refused: list[str]
) -> None:
    what = replace(facts(replace(CALM, updates=updates, creates=creates)), changed=changed)
    assert codes(what) == refused
    assert codes(replace(what, approved=BACKFILL_APPROVAL)) == []


@pytest.mark.parametrize(
    ("linked", "missing", "refused"), [(100, 90, False), (100, 91, True), (1, 1, True), (0, 0, False), (10, 9, False)]
)
def test_another_store(linked: int, missing: int, refused: bool) -> None:
    by_scan = replace(CALM, linked=linked, linked_missing=missing)
    assert codes(facts(by_scan)) == (["another-store"] if refused else [])


def test_without_a_backfill_nothing_is_written() -> None:
    assert codes(facts(backfill=False)) == ["no-backfill"]


def test_a_sentence_tells_share_threshold_counts_and_what_to_do() -> None:
    (refusal,) = judge(facts(replace(CALM, updates=612), links=1950), LIMITS).refusals
    assert "Clopos would get 612 updates, 31.4 % of the 1950 links" in refusal.sentence
    assert "20 % and 50" in refusal.sentence
    assert "connector diff" in refusal.sentence
    assert refusal.numbers == {"part": 612, "whole": 1950, "limit_percent": 20, "limit_count": 50}
    assert refusal.side is CLOPOS


def test_every_code_has_a_sentence_with_a_number_and_a_next_step() -> None:
    worst = SideFacts(CLOPOS, 0, updates=99, creates=99, size=1, last_size=99, linked=9, linked_missing=9)
    empty = SideFacts(CHECKANDPLACE, 0, size=0, last_size=5)
    refusals = judge(GuardFacts(9, (worst, empty), backfill_finished=False), LIMITS).refusals
    grown = SideFacts(CLOPOS, 0, updates=99, size=999, last_size=9, named_missing=("4101",))
    refusals += judge(GuardFacts(9, (grown,), backfill_finished=True, changed=("mapping",)), LIMITS).refusals
    assert {refusal.code for refusal in refusals} == set(Code)
    for refusal in refusals:
        assert any(letter.isdigit() for letter in refusal.sentence) or refusal.code is Code.NO_BACKFILL
        assert any(word in refusal.sentence for word in ("`connector", "back office"))


def test_every_reason_is_named_for_every_side() -> None:
    wild = (replace(CALM, updates=999, creates=999), replace(CALM, side=CHECKANDPLACE, updates=999))
    refusals = judge(GuardFacts(10, wild, backfill_finished=True), LIMITS).refusals
    assert [(refusal.code, refusal.side) for refusal in refusals] == [
        (Code.TOO_MANY_UPDATES, CLOPOS),
        (Code.TOO_MANY_UPDATES, CHECKANDPLACE),
        (Code.TOO_MANY_CREATES, CLOPOS),
    ]


def test_an_approval_waives_its_codes_and_no_others() -> None:
    wild = replace(CALM, creates=999, linked=10, linked_missing=10)
    verdict = judge(facts(wild, backfill=False, approved=BACKFILL_APPROVAL), LIMITS)
    assert [refusal.code for refusal in verdict.refusals] == [Code.ANOTHER_STORE]
    assert [refusal.code for refusal in verdict.waived] == [Code.TOO_MANY_CREATES, Code.NO_BACKFILL]
    assert not verdict.ok


def test_limits_are_configurable() -> None:
    strict = GuardLimits(updates_percent=0.5, updates_count=0)
    assert codes(facts(replace(CALM, updates=5)), strict) == []
    assert codes(facts(replace(CALM, updates=6)), strict) == ["too-many-updates"]


@given(st.integers(0, 500), st.integers(0, 500), st.integers(0, 2000), st.integers(0, 2000))
def test_more_change_is_never_safer(updates: int, creates: int, links: int, records: int) -> None:
    some = replace(CALM, records=records, updates=updates, creates=creates)
    more = replace(some, updates=updates + 1, creates=creates + 1)
    assert set(codes(facts(some, links))) <= set(codes(facts(more, links)))
