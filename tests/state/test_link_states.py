"""What a link's state says, state by state: whom it keeps from being proposed and created, whose edits travel, and what
calls a link's records into question. On both databases, in rows of the shelves."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from sqlalchemy import Connection, Engine, insert, update

from connector.domain.values import CHECKANDPLACE, CLOPOS
from connector.state.core import INTENT, LINK, PROPOSAL, RECORD, dump
from connector.state.links import CROWD
from tests.state.asking import Asker, flat, ids
from tests.state.shelf import SENT, Shelf, day, digest, phone


def change(asker: Asker, number: int, **values: object) -> None:
    """Another life for a row of `link` (30s) or `record`."""
    table = LINK if 30 < number < 40 else RECORD
    asker.c.execute(update(table).where(table.c.id == asker.id(number)).values(**values))


def touched(asker: Asker) -> set[str]:
    """What is said of link 36 (records 10 and 30)."""
    told = {
        "dirty, stored": asker.id(36) in ids(flat(asker.links.dirty(asker.c, indexed=True))),
        "dirty, read": asker.id(36) in ids(flat(asker.links.dirty(asker.c, indexed=False))),
        "troubled": asker.id(36) in ids(flat(asker.links.troubled(asker.c))),
        "no candidate": not {asker.id(10), asker.id(30)} & set(flat(asker.links.candidates(asker.c))),
        "not created": asker.id(10) not in flat(asker.plans.unlinked(asker.c, asker.id(94), CLOPOS)),
        "not created here": asker.id(30) not in flat(asker.plans.unlinked(asker.c, asker.id(94), CHECKANDPLACE)),
    }  # fmt: skip
    return {word for word, so in told.items() if so}


HELD = {"no candidate", "not created", "not created here"}


@pytest.mark.parametrize("why", ["moved", "in flight"])
@pytest.mark.parametrize(
    ("state", "said"),
    [
        ("active", HELD | {"dirty, stored", "dirty, read"}),
        ("broken", HELD | {"troubled"}),
        ("superseded", HELD | {"troubled"}),
        ("disputed", HELD | {"troubled"}),
        ("rejected", set()),
    ],
)
def test_the_states_of_a_link(shelves: Engine, state: str, said: set[str], why: str) -> None:
    """ "In a link" holds a record back whatever came of it, but for one that staff rejected; only an active one is
    carried."""
    with shelves.connect() as connection:
        asker = Asker(shelves, connection, 1)
        change(asker, 10, value_digest=digest(60 if why == "moved" else 10))
        change(asker, 36, state=state, clopos_now=digest(60 if why == "moved" else 10),
               sent_json="{}" if why == "moved" else dump(SENT))  # fmt: skip
        for record in (10, 30):
            Shelf(connection, 1).key(record, "email:both@x.az")
        asked = touched(asker)
        connection.rollback()
    assert asked == said


@pytest.mark.parametrize("record", [10, 30], ids=["the customer", "the guest"])
@pytest.mark.parametrize(
    "trouble",
    [{"gone_at": day(5)}, {"missing_scans": 1}, {"suspect": "name_and_phone"}],
    ids=["gone", "missing", "suspect"],
)
def test_a_record_in_doubt_calls_its_active_link_up(shelves: Engine, record: int, trouble: Mapping[str, Any]) -> None:
    with shelves.connect() as connection:
        asker = Asker(shelves, connection, 1)
        before = ids(flat(asker.links.troubled(connection)))
        change(asker, record, **trouble)
        after = ids(flat(asker.links.troubled(connection)))
        connection.rollback()
    assert set(after) - set(before) == {asker.id(36)}


def test_an_anonymous_guest_calls_the_link_up_and_is_nobody_s_candidate(shelves: Engine) -> None:
    with shelves.connect() as connection:
        asker = Asker(shelves, connection, 1)
        change(asker, 30, anonym=True)
        assert asker.id(36) in ids(flat(asker.links.troubled(connection)))
        change(asker, 29, anonym=True)  # of 9, by the cid
        pairs = [(clopos % 1000, guest % 1000) for clopos, guest, _ in asker.links.candidates(connection)]
        connection.rollback()
    assert pairs == [(3, 23), (6, 23)]


def _link(connection: Connection, clopos: int, guest: int) -> None:
    Shelf(connection, 1).link(39, clopos, guest, "rejected")


def _proposal(connection: Connection, clopos: int, guest: int) -> None:
    row = {"pair_id": 1, "clopos_record_id": 1000 + clopos, "checkandplace_record_id": 1000 + guest, "state": "moot"}
    connection.execute(insert(PROPOSAL).values(opened_at=day(5), **row))


def _intent(connection: Connection, pair: int, cid: str | None) -> None:
    row = {"pair_id": pair, "run_id": pair * 1000 + 72, "side": "clopos", "verb": "create", "cid": cid}
    connection.execute(insert(INTENT).values(created_at=day(5), **row))


@pytest.mark.parametrize(
    ("know", "unknown"),
    [
        (lambda connection: _intent(connection, 1, "cid-9"), 0),
        (lambda connection: _intent(connection, 1, None), 1),
        (lambda connection: _intent(connection, 2, "cid-9"), 1),
        (lambda connection: _link(connection, 9, 28), 0),
        (lambda connection: _link(connection, 3, 29), 0),
        (lambda connection: _proposal(connection, 9, 29), 0),
        (lambda connection: _proposal(connection, 9, 28), 1),
        (lambda connection: _proposal(connection, 3, 29), 1),
    ],
    ids=["our create", "a create without a cid", "the other pair's create", "a link of the customer",
         "a link of the guest", "a proposal of both", "a proposal of the customer", "a proposal of the guest"],
)  # fmt: skip
def test_a_customer_with_our_cid_of_whom_nothing_is_known(shelves: Engine, know: Any, unknown: int) -> None:
    """What shows that the state is younger than the work (docs/DATABASE.md): record 9 carries the cid of guest 29."""
    with shelves.connect() as connection:
        know(connection)
        counted = Asker(shelves, connection, 1).links.unknown_creates(connection)
        connection.rollback()
    assert counted == unknown


@pytest.mark.parametrize(("holders", "candidates"), [(CROWD, CROWD), (CROWD + 1, 0)])
def test_a_crowd_of_one_side_is_counted_in_its_own_pair(shelves: Engine, holders: int, candidates: int) -> None:
    """One number, on Clopos alone held by many: no candidates; the other pair's holders do not count."""
    with shelves.connect() as connection:
        asker = Asker(shelves, connection, 1)
        for pair in (1, 2):
            shelf = Shelf(connection, pair)
            for number in range(holders):
                shelf.record(100 + number, side="clopos", seen=85, keys=[f"phone:{phone(77)}"])
            shelf.key(29, f"phone:{phone(77)}")
        found = [
            clopos
            for clopos, guest, _ in asker.links.candidates(connection)
            if guest == asker.id(29) and clopos != asker.id(9)
        ]
        connection.rollback()
    assert len(found) == candidates
