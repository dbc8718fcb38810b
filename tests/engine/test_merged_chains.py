"""Several records merged into one, and records that come back together: nobody is in two active links, nobody is lost,
and no order of arrival decides (CP-48)."""

from __future__ import annotations

import asyncio
from pathlib import Path

from sqlalchemy import Connection

from connector.engine.staff import Decided, Desk
from connector.engine.staff_links import accept_link, break_link
from tests.engine.scene import AYSEL, AYSEL_GUEST, Scene, scene

EMAIL = "aysel@example.com"
Ids = tuple[str, str]


def thrice(folder: Path, *emails: str, at: str = "clopos") -> tuple[Scene, list[Ids]]:
    """Aysel three times on both sides, linked by her numbers; the address joins records of one side, or of both."""
    bench = scene(folder)
    pairs = []
    for number, email in enumerate(emails):
        phone = f"99450212345{number}"
        ours, theirs = ({"email": email} if at in (side, "both") else {} for side in ("clopos", "checkandplace"))
        guest = {**AYSEL_GUEST, "primary_phone_number": phone, **theirs}
        pairs.append((
            bench.world.staff_create("clopos", {**AYSEL, "phone": f"+{phone}", **ours}, "aysel"),
            bench.world.staff_create("checkandplace", guest, "aysel"),
        ))  # fmt: skip
    bench.crowd()
    asyncio.run(bench.start())
    assert set(pairs) <= bench.links()
    return bench, pairs


def runs(bench: Scene, count: int) -> None:
    for _ in range(count):
        asyncio.run(bench.run())


def moved_once(folder: Path) -> tuple[Scene, list[Ids]]:
    """The first record was merged into the second, whose own guest is gone: the first guest is the second's now."""
    bench, pairs = thrice(folder, EMAIL, EMAIL, "other@example.com")
    first, heir, _third = pairs
    bench.world.staff_delete("clopos", first[0])
    bench.world.staff_delete("checkandplace", heir[1])
    runs(bench, 3)
    assert bench.link_states()[heir[0], first[1]][0] == "active"
    return bench, pairs


def link_id(bench: Scene, ids: Ids) -> int:
    (row,) = bench.rows(
        "SELECT link.id FROM link JOIN record c ON c.id = link.clopos_record_id JOIN record p ON "
        "p.id = link.checkandplace_record_id WHERE c.remote_id = :c AND p.remote_id = :p",
        c=ids[0], p=ids[1],
    )  # fmt: skip
    return int(row["id"])


def test_two_records_merged_into_one_whose_partner_is_gone_are_asked_about(tmp_path: Path) -> None:
    bench, (first, heir, third) = thrice(tmp_path, EMAIL, EMAIL, EMAIL)
    for gone in (first[0], third[0]):
        bench.world.staff_delete("clopos", gone)
    bench.world.staff_delete("checkandplace", heir[1])
    runs(bench, 4)
    states = bench.link_states()
    assert states[first] == states[third] == ("superseded", "merged_away")
    assert not {(heir[0], first[1]), (heir[0], third[1])} & states.keys()
    asked = {(task["topic"], task["clopos_record_id"]) for task in bench.queue("task")}
    assert len([one for one in asked if one[0] == "link-superseded"]) == 2
    bench.decide(lambda desk, connection: break_link(desk, connection, link_id(bench, heir), different=True))
    bench.decide(lambda desk, connection: accept_link(desk, connection, link_id(bench, third)))
    runs(bench, 2)
    assert bench.link_states()[heir[0], third[1]][0] == "active"
    assert bench.link_states()[first] == ("superseded", "merged_away")  # still asked, never lost
    assert len(bench.world.clopos.created) == 0


def test_a_record_that_took_a_partner_over_takes_no_second_one(tmp_path: Path) -> None:
    bench, (first, heir, third) = moved_once(tmp_path)
    bench.world.staff_edit("clopos", third[0], {"email": EMAIL})
    runs(bench, 2)
    bench.world.staff_delete("clopos", third[0])
    runs(bench, 4)
    states = bench.link_states()
    assert states[heir[0], first[1]][0] == "active"
    assert states[third] == ("superseded", "merged_away")
    (task,) = [task for task in bench.queue("task") if task["topic"] == "link-superseded"]
    assert bench.facts(task)["double"] == {"side": "checkandplace", "id": third[1], "of": first[1]}


def test_two_partners_that_come_back_together_do_not_share_a_record(tmp_path: Path) -> None:
    bench, (first, heir, _third) = thrice(tmp_path, EMAIL, EMAIL, "other@example.com", at="checkandplace")
    bench.world.staff_delete("checkandplace", first[1])
    bench.world.staff_delete("clopos", heir[0])
    runs(bench, 3)
    assert bench.link_states()[first[0], heir[1]][0] == "active"
    bench.world.staff_delete("clopos", first[0])
    runs(bench, 3)
    assert bench.link_states()[first[0], heir[1]] == ("broken", "gone")
    for back in (first[0], heir[0]):
        bench.world.staff_restore(back)
    runs(bench, 2)
    states = bench.link_states()
    assert states[heir][0] == "active"  # the older link: they always were one person
    assert states[first[0], heir[1]] == ("broken", "moved")


def test_records_merged_crosswise_leave_the_two_that_are_left(tmp_path: Path) -> None:
    """Staff kept one record of her on one side and the other on the other side: both partners are gone, nobody asks."""
    bench, (first, heir, _third) = thrice(tmp_path, EMAIL, EMAIL, "other@example.com", at="both")
    bench.world.staff_delete("clopos", first[0])
    bench.world.staff_delete("checkandplace", heir[1])
    runs(bench, 4)
    states = bench.link_states()
    assert states[heir[0], first[1]][0] == "active"
    assert states[first] == states[heir] == ("broken", "moved")
    assert [task for task in bench.queue("task") if task["topic"].startswith("link-")] == []
    assert len(bench.world.clopos.created) == 0


def test_a_link_never_moves_to_one_whom_staff_called_another_person(tmp_path: Path) -> None:
    bench, (first, heir, _third) = thrice(tmp_path, EMAIL, EMAIL, "other@example.com")
    rows = bench.rows(
        "SELECT c.id AS c, p.id AS p FROM record c, record p WHERE c.side = 'clopos' AND c.remote_id = :c AND "
        "p.side = 'checkandplace' AND p.remote_id = :p",
        c=heir[0], p=first[1],
    )  # fmt: skip
    ((c, p),) = [(row["c"], row["p"]) for row in rows]

    def different(desk: Desk, connection: Connection) -> Decided:
        desk.links.remember_different(connection, c, p, desk.decision("different people"), desk.clock.now())
        return Decided("p1", "rejected", "")

    bench.decide(different)
    bench.world.staff_delete("clopos", first[0])
    bench.world.staff_delete("checkandplace", heir[1])
    runs(bench, 4)
    assert (heir[0], first[1]) not in bench.link_states()
    assert bench.link_states()[first] == ("superseded", "merged_away")


def test_one_who_waited_in_review_and_is_gone_is_not_made_again_in_another_spelling(tmp_path: Path) -> None:
    bench = scene(tmp_path)
    bench.guest(clopos={"name": "Elçin Məmmədov"}, checkandplace={"first_name": "Elchin", "last_name": "Mammadov"})
    bench.crowd()
    asyncio.run(bench.start())
    assert [row["state"] for row in bench.rows("SELECT state FROM proposal")] == ["open"]
    bench.world.staff_delete("clopos", bench.c)
    runs(bench, 4)
    assert bench.rows("SELECT id FROM intent WHERE verb = 'create'") == []  # nothing was even tried
    assert [row["state"] for row in bench.rows("SELECT state FROM proposal")] == ["moot"]
