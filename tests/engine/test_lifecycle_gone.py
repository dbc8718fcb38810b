"""Gone on one side, back, merged away, inactive: nothing is concluded early, nothing is created for the survivor."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import pytest

from connector.engine.staff import NotPossible
from connector.engine.staff_links import accept_link, reject_link
from connector.engine.staff_queue import tick
from tests.engine.cases import READS_BY_ID
from tests.engine.scene import AYSEL_GUEST, Scene, scene


async def restaurant(folder: Path, **options: object) -> Scene:
    bench = scene(folder, **options)
    bench.guest()
    bench.crowd()
    await bench.start()
    return bench


def only_state(bench: Scene) -> tuple[str, str | None]:
    return bench.link_states()[bench.c, bench.p]


@pytest.mark.parametrize("side", ["clopos", "checkandplace"])
async def test_gone_on_one_side_breaks_the_link_and_asks_once(tmp_path: Path, side: str) -> None:
    bench = await restaurant(tmp_path)
    bench.world.staff_delete(side, bench.c if side == "clopos" else bench.p)
    await bench.quiet(1)
    assert only_state(bench)[0] == "active"  # one scan without it proves nothing (CL-10, CP-23)
    await bench.quiet(1)
    assert only_state(bench) == ("broken", "gone")
    task = bench.only("task", "link-broken")
    assert "gone" in task["sentence"]
    await bench.quiet()
    assert bench.only("task")["id"] == task["id"]
    assert len(bench.world.clopos.created) == 0


@pytest.mark.parametrize("unknown", ["404", "422"])
async def test_gone_where_reading_by_id_is_configured(tmp_path: Path, unknown: str) -> None:
    """CP-44 by (a): a server may refuse an unknown id in other words than a 404 (CP-17); then two lists that agree are
    proof, as they are without reading by id (CP-23)."""
    bench = await restaurant(tmp_path, switches={"checkandplace.unknown_id": unknown}, checkandplace_table=READS_BY_ID)
    bench.world.staff_delete("checkandplace", bench.p)
    await bench.quiet(1)
    assert only_state(bench)[0] == "active"
    await bench.quiet(1)
    assert only_state(bench) == ("broken", "gone")
    bench.only("task", "link-broken")


async def test_seen_again_heals_and_edits_made_meanwhile_flow(tmp_path: Path) -> None:
    bench = await restaurant(tmp_path)
    bench.world.staff_delete("clopos", bench.c)
    await bench.quiet()
    assert only_state(bench)[0] == "broken"
    bench.world.staff_restore(bench.c)
    bench.at_clopos(name="Aysel Həsənova")
    await bench.run()
    assert bench.bodies() == [("checkandplace", "PATCH", {"first_name": "Aysel", "last_name": "Həsənova"})]
    assert only_state(bench) == ("active", "seen_again")
    assert bench.queue() == []
    await bench.quiet()


async def test_a_deletion_date_says_gone_at_once(tmp_path: Path) -> None:
    """CL-10: a deleted customer may stay in the listing with `deleted_at`."""
    bench = await restaurant(tmp_path, switches={"clopos.staff_delete": "deleted_at"})
    bench.world.staff_delete("clopos", bench.c)
    await bench.quiet(1)
    assert only_state(bench) == ("broken", "gone")
    await bench.quiet()
    bench.only("task", "link-broken")
    bench.world.staff_restore(bench.c)
    await bench.quiet()
    assert only_state(bench)[0] == "active"
    assert bench.queue() == []


async def test_gone_on_both_sides_ends_without_a_question(tmp_path: Path) -> None:
    bench = await restaurant(tmp_path)
    bench.world.staff_delete("clopos", bench.c)
    bench.world.staff_delete("checkandplace", bench.p)
    await bench.quiet(3)
    assert only_state(bench) == ("broken", "gone_on_both")
    assert bench.queue() == []


async def test_the_task_of_a_broken_link_is_silent_once_ticked(tmp_path: Path) -> None:
    bench = await restaurant(tmp_path)
    bench.world.staff_delete("checkandplace", bench.p)
    await bench.quiet()
    bench.decide(partial(tick, entry_id=bench.only("task")["id"]))
    await bench.quiet()
    assert bench.only("task")["state"] == "ignored"


async def test_a_row_missing_once_is_not_written_to(tmp_path: Path) -> None:
    """No precondition can be checked against a record that this run's listing lacks."""
    bench = await restaurant(tmp_path)
    bench.world.staff_delete("checkandplace", bench.p)
    bench.at_clopos(phone="+994502123499")
    await bench.quiet()
    assert only_state(bench)[0] == "broken"


@pytest.mark.parametrize("loser", ["leaves", "inactive"])
async def test_a_merge_in_checkandplace(tmp_path: Path, loser: str) -> None:
    """CP-48: the loser leaves (superseded, staff move the link) or turns inactive (still there: edits flow)."""
    bench = await restaurant(tmp_path, switches={"CP-48": loser})
    twin = bench.world.staff_create("checkandplace", {**AYSEL_GUEST, "note": "double"}, "aysel")
    await bench.quiet()
    bench.world.staff_merge("checkandplace", twin, bench.p)
    await bench.quiet(3)
    assert len(bench.world.clopos.created) == 0
    if loser == "inactive":
        assert only_state(bench)[0] == "active"
        return
    assert only_state(bench) == ("superseded", "merged_away")
    (task,) = bench.queue("task")
    assert task["topic"] == "link-superseded"
    link = bench.rows("SELECT id FROM link WHERE state = 'superseded'")[0]["id"]
    bench.decide(partial(accept_link, link_id=link))
    await bench.quiet()
    assert bench.link_states()[bench.c, twin][0] == "active"
    assert bench.queue() == []
    bench.at_clopos(name="Aysel Həsənova")
    await bench.run()
    assert bench.bodies() == [("checkandplace", "PATCH", {"first_name": "Aysel", "last_name": "Həsənova"})]


async def test_a_merge_that_staff_reject_leaves_both_alone(tmp_path: Path) -> None:
    bench = await restaurant(tmp_path)
    twin = bench.world.staff_create("checkandplace", dict(AYSEL_GUEST), "aysel")
    await bench.quiet(1)
    bench.world.staff_merge("checkandplace", twin, bench.p)
    await bench.quiet(2)
    link = bench.rows("SELECT id FROM link WHERE state = 'superseded'")[0]["id"]
    bench.decide(partial(reject_link, link_id=link))
    await bench.quiet()
    assert only_state(bench) == ("broken", "broken_by_staff")
    assert len(bench.world.clopos.created) == 0


@pytest.mark.parametrize("side", ["clopos", "checkandplace"])
async def test_inactive_is_not_gone_edits_flow(tmp_path: Path, side: str) -> None:
    bench = await restaurant(tmp_path)
    if side == "clopos":
        bench.at_clopos(status=False)
    else:
        bench.at_checkandplace(is_active=False)
    await bench.quiet()
    assert only_state(bench)[0] == "active"
    bench.at_clopos(phone="+994502123499")
    await bench.run()
    assert bench.bodies() == [("checkandplace", "PATCH", {"primary_phone_number": "994502123499"})]
    await bench.quiet()


async def test_a_link_that_is_not_in_question_takes_no_answer(tmp_path: Path) -> None:
    bench = await restaurant(tmp_path)
    for wrong in (partial(accept_link, link_id=1), partial(reject_link, link_id=1), partial(accept_link, link_id=99)):
        with pytest.raises(NotPossible):
            bench.decide(wrong)
