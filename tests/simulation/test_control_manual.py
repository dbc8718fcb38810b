"""`GET /control/` and the table of docs/SIMULATORS.md say truly which control routes there are and what they take."""

from __future__ import annotations

import os
from pathlib import Path

import httpx
import pytest

from connector.simulator.control import ACTIONS
from connector.simulator.manual import MANUAL, Control
from connector.simulator.people import CHECKANDPLACE, CLOPOS
from connector.simulator.world import World

PAGE = Path(__file__).resolve().parents[2] / "docs" / "SIMULATORS.md"


def table() -> str:
    """The routes as the page shows them (anew with `GOLDEN=write pytest tests/simulation/test_control_manual.py`)."""

    def takes(one: Control) -> str:
        keys = (f"[`{key}`]" if key in one.may else f"`{key}`" for key in one.takes)
        return "; ".join(f"{key}: {text}" for key, text in zip(keys, one.takes.values(), strict=True))

    rows = [f"| `{one.method} /control/{one.route}` | {one.does} | {takes(one)} |" for one in MANUAL]
    return "\n".join(["| route | what it does | what it takes |", "| --- | --- | --- |", *rows])


def test_every_route_is_listed() -> None:
    assert [(one.method, one.route) for one in MANUAL if (one.method, one.route) not in ACTIONS] == []
    assert {(one.method, one.route) for one in MANUAL} == set(ACTIONS)
    assert all(set(one.may) <= set(one.takes) for one in MANUAL)


def test_the_page_shows_the_routes() -> None:
    text = PAGE.read_text(encoding="utf-8")
    if os.environ.get("GOLDEN") == "write":
        before, after = text.split("in brackets can be left out.")[0], text.split("The command's `--json`")[1]
        text = f"{before}in brackets can be left out.\n\n{table()}\n\nThe command's `--json`{after}"
        PAGE.write_text(text, encoding="utf-8")
    assert table() in text


@pytest.fixture
def world() -> World:
    return World(2, 20, 20, 10, limits=False)


def desk(world: World) -> httpx.AsyncClient:
    return httpx.AsyncClient(transport=httpx.ASGITransport(world.asgi), base_url="http://simulator/control/")


async def test_a_route_that_is_not_there_leads_to_the_list(world: World) -> None:
    async with desk(world) as http:
        error = (await http.get("nowhere")).json()["error"]
        assert error == "no such control route; GET /control/ lists them"
        for path in ("", "/"):
            listed = (await http.get(f"http://simulator/control{path or '/'}")).json()["routes"]
            assert {(one["method"], one["route"]) for one in listed} == {
                (one.method, f"/control/{one.route}") for one in MANUAL
            }


ASKED = [one for one in MANUAL if one.method == "POST" and set(one.takes) - set(one.may)]


@pytest.mark.parametrize("one", ASKED, ids=[one.route for one in ASKED])
async def test_what_is_not_in_brackets_is_asked_for(world: World, one: Control) -> None:
    async with desk(world) as http:
        answer = await http.post(one.route, json={})
        assert answer.status_code == 400
        assert any(key in answer.json()["error"] for key in set(one.takes) - set(one.may))


async def test_the_edits_that_are_listed_are_taken(world: World) -> None:
    guest = next(iter(world.checkandplace.customers))
    customer = world.clopos.dump()[0]["id"]
    values = {CLOPOS: {"name": "Aysel Testova", "address": "Bakı"}, CHECKANDPLACE: {"first_name": "Aysel"}}
    async with desk(world) as http:
        for side, record in ((CLOPOS, customer), (CHECKANDPLACE, guest)):
            body = {"side": side, "id": record, "fields": values[side]}
            assert (await http.post("staff/edit", json=body)).json() == {"ok": True}
        wrong = (
            await http.post("staff/edit", json={"side": CLOPOS, "id": customer, "fields": {"nickname": "x"}})
        ).json()
        assert "has no nickname" in wrong["error"]
    assert world.clopos.get(customer).name == "Aysel Testova"
