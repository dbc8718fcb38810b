"""Gender: reading and writing both sides' codes (docs/api/vectors.json, `gender`; CL-26, CP-13).

Only unknown = 0 is evidenced on Check&Place. What its other integers mean is said by the operator or not at all: a code
is never guessed, and a doubt is no information.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from connector.domain.values import Json

MALE = "male"
FEMALE = "female"
UNSPECIFIED = "unspecified"
NO_INFORMATION = "no_information"

UNKNOWN_VALUE = "unknown_value"
CONTRADICTION = "contradiction"
UNMAPPED_INTEGER = "unmapped_integer"
UNKNOWN_STRING = "unknown_string"

_CLOPOS_CODES = {1: MALE, 2: FEMALE}
_UNKNOWN_CODE = 0
_LARGEST_CODE = 10**9


@dataclass(frozen=True, slots=True)
class Gender:
    """A reading. Male and female are values, also with a warning; `unspecified` without a warning is blank; everything
    else is unknown.
    """

    canonical: str
    warning: str | None = None


def read_clopos(parts: Mapping[str, Json]) -> Gender:
    """Clopos' integer, in `parts` under `code`; a missing one is no information."""
    if "code" not in parts:
        return Gender(NO_INFORMATION)
    raw = parts["code"]
    if _is_blank(raw):
        return Gender(UNSPECIFIED)
    if type(raw) is int and raw in _CLOPOS_CODES:  # a bool is no code
        return Gender(_CLOPOS_CODES[raw])
    return Gender(UNSPECIFIED, UNKNOWN_VALUE)


def read_checkandplace(parts: Mapping[str, Json], gender_map: Mapping[str, str] | None) -> Gender:
    """Check&Place's pair, in `parts` under `text` and `integer`, either of which may be missing.

    `gender_map` is the operator's: integer as text -> male or female.
    """
    if "text" not in parts and "integer" not in parts:
        return Gender(NO_INFORMATION)
    text, integer = parts.get("text"), parts.get("integer")
    word = text.strip().lower() if isinstance(text, str) else ""
    if word in (MALE, FEMALE):
        return _beside_value(word, integer, gender_map)
    if word == "unknown":
        return _beside_unknown(integer)
    mapped = _mapped(integer, gender_map)
    if not _is_blank(text):
        return Gender(mapped, UNKNOWN_STRING) if mapped else Gender(UNSPECIFIED, UNKNOWN_VALUE)
    if mapped:
        return Gender(mapped)
    if _is_blank(integer) or _is_code(integer, _UNKNOWN_CODE):
        return Gender(UNSPECIFIED)
    return Gender(UNSPECIFIED, UNKNOWN_VALUE)


def clopos_code(canonical: str) -> int | None:
    """What a Clopos create sends; None = leave the field out."""
    return next((code for code, word in _CLOPOS_CODES.items() if word == canonical), None)


def checkandplace_code(canonical: str, gender_map: Mapping[str, str] | None, *, create: bool) -> int | None:
    """What Check&Place is sent: the mapped integer; else a create sends 0, the documented example, and an update
    leaves the field out (None), so that a known value is never overwritten by 0.
    """
    for code, word in (gender_map or {}).items():
        if word == canonical and canonical in (MALE, FEMALE):
            return int(code)
    return _UNKNOWN_CODE if create else None


def _beside_value(word: str, integer: Json, gender_map: Mapping[str, str] | None) -> Gender:
    if _is_blank(integer):
        return Gender(word)
    if type(integer) is not int:
        return Gender(word, UNKNOWN_VALUE)
    if integer == _UNKNOWN_CODE:
        return Gender(UNSPECIFIED, CONTRADICTION)
    mapped = _mapped(integer, gender_map)
    if mapped is None:
        return Gender(word, UNMAPPED_INTEGER)
    return Gender(word) if mapped == word else Gender(UNSPECIFIED, CONTRADICTION)


def _beside_unknown(integer: Json) -> Gender:
    if _is_blank(integer) or _is_code(integer, _UNKNOWN_CODE):
        return Gender(UNSPECIFIED)
    return Gender(UNSPECIFIED, CONTRADICTION if type(integer) is int else UNKNOWN_VALUE)


def _mapped(integer: Json, gender_map: Mapping[str, str] | None) -> str | None:
    # A number of thousands of digits has no text in Python; no code is that long.
    if type(integer) is not int or not gender_map or abs(integer) > _LARGEST_CODE or integer == _UNKNOWN_CODE:
        return None
    return gender_map.get(str(integer))


def _is_code(raw: Json, code: int) -> bool:
    return type(raw) is int and raw == code


def _is_blank(raw: Json) -> bool:
    return raw is None or (isinstance(raw, str) and not raw.strip())
