"""Time stamps and dates against the contract's vectors (`timestamps`)."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from connector.domain.dates import read_date
from connector.domain.fieldtypes.date import DateType
from connector.domain.timestamps import (
    LATEST_EPOCH,
    Instant,
    as_text,
    read_checkandplace_time,
    read_clopos_time,
    read_expires_at,
    read_rate_limit_reset,
)
from connector.domain.values import BLANK, PairRules
from tests.unit.vector_cases import cases

ANY_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters(codec=None)),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(), inner, max_size=2),
)
TIME_LIKE = st.text("0123456789-:. TZ+", max_size=34)
INSTANTS = st.datetimes(datetime(1900, 1, 1), datetime(2200, 1, 1), timezones=st.just(UTC))


def shown(instant: Instant) -> dict[str, Any]:
    """An instant in the words of the vectors."""
    if instant.utc is None:
        return {"utc": None, "error": instant.error}
    out: dict[str, Any] = {"utc": as_text(instant.utc), "flag": "ambiguous" if instant.ambiguous else None}
    if instant.utc_latest:
        out["utc_latest"] = as_text(instant.utc_latest)
    return out


@pytest.mark.parametrize("case", cases("timestamps", "clopos_object"))
def test_clopos_object(case: dict[str, Any]) -> None:
    """CL-15, CL-45."""
    assert shown(read_clopos_time(case["in"], case["zone"])) == case["out"]


@pytest.mark.parametrize("case", cases("timestamps", "checkandplace_object"))
def test_checkandplace_object(case: dict[str, Any]) -> None:
    """CP-07, CP-08."""
    instant = read_checkandplace_time(case["in"], case["zone"])
    out = shown(instant)
    if instant.utc:
        out["precision"] = "minute" if instant.minute else "second"
    assert out == case["out"]


@pytest.mark.parametrize("case", cases("timestamps", "clopos_expires_at"))
def test_expires_at(case: dict[str, Any]) -> None:
    """CL-27."""
    assert read_expires_at(case["in"]) == case["out"]["epoch"]


@pytest.mark.parametrize("case", cases("timestamps", "rate_limit_reset"))
def test_rate_limit_reset(case: dict[str, Any]) -> None:
    """CL-21."""
    assert read_rate_limit_reset(case["header_value"], case["now_epoch"]) == case["wait_seconds"]


@pytest.mark.parametrize("case", cases("timestamps", "clopos_date_of_birth"))
def test_date_of_birth(case: dict[str, Any]) -> None:
    value = DateType().read("iso_date", {"date": case["in"]}, PairRules(brand="b", region="AZ"))
    assert (value.data, value.warning) == (case["out"]["date"], case["out"]["warning"])
    assert value.is_unknown is (case["out"]["warning"] is not None)
    if case["in"] in (None, ""):
        assert value == BLANK


@pytest.mark.parametrize(
    ("raw", "epoch"),
    [
        (True, None),
        (1795168800.0, None),
        ("2026-11-20T10:00:00", None),  # without a zone it is no instant
        (LATEST_EPOCH, LATEST_EPOCH),
        (1_795_168_800_000, None),  # milliseconds
        (10**400, None),
        ("0001-01-01T00:00:00+14:00", None),
        ("1969-12-31T23:59:59Z", None),
        ({"at": 1}, None),
    ],
)
def test_expires_at_beyond_the_vectors(raw: Any, epoch: int | None) -> None:
    assert read_expires_at(raw) == epoch


@pytest.mark.parametrize(
    ("header", "wait"), [(None, None), ("٤٢", None), ("1000000000", 10**9), ("1000000001", 0), ("9" * 5000, None)]
)
def test_rate_limit_reset_beyond_the_vectors(header: str | None, wait: int | None) -> None:
    assert read_rate_limit_reset(header, 1_795_166_100) == wait


@pytest.mark.parametrize(
    "raw",
    ["2026-03-12T16:37:15+24:00", "2026-03-12T16:37:15+01:60", "9999-12-31T23:59:59-01:00", "２026-03-12 10:00:00"],
)
def test_no_time_at_all(raw: str) -> None:
    assert read_clopos_time(raw, "Asia/Baku") == Instant(None, "bad_timestamp")


@given(ANY_JSON | TIME_LIKE)
@example("0001-01-01 00:00:00")
@example("31.12.9999 23:59")
@example("9999-12-31 23:59")
def test_anything_is_an_instant_a_blank_or_an_error(raw: Any) -> None:
    for instant in (
        read_clopos_time(raw, "Asia/Baku"),
        read_checkandplace_time(raw, "Europe/Istanbul"),
        read_checkandplace_time(raw, "America/New_York"),
    ):
        assert instant.utc is None or instant.error is None
        assert instant.utc is None or instant.utc.tzinfo is UTC
    assert read_expires_at(raw) is None or read_expires_at(raw) in range(1, LATEST_EPOCH + 1)


@given(INSTANTS)
def test_what_we_write_reads_back(instant: datetime) -> None:
    assert read_clopos_time(as_text(instant), "Asia/Baku").utc == instant
    assert read_checkandplace_time(as_text(instant), "Europe/Istanbul").utc == instant


@given(st.dates())
def test_every_day_reads_as_itself(day: Any) -> None:
    assert read_date(day.isoformat()) == day.isoformat()


@given(st.text("0123456789-", max_size=11))
def test_only_days_are_dates(text: str) -> None:
    assert read_date(text) in (text, None)
