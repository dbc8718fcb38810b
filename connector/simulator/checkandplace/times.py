"""Times of the store: epoch seconds inside, wall clock of the store's zone outside, never finer than a minute.

docs/api/checkandplace.md 6; CP-07 (zone), CP-08 (format), CP-09 (minute precision always).
"""

from __future__ import annotations

from datetime import datetime
from functools import cache
from zoneinfo import ZoneInfo

DAY_FIRST = "%d.%m.%Y %H:%M"
YEAR_FIRST = "%Y-%m-%d %H:%M"


@cache
def zone(name: str) -> ZoneInfo:
    return ZoneInfo(name)


def text(epoch: float, zone_name: str, form: str) -> str:
    """An epoch second as text in `form` (`day_first`, `iso`, `year_first`) and the zone of that name."""
    when = datetime.fromtimestamp(epoch // 60 * 60, zone(zone_name))
    if form == "iso":
        return when.isoformat()
    if form == "year_first":
        return f"{when.year:04}-{when.month:02}-{when.day:02} {when.hour:02}:{when.minute:02}"
    return f"{when.day:02}.{when.month:02}.{when.year:04} {when.hour:02}:{when.minute:02}"


def parse(raw: str, zone_name: str) -> float | None:
    """Epoch seconds of a filter value: `YYYY-MM-DD HH:MM`, `DD.MM.YYYY HH:mm` or ISO 8601; naive means the store's
    zone. None where it is none of them."""
    for form in (YEAR_FIRST, DAY_FIRST):
        try:
            return datetime.strptime(raw, form).replace(tzinfo=zone(zone_name)).timestamp()
        except ValueError:
            continue
    try:
        when = datetime.fromisoformat(raw)
    except ValueError:
        return None
    return (when if when.tzinfo else when.replace(tzinfo=zone(zone_name))).timestamp()
