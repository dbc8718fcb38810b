"""Everything that reads what a server sends, from bytes to a stored reading, in one call a side.

A body is an input. What the readers may answer is known: an `Unreadable`, an error by consequence, or rows; each row
becomes a reading with its customer, keys and digests, whose texts fit into the state and on a terminal.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

import httpx

from connector.config.mapping import load_mapping
from connector.domain.errors import ConnectorError
from connector.domain.mapping import Mapper
from connector.domain.values import CHECKANDPLACE, CLOPOS, Json, PairRules, SideName, canonical_json
from connector.engine.reading import read_row
from connector.report.safe import visible
from connector.sides.body import Unreadable
from connector.sides.checkandplace import errors as checkandplace_errors
from connector.sides.checkandplace import reader as checkandplace_reader
from connector.sides.clopos import errors as clopos_errors
from connector.sides.clopos import reader as clopos_reader
from connector.sides.clopos.auth import lifetime
from connector.sides.headers import rate_hint
from connector.sides.http import Answer
from connector.sides.port import Row
from connector.sides.problems import Place
from connector.sides.redact import redact
from connector.state.core import dump, load

MAPPER = Mapper(load_mapping(), PairRules(brand="demobrand", region="AZ", calling_codes=("994", "90")))
AT = datetime(2026, 11, 20, 9, 15, tzinfo=UTC)
PLACES = {side: Place(side, "main") for side in SideName}
LONGEST_STORED = 8 * 1024 * 1024
"""Bytes of a reading, however large the row was: the state keeps mapped values of bounded size, no payloads."""


class Broken(AssertionError):
    """A reader broke a promise: what it gave cannot be stored, shown or read again."""


@dataclass
class Tally:
    """What became of the inputs."""

    inputs: int = 0
    rows: int = 0
    bad_rows: int = 0
    refused: int = 0


def read_everything(body: bytes, tally: Tally, *, status: int = 200, header: str = "") -> None:
    """One body through all readers of both sides. Raises whatever no reader may raise."""
    tally.inputs += 1
    for side in SideName:
        answer = _answer(body, status, header)
        for row in _rows(side, answer, tally):
            read_one(side, row)
            tally.rows += 1
        if not answer.ok:
            _refusal(side, answer)
    rate_hint(_answer(body, status, header).headers, AT)


def _answer(body: bytes, status: int, header: str) -> Answer:
    text = header.encode("ascii", "ignore").decode().replace("\r", "").replace("\n", "").replace("\0", "")
    said = {"retry-after": text, "ratelimit-reset": text, "x-ratelimit-remaining": text, "date": text}
    return Answer(status, AT, httpx.Headers(said if text else {}), body)


def _rows(side: SideName, answer: Answer, tally: Tally) -> list[Row]:
    """The usable rows of the body, read as a page and as a single record, by every way the side has."""
    found: list[Row] = []
    for read in _ways(side, answer):
        try:
            told = read()
        except (Unreadable, ConnectorError):
            tally.refused += 1
            continue
        if isinstance(told, clopos_reader.Listed | checkandplace_reader.Listed):
            found.extend(told.rows)
            tally.bad_rows += len(told.bad)
            if any("\n" in bad.place + bad.reason for bad in told.bad):
                raise Broken("the place of a bad row is more than a line")
        elif isinstance(told, Row):
            found.append(told)
    return found


def _ways(side: SideName, answer: Answer) -> list[Callable[[], object]]:
    place = PLACES[side]
    if side is CLOPOS:
        return [
            lambda: clopos_reader.read_list(place, answer, "page 1"),
            lambda: clopos_reader.read_object(place, answer, "/customers/{id}"),
        ]
    return [
        lambda: checkandplace_reader.read_list(place, answer, "/v1/customers", "customers", "page 1"),
        lambda: checkandplace_reader.read_list(place, answer, "/v1/customers", "[]", "page 1"),
        lambda: checkandplace_reader.read_shown(place, answer, "/api/v1/customers/{id}"),
        lambda: checkandplace_reader.read_written(answer),
    ]


def read_one(side: SideName, row: Row) -> None:
    """One row as the engine reads it, and what is kept of it: stored, loaded, read again with the same result."""
    reading = read_row(MAPPER, side, row, None)
    stored = dump({"wire": reading.wire, "fields": {name: value.to_json() for name, value in reading.fields.items()}})
    if len(stored) > LONGEST_STORED:
        raise Broken(f"{len(stored)} bytes of one reading")
    stored.encode("ascii")
    if canonical_json(load(stored)["wire"]) != canonical_json(reading.wire):
        raise Broken("the wire values are not what was stored")
    again = MAPPER.customer(side, row.id, load(stored)["wire"])
    known = {name: value for name, value in again.fields.items() if not value.is_unknown}
    if known != reading.fields or tuple(again.keys) != reading.keys:
        raise Broken("the stored wire values are read differently")
    for text in (reading.name, *(key.text for key in reading.keys)):
        if _steers(text):
            raise Broken("a control character in a name or a key")
    for text in _texts(known):
        text.encode()  # a lone surrogate could neither be stored nor shown
        if _steers(visible(text)):
            raise Broken("a control character on the screen")
    if len(reading.name) > 200 or any(len(key.text) > 500 for key in reading.keys):
        raise Broken("a name or a key without bound")


def _steers(text: str) -> bool:
    """Whether a terminal takes some of the text for an order."""
    return any(ord(letter) < 32 or 127 <= ord(letter) < 160 or letter in "\u202e\u2066" for letter in text)


def _texts(values: object) -> list[str]:
    told = [json.loads(canonical_json(v.to_json())) for v in values.values()] if isinstance(values, dict) else []
    return [text for each in told for text in _leaves(each)]


def _leaves(value: Json) -> list[str]:
    if isinstance(value, dict):
        return [text for inner in value.values() for text in _leaves(inner)]
    if isinstance(value, list):
        return [text for inner in value for text in _leaves(inner)]
    return [value] if isinstance(value, str) else []


def _refusal(side: SideName, answer: Answer) -> None:
    """An error body: classified, and fit for a log line."""
    told = clopos_errors.refusal_of(answer).words if side is CLOPOS else checkandplace_errors.refusal_of(answer).text
    said = redact(told, {"name": "Aysel", "phone": "+994501234567"})
    if len(said) > 200 or "\n" in said:
        raise Broken("an error text of more than a line")


def read_login(body: bytes) -> None:
    """The answer of a login: how long the token lives, whatever is written there."""
    try:
        told = json.loads(body)
    except (ValueError, RecursionError):
        return
    if isinstance(told, dict):
        lives = lifetime(told, AT)
        if lives is not None and not lives > 0:
            raise Broken("a token that never lived")


__all__ = ["AT", "CHECKANDPLACE", "Broken", "Tally", "read_everything", "read_login", "read_one"]
