"""Unique phone numbers inside a plan: who may send one, in which order, and what is held."""

from __future__ import annotations

from collections import defaultdict

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connector.domain.codes import HoldCode
from connector.domain.uniqueness import Cause, Order, Wish, settle

HELD_BY = dict[str, list[str]]


def run(wishes: list[Wish], held_by: HELD_BY, shared: frozenset[str] = frozenset()) -> Order:
    return settle(wishes, lambda number: held_by.get(number, []), shared)


def update(record: str, number: str | None, *gives_up: str, task: bool = False) -> Wish:
    return Wish(f"u{record}", record, number, gives_up, task)


def create(source: str, number: str) -> Wish:
    return Wish(f"c{source}", None, number)


def causes(order: Order) -> dict[str, str]:
    return {held.key: held.cause.value for held in order.held}


@pytest.mark.parametrize(
    ("wishes", "held_by", "order", "held"),
    [
        # A free number, and a number that the record holds itself (as its second one).
        ([create("1", "N")], {}, ["c1"], {}),
        ([update("a", "N", "M")], {"M": ["a"], "N": ["a"]}, ["ua"], {}),
        # A relative holds it and keeps it.
        ([create("1", "N")], {"N": ["a", "b"]}, [], {"c1": "held"}),
        ([update("a", "N", "M")], {"M": ["a"], "N": ["b"]}, [], {"ua": "held"}),
        # The holder takes another number in the same plan: first.
        ([update("a", "N", "M"), update("b", "O", "N")], {"M": ["a"], "N": ["b"]}, ["ub", "ua"], {}),
        ([create("1", "N"), update("b", None, "N")], {"N": ["b"]}, ["ub", "c1"], {}),
        # One of two holders keeps it.
        ([create("1", "N"), update("b", None, "N")], {"N": ["b", "c"]}, ["ub"], {"c1": "held"}),
        # A chain a <- b <- c, and the same with a held end: nobody gets a number.
        (
            [update("a", "2", "1"), update("b", "3", "2"), update("c", "4", "3")],
            {"1": ["a"], "2": ["b"], "3": ["c"]},
            ["uc", "ub", "ua"],
            {},
        ),
        (
            [update("a", "2", "1"), update("b", "3", "2"), update("c", "4", "3")],
            {"1": ["a"], "2": ["b"], "3": ["c"], "4": ["z"]},
            [],
            {"ua": "held", "ub": "held", "uc": "held"},
        ),
        # Two guests swap their numbers, and a third waits for one of them.
        ([update("a", "2", "1"), update("b", "1", "2")], {"1": ["a"], "2": ["b"]}, [], {"ua": "cycle", "ub": "cycle"}),
        # Two operations send one number: neither goes.
        (
            [create("1", "N"), update("a", "N", "M"), create("2", "O")],
            {"M": ["a"]},
            ["c2"],
            {"c1": "sent-twice", "ua": "sent-twice"},
        ),
        # A task frees a number for other tasks, never for an operation of this run.
        ([create("1", "N"), update("b", None, "N", task=True)], {"N": ["b"]}, ["ub"], {"c1": "held"}),
        ([update("a", "N", "M", task=True), update("b", "O", "N", task=True)], {"N": ["b"]}, ["ub", "ua"], {}),
    ],
)  # fmt: skip
def test_table(wishes: list[Wish], held_by: HELD_BY, order: list[str], held: dict[str, str]) -> None:
    settled = run(wishes, held_by)
    assert list(settled.order) == order
    assert causes(settled) == held
    assert causes(run(wishes[::-1], held_by)) == held
    assert all(hold.code is HoldCode.PHONE_HELD for hold in settled.held)


def test_a_hold_names_every_holder_and_every_rival() -> None:
    (held,) = run([create("1", "N")], {"N": ["b", "a", "b"]}).held
    assert (held.holders, held.rivals, held.number) == (("a", "b"), (), "N")
    first, second = run([create("1", "N"), create("2", "N")], {"N": ["b"]}).held
    assert (first.rivals, second.rivals) == (("c2",), ("c1",))
    assert first.holders == ("b",)


def test_a_number_shared_on_the_source_side_creates_nobody() -> None:
    settled = run([create("1", "N"), create("2", "N"), create("3", "M")], {}, frozenset({"N"}))
    assert [(held.key, held.code) for held in settled.held] == [
        ("c1", HoldCode.SHARED_NUMBER),
        ("c2", HoldCode.SHARED_NUMBER),
    ]
    assert settled.order == ("c3",)


def test_a_linked_record_may_take_a_shared_number() -> None:
    settled = run([create("1", "N"), update("a", "N", "M")], {"M": ["a"]}, frozenset({"N"}))
    assert settled.order == ("ua",)
    assert causes(settled) == {"c1": Cause.SHARED.value}


def test_what_must_have_succeeded_first_is_told() -> None:
    settled = run([create("1", "N"), update("b", "O", "N"), update("c", None, "N")], {"N": ["b", "c"]})
    assert settled.order == ("ub", "uc", "c1")
    assert settled.after == {"c1": ("ub", "uc")}


@st.composite
def plans(draw: st.DrawFn) -> tuple[list[Wish], HELD_BY]:
    """Records with one number each (two may share one), each perhaps with a wish, and some creates."""
    numbers = st.sampled_from("123456")
    held_by: HELD_BY = defaultdict(list)
    wishes = []
    for record in "abcde"[: draw(st.integers(0, 5))]:
        now = draw(numbers)
        held_by[now].append(record)
        then = draw(st.sampled_from([None, *(number for number in "123456" if number != now)]))
        if draw(st.booleans()):
            wishes.append(update(record, then, now, task=draw(st.booleans())))
    wishes += [create(source, draw(numbers)) for source in "xyz"[: draw(st.integers(0, 3))]]
    return draw(st.permutations(wishes)), held_by


@settings(max_examples=400)
@given(plans(), st.frozensets(st.sampled_from("12")), st.randoms(use_true_random=False))
def test_no_number_is_ever_held_twice(
    plan: tuple[list[Wish], HELD_BY], shared: frozenset[str], shuffle: object
) -> None:
    wishes, held_by = plan
    settled = run(wishes, held_by, shared)
    by_key = {wish.key: wish for wish in wishes}
    assert sorted([*settled.order, *causes(settled)]) == sorted(by_key)  # everybody is told, once

    now = {number: set(records) for number, records in held_by.items()}
    for key in settled.order:
        wish = by_key[key]
        record = wish.record_id or key
        if wish.number is not None:
            assert now.get(wish.number, set()) <= {record}, "sent while another record holds it"
            assert set(settled.after.get(key, ())) <= set(settled.order[: settled.order.index(key)])
        for number in wish.gives_up:
            now[number].discard(record)
        if wish.number is not None:
            now.setdefault(wish.number, set()).add(record)


@settings(max_examples=200)
@given(plans(), st.data())
def test_who_is_held_does_not_depend_on_the_order(plan: tuple[list[Wish], HELD_BY], data: st.DataObject) -> None:
    wishes, held_by = plan
    again = data.draw(st.permutations(wishes))
    assert causes(run(again, held_by)) == causes(run(wishes, held_by))
    assert set(run(again, held_by).order) == set(run(wishes, held_by).order)


def test_cost_is_linear() -> None:
    """20,000 guests in one chain, given in the worst order: looked up a bounded number of times each."""
    asked = 0

    def holders(number: str) -> list[str]:
        nonlocal asked
        asked += 1
        return [number] if int(number) < 20_000 else []

    wishes = [Wish(f"u{n}", str(n), str(n + 1), (str(n),)) for n in range(20_000)]
    settled = settle(wishes, holders)
    assert settled.order[0] == "u19999"
    assert len(settled.order) == 20_000
    assert asked <= 3 * len(wishes)
