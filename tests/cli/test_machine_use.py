"""As scripts use it: pipes that close, streams that are full or missing, no colours where none belong, completion."""

from __future__ import annotations

import json
import os
import re
import shlex
import subprocess
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from connector.cli.exit import PIPE_CLOSED
from connector.domain.errors import ExitCode
from tests.cli.workplace import PROGRAM, ROOT, Workplace, workplace

ESCAPE = "\x1b"


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workplace]:
    with workplace(tmp_path_factory.mktemp("machine"), clopos=40, checkandplace=40, shared=20, second_pair=True) as one:
        one.type("diff", "--pair", "main")
        yield one


def shell(place: Workplace, script: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """A line typed into bash, where `connector` is the program with the workplace's settings."""
    program = f'connector() {{ {shlex.join(PROGRAM)} --config "{place.config}" "$@"; }}\n'
    return subprocess.run(
        ["bash", "-c", program + script], stdin=subprocess.DEVNULL, capture_output=True, text=True, cwd=ROOT,
        env={**os.environ, **environment}, timeout=120, check=False,
    )  # fmt: skip


@pytest.mark.parametrize(
    "command", ["diff --pair main --all", "diff --pair main --json", "diff --pair main --format csv", "--help"]
)
def test_a_reader_that_goes_away_is_no_error(place: Workplace, command: str) -> None:
    """`| head -c 1`: nothing on stderr but what the command says anyway, and the exit code of a closed pipe."""
    done = shell(place, f"connector {command} | head -c 1; echo; echo ${{PIPESTATUS[0]}}")
    assert "Traceback" not in done.stderr
    assert "BrokenPipe" not in done.stderr
    assert "Exception ignored" not in done.stderr
    assert int(done.stdout.split()[-1]) in (PIPE_CLOSED, 0, 2)  # a short result is written before the reader is gone


def test_a_reader_that_never_was_ends_with_141(place: Workplace) -> None:
    done = shell(place, "connector diff --pair main --json | exec 0<&- sleep 0.01; echo ${PIPESTATUS[0]}")
    assert done.stdout.split()[-1] in (str(PIPE_CLOSED), "2")
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("command", ["runs list", "runs list --json", "diff --pair main --format csv"])
def test_a_full_disk_is_said(place: Workplace, command: str) -> None:
    done = shell(place, f"connector {command} > /dev/full; echo $?")
    assert done.stdout.strip() == str(int(ExitCode.FAILED))
    assert "The result cannot be written: No space left on device." in done.stderr
    assert "Traceback" not in done.stderr
    assert "mistake" not in done.stderr


def test_closed_streams_are_no_error(place: Workplace) -> None:
    assert shell(place, "connector runs list >&-; echo $?").stdout.strip() == "0"
    assert shell(place, "connector runs list 2>&-; echo $?").stdout.split()[-1] == "0"


def test_no_colours_in_pipes_and_with_no_color(place: Workplace) -> None:
    piped = shell(place, "connector runs list; connector diff --pair main", TERM="xterm-256color")
    assert ESCAPE not in piped.stdout + piped.stderr
    assert ESCAPE in place.at_the_screen("runs", "list", "--pair", "main").out
    bare = place.at_the_screen("runs", "list", "--pair", "main", NO_COLOR="1")
    assert not re.search(r"\x1b\[[0-9;]*3[0-7]m", bare.out)


def test_results_are_on_stdout_and_progress_is_not(place: Workplace) -> None:
    done = shell(place, "connector diff --pair main --json 2>/dev/null")
    assert json.loads(done.stdout)["exit_code"] == done.returncode == 2


@pytest.mark.parametrize(
    ("words", "found"),
    [
        (["dif"], ["diff"]),
        (["diff", "--form"], ["--format"]),
        (["diff", "--format", "ht"], ["html"]),
        (["diff", "--pair", ""], ["main", "other"]),
        (["diff", "--pair", "ma"], ["main"]),
        (["runs", "s"], ["show"]),
        (["runs", "show", "1"], ["1"]),
        (["runs", "show", "x"], []),
    ],
)
def test_completion(place: Workplace, words: Sequence[str], found: Sequence[str]) -> None:
    assert completed(place.config, words) == list(found)


def test_completion_without_settings_is_empty(tmp_path: Path) -> None:
    assert completed(tmp_path / "none.toml", ["diff", "--pair", ""]) == []
    assert completed(tmp_path / "none.toml", ["runs", "show", ""]) == []


def completed(config: Path, words: Sequence[str]) -> list[str]:
    """What bash is told for these words."""
    line = " ".join(["connector", *words])
    done = subprocess.run(
        PROGRAM, capture_output=True, text=True, cwd=ROOT, timeout=60, check=False,
        env={**os.environ, "CONNECTOR_CONFIG": str(config), "_CONNECTOR_COMPLETE": "complete_bash",
             "COMP_WORDS": line, "COMP_CWORD": str(len(words))},
    )  # fmt: skip
    assert done.stderr == ""
    return done.stdout.split()
