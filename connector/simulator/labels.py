"""The truth about records that are made while a world runs: who is the customer that a connector has just created?

Written from the contract alone: a Clopos customer with a derived cid (docs/api/clopos.md 3.3) is the person of that
Check&Place record; a Check&Place record is the person of the Clopos records that hold its number. Where that is not
one person, the label is None and `reasons` says why.
"""

from __future__ import annotations

import itertools
import unicodedata
import uuid

from connector.simulator.checkandplace.customer import CpCustomer
from connector.simulator.checkandplace.store import CheckandplaceStore
from connector.simulator.clopos.store import CloposStore, Customer, digits_of
from connector.simulator.people import CHECKANDPLACE, CLOPOS

NAMESPACE = uuid.UUID("4eb8c144-6557-50bd-9a59-406ba633935d")
TAIL = 9
"""Digits by which two spellings of a number are the same for labels: all of a national number of Azerbaijan."""


def derived_cid(brand: str, checkandplace_id: str) -> str:
    """The cid that a create on Clopos must carry for this Check&Place customer."""
    return str(uuid.uuid5(NAMESPACE, f"{brand}|{checkandplace_id.lower()}"))


class Labeller:
    """Labels new records of both stores; hooks itself into them."""

    def __init__(self, clopos: CloposStore, checkandplace: CheckandplaceStore) -> None:
        self.clopos, self.checkandplace = clopos, checkandplace
        self.reasons: dict[tuple[str, str], str] = {}
        self._cids: dict[str, str] = {}
        self._tails: dict[str, set[int]] = {}
        self._tails_of: dict[int, set[str]] = {}
        clopos.label_new, checkandplace.label_new = self.of_clopos, self.of_checkandplace
        clopos.on_change.append(self._index)

    def of_clopos(self, customer: Customer) -> str | None:
        """The person of a customer made on Clopos: by its cid."""
        labels = self.checkandplace.labels
        for checkandplace_id in itertools.islice(labels, len(self._cids), None):
            self._cids[derived_cid(self.clopos.brand, checkandplace_id)] = checkandplace_id
        source = self._cids.get(customer.cid.lower())
        if source is None:
            self.reasons[CLOPOS, str(customer.id)] = "its cid is derived from no Check&Place customer"
            return None
        return labels[source]

    def of_checkandplace(self, customer: CpCustomer) -> str | None:
        """The person of a customer made on Check&Place: by its number, between several people by the name."""
        tail = digits_of(customer.primary_phone_number)[-TAIL:]
        holders = [self.clopos.customers[holder] for holder in sorted(self._tails.get(tail, ()))] if tail else []
        people = {label for holder in holders if (label := self.clopos.labels[holder.id]) is not None}
        if len(people) > 1:
            wanted = _tokens(customer.name)
            people = {
                label
                for holder in holders
                if (label := self.clopos.labels[holder.id]) is not None and _tokens(holder.name) == wanted
            }
        if len(people) == 1:
            return people.pop()
        why = "nobody on Clopos holds its number" if not holders else "several people hold its number"
        self.reasons[CHECKANDPLACE, customer.id] = why
        return None

    def _index(self, customer_id: int) -> None:
        """Keep the numbers of a Clopos customer findable by their last digits."""
        for tail in self._tails_of.pop(customer_id, ()):
            self._tails[tail].discard(customer_id)
        numbers = self.clopos.customers[customer_id].numbers()
        tails = {digits[-TAIL:] for number in numbers if len(digits := digits_of(number)) >= TAIL}
        for tail in tails:
            self._tails.setdefault(tail, set()).add(customer_id)
        self._tails_of[customer_id] = tails


def _tokens(name: str) -> list[str]:
    folded = unicodedata.normalize("NFC", name).translate(str.maketrans("Iİı", "iii")).casefold()
    return sorted(folded.split())
