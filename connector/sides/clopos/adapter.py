"""Clopos as a side: list, read and create customers (docs/api/clopos.md). There is no update and no delete (CL-02)."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import datetime

import httpx
import msgspec

from connector.domain.errors import ConfigError, RefusedByServer
from connector.domain.values import CLOPOS, Json, SideName
from connector.sides import problems, rows
from connector.sides.body import Unreadable
from connector.sides.budget import Budgets
from connector.sides.clopos.auth import Login, Tokens
from connector.sides.clopos.changes import QuickRun
from connector.sides.clopos.errors import Refusal, refused_create, stopping
from connector.sides.clopos.listing import FullScan
from connector.sides.clopos.options import (
    FAILED_KEY,
    FAILED_WINDOWS,
    LOGIN_KEY,
    LOGIN_WINDOWS,
    CloposOptions,
    generation_of,
)
from connector.sides.clopos.pages import BY_CREATION, Pages, PageSize, bad_venue
from connector.sides.clopos.probes import CloposProbes
from connector.sides.clopos.reader import read_list, read_object
from connector.sides.http import Answer, Call, Wire
from connector.sides.port import (
    Capabilities,
    Clock,
    CustomerType,
    Finding,
    Journal,
    Memory,
    Page,
    Row,
    ScanProgress,
    WriteAnswer,
)
from connector.sides.redact import redact
from connector.sides.retry import Act, CallKind, Outcome, RetryDecision

LOOK_UP_SIZE = 100
METHODS = frozenset({"GET", "POST"})
"""No PUT, PATCH or DELETE ever leaves this client (CL-02)."""


class _Numbers(msgspec.Struct):
    phone: Json = None
    phones: Json = None


_numbers = msgspec.json.Decoder(_Numbers)


class CloposSide:
    """One brand of Clopos, v2 or v1: the generations differ in auth, headers, paths and limits alone."""

    name: SideName = CLOPOS

    def __init__(
        self, options: CloposOptions, *, journal: Journal, clock: Clock, memory: Memory, budgets: Budgets,
        tokens: Tokens, transport: httpx.AsyncBaseTransport | None = None, quota_key: str | None = None,
    ) -> None:  # fmt: skip
        """Raises ConfigError for options that cannot be used. `quota_key` None: made from the options."""
        self.options = options
        self.generation = generation_of(options)
        self.capabilities = Capabilities(
            create=options.create, update=False, read_by_id=True, find_by_phone=True, list_changes=True, client_key=True
        )
        budget = budgets.get(
            quota_key or self.generation.quota_key(options), options.windows or self.generation.windows,
            concurrency=options.concurrency, longest_wait=options.longest_wait,
        )  # fmt: skip
        self.wire = Wire(
            options.place, options.base_url or self.generation.base_url, options.wire,
            budget=budget, journal=journal, clock=clock, methods=METHODS, transport=transport,
            failures=budgets.get(FAILED_KEY, FAILED_WINDOWS, longest_wait=options.longest_wait)
            if self.generation.name == "v2" else None,
        )  # fmt: skip
        self.login = Login(
            self.wire, self.generation, options, tokens.slot(self.generation, self.wire.base_url, options), clock,
            budgets.get(LOGIN_KEY, LOGIN_WINDOWS, concurrency=1, longest_wait=options.longest_wait),
        )  # fmt: skip
        self._memory = memory

    def _pages(self, venue: str | None) -> Pages:
        return Pages(self.wire, self.login.signer(venue), self.options, venue)

    def scan(self, progress: ScanProgress) -> AsyncIterator[Page]:
        size = PageSize(self.generation, self.options, self._memory)
        return FullScan(self.options, size, self._memory, self._pages).run(progress)

    def changes(self, since: datetime | None, progress: ScanProgress) -> AsyncIterator[Page]:
        return QuickRun(self.options, self._pages).run(since, progress)

    async def get(self, record_id: str) -> Row | None:
        """One customer by id (no `with`, CL-34); None only where every venue that is read says 404 (CL-09)."""
        for venue in self.options.read_venues or (None,):
            found = await self._get(record_id, venue)
            if found is not None:
                return found
        return None

    async def _get(self, record_id: str, venue: str | None) -> Row | None:
        place, route = self.options.place, "/customers/{id}"

        def read(answer: Answer) -> Row | None:
            found = read_object(place, answer, route)
            if isinstance(found, Row):
                return found
            if found is None:
                raise problems.unknown_shape(place, f"GET {route}", "a success without a customer (CL-11)")
            if found.status == 404:
                return None
            raise stopping(place, found, "GET", route) or problems.failed(
                place, found.status, "GET", route, redact(found.words)
            )

        call = Call("GET", route, CallKind.READ, "read", path={"id": record_id})
        return await self.wire.send(call, read, signer=self.login.signer(venue))

    async def find_by_phone(self, text: str) -> Sequence[Row]:
        """Rows of all venues with a number whose digits contain those of `text`. The filter may be ignored, part of the
        digits or exact (CL-07, CL-08), so every row is checked again here, roughly: confirm on the E.164 value."""
        found: dict[str, Row] = {}
        for venue in self.options.read_venues or (None,):
            pages = self._pages(venue)
            listed = await pages.ask(1, LOOK_UP_SIZE, purpose="look-up", phones=text)
            if isinstance(listed, Refusal):
                raise pages.refused(listed, 1)
            found.update({row.id: row for row in listed.rows if _has_number(row, text)})
        return list(found.values())

    async def newest(self, count: int) -> Sequence[Row]:
        """The newest rows by `created_at`, at most `count` a venue (one page each). Where the sort is refused the
        documented default order, which is the same, is asked for."""
        found: dict[str, Row] = {}
        for venue in self.options.read_venues or (None,):
            pages = self._pages(venue)
            listed = await pages.ask(1, min(count, LOOK_UP_SIZE), purpose="newest", sort=BY_CREATION)
            if isinstance(listed, Refusal) and listed.status in (400, 422):
                listed = await pages.ask(1, min(count, LOOK_UP_SIZE), purpose="newest")
            if isinstance(listed, Refusal):
                raise pages.refused(listed, 1)
            found.update({row.id: row for row in listed.rows})
        return list(found.values())

    async def create(self, body: Mapping[str, Json]) -> WriteAnswer:
        """Create one customer in `venue_id` (CL-09). Sends what it is given: the mapper knows the documented fields
        (CL-47). Any 2xx that does not say `success: false` counts (CL-24); no idempotency header (CL-22)."""
        place, route, venue = self.options.place, "/customers", self.options.venue_id

        def read(answer: Answer) -> WriteAnswer:
            try:
                found = read_object(place, answer, f"POST {route}")
            except ConfigError as error:  # a 2xx of unknown shape: it may well have been made
                raise _in_doubt(self, answer, error.engineer) from error
            except Unreadable as error:
                raise _in_doubt(self, answer, error.text) from error
            if not isinstance(found, Refusal):
                return WriteAnswer(answer.status, found, answer.request_id)
            about_venue = found.status == 404 or ("venue" in found.words.lower() and not found.duplicate)
            if venue is not None and about_venue:
                raise bad_venue(self.options, venue, found)
            if found.status in (404, 405):
                raise problems.wrong_address(place, found.status, "POST", route)
            raise stopping(place, found, "POST", route) or refused_create(place, found, body)

        call = Call("POST", route, CallKind.WRITE, "create", body=body)
        return await self.wire.send(call, read, signer=self.login.signer(venue))

    async def update(self, record_id: str, body: Mapping[str, Json]) -> WriteAnswer:
        """Clopos has no update (CL-02): nothing is sent, whatever is asked."""
        raise RefusedByServer(
            "no-update",
            "Clopos cannot change customers through its API: staff do it by hand.",
            status=405,
            engineer=f"no update exists for record {record_id} ({len(body)} fields, CL-02)",
            next_step=f"connector tasks list --pair {self.options.pair}",
        )

    async def list_types(self) -> Sequence[CustomerType]:
        """The customer groups, id and name alone (CL-41); to the end of the list."""
        found: dict[str, CustomerType] = {}
        for number in range(1, 100):
            query = [("page", str(number)), ("limit", "200")]
            call = Call("GET", "/customer-groups", CallKind.READ, "groups", query=query)
            listed = await self.wire.send(
                call, lambda answer: read_list(self.options.place, answer, "groups"), signer=self.login.signer()
            )
            if isinstance(listed, Refusal):
                raise stopping(self.options.place, listed, "GET", "/customer-groups") or problems.failed(
                    self.options.place, listed.status, "GET", "/customer-groups", redact(listed.words)
                )
            before = len(found)
            for row in listed.rows:
                name = rows.plain((rows.members(msgspec.Raw(row.raw)) or {}).get("name"))
                found[row.id] = CustomerType(row.id, name if isinstance(name, str) else None)
            if len(found) == before or (listed.total is not None and len(found) >= listed.total):
                break
        return list(found.values())

    async def probe(self) -> Sequence[Finding]:
        """What this server really does, with reads alone."""
        return await CloposProbes(self.wire, self.login, self.options, self.generation.largest_page).run()

    async def check(self) -> None:
        """Log in and ask for one customer of each venue: proves address, credentials, permission and venues."""
        for venue in self.options.read_venues or (None,):
            pages = self._pages(venue)
            found = await pages.ask(1, 1, purpose="check")
            if isinstance(found, Refusal):
                raise pages.refused(found, 1)

    async def aclose(self) -> None:
        await self.wire.aclose()


def _in_doubt(side: CloposSide, answer: Answer, detail: str) -> Exception:
    outcome = Outcome(answer.status, "unreadable")
    decision = RetryDecision(Act.DOUBT, "unreadable")
    return problems.ended(side.options.place, "POST", "/customers", decision, outcome, detail)


def _has_number(row: Row, text: str) -> bool:
    wanted = re.sub(r"\D", "", text)
    try:
        told = _numbers.decode(row.raw)
    except msgspec.DecodeError:
        return False
    numbers = [told.phone, *(told.phones if isinstance(told.phones, list) else [])]
    return any(wanted in re.sub(r"\D", "", str(number)) for number in numbers if number is not None)
