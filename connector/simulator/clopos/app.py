"""The Clopos simulator as one function from request to answer, in the check order of docs/api/clopos.md 3.6."""

from __future__ import annotations

import threading
from collections.abc import Callable

from starlette.routing import BaseRoute, Mount

from connector.simulator.clopos.auth import Auth, Credentials, Session
from connector.simulator.clopos.creating import Creating
from connector.simulator.clopos.limits import Limits
from connector.simulator.clopos.listing import Listing, Parameters
from connector.simulator.clopos.problems import Problem, gateway, not_found, render
from connector.simulator.clopos.render import Renderer
from connector.simulator.clopos.store import CloposStore
from connector.simulator.kit import Faults, RequestLog, SimClock
from connector.simulator.wire import Call, Gate, Reply, html_reply

PREFIXES = (("v2", "/open-api/v2"), ("v1", "/open-api"))
SIDE = "clopos"
Tiers = list[tuple[str, str]]


class CloposApi:
    """Both generations over one store. Fault injection and the log are the gate's, in front of this."""

    def __init__(
        self,
        store: CloposStore,
        *,
        credentials: Credentials | None = None,
        seed: int = 0,
        after_page: Callable[[int], None] = lambda _venue: None,
    ) -> None:
        self.store, self.switches, self.clock = store, store.switches, store.clock
        self.credentials = credentials or Credentials(brand=store.brand, venue_id=store.venues[0])
        self.auth = Auth(self.switches, self.clock, self.credentials, store.venues, seed)
        self.limits = Limits(self.switches, self.clock)
        self.renderer = Renderer(store)
        self.listing = Listing(store, self.renderer, after_page)
        self.creating = Creating(store, self.renderer)

    def handle(self, call: Call) -> Reply:
        """Answer one request."""
        generation, prefix = next(
            ((name, prefix) for name, prefix in PREFIXES if call.path.startswith(prefix + "/")), ("v2", "")
        )
        if not prefix or self.switches["generation"] not in ("both", generation):
            return self._render(Problem(404, "not_found", "Route not found", "NotFoundHttpException"), "v2")
        route = call.path.removeprefix(prefix).rstrip("/")
        if route == "/auth":
            return self._authenticate(call, generation)
        return self._authenticated(call, generation, route)

    def error_page(self, call: Call, status: int) -> Reply:
        """The body of an injected status: the gateway's for 5xx (CL-44), else this API's own error."""
        if status >= 500:
            return gateway(status, self.switches)
        generation = "v2" if call.path.startswith("/open-api/v2") else "v1"
        return self._render(Problem(status, "injected", "Injected error"), generation)

    # Steps

    def _authenticate(self, call: Call, generation: str) -> Reply:
        """Tier 1 (v2), then the credentials."""
        if call.method != "POST":
            return self._render(Problem(405, "method_not_allowed", "Method not allowed"), generation)
        if generation == "v1":
            return self.auth.v1(call)
        tiers = [("auth", call.client)]
        if self.limits.exceeded(*tiers[0]):
            return self._too_many(tiers, generation)
        self.limits.count(*tiers[0])
        reply = self.auth.v2(call)
        if self.switches["rate_headers"] == "all":
            reply.headers |= self.limits.headers(tiers, generation)
        return reply

    def _authenticated(self, call: Call, generation: str, route: str) -> Reply:
        """Tier 2, token, tier 3; then the route. Failed v2 calls are counted for tier 2."""
        failed: Tiers = [("failed", call.client)] if generation == "v2" else []
        if failed and self.limits.exceeded(*failed[0]):
            return self._too_many(failed, generation)
        session = self.auth.check(call, generation)
        if isinstance(session, Problem):
            reply = self._render(session, generation)
            if self.switches["rate_headers"] == "all" and failed:
                reply.headers |= self.limits.headers(failed, generation)
        else:
            tiers = self._tiers(session)
            if any(self.limits.exceeded(*tier) for tier in tiers):
                reply = self._too_many(tiers, generation)
            else:
                for tier in tiers:
                    self.limits.count(*tier)
                answer = self._routed(call, generation, route, session)
                reply = self._render(answer, generation) if isinstance(answer, Problem) else answer
                reply.headers |= self.limits.headers(tiers + failed, generation)
        if failed and reply.status >= 400:
            self.limits.count(*failed[0])
        return reply

    def _tiers(self, session: Session) -> Tiers:
        """The quotas of a call with a token: by integrator and brand (v2), by the key (v1)."""
        if session.generation == "v2":
            return [("calls", f"{self.credentials.integrator_id} {session.brand}")]
        return [("v1", self.credentials.client_id), ("v1_hour", self.credentials.client_id)]

    def _routed(self, call: Call, generation: str, route: str, session: Session) -> Reply | Problem:
        """Permission, venue, route, then the endpoint."""
        creating = route == "/customers" and call.method == "POST"
        permission = self.switches["permission"]
        if permission == "nothing" or (permission == "no_create" and creating):
            return Problem(403, "forbidden", "You do not have permission for this action", "AccessDeniedHttpException")
        venue = self._venue(call, session)
        if isinstance(venue, Problem):
            return venue
        if creating:
            return self.creating.create(call, generation, venue)
        if call.method == "GET":
            if route == "/customers":
                return self.listing.customers(call.raw_query, generation, venue)
            if route == "/customer-groups":
                return self.listing.groups(call.raw_query, generation)
            if route.startswith("/customers/"):
                return self._get(call, generation, route.removeprefix("/customers/"), venue)
        if route.startswith("/customer") and self.switches["mutation_status"] == "405":
            return Problem(405, "method_not_allowed", "Method not allowed", "MethodNotAllowedHttpException")
        return Problem(404, "not_found", "Route not found", "NotFoundHttpException")

    def _venue(self, call: Call, session: Session) -> int | Problem:
        """The venue of a call: `x-venue`, else the token's default (CL-29)."""
        text = call.headers.get("x-venue")
        if text is None:
            return session.venue_id
        venue, bad = self.auth.venue(text), self.switches["bad_venue"]
        if venue is not None:
            return venue
        if bad == "ignored":
            return session.venue_id
        return Problem(int(bad), {"404": "not_found", "403": "forbidden"}.get(bad, "invalid_venue"), "Venue not found")

    def _get(self, call: Call, generation: str, key: str, venue_id: int) -> Reply | Problem:
        """One customer by id; 404 in another venue where customers are per venue (CL-09, CL-34)."""
        customer = self.store.customers.get(int(key)) if key.isascii() and key.isdigit() else None
        if customer is not None and not self.store.visible(customer):
            customer = None
        if customer is not None and self.switches["customer_scope"] == "venue" and customer.venue_id != venue_id:
            customer = None
        if customer is None:
            return not_found(self.switches, "Customer", key)
        included: frozenset[str] = frozenset()
        if self.switches["get_with"] == "honoured":
            included = Parameters.read(call.raw_query, self.switches, generation).included
        return self.renderer.single(200, self.renderer.customer(customer, generation, included))

    # Inside

    def _render(self, problem: Problem, generation: str) -> Reply:
        return render(problem, generation, self.switches)

    def _too_many(self, tiers: Tiers, generation: str) -> Reply:
        """429 (CL-21)."""
        if self.switches["rate_limit_form"] == "html":
            reply = html_reply(429, "Too Many Requests")
        else:
            reply = self._render(Problem(429, "too_many_requests", "Too many requests"), generation)
        reply.headers |= self.limits.headers(tiers, generation) | self.limits.retry_after(tiers)
        return reply


def routes(
    api: CloposApi, log: RequestLog, faults: Faults, clock: SimClock, lock: threading.RLock | None = None
) -> list[BaseRoute]:
    """Everything below `/open-api`, as Starlette routes."""
    return [Mount("/open-api", app=Gate(SIDE, api.handle, log, faults, clock, lock, api.error_page))]
