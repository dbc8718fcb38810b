"""The plan as CSV, Markdown and workbook: whole, said to be in the clear on top, and harmless whatever guests are
called."""

from __future__ import annotations

import csv
import io
import re
import zipfile
from dataclasses import replace
from pathlib import Path

import openpyxl
import pytest
from openpyxl.cell.rich_text import CellRichText

from connector.domain.plan import Entry, EntryKind
from connector.report.files import print_to, write_report
from connector.report.markdown import escaped
from connector.report.model import Report
from connector.report.sections import SECTIONS
from connector.report.sheets.cells import FORMULA
from connector.report.table import COLUMNS
from connector.report.words import words
from connector.report.workbook import tab
from tests.report.sample import ENTRIES, HEADER, OBJECTION, change, name, run_outcome, sample

HOSTILE = ["=1+1", "+HYPERLINK(\"http://x\")", "-2+3", "@SUM(A1)", "\t=1", "\r=1", "＝1", "=cmd|' /C calc'!A0",
           "<script>alert(1)</script>", "a|b `c` *d* [e](http://f) <g>", "\u202egnp.exe", "lone \ud800",
           "x\ny", "'quoted", "www.evil.example", "![](http://x/y.png)", "&lt;b&gt;"]  # fmt: skip


def live() -> Report:
    header = replace(HEADER, kind="sync", dry=False, state="partly", notes=("Something to know.",))
    return sample(header=header, show_pii=True, outcome=run_outcome, outcomes={"done": 3, "refused": 1}, limit=None)


def evil(text: str) -> Report:
    entries = [
        Entry(EntryKind.LINK, None, text, "2", who=text, reason="phone_and_name",
              facts={"other_name": text, "facts": [text]}),
        Entry(EntryKind.CONFLICT, None, "1", "2", who=text, reason="both-changed", next_step=text, sentence=text,
              fields=(change(text, clopos=name(text), checkandplace=name("x" + text)),)),
        Entry(EntryKind.HOLD, None, "1", None, who=text, reason=text, sentence=text, next_step=text),
    ]  # fmt: skip
    return sample(entries, replace(HEADER, pair=text, next_step=text), show_pii=True, limit=None)


def printed(report: Report, form: str) -> str:
    stream = io.StringIO()
    print_to(report, form, stream)
    return stream.getvalue()


def table(report: Report) -> tuple[list[str], list[dict[str, str]]]:
    """The lines above the headings, and the rows by column."""
    rows = list(csv.reader(io.StringIO(printed(report, "csv"))))
    top = 1 if report.show_pii else 0
    assert rows[top] == [words("en").say(f"table.{column}") for column in COLUMNS]
    return [row[0] for row in rows[:top]], [dict(zip(COLUMNS, row, strict=True)) for row in rows[top + 1 :]]


def test_csv_has_a_row_for_each_detail() -> None:
    top, rows = table(live())
    assert top == [words("en").say("clear")]
    update = [row for row in rows if row["clopos_id"] == "110"]
    assert [(row["field"], row["now"], row["becomes"], row["why"]) for row in update] == [
        ("Phone", "'+994551112233", "'+994551112234", "changed in Clopos"),
        ("E-mail", "(blank)", "orxan@example.com", "was blank"),
    ]
    conflict = next(row for row in rows if row["kind"] == "conflict")
    assert (conflict["clopos"], conflict["checkandplace"], conflict["now"]) == ("Elçin Quliyev", "Elchin Guliyev", "")
    assert conflict["why"] == "Changed in both systems. (before: Elcin Quliyev)"
    refused = next(row for row in rows if row["clopos_id"] == "111")
    assert refused["outcome"] == "refused: The server refused these values."
    assert {(row["kind"], row["clopos_id"], row["checkandplace_id"]) for row in rows} >= {
        (entry.kind.value, entry.clopos_id or "", entry.checkandplace_id or "") for entry in ENTRIES
        if entry.reason != "settled" and entry.kind is not EntryKind.CREATE
    }  # fmt: skip


def test_csv_of_a_pipe_is_masked_and_begins_with_its_headings() -> None:
    text = printed(sample(limit=None), "csv")
    assert text.startswith("Part,Guest,")
    for secret in ("Məmmədova", "Babayev", "994551112234", "orxan@"):
        assert secret not in text


@pytest.mark.parametrize("text", HOSTILE)
def test_no_cell_of_csv_is_a_formula(text: str) -> None:
    printed(evil(text), "csv").encode("utf-8")
    top, rows = table(evil(text))
    cells = [*top, *(cell for row in rows for cell in row.values())]
    assert [cell for cell in cells if cell.lstrip().startswith(FORMULA)] == []
    assert not re.search("[\u202e\x00-\x08\n\r\t]", "".join(cells))
    assert len(rows) == 3


@pytest.mark.parametrize("text", HOSTILE)
def test_markdown_shows_names_as_they_are(text: str) -> None:
    said = printed(evil(text), "markdown")
    said.encode("utf-8")
    body = [line for line in said.splitlines() if line.startswith("| ")]
    assert len({line.replace("\\|", "").count(" | ") for line in body[-2:]}) == 1  # no cell ends early
    assert not re.search(r"<(?!/?b>|br>)", said)
    assert not re.search(r"(?<!\\)[\]`]|(?<!\\)!\[|(?i:www\.)|://", said)
    assert "\u202e" not in said
    assert len(said.splitlines()) == len(printed(evil("plain"), "markdown").splitlines())


def test_markdown_can_be_read_back() -> None:
    assert escaped("a*b_c [d](e) | <f> & `g`") == r"a\*b\_c \[d\](e) \| &lt;f&gt; &amp; \`g\`"
    assert escaped("see www.x.az or http://x.az") == "see www&#46;x.az or http:&#47;&#47;x.az"
    said = printed(live(), "markdown")
    assert "> This report shows guests' personal data" in said
    assert "+99455111223<b>3</b> | +99455111223<b>4</b>" in said
    assert "## Corrected in Check&Place (2)" in said
    for section in SECTIONS:
        if section.count(live().summary):
            assert words("en").say(f"section.{section.key}") in said


def test_markdown_cuts_long_parts_and_says_so() -> None:
    many = [replace(ENTRIES[12], clopos_id=str(n)) for n in range(30)]
    said = printed(sample(many, limit=10), "markdown")
    assert said.count("**O") == 10
    assert "… and 20 more" in said


def book(report: Report, tmp_path: Path, **options: bool) -> openpyxl.Workbook:
    path = tmp_path / "plan.xlsx"
    write_report(report, "xlsx", path)
    return openpyxl.load_workbook(path, **options)


def test_workbook_has_a_sheet_for_each_part(tmp_path: Path) -> None:
    found = book(live(), tmp_path)
    assert found.sheetnames[0] == "Overview"
    assert found.sheetnames[1:] == [
        tab(words("en").say(f"section.{section.key}")) for section in SECTIONS if section.count(live().summary)
    ]
    for sheet in found.worksheets:
        assert sheet["A2"].value == words("en").say("clear")
    updates = found["Corrected in Check&Place"]
    assert [cell.value for cell in updates[4]][:7] == [
        "Guest", "Clopos ID", "Check&Place ID", "Detail", "Now", "Becomes", "Why",
    ]  # fmt: skip
    assert [cell.value for cell in updates[5]][:7] == [
        "Orxan Nəbiyev", "110", "9011", "Phone", "+994551112233", "+994551112234", "changed in Clopos",
    ]  # fmt: skip
    assert updates.max_row == 4 + 3
    assert updates.freeze_panes == "B5"
    assert updates.auto_filter.ref == "A4:J7"
    links = [cell.hyperlink.location for cell in found["Overview"]["A"] if cell.hyperlink]
    assert links == [f"'{title}'!A1" for title in found.sheetnames[1:]]


def test_workbook_marks_the_changed_letters(tmp_path: Path) -> None:
    updates = book(live(), tmp_path, rich_text=True)["Corrected in Check&Place"]
    value = updates["E5"].value
    assert isinstance(value, CellRichText)
    marked = value[1]
    assert (str(value[0]), str(marked), marked.font.b) == ("+99455111223", "3", True)


@pytest.mark.parametrize("text", HOSTILE)
def test_no_cell_of_the_workbook_is_a_formula_or_a_link(tmp_path: Path, text: str) -> None:
    found = book(evil(text), tmp_path)
    for sheet in found.worksheets:
        for row in sheet.iter_rows():
            for cell in row:
                assert cell.data_type in ("s", "n", "inlineStr")
                if isinstance(cell.value, str) and cell.value.lstrip().startswith(FORMULA):
                    assert cell.quotePrefix or sheet.title == "Overview"
    with zipfile.ZipFile(tmp_path / "plan.xlsx") as packed:
        parts = {part: packed.read(part).decode() for part in packed.namelist() if part.endswith((".xml", ".rels"))}
    assert not any("<f>" in text for text in parts.values())
    assert not any("External" in text for text in parts.values())


@pytest.mark.parametrize("form", ["csv", "xlsx", "markdown"])
def test_no_entries_and_a_refusal_are_reports_too(tmp_path: Path, form: str) -> None:
    for number, report in enumerate((sample([]), sample(header=replace(HEADER, objections=(OBJECTION,))))):
        path = tmp_path / f"{number}.{form}"
        write_report(report, form, path)
        assert path.stat().st_size > 100
    if form == "markdown":
        assert "The safety limits would stop this" in path.read_text()


def test_tabs_are_names_that_spreadsheets_take() -> None:
    tabs = [tab(words("en").say(f"section.{section.key}")) for section in SECTIONS]
    assert len({title.lower() for title in tabs}) == len(tabs)
    assert all(len(title) <= 31 and not set(title) & set("[]:*?/\\'") for title in tabs)
