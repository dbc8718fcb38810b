"""What a part of a report is listed with: a number, and what is counted by it. Every form of a report says the same."""

from __future__ import annotations

from connector.domain.plan import OPERATIONS
from connector.report.model import Report
from connector.report.sections import Section
from connector.report.words import words


def number_of(report: Report, section: Section, count: int) -> int:
    """Of a run's operations those that went through, of everything else the `count` entries of its plan."""
    if section.kind not in OPERATIONS or report.sent is None:
        return count
    return report.sent.get((section.kind.value, section.side.value if section.side else ""), 0)


def title_of(report: Report, section: Section, count: int) -> str:
    """The part's title, and beside it what else there is: operations of the plan that did not go through, and questions
    of earlier runs that this one did not have to raise again."""
    say = words(report.language).say
    title = say(f"section.{section.key}")
    number = number_of(report, section, count)
    if number != count:
        return say("count.of_plan", title=title, n=count)
    waiting = (report.header.waiting or {}).get(section.kind.value)
    alone = count == report.summary.of(section.kind)
    return say("count.waiting", title=title, n=waiting) if waiting is not None and alone and waiting != count else title
