"""Records that are perhaps another person now, and what staff say: the same, or different people."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import pytest

from connector.engine.staff import NotPossible
from connector.engine.staff_links import accept_link, break_link, reject_link
from connector.simulator.kit import Fault
from tests.engine.scene import Scene, scene

OTHER = {"name": "Murad Cəfərov", "phone": "+994703334455"}


@pytest.fixture
async def place(tmp_path: Path) -> Scene:
    bench = scene(tmp_path)
    bench.guest()
    bench.crowd()
    await bench.start()
    return bench


def link_id(bench: Scene) -> int:
    query = "SELECT link.id FROM link JOIN record c ON c.id = link.clopos_record_id WHERE c.remote_id = :c"
    return int(bench.rows(query, c=bench.c)[0]["id"])


async def test_phone_and_name_changed_is_disputed_and_nothing_is_written(place: Scene) -> None:
    place.at_clopos(**OTHER)
    await place.quiet(3)
    assert place.link_states()[place.c, place.p] == ("disputed", "phone_and_name_changed")
    task = place.only("task", "link-disputed")
    assert task["next_step"] == f"connector links show {link_id(place)}"
    assert (task["side"], "on Clopos" in task["sentence"]) == ("clopos", True), "also in the runs after the first"


async def test_a_record_typed_over_while_an_update_is_not_verified_yet_is_disputed(tmp_path: Path) -> None:
    """CP-21: answered with nothing, so what was sent is not seen yet, which says nothing of who is in Clopos."""
    bench = scene(tmp_path, switches={"CP-21": "204"})
    bench.guest()
    bench.crowd()
    await bench.start()
    bench.at_clopos(phone="+994502123499")
    await bench.run()
    assert len(bench.bodies()) == 1
    bench.at_clopos(**OTHER)
    await bench.quiet(2)
    assert bench.link_states()[bench.c, bench.p] == ("disputed", "phone_and_name_changed")
    assert bench.visitor.first_name == "Aysel"


@pytest.mark.parametrize("lost", ["CP-21", "reply"])
async def test_a_guest_typed_over_a_record_with_an_unverified_update_is_disputed(tmp_path: Path, lost: str) -> None:
    """What was sent and not seen yet, since the answer carried nothing or broke, explains that value alone: a third
    number beside a third name is another guest, and nobody's edit."""
    bench = scene(tmp_path, switches={"CP-21": "204"} if lost == "CP-21" else {})
    bench.guest()
    bench.crowd()
    await bench.start()
    bench.at_clopos(phone="+994502123477")
    await bench.run()  # the first update of all is read back at once
    bench.at_clopos(phone="+994502123499")
    if lost == "reply":
        bench.world.plan_fault(Fault("checkandplace", "break", "PATCH", "/customers", times=2))
    await bench.run()
    assert len(bench.bodies()) >= 1
    bench.at_checkandplace(first_name="Murad", last_name="Cəfərov", primary_phone_number="994703334455", email=None)
    await bench.quiet(2)
    assert bench.link_states()[bench.c, bench.p] == ("disputed", "phone_and_name_changed")
    assert (bench.customer.name, bench.visitor.primary_phone_number) == ("Aysel Məmmədova", "994703334455")
    assert [row["topic"] for row in bench.queue()] == ["link-disputed"]


@pytest.mark.parametrize("lost", ["CP-21", "reply"])
async def test_what_was_sent_is_no_other_guest_though_clopos_moved_on(tmp_path: Path, lost: str) -> None:
    bench = scene(tmp_path, switches={"CP-21": "204"} if lost == "CP-21" else {})
    bench.guest()
    bench.crowd()
    await bench.start()
    bench.at_clopos(phone="+994502123477")
    await bench.run()  # the first update of all is read back at once
    bench.at_clopos(phone="+994502123499")
    if lost == "reply":
        bench.world.plan_fault(Fault("checkandplace", "break", "PATCH", "/customers", times=1))
    await bench.run()
    assert bench.visitor.primary_phone_number == "994502123499"
    bench.at_clopos(phone="+994502123488")
    bench.at_checkandplace(last_name="Rzayeva")
    for _ in range(3):
        await bench.run()
    assert bench.link_states()[bench.c, bench.p][0] == "active"
    assert bench.visitor.primary_phone_number == "994502123488"
    assert [row["topic"] for row in bench.queue()] == ["name"]


async def test_the_same_person_after_all_edits_flow(place: Scene) -> None:
    place.at_clopos(**OTHER)
    await place.quiet(1)
    decided = place.decide(partial(accept_link, link_id=link_id(place)), note="married and moved")
    assert decided.what == "accepted"
    await place.run()
    body = {"primary_phone_number": "994703334455", "first_name": "Murad", "last_name": "Cəfərov"}
    assert place.bodies() == [("checkandplace", "PATCH", body)]
    assert place.over() == [("task", "link-disputed", "decided")]
    await place.quiet()
    assert place.link_states()[place.c, place.p][0] == "active"


async def test_different_people_live_on_by_themselves(place: Scene) -> None:
    place.at_clopos(**OTHER)
    await place.quiet(1)
    place.decide(partial(reject_link, link_id=link_id(place)))
    await place.run()
    assert sorted((side, method) for side, method, _body in place.bodies()) == [
        ("checkandplace", "POST"),
        ("clopos", "POST"),
    ]
    assert place.link_states()[place.c, place.p] == ("rejected", "different_people")
    await place.quiet()
    assert place.queue() == []
    active = place.links()
    assert len(active) == 8
    assert (place.c, place.p) not in active


async def test_a_changed_cid_is_disputed(place: Scene) -> None:
    place.at_clopos(cid="11111111-2222-4333-8444-555555555555")
    await place.quiet()
    assert place.link_states()[place.c, place.p] == ("disputed", "cid_changed")
    place.decide(partial(accept_link, link_id=link_id(place)))
    await place.quiet()
    assert place.link_states()[place.c, place.p][0] == "active"
    assert place.queue() == []


async def test_a_guest_who_turned_anonymous(place: Scene) -> None:
    """CP-47: no longer a person; frozen, and never created anew for the Clopos customer."""
    place.at_checkandplace(is_anonym=True)
    await place.quiet()
    assert place.link_states()[place.c, place.p] == ("disputed", "turned_anonym")
    place.only("task", "link-disputed")
    with pytest.raises(NotPossible, match="still-anonymous"):
        place.decide(partial(accept_link, link_id=link_id(place)))
    place.decide(partial(reject_link, link_id=link_id(place)))
    await place.quiet(3)
    assert place.link_states()[place.c, place.p] == ("broken", "broken_by_staff")
    assert place.queue() == []


async def test_both_sides_typed_over_with_the_same_new_guest_is_no_dispute(place: Scene) -> None:
    place.at_clopos(**OTHER)
    place.at_checkandplace(first_name="Murad", last_name="Cəfərov", primary_phone_number="994703334455")
    await place.quiet()
    assert place.link_states()[place.c, place.p][0] == "active"
    assert place.queue() == []


async def test_a_broken_link_is_silent_and_comes_back_by_staff_alone(place: Scene) -> None:
    place.decide(partial(break_link, link_id=link_id(place)))
    place.at_clopos(phone="+994502123499")
    await place.quiet(3)
    assert place.link_states()[place.c, place.p] == ("broken", "broken_by_staff")
    assert place.queue() == []
    place.decide(partial(accept_link, link_id=link_id(place)))
    await place.run()
    assert place.bodies() == [("checkandplace", "PATCH", {"primary_phone_number": "994502123499"})]
    await place.quiet()


async def test_broken_as_different_people_stays_apart(place: Scene) -> None:
    """Their number is the same, so neither is created: each is held by the other's number."""
    place.decide(partial(break_link, link_id=link_id(place), different=True))
    await place.quiet(3)
    assert {entry["code"] for entry in place.queue()} == {"phone-held"}
    result = await place.run("diff")
    assert result.plan is not None
    assert result.plan.summary.operations == 0
    place.decide(partial(accept_link, link_id=link_id(place)))
    await place.quiet()
    assert place.queue() == []
    assert place.link_states()[place.c, place.p][0] == "active"


@pytest.mark.parametrize("typed", ["clopos", "checkandplace"])
@pytest.mark.parametrize("left", ["clopos", "checkandplace"])
async def test_a_record_that_comes_back_beside_another_guest_is_disputed(tmp_path: Path, left: str, typed: str) -> None:
    """Typed over while its link was broken, whichever of the two: whose link it is only staff can say."""
    bench = scene(tmp_path)
    bench.guest()
    bench.crowd()
    await bench.start()
    key = bench.c if left == "clopos" else bench.p
    bench.world.set("checkandplace.list_content", "inactive_hidden")
    hide = {"clopos": bench.world.staff_delete, "checkandplace": None}[left]
    if hide is None:
        bench.at_checkandplace(is_active=False)
    else:
        hide("clopos", key)
    await bench.quiet(3)
    assert bench.link_states()[bench.c, bench.p][0] == "broken"
    if typed == "clopos":
        bench.at_clopos(**OTHER)
    else:
        bench.at_checkandplace(first_name="Murad", last_name="Cəfərov", primary_phone_number="994703334455")
    await bench.quiet(1)
    if hide is None:
        bench.at_checkandplace(is_active=True)
    else:
        bench.world.staff_restore(key)
    await bench.quiet(3)
    assert bench.link_states()[bench.c, bench.p] == ("disputed", "phone_and_name_changed")
    assert bench.only("task", "link-disputed")["side"] == typed


async def test_typed_over_in_the_interval_in_which_the_partner_vanished_is_disputed_when_it_comes_back(
    place: Scene,
) -> None:
    """One reading shows both: the link ends as gone first, and the doubt outlives that."""
    place.world.set("clopos.staff_delete", "deleted_at")
    place.world.staff_delete("clopos", place.c)
    place.at_checkandplace(first_name="Murad", last_name="Cəfərov", primary_phone_number="994703334455")
    await place.quiet(2)
    assert place.link_states()[place.c, place.p] == ("broken", "gone")
    place.world.staff_restore(place.c)
    await place.quiet(2)
    assert place.link_states()[place.c, place.p] == ("disputed", "phone_and_name_changed")
    assert place.only("task", "link-disputed")["side"] == "checkandplace"


async def test_a_record_that_comes_back_as_the_same_new_guest_on_both_sides_heals(place: Scene) -> None:
    place.world.staff_delete("clopos", place.c)
    await place.quiet(3)
    place.at_clopos(**OTHER)
    place.at_checkandplace(first_name="Murad", last_name="Cəfərov", primary_phone_number="994703334455")
    place.world.staff_restore(place.c)
    await place.quiet(2)
    assert place.link_states()[place.c, place.p] == ("active", "seen_again")
    assert place.queue() == []
