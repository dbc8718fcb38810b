"""Relink: staff join any two records; what stands in the way ends only when they ask for it."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import pytest

from connector.engine.relink import relink
from connector.engine.staff import NotPossible
from connector.engine.staff_links import reject_proposal
from tests.engine.scene import Scene, scene


async def restaurant(folder: Path) -> tuple[Scene, list[tuple[str, str]]]:
    bench = scene(folder)
    bench.guest()
    others = bench.crowd(3)
    await bench.start()
    return bench, others


def join(bench: Scene, clopos_id: str, guest_id: str, *, break_: bool = False) -> str:
    return bench.decide(
        partial(relink, clopos_id=clopos_id, checkandplace_id=guest_id, break_=break_), note="asked her"
    ).follows


async def test_what_stands_in_the_way_is_named_and_nothing_is_changed(tmp_path: Path) -> None:
    bench, others = await restaurant(tmp_path)
    before = bench.decided()
    with pytest.raises(NotPossible) as refused:
        join(bench, bench.c, others[0][1])
    assert refused.value.code == "already-linked"
    said = refused.value.manager
    assert f"Clopos {bench.c} is in link" in said
    assert f"Check&Place {others[0][1]} is in link" in said
    assert said.endswith("(active) with somebody else.")
    assert "--break" in refused.value.next_step
    after = bench.decided()
    assert {name for name in after if after[name] != before[name]} <= {"lease"}


async def test_break_ends_both_for_good_and_links_the_two(tmp_path: Path) -> None:
    bench, others = await restaurant(tmp_path)
    clopos_id, guest_id = bench.c, others[0][1]
    assert join(bench, clopos_id, guest_id, break_=True).startswith("Ended: link ")
    states = bench.link_states()
    assert states[clopos_id, guest_id][0] == "active"
    assert states[bench.c, bench.p] == states[others[0]] == ("rejected", "different_people")
    rejected = bench.rows("SELECT * FROM proposal WHERE state = 'rejected' AND decided_by = 'leyla'")
    assert len(rejected) == 2
    for _ in range(3):
        await bench.run()
    assert bench.link_states()[clopos_id, guest_id][0] == "active"
    assert not {(bench.c, bench.p), others[0]} & bench.links()  # never again by the number that they share


async def test_a_rejected_proposal_is_taken_back(tmp_path: Path) -> None:
    bench, _others = await restaurant(tmp_path)
    clopos_id = bench.world.staff_create("clopos", {"name": "Kənan Əliyev", "phone": "+994551112233"}, "kenan")
    guest_id = bench.world.staff_create(
        "checkandplace", {"first_name": "Leyla", "last_name": "Əliyeva", "primary_phone_number": "994551112233"}, "l"
    )
    await bench.run()
    bench.decide(partial(reject_proposal, proposal_id=1))
    join(bench, clopos_id, guest_id)
    (link,) = bench.rows("SELECT * FROM link WHERE decided_by = 'leyla'")
    assert (link["state"], link["why"], link["band"]) == ("active", "phone_but_name_differs", "review")
    (proposal,) = bench.rows("SELECT state, evidence_json FROM proposal")
    assert proposal["state"] == "accepted"
    await bench.run()
    assert (clopos_id, guest_id) in bench.links()


async def test_what_cannot_be_linked_is_said(tmp_path: Path) -> None:
    bench, others = await restaurant(tmp_path)
    with pytest.raises(NotPossible, match="already-one"):
        join(bench, bench.c, bench.p)
    with pytest.raises(NotPossible, match="no-such-record"):
        join(bench, "99999", bench.p)
    bench.world.staff_delete("checkandplace", others[0][1])
    await bench.quiet(2)
    with pytest.raises(NotPossible, match="record-gone"):
        join(bench, bench.c, others[0][1], break_=True)
    anonym = bench.world.staff_create("checkandplace", {"is_anonym": True}, "nobody")
    await bench.run()
    if bench.rows("SELECT 1 FROM record WHERE remote_id = :r AND anonym", r=anonym):
        with pytest.raises(NotPossible, match="still-anonymous"):
            join(bench, bench.c, anonym, break_=True)


async def test_a_link_whose_partner_is_gone_gives_way(tmp_path: Path) -> None:
    """The guest was entered anew under another number: staff say who it is."""
    bench, _others = await restaurant(tmp_path)
    bench.world.staff_delete("checkandplace", bench.p)
    await bench.quiet(2)
    anew = bench.world.staff_create(
        "checkandplace", {"first_name": "Aysel", "last_name": "M.", "primary_phone_number": "994509990000"}, "aysel"
    )
    await bench.run()
    made = [link for link in bench.links() if link[1] == anew]
    with pytest.raises(NotPossible, match="already-linked"):
        join(bench, bench.c, anew)
    join(bench, bench.c, anew, break_=True)
    assert (bench.c, anew) in bench.links()
    assert not set(made) & bench.links()
    assert bench.queue("task") == []
    await bench.run()
    assert (bench.c, anew) in bench.links()
