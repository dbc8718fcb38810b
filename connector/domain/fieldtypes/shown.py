"""What is read and shown and never compared or sent: consent, blacklist, language (CP-25, CP-52)."""

from __future__ import annotations

from collections.abc import Mapping

from connector.domain.fieldtypes.base import MISSING, Form, Kind
from connector.domain.values import BLANK, Json, PairRules, Value, canonical_json, known, unknown
from connector.domain.wire import unusable_reason

NOT_A_FLAG = "not_a_flag"


class FlagType(Kind):
    """Data: true or false. Null is blank, which is not false (CP-28)."""

    name = "flag"
    version = 1
    readers = {"flag": Form(("flag",))}
    compared = False

    def read(self, reader: str, parts: Mapping[str, Json], rules: PairRules) -> Value:
        if "flag" not in parts:
            return unknown(MISSING)
        raw = parts["flag"]
        if raw is None or raw == "":
            return BLANK
        return known(raw) if isinstance(raw, bool) else unknown(unusable_reason(raw) or NOT_A_FLAG)

    def text(self, data: Json) -> str:
        return "yes" if data else "no"


class ShownType(Kind):
    """Data: whatever JSON the side sent, carried raw."""

    name = "shown"
    version = 1
    readers = {"json": Form(("value",))}
    compared = False

    def read(self, reader: str, parts: Mapping[str, Json], rules: PairRules) -> Value:
        if "value" not in parts:
            return unknown(MISSING)
        raw = parts["value"]
        if raw is None or raw == "" or raw == {} or raw == []:
            return BLANK
        reason = unusable_reason(raw)
        return unknown(reason) if reason else known(raw)

    def text(self, data: Json) -> str:
        return data if isinstance(data, str) else canonical_json(data)
