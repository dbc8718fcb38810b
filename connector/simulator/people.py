"""Who is who in a simulated world, and what each side holds of them: plain values, kept apart from the wire."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from connector.simulator.names import Name

CLOPOS = "clopos"
CHECKANDPLACE = "checkandplace"


@dataclass(frozen=True, slots=True)
class Mix:
    """How a population is made up. `nasty`, `email_only`, `unreadable` are shares of the people on both sides;
    `family`, `father`, `recycled`, `doubles`, `cash`, `invalid`, `anonymous`, `no_phone` shares of each side's other
    records; the rest shares of all records."""

    nasty: float = 0.08
    email_only: float = 0.04
    unreadable: float = 0.04
    family: float = 0.08
    recycled: float = 0.06
    doubles: float = 0.06
    cash: float = 0.12
    invalid: float = 0.05
    anonymous: float = 0.15
    no_phone: float = 0.05
    inactive: float = 0.03
    blacklisted: float = 0.02
    second_venue: float = 0.15


@dataclass(frozen=True, slots=True)
class Person:
    """Who somebody truly is."""

    key: str
    name: Name
    email: str
    birthday: str

    @property
    def gender(self) -> str:
        return "female" if self.name.woman else "male"


@dataclass(frozen=True, slots=True)
class Record:
    """What one side holds of one person, with the truth about it. `values` go into the store; `age` is seconds since
    it was made, `edited` seconds since it was last changed."""

    side: str
    person: str
    values: Mapping[str, Any]
    numbers: tuple[str, ...]
    fits: bool
    traits: frozenset[str]
    age: int
    edited: int


@dataclass
class Population:
    """People by key, and the records of both sides in the order in which they were made."""

    people: dict[str, Person] = field(default_factory=dict)
    records: list[Record] = field(default_factory=list)

    def traits(self) -> Counter[str]:
        """How often each trait occurs, as `side trait`."""
        return Counter(f"{record.side} {trait}" for record in self.records for trait in record.traits)
