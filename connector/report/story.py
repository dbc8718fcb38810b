"""The first screen of a report in words and numbers: title, headline, facts. The printers only set them."""

from __future__ import annotations

from dataclasses import dataclass
from zoneinfo import ZoneInfo

from connector.domain.plan import EntryKind
from connector.domain.values import CHECKANDPLACE, CLOPOS
from connector.report.counted import number_of
from connector.report.model import Reading, Report
from connector.report.safe import visible
from connector.report.sections import FAILED, Section, questions
from connector.report.words import words

SENT = (
    Section(EntryKind.UPDATE, CHECKANDPLACE), Section(EntryKind.CREATE, CHECKANDPLACE),
    Section(EntryKind.CREATE, CLOPOS),
)  # fmt: skip
"""The parts that have a card of their own, in the order of the cards."""

UNENDED = ("running", "killed", "failed", "stopped")
"""States of a run that did not come to its end: that it sent nothing does not say that nothing had to be sent."""


@dataclass(frozen=True, slots=True)
class Card:
    """One number that matters. `tone`: calm, good, ask."""

    number: int
    label: str
    tone: str
    target: str = ""


def title(report: Report) -> str:
    """What kind of report this is."""
    say = words(report.language).say
    header = report.header
    key = f"title.dry.{header.kind}"
    if header.dry and key in words(report.language).texts:
        return say(key)
    return say("title.diff" if header.dry else f"title.{header.kind}")


def headline(report: Report) -> list[str]:
    """One to three sentences: what it comes to. Of a run that is over the questions are all that wait, not its own."""
    say = words(report.language).say
    summary, header = report.summary, report.header
    asks = asked(report)
    if header.error:
        return [visible(header.error, 1000)]
    if header.state == "refused":
        return [say("state.refused")]
    if header.dry:
        if not summary.operations and not asks:
            n = header.records(CLOPOS)
            same = n == header.records(CHECKANDPLACE) == both(report) and n
            return [say("headline.same", n=n)] if same else [say("headline.nothing")]
        if not summary.operations:
            return [say("headline.waiting", n=asks)]
        lines = [say("headline.would", n=summary.operations)]
    else:
        done = report.outcomes.get("done", 0) + report.outcomes.get("accepted", 0)
        state = f"state.{header.state}"
        if header.state == "partly" and not any(report.outcomes.get(state) for state in FAILED):
            state = "state.partly.rest"
        lines = [say(state)] if state in words(report.language).texts else []
        if done or header.state not in UNENDED:
            lines.append(say("headline.was", n=done) if done else say("headline.was_nothing"))
    return [*lines, say("headline.asks", n=asks)] if asks else lines


def asked(report: Report) -> int:
    """How many questions wait for staff: of a run that is over all that were open then, else those of its plan."""
    waiting = report.header.waiting
    return questions(report.summary) if waiting is None else sum(waiting.values())


def waiting(report: Report, section: Section, count: int) -> str:
    """How many of a part's questions are new: "" where all are, or where the plan's counts do not tell."""
    say, new = words(report.language).say, report.summary.new[section.kind.value]
    if not new:
        return say("fact.waiting")
    alone = count == report.summary.of(section.kind)
    return say("fact.new", n=new) if alone and new < count else ""


def notes(report: Report) -> list[str]:
    """What the reader has to know besides."""
    ignored = report.summary.ignored
    more = [words(report.language).say("note.ignored", n=ignored)] if ignored else []
    return [*report.header.notes, *more]


def both(report: Report) -> int:
    """How many persons are in both systems, the links that this plan makes included."""
    return (report.header.links or 0) + report.summary.of(EntryKind.LINK)


def overlap(report: Report) -> tuple[int, int, int]:
    """Customers only in Clopos, in both, only in Check&Place, as read (before this plan's creates); zeros where that is
    not known any more."""
    if report.header.links is None:
        return 0, 0, 0
    shared = both(report)
    return (
        max(report.header.records(CLOPOS) - shared, 0),
        shared,
        max(report.header.records(CHECKANDPLACE) - shared, 0),
    )


def cards(report: Report) -> list[Card]:
    """The numbers at the top: what is linked, created, updated, asked, left out."""
    say, summary = words(report.language).say, report.summary
    cards = [Card(summary.of(EntryKind.LINK), say("card.link"), "calm", "link")]
    for section in SENT:
        number = number_of(report, section, section.count(summary))
        cards.append(Card(number, say(f"card.{section.key}"), "good", section.key))
    return [
        *cards,
        Card(asked(report), say("card.questions"), "ask", "questions"),
        Card(summary.of(EntryKind.SKIP), say("card.left_out"), "calm", "skip"),
    ]


def facts(report: Report) -> list[tuple[str, str]]:
    """(label, text) about the run: pair, time, what was read, how long it took."""
    say, header = words(report.language).say, report.header
    moment = header.at.astimezone(ZoneInfo(header.zone)).strftime("%Y-%m-%d %H:%M")
    rows = [(say("fact.pair"), header.pair), (say("fact.when"), f"{moment} ({header.zone})")]
    if header.run_id is not None:
        rows.append((say("fact.run"), f"{header.run_id} ({header.kind})"))
    rows += [(reading.side.label, _reading(report, reading)) for reading in header.readings]
    if header.links is not None:
        rows.append((say("fact.links"), f"{header.links:,}"))
    if header.waiting is not None:
        waits = ", ".join(say(f"waits.{kind}", n=n) for kind, n in header.waiting.items() if n)
        rows.append((say("fact.waits"), waits or say("waits.nothing")))
    if header.seconds is not None:
        rows.append((say("fact.took"), say("fact.seconds", seconds=f"{header.seconds:.1f}")))
    if header.plan_hash:
        rows.append((say("fact.plan"), header.plan_hash[:12]))
    return [(label, visible(text)) for label, text in rows]


def _reading(report: Report, reading: Reading) -> str:
    say = words(report.language).say
    how = say(f"scan.{reading.state}.{reading.kind}")
    parts = [say("fact.customers", n=reading.records)] if reading.records is not None else []
    parts.append(f"{how} ({reading.reason})" if reading.reason else how)
    if reading.requests:
        parts.append(say("fact.requests", n=reading.requests))
    return ", ".join(parts)
