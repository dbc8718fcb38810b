"""Clopos' customer group and Check&Place's customer type, tied by [pairs.NAME.types] (CP-26)."""

from __future__ import annotations

from collections.abc import Mapping

from connector.domain.fieldtypes.base import MISSING, NOT_TEXT, Form, Kind, NotWritten, Takes, Written, nothing_to_write
from connector.domain.values import BLANK, CHECKANDPLACE, CLOPOS, Json, PairRules, Value, known, unknown
from connector.domain.wire import unusable_reason

TYPES = "types"
NOT_MAPPED = "type_not_mapped"
SEVERAL_TYPES = "several_types_for_group"


class GroupType(Kind):
    """Data: {"id": Clopos' group id as text, "name": text or None}. A type of Check&Place is read as the group it is
    mapped to; without any map its id is None, and it is shown by its name alone.
    """

    name = "group"
    version = 1
    readers = {
        "group": Form(("id",), ("name",), sides=(CLOPOS,)),
        "type": Form(("id",), ("name",), sides=(CHECKANDPLACE,)),
    }
    writers = {
        "group": Form(("id",), sides=(CLOPOS,)),
        "type": Form(("id",), sides=(CHECKANDPLACE,)),
    }

    def read(self, reader: str, parts: Mapping[str, Json], rules: PairRules) -> Value:
        ident = read_id(parts, "id")
        if not ident.is_value:
            return ident
        name = parts.get("name")
        shown = name.strip() if isinstance(name, str) and name.isprintable() else None
        if reader == "group":
            return known({"id": ident.data, "name": shown or None})
        if not rules.type_map:
            return known({"id": None, "name": shown or ident.data})
        group = _folded(rules.type_map).get(ident.data.lower())
        return unknown(NOT_MAPPED) if group is None else known({"id": group, "name": shown or None})

    def same(self, a: Json, b: Json) -> bool:
        return a["id"] is not None and a["id"] == b["id"]

    def takes(self, writer: str, create: bool, rules: PairRules) -> tuple[Takes, str | None]:
        return super().takes(writer, create, rules) if rules.type_map else (Takes.NOTHING, TYPES)

    def write(
        self, writer: str, value: Value, target: Value | None, create: bool, rules: PairRules
    ) -> Written | NotWritten:
        if not value.is_value:
            return nothing_to_write(value)
        if not rules.type_map:
            return NotWritten(NOT_MAPPED, TYPES)
        group = value.data["id"]
        if writer == "group":
            if group is None or not group.isdecimal():
                return NotWritten(NOT_MAPPED, TYPES)
            return Written({"id": int(group)})
        types = [kind for kind, mapped in rules.type_map.items() if mapped == group]
        if len(types) > 1:
            return NotWritten(SEVERAL_TYPES, TYPES)
        return Written({"id": types[0]}) if types else NotWritten(NOT_MAPPED, TYPES)

    def text(self, data: Json) -> str:
        return str(data["name"] or data["id"])


def read_id(parts: Mapping[str, Json], role: str) -> Value:
    """An id as text, whether the side sends a number or a text (CL-39); null and "" are blank."""
    if role not in parts:
        return unknown(MISSING)
    raw = parts[role]
    if raw is None or (isinstance(raw, str) and not raw.strip()):
        return BLANK
    if isinstance(raw, int) and not isinstance(raw, bool) and abs(raw) < 2**63:
        return known(str(raw))
    if isinstance(raw, str) and raw.strip().isprintable():
        return known(raw.strip())
    return unknown(unusable_reason(raw) or NOT_TEXT)


def _folded(type_map: Mapping[str, str]) -> dict[str, str]:
    return {kind.lower(): group for kind, group in type_map.items()}
