"""Writes the review sheet: as XLSX with a list to choose from, or as CSV. Files of mode 0600, there whole or not at
all."""

from __future__ import annotations

import csv
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import xlsxwriter

from connector.report.ours import unwritable
from connector.report.private import put_in_place
from connector.report.sheets.cells import FORMULA, cell, csv_cell
from connector.report.sheets.review import ANSWER, COLUMNS, HIDDEN, REMARK, Line, Sheet, answers

HEADER_ROW = 5
"""The row of the headings, from 0: above it the title, the warning, how to, where from, and an empty one."""
WIDTHS = {
    "group": 5, ANSWER: 14, "hint": 19, "why": 46, "clopos_name": 25, "checkandplace_name": 25, "clopos_phone": 16,
    "checkandplace_phone": 16, "clopos_email": 25, "checkandplace_email": 25, "clopos_seen": 21,
    "checkandplace_seen": 21, REMARK: 24, "clopos_id": 10, "checkandplace_id": 39,
}  # fmt: skip
"""Columns' widths, in characters of the default font."""
LINE_HEIGHT = 15
CLOPOS_TONE, CHECKANDPLACE_TONE, PLAIN_TONE = "#1F5F8B", "#8A4B14", "#404040"
ANSWER_FILL, WARNING_FILL = "#FFF3B0", "#FDE2E0"
SAFE = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
"""Options of a workbook: a text is a text."""


def write_sheet(sheet: Sheet, lines: Sequence[Line], path: Path) -> None:
    """Writes to `path`; its ending, .xlsx or .csv, says which form. Raises ConnectorError `report-unwritable`."""
    write = _write_csv if path.suffix.lower() == ".csv" else _write_xlsx
    private_file(path, lambda beside: write(sheet, lines, beside))


def private_file(path: Path, write: Callable[[Path], None]) -> None:
    """Lets `write` fill an empty file of mode 0600 beside `path`, then puts it in its place. Raises ConnectorError
    `report-unwritable`."""
    try:
        with put_in_place(path) as beside:
            write(beside)
    except OSError as error:
        raise unwritable(path, error) from None
    except xlsxwriter.exceptions.FileCreateError as error:
        raise unwritable(path, OSError(0, str(error))) from None


def _write_csv(sheet: Sheet, lines: Sequence[Line], path: Path) -> None:
    """UTF-8 with the mark by which spreadsheet programs know it."""
    with path.open("w", encoding="utf-8-sig", newline="") as stream:
        writer = csv.writer(stream)
        for text in sheet.top(len(lines)):
            writer.writerow([csv_cell(text)])
        writer.writerow([])
        writer.writerow(sheet.headings())
        for line in lines:
            writer.writerow([csv_cell(text) for text in line.texts()])


def _write_xlsx(sheet: Sheet, lines: Sequence[Line], path: Path) -> None:
    with xlsxwriter.Workbook(str(path), SAFE) as book:
        book.set_properties({"title": sheet.top(len(lines))[0], "author": "", "comments": sheet.words.say("clear")})
        page = book.add_worksheet(sheet.words.say("tab"))
        _top(book, page, sheet, len(lines))
        _columns(book, page, sheet, len(lines))
        shades = _shades(lines)
        formats = _Formats(book)
        for number, (line, shaded) in enumerate(zip(lines, shades, strict=True), HEADER_ROW + 1):
            page.set_row(number, LINE_HEIGHT * _height(line))
            for column, (name, text) in enumerate(zip((*COLUMNS, *HIDDEN), line.texts(), strict=True)):
                formula = text.lstrip().startswith(FORMULA)
                look = formats.of(name, shaded=shaded, quoted=formula)
                if text:
                    page.write_string(number, column, cell(text), look)
                else:
                    page.write_blank(number, column, None, look)
        _choices(page, sheet, len(lines))
        page.set_landscape()
        page.set_paper(9)
        page.fit_to_pages(1, 0)
        page.repeat_rows(HEADER_ROW)
        page.set_footer("&C&P / &N")


def _top(book: Any, page: Any, sheet: Sheet, count: int) -> None:
    title, clear, how, made = sheet.top(count)
    page.write_string(0, 0, title, book.add_format({"bold": True, "font_size": 16}))
    warning = book.add_format({"bold": True, "font_color": "#9C1C13", "bg_color": WARNING_FILL})
    for column in range(len(COLUMNS)):
        page.write_blank(1, column, None, warning)
    page.write_string(1, 0, cell(clear), warning)
    page.write_string(2, 0, cell(how))
    page.write_string(3, 0, cell(made), book.add_format({"font_color": "#666666"}))


def _columns(book: Any, page: Any, sheet: Sheet, count: int) -> None:
    """Headings in the colour of their side, widths, hidden columns, and what stays in view while scrolling."""
    for column, (name, heading) in enumerate(zip((*COLUMNS, *HIDDEN), sheet.headings(), strict=True)):
        side = name.partition("_")[0]
        tone = {"clopos": CLOPOS_TONE, "checkandplace": CHECKANDPLACE_TONE}.get(side, PLAIN_TONE)
        look = {"bold": True, "font_color": "#FFFFFF", "bg_color": tone, "text_wrap": True, "valign": "vcenter",
                "border": 1, "border_color": "#FFFFFF"}  # fmt: skip
        page.write_string(HEADER_ROW, column, heading, book.add_format(look))
        page.set_column(column, column, WIDTHS.get(name, 12), None, {"hidden": name in HIDDEN})
    page.set_row(HEADER_ROW, 34)
    page.freeze_panes(HEADER_ROW + 1, 2)
    page.autofilter(HEADER_ROW, 0, HEADER_ROW + max(count, 1), len(COLUMNS) + len(HIDDEN) - 1)


def _choices(page: Any, sheet: Sheet, count: int) -> None:
    """The list to choose from in every cell of the answers' column."""
    said = answers(sheet.words)
    column = COLUMNS.index(ANSWER)
    page.data_validation(
        HEADER_ROW + 1, column, HEADER_ROW + max(count, 1), column,
        {
            "validate": "list", "source": list(said.values()), "input_title": sheet.words.say("list"),
            "input_message": sheet.words.say("list.hint", **said), "error_title": sheet.words.say("list"),
            "error_message": sheet.words.say("list.wrong", **said),
        },
    )  # fmt: skip


def _height(line: Line) -> int:
    """The lines of text that the highest cell of a row takes: no program measures rows of a file that it did not write
    before they are touched."""
    return max(sum(-(-len(part) // (WIDTHS[name] - 2)) for part in line.cells.get(name, "").split("\n"))
               for name in COLUMNS) or 1  # fmt: skip


def _shades(lines: Sequence[Line]) -> list[bool]:
    """Every second group is shaded, so that the candidates of one person are seen to belong together."""
    shaded, shades, before = True, [], None
    for line in lines:
        shaded = shaded if line.group == before else not shaded
        before = line.group
        shades.append(shaded)
    return shades


class _Formats:
    """The cell formats of a book, each made once. All are of the type text: what staff type stays what they typed."""

    def __init__(self, book: Any) -> None:
        self._book = book
        self._made: dict[tuple[object, ...], Any] = {}

    def of(self, name: str, *, shaded: bool, quoted: bool) -> Any:
        fill = ANSWER_FILL if name == ANSWER else "#F1F4F6" if shaded else None
        centred = name in ("group", ANSWER)
        key = (fill, quoted, centred)
        if key not in self._made:
            look: dict[str, Any] = {"num_format": "@", "valign": "top", "text_wrap": True, "border": 1,
                                    "border_color": "#D5DADD"}  # fmt: skip
            if fill:
                look["bg_color"] = fill
            if centred:
                look |= {"align": "center", "bold": name == ANSWER}
            if quoted:
                look["quote_prefix"] = True
            self._made[key] = self._book.add_format(look)
        return self._made[key]
