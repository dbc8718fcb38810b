"""What docs/api/clopos.md shows, as it shows it, under the default switches: its samples to the letter, and its field
table."""

from __future__ import annotations

import json
import re
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from connector.simulator.kit import SimClock
from connector.simulator.world import World
from tests.simulation.clopos_kit import START, Caller, small_world

CONTRACT = (Path(__file__).parents[2] / "docs" / "api" / "clopos.md").read_text(encoding="utf-8")
VARYING = ("token", "expires_at", "time", "timestamp", "unix")
"""What no sample can foresee; the tests of each say what it must be."""


def samples(section: str) -> list[Any]:
    """The JSON blocks of a section, in order."""
    start = re.search(rf"^### {re.escape(section)} ", CONTRACT, re.MULTILINE)
    assert start is not None, section
    text = re.split(r"^##", CONTRACT[start.end() :], maxsplit=1, flags=re.MULTILINE)[0]
    return [json.loads(block) for block in re.findall(r"```json\n(.*?)```", text, re.DOTALL)]


def same(mine: Any, documented: Any) -> None:
    """Equal, in the same order of keys at every depth."""
    if isinstance(documented, dict):
        assert list(mine) == list(documented)
        for name, value in documented.items():
            if name not in VARYING:
                same(mine[name], value)
    elif isinstance(documented, list):
        assert len(mine) == len(documented)
        for one, other in zip(mine, documented, strict=True):
            same(one, other)
    else:
        assert (mine, type(mine) is bool) == (documented, type(documented) is bool)


def unordered(body: dict[str, Any]) -> dict[str, Any]:
    """An error, without what varies: its samples name the parts in one order here, in another there."""
    return {name: value for name, value in body.items() if name not in VARYING}


def empty_world(**settings: str) -> World:
    """Nobody is there yet: the first customer gets the id of the samples, 4101."""
    return World(5, 0, 0, 0, {f"clopos.{name}": word for name, word in settings.items()}, SimClock(START, 0.0))


def epoch(stamp: str) -> float:
    return datetime.fromisoformat(stamp).timestamp()


def known(world: World) -> dict[str, Any]:
    """The customer of the list sample is there; gives what a server shows of it. The sample's address stands in
    `address_data` alone; the simulator keeps one address and shows it in both."""
    (row,) = samples("3.1")[0]["data"]
    shown = {**row, "address": row["address_data"][0]["formattedAddress"]}
    group = shown.pop("group")
    assert (group["id"], group["name"], group["discount_value"]) == (3, "Qonaqlar", 5)
    values = {name: value for name, value in shown.items() if name not in ("id", "address_data")}
    made, changed = epoch(values.pop("created_at")), epoch(values.pop("updated_at"))
    assert world.clopos.add(values, at=made, updated_at=changed) == shown["id"]
    return shown


# 2.2 to 2.4


@pytest.mark.parametrize(("generation", "section"), [("v2", "2.2"), ("v1", "2.3")])
async def test_auth_takes_and_gives_the_samples(generation: str, section: str) -> None:
    asked, answered = samples(section)
    caller = Caller(empty_world())
    answer = await caller.http.post("/open-api/v2/auth" if generation == "v2" else "/open-api/auth", json=asked)
    assert answer.status_code == 200
    same(answer.json(), answered)


async def test_failures_of_2_4_are_the_samples() -> None:
    mismatch, expired = samples("2.4")
    world = empty_world()
    caller = Caller(world)
    await caller.login()
    world.shift_clock(3600)
    later = await caller.call("GET", "/customers")
    assert unordered(later.json()) == unordered(expired)
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", later.json()["expires_at"])
    world.set("CL-13", "on")
    assert (await caller.auth()).json() == mismatch


# 3.1 to 3.4, 3.6


async def test_the_listing_is_the_sample_of_3_1() -> None:
    (sample,) = samples("3.1")
    world = empty_world()
    shown = known(world)
    query = re.search(r"`GET /customers\?(page=1&limit=50&with%5B0%5D=group&[^`]*)`", CONTRACT)
    assert query is not None
    body = (await Caller(world).call("GET", "/customers", params=query[1])).json()
    group = body["data"][0]["group"]
    assert list(group) == list(sample["data"][0]["group"])
    same({**body, "data": []}, {**sample, "data": []})
    (row,) = body["data"]
    same(row, {**shown, "group": group})
    assert list(row) == list(sample["data"][0])


async def test_a_create_is_the_sample_of_3_3_and_so_are_its_refusals() -> None:
    asked, answered, invalid, duplicate = samples("3.3")
    world = empty_world()
    known(world)
    caller = Caller(world)
    answer = await caller.create(**asked)
    assert answer.status_code == 200
    same(answer.json(), answered)
    assert (answer.json()["timestamp"], answer.json()["unix"]) == (answered["timestamp"], answered["unix"])
    nameless, again = await caller.create(), await caller.create(**asked)
    assert (nameless.status_code, again.status_code) == (400, 409)
    assert nameless.json() == invalid
    assert again.json() == duplicate


async def test_nobody_is_the_sample_of_3_2() -> None:
    as_list, as_text = samples("3.2")
    caller = Caller(empty_world())
    assert (await caller.call("GET", "/customers/999999", generation="v1")).json() == as_list
    assert (await caller.call("GET", "/customers/999999")).json() == as_text


async def test_groups_are_the_sample_of_3_4() -> None:
    (sample,) = samples("3.4")
    world = empty_world()
    body = (await Caller(world).call("GET", "/customer-groups", params={"sort[0]": "id", "sort[1]": 1})).json()
    times = {name: body["data"][2][name] for name in ("created_at", "updated_at")}
    same(body["data"][2], {**sample["data"][0], **times})
    same({**body, "data": [], "total": 1}, {**sample, "data": []})


async def test_the_old_overview_s_refusal_is_the_sample_of_3_6() -> None:
    (sample,) = samples("3.6")
    caller = Caller(empty_world(error_shape="details"))
    answer = await caller.call("GET", "/customers", generation="v1", params={"limit": 150})
    assert (answer.status_code, answer.json()) == (400, sample)


# 4.1: the field table

ROWS = [
    [cell.strip() for cell in line.strip("| \n").split(" | ")]
    for line in CONTRACT.split("### 4.1 ")[1].split("### 4.2 ")[0].splitlines()
    if line.startswith("| `")
]
KINDS: dict[str, tuple[type, ...]] = {"int": (int,), "string": (str,), "number": (int, float), "bool": (bool,)}


def attributes(column: int, begins: str) -> dict[str, str]:
    """Attribute -> type, of the rows whose column begins so."""
    return {
        name: row[1]
        for row in ROWS
        if row[column].startswith(begins)
        for name in re.findall(r"`(\w+)`", row[0])
    }  # fmt: skip


@pytest.mark.parametrize(("generation", "column"), [("v2", 3), ("v1", 4)])
async def test_a_customer_carries_what_the_table_says_each_of_its_type(generation: str, column: int) -> None:
    """And what the table calls nullable is null on a customer of whom nothing is known but the name."""
    wanted = attributes(column, "yes")
    world = empty_world()
    known(world)
    world.clopos.staff_edit(4101, {"code": "CP-7", "source": "LOYALTY", "reference_id": "7", "is_verified": True})
    caller = Caller(world)
    await caller.create(name="Aysel")
    full, bare = await caller.rows(generation, sort0="id", sort1=1)
    assert set(full) == set(bare) == set(wanted)
    for name, value in full.items():
        if value is not None:
            kind = re.findall(r"\w+", wanted[name])[0]
            assert type(value) in KINDS.get(kind, (list,)), name
    assert {name for name in bare if bare[name] is None} <= set(attributes(2, "yes"))
    assert {"email", "phone", "address", "description", "gender", "date_of_birth", "code"} <= {
        name for name in bare if bare[name] is None
    }


async def test_only_what_the_table_marks_c_can_be_written() -> None:
    """`id`, `status`, balances and the rest are read only: a create that sends them is taken without them (CL-47)."""
    writable, readable = set(attributes(5, "**C**")), set(attributes(5, "–"))
    sent: dict[str, Any] = {
        "name": "Deniz Aksoy", "email": "d@example.com", "phone": "+905321110022", "code": "CP-1", "group_id": 2,
        "cid": "c78b7bd2-2bb0-5bcb-8c18-a71576677c6a", "description": "x", "gender": 2, "date_of_birth": "1988-11-02",
    }  # fmt: skip
    assert set(sent) == writable
    caller = Caller(empty_world())
    plain = (await caller.create(name="Aysel")).json()["data"]
    made = (await caller.create(**sent, **dict.fromkeys(readable - {"group"}, "strange"))).json()["data"]
    assert {name: made[name] for name in sent} == sent
    unlike = {name for name in made if made[name] != plain[name]}
    assert unlike == writable | {"id"}


async def test_a_verified_number_has_a_naive_time_four_hours_ahead() -> None:
    """Section 6: one customer shows the same instant in both forms, UTC with Z and Baku without a zone."""
    world = empty_world()
    verified = world.staff_create("clopos", {"name": "Aysel", "is_verified": True, "address": "Sınaq küçəsi 7"})
    plain = world.staff_create("clopos", {"name": "Leyla"})
    rows = {str(row["id"]): row for row in await Caller(world).rows("v1")}
    assert rows[verified]["created_at"] == "2026-11-20T09:15:00.000000Z"
    assert rows[verified]["phone_verified_at"] == "2026-11-20 13:15:00"
    assert rows[plain]["phone_verified_at"] is None
    assert (rows[verified]["addresses"], rows[plain]["addresses"]) == (["Sınaq küçəsi 7"], [])


async def test_the_balances_of_v1_have_the_keys_of_the_table() -> None:
    row = next(row for row in ROWS if row[0] == "`balance`")
    wanted = re.findall(r"\w+", row[1].split("}")[0])
    caller = Caller(small_world())
    shown = (await caller.rows("v1", limit=1, **{"with[]": "balance"}))[0]
    assert list(shown["balance"]) == wanted
    assert (shown["balance"]["type"], shown["balance"]["id"]) == ("CUSTOMER", shown["balance_id"])
