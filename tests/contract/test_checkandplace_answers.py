"""What Check&Place's answers mean, one by one: refusals, records, calls of the app API (CP-14 to CP-17, CP-43)."""

from __future__ import annotations

import json
from typing import Any

import httpx
import pytest

from connector.domain.errors import AuthError, ConfigError, ConnectorError, RefusedByServer, TransientError
from connector.domain.values import CHECKANDPLACE
from connector.sides.checkandplace.errors import refusal_of, refused_write
from connector.sides.checkandplace.reader import read_written
from connector.sides.http import Answer
from connector.sides.port import CustomerType
from connector.sides.problems import Place
from tests.contract.harness import CheckandplaceWorld, TestClock

PLACE = Place(CHECKANDPLACE, "main")


def answer(body: object, status: int = 422) -> Answer:
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    return Answer(status, TestClock().now(), httpx.Headers(), content, 1)


@pytest.mark.parametrize(
    ("status", "body", "field", "duplicate"),
    [
        (422, {"errors": {"base": ["no"], "email": ["is invalid"]}}, "email", False),
        (422, {"errors": {"first_name": ["is too long"], "email": ["no"]}}, "first_name", False),
        (422, {"errors": {"last_name": ["phone is not a name"]}}, "last_name", False),
        (422, {"errors": {"base": ["The surname is missing"]}}, "last_name", False),
        (422, {"error": "customer type is unknown"}, "customer_type_id", False),
        (400, {"message": "e-mail is already registered"}, "email", True),
        (422, {"errors": {"primary_phone_number": ["has already been taken"]}}, "primary_phone_number", True),
        (422, ["phone must be unique"], "primary_phone_number", True),
        (400, {"error": {"deep": [{"er": "duplicate"}]}}, None, True),
        (404, {"error": "already exists"}, None, False),
        (409, b"", None, True),
        (422, b"<html>gender is taken</html>", None, True),
        (422, {"error": "mistaken"}, None, False),
    ],
    ids=str,
)
def test_what_a_refusal_is_about(status: int, body: object, field: str | None, duplicate: bool) -> None:
    """CP-14, CP-16: the named attribute counts more than the words; only a 400, 409 or 422 speaks of a duplicate."""
    refusal = refusal_of(answer(body, status))
    assert (refusal.field, refusal.duplicate) == (field, duplicate)


TYPE = {"errors": {"customer_type_id": ["is invalid"]}}


@pytest.mark.parametrize(
    ("method", "status", "body", "sent", "code"),
    [
        pytest.param("POST", 422, TYPE, {"customer_type_id": "x"}, "type-unknown", id="a type that is unknown"),
        pytest.param("POST", 422, TYPE, {"first_name": "x"}, "type-needed", id="a type that nobody named"),
        pytest.param("POST", 422, TYPE, {"customer": {"customer_type_id": "x"}}, "type-unknown", id="wrapped"),
        pytest.param("POST", 422, TYPE, {"customer": {"first_name": "x"}}, "type-needed", id="wrapped, none"),
        pytest.param("POST", 409, TYPE, {"customer_type_id": "x"}, "duplicate", id="a duplicate is one first"),
        pytest.param("PATCH", 404, {}, {}, "not-found", id="an update of nobody (CP-17)"),
        pytest.param("POST", 404, {}, {}, "address-wrong", id="a create that is not there"),
        pytest.param("POST", 405, {}, {}, "address-wrong", id="no such create"),
        pytest.param("PATCH", 405, {}, {}, "address-wrong", id="no such update"),
        pytest.param("PATCH", 400, {}, {}, "rejected", id="anything else"),
    ],
)
def test_what_a_refused_write_ends_in(method: str, status: int, body: object, sent: object, code: str) -> None:
    """CP-14, CP-17, CP-26, CP-43."""
    error = refused_write(PLACE, refusal_of(answer(body, status)), method, "/v1/customers", sent)
    assert error.code == code
    steps = {
        "address-wrong": "correct pairs.main.checkandplace.paths, then connector doctor --pair main",
        "type-unknown": "correct [pairs.main.types], then connector doctor --pair main",
        "type-needed": "correct [pairs.main.types], then connector doctor --pair main",
    }
    assert error.next_step == steps.get(code, "connector holds list --pair main")
    if isinstance(error, RefusedByServer):
        assert ("was not created" if method == "POST" else "was not changed") in error.manager


@pytest.mark.parametrize(
    ("body", "found"),
    [
        ({"customer": {"id": 5}}, "5"), ({"id": " 5 "}, "5"), ({"customer": {"name": "x"}}, None), ({}, None),
        ([{"id": 5}], None), (b"", None), (b"  \n", None), (b"{", None), (b"ok", None), ({"customer": [1]}, None),
    ],
    ids=str,
)  # fmt: skip
def test_the_record_in_the_answer_to_a_write(body: object, found: str | None) -> None:
    """CP-21: whatever a 2xx carries, the write was accepted; without an id its record is not known yet."""
    row = read_written(answer(body, 201))
    assert (row.id if row else None) == found


def scripted(body: object, status: int = 200, **options: Any) -> tuple[Any, list[httpx.Request]]:
    """A side with the app API whose server answers everything with this."""
    seen: list[httpx.Request] = []

    def handle(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return httpx.Response(status, stream=httpx.ByteStream(answer(body).body))

    side = CheckandplaceWorld().side(app=True, read_by_id=True, read_types=True, **options)
    side.wire.client._transport = httpx.MockTransport(handle)
    return side, seen


@pytest.mark.parametrize(
    ("body", "types"),
    [
        ({"customer_types": [{"id": 1, "name": "VIP"}]}, [CustomerType("1", "VIP")]),
        ([{"id": "a"}, {"id": "b", "name": 5}], [CustomerType("a", None), CustomerType("b", None)]),
        ({"total": 1, "data": [{"name": "nobody"}, {"id": 2, "name": "N"}]}, [CustomerType("2", "N")]),
        ({"types": []}, []),
    ],
    ids=str,
)
async def test_types_stand_under_any_key(body: object, types: list[CustomerType]) -> None:
    """CP-43: id and name alone."""
    side, _ = scripted(body)
    assert await side.list_types() == types


@pytest.mark.parametrize("body", [{}, {"types": {}}, {"a": [], "b": []}], ids=str)
async def test_types_of_another_shape_are_an_error_never_empty(body: object) -> None:
    side, _ = scripted(body)
    with pytest.raises(ConfigError) as raised:
        await side.list_types()
    assert raised.value.code == "answer-shape-unknown"
    assert raised.value.next_step.startswith("check pairs.main.checkandplace.paths.app_types")


@pytest.mark.parametrize(
    ("status", "kind", "code"),
    [
        (400, RefusedByServer, "read-refused"), (405, RefusedByServer, "read-refused"),
        (410, RefusedByServer, "read-refused"), (422, RefusedByServer, "read-refused"),
        (401, AuthError, "auth-refused"), (403, AuthError, "permission-refused"), (418, TransientError, "read-failed"),
        (302, ConfigError, "redirected"), (200, ConfigError, "answer-shape-unknown"),
    ],
)  # fmt: skip
async def test_a_reading_by_id_concludes_nothing_but_from_a_404(
    status: int, kind: type[ConnectorError], code: str
) -> None:
    """CP-17, CP-44: a refusal of the id in other words may mean that nobody is there, so the list decides."""
    side, seen = scripted({"error": "Aysel is gone"}, status)
    with pytest.raises(kind) as raised:
        await side.get("1f0c7d2a")
    assert raised.value.code == code
    assert len(seen) == 1
    if kind is AuthError:
        assert "underscores" in raised.value.engineer, "CP-38"


async def test_a_record_of_the_app_api_is_read_wrapped_or_bare() -> None:
    for body in ({"customer": {"id": 7, "x": 1}}, {"id": 7, "x": 1}):
        side, seen = scripted(body)
        row = await side.get("a/7")
        assert row.id == "7"
        assert json.loads(row.raw) == {"id": 7, "x": 1}
        assert seen[0].url.raw_path == b"/api/v1/customers/a%2F7"
    side, _ = scripted(b"", 404)
    assert await side.get("7") is None


async def test_a_check_asks_for_the_types_where_they_are_to_be_read() -> None:
    side, seen = scripted({"customers": []})
    await side.check()
    assert [request.url.path for request in seen] == ["/v1/customers", "/api/v1/customer_types"]
    refused, _ = scripted({"error": "no"}, 404)
    with pytest.raises(ConfigError) as raised:
        await refused.check()
    assert raised.value.next_step.startswith("correct pairs.main.checkandplace.paths.list,")


@pytest.mark.parametrize(
    ("nickname", "note", "body"),
    [
        ("  Masa 4 ", None, {"nickname": "Masa 4"}),
        ("Masa 4", "", {"nickname": "Masa 4"}),
        ("Masa 4", "qoz", {"nickname": "Masa 4", "note": "qoz"}),
    ],
)
async def test_an_anonymous_guest_is_sent_with_what_is_known(
    nickname: str, note: str | None, body: dict[str, str]
) -> None:
    """Section 3.4, CP-50; the switch `wrap_app_body` is of create and update alone (CP-43)."""
    side, seen = scripted({"id": 9}, 201, wrap_app_body=True)
    assert (await side.create_anonymous(nickname, note)).row.id == "9"
    assert json.loads(seen[0].content) == body


@pytest.mark.parametrize(
    ("app", "create", "anonymous"), [(True, True, True), (True, False, False), (False, True, False)]
)
def test_who_can_make_anonymous_guests(app: bool, create: bool, anonymous: bool) -> None:
    side = CheckandplaceWorld().side(app=app, create=create)
    assert side.capabilities.anonymous_create is anonymous
    assert side.capabilities.create is create
