"""What a side shows of a field: a value, blank, or unknown (docs/api/README.md, "Value, blank, unknown").

`data` is the canonical form of a value, always JSON-able, the same whichever side it came from:

=============  =========================================================================
field type     data
=============  =========================================================================
name           {"text": "Aysel M…", "first": "Aysel", "last": "M…"}; Clopos has text only
phone          {"primary": "+9945…", "all": ["+9945…", …]}; E.164, Check&Place has one
email          "aysel@example.com"
gender         "male" or "female"
group          {"id": "3", "name": "…" or null}
note, text     the clean text
date           "1991-08-17"
identifier     the text as received
flag           true or false; shown fields keep whatever JSON the side sent
=============  =========================================================================
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

Json = Any
"""A JSON value: None, bool, int, float, str, list or dict of the same."""


class SideName(StrEnum):
    """The two systems. `other` is the one across."""

    CLOPOS = "clopos"
    CHECKANDPLACE = "checkandplace"

    @property
    def other(self) -> SideName:
        return SideName.CHECKANDPLACE if self is SideName.CLOPOS else SideName.CLOPOS

    @property
    def label(self) -> str:
        """The vendor's own spelling, for people."""
        return "Clopos" if self is SideName.CLOPOS else "Check&Place"


CLOPOS = SideName.CLOPOS
CHECKANDPLACE = SideName.CHECKANDPLACE


class Kind(StrEnum):
    """The three things a side can show of a field."""

    VALUE = "value"
    BLANK = "blank"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Value:
    """What one side shows of one field. `warning` is a code (`ambiguous`, `contradiction`, ...) or None."""

    kind: Kind
    data: Json = None
    warning: str | None = None

    @property
    def is_value(self) -> bool:
        return self.kind is Kind.VALUE

    @property
    def is_blank(self) -> bool:
        return self.kind is Kind.BLANK

    @property
    def is_unknown(self) -> bool:
        return self.kind is Kind.UNKNOWN

    def to_json(self) -> Json:
        """A value as stored in the state: null for blank, {"v": data} for a value, {"u": warning} for unknown."""
        if self.kind is Kind.VALUE:
            return {"v": self.data}
        return None if self.kind is Kind.BLANK else {"u": self.warning}

    @staticmethod
    def from_json(stored: Json) -> Value:
        """The inverse of `to_json` (a value's warning is not stored)."""
        if stored is None:
            return BLANK
        if "v" in stored:
            return Value(Kind.VALUE, stored["v"])
        return Value(Kind.UNKNOWN, None, stored.get("u"))


BLANK = Value(Kind.BLANK)


def known(data: Json, warning: str | None = None) -> Value:
    """A value a side's reader understood."""
    return Value(Kind.VALUE, data, warning)


def unknown(warning: str) -> Value:
    """No information, with the code that says why."""
    return Value(Kind.UNKNOWN, None, warning)


def canonical_json(data: Json) -> str:
    """One text for equal data: sorted keys, no spaces, letters as they are. Digests are taken over it."""
    return json.dumps(data, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


class KeyKind(StrEnum):
    """The match keys of a record (vectors, `link`, L5)."""

    CID = "cid"
    PHONE = "phone"
    EMAIL = "email"
    NAME = "name"


@dataclass(frozen=True, slots=True)
class Key:
    """One match key of a record: a cid in lower case, an E.164 number, a folded e-mail, a name key (N3)."""

    kind: KeyKind
    text: str


@dataclass(frozen=True, slots=True)
class Traits:
    """What decides whether a record takes part, outside every field and digest.

    `cid` and `code` are Clopos'. `derived_cid` (Check&Place only) is the cid a Clopos customer created from this record
    carries (vectors, `cid`). None means the side did not say. Times are aware UTC. `activity` is Clopos' receipt
    count, `spent` the amount on those receipts, both for ranking doubles only. `permit_refused`: some consent permit of
    Check&Place says no (CP-25).
    """

    cid: str | None = None
    code: str | None = None
    derived_cid: str | None = None
    active: bool | None = None
    anonym: bool = False
    blacklisted: bool = False
    permit_refused: bool = False
    deleted: bool = False
    created_at: str | None = None
    updated_at: str | None = None
    activity: int = 0
    spent: float = 0.0


@dataclass(frozen=True, slots=True)
class Customer:
    """A record in canonical form: typed, normalised, the same whichever side it came from.

    `id` is the record's id as text (identity: pair, side, id). `fields` has an entry for every field of the mapping
    that this side reads. `warnings` are (field, code).
    """

    side: SideName
    id: str
    fields: Mapping[str, Value]
    keys: Sequence[Key] = ()
    traits: Traits = Traits()
    warnings: Sequence[tuple[str, str]] = ()

    def field(self, name: str) -> Value:
        """The field's value; a field this side does not have is unknown."""
        return self.fields.get(name, ABSENT)


ABSENT = unknown("not_on_this_side")


@dataclass(frozen=True, slots=True)
class PairRules:
    """What the settings of a pair say about reading and writing values. Pure data, given to the domain by `config`.

    Keys of configuration in brackets. `gender_map` is integer as text -> "male" | "female" [pairs.NAME.gender] (CP-13).
    `type_map` is Check&Place type id -> Clopos group id [pairs.NAME.types]. Zones are IANA names.
    """

    brand: str
    region: str
    calling_codes: tuple[str, ...] = ()
    clopos_naive_timezone: str = "Asia/Baku"
    checkandplace_timezone: str = "Europe/Istanbul"
    gender_map: Mapping[str, str] | None = None
    type_map: Mapping[str, str] | None = None
    last_name_placeholder: str | None = None
    write_email: bool = False
    write_clear: bool = False
    clopos_create: bool = True
    checkandplace_create: bool = True
    checkandplace_update: bool = True
