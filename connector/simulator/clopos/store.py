"""What the Clopos simulator holds: one brand with its venues, groups and customers, and what staff do to them.

Truth labels (`labels`) and origins never go over the wire. Times are epoch seconds (UTC) of the simulated clock.
"""

from __future__ import annotations

import random
import re
import uuid
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, fields
from typing import Any

from connector.simulator.kit import SimClock, Switches

STAFF_FIELDS = (
    "name", "email", "phone", "phones", "code", "cid", "description", "group_id", "gender", "date_of_birth", "venue_id",
    "address", "status", "source", "reference_id", "is_verified", "can_use_loyalty_system", "spent", "receipt_count",
    "total_bonus", "total_discount", "discount",
)  # fmt: skip


@dataclass(slots=True)
class Customer:
    """One customer as stored. `phones` are the further numbers; `origin` is seed, staff or api;
    `digits` are those of every number, one space between numbers; `cache` holds the rendered bytes by form."""

    id: int
    venue_id: int
    cid: str
    group_id: int
    name: str
    created_at: int
    updated_at: int
    email: str | None = None
    phone: str | None = None
    phones: list[str] = field(default_factory=list)
    address: str | None = None
    description: str | None = None
    discount: float = 0
    spent: float = 0
    total_discount: float = 0
    total_bonus: float = 0
    receipt_count: int = 0
    gender: int | None = None
    date_of_birth: str | None = None
    code: str | None = None
    source: str | None = None
    reference_id: str | None = None
    status: bool = True
    can_use_loyalty_system: bool = False
    is_verified: bool = False
    deleted_at: int | None = None
    origin: str = "seed"
    digits: str = ""
    cache: dict[str, bytes] = field(default_factory=dict)

    def numbers(self) -> list[str]:
        """Every number as typed, the primary first."""
        return ([self.phone] if self.phone else []) + self.phones


@dataclass(frozen=True, slots=True)
class Group:
    """A customer group."""

    id: int
    name: str
    discount_value: float
    created_at: int
    system_type: str | None = None


@dataclass(frozen=True, slots=True)
class Created:
    """A customer made over the wire: its id, the create body as sent and the time."""

    id: int
    body: Mapping[str, Any]
    at: float


_NO_DIGIT = re.compile(r"[^0-9]+")


def digits_of(text: str | None) -> str:
    """The digits of a phone text."""
    return _NO_DIGIT.sub("", text) if text else ""


class CloposStore:
    """The brand `brand` with `venues`. `on_change` is called with the id after every change of a customer, `created`
    lists what the API made. `labels` maps ids to the person a customer truly is (None = not known to the world);
    `label_new`, if set, gives the label of a customer made over the wire."""

    def __init__(
        self,
        switches: Switches,
        clock: SimClock,
        seed: int = 0,
        brand: str = "demobrand",
        venues: tuple[int, ...] = (1, 2),
    ) -> None:
        self.switches, self.clock, self.brand, self.venues = switches, clock, brand, venues
        self.random = random.Random(f"clopos-{seed}")
        self.customers: dict[int, Customer] = {}
        self.labels: dict[int, str | None] = {}
        self.created: list[Created] = []
        self.label_new: Callable[[Customer], str | None] | None = None
        self.on_change: list[Callable[[int], None]] = []
        self.version = 0
        self.last_id = 4100
        self._by: dict[str, dict[str, set[int]]] = {"phone": {}, "digits": {}, "code": {}, "cid": {}, "folded": {}}
        self._keys: dict[int, list[tuple[str, str]]] = {}
        opened = int(clock.now()) - 400 * 86400
        names = (("Standart", 0.0, "my_customers"), ("VIP", 10.0, None), ("Qonaqlar", 5.0, None))
        self.groups = {i: Group(i, name, value, opened, kind) for i, (name, value, kind) in enumerate(names, start=1)}

    # Reading

    def get(self, customer_id: int | str) -> Customer:
        """One customer, deleted ones included. Raises KeyError."""
        return self.customers[int(customer_id)]

    def visible(self, customer: Customer) -> bool:
        """Is it still served (CL-10)?"""
        return customer.deleted_at is None or self.switches["staff_delete"] == "deleted_at"

    def holder(self, attribute: str, value: str, own: int | None = None) -> int | None:
        """Who but `own` holds a unique value: `attribute` is phone, code or cid, compared by CL-08 and CL-46; deleted
        customers count by CL-10."""
        if attribute == "phone" and self.switches["phone_compare"] == "digits":
            attribute, value = "digits", digits_of(value)
        elif attribute == "cid" and self.switches["cid_compare"] == "ignoring_case":
            attribute, value = "folded", value.lower()
        freed = attribute in ("phone", "digits") and self.switches["deleted_phone"] == "freed"
        for customer_id in sorted(self._by[attribute].get(value, ())):
            if customer_id != own and not (freed and self.customers[customer_id].deleted_at is not None):
                return customer_id
        return None

    # Writing

    def add(
        self,
        values: Mapping[str, Any],
        person: str | None = None,
        *,
        origin: str = "seed",
        at: float | None = None,
        updated_at: float | None = None,
    ) -> int:
        """Store a customer as it is, unchecked: `values` are wire attributes, `at` its making (default now). Missing
        cid, venue and group get defaults. Returns the id."""
        unknown = set(values) - set(STAFF_FIELDS)
        if unknown:
            raise ValueError(f"a Clopos customer has no {', '.join(sorted(unknown))}")
        self.last_id += 1
        made = int(self.clock.now() if at is None else at)
        stored = dict(values)
        defaults = {"cid": str(uuid.UUID(int=self.random.getrandbits(128), version=4)), "venue_id": self.venues[0]}
        stored |= {name: value for name, value in defaults.items() if stored.get(name) is None}
        stored["group_id"] = stored.get("group_id") or min(self.groups)
        customer = Customer(
            id=self.last_id,
            created_at=made,
            updated_at=int(made if updated_at is None else updated_at),
            origin=origin,
            **stored,
        )
        customer.phones = list(customer.phones)
        self.customers[customer.id] = customer
        self.labels[customer.id] = person
        self._changed(customer)
        return customer.id

    def create(self, body: Mapping[str, Any], venue_id: int) -> Customer:
        """A create over the wire: checked by the caller, stored and noted in `created`."""
        customer_id = self.add({**body, "venue_id": venue_id}, origin="api")
        self.created.append(Created(customer_id, dict(body), self.clock.now()))
        customer = self.customers[customer_id]
        if self.label_new is not None:
            self.labels[customer_id] = self.label_new(customer)
        return customer

    def staff_create(self, values: Mapping[str, Any], person: str | None = None) -> int:
        """A customer typed in at the till; the back office refuses a phone or code that is held (ValueError)."""
        self._refuse_held(values)
        return self.add(values, person, origin="staff")

    def staff_edit(self, customer_id: int | str, values: Mapping[str, Any]) -> None:
        """Change attributes as staff do; moves `updated_at`. ValueError on a held phone or code or an unknown name."""
        customer = self.get(customer_id)
        unknown = set(values) - set(STAFF_FIELDS)
        if unknown:
            raise ValueError(f"a Clopos customer has no {', '.join(sorted(unknown))}")
        self._refuse_held(values, customer.id)
        for name, value in values.items():
            setattr(customer, name, value)
        self.touch(customer)

    def staff_delete(self, customer_id: int | str) -> None:
        """Delete in the back office (CL-10)."""
        customer = self.get(customer_id)
        customer.deleted_at = int(self.clock.now())
        self.touch(customer)

    def staff_restore(self, customer_id: int | str) -> None:
        """Undo a deletion: the same id is seen again."""
        customer = self.get(customer_id)
        customer.deleted_at = None
        self.touch(customer)

    def staff_merge(self, winner: int | str, loser: int | str, values: Mapping[str, Any] | None = None) -> None:
        """Two into one: the loser is deleted, `values` (say, its number) then go to the winner."""
        self.staff_delete(loser)
        if values:
            held = {name for name in ("phone", "code") if values.get(name) == getattr(self.get(loser), name)}
            for name in held:
                setattr(self.get(loser), name, None)
            self._changed(self.get(loser))
            self.staff_edit(winner, values)

    def sale(self, customer_id: int | str, amount: float = 25.0) -> None:
        """A receipt: totals change, `updated_at` by CL-17."""
        customer = self.get(customer_id)
        customer.spent = round(customer.spent + amount, 2)
        customer.total_bonus = round(customer.total_bonus + amount / 50, 2)
        customer.receipt_count += 1
        if self.switches["sale_moves_updated_at"] == "yes":
            self.touch(customer)
        else:
            self._changed(customer)

    def touch(self, customer: Customer) -> None:
        """Move `updated_at` to now."""
        customer.updated_at = int(self.clock.now())
        self._changed(customer)

    def dump(self) -> list[dict[str, Any]]:
        """Every customer, deleted ones included, as plain values (times in epoch seconds)."""
        names = [entry.name for entry in fields(Customer) if entry.name not in ("cache", "digits")]
        return [{name: getattr(customer, name) for name in names} for customer in self.customers.values()]

    # Inside

    def _refuse_held(self, values: Mapping[str, Any], own: int | None = None) -> None:
        for name in ("phone", "code"):
            value = values.get(name)
            if value and self.holder(name, value, own) is not None:
                raise ValueError(f"another customer holds this {name}")

    def _changed(self, customer: Customer) -> None:
        """Index anew, drop rendered bytes, tell the listeners."""
        for kind, key in self._keys.pop(customer.id, ()):
            self._by[kind][key].discard(customer.id)
        keys = list(_keys_of(customer))
        for kind, key in keys:
            self._by[kind].setdefault(key, set()).add(customer.id)
        self._keys[customer.id] = keys
        customer.digits = " ".join(digits_of(number) for number in customer.numbers())
        customer.cache.clear()
        self.version += 1
        for listener in self.on_change:
            listener(customer.id)


def _keys_of(customer: Customer) -> Iterable[tuple[str, str]]:
    """The values that uniqueness looks at: the primary phone, the code, the cid."""
    if customer.phone:
        yield "phone", customer.phone
        if digits := digits_of(customer.phone):
            yield "digits", digits
    if customer.code:
        yield "code", customer.code
    yield "cid", customer.cid
    yield "folded", customer.cid.lower()
