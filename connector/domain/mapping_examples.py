"""Examples kept beside a mapping: a record of one side, and what is to become of it. They are tests of the mapping.

In the file (TOML, `[[example]]`): `record` and `create` are JSON as the servers write it, because TOML has no null.
"""

from __future__ import annotations

import json
import tomllib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from typing import Any

from connector.domain.fieldspec import FieldMapping
from connector.domain.mapping import Mapper
from connector.domain.mapping_table import LineOf, Table, syntax_error
from connector.domain.phones import is_region
from connector.domain.timestamps import is_zone
from connector.domain.values import Customer, Json, PairRules, SideName, Traits, canonical_json

_KEYS = ("name", "side", "id", "settings", "record", "fields", "traits", "create", "problem", "left_out")
_SETTINGS: dict[str, tuple[str, type, str]] = {
    "brand": ("brand", str, '"demobrand"'),
    "region": ("region", str, '"AZ"'),
    "calling_codes": ("calling_codes", list, '["994", "90"]'),
    "naive_timezone": ("clopos_naive_timezone", str, '"Asia/Baku"'),
    "timezone": ("checkandplace_timezone", str, '"Europe/Istanbul"'),
    "gender": ("gender_map", dict, '{ 1 = "male", 2 = "female" }'),
    "types": ("type_map", dict, '{ TYPE_ID = "GROUP_ID" }'),
    "last_name_placeholder": ("last_name_placeholder", str, '"Qonaq"'),
    "write_email": ("write_email", bool, "true"),
}
"""Setting of a pair -> the rule it becomes, its type, and an example."""
_KNOWN: dict[str, Callable[[str], bool]] = {"region": is_region, "naive_timezone": is_zone, "timezone": is_zone}
_RULES = PairRules(brand="demobrand", region="AZ", calling_codes=("994", "90"))
_TRAITS = tuple(item.name for item in fields(Traits))


@dataclass(frozen=True, slots=True)
class Example:
    """One example. `rules` is what the pair's settings say; `fields` is field -> shown text ("" blank, "? code"
    unknown); `create` the body that creates the customer on the other side, None where that is not asked; `problem`
    the code for a create that makes no sense; `left_out` field -> code.
    """

    name: str
    side: SideName
    id: str
    rules: PairRules
    record: Mapping[str, Json]
    fields: Mapping[str, str] = field(default_factory=dict)
    traits: Mapping[str, Json] = field(default_factory=dict)
    create: Mapping[str, Json] | None = None
    problem: str | None = None
    left_out: Mapping[str, str] | None = None


def parse_examples(text: str, *, file: str, line_of: LineOf) -> tuple[Example, ...]:
    """The examples that `text` (TOML) holds. Raises ConfigError with file, line, key and what to write instead."""
    try:
        loaded = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise syntax_error(file, text, str(error)) from error
    root = Table(file, line_of, (), loaded)
    root.only("example")
    return tuple(_example(table) for table in root.tables("example"))


def run_examples(mapping: FieldMapping, examples: Sequence[Example]) -> list[str]:
    """What of the examples does not come out, each in one sentence; empty if all is as written."""
    return [failure for example in examples for failure in _run(mapping, example)]


def _example(table: Table) -> Example:
    table.only(*_KEYS)
    traits = table.table("traits", required=False)
    traits.only(*_TRAITS)
    return Example(
        name=table.text("name"),
        side=SideName(table.word("side", tuple(SideName))),
        id=table.text("id", "1"),
        rules=_rules(table.table("settings", required=False)),
        record=_json(table, "record"),
        fields=_texts(table.table("fields", required=False)),
        traits=dict(traits.data),
        create=_json(table, "create") if "create" in table.data else None,
        problem=table.text("problem") if "problem" in table.data else None,
        left_out=_texts(table.table("left_out")) if "left_out" in table.data else None,
    )


def _rules(settings: Table) -> PairRules:
    settings.only(*_SETTINGS)
    changed: dict[str, Any] = {}
    for name, value in settings.data.items():
        rule, kind, example = _SETTINGS[name]
        whole = list(value.values()) if isinstance(value, dict) else value if isinstance(value, list) else []
        if not isinstance(value, kind) or not all(isinstance(part, str) for part in whole):
            raise settings.error(name, "has another form", f"write {name} = {example}")
        if isinstance(value, str) and not _KNOWN.get(name, bool)(value):
            raise settings.error(name, f"{value!r} is not known", f"write {name} = {example}")
        changed[rule] = tuple(value) if isinstance(value, list) else value
    return replace(_RULES, **changed)


def _texts(table: Table) -> dict[str, str]:
    for name, value in table.data.items():
        if not isinstance(value, str):
            raise table.error(name, "is not a text", f'write {name} = "..."')
    return dict(table.data)


def _json(table: Table, key: str) -> dict[str, Json]:
    try:
        found = json.loads(table.text(key))
    except ValueError as error:
        raise table.error(key, f"is no JSON ({error})", f"write {key} = '''{{...}}'''") from error
    if not isinstance(found, dict):
        raise table.error(key, "is no JSON object", f"write {key} = '''{{...}}'''")
    return found


def _run(mapping: FieldMapping, example: Example) -> list[str]:
    mapper = Mapper(mapping, example.rules)
    customer = mapper.customer(example.side, example.id, mapper.wire(example.side, example.record))
    failures = [*_fields(mapping, example, customer), *_traits(example, customer)]
    if example.create is not None or example.problem is not None or example.left_out is not None:
        body = mapper.create_body(example.side.other, customer)
        where = f"the create on {example.side.other.label}"
        if body.problem != example.problem:
            failures.append(f"{where} says {body.problem or 'no problem'}, expected {example.problem or 'no problem'}")
        if example.create is not None and body.attributes != example.create:
            sent, expected = canonical_json(body.attributes), canonical_json(dict(example.create))
            failures.append(f"{where} sends {sent}, expected {expected}")
        if example.left_out is not None and body.left_out != example.left_out:
            out, expected = canonical_json(body.left_out), canonical_json(dict(example.left_out))
            failures.append(f"{where} leaves out {out}, expected {expected}")
    return [f'example "{example.name}": {failure}' for failure in failures]


def _fields(mapping: FieldMapping, example: Example, customer: Customer) -> list[str]:
    failures = []
    for name, expected in example.fields.items():
        spec = mapping.field(name)
        if spec is None or example.side not in spec.sides:
            failures.append(f"{example.side.label} has no field {name} in this mapping")
            continue
        value = customer.field(name)
        shown = f"? {value.warning}" if value.is_unknown else spec.kind.show(value)
        if shown != expected:
            failures.append(f'{name} is "{shown}", expected "{expected}"')
    return failures


def _traits(example: Example, customer: Customer) -> list[str]:
    shown = {name: getattr(customer.traits, name) for name in example.traits}
    return [
        f"trait {name} is {canonical_json(shown[name])}, expected {canonical_json(expected)}"
        for name, expected in example.traits.items()
        if shown[name] != expected
    ]
