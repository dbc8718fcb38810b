"""A small world of records for the tests of linking: rows of the vectors through the real readers, and its holders."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from connector.domain.cid import derive_cid
from connector.domain.fieldtypes.email import EmailType
from connector.domain.fieldtypes.name import NameType
from connector.domain.fieldtypes.phone import PhoneType
from connector.domain.match import Evidence, Pair, judge
from connector.domain.values import CHECKANDPLACE, CLOPOS, Customer, Key, PairRules, SideName, Traits, Value
from tests.unit.vector_cases import section

BRAND = section("link")["brand"]
CODES = tuple(section("link")["calling_codes"])
NAME, PHONE, EMAIL = NameType(), PhoneType(), EmailType()


def rules(region: str) -> PairRules:
    return PairRules(brand=BRAND, region=region, calling_codes=CODES)


def read_clopos(row: Mapping[str, Any], region: str) -> Customer:
    """A Clopos record of the vectors as the connector sees it."""
    number = {"phone": row["phone"], "phones": row["phones"]}
    phone = PHONE.read("phone_set", number, rules(region))
    name = NAME.read("full_name", {"text": row["name"]}, rules(region))
    keys = PHONE.read_keys("phone_set", number, phone, rules(region))
    return _customer(CLOPOS, row, name, phone, keys, Traits(cid=row["cid"]))


def read_checkandplace(row: Mapping[str, Any], region: str) -> Customer:
    """A Check&Place record of the vectors as the connector sees it."""
    number = {"number": row["primary_phone_number"], "country_code": row["country_code"]}
    phone = PHONE.read("phone_with_country", number, rules(region))
    name = NAME.read("first_last", {"first": row["first_name"], "last": row["last_name"]}, rules(region))
    traits = Traits(derived_cid=derive_cid(BRAND, row["id"]), anonym=row.get("is_anonym", False))
    return _customer(CHECKANDPLACE, row, name, phone, PHONE.keys(phone), traits)


def _customer(
    side: SideName, row: Mapping[str, Any], name: Value, phone: Value, phone_keys: Sequence[Key], traits: Traits
) -> Customer:
    email = EMAIL.read("text", {"text": row["email"]}, rules("AZ"))
    keys = (*phone_keys, *EMAIL.keys(email), *NAME.keys(name))
    return Customer(side, str(row["id"]), {"name": name, "phone": phone, "email": email}, keys, traits)


class World:
    """Records of both sides; counts who holds a key, as the state does (anonymous records hold nothing, L5)."""

    def __init__(self, clopos: Sequence[Customer], checkandplace: Sequence[Customer]) -> None:
        self.records: dict[SideName, Sequence[Customer]] = {CLOPOS: clopos, CHECKANDPLACE: checkandplace}
        self._counts = Counter(
            (side, key)
            for side, all_ in self.records.items()
            for c in all_
            if not c.traits.anonym
            for key in set(c.keys)
        )

    def count(self, side: SideName, key: Key) -> int:
        return self._counts[side, key]

    def judge(self, clopos: Customer, checkandplace: Customer) -> Evidence:
        return judge(clopos, checkandplace, self)

    def pairs(self) -> list[Pair]:
        """Every pair of the world, judged by itself."""
        return [
            Pair(clopos.id, checkandplace.id, self.judge(clopos, checkandplace))
            for clopos in self.records[CLOPOS]
            for checkandplace in self.records[CHECKANDPLACE]
        ]
