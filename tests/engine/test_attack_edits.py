"""Attacks on edits: made while a write is under way, in doubt, unverified, or while the clock is wrong."""

from __future__ import annotations

from datetime import timedelta
from functools import partial
from pathlib import Path

import pytest

from connector.engine.staff_queue import Take, resolve
from connector.simulator.kit import Fault
from connector.state.core import load
from tests.engine.scene import Scene, scene

ONE, TWO, THREE = "+994502123491", "+994502123492", "+994502123493"


async def place(folder: Path, **options: object) -> Scene:
    bench = scene(folder, **options)
    bench.guest()
    bench.crowd(3)
    await bench.start()
    bench.at_clopos(name="Aysel Məmmədovaa")  # the probe of updates is behind us
    await bench.run()
    await bench.quiet()
    return bench


def phone(bench: Scene) -> str:
    return str(bench.visitor.primary_phone_number)


@pytest.mark.parametrize("kind", ["status_after:504", "drop_after"])
async def test_an_edit_after_an_update_in_doubt_is_no_conflict_with_ourselves(tmp_path: Path, kind: str) -> None:
    """What the target shows is what we sent; only the source moved on."""
    bench = await place(tmp_path)
    bench.at_clopos(phone=ONE)
    bench.world.plan_fault(Fault("checkandplace", kind, "PATCH"))
    await bench.run()
    bench.at_clopos(phone=TWO)
    await bench.run()
    assert phone(bench) == TWO[1:]
    assert bench.queue() == []
    await bench.quiet()


async def test_an_edit_after_an_unverified_update_is_no_conflict_with_ourselves(tmp_path: Path) -> None:
    """CP-21: 204 carries no values."""
    bench = await place(tmp_path, switches={"CP-21": "204"})
    bench.at_clopos(phone=ONE)
    await bench.run()
    bench.at_clopos(phone=TWO)
    await bench.run()
    assert phone(bench) == TWO[1:]
    assert bench.queue() == []
    await bench.quiet()


async def test_an_edit_after_a_crash_before_the_booking_is_no_conflict_with_ourselves(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bench = await place(tmp_path)
    bench.at_clopos(phone=ONE)
    with monkeypatch.context() as patch:
        patch.setattr("connector.engine.apply.book_update", lambda *_a: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            await bench.run()
    assert phone(bench) == ONE[1:]
    bench.at_clopos(phone=TWO)
    await bench.run()
    assert phone(bench) == TWO[1:]
    assert bench.queue() == []
    await bench.quiet()


async def test_an_unverified_field_is_judged_again_though_the_clock_went_back(tmp_path: Path) -> None:
    """A clock that was a year ahead when we wrote must not silence the field for a year."""
    bench = await place(tmp_path, switches={"CP-21": "204"})
    bench.clock.pass_time(timedelta(days=365).total_seconds())
    bench.at_clopos(phone=ONE)
    await bench.run()
    bench.clock.pass_time(-timedelta(days=365).total_seconds())
    bench.at_clopos(phone=TWO)
    await bench.run()
    await bench.run()
    assert phone(bench) == TWO[1:]
    await bench.quiet()


async def test_an_edit_of_the_source_while_its_create_is_in_doubt_arrives(tmp_path: Path) -> None:
    bench = await place(tmp_path)
    new = bench.world.staff_create("clopos", {"name": "Zaur Bağırov", "phone": "+994701234567"}, "zaur")
    bench.world.plan_fault(Fault("checkandplace", "drop_after", "POST"))
    await bench.run()
    bench.world.staff_edit("clopos", new, {"name": "Zaur Hüseynov"})
    await bench.run()
    await bench.run()
    made = [g for g in bench.world.checkandplace.customers.values() if g.primary_phone_number == "994701234567"]
    assert [(g.first_name, g.last_name) for g in made] == [("Zaur", "Hüseynov")]
    await bench.quiet()


async def test_an_edit_on_clopos_while_its_create_is_in_doubt_travels_back(tmp_path: Path) -> None:
    bench = await place(tmp_path)
    guest = {"first_name": "Zaur", "last_name": "Bağırov", "primary_phone_number": "994701234567"}
    new = bench.world.staff_create("checkandplace", guest, "zaur")
    bench.world.plan_fault(Fault("clopos", "status_after:504", "POST", "/customers"))
    bench.world.plan_fault(  # behind the list and the look-up before the create
        Fault("clopos", "status:503", "GET", "/customers", times=60, after=2)
    )
    result = await bench.run()
    assert result.counts["in_doubt.clopos"] == 1, "neither the answer nor a look-up came back"
    bench.world.faults.planned.clear()
    made = [c for c in bench.world.clopos.customers.values() if c.name == "Zaur Bağırov"]
    assert len(made) == 1
    bench.world.staff_edit("clopos", made[0].id, {"name": "Zaur Hüseynov"})
    await bench.run()
    await bench.run()
    assert bench.world.checkandplace.customers[new].last_name == "Hüseynov"
    await bench.quiet()


async def test_an_edit_of_the_guest_between_plan_and_create_becomes_a_task(tmp_path: Path) -> None:
    """The read-back of the first create reads the guests anew; what was edited meanwhile is an edit, not a difference
    that was always there."""
    bench = scene(tmp_path)
    bench.guest()
    bench.crowd(3)
    bench.world.staff_create("clopos", {"name": "Kamran Ağayev", "phone": "+994701234500"}, "kamran")
    guest = {"first_name": "Zaur", "last_name": "Bağırov", "primary_phone_number": "994701234567"}
    new = bench.world.staff_create("checkandplace", guest, "zaur")
    serve = bench.world.asgi

    async def edited(scope, receive, send):  # type: ignore[no-untyped-def]  # an ASGI application
        await serve(scope, receive, send)
        if scope["method"] == "POST" and scope["path"] == "/v1/customers":
            bench.world.staff_edit("checkandplace", new, {"last_name": "Hüseynov"})

    bench.world.asgi = edited
    await bench.run("backfill")
    bench.world.asgi = serve
    await bench.run()
    task = bench.only("task", "name")
    assert bench.facts(task)["values"]["checkandplace"]["v"]["text"] == "Zaur Hüseynov"


async def test_a_decision_of_staff_outlives_a_write_that_could_not_be_sent(tmp_path: Path) -> None:
    bench = await place(tmp_path)
    bench.at_clopos(phone=ONE)
    bench.at_checkandplace(primary_phone_number=TWO[1:])
    await bench.run()
    number = bench.only("conflict", "phone")["id"]
    bench.decide(partial(resolve, entry_id=number, take=Take.CLOPOS))
    bench.world.plan_fault(Fault("checkandplace", "drop_before", "PATCH"))
    await bench.run()
    await bench.run()
    assert phone(bench) == ONE[1:]
    await bench.quiet()
    assert bench.queue() == []
    assert [over[:2] for over in bench.over()] == [("conflict", "phone")]


async def test_an_open_entry_outlives_one_scan_that_misses_the_record(tmp_path: Path) -> None:
    bench = await place(tmp_path, switches={"CP-23": "inactive_hidden"})
    bench.at_clopos(phone=ONE)
    bench.at_checkandplace(primary_phone_number=TWO[1:])
    await bench.run()
    number = bench.only("conflict", "phone")["id"]
    bench.at_checkandplace(is_active=False)  # not in the list
    await bench.quiet(1)
    assert bench.only("conflict", "phone")["id"] == number
    bench.at_checkandplace(is_active=True)
    await bench.quiet(1)
    assert bench.only("conflict", "phone")["id"] == number


async def test_a_value_that_arrived_is_settled_though_the_run_that_saw_it_died(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An update in doubt, seen to have arrived by a run that ends before it records its plan; then staff put the guest
    back to the old value, and change Clopos as well: two edits, so it is a conflict."""
    bench = scene(tmp_path)
    bench.guest()
    bench.crowd()
    await bench.start()
    bench.at_clopos(name="Aysel Həsənova")
    bench.world.plan_fault(Fault("checkandplace", "drop_after", "PATCH"))
    await bench.run()

    def died(*_args: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as killed:
        killed.setattr("connector.engine.run.record_decisions", died)
        with pytest.raises(KeyboardInterrupt):
            await bench.run()
    bench.at_checkandplace(last_name="Məmmədova")
    bench.at_clopos(name="Aysel Quliyeva")
    await bench.run()
    assert bench.bodies() == []
    assert bench.only("conflict", "name")["code"] == "both-changed"
    assert bench.visitor.last_name == "Məmmədova"


async def test_a_value_that_arrived_and_was_typed_over_is_in_the_history(tmp_path: Path) -> None:
    """The answer to an update of two fields was lost. One field shows what was sent, so both had arrived; over the
    other one staff typed since, and what our request wrote over is kept all the same."""
    bench = await place(tmp_path, checkandplace_table="write_email = true\n")
    was = str(bench.visitor.last_name)
    bench.at_clopos(name="Aysel Quliyeva", email="aysel@example.az")
    bench.world.plan_fault(Fault("checkandplace", "drop_after", "PATCH"))
    await bench.run()
    assert (bench.visitor.last_name, bench.visitor.email) == ("Quliyeva", "aysel@example.az")
    bench.at_checkandplace(last_name="Rzayeva")
    await bench.run()
    kept = bench.rows("SELECT field, before_json FROM history WHERE side = 'checkandplace' ORDER BY id")
    assert sorted(row["field"] for row in kept[-2:]) == ["email", "name"]
    assert any(was in str(load(row["before_json"])) for row in kept[-2:])
    assert "name" in [entry["topic"] for entry in bench.queue()]
