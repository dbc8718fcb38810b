"""A plan as one flat table: a row per detail of an entry. CSV is that table; the other tabular forms share its rows.

Who is concerned is repeated on every row, so that a row can be sorted, filtered and cut out. Texts of the servers are
made harmless as everywhere (`safe`), and no cell can be taken for a formula (`sheets.cells`).
"""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from typing import IO

from connector.domain.plan import Entry
from connector.domain.values import CHECKANDPLACE, CLOPOS
from connector.report.difference import Pieces, text_of
from connector.report.lines import Line, Lines, Row
from connector.report.model import Report
from connector.report.sections import Section, filled, listed
from connector.report.sheets.cells import csv_cell
from connector.report.words import words

NO_ROW = Row("", (), ())
COLUMNS = (
    "part", "guest", "also", "clopos_id", "checkandplace_id", "field", "now", "becomes", "clopos", "checkandplace",
    "why", "evidence", "since", "outcome", "next", "kind", "side", "reason",
)  # fmt: skip
"""The columns of the flat table; the last three are the plan's own words, for programs."""


@dataclass(frozen=True, slots=True)
class Flat:
    """One detail of one entry; an entry without details is one row. `form`: how it is laid out (`Section.form`)."""

    section: Section
    entry: Entry
    line: Line
    row: Row
    form: str

    @property
    def now(self) -> Pieces:
        """What stands there now, of entries that are written or typed."""
        return self.row.left if self.form in ("before", "new") else ()

    @property
    def becomes(self) -> Pieces:
        return self.row.right if self.form in ("before", "new") else ()

    @property
    def clopos(self) -> Pieces:
        """What Clopos shows, of entries that stand between the two."""
        return self.row.left if self.form == "sides" else ()

    @property
    def checkandplace(self) -> Pieces:
        return self.row.right if self.form == "sides" else ()


def flat(report: Report, section: Section) -> Iterator[Flat]:
    """The rows of a section, in the plan's order."""
    lines, form = Lines(report), section.form
    for entry in listed(report, section):
        line = lines.line(entry)
        for row in line.rows or (NO_ROW,):
            yield Flat(section, entry, line, row, form)


def write_csv(report: Report, stream: IO[str]) -> None:
    """Writes the plan as CSV (RFC 4180). One in the clear says so in a first line of its own; the headings follow."""
    say = words(report.language).say
    writer = csv.writer(stream)
    if report.show_pii:
        writer.writerow([csv_cell(say("clear"))])
    writer.writerow([say(f"table.{name}") for name in COLUMNS])
    for section, _count in filled(report):
        for one in flat(report, section):
            writer.writerow([csv_cell(text) for text in texts(report, one)])


def texts(report: Report, one: Flat) -> list[str]:
    """The cells of a row, in the order of `COLUMNS`."""
    say = words(report.language).say
    ids = dict(one.line.ids)
    return [
        say(f"section.{one.section.key}"), one.line.who, one.line.also, ids.get(CLOPOS.label, ""),
        ids.get(CHECKANDPLACE.label, ""), one.row.field, *(shown(report, one, name) for name in COLUMNS[6:10]),
        because(one), "; ".join(one.line.facts), one.line.since, outcome(report, one.line), one.line.next_step,
        one.entry.kind.value, one.entry.side.value if one.entry.side else "", one.entry.reason,
    ]  # fmt: skip


def shown(report: Report, one: Flat, name: str) -> str:
    """A value as text: one that is blank says so where the column is about this entry at all, others are empty."""
    pieces: Pieces = getattr(one, name)
    sided = name in ("clopos", "checkandplace")
    if pieces or one.row is NO_ROW or sided != (one.form == "sides") or one.form == "reason":
        return text_of(pieces)
    return "" if (name, one.form) == ("now", "new") else words(report.language).say("blank")


def because(one: Flat) -> str:
    """Why: the entry's reason, and what happened to the detail."""
    note = one.row.note
    return one.line.why if not note or note in one.line.why else f"{one.line.why} ({note})" if one.line.why else note


def outcome(report: Report, line: Line) -> str:
    """What became of an operation, in words; "" for what was not run."""
    if line.outcome is None:
        return ""
    state = words(report.language).say(f"outcome.{line.outcome.state}")
    return f"{state}: {line.outcome.sentence}" if line.outcome.sentence else state
