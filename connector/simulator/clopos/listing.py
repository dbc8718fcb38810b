"""`GET /customers` and `GET /customer-groups`: parameters, filters, order, pages (docs/api/clopos.md 3.1, 3.4)."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from operator import attrgetter, itemgetter
from typing import Any, TypeVar
from urllib.parse import unquote_plus

from connector.simulator.clopos.problems import Problem, invalid_parameter, not_found
from connector.simulator.clopos.render import GROUP_SORTS, SORTS, Renderer, encode
from connector.simulator.clopos.store import CloposStore, Customer, Group, digits_of
from connector.simulator.kit import Switches
from connector.simulator.wire import Reply

FILTERS = ("name", "phones", "group_id")
INCLUDES = {"v2": ("group",), "v1": ("group", "balance", "cashback_balance")}
GROUP_LIMIT = 200
_FILTER_KEY = re.compile(r"filters\[([^\]]*)\]\[([01])\]")
_WITH_KEY = re.compile(r"with\[[^\]]*\]")

Item = TypeVar("Item")


@dataclass(frozen=True, slots=True)
class Parameters:
    """The decoded query, brackets understood; the last of equal keys counts."""

    plain: dict[str, str]
    included: frozenset[str]
    filters: tuple[tuple[str, str], ...]

    @staticmethod
    def read(raw_query: str, switches: Switches, generation: str) -> Parameters:
        """`with[0]`, `with[]`, `filters[N][0|1]`, `sort[0|1]`, `date[0|1]`, raw or encoded brackets (CL-25)."""
        pairs = [part.partition("=")[::2] for part in raw_query.split("&") if part]
        if switches["raw_brackets_only"] == "on":
            pairs = [(key, value) for key, value in pairs if "%5b" not in key.lower()]
        plain = {unquote_plus(key): unquote_plus(value) for key, value in pairs}
        listed = [(unquote_plus(key), unquote_plus(value)) for key, value in pairs]
        included = {value for key, value in listed if _WITH_KEY.fullmatch(key)} & set(INCLUDES[generation])
        halves: dict[str, dict[str, str]] = {}
        for key, value in listed:
            if match := _FILTER_KEY.fullmatch(key):
                halves.setdefault(match[1], {})[match[2]] = value
        filters = tuple((half["0"], half["1"]) for half in halves.values() if len(half) == 2)
        return Parameters(plain, frozenset(included), filters)


@dataclass(frozen=True, slots=True)
class Slice:
    """Which rows an answer holds: `page` and `limit` as applied."""

    page: int
    limit: int
    first: int


class Listing:
    """Answers the two lists. `after_page` is called after each answered customers page without a filter (CL-16)."""

    def __init__(self, store: CloposStore, renderer: Renderer, after_page: Callable[[int], None]) -> None:
        self.store, self.switches, self.renderer, self.after_page = store, store.switches, renderer, after_page
        self._orders: dict[object, list[Customer]] = {}
        self._orders_of: object = None

    def customers(self, raw_query: str, generation: str, venue_id: int) -> Reply | Problem:
        """One page of customers, or the 400 or 404."""
        asked = Parameters.read(raw_query, self.switches, generation)
        order = self._order(asked)
        if isinstance(order, Problem):
            return order
        slice_ = self._slice(asked, generation, 50 if generation == "v2" else 20, self._largest(generation))
        if isinstance(slice_, Problem):
            return slice_
        test = self._test(asked, generation)
        if isinstance(test, Problem):
            return test
        rows = self._ordered(*order, venue_id) if test is None else self._found(test, *order, venue_id)
        page = self._page(rows, slice_)
        if page is None:
            return not_found(self.switches, "Page", slice_.page)
        shown = [self.renderer.customer(customer, generation, asked.included) for customer in page]
        reply = self.renderer.listing(shown, len(rows), slice_.page, slice_.limit, SORTS)
        if test is None:
            self.after_page(venue_id)
        return reply

    def groups(self, raw_query: str, generation: str) -> Reply | Problem:
        """One page of groups."""
        asked = Parameters.read(raw_query, self.switches, generation)
        slice_ = self._slice(asked, generation, default=50, largest=GROUP_LIMIT)
        if isinstance(slice_, Problem):
            return slice_
        field, direction = asked.plain.get("sort[0]", "created_at"), asked.plain.get("sort[1]", "-1")
        if problem := _bad_sort(field, direction, GROUP_SORTS):
            return problem
        groups = sorted(self.store.groups.values(), key=_group_key(field), reverse=direction == "-1")
        page = self._page(groups, slice_)
        if page is None:
            return not_found(self.switches, "Page", slice_.page)
        shown = [encode(self.renderer.group(group)) for group in page]
        return self.renderer.listing(shown, len(groups), slice_.page, slice_.limit, GROUP_SORTS)

    # Parameters

    def _largest(self, generation: str) -> int:
        word = self.switches["limit_max"]
        return (999 if generation == "v2" else 100) if word == "documented" else int(word)

    def _slice(self, asked: Parameters, generation: str, default: int, largest: int) -> Slice | Problem:
        """Page and limit (CL-04, CL-33)."""
        numbers: dict[str, int] = {}
        for name, fallback in (("page", 1), ("limit", default), ("offset", 0)):
            text = asked.plain.get(name, str(fallback))
            least = 0 if name == "offset" else 1
            if not text.isascii() or not text.isdigit() or int(text) < least:
                return invalid_parameter(name, f"{name} must be an integer of at least {least}", text, f"{least}-")
            numbers[name] = int(text)
        limit = numbers["limit"]
        if limit > largest:
            if self.switches["limit_excess"] == "400":
                return invalid_parameter("limit", f"limit must be between 1 and {largest}", limit, f"1-{largest}")
            limit = largest
        if generation == "v1" and self.switches["v1_paging"] == "offset":
            return Slice(1, limit, numbers["offset"])
        return Slice(numbers["page"], limit, (numbers["page"] - 1) * limit)

    def _order(self, asked: Parameters) -> tuple[str, bool] | Problem:
        """Field and whether falling (CL-03, CL-16)."""
        word = self.switches["customers_sort"]
        given = "sort[0]" in asked.plain or "sort[1]" in asked.plain
        default = ("created_at", True) if self.switches["default_sort"] == "created_at" else ("id", False)
        if not given or word == "ignored":
            return default
        field, direction = asked.plain.get("sort[0]", "created_at"), asked.plain.get("sort[1]", "-1")
        if word == "400":
            return invalid_parameter("sort", "sort is not supported", field, "none")
        return _bad_sort(field, direction, SORTS) or (field, direction == "-1")

    def _ordered(self, field: str, falling: bool, venue_id: int) -> list[Customer]:
        """The visible customers in order; kept until something changes."""
        state = (self.store.version, tuple(self.switches.words.values()))
        if state != self._orders_of:
            self._orders_of, self._orders = state, {}
        key = (field, falling, venue_id if self.switches["customer_scope"] == "venue" else None)
        if key not in self._orders:
            self._orders[key] = self._sorted(self._seen(venue_id), field, falling)
        return self._orders[key]

    def _found(self, test: Callable[[Customer], bool], field: str, falling: bool, venue_id: int) -> list[Customer]:
        """The visible customers that pass, in order: few enough to be sorted each time."""
        return self._sorted((customer for customer in self._seen(venue_id) if test(customer)), field, falling)

    def _seen(self, venue_id: int) -> Iterator[Customer]:
        """Whom a call from this venue sees (CL-09, CL-10), by rising id."""
        venue = venue_id if self.switches["customer_scope"] == "venue" else None
        for customer in self.store.customers.values():
            if (customer.deleted_at is None or self.store.visible(customer)) and venue in (None, customer.venue_id):
                yield customer

    def _sorted(self, seen: Iterable[Customer], field: str, falling: bool) -> list[Customer]:
        """In order; rows without a value last, whichever the direction, equal values by id in the same direction."""
        if field == "id":
            rows = list(seen)
            return rows[::-1] if falling else rows
        read = self.renderer.updated_key if field == "updated_at" else attrgetter(field)
        keyed: list[tuple[Any, int, Customer]] = []
        blank: list[Customer] = []
        for customer in seen:
            value = read(customer)
            if value is None:
                blank.append(customer)
            else:
                keyed.append((value, customer.id, customer))
        keyed.sort(key=itemgetter(0, 1), reverse=falling)
        return [row[2] for row in keyed] + blank

    def _test(self, asked: Parameters, generation: str) -> Callable[[Customer], bool] | Problem | None:
        """The filters, search and dates as one test; None where there is none (CL-07, CL-35, CL-36, CL-37)."""
        tests: list[Callable[[Customer], bool]] = []
        for field, value in asked.filters:
            if field in FILTERS:
                tests.append(self._filter(field, value))
            elif self.switches["unknown_filter"] == "400":
                return invalid_parameter("filters", f"filter {field} is not supported", field, ", ".join(FILTERS))
        combine = all if self.switches["filters_combine"] == "and" else any
        wanted = asked.plain.get("search", "").lower()
        search = bool(wanted) and generation == "v1" and self.switches["search"] == "honoured_in_v1"
        days = self._days(asked)
        if isinstance(days, Problem):
            return days
        if not search and days is None and len(tests) < 2:
            return tests[0] if tests else None

        def test(customer: Customer) -> bool:
            if tests and not combine(one(customer) for one in tests):
                return False
            if search and wanted not in customer.name.lower() and wanted not in (customer.email or "").lower():
                return False
            return days is None or days[0] <= datetime.fromtimestamp(customer.created_at, UTC).date() <= days[1]

        return test

    def _filter(self, field: str, value: str) -> Callable[[Customer], bool]:
        if field == "group_id":
            return lambda customer: str(customer.group_id) == value
        if field == "name":
            if self.switches["name_match"] == "exact_case":
                return lambda customer: value in customer.name
            return lambda customer: value.lower() in customer.name.lower()
        if self.switches["phone_filter"] == "exact":
            return lambda customer: value in customer.numbers()
        digits = digits_of(value)
        return lambda customer: bool(digits) and digits in customer.digits

    def _days(self, asked: Parameters) -> tuple[date, date] | Problem | None:
        given = [asked.plain[key] for key in ("date[0]", "date[1]") if key in asked.plain]
        word = self.switches["date_filter"]
        if not given or word == "ignored":
            return None
        if word == "400":
            return invalid_parameter("date", "date is not supported", given[0], "none")
        try:
            return date.fromisoformat(given[0]), date.fromisoformat(given[-1])
        except ValueError:
            return invalid_parameter("date", "date must be YYYY-MM-DD", given[0], "YYYY-MM-DD")

    def _page(self, rows: Sequence[Item], slice_: Slice) -> Sequence[Item] | None:
        """The rows of a page; past the end by CL-49, None for the 404."""
        first = slice_.first
        if first > 0 and first >= len(rows):
            word = self.switches["past_end"]
            if word == "404":
                return None
            if word == "last_page":
                first = max(0, (len(rows) - 1) // slice_.limit * slice_.limit)
        return rows[first : first + slice_.limit]


def _bad_sort(field: str, direction: str, sorts: Sequence[str]) -> Problem | None:
    if field not in sorts:
        return invalid_parameter("sort[0]", f"cannot sort by {field}", field, ", ".join(sorts))
    if direction not in ("1", "-1"):
        return invalid_parameter("sort[1]", "sort[1] must be 1 or -1", direction, "1, -1")
    return None


def _group_key(field: str) -> Callable[[Group], Any]:
    """Groups have few attributes that differ; the others keep the order of ids."""
    if field in ("name", "discount_value"):
        return lambda group: (getattr(group, field), group.id)
    return lambda group: group.id
