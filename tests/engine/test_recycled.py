"""A number that went from one guest to another is named as such, and links nobody by itself."""

from __future__ import annotations

import asyncio
from pathlib import Path

from connector.domain.values import CHECKANDPLACE, CLOPOS, Key, KeyKind
from connector.engine.context import Stores
from connector.state.core import Database, load
from tests.engine.scene import Scene, scene

NUMBER = "994551234567"
HANDED_ON = "number was another customer's before"


def proposals(bench: Scene) -> list[tuple[str, list[str]]]:
    """(why, facts) of the open proposals."""
    rows = bench.rows("SELECT why, evidence_json FROM proposal WHERE state = 'open' ORDER BY id")
    return [(row["why"], load(row["evidence_json"])["facts"]) for row in rows]


def restaurant(folder: Path) -> Scene:
    """Aysel on both sides with the number that she will give up, and some others."""
    bench = scene(folder)
    bench.guest({"phone": f"+{NUMBER}"}, {"primary_phone_number": NUMBER})
    bench.crowd(4)
    asyncio.run(bench.start())
    return bench


def newcomers(bench: Scene, clopos: str = "Vüsal Tağıyev", guest: str = "Zöhrə Qarayeva") -> None:
    """Two people who got the number after her, one a side."""
    first, last = guest.split()
    bench.world.staff_create("clopos", {"name": clopos, "phone": f"+{NUMBER}"}, "new-c")
    new = {"first_name": first, "last_name": last, "primary_phone_number": NUMBER}
    bench.world.staff_create("checkandplace", new, "new-p")


def test_a_number_that_was_anothers_is_said_to_be(tmp_path: Path) -> None:
    bench = restaurant(tmp_path)
    bench.at_clopos(phone="+994557654321")
    bench.at_checkandplace(primary_phone_number="994557654321")
    asyncio.run(bench.run())
    newcomers(bench)
    asyncio.run(bench.run())
    ((why, facts),) = proposals(bench)
    assert why == "phone_but_name_differs"
    assert HANDED_ON in facts
    assert len(bench.links()) == 5  # Aysel and the crowd; the newcomers wait
    assert bench.bodies() == []


def test_a_number_of_somebody_who_is_gone(tmp_path: Path) -> None:
    """Who is gone held the number to the last; who changed it on the other side gave it up: both had it before."""
    bench = restaurant(tmp_path)
    bench.world.staff_delete("checkandplace", bench.p)
    for _ in range(3):
        asyncio.run(bench.run())
    bench.at_clopos(phone="+994557654321")
    newcomers(bench)
    asyncio.run(bench.run())
    assert [HANDED_ON in facts for _why, facts in proposals(bench)] == [True]
    number = Key(KeyKind.PHONE, f"+{NUMBER}")
    database = Database(bench.engine, 1)
    with database.read() as connection:
        stores = Stores.of(database)
        found = stores.former.handed_on(connection, [number])
        before = {stores.records.by_remote(connection, CLOPOS, [bench.c])[bench.c].row}
        before |= {stores.records.by_remote(connection, CHECKANDPLACE, [bench.p])[bench.p].row}
    assert found == {number: before}


def test_a_number_nobody_had_before_is_not(tmp_path: Path) -> None:
    bench = restaurant(tmp_path)
    bench.at_clopos(phone="+994557654321")
    bench.at_checkandplace(primary_phone_number="994557654321")
    asyncio.run(bench.run())
    bench.world.staff_create("clopos", {"name": "Vüsal Tağıyev", "phone": "+994559998877"}, "new-c")
    guest = {"first_name": "Zöhrə", "last_name": "Qarayeva", "primary_phone_number": "994559998877"}
    bench.world.staff_create("checkandplace", guest, "new-p")
    asyncio.run(bench.run())
    assert [HANDED_ON in facts for _why, facts in proposals(bench)] == [False]


def test_a_number_taken_back_was_always_ones_own(tmp_path: Path) -> None:
    """Staff typed a wrong number and mended it: the first one is Aysel's again, and nobody else had it."""
    bench = restaurant(tmp_path)
    bench.at_clopos(phone="+994557654321")
    asyncio.run(bench.run())
    assert len(bench.rows("SELECT 1 FROM former_key")) >= 1
    bench.at_clopos(phone=f"+{NUMBER}")
    asyncio.run(bench.run())
    asyncio.run(bench.run())
    former = bench.rows(
        "SELECT key FROM former_key JOIN record ON record.id = record_id WHERE remote_id = :c", c=bench.c
    )
    assert [row["key"] for row in former] == ["+994557654321"]


def test_compatible_names_link_whoever_had_the_number_before(tmp_path: Path) -> None:
    """A recycled number with the same name on both sides is the new person's: sure, as the table says."""
    bench = restaurant(tmp_path)
    bench.at_clopos(phone="+994557654321")
    bench.at_checkandplace(primary_phone_number="994557654321")
    asyncio.run(bench.run())
    newcomers(bench, "Vüsal Tağıyev", "Vüsal Tağıyev")
    asyncio.run(bench.run())
    assert proposals(bench) == []
    assert len(bench.links()) == 6
