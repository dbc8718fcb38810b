"""The routes of both generations.

Check order (docs/api/checkandplace.md 3.7): planned faults (`wire.Gate`), rate limit, headers present, header values
(`gate`), route, JSON form, required fields, field formats, type id, uniqueness.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Mapping

from starlette.routing import Route

from connector.simulator.checkandplace.anonym import create_anonym, update_anonym
from connector.simulator.checkandplace.bodies import read_object
from connector.simulator.checkandplace.customer import CpCustomer
from connector.simulator.checkandplace.errors import Refused, base, error_reply
from connector.simulator.checkandplace.gate import Guardian
from connector.simulator.checkandplace.listing import list_customers
from connector.simulator.checkandplace.render import APP, INTEGRATION, Renderer
from connector.simulator.checkandplace.store import CheckandplaceStore
from connector.simulator.checkandplace.writes import create, destroy, update
from connector.simulator.kit import Faults, RequestLog, SimClock, Switches
from connector.simulator.wire import Call, Gate, Reply, json_reply

SIDE = "checkandplace"

INTEGRATION_PATH = re.compile(r"/v1/customers(?:/(?P<id>[^/]+))?")
APP_PATH = re.compile(r"/api/v1/customers(?:/(?P<id>[^/]+)(?P<nickname>/nickname)?)?")


def routes(
    store: CheckandplaceStore,
    switches: Switches,
    log: RequestLog,
    faults: Faults,
    clock: SimClock,
    credentials: Mapping[str, str],
    lock: threading.RLock | None = None,
) -> list[Route]:
    """Everything below `/v1/` and `/api/v1/`, every method. `credentials` has the keys of `gate.CREDENTIALS`; `lock`
    is held while a request is worked on, for control routes in other threads. Put them into a Router right behind
    `wire.Doorstep`, which breaks connections: an application with error middleware would answer 500 instead."""
    server = Server(store, switches, clock, credentials)
    gate = Gate(SIDE, server.answer, log, faults, clock, lock, error_page=server.fault_page)
    return [Route(f"/{prefix}/{{rest:path}}", gate, name=prefix) for prefix in ("v1", "api/v1")]


class Server:
    """A request of either generation to its answer."""

    def __init__(
        self, store: CheckandplaceStore, switches: Switches, clock: SimClock, credentials: Mapping[str, str]
    ) -> None:
        self.store = store
        self.switches = switches
        self.guardian = Guardian(switches, clock, credentials)
        self._answers = 0

    def fault_page(self, call: Call, status: int) -> Reply:
        """What a planned fault with a status looks like: an error of this server (CP-16)."""
        return error_reply(self.switches["error_body"], base(status, f"injected on {call.method}"))

    def answer(self, call: Call) -> Reply:
        self._answers += 1
        try:
            generation = INTEGRATION if call.path.startswith("/v1/") else APP
            owner = self.guardian.admit(generation, call.headers)
            show = Renderer(self.store, generation, stamp=self._answers).customer
            serve = self._integration if generation == INTEGRATION else self._app
            return serve(call, owner, show)
        except Refused as refused:
            return error_reply(self.switches["error_body"], refused)

    def _integration(self, call: Call, owner: str, show: Callable[[CpCustomer], dict[str, object]]) -> Reply:
        """Generation (b): list, create, update; nothing else (CP-44)."""
        match = INTEGRATION_PATH.fullmatch(call.path)
        if match is None:
            raise not_found()
        customer_id: str | None = match["id"]
        if customer_id is None:
            if call.method == "GET":
                return list_customers(self.store, owner, dict(call.query()), show)
            if call.method == "POST":
                return create(self.store, owner, read_object(call), show)
        elif call.method == "PATCH":
            customer = self._customer(customer_id, owner)
            return update(self.store, customer, read_object(call), show)
        elif call.method == "GET" and self.switches["get_by_id"] == "405":
            raise base(405, "method not allowed", {"Allow": "PATCH"})
        raise not_found()

    def _app(self, call: Call, owner: str, show: Callable[[CpCustomer], dict[str, object]]) -> Reply:
        """Generation (a): the anonymous pair, and what CP-43 serves. Index and search are not (CP-42)."""
        if call.path == "/api/v1/customers/anonym" and call.method == "POST":
            language = call.headers.get("accept-language", "")
            return create_anonym(self.store, owner, read_object(call), language, show)
        if call.path in ("/api/v1/customers/anonym", "/api/v1/customers/search"):
            raise not_found()
        match = APP_PATH.fullmatch(call.path)
        if match is not None and match["nickname"]:
            if call.method != "PATCH" or self.switches["anonymous_update"] == "off":
                raise not_found()
            customer = self._customer(match["id"], owner)
            return update_anonym(self.store, customer, read_object(call), show)
        word = self.switches["app_customers"]
        if word == "off":
            raise not_found()
        if call.path == self.switches["types_path"] and call.method == "GET":
            return self._types()
        if match is None:
            raise not_found()
        wrapped = word == "wrapped"
        if match["id"] is None:
            if call.method == "POST":
                return create(self.store, owner, read_object(call, wrapped=wrapped), show)
            raise not_found()
        if call.method not in ("GET", "PATCH", "DELETE"):
            raise not_found()
        customer = self._customer(match["id"], owner)
        if call.method == "GET":
            return json_reply(200, {"customer": show(customer)})
        if call.method == "DELETE":
            return destroy(self.store, customer, show)
        return update(self.store, customer, read_object(call, wrapped=wrapped), show)

    def _customer(self, customer_id: str, owner: str) -> CpCustomer:
        """The customer of a path; a foreign id is an unknown one (CP-17)."""
        customer = self.store.find(customer_id, owner)
        if customer is None:
            raise base(int(self.switches["unknown_id"]), "customer not found")
        return customer

    def _types(self) -> Reply:
        rows = [{"id": kind.id, "name": kind.name, "is_default": kind.is_default} for kind in self.store.types.values()]
        return json_reply(200, {"customer_types": rows})


def not_found() -> Refused:
    """No such route."""
    return base(404, "not found")
