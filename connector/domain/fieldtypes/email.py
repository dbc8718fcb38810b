"""E-mail addresses (docs/api/vectors.json, `link`, L5; CL-20, CP-40)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from connector.domain import emails
from connector.domain.fieldtypes.base import Form, Kind, NotWritten, Takes, Written, read_text
from connector.domain.keys import bounded_key
from connector.domain.values import CHECKANDPLACE, CLOPOS, Json, Key, KeyKind, PairRules, Value, known, unknown

BAD_EMAIL = "bad_email"
WRITE_EMAIL = "checkandplace.write_email"


class EmailType(Kind):
    """Data: the address as typed, trimmed. Two addresses with one folded key are the same."""

    name = "email"
    version = 1
    readers = {"text": Form(("text",))}
    writers = {
        "text": Form(("text",), sides=(CLOPOS,)),
        "text_if_allowed": Form(("text",), sides=(CHECKANDPLACE,)),
    }

    def read(self, reader: str, parts: Mapping[str, Json], rules: PairRules) -> Value:
        text = read_text(parts, "text")
        if not text.is_value:
            return text
        return known(text.data.strip()) if emails.email_key(text.data) else unknown(BAD_EMAIL)

    def same(self, a: Json, b: Json) -> bool:
        return emails.email_key(a) == emails.email_key(b)

    def takes(self, writer: str, create: bool, rules: PairRules) -> tuple[Takes, str | None]:
        if writer == "text_if_allowed" and not rules.write_email:
            return Takes.NOTHING, WRITE_EMAIL
        return super().takes(writer, create, rules)

    def write(
        self, writer: str, value: Value, target: Value | None, create: bool, rules: PairRules
    ) -> Written | NotWritten:
        if value.is_value and not emails.is_valid(value.data):
            return NotWritten(BAD_EMAIL)
        return super().write(writer, value, target, create, rules)

    def keys(self, value: Value) -> Sequence[Key]:
        key = emails.email_key(value.data) if value.is_value else None
        return (Key(KeyKind.EMAIL, bounded_key(key)),) if key else ()
