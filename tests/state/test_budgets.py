"""The ledger of request budgets in the state database: what processes on one quota key share."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine, text

from connector.domain.errors import TransientError
from connector.domain.quota import LONGEST_PAUSE_S, Granted, Heard, LedgerBusy, Settled, Told, Window
from connector.engine.clock import SystemClock
from connector.sides.budget import Budgets
from connector.sides.headers import RateHint
from connector.state.budgets import StoredLedger, paused
from connector.state.database import open_state, writing
from tests.postgres.server import Server

KEY = "clopos 0123456789ab"
TEN = (Window(10, 60.0),)


class Time:
    """A clock that the test sets."""

    def __init__(self) -> None:
        self.now = 1_795_166_100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture(params=["sqlite", "postgresql"])
def state(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Engine]:
    if request.param == "sqlite":
        engine = open_state(f"sqlite:///{tmp_path / 'ledger.db'}")
    else:
        server: Server = request.getfixturevalue("postgres")
        engine = open_state(server.database())
    yield engine
    engine.dispose()


def two(engine: Engine) -> tuple[StoredLedger, StoredLedger, Time]:
    clock = Time()
    return StoredLedger(engine, owner="one", now=clock), StoredLedger(engine, owner="two", now=clock), clock


def take(ledger: StoredLedger, *, queued: int | None = None, **told: object) -> Granted:
    return ledger.exchange(KEY, Told(TEN, 1, queued=queued, **told))  # type: ignore[arg-type]  # keywords of Told


def uses(engine: Engine) -> list[tuple[str, int]]:
    with engine.connect() as connection:
        return [tuple(row) for row in connection.execute(text("SELECT owner, passes FROM budget_use ORDER BY id"))]


def test_two_processes_share_one_window(state: Engine) -> None:
    one, other, clock = two(state)
    given = [take(ledger) for ledger in [one, other] * 5]
    assert [g.passes for g in given] == [1] * 10
    for number, granted in enumerate(given):
        ledger = [one, other][number % 2]
        assert granted.ticket is not None
        ledger.exchange(KEY, Told(TEN, 0, settled=[Settled(granted.ticket, 1, 0.0)]))
    refused = take(one)
    assert refused.passes == 0
    assert refused.wait == pytest.approx(60.05)
    clock.now += 60.1
    assert take(one, queued=refused.ticket).passes == 1


def test_passes_that_were_not_used_are_given_back(state: Engine) -> None:
    one, other, _ = two(state)
    granted = one.exchange(KEY, Told(TEN, 4))
    assert granted.passes == 2, "a quarter of what is free"
    assert granted.ticket is not None
    one.exchange(KEY, Told(TEN, 0, settled=[Settled(granted.ticket, 0, None)]))
    assert uses(state) == []
    assert [take(other).passes for _ in range(10)] == [1] * 10


def test_requests_of_a_process_that_died_expire(state: Engine) -> None:
    """They count for as long as the longest request, and a window more: the server may have seen them at its end."""
    one, other, clock = two(state)
    for _ in range(10):
        take(one, open_for=120.0)
    assert take(other).passes == 0
    clock.now += 179.0
    assert take(other).passes == 0
    clock.now += 1.2
    assert take(other).passes == 1
    clock.now += 2.0
    take(other)
    assert ("one", 1) not in uses(state), "and nothing of them is kept"


def test_who_waited_first_goes_first(state: Engine) -> None:
    """A busy process does not take the pass that another one waits for."""
    one, other, clock = two(state)
    for _ in range(10):
        granted = take(one)
        assert granted.ticket is not None
        one.exchange(KEY, Told(TEN, 0, settled=[Settled(granted.ticket, 1, 0.0)]))
        clock.now += 1.0
    waits = take(other)
    assert waits.passes == 0
    assert waits.wait == pytest.approx(50.05)
    clock.now += 50.1
    assert take(one).passes == 0, "the free pass is the other's"
    assert take(other, queued=waits.ticket).passes == 1


def test_a_place_in_the_queue_ends_by_itself(state: Engine) -> None:
    one, other, clock = two(state)
    for _ in range(10):
        granted = take(one)
        assert granted.ticket is not None
        one.exchange(KEY, Told(TEN, 0, settled=[Settled(granted.ticket, 1, 0.0)]))
    take(other)
    clock.now += 63.0
    assert [take(one).passes for _ in range(10)] == [1] * 10, "who never came back holds nothing"


def test_whoever_does_not_wait_that_long_takes_no_place(state: Engine) -> None:
    one, other, _ = two(state)
    for _ in range(10):
        granted = take(one)
        assert granted.ticket is not None
        one.exchange(KEY, Told(TEN, 0, settled=[Settled(granted.ticket, 1, 0.0)]))
    refused = take(other, patience=30.0)
    assert refused.ticket is None
    assert refused.wait == pytest.approx(60.05)
    assert ("two", 0) not in uses(state)
    waits = take(other)
    assert ("two", 0) in uses(state)
    assert take(other, queued=waits.ticket, patience=30.0).ticket is None
    assert ("two", 0) not in uses(state)


def test_a_pause_holds_for_everybody_and_is_named(state: Engine) -> None:
    """A 429 that one process got: the others send nothing, also those without a quota of their own (CP-18)."""
    one, other, clock = two(state)
    one.exchange(KEY, Told((), 0, pause=90.0))
    waits = other.exchange(KEY, Told((), 1))
    assert waits.passes == 0
    assert waits.wait == pytest.approx(90.0)
    with state.connect() as connection:
        assert [key for key, _ in paused(connection, datetime.fromtimestamp(clock.now, UTC))] == [KEY]
        assert paused(connection, datetime.fromtimestamp(clock.now + 91, UTC)) == []
    clock.now += 91.0
    assert other.exchange(KEY, Told((), 5, queued=waits.ticket)).passes == 5
    assert uses(state) == []
    with state.connect() as connection:
        assert connection.execute(text("SELECT paused_until FROM budget")).scalars().all() == [None], "and is over"


def test_a_pause_of_a_year_is_one_of_a_day(state: Engine) -> None:
    one, other, _ = two(state)
    one.exchange(KEY, Told((), 0, pause=31_536_000.0))
    assert take(other).wait == pytest.approx(LONGEST_PAUSE_S)


def test_what_the_server_says_is_left_is_shared_and_counted_down(state: Engine) -> None:
    one, other, clock = two(state)
    granted = take(one)
    assert granted.ticket is not None
    heard = Heard(remaining=2, reset=30.0, ago=0.0, asked=1.0, uncounted=0)
    one.exchange(KEY, Told(TEN, 0, settled=[Settled(granted.ticket, 1, 0.0)], heard=heard))
    assert [take(other).passes, take(one).passes] == [1, 1]
    refused = take(other)
    assert refused.passes == 0
    assert refused.wait == pytest.approx(30.0)
    clock.now += 36.0
    assert take(other, queued=refused.ticket).passes == 1, "later only our own count is known"


def test_a_clock_that_was_set_back_costs_one_window_at_most(state: Engine) -> None:
    one, other, clock = two(state)
    for _ in range(5):
        granted = take(one)
        assert granted.ticket is not None
        one.exchange(KEY, Told(TEN, 0, settled=[Settled(granted.ticket, 1, 0.0)]))
    for _ in range(5):
        take(one, open_for=120.0)
    clock.now -= 7200.0
    assert take(other, patience=1e9).passes == 0
    clock.now += 190.0
    assert take(other).passes == 1


@pytest.mark.parametrize("days", [2, 0.02])
def test_a_pause_lasts_no_longer_where_the_clock_is_set_back(state: Engine, days: float) -> None:
    """Days late by mistake when the server asked for a minute and a half, then put right."""
    one, other, clock = two(state)
    one.exchange(KEY, Told(TEN, 0, pause=90.0))
    clock.now -= days * 86_400
    now = datetime.fromtimestamp(clock.now, UTC)
    with state.connect() as connection:
        assert paused(connection, now) == [(KEY, now + timedelta(seconds=90))]
    waits = take(other)
    assert waits.passes == 0
    assert waits.wait == pytest.approx(90.0)
    clock.now += 91.0
    assert take(other, queued=waits.ticket).passes == 1


def test_what_the_server_says_is_left_holds_no_longer_where_the_clock_is_set_back(state: Engine) -> None:
    one, other, clock = two(state)
    granted = take(one)
    assert granted.ticket is not None
    heard = Heard(remaining=0, reset=30.0, ago=0.0, asked=1.0, uncounted=0)
    one.exchange(KEY, Told(TEN, 0, settled=[Settled(granted.ticket, 1, 0.0)], heard=heard))
    clock.now -= 172_800.0
    waits = take(other)
    assert waits.passes == 0
    assert waits.wait == pytest.approx(30.0)
    clock.now += 36.0
    assert take(other, queued=waits.ticket).passes == 1


def test_keys_do_not_mix_and_hold_no_secret(state: Engine) -> None:
    one, other, _ = two(state)
    for _ in range(10):
        take(one)
    assert other.exchange("clopos ba9876543210", Told(TEN, 1)).passes == 1
    with state.connect() as connection:
        keys = connection.execute(text("SELECT key FROM budget ORDER BY key")).scalars().all()
    assert keys == [KEY, "clopos ba9876543210"]


def test_without_a_quota_nothing_is_written(state: Engine) -> None:
    one, _, _ = two(state)
    assert one.exchange(KEY, Told((), 7)) == Granted(7)
    with state.connect() as connection:
        assert connection.execute(text("SELECT count(*) FROM budget")).scalar() == 0
    assert uses(state) == []


def test_the_database_s_own_clock_is_used_without_another(state: Engine) -> None:
    ledger = StoredLedger(state, owner="one")
    assert ledger.exchange(KEY, Told(TEN, 1)).passes == 1
    with state.connect() as connection:
        ends = connection.execute(text("SELECT ends_at FROM budget_use")).scalar_one()
    assert str(ends)[:4] >= "2024"


def test_a_writer_in_the_way_is_said_at_once_and_nothing_is_changed(tmp_path: Path) -> None:
    engine = open_state(f"sqlite:///{tmp_path / 'busy.db'}")
    ledger = StoredLedger(engine, owner="one")
    with writing(engine).begin() as connection:
        connection.execute(text("DELETE FROM budget"))
        with pytest.raises(LedgerBusy):
            ledger.exchange(KEY, Told(TEN, 1))
    assert ledger.exchange(KEY, Told(TEN, 1)).passes == 1
    engine.dispose()


class Patient(SystemClock):
    """Lets the other writer end while the budget waits."""

    def __init__(self) -> None:
        self.waits = 0
        self.ready = threading.Event()
        self.passed = 0.0

    def monotonic(self) -> float:
        return self.passed

    async def sleep(self, seconds: float) -> None:
        self.waits += 1
        self.passed += seconds
        if self.waits == 3:
            self.ready.set()
        await asyncio.sleep(0)


async def test_a_budget_waits_for_a_run_s_long_transaction_and_fails_nobody(tmp_path: Path) -> None:
    engine = open_state(f"sqlite:///{tmp_path / 'busy.db'}")
    clock = Patient()
    budget = Budgets(clock, StoredLedger(engine)).get(KEY, TEN)
    begun = threading.Event()

    def write() -> None:
        with writing(engine).begin() as connection:
            connection.execute(text("DELETE FROM budget"))
            begun.set()
            clock.ready.wait(30)

    writer = threading.Thread(target=write)
    writer.start()
    begun.wait(30)
    async with budget.request():
        assert clock.waits >= 3
    writer.join()
    engine.dispose()


class Busy:
    """A ledger that somebody else holds for ever."""

    def exchange(self, key: str, told: Told) -> Granted:
        raise LedgerBusy


async def test_a_ledger_that_never_answers_leaves_each_process_its_own_count() -> None:
    """A program that holds the database open for ever stops a run where it writes, not in its budget."""
    clock = Patient()
    budget = Budgets(clock, Busy()).get(KEY, [Window(1, 60.0)])
    async with budget.request():
        assert clock.passed == pytest.approx(20.0, abs=1.0)
    async with budget.request():
        assert clock.passed >= 80.0, "its own window still counts"


async def test_a_pause_of_a_day_ends_every_process_s_run_at_once(state: Engine) -> None:
    """`Retry-After` of a day: an error that says until when, here and in the next run; nobody sleeps or sends."""
    one, other = (Budgets(SystemClock(), StoredLedger(state)).get(KEY, ()) for _ in range(2))
    async with one.request() as granted:
        one.learn(RateHint(), granted)
    one.pause(86_400.0)
    for budget in (one, other):
        with pytest.raises(TransientError) as raised:
            async with budget.request():
                pytest.fail("nothing may be sent")
        assert raised.value.code == "quota-used-up"
        assert " UTC on " in raised.value.manager, "tomorrow"
        assert raised.value.next_step == "connector status"


PROCESS = """
import asyncio, json, sys
from connector.domain.errors import TransientError
from connector.domain.quota import Window
from connector.engine.budgets import shared_budgets
from connector.engine.clock import SystemClock
from connector.state.database import open_state

async def main():
    engine = open_state(sys.argv[1])
    budget = shared_budgets(engine, SystemClock()).get(sys.argv[2], [Window(60, 3600.0)], longest_wait=30.0)
    sent = 0
    print("ready", flush=True)
    sys.stdin.readline()
    try:
        while True:
            async with budget.request():
                sent += 1
                await asyncio.sleep(0.002)
    except TransientError as error:
        print(json.dumps({"sent": sent, "code": error.code}))

asyncio.run(main())
"""


def test_two_real_processes_take_the_quota_together_and_no_more(state: Engine) -> None:
    """Sixty an hour, taken as fast as they go: 60 between both, each its part, then both say when it goes on."""
    url = state.url.render_as_string(hide_password=False)
    at_work = [
        subprocess.Popen(
            [sys.executable, "-c", PROCESS, url, KEY], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        for _ in range(2)
    ]
    for each in at_work:
        assert each.stdout is not None
        assert each.stdout.readline() == "ready\n"
    told = []
    for each in at_work:
        assert each.stdin is not None
        each.stdin.write("go\n")
        each.stdin.flush()
    for each in at_work:
        output, _ = each.communicate(timeout=120)
        told.append(json.loads(output))
        assert each.returncode == 0
    assert sum(one["sent"] for one in told) == 60
    assert min(one["sent"] for one in told) >= 1
    assert {one["code"] for one in told} == {"quota-used-up"}
