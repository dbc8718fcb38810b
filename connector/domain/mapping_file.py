"""The mapping file: TOML in, a `FieldMapping` out, or one sentence that says what to write instead.

Pure: the text is handed in, with a function that knows the line of a key (`connector.config.mapping` reads the file).
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping

from connector.domain.attributes import CREATABLE, READABLE, UPDATABLE
from connector.domain.fieldspec import Cosmetic, FieldMapping, FieldSpec, OnClear, OnConflict, OnLink, Rule, SideSpec
from connector.domain.fieldtypes.base import FieldType, Form
from connector.domain.fieldtypes.registry import FIELD_TYPES
from connector.domain.hints import STRONGEST, WEAKEST, LinkingRules
from connector.domain.mapping_rules import check_fields, check_type
from connector.domain.mapping_table import LineOf, Table, syntax_error
from connector.domain.traits import TRAITS
from connector.domain.values import CLOPOS, SideName

FORMAT = 1
_FIELD_KEYS = ("type", "title", "rule", "on_link", "on_conflict", "on_clear", "cosmetic", "clopos", "checkandplace")
_SIDE_KEYS = ("reader", "read", "writer", "create", "update")


def parse_mapping(text: str, *, file: str, line_of: LineOf) -> FieldMapping:
    """The mapping that `text` (TOML) says.

    `file` names it in errors; `line_of` gives the line, counted from 1, of a key's path or of its nearest table.
    Raises ConfigError with file, line, dotted key and what to write instead.
    """
    try:
        loaded = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise syntax_error(file, text, str(error)) from error
    root = Table(file, line_of, (), loaded)
    root.only("format", "attributes", "traits", "fields", "linking")
    if root.integer("format") != FORMAT:
        raise root.error("format", "is a format that this version does not know", f"write format = {FORMAT}")
    extra = _extra_attributes(root.table("attributes", required=False))
    traits = root.table("traits", required=False)
    traits.only(*SideName)
    fields = root.table("fields")
    specs = tuple(_field(fields.table(name), name, extra) for name in fields.data)
    check_fields(fields, specs)
    return FieldMapping(
        specs,
        {side: _traits(traits.table(side, required=False), extra[side]) for side in SideName},
        file,
        _linking(root.table("linking", required=False)),
    )


def _linking(table: Table) -> LinkingRules:
    """The thresholds of the hints; those that are missing stay as they are."""
    rules = LinkingRules()
    names = ("likely_same", "likely_different")
    table.only(*names)
    values = {name: table.integer(name) if name in table.data else getattr(rules, name) for name in names}
    for name, value in values.items():
        if not WEAKEST <= value <= STRONGEST:
            raise table.error(name, "is no strength", f"write a number from {WEAKEST} to {STRONGEST}")
    if values["likely_different"] > values["likely_same"]:
        raise table.error(
            "likely_different", "is above likely_same", f"write {values['likely_same']} or less, or raise likely_same"
        )
    return LinkingRules(**values)


def _extra_attributes(table: Table) -> dict[SideName, tuple[str, ...]]:
    """Attributes that a server sends though no document names them (CP-35, CP-41), told by the operator."""
    table.only(*SideName)
    extra: dict[SideName, tuple[str, ...]] = {}
    for side in SideName:
        names = table.data.get(side, [])
        if not isinstance(names, list) or not all(isinstance(name, str) and name for name in names):
            raise table.error(side, "is not a list of attribute names", f'write {side} = ["birthday"]')
        extra[side] = tuple(names)
    return extra


def _field(table: Table, name: str, extra: Mapping[SideName, tuple[str, ...]]) -> FieldSpec:
    if not name.isidentifier() or not name.isascii() or name != name.lower():
        raise table.error(None, "is no name for a field", "use small letters a to z, digits and _")
    table.only(*_FIELD_KEYS)
    kind = FIELD_TYPES[table.word("type", tuple(FIELD_TYPES))]
    check_type(table, name, kind.name)
    sides = {
        side: _side(table.table(side), side, kind, (*READABLE[side], *extra[side]))
        for side in SideName
        if side in table.data
    }
    return FieldSpec(
        name=name,
        kind=kind,
        rule=Rule(table.word("rule", tuple(Rule))),
        sides=sides,
        on_link=OnLink(table.word("on_link", tuple(OnLink), OnLink.KEEP)),
        on_conflict=OnConflict(table.word("on_conflict", tuple(OnConflict), OnConflict.ASK)),
        on_clear=OnClear(table.word("on_clear", tuple(OnClear), OnClear.KEEP)),
        cosmetic=Cosmetic(table.word("cosmetic", tuple(Cosmetic), Cosmetic.SETTLE)),
        title=table.text("title", name.replace("_", " ").capitalize()),
    )


def _side(table: Table, side: SideName, kind: FieldType, readable: tuple[str, ...]) -> SideSpec:
    table.only(*_SIDE_KEYS)
    readers = _forms(kind.readers, side)
    if not readers:
        raise table.error(None, f"type {kind.name} cannot be read on {side.label}", "remove this table")
    reader = table.word("reader", tuple(readers))
    read = _roles(table.table("read"), readers[reader], readable, f"attributes of a customer of {side.label}")
    if "writer" not in table.data:
        for request in ("create", "update"):
            if request in table.data:
                raise table.error(request, "needs a writer", _writer_hint(kind, side))
        return SideSpec(reader, read)
    writers = _forms(kind.writers, side)
    if not writers:
        raise table.error("writer", f"type {kind.name} is read and shown only", "remove writer, create and update")
    writer = table.word("writer", tuple(writers))
    if side is CLOPOS and "update" in table.data:
        raise table.error("update", "Clopos has no way to update a customer", "remove it: staff get a task instead")
    create, update = (
        _roles(table.table(request), writers[writer], allowed[side], f"attributes that a {request} may carry")
        if request in table.data
        else None
        for request, allowed in (("create", CREATABLE), ("update", UPDATABLE))
    )
    return SideSpec(reader, read, writer, create, update)


def _roles(table: Table, form: Form, allowed: tuple[str, ...], what: str) -> dict[str, str]:
    """The role -> attribute table of a reader or writer."""
    table.only(*form.roles, *form.optional)
    for role in form.roles:
        if role not in table.data:
            raise table.missing(role, f'write {role} = "ATTRIBUTE"')
    for role in table.data:
        attribute = table.text(role)
        if attribute.partition(".")[0] not in allowed:
            raise table.unknown_word(role, attribute, allowed, what)
    return dict(table.data)


def _traits(table: Table, extra: tuple[str, ...]) -> dict[str, str]:
    table.only(*TRAITS)
    if not table.path:
        return {}
    side = SideName(str(table.path[-1]))
    for trait in table.data:
        attribute = table.text(trait)
        allowed = (*READABLE[side], *extra)
        if attribute.partition(".")[0] not in allowed:
            raise table.unknown_word(trait, attribute, allowed, f"attributes of a customer of {side.label}")
    return dict(table.data)


def _forms(forms: Mapping[str, Form], side: SideName) -> dict[str, Form]:
    return {name: form for name, form in forms.items() if side in form.sides}


def _writer_hint(kind: FieldType, side: SideName) -> str:
    writers = tuple(_forms(kind.writers, side))
    return f'write writer = "{writers[0]}"' if writers else f"type {kind.name} is read and shown only: remove it"
