"""The doubles of both sides as a workbook, to be worked through by hand."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from connector.report.sheets.table import Table, write_workbook
from connector.report.sheets.writing import CHECKANDPLACE_TONE, CLOPOS_TONE

HEADINGS = ("Group", "Do", "ID", "Name", "Phone", "E-mail", "Date of birth", "Receipts", "Spent", "Linked to", "Why")
_WIDTHS = (7, 12, 38, 28, 20, 28, 14, 10, 12, 38, 44)
_TOP = ("Doubles: records that look like one person", "Merge them by hand in the back office; the links follow.")


def write_doubles(groups: Sequence[Mapping[str, Any]], warning: str, path: Path) -> None:
    """One worksheet per side, from the documents of the command. Raises ConnectorError `report-unwritable`."""
    sides = (("clopos", "Clopos", CLOPOS_TONE), ("checkandplace", "Check&Place", CHECKANDPLACE_TONE))
    write_workbook(
        [_page(label, [one for one in groups if one["side"] == side], warning, tone) for side, label, tone in sides],
        path,
    )


def _page(label: str, groups: Sequence[Mapping[str, Any]], warning: str, tone: str) -> Table:
    rows, numbers = [], []
    for number, group in enumerate(groups, 1):
        for place, member in enumerate(group["members"]):
            rows.append((
                str(number), "keep" if place == 0 else "merge into it", member["id"], member["name"], member["phone"],
                member["email"], member["birth"], str(member["receipts"]),
                f"{member['spent']:,.2f}" if member["spent"] else "", member["linked"] or "", group["why"],
            ))  # fmt: skip
            numbers.append(number)
    return Table(label, (_TOP[0], warning, _TOP[1]), HEADINGS, _WIDTHS, rows, numbers, tone)
