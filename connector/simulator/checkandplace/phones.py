"""Phones as this store keeps and shows them (CP-11, CP-12). Numbers are digits with the country code first; whatever
staff typed otherwise is kept and shown as it stands."""

from __future__ import annotations

from functools import lru_cache

import phonenumbers

STORE_CALLING_CODE = "90"


@lru_cache(maxsize=1 << 18)
def parts(number: str) -> tuple[str, str, str] | None:
    """(calling code, national number, region) of digits that carry their country code, else None."""
    if not (number.isascii() and number.isdigit()) or number.startswith("0"):
        return None
    try:
        parsed = phonenumbers.parse("+" + number)
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_possible_number(parsed):
        return None
    code = str(parsed.country_code)
    region = phonenumbers.region_code_for_number(parsed) or phonenumbers.region_code_for_country_code(int(code))
    return code, number[len(code) :], region


def shown(number: str | None, country_code: str | None, form: str) -> tuple[str | None, str | None]:
    """(`primary_phone_number`, `country_code`) of an answer in the form of `phone_read` (CP-11). A `country_code` that
    is kept with the customer, and a number without a readable country code, are shown as they stand."""
    if number is None:
        return None, country_code
    known = None if country_code is not None else parts(number)
    if known is None:
        return number, country_code
    code, national, region = known
    forms = {
        "full": (number, code),
        "national": (national, code),
        "plus": ("+" + number, code),
        "region": (number, region),
        "no_country_code": (number, None),
    }
    return forms[form]


def digits(text: str) -> str:
    return "".join(letter for letter in text if letter.isascii() and letter.isdigit())


def normalised(text: str) -> str:
    """What `phone_write` = normalises makes of a text (CP-12): digits with the country code first; a leading 0 is
    the trunk prefix of the store's own country."""
    number = digits(text)
    if text.strip().startswith("+"):
        return number
    if number.startswith("00"):
        return number[2:]
    return STORE_CALLING_CODE + number[1:] if number.startswith("0") else number


def key(number: str | None, country_code: str | None) -> str:
    """What uniqueness and the phone filter compare: all digits; "" where there are none."""
    found = digits(number or "")
    if found and country_code and country_code.isdigit() and not found.startswith(country_code):
        return country_code + found.lstrip("0")
    return found
