"""Who lives in the town of a history: names and numbers that staff can type, and how two spellings of them compare."""

from __future__ import annotations

from typing import Any

from connector.simulator.labels import TAIL

CLOPOS, CHECKANDPLACE = "clopos", "checkandplace"
SIDES = (CLOPOS, CHECKANDPLACE)

PEOPLE = ("Orxan Quliyev", "Nigar Abbasova", "Rəşad Kərimov", "Günel Səfərova", "Tural Nəsirov", "Sevda Rzayeva")
"""Who is there at the start, or comes later. A person's label is the given name."""

STRANGERS = ("Kamran Hüseynov", "Lalə Vəliyeva", "Elçin Mustafayev", "Aynur Sultanova")
"""Guests whose data staff type over somebody else's record."""

SURNAMES = ("Əliyev", "Hacıyev", "Babayev", "Rüstəmov")

COMPARED = ("name", "phone")
"""The fields whose edits are followed. Both travel by the default mapping (two-way)."""


def label(name: str) -> str:
    """The truth label of a person: the given name, which staff never change without meaning somebody else."""
    return name.split()[0]


def number(person: int, digit: int) -> str:
    """A mobile number of Azerbaijan, digits alone. Persons do not share any."""
    return f"99455700{person:02d}{digit:02d}"


def typed(side: str, name: str | None = None, phone: str | None = None) -> dict[str, Any]:
    """Name (given and surname) and number as the attributes of a side's back office."""
    fields: dict[str, Any] = {}
    if name is not None:
        first, _, last = name.partition(" ")
        fields |= {"name": name} if side == CLOPOS else {"first_name": first, "last_name": last or None}
    if phone is not None:
        fields |= {"phone": f"+{phone}"} if side == CLOPOS else {"primary_phone_number": phone}
    return fields


def cleared(side: str, field: str) -> dict[str, Any]:
    """Attributes that empty a field. A name is never emptied whole: neither back office lets staff do it."""
    if field == "phone":
        return {"phone": None} if side == CLOPOS else {"primary_phone_number": None}
    return {} if side == CLOPOS else {"last_name": None}


def shown(side: str, record: Any, field: str) -> str:
    """A record's name or number as text that compares across the sides; "" where it is blank."""
    if field == "name":
        parts = [record.name] if side == CLOPOS else [record.first_name, record.last_name]
        return " ".join(" ".join(part for part in parts if part).split()).casefold()
    text = record.phone if side == CLOPOS else record.primary_phone_number
    return "".join(letter for letter in text or "" if letter.isdigit())[-TAIL:]


def numbers(side: str, record: Any) -> set[str]:
    """All numbers of a record, by their last digits."""
    texts = record.numbers() if side == CLOPOS else [record.primary_phone_number or ""]
    found = {"".join(letter for letter in text if letter.isdigit())[-TAIL:] for text in texts}
    return found - {""}
