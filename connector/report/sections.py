"""The parts of a report, in the order in which a restaurant's owner asks: what is wrong, what do you want of me, what
would you do, what do you leave alone."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from connector.domain.plan import IGNORED, OPERATIONS, Entry, EntryKind, Summary
from connector.domain.undo import DELETE_BY_HAND
from connector.domain.values import CHECKANDPLACE, CLOPOS, SideName
from connector.report.model import Report

UNLISTED = "settled"
"""Settles without a word for the report: equal values, of which a plan can have thousands. Counted, never listed."""

FAILED = ("refused", "in-doubt", "held", "accepted")
"""Outcomes that leave an operation not done."""


ABOUT_LINKS = frozenset({
    "gone", "gone_on_both", "merged_away", "disputed", "turned_anonym", "cid_changed", "phone_and_name_changed",
    "moved", "seen_again", "taken_back",
})  # fmt: skip
"""Reasons of tasks that ask for a look at a link, not for something to be typed."""
DELETED = frozenset({DELETE_BY_HAND})


@dataclass(frozen=True, slots=True)
class Section:
    """One part: entries of a kind (and side), of the reasons `only` (empty: any), none of the reasons `but`. `asks`: it
    wants something of a person; `grouped`: listed by reason; `name`: its key where kind and side do not say it."""

    kind: EntryKind
    side: SideName | None = None
    asks: bool = False
    grouped: bool = False
    only: frozenset[str] = frozenset()
    but: frozenset[str] = frozenset()
    name: str = ""

    @property
    def key(self) -> str:
        """The section's name in the catalogue of words and in a page's addresses."""
        return self.name or (f"{self.kind.value}.{self.side.value}" if self.side else self.kind.value)

    @property
    def form(self) -> str:
        """How its entries are laid out: `before` and after, both `sides`, `new` values, or `reason` alone."""
        if self.only:
            return "reason"
        return FORMS.get(self.kind, "reason")

    def count(self, summary: Summary) -> int:
        """How many entries it has, by the plan's own counts."""
        return sum(
            count
            for (kind, side, reason), count in summary.counts.items()
            if kind == self.kind.value and (self.side is None or side == self.side.value) and self._of(reason)
        )

    def holds(self, entry: Entry) -> bool:
        """Whether an entry belongs here. What staff put aside belongs nowhere."""
        mine = entry.kind is self.kind and (self.side is None or entry.side is self.side)
        return mine and self._of(entry.reason) and not entry.facts.get(IGNORED)

    def _of(self, reason: str) -> bool:
        if self.kind is EntryKind.SETTLE and reason == UNLISTED:
            return False
        return (not self.only or reason in self.only) and reason not in self.but


FORMS = {
    EntryKind.UPDATE: "before", EntryKind.TASK: "before", EntryKind.CREATE: "new", EntryKind.CONFLICT: "sides",
    EntryKind.SETTLE: "sides", EntryKind.HOLD: "sides", EntryKind.NOT_SENT: "sides",
}  # fmt: skip


SECTIONS = (
    Section(EntryKind.CONFLICT, asks=True),
    Section(EntryKind.TASK, CLOPOS, asks=True, but=ABOUT_LINKS | DELETED, name="task"),
    Section(EntryKind.TASK, CHECKANDPLACE, asks=True, but=ABOUT_LINKS | DELETED, name="task.checkandplace"),
    Section(EntryKind.TASK, asks=True, only=ABOUT_LINKS, name="task.link"),
    Section(EntryKind.TASK, asks=True, only=DELETED, name="task.delete"),
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


def settings(report: Report, section: Section) -> dict[tuple[str, str], list[str]]:
    """(reason, side) -> the settings that would send it, of what is not sent; found in a walk over those entries."""
    found: dict[tuple[str, str], dict[str, None]] = {}
    if section.kind is not EntryKind.NOT_SENT:
        return {}
    for entry in _of(report, section):
        named = {str(setting): None for setting in settings_of(entry)}
        found.setdefault((entry.reason, entry.side.value if entry.side else ""), {}).update(named)
    return {key: list(named) for key, named in found.items()}


def settings_of(entry: Entry) -> list[str]:
    """The settings that would send what an entry does not send; each once."""
    named = [entry.facts.get("setting"), *(change.setting for change in entry.fields)]
    return list(dict.fromkeys(str(setting) for setting in named if setting))


def questions(summary: Summary) -> int:
    """How many entries ask something of a person."""
    return sum(section.count(summary) for section in SECTIONS if section.asks)


def _of(report: Report, section: Section) -> Iterable[Entry]:
    return (entry for entry in report.entries((section.kind,)) if section.holds(entry))
