"""Anonymous customers of (a): create exactly as documented (docs/api/checkandplace.md 3.4 and its seed page), and the
nickname update (3.5, CP-32). Their answers are documented, so CP-21 and CP-22 do not touch them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from connector.simulator.checkandplace.bodies import check_lengths, is_blank
from connector.simulator.checkandplace.customer import CpCustomer
from connector.simulator.checkandplace.errors import Refused
from connector.simulator.checkandplace.store import CheckandplaceStore
from connector.simulator.checkandplace.writes import Show, under_fault
from connector.simulator.wire import Reply, json_reply

FIELDS = ("nickname", "note")


def create_anonym(
    store: CheckandplaceStore, owner: str, body: Mapping[str, Any], accept_language: str, show: Show
) -> Reply:
    """A guest without identity: numbered placeholder names, no phone, no type. Raises Refused 422."""
    check_lengths(store.switches, body, FIELDS)
    if store.switches["anonymous_empty"] == "422" and all(is_blank(body.get(name)) for name in FIELDS):
        raise Refused(422, {"nickname": ["can't be blank"]})
    language = placeholder_language(store.switches["placeholder_language"], accept_language)
    facts = {name: body.get(name) for name in FIELDS}

    def commit() -> Reply:
        who = {"is_anonym": True, "guest_language": language, "store": owner}
        new = store.add({**facts, **who}, origin="api")
        return json_reply(200, {"customer": show(store.customers[new])})

    return under_fault(store, body, commit)


def update_anonym(store: CheckandplaceStore, customer: CpCustomer, body: Mapping[str, Any], show: Show) -> Reply:
    """Set nickname and note of an anonymous customer. Raises Refused 422, also for a person."""
    if not customer.is_anonym:
        raise Refused(422, {"base": ["is not anonymous"]})
    check_lengths(store.switches, body, FIELDS)
    store.change(customer, {name: body[name] for name in FIELDS if name in body})
    return json_reply(200, {"customer": show(customer)})


def placeholder_language(word: str, accept_language: str) -> str:
    """`tr` or `en` by the first language asked for (CP-46)."""
    if word == "turkish":
        return "tr"
    first = accept_language.partition(",")[0].partition(";")[0].strip().lower()
    return "tr" if first.partition("-")[0] == "tr" else "en"
