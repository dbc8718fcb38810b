"""Reads a filled review sheet back: XLSX or CSV, rows in any order, columns moved, in any of the four languages."""

from __future__ import annotations

import csv
import io
import re
import unicodedata
import zipfile
import zlib
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Any

from connector.domain.errors import ConnectorError, ExitCode
from connector.engine.review import Answer, Row
from connector.report.sheets.cells import from_csv
from connector.report.sheets.review import ANSWER, HIDDEN, REMARK
from connector.report.words import SHEET_LANGUAGES

TOP_ROWS = 50
"""Rows in which the headings are looked for: people write above a table."""
LARGEST = 50 * 2**20
"""Bytes of a sheet, also unpacked: a million rows have less, and a file that unpacks to more was not written here."""
_WANTED = (ANSWER, "clopos_id", "checkandplace_id")
_PLAIN = str.maketrans({"ə": "e", "ı": "i", "ё": "е"})
_CODINGS = ("utf-8-sig", "cp1251", "cp1254")
_BROKEN = (
    zipfile.BadZipFile, zlib.error, EOFError, SyntaxError, LookupError, ValueError, TypeError, AttributeError,
    OverflowError, RuntimeError,
)  # fmt: skip
"""What a damaged, locked or foreign workbook raises, when it is opened or in the middle of its rows: the library
promises nothing about files that no program wrote."""


class UnreadableSheet(ConnectorError):
    """The file is no review sheet, or no file that can be read: nothing was decided."""

    exit_code = ExitCode.USAGE


def read_sheet(path: Path) -> list[Row]:
    """The filled rows of a sheet, in the order of the file. Raises UnreadableSheet."""
    try:
        if path.stat().st_size > LARGEST:
            raise _unreadable(path, "it is too large for a review sheet")
        return _rows_of_csv(path) if path.suffix.lower() == ".csv" else _rows(path, _xlsx(path))
    except OSError as error:
        raise _unreadable(path, error.strerror or "it cannot be opened") from None


def answer_of(word: str) -> Answer | None:
    """A word of any of the four languages, in any letter case and with or without its marks, also with letters lost
    (`f?rqli`); None for another one."""
    plain = _plain(word)
    if plain in _ANSWERS or not plain.strip("? "):
        return _ANSWERS.get(plain)
    fits = {answer for known, answer in _ANSWERS.items() if _alike(plain, known)}
    return fits.pop() if len(fits) == 1 else None


def _alike(saved: str, known: str) -> bool:
    """Whether a text is a known one, but for letters that became question marks: a program saved it in a coding that
    lacks them."""
    return len(saved) == len(known) and all(mine in ("?", yours) for mine, yours in zip(saved, known, strict=True))


def _plain(word: str) -> str:
    folded = " ".join(word.split()).casefold().translate(_PLAIN)
    return "".join(letter for letter in unicodedata.normalize("NFKD", folded) if not unicodedata.combining(letter))


_ANSWERS = {
    _plain(words.say(f"answer.{answer.value}")): answer for words in SHEET_LANGUAGES.values() for answer in Answer
}


def _xlsx(path: Path) -> Iterator[list[str]]:
    """The cells of the first worksheet that has our headings, else of the first one, as text."""
    import openpyxl
    from openpyxl.utils.exceptions import InvalidFileException

    try:
        with zipfile.ZipFile(path) as archive:
            if sum(part.file_size for part in archive.infolist()) > LARGEST:
                raise _unreadable(path, "it is too large for a review sheet")
        book = openpyxl.load_workbook(path, read_only=True, data_only=True)
        try:
            for page in book.worksheets:
                page.reset_dimensions()
                rows = ([_text(value) for value in row] for row in page.iter_rows(values_only=True))
                top = list(islice(rows, TOP_ROWS))
                if _heading_row(top) is not None:
                    yield from top
                    yield from rows
                    return
        finally:
            book.close()
    except (InvalidFileException, *_BROKEN):
        raise _unreadable(path, "it is no XLSX file, or a damaged one") from None


def _text(value: Any) -> str:
    """A cell as text: a program may have made a number of an id."""
    if value is None:
        return ""
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value).strip()


def _rows_of_csv(path: Path) -> list[Row]:
    """A CSV file in whatever coding and with whatever separator the program saved it: the first coding in which all
    answers are words that we know, else the first in which it can be read at all."""
    data, first, refused = path.read_bytes(), None, None
    codings = ("utf-16",) if data[:2] in (b"\xff\xfe", b"\xfe\xff") else _CODINGS
    for coding in codings:
        try:
            text = data.decode(coding)
        except UnicodeDecodeError:
            continue
        try:
            rows = _rows(path, _csv(text))
        except csv.Error as error:
            raise _unreadable(path, f"it is no CSV file ({error})") from None
        except UnreadableSheet as error:  # headings that are none in this coding may be some in the next
            refused = refused or error
            continue
        if all(row.answer is not None or not row.word for row in rows):
            return rows
        first = first or rows
    if first is None:
        raise refused or _unreadable(path, "its letters cannot be read; save it as CSV UTF-8")
    return first


def _csv(text: str) -> Iterator[list[str]]:
    heading = next((line for line in text.splitlines() if HIDDEN[0] in line), "")
    separator = max(",;\t", key=heading.count)
    yield from csv.reader(io.StringIO(text, newline=""), delimiter=separator)


def _rows(path: Path, cells: Iterator[list[str]]) -> list[Row]:
    top = list(islice(cells, TOP_ROWS))
    at = _heading_row(top)
    if at is None:
        raise _unreadable(path, "the headings of a review sheet are not in it")
    places = _places(top[at])
    lost = [name for name in (*_WANTED, *HIDDEN) if name not in places]
    if lost:
        raise _unreadable(path, f"these columns were deleted: {', '.join(lost)}")
    rows = []
    for number, row in enumerate((*top[at + 1 :], *cells), at + 2):
        said = {name: row[place].strip() if place < len(row) else "" for name, place in places.items()}
        if any(said[name] for name in (*_WANTED, *HIDDEN)):
            rows.append(_row(number, said))
    return rows


def _heading_row(rows: Sequence[Sequence[str]]) -> int | None:
    return next((number for number, row in enumerate(rows) if HIDDEN[2] in [text.strip() for text in row]), None)


def _places(headings: Iterable[str]) -> dict[str, int]:
    """Column name -> place, by the headings of whichever language."""
    known = {name: name for name in HIDDEN}
    for words in SHEET_LANGUAGES.values():
        for name in (*_WANTED, REMARK, "clopos_name", "checkandplace_name"):
            known[words.say(f"head.{name}")] = name
    found: dict[str, int] = {}
    for place, text in enumerate(headings):
        saved = text.strip()
        meant = known.get(saved) or next((name for heading, name in known.items() if _alike(saved, heading)), None)
        if meant is not None:
            found.setdefault(meant, place)
    return found


def _row(number: int, said: dict[str, str]) -> Row:
    word = from_csv(said[ANSWER])
    names = dict.fromkeys(
        name for side in ("clopos", "checkandplace") if (name := from_csv(said.get(f"{side}_name", "")))
    )
    return Row(
        line=number, pair=from_csv(said["#pair"]), reading=from_csv(said["#reading"]),
        proposal=from_csv(said["#proposal"]), seal=from_csv(said["#seal"]), answer=answer_of(word), word=word,
        clopos_id=from_csv(said["clopos_id"]), checkandplace_id=from_csv(said["checkandplace_id"]),
        who=" / ".join(names), remark=re.sub(r"\s+", " ", said.get(REMARK, "")),
    )  # fmt: skip


def _unreadable(path: Path, why: str) -> UnreadableSheet:
    return UnreadableSheet(
        "sheet-unreadable", f"{path} cannot be read as a review sheet: {why}. Nothing was decided.",
        next_step="connector links review -o review.xlsx writes a new one.",
    )  # fmt: skip
