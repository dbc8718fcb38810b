"""The control routes: what the command's users and tests in other processes may do to a world."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from connector.simulator.control import ACTIONS
from connector.simulator.kit import SimClock
from connector.simulator.people import CHECKANDPLACE, CLOPOS
from connector.simulator.world import World

START = 1_795_000_000.0


class Desk:
    """Calls the control routes of one small world in-process."""

    def __init__(self) -> None:
        self.world = World(2, 20, 20, 10, limits=False, clock=SimClock(START, 0.0))
        self.http = httpx.AsyncClient(transport=httpx.ASGITransport(self.world.asgi), base_url="http://simulator")
        self.used: set[tuple[str, str]] = set()

    async def __call__(self, method: str, action: str, body: dict[str, Any] | None = None, status: int = 200) -> Any:
        self.used.add((method, action.partition("?")[0]))
        answer = await self.http.request(method, f"/control/{action}", json=body)
        assert answer.status_code == status, answer.text
        return answer.json()


async def test_every_action() -> None:
    desk = Desk()
    world = desk.world
    made = (await desk("POST", "staff/create", {"side": CLOPOS, "fields": {"name": "A"}, "person": "a"}))["id"]
    guest = (await desk("POST", "staff/create", {"side": CHECKANDPLACE, "fields": {"first_name": "A"}}))["id"]
    assert world.labels()[CLOPOS, made] == "a"
    assert world.labels()[CHECKANDPLACE, guest] == "s000001"
    assert await desk("POST", "staff/edit", {"side": CLOPOS, "id": made, "fields": {"name": "B"}}) == {"ok": True}
    assert world.clopos.get(made).name == "B"
    await desk("POST", "sale", {"id": made, "amount": 12.5})
    assert world.clopos.get(made).spent == 12.5
    await desk("POST", "staff/delete", {"side": CLOPOS, "id": made})
    assert world.clopos.get(made).deleted_at is not None
    await desk("POST", "staff/restore", {"id": made})
    assert world.clopos.get(made).deleted_at is None
    await desk("POST", "visit", {"id": guest})
    await desk("POST", "consent", {"id": guest, "channel": "sms", "permit": True})
    assert world.checkandplace.customers[guest].permits["sms"] is True
    walk_in = next(one.id for one in world.checkandplace.customers.values() if one.is_anonym)
    await desk("POST", "identify", {"id": walk_in, "first": "Rəşad", "last": "Quliyev", "phone": "994601112233"})
    assert world.checkandplace.customers[walk_in].first_name == "Rəşad"
    await desk("POST", "staff/merge", {"side": CHECKANDPLACE, "winner": walk_in, "loser": guest})
    assert guest not in world.checkandplace.customers

    assert (await desk("POST", "switches", {"CL-03": "ignored"}))[CLOPOS]["customers_sort"] == "ignored"
    assert (await desk("GET", "switches"))[CLOPOS]["customers_sort"] == "ignored"
    assert any(row["name"] == "customers_sort" for row in (await desk("GET", "switches/help"))["switches"])

    planned = (await desk("POST", "faults", {"side": CLOPOS, "kind": "status:503", "times": 2}))["faults"]
    assert planned == (await desk("GET", "faults"))["faults"]
    assert (planned[0]["kind"], planned[0]["times"]) == ("status:503", 2)
    assert (await desk.http.get("/open-api/v2/customers")).status_code == 503
    await desk("DELETE", "faults")
    assert (await desk("GET", "faults"))["faults"] == []

    await desk.http.get("/v1/customers")
    assert [entry["side"] for entry in (await desk("GET", "log"))["requests"]] == [CLOPOS, CHECKANDPLACE]
    assert [entry["number"] for entry in (await desk("GET", "log?after=1"))["requests"]] == [2]
    assert [entry["status"] for entry in (await desk("GET", f"log?side={CLOPOS}"))["requests"]] == [503]
    await desk("DELETE", "log")
    assert (await desk("GET", "log"))["requests"] == []

    labels = await desk("GET", "labels")
    assert labels[CLOPOS][made] == "a"
    assert [tuple(pair) for pair in labels["must_link"]] == sorted(world.must_link())
    everybody = await desk("GET", "customers")
    assert (len(everybody[CLOPOS]), len(everybody[CHECKANDPLACE])) == (21, 20)
    assert set(await desk("GET", f"customers?side={CLOPOS}")) == {CLOPOS}

    assert (await desk("GET", "clock"))["now"] == START
    assert (await desk("POST", "clock", {"shift": 90}))["now"] == START + 90
    assert (await desk("GET", "credentials"))[CLOPOS]["read_venues"] == [1]
    assert desk.used == set(ACTIONS) - {("GET", "")}


@pytest.mark.parametrize(
    ("action", "body", "status", "text"),
    [
        ("staff/edit", {"side": CLOPOS, "id": 1, "fields": {}}, 404, "no 1"),
        ("staff/edit", {"side": CHECKANDPLACE, "id": "x", "fields": {"note": "x"}}, 404, "no x"),
        ("staff/edit", {"side": CLOPOS, "id": 4101}, 400, "fields is missing"),
        ("staff/edit", {"side": CLOPOS, "id": 4101, "fields": {"nickname": "x"}}, 400, "has no nickname"),
        ("staff/edit", {"side": "loyalty", "id": 4101, "fields": {}}, 400, "no such side"),
        ("switches", {"CL-03": "perhaps"}, 400, "is not one of"),
        ("faults", {"kind": "status:503"}, 400, "side"),
        ("faults", {"side": CLOPOS, "kind": "explode"}, 400, "no such fault: explode"),
        ("faults", {"side": CLOPOS, "kind": "status:soon"}, 400, "status:soon"),
        ("clock", {"shift": "soon"}, 400, "soon"),
        ("nowhere", {}, 404, "no such control route"),
    ],
)
async def test_wrong_requests(action: str, body: dict[str, Any], status: int, text: str) -> None:
    assert text in (await Desk()("POST", action, body, status))["error"]


async def test_a_body_that_is_no_object() -> None:
    desk = Desk()
    for content in (b"[]", b"{"):
        answer = await desk.http.post("/control/sale", content=content)
        assert answer.status_code == 400
    assert (await desk.http.put("/control/sale")).status_code in (404, 405)
