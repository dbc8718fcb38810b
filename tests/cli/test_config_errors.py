"""Mistakes in the settings as a command shows them: one sentence with file, line, key and remedy; exit code 78."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path

import pytest

from connector.cli import frame, main
from connector.cli.output import Output
from connector.config import load_settings, open_secrets
from connector.config.mapping import default_mapping_path, load_mapping
from connector.domain.errors import ExitCode

GOOD = """\
[pairs.main]
region = "AZ"
timezone = "Asia/Baku"
mapping = "customer.toml"

[pairs.main.clopos]
client_id = "env:CLOPOS_CLIENT_ID"
client_secret = "file:secret.txt"
brand = "mycafe"
integrator_id = "cmd:echo integrator"

[pairs.main.checkandplace]
access_token = "token-not-to-be-shown"
"""
OTHER = GOOD.replace("pairs.main", "pairs.other")
OWN_STORE = OTHER.replace("token-not-to-be-shown", "another-token")


def check(config: frame.Config = None, json: frame.Json = False) -> ExitCode:
    """Does what every command does before its own work."""
    settings = load_settings(config, os.environ)
    open_secrets(settings, settings.pairs)
    for pair in settings.pairs.values():
        load_mapping(pair.mapping_file)
    Output(as_json=json).document({"pairs": list(settings.pairs), "state": settings.database_url()})
    return ExitCode.DONE


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with all that GOOD speaks of, and the command `check`."""
    monkeypatch.setattr(main._Commands, "table", (frame.Entry("check", f"{__name__}:check", "Samples", "Check."),))
    monkeypatch.setattr("connector.config.secrets.COMMAND_SECONDS", 0.3)
    monkeypatch.setenv("CLOPOS_CLIENT_ID", "id")
    monkeypatch.delenv("CONNECTOR_CONFIG", raising=False)
    monkeypatch.chdir(tmp_path)
    (tmp_path / "secret.txt").write_text("secret-not-to-be-shown\n")
    (tmp_path / "customer.toml").write_text(default_mapping_path().read_text("utf-8"), "utf-8")
    (tmp_path / "connector.toml").write_text(GOOD)
    return tmp_path


CASES = [
    # what issue the operator has, the text of the file, where it is told, a part of the remedy
    ("wrong-syntax", GOOD.replace('"AZ"', "AZ"), "line 2, pairs.main.region", "quotes"),
    ("unknown-key", GOOD.replace("brand", "brnd"), "line 9, pairs.main.clopos.brnd", "write brand"),
    ("missing-key", GOOD.replace('brand = "mycafe"\n', ""), "line 6, pairs.main.clopos.brand", "write brand ="),
    ("wrong-type", GOOD.replace('"mycafe"', "7"), "line 9, pairs.main.clopos.brand", 'brand = "mycafe"'),
    ("bad-zone", GOOD.replace("Asia/Baku", "Baku"), "line 3, pairs.main.timezone", "Asia/Baku"),
    ("bad-region", GOOD.replace('"AZ"', '"ZZ"'), "line 2, pairs.main.region", '"AZ"'),
    ("unset-env", GOOD.replace("env:CLOPOS_CLIENT_ID", "env:NOT_SET"), "line 7, pairs.main.clopos.client_id",
     "set NOT_SET"),
    ("missing-file", GOOD.replace("secret.txt", "none.txt"), "line 8, pairs.main.clopos.client_secret",
     "write the secret into it"),
    ("missing-mapping", GOOD.replace("customer.toml", "none.toml"), "line 4, pairs.main.mapping", "existing file"),
    ("failing-command", GOOD.replace("echo integrator", "false"), "line 10, pairs.main.clopos.integrator_id",
     "run it by hand"),
    ("slow-command", GOOD.replace("echo integrator", "sleep 9"), "line 10, pairs.main.clopos.integrator_id",
     "answers at once"),
    ("two-pairs-one-name", GOOD + GOOD, "line 14, pairs.main", "rename one"),
    ("one-store-two-pairs", GOOD + OTHER, "line 26, pairs.other.checkandplace.access_token", "another store"),
    ("keys-of-v2-in-v1", GOOD.replace("brand", 'api = "v1"\nvenue_id = 1\nbrand'),
     "line 12, pairs.main.clopos.integrator_id", 'api = "v2"'),
    ("keys-of-v1-in-v2", GOOD.replace("brand", 'stage = "x"\nbrand'), "line 9, pairs.main.clopos.stage", 'api = "v1"'),
]  # fmt: skip


def told(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str]:
    """(exit code, the sentence on stderr)."""
    code = main.run(["check", *words])
    out, err = capsys.readouterr()
    assert "not-to-be-shown" not in out + err
    assert "Traceback" not in err
    sentence, *rest = err.splitlines() or [""]
    assert all(line.startswith("  Next: ") for line in rest)
    return code, sentence.removeprefix("connector: ") if code else out


@pytest.mark.parametrize(("text", "place", "remedy"), [case[1:] for case in CASES], ids=[case[0] for case in CASES])
def test_a_mistake(folder: Path, capsys: pytest.CaptureFixture[str], text: str, place: str, remedy: str) -> None:
    (folder / "connector.toml").write_text(text)
    code, sentence = told(capsys)
    assert code == ExitCode.CONFIG
    assert sentence.startswith(f"connector.toml, {place}: ")
    assert remedy in sentence.rpartition("; ")[2]
    assert re.fullmatch(r"[^\n]+\.", sentence)
    assert ". " not in sentence


def test_an_unknown_field_in_the_mapping(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    mapping = folder / "customer.toml"
    lines = mapping.read_text("utf-8").split("\n")
    at = next(number for number, line in enumerate(lines) if line == 'read = { text = "name" }')
    lines[at] = 'read = { text = "nmae" }'
    mapping.write_text("\n".join(lines), "utf-8")
    code, sentence = told(capsys)
    assert code == ExitCode.CONFIG
    assert f"{mapping}, line {at + 1}" in sentence or f"{mapping}:{at + 1}" in sentence
    assert "fields.name.clopos.read" in sentence
    assert "nmae" in sentence


def test_all_is_well(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "connector.toml").write_text(GOOD + OWN_STORE)
    code, out = told(capsys, "--json")
    assert code == ExitCode.DONE
    assert json.loads(out) == {"pairs": ["main", "other"], "state": f"sqlite:///{folder}/connector.db"}


def test_no_file_says_how_to_get_one(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "connector.toml").unlink()
    code, sentence = told(capsys)
    assert code == ExitCode.CONFIG
    assert sentence.startswith("connector.toml: there is no such file; write one with `connector init`")
    code, sentence = told(capsys, "--config", "other.toml")
    assert (code, sentence.partition(":")[0]) == (ExitCode.CONFIG, "other.toml")


def test_a_mistake_in_the_environment_names_the_variable(
    folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CONNECTOR__PAIRS__MAIN__REGION", "ZZ")
    code, sentence = told(capsys)
    assert code == ExitCode.CONFIG
    assert sentence.startswith("environment variable CONNECTOR__PAIRS__MAIN__REGION, pairs.main.region: ")


def test_the_same_as_json(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "connector.toml").write_text(GOOD.replace('"AZ"', '"ZZ"'))
    assert main.run(["check", "--json"]) == ExitCode.CONFIG
    error = json.loads(capsys.readouterr().err)["error"]
    assert error["code"] == "config-bad-value"
    assert error["message"].startswith("connector.toml, line 2, pairs.main.region: ")
    assert (error["next"], error["exit_code"]) == ("connector doctor", 78)
