"""Sheets for staff, row by row: what a review says and understands, and how tasks and doubles are listed."""

from __future__ import annotations

import csv
from dataclasses import replace
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from connector.domain.values import BLANK, CHECKANDPLACE, CLOPOS, Value, known, unknown
from connector.engine.review import Answer, Case, Row
from connector.report.sheets.duplicates import write_doubles
from connector.report.sheets.reading import UnreadableSheet, read_sheet
from connector.report.sheets.review import hint, line
from connector.report.sheets.table import Table, write_table
from connector.report.sheets.tasks import TaskRow, by_customer, how, page_of, table_of, texts_of
from connector.report.sheets.writing import HEADER_ROW, write_sheet
from connector.report.words import SHEET_LANGUAGES
from tests.report.test_sheet import case, record, sheet

EN = SHEET_LANGUAGES["en"]


@pytest.mark.parametrize(
    ("evidence", "said"),
    [
        ({"hint": "likely"}, "probably one person"),
        ({"hint": "unlikely", "others": 2, "best": True}, "probably two people; the likeliest of several"),
        ({"hint": "unclear", "others": 2}, "hard to say; one of several"),
        ({"others": 0, "best": True}, ""), ({"hint": "new-word"}, ""), ({}, ""),
    ],
    ids=["alone", "best", "others", "no others", "unknown", "an old proposal"],
)  # fmt: skip
def test_a_hint_says_how_likely_and_whether_there_are_others(evidence: dict[str, Any], said: str) -> None:
    assert hint(EN, evidence) == said


def cells(value: Value, **traits: Any) -> dict[str, str]:
    made = case(1)
    clopos = record(CLOPOS, "1", {"phone": value}, **traits)
    guest = record(CHECKANDPLACE, "101", {"phone": value}, **traits)
    return dict(line(sheet(), Case(made.proposal, clopos, guest, 1, made.seal)).cells)


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (BLANK, ""), (unknown("ambiguous"), "(cannot be read)"), (unknown("not_on_this_side"), ""),
        (known({"primary": "+994501112233", "all": ["+994501112233"]}), "+994501112233"),
        (known({"primary": "+994501112233", "all": ["+994771112233", "+994501112233", "+994771112233"]}),
         "+994501112233, +994771112233"),
    ],
    ids=["blank", "unreadable", "a side without it", "one number", "each number once, the first in front"],
)  # fmt: skip
def test_a_value_in_the_review(value: Value, said: str) -> None:
    assert cells(value)["clopos_phone"] == cells(value)["checkandplace_phone"] == said


@pytest.mark.parametrize(
    ("traits", "clopos", "guest"),
    [
        ({"updated_at": "2026-02-27T22:15:00Z", "created_at": "2020-01-01T00:00:00Z", "activity": 1},
         "2026-02-28, 1 receipt", "2026-02-28"),
        ({"created_at": "2020-01-01T10:00:00Z"}, "2020-01-01", "2020-01-01"),
        ({"updated_at": "2026-02-27T22:15:00"}, "", ""), ({"updated_at": "yesterday", "activity": 3}, "3 receipts", ""),
        ({}, "", ""),
    ],
    ids=["newest, on the restaurant's day", "created", "no zone", "unreadable", "never"],
)  # fmt: skip
def test_the_last_activity_of_a_customer(traits: dict[str, Any], clopos: str, guest: str) -> None:
    told = cells(BLANK, **traits)
    assert (told["clopos_seen"], told["checkandplace_seen"]) == (clopos, guest)


@pytest.mark.parametrize(
    ("number", "said"),
    [(1, "1 чек"), (2, "2 чека"), (4, "4 чека"), (5, "5 чеков"), (11, "11 чеков"), (12, "12 чеков"), (14, "14 чеков"),
     (21, "21 чек"), (22, "22 чека"), (25, "25 чеков"), (100, "100 чеков"), (101, "101 чек"), (111, "111 чеков")],
)  # fmt: skip
def test_numbers_in_russian(number: int, said: str) -> None:
    assert SHEET_LANGUAGES["ru"].say("visits", n=number) == said


HEAD = [
    "Same person?",
    "Clopos ID",
    "Check&Place ID",
    "Name in Clopos",
    "Remark",
    "#pair",
    "#reading",
    "#proposal",
    "#seal",
]
FILLED = ["different", "1", "2", "Aysel", "  two \n sisters ", "main", "c1p1", "p1", "s0"]


def read(tmp_path: Path, *rows: list[str]) -> list[Row]:
    path = tmp_path / "r.csv"
    with path.open("w", encoding="utf-8", newline="") as stream:
        csv.writer(stream).writerows(rows)
    return read_sheet(path)


def test_a_row_is_read_wherever_its_columns_went(tmp_path: Path) -> None:
    (straight,) = read(tmp_path, HEAD, FILLED)
    assert straight == Row(
        line=2, pair="main", reading="c1p1", proposal="p1", seal="s0", answer=Answer.DIFFERENT, word="different",
        clopos_id="1", checkandplace_id="2", who="Aysel", remark="two sisters",
    )  # fmt: skip
    (moved,) = read(tmp_path, ["my own words"], [], HEAD[::-1], [], FILLED[::-1], ["", "", "", "", "just a note"])
    assert moved == replace(straight, line=5)


@pytest.mark.parametrize("lost", ["Same person?", "Clopos ID", "Check&Place ID", "#pair", "#reading", "#seal"])
def test_a_column_that_was_deleted_is_named(tmp_path: Path, lost: str) -> None:
    name = {"Same person?": "answer", "Clopos ID": "clopos_id", "Check&Place ID": "checkandplace_id"}.get(lost, lost)
    at = HEAD.index(lost)
    with pytest.raises(UnreadableSheet, match=f"these columns were deleted: {name}\\."):
        read(tmp_path, HEAD[:at] + HEAD[at + 1 :], FILLED[:at] + FILLED[at + 1 :])


def test_a_short_row_has_blanks_and_headings_too_far_down_are_none(tmp_path: Path) -> None:
    (short,) = read(tmp_path, HEAD, FILLED[:2])
    assert (short.answer, short.clopos_id, short.checkandplace_id, short.seal) == (Answer.DIFFERENT, "1", "", "")
    assert len(read(tmp_path, *[["x"]] * 49, HEAD, FILLED)) == 1
    with pytest.raises(UnreadableSheet, match="the headings of a review sheet are not in it"):
        read(tmp_path, *[["x"]] * 50, HEAD, FILLED)


@pytest.mark.parametrize("ending", ["csv", "xlsx"])
def test_every_row_of_a_long_sheet_is_read(tmp_path: Path, ending: str) -> None:
    """Also those right behind the rows in which the headings are looked for."""
    path, made = tmp_path / f"r.{ending}", sheet()
    write_sheet(made, [line(made, case(number)) for number in range(1, 101)], path)
    rows = read_sheet(path)
    assert [row.proposal for row in rows] == [f"p{number}" for number in range(1, 101)]
    assert [row.line for row in rows] == list(range(HEADER_ROW + 2, HEADER_ROW + 102))


def test_the_sheet_is_found_among_others(tmp_path: Path) -> None:
    path, made = tmp_path / "r.xlsx", sheet()
    write_sheet(made, [line(made, case(1))], path)
    book = openpyxl.load_workbook(path)
    book.create_sheet("Notes", 0).append(["mine"])
    book.save(path)
    assert [row.proposal for row in read_sheet(path)] == ["p1"]


def test_candidates_of_one_person_are_shaded_alike(tmp_path: Path) -> None:
    path, made = tmp_path / "r.xlsx", sheet()
    write_sheet(made, [line(made, case(n, group=group)) for n, group in enumerate((1, 1, 2, 3), 1)], path)
    page = openpyxl.load_workbook(path).active
    shades = [page.cell(HEADER_ROW + 2 + n, 1).fill.fgColor.rgb == "FFF1F4F6" for n in range(4)]
    assert shades == [False, False, True, False]


def task(number: int, record_id: str = "7", **values: Any) -> TaskRow:
    plain = TaskRow(str(number), "Aysel", "+99450", "Clopos", record_id, "name", "Name!", "A", "B", "2026-03-01",
                    "change-in-clopos", "Why not.")  # fmt: skip
    return replace(plain, **values)


def test_tasks_stand_together_by_customer_the_longest_waiting_first() -> None:
    rows = [task(1, "b"), task(2, "a"), task(3, "b"), task(4, "b", where="Check&Place"), task(5, "a")]
    assert [[row.id for row in group] for group in by_customer(rows)] == [["1", "3"], ["2", "5"], ["4"]]


@pytest.mark.parametrize(
    ("values", "told"),
    [
        ({}, {"field": "Name", "now": "A", "wanted": "B", "why": "Changed in Check&Place.", "who": "Aysel"}),
        ({"now": "", "wanted": ""}, {"now": "(empty)", "wanted": "(empty)"}),
        ({"now": None, "wanted": None}, {"now": "", "wanted": ""}),
        ({"field": "spa", "code": "new"}, {"field": "Name!", "why": "Why not."}),
        ({"who": ""}, {"who": "No name"}),
    ],
    ids=["known words", "blank values", "nothing to type", "unknown words", "nobody's name"],
)
def test_a_task_in_words(values: dict[str, Any], told: dict[str, str]) -> None:
    texts = texts_of(task(1, **values), EN)
    assert {key: texts[key] for key in told} == told


@pytest.mark.parametrize(("count", "ids"), [(1, "1"), (3, "1 2 3"), (4, "1 2 3 ...")])
def test_what_is_typed_when_tasks_are_done(count: int, ids: str) -> None:
    assert f"connector tasks tick {ids} (" in how(EN, [[str(n)] for n in range(1, count + 1)])


def test_tasks_as_a_table_and_as_a_page() -> None:
    groups = [[task(1), task(2)], [task(3, "9", who="", phone="")]]
    table = table_of("main", "today", groups, EN, "Careful.")
    assert (table.groups, [row[0] for row in table.rows], table.texts[1]) == ([1, 1, 2], ["1", "2", "3"], "Careful.")
    assert "tasks: 3" in table.texts[2]
    page = page_of("main", "today", groups, EN, "Careful.", clear=True)
    assert [(one.title, one.count, list(one.texts)) for one in page.sections] == [
        ("Aysel", 2, ["Clopos, 7, +99450"]), ("No name", 1, ["Clopos, 9"]),
    ]  # fmt: skip
    assert (page.foot, page.clear, page.language) == (("Careful.",), True, "en")


def test_doubles_say_whom_to_keep_side_by_side(tmp_path: Path) -> None:
    member = {"name": "A", "phone": "", "email": "", "birth": "", "receipts": 3, "spent": 1200.5, "linked": None}
    first, second = {**member, "id": "1"}, {**member, "id": "2", "spent": 0, "linked": "9"}
    groups = [{"side": "clopos", "why": "x", "members": [first, second]},
              {"side": "checkandplace", "why": "y", "members": [second]}]  # fmt: skip
    write_doubles(groups, "Careful.", tmp_path / "d.xlsx")
    book = openpyxl.load_workbook(tmp_path / "d.xlsx")
    rows = {
        page.title: [[v or "" for v in row] for row in page.iter_rows(min_row=6, values_only=True)] for page in book
    }
    assert rows == {
        "Clopos": [["1", "keep", "1", "A", "", "", "", "3", "1,200.50", "", "x"],
                   ["1", "merge into it", "2", "A", "", "", "", "3", "", "9", "x"]],
        "Check&Place": [["1", "keep", "2", "A", "", "", "", "3", "", "9", "y"]],
    }  # fmt: skip


@pytest.mark.parametrize("ending", ["csv", "CSV", "xlsx"])
def test_a_list_for_people_in_both_forms(tmp_path: Path, ending: str) -> None:
    path = tmp_path / f"l.{ending}"
    write_table(Table("T" * 40, ("Title", "=1", "Do"), ("A", "B"), (5, 5), [["+1", "b"], ["", "c"]], [1, 2]), path)
    if ending == "xlsx":
        page = openpyxl.load_workbook(path).active
        rows = [[value or "" for value in row] for row in page.iter_rows(values_only=True)]
        assert page.title == "T" * 31
    else:
        rows = list(csv.reader(path.read_text(encoding="utf-8-sig").splitlines()))
    signed = ["'=1", "'+1"] if ending != "xlsx" else ["=1", "+1"]
    assert [row[0] for row in rows if row and row[0]] == ["Title", signed[0], "Do", "A", signed[1]]
    assert [row[1] for row in rows[-3:]] == ["B", "b", "c"]
