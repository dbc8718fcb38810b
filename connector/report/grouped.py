"""Parts of a report that are told by reason: how many, why, and which setting would change it."""

from __future__ import annotations

from dataclasses import dataclass

from connector.domain.plan import EntryKind
from connector.report.model import Report
from connector.report.safe import visible
from connector.report.sections import Section, by_reason, settings
from connector.report.words import words


@dataclass(frozen=True, slots=True)
class Reason:
    """One reason of a part: its sentence, where it applies and what would send it (both in words, "" for none)."""

    count: int
    sentence: str
    where: str = ""
    setting: str = ""

    @property
    def text(self) -> str:
        """All of it on one line."""
        return f"{self.sentence} ({self.where})" if self.where else f"{self.sentence} {self.setting}".rstrip()


def reasons(report: Report, section: Section) -> list[Reason]:
    """The reasons of a grouped section, the most frequent first."""
    catalogue = words(report.language)
    named = settings(report, section)
    found = []
    for code, side, count in by_reason(report, section):
        where = catalogue.say(f"to.{side}") if side and section.kind is EntryKind.SKIP else ""
        would = ", ".join(visible(name) for name in named.get((code, side), ()))
        setting = catalogue.say("column.setting", setting=would) if would else ""
        found.append(Reason(count, catalogue.reason(section.kind.value, code), where, setting))
    return found
