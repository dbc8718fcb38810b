"""Rules of linking that hold in every world: order never matters, nobody is surely two people."""

from __future__ import annotations

import random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connector.domain.match import DERIVED_CID, Band, Evidence, Pair, assign, compatible_names, judge_once
from connector.domain.values import BLANK, CHECKANDPLACE, CLOPOS, Customer, KeyKind, Value, known, unknown
from tests.unit.match_world import World, read_checkandplace, read_clopos

GIVEN = st.sampled_from(["Aysel", "Nərmin", "Elçin", "Xanım", None])
FAMILY = st.sampled_from(["Məmmədova", "Quliyev", "van Dorp", None])
NUMBERS = st.sampled_from(["+994502345678", "+994552345678", "050 234 56 78", "12", None])
EMAILS = st.sampled_from(["a@example.com", "A@Example.com", "b@example.com", "yoxdur", None])
CIDS = st.sampled_from(["x", "c78b7bd2-2bb0-5bcb-8c18-a71576677c6a", "C78B7BD2-2BB0-5BCB-8C18-A71576677C6A"])
ANONYM = st.sampled_from([False, False, False, True])
GUEST_IDS = ["1f0c7d2a-6f0b-4b58-8f0d-5a9c1c2e7b01", "g2", "g3", "g4"]


@st.composite
def worlds(draw: st.DrawFn) -> World:
    clopos = [
        {
            "id": number, "cid": draw(CIDS), "name": " ".join(filter(None, (draw(GIVEN), draw(FAMILY)))),
            "phone": draw(NUMBERS), "phones": [draw(NUMBERS)], "email": draw(EMAILS),
        }
        for number in range(draw(st.integers(0, 4)))
    ]  # fmt: skip
    checkandplace = [
        {
            "id": guest, "first_name": draw(GIVEN), "last_name": draw(FAMILY), "primary_phone_number": draw(NUMBERS),
            "country_code": None, "email": draw(EMAILS), "is_anonym": draw(ANONYM),
        }
        for guest in GUEST_IDS[: draw(st.integers(0, 4))]
    ]  # fmt: skip
    return World([read_clopos(row, "AZ") for row in clopos], [read_checkandplace(row, "AZ") for row in checkandplace])


@settings(max_examples=300)
@given(worlds(), st.randoms(use_true_random=False), st.integers(0, 3))
def test_order_never_matters_and_nobody_is_two_people(world: World, shuffle: random.Random, links: int) -> None:
    pairs = world.pairs()
    linked = [(pair.clopos_id, pair.checkandplace_id) for pair in pairs[:: links + 1]][:links]
    assigned = assign(pairs, linked)
    mixed = [*pairs, *pairs[:2]]
    shuffle.shuffle(mixed)
    assert assign(mixed, linked[::-1]) == assigned

    sure = [pair for pair in assigned if pair.evidence.band is Band.SURE]
    assert len({pair.clopos_id for pair in sure} | {c for c, _ in linked}) == len(sure) + len({c for c, _ in linked})
    assert len({pair.checkandplace_id for pair in sure}) == len(sure)
    assert not {pair.checkandplace_id for pair in sure} & {guest for _, guest in linked}
    assert not {(pair.clopos_id, pair.checkandplace_id) for pair in assigned} & set(linked)
    judged = {(pair.clopos_id, pair.checkandplace_id): pair.evidence for pair in pairs}
    for pair in assigned:  # assigning only ever doubts
        before = judged[pair.clopos_id, pair.checkandplace_id]
        assert before.band is not Band.APART
        assert pair.evidence == before or (before.band, pair.evidence.band) == (Band.SURE, Band.REVIEW)


@settings(max_examples=200)
@given(worlds())
def test_evidence_carries_no_guest_data(world: World) -> None:
    for pair in world.pairs():
        told = " ".join((pair.evidence.why, *pair.evidence.facts)).casefold()
        assert not any(word in told for word in ("aysel", "quliyev", "994", "2345678", "@"))


@settings(max_examples=200)
@given(worlds())
def test_a_name_alone_is_nothing(world: World) -> None:
    for clopos in world.records[CLOPOS]:
        for checkandplace in world.records[CHECKANDPLACE]:
            evidence = world.judge(clopos, checkandplace)
            shared = {key.kind for key in set(clopos.keys) & set(checkandplace.keys)}
            if evidence.band is not Band.APART and evidence.why != DERIVED_CID:
                assert shared & {KeyKind.PHONE, KeyKind.EMAIL}


def pair(clopos: str, guest: str, why: str = "phone_and_name", band: Band = Band.SURE) -> Pair:
    return Pair(clopos, guest, Evidence(band, why))


@pytest.mark.parametrize(
    ("pairs", "linked", "expected"),
    [
        ([pair("1", "x")], [], {("1", "x"): "phone_and_name"}),
        ([pair("1", "x"), pair("1", "y")], [], {("1", "x"): "two_sure_partners", ("1", "y"): "two_sure_partners"}),
        # A chain: all three are review, whichever would be taken first.
        (
            [pair("1", "x"), pair("1", "y"), pair("2", "y")],
            [],
            dict.fromkeys([("1", "x"), ("1", "y"), ("2", "y")], "two_sure_partners"),
        ),
        # The derived cid outranks, on either side of the pair.
        ([pair("1", "x", DERIVED_CID), pair("1", "y")], [], {("1", "x"): DERIVED_CID, ("1", "y"): "two_sure_partners"}),
        ([pair("1", "x", DERIVED_CID), pair("2", "x")], [], {("1", "x"): DERIVED_CID, ("2", "x"): "two_sure_partners"}),
        # Two Clopos records with one derived cid (CL-46: told apart by case): neither is sure.
        (
            [pair("1", "x", DERIVED_CID), pair("2", "x", DERIVED_CID)],
            [],
            dict.fromkeys([("1", "x"), ("2", "x")], "two_sure_partners"),
        ),
        # Links that exist outrank all and are not judged again.
        ([pair("1", "x"), pair("1", "y")], [("1", "x")], {("1", "y"): "linked_already"}),
        ([pair("1", "y", DERIVED_CID)], [("1", "x")], {("1", "y"): "linked_already"}),
        # Found by phone and by e-mail: one pair, the stronger evidence.
        (
            [pair("1", "x", "phone_but_name_differs", Band.REVIEW), pair("1", "x", "email_and_name")],
            [],
            {("1", "x"): "email_and_name"},
        ),
        ([pair("1", "x", "nothing_shared", Band.APART)], [], {}),
    ],
)
def test_assign(pairs: list[Pair], linked: list[tuple[str, str]], expected: dict[tuple[str, str], str]) -> None:
    for some in (pairs, pairs[::-1]):
        assigned = assign(some, linked)
        assert {(p.clopos_id, p.checkandplace_id): p.evidence.why for p in assigned} == expected


def checkandplace_name(first: str | None, last: str | None) -> Value:
    return known({"text": " ".join(filter(None, (first, last))), "first": first, "last": last})


@pytest.mark.parametrize(
    ("clopos", "first", "last", "compatible"),
    [
        ("Aysel", "Aysel", "Məmmədova", True),
        ("xanım Aysel", "Aysel", None, True),
        ("Xanım", "Xanım", None, False),  # nothing is left of either
        ("Aysel", None, "Aysel Məmmədova", False),  # Check&Place stores no given name
        ("Məmmədova Aysel Elçin qızı", "Aysel", None, True),  # the given name by N2, not the first word
        ("Aysel Nərmin", "Aysel", "Aysel", False),
        ("Əli Əli", "Əli", None, True),
    ],
)
def test_compatible_names(clopos: str, first: str | None, last: str | None, compatible: bool) -> None:
    assert compatible_names(known({"text": clopos}), checkandplace_name(first, last)) is compatible


@pytest.mark.parametrize("nothing", [BLANK, unknown("not_text")])
def test_a_missing_name_is_compatible_with_none(nothing: Value) -> None:
    aysel = known({"text": "Aysel"})
    assert not compatible_names(nothing, checkandplace_name("Aysel", None))
    assert not compatible_names(aysel, nothing)
    assert not compatible_names(nothing, nothing)


def test_facts_are_told_in_words() -> None:
    row: dict[str, Any] = {
        "id": 1,
        "cid": None,
        "name": "Məmmədova",
        "phone": "+994502345678",
        "phones": [],
        "email": "a@example.com",
    }
    guest = {"id": "g", "first_name": "Aysel", "last_name": "Məmmədova", "primary_phone_number": "994502345678",
             "country_code": None, "email": "a@example.com"}  # fmt: skip
    clopos = [read_clopos({**row, "id": number}, "AZ") for number in (1, 2)]
    world = World(clopos, [read_checkandplace(guest, "AZ")])
    facts = world.judge(clopos[0], world.records[CHECKANDPLACE][0]).facts
    assert facts == (
        "same phone",
        "phone held by 2 Clopos records",
        "same e-mail",
        "e-mail held by 2 Clopos records",
        "given name missing",
        "same family name only",
    )


def test_a_field_that_a_side_lacks_is_no_evidence() -> None:
    empty = World([Customer(CLOPOS, "1", {})], [Customer(CHECKANDPLACE, "g", {})])
    assert [p.evidence for p in empty.pairs()] == [Evidence(Band.APART, "nothing_shared", ("name missing",))]


@pytest.mark.parametrize(
    ("clopos", "first", "last", "strength", "words"),
    [
        ("Leyla Babayeva", "Leyla", "Babayeva", 60, ("phones differ", "name keys equal")),
        ("Leyla Babayeva", "Leila", "Babayeva", 59, ("phones differ", "same name in another spelling")),
        ("Leyla Babayeva", "Leyla", "Quliyeva", 38, ("phones differ", "same given name only")),
        ("Leyla Babayeva", "Leyla", None, 59, ("phones differ", "one name within the other")),
        ("Leyla Babayeva", None, None, 20, ("phones differ", "name missing")),
        ("Leyla Babayeva", "Aysel", "Babayeva", None, ()),
        ("Leyla Babayeva", "Kamran", "Orucov", None, ()),
        ("Elçin Rəşid oğlu", "Elçin", "Vaqif oğlu", None, ()),
    ],
)
def test_what_shared_a_number_before_is_for_staff_unless_the_names_are_two_peoples(
    clopos: str, first: str | None, last: str | None, strength: int | None, words: tuple[str, ...]
) -> None:
    row: dict[str, Any] = {"id": 1, "cid": None, "name": clopos, "phone": "+994502345678", "phones": [], "email": None}
    guest = {"id": "g", "first_name": first, "last_name": last, "primary_phone_number": "994552345678",
             "country_code": None, "email": None}  # fmt: skip
    world = World([read_clopos(row, "AZ")], [read_checkandplace(guest, "AZ")])
    one, other = world.records[CLOPOS][0], world.records[CHECKANDPLACE][0]
    nothing = world.judge(one, other)
    assert (nothing.band, nothing.why) == (Band.APART, "nothing_shared")
    evidence = judge_once(one, other, nothing)
    if strength is None:
        assert evidence == nothing
    else:
        assert (evidence.band, evidence.why, evidence.strength) == (Band.REVIEW, "once_shared", strength)
        assert evidence.facts == ("same phone or e-mail before", *words)


@settings(max_examples=200)
@given(worlds())
def test_what_was_shared_before_changes_no_other_evidence(world: World) -> None:
    for pair in world.pairs():
        one = next(c for c in world.records[CLOPOS] if c.id == pair.clopos_id)
        other = next(c for c in world.records[CHECKANDPLACE] if c.id == pair.checkandplace_id)
        once = judge_once(one, other, pair.evidence)
        assert once == pair.evidence or (pair.evidence.why, once.band) == ("nothing_shared", Band.REVIEW)
