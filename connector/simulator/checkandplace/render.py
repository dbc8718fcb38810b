"""Customers as answers show them: docs/api/checkandplace.md 3.2 (order of (b)), 3.4 (order of (a)), 4.2."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

from connector.simulator.checkandplace.customer import CHANNELS, CpCustomer
from connector.simulator.checkandplace.phones import shown
from connector.simulator.checkandplace.store import CheckandplaceStore
from connector.simulator.checkandplace.switches import names
from connector.simulator.checkandplace.times import text
from connector.simulator.kit import Switches

APP = "a"
INTEGRATION = "b"

ORDER = {
    INTEGRATION: (
        "id", "first_name", "last_name", "name", "nickname", "country_code", "primary_phone_number", "email",
        "country", "small_image_url", "medium_image_url", "large_image_url", "type_id", "type_name",
        "is_default_type", "is_anonym", "blacklist", "gender", "gender_as_integer", "guest_language", "allow_sms",
        "allow_email", "is_active", "note", "created_at", "updated_at", "permits", "tags", "reviews_average_score",
    ),
    APP: (
        "id", "first_name", "last_name", "name", "country_code", "primary_phone_number", "small_image_url",
        "medium_image_url", "large_image_url", "type_id", "type_name", "is_default_type", "is_anonym", "email",
        "blacklist", "gender", "gender_as_integer", "country", "guest_language", "nickname", "allow_sms",
        "allow_email", "is_active", "note", "created_at", "updated_at", "permits", "tags", "reviews_average_score",
    ),
}  # fmt: skip
SMALL = ("id", "first_name", "last_name", "name", "primary_phone_number", "email", "gender")
"""The small object of CP-41."""

INTEGERS = {"unknown": 0, "male": 1, "female": 2}
SWAPPED = {"unknown": 0, "male": 2, "female": 1}
TURKISH = {"unknown": "bilinmiyor", "male": "erkek", "female": "kadın"}

TAGS = uuid.UUID("7d0a6a52-5a0e-4d5c-9d8e-1f2b3c4d5e6f")
"""Namespace of tag ids, so that a tag has one id wherever it is shown."""


def integers(switches: Switches) -> dict[str, int]:
    """Gender -> integer (CP-13)."""
    return SWAPPED if switches["gender_map"] == "1_female_2_male" else INTEGERS


class Renderer:
    """Renders for one answer: the switches are read once. `stamp` goes into added fields, so that they differ from
    answer to answer (CP-30: extras must not count as a change)."""

    def __init__(self, store: CheckandplaceStore, generation: str, stamp: int) -> None:
        switches = store.switches
        self._types = store.types
        self._order = ORDER[generation]
        self._time_form = switches["time_format"] if generation == INTEGRATION else "day_first"
        self._zone = switches["store_zone"]
        self._phone = switches["phone_read"]
        self._integers = integers(switches)
        self._words = TURKISH if switches["gender_map"] == "other_language" else {name: name for name in INTEGERS}
        self._permit: Callable[[bool], bool | str] = bool
        if switches["permit_values"] == "onay_ret":
            self._permit = lambda permit: "ONAY" if permit else "RET"
        self._tag_objects = switches["tag_shape"] == "objects"
        self._older = switches["empties"] == "older"
        self._added = {name: f"{name} {stamp}" for name in names(switches["add_fields"])}
        self._dropped = names(switches["drop_fields"])
        self._small = generation == INTEGRATION and switches["object_shape"] == "small"

    def customer(self, customer: CpCustomer) -> dict[str, Any]:
        """The object of one customer."""
        number, country_code = shown(customer.primary_phone_number, customer.country_code, self._phone)
        kind = self._types.get(customer.type_id or "")
        facts: dict[str, Any] = {
            "id": customer.id,
            "first_name": customer.first_name,
            "last_name": customer.last_name,
            "name": customer.name,
            "nickname": customer.nickname,
            "country_code": country_code,
            "primary_phone_number": number,
            "email": customer.email,
            "country": "" if self._older and customer.country is None else customer.country,
            "small_image_url": None,
            "medium_image_url": None,
            "large_image_url": None,
            "type_id": customer.type_id,
            "type_name": kind.name if kind else None,
            "is_default_type": bool(kind and kind.is_default),
            "is_anonym": customer.is_anonym,
            "blacklist": customer.blacklist,
            "gender": self._words[customer.gender],
            "gender_as_integer": self._integers[customer.gender],
            "guest_language": customer.guest_language,
            "allow_sms": customer.allow_sms,
            "allow_email": None if self._older and not customer.allow_email else customer.allow_email,
            "is_active": customer.is_active,
            "note": customer.note,
            "created_at": text(customer.created_at, self._zone, self._time_form),
            "updated_at": text(customer.updated_at, self._zone, self._time_form),
            "permits": self._permits(customer),
            "tags": [self._tag(tag) for tag in customer.tags],
            "reviews_average_score": customer.reviews_average_score,
        }
        ordered = {name: facts[name] for name in (SMALL if self._small else self._order)}
        ordered.update(self._added)
        for name in self._dropped:
            ordered.pop(name, None)
        return ordered

    def _permits(self, customer: CpCustomer) -> dict[str, dict[str, Any]]:
        """All four channels; a permit that is not set is an object of nulls (CP-25)."""
        shown_permits = {}
        for channel in CHANNELS:
            permit = customer.permits.get(channel)
            blank = permit is None
            changed = customer.permits_changed_at
            shown_permits[channel] = {
                "permit": None if permit is None else self._permit(permit),
                "value": None if permit is None else self._permit(permit),
                "source": None if blank else "store",
                "change_date": None if blank or changed is None else text(changed, self._zone, self._time_form),
                "verified": None if blank else True,
            }
        return shown_permits

    def _tag(self, tag: str) -> dict[str, str] | str:
        return {"id": str(uuid.uuid5(TAGS, tag)), "name": tag} if self._tag_objects else tag
