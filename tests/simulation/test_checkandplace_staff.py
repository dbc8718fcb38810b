"""What staff do, labels, ids, and the order of listings whatever happens."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connector.simulator.checkandplace.store import CheckandplaceStore
from connector.simulator.checkandplace.switches import TABLE
from connector.simulator.kit import SimClock, Switches
from tests.simulation.checkandplace_bench import DENIZ, Bench


@pytest.fixture
def bench() -> Bench:
    return Bench()


def test_ids_are_the_seed_s() -> None:
    def ids(seed: int) -> list[str]:
        bench = Bench(seed)
        return [bench.add(phone=None) for _ in range(3)]

    assert ids(7) == ids(7)
    assert set(ids(7)).isdisjoint(ids(8))


async def test_labels_never_travel_and_outlive_the_customer(bench: Bench) -> None:
    kept = bench.store.add({"first_name": "Aysel"}, "person-17")
    assert "person-17" not in (await bench.b("GET")).text
    bench.store.staff_delete(kept)
    assert bench.store.labels == {kept: "person-17"}
    assert kept in bench.store.gone
    assert await bench.rows() == []


async def test_customers_of_the_wire_are_labelled_by_the_world(bench: Bench) -> None:
    bench.store.label_new = lambda customer: f"person of {customer.primary_phone_number}"
    created = (await bench.b("POST", json=DENIZ)).json()["customer"]["id"]
    assert bench.store.labels[created] == "person of 905321110022"
    assert bench.store.customers[created].origin == "api"
    by_staff = bench.store.staff_create("person-2", first_name="Elvin")
    assert (bench.store.labels[by_staff], bench.store.customers[by_staff].origin) == ("person-2", "staff")
    bench.store.relabel(by_staff, "person-3")
    assert bench.store.labels[by_staff] == bench.store.customers[by_staff].person == "person-3"


async def test_a_staff_edit_shows_and_moves_updated_at_once(bench: Bench) -> None:
    customer = bench.add()
    bench.clock.shift += 120
    assert bench.store.staff_edit(customer, last_name="Quliyeva", blacklist=True)
    row = await bench.only()
    assert (row["last_name"], row["blacklist"], row["updated_at"]) == ("Quliyeva", True, "20.11.2026 12:17")
    bench.clock.shift += 120
    assert not bench.store.staff_edit(customer, last_name="Quliyeva")
    assert await bench.only() == row


@pytest.mark.parametrize(
    ("fields", "wrong"),
    [({"firstname": "x"}, "firstname"), ({"id": "x"}, "id"), ({"person": "x"}, "person"), ({"gender": "m"}, "gender"),
     ({"type_id": "x"}, "type"), ({"created_at": 1.0}, "created_at")],
)  # fmt: skip
def test_a_staff_edit_of_something_else_is_refused(bench: Bench, fields: dict[str, Any], wrong: str) -> None:
    customer = bench.add()
    with pytest.raises(ValueError, match=wrong):
        bench.store.staff_edit(customer, **fields)


def test_an_unknown_customer_or_channel_is_an_error(bench: Bench) -> None:
    with pytest.raises(KeyError):
        bench.store.staff_edit("nobody", note="x")
    with pytest.raises(ValueError, match="whatsapp"):
        bench.store.consent(bench.add(), "fax", True)


async def test_a_merge_keeps_the_winner_s_values_and_fills_its_blanks(bench: Bench) -> None:
    """CP-48."""
    winner = bench.add("Aysel", None, last_name="Quliyeva", email="a@example.com")
    loser = bench.add("Aysəl", "994501112233", last_name="Guliyeva", email="b@example.com", note="Nuts")
    bench.store.staff_merge(winner, loser)
    row = await bench.only()
    assert (row["id"], row["first_name"], row["email"], row["note"]) == (winner, "Aysel", "a@example.com", "Nuts")
    assert row["primary_phone_number"] == "994501112233"
    assert bench.store.merged == {loser: winner}
    assert (await bench.b("PATCH", f"/{loser}", json={"last_name": "x"})).status_code == 404
    with pytest.raises(ValueError, match="itself"):
        bench.store.staff_merge(winner, winner)


async def test_the_number_of_a_customer_that_left_is_free(bench: Bench) -> None:
    customer = bench.add(phone="905321110022")
    assert (await bench.b("POST", json=DENIZ)).status_code == 422
    bench.store.staff_delete(customer)
    assert (await bench.b("POST", json=DENIZ)).status_code == 200


async def test_an_anonymous_customer_gets_an_identity_from_staff_alone(bench: Bench) -> None:
    """CP-47."""
    anonym = (await bench.a("POST", "/anonym", json={"note": "Window"})).json()["customer"]["id"]
    await bench.b("PATCH", f"/{anonym}", json=DENIZ)
    assert (await bench.only())["is_anonym"]
    bench.store.identify(anonym, "Elvin", "Quliyev", "994501112233")
    row = await bench.only()
    assert (row["is_anonym"], row["name"], row["country_code"], row["type_name"], row["note"]) == (
        False, "Elvin Quliyev", "994", "Standard", "Window",
    )  # fmt: skip


async def test_consent_shows_its_date_and_taking_it_back_is_null_again(bench: Bench) -> None:
    customer = bench.add()
    bench.clock.shift += 3600
    bench.store.consent(customer, "call", True)
    shown = (await bench.only())["permits"]
    assert shown["call"] == {
        "permit": True, "value": True, "source": "store", "change_date": "20.11.2026 13:15", "verified": True,
    }  # fmt: skip
    assert list(shown) == ["sms", "email", "call", "whatsapp"]
    bench.store.consent(customer, "call", None)
    assert set((await bench.only())["permits"]["call"].values()) == {None}


async def test_a_visit_shows_in_the_score_alone(bench: Bench) -> None:
    """CP-49."""
    customer = bench.add()
    before = await bench.only()
    bench.clock.shift += 3600
    bench.store.visit(customer)
    assert await bench.only() == before
    bench.store.visit(customer, review=4.5)
    assert await bench.only() == {**before, "reviews_average_score": 4.5}
    assert bench.store.customers[customer].visits == 2


def test_a_listing_is_kept_until_somebody_comes_or_goes(bench: Bench) -> None:
    """No sorting by request: pages come out of one kept order, edits included."""
    customer = bench.add()
    kept = bench.store.listing("main")
    bench.store.staff_edit(customer, note="x")
    assert bench.store.listing("main") is kept
    bench.store.staff_edit(customer, is_active=False)
    assert bench.store.listing("main") is not kept


steps = st.lists(
    st.one_of(
        st.tuples(st.just("add"), st.integers(-500, 500), st.sampled_from([None, "905321110001", "994501112233"])),
        st.tuples(st.just("delete"), st.integers(0, 30), st.none()),
        st.tuples(st.just("phone"), st.integers(0, 30), st.sampled_from([None, "905321110001", "994501112233"])),
        st.tuples(st.just("inactive"), st.integers(0, 30), st.none()),
    ),
    max_size=25,
)


@given(steps=steps, size=st.integers(1, 7), newest=st.booleans(), hidden=st.booleans())
def test_pages_put_together_are_everybody_once_in_order(
    steps: list[tuple[str, int, str | None]], size: int, newest: bool, hidden: bool
) -> None:
    """Whatever staff did before, and who holds a number is always known."""
    bench = Bench()
    bench.set(
        list_order="newest_first" if newest else "created_at", list_content="inactive_hidden" if hidden else "all"
    )
    for step, number, phone in steps:
        ids = list(bench.store.customers)
        if step == "add":
            bench.store.add({"created_at": bench.clock.now() + number, "primary_phone_number": phone})
        elif ids and step == "delete":
            bench.store.staff_delete(ids[number % len(ids)])
        elif ids and step == "phone":
            bench.store.staff_edit(ids[number % len(ids)], primary_phone_number=phone)
        elif ids:
            bench.store.staff_edit(ids[number % len(ids)], is_active=False)
        bench.store.listing("main")

    async def read() -> list[str]:
        found: list[str] = []
        for page in range(1, len(bench.store.customers) + 2):
            rows = await bench.rows(page=page, per_page=size)
            if not rows:
                break
            found += [row["id"] for row in rows]
        return found

    everybody = sorted(bench.store.customers.values(), key=lambda c: (c.created_at, c.sequence), reverse=newest)
    assert asyncio.run(read()) == [customer.id for customer in everybody if customer.is_active or not hidden]
    for phone in ("905321110001", "994501112233"):
        holders = {c.id for c in bench.store.customers.values() if c.primary_phone_number == phone}
        assert {c.id for c in bench.store.holders(phone, "main")} == holders
    assert bench.store.holders(None, "main") == []


def test_a_staff_number_in_two_parts_holds_the_whole_number() -> None:
    store = CheckandplaceStore(Switches(TABLE), SimClock(0.0), 1)
    for number in ("5321110001", "05321110001", "905321110001"):
        store.add({"primary_phone_number": number, "country_code": "90"})
    assert len(store.holders("905321110001", "main")) == 3
