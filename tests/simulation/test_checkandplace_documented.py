"""What docs/api/checkandplace.md and its seed page show, as they show it, under the default switches."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from tests.simulation.checkandplace_bench import APP, DENIZ, TOKEN, Bench

DOCS = Path(__file__).parents[2] / "docs" / "api"
SEED = (DOCS / "seeds" / "checkandplace-anonym-create.txt").read_text(encoding="utf-8")
CONTRACT = (DOCS / "checkandplace.md").read_text(encoding="utf-8")
STANDARD = "6a1f6c1e-2b7d-4a53-9a0e-0d4b8c5f7e11"
VARYING = {"id": "", "created_at": "", "updated_at": ""}


@pytest.fixture
def bench() -> Bench:
    return Bench()


def same(mine: dict[str, Any], documented: dict[str, Any]) -> None:
    """Equal to the letter and in the same order of keys at every depth, but for id and times."""
    assert json.dumps({**mine, **VARYING}) == json.dumps({**documented, **VARYING})


def sample(section: str, beginning: str) -> dict[str, Any]:
    """The JSON block of a section of the contract that begins so."""
    text = CONTRACT.split(f"### {section} ")[1].split("\n### ")[0]
    (block,) = (block for block in re.findall(r"```json\n(.*?)```", text, re.DOTALL) if block.startswith(beginning))
    found: dict[str, Any] = json.loads(block)
    return found


async def test_anonymous_create_is_the_seed_page(bench: Bench) -> None:
    documented = json.loads(SEED[SEED.index('{\n    "customer"') : SEED.index("Modified at")])["customer"]
    body = {"nickname": documented["nickname"], "note": documented["note"]}
    assert f"POST\n{'/api/v1/customers/anonym'}" in SEED
    answer = await bench.a("POST", "/anonym", json=body)
    assert answer.status_code == 200
    assert list(answer.json()) == ["customer"]
    same(answer.json()["customer"], documented)
    assert re.fullmatch(
        r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}", answer.json()["customer"]["id"]
    )


async def test_anonymous_create_is_the_sample_of_3_4_with_the_store_s_own_count(bench: Bench) -> None:
    for _ in range(6):
        await bench.a("POST", "/anonym", json={})
    answer = await bench.a("POST", "/anonym", json=sample("3.4", '{"nickname"'))
    documented = sample("3.4", '{"customer"')["customer"]
    same(answer.json()["customer"], documented)
    assert answer.json()["customer"]["created_at"] == documented["created_at"]


async def test_an_anonymous_customer_without_a_nickname_is_named_by_its_placeholder(bench: Bench) -> None:
    """CP-29, CP-50."""
    customer = (await bench.a("POST", "/anonym", json={})).json()["customer"]
    assert (customer["name"], customer["nickname"], customer["note"]) == ("Unknown Customer 1", None, None)


async def test_the_listing_is_the_sample_of_3_2(bench: Bench) -> None:
    answer = await bench.b("POST", json={**DENIZ, "customer_type_id": STANDARD})
    documented = sample("3.2", '{"customers"')
    listed = (await bench.b("GET", params={"page": 1, "per_page": 50})).json()
    assert list(listed) == ["customers"]
    (mine,) = listed["customers"]
    same(mine, documented["customers"][0])
    assert mine["created_at"] == documented["customers"][0]["created_at"]
    assert answer.json() == {"customer": mine}


async def test_the_update_of_3_3_sets_what_is_sent_and_nothing_else(bench: Bench) -> None:
    await bench.b("POST", json=DENIZ)
    before = await bench.only()
    bench.clock.shift += 600
    answer = await bench.b("PATCH", f"/{before['id'].upper()}", json=sample("3.3", "{"))
    moved = {"last_name": "Aksoy-Demir", "name": "Deniz Aksoy-Demir", "updated_at": "20.11.2026 12:25"}
    assert answer.json()["customer"] == {**before, **moved} == await bench.only()


async def test_an_update_that_changes_nothing_does_not_move_updated_at(bench: Bench) -> None:
    await bench.b("POST", json=DENIZ)
    before = await bench.only()
    bench.clock.shift += 600
    await bench.b("PATCH", f"/{before['id']}", json=DENIZ)
    assert await bench.only() == before


async def test_seconds_never_show(bench: Bench) -> None:
    """CP-09: two edits of one minute look alike."""
    bench.add()
    for form, shown in (("day_first", "12:15"), ("iso", "T12:15:00+03:00"), ("year_first", "12:15")):
        bench.set(time_format=form)
        for shift in (0, 40):
            bench.clock.shift = shift
            customer = next(iter(bench.store.customers))
            bench.store.staff_edit(customer, note=f"{form} {shift}")
            assert (await bench.only())["updated_at"].endswith(shown)


async def test_the_name_is_computed_and_ignored_on_input(bench: Bench) -> None:
    """CP-29: nickname, else first and last."""
    answer = await bench.b("POST", json={**DENIZ, "name": "Somebody Else"})
    customer = answer.json()["customer"]
    assert customer["name"] == "Deniz Aksoy"
    bench.store.staff_edit(customer["id"], nickname="Dede")
    assert (await bench.only())["name"] == "Dede"


async def test_no_birthday_no_address(bench: Bench) -> None:
    """CP-35."""
    bench.add()
    assert not [name for name in await bench.only() if "birth" in name or "address" in name]


async def test_index_and_search_of_a_are_not_served(bench: Bench) -> None:
    """CP-42; the path of create is no index either."""
    for method, path in (("GET", ""), ("GET", "/search"), ("POST", "/search"), ("POST", "/index"), ("GET", "/anonym")):
        assert (await bench.a(method, path)).status_code == 404, (method, path)


@pytest.mark.parametrize(
    ("method", "path"),
    [("DELETE", "/v1/customers/{id}"), ("PUT", "/v1/customers/{id}"), ("GET", "/v1/reservations"),
     ("GET", "/v1/customer_types"), ("PATCH", "/v1/customers"), ("GET", "/api/v1/tags"),
     ("PUT", "/api/v1/customers/{id}"), ("GET", "/api/v1/customers/{id}/nickname"), ("POST", "/v1/customers/anonym")],
)  # fmt: skip
async def test_what_the_contract_does_not_give_is_404(bench: Bench, method: str, path: str) -> None:
    answer = await bench.client.request(method, path.format(id=bench.add()), headers={**TOKEN, **APP})
    assert (answer.status_code, answer.json()) == (404, {"errors": {"base": ["not found"]}})
    assert len(bench.store.customers) == 1


async def test_the_types_of_a(bench: Bench) -> None:
    types = (await bench.client.get("/api/v1/customer_types", headers=APP)).json()["customer_types"]
    assert {"id": STANDARD, "name": "Standard", "is_default": True} in types
    customer = (await bench.a("POST", json={**DENIZ, "customer_type_id": types[1]["id"]})).json()["customer"]
    assert (customer["type_name"], customer["is_default_type"]) == (types[1]["name"], False)


async def test_check_order(bench: Bench) -> None:
    """3.7: each request is wrong in all that comes later too."""
    bench.add(phone="905321110022")
    bench.set(rate_limit="bare_429", rate_limit_requests="0")
    bad_type = {"first_name": "X", "primary_phone_number": "905321110022", "customer_type_id": "nobody", "gender": 1}
    bad_format = {**bad_type, "gender": "x"}
    bad_required = {**bad_format, "first_name": ""}

    async def post(
        body: object, token: str | None = TOKEN["CheckandPlace-Access-Token"], path: str = "/v1/customers"
    ) -> tuple[int, object]:
        headers = {} if token is None else {"CheckandPlace-Access-Token": token}
        text = body if isinstance(body, str) else json.dumps(body)
        headers["Content-Type"] = "application/json"
        answer = await bench.client.post(path, content=text, headers=headers)
        return answer.status_code, sorted(answer.json()["errors"])

    assert await post("{", token=None, path="/v1/nothing") == (429, ["base"])
    bench.set(rate_limit="none")
    assert await post("{", token=None, path="/v1/nothing") == (401, ["base"])
    assert await post("{", token="wrong", path="/v1/nothing") == (401, ["base"])
    assert await post("{", path="/v1/nothing") == (404, ["base"])
    assert await post("{") == (400, ["base"])
    assert await post(bad_required) == (422, ["first_name"])
    assert await post(bad_format) == (422, ["gender"])
    assert await post(bad_type) == (422, ["customer_type_id"])
    assert await post({**bad_type, "customer_type_id": None}) == (422, ["primary_phone_number"])
    assert len(bench.store.customers) == 1


@pytest.mark.parametrize("body", ["", "{", "[]", '"text"', "null"])
async def test_a_body_that_is_no_object_is_400(bench: Bench, body: str) -> None:
    answer = await bench.client.post(
        "/v1/customers", content=body, headers={**TOKEN, "Content-Type": "application/json"}
    )
    assert answer.status_code == 400
    assert (await bench.client.post("/v1/customers", data=DENIZ, headers=TOKEN)).status_code == 400


@pytest.mark.parametrize(
    ("body", "wrong"),
    [({"first_name": 7}, "first_name"), ({"email": ["a"]}, "email"), ({"customer_type_id": 5}, "customer_type_id"),
     ({"primary_phone_number": 905321110022}, "primary_phone_number"), ({"gender": 3}, "gender"),
     ({"gender": True}, "gender"), ({"gender": "male"}, "gender"),
     ({"primary_phone_number": "90532x"}, "primary_phone_number")],
)  # fmt: skip
async def test_a_value_of_the_wrong_kind_is_422_and_names_its_field(bench: Bench, body: Any, wrong: str) -> None:
    answer = await bench.b("PATCH", f"/{bench.add()}", json=body)
    assert (answer.status_code, list(answer.json()["errors"])) == (422, [wrong])


@pytest.mark.parametrize("query", [{"page": "0"}, {"page": "x"}, {"per_page": "-1"}, {"per_page": "²"}])
async def test_a_page_that_is_no_number_is_422(bench: Bench, query: dict[str, str]) -> None:
    assert (await bench.b("GET", params=query)).status_code == 422


async def test_a_filter_that_cannot_be_read_is_422(bench: Bench) -> None:
    bench.set(changed_since="updated_at")
    bench.add()
    statuses = [
        (await bench.b("GET", params={"updated_at": text})).status_code
        for text in ("yesterday", "20.11.2026 12:15", "2026-11-20T09:15:00Z", "2026-11-20")
    ]
    assert statuses == [422, 200, 200, 200]


async def test_everything_is_logged_with_query_and_body(bench: Bench) -> None:
    await bench.b("GET", params={"page": 1, "name": "Əli"})
    await bench.b("POST", json=DENIZ)
    await bench.client.get("/v1/customers")
    seen = [
        (entry.number, entry.method, entry.path, entry.query, entry.body, entry.status) for entry in bench.log.entries
    ]
    assert seen == [
        (1, "GET", "/v1/customers", {"page": "1", "name": "Əli"}, None, 200),
        (2, "POST", "/v1/customers", {}, DENIZ, 200),
        (3, "GET", "/v1/customers", {}, None, 401),
    ]
    assert {entry.side for entry in bench.log.entries} == {"checkandplace"}
