"""Calendar dates such as the date of birth (docs/api/vectors.json, `timestamps`)."""

from __future__ import annotations

from collections.abc import Mapping

from connector.domain.dates import read_date
from connector.domain.fieldtypes.base import MISSING, Form, Kind
from connector.domain.values import BLANK, Json, PairRules, Value, known, unknown
from connector.domain.wire import unusable_reason

BAD_DATE = "bad_date"


class DateType(Kind):
    """Data: the date as YYYY-MM-DD."""

    name = "date"
    version = 1
    readers = {"iso_date": Form(("date",))}
    writers = {"iso_date": Form(("date",))}

    def read(self, reader: str, parts: Mapping[str, Json], rules: PairRules) -> Value:
        if "date" not in parts:
            return unknown(MISSING)
        raw = parts["date"]
        if raw is None or (isinstance(raw, str) and not raw.strip()):
            return BLANK
        day = read_date(raw) if isinstance(raw, str) else None
        return known(day) if day else unknown(unusable_reason(raw) or BAD_DATE)
