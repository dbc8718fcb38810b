"""What Clopos' answers mean, one by one: venues beside duplicates, numbers of a look-up, page sizes, shared tokens."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import httpx
import pytest

from connector.domain.errors import AuthError, ConfigError, ConnectorError, RefusedByServer, TransientError
from connector.domain.values import Json
from connector.sides.clopos.adapter import CloposSide
from connector.sides.clopos.auth import Tokens
from connector.sides.clopos.options import V1, V2, CloposOptions
from connector.sides.port import CustomerType
from tests.contract.harness import CloposWorld, scan

BODY: dict[str, Any] = {"name": "Deniz Aksoy", "phone": "+905321110022"}


def scripted(body: object, status: int = 200, **options: Any) -> tuple[CloposSide, list[httpx.Request]]:
    """A side whose server takes the login and answers everything else with this."""
    seen: list[httpx.Request] = []

    def handle(request: httpx.Request) -> httpx.Response:
        if request.url.path.endswith("/auth"):
            login = json.dumps({"success": True, "token": "t", "expires_in": 3600}).encode()
            return httpx.Response(200, stream=httpx.ByteStream(login))
        seen.append(request)
        return httpx.Response(status, stream=httpx.ByteStream(json.dumps(body).encode()))

    side = CloposWorld().side(**options)
    side.wire.client._transport = httpx.MockTransport(handle)
    return side, seen


@pytest.mark.parametrize(
    ("status", "body", "venue", "kind", "code"),
    [
        pytest.param(409, {"error": "duplicate_phone", "message": "exists in another venue"}, "2", RefusedByServer,
                     "duplicate", id="a duplicate in a venue is a duplicate (CL-06)"),
        pytest.param(400, {"message": "The selected venue is invalid"}, "2", ConfigError, "venue-unknown",
                     id="the venue of the settings (CL-29)"),
        pytest.param(403, {"message": "No access to this Venue"}, "2", ConfigError, "venue-unknown", id="not ours"),
        pytest.param(404, {"message": "Not found"}, "2", ConfigError, "venue-unknown", id="only the venue can be it"),
        pytest.param(404, {"message": "Not found"}, None, ConfigError, "address-wrong", id="no venue was named"),
        pytest.param(405, {}, "2", ConfigError, "address-wrong", id="no such create"),
        pytest.param(400, {"message": "The selected venue is invalid"}, None, RefusedByServer, "rejected",
                     id="a word about venues where none was named"),
        pytest.param(403, {"message": "no"}, "2", AuthError, "permission-refused", id="a right is missing (CL-23)"),
        pytest.param(422, {"message": "The name is too long"}, "2", RefusedByServer, "rejected", id="the values"),
    ],
)  # fmt: skip
async def test_what_a_refused_create_ends_in(
    status: int, body: object, venue: str | None, kind: type[ConnectorError], code: str
) -> None:
    side, seen = scripted(body, status, venue_id=venue)
    with pytest.raises(kind) as raised:
        await side.create(BODY)
    assert raised.value.code == code
    assert len(seen) == 1
    assert seen[0].headers.get("x-venue") == venue


async def test_only_rows_with_the_number_are_found() -> None:
    """CL-07, CL-08: the filter may be ignored; digits are compared, however they were typed."""
    rows = [
        {"id": 1, "phone": None, "phones": None},
        {"id": 2, "phone": "+994 (50) 123-45-67"},
        {"id": 3, "phone": "x", "phones": [None, 501234567]},
        {"id": 4, "phones": "501234567"},
        {"id": 5, "phone": "+994501234568", "phones": ["50123456"]},
        {"id": 6},
    ]
    side, seen = scripted({"success": True, "data": rows, "total": 6})
    assert [row.id for row in await side.find_by_phone("+994 50 123 45 67"[5:])] == ["2", "3"]
    assert seen[0].url.params["filters[0][1]"] == "50 123 45 67"


@pytest.mark.parametrize("count", [5, 100, 4000])
async def test_the_newest_are_one_page_at_most(count: int) -> None:
    side, seen = scripted({"success": True, "data": [{"id": 1}]})
    await side.newest(count)
    assert seen[0].url.params["limit"] == str(min(count, 100))
    assert (seen[0].url.params["sort[0]"], seen[0].url.params["sort[1]"]) == ("created_at", "-1")


async def test_each_venue_is_asked_and_each_record_counts_once() -> None:
    """CL-09."""
    side, seen = scripted({"success": True, "data": [{"id": 1, "phone": "501234567"}]}, read_venues=("1", "2"))
    assert [row.id for row in await side.newest(5)] == ["1"]
    assert [row.id for row in await side.find_by_phone("501234567")] == ["1"]
    await side.check()
    assert [request.headers["x-venue"] for request in seen] == ["1", "2"] * 3


@pytest.mark.parametrize(
    ("status", "kind", "code"),
    [(400, TransientError, "read-failed"), (403, AuthError, "permission-refused"), (404, ConfigError, "address-wrong")],
)
async def test_a_refused_look_up_is_no_empty_answer(status: int, kind: type[ConnectorError], code: str) -> None:
    """A create rests on it: "nobody has this number" must have been said."""
    for ask in ("find_by_phone", "newest"):
        side, _ = scripted({"message": "no"}, status)
        with pytest.raises(kind) as raised:
            await getattr(side, ask)("501234567" if ask == "find_by_phone" else 5)
        assert raised.value.code == code


async def test_groups_without_a_count_end_where_nothing_new_comes() -> None:
    """CL-41, CL-49: a server that ignores the page number answers the same for ever."""
    side, seen = scripted({"success": True, "data": [{"id": 1, "name": "VIP"}, {"id": 2, "name": 7}, {"name": "x"}]})
    assert await side.list_types() == [CustomerType("1", "VIP"), CustomerType("2", None)]
    assert [request.url.params["page"] for request in seen] == ["1", "2"]
    for status, kind in ((403, AuthError), (418, TransientError)):
        refused, _ = scripted({"message": "no"}, status)
        with pytest.raises(kind):
            await refused.list_types()


@pytest.mark.parametrize(
    ("kept", "asked"),
    [
        pytest.param({"size": 300, "why": "clamped"}, 300, id="learned"),
        pytest.param({"size": 999, "why": "slow"}, 999, id="no smaller than the documented one"),
        pytest.param({"size": 5000, "why": "slow"}, 999, id="larger"),
        pytest.param({"size": 0}, 999, id="none"),
        pytest.param({"size": True}, 999, id="no number"),
        pytest.param({"size": "300"}, 999, id="a text"),
        pytest.param(300, 999, id="another form"),
    ],
)
async def test_what_was_learned_of_the_page_size_counts_where_it_makes_sense(kept: Json, asked: int) -> None:
    """CL-04."""
    world = CloposWorld(customers=1)
    world.memory.remember("v2.page_size", kept)
    await scan(world.side())
    assert world.seen("/customers")[0].query["limit"] == str(asked)


@pytest.mark.parametrize("why", ["clamped", "refused"])
async def test_a_size_that_the_server_named_never_grows_by_itself(why: str) -> None:
    """CL-04: only a size that slowness forced is tried larger again."""
    world = CloposWorld(customers=3)
    world.memory.remember("v2.page_size", {"size": 200, "why": why})
    for _ in range(3):
        await scan(world.side())
    assert {entry.query["limit"] for entry in world.seen("/customers")} == {"200"}


def test_a_token_is_shared_by_one_credential_set_alone() -> None:
    """Section 2.4: one token per credential set; v1 logs in for a venue, v2 for an integrator."""
    base = CloposOptions(
        pair="main", client_id="i", client_secret="s", brand="b", integrator_id="g", venue_id="1"
    )  # fmt: skip
    tokens, url = Tokens(), "https://pos.test/"
    slot = tokens.slot(V2, url, base)
    assert tokens.slot(V2, url, replace(base, pair="other", read_venues=("7",), venue_id="2")) is slot
    changes: list[dict[str, Any]] = [
        {"client_id": "x"}, {"client_secret": "x"}, {"brand": "x"}, {"integrator_id": "x"},
    ]  # fmt: skip
    others = [tokens.slot(V2, url, replace(base, **change)) for change in changes]
    others += [tokens.slot(V1, url, base), tokens.slot(V2, "https://other.test/", base)]
    others += [tokens.slot(V1, url, replace(base, venue_id="2"))]
    assert len({id(each) for each in [slot, *others]}) == 8
    assert tokens.slot(V1, url, replace(base, integrator_id="x")) is tokens.slot(V1, url, base)


async def test_a_refusal_of_an_older_token_leaves_the_newer_one() -> None:
    """Two requests were under way with one token: the second 401 must not throw away what the first one renewed."""
    world = CloposWorld(customers=1)
    login = world.side().login
    first = await login.token()
    login.refuse(first)
    second = await login.token()
    login.refuse(first)
    assert await login.token() == second
    assert len(world.seen("/auth")) == 2


def test_v1_names_the_venue_that_is_read() -> None:
    """CL-32: v1 always sends a venue, the configured one where none is asked for; v2 none."""
    options = CloposOptions(pair="main", client_id="i", client_secret="s", brand="b", venue_id="1")
    assert V1.headers(options, "t", "2")["x-venue"] == "2"
    assert V1.headers(options, "t", None)["x-venue"] == "1"
    assert dict(V2.headers(options, "t", None)) == {"x-token": "t"}
