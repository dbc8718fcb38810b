"""What the store keeps of a customer; how it is shown is `render`'s business."""

from __future__ import annotations

from dataclasses import dataclass, field

MAIN_STORE = "main"
OTHER_STORE = "other"
"""The second store of the organisation (CP-31): own token, own customers."""

GENDERS = ("unknown", "male", "female")
CHANNELS = ("sms", "email", "call", "whatsapp")

PLACEHOLDERS = {"en": ("Unknown", "Customer"), "tr": ("Bilinmeyen", "Müşteri")}
"""First name and the word before the number, by language (CP-46)."""


@dataclass(frozen=True, slots=True)
class CustomerType:
    id: str
    name: str
    is_default: bool = False


TYPES = (
    CustomerType("6a1f6c1e-2b7d-4a53-9a0e-0d4b8c5f7e11", "Standard", is_default=True),
    CustomerType("0e3b5f52-7c44-4a6f-8a0b-5d1c9f2e6a22", "VIP"),
    CustomerType("b81d2c94-1f0e-4c3a-9b57-3e6a7d8c4f33", "Corporate"),
)


@dataclass(slots=True)
class CpCustomer:
    """One customer. Times are epoch seconds; `gender` is one of GENDERS; a permit is None (not set), True or False.

    `primary_phone_number` is digits with the country code first, or whatever staff typed. A `country_code` that is
    set is shown as it stands; None lets `phone_read` (CP-11) derive it. `person` is the truth label and `origin` who
    made the record (`seed`, `staff`, `api`): both never travel.
    """

    id: str
    created_at: float
    updated_at: float
    sequence: int
    store: str = MAIN_STORE
    person: str | None = None
    origin: str = "seed"
    first_name: str | None = None
    last_name: str | None = None
    nickname: str | None = None
    primary_phone_number: str | None = None
    country_code: str | None = None
    email: str | None = None
    country: str | None = None
    type_id: str | None = None
    is_anonym: bool = False
    blacklist: bool = False
    gender: str = "unknown"
    guest_language: str = "tr"
    allow_sms: bool | None = True
    allow_email: bool | None = False
    is_active: bool = True
    note: str | None = None
    permits: dict[str, bool | None] = field(default_factory=lambda: dict.fromkeys(CHANNELS))
    permits_changed_at: float | None = None
    tags: list[str] = field(default_factory=list)
    reviews_average_score: float = 0
    visits: int = 0

    @property
    def name(self) -> str:
        """Nickname, else "first last" (CP-29)."""
        return self.nickname or " ".join(part for part in (self.first_name, self.last_name) if part)


EDITABLE = frozenset(
    {
        "first_name", "last_name", "nickname", "primary_phone_number", "country_code", "email", "country", "type_id",
        "is_anonym", "blacklist", "gender", "guest_language", "allow_sms", "allow_email", "is_active", "note",
        "tags", "reviews_average_score",
    }
)  # fmt: skip
"""What staff and seeds may set by name."""
