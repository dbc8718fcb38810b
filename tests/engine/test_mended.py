"""Rules that the engine once broke, each as the few things that must happen for it to show."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest

from connector.domain.errors import ExitCode
from connector.engine.context import Progress
from connector.engine.staff_queue import retry
from connector.simulator.kit import Fault
from tests.engine.fault_kit import Tamper
from tests.engine.lines import PAUSE
from tests.engine.scene import AYSEL_GUEST, Scene, scene
from tests.engine.test_lifecycle_values import SEND, with_clears_sent

OTHER = {"name": "Murad Cəfərov", "phone": "+994703334455"}
FAMILY = "family@example.com"


async def restaurant(folder: Path, **options: object) -> Scene:
    bench = scene(folder, **options)
    bench.guest()
    bench.crowd()
    await bench.start()
    return bench


def state(bench: Scene) -> tuple[str, str | None]:
    return bench.link_states()[bench.c, bench.p]


@pytest.mark.parametrize("deleted", ["hidden", "deleted_at"])
async def test_a_guest_deleted_on_clopos_is_not_made_again_from_a_second_record(tmp_path: Path, deleted: str) -> None:
    """CL-10: whether a deleted customer vanishes or stays with a deletion date, its number still says who it was."""
    switches = {"clopos.staff_delete": deleted, "clopos.deleted_phone": "freed"}
    bench = await restaurant(tmp_path, switches=switches)
    twin = bench.world.staff_create("checkandplace", dict(AYSEL_GUEST), "aysel")
    await bench.quiet(1)
    bench.world.staff_delete("clopos", bench.c)
    await bench.quiet()
    bench.world.staff_delete("checkandplace", bench.p)
    await bench.quiet(3)
    assert twin in bench.world.checkandplace.customers
    assert bench.world.clopos.created == []


async def test_a_record_typed_over_by_mistake_and_put_right_needs_no_staff(tmp_path: Path) -> None:
    bench = await restaurant(tmp_path)
    before = {"name": bench.customer.name, "phone": bench.customer.phone}
    bench.at_clopos(**OTHER)
    await bench.quiet(1)
    assert state(bench) == ("disputed", "phone_and_name_changed")
    bench.at_clopos(phone=before["phone"])
    await bench.quiet(1)
    assert state(bench)[0] == "disputed", "half of it put right is not enough"
    bench.at_clopos(**before)
    await bench.quiet()
    assert state(bench) == ("active", "taken_back")
    assert bench.queue() == []
    bench.at_clopos(name="Aysel Həsənova")
    await bench.run()
    assert bench.bodies() == [("checkandplace", "PATCH", {"first_name": "Aysel", "last_name": "Həsənova"})]


async def test_a_mistake_put_right_before_any_run_could_ask_is_no_dispute(tmp_path: Path) -> None:
    bench = await restaurant(tmp_path)
    before = {"name": bench.customer.name, "phone": bench.customer.phone}
    bench.at_clopos(**OTHER)
    await bench.run("diff")
    bench.at_clopos(**before)
    await bench.quiet()
    assert state(bench)[0] == "active"
    assert bench.queue() == []


async def test_a_guest_who_was_anonymous_by_mistake_is_linked_again(tmp_path: Path) -> None:
    """CP-47, and back."""
    bench = await restaurant(tmp_path)
    bench.at_checkandplace(is_anonym=True)
    await bench.quiet(1)
    assert state(bench) == ("disputed", "turned_anonym")
    bench.at_checkandplace(is_anonym=False)
    await bench.quiet()
    assert state(bench) == ("active", "taken_back")
    assert bench.queue() == []


async def refused_relative(folder: Path) -> tuple[Scene, str]:
    """Elçin has Aysel's e-mail, and the server takes nobody with an e-mail that is held."""
    bench = scene(folder)
    bench.guest({"email": FAMILY}, {"email": FAMILY})
    bench.crowd(3)
    await bench.start()
    elcin = {"name": "Elçin Quliyev", "phone": "+994557778899", "email": FAMILY}
    made = bench.world.staff_create("clopos", elcin, "elcin")
    bench.world.plan_fault(Fault("checkandplace", "status:409", method="POST", times=9))
    await bench.run()
    assert len(bench.bodies()) == 1
    hold = bench.only("hold", "phone-held")
    assert bench.facts(hold)["holders"] == [bench.p]
    await bench.quiet(3)
    assert bench.only("hold", "phone-held")["id"] == hold["id"]
    return bench, made


@pytest.mark.parametrize("changed", ["the source", "the holder"])
async def test_a_create_refused_for_an_email_of_somebody_else_waits_until_something_changes(
    tmp_path: Path, changed: str
) -> None:
    bench, elcin = await refused_relative(tmp_path)
    if changed == "the source":
        bench.world.staff_edit("clopos", elcin, {"name": "Elçin Quliyev-Demir"})
    else:
        bench.at_clopos(name="Aysel Həsənova")
        await bench.run()
        bench.clock.pass_time(PAUSE)
    await bench.run()
    assert [method for _side, method, _body in bench.bodies()] == ["POST"]
    bench.only("hold", "phone-held")
    bench.world.faults.planned.clear()
    await bench.quiet()


async def test_a_create_refused_for_an_email_of_somebody_else_is_sent_again_on_staffs_word(tmp_path: Path) -> None:
    bench, _elcin = await refused_relative(tmp_path)
    bench.world.faults.planned.clear()
    await bench.quiet()
    bench.decide(partial(retry, entry_id=bench.only("hold")["id"]))
    await bench.run()
    assert [method for _side, method, _body in bench.bodies()] == ["POST"]
    assert bench.queue() == []
    await bench.quiet()


async def test_a_clear_that_did_not_stick_is_sent_again_on_staffs_word(tmp_path: Path) -> None:
    """CP-20: null is ignored by the server; later it is taken."""
    options = {"pair": with_clears_sent(tmp_path), "checkandplace_table": SEND}
    bench = await restaurant(tmp_path, switches={"checkandplace.patch": "null_ignored"}, **options)
    bench.at_clopos(phone=None)
    await bench.run()
    assert bench.bodies() == [("checkandplace", "PATCH", {"primary_phone_number": None})]
    hold = bench.only("hold", "phone")
    assert hold["code"] == "did-not-stick"
    await bench.quiet()
    bench.world.set("checkandplace.patch", "null_clears")
    await bench.quiet()
    bench.decide(partial(retry, entry_id=hold["id"]))
    await bench.run()
    assert bench.bodies() == [("checkandplace", "PATCH", {"primary_phone_number": None})]
    assert bench.visitor.primary_phone_number is None
    assert bench.queue() == []
    await bench.quiet()


async def newcomers(folder: Path) -> Scene:
    """A town of forty whose listing takes several pages, and two who are new on Clopos."""
    bench = Scene(folder, clopos=40, checkandplace=40, shared=30, seed=3, checkandplace_table="per_page = 10")
    await bench.run("backfill")
    await bench.run()
    for number, name in enumerate(("Kamran Quliyev", "Lalə Vəliyeva")):
        bench.world.staff_create("clopos", {"name": name, "phone": f"+99455777010{number}"}, name)
    return bench


def at_apply(do: Callable[[], None]) -> Callable[[Progress], None]:
    """Does something once, right before the first operation of a run."""
    left = [do]

    def progress(step: Progress) -> None:
        if step.step == "apply" and left:
            left.pop()()

    return progress


async def test_a_listing_that_shrinks_in_the_middle_of_a_run_creates_nobody(tmp_path: Path) -> None:
    """The reading is too old by the time of the first create, and the new one ends after its first page."""
    bench = await newcomers(tmp_path)
    there = len(bench.world.checkandplace.customers)
    tamper = Tamper(bench, "checkandplace", lambda page, rows: rows if page == 1 else [], on=False)

    def later() -> None:
        bench.clock.pass_time(700)
        tamper.on = True

    result = await bench.run(progress=at_apply(later))
    assert result.counts["waits_for_guard"] == 2
    assert (result.exit_code, bench.bodies()) == (ExitCode.PARTLY, [])
    tamper.on = False
    await bench.run()
    assert len(bench.world.checkandplace.customers) == there + 2
    assert bench.rows("SELECT count(*) AS n FROM record WHERE gone_at IS NOT NULL")[0]["n"] == 0
    await bench.quiet()


async def test_a_refusal_is_told_at_once_where_the_listing_that_judges_it_fails(tmp_path: Path) -> None:
    """CP-14: the run ends with what it did, the refused one is a hold, and the next run judges it. Two readings come
    before the creates: whether the list ends where the listing did (CP-04)."""
    bench = await newcomers(tmp_path)
    bench.world.plan_fault(Fault("checkandplace", "status:422", method="POST"))
    result = await bench.run(
        progress=at_apply(
            lambda: bench.world.plan_fault(Fault("checkandplace", "status:503", method="GET", times=99, after=2))
        )
    )
    assert result.exit_code is ExitCode.PARTLY
    assert [method for _side, method, _body in bench.bodies()] == ["POST", "POST"]
    (hold,) = [bench.facts(row) for row in bench.queue("hold") if row["code"] == "rejected"]
    assert (hold["status"], hold["unjudged"]) == (422, True)
    bench.world.faults.planned.clear()
    await bench.run()
    assert [method for _side, method, _body in bench.bodies()] == ["POST"]
    assert "rejected" not in {row["code"] for row in bench.queue()}
    await bench.quiet()
