"""What Clopos' refusals say: four shapes, one reader (docs/api/clopos.md 3.6; CL-06, CL-12, CL-20, CL-44)."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connector.domain.errors import AuthError, ConfigError, RefusedByServer
from connector.domain.values import CLOPOS
from connector.sides.clopos.errors import read_refusal, refused_create, stopping
from connector.sides.problems import Place

PLACE = Place(CLOPOS, "main")
MODEL = "No query results for model [App\\Models\\Client\\Marketing\\Customer] 999999"
LIST_404 = [
    {"message": MODEL, "type": "server_side", "exception": "NotFoundHttpException", "code": 0, "http_code": 404}
]

SHAPES = [
    # status, body, status meant, slug, field, duplicate
    (400, {"success": False, "message": "Validation failed", "error": "The name field is required."},
     400, None, "name", False),
    (409, {"success": False, "message": "Customer with this phone number already exists", "error": "duplicate_phone"},
     409, "duplicate_phone", "phone", True),
    (409, {"error": "duplicate_code"}, 409, "duplicate_code", "code", True),
    (409, {"error": "duplicate_cid", "message": "Customer with this cid already exists"},
     409, "duplicate_cid", "cid", True),
    (409, {"message": "Conflict"}, 409, None, None, True),
    (400, {"error": "The phone has already been taken."}, 400, None, "phone", True),  # CL-06
    (422, {"message": "The code has already been taken."}, 422, None, "code", True),
    (422, {"error": [{"message": "cid must be unique", "http_code": 422}]}, 422, None, "cid", True),
    (422, {"errors": ["The email must be a valid email address."]}, 422, None, "email", False),
    (400, {"error": "The selected group id does not exist."}, 400, None, "group_id", False),
    (404, {"success": False, "error": LIST_404}, 404, None, None, False),  # CL-12, observed
    (404, {"success": False, "error": "not_found", "message": "Customer not found"}, 404, "not_found", None, False),
    (404, {"error": "resource_not_found"}, 404, "resource_not_found", None, False),
    (400, {"error": "invalid_parameter", "message": "limit must be between 1 and 100",
           "details": {"parameter": "limit", "provided_value": 150, "valid_range": "1-100"}},
     400, "invalid_parameter", "limit", False),
    (400, {"success": False, "error": "invalid_parameter", "message": "sort[1] must be 1 or -1"},
     400, "invalid_parameter", "sort", False),
    (200, {"success": False, "error": "duplicate_phone"}, 409, "duplicate_phone", "phone", True),  # CL-13
    (200, {"success": False, "error": LIST_404}, 404, None, None, False),
    (200, {"success": False, "error": "unauthorized"}, 401, "unauthorized", None, False),
    (200, {"success": False, "error": "Something went wrong"}, 400, None, None, False),
]  # fmt: skip


@pytest.mark.parametrize(("status", "body", "meant", "slug", "field", "duplicate"), SHAPES, ids=lambda v: str(v)[:50])
def test_shapes(status: int, body: object, meant: int, slug: str | None, field: str | None, duplicate: bool) -> None:
    found = read_refusal(status, json.dumps(body).encode())
    assert (found.status, found.slug, found.field, found.duplicate) == (meant, slug, field, duplicate)


@pytest.mark.parametrize(
    "body", [b"", b"<html><h1>504 Gateway Time-out</h1></html>", b"null", b"[]", b'"no"', b"\xff\xfe", b"[1, [2]]"]
)
def test_any_body_is_survived(body: bytes) -> None:
    """CL-44: the status decides."""
    found = read_refusal(504, body)
    assert (found.status, found.slug, found.field, found.duplicate) == (504, None, None, False)


@pytest.mark.parametrize(
    "text",
    ["Invalid integrator_id", "Integrator is in test mode. But brand is not in test mode",
     "Brand is in test mode. But integrator is not in test mode", "Client is disabled"],
)  # fmt: skip
@pytest.mark.parametrize("status", [200, 400, 401, 403])
def test_fatal_texts_stop_at_any_status(text: str, status: int) -> None:
    """Section 2.4, CL-14, CL-30."""
    found = read_refusal(status, json.dumps({"success": False, "error": text}).encode())
    assert found.fatal
    assert isinstance(stopping(PLACE, found, "GET", "/customers"), AuthError)


@pytest.mark.parametrize("text", ["Token expired", "Invalid token", "Headers are missing", "unauthorized"])
def test_other_401s_are_not_fatal(text: str) -> None:
    assert not read_refusal(401, json.dumps({"error": text}).encode()).fatal


@pytest.mark.parametrize(
    ("status", "kind", "code"),
    [(401, AuthError, "auth-refused"), (403, AuthError, "permission-refused"), (302, ConfigError, "redirected")],
)
def test_what_stops_a_run(status: int, kind: type[Exception], code: str) -> None:
    """CL-23: a 403 is a permission that is missing."""
    error = stopping(PLACE, read_refusal(status, b'{"error": "x"}'), "GET", "/customers")
    assert isinstance(error, kind)
    assert getattr(error, "code", None) == code


@pytest.mark.parametrize("status", [400, 404, 409, 422, 500])
def test_what_does_not(status: int) -> None:
    assert stopping(PLACE, read_refusal(status, b"{}"), "GET", "/customers") is None


def test_a_refused_create_carries_no_guest() -> None:
    sent = {"name": "Aysel Məmmədova", "phone": "+994501234567"}
    body = {"error": "Aysel Məmmədova (+994501234567) is taken", "message": "see 0501234567"}
    error = refused_create(PLACE, read_refusal(400, json.dumps(body).encode()), sent)
    assert isinstance(error, RefusedByServer)
    told = f"{error} {error.manager} {error.engineer} {error.next_step}"
    for secret in ("Aysel", "Məmmədova", "994501234567", "0501234567"):
        assert secret not in told
    assert error.duplicate
    assert error.next_step == "connector holds list --pair main"


@given(st.binary(max_size=300), st.integers(200, 599))
def test_no_body_crashes_the_reader(body: bytes, status: int) -> None:
    found = read_refusal(status, body)
    assert found.status >= 400 or 300 <= found.status == status


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["error", "message", "details", "http_code", "errors", "code"]), inner, max_size=4
        )
    ),
    max_leaves=15,
)


@given(json_values, st.sampled_from([200, 400, 404, 409, 422]))
def test_no_json_crashes_the_reader(value: object, status: int) -> None:
    read_refusal(status, json.dumps(value).encode())
