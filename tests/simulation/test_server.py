"""The simulators behind a real socket: both APIs, broken connections, in-process use."""

from __future__ import annotations

import socket
import subprocess
import sys
import threading
from collections.abc import Iterator

import httpx
import pytest

from connector.simulator.kit import Fault, SimClock
from connector.simulator.people import CHECKANDPLACE, CLOPOS
from connector.simulator.server import RunningServer, run_server
from connector.simulator.world import World

LIST = "/open-api/v2/customers"


@pytest.fixture(scope="module")
def server() -> Iterator[RunningServer]:
    with RunningServer(World(3, 60, 60, 36, limits=False, clock=SimClock(scale=100))) as running:
        yield running


@pytest.fixture
def http(server: RunningServer) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=server.base_url, timeout=5) as client:
        client.headers["x-token"] = login(client, server.world)
        yield client


def login(client: httpx.Client, world: World) -> str:
    known = world.credentials[CLOPOS]
    names = ("client_id", "client_secret", "brand", "integrator_id")
    return str(client.post("/open-api/v2/auth", json={name: known[name] for name in names}).json()["token"])


def test_both_apis_on_one_port(server: RunningServer, http: httpx.Client) -> None:
    assert http.get(LIST).json()["total"] == 60
    known = server.world.credentials
    v1 = http.post("/open-api/auth", json={**known[CLOPOS], "venue_id": "1"}).json()["token"]
    headers = {"x-token": v1, "x-brand": "demobrand", "x-venue": "1"}
    assert http.get("/open-api/customers", headers=headers).json()["total"] == 60
    token = known[CHECKANDPLACE]["access_token"]
    guests = http.get("/v1/customers", headers={"CheckandPlace-Access-Token": token})
    assert len(guests.json()["customers"]) == 50
    app = {
        name: known[CHECKANDPLACE][name] for name in ("authorization", "employee_token", "store_pin_code", "slug_name")
    }
    made = http.post("/api/v1/customers/anonym", json={"nickname": "Bar"}, headers=app)
    assert made.json()["customer"]["is_anonym"] is True
    assert http.get("/somewhere").status_code == 404


@pytest.mark.parametrize("kind", ["drop_before", "drop_after", "break"])
def test_dropped_connections_really_close(server: RunningServer, http: httpx.Client, kind: str) -> None:
    before = len(server.world.clopos.created)
    server.world.plan_fault(Fault(CLOPOS, kind, "POST", "/customers"))
    with pytest.raises(httpx.RemoteProtocolError):
        http.post(LIST, json={"name": f"Qonaq {kind}"})
    assert len(server.world.clopos.created) - before == (0 if kind == "drop_before" else 1)
    logged = server.world.log.entries[-1]
    assert (logged.fault, logged.status) == (kind, 200 if kind == "break" else None)
    assert http.get(LIST).status_code == 200


def test_not_one_byte_is_sent_before_a_drop(server: RunningServer) -> None:
    server.world.plan_fault(Fault(CLOPOS, "drop_after", "POST", "/auth"))
    host, port = server.base_url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=5) as raw:
        raw.sendall(b"POST /open-api/v2/auth HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\n{}")
        assert raw.recv(1) == b""


@pytest.mark.parametrize(
    ("kind", "status", "part"),
    [
        ("status:503", 503, "Service Unavailable"), ("status:429", 429, "injected"), ("html:502", 502, "<!DOCTYPE"),
        ("status_after:504", 504, "Gateway Timeout"), ("garbage", 200, "no JSON"), ("delay:1", 200, '"success":true'),
    ],
)  # fmt: skip
def test_planned_answers(server: RunningServer, http: httpx.Client, kind: str, status: int, part: str) -> None:
    server.world.plan_fault(Fault(CLOPOS, kind, "GET", LIST, after=1))
    assert http.get(LIST).status_code == 200
    answer = http.get(LIST)
    assert answer.status_code == status
    assert part in answer.text
    assert server.world.log.entries[-1].fault == kind
    assert http.get(LIST).status_code == 200


def test_a_truncated_body_is_whole_http(server: RunningServer, http: httpx.Client) -> None:
    server.world.plan_fault(Fault(CLOPOS, "truncate", path=LIST))
    answer = http.get(LIST)
    assert answer.status_code == 200
    with pytest.raises(ValueError, match=r"JSON|Unterminated|Expecting|delimiter|control"):
        answer.json()


def test_the_log_holds_what_came(server: RunningServer, http: httpx.Client) -> None:
    http.get(LIST, params={"page": 1, "filters[0][0]": "name", "filters[0][1]": "ə"})
    http.post(LIST, json={"name": ""})
    listed, refused = server.world.log.entries[-2:]
    assert (listed.side, listed.method, listed.path, listed.status) == (CLOPOS, "GET", LIST, 200)
    assert listed.query == {"page": "1", "filters[0][0]": "name", "filters[0][1]": "ə"}
    assert (refused.body, refused.status, refused.number) == ({"name": ""}, 400, listed.number + 1)


def test_staff_may_work_while_requests_are_answered(server: RunningServer, http: httpx.Client) -> None:
    made: list[str] = []

    def type_in() -> None:
        made.extend(server.world.staff_create(CLOPOS, {"name": f"Növbə {number}"}) for number in range(200))

    typist = threading.Thread(target=type_in)
    typist.start()
    totals = [http.get(LIST, params={"limit": 999}).json()["total"] for _ in range(20)]
    typist.join()
    assert totals == sorted(totals)
    assert http.get(LIST, params={"limit": 999}).json()["total"] == len(server.world.clopos.customers)
    assert len(set(made)) == 200


async def test_in_process_use_raises_what_httpx_raises() -> None:
    world = World(3, 12, 12, 5, limits=False)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(world.asgi), base_url="http://simulator") as client:
        for kind in ("drop_before", "drop_after", "break"):
            world.plan_fault(Fault(CHECKANDPLACE, kind))
            with pytest.raises(httpx.RemoteProtocolError):
                await client.get("/v1/customers")
        assert (await client.get("/v1/customers")).status_code == 401


def test_a_taken_port_is_an_os_error(server: RunningServer) -> None:
    port = int(server.base_url.rpartition(":")[2])
    with pytest.raises(OSError, match="in use"):
        run_server(server.world, port=port)


def test_the_server_stops_and_frees_its_port() -> None:
    with RunningServer(World(3, 5, 5, 2)) as running:
        port = int(running.base_url.rpartition(":")[2])
    with pytest.raises(httpx.ConnectError):
        httpx.get(f"http://127.0.0.1:{port}/control/clock")
    with RunningServer(World(3, 5, 5, 2), port=port) as again:
        assert httpx.get(f"{again.base_url}/control/clock").status_code == 200


def test_the_blocking_server_tells_its_address_and_ends_on_sigterm() -> None:
    program = (
        "from connector.simulator.server import run_server; from connector.simulator.world import World;"
        "run_server(World(3, 5, 5, 2), ready=lambda url: print(url, flush=True))"
    )
    with subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        url = process.stdout.readline().strip()
        try:
            transport = httpx.HTTPTransport(retries=5)
            with httpx.Client(transport=transport) as client:
                assert client.get(f"{url}/control/credentials").json()["clopos"]["brand"] == "demobrand"
        finally:
            process.terminate()
        assert process.wait(10) in (0, -15)
