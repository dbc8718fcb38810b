"""docs/FAULTS.md: every row is whole, and every test it names exists and would be collected."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "docs" / "FAULTS.md").read_text(encoding="utf-8")
ROWS = [line for line in TEXT.splitlines() if line.startswith("| ") and not line.startswith(("| fault", "| ---"))]
NAME = re.compile(r"`(tests/[\w/]+\.py)::([\w:]+)`")
MUST = (
    "times out", "loses its answer", "killed", "emptied", "shift", "repeated", "409", "quota", "`Retry-After` of a day",
    "credentials withdrawn", "NaN", "gzip bomb", "redirect", "full", "locked", "read-only", "damaged",
    "lost", "restored", "older schema",
    "newer schema", "two processes", "clock", "another brand", "mapping", "staff edit", "larger",
)  # fmt: skip
"""What the page speaks of, whatever its words."""


def defined(path: Path) -> set[str]:
    """The tests of a file: `test_x`, and `Class::test_x` for those of a class."""
    names: set[str] = set()
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            names.add(node.name)
        elif isinstance(node, ast.ClassDef):
            names |= {
                f"{node.name}::{inner.name}"
                for inner in node.body
                if isinstance(inner, ast.FunctionDef | ast.AsyncFunctionDef)
            }
    return {name for name in names if name.rpartition("::")[2].startswith("test_")}


@pytest.mark.parametrize("row", ROWS, ids=lambda row: str(row)[2:50])
def test_a_row_says_what_is_seen_what_holds_and_what_proves_it(row: str) -> None:
    cells = [cell.strip() for cell in row.strip("|").split("|")]
    assert len(cells) == 4, row
    assert all(cells)
    named = NAME.findall(cells[3])
    assert named, "no test is named"
    assert NAME.sub("", cells[3]).replace(",", "").strip() == "", "something else stands between the tests"
    for file, name in named:
        path = ROOT / file
        assert path.name.startswith("test_"), file
        assert path.is_file(), f"there is no {file}"
        assert name in defined(path), f"there is no {file}::{name}"


@pytest.mark.parametrize("what", MUST)
def test_it_speaks_of(what: str) -> None:
    assert any(re.search(what, row) for row in ROWS)
