"""One process's share of a common quota: what it asks the ledger for, what it gives back, and when it waits."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from connector.domain.errors import StateError, TransientError
from connector.domain.quota import Granted, Heard, LedgerBusy, Settled, Told, Window
from connector.sides.budget import Budget
from connector.sides.headers import RateHint
from connector.sides.passes import Batch, Passes
from tests.contract.harness import TestClock

DOCUMENTED = [Window(300, 60.0)]
"""docs/api/clopos.md 5."""
STATE_GONE = StateError("state-unreachable", "The state cannot be reached.", engineer="", next_step="connector status")


def about(seconds: float) -> Any:
    """Equal to these seconds, but for rounding: moments are of a clock that counts from 1970."""
    return pytest.approx(seconds, abs=1e-3)


class Book:
    """A ledger that answers by a script, and gives what it is asked for once the script is over."""

    def __init__(self, *answers: Granted | Exception) -> None:
        self.answers = list(answers)
        self.told: list[Told] = []

    def exchange(self, key: str, told: Told) -> Granted:
        assert key == "k"
        self.told.append(told)
        answer = self.answers.pop(0) if self.answers else Granted(told.wanted, ticket=len(self.told))
        if isinstance(answer, Exception):
            raise answer
        return answer

    @property
    def wanted(self) -> list[int]:
        return [told.wanted for told in self.told]


def share(
    *answers: Granted | Exception, windows: Sequence[Window] = DOCUMENTED, patience: float = 300.0
) -> tuple[Passes, Book, TestClock]:
    book, clock = Book(*answers), TestClock()
    return Passes("k", windows, clock, book, patience=patience), book, clock


async def take(passes: Passes) -> Batch:
    batch = await passes.take()
    assert isinstance(batch, Batch)
    return batch


@pytest.mark.parametrize(
    ("windows", "wanted"),
    [
        pytest.param(DOCUMENTED, [1, 2, 4, 8, 10, 10], id="ten at most of a large quota"),
        pytest.param([Window(60, 60.0)], [1, 2, 2, 2, 2, 2], id="a thirtieth of a small one"),
        pytest.param([Window(300, 60.0), Window(120, 3600.0)], [1, 2, 4, 4, 4, 4], id="the strictest window counts"),
        pytest.param([Window(6, 60.0)], [1, 1, 1, 1, 1, 1], id="never none"),
        pytest.param([], [1, 2, 4, 8, 10, 10], id="no quota is known"),
    ],
)
async def test_a_process_in_full_flow_asks_for_more_at_once(windows: list[Window], wanted: list[int]) -> None:
    passes, book, _ = share(windows=windows)
    while len(book.told) < 6:
        passes.answered(await take(passes))
    assert book.wanted == wanted


@pytest.mark.parametrize("used", [1, 3])
async def test_whoever_slows_down_asks_for_as_many_as_were_used(used: int) -> None:
    """Passes are void a second after they were given, and what was not used of them is told."""
    passes, book, clock = share(Granted(4, ticket=7))
    for _ in range(used):
        passes.answered(await take(passes))
    clock.simulated.shift += 1.0
    await take(passes)
    assert book.wanted == [1, used]
    assert book.told[1].settled == [Settled(7, used, about(1.0))]


async def test_within_a_second_passes_are_used_without_asking_again() -> None:
    passes, book, clock = share(Granted(4, ticket=7))
    for _ in range(4):
        await take(passes)
        clock.simulated.shift += 0.33
    assert book.wanted == [1]


async def test_the_ledger_is_told_how_long_requests_may_be_under_way() -> None:
    """The longest request is over after 120 s (`WireOptions.total`); its pass may be a second old when it starts."""
    passes, book, _ = share(patience=45.0)
    await take(passes)
    assert book.told[0] == Told(tuple(DOCUMENTED), 1, open_for=121.0, patience=45.0, settled=[])


async def test_what_is_under_way_is_told_when_its_batch_shrinks_and_again_when_it_ended() -> None:
    passes, book, clock = share(Granted(4, ticket=7), Granted(1, ticket=8), Granted(1, ticket=9), Granted(1, ticket=10))
    first, second = await take(passes), await take(passes)
    clock.simulated.shift += 1.0
    await take(passes)
    assert book.told[1].settled == [Settled(7, 2, None)], "two of four are given back"
    passes.answered(first)
    await take(passes)
    assert book.told[2].settled == [], "one is under way still: there is no news of either batch"
    clock.simulated.shift += 2.5
    passes.answered(second)
    clock.simulated.shift += 0.5
    await take(passes)
    assert book.told[3].settled == [Settled(7, 2, about(0.5))], "the last answer counts"
    await take(passes)
    assert Settled(7, 2, about(0.5)) not in book.told[4].settled, "it is told once"


async def test_whoever_waits_keeps_the_place_in_the_queue_until_it_is_served() -> None:
    passes, book, clock = share(
        Granted(0, 12.0, ticket=5), Granted(0, 3.0, ticket=5), Granted(1, ticket=6), Granted(1, ticket=7)
    )
    assert (await take(passes)).ticket == 6
    assert clock.slept == [12.0, 3.0]
    await take(passes)
    assert [told.queued for told in book.told] == [None, 5, 5, None]


@pytest.mark.parametrize(("wait", "sleeps"), [(300.0, True), (300.5, False)])
async def test_a_wait_is_slept_up_to_patience_and_told_beyond_it(wait: float, sleeps: bool) -> None:
    passes, _, clock = share(Granted(0, wait, ticket=5))
    taken = await passes.take()
    assert (clock.slept == [wait]) is sleeps
    assert isinstance(taken, Batch) is sleeps
    assert sleeps or taken == wait


async def test_what_the_server_said_is_told_once_with_its_age() -> None:
    passes, book, clock = share()
    asked = clock.monotonic()
    await take(passes)
    clock.simulated.shift += 4.0
    passes.learn(RateHint(remaining=9, reset=30.0), asked, 2)
    clock.simulated.shift += 1.5
    passes.settle()
    assert book.told[1].heard == Heard(9, 30.0, ago=about(1.5), asked=about(5.5), uncounted=2)
    passes.settle()
    assert book.told[2].heard is None


@pytest.mark.parametrize("hint", [RateHint(remaining=0), RateHint(reset=30.0), RateHint()], ids=str)
async def test_headers_without_both_numbers_tell_the_ledger_nothing(hint: RateHint) -> None:
    passes, book, clock = share(Granted(4, ticket=7))
    await take(passes)
    passes.learn(hint, clock.monotonic(), 0)
    await take(passes)
    passes.settle()
    assert [told.heard for told in book.told] == [None, None], "and what was taken stays good"


@pytest.mark.parametrize(
    ("remaining", "uncounted", "asks_again"),
    [
        pytest.param(3, 0, False, id="the server takes all that are left"),
        pytest.param(2, 0, True, id="it takes fewer"),
        pytest.param(4, 2, True, id="it has not counted two that are on their way"),
    ],
)
async def test_passes_beyond_what_the_server_takes_are_not_used(
    remaining: int, uncounted: int, asks_again: bool
) -> None:
    passes, book, clock = share(Granted(4, ticket=7))
    await take(passes)
    passes.learn(RateHint(remaining=remaining, reset=30.0), clock.monotonic(), uncounted)
    await take(passes)
    assert (len(book.told) == 2) is asks_again


async def test_a_pause_is_told_at_once_and_gives_back_what_is_left() -> None:
    """A 429 that this process got holds for all of them (CL-21, CP-18)."""
    passes, book, _ = share(Granted(4, ticket=7))
    passes.answered(await take(passes))
    passes.pause(90.0)
    assert (book.told[1].wanted, book.told[1].pause) == (0, 90.0)
    assert book.told[1].settled == [Settled(7, 1, about(0.0))]
    await take(passes)
    assert book.told[2].pause == 0.0, "it is told once"


@pytest.mark.parametrize("trouble", [LedgerBusy(), STATE_GONE], ids=["busy", "unreachable"])
async def test_a_pause_that_the_ledger_did_not_take_is_told_at_the_next_exchange(trouble: Exception) -> None:
    passes, book, clock = share(Granted(4, ticket=7), trouble, trouble)
    passes.answered(await take(passes))
    passes.pause(90.0)
    clock.simulated.shift += 20.0
    passes.pause(10.0)
    await take(passes)
    assert book.told[3].pause == pytest.approx(70.0), "the longer one, and what is left of it"
    assert book.told[3].settled == [Settled(7, 1, about(20.0))]


async def test_a_busy_ledger_is_asked_for_twenty_seconds_and_then_done_without() -> None:
    passes, book, clock = share(*[LedgerBusy() for _ in range(1002)])
    taken = await take(passes)
    assert (taken.ticket, taken.given) == (None, 1)
    assert sum(clock.slept) == pytest.approx(20.0, abs=0.05)
    passes.answered(taken)
    book.answers.clear()
    await take(passes)
    assert book.told[-1].settled == [], "the ledger never gave that one"


async def test_a_budget_with_a_ledger_says_aloud_what_it_does_not_wait_for() -> None:
    clock = TestClock()
    budget = Budget("k", DOCUMENTED, clock, ledger=Book(Granted(0, 3600.0)))
    with pytest.raises(TransientError) as raised:
        async with budget.request():
            pytest.fail("nothing may be sent")
    assert raised.value.code == "quota-used-up"
    assert "10:15 UTC" in raised.value.manager
    assert budget.state().left == 300, "it was never sent, so it does not count"


async def test_a_budget_with_a_ledger_leaves_the_server_s_count_to_it() -> None:
    """Others' requests are in the server's count too: only the ledger can tell whether a low number is news."""
    clock, book = TestClock(), Book()
    budget = Budget("k", DOCUMENTED, clock, ledger=book)
    async with budget.request() as first:
        async with budget.request():
            clock.simulated.shift += 2.0
        budget.learn(RateHint(remaining=0, reset=30.0), first)
    budget.settle()
    assert book.told[-1].heard == Heard(0, 30.0, ago=about(0.0), asked=about(2.0), uncounted=1)
    assert [one for told in book.told for one in told.settled] == [
        Settled(1, 1, about(0.0)), Settled(2, 1, about(0.0)),
    ]  # fmt: skip
    async with budget.request():
        assert clock.slept == []
