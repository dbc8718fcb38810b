"""What README and deploy/ tell people and machines to call exists in the table of commands."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

from connector.cli.commands import COMMANDS
from tests.cli.test_repository_readme import TEXT, first_diff
from tests.service.test_deploy import compose, instructions, unit

DEPLOY = Path(__file__).resolve().parents[2] / "deploy"
NAMES = {entry.name for entry in COMMANDS}


def test_the_readmes_commands_exist() -> None:
    called = {words[1] for words in first_diff() if words[0].endswith("connector")}
    called |= set(re.findall(r"`connector ([a-z]+)", TEXT))
    assert "diff" in called
    assert called <= NAMES


def test_the_commands_that_deploy_calls_exist() -> None:
    steps, pages = dict(instructions()), (DEPLOY / "README.md").read_text()
    called = {
        shlex.split(unit()["Service"]["ExecStart"][0])[1],
        *re.findall(r'CMD \["connector", "([a-z]+)"', steps["HEALTHCHECK"]),
        *re.findall(r'"([a-z]+)"', steps["CMD"]),
        *compose()["services"]["connector"]["command"],
        *re.findall(r"connector-here ([a-z]+)", pages),
        *re.findall(r"exec connector connector ([a-z]+)", pages),
    }
    assert {"daemon", "status"} <= called
    assert called <= NAMES
