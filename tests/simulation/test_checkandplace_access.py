"""Switches of refusals, credentials and limits: each word shows another behaviour over HTTP."""

from __future__ import annotations

import pytest

from tests.simulation.checkandplace_bench import APP, DENIZ, OTHER_TOKEN, TOKEN, Bench, Case, parameters, shown

UNKNOWN = "/1f0c7d2a-6f0b-4b58-8f0d-5a9c1c2e7b01"


async def error_body(bench: Bench) -> object:
    bench.add(phone="905321110022")
    answer = await bench.b("POST", json=DENIZ)
    if answer.headers.get("content-type") != "application/json":
        return "html" if b"<html" in answer.content else answer.content
    return answer.json() if answer.content else ""


async def auth_failure(bench: Bench) -> object:
    answers = [
        await bench.client.get("/v1/customers"),
        await bench.client.get("/v1/customers", headers={"CheckandPlace-Access-Token": "wrong"}),
        await bench.client.post("/api/v1/customers/anonym", json={}),
        await bench.client.post("/api/v1/customers/anonym", json={}, headers={**APP, "EMPLOYEE_TOKEN": "wrong"}),
    ]
    assert {answer.text for answer in answers} == {'{"errors": {"base": ["unauthorized"]}}'}
    return {answer.status_code for answer in answers}


async def unknown_id(bench: Bench) -> object:
    foreign = bench.add(store="other")
    answers = [
        await bench.b("PATCH", UNKNOWN, json={"last_name": "x"}),
        await bench.b("PATCH", f"/{foreign}", json={"last_name": "x"}),
        await bench.a("GET", UNKNOWN),
    ]
    return {answer.status_code for answer in answers}


async def rate(bench: Bench) -> object:
    """Two requests a minute: statuses and Retry-After of three, then one after the window."""
    bench.set(rate_limit_requests="2")
    seen: list[object] = []
    for wait in (0, 10, 10, 45):
        bench.clock.shift += wait
        answer = await bench.b("GET")
        seen.append((answer.status_code, answer.headers.get("retry-after")))
    return seen


async def requests_a_window(bench: Bench) -> object:
    bench.set(rate_limit="bare_429")
    return [(await bench.b("GET")).status_code for _ in range(61)].count(200)


async def window(bench: Bench) -> object:
    bench.set(rate_limit="bare_429", rate_limit_requests="1")
    await bench.b("GET")
    bench.clock.shift += 30
    return (await bench.b("GET")).status_code


async def revoked(bench: Bench) -> object:
    """How many of 25 requests are served, wrong tokens not counting."""
    await bench.client.get("/v1/customers", headers={"CheckandPlace-Access-Token": "wrong"})
    return [(await bench.b("GET")).status_code for _ in range(25)].count(200)


async def slug(bench: Bench) -> object:
    """Without SLUG_NAME, and with a wrong one."""
    headers = {name: value for name, value in APP.items() if name != "SLUG_NAME"}
    answers = [
        await bench.client.post("/api/v1/customers/anonym", json={}, headers=headers),
        await bench.client.post("/api/v1/customers/anonym", json={}, headers={**headers, "SLUG_NAME": "wrong"}),
    ]
    return [answer.status_code for answer in answers]


async def authorization(bench: Bench) -> object:
    """Token x, then x alone, then a wrong x."""
    values = (APP["Authorization"], APP["Authorization"].removeprefix("Token "), "Token wrong")
    return [
        (await bench.a("POST", "/anonym", json={}, headers={"Authorization": value})).status_code for value in values
    ]


async def underscores(bench: Bench) -> object:
    """(a) needs them, whatever their case; (b) has none."""
    lower = {name.lower(): value for name, value in APP.items()}
    answers = [
        await bench.client.post("/api/v1/customers/anonym", json={}, headers=lower),
        await bench.client.get("/v1/customers", headers={name.upper(): value for name, value in TOKEN.items()}),
    ]
    return [answer.status_code for answer in answers]


async def by_id(bench: Bench) -> object:
    return (await bench.b("GET", f"/{bench.add()}")).status_code


CASES = {
    "error_body": Case(
        error_body,
        {
            "errors": {"errors": {"primary_phone_number": ["has already been taken"]}},
            "error": {"error": "primary_phone_number has already been taken"},
            "message": {"message": "primary_phone_number has already been taken"},
            "empty": "",
            "html": "html",
        },
    ),
    "auth_failure": Case(auth_failure, {"401": {401}, "403": {403}}),
    "unknown_id": Case(unknown_id, {"404": {404}, "422": {422}}),
    "rate_limit": Case(
        rate,
        {
            "none": [(200, None)] * 4,
            "retry_after": [(200, None), (200, None), (429, "40"), (200, None)],
            "bare_429": [(200, None), (200, None), (429, None), (200, None)],
        },
    ),
    "rate_limit_requests": Case(requests_a_window, {"60": 60, "5": 5}),
    "rate_limit_window": Case(window, {"60": 429, "20": 200}),
    "token_revoked": Case(revoked, {"off": 25, "20": 20, "3": 3}),
    "slug_required": Case(slug, {"yes": [401, 401], "no": [200, 401]}),
    "authorization_form": Case(
        authorization, {"both": [200, 200, 401], "token_only": [200, 401, 401], "bare_only": [401, 200, 401]}
    ),
    "drop_underscore_headers": Case(underscores, {"off": [200, 200], "on": [401, 200]}),
    "get_by_id": Case(by_id, {"404": 404, "405": 405}),
}


@pytest.mark.parametrize(("name", "word"), parameters(CASES))
async def test_each_word_shows_its_behaviour(name: str, word: str) -> None:
    expected = CASES[name].shows
    assert [other for other, same in expected.items() if same == expected[word]] == [word], "two words, one behaviour"
    assert await shown(CASES, name, word) == expected[word]


async def test_a_clock_that_is_put_back_fills_no_window() -> None:
    """CP-18: what was counted before lies in the future then; it must neither count for ever nor keep what follows."""
    bench = Bench()
    bench.set(rate_limit="retry_after", rate_limit_requests="1")
    seen = [(await bench.b("GET")).status_code]
    for back in (-172_800.0, 1.0, 60.0):
        bench.clock.shift += back
        seen.append((await bench.b("GET")).status_code)
    assert seen == [200, 200, 429, 200]


@pytest.mark.parametrize("name", APP)
@pytest.mark.parametrize("wrong", [None, "", "wrong"], ids=["left out", "blank", "wrong"])
async def test_each_of_the_four_headers_of_a_must_be_right(name: str, wrong: str | None) -> None:
    """2.2."""
    bench = Bench()
    headers = {key: value for key, value in APP.items() if key != name} | ({} if wrong is None else {name: wrong})
    answer = await bench.client.post("/api/v1/customers/anonym", json={}, headers=headers)
    assert (answer.status_code, answer.json()) == (401, {"errors": {"base": ["unauthorized"]}})
    assert bench.store.customers == {}


async def test_a_pin_code_and_a_token_open_their_own_store() -> None:
    """CP-31: the organisation's second store has its own, and sees nobody of the first."""
    bench = Bench()
    bench.add()
    other = {**APP, "STORE_PIN_CODE": "1111"}
    made = await bench.client.post("/api/v1/customers/anonym", json={}, headers=other)
    assert made.json()["customer"]["last_name"] == "Customer 1"
    listed = (await bench.client.get("/v1/customers", headers=OTHER_TOKEN)).json()["customers"]
    assert [row["id"] for row in listed] == [made.json()["customer"]["id"]]
    foreign = f"/api/v1/customers/{made.json()['customer']['id']}"
    assert (await bench.client.get(foreign, headers=APP)).status_code == 404
    assert (await bench.client.get(foreign, headers=other)).status_code == 200


async def test_the_credentials_of_one_generation_open_nothing_of_the_other() -> None:
    bench = Bench()
    assert (await bench.client.get("/v1/customers", headers=APP)).status_code == 401
    assert (await bench.client.post("/api/v1/customers/anonym", json={}, headers=TOKEN)).status_code == 401


async def test_each_credential_has_its_own_window_and_refusals_do_not_fill_it() -> None:
    """CP-18."""
    bench = Bench()
    bench.clock.scale = 0
    bench.set(rate_limit="retry_after", rate_limit_requests="1")
    assert (await bench.b("GET")).status_code == 200
    bench.clock.shift += 30
    assert (await bench.b("GET")).headers["retry-after"] == "30"
    assert (await bench.client.get("/v1/customers", headers=OTHER_TOKEN)).status_code == 200
    assert (await bench.a("POST", "/anonym", json={})).status_code == 200
    bench.clock.shift += 30
    assert (await bench.b("GET")).status_code == 200, "the refused one left no trace"


async def test_a_credential_that_ended_is_good_again_when_the_switch_is_off() -> None:
    """CP-36 counts from when it is set."""
    bench = Bench()
    for _ in range(3):
        await bench.b("GET")
    bench.set(token_revoked="2")
    assert [(await bench.b("GET")).status_code for _ in range(3)] == [200, 200, 401]
    bench.set(token_revoked="off")
    assert (await bench.b("GET")).status_code == 200
    bench.set(token_revoked="1")
    assert [(await bench.b("GET")).status_code for _ in range(2)] == [200, 401]
