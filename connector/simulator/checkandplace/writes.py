"""Create and update of both generations (docs/api/checkandplace.md 3.1, 3.3) and what (a) has beside them."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from connector.simulator.checkandplace.bodies import KNOWN, checked
from connector.simulator.checkandplace.customer import CpCustomer
from connector.simulator.checkandplace.errors import Refused
from connector.simulator.checkandplace.store import CheckandplaceStore
from connector.simulator.wire import Reply, html_reply, json_reply

Show = Callable[[CpCustomer], dict[str, Any]]

CLEARED: Mapping[str, Any] = {
    "first_name": None,
    "last_name": None,
    "primary_phone_number": None,
    "gender": "unknown",
    "email": None,
}
"""What `patch` = full_replace makes of an omitted field (CP-20); the type becomes the default type."""


def create(store: CheckandplaceStore, owner: str, body: Mapping[str, Any], show: Show) -> Reply:
    """A customer of `owner`'s store, or what the switches make of it. Raises Refused 409 or 422."""
    switches = store.switches
    fields = checked(switches, body, create=True)
    _type(store, fields)
    held = _holder(store, owner, fields.get("primary_phone_number"), besides=None)
    if held is not None:
        word = switches["duplicate_phone"]
        if word == "200_existing":
            return written(store, held, show, status=200)
        if word != "second_record":
            raise Refused(int(word), {"primary_phone_number": ["has already been taken"]})
    flags = {"allow_sms": switches["create_flags"] == "sms_true", "allow_email": False}

    def commit() -> Reply:
        new = store.add({**fields, **flags, "store": owner}, origin="api")
        return written(store, store.customers[new], show, status=int(switches["create_status"]))

    return under_fault(store, body, commit)


def under_fault(store: CheckandplaceStore, body: Mapping[str, Any], commit: Callable[[], Reply]) -> Reply:
    """Commit a create as `create_fault` has it (CP-19)."""
    word = store.switches["create_fault"]
    mark = json.dumps(body, sort_keys=True)
    if word == "none" or (store.switches["create_fault_strikes"] == "once" and mark in store.struck):
        return commit()
    store.struck.add(mark)
    if word == "drop_without_commit":
        return Reply(0, drop=True)
    commit()
    return html_reply(502, "Bad Gateway") if word == "5xx_after_commit" else Reply(0, drop=True)


def update(store: CheckandplaceStore, customer: CpCustomer, body: Mapping[str, Any], show: Show) -> Reply:
    """PATCH by the semantics of `patch` (CP-20). Raises Refused 409 or 422."""
    switches = store.switches
    if switches["patch"] == "null_ignored":
        body = {name: value for name, value in body.items() if value is not None}
    fields = checked(switches, body, create=False)
    if "type_id" in fields and fields["type_id"] is None:
        fields["type_id"] = store.default_type
    _type(store, fields)
    if switches["patch"] == "full_replace":
        cleared = {name: blank for name, blank in CLEARED.items() if name in KNOWN or _takes_email(store)}
        fields = {**cleared, "type_id": store.default_type, **fields}
    if "primary_phone_number" in fields:
        _phone_update(store, customer, fields)
    store.change(customer, fields)
    return written(store, customer, show, status=200)


def written(store: CheckandplaceStore, customer: CpCustomer, show: Show, status: int) -> Reply:
    """The answer of a create or update (CP-21)."""
    word = store.switches["write_body"]
    if word == "204":
        return Reply(204)
    return json_reply(status, show(customer) if word == "bare" else {"customer": show(customer)})


def destroy(store: CheckandplaceStore, customer: CpCustomer, show: Show) -> Reply:
    """DELETE of (a) (CP-24)."""
    if store.switches["destroy"] == "row_removed":
        store.remove(customer)
        return Reply(204)
    store.change(customer, {"is_active": False})
    return json_reply(200, {"customer": show(customer)})


def _phone_update(store: CheckandplaceStore, customer: CpCustomer, fields: dict[str, Any]) -> None:
    """A number on an update: unique as on a create; what it does to an anonymous customer is CP-53."""
    switches, phone = store.switches, fields["primary_phone_number"]
    fields["country_code"] = None
    if phone is None:
        return
    if customer.is_anonym and switches["anonym_update"] == "422":
        raise Refused(422, {"base": ["an anonymous customer takes no phone"]})
    held = _holder(store, customer.store, phone, besides=customer)
    if held is not None and switches["duplicate_phone"] != "second_record":
        status = 409 if switches["duplicate_phone"] == "409" else 422
        raise Refused(status, {"primary_phone_number": ["has already been taken"]})
    if customer.is_anonym and switches["anonym_update"] == "becomes_person":
        fields["is_anonym"] = False
        fields.setdefault("type_id", store.default_type)


def _type(store: CheckandplaceStore, fields: dict[str, Any]) -> None:
    """A type id must be one of the store's; what else happens is CP-26. None means none was given."""
    kind = fields.get("type_id")
    if kind is None:
        fields.pop("type_id", None)
    elif kind.lower() in store.types:
        fields["type_id"] = kind.lower()
    elif store.switches["unknown_type"] == "422":
        raise Refused(422, {"customer_type_id": ["does not exist"]})
    else:
        del fields["type_id"]


def _holder(store: CheckandplaceStore, owner: str, phone: str | None, besides: CpCustomer | None) -> CpCustomer | None:
    """Another customer that holds the number, where numbers are unique (CP-15)."""
    if phone is None or store.switches["phone_unique"] == "not_unique":
        return None
    return next((customer for customer in store.holders(phone, owner) if customer is not besides), None)


def _takes_email(store: CheckandplaceStore) -> bool:
    return store.switches["extra_write"] == "email_accepted"
