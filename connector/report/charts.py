"""The numbers behind the two pictures of a page. The template only draws them."""

from __future__ import annotations

from dataclasses import dataclass

from connector.domain.values import SideName
from connector.report import story
from connector.report.counted import number_of, title_of
from connector.report.model import Report
from connector.report.sections import filled
from connector.report.words import words

SMALLEST = 0.6
"""Percent of a bar's whole width that any number but zero gets, so that one in a thousand can be seen."""


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar: where it begins and how long it is (percent of the width), with its label and number.

    `entries`: how many its part lists.
    """

    label: str
    number: int
    start: float
    length: float
    tone: str
    target: str = ""
    entries: int = 0


def overlap(report: Report) -> list[Bar]:
    """Who is where: only in Clopos, in both, only in Check&Place, laid end to end. Empty when nobody was read."""
    say = words(report.language).say
    numbers = story.overlap(report)
    whole = sum(numbers)
    bars: list[Bar] = []
    start = 0.0
    for name, number, tone in zip(
        ("only_clopos", "both", "only_checkandplace"), numbers, (SideName.CLOPOS, "both", SideName.CHECKANDPLACE),
        strict=True,
    ):  # fmt: skip
        length = 100 * number / whole if whole else 0.0
        bars.append(Bar(say(f"chart.overlap.{name}"), number, start, length, str(tone)))
        start += length
    return bars if whole else []


def amounts(report: Report) -> list[Bar]:
    """How many entries each part has (of a run's operations: how many went through), the longest filling the width."""
    parts = [(section, count, number_of(report, section, count)) for section, count in filled(report)]
    most = max((number for _, _, number in parts), default=0)
    return [
        Bar(title_of(report, section, count), number, 0.0, max(100 * number / most, SMALLEST) if number else 0.0,
            "ask" if section.asks else section.side.value if section.side else "calm", section.key, count)
        for section, count, number in parts
    ]  # fmt: skip
