"""A plan as a workbook (XLSX): a first sheet with the story, and one for each part, to sort, filter and hand on.

Rows are written one by one and leave memory at once (XlsxWriter's constant memory). Every cell is text by its type, so
nothing that a guest is called can become a formula or a link; changed letters are bold and coloured.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import xlsxwriter

from connector.domain.values import CHECKANDPLACE, CLOPOS
from connector.report import story
from connector.report.counted import number_of, title_of
from connector.report.difference import Pieces, text_of
from connector.report.model import Report
from connector.report.sections import Section, filled
from connector.report.sheets.cells import FORMULA, cell
from connector.report.table import Flat, because, flat, outcome, shown
from connector.report.words import words

OPTIONS = {
    "constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False,
}  # fmt: skip
HEADER_ROW = 3
MOST_ROWS = 1_000_000
"""Rows of a sheet; programs take 1,048,576."""
LONGEST_TAB = 31
FORM_COLUMNS: dict[str, tuple[str, ...]] = {
    "before": ("field", "now", "becomes", "why", "since", "outcome", "next"),
    "new": ("field", "becomes", "outcome"),
    "sides": ("field", "clopos", "checkandplace", "why", "evidence", "since", "next"),
    "reason": ("also", "why", "evidence", "since", "next"),
}
WIDTHS = {
    "guest": 23, "also": 23, "clopos_id": 10, "checkandplace_id": 20, "field": 9, "now": 20, "becomes": 20,
    "clopos": 20, "checkandplace": 20, "why": 34, "evidence": 30, "since": 13, "outcome": 22, "next": 30,
}  # fmt: skip
TONES = {"clopos": "#1F5F8B", "checkandplace": "#8A4B14", "now": "#8C1D18", "becomes": "#14532D"}
LINE_HEIGHT, LINES = 15, 2
"""Points of a line of text, and the lines of a row unless it needs more: a height of its own stays in memory."""


def write_workbook(report: Report, path: Path) -> None:
    """Writes the plan to `path`. A part longer than a sheet goes on in no other one: its first sheet row says so."""
    say = words(report.language).say
    with xlsxwriter.Workbook(str(path), OPTIONS) as book:
        book.set_properties({"title": cell(story.title(report)), "author": "",
                             "comments": say("clear" if report.show_pii else "masked")})  # fmt: skip
        looks = _Looks(book)
        _first(book, report, looks)
        for section, count in filled(report):
            _sheet(book, report, section, count, looks)


def columns(section: Section, *, dry: bool) -> tuple[str, ...]:
    """The columns of a part's sheet; a preview (`dry`) has no outcomes."""
    names = ("guest", "clopos_id", "checkandplace_id", *FORM_COLUMNS[section.form])
    return tuple(name for name in names if not dry or name != "outcome")


def tab(title: str) -> str:
    """A sheet's name: what spreadsheet programs take, 31 characters at most."""
    return re.sub(r"[\[\]:*?/\\']", " ", title)[:LONGEST_TAB].strip()


class _Looks:
    """The cell formats of a book, each made once."""

    def __init__(self, book: Any) -> None:
        self._book = book
        self._made: dict[str, Any] = {}

    def __call__(self, **look: Any) -> Any:
        key = repr(sorted(look.items()))
        if key not in self._made:
            self._made[key] = self._book.add_format(look)
        return self._made[key]

    def text(self, *, quoted: bool = False, shaded: bool = False) -> Any:
        look: dict[str, Any] = {"num_format": "@", "valign": "top", "text_wrap": True, "border": 1,
                                "border_color": "#D5DADD"}  # fmt: skip
        look |= {"quote_prefix": True} if quoted else {}
        return self(**look, **({"bg_color": "#F1F4F6"} if shaded else {}))


def _first(book: Any, report: Report, looks: _Looks) -> None:
    say = words(report.language).say
    page = book.add_worksheet(tab(say("workbook.overview")))
    page.set_column(0, 0, 34)
    page.set_column(1, 1, 80, looks(text_wrap=True))
    page.set_landscape()
    page.set_paper(9)
    page.fit_to_pages(1, 0)
    page.write_string(0, 0, cell(story.title(report)), looks(bold=True, font_size=16))
    _say_clear(page, report, looks, 1)
    top = [(cell(" ".join(story.headline(report))), ""), *story.facts(report)]
    top += [(say("fact.note"), note) for note in story.notes(report)]
    refused = say("section.refused.dry" if report.header.dry else "section.refused")
    top += [(refused, one.sentence) for one in report.header.stops]
    top += [(say("fact.next"), report.header.next_step)] if report.header.next_step else []
    row = 3
    for label, text in top:
        page.write_string(row, 0, cell(label), looks(bold=True, valign="top"))
        page.write_string(row, 1, cell(text), looks(text_wrap=True, valign="top"))
        row += 1
    row += 1
    for section, count in filled(report):
        title = say(f"section.{section.key}")
        told = title_of(report, section, count)
        page.write_url(row, 0, f"internal:'{tab(title)}'!A1", looks(font_color="#1F5F8B", underline=1), told)
        page.write_number(row, 1, number_of(report, section, count), looks(align="left", num_format="#,##0"))
        row += 1


def _say_clear(page: Any, report: Report, looks: _Looks, row: int) -> None:
    text = words(report.language).say("clear" if report.show_pii else "masked")
    warning = {"bold": True, "font_color": "#9C1C13"} if report.show_pii else {"font_color": "#666666"}
    page.write_string(row, 0, text, looks(**warning))


def _sheet(book: Any, report: Report, section: Section, count: int, looks: _Looks) -> None:
    say = words(report.language).say
    names = columns(section, dry=report.header.dry)
    title = say(f"section.{section.key}")
    page = book.add_worksheet(tab(title))
    for number, name in enumerate(names):
        page.set_column(number, number, WIDTHS[name])
    page.set_default_row(LINE_HEIGHT * LINES)
    for number in range(HEADER_ROW):
        page.set_row(number, LINE_HEIGHT + (6 if number == 0 else 0))
    page.freeze_panes(HEADER_ROW + 1, 1)
    page.set_landscape()
    page.set_paper(9)
    page.fit_to_pages(1, 0)
    page.repeat_rows(HEADER_ROW)
    page.set_footer("&C&P / &N")
    page.write_string(0, 0, f"{title} ({count:,})", looks(bold=True, font_size=14))
    _say_clear(page, report, looks, 1)
    page.write_string(2, 0, cell(say(f"section.{section.key}.text")))
    for number, name in enumerate(names):
        look = looks(bold=True, font_color="#FFFFFF", bg_color=TONES.get(name.partition("_")[0], "#404040"),
                     text_wrap=True, valign="vcenter", border=1, border_color="#FFFFFF")  # fmt: skip
        page.write_string(HEADER_ROW, number, say(f"table.{name}"), look)
    last = _rows(page, report, flat(report, section), names, looks)
    page.autofilter(HEADER_ROW, 0, max(last, HEADER_ROW + 1), len(names) - 1)


def _rows(
    page: Any, report: Report, found: Iterable[Flat], names: tuple[str, ...], looks: _Looks
) -> int:  # fmt: skip
    """Writes the rows in order (constant memory wants that); gives the number of the last one."""
    before, shaded, number = None, True, HEADER_ROW
    for number, one in enumerate(found, HEADER_ROW + 1):
        if number > MOST_ROWS:
            page.write_string(number, 0, words(report.language).say("workbook.cut"))
            break
        shaded = shaded if one.line is before else not shaded
        before = one.line
        texts = {name: _text(report, one, name) for name in names}
        high = max(-(-len(text) // (WIDTHS[name] - 2)) for name, text in texts.items())
        if high > LINES:
            page.set_row(number, LINE_HEIGHT * high)
        for place, name in enumerate(names):
            _write(page, (number, place), texts[name], getattr(one, name, None), looks, TONES.get(name, ""), shaded)
    return number


def _write(
    page: Any, place: tuple[int, int], text: str, value: object, looks: _Looks, tone: str, shaded: bool
) -> None:  # fmt: skip
    look = looks.text(quoted=text.lstrip().startswith(FORMULA), shaded=shaded)
    pieces: Pieces = value if isinstance(value, tuple) else ()
    if not text:
        page.write_blank(*place, None, look)
    elif len(pieces) > 1 and any(piece.changed for piece in pieces) and text_of(pieces) == text:
        marked = looks(bold=True, font_color=tone, underline=1)
        parts: list[Any] = []
        for piece in pieces:
            parts += [marked, cell(piece.text)] if piece.changed else [cell(piece.text)]
        page.write_rich_string(*place, *parts, look)
    else:
        page.write_string(*place, cell(text), look)


def _text(report: Report, one: Flat, name: str) -> str:
    ids = dict(one.line.ids)
    if name in ("now", "becomes", "clopos", "checkandplace"):
        return shown(report, one, name)
    return {
        "guest": one.line.who, "also": one.line.also, "clopos_id": ids.get(CLOPOS.label, ""),
        "checkandplace_id": ids.get(CHECKANDPLACE.label, ""), "field": one.row.field, "why": because(one),
        "evidence": "; ".join(one.line.facts), "since": one.line.since, "outcome": outcome(report, one.line),
        "next": one.line.next_step,
    }[name]  # fmt: skip
