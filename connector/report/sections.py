"""The parts of a report, in the order in which a restaurant's owner asks: what is wrong, what do you want of me, what
would you do, what do you leave alone."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from connector.domain.plan import OPERATIONS, Entry, EntryKind, Summary
from connector.domain.values import CHECKANDPLACE, CLOPOS, SideName
from connector.report.model import Report

UNLISTED = "settled"
"""Settles without a word for the report: equal values, of which a plan can have thousands. Counted, never listed."""

FAILED = ("refused", "in-doubt", "held", "accepted")
"""Outcomes that leave an operation not done."""


@dataclass(frozen=True, slots=True)
class Section:
    """One part: entries of a kind (and side). `asks`: it wants something of a person; `grouped`: listed by reason."""

    kind: EntryKind
    side: SideName | None = None
    asks: bool = False
    grouped: bool = False

    @property
    def key(self) -> str:
        """The section's name in the catalogue of words and in a page's addresses."""
        return f"{self.kind.value}.{self.side.value}" if self.side else self.kind.value

    def count(self, summary: Summary) -> int:
        """How many entries it has, by the plan's own counts."""
        hidden = summary.of(self.kind, self.side, UNLISTED) if self.kind is EntryKind.SETTLE else 0
        return summary.of(self.kind, self.side) - hidden

    def holds(self, entry: Entry) -> bool:
        """Whether an entry belongs here."""
        mine = entry.kind is self.kind and (self.side is None or entry.side is self.side)
        return mine and not (self.kind is EntryKind.SETTLE and entry.reason == UNLISTED)


SECTIONS = (
    Section(EntryKind.CONFLICT, asks=True),
    Section(EntryKind.TASK, asks=True),
    Section(EntryKind.HOLD, asks=True),
    Section(EntryKind.PROPOSAL, asks=True),
    Section(EntryKind.UPDATE, CHECKANDPLACE),
    Section(EntryKind.UPDATE, CLOPOS),
    Section(EntryKind.CREATE, CHECKANDPLACE),
    Section(EntryKind.CREATE, CLOPOS),
    Section(EntryKind.LINK),
    Section(EntryKind.LINK_STATE),
    Section(EntryKind.SETTLE),
    Section(EntryKind.NOT_SENT, grouped=True),
    Section(EntryKind.SKIP, grouped=True),
    Section(EntryKind.CLOSE, grouped=True),
)


def filled(report: Report) -> list[tuple[Section, int]]:
    """The sections that have entries, with their counts."""
    return [(section, n) for section in SECTIONS if (n := section.count(report.summary))]


def listed(report: Report, section: Section) -> Iterator[Entry]:
    """The entries of a section that the report prints: at most its limit."""
    for number, entry in enumerate(_of(report, section)):
        if report.limit is not None and number >= report.limit:
            return
        yield entry


def not_done(report: Report) -> Iterator[Entry]:
    """Operations of a run that did not go through, all of them; a preview has none and is not walked for them."""
    if report.header.dry:
        return
    for entry in report.entries(OPERATIONS):
        outcome = report.outcome(entry)
        if outcome is not None and outcome.state in FAILED:
            yield entry


def by_reason(report: Report, section: Section) -> list[tuple[str, str, int]]:
    """(reason, side, how many) of a grouped section, the most frequent first."""
    rows = [
        (reason, side, count)
        for (kind, side, reason), count in report.summary.counts.items()
        if kind == section.kind.value and count
    ]
    return sorted(rows, key=lambda row: (-row[2], row[0], row[1]))


def questions(summary: Summary) -> int:
    """How many entries ask something of a person."""
    return sum(section.count(summary) for section in SECTIONS if section.asks)


def _of(report: Report, section: Section) -> Iterable[Entry]:
    return (entry for entry in report.entries((section.kind,)) if section.holds(entry))
