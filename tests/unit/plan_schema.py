"""The published form of a plan file, and a reader of it: the part of JSON Schema 2020-12 that it uses."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

SCHEMA: dict[str, Any] = json.loads((Path(__file__).parents[2] / "docs" / "schema" / "plan-1.json").read_text("utf-8"))
UNDERSTOOD = {"$schema", "$id", "$defs", "$ref", "title", "description", "type", "const", "enum", "properties",
              "required", "additionalProperties", "items", "pattern", "minimum"}  # fmt: skip
TYPES: dict[str, Any] = {
    "object": dict, "array": list, "string": str, "boolean": bool, "null": type(None), "integer": int,
}  # fmt: skip


def problems(value: Any, schema: Any = None, place: str = "$") -> list[str]:
    """Where a value is not of the published form."""
    schema = SCHEMA if schema is None else schema
    if schema is True:
        return []
    assert set(schema) <= UNDERSTOOD, set(schema) - UNDERSTOOD
    if "$ref" in schema:
        return problems(value, SCHEMA["$defs"][schema["$ref"].rsplit("/", 1)[-1]], place)
    types = schema.get("type", [])
    wanted = [types] if isinstance(types, str) else types
    if wanted and not any(isinstance(value, TYPES[t]) and (t == "boolean" or value is not True) for t in wanted):
        return [f"{place}: {type(value).__name__} is none of {wanted}"]
    found = [f"{place}: not {schema['const']!r}"] if "const" in schema and value != schema["const"] else []
    found += [f"{place}: {value!r} is unknown"] if "enum" in schema and value not in schema["enum"] else []
    if isinstance(value, str) and not re.search(schema.get("pattern", ""), value):
        found.append(f"{place}: does not match {schema['pattern']}")
    if isinstance(value, int) and value < schema.get("minimum", value):
        found.append(f"{place}: below {schema['minimum']}")
    if isinstance(value, list) and "items" in schema:
        found += [one for n, item in enumerate(value) for one in problems(item, schema["items"], f"{place}[{n}]")]
    if isinstance(value, dict):
        found += [f"{place}: {name} is missing" for name in schema.get("required", ()) if name not in value]
        others = schema.get("additionalProperties", True)
        for name, item in value.items():
            inner = schema.get("properties", {}).get(name, others)
            found += [f"{place}.{name} is unknown"] if inner is False else problems(item, inner, f"{place}.{name}")
    return found
