"""One simulated Check&Place behind an in-process client, and how a switch is shown to matter over HTTP."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import httpx
from starlette.routing import Router

from connector.simulator.checkandplace.app import routes
from connector.simulator.checkandplace.gate import CREDENTIALS
from connector.simulator.checkandplace.store import CheckandplaceStore
from connector.simulator.checkandplace.switches import TABLE
from connector.simulator.kit import Faults, RequestLog, SimClock, Switches
from connector.simulator.wire import Application, Doorstep

START = datetime(2026, 11, 20, 9, 15, 10, tzinfo=UTC)
"""20.11.2026 12:15:10 in Istanbul, the time of the contract's samples."""

TOKEN = {"CheckandPlace-Access-Token": CREDENTIALS["access_token"]}
OTHER_TOKEN = {"CheckandPlace-Access-Token": "other-access-token"}
APP = {
    "Authorization": f"Token {CREDENTIALS['authorization']}",
    "EMPLOYEE_TOKEN": CREDENTIALS["employee_token"],
    "STORE_PIN_CODE": CREDENTIALS["store_pin_code"],
    "SLUG_NAME": CREDENTIALS["slug_name"],
}
DENIZ = {"first_name": "Deniz", "last_name": "Aksoy", "primary_phone_number": "905321110022", "gender": 0}
"""The documented create of 3.1, without its type."""


class Bench:
    """A store, its switches, faults and log, and a client that keeps no credentials of its own."""

    def __init__(self, seed: int = 1) -> None:
        self.switches = Switches(TABLE)
        self.clock = SimClock(START.timestamp())
        self.log = RequestLog()
        self.faults = Faults()
        self.store = CheckandplaceStore(self.switches, self.clock, seed)
        credentials = {**CREDENTIALS, "other_access_token": "other-access-token", "other_store_pin_code": "1111"}
        served = routes(self.store, self.switches, self.log, self.faults, self.clock, credentials)
        self.application: Application = Doorstep(Router(routes=served))
        self.client = httpx.AsyncClient(transport=httpx.ASGITransport(self.application), base_url="http://simulator")

    def set(self, **words: str) -> None:
        self.switches.update(words)

    def add(self, first: str = "Aysel", phone: str | None = "905321110001", **fields: Any) -> str:
        return self.store.add({"first_name": first, "primary_phone_number": phone, **fields})

    async def b(self, method: str, path: str = "", **more: Any) -> httpx.Response:
        """A request of (b) below /v1/customers."""
        return await self.client.request(method, f"/v1/customers{path}", headers={**TOKEN}, **more)

    async def a(self, method: str, path: str = "", **more: Any) -> httpx.Response:
        """A request of (a) below /api/v1/customers; `headers` go beside the four."""
        headers = {**APP, **more.pop("headers", {})}
        return await self.client.request(method, f"/api/v1/customers{path}", headers=headers, **more)

    async def rows(self, **query: Any) -> list[dict[str, Any]]:
        """The customers of one page of (b), whatever the envelope."""
        data = (await self.b("GET", params=query)).json()
        if isinstance(data, list):
            return data
        found: list[dict[str, Any]] = data.get("customers", data.get("data"))
        return found

    async def only(self) -> dict[str, Any]:
        """The one customer there is."""
        (row,) = await self.rows()
        return row


Probe = Callable[[Bench], Awaitable[object]]


@dataclass(frozen=True, slots=True)
class Case:
    """What a probe shows over HTTP under each word of a switch, the default first."""

    probe: Probe
    shows: Mapping[str, object]


async def shown(cases: Mapping[str, Case], name: str, word: str) -> object:
    """What the probe shows under `word`."""
    bench = Bench()
    bench.switches.set(name, word)
    return await cases[name].probe(bench)


def parameters(cases: Mapping[str, Case]) -> list[tuple[str, str]]:
    """(switch, word) of every row of the table."""
    return [(name, word) for name, case in cases.items() for word in case.shows]
