"""Identifiers that are only looked at: cid, code, a reference."""

from __future__ import annotations

from collections.abc import Mapping

from connector.domain.fieldtypes.base import Form, Kind
from connector.domain.fieldtypes.group import read_id
from connector.domain.values import Json, PairRules, Value


class IdentifierType(Kind):
    """Data: the identifier as text, as received (outer white space trimmed)."""

    name = "identifier"
    version = 1
    readers = {"identifier": Form(("id",))}
    compared = False

    def read(self, reader: str, parts: Mapping[str, Json], rules: PairRules) -> Value:
        return read_id(parts, "id")
