"""Phone numbers (docs/api/vectors.json, `phone`; CL-08, CL-18, CP-11, CP-12)."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from connector.domain import phones
from connector.domain.fieldtypes.base import (
    MISSING,
    NOT_TEXT,
    Change,
    Form,
    Kind,
    NotWritten,
    Written,
    nothing_to_write,
    read_text,
)
from connector.domain.phones import PhoneSet, Reading
from connector.domain.values import (
    BLANK,
    CHECKANDPLACE,
    CLOPOS,
    Json,
    Key,
    KeyKind,
    PairRules,
    Value,
    known,
    unknown,
)

MOST_NUMBERS = 50
"""Further numbers of one record are not looked at: nobody has them, and each would be a key."""
NUMBERS_UNREADABLE = "numbers_unreadable"

# Contacts copied from a phone carry these around the number.
_DIRECTION_MARKS = re.compile("[\u200e\u200f\u202a-\u202e\u2066-\u2069]")


class PhoneType(Kind):
    """Data: {"primary": E.164, "all": [E.164, ...]}; the primary is the field, every number is a match key."""

    name = "phone"
    version = 1
    readers = {
        "phone_set": Form(("phone",), ("phones",), sides=(CLOPOS,)),
        "phone_with_country": Form(("number",), ("country_code",), sides=(CHECKANDPLACE,)),
    }
    writers = {
        "e164": Form(("number",), sides=(CLOPOS,)),
        "digits": Form(("number",), sides=(CHECKANDPLACE,)),
    }

    def read(self, reader: str, parts: Mapping[str, Json], rules: PairRules) -> Value:
        if reader == "phone_with_country":
            return self._read_checkandplace(parts, rules)
        primary = _text(parts, "phone")
        if primary.is_unknown:
            return primary
        held, warning = _set(primary, parts, rules)
        if held.primary.e164:
            return known({"primary": held.primary.e164, "all": list(held.all)}, warning)
        if held.primary.reason != phones.EMPTY:
            return unknown(held.primary.reason or phones.INVALID)
        # Without a primary the list decides, so that one which cannot be read says nothing about the field.
        return unknown(warning) if warning else BLANK

    def same(self, a: Json, b: Json) -> bool:
        return a["primary"] in b["all"] or b["primary"] in a["all"]

    def changed(self, base: Value, now: Value) -> Change:
        # The primary is the field: a side whose primary moved has changed, though the old number stays in its list.
        if base.is_value and now.is_value and base.data["primary"] != now.data["primary"]:
            return Change.REAL
        return super().changed(base, now)

    def write(
        self, writer: str, value: Value, target: Value | None, create: bool, rules: PairRules
    ) -> Written | NotWritten:
        if not value.is_value:
            return nothing_to_write(value)
        number = value.data["primary"]
        return Written({"number": number if writer == "e164" else phones.to_checkandplace(number)})

    def keys(self, value: Value) -> Sequence[Key]:
        return tuple(Key(KeyKind.PHONE, number) for number in value.data["all"]) if value.is_value else ()

    def read_keys(self, reader: str, parts: Mapping[str, Json], value: Value, rules: PairRules) -> Sequence[Key]:
        # A primary that cannot be read takes nothing from the other numbers of the record (P-SET-08).
        if value.is_value or reader != "phone_set":
            return self.keys(value)
        held, _ = _set(_text(parts, "phone"), parts, rules)
        return tuple(Key(KeyKind.PHONE, number) for number in held.all)

    def text(self, data: Json) -> str:
        return str(data["primary"])

    def _read_checkandplace(self, parts: Mapping[str, Json], rules: PairRules) -> Value:
        number = _text(parts, "number")
        if not number.is_value:
            return number
        reading = phones.read_checkandplace_number(number.data, parts.get("country_code"), rules.region)
        return _value(reading)


def _value(reading: Reading) -> Value:
    if reading.e164:
        return known({"primary": reading.e164, "all": [reading.e164]}, reading.warning)
    return BLANK if reading.reason == phones.EMPTY else unknown(reading.reason or phones.INVALID)


def _text(parts: Mapping[str, Json], role: str) -> Value:
    raw = parts.get(role)
    if isinstance(raw, str) and _DIRECTION_MARKS.search(raw):
        parts = {role: _DIRECTION_MARKS.sub("", raw)}
    return read_text(parts, role)


def _set(primary: Value, parts: Mapping[str, Json], rules: PairRules) -> tuple[PhoneSet, str | None]:
    """Clopos' numbers (CL-18), and the code of what of the list could not be read."""
    listed = parts.get("phones")
    warning = None
    if "phones" not in parts:
        warning = None if primary.is_value else MISSING
    elif listed is not None and not isinstance(listed, list):
        warning = NUMBERS_UNREADABLE
    entries = listed if isinstance(listed, list) else []
    if len(entries) > MOST_NUMBERS:
        entries, warning = entries[:MOST_NUMBERS], NUMBERS_UNREADABLE
    texts: list[str | None] = []
    for entry in entries:
        text = _text({"entry": entry}, "entry")
        if text.warning == NOT_TEXT:
            warning = NUMBERS_UNREADABLE
        texts.append(text.data)
    return phones.read_clopos_set(primary.data, texts, rules.region, rules.calling_codes), warning
