"""The queues as files for people: tasks in four languages grouped by customer, conflicts and holds as lists."""

from __future__ import annotations

import asyncio
import csv
import json
import stat
from itertools import pairwise
from pathlib import Path

import openpyxl
import pytest

from connector.report.sheets.tasks import HEADINGS
from connector.report.words import SHEET_LANGUAGES
from tests.cli.desk_kit import Till
from tests.engine.scene import scene

HOSTILE = '=HYPERLINK("http://x")<script>'


@pytest.fixture
def till(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Till:
    """Aysel with a task for her phone and one for her name, Orxan with one for a hostile name, a conflict, a hold."""
    bench = scene(tmp_path)
    bench.guest()
    (_, orxan), (nigar_c, nigar), (_, broken), *_ = bench.crowd(4)
    asyncio.run(bench.start())
    edit = bench.world.staff_edit
    edit("checkandplace", orxan, {"first_name": HOSTILE, "last_name": ""})
    bench.at_checkandplace(primary_phone_number="994502129999")
    asyncio.run(bench.run())
    bench.at_checkandplace(last_name="Quliyeva")
    edit("clopos", nigar_c, {"name": "Nigar Həsənova"})
    edit("checkandplace", nigar, {"last_name": "Quliyeva"})
    edit("checkandplace", broken, {"primary_phone_number": "ask mother"})
    asyncio.run(bench.run())
    return Till(bench, capsys)


def table(path: Path) -> list[list[str]]:
    """The rows of a workbook from its headings on."""
    page = openpyxl.load_workbook(path).active
    return [["" if cell is None else str(cell) for cell in row] for row in page.iter_rows(min_row=5, values_only=True)]


@pytest.mark.parametrize("language", ["az", "tr", "ru", "en"])
def test_tasks_are_grouped_by_customer_in_the_language_of_the_till(till: Till, tmp_path: Path, language: str) -> None:
    path = tmp_path / "tasks.xlsx"
    code, out, err = till("tasks", "list", "-o", str(path), "--language", language)
    assert (code, out) == (0, "")
    assert "3 tasks written" in err
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    say = SHEET_LANGUAGES[language].say
    headings, *rows = table(path)
    assert headings == [say(f"tasks.head.{name}") for name in HEADINGS]
    records = [row[4] for row in rows]
    assert len(rows) == 3
    assert sum(a != b for a, b in pairwise(records)) == len(set(records)) - 1  # together
    aysel = [row for row in rows if row[4] == till.bench.c]
    assert {row[5] for row in aysel} == {say("field.phone"), say("field.name")}
    (phone,) = [row for row in aysel if row[5] == say("field.phone")]
    assert phone[1:5] == ["Aysel Məmmədova", "+994502123456", "Clopos", till.bench.c]
    assert phone[6:8] == ["+994502123456", "+994502129999"]
    assert phone[9] == say("tasks.why.change-in-clopos")
    assert not any("balance" in text.lower() for text in headings)


def test_a_hostile_name_is_text_in_every_form(till: Till, tmp_path: Path) -> None:
    for ending in ("xlsx", "csv", "html", "json"):
        assert till("tasks", "list", "-o", str(tmp_path / f"t.{ending}"))[0] == 0
    cells = [cell for row in openpyxl.load_workbook(tmp_path / "t.xlsx").active.iter_rows() for cell in row]
    assert not any(cell.data_type == "f" or cell.hyperlink for cell in cells)
    assert any(HOSTILE in str(cell.value) for cell in cells)
    with (tmp_path / "t.csv").open(encoding="utf-8-sig", newline="") as stream:
        texts = [text for row in csv.reader(stream) for text in row]
    assert any(HOSTILE in text for text in texts)
    assert not any(text.startswith(("=", "+", "-", "@")) for text in texts)
    page = (tmp_path / "t.html").read_text(encoding="utf-8")
    assert "<script" not in page
    assert "&lt;script&gt;" in page
    assert HOSTILE in str(json.loads((tmp_path / "t.json").read_text(encoding="utf-8")))


def test_a_page_to_print_has_a_part_for_each_customer_and_boxes(till: Till, tmp_path: Path) -> None:
    path = tmp_path / "tasks.html"
    till("tasks", "list", "-o", str(path), "--language", "ru")
    page = path.read_text(encoding="utf-8")
    assert '<html lang="ru">' in page
    assert page.count("☐") == 3
    assert page.count("<h2>") == 2
    assert "Изменено в Check&amp;Place." in page
    assert "Made by" not in page
    warning = SHEET_LANGUAGES["ru"].say("clear")
    assert page.index(warning) < page.index("<h2>") < page.rindex(warning)  # on top, and at the foot


def test_conflicts_and_holds_as_lists(till: Till, tmp_path: Path) -> None:
    till("conflicts", "list", "-o", str(tmp_path / "c.xlsx"))
    headings, row = table(tmp_path / "c.xlsx")
    told = dict(zip(headings, row, strict=True))
    assert (told["Detail"], told["Clopos"], told["Check&Place"]) == ("Name", "Nigar Həsənova", "Nigar Quliyeva")
    assert told["Clopos before"] == "Nigar Abbasova"
    till("holds", "list", "-o", str(tmp_path / "h.csv"))
    assert till("holds", "list", "-o", str(tmp_path / "h.html"))[0] == 0
    assert "Set aside" in (tmp_path / "h.html").read_text(encoding="utf-8")


def test_a_file_is_in_the_clear_unless_told_otherwise(till: Till, tmp_path: Path) -> None:
    clear, masked = tmp_path / "clear.csv", tmp_path / "masked.csv"
    till("tasks", "list", "-o", str(clear))
    till("tasks", "list", "-o", str(masked), "--mask-pii")
    assert "Məmmədova" in clear.read_text(encoding="utf-8")
    assert SHEET_LANGUAGES["en"].say("clear") in clear.read_text(encoding="utf-8")
    assert "Məmmədova" not in masked.read_text(encoding="utf-8")


def test_another_ending_and_no_way_to_write_are_said(till: Till, tmp_path: Path) -> None:
    code, _out, err = till("tasks", "list", "-o", str(tmp_path / "tasks.pdf"))
    assert code == 64
    assert ".xlsx, .csv, .html or .json" in err
    code, _out, err = till("tasks", "list", "-o", str(tmp_path / "no" / "tasks.xlsx"))
    assert code != 0
    assert "Next:" in err
