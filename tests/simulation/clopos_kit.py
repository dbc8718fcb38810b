"""What the tests of the Clopos simulator share: a small frozen world, a caller, and the book of shown switch words."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

import httpx

from connector.simulator.kit import SimClock
from connector.simulator.people import Mix
from connector.simulator.world import World

START = 1_795_166_100.0
"""2026-11-20 09:15:00 UTC: the moment of the contract's examples."""

SHOWN: dict[tuple[str, str], str] = {}
"""(switch, word) -> the test that shows what the word does; the register test demands all of them."""

Test = TypeVar("Test", bound=Callable[..., Any])


def shows(name: str, *words: str) -> Callable[[Test], Test]:
    """Enter a test as the one that shows these words of a switch."""

    def enter(test: Test) -> Test:
        SHOWN.update({(name, word): test.__name__ for word in words})
        return test

    return enter


def small_world(**settings: str) -> World:
    """20 Clopos customers in venues 1 and 2, limits off, time standing still; `settings` by switch name."""
    chosen = {"rate_limit": "off", **settings}
    return World(
        5, 20, 10, 5, {f"clopos.{name}": word for name, word in chosen.items()}, SimClock(START, 0.0), mix=Mix()
    )


class Caller:
    """Calls one world in-process, from one address; logs in by itself."""

    def __init__(self, world: World, address: str = "10.0.0.1") -> None:
        self.world = world
        transport = httpx.ASGITransport(app=world.asgi, client=(address, 4000))
        self.http = httpx.AsyncClient(transport=transport, base_url="http://simulator")
        self.headers: dict[str, dict[str, str]] = {}

    async def auth(self, generation: str = "v2", **changes: Any) -> httpx.Response:
        """POST /auth with the demo credentials, some changed (None = left out)."""
        known = self.world.credentials["clopos"]
        names = ["client_id", "client_secret", "brand", "integrator_id" if generation == "v2" else "venue_id"]
        body = {name: str(known[name]) for name in names} | changes
        return await self.http.post(
            path(generation, "/auth"), json={key: value for key, value in body.items() if value is not None}
        )

    async def login(self, generation: str = "v2") -> dict[str, str]:
        """The headers of a fresh session."""
        token = (await self.auth(generation)).json()["token"]
        more = {"x-brand": "demobrand", "x-venue": "1"} if generation == "v1" else {}
        self.headers[generation] = {"x-token": token, **more}
        return self.headers[generation]

    async def call(
        self,
        method: str,
        route: str,
        *,
        generation: str = "v2",
        params: Mapping[str, Any] | str | None = None,
        body: object = None,
        headers: Mapping[str, str] | None = None,
    ) -> httpx.Response:
        """One authenticated call."""
        known = self.headers.get(generation) or await self.login(generation)
        url = path(generation, route)
        if isinstance(params, str):
            url, params = f"{url}?{params}", None
        sent = {key: value for key, value in (known | dict(headers or {})).items() if value}
        return await self.http.request(method, url, params=params, json=body, headers=sent)

    async def rows(self, generation: str = "v2", **params: Any) -> list[dict[str, Any]]:
        """The `data` of a list; `sort0`, `sort1` stand for `sort[0]`, `sort[1]`."""
        renamed = {
            name.replace("sort0", "sort[0]").replace("sort1", "sort[1]"): value for name, value in params.items()
        }
        answer = await self.call("GET", "/customers", generation=generation, params=renamed)
        assert answer.status_code == 200, answer.text
        data = answer.json()["data"]
        assert isinstance(data, list)
        return data

    async def create(self, generation: str = "v2", **body: Any) -> httpx.Response:
        """POST /customers."""
        return await self.call("POST", "/customers", generation=generation, body=body)


def path(generation: str, route: str) -> str:
    """The whole path of a route."""
    return ("/open-api/v2" if generation == "v2" else "/open-api") + route


def found(world: World, *, origin: str = "api") -> list[int]:
    """The ids of customers made that way."""
    return [customer.id for customer in world.clopos.customers.values() if customer.origin == origin]
