"""The review sheet by itself: languages, hostile text, and what spreadsheet programs do to a file."""

from __future__ import annotations

import csv
import string
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import openpyxl
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from connector.config.mapping import load_mapping
from connector.domain.likeness import OTHER_FATHER, SAME_FATHER, Alike
from connector.domain.mapping import Mapper
from connector.domain.values import CHECKANDPLACE, CLOPOS, Customer, PairRules, SideName, Traits, Value, known
from connector.engine.review import Answer, Case, Reading, seal
from connector.report.sheets.cells import FORMULA, cell, csv_cell, from_csv
from connector.report.sheets.reading import UnreadableSheet, answer_of, read_sheet
from connector.report.sheets.review import COLUMNS, HIDDEN, Sheet, line, why
from connector.report.sheets.writing import HEADER_ROW, write_sheet
from connector.report.words import SHEET_LANGUAGES
from connector.state.desk import ProposalView
from connector.state.records import Stored

AT = datetime(2026, 3, 1, 21, 30, tzinfo=UTC)
MAPPER = Mapper(load_mapping(None), PairRules(brand="demo", region="AZ", calling_codes=("994",)))


def record(side: SideName, remote_id: str, fields: Mapping[str, Value], **traits: Any) -> Stored:
    """A record as the state holds it."""
    return Stored(
        row=int(remote_id), side=side, id=remote_id, last=fields, wire={}, value_digest=b"", reader_version="",
        customer=Customer(side, remote_id, fields, (), Traits(**traits)), name="", read_at=AT, changed_at=AT,
        first_scan_id=1, seen_scan_id=1, missing_scans=0, gone_at=None, suspect=None,
    )  # fmt: skip


def case(number: int, name: str = "Rəşad Əliyev", why_: str = "phone_but_name_differs", group: int = 1) -> Case:
    phone = known({"primary": "+994501112233", "all": ["+994501112233", "+994771112233"]})
    clopos = record(CLOPOS, str(number), {"name": known({"text": name}), "phone": phone}, activity=7,
                    updated_at="2026-02-27T22:15:00Z")  # fmt: skip
    guest = record(CHECKANDPLACE, str(100 + number), {"name": known({"text": "Rashad Aliyev"}), "phone": phone})
    facts = ["same phone", "phone held by 3 Clopos records", "name one letter apart"]
    proposal = ProposalView(number, number, 100 + number, "open", "review", why_, {"facts": facts}, AT, None, None)
    return Case(proposal, clopos, guest, group, seal("main", proposal, clopos, guest))


def sheet(language: str = "en", file: str = "review.xlsx") -> Sheet:
    words = SHEET_LANGUAGES[language]
    return Sheet("main", Reading(3, 4), AT, ZoneInfo("Asia/Baku"), MAPPER, words, file)


def fill(path: Path, word: str) -> None:
    """Every answer of the file is this word."""
    at = COLUMNS.index("answer")
    if path.suffix == ".xlsx":
        book = openpyxl.load_workbook(path)
        for row in book.active.iter_rows(min_row=HEADER_ROW + 2):
            row[at].value = word
        book.save(path)
        return
    rows = list(csv.reader(path.read_text(encoding="utf-8-sig").splitlines()))
    for row in rows[HEADER_ROW + 1 :]:
        row[at] = word
    with path.open("w", encoding="utf-8-sig", newline="") as stream:
        csv.writer(stream, delimiter=";").writerows(rows)


def test_the_languages_have_the_same_keys_and_blanks() -> None:
    english = SHEET_LANGUAGES["en"].texts
    for language, words in SHEET_LANGUAGES.items():
        assert set(words.texts) == set(english), language
        for key, text in words.texts.items():
            blanks = [{name for _, name, _, _ in string.Formatter().parse(form) if name} for form in text.split("|")]
            expected = {name for _, name, _, _ in string.Formatter().parse(english[key].split("|")[0]) if name}
            assert all(names == expected for names in blanks), (language, key)


def test_every_likeness_and_every_fact_is_said_in_every_language() -> None:
    facts = [*(alike.value for alike in Alike), SAME_FATHER, OTHER_FATHER, "phone held by 12 Check&Place records"]
    for language, words in SHEET_LANGUAGES.items():
        said = [words.fact(one) for one in facts]
        assert language == "en" or not set(said) & set(facts)
        assert "12" in said[-1]


def test_an_unknown_reason_stands_as_it_is() -> None:
    assert why(SHEET_LANGUAGES["az"], "new_reason", ["something new 5"]) == "new reason (something new 5)"


@pytest.mark.parametrize("answer", list(Answer))
def test_each_answer_is_understood_whichever_language_it_is_in(answer: Answer) -> None:
    for words in SHEET_LANGUAGES.values():
        word = words.say(f"answer.{answer.value}")
        for typed in (word, word.upper(), f"  {word.title()} ", word.replace("ə", "e").replace("ı", "i")):
            assert answer_of(typed) is answer, typed
    assert answer_of("") is answer_of("yes") is None


@pytest.mark.parametrize("language", sorted(SHEET_LANGUAGES))
@pytest.mark.parametrize("ending", ["xlsx", "csv"])
def test_there_and_back(tmp_path: Path, language: str, ending: str) -> None:
    path, made = tmp_path / f"r.{ending}", sheet(language)
    found = [case(number, group=number) for number in (1, 2, 3)]
    write_sheet(made, [line(made, one) for one in found], path)
    assert {row.answer for row in read_sheet(path)} == {None}
    fill(path, made.words.say("answer.different"))
    rows = read_sheet(path)
    assert [row.answer for row in rows] == [Answer.DIFFERENT] * 3
    assert [(row.proposal, row.seal, row.reading, row.pair) for row in rows] == [
        (f"p{number}", one.seal, "c3p4", "main") for number, one in enumerate(found, 1)
    ]
    assert [(row.clopos_id, row.checkandplace_id) for row in rows] == [("1", "101"), ("2", "102"), ("3", "103")]
    assert rows[0].who == "Rəşad Əliyev / Rashad Aliyev"


def test_what_a_row_shows() -> None:
    cells = line(sheet("az"), case(1)).cells
    assert cells["clopos_seen"] == "2026-02-28, 7 çek"  # the day in Baku
    assert cells["clopos_phone"] == "+994501112233, +994771112233"
    assert (cells["clopos_email"], cells["checkandplace_seen"]) == ("", "")
    assert cells["why"] == (
        "Telefon eynidir, amma adlar əmin olmaq üçün kifayət qədər yaxın deyil. (telefon eynidir; bu nömrə "
        "Clopos-da 3 müştəridə var; ad bir hərflə fərqlənir)"
    )


def test_no_cell_is_a_number_or_a_date_to_a_program(tmp_path: Path) -> None:
    made = sheet()
    path = tmp_path / "r.xlsx"
    write_sheet(made, [line(made, case(1))], path)
    page = openpyxl.load_workbook(path).active
    assert {c.data_type for row in page.iter_rows(min_row=HEADER_ROW + 2) for c in row if c.value} == {"s"}
    hidden = line(made, case(1)).texts()[-len(HIDDEN) :]
    assert all(text[0].isalpha() for text in hidden)


def test_letters_that_another_program_saved(tmp_path: Path) -> None:
    made, path = sheet("ru"), tmp_path / "r.csv"
    write_sheet(made, [line(made, case(1, "Иван Петров"))], path)
    fill(path, "разные")
    text = path.read_text(encoding="utf-8-sig")
    path.write_bytes(text.encode("cp1251", errors="replace"))
    assert [row.answer for row in read_sheet(path)] == [Answer.DIFFERENT]
    path.write_bytes(text.encode("utf-16"))
    assert [row.answer for row in read_sheet(path)] == [Answer.DIFFERENT]


def test_letters_that_a_program_lost(tmp_path: Path) -> None:
    """A spreadsheet program that saves Azerbaijani in a Western coding writes question marks."""
    made, path = sheet("az"), tmp_path / "r.csv"
    write_sheet(made, [line(made, case(1))], path)
    fill(path, "fərqli")
    path.write_bytes(path.read_text(encoding="utf-8-sig").encode("cp1252", errors="replace"))
    assert b"f?rqli" in path.read_bytes()
    assert [(row.answer, row.clopos_id) for row in read_sheet(path)] == [(Answer.DIFFERENT, "1")]
    assert answer_of("????") is None


def test_a_number_that_a_program_made_of_an_id(tmp_path: Path) -> None:
    made, path = sheet(), tmp_path / "r.xlsx"
    write_sheet(made, [line(made, case(1))], path)
    book = openpyxl.load_workbook(path)
    at = COLUMNS.index("clopos_id") + 1
    book.active.cell(HEADER_ROW + 2, at).value = 1.0
    book.save(path)
    assert [row.clopos_id for row in read_sheet(path)] == ["1"]


def test_a_file_that_unpacks_to_too_much_is_not_opened(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made, path = sheet(), tmp_path / "r.xlsx"
    write_sheet(made, [line(made, case(1))], path)
    monkeypatch.setattr("connector.report.sheets.reading.LARGEST", path.stat().st_size + 1)
    with pytest.raises(UnreadableSheet, match="too large"):
        read_sheet(path)


HOSTILE = st.text(st.sampled_from("=+-@\t\r\n'\u202e\u2066\x00\x1b\ufffe\uffff\ud800＝aЖə1 "), max_size=12)


@example(" = ")
@given(HOSTILE)
def test_no_text_is_a_formula_or_an_order_to_the_screen(text: str) -> None:
    plain, safe = cell(text), csv_cell(text)
    assert plain.isprintable()
    assert not safe.lstrip().startswith(FORMULA)
    assert from_csv(safe) in (plain, plain.strip())


@settings(deadline=None, max_examples=25)
@given(st.lists(HOSTILE, min_size=1, max_size=3))
def test_any_name_survives_the_way(tmp_path_factory: pytest.TempPathFactory, names: list[str]) -> None:
    made = sheet()
    lines = [line(made, case(number, name)) for number, name in enumerate(names, 1)]
    for ending in ("xlsx", "csv"):
        path = tmp_path_factory.getbasetemp() / f"any.{ending}"
        write_sheet(made, lines, path)
        assert [row.proposal for row in read_sheet(path)] == [f"p{number}" for number in range(1, len(names) + 1)]
