"""Clopos lists in the simulator: paging, order, filters (docs/api/clopos.md 3.1, 3.4)."""

from __future__ import annotations

from typing import Any

import pytest

from connector.simulator.clopos.store import digits_of
from tests.simulation.clopos_kit import START, Caller, found, shows, small_world


def ids(rows: list[dict[str, Any]]) -> list[int]:
    return [row["id"] for row in rows]


@shows("customers_sort", "honoured")
@pytest.mark.parametrize("generation", ["v2", "v1"])
@pytest.mark.parametrize("field", ["id", "cid", "group_id", "name", "email", "address", "created_at", "updated_at"])
async def test_every_sort_in_both_directions(field: str, generation: str) -> None:
    caller = Caller(small_world())
    rising = await caller.rows(generation, limit=50, sort0=field, sort1=1)
    falling = await caller.rows(generation, limit=50, sort0=field, sort1=-1)
    values = [row[field] for row in rising if row[field] is not None]
    assert len(rising) == 20
    assert values == sorted(values)
    assert [row[field] for row in falling if row[field] is not None] == values[::-1]


@pytest.mark.parametrize(
    "sort", [{"sort[0]": "phone", "sort[1]": 1}, {"sort[0]": "id", "sort[1]": "asc"}, {"sort[1]": 2}]
)
async def test_a_bad_sort_is_an_invalid_parameter(sort: dict[str, Any]) -> None:
    caller = Caller(small_world())
    for route in ("/customers", "/customer-groups"):
        answer = await caller.call("GET", route, params=sort)
        assert (answer.status_code, answer.json()["error"]) == (400, "invalid_parameter")


@shows("customers_sort", "ignored", "400")
async def test_sort_ignored_or_refused() -> None:
    caller = Caller(small_world(customers_sort="ignored"))
    assert await caller.rows(sort0="id", sort1=1) == await caller.rows()
    assert (await caller.call("GET", "/customers", params={"sort[0]": "phone"})).status_code == 200
    caller.world.set("CL-03", "400")
    answer = await caller.call("GET", "/customers", params={"sort[0]": "id", "sort[1]": 1})
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_parameter")
    assert (await caller.call("GET", "/customers")).status_code == 200


@shows("default_sort", "created_at", "id")
async def test_the_order_without_sort() -> None:
    caller = Caller(small_world())
    assert await caller.rows() == await caller.rows(sort0="created_at", sort1=-1)
    caller.world.set("clopos.default_sort", "id")
    assert ids(await caller.rows()) == sorted(caller.world.clopos.customers)


@shows("limit_max", "documented", "200")
@shows("limit_excess", "400", "clamp")
@pytest.mark.parametrize(("generation", "word", "largest"), [
    ("v2", "documented", 999), ("v1", "documented", 100), ("v2", "200", 200), ("v1", "7", 7),
])  # fmt: skip
async def test_the_largest_limit(generation: str, word: str, largest: int) -> None:
    caller = Caller(small_world(limit_max=word))
    good = await caller.call("GET", "/customers", generation=generation, params={"limit": largest})
    bad = await caller.call("GET", "/customers", generation=generation, params={"limit": largest + 1})
    assert (good.status_code, bad.status_code, bad.json()["error"]) == (200, 400, "invalid_parameter")
    caller.world.set("clopos.limit_excess", "clamp")
    clamped = await caller.rows(generation, limit=largest + 1)
    assert len(clamped) == min(20, largest)
    second = await caller.rows(generation, limit=largest + 1, page=2)
    assert ids(second) == ids(await caller.rows(generation, limit=largest, page=2))


async def test_default_limits_and_pages() -> None:
    world = small_world()
    for number in range(40):
        world.staff_create("clopos", {"name": f"Qonaq {number}"})
    caller = Caller(world)
    assert (len(await caller.rows()), len(await caller.rows("v1"))) == (50, 20)
    pages = [await caller.rows(limit=25, page=page, sort0="id", sort1=1) for page in (1, 2, 3)]
    assert [len(page) for page in pages] == [25, 25, 10]
    assert ids(pages[0] + pages[1] + pages[2]) == sorted(world.clopos.customers)


@pytest.mark.parametrize(
    "params", [{"page": 0}, {"page": "x"}, {"limit": 0}, {"limit": "-1"}, {"limit": "1.5"}, {"page": "²"}]
)
async def test_bad_pages_and_limits(params: dict[str, Any]) -> None:
    answer = await Caller(small_world()).call("GET", "/customers", params=params)
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_parameter")


@shows("past_end", "empty", "last_page", "404")
@pytest.mark.parametrize("word", ["empty", "last_page", "404"])
async def test_a_page_past_the_end(word: str) -> None:
    caller = Caller(small_world(past_end=word))
    answer = await caller.call("GET", "/customers", params={"limit": 8, "page": 9})
    if word == "404":
        assert answer.status_code == 404
    else:
        last = await caller.rows(limit=8, page=3)
        assert len(last) == 4
        assert answer.json()["data"] == ([] if word == "empty" else last)
        assert answer.json()["total"] == 20


@shows("v1_paging", "page", "offset")
async def test_v1_may_page_by_offset() -> None:
    caller = Caller(small_world())
    whole = await caller.rows("v1", limit=20)
    assert await caller.rows("v1", limit=5, page=2) == whole[5:10]
    caller.world.set("CL-33", "offset")
    assert await caller.rows("v1", limit=5, page=2) == whole[:5]
    assert await caller.rows("v1", limit=5, offset=15) == whole[15:]
    assert await caller.rows("v2", limit=5, page=2) == (await caller.rows(limit=20))[5:10]


@shows("insert_during_scan", "on", "off")
async def test_customers_may_be_typed_in_while_pages_are_read() -> None:
    world = small_world(insert_during_scan="on", insert_during_scan_rows="2")
    caller = Caller(world)
    totals = [(await caller.call("GET", "/customers", params={"limit": 10})).json()["total"] for _ in range(4)]
    assert totals == [20, 21, 22, 22]
    new = found(world, origin="staff")
    assert len({world.labels()["clopos", str(customer)] for customer in new}) == 2
    assert all(len(digits_of(world.clopos.customers[customer].phone)) == 12 for customer in new)


@shows("raw_brackets_only", "off", "on")
@pytest.mark.parametrize("form", ["with[]=group", "with[0]=group", "with%5B%5D=group", "with%5b0%5d=group"])
async def test_brackets_raw_and_encoded(form: str) -> None:
    caller = Caller(small_world())
    assert "group" in (await caller.call("GET", "/customers", params=form)).json()["data"][0]
    caller.world.set("CL-25", "on")
    assert ("group" in (await caller.call("GET", "/customers", params=form)).json()["data"][0]) == ("[" in form)


def filtered(*pairs: tuple[str, str]) -> str:
    return "&".join(f"filters[{i}][0]={field}&filters[{i}][1]={value}" for i, (field, value) in enumerate(pairs))


async def matches(caller: Caller, *pairs: tuple[str, str]) -> set[str]:
    answer = await caller.call("GET", "/customers", params=filtered(*pairs))
    assert answer.status_code == 200
    assert answer.json()["total"] == len(answer.json()["data"])
    return {row["name"] for row in answer.json()["data"]}


def with_people() -> Caller:
    """Three known people beside the population."""
    world = small_world()
    for name, phone, phones, group in (
        ("Sınaq Bir", "+994 60 111 22 33", [], 2),
        ("Sınaq İki", "0601112244", ["+994601115566"], 3),
        ("sınaq üç", None, [], 3),
    ):
        world.staff_create("clopos", {"name": name, "phone": phone, "phones": phones, "group_id": group})
    return Caller(world)


@shows("phone_filter", "digits", "exact")
async def test_the_phones_filter() -> None:
    caller = with_people()
    assert await matches(caller, ("phones", "601112233")) == {"Sınaq Bir"}
    assert await matches(caller, ("phones", "%2B994601112233")) == {"Sınaq Bir"}
    assert await matches(caller, ("phones", "%2B994601112244")) == set()
    assert await matches(caller, ("phones", "601112244")) == {"Sınaq İki"}
    assert await matches(caller, ("phones", "601115566")) == {"Sınaq İki"}
    assert await matches(caller, ("phones", "yoxdur")) == set()
    caller.world.set("clopos.phone_filter", "exact")
    assert await matches(caller, ("phones", "601112244")) == set()
    assert await matches(caller, ("phones", "0601112244")) == {"Sınaq İki"}


@shows("name_match", "ignores_case", "exact_case")
@shows("filters_combine", "and", "or")
async def test_name_group_and_several_filters() -> None:
    caller = with_people()
    assert await matches(caller, ("name", "sınaq")) == {"Sınaq Bir", "Sınaq İki", "sınaq üç"}
    assert await matches(caller, ("name", "sınaq"), ("group_id", "3")) == {"Sınaq İki", "sınaq üç"}
    caller.world.set("clopos.name_match", "exact_case")
    assert await matches(caller, ("name", "sınaq")) == {"sınaq üç"}
    caller.world.set("clopos.filters_combine", "or")
    assert await matches(caller, ("name", "sınaq"), ("phones", "601112233")) == {"Sınaq Bir", "sınaq üç"}


@shows("unknown_filter", "ignored", "400")
@pytest.mark.parametrize("field", ["cid", "phone", "code", "email"])
async def test_fields_that_cannot_be_filtered(field: str) -> None:
    caller = with_people()
    assert len(await matches(caller, (field, "x"))) > 3
    caller.world.set("CL-07", "400")
    answer = await caller.call("GET", "/customers", params=filtered((field, "x")))
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_parameter")


@shows("search", "ignored", "honoured_in_v1")
async def test_search_is_v1_only() -> None:
    caller = with_people()
    assert len(await caller.rows("v1", search="sınaq")) == 20
    caller.world.set("CL-36", "honoured_in_v1")
    assert {row["name"] for row in await caller.rows("v1", search="sınaq b")} == {"Sınaq Bir"}
    assert len(await caller.rows("v2", search="sınaq b")) == 23


@shows("date_filter", "ignored", "honoured", "400")
async def test_the_date_filter() -> None:
    caller = with_people()
    today = {"date[0]": "2026-11-20", "date[1]": "2026-11-20"}
    assert len((await caller.call("GET", "/customers", params=today)).json()["data"]) == 23
    caller.world.set("CL-37", "honoured")
    assert len((await caller.call("GET", "/customers", params=today)).json()["data"]) == 3
    assert (await caller.call("GET", "/customers", params={"date[0]": "20.11.2026"})).status_code == 400
    caller.world.set("CL-37", "400")
    assert (await caller.call("GET", "/customers", params=today)).status_code == 400


@shows("customer_scope", "brand", "venue")
async def test_customers_of_the_brand_or_of_the_venue() -> None:
    world = small_world()
    caller = Caller(world)
    everywhere = {customer.id for customer in world.clopos.customers.values()}
    assert set(ids(await caller.rows())) == everywhere
    world.set("CL-09", "venue")
    seen: dict[str, set[int]] = {}
    for venue in ("1", "2"):
        answer = await caller.call("GET", "/customers", headers={"x-venue": venue})
        seen[venue] = set(ids(answer.json()["data"]))
    assert seen["1"] | seen["2"] == everywhere
    assert not seen["1"] & seen["2"]
    there = next(iter(seen["2"]))
    assert (await caller.call("GET", f"/customers/{there}")).status_code == 404
    assert (await caller.call("GET", f"/customers/{there}", headers={"x-venue": "2"})).status_code == 200


async def test_groups_have_pages_and_an_order() -> None:
    caller = Caller(small_world())
    body = (await caller.call("GET", "/customer-groups", params={"sort[0]": "id", "sort[1]": 1})).json()
    assert ([group["id"] for group in body["data"]], body["total"]) == ([1, 2, 3], 3)
    assert body["unix"] == int(START)
    two = (await caller.call("GET", "/customer-groups", params={"limit": 2, "page": 2, "sort[0]": "name"})).json()
    assert len(two["data"]) == 1
    assert (await caller.call("GET", "/customer-groups", params={"limit": 201})).status_code == 400
    assert (await caller.call("POST", "/customer-groups", body={"name": "x"})).status_code == 405


@shows("mutation_status", "405", "404")
@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE"])
async def test_what_does_not_exist(method: str) -> None:
    caller = Caller(small_world())
    known = next(iter(caller.world.clopos.customers))
    before = caller.world.clopos.dump()
    for word in ("405", "404"):
        caller.world.set("CL-02", word)
        for route in ("/customers", f"/customers/{known}"):
            answer = await caller.call(method, route, body={"name": "x"})
            assert (answer.status_code, answer.json()["success"]) == (int(word), False)
    assert caller.world.clopos.dump() == before


async def test_half_a_sort_takes_the_other_half_from_the_general_syntax() -> None:
    """3.1: `sort[0]` is `created_at` and `sort[1]` is -1 where they are not given."""
    caller = Caller(small_world())
    assert ids(await caller.rows(sort0="name")) == ids(await caller.rows(sort0="name", sort1=-1))
    assert ids(await caller.rows(sort1=1)) == ids(await caller.rows(sort0="created_at", sort1=1))
    assert ids(await caller.rows(sort0="name")) != ids(await caller.rows(sort0="name", sort1=1))


async def test_equal_values_keep_the_order_of_ids_and_blanks_come_last() -> None:
    """No row changes its place between two pages of one sort."""
    world = small_world()
    made = [int(world.staff_create("clopos", {"name": "Z", "email": email})) for email in ("z@x", None, "z@x", None)]
    caller = Caller(world)
    for direction, equal in ((1, [made[0], made[2]]), (-1, [made[2], made[0]])):
        rows = await caller.rows(limit=50, sort0="email", sort1=direction)
        shown = [row["email"] for row in rows]
        assert [row["id"] for row in rows if row["email"] == "z@x"] == equal
        assert None not in shown[: shown.index(None)]
        assert set(shown[shown.index(None) :]) == {None}


@pytest.mark.parametrize(
    ("field", "rising"),
    [("id", [1, 2, 3]), ("name", [3, 1, 2]), ("discount_value", [1, 3, 2]), ("created_at", [1, 2, 3])],
)
async def test_groups_sort_by_what_their_page_names(field: str, rising: list[int]) -> None:
    """3.4: Standart 0, VIP 10, Qonaqlar 5, all made at one moment."""
    caller = Caller(small_world())

    async def order(direction: int) -> list[int]:
        params = {"sort[0]": field, "sort[1]": direction}
        return ids((await caller.call("GET", "/customer-groups", params=params)).json()["data"])

    assert (await order(1), await order(-1)) == (rising, rising[::-1])


async def test_the_last_page_again_is_the_last_full_one_where_the_rows_fill_their_pages() -> None:
    """CL-49: 20 rows are two pages of ten, and there is no third one to repeat."""
    caller = Caller(small_world(past_end="last_page"))
    assert ids(await caller.rows(limit=10, page=3)) == ids(await caller.rows(limit=10, page=2))
    caller.world.set("CL-49", "404")
    assert (await caller.call("GET", "/customers", params={"limit": 10, "page": 3})).status_code == 404


@pytest.mark.parametrize("word", ["empty", "last_page", "404"])
async def test_a_first_page_without_anybody_is_not_past_the_end(word: str) -> None:
    """CL-49 is about pages from the second on: a look-up that finds nobody is an empty list."""
    caller = Caller(small_world(past_end=word))
    answer = await caller.call("GET", "/customers", params=filtered(("phones", "000000000")))
    assert (answer.status_code, answer.json()["data"], answer.json()["total"]) == (200, [], 0)


async def test_no_number_is_found_across_two_numbers() -> None:
    """CL-08: part of *one* number's digits."""
    world = small_world()
    world.staff_create("clopos", {"name": "Sınaq", "phone": "+99460555", "phones": ["777 11 22"]})
    caller = Caller(world)
    assert await matches(caller, ("phones", "60555")) == await matches(caller, ("phones", "77711")) == {"Sınaq"}
    assert await matches(caller, ("phones", "555777")) == set()


async def test_a_look_up_lets_nobody_be_typed_in() -> None:
    """CL-16: customers come while a listing is read, page by page."""
    world = small_world(insert_during_scan="on")
    caller = Caller(world)
    await matches(caller, ("name", "a"))
    assert found(world, origin="staff") == []
    await caller.rows(limit=10)
    assert len(found(world, origin="staff")) == 1


@pytest.mark.parametrize("text", ["٣", "+1", " 1", "1e1"], ids=["other digits", "a sign", "a blank", "a power"])
async def test_a_page_is_written_in_plain_digits(text: str) -> None:
    for name in ("page", "limit"):
        answer = await Caller(small_world()).call("GET", "/customers", params={name: text})
        assert (answer.status_code, answer.json()["error"]) == (400, "invalid_parameter")
