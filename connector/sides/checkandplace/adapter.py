"""Check&Place as a side: list, create and update customers with (b), and what (a) adds (docs/api/checkandplace.md)."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import datetime

import httpx

from connector.domain.errors import ConfigError, TornScan
from connector.domain.values import CHECKANDPLACE, Json, SideName
from connector.sides import problems
from connector.sides.budget import Budgets
from connector.sides.checkandplace.app import App
from connector.sides.checkandplace.errors import Refusal, refusal_of, refused_write, stopping
from connector.sides.checkandplace.listing import Listing
from connector.sides.checkandplace.options import CheckandplaceOptions
from connector.sides.checkandplace.probes import CheckandplaceProbes
from connector.sides.checkandplace.reader import Listed, read_list, read_written
from connector.sides.checkandplace.signer import FixedSigner
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
from connector.sides.problems import checked_secret
from connector.sides.redact import redact
from connector.sides.retry import CallKind

METHODS = frozenset({"GET", "POST", "PATCH"})
"""DELETE never leaves this client (CP-24)."""


class CheckandplaceSide:
    """One store of Check&Place. The listing is always that of (b) (CP-42)."""

    name: SideName = CHECKANDPLACE

    def __init__(
        self, options: CheckandplaceOptions, *, journal: Journal, clock: Clock, memory: Memory, budgets: Budgets,
        transport: httpx.AsyncBaseTransport | None = None, quota_key: str | None = None,
    ) -> None:  # fmt: skip
        """Raises ConfigError for options that cannot be used. `quota_key` None: made from the token."""
        self.options = options
        place = options.place
        if options.api not in ("integration", "app"):
            raise _misconfigured(options, "api", 'must be "integration" or "app"')
        if options.app is None and (options.api == "app" or options.read_by_id or options.read_types):
            raise _misconfigured(options, "authorization", "the credentials of the app API are missing (CP-33)")
        self.wire = Wire(
            place, options.base_url, options.wire, journal=journal, clock=clock, methods=METHODS, transport=transport,
            budget=budgets.get(
                quota_key or options.quota_key(), options.windows,
                concurrency=options.concurrency, longest_wait=options.longest_wait,
            ),
        )  # fmt: skip
        # No store parameter beside the token (CP-37).
        self._signer = FixedSigner(
            {"CheckandPlace-Access-Token": checked_secret(place, "access_token", options.access_token)}
        )
        self._app = App(self.wire, options, options.app.headers(place)) if options.app else None
        self._memory = memory
        self.capabilities = Capabilities(
            create=options.create,
            update=options.update,
            read_by_id=options.read_by_id,
            find_by_phone=False,
            list_changes=False,
            client_key=False,
            anonymous_create=self._app is not None and options.create,
        )

    def scan(self, progress: ScanProgress) -> AsyncIterator[Page]:
        return Listing(self.options, self._memory, self._ask, self._refused).run(progress)

    async def nobody_behind(self, rows: int) -> bool:
        """Whether the list ends behind so many rows; two or three requests of a single row (CP-04)."""
        return await Listing(self.options, self._memory, self._ask, self._refused).nobody_behind(rows)

    def changes(self, since: datetime | None, progress: ScanProgress) -> AsyncIterator[Page]:  # noqa: ARG002 - the port's
        """Check&Place is not known to tell what changed: always TornScan, list it whole (CP-06)."""
        raise TornScan(
            "no-changes-listing",
            "Check&Place cannot say what changed: it is always listed whole.",
            engineer="no changed-since is known for GET /v1/customers (CP-06)",
        )

    async def _ask(self, number: int, per_page: int) -> Listed | Refusal:
        """One page. No filter is ever sent: unknown parameters may be ignored or refused (CP-05)."""
        place, route, key = self.options.place, self.options.paths.list, self.options.paths.list_key

        def read(answer: Answer) -> Listed | Refusal:
            found = read_list(place, answer, route, key, f"page {number}")
            error = stopping(place, found, "GET", route) if isinstance(found, Refusal) else None
            if error is not None:
                raise error
            return found

        query = [("page", str(number)), ("per_page", str(per_page))]
        return await self.wire.send(
            Call("GET", route, CallKind.READ, "scan", query=query), read, signer=self._signer
        )  # fmt: skip

    def _refused(self, refusal: Refusal, number: int) -> Exception:
        place, route = self.options.place, self.options.paths.list
        if refusal.status in (404, 405) and number == 1:
            return problems.wrong_address(place, refusal.status, "GET", route, "paths.list")
        return problems.failed(place, refusal.status, "GET", route, redact(refusal.text))

    async def get(self, record_id: str) -> Row | None:
        """One customer by id through (a) show, if configured; (b) has no read by id (CP-44)."""
        if self._app is None or not self.options.read_by_id:
            raise _misconfigured(self.options, "read_by_id", "reading one customer needs the app API (CP-43, CP-44)")
        return await self._app.show(record_id)

    async def find_by_phone(self, text: str) -> Sequence[Row]:  # noqa: ARG002 - the port's
        """No documented filter (CP-05): the run's own listing answers this question."""
        raise _misconfigured(self.options, "api", "customers cannot be looked up by phone (CP-05)")

    async def newest(self, count: int) -> Sequence[Row]:  # noqa: ARG002 - the port's
        """No documented order (CP-04): doubt is settled by complete listings."""
        raise _misconfigured(self.options, "api", "the newest customers cannot be asked for (CP-04)")

    async def create(self, body: Mapping[str, Json]) -> WriteAnswer:
        """Create one customer. An answer without an id is accepted all the same, `row` is None then (CP-21); any 2xx
        counts (CP-22). Never repeated here: a doubt is settled by complete listings (CP-19)."""
        if self._app is not None and self.options.api == "app":
            return await self._app.create(body)
        return await self._write("POST", self.options.paths.create, body)

    async def update(self, record_id: str, body: Mapping[str, Json]) -> WriteAnswer:
        """Change the given fields of one customer (CP-20); a 404 concludes nothing about it (CP-17)."""
        if self._app is not None and self.options.api == "app":
            return await self._app.update(record_id, body)
        return await self._write("PATCH", self.options.paths.update, body, record_id)

    async def _write(
        self, method: str, route: str, body: Mapping[str, Json], record_id: str | None = None
    ) -> WriteAnswer:
        place = self.options.place

        def read(answer: Answer) -> WriteAnswer:
            if answer.ok:
                return WriteAnswer(answer.status, read_written(answer), answer.request_id)
            refusal = refusal_of(answer)
            raise stopping(place, refusal, method, route) or refused_write(place, refusal, method, route, body)

        path = {"id": record_id} if record_id is not None else {}
        purpose = "create" if method == "POST" else "update"
        call = Call(method, route, CallKind.WRITE, purpose, path=path, body=body)
        return await self.wire.send(call, read, signer=self._signer)

    async def create_anonymous(self, nickname: str, note: str | None = None) -> WriteAnswer:
        """A guest without identity, through (a) (section 3.4)."""
        if self._app is None:
            raise _misconfigured(self.options, "authorization", "anonymous customers need the app API")
        return await self._app.create_anonymous(nickname, note)

    async def list_types(self) -> Sequence[CustomerType]:
        """The store's customer types through (a), if configured; (b) has no such list."""
        if self._app is None or not self.options.read_types:
            raise _misconfigured(self.options, "read_types", "listing types needs the app API (CP-43)")
        return await self._app.types()

    async def probe(self) -> Sequence[Finding]:
        """What this server really does, with reads alone."""
        return await CheckandplaceProbes(self.wire, self._signer, self.options).run()

    async def check(self) -> None:
        """Ask for one customer, and for the types if they are to be read: proves address and credentials."""
        found = await self._ask(1, 1)
        if isinstance(found, Refusal):
            raise self._refused(found, 1)
        if self._app is not None and self.options.read_types:
            await self._app.types()

    async def aclose(self) -> None:
        await self.wire.aclose()


def _misconfigured(options: CheckandplaceOptions, key: str, why: str) -> ConfigError:
    return ConfigError(
        "not-configured",
        "The settings ask something of Check&Place that they do not enable.",
        engineer=f"{options.place.key(key)}: {why}",
        next_step=options.place.doctor,
    )
