"""For every key that the settings have: a wrong value, a misspelling and an environment variable are told as such."""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from pathlib import Path

import pytest
from pydantic.fields import FieldInfo

from connector.config.schema import example, keys
from connector.domain.errors import ConfigError
from tests.unit.config_kit import GOOD, SENTINEL, checked, failure, load

KEYS = [(tuple("main" if part == "NAME" else part for part in pattern), info) for pattern, info in keys()]
IDS = [".".join(path) for path, _ in KEYS]
FREE = ("gender", "types")


def with_key(path: Sequence[str], value: str) -> tuple[str, int]:
    """GOOD with `path` set to `value` (TOML), written where its table stands, and the line of it."""
    *around, key = path
    header = f"[{'.'.join(around)}]"
    lines = [line for line in GOOD.split("\n") if line]
    if header not in lines:
        lines += [header]
    at = lines.index(header) + 1
    same = [index for index in range(at, len(lines)) if lines[index].startswith(f"{key} =")]
    if same:
        del lines[same[0]]
    lines.insert(at, f"{key} = {value}")
    if around == ["pairs", "main"] and key in FREE:
        lines = [line for line in lines if line not in (f"[pairs.main.{key}]", '1 = "male"')]
    return "\n".join(lines), at + 1


def variable(path: Sequence[str]) -> str:
    return "CONNECTOR__" + "__".join(path).upper()


@pytest.mark.parametrize(("path", "info"), KEYS, ids=IDS)
def test_a_value_of_another_type_is_told_at_its_line(tmp_path: Path, path: tuple[str, ...], info: FieldInfo) -> None:
    text, line = with_key(path, "2000-01-01")
    error = failure(tmp_path, text)
    assert error.manager.startswith(f"{tmp_path / 'connector.toml'}, line {line}, {'.'.join(path)}: this is a date ")
    assert error.code == "config-wrong-type"


@pytest.mark.parametrize(("path", "info"), KEYS, ids=IDS)
def test_a_misspelt_key_is_told_at_its_line(tmp_path: Path, path: tuple[str, ...], info: FieldInfo) -> None:
    text, line = with_key((*path[:-1], path[-1] + "x"), "1")
    error = failure(tmp_path, text)
    assert error.manager.startswith(f"{tmp_path / 'connector.toml'}, line {line}, {'.'.join(path)}x: there is no key ")
    assert error.manager.endswith(f"; write {path[-1]}.")


@pytest.mark.parametrize(("path", "info"), KEYS, ids=IDS)
def test_a_bad_value_from_the_environment_is_told_by_its_variable(
    tmp_path: Path, path: tuple[str, ...], info: FieldInfo
) -> None:
    error = failure(tmp_path, GOOD, {variable(path): ""})
    assert error.manager.startswith(f"environment variable {variable(path)}, {'.'.join(path)}")
    assert "line" not in error.manager.partition(": ")[0]


@pytest.mark.parametrize(("path", "info"), KEYS, ids=IDS)
def test_every_key_has_a_meaning_and_an_example_that_works(
    tmp_path: Path, path: tuple[str, ...], info: FieldInfo
) -> None:
    assert info.description
    assert info.description.endswith((".", ")", "`"))
    text = example(info)
    if path[-1] in FREE:
        return
    assert tomllib.loads(f"v = {text}")
    if path[-1] in ("stage", "mapping"):  # stage belongs to v1, the example of mapping to a folder
        return
    (tmp_path / "connector.toml").unlink(missing_ok=True)
    settings = load(tmp_path, with_key(path, text)[0])
    assert settings.pairs["main"].name == "main"


def test_checked_notices_a_secret(tmp_path: Path) -> None:
    with pytest.raises(AssertionError):
        checked(ConfigError("config-x", f"a; {SENTINEL}.", next_step="x"))
