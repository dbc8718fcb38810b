"""What the rate headers of an answer say, in either family. Pure functions.

`RateLimit-*` (Clopos v2) counts seconds to the reset, `X-RateLimit-*` (v1) names an epoch second; which one a value is
follows from its size alone (CL-21, `timestamps.rate_limit_reset` of the vectors). `Retry-After` is seconds or an HTTP
date (RFC 9110, 10.2.3).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from connector.domain.quota import LONGEST_PAUSE_S
from connector.domain.timestamps import read_rate_limit_reset


@dataclass(frozen=True, slots=True)
class RateHint:
    """What one answer said of the quota. `remaining` requests; `reset` and `retry_after` are seconds from now,
    a day at most."""

    remaining: int | None = None
    reset: float | None = None
    retry_after: float | None = None

    @property
    def wait(self) -> float | None:
        """The longer of the two waits a refusal may name, or None where it names none."""
        said = [seconds for seconds in (self.reset, self.retry_after) if seconds is not None]
        return max(said, default=None)


def _digits(text: str | None) -> int | None:
    text = (text or "").strip()
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 15 else None


def reset_seconds(text: str | None, now: datetime) -> float | None:
    """Seconds until the reset that a header names, never below 0; None for anything that is not a whole number."""
    wait = read_rate_limit_reset(text, int(now.timestamp()))
    return None if wait is None else float(wait)


def retry_after_seconds(text: str | None, now: datetime) -> float | None:
    """Seconds a `Retry-After` asks for, never below 0; None where it is absent or unreadable."""
    seconds = reset_seconds(text, now)
    if seconds is not None or not text:
        return seconds
    when = http_date(text)
    return None if when is None else max(0.0, (when - now).total_seconds())


def http_date(text: str | None) -> datetime | None:
    """An HTTP date as aware UTC, or None. A date without a zone is UTC, as the protocol says."""
    if not text:
        return None
    try:
        when = parsedate_to_datetime(text.strip())
        return when.replace(tzinfo=UTC) if when.tzinfo is None else when.astimezone(UTC)
    except (ValueError, TypeError, OverflowError):
        return None


def rate_hint(headers: Mapping[str, str], now: datetime) -> RateHint:
    """Read both header families; where both are present, the `RateLimit-*` one counts."""
    remaining = _digits(headers.get("ratelimit-remaining"))
    if remaining is None:
        remaining = _digits(headers.get("x-ratelimit-remaining"))
    reset = reset_seconds(headers.get("ratelimit-reset"), now)
    if reset is None:
        reset = reset_seconds(headers.get("x-ratelimit-reset"), now)
    return RateHint(remaining, _bounded(reset), _bounded(retry_after_seconds(headers.get("retry-after"), now)))


def _bounded(seconds: float | None) -> float | None:
    return None if seconds is None else min(seconds, LONGEST_PAUSE_S)
