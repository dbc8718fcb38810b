"""Review sheets that were saved in an old coding, or damaged on the way: read, or refused with a sentence."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from pathlib import Path

import openpyxl
import pytest

from connector.engine.review import Answer
from connector.report.sheets.reading import UnreadableSheet, read_sheet
from connector.report.words import SHEET_LANGUAGES

PAGE = "xl/worksheets/sheet1.xml"
HEADINGS = ["Same person?", "Clopos ID", "Check&Place ID", "#pair", "#reading", "#proposal", "#seal"]
ROW = ["same", "1", "2", "main", "c1p1", "p1", "s0"]


@pytest.fixture(scope="module")
def workbook() -> bytes:
    book, stream = openpyxl.Workbook(), io.BytesIO()
    book.active.append(HEADINGS)
    book.active.append(ROW)
    book.save(stream)
    return stream.getvalue()


def with_page(workbook: bytes, change: Callable[[bytes], bytes]) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(workbook)) as old, zipfile.ZipFile(stream, "w") as new:
        for name in old.namelist():
            new.writestr(name, change(old.read(name)) if name == PAGE else old.read(name))
    return stream.getvalue()


def in_directory(workbook: bytes, offset: int, value: int) -> bytes:
    """The archive with one byte of each entry of its directory changed."""
    data, at = bytearray(workbook), 0
    while (at := data.find(b"PK\x01\x02", at)) >= 0:
        data[at + offset] = value
        at += 4
    return bytes(data)


def scratched(workbook: bytes) -> bytes:
    data = bytearray(workbook)
    data[data.find(PAGE.encode()) + len(PAGE) + 40] ^= 0xFF
    return bytes(data)


DAMAGES: dict[str, Callable[[bytes], bytes]] = {
    "a page cut off": lambda book: with_page(book, lambda page: page[:-60]),
    "a cell that is nowhere": lambda book: with_page(book, lambda page: page.replace(b'r="A2"', b'r="?2"', 1)),
    "bytes that changed": scratched,
    "locked with a password": lambda book: in_directory(book, 8, 1),
    "packed in a way nobody knows": lambda book: in_directory(book, 10, 99),
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_workbook_is_refused_with_a_sentence(tmp_path: Path, workbook: bytes, damage: str) -> None:
    path = tmp_path / "review.xlsx"
    path.write_bytes(workbook)
    assert [row.answer for row in read_sheet(path)] == [Answer.SAME]
    path.write_bytes(DAMAGES[damage](workbook))
    with pytest.raises(UnreadableSheet, match="it is no XLSX file"):
        read_sheet(path)


def test_a_csv_with_a_cell_that_never_ends_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "review.csv"
    path.write_text("\n".join([",".join(HEADINGS), ",".join(["x" * 200_000, *ROW[1:]])]))
    with pytest.raises(UnreadableSheet, match="it is no CSV file"):
        read_sheet(path)


@pytest.mark.parametrize(
    ("language", "coding"),
    [("az", "cp1254"), ("tr", "cp1254"), ("az", "cp1252"), ("tr", "cp1252"), ("ru", "cp1251"), ("az", "utf-16")],
)
def test_the_codings_of_windows(tmp_path: Path, language: str, coding: str) -> None:
    """A Turkish Windows saves "CSV" as cp1254, in which even the heading of the answers has letters of its own."""
    say = SHEET_LANGUAGES[language].say
    headings = [*(say(f"head.{name}") for name in ("answer", "clopos_id", "checkandplace_id")), *HEADINGS[3:]]
    rows = [[say(f"answer.{answer.value}"), *ROW[1:]] for answer in Answer]
    path = tmp_path / "review.csv"
    path.write_bytes("\r\n".join(";".join(row) for row in [headings, *rows]).encode(coding, "replace"))
    assert [row.answer for row in read_sheet(path)] == list(Answer)
