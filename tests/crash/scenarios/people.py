"""Who is who: proposals, links that break and heal, merges, anonymous guests; and what the guard and staff allow."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

from connector.domain.errors import UnsafePlan
from connector.engine.staff_links import accept_proposal, break_link, reject_proposal
from tests.crash.scenarios.base import NINA, NINA_GUEST, ZAUR, ZAUR_GUEST, Stage, scenario
from tests.engine.cases import READS_BY_ID

TIGHT = {
    "pair": "[pairs.main.guard]\nupdates_percent = 10\nupdates_count = 1\ncreates_percent = 10\ncreates_count = 1\n"
}
ANONYMOUS = {"pair": 'without_phone = "anonymous"\n', "checkandplace_table": READS_BY_ID}


async def proposed(stage: Stage) -> int:
    """Aysel and the others, and a namesake on each side without a number in common; the proposal's number."""
    stage.people()
    stage.world.staff_create("clopos", {"name": "Zaur Bağırov", "phone": "+994701234567"}, "zaur")
    guest = {"first_name": "Zaur", "last_name": "Bağırzadə", "primary_phone_number": "994701234567"}
    stage.world.staff_create("checkandplace", guest, "zaur")
    await stage.start()
    return int(stage.rows("SELECT id FROM proposal WHERE state = 'open'")[0]["id"])


@scenario("a proposal appears", "likeness that is no proof: staff are asked, nobody is created meanwhile")
async def _proposal(stage: Stage) -> None:
    stage.people()
    await stage.start()
    stage.world.staff_create("clopos", ZAUR, "zaur")
    guest = {"first_name": "Zaur", "last_name": "Bağırzadə", "primary_phone_number": "994701234567"}
    stage.world.staff_create("checkandplace", guest, "zaur")


@scenario("a proposal was accepted", "a new link that staff made: its blanks are filled",
          settings={"checkandplace_table": "write_email = true\n"})  # fmt: skip
async def _accepted(stage: Stage) -> None:
    number = await proposed(stage)
    zaur = next(key for (side, key), who in stage.world.labels().items() if (side, who) == ("clopos", "zaur"))
    stage.world.staff_edit("clopos", zaur, {"email": "zaur@example.az"})
    stage.decide(partial(accept_proposal, proposal_id=number))


@scenario("a proposal was rejected", "two people after all; one number for both stays a hold")
async def _rejected(stage: Stage) -> None:
    number = await proposed(stage)
    stage.decide(partial(reject_proposal, proposal_id=number))


@scenario("a guest is gone", "deleted at Check&Place: two complete scans, then the link is broken and a task says so")
async def _gone(stage: Stage) -> None:
    stage.people(6)
    await stage.start()
    stage.world.staff_delete("checkandplace", stage.p)
    await stage.run()
    stage.at_clopos(name="Aysel Həsənova")


@scenario("a customer is gone and comes back", "deleted at Clopos, restored: the link heals, the edit travels")
async def _back(stage: Stage) -> None:
    stage.people(6)
    await stage.start()
    stage.world.staff_delete("clopos", stage.c)
    for _ in range(3):
        await stage.run()
    stage.world.staff_restore(stage.c)
    stage.at_clopos(name="Aysel Həsənova")


@scenario("records merged in Check&Place", "the loser vanishes, its link is superseded (CP-48)")
async def _merged(stage: Stage) -> None:
    stage.people(6)
    stage.world.staff_create("clopos", NINA, "nina")
    await stage.start()
    double = stage.world.staff_create("checkandplace", {**NINA_GUEST, "primary_phone_number": "994709998877"}, "nina 2")
    await stage.run()
    nina = next(key for (side, key), who in stage.world.labels().items() if (side, who) == ("checkandplace", "nina"))
    stage.world.staff_merge("checkandplace", double, nina)
    await stage.run()


@scenario("another person under an id", "number and name both changed: disputed, nothing written")
async def _hands(stage: Stage) -> None:
    stage.people()
    await stage.start()
    stage.at_clopos(name="Kamran Quliyev", phone="+994705556677")


@scenario("a link was broken by staff", "different people: each is looked at by itself again")
async def _broken(stage: Stage) -> None:
    stage.people()
    await stage.start()
    number = stage.rows("SELECT id FROM link ORDER BY id")[0]["id"]
    stage.decide(partial(break_link, link_id=number, different=True))


@scenario("anonymous creates", "a guest without a number, as a record of (a): in doubt staff are asked",
          asked=True, settings=ANONYMOUS)  # fmt: skip
async def _anonymous(stage: Stage) -> None:
    stage.people()
    await stage.start()
    stage.world.staff_create("clopos", {"name": "Pəncərə masası"}, "walk-in")


def approving(stage: Stage) -> Mapping[str, Any]:
    """The word of the operator who looked at the refused plan."""
    return {"approve": stage.rows("SELECT hash FROM plan WHERE state = 'refused' ORDER BY id DESC")[0]["hash"]}


@scenario("the guard refuses", "too many updates for this pair: a stored plan, nothing written", settings=TIGHT)
async def _guarded(stage: Stage) -> None:
    stage.people(4)
    await stage.start()
    stage.at_clopos(name="Aysel Həsənova")
    for clopos, _guest in stage.others[:2]:
        stage.world.staff_edit("clopos", clopos, {"email": "x@example.az", "name": "Yeni Testov"})


@scenario("a refused plan is approved", "its operations go through, once", settings=TIGHT, options=approving)
async def _approved(stage: Stage) -> None:
    await _guarded(stage)
    try:
        await stage.run()
    except UnsafePlan:
        return
    raise AssertionError("the guard let it through")


@scenario("too many creates are approved", "creates on both sides beyond the guard", settings=TIGHT, options=approving)
async def _approved_creates(stage: Stage) -> None:
    stage.people(4)
    await stage.start()
    for number, name in enumerate(("Rauf Əlizadə", "Lalə Quliyeva", "Kamran Babayev")):
        stage.world.staff_create("clopos", {"name": name, "phone": f"+99470222110{number}"}, name)
    stage.world.staff_create("checkandplace", ZAUR_GUEST, "zaur")
    try:
        await stage.run()
    except UnsafePlan:
        return
    raise AssertionError("the guard let it through")
