"""Proposals, and the desk itself: who decides, when, under which lease."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import pytest
from sqlalchemy import Connection

from connector.domain.errors import PairLocked
from connector.engine.staff import Decided, Desk, NotPossible, at_desk, user_name
from connector.engine.staff_links import accept_proposal, break_link, reject_proposal
from connector.state.core import load
from connector.state.lease import Lease
from tests.engine.scene import Scene, scene


@pytest.fixture
async def place(tmp_path: Path) -> Scene:
    """One number, two names that do not fit: review."""
    bench = scene(tmp_path)
    bench.guest(checkandplace={"first_name": "Leyla", "last_name": "Həsənova"})
    bench.crowd(3)
    await bench.start()
    assert proposal(bench)["state"] == "open"
    return bench


def proposal(bench: Scene) -> dict[str, object]:
    return dict(bench.rows("SELECT * FROM proposal ORDER BY id")[0])


async def test_an_accepted_proposal_is_a_link_that_is_merged_as_a_new_one(place: Scene) -> None:
    place.decide(partial(accept_proposal, proposal_id=1), by="nigar", note="her maiden name")
    link = place.rows("SELECT * FROM link WHERE decided_by = 'nigar'")[0]
    assert (link["state"], link["band"], link["why"]) == ("active", "review", "phone_but_name_differs")
    (said,) = load(link["evidence_json"])["staff"]
    assert (said["who"], said["what"], said["note"]) == ("nigar", "same person", "her maiden name")
    assert said["at"] == place.clock.now().isoformat()[:19] + said["at"][19:]
    assert (proposal(place)["state"], proposal(place)["decided_by"]) == ("accepted", "nigar")
    await place.quiet()
    assert place.queue() == []
    place.at_clopos(name="Aysel Quliyeva")
    await place.run()
    assert place.bodies() == [("checkandplace", "PATCH", {"first_name": "Aysel", "last_name": "Quliyeva"})]


async def test_a_rejected_proposal_is_for_good(place: Scene) -> None:
    """They keep the one number: neither is created on the other side, and the run says who holds it."""
    place.decide(partial(reject_proposal, proposal_id=1))
    await place.quiet(3)
    assert proposal(place)["state"] == "rejected"
    assert [hold["code"] for hold in place.queue()] == ["phone-held"] * 2
    for wrong in (partial(reject_proposal, proposal_id=1), partial(accept_proposal, proposal_id=7)):
        with pytest.raises(NotPossible):
            place.decide(wrong)
    place.decide(partial(accept_proposal, proposal_id=1))  # staff may think again
    await place.quiet()
    assert place.queue() == []
    assert (place.c, place.p) in place.links()


async def test_a_partner_can_not_be_had_twice(place: Scene) -> None:
    place.decide(partial(accept_proposal, proposal_id=1))
    second = place.world.clopos.add({"name": "Leyla Həsənova", "phone": "+994502123456"}, "leyla")
    await place.quiet(1)
    place.decide(partial(break_link, link_id=4, different=True))
    await place.quiet(1)
    found = place.rows("SELECT p.id, c.remote_id AS c FROM proposal p JOIN record c ON c.id = p.clopos_record_id "
                       "WHERE p.state = 'open'")  # fmt: skip
    assert [row["c"] for row in found] == [str(second)]
    place.decide(partial(accept_proposal, proposal_id=found[0]["id"]))
    before = place.decided()
    with pytest.raises(NotPossible, match="already-linked") as caught:
        place.decide(partial(accept_proposal, proposal_id=1))
    assert "links show" in caught.value.next_step
    assert place.decided() == before


async def test_a_decision_never_races_a_run(place: Scene) -> None:
    running = Lease.acquire(place.engine, 1, owner="a run")
    with pytest.raises(PairLocked) as caught:
        place.decide(partial(accept_proposal, proposal_id=1))
    assert caught.value.exit_code == 5
    running.release()
    place.decide(partial(accept_proposal, proposal_id=1))
    Lease.acquire(place.engine, 1, owner="a run").release()  # the desk gave it back


async def test_one_wrong_decision_undoes_its_command(place: Scene) -> None:
    def both(desk: Desk, connection: Connection) -> Decided:
        assert desk.who == user_name()
        accept_proposal(desk, connection, 1)
        return accept_proposal(desk, connection, 99)

    with pytest.raises(NotPossible, match="no-such-proposal"):
        place.decide(both, by="")
    assert proposal(place)["state"] == "open"


def test_a_pair_that_never_ran_has_nothing_to_decide(tmp_path: Path) -> None:
    bench = scene(tmp_path)
    with pytest.raises(NotPossible, match="pair-never-ran"), at_desk(bench.engine, "main", bench.clock):
        pass


async def test_an_anonymous_record_is_nobody_even_for_one_who_thinks_again(place: Scene) -> None:
    place.decide(partial(reject_proposal, proposal_id=1))
    place.at_checkandplace(is_anonym=True)
    await place.run()
    with pytest.raises(NotPossible, match="anonymous record now"):
        place.decide(partial(accept_proposal, proposal_id=1))
    assert (place.c, place.p) not in place.links()
    assert proposal(place)["state"] == "rejected"
