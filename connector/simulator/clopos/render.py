"""Answers of the Clopos simulator: customer and group objects, envelopes, times (docs/api/clopos.md 3, 4, 6)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

import msgspec

from connector.simulator.clopos.store import CloposStore, Customer, Group
from connector.simulator.wire import Reply

SORTS = ("id", "cid", "group_id", "name", "email", "address", "created_at", "updated_at")
GROUP_SORTS = (
    "id", "name", "discount_type", "discount_value", "total_amount", "created_at", "updated_at", "deleted_at",
)  # fmt: skip
BAKU = timedelta(hours=4)
BROKEN_TIME = "-000001-11-30T00:00:00.000000Z"
FUTURE = int(datetime(2099, 1, 1, tzinfo=UTC).timestamp())

encode = msgspec.json.encode


class Renderer:
    """Turns stored objects into answers by the switches. Rendered customers are kept as bytes with the customer."""

    def __init__(self, store: CloposStore) -> None:
        self.store, self.switches, self.clock = store, store.switches, store.clock
        self._words: dict[str, str] = {}
        self._epoch = 0
        self._serial = count(1)

    # Objects

    def customer(self, customer: Customer, generation: str, included: frozenset[str]) -> bytes:
        """One customer as JSON; `included` are the names of `with`."""
        if self._words != self.switches.words:
            self._words, self._epoch = dict(self.switches.words), self._epoch + 1
        volatile = self.switches["add_fields"] != "none" or self.switches["broken_timestamp"] == "future"
        form = f"{self._epoch} {generation} {' '.join(sorted(included))}"
        if volatile:
            return encode(self.attributes(customer, generation, included))
        if form not in customer.cache:
            customer.cache[form] = encode(self.attributes(customer, generation, included))
        return customer.cache[form]

    def attributes(self, customer: Customer, generation: str, included: frozenset[str]) -> dict[str, Any]:
        """One customer's attributes (section 4.1), switches applied."""
        words = self.switches
        legacy = customer.origin != "api" and customer.id % 2 == 0
        shown: dict[str, Any] = {
            "id": str(customer.id) if words["id_type"] == "string" else customer.id,
            "venue_id": None if legacy and words["nulls"] == "venue" else customer.venue_id,
            "cid": None if legacy and words["nulls"] == "cid" else customer.cid,
            "group_id": None if legacy and words["nulls"] == "group" else customer.group_id,
            "name": customer.name,
            "email": customer.email,
            "phone": customer.phone,
            "phones": self._phones(customer, generation),
            "address": customer.address,
            "address_data": _address_data(customer.address),
            "description": customer.description,
            "discount": customer.discount,
            "spent": customer.spent,
            "total_discount": customer.total_discount,
            "total_bonus": customer.total_bonus,
            "receipt_count": customer.receipt_count,
            "gender": self._gender(customer),
            "date_of_birth": customer.date_of_birth,
            "code": customer.code,
            "source": customer.source,
            "reference_id": customer.reference_id,
            "status": customer.status,
            "can_use_loyalty_system": customer.can_use_loyalty_system,
            "is_verified": customer.is_verified,
            "created_at": self.stamp(customer.created_at),
            "updated_at": self.updated_at(customer),
        }
        if generation == "v1" or words["extra_fields"] == "both":
            shown |= self._v1_only(customer)
        elif customer.deleted_at is not None:
            shown["deleted_at"] = self.stamp(customer.deleted_at)
        shown |= self._included(customer, included, generation, shown["group_id"])
        return self._reshaped(shown)

    def group(self, group: Group) -> dict[str, Any]:
        """One group (section 4.2, CL-41, CL-45)."""
        form = self.switches["group_shape"]
        broken = self.switches["broken_timestamp"] == "some" and group.id % 3 == 0
        shown = {
            "id": group.id,
            "name": group.name,
            "discount_type": 1 if form == "int" else None,
            "discount_value": group.discount_value,
            "system_type": group.system_type,
            "created_at": BROKEN_TIME if broken else self.stamp(group.created_at),
            "updated_at": BROKEN_TIME if broken else self.stamp(group.created_at),
            "deleted_at": None,
        }
        return shown | ({"total_amount": 0.0} if form == "total_amount" else {})

    # Envelopes

    def listing(self, rows: Iterable[bytes], total: int, page: int, limit: int, sorts: Sequence[str]) -> Reply:
        """A list answer (CL-11, CL-38)."""
        data = b"[" + b",".join(rows) + b"]"
        shape = self.switches["list_shape"]
        if shape == "bare_array":
            return Reply(200, data)
        if shape == "pagination":
            pages = {"page": page, "per_page": limit, "total": total, "total_pages": -(-total // limit)}
            return Reply(200, b'{"data":' + data + b',"pagination":' + encode(pages) + b"}")
        rest = ({"total": total} if shape == "total" else {}) | self.meta(sorts)
        tail = b"," + encode(rest)[1:] if rest else b"}"
        return Reply(200, b'{"success":true,"data":' + data + tail)

    def single(self, status: int, row: bytes) -> Reply:
        """One customer as an answer (CL-11)."""
        if self.switches["object_shape"] == "bare":
            return Reply(status, row)
        meta = self.meta(None)
        tail = b"," + encode(meta)[1:] if meta else b"}"
        return Reply(status, b'{"success":true,"data":' + row + tail)

    def meta(self, sorts: Sequence[str] | None) -> dict[str, Any]:
        """`time`, `timestamp`, `unix` and, on lists, `sorts` (CL-38)."""
        form = self.switches["meta"]
        if form == "none":
            return {}
        now = datetime.fromtimestamp(self.clock.now(), UTC)
        wall = now + BAKU if form == "local_timestamp" else now
        shown = {"time": 20, "timestamp": wall.strftime("%Y-%m-%d %H:%M:%S"), "unix": int(now.timestamp())}
        return shown | ({"sorts": list(sorts)} if sorts is not None else {})

    # Times

    def stamp(self, at: int) -> str:
        """A time as customers and groups carry it; under CL-15 Baku wall time, still labelled Z."""
        moment = datetime.fromtimestamp(at, UTC)
        if self.switches["updated_at_zone"] == "baku":
            moment += BAKU
        return moment.strftime("%Y-%m-%dT%H:%M:%S.000000Z")

    def updated_at(self, customer: Customer) -> str:
        """`updated_at` as shown (CL-45)."""
        if self.switches["broken_timestamp"] == "some" and customer.id % 7 == 0:
            return BROKEN_TIME
        return self.stamp(self.updated_key(customer))

    def updated_key(self, customer: Customer) -> int:
        """What sorting by `updated_at` goes by: the shown time, or the true one behind a broken one."""
        future = self.switches["broken_timestamp"] == "future" and customer.id == next(iter(self.store.customers))
        return FUTURE if future else customer.updated_at

    # Inside

    def _gender(self, customer: Customer) -> int | None:
        odd = self.switches["odd_gender"] == "on" and customer.id % 5 == 0
        return (0, 3)[customer.id % 2] if odd else customer.gender

    def _phones(self, customer: Customer, generation: str) -> list[str]:
        form = self.switches["phones_content"]
        if form == "additional":
            return customer.phones
        if form == "primary_included" or generation == "v1":
            return customer.numbers()
        return []

    def _v1_only(self, customer: Customer) -> dict[str, Any]:
        verified = datetime.fromtimestamp(customer.created_at, UTC) + BAKU
        return {
            "addresses": [customer.address] if customer.address else [],
            "deleted_at": None if customer.deleted_at is None else self.stamp(customer.deleted_at),
            "phone_verified_at": verified.strftime("%Y-%m-%d %H:%M:%S") if customer.is_verified else None,
            "balance_id": 50000 + customer.id,
            "bonus_balance_id": None,
            "cashback_balance_id": None,
        }

    def _included(
        self, customer: Customer, included: frozenset[str], generation: str, group_id: int | None
    ) -> dict[str, Any]:
        shown: dict[str, Any] = {}
        if "group" in included:
            group = self.store.groups.get(group_id or 0)
            shown["group"] = self.group(group) if group else None
        if generation == "v1" and "balance" in included:
            made = self.stamp(customer.created_at)
            shown["balance"] = {
                "id": 50000 + customer.id, "system_type": None, "venue_id": customer.venue_id, "name": customer.name,
                "description": None, "type": "CUSTOMER", "amount": 0.0, "position": 0,
                "created_at": made, "updated_at": made, "deleted_at": None,
            }  # fmt: skip
        if generation == "v1" and "cashback_balance" in included:
            shown["cashback_balance"] = {"name": customer.name, "type": "CASHBACK", "amount": customer.total_bonus}
        return shown

    def _reshaped(self, shown: dict[str, Any]) -> dict[str, Any]:
        """Attributes added and dropped later (CL-48); added values differ from answer to answer."""
        for name in _names(self.switches["add_fields"]):
            shown.setdefault(name, next(self._serial))
        for name in _names(self.switches["drop_fields"]):
            shown.pop(name, None)
        return shown


def _names(word: str) -> list[str]:
    return [] if word == "none" else [name.strip() for name in word.split(",") if name.strip()]


def _address_data(address: str | None) -> list[dict[str, str]]:
    return [{"type": "plain", "source": "client", "formattedAddress": address}] if address else []
