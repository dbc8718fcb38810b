"""The edges of a wire: waits at the bound, addresses with a tail, causes in a circle, what is closed at the end."""

from __future__ import annotations

import errno

import httpx
import pytest

from connector.domain.errors import ConfigError, TransientError
from connector.domain.quota import Window
from connector.sides import causes
from connector.sides.budget import Budget
from connector.sides.headers import RateHint
from connector.sides.problems import checked_base_url, ended
from connector.sides.retry import Act, Outcome, RetryDecision
from tests.contract.harness import TestClock
from tests.contract.wires import GET, PLACE, Scripted, taken


@pytest.mark.parametrize(
    ("clock", "wait", "until"),
    [
        pytest.param(1_795_166_100.0, 3600.0, "until 10:15 UTC; the next run goes on from here.", id="today"),
        pytest.param(
            1_795_166_100.0, 86_400.0, "until 09:15 UTC on 21 November; the next run goes on from here.", id="tomorrow"
        ),
    ],
)
async def test_a_long_wait_names_its_end_and_the_day_where_it_is_another(clock: float, wait: float, until: str) -> None:
    budget = Budget("k", [], TestClock(clock), longest_wait=300.0)
    budget.pause(wait)
    with pytest.raises(TransientError) as raised:
        await budget.room()
    assert raised.value.manager == f"The request quota is used up {until}"
    assert raised.value.engineer == f"budget k: next request in {wait:.0f} s, the bound is 300 s"


async def test_a_wait_of_exactly_the_bound_is_slept() -> None:
    clock = TestClock()
    budget = Budget("k", [], clock, longest_wait=300.0)
    budget.pause(300.0)
    await budget.room()
    assert clock.slept == [300.0]


async def test_a_quota_on_failed_calls_counts_them_alone() -> None:
    """docs/api/clopos.md 5, tier 2: `add` takes a place of the window without a request of its own."""
    clock = TestClock()
    budget = Budget("clopos failed calls", [Window(2, 60.0)], clock)
    budget.add()
    await budget.room()
    assert (budget.state().left, clock.slept) == (1, [])
    budget.add()
    await budget.room()
    assert sum(clock.slept) == pytest.approx(60.0, abs=0.1)
    assert budget.state().left == 2


async def test_failed_calls_are_held_back_before_the_server_locks_everybody_out() -> None:
    server = Scripted(httpx.Response(400), httpx.Response(404), httpx.Response(200))
    server.wire.failures = Budget("clopos failed calls", [Window(2, 60.0)], server.clock)
    for _ in range(2):
        await server.wire.send(GET, taken)
    assert server.clock.slept == []
    for _ in range(3):
        await server.wire.send(GET, taken)
    assert sum(server.clock.slept) == pytest.approx(60.0, abs=0.1), "answers below 400 take no place in it"


async def test_what_an_answer_says_is_left_holds_for_the_next_request() -> None:
    """CL-21: another program uses the same key, so the server takes fewer than we count."""
    headers = {"RateLimit-Remaining": "0", "RateLimit-Reset": "20"}
    server = Scripted(httpx.Response(200, headers=headers), httpx.Response(200))
    await server.wire.send(GET, taken)
    assert server.clock.slept == []
    await server.wire.send(GET, taken)
    assert sum(server.clock.slept) == pytest.approx(20.0)


async def test_the_tightest_window_is_what_people_see() -> None:
    """v1: 100 a minute and 1,000 an hour (docs/api/clopos.md 5)."""
    clock = TestClock()
    budget = Budget("k", [Window(100, 60.0), Window(150, 3600.0)], clock)
    for _ in range(60):
        async with budget.request():
            pass
    assert (budget.state().left, budget.state().limit) == (40, 100)
    clock.simulated.shift += 61.0
    assert (budget.state().left, budget.state().limit) == (90, 150)


async def test_the_server_s_count_ends_with_its_window() -> None:
    clock = TestClock()
    budget = Budget("k", [Window(300, 60.0)], clock)
    async with budget.request() as granted:
        budget.learn(RateHint(remaining=0, reset=30.0), granted)
    clock.simulated.shift += 30.0
    assert budget.state().wait == 0.0
    async with budget.request() as granted:
        budget.learn(RateHint(remaining=298, reset=30.0), granted)
    assert budget.state().wait == 0.0, "298 left of 300 after two requests of ours is no news"


@pytest.mark.parametrize("tail", ["https://pos.test/api#v2", "https://:pw@pos.test/"], ids=["fragment", "password"])
def test_an_address_with_a_tail_or_a_password_cannot_be_used(tail: str) -> None:
    with pytest.raises(ConfigError) as raised:
        checked_base_url(PLACE, tail)
    assert raised.value.code == "base-url"
    assert raised.value.next_step == "connector doctor --pair main"
    assert "pw" not in str(raised.value) + raised.value.engineer


@pytest.mark.parametrize(("text", "url"), [("https://pos.test", "https://pos.test/"), ("http://a/b//", "http://a/b/")])
def test_an_address_ends_in_one_slash(text: str, url: str) -> None:
    assert checked_base_url(PLACE, text) == url


def test_causes_in_a_circle_come_to_an_end() -> None:
    """Exceptions that were raised again carry each other as their context."""
    outer, inner = httpx.ConnectError("no"), OSError("no number")
    outer.__context__, inner.__context__ = inner, outer
    assert causes.of_failure(outer) == ""
    inner.__cause__ = OSError(errno.ENETUNREACH, "no way")
    assert causes.of_failure(outer) == causes.NO_WAY


@pytest.mark.parametrize(
    ("outcome", "reason", "facts"),
    [
        pytest.param(Outcome(503), "status-503", "GET /x: status-503", id="a status is said once"),
        pytest.param(Outcome(200, "unreadable"), "unreadable", "GET /x: unreadable, status 200, cut", id="beside it"),
        pytest.param(Outcome(None, "timeout"), "timeout", "GET /x: timeout", id="no answer, no status"),
    ],
)
def test_the_facts_of_a_failed_request(outcome: Outcome, reason: str, facts: str) -> None:
    detail = "cut" if outcome.error == "unreadable" else ""
    error = ended(PLACE, "GET", "/x", RetryDecision(Act.GIVE_UP, reason), outcome, detail)
    assert error.engineer == facts


async def test_a_closed_wire_holds_no_connection() -> None:
    server = Scripted(httpx.Response(200))
    await server.wire.send(GET, taken)
    await server.wire.aclose()
    assert server.wire.client.is_closed
