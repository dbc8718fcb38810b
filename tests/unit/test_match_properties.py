"""Laws of linking over whole worlds: neither the order of records nor the naming of the sides changes who is who."""

from __future__ import annotations

import random
from collections.abc import Sequence

from hypothesis import given, settings
from hypothesis import strategies as st

from connector.domain.assignment import likeliest
from connector.domain.match import Band, Pair, assign
from connector.domain.names import key
from connector.domain.values import BLANK, CHECKANDPLACE, CLOPOS, Customer, Key, KeyKind, SideName, Traits, Value, known
from tests.unit.match_world import World

# Words whose split by N2 is what Check&Place stores: only then have both sides the same given name to compare.
GIVEN = ["Aysel", "Aytən", "Elçin", "Elchin", "Айсел", "E."]
FAMILY = ["Məmmədova", "Mammadova", "Quliyev", None]
Person = tuple[str, str | None, tuple[str, ...], str | None, bool]
PEOPLE = st.lists(
    st.tuples(
        st.sampled_from([*GIVEN, ""]), st.sampled_from(FAMILY),
        st.lists(st.sampled_from(["+994501", "+994502", "+994503"]), max_size=2).map(tuple),
        st.sampled_from(["a@b.c", "d@e.f", None]), st.sampled_from([False] * 9 + [True]),
    ),
    max_size=5,
)  # fmt: skip


def customer(side: SideName, number: int, person: Person) -> Customer:
    """A record; both sides spell a name the same way, so that they can change places."""
    first, last, phones, email, anonym = person
    text = " ".join(part for part in (first, last) if part)
    name: Value = known({"text": text, "first": first or None, "last": last}) if text else BLANK
    keys = [*(Key(KeyKind.PHONE, phone) for phone in phones), *([Key(KeyKind.EMAIL, email)] if email else [])]
    if text:
        keys.append(Key(KeyKind.NAME, key(text)))
    return Customer(side, f"{number}", {"name": name}, keys, Traits(anonym=anonym))


def assigned(clopos: Sequence[Person], guests: Sequence[Person]) -> list[Pair]:
    world = World(
        [customer(CLOPOS, number, person) for number, person in enumerate(clopos)],
        [customer(CHECKANDPLACE, number, person) for number, person in enumerate(guests)],
    )
    return assign(world.pairs())


@settings(max_examples=300, deadline=None)
@given(PEOPLE, PEOPLE)
def test_the_sides_may_change_places(clopos: list[Person], guests: list[Person]) -> None:
    there = {(p.clopos_id, p.checkandplace_id): (p.evidence.band, p.evidence.why, p.evidence.strength)
             for p in assigned(clopos, guests)}  # fmt: skip
    back = {(p.checkandplace_id, p.clopos_id): (p.evidence.band, p.evidence.why, p.evidence.strength)
            for p in assigned(guests, clopos)}  # fmt: skip
    assert there == back


@settings(max_examples=200, deadline=None)
@given(PEOPLE, PEOPLE, st.randoms(use_true_random=False))
def test_who_came_first_does_not_matter(clopos: list[Person], guests: list[Person], shuffle: random.Random) -> None:
    places = [list(range(len(side))) for side in (clopos, guests)]
    for order in places:
        shuffle.shuffle(order)
    mixed = assigned([clopos[place] for place in places[0]], [guests[place] for place in places[1]])
    found = {(str(places[0][int(p.clopos_id)]), str(places[1][int(p.checkandplace_id)])): p.evidence for p in mixed}
    plain = assigned(clopos, guests)
    assert found == {(p.clopos_id, p.checkandplace_id): p.evidence for p in plain}

    def best(pairs: list[Pair]) -> set[tuple[str, str]]:
        return likeliest(pair for pair in pairs if pair.evidence.band is Band.REVIEW)

    assert {(str(places[0][int(c)]), str(places[1][int(g)])) for c, g in best(mixed)} == best(plain)


@settings(max_examples=200, deadline=None)
@given(PEOPLE, PEOPLE)
def test_strength_only_orders_inside_a_band(clopos: list[Person], guests: list[Person]) -> None:
    """Whatever the strength, a pair is sure only by a reason of the table, and anonymous people are nobody."""
    for pair in assigned(clopos, guests):
        assert 0 <= pair.evidence.strength <= 100
        assert (pair.evidence.band is Band.SURE) == (pair.evidence.why in ("phone_and_name", "email_and_name"))
        assert not clopos[int(pair.clopos_id)][4]
        assert not guests[int(pair.checkandplace_id)][4]
