"""`connector links review` and `links accept FILE`: the way of a sheet to staff and back."""

from __future__ import annotations

import csv
import json
import stat
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from connector.report.words import SHEET_LANGUAGES
from tests.cli.desk_kit import Till
from tests.cli.review_kit import ANSWER_AT, PLACES, answered, by_proposal, cells, filled, met, waiting


@pytest.fixture
def till(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Till:
    return Till(waiting(tmp_path), capsys)


@pytest.fixture
def sheet(till: Till, tmp_path: Path) -> Path:
    path = tmp_path / "review.xlsx"
    assert till("links", "review", "-o", str(path))[0] == 0
    return path


def accepted(till: Till, path: Path, *words: str) -> Any:
    code, out, _err = till("links", "accept", str(path), "--json", "--by", "leyla", "--show-pii", *words)
    result = json.loads(out)
    assert code == (4 if result["refused"] else 0)
    return result


def refusals(result: Any) -> dict[str, str]:
    return {one["ref"]: one["code"] for one in result["refused"]}


def test_the_sheet_is_private_and_says_what_it_is(till: Till, sheet: Path) -> None:
    assert stat.S_IMODE(sheet.stat().st_mode) == 0o600
    page = openpyxl.load_workbook(sheet).active
    assert page["A1"].value == "Who is who? Please decide"
    assert "personal data" in page["A2"].value
    assert "connector links accept review.xlsx" in page["A3"].value
    rows = by_proposal(sheet)
    assert list(rows) == ["p1", "p2", "p3"]
    kenan = rows["p1"]
    assert kenan[PLACES["clopos_name"]] == "Kənan Əliyev"
    assert kenan[PLACES["checkandplace_name"]] == "Leyla Əliyeva"
    assert kenan[PLACES["clopos_phone"]] == kenan[PLACES["checkandplace_phone"]] == "+994551112233"
    assert kenan[PLACES["why"]].startswith(
        "Same phone number, but the names are not close enough to be sure. (same phone; "
    )
    assert kenan[ANSWER_AT] is None
    first = page.column_dimensions[openpyxl.utils.get_column_letter(PLACES["#pair"] + 1)]
    assert (first.hidden, first.min, first.max) == (True, PLACES["#pair"] + 1, PLACES["#seal"] + 1)
    (choices,) = page.data_validations.dataValidation
    assert choices.formula1 == '"same,different,later"'


def test_hostile_names_are_text(sheet: Path) -> None:
    page = openpyxl.load_workbook(sheet).active
    assert not [cell for row in page.iter_rows() for cell in row if cell.data_type == "f"]
    hostile = by_proposal(sheet)["p3"]
    assert hostile[PLACES["clopos_name"]] == '=HYPERLINK("http://x")'
    assert "\u202e" not in hostile[PLACES["checkandplace_name"]]


def test_every_answer_is_carried_out_and_signed(till: Till, sheet: Path) -> None:
    path = answered(sheet, p1="same", p2="different", p3="later")
    result = accepted(till, path, "--note", "asked them")
    assert (result["accepted"], result["rejected"], result["later"]) == (["p1"], ["p2"], 1)
    (link,) = till.bench.rows("SELECT * FROM link WHERE decided_by = 'leyla'")
    assert (link["state"], link["why"]) == ("active", "phone_but_name_differs")
    shown = till.json("links", "show", "p2")
    assert (shown["state"], shown["decided_by"]) == ("rejected", "leyla")
    assert shown["decisions"][0]["note"] == "asked them (sheet review.xlsx)"
    till.sync()
    assert [one["ref"] for one in till.json("links", "list", "--proposals")["proposals"]] == ["p3"]


def test_a_different_never_comes_back(till: Till, sheet: Path) -> None:
    before = (len(till.bench.world.clopos.customers), len(till.bench.world.checkandplace.customers))
    accepted(till, answered(sheet, p1="different", p2="different", p3="different"))
    for _ in range(3):
        till.sync()
    assert till.json("links", "list", "--proposals")["proposals"] == []
    assert met(till.bench, 1) not in till.bench.links()
    assert (len(till.bench.world.clopos.customers), len(till.bench.world.checkandplace.customers)) >= before
    again = till.bench.folder / "again.xlsx"
    code, out, _err = till("links", "review", "-o", str(again))
    assert (code, again.exists()) == (0, False)
    assert "nobody waits for review" in out


def test_rows_may_be_sorted_and_deleted(till: Till, sheet: Path) -> None:
    def shuffle(rows: dict[str, list[Any]]) -> None:
        rows["p1"][ANSWER_AT], rows["p3"][ANSWER_AT] = "different", "same"
        third = rows.pop("p3")
        rows.pop("p2")
        first = rows.pop("p1")
        rows |= {"p3": third, "p1": first}

    result = accepted(till, filled(sheet, shuffle))
    assert (result["accepted"], result["rejected"], result["refused"]) == (["p3"], ["p1"], [])
    assert [one["ref"] for one in till.json("links", "list", "--proposals")["proposals"]] == ["p2"]


@pytest.mark.parametrize(("language", "ending"), [("az", "xlsx"), ("ru", "csv")])
def test_another_language_there_and_back(till: Till, tmp_path: Path, language: str, ending: str) -> None:
    path = tmp_path / f"sheet.{ending}"
    assert till("links", "review", "-o", str(path), "--language", language)[0] == 0
    words = SHEET_LANGUAGES[language]
    said = {
        "p1": words.say("answer.same").upper(),
        "p2": words.say("answer.different"),
        "p3": words.say("answer.later"),
    }
    if ending == "xlsx":
        answered(path, **said)
    else:
        text = path.read_text(encoding="utf-8-sig")
        rows = list(csv.reader(text.splitlines()))
        for row in rows[6:]:
            row[ANSWER_AT] = said[row[PLACES["#proposal"]]]
        with path.open("w", encoding="utf-8", newline="") as stream:
            csv.writer(stream, delimiter=";").writerows(rows)  # as a program with a decimal comma saves it
    result = accepted(till, path)
    assert (result["accepted"], result["rejected"], result["later"]) == (["p1"], ["p2"], 1)


def test_a_csv_cell_is_never_a_formula(till: Till, tmp_path: Path) -> None:
    path = tmp_path / "review.csv"
    till("links", "review", "-o", str(path))
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    rows = list(csv.reader(path.read_text(encoding="utf-8-sig").splitlines()))
    assert "personal data" in rows[1][0]
    found = [cell for row in rows for cell in row if cell.startswith(("=", "+", "-", "@"))]
    assert found == []
    assert "'+994551112233" in rows[6]


def test_a_row_that_changed_is_refused_by_name_and_the_others_are_taken(till: Till, sheet: Path) -> None:
    clopos_id, _guest = met(till.bench, 1)
    till.bench.world.staff_edit("clopos", clopos_id, {"name": "Kənan Əlizadə"})
    till.sync()
    answered(sheet, p1="same", p2="same")
    result = accepted(till, sheet)
    assert result["accepted"] == ["p2"]
    (refused,) = result["refused"]
    assert (refused["ref"], refused["code"], refused["row"]) == ("p1", "changed", 7)
    assert refused["who"] == "Kənan Əliyev / Leyla Əliyeva"
    assert refused["why"] == f"Changed since the sheet was written: Clopos {clopos_id}. Look again in a new sheet."
    code, out, _err = till("links", "accept", str(sheet))
    assert code == 4
    assert "K•••• Ə•••••" in out  # piped: masked
    assert "decided before: 1" in out


def test_an_older_scan_refuses_only_what_moved_since(till: Till, sheet: Path) -> None:
    gone, _guest = met(till.bench, 1)
    till.bench.world.staff_delete("clopos", gone)
    _clopos, moved = met(till.bench, 2)
    till.bench.world.staff_edit("checkandplace", moved, {"primary_phone_number": "994559998877"})
    for _ in range(3):
        till.sync()
    result = accepted(till, answered(sheet, p1="same", p2="same", p3="same"))
    assert refusals(result) == {"p1": "gone", "p2": "changed"}
    assert result["accepted"] == ["p3"]


def test_a_sheet_of_another_pair_is_refused_row_by_row(till: Till, sheet: Path) -> None:
    def rename(rows: dict[str, list[Any]]) -> None:
        for row in rows.values():
            row[ANSWER_AT], row[PLACES["#pair"]] = "same", "other"

    result = accepted(till, filled(sheet, rename))
    assert refusals(result) == dict.fromkeys(("p1", "p2", "p3"), "other-pair")
    assert "pair “other”" in result["refused"][0]["why"]
    assert len(till.json("links", "list", "--proposals")["proposals"]) == 3


def test_torn_rows_wrong_words_and_other_states(till: Till, sheet: Path) -> None:
    def spoil(rows: dict[str, list[Any]]) -> None:
        for row in rows.values():
            row[ANSWER_AT] = "same"
        for name in ("clopos_id", "checkandplace_id"):  # only the visible columns were sorted
            rows["p1"][PLACES[name]] = rows["p2"][PLACES[name]]
        rows["p2"][ANSWER_AT] = "perhaps"
        rows["p3"][PLACES["#reading"]] = "c999p999"

    result = accepted(till, filled(sheet, spoil))
    assert refusals(result) == {"p1": "torn-row", "p2": "unknown-word", "p3": "newer-sheet"}
    assert "“perhaps” is no answer" in result["refused"][1]["why"]


def test_contradictions_are_refused_whole(till: Till, sheet: Path) -> None:
    def twice(rows: dict[str, list[Any]]) -> None:
        rows["p1"][ANSWER_AT] = "same"
        rows["copy"] = [*rows["p1"]]
        rows["copy"][ANSWER_AT] = "different"
        rows["p2"][ANSWER_AT] = "same"
        rows["again"] = [*rows["p2"]]

    result = accepted(till, filled(sheet, twice))
    assert [one["code"] for one in result["refused"]] == ["contradiction", "contradiction"]
    assert result["accepted"] == ["p2"]


def test_what_is_no_sheet_is_said(till: Till, tmp_path: Path, sheet: Path) -> None:
    for name, content in (("a.xlsx", b"no zip"), ("b.csv", b"a,b\n1,2\n"), ("c.csv", b"")):
        path = tmp_path / name
        path.write_bytes(content)
        code, _out, err = till("links", "accept", str(path))
        assert (code, "cannot be read as a review sheet" in err) == (64, True), err
    assert till("links", "accept", str(tmp_path / "missing.xlsx"))[0] == 64
    assert till("links", "accept", str(sheet), "p1")[0] == 64
    assert till("links", "review", "-o", str(tmp_path / "review.txt"))[0] == 64
    assert till("links", "review", "-o", str(tmp_path / "no" / "review.xlsx"))[0] == 1
    book = openpyxl.load_workbook(sheet)
    book.active.delete_cols(PLACES["#seal"] + 1)
    book.save(sheet)
    code, _out, err = till("links", "accept", str(sheet))
    assert (code, "columns were deleted: #seal" in err) == (64, True)


def test_one_person_cannot_be_two(till: Till, tmp_path: Path) -> None:
    bench = till.bench
    bench.world.staff_create(
        "checkandplace",
        {"first_name": "Kamran", "last_name": "Əliyev", "primary_phone_number": "994551112233"}, "kamran",
    )  # fmt: skip
    till.sync()
    path = tmp_path / "three.xlsx"
    till("links", "review", "-o", str(path))
    rows = cells(path)
    groups = {row[PLACES["#proposal"]]: row[PLACES["group"]] for row in rows}
    assert groups["p4"] == groups["p1"] != groups["p2"]
    order = [row[PLACES["#proposal"]] for row in rows]
    assert abs(order.index("p1") - order.index("p4")) == 1  # candidates of one person stand together
    result = accepted(till, answered(path, p1="same", p4="same", p2="same"))
    assert refusals(result) == {"p1": "two-partners", "p4": "two-partners"}
    assert result["accepted"] == ["p2"]


def test_relink_by_hand(till: Till) -> None:
    clopos_id, guest_id = met(till.bench, 1)
    other = met(till.bench, 2)[1]
    (said,) = till.decided("links", "relink", clopos_id, guest_id)
    assert said["what"] == "linked"
    assert (clopos_id, guest_id) in till.bench.links()
    code, _out, err = till("links", "relink", clopos_id, other)
    assert code == 64
    assert f"connector links relink {clopos_id} {other} --break" in err
    code, out, _err = till("links", "relink", clopos_id, other, "--break", "--by", "leyla")
    assert code == 0
    assert "are one person. Ended: link" in out
    assert (clopos_id, other) in till.bench.links()
    assert (clopos_id, guest_id) not in till.bench.links()
    till.sync()
    assert (clopos_id, other) in till.bench.links()
