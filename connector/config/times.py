"""Lengths of time and times of day, as the settings write them: "90s", "5m", "1h30m", "04:30"."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import time, timedelta
from typing import Annotated, Any

from pydantic import BeforeValidator

from connector.config.words import bad, shown, wrong_type

_DURATION = re.compile(r"(?:(\d+)d)?(?:(\d+)h)?(?:(\d+)m)?(?:(\d+(?:\.\d+)?)s)?", re.ASCII)
_DAY_TIME = re.compile(r"([01]\d|2[0-3]):([0-5]\d)", re.ASCII)


def read_duration(text: str) -> timedelta | None:
    """`90s`, `5m`, `1h30m`, `2d`; None for anything else."""
    found = _DURATION.fullmatch(text)
    if not text or found is None:
        return None
    days, hours, minutes, seconds = (float(part or 0) for part in found.groups())
    try:
        return timedelta(days=days, hours=hours, minutes=minutes, seconds=seconds)
    except OverflowError:
        return None


def write_duration(duration: timedelta) -> str:
    """The shortest text that `read_duration` reads as this."""
    seconds = duration.total_seconds()
    parts = []
    for sign, size in (("d", 86400), ("h", 3600), ("m", 60)):
        if size != 86400 or seconds > 86400:
            count, seconds = divmod(seconds, size)
            parts += [f"{count:.0f}{sign}"] if count else []
    return "".join(parts + ([f"{seconds:g}s"] if seconds or not parts else []))


def _duration(at_least: str, at_most: str) -> Callable[[Any], timedelta]:
    least, most = read_duration(at_least), read_duration(at_most)
    assert least is not None
    assert most is not None

    def read(value: Any) -> timedelta:
        instead = f'write a time from "{at_least}" to "{at_most}", such as "90s", "5m" or "1h30m"'
        if isinstance(value, timedelta):
            return value
        if not isinstance(value, str):
            raise wrong_type(value, instead)
        duration = read_duration(value.strip())
        if duration is None:
            raise bad(f"{shown(value)} is no length of time", instead)
        if not least <= duration <= most:
            raise bad(f"{shown(value)} is too {'short' if duration < least else 'long'}", instead)
        return duration

    return read


Interval = Annotated[timedelta, BeforeValidator(_duration("1s", "7d"))]
Timeout = Annotated[timedelta, BeforeValidator(_duration("0.1s", "10m"))]
ReadingAge = Annotated[timedelta, BeforeValidator(_duration("1s", "1h"))]
Overlap = Annotated[timedelta, BeforeValidator(_duration("0s", "5h"))]
Pause = Annotated[timedelta, BeforeValidator(_duration("0s", "1h"))]
Approval = Annotated[timedelta, BeforeValidator(_duration("1m", "7d"))]


def _interval_or_time(value: Any) -> timedelta | time:
    if isinstance(value, timedelta | time):
        return value
    instead = 'write a time of day such as "04:30" or an interval such as "24h"'
    if not isinstance(value, str):
        raise wrong_type(value, instead)
    if found := _DAY_TIME.fullmatch(value.strip()):
        return time(int(found[1]), int(found[2]))
    duration = read_duration(value.strip())
    if duration is None or not timedelta(seconds=1) <= duration <= timedelta(days=7):
        raise bad(f'{shown(value)} is no time of day and no interval from "1s" to "7d"', instead)
    return duration


IntervalOrTime = Annotated[timedelta | time, BeforeValidator(_interval_or_time)]
