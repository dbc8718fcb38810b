"""The lease on PostgreSQL: every test that holds on SQLite, on a real server."""

from __future__ import annotations

import threading

import pytest
from sqlalchemy import Engine

from connector.domain.errors import PairLocked
from connector.state.lease import Lease
from tests.postgres.server import Server
from tests.state.test_lease import (
    settings_count,
    test_a_fenced_run_writes_nothing,
    test_a_run_that_lost_the_brand_alone_is_fenced,
    test_check_renews_only_when_the_margin_asks_for_it,
    test_expired_but_not_taken_over_goes_on,
    test_expiry_comes_by_itself,
    test_of_two_processes_one_wins_and_its_death_frees_the_pair_by_expiry,
    test_one_writer_per_brand,
    test_released_is_free_at_once_and_the_epoch_grows,
    test_second_run_is_told_who_holds_the_pair_until_when,
    test_the_database_s_clock_is_utc_and_compares_with_what_it_stored,
    test_the_same_name_twice_is_two_owners,
    write_fenced,
)

__all__ = [
    "test_a_fenced_run_writes_nothing",
    "test_a_run_that_lost_the_brand_alone_is_fenced",
    "test_check_renews_only_when_the_margin_asks_for_it",
    "test_expired_but_not_taken_over_goes_on",
    "test_expiry_comes_by_itself",
    "test_of_two_processes_one_wins_and_its_death_frees_the_pair_by_expiry",
    "test_one_writer_per_brand",
    "test_released_is_free_at_once_and_the_epoch_grows",
    "test_second_run_is_told_who_holds_the_pair_until_when",
    "test_the_database_s_clock_is_utc_and_compares_with_what_it_stored",
    "test_the_same_name_twice_is_two_owners",
]


@pytest.fixture
def url(postgres: Server) -> str:
    return postgres.database()


def test_of_many_at_once_one_wins(engine: Engine) -> None:
    won: list[Lease] = []
    refused: list[PairLocked] = []
    gate = threading.Barrier(6)

    def take(number: int) -> None:
        gate.wait()
        try:
            won.append(Lease.acquire(engine, 1, owner=str(number), brand="kafe"))
        except PairLocked as error:
            refused.append(error)

    threads = [threading.Thread(target=take, args=(number,)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(won) == 1
    assert len(refused) == 5


def test_a_fenced_transaction_keeps_successors_out_until_its_commit(engine: Engine) -> None:
    """The first statement locks the lease's row: who wants to take over waits, and then finds it renewed."""
    owner = Lease.acquire(engine, 1, owner="owner", ttl_s=0.0)  # anyone may take it
    refused: list[str] = []

    def successor() -> None:
        try:
            Lease.acquire(engine, 1, owner="successor")
        except PairLocked as error:
            refused.append(error.manager)

    owner.ttl_s = 60.0
    thread = threading.Thread(target=successor)
    with engine.begin() as connection:
        owner.fence(connection)
        thread.start()
        thread.join(timeout=0.2)
        assert thread.is_alive()
    thread.join()
    assert len(refused) == 1
    write_fenced(engine, owner)
    assert settings_count(engine) == 1
