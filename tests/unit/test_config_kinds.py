"""The kinds of values: what each takes, in which form it is kept, and what it refuses."""

from __future__ import annotations

from datetime import time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import phonenumbers
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from connector.config.addresses import BaseUrl, Route, RouteWithId, loopback
from connector.config.clopos import CloposUrl
from connector.config.kinds import CallingCode, GenderWord, Identifier, PairName, PlainText, Region, Text, Zone
from connector.config.times import Interval, IntervalOrTime, Overlap, read_duration, write_duration
from connector.config.words import shown, suggestion

TAKEN: list[tuple[Any, Any, Any]] = [
    (Interval, "90s", timedelta(seconds=90)),
    (Interval, " 5m ", timedelta(minutes=5)),
    (Interval, "1h30m", timedelta(minutes=90)),
    (Interval, "1d12h", timedelta(hours=36)),
    (Overlap, "0s", timedelta(0)),
    (Overlap, "5h", timedelta(hours=5)),
    (IntervalOrTime, "04:30", time(4, 30)),
    (IntervalOrTime, "23:59", time(23, 59)),
    (IntervalOrTime, "24h", timedelta(hours=24)),
    (Text, "  x ", "x"),
    (PlainText, "a:b", "a:b"),
    (Identifier, 12, "12"),
    (Identifier, "6a1f", "6a1f"),
    (Zone, "Asia/Baku", "Asia/Baku"),
    (Zone, "UTC", "UTC"),
    (Region, "az", "AZ"),
    (CallingCode, "994", "994"),
    (CallingCode, "+90", "90"),
    (GenderWord, "male", "male"),
    (PairName, "sea-side_2", "sea-side_2"),
    (BaseUrl, "https://API.Example.com/v2/", "https://api.example.com/v2"),
    (BaseUrl, "https://x:8443", "https://x:8443"),
    (BaseUrl, "http://localhost:8000/clopos", "http://localhost:8000/clopos"),
    (BaseUrl, "http://127.0.0.1:1", "http://127.0.0.1:1"),
    (BaseUrl, "http://127.1.2.3", "http://127.1.2.3"),
    (BaseUrl, "http://[::1]:8000/", "http://[::1]:8000"),
    (CloposUrl, "https://integrations.clopos.com/open-api", "https://integrations.clopos.com/open-api"),
    (Route, "/v1/customers", "/v1/customers"),
    (RouteWithId, "/v1/customers/{id}", "/v1/customers/{id}"),
]


@pytest.mark.parametrize(("kind", "value", "kept"), TAKEN)
def test_taken(kind: Any, value: object, kept: object) -> None:
    assert TypeAdapter(kind).validate_python(value) == kept


REFUSED: list[tuple[Any, Any, str]] = [
    (Interval, "", "no length of time"),
    (Interval, "5", "no length of time"),
    (Interval, "5 minutes", "no length of time"),
    (Interval, "5m1h", "no length of time"),
    (Interval, "-5m", "no length of time"),
    (Interval, "٥m", "no length of time"),
    (Interval, "0s", "too short"),
    (Interval, "8d", "too long"),
    (Interval, "9" * 400 + "d", "no length of time"),
    (Interval, 300, "this is a number"),
    (Overlap, "5h1s", "too long"),  # CL-15
    (IntervalOrTime, "24:00", "no time of day"),
    (IntervalOrTime, "4:30", "no time of day"),
    (IntervalOrTime, 430, "this is a number"),
    (Text, " ", "empty"),
    (PlainText, "cmd:x", "this is no secret"),
    (Identifier, 1.5, "this is a number"),
    (Identifier, True, "true or false"),
    (Zone, "asia/baku", 'write "Asia/Baku"'),
    (Zone, "localtime", "no time zone"),
    (Zone, "../etc/passwd", "no time zone"),
    (Region, "AZE", "no country"),
    (Region, "001", "no country"),
    (CallingCode, "0", "no calling code"),
    (CallingCode, "", "no calling code"),
    (CallingCode, "٩", "no calling code"),
    (CallingCode, "0994", "no calling code"),  # no number is written so: it would never be found
    (CallingCode, "00994", "no calling code"),
    (CallingCode, 994, "this is a number"),
    (GenderWord, "Male", "neither"),
    (PairName, "a__b", "no name for a pair"),
    (PairName, "-a", "no name for a pair"),
    (PairName, "a b", "no name for a pair"),
    (PairName, "a" * 65, "no name for a pair"),
    (BaseUrl, "http://api.example.com", "unencrypted"),
    (BaseUrl, "http://127.0.0.1.example.com", "unencrypted"),
    (BaseUrl, "http://10.0.0.1", "unencrypted"),
    (BaseUrl, "ftp://x", "no web address"),
    (BaseUrl, "api.example.com", "no web address"),
    (BaseUrl, "https://", "no web address"),
    (BaseUrl, "https://x:port", "no web address"),
    (BaseUrl, "https://[x", "no web address"),
    (BaseUrl, "https://a b", "no web address"),
    (BaseUrl, "https://x/?a=1", "a part after the path"),
    (BaseUrl, "https://x/#a", "a part after the path"),
    (CloposUrl, "https://open-api.clopos.com", "not supported"),  # CL-01
    (CloposUrl, "https://OPEN-API.clopos.com:443/v1/", "not supported"),
    (Route, "v1", "no path"),
    (Route, "/v1?x", "no path"),
    (RouteWithId, "/v1/customers", "where the id goes"),
    (RouteWithId, "/{id}/{id}", "where the id goes"),
]


@pytest.mark.parametrize(("kind", "value", "words"), REFUSED)
def test_refused(kind: Any, value: object, words: str) -> None:
    with pytest.raises(ValidationError) as caught:
        TypeAdapter(kind).validate_python(value)
    (details,) = caught.value.errors()
    assert details["type"] == "bad_value"
    assert words in details["msg"]
    assert details["ctx"]["instead"].startswith(("write ", "set "))


def test_an_address_with_a_password_is_refused_without_showing_it() -> None:
    with pytest.raises(ValidationError) as caught:
        TypeAdapter(BaseUrl).validate_python("https://user:hunter2@example.com")
    (details,) = caught.value.errors()
    assert "carries a user" in details["msg"]
    assert "hunter2" not in str(details["msg"]) + str(details["ctx"])


@given(st.timedeltas(timedelta(0), timedelta(days=400)))
def test_a_duration_is_written_as_it_is_read(duration: timedelta) -> None:
    duration -= timedelta(microseconds=duration.microseconds)
    assert read_duration(write_duration(duration)) == duration


@given(st.text(max_size=8))
def test_any_text_is_a_duration_or_none(text: str) -> None:
    duration = read_duration(text)
    assert duration is None or duration >= timedelta(0)


@given(st.ip_addresses(v=4))
def test_only_this_machine_is_reached_without_encryption(address: Any) -> None:
    assert loopback(str(address)) == str(address).startswith("127.")


@given(st.sampled_from(sorted(phonenumbers.SUPPORTED_REGIONS)))
def test_every_region_has_a_calling_code_that_is_taken(region: str) -> None:
    assert TypeAdapter(Region).validate_python(region.lower()) == region
    code = str(phonenumbers.country_code_for_region(region))
    assert TypeAdapter(CallingCode).validate_python(code) == code


def test_every_zone_that_is_taken_can_be_used() -> None:
    for name in ("Asia/Baku", "Europe/Istanbul", "Etc/GMT+4"):
        assert ZoneInfo(TypeAdapter(Zone).validate_python(name))


@given(st.text(max_size=200))
def test_a_shown_value_is_one_short_line(text: str) -> None:
    assert "\n" not in shown(text)
    assert len(shown(text[:60])) <= 60 * 6 + 2


def test_suggestions() -> None:
    assert suggestion("acess_token", ["access_token", "create"]) == "access_token"
    assert suggestion("BRAND", ["brand"]) == "brand"
    assert suggestion("zzz", ["brand"]) == ""
