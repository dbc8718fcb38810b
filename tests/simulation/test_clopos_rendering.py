"""What Clopos answers carry: objects, envelopes, times, errors (docs/api/clopos.md 3, 4, 6) and their switches."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any

import pytest

from tests.simulation.clopos_kit import START, Caller, shows, small_world

V2 = {
    "id", "venue_id", "cid", "group_id", "name", "email", "phone", "phones", "address", "address_data", "description",
    "discount", "spent", "total_discount", "total_bonus", "receipt_count", "gender", "date_of_birth", "code", "source",
    "reference_id", "status", "can_use_loyalty_system", "is_verified", "created_at", "updated_at",
}  # fmt: skip
V1_ONLY = {"addresses", "deleted_at", "phone_verified_at", "balance_id", "bonus_balance_id", "cashback_balance_id"}
SORTS = ["id", "cid", "group_id", "name", "email", "address", "created_at", "updated_at"]
STAMP = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.000000Z")


async def first(caller: Caller, generation: str = "v2", **params: Any) -> dict[str, Any]:
    return (await caller.rows(generation, limit=1, sort0="id", sort1=1, **params))[0]


@shows("extra_fields", "v1", "both")
@shows("list_shape", "total")
@shows("meta", "full")
async def test_lists_of_both_generations() -> None:
    caller = Caller(small_world())
    for generation, attributes in (("v2", V2), ("v1", V2 | V1_ONLY)):
        body = (await caller.call("GET", "/customers", generation=generation)).json()
        assert all(set(row) == attributes for row in body["data"])
        assert all(STAMP.fullmatch(row[name]) for row in body["data"] for name in ("created_at", "updated_at"))
        del body["data"], body["time"]
        assert body == {
            "success": True, "total": 20, "timestamp": "2026-11-20 09:15:00", "unix": int(START), "sorts": SORTS,
        }  # fmt: skip
    caller.world.set("CL-40", "both")
    assert set(await first(caller)) == V2 | V1_ONLY


async def test_includes() -> None:
    caller = Caller(small_world())
    v2 = await first(caller, **{"with[0]": "group", "with[1]": "balance"})
    v1 = await first(caller, "v1", **{"with[0]": "group", "with[1]": "balance", "with[2]": "cashback_balance"})
    assert set(v2) - V2 == {"group"}
    assert v2["group"]["id"] == v2["group_id"]
    assert set(v1) - V2 - V1_ONLY == {"group", "balance", "cashback_balance"}
    assert v1["balance"]["type"] == "CUSTOMER"


@shows("list_shape", "no_total", "pagination", "bare_array")
@shows("object_shape", "envelope", "bare")
async def test_shapes_of_lists_and_objects() -> None:
    caller = Caller(small_world())
    rows = await caller.rows(limit=8, page=2)
    one = rows[0]

    async def answer(route: str, shape: str) -> Any:
        caller.world.set("clopos.list_shape", shape)
        return (await caller.call("GET", route, params={"limit": 8, "page": 2})).json()

    without = await answer("/customers", "no_total")
    assert "total" not in without
    assert (without["success"], without["data"]) == (True, rows)
    pages = {"page": 2, "per_page": 8, "total": 20, "total_pages": 3}
    assert await answer("/customers", "pagination") == {"data": rows, "pagination": pages}
    assert await answer("/customers", "bare_array") == rows
    assert await answer("/customer-groups", "bare_array") == []
    envelope = (await caller.call("GET", f"/customers/{one['id']}")).json()
    assert (envelope["success"], envelope["data"], envelope["unix"]) == (True, one, int(START))
    assert "sorts" not in envelope
    caller.world.set("clopos.object_shape", "bare")
    assert (await caller.call("GET", f"/customers/{one['id']}")).json() == one


@shows("meta", "none", "local_timestamp")
async def test_meta_of_answers() -> None:
    caller = Caller(small_world(meta="none"))
    assert set((await caller.call("GET", "/customers")).json()) == {"success", "data", "total"}
    caller.world.set("CL-38", "local_timestamp")
    body = (await caller.call("GET", "/customers")).json()
    assert (body["timestamp"], body["unix"]) == ("2026-11-20 13:15:00", int(START))


@shows("updated_at_zone", "utc", "baku")
async def test_times_may_be_baku_wall_time() -> None:
    caller = Caller(small_world())
    made = caller.world.staff_create("clopos", {"name": "Aysel"})

    async def times() -> tuple[str, str]:
        data = (await caller.call("GET", f"/customers/{made}")).json()["data"]
        return data["created_at"], data["updated_at"]

    assert await times() == ("2026-11-20T09:15:00.000000Z",) * 2
    caller.world.set("CL-15", "baku")
    assert await times() == ("2026-11-20T13:15:00.000000Z",) * 2


@shows("phones_content", "documented", "additional", "primary_included")
async def test_phones() -> None:
    caller = Caller(small_world())
    made = caller.world.staff_create("clopos", {"name": "Aysel", "phone": "050 111", "phones": ["055 222"]})

    async def phones(generation: str) -> list[str]:
        answer = await caller.call("GET", f"/customers/{made}", generation=generation)
        return list(answer.json()["data"]["phones"])

    assert (await phones("v2"), await phones("v1")) == ([], ["050 111", "055 222"])
    caller.world.set("CL-18", "additional")
    assert (await phones("v2"), await phones("v1")) == (["055 222"], ["055 222"])
    caller.world.set("CL-18", "primary_included")
    assert (await phones("v2"), await phones("v1")) == (["050 111", "055 222"],) * 2


@shows("nulls", "never", "group", "cid", "venue")
@pytest.mark.parametrize(("word", "attribute"), [("group", "group_id"), ("cid", "cid"), ("venue", "venue_id")])
async def test_nulls_in_old_customers(word: str, attribute: str) -> None:
    caller = Caller(small_world())
    assert all(row[name] is not None for row in await caller.rows() for name in ("group_id", "cid", "venue_id"))
    caller.world.set("CL-19", word)
    for _ in range(2):
        made = (await caller.create(name="Aysel")).json()["data"]
        assert made[attribute] is not None
    rows = [row for row in await caller.rows(**{"with[0]": "group"}) if row["id"] < made["id"] - 1]
    assert {row["id"] % 2 == 0 for row in rows if row[attribute] is None} == {True}
    assert all(row["group"] is None for row in rows if row["group_id"] is None)


@shows("odd_gender", "off", "on")
async def test_odd_genders() -> None:
    caller = Caller(small_world())
    assert {row["gender"] for row in await caller.rows()} <= {1, 2, None}
    caller.world.set("CL-26", "on")
    rows = await caller.rows()
    assert {row["gender"] for row in rows if row["id"] % 5 == 0} == {0, 3}
    assert {row["gender"] for row in rows if row["id"] % 5} <= {1, 2, None}


@shows("id_type", "int", "string")
async def test_the_type_of_ids() -> None:
    caller = Caller(small_world())
    number = (await first(caller))["id"]
    caller.world.set("CL-39", "string")
    assert (await first(caller))["id"] == str(number)
    assert (await caller.call("GET", f"/customers/{number}")).json()["data"]["id"] == str(number)


@shows("get_with", "ignored", "honoured")
async def test_with_on_get() -> None:
    caller = Caller(small_world())
    route = f"/customers/{(await first(caller))['id']}"
    assert "group" not in (await caller.call("GET", route, params={"with[0]": "group"})).json()["data"]
    caller.world.set("CL-34", "honoured")
    assert "group" in (await caller.call("GET", route, params={"with[0]": "group"})).json()["data"]


@shows("group_shape", "documented", "int", "total_amount")
async def test_group_shapes() -> None:
    caller = Caller(small_world())

    async def group() -> dict[str, Any]:
        params = {"sort[0]": "id", "sort[1]": 1}
        return dict((await caller.call("GET", "/customer-groups", params=params)).json()["data"][0])

    documented = await group()
    assert set(documented) == {
        "id", "name", "discount_type", "discount_value", "system_type", "created_at", "updated_at", "deleted_at",
    }  # fmt: skip
    caller.world.set("CL-41", "int")
    assert (await group())["discount_type"] == 1
    caller.world.set("CL-41", "total_amount")
    assert set(await group()) - set(documented) == {"total_amount"}


@shows("broken_timestamp", "off", "some", "future")
async def test_broken_and_future_times() -> None:
    caller = Caller(small_world(broken_timestamp="some"))
    rows = await caller.rows()
    assert {row["id"] % 7 == 0 for row in rows if not STAMP.fullmatch(row["updated_at"])} == {True}
    groups = (await caller.call("GET", "/customer-groups")).json()["data"]
    assert [group["id"] for group in groups if not STAMP.fullmatch(group["updated_at"])] == [3]
    caller.world.set("CL-45", "future")
    newest = (await caller.rows(sort0="updated_at", sort1=-1))[:2]
    assert [row["updated_at"][:4] for row in newest] == ["2099", newest[1]["updated_at"][:4]]
    assert newest[1]["updated_at"][:4] <= "2026"


@shows("add_fields", "none", "loyalty_level,visits")
@shows("drop_fields", "none", "address,description,gender")
async def test_fields_come_and_go() -> None:
    caller = Caller(small_world(add_fields="loyalty_level,visits", drop_fields="address,description,gender"))
    one, again = await first(caller), await first(caller)
    assert set(one) == V2 - {"address", "description", "gender"} | {"loyalty_level", "visits"}
    assert one["visits"] != again["visits"]


@shows("error_shape", "documented", "list", "details", "html")
@shows("not_found_slug", "not_found", "resource_not_found")
async def test_error_shapes() -> None:
    caller = Caller(small_world())

    async def missing(generation: str) -> Any:
        answer = await caller.call("GET", "/customers/999999", generation=generation)
        assert answer.status_code == 404
        return answer.json() if "json" in answer.headers["content-type"] else answer.text

    as_list = {
        "success": False,
        "error": [{
            "message": "No query results for model [App\\Models\\Client\\Marketing\\Customer] 999999",
            "type": "server_side", "exception": "NotFoundHttpException", "code": 0, "http_code": 404,
        }],
    }  # fmt: skip
    assert await missing("v2") == {"success": False, "error": "not_found", "message": "Customer not found"}
    assert await missing("v1") == as_list
    caller.world.set("clopos.not_found_slug", "resource_not_found")
    assert (await missing("v2"))["error"] == "resource_not_found"
    caller.world.set("clopos.error_shape", "list")
    assert await missing("v2") == as_list
    caller.world.set("clopos.error_shape", "details")
    body = (await caller.call("GET", "/customers", params={"limit": 1000})).json()
    assert body == {
        "error": "invalid_parameter", "message": "limit must be between 1 and 999",
        "details": {"parameter": "limit", "provided_value": 1000, "valid_range": "1-999"},
    }  # fmt: skip
    caller.world.set("clopos.error_shape", "html")
    assert "<h1>404" in await missing("v1")


@shows("staff_delete", "hidden", "deleted_at")
async def test_deleted_customers() -> None:
    world = small_world()
    caller = Caller(world)
    gone = (await first(caller))["id"]
    world.staff_delete("clopos", gone)
    assert gone not in [row["id"] for row in await caller.rows()]
    assert (await caller.call("GET", f"/customers/{gone}")).status_code == 404
    world.set("clopos.staff_delete", "deleted_at")
    for generation in ("v2", "v1"):
        assert (await first(caller, generation))["deleted_at"] == "2026-11-20T09:15:00.000000Z"
    world.staff_restore(gone)
    assert "deleted_at" not in await first(caller)


@shows("sale_moves_updated_at", "yes", "no")
async def test_a_sale_changes_totals() -> None:
    world = small_world()
    caller = Caller(world)
    before = await first(caller)
    world.sale(before["id"], 40)
    after = await first(caller)
    changed = {name for name in after if after[name] != before[name]}
    assert changed == {"spent", "total_bonus", "receipt_count", "updated_at"}
    assert after["updated_at"] == datetime.fromtimestamp(START, UTC).strftime("%Y-%m-%dT%H:%M:%S.000000Z")
    world.set("CL-17", "no")
    world.shift_clock(60)
    world.sale(before["id"], 40)
    assert (await first(caller))["updated_at"] == after["updated_at"]
    assert (await first(caller))["spent"] == pytest.approx(after["spent"] + 40)
