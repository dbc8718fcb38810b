"""What every command shares: names, shared options, exit codes, sentences, streams."""

from __future__ import annotations

import json
import signal
import subprocess
import sys

import pytest

from connector.cli import commands, frame, main
from connector.domain.errors import ExitCode

SAMPLES = "tests.cli.sample_commands"
TABLE = tuple(
    frame.Entry(name, f"{SAMPLES}:{attribute}", "Samples", f"Line of {name}.")
    for name, attribute in {
        "differs": "differs", "nothing": "nothing", "failing": "failing", "endless": "endless",
        "endless-json": "endless_json", "waiting": "waiting", "things": "group",
    }.items()
)  # fmt: skip
IN_A_PROCESS = """
import sys
from connector.cli import main
from tests.cli.test_frame import TABLE
main._Commands.table = TABLE
main.main()
"""


@pytest.fixture(autouse=True)
def sample_table(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(main._Commands, "table", TABLE)


def started(*words: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", IN_A_PROCESS, *words]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (["nothing"], ExitCode.DONE),
        (["differs"], ExitCode.DIFFERENCES),
        (["things", "show", "7"], ExitCode.DONE),
        (["--help"], ExitCode.DONE),
        (["failing", "--help"], ExitCode.DONE),
        (["--version"], ExitCode.DONE),
        ([], ExitCode.USAGE),
        (["things"], ExitCode.USAGE),
        (["nothign"], ExitCode.USAGE),
        (["nothing", "--unknown"], ExitCode.USAGE),
        (["nothing", "surplus"], ExitCode.USAGE),
        (["failing"], ExitCode.USAGE),
        (["things", "show", "seven"], ExitCode.USAGE),
        (["--config"], ExitCode.USAGE),
        (["failing", "auth"], ExitCode.CREDENTIALS),
        (["failing", "async"], ExitCode.CREDENTIALS),
        (["failing", "group"], ExitCode.CONFIG),
        (["failing", "bug"], ExitCode.FAILED),
        (["failing", "declined"], ExitCode.FAILED),
        (["failing", "exit"], ExitCode.LOCKED),
        (["failing", "interrupt"], 130),
    ],
)
def test_exit_codes(words: list[str], code: int, capsys: pytest.CaptureFixture[str]) -> None:
    assert main.run(words) == code
    assert "Traceback" not in capsys.readouterr().err


def test_a_wrong_word_is_answered_with_the_next_command(capsys: pytest.CaptureFixture[str]) -> None:
    main.run(["nothign"])
    main.run(["things", "show", "seven"])
    said = capsys.readouterr()
    assert said.out == ""
    assert "Did you mean 'nothing'" in said.err
    assert "Next: connector --help\n" in said.err
    assert "Next: connector things show --help\n" in said.err


def test_an_error_is_one_sentence_and_the_next_step(capsys: pytest.CaptureFixture[str]) -> None:
    main.run(["failing", "auth"])
    said = capsys.readouterr()
    assert said.err == "connector: Clopos refuses the credentials.\n  Next: do this\n"
    assert said.out == ""


@pytest.mark.parametrize("words", [["failing", "auth", "--verbose"], ["-v", "failing", "auth"]])
def test_verbose_adds_the_engineers_sentence(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    main.run(words)
    assert "  auth-refused: 401 at /auth\n" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "code", "exit_code"),
    [
        (["failing", "auth", "--json"], "auth-refused", 77),
        (["--json", "failing", "auth"], "auth-refused", 77),
        (["failing", "--json", "bug"], "internal", 1),
        (["failing", "--json"], "usage", 64),
        (["--json", "unknown"], "usage", 64),
    ],
)
def test_errors_as_json(words: list[str], code: str, exit_code: int, capsys: pytest.CaptureFixture[str]) -> None:
    assert main.run(words) == exit_code
    said = capsys.readouterr()
    error = json.loads(said.err)["error"]
    assert said.out == ""
    assert set(error) == {"code", "message", "detail", "next", "exit_code"}
    assert (error["code"], error["exit_code"]) == (code, exit_code)


@pytest.mark.parametrize("option", ["--verbose", "--json"])
def test_a_mistake_of_ours_names_its_place_and_no_guest(option: str, capsys: pytest.CaptureFixture[str]) -> None:
    main.run(["failing", "bug", option])
    said = capsys.readouterr().err
    assert "LookupError" in said
    assert "sample_commands.py" in said
    assert "Leyla" not in said
    assert "994" not in said


@pytest.mark.parametrize(
    ("words", "config", "pairs"),
    [
        ([], None, None),
        (["--config", "a.toml"], "a.toml", None),
        (["-c", "a.toml", "-p", "baku", "--pair", "ganja"], "a.toml", ["baku", "ganja"]),
    ],
)
def test_shared_options_stand_before_or_after_the_command(
    words: list[str], config: str | None, pairs: list[str] | None, capsys: pytest.CaptureFixture[str]
) -> None:
    for line in (["differs", *words], [*words, "differs"]):
        main.run(line)
        facts = json.loads(capsys.readouterr().out)
        assert (facts["config"], facts["pairs"]) == (config, pairs)


def test_what_stands_after_the_command_wins(capsys: pytest.CaptureFixture[str]) -> None:
    main.run(["--config", "a.toml", "--pair", "baku", "--json", "differs", "--config", "b.toml", "--verbose"])
    facts = json.loads(capsys.readouterr().out)
    assert facts == {"config": "b.toml", "pairs": ["baku"], "json": True, "verbose": True}


def test_one_runs_options_are_forgotten_in_the_next(capsys: pytest.CaptureFixture[str]) -> None:
    main.run(["--config", "a.toml", "differs"])
    capsys.readouterr()
    main.run(["differs"])
    assert json.loads(capsys.readouterr().out)["config"] is None


def test_the_list_of_commands_loads_none_of_them() -> None:
    script = IN_A_PROCESS.replace("main.main()", f"main.run(['--help']); print({SAMPLES!r} in sys.modules)")
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert "Line of things." in done.stdout
    assert done.stdout.endswith("False\n")


def test_starting_loads_no_database_client_or_server() -> None:
    heavy = ("sqlalchemy", "httpx", "pydantic", "starlette", "uvicorn", "apscheduler", "phonenumbers")
    script = f"import connector.cli.main, sys; print([name for name in {heavy!r} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


@pytest.mark.parametrize("command", ["endless", "endless-json"])
def test_a_reader_that_leaves_ends_the_command_in_silence(command: str) -> None:
    process = started(command)
    assert process.stdout is not None
    assert process.stdout.readline()
    process.stdout.close()
    _, said = process.communicate(timeout=20)
    assert (process.returncode, said) == (141, "")


def test_help_into_a_closed_pipe_is_silent_too() -> None:
    process = started("--help")
    assert process.stdout is not None
    process.stdout.close()
    _, said = process.communicate(timeout=20)
    assert (process.returncode, said) == (141, "")


def test_the_shell_can_complete_names_of_commands(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in (("_CONNECTOR_COMPLETE", "complete_bash"), ("COMP_WORDS", "connector no"), ("COMP_CWORD", "1")):
        monkeypatch.setenv(name, value)
    process = started()
    assert process.communicate(timeout=20) == ("nothing\n", "")
    assert process.returncode == 0


def test_ctrl_c_is_130_without_a_traceback() -> None:
    process = started("waiting")
    assert process.stdout is not None
    assert process.stdout.readline() == '"ready"\n'
    process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=20)
    assert process.returncode == 130
    assert said == "\nconnector: stopped by you.\n"


def test_every_command_of_the_table_loads_and_has_help(capsys: pytest.CaptureFixture[str]) -> None:
    names = [entry.name for entry in commands.COMMANDS]
    assert len(set(names)) == len(names)
    for entry in commands.COMMANDS:
        assert frame.load(entry).name == entry.name
        assert entry.help.endswith(".")
