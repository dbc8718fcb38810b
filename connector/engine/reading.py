"""From a raw row to what the state stores: parse, map, keep the last known value where a field is unknown now."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from hashlib import blake2b

import structlog

from connector.domain.fieldspec import FieldSpec
from connector.domain.lifecycle import changed_hands
from connector.domain.mapping import Mapper
from connector.domain.values import (
    ABSENT,
    CHECKANDPLACE,
    CLOPOS,
    Customer,
    Json,
    Key,
    SideName,
    Value,
    canonical_json,
)
from connector.sides.port import UNREADABLE, Row
from connector.state.records import Reading, Stored

log = structlog.get_logger("connector.engine")


def wire_digest(raw: bytes) -> bytes:
    """16 bytes over the row as received: equal, under the same reader version, means nothing to parse."""
    return blake2b(raw, digest_size=16).digest()


def merged_fields(mapper: Mapper) -> list[FieldSpec]:
    """The fields that the merge looks at: compared, and present on both sides."""
    return [spec for spec in mapper.compared if spec.side(CLOPOS) is not None and spec.side(CHECKANDPLACE) is not None]


def value_digest(mapper: Mapper, last: Mapping[str, Value]) -> bytes:
    """16 bytes over the last known values of the merged fields: decides "changed", never a time stamp."""
    compared = {spec.name: last[spec.name].to_json() for spec in merged_fields(mapper) if spec.name in last}
    return blake2b(canonical_json(compared).encode(), digest_size=16).digest()


def parse(raw: bytes) -> dict[str, Json] | None:
    """The JSON object of a row, without the attributes in which something was unreadable: what is missing is unknown.
    None if it is no object (then the row is unreadable as a whole)."""
    try:
        data = json.loads(raw)
    except (ValueError, RecursionError):
        return None
    if not isinstance(data, dict):
        return None
    if not _is_marked(raw):
        return data
    return {name: value for name, value in data.items() if UNREADABLE not in json.dumps(value, ensure_ascii=False)}


def _is_marked(raw: bytes) -> bool:
    """Whether the adapter put its mark into this row."""
    return json.dumps(UNREADABLE).strip('"').encode() in raw


def read_row(mapper: Mapper, side: SideName, row: Row, before: Stored | None) -> Reading:
    """One row as a reading. A row that is no JSON object keeps all it was known for, each field unknown."""
    raw = parse(row.raw)
    if raw is None or _is_marked(row.raw):
        log.warning("row-partly-unreadable", side=side.value, record=row.id)
    wire = mapper.wire(side, raw) if raw is not None else {}
    return read_wire(mapper, side, row.id, wire, wire_digest(row.raw), before)


def read_wire(
    mapper: Mapper, side: SideName, record_id: str, wire: Mapping[str, Json], digest: bytes, before: Stored | None
) -> Reading:
    """Wire values of the mapped attributes as a reading (also used when the reader version changed)."""
    customer = mapper.customer(side, record_id, dict(wire))
    last: dict[str, Value] = {}
    unknown: dict[str, str] = {}
    for name, value in customer.fields.items():
        if value.is_unknown:
            unknown[name] = value.warning or "unknown"
            if before is not None and name in before.last:
                last[name] = before.last[name]
        else:
            last[name] = value
    made = value_digest(mapper, last)
    return Reading(
        remote_id=record_id, wire_digest=digest, value_digest=made, wire=wire, fields=last, unknown=unknown,
        traits=customer.traits, keys=tuple(customer.keys), name=person_name(customer, last),
        suspect=None, changed=before is None or before.value_digest != made,
    )  # fmt: skip


def suspicion(before: Stored, reading: Reading, partner: Customer | None, sent: Iterable[Key] = ()) -> str | None:
    """Whether a record's new reading may be another person (docs/ARCHITECTURE.md, "Gone, back, changed hands"). `sent`:
    as for `changed_hands`."""
    now = Customer(before.side, before.id, reading.fields, reading.keys, reading.traits)
    then = Customer(before.side, before.id, before.last, before.keys, before.customer.traits)
    return changed_hands(then, now, partner, sent)


def person_name(customer: Customer, last: Mapping[str, Value]) -> str:
    """A name for people: the name field's text, else the record's id; at most 200 letters."""
    name = last.get("name", ABSENT)
    text = name.data.get("text", "") if name.is_value and isinstance(name.data, dict) else ""
    return text[:200] or f"{customer.side.label} {customer.id}"


def by_id(rows: Sequence[Row]) -> dict[str, Row]:
    """Rows by id; the same id twice: the later reading counts."""
    return {row.id: row for row in rows}
