"""Holds that end by their cause: unreadable values, held and shared numbers, and creates whose outcome is not known."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import pytest

from connector.engine.staff import NotPossible
from connector.engine.staff_links import break_link
from connector.engine.staff_queue import answer_it_is, answer_not_there, ignore, retry
from connector.simulator.kit import Fault
from tests.engine.cases import READS_BY_ID
from tests.engine.scene import Scene, scene


@pytest.fixture
async def place(tmp_path: Path) -> Scene:
    bench = scene(tmp_path)
    bench.guest()
    bench.crowd(3)
    await bench.start()
    return bench


async def test_an_edit_is_not_written_over_a_value_that_cannot_be_read(place: Scene) -> None:
    place.at_checkandplace(primary_phone_number="ask mother")
    await place.quiet(1)
    assert place.queue() == []
    place.at_clopos(phone="+994502123499")
    await place.quiet()
    hold = place.only("hold", "phone")
    assert (hold["code"], hold["side"]) == ("target-unreadable", "checkandplace")
    with pytest.raises(NotPossible, match="ends-by-itself"):
        place.decide(partial(retry, entry_id=hold["id"]))
    place.at_checkandplace(primary_phone_number="994502123456")
    await place.run()
    assert place.bodies() == [("checkandplace", "PATCH", {"primary_phone_number": "994502123499"})]
    assert place.queue() == []
    await place.quiet()


async def test_a_number_that_another_guest_holds_is_held_and_names_the_holder(place: Scene) -> None:
    holder = place.world.staff_create(
        "checkandplace",
        {"first_name": "Zaur", "last_name": "Bağırov", "primary_phone_number": "994701234567", "blacklist": True},
        "zaur",
    )
    await place.quiet(1)
    place.at_clopos(phone="+994701234567", email="a@example.az")
    await place.quiet()
    hold = place.only("hold", "phone")
    assert (hold["code"], place.facts(hold)["holders"]) == ("phone-held", [holder])
    place.decide(partial(ignore, entry_id=hold["id"]))
    await place.quiet()
    assert place.only("hold")["state"] == "ignored"
    place.at_clopos(name="Aysel Həsənova")  # the rest of the same customer is not held up
    await place.run()
    assert place.bodies() == [("checkandplace", "PATCH", {"first_name": "Aysel", "last_name": "Həsənova"})]
    place.world.staff_edit("checkandplace", holder, {"primary_phone_number": "994701234500"})
    await place.run()
    assert place.bodies() == [("checkandplace", "PATCH", {"primary_phone_number": "994701234567"})]
    assert place.queue() == []
    await place.quiet()


async def test_a_shared_number_creates_nobody(place: Scene) -> None:
    family = {"last_name": "Bağırov", "primary_phone_number": "994701234567"}
    zaur = place.world.staff_create("checkandplace", {"first_name": "Zaur", **family}, "zaur")
    place.world.staff_create("checkandplace", {"first_name": "Aytən", **family}, "ayten")
    await place.quiet()
    holds = place.queue("hold")
    assert [hold["code"] for hold in holds] == ["shared-number"] * 2
    place.world.staff_edit("checkandplace", zaur, {"primary_phone_number": "994701234500"})
    await place.run()
    assert [side for side, _method, _body in place.bodies()] == ["clopos", "clopos"]
    assert place.queue() == []
    await place.quiet()


async def test_a_hold_on_a_create_outlives_runs_that_may_create_nobody(place: Scene) -> None:
    """Two people with one number: held, with their age, also by a run that does not list Check&Place."""
    place.decide(partial(break_link, link_id=1, different=True))
    await place.quiet(1)
    before = {(row["id"], row["code"], row["opened_at"]) for row in place.queue("hold")}
    assert [code for _id, code, _opened in before] == ["phone-held"] * 2
    await place.run("quick", list_checkandplace=False)
    assert {(row["id"], row["code"], row["opened_at"]) for row in place.queue("hold")} == before
    await place.quiet(1)
    assert {(row["id"], row["code"], row["opened_at"]) for row in place.queue("hold")} == before


async def test_a_rejected_link_by_our_own_key_ends_creates_for_the_guest(place: Scene) -> None:
    """docs/api/clopos.md 3.3: hold `cid-used`."""
    guest = place.world.staff_create(
        "checkandplace", {"first_name": "Zaur", "last_name": "Bağırov", "primary_phone_number": "994701234567"}, "zaur"
    )
    await place.run()
    ((made, _),) = [pair for pair in place.links() if pair[1] == guest]
    link = place.rows("SELECT max(id) AS id FROM link")[0]["id"]
    place.decide(partial(break_link, link_id=link, different=True))
    place.world.staff_edit("clopos", made, {"phone": "+994709990011", "name": "Elçin Musayev"})
    await place.run()
    assert [(side, method) for side, method, _body in place.bodies()] == [("checkandplace", "POST")]
    hold = place.only("hold", "cid-used")
    assert hold["side"] == "clopos"
    await place.quiet()


async def doubtful(bench: Scene) -> str:
    """A create on Check&Place whose answer is lost, and whose record staff change before the next listing."""
    before = set(bench.world.checkandplace.customers)
    bench.world.plan_fault(Fault("checkandplace", "status_after:504", "POST", "/customers"))
    bench.c = bench.world.staff_create("clopos", {"name": "Zaur Bağırov", "phone": "+994701234567"}, "zaur")
    await bench.run()
    (made,) = set(bench.world.checkandplace.customers) - before
    bench.p = made
    bench.at_checkandplace(first_name="Zaurbəy")
    await bench.quiet()
    return made


async def test_a_create_in_doubt_asks_and_an_answer_links(place: Scene) -> None:
    made = await doubtful(place)
    hold = place.only("hold", "in-doubt")
    assert place.facts(hold)["holders"] == [made]
    assert place.facts(hold)["question"].endswith("?")
    with pytest.raises(NotPossible, match="answer-wanted"):
        place.decide(partial(retry, entry_id=hold["id"]))
    with pytest.raises(NotPossible, match="record-unknown"):
        place.decide(partial(answer_it_is, entry_id=hold["id"], record_id="nobody"))
    place.decide(partial(answer_it_is, entry_id=hold["id"], record_id=made))
    assert (place.c, made) in place.links()
    await place.quiet()
    assert place.queue() == []
    assert {row["outcome"] for row in place.rows("SELECT outcome FROM intent WHERE verb = 'create'")} == {
        "answered_by_staff"
    }


async def test_a_create_that_staff_found_has_its_lines_in_the_history(place: Scene) -> None:
    """What was sent stands under the run that sent it, as for a create whose answer arrived."""
    made = await doubtful(place)
    place.decide(partial(answer_it_is, entry_id=place.only("hold", "in-doubt")["id"], record_id=made))
    (intent,) = place.rows("SELECT id, run_id FROM intent WHERE verb = 'create'")
    lines = place.rows("SELECT field, run_id, verb FROM history WHERE intent_id = :i", i=intent["id"])
    assert {line["field"] for line in lines} >= {"name", "phone"}
    assert {(line["run_id"], line["verb"]) for line in lines} == {(intent["run_id"], "create")}


async def test_an_anonymous_create_that_staff_found_is_linked_to_nobody(tmp_path: Path) -> None:
    """CP-47: the record is no person. It is not sent again, and nothing is linked to it."""
    bench = scene(tmp_path, pair='without_phone = "anonymous"\n', checkandplace_table=READS_BY_ID)
    bench.guest()
    bench.crowd(3)
    await bench.start()
    bench.world.staff_create("clopos", {"name": "Pəncərə masası"}, "walk-in")
    bench.world.plan_fault(Fault("checkandplace", "status_after:504", "POST", "/customers"))
    await bench.run()
    for _ in range(3):
        bench.clock.pass_time(120)
        await bench.quiet(1)
    links = bench.links()
    (made,) = [key for key, guest in bench.world.checkandplace.customers.items() if guest.is_anonym]
    said = bench.decide(partial(answer_it_is, entry_id=bench.only("hold", "in-doubt")["id"], record_id=made))
    assert "anonymous" in said.follows
    assert bench.links() == links
    await bench.quiet()
    assert bench.queue() == []


@pytest.mark.parametrize("edited", [False, True], ids=["", "source edited meanwhile"])
async def test_a_create_that_left_no_trace_is_sent_again_on_staffs_word_alone(tmp_path: Path, edited: bool) -> None:
    """CP-21: taken without an id, and deleted by staff before a listing showed it."""
    bench = scene(tmp_path, switches={"CP-21": "204"})
    bench.guest()
    bench.crowd(3)
    await bench.start()
    before = set(bench.world.checkandplace.customers)
    zaur = bench.world.staff_create("clopos", {"name": "Zaur Bağırov", "phone": "+994701234567"}, "zaur")
    await bench.run()
    (made,) = set(bench.world.checkandplace.customers) - before
    bench.world.staff_delete("checkandplace", made)
    if edited:
        bench.world.staff_edit("clopos", zaur, {"name": "Zaur Bağırzadə"})
    for _ in range(3):
        bench.clock.pass_time(120)
        await bench.quiet(1)
    hold = bench.only("hold", "in-doubt")
    assert bench.facts(hold)["question"].endswith("is it there?")
    bench.world.staff_edit("clopos", zaur, {"email": "zaur@example.az"})
    await bench.quiet()
    bench.decide(partial(answer_not_there, entry_id=hold["id"]))
    await bench.run()
    assert [(side, method) for side, method, _body in bench.bodies()] == [("checkandplace", "POST")]
    await bench.quiet()
    assert bench.queue() == []
