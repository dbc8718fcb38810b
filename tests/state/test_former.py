"""Numbers that records gave up: each record's own, whoever else stands on the same page."""

from __future__ import annotations

from datetime import UTC, datetime

from sqlalchemy import Connection, Engine, select

from connector.domain.values import CLOPOS, Key, KeyKind
from connector.state.core import FORMER_KEY
from connector.state.former import FormerKeys

NOW = datetime(2026, 1, 1, tzinfo=UTC)
X, Y, Z = (f"+99450000000{digit}" for digit in "123")


def kept(connection: Connection) -> set[tuple[int, str]]:
    return {(row, text) for row, text in connection.execute(select(FORMER_KEY.c.record_id, FORMER_KEY.c.key))}


def phones(*numbers: str) -> list[Key]:
    return [Key(KeyKind.PHONE, number) for number in numbers]


def test_who_gets_a_number_does_not_wipe_that_another_gave_it_up(engine: Engine) -> None:
    store = FormerKeys(1)
    with engine.begin() as connection:
        store.keep(connection, CLOPOS, {(1, X)}, {1: phones(Y)}, NOW)
        assert kept(connection) == {(1, X)}
        store.keep(connection, CLOPOS, {(1, Y)}, {1: phones(Z), 2: phones(X)}, NOW)  # both changed, on one page
        assert kept(connection) == {(1, X), (1, Y)}


def test_a_number_taken_back_after_none_was_there_is_ones_own(engine: Engine) -> None:
    store = FormerKeys(1)
    with engine.begin() as connection:
        store.keep(connection, CLOPOS, {(1, X)}, {1: []}, NOW)
        store.keep(connection, CLOPOS, set(), {1: phones(X)}, NOW)
        assert kept(connection) == set()
        store.keep(connection, CLOPOS, {(1, X)}, {1: []}, NOW)
        store.keep(connection, CLOPOS, {(1, X)}, {1: []}, NOW)  # lost twice: a rederived record can be
        assert kept(connection) == {(1, X)}
