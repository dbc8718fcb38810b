"""The default mapping and the contract's own sample records, for the tests of the mapping layer."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from connector.config.mapping import load_mapping
from connector.domain.fieldspec import FieldMapping
from connector.domain.mapping import Mapper
from connector.domain.values import PairRules

MAPPING: FieldMapping = load_mapping()
RULES = PairRules(brand="demobrand", region="AZ", calling_codes=("994", "90"))
TYPE_ID = "6a1f6c1e-2b7d-4a53-9a0e-0d4b8c5f7e11"
CHECKANDPLACE_ID = "1f0c7d2a-6f0b-4b58-8f0d-5a9c1c2e7b01"
DERIVED_CID = "c78b7bd2-2bb0-5bcb-8c18-a71576677c6a"


def mapper(**changed: Any) -> Mapper:
    """The default mapping under rules with these changes."""
    return Mapper(MAPPING, replace(RULES, **changed))


def clopos_record(**changed: Any) -> dict[str, Any]:
    """The customer of docs/api/clopos.md, 3.1; ... leaves an attribute out."""
    record: dict[str, Any] = {
        "id": 4101, "venue_id": 1, "cid": "7b0f6a52-4d0e-4c39-9c54-2f8a6f3d1e77", "group_id": 3,
        "name": "Nərmin Sadıqova", "email": "nermin@example.com", "phone": "+994502223344", "phones": [],
        "address": None, "address_data": [{"type": "plain", "source": "client", "formattedAddress": "Sınaq küçəsi 7"}],
        "description": None, "discount": 0, "spent": 212.4, "total_discount": 4.1, "total_bonus": 0, "receipt_count": 6,
        "gender": 2, "date_of_birth": "1991-08-17", "code": None, "source": None, "reference_id": None,
        "status": True, "can_use_loyalty_system": False, "is_verified": False,
        "created_at": "2026-02-03T08:15:42.000000Z", "updated_at": "2026-11-19T18:02:09.000000Z",
        "group": {"id": 3, "name": "Qonaqlar", "discount_value": 5, "updated_at": "2025-06-01T09:00:00.000000Z"},
    }  # fmt: skip
    return _with(record, changed)


def checkandplace_record(**changed: Any) -> dict[str, Any]:
    """The customer of docs/api/checkandplace.md, 3.2; ... leaves an attribute out."""
    silent = {"permit": None, "value": None, "source": None, "change_date": None, "verified": None}
    record: dict[str, Any] = {
        "id": CHECKANDPLACE_ID, "first_name": "Deniz", "last_name": "Aksoy", "name": "Deniz Aksoy", "nickname": None,
        "country_code": "90", "primary_phone_number": "905321110022", "email": None, "country": None,
        "small_image_url": None, "type_id": TYPE_ID, "type_name": "Standard", "is_default_type": True,
        "is_anonym": False, "blacklist": False, "gender": "unknown", "gender_as_integer": 0, "guest_language": "tr",
        "allow_sms": True, "allow_email": False, "is_active": True, "note": None,
        "created_at": "20.11.2026 12:15", "updated_at": "20.11.2026 12:15",
        "permits": {channel: dict(silent) for channel in ("sms", "email", "call", "whatsapp")},
        "tags": [], "reviews_average_score": 0,
    }  # fmt: skip
    return _with(record, changed)


def _with(record: dict[str, Any], changed: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in (record | changed).items() if value is not ...}
