"""Who works with `--config other.toml` is told commands that name that file: typed as they stand, they work on the same
restaurant."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import pytest
from rich.text import Text

from connector.cli import main, nextstep
from connector.domain.errors import ExitCode
from tests.cli.workplace import Workplace, workplace


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Workplace]:
    """A restaurant whose settings are not the ones that a command finds by itself; the pair is `main`."""
    monkeypatch.delenv("CONNECTOR_CONFIG", raising=False)
    with workplace(tmp_path) as found:
        found.config.rename(tmp_path / "other cafe.toml")
        monkeypatch.chdir(tmp_path)
        yield found


OTHER = "--config 'other cafe.toml'"


def typed(capsys: pytest.CaptureFixture[str], line: str) -> tuple[int, str]:
    """A command line as a shell takes it: exit code, and all that was said."""
    capsys.readouterr()
    code = main.run(shlex.split(line))
    shown = capsys.readouterr()
    return code, shown.out + shown.err


@pytest.mark.usefixtures("place")
def test_status_names_the_settings_file_in_the_command_that_leads_on(capsys: pytest.CaptureFixture[str]) -> None:
    assert typed(capsys, f"diff {OTHER} -o plan.json")[0] == ExitCode.DIFFERENCES
    _code, said = typed(capsys, "status -c 'other cafe.toml'")
    assert f"connector {OTHER} backfill --pair main" in said
    _code, said = typed(capsys, "status")
    assert "connector init" in said, "without the file it is another place"


def test_every_step_of_the_way_can_be_typed_as_it_stands(place: Workplace, capsys: pytest.CaptureFixture[str]) -> None:
    line, seen = f"diff {OTHER} -o plan.json", []
    for _step in range(3):
        code, said = typed(capsys, line)
        assert code in (ExitCode.DIFFERENCES, ExitCode.REFUSED, ExitCode.DONE), said
        found = re.findall(r"connector (--config '[^']+' [a-z][^\n(,]*)", said)
        assert found, said
        line = found[-1].strip()
        seen.append(line)
    assert seen[:2] == [f"{OTHER} backfill --pair main", f"{OTHER} backfill --pair main --yes"]
    assert place.writes()
    assert seen[2] == f"{OTHER} sync --pair main from time to time"


@pytest.mark.usefixtures("place")
def test_documents_and_errors_for_programs_carry_it_too(capsys: pytest.CaptureFixture[str]) -> None:
    capsys.readouterr()
    assert main.run(shlex.split(f"sync {OTHER} --json")) == ExitCode.REFUSED
    shown = capsys.readouterr()
    wanted = f"connector {OTHER} backfill --pair main"
    assert json.loads(shown.out)["pairs"][0]["error"]["next"] == json.loads(shown.err)["error"]["next"] == wanted


def test_a_wrong_settings_file_is_checked_again_itself(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "typo.toml").write_text("[pears.main]\n")
    assert "Next: connector --config typo.toml doctor" in typed(capsys, "doctor -c typo.toml")[1]
    (tmp_path / "connector.toml").write_text("[pears.main]\n")
    assert "Next: connector doctor" in typed(capsys, "doctor -c connector.toml")[1], "the default is not said"


def test_a_settings_file_that_is_not_there_is_the_one_to_be_written(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    said = typed(capsys, "status -c nothere.toml")[1]
    assert "Next: connector init --config nothere.toml" in said
    assert "write one with `connector init --config nothere.toml`" in said


def test_a_wrong_mapping_is_checked_again_itself(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "new 3.toml"
    for text in ("[[fields]\n", "wrong = 1\n"):
        file.write_text(text)
        assert f"Next: connector mapping check '{file}'" in typed(capsys, f"mapping check '{file}'")[1]


def test_wrong_examples_are_tried_again_by_the_test_of_their_mapping(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    from connector.config.mapping import default_mapping_path

    file = tmp_path / "new.toml"
    file.write_text(default_mapping_path().read_text("utf-8"), "utf-8")
    file.with_name("new.examples.toml").write_text("[[examples]\n")
    assert f"Next: connector mapping test {file}\n" in typed(capsys, f"mapping test {file}")[1]


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("connector sync", "connector --config o.toml sync"),
        ("Run connector sync, then connector links list", "Run connector --config o.toml sync, then connector "
         "--config o.toml links list"),
        ("connector doctor --config x.toml", "connector doctor --config x.toml"),
        ("connector doctor --config x, or connector sync", "connector doctor --config x, or connector "
         "--config o.toml sync"),
        ("the connector runs every hour", "the connector runs every hour"),
        ("/etc/connector sync.toml", "/etc/connector sync.toml"),
        ("connector simulate", "connector simulate"),
        ("", ""),
    ],
)  # fmt: skip
def test_where_the_file_is_said(text: str, wanted: str) -> None:
    token = nextstep.use(Path("o.toml"))
    try:
        assert nextstep.carried(text) == wanted
        styled = nextstep.carried_text(Text(text, style="bold"))
        assert (styled.plain, str(styled.style)) == (wanted, "bold")
        assert nextstep.carried(wanted) == wanted, "once is enough"
        assert nextstep.carried_steps({"next": [text], "note": text, "in": [{"next_step": text}]}) == {
            "next": [wanted], "note": text, "in": [{"next_step": wanted}],
        }  # fmt: skip
    finally:
        nextstep.back_to(token)
    assert nextstep.carried(text) == text
