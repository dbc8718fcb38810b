"""The attributes of a customer on each side, as documented: what a mapping may read and what may be sent."""

from __future__ import annotations

from connector.domain.values import CHECKANDPLACE, CLOPOS, SideName

READABLE: dict[SideName, tuple[str, ...]] = {
    # docs/api/clopos.md, 4.1; v1-only attributes are missing from v2 answers, that is unknown (CL-40, CL-48).
    CLOPOS: (
        "id", "venue_id", "cid", "group_id", "group", "name", "email", "phone", "phones", "phone_verified_at",
        "address", "addresses", "address_data", "description", "gender", "date_of_birth", "code", "source",
        "reference_id", "status", "is_verified", "can_use_loyalty_system", "discount", "spent", "total_discount",
        "total_bonus", "receipt_count", "created_at", "updated_at", "deleted_at",
    ),
    # docs/api/checkandplace.md, 4.2. `name` is left out: it is computed there and never read (CP-29).
    CHECKANDPLACE: (
        "id", "first_name", "last_name", "nickname", "country_code", "primary_phone_number", "email", "country",
        "small_image_url", "medium_image_url", "large_image_url", "type_id", "type_name", "is_default_type",
        "is_anonym", "blacklist", "gender", "gender_as_integer", "guest_language", "allow_sms", "allow_email",
        "is_active", "note", "permits", "tags", "reviews_average_score", "created_at", "updated_at",
    ),
}  # fmt: skip
"""Attributes of the records that are read, per side."""

CREATABLE: dict[SideName, tuple[str, ...]] = {
    # docs/api/clopos.md, 3.3. `cid` is not offered: it is derived (vectors, `cid`).
    CLOPOS: ("name", "email", "phone", "code", "description", "group_id", "gender", "date_of_birth"),
    # docs/api/checkandplace.md, 4.1: the allow-list of the connector. No consent, ever (CP-52).
    CHECKANDPLACE: ("first_name", "last_name", "primary_phone_number", "gender", "customer_type_id", "email"),
}
"""Attributes that a create may carry, per side."""

UPDATABLE: dict[SideName, tuple[str, ...]] = {
    CLOPOS: (),  # CL-02
    CHECKANDPLACE: CREATABLE[CHECKANDPLACE],
}
"""Attributes that an update may carry, per side."""
