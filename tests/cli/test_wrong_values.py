"""A wrong value on the command line is told in words of ours, and no error carries the name of one of Python's."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from connector.cli import main
from connector.config.mapping import load_mapping
from connector.domain.errors import ConfigError, ExitCode

ROOT = Path(__file__).resolve().parents[2]
TOLD = {
    "tasks list --language de": "'de' is not one of 'en', 'az', 'ru', 'tr'.",
    "diff --format doc": "'doc' is not one of 'terminal', 'json', 'html', 'markdown', 'csv', 'xlsx'.",
    "conflicts resolve 1 --take both": "'both' is not one of 'clopos', 'checkandplace', 'different'.",
    "backfill --expect-clopos -3": "write 0 or more",
    "apply plan.json --first 0": "write 1 or more",
    "runs show last": "write a whole number",
    "simulate --port http": "write a whole number",
}


@pytest.mark.parametrize("words", TOLD)
def test_a_wrong_value_is_told_plainly(words: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main.run(words.split()) == ExitCode.USAGE
    said = capsys.readouterr().err.splitlines()[0]
    assert said.startswith("connector: Invalid value for ")
    told, wanted = said.split("': ", 1)[1], TOLD[words]
    assert sorted(re.findall(r"[\w']+", told)) == sorted(re.findall(r"[\w']+", wanted)), "whatever the order of words"


@pytest.mark.parametrize(("content", "why"), [(None, "there is no such file"), (b"\xff", "it is not UTF-8 text")])
def test_a_mapping_that_cannot_be_read_says_why(tmp_path: Path, content: bytes | None, why: str) -> None:
    path = tmp_path / "customer.toml"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(ConfigError) as caught:
        load_mapping(path)
    assert f"cannot be read: {why};" in caught.value.manager
    assert "Error" not in caught.value.manager


def test_one_spelling_of_cannot() -> None:
    spelled = re.compile(r"\bcan not\b(?! only)", re.IGNORECASE)
    found = [
        path.relative_to(ROOT)
        for pattern in ("connector/**/*.py", "docs/*.md", "README.md", "mappings/*.toml")
        for path in ROOT.glob(pattern)
        if spelled.search(path.read_text(encoding="utf-8"))
    ]
    assert found == []
