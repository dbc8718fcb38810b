"""Cells: text of a server as text in a spreadsheet, never as a formula, a link or an order to the screen."""

from __future__ import annotations

import re

from connector.report.safe import visible

FORMULA = ("=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠")
"""What a spreadsheet program takes for the beginning of a formula; the wide forms too, as Asian settings do."""
LONGEST = 2_000
"""Characters of a cell; programs take 32,767."""
_NO_XML = re.compile("[\ufffe\uffff]")


def cell(text: str) -> str:
    """Text for a cell of an XLSX file, whose cells are text by their type: on one line, without control characters and
    direction marks, and without the two code points that no XML may hold."""
    return _NO_XML.sub("\ufffd", visible(text, LONGEST))


def csv_cell(text: str) -> str:
    """Text for a cell of a CSV file, which has no types: what could be taken for a formula gets an apostrophe in front,
    and so does what begins with one, so that `from_csv` gives back what went in."""
    plain = cell(text)
    return f"'{plain}" if plain.lstrip().startswith((*FORMULA, "'")) else plain


def from_csv(text: str) -> str:
    """The inverse of `csv_cell` but for white space around it, for cells that the connector wrote itself (ids)."""
    stripped = text.strip()
    return stripped[1:].strip() if stripped.startswith("'") else stripped
