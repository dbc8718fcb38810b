"""The flat table and its likeness in Markdown: what stands in which column, and where a cell is left empty."""

from __future__ import annotations

import csv
import io
from dataclasses import replace

import pytest

from connector.domain.plan import Entry, EntryKind
from connector.domain.values import BLANK, CHECKANDPLACE
from connector.report.files import print_to
from connector.report.model import Report
from connector.report.table import COLUMNS
from tests.report.sample import ENTRIES, HEADER, change, phone, run_outcome, sample

LIVE = replace(HEADER, kind="sync", dry=False, state="partly")


def rows(report: Report) -> list[dict[str, str]]:
    """The rows of the CSV, without the cells that are empty."""
    stream = io.StringIO()
    print_to(report, "csv", stream)
    found = list(csv.reader(io.StringIO(stream.getvalue())))[2 if report.show_pii else 1 :]
    return [{key: text for key, text in zip(COLUMNS, row, strict=True) if text} for row in found]


CONFLICT = {
    "part": "Which one is right?", "guest": "Elçin Quliyev", "clopos_id": "106", "checkandplace_id": "9006",
    "field": "Name", "clopos": "Elçin Quliyev", "checkandplace": "Elchin Guliyev",
    "why": "Changed in both systems. (before: Elcin Quliyev)", "since": "waiting since 2026-03-01",
    "next": "connector conflicts show 8", "kind": "conflict", "reason": "both-changed",
}  # fmt: skip
LINK = {
    "part": "Recognised as one person", "guest": "Aysel Məmmədova", "also": "Aysel Mammadova", "clopos_id": "101",
    "checkandplace_id": "9001", "why": "Same phone number, held by nobody else, and fitting names.",
    "evidence": "same phone; same name", "kind": "link", "reason": "phone_and_name",
}  # fmt: skip
CREATE = {
    "part": "New in Check&Place", "guest": "Fidan Abdullayeva", "clopos_id": "112", "checkandplace_id": "4711",
    "field": "Phone", "becomes": "'+994701234567", "outcome": "done", "kind": "create", "side": "checkandplace",
    "reason": "nobody_there",
}  # fmt: skip
HOLD = {
    "part": "Set aside", "guest": "Tural Babayev", "clopos_id": "107", "evidence": "Held by: 9111, 9112",
    "why": "The phone number already belongs to another record of the other side.",
    "next": "Look at the records named here.", "kind": "hold", "side": "checkandplace", "reason": "phone-held",
}  # fmt: skip
SKIP = {
    "part": "Left out", "guest": "Qonaq", "clopos_id": "109", "why": "No valid phone number.", "kind": "skip",
    "side": "checkandplace", "reason": "no_phone",
}  # fmt: skip


@pytest.mark.parametrize(
    ("entry", "row"),
    [(ENTRIES[7], CONFLICT), (ENTRIES[1], LINK), (ENTRIES[14], CREATE), (ENTRIES[8], HOLD),
     (ENTRIES[10], SKIP)],
    ids=["conflict", "link", "create", "hold", "skip"],
)  # fmt: skip
def test_an_entry_as_a_row(entry: Entry, row: dict[str, str]) -> None:
    assert rows(sample([entry], LIVE, show_pii=True, outcome=run_outcome)) == [row]


def blanks(kind: EntryKind, **values: object) -> dict[str, str]:
    entry = Entry(kind, CHECKANDPLACE, "1", "2", who="A", reason="x", fields=(change("phone", **values),))
    (row,) = rows(sample([entry], show_pii=True))
    return {key: row.get(key, "") for key in ("now", "becomes", "clopos", "checkandplace")}


@pytest.mark.parametrize(
    ("kind", "values", "cells"),
    [
        (EntryKind.UPDATE, {"before": BLANK, "after": phone("+99455")}, ("(blank)", "'+99455", "", "")),
        (EntryKind.UPDATE, {"before": phone("+99455"), "after": BLANK}, ("'+99455", "(blank)", "", "")),
        (EntryKind.CREATE, {"after": phone("+99455")}, ("", "'+99455", "", "")),
        (EntryKind.HOLD, {"clopos": phone("+99455"), "checkandplace": BLANK}, ("", "", "'+99455", "(blank)")),
        (EntryKind.LINK, {"clopos": phone("+99455")}, ("", "", "", "")),
    ],
    ids=["filled", "emptied", "new: there was nothing", "blank on one side", "told by reason alone"],
)
def test_a_blank_is_said_where_the_column_is_about_the_entry(
    kind: EntryKind, values: dict[str, object], cells: tuple[str, str, str, str]
) -> None:
    assert tuple(blanks(kind, **values).values()) == cells


def markdown(report: Report) -> list[str]:
    """The document from its first part on."""
    stream = io.StringIO()
    print_to(report, "markdown", stream)
    lines = stream.getvalue().splitlines()
    return lines[next(n for n, line in enumerate(lines) if line.startswith("## ")) :]


def test_a_part_of_the_markdown() -> None:
    assert markdown(sample([ENTRIES[12]], replace(HEADER, next_step=""), show_pii=True)) == [
        "## Corrected in Check&Place (1)", "",
        "Details that were changed in Clopos, or that Check&Place does not have yet.", "",
        "| Guest | Detail | Now | Becomes | Why |",
        "| --- | --- | --- | --- | --- |",
        "| **Orxan Nəbiyev** Clopos 110<br>Check&amp;Place 9011 | Phone | +99455111223<b>3</b> | +99455111223<b>4</b> "
        "| changed in Clopos |",
        "|  | E-mail | (blank) | orxan\\@example.com | was blank |",
    ]  # fmt: skip


def test_new_customers_and_reasons_in_the_markdown() -> None:
    told = markdown(sample([ENTRIES[14], ENTRIES[10], ENTRIES[10]], LIVE, show_pii=True, outcome=run_outcome))
    assert told[4:7] == [
        "| Guest | Detail | Value | Why |", "| --- | --- | --- | --- |",
        "| **Fidan Abdullayeva** Clopos 112<br>Check&amp;Place 4711 | Phone | +994701234567 | done |",
    ]  # fmt: skip
    at = told.index("## Left out (2)")
    assert told[at + 4 :][:4] == [
        "- 2 No valid phone number. (not created in Check&amp;Place)", "", "| Guest | Why |", "| --- | --- |",
    ]  # fmt: skip


def test_who_and_what_became_of_it_are_said_once_for_all_details() -> None:
    told = markdown(sample([ENTRIES[12]], replace(LIVE, next_step=""), outcome=run_outcome, show_pii=True))
    assert [line.split(" | ")[-1] for line in told if line.startswith("| ")][2:] == [
        "done<br>changed in Clopos |", "was blank |",
    ]  # fmt: skip


def test_a_limit_counts_people_not_their_details() -> None:
    """Two details each: of three people two are printed, on four lines."""
    told = markdown(sample([replace(ENTRIES[12], clopos_id=str(n)) for n in range(3)], replace(HEADER, next_step=""),
                           limit=2))  # fmt: skip
    assert told[-2:] == ["", "… and 1 more"]
    assert len([line for line in told if line.startswith("| ")]) == 2 + 4
