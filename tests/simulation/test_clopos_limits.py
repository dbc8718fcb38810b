"""Quotas of the Clopos simulator (docs/api/clopos.md 5; CL-21, CL-43)."""

from __future__ import annotations

import pytest

from tests.simulation.clopos_kit import START, Caller, shows, small_world


@shows("rate_limit", "on", "off")
@shows("rate_limit_form", "headers")
@shows("rate_headers", "authenticated")
async def test_the_call_tier_counts_down_and_refuses() -> None:
    world = small_world(rate_limit="on", rate_calls="3")
    caller = Caller(world)
    auth = await caller.auth()
    assert not any("ratelimit" in name for name in auth.headers)
    left = []
    for _ in range(3):
        answer = await caller.call("GET", "/customers")
        left.append(
            (
                answer.headers["RateLimit-Limit"],
                answer.headers["RateLimit-Remaining"],
                answer.headers["RateLimit-Reset"],
            )
        )
        world.shift_clock(10)
    assert left == [("3", "2", "60"), ("3", "1", "50"), ("3", "0", "40")]
    refused = await caller.call("GET", "/customers")
    assert refused.status_code == 429
    assert refused.json() == {"success": False, "message": "Too many requests", "error": "too_many_requests"}
    assert (refused.headers["RateLimit-Remaining"], refused.headers["RateLimit-Reset"]) == ("0", "30")
    assert "Retry-After" not in refused.headers
    world.shift_clock(30)
    assert (await caller.call("GET", "/customers")).status_code == 200
    assert (await caller.call("GET", "/customers")).status_code == 429
    world.set("clopos.rate_limit", "off")
    assert (await caller.call("GET", "/customers")).status_code == 200


async def test_a_clock_that_is_put_back_fills_no_window() -> None:
    """What was counted before lies in the future then; it must neither count for ever nor keep what follows."""
    world = small_world(rate_limit="on", rate_calls="2")
    caller = Caller(world)
    assert (await caller.call("GET", "/customers")).status_code == 200
    world.shift_clock(-172_800)
    for _ in range(4):
        assert (await caller.call("GET", "/customers")).status_code == 200
        world.shift_clock(61)


async def test_new_tokens_and_401s_do_not_change_the_call_tier() -> None:
    world = small_world(rate_limit="on", rate_calls="2")
    caller = Caller(world)
    for _ in range(2):
        await caller.login()
        assert (await caller.call("GET", "/customers", headers={"x-token": "bad"})).status_code == 401
        assert (await caller.call("GET", "/customers")).status_code == 200
    assert (await caller.call("GET", "/customers")).status_code == 429


async def test_the_auth_tier_and_the_tier_of_failures() -> None:
    world = small_world(rate_limit="on", rate_auth="2", rate_failed="3")
    caller = Caller(world)
    await caller.login()
    assert [(await caller.auth()).status_code for _ in range(2)] == [200, 429]
    assert (await caller.auth("v1")).status_code == 200
    for status in (401, 404, 400):
        route = {401: "/customers", 404: "/customers/1", 400: "/customers?limit=0"}[status]
        headers = {"x-token": "bad"} if status == 401 else {}
        assert (await caller.call("GET", route, headers=headers)).status_code == status
    assert (await caller.call("GET", "/customers")).status_code == 429
    world.shift_clock(60)
    assert (await caller.call("GET", "/customers")).status_code == 200


async def test_the_tightest_tier_is_shown() -> None:
    caller = Caller(small_world(rate_limit="on", rate_failed="2"))
    assert (await caller.call("GET", "/customers")).headers["RateLimit-Limit"] == "2"
    assert (await caller.call("GET", "/customers/1")).headers["RateLimit-Limit"] == "2"


async def test_v1_has_a_minute_and_an_hour_and_epoch_seconds() -> None:
    world = small_world(rate_limit="on", rate_v1="2", rate_v1_hour="3")
    caller = Caller(world)
    for remaining in ("1", "0"):
        answer = await caller.call("GET", "/customers", generation="v1")
        assert answer.headers["X-RateLimit-Remaining"] == remaining
        assert answer.headers["X-RateLimit-Reset"] == str(int(START) + 60)
    assert (await caller.call("GET", "/customers", generation="v1")).status_code == 429
    world.shift_clock(60)
    last = await caller.call("GET", "/customers", generation="v1")
    assert (last.status_code, last.headers["X-RateLimit-Reset"]) == (200, str(int(START) + 3600))
    assert (await caller.call("GET", "/customers", generation="v1")).status_code == 429


@shows("rate_limit_form", "retry_after", "html", "no_headers")
@pytest.mark.parametrize("word", ["retry_after", "html", "no_headers"])
async def test_forms_of_a_429(word: str) -> None:
    caller = Caller(small_world(rate_limit="on", rate_calls="1", rate_limit_form=word))
    first = await caller.call("GET", "/customers")
    refused = await caller.call("GET", "/customers")
    assert refused.status_code == 429
    assert ("RateLimit-Limit" in refused.headers) == ("RateLimit-Limit" in first.headers) == (word != "no_headers")
    assert refused.headers.get("Retry-After") == ("60" if word == "retry_after" else None)
    assert refused.text.startswith("<!DOCTYPE") == (word == "html")


@shows("rate_headers", "all")
async def test_headers_on_auth_and_on_401() -> None:
    caller = Caller(small_world(rate_limit="on", rate_headers="all"))
    assert (await caller.auth()).headers["RateLimit-Remaining"] == "59"
    assert (await caller.call("GET", "/customers", headers={"x-token": "bad"})).headers["RateLimit-Limit"] == "600"


async def test_the_documented_numbers_are_the_defaults() -> None:
    words = small_world().clopos.switches.words
    numbers = {"rate_auth": "60", "rate_failed": "600", "rate_calls": "300", "rate_v1": "100", "rate_v1_hour": "1000"}
    assert numbers.items() <= words.items()
    assert words["rate_window"] == "60"


async def test_a_smaller_window() -> None:
    world = small_world(rate_limit="on", rate_calls="1", rate_window="0.5")
    caller = Caller(world)
    assert [(await caller.call("GET", "/customers")).status_code for _ in range(2)] == [200, 429]
    world.shift_clock(0.5)
    assert (await caller.call("GET", "/customers")).status_code == 200


async def test_tiers_1_and_2_count_an_address_and_tier_3_counts_the_brand() -> None:
    """Section 5, the column "keyed on": more workers behind one address add nothing to tier 1 and 2."""
    world = small_world(rate_limit="on", rate_auth="2", rate_failed="2", rate_calls="3")
    here, there = Caller(world), Caller(world, "10.0.0.2")
    assert [(await here.auth()).status_code for _ in range(3)] == [200, 200, 429]
    here.headers["v2"] = await there.login()
    bad = {"x-token": "bad"}
    assert [(await here.call("GET", "/customers", headers=bad)).status_code for _ in range(3)] == [401, 401, 429]
    assert (await here.call("GET", "/customers")).status_code == 429
    assert [(await there.call("GET", "/customers")).status_code for _ in range(4)] == [200, 200, 200, 429]


async def test_every_status_from_400_on_counts_as_failed_and_none_below() -> None:
    """Section 5: 600 failed (status 400 and above) a minute; refusals of tier 3 are failed calls too."""
    world = small_world(rate_limit="on", rate_failed="3", rate_calls="5")
    caller = Caller(world)

    async def left(route: str) -> tuple[int, str]:
        answer = await caller.call("GET", route)
        return answer.status_code, answer.headers["RateLimit-Remaining"]

    assert [await left("/customers") for _ in range(3)] == [(200, "3"), (200, "3"), (200, "2")]
    assert await left("/customers/1") == (404, "1")
    assert await left("/customers?limit=0") == (400, "0")
    assert await left("/customers") == (429, "0")
    assert (await caller.call("GET", "/customers", headers={"x-token": "bad"})).status_code == 429, "the third failure"


async def test_the_tier_of_failures_is_v2_s_alone() -> None:
    """Section 5: v1 knows two windows of its key, and no other."""
    caller = Caller(small_world(rate_limit="on", rate_failed="1", rate_auth="1"))
    await caller.login()
    for _ in range(3):
        assert (await caller.auth("v1")).status_code == 200
        assert (await caller.call("GET", "/customers/1", generation="v1")).status_code == 404
    assert (await caller.call("GET", "/customers/1")).status_code == 404
    assert (await caller.call("GET", "/customers/1")).status_code == 429


async def test_a_full_hour_of_v1_is_told_by_the_longer_wait() -> None:
    """CL-21: both windows are full, and the hour's end is what `Retry-After` names."""
    world = small_world(rate_limit="on", rate_v1="1", rate_v1_hour="2", rate_limit_form="retry_after")
    caller = Caller(world)
    assert (await caller.call("GET", "/customers", generation="v1")).status_code == 200
    minute = await caller.call("GET", "/customers", generation="v1")
    world.shift_clock(60)
    assert (await caller.call("GET", "/customers", generation="v1")).status_code == 200
    hour = await caller.call("GET", "/customers", generation="v1")
    assert [(one.status_code, one.headers["Retry-After"]) for one in (minute, hour)] == [(429, "60"), (429, "3540")]
