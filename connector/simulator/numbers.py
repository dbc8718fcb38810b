"""Made-up phone numbers that fit the Azerbaijani and Turkish mobile plans, and how people type them."""

from __future__ import annotations

import random
from typing import Final

AZ_OPERATORS: Final = ("50", "51", "55", "70", "77", "99")
TR_OPERATORS: Final = tuple(str(code) for code in range(530, 560))
TYPED_IN_OPERATOR: Final = "60"
"""Only customers typed in while the simulator runs have these numbers: no clash with a world's own."""
UNUSABLE: Final = ("050{d}", "+1555{d}", "{d}", "0{d}", "055 {d} ?", "+994 50 {d}")
"""Texts that are no valid number in any region: too short, or possible but not in service."""


class Numbers:
    """Draws E.164 numbers, each at most once."""

    def __init__(self, chance: random.Random, region: str = "AZ") -> None:
        self.chance, self.region = chance, region
        self.used: set[str] = set()
        self.texts: set[str] = set()

    def fresh(self, nation: str) -> str:
        """A new valid mobile number of `AZ` or `TR`."""
        while True:
            if nation == "AZ":
                number = f"+994{self.chance.choice(AZ_OPERATORS)}{self.chance.randrange(2_000_000, 10_000_000)}"
            else:
                number = f"+90{self.chance.choice(TR_OPERATORS)}{self.chance.randrange(2_000_000, 10_000_000)}"
            if number not in self.used:
                self.used.add(number)
                return number

    def unusable(self) -> str:
        """A new text that holds no valid number."""
        while True:
            pattern = self.chance.choice(UNUSABLE)
            length = 7 if pattern.startswith("+1") else 5
            text = pattern.format(d="".join(self.chance.choices("123456789", k=length)))
            if text not in self.used:
                self.used.add(text)
                return text

    def typed(self, number: str) -> str:
        """The number as somebody types it at the till, each spelling once: the till compares texts. National forms
        only for the pair's own region, so that the number stays readable."""
        if number not in self.texts and self.chance.random() < 0.5:
            text = number
        else:
            text = self.chance.choice([text for text in _spellings(number, self.region) if text not in self.texts])
        self.texts.add(text)
        return text


def _spellings(number: str, region: str) -> list[str]:
    digits = number[1:]
    if number.startswith("+994"):
        country, nation, rest = "994", "AZ", digits[3:]
        parts = (rest[:2], rest[2:5], rest[5:7], rest[7:])
    else:
        country, nation, rest = "90", "TR", digits[2:]
        parts = (rest[:3], rest[3:6], rest[6:8], rest[8:])
    spaced = " ".join(parts)
    spellings = [
        number, f"+{country} {spaced}", f"+{country}({parts[0]}){''.join(parts[1:])}", digits, f"{country} {spaced}",
        f"00{digits}", f"+{country}-{'-'.join(parts)}",
    ]  # fmt: skip
    if nation == region:
        spellings += [f"0{rest}", f"0{spaced}", f"(0{parts[0]}) {'-'.join(parts[1:])}", spaced]
    return spellings
