"""Every form of a report says the same on its first screen: what it came to, what stopped it, what did not go through,
what to know, and what to type next."""

from __future__ import annotations

import html
import io
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import openpyxl
import pytest

from connector.domain.plan import EntryKind
from connector.report.files import print_to, write_report
from connector.report.model import Report
from tests.report.sample import ENTRIES, HEADER, OBJECTION, run_outcome, sample
from tests.report.test_html import Tree

FORMS = ("terminal", "html", "markdown", "xlsx")
LIVE = replace(HEADER, kind="sync", dry=False, state="partly", next_step="", waiting={"conflict": 1, "hold": 7})


def said(report: Report, form: str, tmp_path: Path) -> str:
    """The form's text on one line, without its markup."""
    if form == "xlsx":
        path = tmp_path / "report.xlsx"
        write_report(report, form, path)
        pages = openpyxl.load_workbook(path).worksheets
        text = " ".join(str(cell) for page in pages for row in page.iter_rows(values_only=True) for cell in row if cell)
        return " ".join(text.split())
    stream = io.StringIO()
    print_to(report, form, stream, width=160)
    text = stream.getvalue()
    if form == "html":
        text = " ".join(Tree(text).texts)
    if form == "markdown":
        text = html.unescape(re.sub(r"\\(.)", r"\1", text))
    return " ".join(text.split())


def run(**options: object) -> Report:
    """A run of which one correction was refused, and everything else went through."""
    sent = {("update", "checkandplace"): 1, ("create", "checkandplace"): 1, ("create", "clopos"): 1}
    header = options.pop("header", LIVE)
    return sample(header=header, outcome=run_outcome, outcomes={"done": 3, "refused": 1}, sent=sent, **options)  # type: ignore[arg-type]  # options of the test


REPORTS: dict[str, tuple[Callable[[], Report], list[str], list[str]]] = {
    "preview": (
        lambda: sample(header=replace(HEADER, notes=("Something to know.",))),
        ["What would change", "4 changes would be sent. 4 questions wait for your staff.", "Something to know.",
         "150 customers, read completely, 2 requests", "connector backfill --pair kafe",
         "Names and numbers are masked.", "Not sent", "The codes for gender are not set.",
         "Setting that would send it: pairs.kafe.gender", "To type into Clopos by hand", "waiting since 2026-03-01"],
        ["personal data", "safety limits", "Not done", "wait in all"],
    ),
    "preview that would be stopped": (
        lambda: sample(header=replace(HEADER, objections=(OBJECTION,))),
        ["The safety limits would stop this", OBJECTION.sentence], ["Stopped by the safety limits"],
    ),
    "stopped": (
        lambda: run(header=replace(LIVE, state="refused", objections=(OBJECTION,), next_step="connector sync --x")),
        ["Nothing was written: the safety limits stopped this run.", "Stopped by the safety limits", OBJECTION.sentence,
         "connector sync --x"], ["would stop this", "3 changes were sent"],
    ),
    "approved": (
        lambda: run(header=replace(LIVE, objections=(OBJECTION,))), ["3 changes were sent."],
        [OBJECTION.sentence, "safety limits", "Next step:"],
    ),
    "a run": (
        lambda: run(show_pii=True),
        ["Done, except for what did not go through. 3 changes were sent. 8 questions wait for your staff.",
         "The server refused these values.", "Corrected in Check&Place (of 2 in the plan)", "Set aside (7 wait in all)",
         "1 changed in both systems, 7 set aside", "4711"],
        ["masked", "preview"],
    ),
}  # fmt: skip


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("name", REPORTS)
def test_every_form_says_it(tmp_path: Path, form: str, name: str) -> None:
    make, there, absent = REPORTS[name]
    text = said(make(), form, tmp_path)
    assert [one for one in there if one not in text] == []
    assert [one for one in absent if one in text] == []


@pytest.mark.parametrize("form", ["terminal", "html", "markdown"])
def test_a_preview_says_that_nothing_was_changed(tmp_path: Path, form: str) -> None:
    sentence = "Nothing was changed: this is a preview."
    assert sentence in said(sample(), form, tmp_path)
    assert sentence not in said(run(), form, tmp_path)


@pytest.mark.parametrize("form", ["html", "markdown", "xlsx"])
def test_a_file_in_the_clear_says_so(tmp_path: Path, form: str) -> None:
    assert "This report shows guests' personal data" in said(sample(show_pii=True), form, tmp_path)


@pytest.mark.parametrize("form", ["terminal", "html", "markdown"])
def test_the_table_of_contents_counts_what_went_through(tmp_path: Path, form: str) -> None:
    text = said(run(), form, tmp_path)
    before = {"terminal": "1 Corrected", "html": "(of 2 in the plan) 1", "markdown": "| 1 | Corrected"}[form]
    assert before.split(" (")[0] in text
    assert before in text


@pytest.mark.parametrize("form", ["terminal", "markdown"])
def test_what_did_not_go_through_is_counted_whole_and_printed_as_far_as_a_part_may_be_long(
    tmp_path: Path, form: str
) -> None:
    refused = [replace(ENTRIES[13], clopos_id="111", checkandplace_id=str(9000 + n)) for n in range(7)]
    report = sample(refused, LIVE, outcome=run_outcome, outcomes={"refused": 7}, limit=3)
    text = said(report, form, tmp_path)
    assert "Not done (7)" in text
    assert text.count("The server refused") == 2 * 3  # three there, and three among the corrections
    assert text.count("and 4 more") == 2
    whole = said(replace(report, limit=None), form, tmp_path)
    assert (whole.count("The server refused"), "more" in whole) == (14, False)


@pytest.mark.parametrize("form", FORMS)
def test_what_did_not_go_through_stands_before_the_parts(tmp_path: Path, form: str) -> None:
    text = said(run(), form, tmp_path)
    if form == "xlsx":  # which has it in its column of outcomes
        assert "refused: The server refused these values." in text
        return
    first = text.index("These changes were tried and did not go through.")
    assert first < text.index("Nothing is sent until somebody chooses.")


def test_questions_of_a_kind_that_a_report_has_not_are_not_invented(tmp_path: Path) -> None:
    only = [entry for entry in ENTRIES if entry.kind is EntryKind.SKIP]
    text = said(sample(only), "markdown", tmp_path)
    assert text.endswith("Next step: connector backfill --pair kafe")
    assert [title for title in ("Set aside", "Which one is right?", "Not sent") if title in text] == []
