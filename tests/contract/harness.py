"""The simulators behind the adapters, in one process: real HTTP messages, no sockets, time that the test moves."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import httpx
from starlette.applications import Starlette

from connector.domain.values import CHECKANDPLACE, CLOPOS, Json
from connector.sides.budget import Budgets
from connector.sides.checkandplace.adapter import CheckandplaceSide
from connector.sides.checkandplace.options import AppCredentials, CheckandplaceOptions
from connector.sides.clopos.adapter import CloposSide
from connector.sides.clopos.auth import Tokens
from connector.sides.clopos.options import CloposOptions
from connector.sides.port import Answered, Page, ReadSide, Row, ScanProgress
from connector.simulator.checkandplace import app as checkandplace_app
from connector.simulator.checkandplace.gate import CREDENTIALS
from connector.simulator.checkandplace.store import CheckandplaceStore
from connector.simulator.checkandplace.switches import TABLE as CP_TABLE
from connector.simulator.clopos import app as clopos_app
from connector.simulator.clopos.store import CloposStore
from connector.simulator.clopos.switches import TABLE as CL_TABLE
from connector.simulator.kit import Fault, Faults, Logged, RequestLog, SimClock, Switches
from connector.simulator.wire import Doorstep

START = 1_795_166_100.0
"""20 November 2026, 09:15 UTC."""


class TestClock:
    """The simulators' clock as the adapters' clock: sleeping moves both, at once."""

    __test__ = False

    def __init__(self, start: float = START) -> None:
        self.simulated = SimClock(start, scale=0.0)
        self.slept: list[float] = []

    def now(self) -> datetime:
        return datetime.fromtimestamp(self.simulated.now(), UTC)

    def monotonic(self) -> float:
        return self.simulated.now()

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.simulated.shift += seconds
        await asyncio.sleep(0)


@dataclass
class ListJournal:
    """Keeps the log of requests in memory."""

    entries: list[Answered] = field(default_factory=list)

    def note(self, answered: Answered) -> int | None:
        self.entries.append(answered)
        return len(self.entries)

    def routes(self) -> list[str]:
        return [f"{entry.method} {entry.route}" for entry in self.entries]


@dataclass
class DictMemory:
    """What a side learned, in memory."""

    kept: dict[str, Json] = field(default_factory=dict)

    def recall(self, name: str) -> Json:
        return self.kept.get(name)

    def remember(self, name: str, value: Json) -> None:
        self.kept[name] = value


@dataclass
class Listed:
    """What somebody who lists saw: the pages, and the later reading of each record."""

    pages: list[Page] = field(default_factory=list)
    rows: dict[str, Row] = field(default_factory=dict)

    @property
    def ids(self) -> set[str]:
        return set(self.rows)


async def collect(pages: AsyncIterator[Page], progress: ScanProgress, into: Listed | None = None) -> Listed:
    """List as the engine does: store each page, say how many different records there are, go on."""
    listed = into if into is not None else Listed()
    async for page in pages:
        listed.pages.append(page)
        listed.rows.update({row.id: row for row in page.rows})
        progress.distinct = len(listed.rows)
    return listed


async def scan(side: ReadSide) -> Listed:
    """A full scan, its end proved; raises TornScan otherwise."""
    progress = ScanProgress()
    return await collect(side.scan(progress), progress)


class CloposWorld:
    """A Clopos simulator and adapters for it."""

    def __init__(self, switches: Mapping[str, str] | None = None, customers: int = 0) -> None:
        self.clock = TestClock()
        self.switches = Switches(CL_TABLE)
        self.switches.update(switches or {})
        self.store = CloposStore(self.switches, self.clock.simulated)
        self.log, self.faults = RequestLog(), Faults()
        self._typed_in = 0
        self.api = clopos_app.CloposApi(self.store, after_page=self._type_in)
        routes = clopos_app.routes(self.api, self.log, self.faults, self.clock.simulated)
        self.transport = httpx.ASGITransport(app=Doorstep(Starlette(routes=routes)))
        self.journal, self.memory, self.tokens = ListJournal(), DictMemory(), Tokens()
        self.budgets = Budgets(self.clock)
        for number in range(customers):
            self.add(number)

    def _type_in(self, _venue: int) -> None:
        """A customer more after each page, if CL-16 says so."""
        if self.switches["insert_during_scan"] == "on" and self._typed_in < int(
            self.switches["insert_during_scan_rows"]
        ):
            self._typed_in += 1
            self.clock.simulated.shift += 1
            self.store.staff_create({"name": "Typed in", "phone": f"+99455{self._typed_in:07d}"})

    def add(self, number: int, **values: Any) -> str:
        made = START - 86_400 * 30 + number * 60
        facts = {"name": f"Guest {number}", "phone": f"+99450{number:07d}", **values}
        return str(self.store.add(facts, at=made))

    def side(self, **options: Any) -> CloposSide:
        """An adapter with the simulator's credentials; `options` change them."""
        api = options.get("api", "v2")
        base = "http://clopos.test/open-api/" + ("v2/" if api == "v2" else "")
        facts: dict[str, Any] = {
            "pair": "main", "client_id": "demo-client", "client_secret": "demo-secret", "brand": "demobrand",
            "base_url": base, "integrator_id": "demo-integrator" if api == "v2" else None,
            "venue_id": None if api == "v2" else "1", **options,
        }  # fmt: skip
        return CloposSide(
            CloposOptions(**facts), journal=self.journal, clock=self.clock, memory=self.memory,
            budgets=self.budgets, tokens=self.tokens, transport=self.transport,
        )  # fmt: skip

    def fault(self, kind: str, **facts: Any) -> None:
        self.faults.planned.append(Fault("clopos", kind, **facts))

    def seen(self, path: str = "", method: str = "") -> list[Logged]:
        return [e for e in self.log.entries if path in e.path and method in e.method]


class CheckandplaceWorld:
    """A Check&Place simulator and adapters for it."""

    def __init__(self, switches: Mapping[str, str] | None = None, customers: int = 0) -> None:
        self.clock = TestClock()
        self.switches = Switches(CP_TABLE)
        self.switches.update(switches or {})
        self.store = CheckandplaceStore(self.switches, self.clock.simulated, seed=1)
        self.log, self.faults = RequestLog(), Faults()
        routes = checkandplace_app.routes(
            self.store, self.switches, self.log, self.faults, self.clock.simulated, CREDENTIALS
        )
        self.transport = httpx.ASGITransport(app=Doorstep(Starlette(routes=routes)))
        self.journal, self.memory = ListJournal(), DictMemory()
        self.budgets = Budgets(self.clock)
        for number in range(customers):
            self.add(number)

    def add(self, number: int, **values: Any) -> str:
        made = START - 86_400 * 30 + number * 60
        facts = {
            "first_name": f"Guest{number}", "last_name": "Test", "primary_phone_number": f"90532{number:07d}",
            "created_at": made, **values,
        }  # fmt: skip
        return self.store.add(facts)

    def side(self, *, app: bool = False, **options: Any) -> CheckandplaceSide:
        """An adapter with the simulator's credentials; `app` adds those of (a)."""
        secrets = {key: CREDENTIALS[key] for key in ("authorization", "employee_token", "store_pin_code", "slug_name")}
        facts: dict[str, Any] = {
            "pair": "main", "access_token": CREDENTIALS["access_token"], "base_url": "http://checkandplace.test",
            "app": AppCredentials(**secrets) if app else None, **options,
        }  # fmt: skip
        return CheckandplaceSide(
            CheckandplaceOptions(**facts), journal=self.journal, clock=self.clock, memory=self.memory,
            budgets=self.budgets, transport=self.transport,
        )  # fmt: skip

    def fault(self, kind: str, **facts: Any) -> None:
        self.faults.planned.append(Fault("checkandplace", kind, **facts))

    def seen(self, path: str = "", method: str = "") -> list[Logged]:
        return [e for e in self.log.entries if path in e.path and method in e.method]


__all__ = [
    "CHECKANDPLACE",
    "CLOPOS",
    "CheckandplaceWorld",
    "CloposWorld",
    "ListJournal",
    "TestClock",
    "collect",
    "scan",
]
