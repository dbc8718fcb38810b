"""docs/CONFIGURATION.md says of every key what the models say: its default and its meaning."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any

import pytest
from pydantic.fields import FieldInfo

from connector.config.base import Table
from connector.config.schema import as_toml, is_secret, is_table, keys, tables
from connector.config.secrets import COMMAND_SECONDS
from tests.unit.config_kit import load

TEXT = (Path(__file__).parents[2] / "docs" / "CONFIGURATION.md").read_text(encoding="utf-8")
TABLES = [(".".join(pattern), table) for pattern, table in tables() if pattern]


def default(info: FieldInfo) -> str:
    if info.is_required():
        return "*needed*"
    if info.default_factory is not None:
        values: list[str] = []
        for api in ("v2", "v1"):
            takes_data: Any = info.default_factory
            value = takes_data({"api": api}) if info.default_factory_takes_validated_data else takes_data()
            values.append(f"`{as_toml(value)}`" if value not in (None, {}) else "*none*")
        return values[0] if values[0] == values[1] else f"{values[0]}; v1: {values[1]}"
    text = as_toml(info.default)
    return f"`{text}`" if text else "*none*"


def rows(table: type[Table]) -> str:
    lines = ["| key | default | meaning |", "| --- | --- | --- |"]
    for name, info in table.model_fields.items():
        if not is_table(info):
            lines.append(f"| `{name}` | {default(info)} | {info.description} |")
    return "\n".join(lines)


def section(name: str) -> str:
    """The text below the heading of a table, up to the next heading."""
    found = re.search(rf"^#+ `\[{re.escape(name)}\]`\n(.*?)(?=^#|\Z)", TEXT, re.MULTILINE | re.DOTALL)
    assert found is not None, f"docs/CONFIGURATION.md has no heading `[{name}]`"
    return found[1]


@pytest.mark.parametrize(("name", "table"), TABLES, ids=[name for name, _ in TABLES])
def test_every_key_stands_there_with_its_default_and_meaning(name: str, table: type[Table]) -> None:
    expected = rows(table)
    assert expected in section(name), f"write under `[{name}]`:\n{expected}"


def test_no_table_stands_there_that_does_not_exist() -> None:
    assert re.findall(r"^#+ `\[(.+?)\]`$", TEXT, re.MULTILINE) == [name for name, _ in TABLES]


def test_the_shown_file_can_be_used(tmp_path: Path) -> None:
    (example,) = re.findall(r"```toml\n(.*?)```", TEXT, re.DOTALL)
    assert tomllib.loads(example)
    settings = load(tmp_path, example)
    assert [pair.mode for pair in settings.pairs.values()] == ["read-only"]
    assert all(secret.kind != "literal" for secret in settings.pairs["main"].secrets().values())


def test_the_time_of_a_command_is_the_one_that_is_promised() -> None:
    assert f"{COMMAND_SECONDS:g} seconds" in TEXT


def test_every_secret_is_named_as_one() -> None:
    (named,) = re.findall(r"^Keys that hold a secret \((.*), and `url` of the database\)", TEXT, re.MULTILINE)
    secrets = [pattern[-1] for pattern, info in keys() if is_secret(info)]
    assert [*re.findall(r"`(\w+)`", named), "url"] == sorted(secrets, key=lambda name: name == "url")
