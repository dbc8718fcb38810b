"""Planned faults, and connections that really break: over a socket and in the process."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
import pytest
import uvicorn

from connector.simulator.kit import Fault
from tests.simulation.checkandplace_bench import DENIZ, TOKEN, Bench


@pytest.fixture
def bench() -> Bench:
    return Bench()


@asynccontextmanager
async def served(bench: Bench) -> AsyncIterator[httpx.AsyncClient]:
    """The bench on a real socket; its client talks to that one."""
    config = uvicorn.Config(bench.application, host="127.0.0.1", port=0, log_level="critical", lifespan="off")
    server = uvicorn.Server(config)
    running = asyncio.create_task(server.serve())
    while not server.started:  # noqa: ASYNC110 - uvicorn tells it no other way
        await asyncio.sleep(0.005)
    port = server.servers[0].sockets[0].getsockname()[1]
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}") as client:
        bench.client = client
        yield client
    server.should_exit = True
    await running


async def ends(bench: Bench, *, anonym: bool = False) -> str:
    """How one create ends."""
    try:
        answer = await (bench.a("POST", "/anonym", json={"note": "x"}) if anonym else bench.b("POST", json=DENIZ))
    except httpx.RemoteProtocolError:
        return "broken"
    try:
        return f"{answer.status_code} {next(iter(answer.json()))}"
    except ValueError:
        return f"{answer.status_code} no JSON"


FAULTS = {
    "status:503": ("503 errors", 0, 503),
    "html:502": ("502 no JSON", 0, 502),
    "drop_before": ("broken", 0, None),
    "drop_after": ("broken", 1, None),
    "status_after:504": ("504 errors", 1, 504),
    "garbage": ("200 no JSON", 1, 200),
    "truncate": ("200 no JSON", 1, 200),
    "break": ("broken", 1, 200),
}
"""kind -> how the create ends, customers there are then, status in the log."""


@pytest.mark.parametrize("kind", FAULTS)
@pytest.mark.parametrize("socket", [True, False], ids=["socket", "in process"])
async def test_a_planned_fault_strikes_once_and_is_logged(bench: Bench, kind: str, socket: bool) -> None:
    end, count, status = FAULTS[kind]
    bench.faults.planned.append(Fault("checkandplace", kind, method="POST", path="/customers"))

    async def strike() -> None:
        assert (await bench.b("GET")).status_code == 200, "another method"
        assert await ends(bench) == end
        assert len(bench.store.customers) == count
        assert (bench.log.entries[1].status, bench.log.entries[1].fault) == (status, kind)
        assert await ends(bench) == ("422 errors" if count else "200 customer")

    if socket:
        async with served(bench):
            await strike()
    else:
        await strike()


async def test_faults_come_before_the_credentials(bench: Bench) -> None:
    """3.7."""
    bench.faults.planned.append(Fault("checkandplace", "status:500"))
    assert (await bench.client.get("/v1/customers")).status_code == 500
    assert (await bench.client.get("/v1/customers")).status_code == 401


async def test_a_planned_status_has_the_error_body_of_the_server(bench: Bench) -> None:
    """CP-16."""
    bench.set(error_body="message")
    bench.faults.planned.append(Fault("checkandplace", "status:500"))
    assert list((await bench.b("GET")).json()) == ["message"]


@pytest.mark.parametrize(
    ("word", "count"), [("drop_after_commit", 1), ("drop_without_commit", 0), ("5xx_after_commit", 1)]
)
async def test_create_faults_over_a_socket(bench: Bench, word: str, count: int) -> None:
    """CP-19: the reply is lost with the connection, the next one is a new connection; (a) is struck alike."""
    bench.set(create_fault=word)
    async with served(bench):
        end = "502 no JSON" if word == "5xx_after_commit" else "broken"
        assert await ends(bench) == end
        assert len(await bench.rows()) == count
        assert await ends(bench, anonym=True) == end
        assert len(await bench.rows()) == 2 * count


async def test_a_refused_create_is_refused_and_not_lost(bench: Bench) -> None:
    bench.set(create_fault="drop_without_commit")
    assert (await bench.b("POST", json={"first_name": "x"})).status_code == 422


async def test_many_at_once_over_a_socket_make_one_customer(bench: Bench) -> None:
    """Uniqueness holds between requests in flight."""
    async with served(bench) as client:
        answers = await asyncio.gather(*(client.post("/v1/customers", json=DENIZ, headers=TOKEN) for _ in range(8)))
    assert sorted(answer.status_code for answer in answers) == [200] + [422] * 7
    assert len(bench.store.customers) == 1
