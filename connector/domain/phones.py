"""Phone numbers: reading both sides' texts into E.164, and writing them (docs/api/vectors.json, `phone`, P1 to P3).

Only a valid number of the numbering plan yields E.164; a number that is merely possible is unknown: never a match key,
never sent. Every function takes any text and raises nothing.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import phonenumbers
from phonenumbers import NumberParseException

EMPTY = "empty"
AMBIGUOUS = "ambiguous"
CONTRADICTION = "contradiction"
INVALID = "invalid"
COUNTRY_CODE_UNKNOWN = "country_code_unknown"

_LONGEST = 250  # libphonenumber refuses longer texts; they must not fill the memory of readings either
_BARE = re.compile(r"[\d\s\u200b().-]+")
_BLANK = re.compile(r"[\s\u200b\ufeff]*")
_CALLING_CODE = re.compile(r"\+?([0-9]{1,3})")
_REGION = re.compile(r"[A-Za-z]{2}")
_PARSE_REASONS = {
    NumberParseException.INVALID_COUNTRY_CODE: "invalid_country_code",
    NumberParseException.NOT_A_NUMBER: "not_a_number",
    NumberParseException.TOO_SHORT_AFTER_IDD: "too_short",
    NumberParseException.TOO_SHORT_NSN: "too_short",
    NumberParseException.TOO_LONG: "too_long",
}


@dataclass(frozen=True, slots=True)
class Reading:
    """What became of one text: E.164, or None with the reason. Reason `empty` is blank, every other one unknown.
    `warning` may stand beside a number (a country code that was not understood).
    """

    e164: str | None
    reason: str | None = None
    warning: str | None = None


@dataclass(frozen=True, slots=True)
class PhoneSet:
    """Clopos' numbers (CL-18): the primary's reading, and every valid number of the record, in order, once each."""

    primary: Reading
    all: tuple[str, ...]


def read_number(raw: str | None, region: str) -> Reading:
    """P1: the number of a text; a text without a calling code is read as dialled in `region`."""
    if raw is None or _BLANK.fullmatch(raw):
        return Reading(None, EMPTY)
    if len(raw) > _LONGEST:
        return Reading(None, "too_long")
    return _parse(raw, region)


def read_clopos_number(raw: str | None, region: str, calling_codes: Sequence[str]) -> Reading:
    """P2: P1, and else the digits behind a plus where they begin with a calling code typed without one."""
    first = read_number(raw, region)
    if raw is None or first.e164 or first.reason == EMPTY:
        return first
    bare = _bare_digits(raw)
    if bare is None or not bare.startswith(tuple(calling_codes)):
        return first
    second = read_number(f"+{bare}", region)
    return second if second.e164 else first


def read_clopos_set(phone: str | None, phones: Sequence[str | None], region: str, codes: Sequence[str]) -> PhoneSet:
    """CL-18: the primary is `phone` unless that is blank, else the first of `phones` that is not; every valid number
    of both counts as one of the customer's.
    """
    readings = [read_clopos_number(text, region, codes) for text in (phone, *phones)]
    primary = next((reading for reading in readings if reading.reason != EMPTY), Reading(None, EMPTY))
    return PhoneSet(primary, tuple(dict.fromkeys(reading.e164 for reading in readings if reading.e164)))


def read_checkandplace_number(number: str | None, country_code: Any, region: str) -> Reading:
    """P3 (CP-11): the number read alone and with its country code; two different valid readings are ambiguous.

    `country_code` is a calling code with or without plus, a two-letter region, or blank; anything else is ignored
    with the warning `country_code_unknown`.
    """
    if number is None or _BLANK.fullmatch(number):
        return Reading(None, EMPTY)
    code, code_region, warning = _understand_country(country_code)
    text = number.strip()
    if text.startswith(("+", "＋", "00")):
        readings = [read_number(text, region)]
    else:
        bare = _bare_digits(text)
        readings = [read_number(f"+{bare}", region)] if bare else []
        readings.append(read_number(text, code_region or region))
    numbers = list(dict.fromkeys(reading.e164 for reading in readings if reading.e164))
    if not numbers:
        return Reading(None, INVALID, warning)
    if code is not None:
        numbers = [e164 for e164 in numbers if calling_code(e164) == code]
        if not numbers:
            return Reading(None, CONTRADICTION, warning)
    if len(numbers) > 1:
        return Reading(None, AMBIGUOUS, warning)
    return Reading(numbers[0], None, warning)


def to_checkandplace(e164: str) -> str:
    """The written form of Check&Place: digits, country code first, no plus (CP-12)."""
    return e164.removeprefix("+")


def lookup_values(e164: str) -> tuple[str, str, str]:
    """The values to filter Clopos' `phones` by for a create in doubt (CL-08): E.164, digits, the last nine digits.
    The look-up before a create that rests on an old reading uses the last alone.
    """
    digits = e164.removeprefix("+")
    return e164, digits, digits[-9:]


def calling_code(e164: str) -> str:
    """The calling code of a valid E.164 number, as digits; "" if there is none."""
    digits = e164.removeprefix("+")
    return next((digits[:n] for n in (1, 2, 3) if _is_calling_code(digits[:n])), "")


def is_region(text: str) -> bool:
    """Is this an ISO region (two capital letters) whose numbers can be read without a calling code?"""
    return text in phonenumbers.SUPPORTED_REGIONS


def _bare_digits(text: str) -> str | None:
    trimmed = text.strip()
    if len(trimmed) > _LONGEST or not _BARE.fullmatch(trimmed):
        return None
    digits = "".join(str(int(letter)) for letter in trimmed if letter.isdecimal())
    return digits if digits and not digits.startswith("0") else None


def _understand_country(raw: Any) -> tuple[str | None, str | None, str | None]:
    """The calling code, its region and the warning that a country code of Check&Place gives."""
    if isinstance(raw, int) and not isinstance(raw, bool) and 0 < raw < 1000:
        raw = str(raw)
    if raw is None or (isinstance(raw, str) and _BLANK.fullmatch(raw)):
        return None, None, None
    text = raw.strip() if isinstance(raw, str) else ""
    code = _CALLING_CODE.fullmatch(text)
    if code and _is_calling_code(code[1]):
        return code[1], phonenumbers.region_code_for_country_code(int(code[1])), None
    if _REGION.fullmatch(text) and is_region(text.upper()):
        return str(phonenumbers.country_code_for_region(text.upper())), text.upper(), None
    return None, None, COUNTRY_CODE_UNKNOWN


def _is_calling_code(digits: str) -> bool:
    return digits != "" and not digits.startswith("0") and int(digits) in phonenumbers.COUNTRY_CODE_TO_REGION_CODE


@lru_cache(maxsize=65_536)
def _parse(raw: str, region: str) -> Reading:
    # 20 to 30 us each without the cache; a text may be read twice per scan and again by the next.
    try:
        number = phonenumbers.parse(raw, region)
    except NumberParseException as error:
        return Reading(None, _PARSE_REASONS.get(error.error_type, INVALID))
    if phonenumbers.is_valid_number(number):
        number.extension = None
        return Reading(phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164))
    return Reading(None, "possible_not_valid" if phonenumbers.is_possible_number(number) else "not_possible")
