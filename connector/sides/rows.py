"""A page's rows: split into raw JSON objects without parsing them further, each with its id as text (CL-39, CP-31)."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping, Sequence

import msgspec

from connector.domain.values import Json
from connector.sides.body import Unreadable
from connector.sides.port import UNREADABLE, BadRow, Row


class _Identified(msgspec.Struct):
    id: int | str | None = None


_identified = msgspec.json.Decoder(_Identified)
_array = msgspec.json.Decoder(list[msgspec.Raw])
_object = msgspec.json.Decoder(dict[str, msgspec.Raw])
_LONE_HALF = re.compile(
    rb"\\u[dD][89abAB][0-9a-fA-F]{2}(?!\\u[dD][c-fC-F])|(?<!\\u[dD][89abAB][0-9a-fA-F]{2})\\u[dD][c-fC-F][0-9a-fA-F]{2}"
)
_MARK = json.dumps(UNREADABLE).strip('"').encode()
LONGEST_NUMBER = 1000
"""Digits; more than any number of a customer has."""


def top_level(body: bytes) -> Mapping[str, msgspec.Raw] | list[msgspec.Raw]:
    """The outermost JSON object or array, its members unparsed. Raises Unreadable for anything else.

    Some servers write what is no JSON to a strict reader: half an emoji (a lone surrogate, where a name was cut), NaN,
    Infinity, bare control characters. One such value must not cost the page: it is replaced by the mark `UNREADABLE`.
    """
    text = body.removeprefix(b"\xef\xbb\xbf").strip()
    try:
        text.decode()
        try:
            return _outer(text)
        except msgspec.DecodeError:
            return _outer(_mended(text))
    except (msgspec.DecodeError, ValueError, RecursionError) as error:
        raise Unreadable("the body is no JSON object or array") from error


def _outer(text: bytes) -> Mapping[str, msgspec.Raw] | list[msgspec.Raw]:
    return _array.decode(text) if text.startswith(b"[") else _object.decode(text)


def _mended(text: bytes) -> bytes:
    """The same document with the mark in place of every value that strict JSON does not know. Raises ValueError where
    even a tolerant reader gives up."""
    data = json.loads(
        text, strict=False, parse_constant=lambda _name: UNREADABLE,
        parse_int=lambda digits: int(digits) if len(digits) < LONGEST_NUMBER else UNREADABLE,
        parse_float=lambda digits: number if math.isfinite(number := float(digits)) else UNREADABLE,
    )  # fmt: skip
    return _LONE_HALF.sub(lambda _half: _MARK, json.dumps(data).encode())


def array(raw: msgspec.Raw | None) -> list[msgspec.Raw] | None:
    """The members of a raw JSON array, unparsed; None for anything that is no array."""
    if raw is None or bytes(memoryview(raw)[:1]) != b"[":
        return None
    return _array.decode(raw)


def members(raw: msgspec.Raw | None) -> Mapping[str, msgspec.Raw] | None:
    """The members of a raw JSON object, unparsed; None for anything that is no object."""
    if raw is None or bytes(memoryview(raw)[:1]) != b"{":
        return None
    return _object.decode(raw)


def plain(raw: msgspec.Raw | None) -> Json:
    """A raw JSON value, parsed; None where there is none, or none that fits into memory (1e999)."""
    try:
        return None if raw is None else msgspec.json.decode(raw)
    except msgspec.DecodeError:
        return None


def count(raw: msgspec.Raw | None) -> int | None:
    """A whole number of 0 or more, also written as text; None for anything else."""
    value = plain(raw)
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) <= 15:
        value = int(value)
    return value if isinstance(value, int) and not isinstance(value, bool) and value >= 0 else None


def row(raw: msgspec.Raw) -> Row | str:
    """One record: its id as text and its bytes; or the reason why it cannot be used, without its content."""
    content = bytes(raw)
    try:
        name = _identified.decode(content).id
    except msgspec.DecodeError:
        return "not an object with an id"
    text = "" if name is None else str(name).strip()
    if UNREADABLE in text:
        return "broken characters in its id"
    return Row(text, content) if 0 < len(text) <= 100 else "no id"


def split(raws: Sequence[msgspec.Raw], where: str) -> tuple[list[Row], list[BadRow]]:
    """The usable rows of a page and the others, in the server's order. `where` names the page."""
    rows: list[Row] = []
    bad: list[BadRow] = []
    for number, raw in enumerate(raws, 1):
        found = row(raw)
        if isinstance(found, Row):
            rows.append(found)
        else:
            bad.append(BadRow(f"{where}, row {number}", found))
    return rows, bad
