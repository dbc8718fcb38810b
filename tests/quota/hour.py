"""An hour at the quota, in virtual time, against the simulator's own count (docs/api/clopos.md, section 5): how much of
the quota is used while there is work, and how often the server has to refuse."""

from __future__ import annotations

import asyncio
from bisect import bisect_right
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path

import httpx
from sqlalchemy import Engine
from starlette.applications import Starlette

from connector.domain.errors import TransientError
from connector.domain.quota import Window
from connector.sides.budget import Budgets
from connector.sides.clopos.adapter import CloposSide
from connector.sides.clopos.auth import Tokens
from connector.sides.clopos.options import CloposOptions
from connector.sides.port import ScanProgress
from connector.simulator.clopos import app as clopos_app
from connector.simulator.clopos.store import CloposStore
from connector.simulator.clopos.switches import TABLE
from connector.simulator.kit import Faults, RequestLog, Switches
from connector.simulator.wire import Doorstep
from connector.state.budgets import StoredLedger
from connector.state.database import open_state
from tests.contract.harness import DictMemory, ListJournal
from tests.quota.virtual import Distant, LoopClock, LoopSimClock

CUSTOMERS = 60


@dataclass(frozen=True, slots=True)
class Plan:
    """What is measured. `processes` share one state but no memory; `api` v1 has a second window of an hour."""

    name: str
    minutes: int = 60
    per_minute: int = 300
    processes: int = 1
    latency: float = 0.15
    api: str = "v2"
    per_hour: int | None = None
    busy: int = 3
    """Workers a process that always have a next request: a scan, look-ups, creates."""
    foreign: int = 0
    """Requests a minute of somebody else on the same quota key, of whom we only learn by the headers."""


@dataclass
class Found:
    """Requests that the server took (anybody's) and refused us, the most of any minute, each worker's steps,
    and the longest that one of them waited for its next step, in seconds."""

    plan: Plan
    served: int
    refused: int
    fullest: int
    work: dict[tuple[int, str], int]
    longest_gap: float

    @property
    def used(self) -> float:
        """Part of what the quota lets through in that time, by all."""
        plan = self.plan
        most = plan.per_minute * plan.minutes
        if plan.per_hour is not None:
            most = min(most, plan.per_hour * max(1, plan.minutes // 60))
        return self.served / most


class Office:
    """One process: its own budgets and tokens; the state it shares, if there are others."""

    def __init__(self, plan: Plan, number: int, transport: httpx.AsyncBaseTransport, engine: Engine) -> None:
        clock = LoopClock()
        ledger = StoredLedger(engine, owner=f"process {number}", now=lambda: clock.now().timestamp())
        windows = [Window(plan.per_minute, 60.0)]
        if plan.per_hour is not None:
            windows.append(Window(plan.per_hour, 3600.0))
        base = "http://clopos.test/open-api/" + ("v2/" if plan.api == "v2" else "")
        options = CloposOptions(
            pair="main", client_id="demo-client", client_secret="demo-secret", brand="demobrand", base_url=base,
            api=plan.api, integrator_id="demo-integrator" if plan.api == "v2" else None,
            venue_id=None if plan.api == "v2" else "1", windows=tuple(windows), page_size=20, longest_wait=3700.0,
        )  # fmt: skip
        self.journal = ListJournal()
        self.side = CloposSide(
            options, journal=self.journal, clock=clock, memory=DictMemory(), budgets=Budgets(clock, ledger),
            tokens=Tokens(), transport=transport,
        )  # fmt: skip


async def hour(plan: Plan, folder: Path) -> Found:
    """Keep every worker of every process busy for that long; to be run in virtual time."""
    clock = LoopSimClock(0.0)
    switches = Switches(TABLE)
    switches.update({"rate_limit": "on", "rate_calls": str(plan.per_minute), "rate_v1": str(plan.per_minute)})
    if plan.per_hour is not None:
        switches.update({"rate_v1_hour": str(plan.per_hour)})
    store, log = CloposStore(switches, clock), RequestLog()
    ids = [str(store.add({"name": f"Guest {n}", "phone": f"+99450{n:07d}"}, at=1e9 + n)) for n in range(CUSTOMERS)]
    api = clopos_app.CloposApi(store)
    routes = clopos_app.routes(api, log, Faults(), clock)
    server = httpx.ASGITransport(app=Doorstep(Starlette(routes=routes)))
    state = f"sqlite:///{folder / 'state.db'}"
    open_state(state).dispose()
    engines = [open_state(state) for _ in range(plan.processes)]
    offices = [Office(plan, n, Distant(server, plan.latency), engines[n]) for n in range(plan.processes)]
    work: dict[tuple[int, str], int] = {}
    gaps: dict[tuple[int, str], float] = {}
    ends = plan.minutes * 60.0
    loop = asyncio.get_running_loop()

    async def keep_at(process: int, name: str, one: Callable[[], Awaitable[object]]) -> None:
        last = loop.time()
        while loop.time() < ends:
            try:
                await one()
            except TransientError as error:  # no more within the bound: nobody else gets more either
                if error.code != "quota-used-up":
                    raise
                return
            key = process, name
            work[key] = work.get(key, 0) + 1
            gaps[key] = max(gaps.get(key, 0.0), loop.time() - last)
            last = loop.time()

    async with asyncio.TaskGroup() as group:
        for number, office in enumerate(offices):
            for name, one in list(workers_of(office.side, ids).items())[: plan.busy]:
                group.create_task(keep_at(number, name, one))
        if plan.foreign:
            group.create_task(somebody_else(plan, server, ends))
    for office, engine in zip(offices, engines, strict=True):
        await office.side.aclose()
        engine.dispose()
    epoch = clock.now() - loop.time()
    calls = [entry for entry in log.entries if not entry.path.endswith("/auth") and entry.at < epoch + ends]
    times = sorted(entry.at for entry in calls if entry.status != 429)
    refused = sum(entry.status == 429 for office in offices for entry in office.journal.entries)
    fullest = max((bisect_right(times, at) - bisect_right(times, at - 60.0) for at in times), default=0)
    return Found(plan, len(times), refused, fullest, work, max(gaps.values()))


def workers_of(side: CloposSide, ids: list[str]) -> dict[str, Callable[[], Awaitable[object]]]:
    """What a process has to do without end: one request, or one listing, each."""
    made = iter(range(10**9))

    async def listing() -> None:
        progress = ScanProgress()
        async for page in side.scan(progress):
            progress.distinct += len(page.rows)

    async def look_up() -> None:
        await side.get(ids[next(made) % len(ids)])

    async def write() -> None:
        await side.newest(1)

    return {"scan": listing, "look-ups": look_up, "writes": write}


async def somebody_else(plan: Plan, server: httpx.AsyncBaseTransport, ends: float) -> None:
    """A program that shares the quota key but not the state, at a steady pace."""
    office_clock = asyncio.get_running_loop().time
    async with httpx.AsyncClient(transport=server, base_url="http://clopos.test/open-api/v2/") as client:
        login = {"client_id": "demo-client", "client_secret": "demo-secret", "brand": "demobrand",
                 "integrator_id": "demo-integrator"}  # fmt: skip
        token = ""
        issued = -1e9
        while office_clock() < ends:
            if office_clock() > issued + 3000:
                token, issued = (await client.post("auth", json=login)).json()["token"], office_clock()
            await client.get("customers", params={"limit": 1}, headers={"x-token": token})
            await asyncio.sleep(60.0 / plan.foreign)
