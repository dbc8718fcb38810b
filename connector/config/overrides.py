"""Settings from the environment: `CONNECTOR__PAIRS__MAIN__CLOPOS__BRAND` stands over the key of the file.

Names are matched without regard to case, and `-` in a pair's name is `_`. A value is read as TOML (`true`, `5`,
`["994"]`); what is not TOML is the text itself (`mycafe`), as is everything where the key wants text.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from connector.config.place import Place
from connector.domain.errors import ConfigError

PREFIX = "CONNECTOR__"


@dataclass(frozen=True, slots=True)
class Override:
    """One key set by a variable. `text` is the variable's own text."""

    variable: str
    path: tuple[str, ...]
    text: str


def apply_overrides(data: dict[str, Any], environ: Mapping[str, str], file: Path) -> list[Override]:
    """Sets in `data` what the environment says, tables before their keys. Raises ConfigError (`config-override`)."""
    done: dict[tuple[str, ...], Override] = {}
    names = [name for name in environ if name.upper().startswith(PREFIX)]
    for name in sorted(names, key=lambda name: (name.count("__"), name)):
        parts = name.split("__")[1:]
        if not all(parts):
            raise _error(file, name, "a part of the name is empty", f"write a name such as {PREFIX}PAIRS__MAIN__REGION")
        override = _set(data, name, parts, environ[name], file)
        if override.path in done:
            problem = f"{done[override.path].variable} sets the same key"
            raise _error(file, name, problem, "keep one of the two", override.path)
        done[override.path] = override
    return list(done.values())


def _set(data: dict[str, Any], name: str, parts: list[str], text: str, file: Path) -> Override:
    path: list[str] = []
    table: Any = data
    for index, part in enumerate(parts):
        if not isinstance(table, dict):
            instead = f"set {PREFIX}{'__'.join(parts[:index])} or the key of a table"
            raise _error(file, name, f"{'.'.join(path)} is no table", instead, (*path, part.lower()))
        folded = _fold(part)
        path.append(next((key for key in table if _fold(key) == folded), part.lower()))
        if index < len(parts) - 1:
            table = table.setdefault(path[-1], {})
    table[path[-1]] = parse_value(text)
    return Override(name, tuple(path), text)


def _fold(key: str) -> str:
    return key.casefold().replace("-", "_")


def parse_value(text: str) -> Any:
    """The TOML value that `text` is, `True` and `FALSE` included, else `text`."""
    if text.lower() in ("true", "false"):
        return text.lower() == "true"
    try:
        data = tomllib.loads(f"v = {text}")
    except (tomllib.TOMLDecodeError, RecursionError):
        return text
    return data["v"] if data.keys() == {"v"} else text


def use_text(data: dict[str, Any], override: Override) -> bool:
    """Sets the variable's text instead of the TOML value it also is. False if it already was the text."""
    table = data
    for part in override.path[:-1]:
        table = table[part]
    if isinstance(table[override.path[-1]], str):
        return False
    table[override.path[-1]] = override.text
    return True


def _error(file: Path, name: str, problem: str, instead: str, path: tuple[str, ...] = ()) -> ConfigError:
    key = ".".join(path or (part.lower() for part in name.split("__")[1:]))
    return Place(file, key, None, name).error("config-override", problem, instead)
