"""What a report shows of a guest when it may be seen by others: initials, last digits, no address.

Masks keep the length, character by character, so that two masked values can be laid side by side and the characters
that differ can be marked (connector/report/difference.py).
"""

from __future__ import annotations

import re

DOT = "•"
SHOWN_DIGITS = 2
OPEN_TYPES = frozenset({"gender", "group", "flag"})
"""Field types whose values say nothing about who a guest is."""


def mask(text: str, field_type: str = "text") -> str:
    """`text` masked by the type of its field (mapping file, `type`): a name to initials, a phone number to its last two
    digits, an e-mail to its first letter and ending, anything else to dots. Types of `OPEN_TYPES` stay as they are."""
    if field_type in OPEN_TYPES:
        return text
    if field_type == "phone":
        return _phone(text)
    if field_type == "email":
        return _email(text)
    if field_type == "name":
        return mask_name(text)
    return re.sub(r"\S", DOT, text)


def mask_name(text: str) -> str:
    """The first letter of each word: `Aysel Məmmədova` is `A•••• M••••••••`."""
    return re.sub(r"(\w)(\S*)", lambda word: word[1] + DOT * len(word[2]), text)


def _phone(text: str) -> str:
    digits = [place for place, letter in enumerate(text) if letter.isdigit()]
    shown = set(digits[-SHOWN_DIGITS:]) if len(digits) > 2 * SHOWN_DIGITS else set()
    return "".join(
        letter if place in shown or not (letter.isdigit() or letter.isalpha()) else DOT
        for place, letter in enumerate(text)
    )


def _email(text: str) -> str:
    name, at, domain = text.rpartition("@")
    if not at:
        return DOT * len(text)
    host, dot, ending = domain.rpartition(".")
    return f"{name[:1]}{DOT * (len(name) - 1)}@{DOT * len(host)}{dot}{ending if dot else DOT * len(ending)}"
