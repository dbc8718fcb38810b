"""Which files a result may replace, and what is left when one cannot be written: by itself, without a command."""

from __future__ import annotations

import stat
from contextlib import suppress
from pathlib import Path

import pytest

from connector.domain.errors import ConnectorError
from connector.report.folder import FolderShelf
from connector.report.ours import check_place, is_ours
from connector.report.private import put_in_place

PAGE = (b'<!doctype html>\n<html lang="az">\n<head>\n<meta charset="utf-8">\n'
        b'<meta http-equiv="Content-Security-Policy" content="default-src &#39;none&#39;; x">')  # fmt: skip
ZIP, MARK = b"PK\x03\x04rest", b"\xef\xbb\xbfName"


@pytest.mark.parametrize(
    ("name", "content", "mode", "ours"),
    [
        ("r.html", PAGE, 0o644, True), ("r.HTM", PAGE, 0o644, True), ("r.txt", PAGE, 0o600, False),
        ("r.html", b"\n" + PAGE, 0o600, False),
        ("r.json", b'{"pairs": []}', 0o644, True), ("r.json", b'{\n  "WARNING": "x"}', 0o644, True),
        ("r.json", b'{"name": 1, "pairs": 2}', 0o600, False),
        ("r.xlsx", ZIP, 0o600, True), ("r.xlsx", ZIP, 0o640, False), ("r.xlsx", ZIP, 0o604, False),
        ("r.csv", MARK, 0o600, True), ("r.csv", MARK, 0o644, False), ("r.csv", b"Name", 0o600, False),
        ("r.md", b"# x\n\nCustomers of Clopos and Check&amp;Place, pair kafe.", 0o644, True),
        ("r", b"What would change\nCustomers of Clopos and Check&Place, pair kafe", 0o644, True),
        ("r", b'{"schema": "connector-report/1"', 0o644, True),
        ("r", b"x" * 4096 + b"Customers of Clopos and Check&Place, pair kafe", 0o600, False),
        ("r.sqlite", b"", 0o644, True), ("r", b"mine", 0o600, False),
    ],
)  # fmt: skip
def test_a_file_is_ours_by_how_it_begins(tmp_path: Path, name: str, content: bytes, mode: int, ours: bool) -> None:
    """What begins like any other of its kind (a workbook, a table) is ours only where nobody else may read it."""
    path = tmp_path / name
    path.write_bytes(content)
    path.chmod(mode)
    assert is_ours(path) is ours
    if ours:
        check_place(path)
        return
    with pytest.raises(ConnectorError) as caught:
        check_place(path)
    assert (caught.value.code, str(path) in caught.value.manager) == ("report-foreign", True)
    assert path.read_bytes() == content


def test_a_place_is_refused_with_another_name_or_a_way_out(tmp_path: Path) -> None:
    (tmp_path / "r.csv").write_text("mine")
    (tmp_path / "r-2.csv").write_text("mine too")
    (tmp_path / "away").symlink_to(tmp_path / "nowhere")
    said = {}
    for name in ("r.csv", "away", "no/r.csv", "r.csv/r.csv", "."):
        with pytest.raises(ConnectorError) as caught:
            check_place(tmp_path / name)
        said[name] = (caught.value.code, caught.value.next_step)
    assert said["r.csv"] == ("report-foreign", f"the same command with -o {tmp_path / 'r-3.csv'}")
    assert said["away"][0] == "report-foreign"
    assert [said[name][0] for name in ("no/r.csv", "r.csv/r.csv", ".")] == ["report-unwritable"] * 3
    assert said["no/r.csv"][1] == f"mkdir -p {tmp_path / 'no'}, then the same command again"
    check_place(tmp_path / "new.csv")
    assert sorted(one.name for one in tmp_path.iterdir()) == ["away", "r-2.csv", "r.csv"]


def test_a_file_takes_its_place_when_it_is_whole(tmp_path: Path) -> None:
    path = tmp_path / "r.csv"
    with put_in_place(path) as beside:
        assert (stat.S_IMODE(beside.stat().st_mode), beside.parent, path.exists()) == (0o600, tmp_path, False)
        beside.write_bytes(MARK)
    assert (path.read_bytes(), [one.name for one in tmp_path.iterdir()]) == (MARK, ["r.csv"])
    with suppress(KeyboardInterrupt), put_in_place(path) as beside:
        beside.write_text("half")
        raise KeyboardInterrupt
    assert (path.read_bytes(), [one.name for one in tmp_path.iterdir()]) == (MARK, ["r.csv"])


def test_two_at_once_do_not_fill_one_file(tmp_path: Path) -> None:
    path = tmp_path / "r.csv"
    with put_in_place(path) as first, put_in_place(path) as second:
        assert first != second
        first.write_bytes(MARK + b"1")
        second.write_bytes(MARK + b"2")
    assert path.read_bytes() == MARK + b"1"  # who ends last
    assert len(list(tmp_path.iterdir())) == 1


def pages(folder: Path) -> dict[str, str]:
    return {page.name: page.read_text() for page in folder.iterdir()} if folder.exists() else {}


def test_further_pages_take_their_place_together_or_not_at_all(tmp_path: Path) -> None:
    path, folder = tmp_path / "r.html", tmp_path / "r.html.parts"
    first = FolderShelf(path)
    first.put("hold-002.html", iter(["a", "b"]))
    assert pages(folder) == {}
    first.keep()
    first.drop()
    assert pages(folder) == {"hold-002.html": "ab"}
    second = FolderShelf(path)
    second.put("link-002.html", iter(["c"]))
    second.drop()
    assert pages(folder) == {"hold-002.html": "ab"}
    third = FolderShelf(path)
    third.put("link-state-002.html", iter(["d"]))
    third.put("link-state-003.html", iter(["e"]))
    third.keep()
    assert pages(folder) == {"link-state-002.html": "d", "link-state-003.html": "e"}
    FolderShelf(path).keep()  # a report that needs none takes the older ones away
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("name", "ours"),
    [
        ("hold-002.html", True),
        ("update.checkandplace-017.html", True),
        ("not-sent-1000.html", True),
        ("hold-02.html", False),
        ("Hold-002.html", False),
        ("002.html", False),
        ("hold-002.html.bak", False),
    ],
)
def test_a_folder_with_anything_else_in_it_is_left_alone(tmp_path: Path, name: str, ours: bool) -> None:
    folder = tmp_path / "r.html.parts"
    folder.mkdir()
    (folder / "hold-003.html").write_text("x")
    (folder / name).write_text("x")
    shelf = FolderShelf(tmp_path / "r.html")
    if ours:
        shelf.check()
        return
    for step in (shelf.check, shelf.keep):
        with pytest.raises(ConnectorError, match="report-unwritable"):
            step()
    assert pages(folder) == {"hold-003.html": "x", name: "x"}


def test_a_file_in_the_folder_s_place_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "r.html.parts").write_text("mine")
    with pytest.raises(ConnectorError, match="holds other files"):
        FolderShelf(tmp_path / "r.html").check()
