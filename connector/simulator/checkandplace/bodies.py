"""Bodies of create and update, read and checked in the order of docs/api/checkandplace.md 3.7: JSON form, required
fields, field formats. Type id and uniqueness need the store and follow in `writes`."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from typing import Any

from connector.simulator.checkandplace.errors import Errors, Refused, base
from connector.simulator.checkandplace.phones import normalised
from connector.simulator.checkandplace.render import integers
from connector.simulator.kit import Switches
from connector.simulator.wire import Call

KNOWN = ("first_name", "last_name", "customer_type_id", "primary_phone_number", "gender")
"""The fields of 3.1 that are documented."""
TEXTS = ("first_name", "last_name", "primary_phone_number", "email", "customer_type_id")

REQUIRED = {
    "none": (),
    "first_name_and_phone": ("first_name", "primary_phone_number"),
    "also_last_name_and_type": ("first_name", "primary_phone_number", "last_name", "customer_type_id"),
}
"""Fields of a create by `required` (CP-10)."""


def read_object(call: Call, *, wrapped: bool = False) -> dict[str, Any]:
    """The JSON object of the body, out of `{"customer": …}` where wrapped (CP-43). Refused 400: no JSON object, or not
    declared as JSON; 422: the wrapper is missing."""
    if not call.headers.get("content-type", "").lower().startswith("application/json"):
        raise base(400, "content type is not application/json")
    try:
        body = json.loads(call.body)
    except ValueError:
        raise base(400, "body is not JSON") from None
    if not isinstance(body, dict):
        raise base(400, "body is not an object")
    if not wrapped:
        return body
    inner = body.get("customer")
    if not isinstance(inner, dict):
        raise Refused(422, {"customer": ["is missing"]})
    return inner


def is_blank(value: object) -> bool:
    return value is None or (isinstance(value, str) and not value.strip())


def checked(switches: Switches, body: Mapping[str, Any], *, create: bool) -> dict[str, Any]:
    """The fields of a body that the store takes, as attributes of CpCustomer; `customer_type_id` is still unchecked
    and named `type_id`. Blank texts become None; gender becomes a word. Raises Refused 422."""
    if create:
        missing = [name for name in REQUIRED[switches["required"]] if is_blank(body.get(name))]
        if missing:
            raise Refused(422, {name: ["can't be blank"] for name in missing})
    taken = _taken(switches, body)
    errors: Errors = {}
    for name in TEXTS:
        if name in taken:
            _text(switches, name, taken, errors)
    if "gender" in taken:
        _gender(switches, taken, errors)
    if errors:
        raise Refused(422, errors)
    if "customer_type_id" in taken:
        taken["type_id"] = taken.pop("customer_type_id")
    return taken


def check_lengths(switches: Switches, body: Mapping[str, Any], names: Collection[str]) -> None:
    """Texts of an anonymous create or update: strings or null, within `limits` (CP-45). Raises Refused 422."""
    errors: Errors = {}
    taken = {name: body[name] for name in names if name in body}
    for name in taken:
        _text(switches, name, taken, errors)
    if errors:
        raise Refused(422, errors)


def _taken(switches: Switches, body: Mapping[str, Any]) -> dict[str, Any]:
    """What of a body is taken at all (CP-40): the known five, and email unless switched off."""
    word = switches["extra_write"]
    extra = sorted(name for name in body if name not in KNOWN)
    if word == "unknown_422" and extra:
        raise Refused(422, {name: ["is unknown"] for name in extra})
    names = (*KNOWN, "email") if word == "email_accepted" else KNOWN
    return {name: body[name] for name in names if name in body}


def _text(switches: Switches, name: str, taken: dict[str, Any], errors: Errors) -> None:
    value = taken[name]
    if is_blank(value):
        taken[name] = None
        return
    if not isinstance(value, str):
        errors[name] = ["is invalid"]
        return
    if switches["limits"] != "none" and len(value) > int(switches["limits"]):
        errors[name] = [f"is too long (maximum is {switches['limits']} characters)"]
        return
    if name == "primary_phone_number":
        if switches["phone_write"] == "normalises":
            taken[name] = normalised(value) or None
        elif not (value.isascii() and value.isdigit()):
            errors[name] = ["is invalid"]


def _gender(switches: Switches, taken: dict[str, Any], errors: Errors) -> None:
    """An integer of the map, or with `string_write` also its word (CP-13); null is unknown."""
    value = taken["gender"]
    words = {number: word for word, number in integers(switches).items()}
    if value is None:
        taken["gender"] = "unknown"
    elif isinstance(value, int) and not isinstance(value, bool) and value in words:
        taken["gender"] = words[value]
    elif not (switches["gender_map"] == "string_write" and value in words.values()):
        errors["gender"] = ["is not included in the list"]
