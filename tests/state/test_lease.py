"""One run per pair, one writer per brand; a run that lost its lease writes nothing more."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, exists, insert, select, text, update

from connector.domain.errors import ExitCode, Fenced, PairLocked
from connector.state import tables
from connector.state.clock import DatabaseTime
from connector.state.database import open_state
from connector.state.lease import BRAND_LEASE, DEFAULT_TTL_S, LONGEST_TTL_S, PAIR_LEASE, Lease, holder, owner_name


def expire(engine: Engine, pair_id: int | None = None, brand: str | None = None) -> None:
    """Time passes: the lease's end is moved into the past, by the database's clock."""
    with engine.begin() as connection:
        for table in (PAIR_LEASE, BRAND_LEASE):
            key = table.c.pair_id == pair_id if table is PAIR_LEASE else table.c.brand == brand
            connection.execute(update(table).where(key).values(expires_at=DatabaseTime(-1)))


def later(engine: Engine, seconds: float) -> None:
    """The clock is put back: every lease that is held ends so much later, by the clock."""
    with engine.begin() as connection:
        for table in (PAIR_LEASE, BRAND_LEASE):
            held = update(table).where(table.c.expires_at.is_not(None))
            connection.execute(held.values(expires_at=DatabaseTime(seconds + DEFAULT_TTL_S)))


def ends_in(engine: Engine, brand: str | None) -> float:
    """Seconds until the hold of pair 1, or of the brand, ends."""
    table, key = (BRAND_LEASE, BRAND_LEASE.c.brand == brand) if brand else (PAIR_LEASE, PAIR_LEASE.c.pair_id == 1)
    with engine.connect() as connection:
        ends, now = connection.execute(select(table.c.expires_at, DatabaseTime()).where(key)).one()
    return float((ends - now).total_seconds())


def write_fenced(engine: Engine, lease: Lease) -> None:
    with engine.begin() as connection:
        connection.execute(insert(tables.Setting).values(pair_id=1, name="x", value_json="1"))
        lease.fence(connection)


def settings_count(engine: Engine) -> int:
    with engine.connect() as connection:
        return int(connection.execute(text("SELECT count(*) FROM setting")).scalar_one())


def test_the_database_s_clock_is_utc_and_compares_with_what_it_stored(engine: Engine) -> None:
    with engine.connect() as connection:
        now, later = connection.execute(select(DatabaseTime(), DatabaseTime(3600))).one()
        ordered = connection.execute(select(DatabaseTime(0.002) > DatabaseTime())).scalar()
    assert abs(now - datetime.now(UTC)) < timedelta(seconds=30)
    assert timedelta(seconds=3599) < later - now < timedelta(seconds=3601)
    assert ordered == 1


def test_second_run_is_told_who_holds_the_pair_until_when(engine: Engine) -> None:
    first = Lease.acquire(engine, 1, owner="till process 7 (ab12)", ttl_s=60)
    with pytest.raises(PairLocked) as caught:
        Lease.acquire(engine, 1, owner="other", ttl_s=60)
    assert caught.value.exit_code is ExitCode.LOCKED
    assert "till process 7 (ab12)" in caught.value.manager
    held = holder(engine, 1)
    assert held is not None
    assert not held.expired
    assert held.until.strftime("%Y-%m-%d %H:%M:%S UTC") in caught.value.manager
    assert Lease.acquire(engine, 2, owner="other").epoch == 1  # the other pair is free
    first.check()


def test_the_same_name_twice_is_two_owners(engine: Engine) -> None:
    Lease.acquire(engine, 1, owner="same")
    with pytest.raises(PairLocked):
        Lease.acquire(engine, 1, owner="same")


def test_released_is_free_at_once_and_the_epoch_grows(engine: Engine) -> None:
    first = Lease.acquire(engine, 1, owner="a", brand="kafe")
    first.release()
    first.release()
    assert holder(engine, 1) is None
    assert Lease.acquire(engine, 1, owner="b", brand="kafe").epoch == first.epoch + 1


def test_a_fenced_run_writes_nothing(engine: Engine) -> None:
    frozen = Lease.acquire(engine, 1, owner="frozen")
    expire(engine, 1)
    successor = Lease.acquire(engine, 1, owner="successor")
    assert successor.epoch == frozen.epoch + 1
    for attempt in (frozen.renew, frozen.check, lambda: successor.check(frozen.epoch)):
        with pytest.raises(Fenced) as caught:
            attempt()
        assert caught.value.code == "fenced"
    with pytest.raises(Fenced):
        write_fenced(engine, frozen)
    assert settings_count(engine) == 0
    with engine.begin() as connection:
        rename = update(tables.Pair).values(brand="stolen")
        for lease, rows in ((frozen, 0), (successor, 2)):
            mine = exists(select(PAIR_LEASE.c.pair_id).where(lease.held()))
            assert connection.execute(rename.where(mine)).rowcount == rows
    frozen.release()  # takes nothing from the successor
    successor.check()


def test_expired_but_not_taken_over_goes_on(engine: Engine) -> None:
    slow = Lease.acquire(engine, 1, owner="slow", ttl_s=60)
    expire(engine, 1)
    held = holder(engine, 1)
    assert held is not None
    assert held.expired
    slow.check()
    renewed = holder(engine, 1)
    assert renewed is not None
    assert not renewed.expired


def test_check_renews_only_when_the_margin_asks_for_it(engine: Engine) -> None:
    lease = Lease.acquire(engine, 1, owner="a", ttl_s=60)
    before = holder(engine, 1)
    lease.check(margin_s=30)
    assert holder(engine, 1) == before
    lease.check(margin_s=61)
    after = holder(engine, 1)
    assert before is not None
    assert after is not None
    assert after.until >= before.until


def test_expiry_comes_by_itself(engine: Engine) -> None:
    Lease.acquire(engine, 1, owner="a", ttl_s=0.0)
    assert Lease.acquire(engine, 1, owner="b").epoch == 2


def test_one_writer_per_brand(engine: Engine) -> None:
    first = Lease.acquire(engine, 1, owner="a", brand="kafe")
    with pytest.raises(PairLocked) as caught:
        Lease.acquire(engine, 2, owner="b", brand="kafe")
    assert caught.value.code == "brand-locked"
    assert holder(engine, 2) is None  # all or nothing: the pair's own lease was given back
    dry = Lease.acquire(engine, 2, owner="b")  # reading needs no brand
    dry.release()
    first.release()
    Lease.acquire(engine, 2, owner="b", brand="kafe")


def test_a_run_that_lost_the_brand_alone_is_fenced(engine: Engine) -> None:
    first = Lease.acquire(engine, 1, owner="a", brand="kafe")
    expire(engine, brand="kafe")
    Lease.acquire(engine, 2, owner="b", brand="kafe")
    with pytest.raises(Fenced):
        first.check()
    with pytest.raises(Fenced):
        first.renew()


CHILD = """
import sys
from connector.domain.errors import PairLocked
from connector.state.database import open_state
from connector.state.lease import Lease, owner_name
try:
    lease = Lease.acquire(open_state(sys.argv[1]), 1, owner=owner_name(), ttl_s=60)
except PairLocked:
    sys.exit(5)
print(lease.epoch, flush=True)
sys.stdin.read()
"""


def child(url: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", CHILD, url], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )


def test_of_two_processes_one_wins_and_its_death_frees_the_pair_by_expiry(engine: Engine, url: str) -> None:
    engine.dispose()
    children = [child(url), child(url)]
    said = [process.stdout.readline() if process.stdout else "" for process in children]
    assert sorted(said) == ["", "1\n"]
    winner, loser = children if said[0] else children[::-1]
    assert loser.wait(timeout=20) == ExitCode.LOCKED
    winner.send_signal(signal.SIGKILL)
    winner.communicate()
    loser.communicate()
    with pytest.raises(PairLocked, match=str(winner.pid)):  # nobody released it: a crash ends by expiry alone
        Lease.acquire(engine, 1, owner="next")
    expire(engine, 1)
    assert Lease.acquire(open_state(url), 1, owner="next").epoch == 2


@pytest.mark.parametrize("brand", [None, "kafe"])
def test_a_clock_that_is_put_back_locks_nobody_out_for_longer_than_a_lease(engine: Engine, brand: str | None) -> None:
    """A process died, then the clock went back by two days: its hold ended two days from now."""
    Lease.acquire(engine, 1, owner="died", brand=brand)
    later(engine, 172_800)
    pair = 1 if brand is None else 2
    for _try in range(2):
        with pytest.raises(PairLocked) as caught:
            Lease.acquire(engine, pair, owner="next", brand=brand)
        assert ends_in(engine, brand) <= LONGEST_TTL_S, "shortened, not taken: its holder may live"
        assert "died" in caught.value.manager
        assert f"{(datetime.now(UTC) + timedelta(days=2)):%Y-%m-%d}" not in caught.value.manager
    expire(engine, 1, brand)
    assert Lease.acquire(engine, pair, owner="next", brand=brand).epoch >= 1


def test_a_holder_that_lives_keeps_the_pair_though_the_clock_was_put_back(engine: Engine) -> None:
    lives = Lease.acquire(engine, 1, owner="lives")
    later(engine, 172_800)
    with pytest.raises(PairLocked):
        Lease.acquire(engine, 1, owner="next")
    write_fenced(engine, lives)
    lives.check(margin_s=35)
    assert (lives.epoch, settings_count(engine)) == (1, 1)


@pytest.mark.parametrize("ttl_s", [DEFAULT_TTL_S, LONGEST_TTL_S])
def test_a_lease_that_is_as_long_as_any_is_not_shortened_by_others(engine: Engine, ttl_s: float) -> None:
    Lease.acquire(engine, 1, owner="first", ttl_s=ttl_s)
    with pytest.raises(PairLocked):
        Lease.acquire(engine, 1, owner="other", ttl_s=10.0)
    assert ends_in(engine, None) > ttl_s / 2


WRITER = """
import sys, time
from connector.domain.errors import PairLocked
from connector.state.database import open_state
from connector.state.lease import Lease, owner_name
engine, pair = open_state(sys.argv[1]), int(sys.argv[2])
print("ready", flush=True)
sys.stdin.readline()
done = 0
while done < 10:
    try:
        lease = Lease.acquire(engine, pair, owner=owner_name(), ttl_s=60, brand="kafe")
    except PairLocked:
        continue
    with open(sys.argv[3], "a") as log:
        print("in", pair, file=log, flush=True)
        time.sleep(0.001)
        print("out", pair, file=log, flush=True)
    lease.release()
    done += 1
"""


def test_two_processes_with_two_pairs_on_one_brand_never_write_at_the_same_time(
    engine: Engine, url: str, tmp_path: Path
) -> None:
    """Twenty runs of two pairs, as fast as they go: each holds the brand from its first write to its last."""
    engine.dispose()
    log = tmp_path / "writes"
    writers = [
        subprocess.Popen([sys.executable, "-c", WRITER, url, str(pair), str(log)], stdin=subprocess.PIPE,
                         stdout=subprocess.PIPE, text=True)
        for pair in (1, 2)
    ]  # fmt: skip
    for writer in writers:
        assert writer.stdout is not None
        assert writer.stdout.readline() == "ready\n"
    for writer in writers:
        assert writer.stdin is not None
        writer.stdin.write("go\n")
        writer.stdin.flush()
    for writer in writers:
        writer.communicate(timeout=120)
        assert writer.returncode == 0
    lines = log.read_text(encoding="utf-8").split("\n")[:-1]
    assert sorted(lines) == sorted(["in 1", "out 1", "in 2", "out 2"] * 10)
    for entered, left in zip(lines[::2], lines[1::2], strict=True):
        assert (entered[:2], left[:3]) == ("in", "out")
        assert entered[-1] == left[-1], "nobody came in before the other was out"


def test_owner_s_name_tells_the_process_and_is_unique() -> None:
    assert re.search(rf"process {os.getpid()} \([0-9a-f]{{4}}\)$", owner_name())
    assert len({owner_name() for _ in range(20)}) > 15


@settings(max_examples=25, deadline=None)
@given(st.lists(st.sampled_from(["acquire", "expire", "release", "write"]), min_size=3, max_size=14))
def test_at_most_one_can_write_whatever_happens(steps: list[str]) -> None:
    state = open_state("sqlite://")
    with state.begin() as connection:
        row = tables.Pair(id=1, name="one", created_at=datetime(2026, 1, 1, tzinfo=UTC))
        connection.execute(insert(tables.Pair).values(**row.model_dump()))
    leases: list[Lease] = []
    for number, step in enumerate(steps):
        if step == "acquire":
            try:
                leases.append(Lease.acquire(state, 1, owner=str(number)))
            except PairLocked:
                assert leases
        elif step == "expire":
            expire(state, 1)
        elif step == "release" and leases:
            leases[-1].release()
        writers = 0
        for lease in leases:
            try:
                lease.renew()
                writers += 1
                assert lease is leases[-1]
            except Fenced:
                assert lease is not leases[-1] or "release" in steps[: number + 1]
        assert writers <= 1
    assert [lease.epoch for lease in leases] == sorted({lease.epoch for lease in leases})
    state.dispose()
