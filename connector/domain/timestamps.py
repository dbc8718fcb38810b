"""Time stamps of both sides (docs/api/vectors.json, `timestamps`). No clock: everything needed is passed in.

A server's time decides no conflict (CL-15, CP-07); what cannot be read is dropped with a code, the record stays.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from connector.domain.values import Json

BAD = "bad_timestamp"
SKIPPED = "nonexistent_local_time"
LATEST_EPOCH = 253_402_300_799
"""The last second of the year 9999; a larger number is no time."""
_EPOCH_ABOVE = 10**9

_CLOPOS = re.compile(
    r"([0-9]{4})-([0-9]{2})-([0-9]{2})[T ]([0-9]{2}):([0-9]{2}):([0-9]{2})(?:\.([0-9]{1,6}))?"
    r"(Z|[+-][0-9]{2}:[0-9]{2})?"
)
_DAY_FIRST = re.compile(r"([0-9]{2})\.([0-9]{2})\.([0-9]{4}) ([0-9]{2}):([0-9]{2})")
_YEAR_FIRST = re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2}) ([0-9]{2}):([0-9]{2})")


@dataclass(frozen=True, slots=True)
class Instant:
    """What became of a time stamp. `utc` is aware UTC; None with `error` None is blank, with an error unknown.

    A repeated local time gives the earlier instant, `ambiguous` and the later one in `utc_latest`. With `minute` the
    instant lies in [utc, utc + 60 s).
    """

    utc: datetime | None
    error: str | None = None
    ambiguous: bool = False
    utc_latest: datetime | None = None
    minute: bool = False


_BLANK = Instant(None)
_BROKEN = Instant(None, BAD)


def read_clopos_time(raw: Json, naive_zone: str) -> Instant:
    """A time stamp of Clopos; one without a zone is read in `naive_zone` (IANA name, CL-15)."""
    text = _text(raw)
    if isinstance(text, Instant):
        return text
    found = _CLOPOS.fullmatch(text)
    return _clopos_instant(found, naive_zone) if found else _BROKEN


def read_checkandplace_time(raw: Json, zone: str) -> Instant:
    """A time stamp of Check&Place, day first and in the store's `zone` (IANA name, CP-07), or one of the other forms
    that it might send (CP-08). Never month first.
    """
    text = _text(raw)
    if isinstance(text, Instant):
        return text
    if found := _DAY_FIRST.fullmatch(text):
        day, month, year, hour, minute = map(int, found.groups())
        return _local((year, month, day, hour, minute, 0, 0), zone, minute=True)
    if found := _YEAR_FIRST.fullmatch(text):
        year, month, day, hour, minute = map(int, found.groups())
        return _local((year, month, day, hour, minute, 0, 0), zone, minute=True)
    found = _CLOPOS.fullmatch(text)
    return _clopos_instant(found, zone) if found else _BROKEN


def read_expires_at(raw: Json) -> int | None:
    """When a Clopos token ends, in epoch seconds: from a positive integer or an ISO 8601 text with its zone; None for
    anything else (authenticate again when in doubt).
    """
    if isinstance(raw, int) and not isinstance(raw, bool):
        return raw if 0 < raw <= LATEST_EPOCH else None
    found = _CLOPOS.fullmatch(raw.strip()) if isinstance(raw, str) else None
    if not found or not found[8]:
        return None
    utc = _clopos_instant(found, "UTC").utc
    return int(utc.timestamp()) if utc and utc.timestamp() > 0 else None


def read_rate_limit_reset(header: str | None, now_epoch: int) -> int | None:
    """Seconds to wait, from the reset header of either generation (CL-21): a number up to 10^9 is the wait itself, a
    larger one an epoch second. None = use the fallback wait. The caller's own upper bound comes after this.
    """
    text = (header or "").strip()
    if not re.fullmatch("[0-9]{1,18}", text):
        return None
    value = int(text)
    return value if value <= _EPOCH_ABOVE else max(0, value - now_epoch)


def as_text(utc: datetime) -> str:
    """An instant as the project writes it: UTC with six fractional digits and Z."""
    return utc.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


def is_zone(name: str) -> bool:
    """Is this the IANA name of a time zone?"""
    try:
        ZoneInfo(name)
    except (ValueError, OSError, ZoneInfoNotFoundError):
        return False
    return True


def _text(raw: Json) -> str | Instant:
    if raw is None:
        return _BLANK
    if not isinstance(raw, str):
        return _BROKEN
    return raw.strip() or _BLANK


def _clopos_instant(found: re.Match[str], zone: str) -> Instant:
    numbers = [int(part) for part in found.groups()[:6]]
    micro = int((found[7] or "").ljust(6, "0"))
    year, month, day, hour, minute, second = numbers
    if not found[8]:
        return _local((year, month, day, hour, minute, second, micro), zone)
    try:
        moment = datetime(year, month, day, hour, minute, second, micro, tzinfo=_offset(found[8]))
        return Instant(moment.astimezone(UTC))
    except (ValueError, OverflowError):
        return _BROKEN


def _offset(text: str) -> timezone:
    if text == "Z":
        return UTC
    hours, minutes = int(text[1:3]), int(text[4:6])
    if minutes > 59:
        raise ValueError(text)
    return timezone((-1 if text[0] == "-" else 1) * timedelta(hours=hours, minutes=minutes))


def _local(parts: tuple[int, int, int, int, int, int, int], zone: str, *, minute: bool = False) -> Instant:
    place = ZoneInfo(zone)
    try:
        year, month, day, hour, minutes, second, micro = parts
        earlier = datetime(year, month, day, hour, minutes, second, micro, tzinfo=place)
        utc, latest = earlier.astimezone(UTC), earlier.replace(fold=1).astimezone(UTC)
        back = utc.astimezone(place)
    except (ValueError, OverflowError):
        return _BROKEN
    if back.replace(tzinfo=None) != earlier.replace(tzinfo=None):
        return Instant(None, SKIPPED)
    if utc == latest:
        return Instant(utc, minute=minute)
    return Instant(utc, None, ambiguous=True, utc_latest=latest, minute=minute)
