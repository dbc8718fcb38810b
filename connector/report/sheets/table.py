"""Lists for people as a workbook or a CSV file: doubles, conflicts, tasks, holds. They are not for import anywhere:
whether a back office's import updates customers or doubles them is not known (CL-50)."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import xlsxwriter

from connector.report.sheets.cells import FORMULA, cell, csv_cell
from connector.report.sheets.writing import PLAIN_TONE, SAFE, WARNING_FILL, private_file

HEADER_ROW = 4
"""The row of the headings, from 0: above it the title, the warning, what to do, and an empty one."""


@dataclass(frozen=True)
class Table:
    """A list for people. `texts`: what stands above: title, warning that it shows personal data (or that it is masked),
    what to do. `widths` in characters; rows of one number in `groups` are shaded alike; `tone`: of the headings."""

    tab: str
    texts: tuple[str, str, str]
    headings: Sequence[str]
    widths: Sequence[int]
    rows: Sequence[Sequence[str]]
    groups: Sequence[int]
    tone: str = PLAIN_TONE


def write_table(table: Table, path: Path) -> None:
    """Writes to `path` with mode 0600; its ending, .xlsx or .csv, says which form. Raises ConnectorError
    `report-unwritable`."""
    if path.suffix.lower() == ".csv":
        private_file(path, lambda beside: _write_csv(table, beside))
    else:
        write_workbook([table], path)


def write_workbook(tables: Sequence[Table], path: Path) -> None:
    """One worksheet a table, mode 0600. Raises ConnectorError `report-unwritable`."""
    private_file(path, lambda beside: _write_xlsx(tables, beside))


def _write_csv(table: Table, path: Path) -> None:
    """UTF-8 with the mark by which spreadsheet programs know it."""
    with path.open("w", encoding="utf-8-sig", newline="") as stream:
        writer = csv.writer(stream)
        for text in table.texts:
            writer.writerow([csv_cell(text)])
        writer.writerow([])
        writer.writerow([csv_cell(heading) for heading in table.headings])
        for row in table.rows:
            writer.writerow([csv_cell(text) for text in row])


def _write_xlsx(tables: Sequence[Table], path: Path) -> None:
    with xlsxwriter.Workbook(str(path), SAFE) as book:
        looks = _looks(book)
        for table in tables:
            book.set_properties({"title": table.texts[0], "author": "", "comments": table.texts[1]})
            _write_page(book, looks, table)


def _write_page(book: Any, looks: dict[tuple[bool, bool], Any], table: Table) -> None:
    page = book.add_worksheet(table.tab[:31])
    page.write_string(0, 0, cell(table.texts[0]), book.add_format({"bold": True, "font_size": 16}))
    alarm = book.add_format({"bold": True, "font_color": "#9C1C13", "bg_color": WARNING_FILL})
    for column in range(len(table.headings)):
        page.write_blank(1, column, None, alarm)
    page.write_string(1, 0, cell(table.texts[1]), alarm)
    page.write_string(2, 0, cell(table.texts[2]))
    head = book.add_format({
        "bold": True, "font_color": "#FFFFFF", "bg_color": table.tone, "valign": "vcenter", "text_wrap": True,
    })  # fmt: skip
    for column, (heading, width) in enumerate(zip(table.headings, table.widths, strict=True)):
        page.write_string(HEADER_ROW, column, cell(heading), head)
        page.set_column(column, column, width)
    for number, (row, group) in enumerate(zip(table.rows, table.groups, strict=True), HEADER_ROW + 1):
        lines = max(-(-len(text) // max(1, width - 2)) for text, width in zip(row, table.widths, strict=True))
        page.set_row(number, 15 * max(1, lines))
        for column, text in enumerate(row):
            page.write_string(number, column, cell(text), looks[group % 2 == 0, text.lstrip().startswith(FORMULA)])
    page.freeze_panes(HEADER_ROW + 1, 2)
    page.autofilter(HEADER_ROW, 0, HEADER_ROW + max(len(table.rows), 1), len(table.headings) - 1)
    page.set_landscape()
    page.set_paper(9)
    page.fit_to_pages(1, 0)
    page.repeat_rows(HEADER_ROW)
    page.set_footer("&C&P / &N")


def _looks(book: Any) -> dict[tuple[bool, bool], Any]:
    """(shaded, begins like a formula) -> the look of a cell."""
    return {
        (shaded, quoted): book.add_format({
            "num_format": "@", "valign": "top", "text_wrap": True, "border": 1, "border_color": "#D5DADD",
            **({"bg_color": "#F1F4F6"} if shaded else {}), **({"quote_prefix": True} if quoted else {}),
        })
        for shaded in (False, True) for quoted in (False, True)
    }  # fmt: skip
