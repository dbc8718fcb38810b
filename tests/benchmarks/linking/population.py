"""Labelled populations of two sides: people, what staff make of their names and numbers, and who is whom.

Seeded: the same seed and rates give the same rows anywhere. Rows are shaped as the two APIs list them. Nobody here is
a real person: names are drawn from short lists, so that namesakes are far more frequent than in any town.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, field, replace
from typing import Any

from connector.simulator.names import AZ_MEN, AZ_SURNAMES, AZ_WOMEN
from tests.benchmarks.linking.staff import Typed, number_as_typed, type_name

Row = dict[str, Any]
_OPERATORS = ("50", "51", "55", "70", "77", "99", "10")


@dataclass(frozen=True)
class Rates:
    """How often things happen, as shares: of people, or (`typed`) of records."""

    both: float = 0.6  # people whom both sides know; the others are known to one
    phone: float = 0.95  # a record has a number
    email: float = 0.25  # a person has an e-mail
    email_given: float = 0.6  # and gave it to this side
    family: float = 0.03  # a record carries the number of the household, not of the person
    namesake: float = 0.005  # a member of a household is named after another (grandson and grandfather)
    front_desk: float = 0.0005  # a record carries the number of the restaurant itself
    new_number: float = 0.01  # a person changed numbers: one side knows the old one only
    recycled: float = 0.005  # a number that belonged to a guest who still stands on the other side
    second_number: float = 0.06  # Clopos keeps two numbers of a person
    double: float = 0.004  # the same person twice on one side
    broken: float = 0.01  # a number with a digit lost or one too many
    typed: Typed = field(default_factory=Typed)

    def noisier(self, times: float) -> Rates:
        """The same world with spellings, typos and initials so many times as frequent."""
        return replace(self, typed=self.typed.noisier(times))


@dataclass(frozen=True)
class Person:
    """One guest, as the guest would say it."""

    label: int
    woman: bool
    given: str
    family: str
    father: str
    phone: str
    second_phone: str
    home_phone: str
    email: str | None

    @property
    def surname(self) -> str:
        return self.family + "a" if self.woman and self.family.endswith("v") else self.family


@dataclass
class Population:
    """Rows of both sides, and per side the label of the person behind each row, by its id."""

    clopos: list[Row] = field(default_factory=list)
    checkandplace: list[Row] = field(default_factory=list)
    clopos_labels: dict[str, int] = field(default_factory=dict)
    checkandplace_labels: dict[str, int] = field(default_factory=dict)


def populate(seed: int, people: int, rates: Rates | None = None) -> Population:
    """A population of so many people; rows come in no order of importance."""
    rates = rates or Rates()
    dice = random.Random(f"population {seed}")
    everybody = _people(dice, people, rates)
    world = Population()
    for person in everybody:
        known_to = dice.random()
        on_clopos = known_to < rates.both or known_to < rates.both + (1 - rates.both) / 2
        on_checkandplace = known_to < rates.both or not on_clopos
        now = _as_of_now(dice, person, everybody, rates)
        if on_clopos:
            for _ in range(2 if dice.random() < rates.double else 1):
                _add_clopos(dice, world, now[0], rates)
        if on_checkandplace:
            for _ in range(2 if dice.random() < rates.double else 1):
                _add_checkandplace(dice, world, now[1], rates)
    dice.shuffle(world.clopos)
    dice.shuffle(world.checkandplace)
    return world


def _people(dice: random.Random, count: int, rates: Rates) -> list[Person]:
    numbers = dice.sample(range(10**6, 10**7), 3 * count)
    everybody: list[Person] = []
    while len(everybody) < count:
        family, home = dice.choice(AZ_SURNAMES), _number(dice, numbers.pop())
        household: list[str] = []
        for _ in range(min(dice.randint(1, 4), count - len(everybody))):
            woman, label = dice.random() < 0.5, len(everybody)
            given = dice.choice([name for name in (AZ_WOMEN if woman else AZ_MEN) if name not in household])
            if household and dice.random() < rates.namesake:
                given = household[0]
                woman = given in AZ_WOMEN
            household.append(given)
            everybody.append(Person(
                label, woman, given, family, dice.choice(AZ_MEN), _number(dice, numbers.pop()),
                _number(dice, numbers.pop()) if len(numbers) > count else home, home,
                f"guest{label}@example.com" if dice.random() < rates.email else None,
            ))  # fmt: skip
    return everybody


def _number(dice: random.Random, digits: int) -> str:
    # Subscriber numbers of Azerbaijan begin with 2 to 9.
    return f"994{dice.choice(_OPERATORS)}{2 + digits % 8}{digits % 10**6:06d}"


def _as_of_now(
    dice: random.Random, person: Person, everybody: list[Person], rates: Rates
) -> tuple[Person, Person]:  # fmt: skip
    """The person as Clopos and as Check&Place came to know them: before or after a wedding, a new number."""
    sides = [person, person]
    if dice.random() < rates.new_number:
        side = dice.randrange(2)
        sides[side] = replace(person, phone=person.second_phone, second_phone=person.second_phone)
    if dice.random() < rates.recycled and person.label:
        former = everybody[dice.randrange(person.label)]
        sides[dice.randrange(2)] = replace(person, phone=former.phone)
    if person.woman and dice.random() < rates.typed.wedding:
        side = dice.randrange(2)
        sides[side] = replace(sides[side], family=dice.choice(AZ_SURNAMES))
    return sides[0], sides[1]


def _phone(dice: random.Random, person: Person, rates: Rates) -> str | None:
    roll = dice.random()
    if roll > rates.phone:
        return None
    if roll < rates.front_desk:
        return "994124980000"
    if roll < rates.front_desk + rates.family:
        return person.home_phone
    return person.phone


def _email(dice: random.Random, person: Person, rates: Rates) -> str | None:
    if person.email is None or dice.random() > rates.email_given:
        return None
    return person.email.title() if dice.random() < 0.1 else person.email


def _add_clopos(dice: random.Random, world: Population, person: Person, rates: Rates) -> None:
    first, last = type_name(dice, person, rates.typed)
    parts = [part for part in (first, last) if part]
    if dice.random() < rates.typed.swapped:
        parts.reverse()
    number = _phone(dice, person, rates)
    second = [number_as_typed(dice, person.second_phone, 0.0)] if dice.random() < rates.second_number else []
    row = {
        "id": len(world.clopos) + 1, "cid": f"{dice.getrandbits(128):032x}", "name": " ".join(parts) or None,
        "phone": None if number is None else number_as_typed(dice, number, rates.broken), "phones": second,
        "email": _email(dice, person, rates), "status": 1,
    }  # fmt: skip
    world.clopos.append(row)
    world.clopos_labels[str(row["id"])] = person.label


def _add_checkandplace(dice: random.Random, world: Population, person: Person, rates: Rates) -> None:
    first, last = type_name(dice, person, rates.typed)
    if dice.random() < rates.typed.swapped / 4:  # two boxes on a form are mixed up less often than one line
        first, last = last, first
    number = _phone(dice, person, rates)
    digits = number if number is None or dice.random() > rates.broken else number[:-1]
    row = {
        "id": f"{len(world.checkandplace) + 1:08x}-0000-4000-8000-{dice.getrandbits(48):012x}", "first_name": first,
        "last_name": last, "primary_phone_number": digits, "country_code": "994" if digits else None,
        "email": _email(dice, person, rates), "is_active": True, "is_anonym": False,
    }  # fmt: skip
    world.checkandplace.append(row)
    world.checkandplace_labels[str(row["id"])] = person.label
