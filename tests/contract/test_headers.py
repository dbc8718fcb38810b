"""What rate headers say, in both families (CL-21, CP-18)."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest

from connector.sides.headers import RateHint, http_date, rate_hint, reset_seconds, retry_after_seconds

NOW = datetime.fromtimestamp(1_795_166_100, UTC)
VECTORS = json.loads((Path(__file__).parents[2] / "docs/api/vectors.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize("case", VECTORS["timestamps"]["rate_limit_reset"], ids=lambda case: case["id"])
def test_reset_of_the_vectors(case: dict[str, object]) -> None:
    now = datetime.fromtimestamp(int(str(case["now_epoch"])), UTC)
    assert reset_seconds(str(case["header_value"]), now) == case["wait_seconds"]


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        (None, None),
        ("", None),
        ("0", 0.0),
        ("17", 17.0),
        ("soon", None),
        ("-5", None),
        ("Fri, 20 Nov 2026 09:15:30 GMT", 30.0),  # an HTTP date
        ("Fri, 20 Nov 2026 09:14:00 GMT", 0.0),  # already past
        ("Fri, 20 Nov 2026 12:15:30 +0300", 30.0),
        ("Fri, 99 Nov 2026 09:15:30 GMT", None),
    ],
)
def test_retry_after(text: str | None, seconds: float | None) -> None:
    assert retry_after_seconds(text, NOW) == seconds


def test_both_families_are_understood_and_the_newer_counts() -> None:
    v2 = httpx.Headers({"RateLimit-Limit": "300", "RateLimit-Remaining": "7", "RateLimit-Reset": "12"})
    v1 = httpx.Headers({"X-RateLimit-Remaining": "3", "X-RateLimit-Reset": "1795166125"})
    both = httpx.Headers([*v1.multi_items(), *v2.multi_items()])
    assert rate_hint(v2, NOW) == RateHint(7, 12.0, None)
    assert rate_hint(v1, NOW) == RateHint(3, 25.0, None)
    assert rate_hint(both, NOW) == RateHint(7, 12.0, None)
    assert rate_hint(httpx.Headers(), NOW) == RateHint()


def test_the_wait_of_a_refusal_is_the_longer_one() -> None:
    assert RateHint(0, 12.0, 30.0).wait == 30.0
    assert RateHint(0, 12.0, None).wait == 12.0
    assert RateHint().wait is None


def test_http_dates_are_utc_and_never_a_crash() -> None:
    assert http_date("Fri, 20 Nov 2026 09:15:00 GMT") == NOW
    assert http_date("Fri, 20 Nov 2026 12:15:00 +0300") == NOW
    assert http_date("20.11.2026 12:15") is None
    assert http_date(None) is None
    assert (http_date("Fri, 20 Nov 2026 09:15:00") or NOW + timedelta(1)).tzinfo is UTC


@pytest.mark.parametrize(
    "header",
    ["999999999999999", "999999999999999999", "86400001", "99999999999", "Fri, 31 Dec 9999 23:59:59 GMT"],
)
@pytest.mark.parametrize("name", ["retry-after", "ratelimit-reset"])
def test_a_wait_of_years_is_one_of_a_day(name: str, header: str) -> None:
    """Milliseconds for seconds, a wrong year: the number is kept for all processes, and fits into no date."""
    hint = rate_hint(httpx.Headers({name: header, "ratelimit-remaining": "0"}), NOW)
    named = hint.reset if name == "ratelimit-reset" else hint.retry_after
    assert named == 86_400.0 or (named is None and not header.isdigit())
