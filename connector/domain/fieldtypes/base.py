"""What a kind of value must be able to do. One small file per kind beside this one; `registry.py` lists them.

A field type is a value without state: the same parts under the same rules give the same answer.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol

from connector.domain.values import BLANK, Json, Key, PairRules, SideName, Value, known, unknown
from connector.domain.wire import unusable_reason

MISSING = "missing"
"""The code of a value whose attribute is not in the answer (CL-48, CP-30)."""
NOT_TEXT = "not_text"
"""The code of a value that is no text, or a text that no person typed (control characters, broken Unicode)."""


class Change(StrEnum):
    """How a side's value moved against an earlier one of the same side. SPELLING: another text, the same value."""

    NONE = "none"
    SPELLING = "spelling"
    REAL = "real"


class Takes(StrEnum):
    """What a side takes of a field (vectors, `merge`, `takes`)."""

    NOTHING = "nothing"
    VALUE = "value"
    VALUE_AND_CLEAR = "value_and_clear"


@dataclass(frozen=True, slots=True)
class Written:
    """A value in the form of a side: role -> wire value."""

    parts: Mapping[str, Json]


@dataclass(frozen=True, slots=True)
class NotWritten:
    """Why a value is not sent. `reason` is a code, `setting` the key below [pairs.NAME] that would send it.

    `settle`: the two sides stay different for good (N5), so that the difference is settled instead of tried again.
    `parts`: what the API wants in its place all the same (role -> wire value; CP-13: a create sends gender 0).
    """

    reason: str
    setting: str | None = None
    settle: bool = False
    parts: Mapping[str, Json] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Form:
    """The roles that a reader or writer needs, those it can do without, and the sides it is for."""

    roles: tuple[str, ...]
    optional: tuple[str, ...] = ()
    sides: tuple[SideName, ...] = (SideName.CLOPOS, SideName.CHECKANDPLACE)


class FieldType(Protocol):
    """One kind of value.

    `version` rises when reading changes: stored records are then derived anew. `readers` and `writers` are the names
    a mapping may use, with their roles. `compared` is False for kinds that are only read and shown.
    """

    @property
    def name(self) -> str: ...

    @property
    def version(self) -> int: ...

    @property
    def readers(self) -> Mapping[str, Form]: ...

    @property
    def writers(self) -> Mapping[str, Form]: ...

    @property
    def compared(self) -> bool: ...

    def read(self, reader: str, parts: Mapping[str, Json], rules: PairRules) -> Value:
        """What a side shows. `parts`: role -> wire value, a role missing from the answer is absent. Never raises."""
        ...

    def equal(self, a: Value, b: Value) -> bool:
        """Are these, one of each side, the same? Two blanks are; an unknown is the same as nothing."""
        ...

    def changed(self, base: Value, now: Value) -> Change:
        """How one side's value moved since `base`. An unknown on either hand says nothing: NONE."""
        ...

    def takes(self, writer: str, create: bool, rules: PairRules) -> tuple[Takes, str | None]:
        """What this writer can send under these rules; with NOTHING, the key that would change it."""
        ...

    def write(
        self, writer: str, value: Value, target: Value | None, create: bool, rules: PairRules
    ) -> Written | NotWritten:
        """A value, from whichever side, in the form of the side of `writer`; `target` is what that side shows now
        (None on a create). A blank or unknown value is never Written here: clears are the mapper's matter.
        """
        ...

    def keys(self, value: Value) -> Sequence[Key]:
        """The match keys of a known value; none for another."""
        ...

    def read_keys(self, reader: str, parts: Mapping[str, Json], value: Value, rules: PairRules) -> Sequence[Key]:
        """The match keys of what was read, where they are more than those of `value` (CL-18: every number)."""
        ...

    def show(self, value: Value) -> str:
        """For people, in the clear; "" for blank, "?" for unknown."""
        ...


class Kind:
    """What most kinds have in common: equality by `same`, no keys, written as they are."""

    name = ""
    version = 1
    readers: Mapping[str, Form] = {}
    writers: Mapping[str, Form] = {}
    compared = True

    def same(self, a: Json, b: Json) -> bool:
        """Are two known values' data the same?"""
        return bool(a == b)

    def text(self, data: Json) -> str:
        """A known value's data for people."""
        return str(data)

    def equal(self, a: Value, b: Value) -> bool:
        if a.is_value and b.is_value:
            return self.same(a.data, b.data)
        return a.is_blank and b.is_blank

    def changed(self, base: Value, now: Value) -> Change:
        if base.is_unknown or now.is_unknown:
            return Change.NONE
        if base.is_value and now.is_value:
            if base.data == now.data:
                return Change.NONE
            return Change.SPELLING if self.same(base.data, now.data) else Change.REAL
        return Change.NONE if base.kind is now.kind else Change.REAL

    def takes(self, writer: str, create: bool, rules: PairRules) -> tuple[Takes, str | None]:
        del writer  # only kinds with a switch tell the sides apart
        return (Takes.VALUE_AND_CLEAR if rules.write_clear and not create else Takes.VALUE), None

    def write(
        self, writer: str, value: Value, target: Value | None, create: bool, rules: PairRules
    ) -> Written | NotWritten:
        del target  # only names look at what stands there
        if not value.is_value:
            return nothing_to_write(value)
        takes, setting = self.takes(writer, create, rules)
        if takes is Takes.NOTHING:
            return NotWritten("not_taken", setting)
        return Written({self.writers[writer].roles[0]: value.data})

    def keys(self, value: Value) -> Sequence[Key]:
        del value  # most kinds prove nothing about who somebody is
        return ()

    def read_keys(self, reader: str, parts: Mapping[str, Json], value: Value, rules: PairRules) -> Sequence[Key]:
        del reader, parts, rules  # only phones know more keys than their value shows
        return self.keys(value)

    def show(self, value: Value) -> str:
        if value.is_value:
            return self.text(value.data)
        return "" if value.is_blank else "?"


def nothing_to_write(value: Value) -> NotWritten:
    """The answer for a value that is none: blank, or unknown with its code."""
    return NotWritten("blank" if value.is_blank else value.warning or "unknown")


# Everything that no person types on purpose: controls that are no white space, broken Unicode, and the marks that turn
# the direction of the text around them, which make a shown name read as another.
_HOSTILE = re.compile("[\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f\ud800-\udfff\u202a-\u202e\u2066-\u2069]")
_MOST_MARKS = 30  # on one letter, as in Unicode's stream-safe text format: putting thousands in order takes seconds
_INVISIBLE = re.compile("[\u200b\ufeff]")


def read_text(parts: Mapping[str, Json], role: str) -> Value:
    """The text of a role as received: a known text that says something, blank, or unknown. Never raises."""
    if role not in parts:
        return unknown(MISSING)
    raw = parts[role]
    if raw is None:
        return BLANK
    if not isinstance(raw, str):
        return unknown(unusable_reason(raw) or NOT_TEXT)
    if _HOSTILE.search(raw) or (len(raw) > _MOST_MARKS and not raw.isascii() and _piles_up_marks(raw)):
        return unknown(NOT_TEXT)
    return known(raw) if _INVISIBLE.sub("", raw).strip() else BLANK


def _piles_up_marks(text: str) -> bool:
    run = 0
    for letter in text:
        run = run + 1 if unicodedata.combining(letter) else 0
        if run > _MOST_MARKS:
            return True
    return False


def clean_text(raw: str) -> str:
    """A free text without accidents of typing: NFC, one kind of line end, no outer white space."""
    return unicodedata.normalize("NFC", raw.replace("\r\n", "\n").replace("\r", "\n")).strip()
