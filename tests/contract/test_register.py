"""Every entry of both assumption registers is honoured here by name, or stands below with the reason why no behaviour
of a client of the wire depends on it."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAPERS = {"CL": ROOT / "docs/api/clopos.md", "CP": ROOT / "docs/api/checkandplace.md"}
ENTRY = re.compile(r"^\| (C[LP]-\d\d) \|", re.MULTILINE)
MENTION = re.compile(r"\b(C[LP]-\d\d)\b")

NOT_OF_THE_WIRE = {
    "CL-50": "an import in the back office is no part of the API",
    "CP-29": "the computed name is ignored by the mapping, which reads rows; rows go through raw",
    "CP-48": "a merge in the back office looks like absence and change: the engine's rules",
}


def register() -> set[str]:
    return {entry for paper in PAPERS.values() for entry in ENTRY.findall(paper.read_text(encoding="utf-8"))}


def mentions(folder: Path) -> set[str]:
    """Ids in the Python files of a folder, this one left out."""
    files = (path for path in folder.rglob("*.py") if path.name != Path(__file__).name)
    return {entry for path in files for entry in MENTION.findall(path.read_text(encoding="utf-8"))}


def test_the_register_is_read_whole() -> None:
    assert len(register()) == 103


def test_every_entry_is_tested_or_explained() -> None:
    assert register() - mentions(ROOT / "tests/contract") == set(NOT_OF_THE_WIRE)


def test_no_unknown_entry_is_named() -> None:
    assert mentions(ROOT / "tests/contract") | mentions(ROOT / "connector/sides") <= register()
