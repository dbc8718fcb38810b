"""Calendar dates (docs/api/vectors.json, `timestamps`, date_of_birth)."""

from __future__ import annotations

import re
from datetime import date

_FORM = re.compile("([0-9]{4})-([0-9]{2})-([0-9]{2})")


def read_date(text: str) -> str | None:
    """The text itself if it is exactly YYYY-MM-DD and a real day, else None."""
    found = _FORM.fullmatch(text)
    if not found:
        return None
    try:
        return date(int(found[1]), int(found[2]), int(found[3])).isoformat()
    except ValueError:
        return None
