"""No phone number, address, token or name passes the log's door; what is harmless stays readable."""

from __future__ import annotations

import io
import json
import logging
import string
from collections.abc import Iterator
from pathlib import Path

import pytest
import structlog
from hypothesis import given
from hypothesis import strategies as st

from connector.domain.errors import RecordError
from connector.service.logs import configure
from connector.service.masking import MASK, mask_event, mask_text


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("call +994501234567 now", "call *** now"),
        ("+994 (50) 123-45-67", "***"),
        ("050 123 45 67", "***"),
        ("00905321234567,", "***,"),
        ("phone:+905321234567", "phone:***"),
        ("leyla.a@example.az wrote", "*** wrote"),
        ("mailto:a+b@x.co", "mailto:***"),
        ("Authorization: Bearer abc", "Authorization: Bearer ***"),
        ("token=abc123", "token=***"),
        ("eyJhbGciOi.eyJzdWIiOiIx.SflKxwRJSMeKKF2", "***"),
        ("key 9f86d081884c7d659a2feaa0c55ad015", "key ***"),
        ("read 3 pages of 120 records in 15.25 s", "read 3 pages of 120 records in 15.25 s"),
        ("clopos 48213 was not written: 409", "clopos 48213 was not written: 409"),
        ("2026-03-10T12:00:00+00:00", "2026-03-10T12:00:00+00:00"),
        ("since 2026-03-10 04:30:00 until 2026-03-11", "since 2026-03-10 04:30:00 until 2026-03-11"),
        ("httpx.ConnectTimeout at transport.py:118 send < scan.py:44 pages", None),
        ("duplicate-not-visible", None),
        ("connector.domain.errors.RefusedByServer", None),
        ("Əli", None),
        ("digest a1b2c3d4e5f6a7b8c9d", None),
        ("digest a1b2c3d4e5f6a7b8c9d0", "digest ***"),
        ("a-word-of-many-letters-and-no-digit", None),
        ("cookie Basic dXNlcg==", "cookie Basic ***"),
        ("123456", None),
        ("1234567", "***"),
        ("2026-03-10 +994501234567 2026-03-11", "2026-03-10 *** 2026-03-11"),
    ],
)
def test_texts(text: str, masked: str | None) -> None:
    assert mask_text(text) == (text if masked is None else masked)


SEPARATOR = st.sampled_from(["", " ", "-", ".", "/"])


@given(st.lists(st.sampled_from(string.digits), min_size=7, max_size=15), st.data(), st.sampled_from(["", "+", "00"]))
def test_no_number_of_seven_digits_or_more_survives(digits: list[str], data: st.DataObject, prefix: str) -> None:
    written = prefix + digits[0] + "".join(data.draw(SEPARATOR) + digit for digit in digits[1:])
    masked = mask_text(f"guest {written} seen")
    left = "".join(char for char in masked if char.isdigit())
    if "-" not in written:  # a date may stay, and only dashes make one
        assert left == ""
    assert masked.startswith("guest ")
    assert masked.endswith(" seen")


@given(st.from_regex(r"[a-z0-9]{1,12}(\.[a-z]{1,5})?@[a-z0-9]{1,10}\.[a-z]{2,5}", fullmatch=True), st.text(max_size=5))
def test_no_address_survives(address: str, around: str) -> None:
    assert address not in mask_text(f"{around} {address} {around}")


@given(st.text(max_size=80))
def test_masking_twice_is_masking_once(text: str) -> None:
    once = mask_text(text)
    assert mask_text(once) == once


def test_telling_keys_lose_their_values_and_plain_ones_keep_them() -> None:
    event = {
        "event": "kept", "pair": "baku-28-may-1234567", "first_name": "Leyla", "name": "Əli", "client_secret": "x",
        "pages": 12, "phone_count": 3, "email": None, "id": "1234567", "number": 994501234567, "ok": True,
        "facts": {"phones": ["050 123 45 67"], "store": "kept", "list": ["a@b.az", 7]}, "seen": ("+994501234567",),
        "next_run": "2026-03-10T12:00:00+00:00", "_record": "luggage",
    }  # fmt: skip
    assert mask_event(None, "info", event) == {
        "event": "kept", "pair": "baku-28-may-1234567", "first_name": MASK, "name": MASK, "client_secret": MASK,
        "pages": 12, "phone_count": MASK, "email": None, "id": "1234567", "number": MASK, "ok": True,
        "facts": {"phones": MASK, "store": "kept", "list": [MASK, 7]}, "seen": [MASK],
        "next_run": "2026-03-10T12:00:00+00:00", "_record": "luggage",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("value", "masked"),
    [
        (99_999_999, 99_999_999), (100_000_000, MASK), (-100_000_000, MASK), (True, True), (None, None), (1.5e9, 1.5e9),
        ({"+994501234567"}, [MASK]), (frozenset({3}), [3]), ({1: {"phone": 5}}, {"1": {"phone": MASK}}),
        (Path("at leyla@example.az"), "at ***"), ({"phone": ""}, {"phone": ""}), ({"mail": None}, {"mail": None}),
    ],
    ids=repr,
)  # fmt: skip
def test_values_of_every_kind(value: object, masked: object) -> None:
    """A number from nine digits on is long enough for a phone; what is no text is looked at as one."""
    assert mask_event(None, "info", {"event": value}) == {"event": masked}


@pytest.fixture
def log() -> Iterator[io.StringIO]:
    """Configured logs into a buffer; what was configured before is put back."""
    root, before = logging.getLogger(), structlog.get_config()
    handlers, level = list(root.handlers), root.level
    yield io.StringIO()
    structlog.configure(**before)
    root.handlers[:] = handlers
    root.setLevel(level)


def test_json_lines_carry_the_context(log: io.StringIO) -> None:
    configure("json", stream=log)
    with structlog.contextvars.bound_contextvars(pair="baku", run=7):
        structlog.get_logger().info("scan done", pages=3, sample="+994501234567")
        structlog.get_logger().debug("not at this level")
    event = json.loads(log.getvalue())
    assert event.pop("timestamp").endswith("Z")
    assert event == {"event": "scan done", "level": "info", "pair": "baku", "run": 7, "pages": 3, "sample": MASK}


def test_libraries_speak_through_the_same_door(log: io.StringIO) -> None:
    configure("json", stream=log)
    logging.getLogger("alembic").warning("row of %s", "leyla@example.az", extra={"phone": "1"})
    logging.getLogger("httpx").info("GET /customers?phone=994501234567")
    event = json.loads(log.getvalue())
    assert (event["event"], event["level"], event["phone"]) == ("row of ***", "warning", MASK)


def test_an_error_is_told_by_type_and_place(log: io.StringIO) -> None:
    configure("json", stream=log)
    for error in (LookupError("Leyla"), RecordError("no-id", "A record.", engineer="row 3 has no id")):
        try:
            raise error
        except Exception:
            structlog.get_logger().exception("page lost")
            logging.getLogger("library").exception("its own words")
    text = log.getvalue()
    events = [json.loads(line) for line in text.splitlines()]
    assert "Leyla" not in text
    assert "Traceback" not in text
    assert [event["code"] for event in events] == ["internal", "internal", "no-id", "no-id"]
    assert events[0]["error"].startswith("builtins.LookupError at test_masking.py:")
    assert events[3]["error"] == "row 3 has no id"


def test_columns_for_people(log: io.StringIO) -> None:
    configure("console", stream=log)
    structlog.get_logger().warning("run failed", code="auth-refused", note="+994501234567")
    assert "run failed" in log.getvalue()
    assert "code=auth-refused" in log.getvalue()
    assert "994" not in log.getvalue()
    assert "\x1b" not in log.getvalue()


def test_a_pipe_gets_json_by_itself(log: io.StringIO) -> None:
    configure(stream=log)
    structlog.get_logger().info("hello")
    assert json.loads(log.getvalue())["event"] == "hello"
