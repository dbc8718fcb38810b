"""Doubles inside one side: the judgement as a table, the grouping by rules, the search on a real state."""

from __future__ import annotations

from pathlib import Path
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connector.domain.values import CHECKANDPLACE, CLOPOS, SideName
from connector.engine.context import Stores
from connector.engine.duplicates import CROWD, Doubles, Likely, Person, find_doubles, group, judge, pairs_of
from connector.state.core import Database
from connector.state.duplicates import DuplicateStore
from tests.engine.scene import AYSEL, AYSEL_GUEST, Scene, scene

PHONE = "same phone"
TABLE = [
    ("Aysel Məmmədova", "Mammadova Aysel", PHONE, True),  # spelling and order
    ("Aysel Məmmədova", "Aysel Məmmədowa", PHONE, True),  # one letter
    ("Aysel Məmmədova", "A. Məmmədova", PHONE, False),  # an initial
    ("Aysel Məmmədova", "", PHONE, False),  # entered with the number alone
    ("Aysel Məmmədova", "Orxan Məmmədov", PHONE, None),  # a couple
    ("Aysel Məmmədova", "Leyla Quliyeva", PHONE, None),  # the front desk
    ("Aysel Məmmədova", "Aysel Məmmədova", None, None),  # a name alone is nothing
]


@pytest.mark.parametrize(("one", "other", "shared", "expected"), TABLE)
def test_the_table_of_doubles(one: str, other: str, shared: str | None, expected: bool | None) -> None:
    found = judge(Person(1, one), Person(2, other), shared)
    assert (found.sure if found else None) is expected
    assert judge(Person(2, other), Person(1, one), shared) == found  # who comes first does not matter
    if found:
        assert found.facts[0] == PHONE


def test_birthdays_speak_for_and_against() -> None:
    aysel, twin = Person(1, "Aysel Məmmədova", "1990-01-02"), Person(2, "Aysel Məmmədova", "1990-01-03")
    assert judge(aysel, twin, PHONE) is None
    same = judge(aysel, Person(3, "Məmmədova Aysel", "1990-01-02"), None)
    assert same is not None
    assert (same.sure, same.facts[-1]) == (True, "same date of birth")
    assert judge(Person(1, "Aysel", "1990-01-02"), Person(2, "Aysel", "1990-01-02"), None) is None  # half a name
    weak = judge(Person(1, "A. Məmmədova", "1990-01-02"), Person(2, "Aysel Məmmədova", "1990-01-02"), PHONE)
    assert weak is not None
    assert weak.sure


def test_a_crowd_is_not_compared_with_itself() -> None:
    crowd = [Person(number, f"Guest {chr(65 + number % 26)}x") for number in range(CROWD * 10)]
    assert len(list(pairs_of(crowd))) < len(crowd)
    assert len(list(pairs_of(crowd[:CROWD]))) == CROWD * (CROWD - 1) // 2


PAIRS = st.lists(
    st.tuples(st.integers(1, 12), st.integers(1, 12), st.booleans()).filter(lambda pair: pair[0] != pair[1]),
    max_size=15,
).map(lambda pairs: [Likely((min(a, b), max(a, b)), sure, (f"fact {a % 3}",)) for a, b, sure in pairs])


@given(PAIRS, st.randoms(use_true_random=False))
def test_groups_do_not_depend_on_the_order_and_nobody_is_in_two(pairs: list[Likely], dice: Random) -> None:
    activity = {row: (row * 7 % 5, row * 3 % 4 * 1.5) for row in range(13)}
    groups = group(CLOPOS, pairs, activity)
    mixed = [*pairs]
    dice.shuffle(mixed)
    assert group(CLOPOS, mixed, activity) == groups
    members = [row for one in groups for row in one.rows]
    assert len(members) == len(set(members))
    assert set(members) == {row for pair in pairs for row in pair.rows}
    assert [one.activity for one in groups] == sorted((one.activity for one in groups), reverse=True)
    for one in groups:
        receipts = [activity[row] for row in one.rows]
        assert receipts == sorted(receipts, reverse=True)
        assert one.sure is False or len(one.rows) >= 2


def test_of_as_many_receipts_the_one_that_spent_more_is_kept() -> None:
    pairs = [Likely((1, 2), True, ("a",)), Likely((3, 4), True, ("b",))]
    activity = {1: (3, 10.0), 2: (3, 99.5), 3: (6, 0.0), 4: (0, 120.25)}
    groups = group(CLOPOS, pairs, activity)
    assert [(one.rows, one.activity, one.spent) for one in groups] == [((3, 4), 6, 120.25), ((2, 1), 6, 109.5)]


def test_a_weak_bridge_makes_the_whole_group_perhaps() -> None:
    sure, bridge = Likely((1, 2), True, ("a",)), Likely((2, 3), False, ("b",))
    assert [(one.rows, one.sure) for one in group(CLOPOS, [sure, bridge], {})] == [((1, 2, 3), False)]
    assert [one.sure for one in group(CLOPOS, [sure, bridge, Likely((1, 3), True, ())], {})] == [True]


def found(bench: Scene, side: SideName = CLOPOS) -> Doubles:
    database = Database(bench.engine, 1)
    with database.read() as connection:
        return find_doubles(Stores.of(database), DuplicateStore(database), connection, side)


async def test_the_search_on_a_real_state(tmp_path: Path) -> None:
    bench = scene(tmp_path)
    mail = {"email": "aysel@example.com"}
    bench.guest(clopos=mail, checkandplace=mail)
    bench.crowd(3)
    others = {**AYSEL, **mail}
    twin = bench.world.staff_create(
        "clopos", {**others, "name": "Mammadova Aysel", "phone": "+994502120001", "receipt_count": 40}, "aysel"
    )
    bench.world.staff_create("clopos", {**others, "name": "Orxan Məmmədov", "phone": "+994502120002"}, "husband")
    born = {"date_of_birth": "1985-05-05"}
    for phone in ("+994501110001", "+994501110002"):
        bench.world.staff_create("clopos", {"name": "Rauf Kərimli", "phone": phone, **born}, "rauf")
    bench.world.staff_create("clopos", {"name": "Rauf Kərimli", "phone": "+994501110003"}, "another rauf")
    await bench.start()
    doubles = found(bench)
    groups = {tuple(sorted(one.rows)): one for one in doubles.groups}
    aysel = tuple(sorted((bench.record_row(CLOPOS, bench.c), bench.record_row(CLOPOS, twin))))
    assert aysel in groups
    assert groups[aysel].facts[0] == "same e-mail"
    assert groups[aysel].activity == 40
    assert groups[aysel].rows[0] == bench.record_row(CLOPOS, twin)  # the one with the receipts is kept
    assert len(groups) == 2
    assert any(one.facts == ("same name", "same date of birth") for one in groups.values())
    assert doubles.shared_keys == 1
    assert found(bench, CHECKANDPLACE).groups == ()
    copy = bench.world.staff_create("checkandplace", {**AYSEL_GUEST, "first_name": "Aysəl"}, "aysel")
    await bench.run()
    (guests,) = found(bench, CHECKANDPLACE).groups
    assert set(guests.rows) == {bench.record_row(CHECKANDPLACE, one) for one in (copy, bench.p)}
    assert guests.facts[0] == PHONE
    bench.world.staff_delete("clopos", twin)
    await bench.quiet(2)
    assert len(found(bench).groups) == 1
