"""The README promises: few commands to a first comparison, true exit codes, files and commands that exist."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest

from connector.cli.commands import COMMANDS
from connector.cli.exit import INTERRUPTED
from connector.cli.frame import load
from connector.domain.errors import WORST_FIRST, ExitCode

ROOT = Path(__file__).resolve().parents[2]
TEXT = (ROOT / "README.md").read_text(encoding="utf-8")
MOST_COMMANDS = 6


def first_diff() -> list[list[str]]:
    """The commands of the way to a first comparison, as words."""
    part = TEXT.split("<!-- first diff: begin -->")[1].split("<!-- first diff: end -->")[0]
    blocks = re.findall(r"```sh\n(.*?)```", part, re.DOTALL)
    return [shlex.split(line) for block in blocks for line in block.splitlines() if line.strip()]


def test_the_way_to_a_first_comparison_is_short() -> None:
    commands = first_diff()
    assert len(commands) <= MOST_COMMANDS
    assert not any(word in ("&&", ";", "|") for command in commands for word in command), "two commands on one line"
    assert commands[-1][-1] == "diff"
    made = [word for command in commands for word in command if word.endswith((".toml", ".env"))]
    assert made == [], "no second file to edit"


def test_the_exit_codes_are_those_of_the_program() -> None:
    table = {int(code) for code in re.findall(r"(?m)^\| (\d+) \| ", TEXT)}
    assert table == {int(code) for code in ExitCode} | {INTERRUPTED}
    order = re.search(r"in the order ([\d, ]+)\.", TEXT)
    assert order is not None
    assert [int(code) for code in order[1].split(",")] == [int(code) for code in WORST_FIRST]


@pytest.mark.parametrize("page", ["README.md", "deploy/README.md", "CHANGELOG.md", "docs/ARCHITECTURE.md"])
def test_links_lead_somewhere(page: str) -> None:
    text = (ROOT / page).read_text(encoding="utf-8")
    for target in re.findall(r"\]\(([^)#]+)(?:#[^)]*)?\)", text):
        if "://" not in target:
            assert ((ROOT / page).parent / target).exists(), target


def test_it_says_what_cannot_work() -> None:
    part = TEXT.split("## What cannot work")[1].split("\n## ")[0]
    assert "no way to change a customer" in part
    assert "assume" in part
    assert TEXT.index("## What cannot work") < TEXT.index("```sh"), "before the first command"


def test_it_says_truly_which_command_takes_which_shared_option() -> None:
    alone = {"--config": {"demo", "simulate"}, "--pair": {"init", "db", "demo", "simulate"}}
    for entry in COMMANDS:
        command = load(entry)
        for inner in getattr(command, "commands", {}).values() or [command]:
            taken = {option for parameter in inner.params for option in parameter.opts}
            for option in ("--config", "--pair", "--json", "--verbose"):
                assert (option in taken) is (entry.name not in alone.get(option, ())), (entry.name, inner.name, option)
    (line,) = (line for line in TEXT.splitlines() if "takes no `--pair`" in line)
    said = line.split("takes no `--pair`")[1].split(".")[0]
    assert set(re.findall(r"`([a-z]+)`", said)) == alone["--pair"]
