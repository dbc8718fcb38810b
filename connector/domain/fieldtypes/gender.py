"""Gender (docs/api/vectors.json, `gender`; CL-26, CP-13)."""

from __future__ import annotations

from collections.abc import Mapping

from connector.domain import gender
from connector.domain.fieldtypes.base import MISSING, Form, Kind, NotWritten, Takes, Written, nothing_to_write
from connector.domain.gender import Gender
from connector.domain.values import BLANK, CHECKANDPLACE, CLOPOS, Json, PairRules, Value, known, unknown

GENDER_MAP = "gender"
NOT_MAPPED = "gender_not_mapped"


class GenderType(Kind):
    """Data: "male" or "female"."""

    name = "gender"
    version = 1
    readers = {
        "clopos_gender": Form(("code",), sides=(CLOPOS,)),
        "checkandplace_gender": Form(("text", "integer"), sides=(CHECKANDPLACE,)),
    }
    writers = {
        "clopos_gender": Form(("code",), sides=(CLOPOS,)),
        "checkandplace_gender": Form(("code",), sides=(CHECKANDPLACE,)),
    }

    def read(self, reader: str, parts: Mapping[str, Json], rules: PairRules) -> Value:
        if reader == "clopos_gender":
            return as_value(gender.read_clopos(parts))
        return as_value(gender.read_checkandplace(parts, rules.gender_map))

    def takes(self, writer: str, create: bool, rules: PairRules) -> tuple[Takes, str | None]:
        if writer == "checkandplace_gender" and not rules.gender_map:
            return Takes.NOTHING, GENDER_MAP
        return super().takes(writer, create, rules)

    def write(
        self, writer: str, value: Value, target: Value | None, create: bool, rules: PairRules
    ) -> Written | NotWritten:
        canonical = value.data if value.is_value else gender.UNSPECIFIED
        if writer == "clopos_gender":
            code = gender.clopos_code(canonical)
            return nothing_to_write(value) if code is None else Written({"code": code})
        code = gender.checkandplace_code(canonical, rules.gender_map, create=create)
        parts = {} if code is None else {"code": code}
        if not value.is_value:
            return NotWritten(nothing_to_write(value).reason, parts=parts)
        if not code:
            return NotWritten(NOT_MAPPED, GENDER_MAP, parts=parts)
        return Written(parts)


def as_value(reading: Gender) -> Value:
    """A reading in the words of docs/api/README.md: unspecified without a warning is blank."""
    if reading.canonical in (gender.MALE, gender.FEMALE):
        return known(reading.canonical, reading.warning)
    if reading.canonical == gender.NO_INFORMATION:
        return unknown(MISSING)
    return unknown(reading.warning) if reading.warning else BLANK
