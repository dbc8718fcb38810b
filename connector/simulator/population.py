"""A seeded population for both simulators: labelled people and the records each side holds of them.

Two promises let tests count doubles and wrong links by the labels. Records of one person that a tool could be asked to
bring together always share evidence (a valid number or an e-mail); records of different people may share a number
(families, recycled numbers), then never under compatible names. `Record.numbers` are the valid numbers behind the
typed texts and `Record.fits` says whether the name as typed is compatible with the person's plain name.
"""

from __future__ import annotations

import random
from typing import Any

from connector.simulator.names import (
    LATIN,
    Name,
    book_spelling,
    family_name,
    make_name,
    nasty_spelling,
    till_spelling,
)
from connector.simulator.numbers import Numbers
from connector.simulator.people import CHECKANDPLACE, CLOPOS, Mix, Person, Population, Record


def make_world(
    seed: int = 0,
    clopos: int = 150,
    checkandplace: int = 150,
    shared: int = 90,
    *,
    mix: Mix | None = None,
    region: str = "AZ",
    venues: tuple[int, ...] = (1, 2),
    vip_type: str | None = None,
) -> Population:
    """`clopos` + `checkandplace` records, `shared` people known to both sides. The same arguments give the same
    population. `region` is the pair's: only its own numbers are typed in national form. ValueError if `shared` is
    larger than a side."""
    if shared > min(clopos, checkandplace):
        raise ValueError(f"{shared} people cannot be on both sides of {clopos} + {checkandplace} records")
    return _Maker(random.Random(f"population {seed}"), mix or Mix(), region, venues, vip_type).make(
        clopos, checkandplace, shared
    )


class _Maker:
    """Builds one population; `chance` is the only source of randomness."""

    def __init__(
        self, chance: random.Random, mix: Mix, region: str, venues: tuple[int, ...], vip_type: str | None
    ) -> None:
        self.chance, self.mix, self.venues, self.vip_type = chance, mix, venues, vip_type
        self.numbers = Numbers(chance, region)
        self.done = Population()
        self.codes = self.tills = 0

    def make(self, clopos: int, checkandplace: int, shared: int) -> Population:
        both = [self._shared(index, shared) for index in range(shared)]
        left, right = clopos - shared, checkandplace - shared
        for _ in range(min(_share(self.mix.recycled, left), right)):
            self._recycled()
            left, right = left - 1, right - 1
        for _ in range(min(_share(self.mix.family, left), right)):
            self._family_across()
            left, right = left - 1, right - 1
        self._one_side(CLOPOS, left, both)
        self._one_side(CHECKANDPLACE, right, both)
        self.chance.shuffle(self.done.records)
        self.done.records.sort(key=lambda record: -record.age)
        return self.done

    # People on both sides

    def _shared(self, index: int, shared: int) -> tuple[Person, str]:
        """One person on both sides; the first of all are the special ones, so that small worlds have them too."""
        person = self._person()
        number = self._number(person)
        nasty = _share(self.mix.nasty, shared)
        by_email = nasty + _share(self.mix.email_only, shared)
        unreadable = by_email + _share(self.mix.unreadable, shared)
        plain = person.name.given, person.name.surname
        if index < nasty:
            text = nasty_spelling(person.name, self.chance)
            self._till(person, text, (number,), {"nasty"}, fits=False)
            self._book(person, plain, (number,), {"nasty"})
        elif index < by_email:
            self._till(person, person.name.plain, (), {"email_only"}, email=True)
            self._book(person, plain, (number,), {"email_only"}, email=True)
        elif index < unreadable:
            self._till(person, person.name.plain, (), {"unreadable"}, email=True, text=self.numbers.unusable())
            self._book(person, plain, (number,), {"unreadable"}, email=True)
        elif self.chance.random() < 0.7:
            self._till(person, till_spelling(person.name, self.chance), (number,), {"ordinary"})
            self._book(person, plain, (number,), {"ordinary"})
        else:
            self._till(person, person.name.plain, (number,), {"ordinary"})
            self._book(person, book_spelling(person.name, self.chance), (number,), {"ordinary"})
        return person, number if index >= unreadable or index < nasty else ""

    # People who share a number across the sides

    def _recycled(self) -> None:
        """A number that one person gave up and another now has."""
        before = self._person()
        after = self._person(unlike=before.name)
        number = self._number(before)
        self._till(before, before.name.plain, (number,), {"recycled"})
        self._book(after, (after.name.given, after.name.surname), (number,), {"recycled"})

    def _family_across(self) -> None:
        """Two of one family with one number, one on each side; now and then a father and his child, whose patronymic
        makes the father's whole name a part of the child's."""
        first = self._person()
        if first.name.nation == "AZ" and not first.name.woman and self.chance.random() < 0.4:
            child = self._person(relative=first.name, father=first.name.given)
            text = f"{child.name.given} {child.name.patronymic} {child.name.surname}"
        else:
            child = self._person(relative=first.name)
            text = child.name.plain
        number = self._number(first)
        self._till(child, text, (number,), {"family"})
        self._book(first, (first.name.given, first.name.surname), (number,), {"family"})

    # The rest of one side

    def _one_side(self, side: str, count: int, both: list[tuple[Person, str]]) -> None:
        """Doubles and relatives of people already there, then people of this side alone; the oddest first."""
        left = count
        known = [entry for entry in both if entry[1]]
        self.chance.shuffle(known)
        for _ in range(min(_share(self.mix.doubles, count), left, len(known))):
            person, number = known.pop()
            self._record(side, person, person.name.plain, number, {"double"})
            left -= 1
        for _ in range(min(_share(self.mix.family, count), left, len(known))):
            person, number = known.pop()
            relative = self._person(relative=person.name)
            self._record(side, relative, relative.name.plain, number, {"family"})
            left -= 1
        if side == CLOPOS:
            kinds = {"cash": self.mix.cash, "invalid": self.mix.invalid}
        else:
            kinds = {"anonymous": self.mix.anonymous, "no_phone": self.mix.no_phone, "invalid": self.mix.invalid}
        for trait, part in kinds.items():
            for _ in range(min(_share(part, count), left)):
                self._odd(side, trait)
                left -= 1
        for _ in range(left):
            person = self._person()
            self._record(side, person, None, self._number(person), {"ordinary", "alone"})

    def _odd(self, side: str, trait: str) -> None:
        """A record without a usable number."""
        person = self._person()
        if trait == "anonymous":
            nickname = self.chance.choice((None, "Pəncərə masası", "Bar", "Terras", "Masa 5"))
            values = {"is_anonym": True, "nickname": nickname, "guest_language": self.chance.choice(("en", "tr"))}
            self._add(side, person, values, (), {trait}, fits=False)
        elif side == CHECKANDPLACE:
            text = self.numbers.unusable() if trait == "invalid" else None
            self._book(person, (person.name.given, person.name.surname), (), {trait, "alone"}, text=text)
        elif trait == "cash":
            text = self.chance.choice((person.name.given, person.name.plain, "Masa 12", "Nağd müştəri"))
            self._till(person, text, (), {trait, "alone"}, fits=False)
        else:
            self._till(person, person.name.plain, (), {trait, "alone"}, text=self.numbers.unusable())

    def _record(self, side: str, person: Person, name: str | None, number: str, traits: set[str]) -> None:
        """A person of one side: `name` as typed, None = any spelling."""
        if side == CLOPOS:
            text = name or till_spelling(person.name, self.chance)
            self._till(person, text, (number,), traits)
        else:
            parts = (person.name.given, person.name.surname) if name else book_spelling(person.name, self.chance)
            self._book(person, parts, (number,), traits)

    # Records

    def _till(
        self,
        person: Person,
        name: str,
        numbers: tuple[str, ...],
        traits: set[str],
        *,
        fits: bool = True,
        email: bool = False,
        text: str | None = None,
    ) -> None:
        """A Clopos record. `text` is an unusable number."""
        chance = self.chance
        values: dict[str, Any] = {"name": name, "venue_id": self.venues[0]}
        values["phone"] = self.numbers.typed(numbers[0]) if numbers else text
        if len(self.venues) > 1 and self._every(self.mix.second_venue):
            values["venue_id"] = chance.choice(self.venues[1:])
        if numbers and "ordinary" in traits and chance.random() < 0.06:
            further = self._number(person)
            values["phones"] = [self.numbers.typed(further)]
            numbers = (*numbers, further)
        if email or ("ordinary" in traits and chance.random() < 0.35):
            values["email"] = chance.choice((person.email, person.email, f" {person.email.title()} "))
        if chance.random() < 0.6:
            values["gender"] = 2 if person.name.woman else 1
        if chance.random() < 0.4:
            values["date_of_birth"] = person.birthday
        if chance.random() < 0.2:
            values["description"] = chance.choice(("Allergiya: qoz", "Pəncərə yanı sevir", "Endirim soruşur", "VIP"))
        if chance.random() < 0.15:
            values["address"] = f"Sınaq küçəsi {chance.randrange(1, 90)}"
        if chance.random() < 0.3:
            self.codes += 1
            values["code"] = f"M-{self.codes:06d}"
        values["group_id"] = chance.choice((1, 1, 1, 1, 2, 3))
        values["receipt_count"] = chance.randrange(0, 30)
        values["spent"] = round(values["receipt_count"] * chance.uniform(5, 60), 2)
        if chance.random() < self.mix.inactive:
            values["status"] = False
            traits = traits | {"inactive"}
        self._add(CLOPOS, person, values, numbers, traits, fits=fits)

    def _book(
        self,
        person: Person,
        name: tuple[str, str | None],
        numbers: tuple[str, ...],
        traits: set[str],
        *,
        email: bool = False,
        text: str | None = None,
    ) -> None:
        """A Check&Place record: digits with the country code, now and then typed with plus and spaces."""
        chance = self.chance
        values: dict[str, Any] = {"first_name": name[0], "last_name": name[1]}
        typed = chance.random() < 0.04
        if numbers:
            number = numbers[0]
            values["primary_phone_number"] = f"+{number[1:4]} {number[4:6]} {number[6:]}" if typed else number[1:]
        elif text:
            values["primary_phone_number"] = text
        if email or ("ordinary" in traits and chance.random() < 0.35):
            values["email"] = person.email
        if chance.random() < 0.5:
            values["gender"] = person.gender
        if chance.random() < 0.15:
            values["note"] = chance.choice(("Allergiya: qoz", "Doğum günü masası", "Sakit yer"))
        values["guest_language"] = chance.choice(("tr", "tr", "en", "az"))
        values["allow_sms"], values["allow_email"] = chance.random() < 0.7, chance.random() < 0.3
        if chance.random() < 0.2:
            channel = chance.choice(("sms", "email", "call", "whatsapp"))
            values["permits"] = {channel: chance.random() < 0.7}
        if self.vip_type and chance.random() < 0.1:
            values["type_id"] = self.vip_type
        if chance.random() < self.mix.inactive:
            values["is_active"] = False
            traits = traits | {"inactive"}
        if chance.random() < self.mix.blacklisted:
            values["blacklist"] = True
            traits = traits | {"blacklisted"}
        self._add(CHECKANDPLACE, person, values, numbers, traits, fits=True)

    def _add(
        self,
        side: str,
        person: Person,
        values: dict[str, Any],
        numbers: tuple[str, ...],
        traits: set[str],
        *,
        fits: bool,
    ) -> None:
        age = self.chance.randrange(3 * 86400, 700 * 86400)
        edited = self.chance.randrange(3600, age) if self.chance.random() < 0.5 else age
        self.done.records.append(Record(side, person.key, values, numbers, fits, frozenset(traits), age, edited))

    # People

    def _person(self, unlike: Name | None = None, relative: Name | None = None, father: str | None = None) -> Person:
        """A new person: with a given name and surname other than `unlike`, or of the family of `relative` with another
        given name; `father` gives the patronymic."""
        while True:
            if relative is not None:
                name = make_name(self.chance, relative.nation, family_name(relative))
                name = Name(name.nation, name.woman, name.given, name.surname, father)
                taken = {relative.given, father}
            else:
                name = make_name(self.chance)
                taken = {unlike.given} if unlike else set()
            if name.given not in taken and (unlike is None or family_name(name) != family_name(unlike)):
                break
        serial = len(self.done.people) + 1
        ascii_name = name.plain.translate(LATIN).lower().replace(" ", ".").encode("ascii", "ignore").decode()
        year, month, day = self.chance.randrange(1950, 2006), self.chance.randrange(1, 13), self.chance.randrange(1, 29)
        person = Person(f"p{serial:06d}", name, f"{ascii_name}{serial}@example.com", f"{year}-{month:02d}-{day:02d}")
        self.done.people[person.key] = person
        return person

    def _every(self, part: float) -> bool:
        """True for `part` of the Clopos records, evenly spread, so that small worlds have some too."""
        self.tills += 1
        return int(self.tills * part) > int((self.tills - 1) * part)

    def _number(self, person: Person) -> str:
        """A new number; one in ten lives with a number of the other country."""
        nation = person.name.nation if self.chance.random() < 0.9 else {"AZ": "TR", "TR": "AZ"}[person.name.nation]
        return self.numbers.fresh(nation)


def _share(part: float, count: int) -> int:
    """How many of `count`; at least one where the share is wanted and there is room for it."""
    return min(count, max(1, round(part * count))) if part > 0 and count >= 6 else 0
