"""Attacks on links: records that find a partner while a create is in doubt, merges, shrunk lists, erased guests."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from connector.domain.errors import UnsafePlan
from connector.engine.ledger import make_link
from connector.simulator.kit import Fault
from tests.engine.scene import AYSEL_GUEST, CHECKANDPLACE, CLOPOS, Scene, scene

INACTIVE_HIDDEN = {"CP-23": "inactive_hidden"}
"""Who is inactive is not listed: what a vanished guest looks like."""
ZAUR = {"name": "Zaur Bağırov", "phone": "+994701234567"}
ZAUR_GUEST = {"first_name": "Zaur", "last_name": "Bağırov", "primary_phone_number": "994701234567"}


async def place(folder: Path, **options: object) -> Scene:
    bench = scene(folder, **options)
    bench.guest()
    bench.crowd(6)
    await bench.start()
    return bench


async def test_staff_link_a_guest_whose_create_is_in_doubt(tmp_path: Path) -> None:
    """The create had gone through, and staff meanwhile called another record the guest's partner: the run goes on, and
    nobody is in two links."""
    bench = await place(tmp_path)
    guest = bench.world.staff_create("checkandplace", {**ZAUR_GUEST, "email": "zaur@example.az"}, "zaur")
    bench.world.plan_fault(Fault("clopos", "status_after:504", "POST", "/customers"))
    # After the list and the look-up before the create: neither the create's answer nor a look-up comes back.
    bench.world.plan_fault(Fault("clopos", "status:503", "GET", "/customers", times=60, after=2))
    result = await bench.run()
    assert result.counts["in_doubt.clopos"] == 1
    bench.world.faults.planned.clear()
    assert [entry.method for entry in bench.writes] == ["POST"]
    rival = bench.world.staff_create("clopos", {"name": "Z. B.", "email": "zaur@example.az"}, "zaur")
    bench.world.plan_fault(Fault("clopos", "status:503", "GET", "filters", times=60))
    await bench.run("diff")
    row = bench.record_row

    def linked(desk: Any, connection: Any) -> Any:
        return make_link(
            desk, connection, row(CLOPOS, rival), row(CHECKANDPLACE, guest), "by_staff", {"band": "review"}
        )

    bench.decide(linked)
    bench.world.faults.planned.clear()
    await bench.run()
    assert (rival, guest) in bench.links()
    await bench.quiet()


async def test_a_guest_that_returns_after_its_link_moved_takes_nobody_away(tmp_path: Path) -> None:
    """CP-48: the link went over to the survivor; the vanished record is listed again, and its partner has
    a link already."""
    bench = scene(tmp_path, switches=INACTIVE_HIDDEN)
    bench.guest()
    bench.crowd(6)
    other = bench.world.staff_create("clopos", {"name": "Aysel Məmmədova", "phone": "+994502123400"}, "aysel")
    twin = bench.world.staff_create("checkandplace", {**AYSEL_GUEST, "primary_phone_number": "994502123400"}, "aysel")
    await bench.start()
    assert {(bench.c, bench.p), (other, twin)} <= bench.links()
    bench.at_checkandplace(is_active=False)
    bench.world.staff_edit("checkandplace", twin, {"email": "a@example.az", "primary_phone_number": "994502123456"})
    bench.world.staff_delete("clopos", other)
    for _ in range(4):
        await bench.run()
    assert (bench.c, twin) in bench.links()
    bench.at_checkandplace(is_active=True)
    await bench.run()
    bench.world.staff_restore(other)
    for _ in range(3):
        await bench.run()
    assert (bench.c, twin) in bench.links()
    await bench.quiet()


async def test_a_shrunk_list_is_refused_until_somebody_approves_it(tmp_path: Path) -> None:
    """One refusal does not make the smaller list the new measure."""
    bench = Scene(tmp_path, clopos=60, checkandplace=90, shared=50, switches=INACTIVE_HIDDEN)
    await bench.run("backfill")
    for guest in list(bench.world.checkandplace.customers)[:45]:
        bench.world.staff_edit("checkandplace", guest, {"is_active": False})
    await bench.run("diff")
    approve = ""
    for _ in range(3):
        with pytest.raises(UnsafePlan) as refused:
            await bench.run()
        approve = str(refused.value.next_step).rsplit(" ", 1)[-1]
    assert bench.rows("SELECT count(*) AS n FROM record WHERE missing_scans > 0")[0]["n"] == 0
    await bench.run(approve=approve)
    await bench.run()
    assert bench.rows("SELECT count(*) AS n FROM record WHERE missing_scans > 0")[0]["n"] > 0


async def test_a_guest_who_is_gone_there_is_not_made_again_from_a_double(tmp_path: Path) -> None:
    """CP-48: the guest was erased in Check&Place and one of two records in Clopos cleaned up; the other is no reason to
    make the guest anew."""
    bench = await place(tmp_path, switches=INACTIVE_HIDDEN)
    double = bench.world.staff_create("clopos", {"name": "Aysel Məmmədova", "phone": "+994 50 212 34 56"}, "aysel")
    await bench.run()
    bench.at_checkandplace(is_active=False)
    for _ in range(3):
        await bench.run()
    bench.world.staff_delete("clopos", bench.c)
    for _ in range(4):
        await bench.run()
        assert bench.bodies() == [], double


async def test_a_new_guest_behind_the_number_of_one_who_is_gone_is_made(tmp_path: Path) -> None:
    """A recycled number: another name is another person."""
    bench = await place(tmp_path, switches=INACTIVE_HIDDEN)
    bench.at_checkandplace(is_active=False)
    bench.world.staff_delete("clopos", bench.c)
    for _ in range(3):
        await bench.run()
    bench.world.staff_create("clopos", {"name": "Kamran Ağayev", "phone": "+994 50 212 34 56"}, "kamran")
    await bench.run()
    assert [method for _side, method, _body in bench.bodies()] == ["POST"]
    await bench.quiet()
