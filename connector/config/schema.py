"""What the models say about a key: its table, its field, an example to write."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import time, timedelta
from typing import Any, get_args

from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined

from connector.config.base import Table
from connector.config.model import Settings
from connector.config.secrets import Secret
from connector.config.times import write_duration

Pattern = tuple[str, ...]
"""A key with NAME where a pair's name stands: ("pairs", "NAME", "clopos", "brand")."""


def tables() -> Iterator[tuple[Pattern, type[Table]]]:
    """Every table of the settings, the root first."""
    return _below((), Settings)


def _below(path: Pattern, table: type[Table]) -> Iterator[tuple[Pattern, type[Table]]]:
    yield path, table
    for name, info in table.model_fields.items():
        inner = _table_of(info)
        if inner is not None:
            yield from _below((*path, name, "NAME") if name == "pairs" else (*path, name), inner)


def keys() -> Iterator[tuple[Pattern, FieldInfo]]:
    """Every key that is no table of its own keys."""
    for path, table in tables():
        for name, info in table.model_fields.items():
            if _table_of(info) is None:
                yield (*path, name), info


def _table_of(info: FieldInfo) -> type[Table] | None:
    for kind in (info.annotation, *get_args(info.annotation)):
        if isinstance(kind, type) and issubclass(kind, Table):
            return kind
    return None


def table_at(path: Sequence[str | int]) -> type[Table] | None:
    """The table that stands at `path`, None if there is none with fixed keys."""
    pattern = tuple("NAME" if index == 1 and path[0] == "pairs" else str(part) for index, part in enumerate(path))
    return next((table for known, table in tables() if known == pattern), None)


def field_at(path: Sequence[str | int]) -> FieldInfo | None:
    """The field at `path`, for the lines of a free table (`gender`) and places in an array the field around them."""
    for length in range(len(path), 0, -1):
        table = table_at(path[: length - 1])
        if table is not None:
            return table.model_fields.get(str(path[length - 1]))
    return None


def is_table(info: FieldInfo) -> bool:
    """Whether the field is a table with fixed keys, or the table of the pairs."""
    return _table_of(info) is not None


def is_secret(info: FieldInfo) -> bool:
    """Whether the field holds a secret, whose value is never shown."""
    return Secret in (info.annotation, *get_args(info.annotation))


def example(info: FieldInfo) -> str:
    """TOML text to write for the field: its example, else its default."""
    return str(info.examples[0]) if info.examples else as_toml(info.default)


def as_toml(value: Any) -> str:
    """A default as it would stand in the file; an empty text for none."""
    if value is None or value is PydanticUndefined:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, timedelta):
        return f'"{write_duration(value)}"'
    if isinstance(value, time):
        return f'"{value:%H:%M}"'
    if isinstance(value, tuple | list):
        return f"[{', '.join(as_toml(item) for item in value)}]"
    if isinstance(value, float):
        return f"{value:g}"
    return str(value) if isinstance(value, int) else f'"{value}"'
