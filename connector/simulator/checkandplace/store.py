"""The customers of the simulated organisation, in order, with what staff do to them.

Nothing here is on the wire: `render` shows customers, `writes` takes requests. All calls belong to one thread (the
event loop that serves the routes).
"""

from __future__ import annotations

import uuid
from bisect import bisect_left, insort
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from random import Random
from typing import Any

from connector.simulator.checkandplace.customer import (
    CHANNELS,
    EDITABLE,
    GENDERS,
    PLACEHOLDERS,
    TYPES,
    CpCustomer,
    CustomerType,
)
from connector.simulator.checkandplace.phones import key
from connector.simulator.kit import SimClock, Switches

LISTED = frozenset({"is_active", "blacklist", "is_anonym"})
"""What moves a customer in or out of a listing (CP-23)."""


class CheckandplaceStore:
    """Customers by id, deterministic ids by `seed`. `labels` maps every id ever given to its person (or None), also
    after the customer has gone; `gone` keeps the customers that left; `merged` maps the loser of a merge to its
    winner. `label_new`, if set, gives the label of a customer that is created over the wire or by staff."""

    def __init__(self, switches: Switches, clock: SimClock, seed: int, types: Sequence[CustomerType] = TYPES) -> None:
        self.switches = switches
        self.clock = clock
        self.types = {kind.id: kind for kind in types}
        self.customers: dict[str, CpCustomer] = {}
        self.labels: dict[str, str | None] = {}
        self.gone: dict[str, CpCustomer] = {}
        self.merged: dict[str, str] = {}
        self.label_new: Callable[[CpCustomer], str | None] | None = None
        self.struck: set[str] = set()
        """Bodies that `create_fault` has struck already (CP-19)."""
        self._random = Random(f"checkandplace {seed}")
        self._sequence = 0
        self._placeholders: dict[str, int] = defaultdict(int)
        self._order: list[tuple[float, int, str]] = []
        self._phones: dict[str, set[str]] = defaultdict(set)
        self._lists: dict[tuple[str | None, str], list[CpCustomer]] = {}

    # -- reading ---------------------------------------------------------------------------------------------------

    @property
    def default_type(self) -> str | None:
        return next((kind.id for kind in self.types.values() if kind.is_default), None)

    def seen_by(self, store: str) -> str | None:
        """The store whose customers a credential of `store` sees; None = all of the organisation (CP-31)."""
        return None if self.switches["customer_scope"] == "organisation" else store

    def find(self, customer_id: str, store: str) -> CpCustomer | None:
        """The customer with that id, if a credential of `store` sees it."""
        customer = self.customers.get(customer_id.lower())
        scope = self.seen_by(store)
        return customer if customer is not None and scope in (None, customer.store) else None

    def listing(self, store: str) -> Sequence[CpCustomer]:
        """All customers a listing for `store` shows (CP-23, CP-31), oldest first. Kept until membership changes."""
        scope, content = self.seen_by(store), self.switches["list_content"]
        kept = self._lists.get((scope, content))
        if kept is None:
            kept = [
                customer
                for _, _, customer_id in self._order
                if scope in (None, (customer := self.customers[customer_id]).store) and _shown(customer, content)
            ]
            self._lists[scope, content] = kept
        return kept

    def holders(self, phone: str | None, store: str, country_code: str | None = None) -> list[CpCustomer]:
        """Customers that `store` sees and that hold this number, compared by digits, oldest first. Nobody holds a
        text without a digit."""
        scope, number = self.seen_by(store), key(phone, country_code)
        found = (self.customers[holder] for holder in (self._phones.get(number, ()) if number else ()))
        return sorted((c for c in found if scope in (None, c.store)), key=lambda c: (c.created_at, c.sequence))

    # -- creating and changing -------------------------------------------------------------------------------------

    def add(self, fields: Mapping[str, Any], person: str | None = None, *, origin: str = "seed") -> str:
        """A customer with these attributes of CpCustomer (EDITABLE, and `store`, `created_at`, `updated_at` in epoch
        seconds, `permits`); returns its id. An anonymous one without a first name gets a numbered placeholder in its
        `guest_language`; a person without `type_id` the default type. ValueError for an unknown attribute."""
        facts = dict(fields)
        self._check(facts, also={"store", "created_at", "updated_at", "permits"})
        now = self.clock.now()
        created = float(facts.pop("created_at", now))
        self._sequence += 1
        customer = CpCustomer(
            id=str(uuid.UUID(int=self._random.getrandbits(128), version=4)),
            created_at=created,
            updated_at=float(facts.pop("updated_at", created)),
            sequence=self._sequence,
            person=person,
            origin=origin,
        )
        for channel, permit in facts.pop("permits", {}).items():
            customer.permits[channel] = permit
            customer.permits_changed_at = customer.updated_at
        for name, value in facts.items():
            setattr(customer, name, value)
        if customer.is_anonym and customer.first_name is None:
            first, last = PLACEHOLDERS[customer.guest_language if customer.guest_language in PLACEHOLDERS else "en"]
            self._placeholders[customer.store] += 1
            customer.first_name, customer.last_name = first, f"{last} {self._placeholders[customer.store]}"
        elif not customer.is_anonym and "type_id" not in facts:
            customer.type_id = self.default_type
        if person is None and origin != "seed" and self.label_new is not None:
            customer.person = self.label_new(customer)
        self.customers[customer.id] = customer
        self.labels[customer.id] = customer.person
        insort(self._order, (customer.created_at, customer.sequence, customer.id))
        self._phones[key(customer.primary_phone_number, customer.country_code)].add(customer.id)
        self._lists.clear()
        return customer.id

    def change(self, customer: CpCustomer, fields: Mapping[str, Any], *, touch: bool = True) -> bool:
        """Set attributes; True if something moved. `updated_at` moves only then, and only with `touch`."""
        moved = {name: value for name, value in fields.items() if getattr(customer, name) != value}
        if not moved:
            return False
        self._phones[key(customer.primary_phone_number, customer.country_code)].discard(customer.id)
        for name, value in moved.items():
            setattr(customer, name, value)
        self._phones[key(customer.primary_phone_number, customer.country_code)].add(customer.id)
        if touch:
            customer.updated_at = self.clock.now()
        if LISTED & moved.keys():
            self._lists.clear()
        return True

    def remove(self, customer: CpCustomer) -> None:
        """Take the row out; its label stays."""
        del self.customers[customer.id]
        self.gone[customer.id] = customer
        del self._order[bisect_left(self._order, (customer.created_at, customer.sequence, customer.id))]
        self._phones[key(customer.primary_phone_number, customer.country_code)].discard(customer.id)
        self._lists.clear()

    # -- what staff do in the back office --------------------------------------------------------------------------

    def staff_create(self, person: str | None = None, **fields: Any) -> str:
        """A new customer by staff; returns its id. Uniqueness is not checked: staff can do what the API refuses."""
        return self.add(fields, person, origin="staff")

    def staff_edit(self, customer_id: str, **fields: Any) -> bool:
        """Set attributes (EDITABLE) by hand; True if something moved. KeyError for an id that is not there."""
        self._check(fields)
        return self.change(self.customers[customer_id], fields)

    def staff_delete(self, customer_id: str) -> None:
        self.remove(self.customers[customer_id])

    def staff_merge(self, winner: str, loser: str) -> None:
        """Merge two customers (CP-48): the winner keeps its values, takes the loser's where its own are blank, and
        the loser leaves or turns inactive (`merge_loser`)."""
        kept, lost = self.customers[winner], self.customers[loser]
        if kept is lost:
            raise ValueError("a customer cannot be merged with itself")
        blanks = {
            name: getattr(lost, name)
            for name in ("first_name", "last_name", "nickname", "primary_phone_number", "email", "note")
            if not getattr(kept, name)
        }
        if "primary_phone_number" in blanks:
            blanks["country_code"] = lost.country_code
        if self.switches["merge_loser"] == "leaves":
            self.remove(lost)
        else:
            self.change(lost, {"is_active": False})
        self.change(kept, blanks)
        self.merged[loser] = winner

    def identify(self, customer_id: str, first: str, last: str | None, phone: str | None) -> None:
        """Staff give an anonymous customer an identity (CP-47). A label, if known, is set by `relabel`."""
        person = {"is_anonym": False, "first_name": first, "last_name": last, "primary_phone_number": phone}
        self.change(self.customers[customer_id], {**person, "country_code": None, "type_id": self.default_type})

    def relabel(self, customer_id: str, person: str | None) -> None:
        """Set the truth label of a customer."""
        self.customers[customer_id].person = person
        self.labels[customer_id] = person

    def visit(self, customer_id: str, review: float | None = None) -> None:
        """A guest was here, and perhaps left a review; moves `updated_at` only with `touch_on_visit` (CP-49)."""
        customer = self.customers[customer_id]
        score = customer.reviews_average_score if review is None else review
        facts = {"visits": customer.visits + 1, "reviews_average_score": score}
        self.change(customer, facts, touch=self.switches["touch_on_visit"] == "yes")

    def consent(self, customer_id: str, channel: str, permit: bool | None) -> None:
        """A guest gives (True), refuses (False) or takes back (None) a permit of a channel (CP-25, CP-49)."""
        if channel not in CHANNELS:
            raise ValueError(f"no such channel: {channel} (one of {', '.join(CHANNELS)})")
        customer = self.customers[customer_id]
        permits = {**customer.permits, channel: permit}
        facts = {"permits": permits, "permits_changed_at": self.clock.now()}
        self.change(customer, facts, touch=self.switches["touch_on_visit"] == "yes")

    def _check(self, fields: Mapping[str, Any], also: set[str] | None = None) -> None:
        unknown = fields.keys() - EDITABLE - (also or set())
        if unknown:
            raise ValueError(f"no such attribute: {', '.join(sorted(unknown))}")
        if fields.get("gender", "unknown") not in GENDERS:
            raise ValueError(f"gender is one of {', '.join(GENDERS)}")
        if fields.get("type_id") is not None and fields["type_id"] not in self.types:
            raise ValueError("no such customer type")


def _shown(customer: CpCustomer, content: str) -> bool:
    """Does a listing with this `list_content` (CP-23) show the customer?"""
    if content == "inactive_hidden":
        return customer.is_active
    if content == "anonymous_hidden":
        return not customer.is_anonym
    if content == "blacklisted_hidden":
        return not customer.blacklist
    return True
