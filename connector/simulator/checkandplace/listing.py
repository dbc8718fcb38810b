"""`GET /v1/customers` (docs/api/checkandplace.md 3.2)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from connector.simulator.checkandplace import times
from connector.simulator.checkandplace.customer import CpCustomer
from connector.simulator.checkandplace.errors import Refused
from connector.simulator.checkandplace.phones import digits
from connector.simulator.checkandplace.store import CheckandplaceStore
from connector.simulator.kit import Switches
from connector.simulator.wire import Reply, json_reply

DEFAULT_PER_PAGE = 50


def list_customers(
    store: CheckandplaceStore, owner: str, query: Mapping[str, str], show: Callable[[CpCustomer], dict[str, Any]]
) -> Reply:
    """One page of what `owner` sees. Raises Refused: 422 for a parameter, 404 past the end (if so switched)."""
    switches = store.switches
    _known_only(switches, query)
    page, per_page = _number(query, "page", 1), _per_page(switches, query)
    found = _filtered(store, owner, query)
    newest_first = switches["list_order"] == "newest_first"
    total = len(found)
    pages = max(1, -(-total // per_page))
    asked = 1 if switches["paging"] == "ignored" else page
    if asked > pages:
        if switches["past_end"] == "404":
            raise Refused(404, {"page": ["is past the end"]})
        if switches["past_end"] == "last_page":
            asked = pages
    rows = [show(customer) for customer in _slice(found, asked, per_page, newest_first)]
    data: Any = rows
    if switches["list_shape"] != "bare_array":
        data = {switches["list_shape"]: rows}
        if switches["list_meta"] == "meta":
            data["meta"] = {
                "has_next_page": asked < pages,
                "current_page": asked,
                "per_page_count": per_page,
                "total_count": total,
                "total_page": pages,
            }
    return json_reply(200, data)


def _slice(found: Sequence[CpCustomer], page: int, per_page: int, newest_first: bool) -> Sequence[CpCustomer]:
    """Page `page` of customers that are kept oldest first (CP-04)."""
    start = (page - 1) * per_page
    if not newest_first:
        return found[start : start + per_page]
    end = len(found) - start
    return found[max(0, end - per_page) : end][::-1] if end > 0 else ()


def _filtered(store: CheckandplaceStore, owner: str, query: Mapping[str, str]) -> Sequence[CpCustomer]:
    """The listing, oldest first, through the filters that are switched on (CP-05, CP-06)."""
    found = store.listing(owner)
    if store.switches["phone_filter"] == "phone_number" and "phone_number" in query:
        held = {customer.id for customer in store.holders(digits(query["phone_number"]), owner)}
        found = [customer for customer in found if customer.id in held]
    if store.switches["changed_since"] == "updated_at" and "updated_at" in query:
        since = times.parse(query["updated_at"], store.switches["store_zone"])
        if since is None:
            raise Refused(422, {"updated_at": ["is invalid"]})
        minute = since // 60
        found = [customer for customer in found if customer.updated_at // 60 >= minute]
    return found


def _known_only(switches: Switches, query: Mapping[str, str]) -> None:
    """With `unknown_param` = 422 every parameter must be one that is honoured (CP-05)."""
    if switches["unknown_param"] == "ignored":
        return
    known = {"page", "per_page"}
    if switches["phone_filter"] != "off":
        known.add("phone_number")
    if switches["changed_since"] != "off":
        known.add("updated_at")
    unknown = query.keys() - known
    if unknown:
        raise Refused(422, {name: ["is unknown"] for name in sorted(unknown)})


def _per_page(switches: Switches, query: Mapping[str, str]) -> int:
    """The page size in force (CP-03)."""
    largest = int(switches["per_page_max"])
    asked = _number(query, "per_page", min(DEFAULT_PER_PAGE, largest))
    if asked > largest and switches["per_page_excess"] == "422":
        raise Refused(422, {"per_page": [f"must be less than or equal to {largest}"]})
    return min(asked, largest)


def _number(query: Mapping[str, str], name: str, default: int) -> int:
    raw = query.get(name, str(default))
    if not (raw.isascii() and raw.isdigit()) or int(raw) < 1:
        raise Refused(422, {name: ["is invalid"]})
    return int(raw)
