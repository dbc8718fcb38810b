"""A page's rows: split into raw JSON objects without parsing them further, each with its id as text (CL-39, CP-31)."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping, Sequence
from contextlib import suppress

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
LARGEST_COUNT = 10**15 - 1
"""Of anything counted; a larger number fits into no column of the state and counts nobody."""
DEEPEST = 100
"""Levels of nesting; the answers of both APIs have five. Readers of JSON give up at some hundreds, and the page too."""
MOST_VALUES = 1_000_000
"""Values of one answer, counted by its commas: a page of a thousand customers has 35,000. A body of many small values
takes thirty times its size in memory, so its bytes alone are no bound."""
_BRACKETS = re.compile(rb'"(?:[^"\\]|\\.)*+"|[\[\]{}]', re.DOTALL)


def top_level(body: bytes) -> Mapping[str, msgspec.Raw] | list[msgspec.Raw]:
    """The outermost JSON object or array, its members unparsed. Raises Unreadable for anything else.

    Some servers write what is no JSON to a strict reader: half an emoji (a lone surrogate, where a name was cut), NaN,
    Infinity, bare control characters, nesting without end. One such value must not cost the page: it is replaced by the
    mark `UNREADABLE`.
    """
    text = body.removeprefix(b"\xef\xbb\xbf").strip()
    if text.count(b",") > MOST_VALUES:
        raise Unreadable(f"more than {MOST_VALUES:,} values")
    try:
        text.decode()
        return _tolerant(text)
    except (msgspec.DecodeError, ValueError, RecursionError) as error:
        raise Unreadable("the body is no JSON object or array") from error


def _tolerant(text: bytes) -> Mapping[str, msgspec.Raw] | list[msgspec.Raw]:
    with suppress(msgspec.DecodeError, RecursionError):
        return _outer(text)
    shallow = _shallow(text)
    with suppress(msgspec.DecodeError):
        return _outer(shallow)
    return _outer(_mended(shallow))


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


def _shallow(text: bytes) -> bytes:
    """The same document with the mark in place of every value below the deepest level. Raises ValueError where the
    brackets don't close."""
    kept: list[bytes] = []
    depth = copied = 0
    for token in _BRACKETS.finditer(text):
        sign = token[0]
        if sign in b"[{":
            depth += 1
            if depth == DEEPEST + 1:
                kept += [text[copied : token.start()], b'"' + _MARK + b'"']
        elif sign in b"]}":
            if depth == DEEPEST + 1:
                copied = token.end()
            depth -= 1
    if depth > DEEPEST:
        raise ValueError
    return b"".join([*kept, text[copied:]]) if kept else text


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
    """A whole number from 0 to `LARGEST_COUNT`, also written as text; None for anything else."""
    value = plain(raw)
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) <= 15:
        value = int(value)
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= LARGEST_COUNT else None


def row(raw: msgspec.Raw) -> Row | str:
    """One record: its id as text and its bytes; or the reason why it cannot be used, without its content."""
    content = bytes(raw)
    try:
        name = _identified.decode(content).id
    except (msgspec.DecodeError, RecursionError):
        return "not an object with an id"
    text = "" if name is None else str(name).strip()
    if UNREADABLE in text:
        return "broken characters in its id"
    if not 0 < len(text) <= 100:
        return "no id"
    return Row(text, content) if text.isprintable() else "unprintable characters in its id"


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
