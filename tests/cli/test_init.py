"""`connector init`: a file that loads, asked for or given, never over another one."""

from __future__ import annotations

import json
import stat
from pathlib import Path

import pytest

from connector.cli import main
from connector.config.load import load_settings
from connector.domain.errors import ExitCode
from tests.cli.workplace import at_the_screen

GIVEN = [
    "--brand",
    "mycafe",
    "--region",
    "AZ",
    "--timezone",
    "Asia/Baku",
    "--checkandplace-timezone",
    "Europe/Istanbul",
]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("CONNECTOR_CONFIG", raising=False)
    return tmp_path


def test_what_it_writes_is_read_only_private_and_names_no_secret(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main.run(["init", *GIVEN]) == ExitCode.DONE
    file = folder / "connector.toml"
    settings = load_settings(file, {})
    pair = settings.pair("main")
    assert pair.mode == "read-only"
    assert (pair.clopos.brand, pair.region, pair.timezone) == ("mycafe", "AZ", "Asia/Baku")
    assert pair.checkandplace.timezone == "Europe/Istanbul"
    assert {secret.kind for secret in pair.secrets().values()} == {"env"}
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    said = capsys.readouterr().out
    assert said.index("connector doctor") < said.index("connector diff")


def test_the_questions_are_asked_until_the_answer_will_do(folder: Path) -> None:
    said = at_the_screen(
        ["init"], cwd=folder,
        answers=[
            ("exactly as Clopos writes it", "mycafe"),
            ("two letters [AZ]", "Azerbaijan"),
            ("two letters [AZ]", ""),
            ("Time zone of the restaurant [Asia/Baku]", "Baku"),
            ("Time zone of the restaurant [Asia/Baku]", ""),
            ("for example Europe/Istanbul", "Europe/Istanbul"),
        ],
    )  # fmt: skip
    assert said.code == ExitCode.DONE, said.out
    pair = load_settings(folder / "connector.toml", {}).pair("main")
    assert (pair.region, pair.timezone, pair.checkandplace.timezone) == ("AZ", "Asia/Baku", "Europe/Istanbul")
    assert "region: " in said.out
    assert "timezone: " in said.out


def test_special_cases_are_options(folder: Path) -> None:
    words = ["--name", "baku", "--calling-code", "994", "--calling-code", "90", "--api", "v1", "--venue-id", "7"]
    urls = ["--clopos-url", "http://127.0.0.1:9/open-api", "--checkandplace-url", "http://127.0.0.1:9"]
    assert main.run(["--config", "other.toml", "init", *GIVEN, *words, *urls]) == ExitCode.DONE
    pair = load_settings(folder / "other.toml", {}).pair("baku")
    assert (pair.calling_codes, pair.clopos.api, pair.clopos.venue_id) == (("994", "90"), "v1", "7")
    assert pair.checkandplace.base_url == "http://127.0.0.1:9"


def test_the_variable_names_the_file_too(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CONNECTOR_CONFIG", str(folder / "named.toml"))
    assert main.run(["init", *GIVEN]) == ExitCode.DONE
    assert (folder / "named.toml").exists()


def test_a_file_that_is_there_stays_as_it_is(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "connector.toml").write_text("mine")
    assert main.run(["init", *GIVEN]) == ExitCode.CONFIG
    assert (folder / "connector.toml").read_text() == "mine"
    said = capsys.readouterr().err
    assert "is there already, and is not overwritten" in said
    another = said.rstrip().split("or for another file: connector ")[1].split()
    assert another == ["init", "--config", "connector-2.toml"]
    assert main.run([*another, *GIVEN]) == ExitCode.DONE
    assert (folder / "connector-2.toml").exists()


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["--region", "Azerbaijan"], "region: "),
        (["--timezone", "Baku"], "timezone: "),
        (["--api", "v3"], "api: "),
        (["--clopos-url", "ftp://somewhere"], "clopos_url: "),
        (["--name", "two words"], "pair: "),
    ],
)
def test_a_bad_answer_is_said_before_anything_is_asked(
    folder: Path, words: list[str], told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main.run(["init", *words]) == ExitCode.USAGE
    assert told in capsys.readouterr().err
    assert list(folder.iterdir()) == []


def test_without_a_terminal_the_missing_option_is_named(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main.run(["init", *GIVEN[:6]]) == ExitCode.USAGE
    said = capsys.readouterr().err
    assert "--checkandplace-timezone: it is missing, and there is no terminal to ask on" in said
    assert "Next: connector init --help" in said
    assert list(folder.iterdir()) == []


def test_a_folder_that_is_not_there_is_said(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main.run(["--config", "no/connector.toml", "init", *GIVEN, "--json"]) == ExitCode.CONFIG
    error = json.loads(capsys.readouterr().err)["error"]
    assert error["code"] == "config-unwritable"
    assert error["message"] == "no/connector.toml cannot be written: the folder no does not exist."
    assert error["next"].startswith("mkdir -p no, ")


def test_a_script_gets_the_path(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main.run(["init", *GIVEN, "--json"]) == ExitCode.DONE
    assert json.loads(capsys.readouterr().out) == {"file": str(folder / "connector.toml"), "pair": "main"}
