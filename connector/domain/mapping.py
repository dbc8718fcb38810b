"""From a server's record to a customer, and from a customer to a request body, by the mapping file.

`Mapper` is pure: the same record, mapping and rules give the same customer. It never raises on what a server sends.
"""

from __future__ import annotations

import hashlib
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import phonenumbers

from connector.domain import wire as wires
from connector.domain.fieldspec import FieldMapping, FieldSpec, SideSpec
from connector.domain.fieldtypes.base import MISSING, NotWritten, Takes, Written
from connector.domain.fieldtypes.group import GroupType
from connector.domain.fieldtypes.name import NameType
from connector.domain.fieldtypes.phone import PhoneType
from connector.domain.fieldtypes.registry import FIELD_TYPES
from connector.domain.keys import bounded_key
from connector.domain.traits import HINTS, read_traits
from connector.domain.values import (
    CLOPOS,
    Customer,
    Json,
    Key,
    KeyKind,
    PairRules,
    SideName,
    Traits,
    Value,
    canonical_json,
)

_CODE_VERSION = 1  # rises when this module or `traits` reads differently
_ABSENT = object()

NO_UPDATE = "no_update"
NOT_MAPPED = "not_mapped"
CREATE_OFF = "create_off"
UPDATE_OFF = "update_off"
CLEAR_NOT_SENT = "clear_not_sent"
NO_NAME = "no_name"
NO_PHONE = "no_phone"
WRITE_CLEAR = "checkandplace.write_clear"


@dataclass(frozen=True, slots=True)
class Body:
    """A request body. `attributes` is what goes over the wire, `values` the canonical value that each field carries
    there, `left_out` the code of each field that had to say something and is not sent, `settings` the key below
    [pairs.NAME] that would send it, `settle` the fields whose difference is there to stay (vectors, N5). `problem`
    says why the whole request makes no sense: `no_name`, `no_phone`, `create_off`, `update_off`, `no_update`.
    """

    attributes: dict[str, Json] = field(default_factory=dict)
    values: dict[str, Value] = field(default_factory=dict)
    left_out: dict[str, str] = field(default_factory=dict)
    settings: dict[str, str] = field(default_factory=dict)
    settle: list[str] = field(default_factory=list)
    problem: str | None = None


class Mapper:
    """The mapping of one pair, bound to its rules."""

    def __init__(self, mapping: FieldMapping, rules: PairRules) -> None:
        self.mapping = mapping
        self.rules = rules
        self.linking = mapping.linking
        self.fields: Sequence[FieldSpec] = mapping.fields
        self.compared: Sequence[FieldSpec] = tuple(spec for spec in mapping.fields if spec.compared)
        self.reader_version = _reader_version(mapping, rules)
        """Changes when the same wire values would be read differently: then stored records are derived anew."""
        self._paths = {side: _paths(mapping, side) for side in SideName}
        self._hints = {side: _hint_attributes(mapping, side) for side in SideName}

    def wire(self, side: SideName, raw: Mapping[str, Json]) -> dict[str, Json]:
        """The mapped attributes of a server's record, proper and bounded; what is missing stays missing (CL-48).

        An attribute inside another (`group.name`) is kept under its dotted name.
        """
        kept: dict[str, Json] = {}
        for attribute, path in self._paths[side]:
            value: Json = raw
            for step in path:
                value = value.get(step, _ABSENT) if isinstance(value, dict) else _ABSENT
            if value is not _ABSENT:
                kept[attribute] = wires.keep(value)
        return kept

    def compared_wire(self, side: SideName, wire: Mapping[str, Json]) -> dict[str, Json]:
        """The wire values that say whether a record changed: without time stamps and sales (CL-17, CP-49)."""
        hints = self._hints[side]
        return {attribute: value for attribute, value in wire.items() if attribute not in hints}

    def customer(self, side: SideName, record_id: str, wire: Mapping[str, Json]) -> Customer:
        """The record in canonical form. What cannot be read is unknown, with a warning; nothing is raised."""
        traits = read_traits(side, record_id, self.mapping.traits.get(side, {}), wire, self.rules)
        values: dict[str, Value] = {}
        warnings: list[tuple[str, str]] = []
        keys: dict[Key, None] = dict.fromkeys(_cid_keys(side, traits))
        for spec in self.fields:
            on_side = spec.sides.get(side)
            if on_side is None:
                continue
            parts = {role: wire[attribute] for role, attribute in on_side.read.items() if attribute in wire}
            value = spec.kind.read(on_side.reader, parts, self.rules)
            values[spec.name] = value
            if value.warning and value.warning != MISSING:
                warnings.append((spec.name, value.warning))
            keys.update(dict.fromkeys(spec.kind.read_keys(on_side.reader, parts, value, self.rules)))
        # An anonymous record is no person: its placeholder name and all else hold nothing (L5, CP-46).
        held = () if traits.anonym else tuple(keys)
        return Customer(side, record_id, values, held, traits, tuple(warnings))

    def takes(self, spec: FieldSpec, side: SideName, create: bool) -> tuple[Takes, str | None]:
        """What the side takes of a field in that request; with NOTHING, the setting or capability (`clopos.update`)
        that would make it writable, None if there is none.
        """
        switched_off = self._switch(side, create)
        if switched_off:
            return Takes.NOTHING, switched_off[1]
        on_side = spec.sides.get(side)
        if on_side is None or on_side.writer is None or not _attributes(on_side, create):
            return Takes.NOTHING, None
        return spec.kind.takes(on_side.writer, create, self.rules)

    def create_body(self, side: SideName, source: Customer) -> Body:
        """The body that creates `source`, a customer of the other side, on `side`. Blank and unknown fields are left
        out (CL-20); a create on Clopos carries the derived cid.
        """
        out = Body()
        for spec in self.fields:
            on_side = spec.sides.get(side)
            if on_side is None or on_side.writer is None or not on_side.create:
                continue
            if not spec.compared and not _travels(spec, on_side.writer, self.rules):
                continue
            self._put(out, spec, on_side, source.field(spec.name), None, create=True)
        if side is CLOPOS and source.traits.derived_cid:
            out.attributes["cid"] = source.traits.derived_cid
        switched_off = self._switch(side, True)
        return replace(out, problem=switched_off[0] if switched_off else self._lacking(out))

    def update_body(self, side: SideName, values: Mapping[str, Value], target: Customer) -> Body:
        """The body that gives `target`, a customer of `side`, these values (field -> value from whichever side).

        A blank value is a clear: sent as null only with `write_clear` (CP-20).
        """
        switched_off = self._switch(side, False)
        if switched_off:
            return Body(left_out=dict.fromkeys(values, switched_off[0]), problem=switched_off[0])
        out = Body()
        for name, value in values.items():
            spec = self.mapping.field(name)
            on_side = spec.sides.get(side) if spec else None
            if spec is None or on_side is None or on_side.writer is None or not on_side.update:
                out.left_out[name] = NOT_MAPPED
                continue
            self._put(out, spec, on_side, value, target.field(name), create=False)
        return out

    def _put(
        self, out: Body, spec: FieldSpec, on_side: SideSpec, value: Value, target: Value | None, *, create: bool
    ) -> None:
        attributes = _attributes(on_side, create) or {}
        writer = on_side.writer or ""
        written = self._clear(spec, writer, attributes) if value.is_blank and not create else None
        if written is None:
            written = spec.kind.write(writer, value, target, create, self.rules)
        for role, part in written.parts.items():
            if role in attributes:
                out.attributes[attributes[role]] = part
        if isinstance(written, Written):
            out.values[spec.name] = value
            return
        if value.is_blank and create:
            return  # nothing to say
        out.left_out[spec.name] = written.reason
        if written.settle:
            out.settle.append(spec.name)
        if written.setting:
            out.settings[spec.name] = written.setting

    def _clear(self, spec: FieldSpec, writer: str, attributes: Mapping[str, str]) -> Written | NotWritten:
        takes, setting = spec.kind.takes(writer, False, self.rules)
        if takes is not Takes.VALUE_AND_CLEAR:
            return NotWritten(CLEAR_NOT_SENT, setting or WRITE_CLEAR)
        return Written(dict.fromkeys(attributes))

    def _switch(self, side: SideName, create: bool) -> tuple[str, str] | None:
        """(problem, setting or capability) where the side takes no such request at all."""
        if side is CLOPOS:
            if not create:
                return NO_UPDATE, "clopos.update"  # no known generation has one (CL-02)
            return None if self.rules.clopos_create else (CREATE_OFF, "clopos.create")
        if create:
            return None if self.rules.checkandplace_create else (CREATE_OFF, "checkandplace.create")
        return None if self.rules.checkandplace_update else (UPDATE_OFF, "checkandplace.update")

    def _lacking(self, out: Body) -> str | None:
        """What a create cannot do without: a name (Clopos requires it, CP-10), and a phone by `without_phone`."""
        kinds = {spec.kind.name for spec in self.fields if spec.name in out.values}
        if NameType.name not in kinds:
            return NO_NAME
        return None if PhoneType.name in kinds else NO_PHONE


def _travels(spec: FieldSpec, writer: str, rules: PairRules) -> bool:
    """Does a create carry this ignored field? Only a group whose map is configured: the map is its switch."""
    return spec.kind.name == GroupType.name and spec.kind.takes(writer, True, rules)[0] is not Takes.NOTHING


def _attributes(on_side: SideSpec, create: bool) -> Mapping[str, str] | None:
    return on_side.create if create else on_side.update


def _cid_keys(side: SideName, traits: Traits) -> tuple[Key, ...]:
    """Both sides hold the same key when the Clopos record was created by us from the Check&Place one (L1)."""
    cid = traits.cid if side is CLOPOS else traits.derived_cid
    return (Key(KeyKind.CID, bounded_key(cid)),) if cid else ()


def _paths(mapping: FieldMapping, side: SideName) -> tuple[tuple[str, tuple[str, ...]], ...]:
    attributes = dict.fromkeys(_field_attributes(mapping, side))
    attributes.update(dict.fromkeys(mapping.traits.get(side, {}).values()))
    return tuple((attribute, tuple(attribute.split("."))) for attribute in attributes)


def _hint_attributes(mapping: FieldMapping, side: SideName) -> frozenset[str]:
    """Attributes of time stamps and counters that no field maps."""
    hints = {name for trait, name in mapping.traits.get(side, {}).items() if trait in HINTS}
    return frozenset(hints.difference(_field_attributes(mapping, side)))


def _field_attributes(mapping: FieldMapping, side: SideName) -> list[str]:
    specs = [spec.sides[side] for spec in mapping.fields if side in spec.sides]
    return [attribute for spec in specs for attribute in spec.read.values()]


def _reader_version(mapping: FieldMapping, rules: PairRules) -> str:
    reading = {
        "code": _CODE_VERSION,
        "kinds": {name: kind.version for name, kind in FIELD_TYPES.items()},
        "fields": [
            [spec.name, spec.kind.name, {side: [on.reader, dict(on.read)] for side, on in spec.sides.items()}]
            for spec in mapping.fields
        ],
        # What is compared goes into the digests of records and bases.
        "compared": [spec.name for spec in mapping.fields if spec.compared],
        "traits": {side: dict(traits) for side, traits in mapping.traits.items()},
        "rules": [
            rules.brand,
            rules.region,
            list(rules.calling_codes),
            rules.clopos_naive_timezone,
            rules.checkandplace_timezone,
            dict(rules.gender_map or {}),
            dict(rules.type_map or {}),
            rules.last_name_placeholder,
        ],
        "libraries": [phonenumbers.__version__, unicodedata.unidata_version],
    }
    return hashlib.blake2b(canonical_json(reading).encode(), digest_size=16).hexdigest()
