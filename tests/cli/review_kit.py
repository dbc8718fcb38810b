"""A restaurant with people who may be one, and a review sheet as staff fill it in."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

import openpyxl

from connector.report.sheets.review import COLUMNS, HIDDEN
from connector.report.sheets.writing import HEADER_ROW
from tests.engine.scene import Scene, scene

ANSWER_AT = COLUMNS.index("answer")
PLACES = {name: place for place, name in enumerate((*COLUMNS, *HIDDEN))}
FIRST = HEADER_ROW + 2  # rows of a worksheet count from 1
PEOPLE = (
    ("Kənan Əliyev", "Leyla", "Əliyeva", "994551112233"),
    ("Rauf Məlikov", "Sara", "Məlikova", "994551112244"),
    ('=HYPERLINK("http://x")', "@Zeynəb", "\u202eHəsənova", "994551112255"),
)


def waiting(folder: Path) -> Scene:
    """Four linked people, and three proposals: p1 Kənan and Leyla, p2 Rauf and Sara, p3 hostile names."""
    bench = scene(folder)
    bench.guest()
    bench.crowd(3)
    asyncio.run(bench.start())
    for name, first, last, phone in PEOPLE:
        bench.world.staff_create("clopos", {"name": name, "phone": f"+{phone}"}, name)
        guest = {"first_name": first, "last_name": last, "primary_phone_number": phone}
        bench.world.staff_create("checkandplace", guest, first)
    asyncio.run(bench.run())
    return bench


def met(bench: Scene, proposal: int) -> tuple[str, str]:
    """(Clopos id, Check&Place id) of a proposal."""
    (row,) = bench.rows(
        "SELECT c.remote_id AS c, p.remote_id AS p FROM proposal JOIN record c ON c.id = clopos_record_id "
        "JOIN record p ON p.id = checkandplace_record_id WHERE proposal.id = :id",
        id=proposal,
    )
    return row["c"], row["p"]


def cells(path: Path) -> list[list[Any]]:
    """The rows below the headings."""
    page = openpyxl.load_workbook(path).active
    return [list(row) for row in page.iter_rows(min_row=FIRST, values_only=True)]


def by_proposal(path: Path) -> dict[str, list[Any]]:
    return {row[PLACES["#proposal"]]: row for row in cells(path)}


def filled(path: Path, change: Callable[[dict[str, list[Any]]], None]) -> Path:
    """The sheet with its rows changed: proposal -> cells; rows taken out are deleted, the order is that of the dict."""
    book = openpyxl.load_workbook(path)
    page = book.active
    rows = {row[PLACES["#proposal"]]: list(row) for row in page.iter_rows(min_row=FIRST, values_only=True)}
    page.delete_rows(FIRST, len(rows))
    change(rows)
    for number, row in enumerate(rows.values(), FIRST):
        for column, value in enumerate(row, 1):
            cell = page.cell(number, column)
            cell.value = value
            if isinstance(value, str):
                cell.data_type = "s"
    book.save(path)
    return path


def answered(path: Path, **answers: str) -> Path:
    """The sheet with these answers: p1="same", ..."""

    def change(rows: dict[str, list[Any]]) -> None:
        for ref, answer in answers.items():
            rows[ref][ANSWER_AT] = answer

    return filled(path, change)
