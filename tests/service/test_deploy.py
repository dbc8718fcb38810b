"""What runs the daemon elsewhere says what the daemon needs: unit, container, compose, and the script beside them."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections import defaultdict
from pathlib import Path
from typing import Any

import pytest
import yaml

from connector.domain.errors import ExitCode
from connector.service.daemon import Limits

ROOT = Path(__file__).resolve().parents[2]
DEPLOY = ROOT / "deploy"


def unit() -> dict[str, dict[str, list[str]]]:
    """The unit's sections; a key may stand more than once, which configparser would refuse."""
    sections: dict[str, dict[str, list[str]]] = {}
    current: dict[str, list[str]] = {}
    for line in (DEPLOY / "connector.service").read_text().splitlines():
        if line.startswith("["):
            current = sections.setdefault(line.strip("[]"), defaultdict(list))
        elif line and not line.startswith("#"):
            key, _, value = line.partition("=")
            current[key].append(value)
    return sections


def instructions() -> list[tuple[str, str]]:
    """The Containerfile's instructions with their continuation lines joined."""
    text = re.sub(r"\\\n\s*", "", (DEPLOY / "Containerfile").read_text())
    lines = [line for line in text.splitlines() if line and not line.startswith("#")]
    return [(line.split(" ", 1)[0], line.split(" ", 1)[1]) for line in lines]


def compose() -> dict[str, Any]:
    document = yaml.safe_load((DEPLOY / "compose.yaml").read_text())
    assert isinstance(document, dict)
    return document


def longest_stop() -> float:
    return (Limits().drain + Limits().abort).total_seconds()


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("Type", "notify"),
        ("ExecStart", "/opt/connector/.venv/bin/connector daemon"),
        ("User", "connector"),
        ("StateDirectory", "connector"),
        ("StateDirectoryMode", "0700"),
        ("EnvironmentFile", "-/etc/connector/secrets.env"),
        ("UMask", "0077"),
        ("ProtectSystem", "strict"),
        ("NoNewPrivileges", "yes"),
        ("CapabilityBoundingSet", ""),
        ("Restart", "on-failure"),
        ("KillSignal", "SIGTERM"),
    ],
)
def test_the_units_service(key: str, value: str) -> None:
    assert unit()["Service"][key] == [value]


def test_the_unit_finds_settings_and_state_where_it_may() -> None:
    environment = dict(line.split("=", 1) for line in unit()["Service"]["Environment"])
    assert environment["CONNECTOR_CONFIG"].startswith("/etc/")
    assert environment["CONNECTOR__STATE__URL"] == "sqlite:////var/lib/connector/connector.db"
    assert unit()["Install"]["WantedBy"] == ["multi-user.target"]


def test_nothing_is_started_again_that_starting_cannot_mend() -> None:
    codes = {int(code) for code in unit()["Service"]["RestartPreventExitStatus"][0].split()}
    assert codes == {ExitCode.USAGE, ExitCode.CREDENTIALS, ExitCode.CONFIG}


def test_everybody_waits_longer_for_the_stop_than_the_daemon_needs() -> None:
    assert int(unit()["Service"]["TimeoutStopSec"][0]) > longest_stop()
    grace = compose()["services"]["connector"]["stop_grace_period"]
    assert int(grace.removesuffix("s")) > longest_stop()
    found = re.search(r"--stop-timeout (\d+)", (DEPLOY / "README.md").read_text())
    assert found is not None
    assert int(found[1]) > longest_stop()


def test_signs_of_life_come_in_time() -> None:
    assert Limits().beat.total_seconds() * 2 < int(unit()["Service"]["WatchdogSec"][0])


def test_the_unit_is_whole_and_systemd_where_there_is_one_understands_it(tmp_path: Path) -> None:
    assert list(unit()) == ["Unit", "Service", "Install"]
    assert all(value for key, values in unit()["Unit"].items() for value in values), "an empty key"
    if shutil.which("systemd-analyze") is None:
        return
    text = (DEPLOY / "connector.service").read_text()
    text = re.sub(r"(?m)^ExecStart=.*$", "ExecStart=/bin/true", text)
    text = re.sub(r"(?m)^(User|Group)=.*$\n", "", text)
    (tmp_path / "connector.service").write_text(text)
    done = subprocess.run(
        ["systemd-analyze", "verify", tmp_path / "connector.service"], capture_output=True, text=True, check=False
    )
    assert str(tmp_path) not in done.stderr, done.stderr


def test_the_image_installs_by_hash_and_runs_without_root() -> None:
    steps = instructions()
    installs = [value for name, value in steps if name == "RUN" and "pip install" in value]
    for command in [part for value in installs for part in value.split("&&") if "pip install" in part]:
        assert "--require-hashes" in command or "--no-deps --no-index" in command
    assert all(value.startswith("docker.io/library/python:3.11-slim") for name, value in steps if name == "FROM")
    users = [value for name, value in steps if name == "USER"]
    assert users
    assert all(not user.startswith(("0", "root")) for user in users)
    assert steps.index(("USER", users[-1])) > max(number for number, step in enumerate(steps) if step[0] == "RUN")


def test_the_image_copies_only_what_exists() -> None:
    allowed = {line[1:] for line in (DEPLOY / "Containerfile.dockerignore").read_text().splitlines() if line[0] == "!"}
    for name, value in instructions():
        if name == "COPY" and not value.startswith("--from"):
            for source in value.split()[:-1]:
                assert (ROOT / source).exists(), source
                assert source in allowed, f"{source} is kept out by Containerfile.dockerignore"


def test_the_image_keeps_state_and_settings_outside() -> None:
    steps = dict(instructions())
    assert "/var/lib/connector" in steps["VOLUME"]
    assert "CONNECTOR_CONFIG=/etc/connector/connector.toml" in steps["ENV"]
    service = compose()["services"]["connector"]
    targets = [volume.split(":")[1] for volume in service["volumes"]]
    assert targets == ["/etc/connector/connector.toml", "/var/lib/connector"]


def test_compose_builds_this_image_and_gives_it_no_powers() -> None:
    service = compose()["services"]["connector"]
    assert (DEPLOY / service["build"]["context"] / service["build"]["dockerfile"]).resolve() == DEPLOY / "Containerfile"
    assert service["cap_drop"] == ["ALL"]
    assert service["read_only"] is True
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert "state" in compose()["volumes"]


def test_commands_run_with_what_the_service_has(tmp_path: Path) -> None:
    fake = tmp_path / "systemd-run"
    fake.write_text('#!/bin/sh\nprintf "%s\\n" "$@"\n')
    fake.chmod(0o755)
    path = f"{tmp_path}:{os.environ['PATH']}"
    done = subprocess.run(
        [DEPLOY / "connector-here", "tasks", "list"],
        capture_output=True, text=True, check=True, stdin=subprocess.DEVNULL, env={"PATH": path},
    )  # fmt: skip
    words = done.stdout.splitlines()
    service = unit()["Service"]
    for key in ("User", "UMask", "StateDirectory", "StateDirectoryMode", "WorkingDirectory", "EnvironmentFile"):
        assert f"--property={key}={service[key][0]}" in words
    for line in service["Environment"]:
        for_people = line.startswith("CONNECTOR__LOG__FORMAT=")  # the journal's form, not a terminal's
        assert (f"--setenv={line}" in words) is not for_people
    assert "--pipe" in words
    assert words[-2:] == ["tasks", "list"]
    assert Path(words[-3]).resolve().parent.name == "bin"
