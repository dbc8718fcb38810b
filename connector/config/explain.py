"""Turns what pydantic says of the settings into one sentence: the place, the problem, and what to write instead."""

from __future__ import annotations

import re
from typing import Any

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from connector.config.locate import KeyPath
from connector.config.place import Source, dotted
from connector.config.schema import example, field_at, is_table, table_at, tables
from connector.config.words import shown, suggestion, type_name
from connector.domain.errors import ConfigError

_KINDS = {
    "string_type": "text in quotes",
    "int_type": "a whole number",
    "int_from_float": "a whole number",
    "float_type": "a number",
    "finite_number": "a number",
    "bool_type": "true or false",
    "tuple_type": "a list",
    "dict_type": "a table",
    "model_type": "a table",
    "model_attributes_type": "a table",
}


def explain(error: ValidationError, source: Source) -> ConfigError:
    """The first mistake as a ConfigError. A misspelt key comes before the key that is therefore missing."""

    def order(details: ErrorDetails) -> tuple[bool, int]:
        return details["type"] != "extra_forbidden", source.place(_path(details)).line or 0

    # A default that depends on a key with a mistake of its own is no second mistake.
    told = [details for details in error.errors(include_url=False) if details["type"] != "default_factory_not_called"]
    details = min(told, key=order)
    path = _path(details)
    code, problem, instead = words(details, path)
    return source.error(path, code, problem, instead)


def path_of(details: ErrorDetails) -> KeyPath:
    """The key an error is about, without what pydantic adds to it."""
    return _path(details)


def _path(details: ErrorDetails) -> KeyPath:
    path: KeyPath = tuple(part for part in details["loc"] if part != "[key]")
    at_fault = details.get("ctx", {}).get("key", "")
    return path + tuple(at_fault.split(".", 1)) if at_fault else path


def words(details: ErrorDetails, path: KeyPath) -> tuple[str, str, str]:
    """(code, problem, what to write instead)."""
    kind, context, value = details["type"], details.get("ctx", {}), details["input"]
    if kind == "bad_value":
        code, instead = context["code"], context["instead"]
        if code == "config-wrong-type" and (such_as := _such_as(path, "")):
            instead = instead.partition(", such as ")[0] + such_as
        return code, context["problem"], instead
    if kind == "extra_forbidden":
        return "config-unknown-key", *_unknown(path, value)
    if kind == "missing":
        return "config-missing-key", *_missing(path)
    if kind == "literal_error":
        return _not_one_of(context["expected"], value)
    if kind in ("greater_than_equal", "less_than_equal"):
        small = kind == "greater_than_equal"
        limit = context["ge" if small else "le"]
        words = f"{value} is too {'small' if small else 'large'}", f"write {limit:g} or {'more' if small else 'less'}"
        return "config-bad-value", *words
    wanted = _KINDS.get(kind, "another value")
    return "config-wrong-type", f"this is {type_name(value)}, not {wanted}", f"write {wanted}{_such_as(path, wanted)}"


def _such_as(path: KeyPath, wanted: str) -> str:
    info = field_at(path)
    if wanted == "a table":
        return f" [{dotted(path)}]"
    if info is None or is_table(info) or table_at(path[:-1]) is None:
        return ""
    text = example(info)
    return f", such as {path[-1]} = {text}" if text and wanted != "true or false" else ""


def _missing(path: KeyPath) -> tuple[str, str]:
    info = field_at(path)
    if info is None or is_table(info):
        name = "pairs.main" if path == ("pairs",) else dotted(path)
        return "the table is missing", f"write [{name}] and its keys, as `connector init` does"
    return "the key is missing", f"write {path[-1]} = {example(info)}"


def _unknown(path: KeyPath, value: Any) -> tuple[str, str]:
    *around, key = path
    table = table_at(around)
    known = list(table.model_fields) if table else []
    where = f"[{dotted(around)}]" if around else "the file"
    problem = f'there is no {"table" if isinstance(value, dict) else "key"} "{key}" in {where}'
    if close := suggestion(str(key), known):
        return problem, f"write {close}"
    for pattern, other in tables():
        if str(key) in other.model_fields:
            named = tuple(around[1] if part == "NAME" and len(around) > 1 else part for part in pattern)
            return problem, f"write it in {f'[{dotted(named)}]' if named else 'the file, before the first table'}"
    listed = ", ".join(known) if len(known) <= 8 else "in docs/CONFIGURATION.md"
    return problem, f"remove it, the keys that are possible here are {listed}"


def _not_one_of(expected: str, value: Any) -> tuple[str, str, str]:
    words = re.findall(r"'([^']*)'", expected)
    choice = " or ".join(f'"{word}"' for word in words)
    if not isinstance(value, str):
        return "config-wrong-type", f"this is {type_name(value)}, not text", f"write {choice}"
    close = suggestion(value, words)
    return (
        "config-bad-value",
        f"{shown(value)} is not possible here",
        f'write "{close}"' if close else f"write {choice}",
    )
