"""The parts of a page: their entries as rows of HTML, cut into what the first page has room for and further pages.

A first page is at most `FIRST_ROWS` rows, shared out among the parts so that a short part is whole and long ones have
the same number; each further page has at most `PAGE_ROWS`. Rows are counted in bytes too, since names can be long. Of
100,000 entries one further page is in memory at a time.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from markupsafe import Markup

from connector.domain.plan import Entry, EntryKind
from connector.report.grouped import Reason, reasons
from connector.report.lines import Line, Lines
from connector.report.model import Report
from connector.report.sections import Section, filled, listed, not_done
from connector.report.words import words

FIRST_ROWS = 1_000
PAGE_ROWS = 1_000
ROW_BYTES = 1_400
"""What a row may take on the average: it has some 900 bytes, so that a page stays below 1.5 MB whatever people are
called."""
NOT_DONE = "not_done"


@dataclass(frozen=True, slots=True)
class Link:
    """A further page: its address, the numbers of its first and last entry, and whom it begins and ends with."""

    address: str
    first: int
    last: int
    begins: str = ""
    ends: str = ""


@dataclass
class Part:
    """A section as the templates see it. `rows`: those of the first page; `links`: where the others are; `more`: how
    many are nowhere; `why`: whether its entries have something to say beside their
    changes; `room`: rows that the first page has for it."""

    key: str
    title: str
    text: str
    count: int
    form: str
    why: bool
    entries: Iterable[Entry]
    reasons: tuple[Reason, ...] = ()
    asks: bool = False
    changes: bool = False
    room: int = FIRST_ROWS
    rows: list[Markup] = field(default_factory=list)
    links: list[Link] = field(default_factory=list)
    more: int = 0


@dataclass(frozen=True, slots=True)
class Chunk:
    """Rows of one page, with the numbers of the first and the last, and their ids. `end`: nothing follows."""

    rows: list[Markup]
    first: int
    last: int
    begins: str
    ends: str
    end: bool


def parts_of(report: Report) -> list[Part]:
    """The parts of a report in their order, what was not done first; their rows are not made yet."""
    found = [*_failed(report), *(_part(report, section, count) for section, count in filled(report))]
    rooms = shared_out({part.key: part.count for part in found}, FIRST_ROWS)
    for part in found:
        part.room = rooms[part.key]
    return found


def shared_out(counts: Mapping[str, int], room: int) -> dict[str, int]:
    """How many of `room` places each gets: the small ones what they need, the others the same number (at least 1)."""
    rooms: dict[str, int] = {}
    for left, (key, count) in zip(range(len(counts), 0, -1), sorted(counts.items(), key=lambda c: c[1]), strict=True):
        rooms[key] = min(count, max(room // left, 1))
        room -= rooms[key]
    return rooms


def chunks(rows: Iterable[tuple[Line, Markup]], room: int) -> Iterator[Chunk]:
    """The rows page by page: at most `room` on the first, `PAGE_ROWS` on each other, none longer than its rows may be
    together."""
    page: list[Markup] = []
    begins = ends = ""
    first, size = 1, 0
    for number, (line, row) in enumerate(rows, 1):
        weight = len(row.encode("utf-8", "backslashreplace"))
        if page and (len(page) >= room or size + weight > room * ROW_BYTES):
            yield Chunk(page, first, number - 1, begins, ends, end=False)
            page, first, size, room = [], number, 0, PAGE_ROWS
        if not page:
            begins = _label(line)
        ends = _label(line)
        page.append(row)
        size += weight
    yield Chunk(page, first, first + len(page) - 1, begins, ends, end=True)


def _label(line: Line) -> str:
    return " ".join(line.ids[0]) if line.ids else ""


def _part(report: Report, section: Section, count: int) -> Part:
    catalogue = words(report.language)
    changes = section.kind in (EntryKind.UPDATE, EntryKind.CREATE)
    return Part(
        key=section.key,
        title=catalogue.say(f"section.{section.key}"),
        text=catalogue.say(f"section.{section.key}.text"),
        count=count,
        form=section.form,
        why=not changes or not report.header.dry,
        entries=listed(report, section),
        reasons=tuple(reasons(report, section)) if section.grouped else (),
        asks=section.asks,
        changes=changes,
    )


def _failed(report: Report) -> Iterator[Part]:
    """Operations of a run that did not go through; counted in a walk of their own, which a preview does not need."""
    say = words(report.language).say
    found = not_done(report)
    one = next(found, None)
    if one is not None:
        count = 1 + sum(1 for _ in found)
        yield Part(NOT_DONE, say("section.not_done"), say("section.not_done.text"), count, "before", True,
                   not_done(report))  # fmt: skip


def lines_of(report: Report, part: Part) -> Iterator[Line]:
    """The part's entries as lines, in order; asked once."""
    lines = Lines(report)
    return (lines.line(entry) for entry in part.entries)
