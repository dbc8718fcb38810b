"""A person's name (docs/api/vectors.json, `names` and `name_write`). One text on Clopos, two parts on Check&Place."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from connector.domain import names
from connector.domain.fieldtypes.base import (
    Change,
    Form,
    Kind,
    NotWritten,
    Written,
    nothing_to_write,
    read_text,
)
from connector.domain.keys import bounded_key
from connector.domain.names import Split
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
)

SHORTER_NAME = "shorter_name"
NO_NAME = "no_name"


class NameType(Kind):
    """Data: {"text"}; read from Check&Place also "first" and "last" (None where that part is blank)."""

    name = "name"
    version = 1
    readers = {
        "full_name": Form(("text",), sides=(CLOPOS,)),
        "first_last": Form(("first", "last"), sides=(CHECKANDPLACE,)),
    }
    writers = readers

    def read(self, reader: str, parts: Mapping[str, Json], rules: PairRules) -> Value:
        if reader == "full_name":
            read = read_text(parts, "text")
            if read.is_unknown:
                return read
            cleaned = names.clean(read.data)
            return known({"text": cleaned}) if cleaned else BLANK
        first, last = read_text(parts, "first"), read_text(parts, "last")
        for part in (first, last):
            if part.is_unknown:
                return part
        given, family = names.clean(first.data), names.clean(last.data)
        if family is not None and family == names.clean(rules.last_name_placeholder):
            family = None  # our own filling of a required field (CP-10)
        if given is None and family is None:
            return BLANK
        text = " ".join(part for part in (given, family) if part)  # N1 of parts that are clean already
        return known({"text": text, "first": given, "last": family})

    def same(self, a: Json, b: Json) -> bool:
        return names.same(a["text"], b["text"])

    def changed(self, base: Value, now: Value) -> Change:
        # N4: the clean text counts; where Check&Place's parts meet is not part of it.
        if base.is_value and now.is_value and base.data["text"] == now.data["text"]:
            return Change.NONE
        return super().changed(base, now)

    def write(
        self, writer: str, value: Value, target: Value | None, create: bool, rules: PairRules
    ) -> Written | NotWritten:
        if not value.is_value:
            return nothing_to_write(value)
        if writer == "full_name":
            return Written({"text": value.data["text"]})
        parts = split_of(value)
        if parts.first is None and parts.last is None:
            return NotWritten(NO_NAME)
        if parts.last is not None:
            return Written({"first": parts.first, "last": parts.last})
        if target is not None and target.is_unknown:
            return NotWritten(target.warning or "unknown")
        if target is not None and target.is_value and split_of(target).last is not None:
            return NotWritten(SHORTER_NAME, settle=True)
        if rules.last_name_placeholder:
            return Written({"first": parts.first, "last": rules.last_name_placeholder})
        return Written({"first": parts.first})

    def keys(self, value: Value) -> Sequence[Key]:
        text = names.key(value.data["text"]) if value.is_value else ""
        return (Key(KeyKind.NAME, bounded_key(text)),) if text else ()

    def text(self, data: Json) -> str:
        return str(data["text"])


def split_of(value: Value) -> Split:
    """A known name as two parts: as Check&Place holds them, else by N2 from the text."""
    data = value.data
    return Split(data["first"], data["last"], "held") if "first" in data else names.split(data["text"])


def spelling_differs_after_split(clopos: Value, checkandplace: Value) -> bool:
    """Would writing Clopos' name to Check&Place change its spelling alone, and not the order (N4, `cosmetic`)?"""
    if not (clopos.is_value and checkandplace.is_value):
        return False
    return names.spelled_apart(split_of(clopos), split_of(checkandplace))
