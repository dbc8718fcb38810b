"""The workbook of a plan: which columns a part has, what stands in them, and how its rows are set for print."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from connector.domain.plan import Entry
from connector.report import workbook
from connector.report.files import write_report
from connector.report.model import Report
from connector.report.words import words
from tests.report.sample import ENTRIES, HEADER, change, name, run_outcome, sample

LIVE = replace(HEADER, kind="sync", dry=False, state="partly")


def book(tmp_path: Path, report: Report) -> openpyxl.Workbook:
    path = tmp_path / "plan.xlsx"
    write_report(report, "xlsx", path)
    return openpyxl.load_workbook(path)


def table(page: Any) -> list[list[str]]:
    """The headings and the rows below them."""
    return [[value or "" for value in row] for row in page.iter_rows(min_row=4, values_only=True)]


def test_a_run_s_sheets_have_outcomes_and_a_preview_s_have_none(tmp_path: Path) -> None:
    live = book(tmp_path, sample(ENTRIES, LIVE, show_pii=True, outcome=run_outcome))
    assert table(live["New in Check&Place"]) == [
        ["Guest", "Clopos ID", "Check&Place ID", "Detail", "Becomes", "Outcome"],
        ["Fidan Abdullayeva", "112", "4711", "Phone", "+994701234567", "done"],
    ]
    dry = book(tmp_path, sample(ENTRIES, show_pii=True))
    assert table(dry["New in Check&Place"]) == [
        ["Guest", "Clopos ID", "Check&Place ID", "Detail", "Becomes"],
        ["Fidan Abdullayeva", "112", "", "Phone", "+994701234567"],
    ]


@pytest.mark.parametrize(
    ("sheet", "rows"),
    [
        ("Which one is right", [
            ["Guest", "Clopos ID", "Check&Place ID", "Detail", "In Clopos", "In Check&Place", "Why", "Evidence",
             "Since", "Next step"],
            ["Elçin Quliyev", "106", "9006", "Name", "Elçin Quliyev", "Elchin Guliyev",
             "Changed in both systems. (before: Elcin Quliyev)", "", "waiting since 2026-03-01",
             "connector conflicts show 8"],
        ]),
        ("Recognised as one person", [
            ["Guest", "Clopos ID", "Check&Place ID", "Called on the other side", "Why", "Evidence", "Since",
             "Next step"],
            ["Aysel Məmmədova", "101", "9001", "Aysel Mammadova",
             "Same phone number, held by nobody else, and fitting names.", "same phone; same name", "", ""],
        ]),
        ("Set aside", [
            ["Guest", "Clopos ID", "Check&Place ID", "Detail", "In Clopos", "In Check&Place", "Why", "Evidence",
             "Since", "Next step"],
            ["Tural Babayev", "107", "", "", "", "",
             "The phone number already belongs to another record of the other side.", "Held by: 9111, 9112", "",
             "Look at the records named here."],
        ]),
        ("Corrected in Check&Place", [
            ["Guest", "Clopos ID", "Check&Place ID", "Detail", "Now", "Becomes", "Why", "Since", "Next step"],
            ["Orxan Nəbiyev", "110", "9011", "Phone", "+994551112233", "+994551112234", "changed in Clopos", "", ""],
            ["Orxan Nəbiyev", "110", "9011", "E-mail", "(blank)", "orxan@example.com", "was blank", "", ""],
            ["Zeynep Yılmaz", "111", "9012", "Name", "Zeyneb Yilmaz", "Zeynep Yılmaz", "changed in Clopos", "", ""],
        ]),
    ],
    ids=["both sides", "reasons", "no detail", "before and after"],
)  # fmt: skip
def test_what_stands_in_a_sheet(tmp_path: Path, sheet: str, rows: list[list[str]]) -> None:
    assert table(book(tmp_path, sample(ENTRIES, show_pii=True))[sheet]) == rows


@pytest.mark.parametrize(("clear", "key"), [(True, "clear"), (False, "masked")])
def test_every_sheet_and_the_file_say_whether_guests_can_be_seen(tmp_path: Path, clear: bool, key: str) -> None:
    found = book(tmp_path, sample(ENTRIES, show_pii=clear))
    said = words("en").say(key)
    assert {page["A2"].value for page in found.worksheets} == {found.properties.description} == {said}
    assert {page["A2"].font.b for page in found.worksheets} == {clear}
    assert ("Orxan" in str(table(found["Corrected in Check&Place"]))) is clear


def test_the_first_sheet_counts_what_went_through_and_leads_to_each_part(tmp_path: Path) -> None:
    report = sample(ENTRIES[12:16], LIVE, outcome=run_outcome, sent={("update", "checkandplace"): 1})
    page = book(tmp_path, report)["Overview"]
    rows = [(row[0].value, row[1].value, row[0].hyperlink.location) for row in page.iter_rows() if row[0].hyperlink]
    assert rows == [
        ("Corrected in Check&Place (of 2 in the plan)", 1, "'Corrected in Check&Place'!A1"),
        ("New in Check&Place (of 1 in the plan)", 0, "'New in Check&Place'!A1"),
        ("New in Clopos (of 1 in the plan)", 0, "'New in Clopos'!A1"),
    ]


def test_each_sheet_says_what_its_part_is(tmp_path: Path) -> None:
    page = book(tmp_path, sample(ENTRIES))["Left out"]
    assert (page["A1"].value, page["A3"].value) == (
        "Left out (2)", "Customers that the settings leave out. Looked at again when they change.",
    )  # fmt: skip


def guests(count: int) -> list[Entry]:
    return [replace(ENTRIES[12], clopos_id=str(n), who=f"Guest {n}") for n in range(count)]


def test_the_rows_of_one_person_are_shaded_alike_and_the_next_person_s_are_not(tmp_path: Path) -> None:
    page = book(tmp_path, sample(guests(3)))["Corrected in Check&Place"]
    assert [page.cell(row, 1).fill.bgColor.rgb == "FFF1F4F6" or page.cell(row, 1).fill.fgColor.rgb == "FFF1F4F6"
            for row in range(5, 11)] == [False, False, True, True, False, False]  # fmt: skip


def test_a_row_is_as_high_as_its_longest_text(tmp_path: Path) -> None:
    """Programs do not measure the rows of a file that they did not write before they are touched."""
    long = replace(ENTRIES[12], fields=(change("name", before=name("x"), after=name("y" * 90)),))
    page = book(tmp_path, sample([ENTRIES[12], long], show_pii=True))["Corrected in Check&Place"]
    assert [page.row_dimensions[row].height for row in (5, 7)] == [30, 15 * 5]  # 90 letters, 18 of them a line
    assert page.sheet_format.defaultRowHeight == 30


def test_a_sheet_that_is_full_says_where_the_rest_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workbook, "MOST_ROWS", 9)
    rows = table(book(tmp_path, sample(guests(4), show_pii=True, limit=None))["Corrected in Check&Place"])
    assert [row[0] for row in rows] == [
        "Guest", "Guest 0", "Guest 0", "Guest 1", "Guest 1", "Guest 2", "Guest 2",
        "The sheet is full: the CSV or JSON form has every entry.",
    ]  # fmt: skip
