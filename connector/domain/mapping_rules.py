"""What the fields of a mapping must be together, beyond the words of each key."""

from __future__ import annotations

from collections.abc import Sequence

from connector.domain.fieldspec import Cosmetic, FieldSpec, Rule
from connector.domain.fieldtypes.registry import FIELD_TYPES
from connector.domain.mapping_table import Table
from connector.domain.values import SideName

# Linking, keys and creates look for these by name; two fields of one of these types would be two truths.
_OWN_NAME = ("name", "phone", "email", "gender", "group")
_REQUIRED = ("phone", "name")


def check_fields(table: Table, specs: Sequence[FieldSpec]) -> None:
    """Raises ConfigError for the first field that breaks a rule. `table` is the table of all fields."""
    for name in _REQUIRED:
        if name not in table.data:
            what = f"write a table [fields.{name}]: phone and name are what customers are linked and created by"
            raise table.missing(name, what)
    for spec in specs:
        _check(table.table(spec.name), spec)
    for side in SideName:
        for request in ("create", "update"):
            _check_bodies(table, specs, side, request)


def check_type(table: Table, name: str, kind: str) -> None:
    """Raises ConfigError where a field and its type do not belong together. `table` is the field's."""
    if name in _OWN_NAME and kind != name:
        raise table.error("type", f"the field {name} has its own type", f'write type = "{name}"')
    if kind in _OWN_NAME and name != kind:
        raise table.error("type", f"only the field {kind} has this type", f"use one of: {_free_types()}")


def _check(table: Table, spec: FieldSpec) -> None:
    if not spec.sides:
        raise table.error(None, "is on neither side", f"write a table [fields.{spec.name}.clopos]")
    if spec.name in _REQUIRED:
        for side in SideName:
            if side not in spec.sides:
                raise table.missing(side, f"write a table [fields.{spec.name}.{side}] with reader and read")
    if spec.cosmetic is not Cosmetic.SETTLE and spec.type != "name":
        raise table.error("cosmetic", "is for names alone", "remove it")
    if spec.rule is Rule.IGNORE:
        return
    if not spec.kind.compared:
        raise table.error("rule", f"type {spec.type} is read and shown only", 'write rule = "ignore"')
    for side in SideName:
        if side not in spec.sides:
            raise table.error("rule", f"{side.label} does not have this field", 'write rule = "ignore"')


def _check_bodies(table: Table, specs: Sequence[FieldSpec], side: SideName, request: str) -> None:
    """No attribute of a request may come from two fields."""
    taken: dict[str, str] = {}
    for spec in specs:
        on_side = spec.sides.get(side)
        attributes = (on_side.create if request == "create" else on_side.update) if on_side else None
        for role, attribute in (attributes or {}).items():
            if attribute in taken:
                where = table.table(spec.name).table(side).table(request)
                problem = f"{attribute} is filled by the field {taken[attribute]} already"
                raise where.error(role, problem, "remove one of the two")
            taken[attribute] = spec.name


def _free_types() -> str:
    return ", ".join(name for name in FIELD_TYPES if name not in _OWN_NAME)
