"""`connector simulate` as a person or a script uses it: a process, real HTTP, a settings file that works."""

from __future__ import annotations

import json
import signal
import socket
import stat
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from connector.cli import main
from connector.cli.simulated import settings_text
from connector.config.load import load_settings
from connector.domain.errors import ExitCode
from connector.simulator.switchboard import describe_switches
from connector.simulator.world import World

COMMAND = [sys.executable, "-c", "from connector.cli.main import main; main()", "simulate", "--port", "0"]


@contextmanager
def simulated(*words: str) -> Iterator[tuple[subprocess.Popen[str], dict[str, Any]]]:
    process = subprocess.Popen([*COMMAND, "--json", *words], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        yield process, json.loads(process.stdout.readline())
    finally:
        process.kill()
        process.communicate()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_it_serves_what_it_prints_until_it_is_told_to_stop(number: signal.Signals, tmp_path: Path) -> None:
    file = tmp_path / "made.toml"
    words = ("--seed", "3", "--clopos", "12", "--checkandplace", "8", "--set", "CL-03=ignored", "--write", str(file))
    with simulated(*words) as (process, said):
        settings = load_settings(file, {})
        pair = settings.pair("demo")
        assert file.read_text() == said["settings"]
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
        known = {"client_id": pair.clopos.client_id, "client_secret": pair.clopos.client_secret}
        body = {key: secret.reveal() if hasattr(secret, "reveal") else secret for key, secret in known.items()}
        body |= {"brand": pair.clopos.brand, "integrator_id": said["credentials"]["clopos"]["integrator_id"]}
        token = httpx.post(f"{pair.clopos.base_url}/auth", json=body).json()
        assert token["success"] is True
        assert pair.checkandplace.base_url == said["checkandplace"]
        customers = httpx.get(said["control"] + "customers").json()
        assert (len(customers["clopos"]), len(customers["checkandplace"])) == (12, 8)
        assert httpx.get(said["control"] + "switches").json()["clopos"]["customers_sort"] == "ignored"
        process.send_signal(number)
        _, remarks = process.communicate(timeout=20)
        assert process.returncode == ExitCode.DONE, remarks
        assert "Traceback" not in remarks


def test_people_get_addresses_credentials_and_settings() -> None:
    process = subprocess.Popen(
        [*COMMAND, "--clopos", "3", "--checkandplace", "3"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    lines: list[str] = []
    while not lines or not lines[-1].startswith('timezone = "Europe'):
        lines.append(process.stdout.readline())
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=20)
    text = "".join(lines)
    assert "http://127.0.0.1:" in text
    assert "demo-access-token" in text
    assert "# connector.toml\n[state]\n" in text


def test_a_file_that_cannot_be_made_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = signal.getsignal(signal.SIGTERM)
    words = ["--port", "0", "--clopos", "1", "--checkandplace", "1", "--write", str(tmp_path / "no" / "file.toml")]
    assert main.run(["simulate", *words]) == ExitCode.USAGE
    signal.signal(signal.SIGTERM, before)
    assert "file.toml: No such file or directory" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["--set", "CL-03"], "is no setting: write ID=WORD"),
        (["--set", "CL-03=never"], "'never' is not one of honoured, ignored, 400"),
        (["--set", "XX-99=1"], "no such switch"),
        (["--shared", "500"], "cannot be on both sides"),
        (["--profile", "missing.toml"], "missing.toml: No such file"),
        (["--clopos", "-1"], "'--clopos'"),
        (["--port", "70000"], "'--port'"),
    ],
)
def test_wrong_wishes_are_answered_with_a_sentence(
    words: list[str], sentence: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main.run(["simulate", *words]) == ExitCode.USAGE
    assert sentence in capsys.readouterr().err


def test_a_taken_port_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    before = signal.getsignal(signal.SIGTERM)
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        assert main.run(["simulate", "--port", str(port), "--clopos", "1", "--checkandplace", "1"]) == ExitCode.USAGE
    signal.signal(signal.SIGTERM, before)
    assert f"port {port} cannot be used" in capsys.readouterr().err


def test_a_file_that_is_there_is_not_overwritten(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "mine.toml").write_text("mine")
    words = ["simulate", "--clopos", "1", "--checkandplace", "1", "--write", str(tmp_path / "mine.toml")]
    assert main.run(words) == ExitCode.USAGE
    assert (tmp_path / "mine.toml").read_text() == "mine"
    assert "not overwritten" in capsys.readouterr().err


def test_the_command_line_stands_over_the_profile(tmp_path: Path) -> None:
    profile = tmp_path / "profile.toml"
    profile.write_text('CL-03 = "400"\n[checkandplace]\nstore_zone = "UTC"\n')
    words = (
        "--clopos",
        "1",
        "--checkandplace",
        "1",
        "--profile",
        str(profile),
        "--set",
        "CL-03=ignored",
        "--no-limits",
    )
    with simulated(*words) as (_, said):
        switches = httpx.get(said["control"] + "switches").json()
        assert switches["clopos"]["customers_sort"] == "ignored"
        assert switches["checkandplace"]["store_zone"] == "UTC"
        assert switches["clopos"]["rate_limit"] == "off"
        assert 'timezone = "UTC"' in said["settings"]


def test_every_switch_is_listed(capsys: pytest.CaptureFixture[str]) -> None:
    assert main.run(["simulate", "--list", "--json"]) == ExitCode.DONE
    listed = json.loads(capsys.readouterr().out)
    assert [(row["id"], row["name"]) for row in listed] == [(row.id, row.name) for row in describe_switches()]
    assert main.run(["simulate", "--list"]) == ExitCode.DONE
    text = capsys.readouterr().out
    assert all(row.id in text for row in describe_switches())


@pytest.mark.parametrize("api", ["v2", "v1"])
@pytest.mark.parametrize("gender", ["1_male_2_female", "1_female_2_male"])
def test_the_settings_are_settings(api: str, gender: str, tmp_path: Path) -> None:
    world = World(clopos=1, checkandplace=1, shared=0, settings={"CP-13": gender})
    text = settings_text("http://127.0.0.1:1", world.credentials, world.switchboard.words(), api=api, pair="baku")
    (tmp_path / "connector.toml").write_text(text)
    pair = load_settings(tmp_path / "connector.toml", {}).pair("baku")
    assert pair.clopos.api == api
    assert pair.mode == "live"
    assert bool(pair.gender) is (gender == "1_male_2_female")
