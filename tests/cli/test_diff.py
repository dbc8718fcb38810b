"""`connector diff`: what it reads, what it shows to whom, and how it ends."""

from __future__ import annotations

import json
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from connector.cli.printing import CLEAR
from connector.domain.errors import ExitCode
from tests.cli.workplace import Workplace, workplace


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Workplace]:
    with workplace(tmp_path) as found:
        yield found


def test_it_only_reads_and_says_what_would_change(place: Workplace) -> None:
    said = place.type("diff")
    assert said.code == ExitCode.DIFFERENCES, said.err
    assert "Nothing was changed: this is a preview." in said.out
    assert "connector backfill --pair main" in said.out
    assert {(entry.method, entry.path.rsplit("/", 1)[-1]) for entry in place.sent()} == {
        ("POST", "auth"), ("GET", "customers"),
    }  # fmt: skip


def test_nothing_is_different_after_a_backfill(place: Workplace) -> None:
    place.backfilled()
    said = place.type("diff")
    assert said.code == ExitCode.DONE
    assert "waiting since" in said.out or "Nothing to send" in said.out, "what is queued is listed, and does not count"


def test_a_pipe_gets_masked_names_unless_they_are_asked_for(place: Workplace) -> None:
    masked, clear = place.type("diff", "--all").out, place.type("diff", "--all", "--show-pii").out
    assert not [name for name in place.names() if name in masked]
    assert [name for name in place.names() if name in clear]


def test_a_screen_shows_names_and_80_columns_are_enough(place: Workplace) -> None:
    said = place.at_the_screen("diff", "--all")
    assert said.code == ExitCode.DIFFERENCES
    assert [name for name in place.names() if name in said.out]
    hidden = place.at_the_screen("diff", "--all", "--mask-pii")
    assert not [name for name in place.names() if name in hidden.out.split("What would change")[1]]


def test_the_document_is_one_json_for_all_pairs(place: Workplace) -> None:
    said = place.type("diff", "--json")
    document = said.json
    assert document["exit_code"] == said.code == ExitCode.DIFFERENCES
    (report,) = document["pairs"]
    assert report["masked"] is True
    assert report["report"]["pair"] == "main"
    assert report["summary"]["differs"] is True
    assert len(report["entries"]) > 20, "JSON is never cut short"
    assert document["errors"] == []
    assert place.type("diff", "--format", "json").json["pairs"][0]["summary"] == report["summary"]


@pytest.mark.parametrize(
    ("form", "name", "first"),
    [("terminal", "report.txt", CLEAR), ("json", "report.json", '{"pairs": ['), ("html", "report.html", "<!doctype")],
)
def test_a_file_is_whole_private_and_in_the_clear(place: Workplace, form: str, name: str, first: str) -> None:
    file = place.folder / name
    said = place.type("diff", "--format", form, "-o", str(file), "--all")
    assert said.code == ExitCode.DIFFERENCES, said.err
    assert said.out == ""
    assert f"Written to {file}" in said.err
    text = file.read_text()
    assert text.lower().startswith(first.lower())
    assert [who for who in place.names() if who in text]
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    if form == "json":
        assert json.loads(text)["pairs"][0]["masked"] is False
    if form == "html":
        assert "personal data" in text
    assert not list(place.folder.glob(".report*")), "no half file stays"


def test_a_file_that_cannot_be_written_is_said_before_anything_is_read(place: Workplace) -> None:
    said = place.type("diff", "-o", str(place.folder / "no" / "file.txt"))
    assert said.code == ExitCode.FAILED
    folder = place.folder / "no"
    assert f"file.txt cannot be written: the folder {folder} does not exist." in said.err
    assert f"Next: mkdir -p {folder}, then the same command again" in said.err
    assert place.sent() == []


def test_a_run_that_fails_leaves_no_file(place: Workplace) -> None:
    place.world.set("clopos.client_disabled", "401")
    said = place.type("diff", "-o", str(place.folder / "report.txt"))
    assert said.code == ExitCode.CREDENTIALS
    assert sorted(path.name for path in place.folder.iterdir() if "report" in path.name) == []


@pytest.mark.parametrize("words", [["--format", "html", "--json"], ["--format", "paper"], ["--pair"]])
def test_wishes_that_contradict_are_wrong_usage(place: Workplace, words: list[str]) -> None:
    assert place.type("diff", *words).code == ExitCode.USAGE
    assert place.sent() == []


class TestSeveralPairs:
    @pytest.fixture
    def two(self, tmp_path: Path) -> Iterator[Workplace]:
        with workplace(tmp_path, second_pair=True) as found:
            yield found

    def test_the_worst_code_counts_and_the_others_go_on(self, two: Workplace) -> None:
        said = two.type("diff", "--json")
        assert said.code == ExitCode.FAILED
        assert [report["report"]["pair"] for report in said.json["pairs"]] == ["main"]
        assert [(error["pair"], error["exit_code"]) for error in said.json["errors"]] == [("other", 1)]
        assert json.loads(said.err.splitlines()[-1])["error"]["exit_code"] == 1

    def test_a_page_is_of_one_pair(self, two: Workplace) -> None:
        assert two.type("diff", "--format", "html").code == ExitCode.USAGE
        two.type("diff", "--format", "html", "-o", str(two.folder / "report.html"))
        assert [path.name for path in two.folder.glob("*.html")] == ["report-main.html"]

    def test_one_pair_can_be_named(self, two: Workplace) -> None:
        assert two.type("diff", "--pair", "main").code == ExitCode.DIFFERENCES
        unknown = two.type("diff", "--pair", "mian")
        assert unknown.code == ExitCode.USAGE
        assert 'write "main"' in unknown.err
