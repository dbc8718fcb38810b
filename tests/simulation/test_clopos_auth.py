"""Clopos auth: every failure row of docs/api/clopos.md 2.4 in both generations, and the switches around it."""

from __future__ import annotations

import base64
import json
from datetime import UTC, datetime
from typing import Any

import pytest

from connector.simulator.kit import Fault
from tests.simulation.clopos_kit import START, Caller, shows, small_world

MISMATCH = "Integrator is in test mode. But brand is not in test mode"


@shows("token_form", "documented")
@shows("token_ttl", "3600")
async def test_v2_answers_as_documented() -> None:
    answer = await Caller(small_world()).auth()
    body = answer.json()
    token = body.pop("token")
    assert body == {
        "success": True, "token_type": "Bearer", "expires_in": 3600, "expires_at": int(START) + 3600,
        "message": "Authentication successful",
    }  # fmt: skip
    head, claims, _ = (json.loads(base64.urlsafe_b64decode(part + "==")) if i < 2 else part
                       for i, part in enumerate(token.split(".")))  # fmt: skip
    assert head == {"alg": "HS256", "typ": "JWT"}
    assert set(claims) == {"token", "brand", "stage", "venue_id", "integrator_id", "iat", "exp"}
    assert claims["exp"] - claims["iat"] == 3600


async def test_v1_answers_without_expires_at() -> None:
    body = (await Caller(small_world()).auth("v1")).json()
    assert body.pop("token").startswith("oauth_")
    assert body == {
        "success": True,
        "token_type": "Bearer",
        "expires_in": 3600,
        "message": "Authentication successful",
    }


@shows("token_form", "random")
@pytest.mark.parametrize("generation", ["v2", "v1"])
async def test_a_random_token_works_too(generation: str) -> None:
    caller = Caller(small_world(token_form="random"))
    token = (await caller.login(generation))["x-token"]
    assert "." not in token
    assert not token.startswith("oauth_")
    assert (await caller.call("GET", "/customers", generation=generation)).status_code == 200


@pytest.mark.parametrize(
    ("changes", "status", "error"),
    [
        *(({name: value}, 400, "Missing client_id, client_secret, brand, or integrator_id")
          for name in ("client_id", "client_secret", "brand", "integrator_id") for value in (None, "", 7)),
        ({"integrator_id": "somebody"}, 400, "Invalid integrator_id"),
        ({"client_id": "wrong"}, 401, None),
        ({"client_secret": "wrong"}, 401, None),
        ({"brand": "wrong"}, 401, None),
    ],
)  # fmt: skip
async def test_v2_auth_failures(changes: dict[str, Any], status: int, error: str | None) -> None:
    answer = await Caller(small_world()).auth(**changes)
    body = answer.json()
    assert (answer.status_code, body["success"], body.get("error")) == (status, False, error)
    assert ("message" in body) == (error is None)


@shows("test_mode_mismatch", "on", "off")
async def test_a_mode_mismatch_is_a_200_without_success() -> None:
    world = small_world()
    caller = Caller(world)
    assert (await caller.call("GET", "/customers")).status_code == 200
    world.set("CL-13", "on")
    answer = await caller.auth()
    assert (answer.status_code, answer.json()) == (200, {"success": False, "error": MISMATCH})
    later = await caller.call("GET", "/customers")
    assert (later.status_code, later.json()["error"]) == (401, MISMATCH)


@shows("client_disabled", "off", "401", "403", "200")
@pytest.mark.parametrize("status", ["401", "403", "200"])
@pytest.mark.parametrize("generation", ["v2", "v1"])
async def test_a_disabled_client_says_so(status: str, generation: str) -> None:
    answer = await Caller(small_world(client_disabled=status)).auth(generation)
    assert (answer.status_code, answer.json()) == (int(status), {"success": False, "error": "Client is disabled"})


@shows("integrator", "active", "disabled")
async def test_a_disabled_integrator_is_refused_at_auth_and_at_calls() -> None:
    world = small_world()
    caller = Caller(world)
    await caller.login()
    world.set("clopos.integrator", "disabled")
    answer = await caller.auth()
    assert (answer.status_code, answer.json()["error"]) == (400, "Invalid integrator_id")
    later = await caller.call("GET", "/customers")
    assert (later.status_code, later.json()["error"]) == (401, "Invalid integrator_id")


async def test_v1_knows_no_integrator() -> None:
    """2.3: its body names none, so neither its state nor its kind is anything to v1."""
    caller = Caller(small_world(integrator="disabled", test_mode_mismatch="on"))
    assert (await caller.auth("v1")).status_code == 200
    assert (await caller.call("GET", "/customers", generation="v1")).status_code == 200


@shows("auth_vocabulary", "sentences")
async def test_401_of_v2_calls_in_sentences() -> None:
    world = small_world()
    caller = Caller(world)
    headers = await caller.login()
    missing = await caller.call("GET", "/customers", headers={"x-token": ""})
    assert (missing.status_code, missing.json()["error"]) == (401, "Headers are missing")
    for token in ("nonsense", headers["x-token"][:-2] + "xx", "a.b.c"):
        answer = await caller.call("GET", "/customers", headers={"x-token": token})
        assert (answer.status_code, answer.json()["error"]) == (401, "Invalid token")
    world.shift_clock(3600)
    expired = await caller.call("GET", "/customers", headers=headers)
    ended = datetime.fromtimestamp(START + 3600, UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z")
    assert expired.json() == {
        "success": False, "error": "Token expired", "message": "Token expired", "expires_at": ended,
    }  # fmt: skip


@shows("auth_vocabulary", "slugs")
async def test_401_of_v2_calls_as_slugs() -> None:
    world = small_world(auth_vocabulary="slugs")
    caller = Caller(world)
    await caller.login()
    for headers in ({"x-token": ""}, {"x-token": "nonsense"}):
        answer = await caller.call("GET", "/customers", headers=headers)
        assert (answer.status_code, answer.json()["error"]) == (401, "unauthorized")
    world.shift_clock(3600)
    assert (await caller.call("GET", "/customers")).json()["error"] == "unauthorized"


@shows("token_ttl", "120", "3600/120")
@pytest.mark.parametrize(("word", "announced"), [("120", 120), ("3600/120", 3600)])
async def test_a_token_may_end_earlier_than_announced(word: str, announced: int) -> None:
    world = small_world(token_ttl=word)
    caller = Caller(world)
    await caller.login()
    assert (await caller.auth()).json()["expires_in"] == announced
    world.shift_clock(119)
    assert (await caller.call("GET", "/customers")).status_code == 200
    world.shift_clock(1)
    assert (await caller.call("GET", "/customers")).status_code == 401


@shows("v1_bad_credentials", "401", "400")
@pytest.mark.parametrize("status", ["401", "400"])
async def test_v1_auth_failures(status: str) -> None:
    caller = Caller(small_world(v1_bad_credentials=status))
    for changes in ({"client_id": "wrong"}, {"client_secret": "wrong"}):
        answer = await caller.auth("v1", **changes)
        assert answer.status_code == int(status)
        assert answer.json()["error"] == "authentication_failed"
        assert answer.json()["message"] == "Invalid credentials"
    brand = await caller.auth("v1", brand="wrong")
    assert brand.status_code >= 400
    assert brand.json()["success"] is False


@pytest.mark.parametrize("missing", ["client_id", "client_secret", "brand", "venue_id"])
@pytest.mark.parametrize("value", [None, "", 1], ids=["left out", "blank", "a number"])
async def test_v1_auth_needs_all_four_texts(missing: str, value: object) -> None:
    """2.3: all four fields are required; 2.4 asks for an error without a token."""
    answer = await Caller(small_world()).auth("v1", **{missing: value})
    assert (answer.status_code, answer.json()["success"], "token" in answer.json()) == (400, False, False)


@pytest.mark.parametrize("missing", ["x-token", "x-brand", "x-venue"])
async def test_v1_calls_need_three_headers(missing: str) -> None:
    """CL-32; `x-stage` is ignored."""
    caller = Caller(small_world())
    assert (await caller.call("GET", "/customers", generation="v1", headers={missing: ""})).status_code == 401
    assert (
        await caller.call("GET", "/customers", generation="v1", headers={"x-stage": "production"})
    ).status_code == 200


async def test_tokens_belong_to_their_generation_and_brand() -> None:
    caller = Caller(small_world())
    v1, v2 = await caller.login("v1"), await caller.login("v2")
    assert (await caller.call("GET", "/customers", headers={"x-token": v1["x-token"]})).status_code == 401
    crossed = await caller.call("GET", "/customers", generation="v1", headers={"x-token": v2["x-token"]})
    foreign = await caller.call("GET", "/customers", generation="v1", headers={"x-brand": "other"})
    assert crossed.status_code == foreign.status_code == 401


@shows("auth_lock", "429", "off")
async def test_v1_auth_is_locked_after_five_failures() -> None:
    world = small_world(auth_lock="429")
    caller = Caller(world)
    for _ in range(5):
        assert (await caller.auth("v1", client_secret="wrong")).status_code == 401
    assert (await caller.auth("v1")).status_code == 429
    world.shift_clock(301)
    assert (await caller.auth("v1")).status_code == 200
    world.set("CL-32", "off")
    for _ in range(6):
        assert (await caller.auth("v1", client_secret="wrong")).status_code == 401


async def test_only_failures_in_a_row_lock_and_only_who_failed() -> None:
    """CL-32."""
    world = small_world(auth_lock="429")
    guessing, other = Caller(world), Caller(world, "10.0.0.2")
    for _ in range(2):
        for _ in range(4):
            assert (await guessing.auth("v1", client_secret="wrong")).status_code == 401
        assert (await guessing.auth("v1")).status_code == 200
    for _ in range(5):
        await guessing.auth("v1", client_secret="wrong")
    assert (await other.auth("v1")).status_code == 200
    assert (await guessing.auth("v1")).status_code == 429
    world.shift_clock(299)
    assert (await guessing.auth("v1")).status_code == 429


async def test_a_documented_token_outlives_a_restart_and_a_random_one_does_not() -> None:
    """A signed token says itself whose it is (2.2), and the key is the seed's; v1's and random ones are remembered."""
    first, again = Caller(small_world()), Caller(small_world())
    signed, remembered = await first.login(), await first.login("v1")
    claims = json.loads(base64.urlsafe_b64decode(signed["x-token"].split(".")[1] + "=="))
    assert (claims["brand"], claims["venue_id"], claims["integrator_id"]) == ("demobrand", 1, "demo-integrator")
    assert (claims["iat"], claims["exp"]) == (int(START), int(START) + 3600)

    async def served(headers: dict[str, str], path: str = "/open-api/v2/customers") -> int | str:
        answer = await again.http.get(path, headers=headers)
        return answer.status_code if answer.status_code == 200 else str(answer.json()["error"])

    assert await served(signed) == 200
    assert await served(remembered, "/open-api/customers") == "Invalid token"
    again.world.shift_clock(3600)
    assert await served(signed) == "Token expired"
    again.world.clopos_api.auth.key = b"another seed's"
    assert await served(signed) == "Invalid token"


@shows("bad_venue", "404", "403", "400", "ignored")
@pytest.mark.parametrize("word", ["404", "403", "400", "ignored"])
@pytest.mark.parametrize("venue", ["99", "centre"])
async def test_a_venue_that_the_brand_does_not_have(word: str, venue: str) -> None:
    caller = Caller(small_world(bad_venue=word))
    wanted = 200 if word == "ignored" else int(word)
    for generation in ("v2", "v1"):
        answer = await caller.call("GET", "/customers", generation=generation, headers={"x-venue": venue})
        assert answer.status_code == wanted
    assert (await caller.auth("v1", venue_id=venue)).status_code == wanted


@shows("generation", "both", "v2", "v1")
@pytest.mark.parametrize(("word", "served"), [("both", ("v2", "v1")), ("v2", ("v2",)), ("v1", ("v1",))])
async def test_generations_are_mounted_by_the_switch(word: str, served: tuple[str, ...]) -> None:
    caller = Caller(small_world(generation=word))
    for generation in ("v2", "v1"):
        assert (await caller.auth(generation)).status_code == (200 if generation in served else 404)


@shows("permission", "all", "no_create", "nothing")
@pytest.mark.parametrize(
    ("word", "reading", "creating"), [("all", 200, 200), ("no_create", 200, 403), ("nothing", 403, 403)]
)
async def test_permissions(word: str, reading: int, creating: int) -> None:
    caller = Caller(small_world(permission=word))
    assert (await caller.call("GET", "/customers")).status_code == reading
    assert (await caller.create(name="Aysel")).status_code == creating


async def test_the_check_order_of_section_3_6_from_first_to_last() -> None:
    """Each request is wrong in all that comes later too."""
    world = small_world(rate_limit="on")
    caller = Caller(world)
    await caller.create(name="Holder", phone="+905321110022")
    world.set("clopos.rate_failed", "0")
    old = await caller.login()
    world.shift_clock(3600)
    fresh = await caller.login()

    async def answered(method: str, route: str, headers: dict[str, str], body: object = None) -> tuple[int, str]:
        answer = await caller.http.request(method, f"/open-api/v2{route}", headers=headers, json=body)
        return answer.status_code, answer.json()["error"]

    nobody = {"x-venue": "1"}
    world.plan_fault(Fault("clopos", "status:418"))
    assert await answered("GET", "/nowhere", nobody) == (418, "injected")
    assert await answered("GET", "/nowhere", nobody) == (429, "too_many_requests")
    world.set("clopos.rate_failed", "600")
    world.set("clopos.rate_calls", "0")
    world.set("clopos.integrator", "disabled")
    world.set("CL-23", "nothing")
    assert await answered("GET", "/nowhere", nobody) == (401, "Headers are missing")
    assert await answered("GET", "/nowhere", {"x-token": "nonsense"}) == (401, "Invalid token")
    assert await answered("GET", "/nowhere", old) == (401, "Token expired")
    assert await answered("GET", "/nowhere", fresh) == (401, "Invalid integrator_id")
    world.set("clopos.integrator", "active")
    assert await answered("GET", "/nowhere", fresh) == (429, "too_many_requests")
    world.set("clopos.rate_calls", "300")
    assert await answered("GET", "/nowhere", fresh) == (403, "forbidden")
    world.set("CL-23", "all")
    assert await answered("GET", "/nowhere", fresh) == (404, "not_found")
    wrong = {"phone": "+905321110022"}
    assert await answered("POST", "/customers", fresh, wrong) == (400, "The name field is required.")
    assert await answered("POST", "/customers", fresh, {**wrong, "name": "X"}) == (409, "duplicate_phone")
