"""Two records that shared a number or an e-mail before, and are nobody's partners: a new number on one side makes
nobody two people. They stay a question as long as the names are alike, and neither is made anew."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from connector.engine.staff_links import accept_proposal, reject_proposal
from connector.state.links import CROWD
from tests.engine.scene import Scene, scene

NUMBER, OTHER, THIRD = "994557000909", "994557000808", "994557000707"


class Town:
    """A restaurant after its backfill, and one guest who stands on both sides, spelled two ways."""

    def __init__(self, folder: Path, *, backfill: bool = True) -> None:
        self.bench: Scene = scene(folder)
        self.bench.guest()
        self.bench.crowd(4)
        if backfill:
            asyncio.run(self.bench.start())
        self.c = self.p = ""

    def come(self, clopos: dict[str, Any], guest: dict[str, Any]) -> None:
        self.c = self.bench.world.staff_create("clopos", clopos, "one")
        self.p = self.bench.world.staff_create("checkandplace", guest, "one")

    def leyla(self, clopos: str = "Leyla Babayeva", first: str = "Leila", last: str = "Babayeva") -> None:
        """With the number on both sides."""
        self.come(
            {"name": clopos, "phone": f"+{NUMBER}"},
            {"first_name": first, "last_name": last, "primary_phone_number": NUMBER},
        )

    def runs(self, count: int = 3) -> None:
        for _ in range(count):
            asyncio.run(self.bench.run())

    def clopos(self, **fields: Any) -> None:
        self.bench.world.staff_edit("clopos", self.c, fields)

    def guest(self, **fields: Any) -> None:
        self.bench.world.staff_edit("checkandplace", self.p, fields)

    def asked(self) -> list[str]:
        """Why each open proposal is one."""
        return [row["why"] for row in self.bench.rows("SELECT why FROM proposal WHERE state = 'open' ORDER BY id")]

    def people(self) -> tuple[int, int]:
        """How many there are beside the crowd."""
        world = self.bench.world
        return len(world.clopos.customers) - 5, len(world.checkandplace.customers) - 5


@pytest.fixture
def town(tmp_path: Path) -> Town:
    return Town(tmp_path)


@pytest.mark.parametrize("side", ["clopos", "guest"])
@pytest.mark.parametrize("last", ["Babayeva", "Quliyeva"])
def test_a_new_number_on_one_side_does_not_double_a_guest_in_review(town: Town, side: str, last: str) -> None:
    town.leyla(last=last)
    town.runs(1)
    assert town.asked() == ["phone_but_name_differs"]
    town.clopos(phone=f"+{OTHER}") if side == "clopos" else town.guest(primary_phone_number=OTHER)
    town.runs()
    assert (town.asked(), town.people()) == (["once_shared"], (1, 1))
    (proposal,) = town.bench.rows("SELECT * FROM proposal WHERE why IN ('once_shared', 'phone_but_name_differs')")
    assert proposal["state"] == "open"  # the same question, told anew


def test_nor_do_new_numbers_on_both(town: Town) -> None:
    town.leyla()
    town.runs(1)
    town.clopos(phone=f"+{OTHER}")
    town.runs()
    town.guest(primary_phone_number=THIRD)
    town.runs()
    assert (town.asked(), town.people()) == (["once_shared"], (1, 1))


def test_nor_does_a_number_that_is_emptied(town: Town) -> None:
    town.leyla()
    town.runs(1)
    town.guest(primary_phone_number=None)
    town.runs()
    assert (town.asked(), town.people()) == (["once_shared"], (1, 1))


def test_nor_does_a_new_email(town: Town) -> None:
    town.come(
        {"name": "Leyla Babayeva", "phone": f"+{NUMBER}", "email": "l@example.az"},
        {"first_name": "Leyla", "last_name": "Babayeva", "primary_phone_number": OTHER, "email": "l@example.az"},
    )
    town.runs(1)
    assert town.asked() == ["email_but_phones_differ"]
    town.clopos(email="leyla@example.az")
    town.runs()
    assert (town.asked(), town.people()) == (["once_shared"], (1, 1))


def test_a_number_that_comes_back_is_the_plain_question_again(town: Town) -> None:
    town.leyla()
    town.runs(1)
    town.clopos(phone=f"+{OTHER}")
    town.runs(1)
    town.clopos(phone=f"+{NUMBER}")
    town.runs(1)
    assert (town.asked(), town.people()) == (["phone_but_name_differs"], (1, 1))


def test_days_of_dry_runs_before_the_backfill_count(tmp_path: Path) -> None:
    """Who looks before going live reads too: what was corrected in those days was seen."""
    town = Town(tmp_path, backfill=False)
    town.leyla(first="Leyla")
    asyncio.run(town.bench.run("diff"))
    town.clopos(phone=f"+{OTHER}")
    asyncio.run(town.bench.run("diff"))
    asyncio.run(town.bench.start())
    town.runs()
    assert (town.asked(), town.people()) == (["once_shared"], (1, 1))


def test_staff_say_one_person_and_both_numbers_stay(town: Town) -> None:
    town.leyla()
    town.runs(1)
    town.clopos(phone=f"+{OTHER}")
    town.runs(1)
    (row,) = town.bench.rows("SELECT id FROM proposal WHERE state = 'open'")
    town.bench.decide(lambda desk, connection: accept_proposal(desk, connection, row["id"]))
    town.runs()
    assert (town.c, town.p) in town.bench.links()
    assert (town.asked(), town.people()) == ([], (1, 1))
    customer, visitor = (town.bench.world.clopos.get(town.c), town.bench.world.checkandplace.customers[town.p])
    assert (customer.phone, visitor.primary_phone_number) == (f"+{OTHER}", NUMBER)  # on_link = "keep"


def test_staff_say_two_people_and_each_is_made_on_the_other_side(town: Town) -> None:
    town.leyla()
    town.runs(1)
    town.clopos(phone=f"+{OTHER}")
    town.runs(1)
    (row,) = town.bench.rows("SELECT id FROM proposal WHERE state = 'open'")
    town.bench.decide(lambda desk, connection: reject_proposal(desk, connection, row["id"]))
    town.runs(4)
    assert (town.asked(), town.people()) == ([], (2, 2))


@pytest.mark.parametrize(("first", "last"), [("Kamran", "Orucov"), ("Aysel", "Babayeva")])
def test_a_couple_whose_numbers_are_told_apart_is_two_people(town: Town, first: str, last: str) -> None:
    """The advice to staff is to correct the number: who has another given name is somebody else then."""
    town.leyla(first=first, last=last)
    town.runs(1)
    assert town.asked() == ["phone_but_name_differs"]
    town.clopos(phone=f"+{OTHER}")
    town.runs()
    assert (town.asked(), town.people()) == ([], (2, 2))


def test_a_partner_of_somebody_is_no_candidate(town: Town) -> None:
    """A linked guest gives up a number, and a namesake comes with it: nothing says that they are one."""
    town.leyla(first="Leyla")
    town.runs(1)
    town.clopos(phone=f"+{OTHER}")
    town.runs(2)
    assert town.bench.visitor is not None
    assert (town.c, town.p) in town.bench.links()
    new = {"first_name": "Leyla", "last_name": "Babayeva", "primary_phone_number": NUMBER}
    town.bench.world.staff_create("checkandplace", new, "namesake")
    town.runs()
    assert town.asked() == []


@pytest.mark.parametrize(("count", "asked"), [(CROWD, CROWD), (CROWD + 1, 0)])
def test_a_number_that_a_crowd_gave_up_says_nothing(town: Town, count: int, asked: int) -> None:
    """One number was typed in for everybody, and corrected one by one: who asks about each pair asks too much."""
    world = town.bench.world
    world.set("checkandplace.phone_unique", "not_unique")
    town.leyla()
    guests = [town.p] + [
        world.staff_create(
            "checkandplace", {"first_name": "Leyla", "last_name": f"{n}", "primary_phone_number": NUMBER}, f"l{n}"
        )
        for n in range(1, count)
    ]
    town.runs(1)
    for n, guest in enumerate(guests):
        world.staff_edit("checkandplace", guest, {"primary_phone_number": f"9945576000{n:02d}"})
    town.clopos(phone=f"+{OTHER}")
    town.runs()
    assert town.asked() == ["once_shared"] * asked
    assert town.people() == ((1, count) if asked else (count + 1, count + 1))
    before = town.bench.links()
    town.come(  # whose own number it is by now
        {"name": "Nigar Kazımova", "phone": f"+{NUMBER}"},
        {"first_name": "Nigar", "last_name": "Kazımova", "primary_phone_number": NUMBER},
    )
    town.runs(1)
    assert town.bench.links() - before == {(town.c, town.p)}
