"""`connector demo`: the whole way, once, as somebody types it who has no credentials."""

from __future__ import annotations

import json
import subprocess
import time
from pathlib import Path

from connector.cli import main
from connector.domain.errors import ExitCode
from tests.cli.workplace import PROGRAM, ROOT

MOST_SECONDS = 60


def test_the_last_line_is_the_path_of_a_page_worth_showing(tmp_path: Path) -> None:
    began = time.monotonic()
    done = subprocess.run(
        [*PROGRAM, "demo", "-o", str(tmp_path / "out")], capture_output=True, text=True, cwd=ROOT, check=False
    )
    assert done.returncode == ExitCode.DONE, done.stderr
    assert time.monotonic() - began < MOST_SECONDS
    report = Path(done.stdout.splitlines()[-1])
    assert report == tmp_path / "out" / "report.html"
    page = report.read_text()
    for part in ("Which one is right?", "To type into Clopos by hand", "Corrected in Check&amp;Place", "New in Clopos"):
        assert part in page, part
    for command in ("diff", "backfill", "sync"):
        assert f"$ connector {command}" in done.stdout
    assert "Traceback" not in done.stderr
    preview = (tmp_path / "out" / "1-preview.html").read_text()
    assert "this is a preview" in preview
    settled = (tmp_path / "out" / "3-after.txt").read_text()
    assert "Nothing to send" in settled, "what the last run did needs no other one"


def test_a_folder_that_holds_something_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("mine")
    assert main.run(["demo", "-o", str(tmp_path)]) == ExitCode.USAGE
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]


def test_a_script_gets_one_document(tmp_path: Path) -> None:
    words = ["demo", "--json", "--clopos", "40", "--checkandplace", "40", "-o", str(tmp_path / "out")]
    done = subprocess.run([*PROGRAM, *words], capture_output=True, text=True, cwd=ROOT, check=False)
    assert done.returncode == ExitCode.DONE, done.stderr
    document = json.loads(done.stdout)
    assert [step["exit_code"] for step in document["steps"]] == [2, 0, 0, 0]
    assert Path(document["report"]).exists()
    assert len(document["edits"]) == 7
