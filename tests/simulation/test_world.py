"""The world: both sides of a seeded population, its truth, and what staff do."""

from __future__ import annotations

from typing import Any

import pytest

from connector.simulator.kit import SimClock
from connector.simulator.people import CHECKANDPLACE, CLOPOS
from connector.simulator.world import World


def make(seed: int = 7, **changes: Any) -> World:
    return World(seed, limits=False, clock=SimClock(1_795_000_000, 0), **changes)


@pytest.mark.parametrize(("clopos", "checkandplace", "shared"), [(150, 150, 90), (60, 60, 36), (5, 3, 2), (10, 10, 10)])
def test_each_side_has_exactly_the_asked_records(clopos: int, checkandplace: int, shared: int) -> None:
    world = make(clopos=clopos, checkandplace=checkandplace, shared=shared)
    assert (len(world.clopos.customers), len(world.checkandplace.customers)) == (clopos, checkandplace)
    people: dict[str, set[str | None]] = {CLOPOS: set(), CHECKANDPLACE: set()}
    for (side, _), who in world.labels().items():
        people[side].add(who)
    assert len(people[CLOPOS] & people[CHECKANDPLACE]) == shared


def test_more_shared_people_than_records_is_refused() -> None:
    with pytest.raises(ValueError, match="cannot be on both sides"):
        make(clopos=3, checkandplace=9, shared=4)


def test_the_same_seed_gives_the_same_world() -> None:
    one, other = make(), make()
    assert one.clopos.dump() == other.clopos.dump()
    assert list(one.checkandplace.customers) == list(other.checkandplace.customers)
    assert one.labels() == other.labels()
    assert make(8).labels() != one.labels()


def test_limits_may_be_off_and_settings_go_to_their_side() -> None:
    world = World(1, 5, 5, 2, {"CL-03": "ignored", "CP-01": "data", "clopos.list_shape": "bare_array"})
    words = world.switchboard.words()
    assert words[CLOPOS]["customers_sort"] == "ignored"
    assert words[CLOPOS]["list_shape"] == "bare_array"
    assert words[CHECKANDPLACE]["list_shape"] == "data"
    assert words[CLOPOS]["rate_limit"] == "on"
    assert world.credentials[CLOPOS]["read_venues"] == [1]
    world.set("CL-09", "venue")
    assert world.credentials[CLOPOS]["read_venues"] == [1, 2]
    assert make().switchboard.words()[CLOPOS]["rate_limit"] == "off"


def test_must_link_names_one_person_held_once_on_each_side() -> None:
    world = make()
    labels = world.labels()
    pairs = world.must_link()
    assert 40 < len(pairs) < 90
    assert len({left for left, _ in pairs}) == len({right for _, right in pairs}) == len(pairs)
    for left, right in pairs:
        one, other = world.truth[CLOPOS, left], world.truth[CHECKANDPLACE, right]
        assert labels[CLOPOS, left] == labels[CHECKANDPLACE, right]
        assert set(one.numbers) & set(other.numbers)
        assert not {"nasty", "email_only", "unreadable"} & (one.traits | other.traits)


def test_staff_on_clopos() -> None:
    world = make(clopos=12, checkandplace=12, shared=5)
    new = world.staff_create(CLOPOS, {"name": "Aysel", "phone": "+994601112233"})
    assert world.labels()[CLOPOS, new] == "s000001"
    world.clock.shift += 60
    world.staff_edit(CLOPOS, new, {"name": "Aysel Məmmədova"})
    customer = world.clopos.get(new)
    assert (customer.name, customer.updated_at - customer.created_at, customer.origin) == (
        "Aysel Məmmədova",
        60,
        "staff",
    )
    with pytest.raises(ValueError, match="another customer holds this phone"):
        world.staff_create(CLOPOS, {"name": "B", "phone": "+994601112233"})
    with pytest.raises(ValueError, match="has no nickname"):
        world.staff_edit(CLOPOS, new, {"nickname": "x"})
    with pytest.raises(ValueError, match="has no nickname"):
        world.staff_create(CLOPOS, {"name": "B", "nickname": "x"})
    with pytest.raises(KeyError):
        world.staff_edit(CLOPOS, 1, {"name": "x"})
    world.staff_edit(CLOPOS, new, {"phone": "+994601112233", "phones": ["+994601112244"]})
    assert world.clopos.get(new).numbers() == ["+994601112233", "+994601112244"]


def test_a_merge_on_clopos_deletes_the_loser_and_moves_its_number() -> None:
    world = make(clopos=12, checkandplace=12, shared=5)
    winner = world.staff_create(CLOPOS, {"name": "A"})
    loser = world.staff_create(CLOPOS, {"name": "A", "phone": "+994601112233"})
    world.staff_merge(CLOPOS, winner, loser, {"phone": "+994601112233"})
    assert world.clopos.get(loser).deleted_at is not None
    assert world.clopos.get(winner).phone == "+994601112233"


def test_staff_on_check_and_place() -> None:
    world = make(clopos=12, checkandplace=30, shared=5)
    one = world.staff_create(CHECKANDPLACE, {"first_name": "Aysel", "primary_phone_number": "994601112233"}, "p1")
    other = world.staff_create(CHECKANDPLACE, {"first_name": "Aysel", "email": "aysel@example.com"}, "p1")
    world.staff_edit(CHECKANDPLACE, one, {"last_name": "Məmmədova"})
    world.staff_merge(CHECKANDPLACE, one, other, {"note": "VIP"})
    merged = world.checkandplace.customers[one]
    assert (merged.name, merged.email, merged.note) == ("Aysel Məmmədova", "aysel@example.com", "VIP")
    assert other not in world.checkandplace.customers
    walk_in = next(guest.id for guest in world.checkandplace.customers.values() if guest.is_anonym)
    world.identify(walk_in, "Rəşad", "Quliyev", "994601112244")
    assert world.checkandplace.customers[walk_in].is_anonym is False
    world.visit(one)
    world.consent(one, "sms", False)
    assert world.checkandplace.customers[one].permits["sms"] is False
    world.staff_delete(CHECKANDPLACE, one)
    assert one not in world.checkandplace.customers
    assert world.labels()[CHECKANDPLACE, one] == "p1"


def test_an_unknown_side_is_refused() -> None:
    with pytest.raises(ValueError, match="no such side: loyalty"):
        make().staff_delete("loyalty", "1")


def test_a_created_guest_is_labelled_by_number_and_then_by_name() -> None:
    world = make(clopos=12, checkandplace=12, shared=5)
    world.staff_create(CLOPOS, {"name": "Aysel Quliyeva", "phone": "060 111 22 33"}, "mother")
    world.staff_create(CLOPOS, {"name": "Nərmin Quliyeva", "phone": "+994601112233"}, "daughter")
    single = world.staff_create(CLOPOS, {"name": "Tural", "phone": None, "phones": ["994601112244"]}, "tural")
    world.staff_edit(CLOPOS, single, {"phone": "060 111 22 55"})

    def created(number: str | None, first: str, last: str | None) -> tuple[str, str | None]:
        fields = {"primary_phone_number": number, "first_name": first, "last_name": last}
        key = world.checkandplace.add(fields, origin="api")
        return key, world.labels()[CHECKANDPLACE, key]

    assert created("994601112233", "NƏRMİN", "Quliyeva")[1] == "daughter"
    assert created("994601112244", "Tural", None)[1] == "tural"
    assert created("994601112255", "Tural", None)[1] == "tural"
    stranger, label = created("994601112233", "Leyla", "Quliyeva")
    nobody, none = created(None, "Leyla", None)
    assert label is none is None
    assert world.why_unlabelled() == {
        (CHECKANDPLACE, stranger): "several people hold its number",
        (CHECKANDPLACE, nobody): "nobody on Clopos holds its number",
    }
    assert world.doubles_made() == [(CHECKANDPLACE, "tural", list(world.checkandplace.customers)[-4:-2])]


def test_seeded_doubles_are_not_counted_as_made() -> None:
    world = make()
    assert any("double" in record.traits for record in world.truth.values())
    assert world.doubles_made() == []
