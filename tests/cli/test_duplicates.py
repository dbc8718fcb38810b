"""`connector duplicates`: on the screen, as JSON, as a page and as a workbook."""

from __future__ import annotations

import asyncio
import json
import stat
from pathlib import Path

import openpyxl
import pytest

from tests.cli.desk_kit import Till
from tests.engine.scene import AYSEL, AYSEL_GUEST, scene

HOSTILE = "<b>Aysəl</b> =1+1"


@pytest.fixture
def till(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Till:
    bench = scene(tmp_path)
    mail = {"email": "aysel@example.com"}
    bench.guest(clopos=mail, checkandplace=mail)
    bench.crowd(2)
    for name, phone, receipts in (("Mammadova Aysel", "+994502120001", 40), ("Orxan Əhmədov", "+994502120002", 90)):
        values = {**AYSEL, **mail, "name": name, "phone": phone, "receipt_count": receipts, "spent": receipts * 12.5}
        bench.world.staff_create("clopos", values, name)
    bench.world.staff_create("checkandplace", {**AYSEL_GUEST, "last_name": "Məmmədovа"}, "aysel")
    asyncio.run(bench.run("backfill"))
    return Till(bench, capsys)


def test_the_groups_the_most_active_first_and_what_to_keep(till: Till) -> None:
    found = till.json("duplicates")
    clopos, guests = found["groups"]
    assert (clopos["side"], clopos["sure"], clopos["receipts"]) == ("clopos", True, 40)
    assert [one["name"] for one in clopos["members"]] == ["Mammadova Aysel", "Aysel Məmmədova"]
    assert clopos["why"].startswith("same e-mail; ")
    assert [one["spent"] for one in clopos["members"]] == [500.0, 0]
    assert guests["side"] == "checkandplace"
    assert {one["keys"] for one in found["shared"] if one["side"] == "clopos"} == {1}  # Orxan shares the address
    linked = [one for one in clopos["members"] if one["linked"]]
    assert all(one["linked"].startswith("Check&Place ") for one in linked)
    assert till.json("duplicates", "--side", "checkandplace")["groups"] == [guests]


def test_the_screen_masks_in_a_pipe(till: Till) -> None:
    code, out, _err = till("duplicates")
    assert code == 0
    assert "Mammadova" not in out
    assert "shared by people with different names" in out
    assert "Mammadova" in till("duplicates", "--show-pii")[1]


def test_files_are_private_and_whole(till: Till, tmp_path: Path) -> None:
    for ending in ("xlsx", "html", "json"):
        path = tmp_path / f"doubles.{ending}"
        assert till("duplicates", "-o", str(path))[0] == 0
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
    book = openpyxl.load_workbook(tmp_path / "doubles.xlsx")
    assert book.sheetnames == ["Clopos", "Check&Place"]
    rows = list(book["Clopos"].iter_rows(min_row=6, values_only=True))
    assert [(row[0], row[1], row[3]) for row in rows] == [
        ("1", "keep", "Mammadova Aysel"),
        ("1", "merge into it", "Aysel Məmmədova"),
    ]
    assert {cell.data_type for row in book["Clopos"].iter_rows(min_row=6) for cell in row} <= {"s", "n"}
    assert "Mammadova Aysel" in (tmp_path / "doubles.html").read_text(encoding="utf-8")
    assert len(json.loads((tmp_path / "doubles.json").read_text(encoding="utf-8"))["groups"]) == 2
    masked = tmp_path / "masked.html"
    till("duplicates", "--mask-pii", "-o", str(masked))
    assert "Mammadova" not in masked.read_text(encoding="utf-8")
    assert till("duplicates", "-o", str(tmp_path / "doubles.doc"))[0] == 64


def test_a_page_is_safe_against_names() -> None:
    import io

    from connector.report.page import Page, PageSection, write_page

    stream = io.StringIO()
    section = PageSection(HOSTILE, ("\u202eturned",), ("A",), [("<script>alert(1)</script>",)], 1)
    write_page(Page(HOSTILE, "", "", [section], clear=True), stream)
    text = stream.getvalue()
    assert "<b>" not in text
    assert "<script" not in text
    assert "\u202e" not in text


def test_nobody_twice(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    bench = scene(tmp_path)
    bench.guest()
    asyncio.run(bench.run("backfill"))
    till = Till(bench, capsys)
    assert "No doubles" in till("duplicates")[1]
    assert till.json("duplicates")["groups"] == []
