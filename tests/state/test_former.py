"""Numbers and e-mails that records gave up: each record's own, whoever else stands on the same page."""

from __future__ import annotations

from datetime import UTC, datetime

from sqlalchemy import Connection, Engine, select

from connector.domain.values import CLOPOS, Key, KeyKind
from connector.state.core import FORMER_KEY
from connector.state.former import FormerKeys

PHONE, EMAIL = KeyKind.PHONE.value, KeyKind.EMAIL.value
NOW = datetime(2026, 1, 1, tzinfo=UTC)
X, Y, Z = (f"+99450000000{digit}" for digit in "123")


def kept(connection: Connection) -> set[tuple[int, str, str]]:
    f = FORMER_KEY.c
    return {(row, kind, text) for row, kind, text in connection.execute(select(f.record_id, f.kind, f.key))}


def phones(*numbers: str) -> list[Key]:
    return [Key(KeyKind.PHONE, number) for number in numbers]


def test_who_gets_a_number_does_not_wipe_that_another_gave_it_up(engine: Engine) -> None:
    store = FormerKeys(1)
    with engine.begin() as connection:
        store.keep(connection, CLOPOS, {(1, PHONE, X)}, {1: phones(Y)}, NOW)
        assert kept(connection) == {(1, PHONE, X)}
        store.keep(connection, CLOPOS, {(1, PHONE, Y)}, {1: phones(Z), 2: phones(X)}, NOW)  # both changed, on one page
        assert kept(connection) == {(1, PHONE, X), (1, PHONE, Y)}


def test_a_number_taken_back_after_none_was_there_is_ones_own(engine: Engine) -> None:
    store = FormerKeys(1)
    with engine.begin() as connection:
        store.keep(connection, CLOPOS, {(1, PHONE, X)}, {1: []}, NOW)
        store.keep(connection, CLOPOS, set(), {1: phones(X)}, NOW)
        assert kept(connection) == set()
        store.keep(connection, CLOPOS, {(1, PHONE, X)}, {1: []}, NOW)
        store.keep(connection, CLOPOS, {(1, PHONE, X)}, {1: []}, NOW)  # lost twice: a rederived record can be
        assert kept(connection) == {(1, PHONE, X)}


def test_an_email_is_kept_beside_a_number_and_a_name_is_not(engine: Engine) -> None:
    store, address = FormerKeys(1), Key(KeyKind.EMAIL, "a@example.az")
    with engine.begin() as connection:
        store.keep(connection, CLOPOS, {(1, PHONE, X), (1, EMAIL, address.text)}, {1: []}, NOW)
        assert kept(connection) == {(1, PHONE, X), (1, EMAIL, address.text)}
        store.keep(connection, CLOPOS, set(), {1: [address, Key(KeyKind.NAME, "aysel"), Key(KeyKind.CID, "c")]}, NOW)
        assert kept(connection) == {(1, PHONE, X)}  # the address is its own again
        assert store.given_up(connection, CLOPOS, [address, *phones(X)]) == {}  # record 1 was in no reading here


def test_what_two_records_held_under_one_text_is_told_apart_by_its_kind(engine: Engine) -> None:
    store = FormerKeys(1)
    with engine.begin() as connection:
        store.keep(connection, CLOPOS, {(1, PHONE, X)}, {1: []}, NOW)
        store.keep(connection, CLOPOS, set(), {1: [Key(KeyKind.EMAIL, X)]}, NOW)  # no number came back
        assert kept(connection) == {(1, PHONE, X)}
