"""The doubles of one or several sides as a workbook, to be worked through by hand."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import xlsxwriter

from connector.report.sheets.cells import FORMULA, cell
from connector.report.sheets.writing import CHECKANDPLACE_TONE, CLOPOS_TONE, SAFE, WARNING_FILL, private_file

HEADINGS = ("Group", "Do", "ID", "Name", "Phone", "E-mail", "Date of birth", "Receipts", "Spent", "Linked to", "Why")
_WIDTHS = (7, 12, 38, 28, 20, 28, 14, 10, 12, 38, 44)
_TOP = ("Doubles: records that look like one person", "Merge them by hand in the back office; the links follow.")


def write_doubles(groups: Sequence[Mapping[str, Any]], warning: str, path: Path) -> None:
    """One worksheet per side, from the documents of the command. Raises ConnectorError `report-unwritable`."""
    private_file(path, lambda beside: _write(groups, warning, beside))


def _write(groups: Sequence[Mapping[str, Any]], warning: str, path: Path) -> None:
    with xlsxwriter.Workbook(str(path), SAFE) as book:
        for side, label, tone in (
            ("clopos", "Clopos", CLOPOS_TONE), ("checkandplace", "Check&Place", CHECKANDPLACE_TONE)
        ):  # fmt: skip
            _page(book, book.add_worksheet(label), [one for one in groups if one["side"] == side], warning, tone)


def _page(book: Any, page: Any, groups: Sequence[Mapping[str, Any]], warning: str, tone: str) -> None:
    page.write_string(0, 0, _TOP[0], book.add_format({"bold": True, "font_size": 16}))
    page.write_string(1, 0, _TOP[1])
    alarm = book.add_format({"bold": True, "font_color": "#9C1C13", "bg_color": WARNING_FILL})
    for column in range(len(HEADINGS)):
        page.write_blank(2, column, None, alarm)
    page.write_string(2, 0, warning, alarm)
    head = book.add_format({"bold": True, "font_color": "#FFFFFF", "bg_color": tone, "valign": "vcenter"})
    for column, (heading, width) in enumerate(zip(HEADINGS, _WIDTHS, strict=True)):
        page.write_string(4, column, heading, head)
        page.set_column(column, column, width)
    looks = {
        (shaded, quoted): book.add_format({
            "num_format": "@", "valign": "top", "text_wrap": True, "border": 1, "border_color": "#D5DADD",
            **({"bg_color": "#F1F4F6"} if shaded else {}), **({"quote_prefix": True} if quoted else {}),
        })
        for shaded in (False, True) for quoted in (False, True)
    }  # fmt: skip
    row = 5
    for number, group in enumerate(groups, 1):
        for place, member in enumerate(group["members"]):
            texts = (
                str(number), "keep" if place == 0 else "merge into it", member["id"], member["name"], member["phone"],
                member["email"], member["birth"], str(member["receipts"]),
                f"{member['spent']:,.2f}" if member["spent"] else "", member["linked"] or "", group["why"],
            )  # fmt: skip
            for column, text in enumerate(texts):
                page.write_string(row, column, cell(text), looks[number % 2 == 0, text.lstrip().startswith(FORMULA)])
            row += 1
    page.freeze_panes(5, 2)
    page.autofilter(4, 0, max(row - 1, 5), len(HEADINGS) - 1)
    page.set_landscape()
    page.set_paper(9)
    page.fit_to_pages(1, 0)
    page.repeat_rows(4)
