"""The budget: never above a quota, nearly all of it when there is work, one per key, bounded waits."""

import asyncio
from bisect import bisect_right

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connector.domain.errors import TransientError
from connector.domain.quota import Window
from connector.sides.budget import Budget, Budgets
from connector.sides.headers import RateHint
from tests.contract.harness import TestClock


async def spend(budget: Budget, clock: TestClock, latency: float, seen: list[float]) -> None:
    """One request; the server sees it in the middle of its latency."""
    async with budget.request():
        clock.simulated.shift += latency / 2
        seen.append(clock.monotonic())
        clock.simulated.shift += latency / 2


def busiest(seen: list[float], seconds: float) -> int:
    """The most requests that any window of that length holds, as a strict server counts them."""
    ordered = sorted(seen)
    return max((bisect_right(ordered, at) - bisect_right(ordered, at - seconds) for at in ordered), default=0)


@settings(max_examples=40)
@given(
    limit=st.integers(1, 30),
    latencies=st.lists(st.floats(0.0, 3.0), min_size=1, max_size=120),
)
async def test_no_window_ever_holds_more_than_the_limit(limit: int, latencies: list[float]) -> None:
    clock = TestClock()
    budget = Budget("k", [Window(limit, 60.0)], clock, longest_wait=3600)
    seen: list[float] = []
    for latency in latencies:
        await spend(budget, clock, latency, seen)
    assert len(seen) == len(latencies)
    assert busiest(seen, 60.0) <= limit


async def test_at_least_95_percent_of_the_quota_is_used() -> None:
    clock = TestClock()
    budget = Budget("k", [Window(300, 60.0)], clock)
    seen: list[float] = []
    begun = clock.monotonic()
    while clock.monotonic() < begun + 600:
        await spend(budget, clock, 0.1, seen)
    assert len(seen) >= 0.95 * 300 * 10
    assert busiest(seen, 60.0) <= 300


async def test_every_window_of_a_key_counts() -> None:
    """v1: 100 a minute and 1,000 an hour (docs/api/clopos.md 5)."""
    clock = TestClock()
    budget = Budget("k", [Window(100, 60.0), Window(1000, 3600.0)], clock, longest_wait=4000)
    seen: list[float] = []
    for _ in range(1300):
        await spend(budget, clock, 0.01, seen)
    assert busiest(seen, 60.0) <= 100
    assert busiest(seen, 3600.0) <= 1000


async def test_parallel_workers_share_one_window() -> None:
    clock = TestClock()
    budget = Budget("k", [Window(5, 60.0)], clock, concurrency=4)
    seen: list[float] = []

    async def worker() -> None:
        for _ in range(5):
            async with budget.request():
                seen.append(clock.monotonic())
                await asyncio.sleep(0)

    await asyncio.gather(*(worker() for _ in range(4)))
    assert len(seen) == 20
    assert busiest(seen, 60.0) <= 5


async def test_concurrency_is_bounded() -> None:
    budget = Budget("k", [], TestClock(), concurrency=2)
    inside = most = 0

    async def worker() -> None:
        nonlocal inside, most
        async with budget.request():
            inside += 1
            most = max(most, inside)
            await asyncio.sleep(0)
            inside -= 1

    await asyncio.gather(*(worker() for _ in range(8)))
    assert most == 2


async def test_the_server_knows_better_than_we_do() -> None:
    """Another process uses the same key: the server says that only two are left for 30 s."""
    clock = TestClock()
    budget = Budget("k", [Window(300, 60.0)], clock)
    async with budget.request() as granted:
        budget.learn(RateHint(remaining=2, reset=30.0), granted)
    for _ in range(2):
        async with budget.request():
            pass
    assert clock.slept == []
    async with budget.request():
        pass
    assert sum(clock.slept) == pytest.approx(30.0)


async def test_requests_the_server_has_not_counted_yet_are_subtracted() -> None:
    clock = TestClock()
    budget = Budget("k", [Window(300, 60.0)], clock, concurrency=3)
    async with budget.request() as first, budget.request():
        budget.learn(RateHint(remaining=1, reset=20.0), first)
    async with budget.request():
        pass
    assert sum(clock.slept) == pytest.approx(20.0)


async def test_headers_without_both_numbers_teach_nothing() -> None:
    clock = TestClock()
    budget = Budget("k", [Window(10, 60.0)], clock)
    async with budget.request() as granted:
        budget.learn(RateHint(remaining=0), granted)
        budget.learn(RateHint(reset=50.0), granted)
    async with budget.request():
        pass
    assert clock.slept == []


async def test_a_pause_holds_everybody() -> None:
    clock = TestClock()
    budget = Budget("k", [], clock)
    budget.pause(7.0)
    budget.pause(3.0)
    async with budget.request():
        pass
    assert sum(clock.slept) == pytest.approx(7.0)


async def test_a_wait_beyond_the_bound_is_said_aloud() -> None:
    clock = TestClock()
    budget = Budget("clopos v1 ab", [Window(2, 3600.0)], clock, longest_wait=300)
    for _ in range(2):
        async with budget.request():
            pass
    with pytest.raises(TransientError) as raised:
        async with budget.request():
            pytest.fail("nothing may be sent")
    assert raised.value.code == "quota-used-up"
    assert "10:15 UTC" in raised.value.manager
    assert "3600 s" in raised.value.engineer
    assert clock.slept == []


async def test_a_failed_request_counts_too() -> None:
    clock = TestClock()
    budget = Budget("k", [Window(1, 60.0)], clock)
    with pytest.raises(RuntimeError):
        async with budget.request():
            raise RuntimeError
    assert budget.state().left == 0
    async with budget.request():
        pass
    assert sum(clock.slept) >= 60.0


async def test_one_budget_per_key() -> None:
    budgets = Budgets(TestClock())
    one = budgets.get("clopos v2 i b", [Window(300, 60.0)])
    assert budgets.get("clopos v2 i b", [Window(5, 60.0)]) is one
    assert budgets.get("clopos v2 i c", []) is not one
    assert [(s.key, s.left, s.limit) for s in budgets.states()] == [
        ("clopos v2 i b", 300, 300),
        ("clopos v2 i c", None, None),
    ]
