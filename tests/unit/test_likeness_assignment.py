"""Who of several is the likeliest: best total evidence, whatever the order and whichever side is named first."""

from __future__ import annotations

import random
from itertools import permutations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connector.domain.assignment import likeliest
from connector.domain.match import Band, Evidence, Pair

Weights = dict[tuple[str, str], int]


def pairs(weights: Weights) -> list[Pair]:
    return [
        Pair(clopos, guest, Evidence(Band.REVIEW, "phone_held_by_several", (), strength))
        for (clopos, guest), strength in weights.items()
    ]


@pytest.mark.parametrize(
    ("weights", "expected"),
    [
        ({("1", "x"): 40}, {("1", "x")}),
        # Mother and daughter behind one number, both on both sides: each fits herself.
        (
            {("1", "x"): 70, ("1", "y"): 40, ("2", "x"): 40, ("2", "y"): 70},
            {("1", "x"), ("2", "y")},
        ),
        # The strongest pair alone would leave little for the other two: 60 + 55 beats 70 + 10.
        ({("1", "x"): 70, ("1", "y"): 60, ("2", "x"): 55, ("2", "y"): 10}, {("1", "y"), ("2", "x")}),
        # A double on one side: equal evidence is no answer.
        ({("1", "x"): 70, ("1", "y"): 70}, set()),
        # A double of the daughter: the mother is clear all the same.
        (
            {("1", "x"): 70, ("2", "x"): 40, ("2", "y"): 70, ("2", "z"): 70},
            {("1", "x")},
        ),
        ({("1", "x"): 70, ("1", "y"): 69}, {("1", "x")}),
        ({}, set()),
    ],
)
def test_the_best_total_counts(weights: Weights, expected: set[tuple[str, str]]) -> None:
    for some in (weights, dict(reversed(weights.items()))):
        assert likeliest(pairs(some)) == expected


def test_a_crowd_is_answered_by_mutual_first_choices() -> None:
    crowd = {(str(c), f"g{g}"): 30 for c in range(9) for g in range(9)}
    assert likeliest(pairs(crowd)) == set()
    crowd["3", "g4"] = 70
    assert likeliest(pairs(crowd)) == {("3", "g4")}
    crowd["3", "g5"] = 70
    assert likeliest(pairs(crowd)) == set()


WEIGHTS = st.dictionaries(
    st.tuples(st.sampled_from("1234"), st.sampled_from("wxyz")), st.sampled_from([10, 30, 40, 41, 70]), max_size=10
)


def brute(weights: Weights) -> set[tuple[str, str]]:
    """The pairs in all best assignments, by trying them all."""
    best, chosen = -1, list[set[tuple[str, str]]]()
    for guests in permutations("wxyz"):
        own = [ids for ids in zip("1234", guests, strict=True) if ids in weights]
        total = sum(weights[ids] for ids in own)
        if total > best:
            best, chosen = total, []
        if total == best:
            chosen.append(set(own))
    return set.intersection(*chosen) if chosen else set()


@settings(max_examples=200, deadline=None)
@given(WEIGHTS, st.randoms(use_true_random=False))
def test_it_is_the_intersection_of_all_best_assignments(weights: Weights, shuffle: random.Random) -> None:
    expected = brute(weights)
    assert likeliest(pairs(weights)) == expected
    mixed = list(weights.items())
    shuffle.shuffle(mixed)
    assert likeliest(pairs(dict(mixed))) == expected
    swapped = {(guest, clopos): strength for (clopos, guest), strength in weights.items()}
    assert {(clopos, guest) for guest, clopos in likeliest(pairs(swapped))} == expected


@settings(max_examples=100, deadline=None)
@given(
    st.dictionaries(st.tuples(st.integers(0, 12), st.integers(0, 12)), st.integers(1, 5), max_size=90),
    st.randoms(use_true_random=False),
)
def test_nobody_is_the_likeliest_of_two(numbers: dict[tuple[int, int], int], shuffle: random.Random) -> None:
    weights = {(str(clopos), f"g{guest}"): strength for (clopos, guest), strength in numbers.items()}
    best = likeliest(pairs(weights))
    assert len({clopos for clopos, _ in best}) == len(best) == len({guest for _, guest in best})
    mixed = list(weights.items())
    shuffle.shuffle(mixed)
    assert likeliest(pairs(dict(mixed))) == best
