"""Masks what must not stand in a log: phone numbers, e-mail addresses, tokens, and all values of telling keys.

A net under the rule that nothing personal is logged in the first place. It rather masks too much: keys of `PLAIN` hold
our own identifiers and pass untouched, everything else has to look harmless.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, MutableMapping
from typing import Any

MASK = "***"
PLAIN = frozenset(
    {"timestamp", "level", "logger", "pair", "run", "kind", "side", "code", "next_run", "plan", "digest"}
    | {"id", "record", "link", "operation"}
)
TELLING = re.compile(
    r"(?i)(phone|mail|token|secret|password|authorization|cookie|pin_code|api_?key|credential)|"
    r"^((first|last|full|nick|display)_?)?name$|^surname$|^notes?$|^address$|^birth"
)
EMAIL = re.compile(r"[^\s@<>\"'=:,;()]+@[^\s@<>\"',;()]+\.[^\s@<>\"',;()]+")
BEARER = re.compile(r"(?i)\b(bearer|basic|token)(\s+|\s*[=:]\s*)[^\s\"',;]+")
# Long words of letters and digits: access tokens, signed tokens, keys, digests.
TOKEN = re.compile(r"(?<![\w-])(?=[\w.~+/=-]*\d)(?=[\w.~+/=-]*[A-Za-z])[\w~+/=-]+(?:\.[\w~+/=-]{8,})*(?![\w-])")
SHORTEST_TOKEN = 20
MOMENT = re.compile(r"\d{4}-\d{2}-\d{2}(?:[T ]\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?:Z|[+-]\d{2}:?\d{2})?)?")
PHONE = re.compile(r"(?<![\w.])(?:\+|00)?\(?\d(?:[\s().\-/]{0,2}\d){6,}(?!\w)")


def mask_text(text: str) -> str:
    """`text` with everything masked that looks like an e-mail address, a token or a phone number."""
    text = EMAIL.sub(MASK, text)
    text = BEARER.sub(lambda found: f"{found[1]}{found[2]}{MASK}", text)
    text = TOKEN.sub(
        lambda found: MASK if len(found[0]) >= SHORTEST_TOKEN and not _is_moment(found[0]) else found[0], text
    )
    parts, end = [], 0
    for moment in MOMENT.finditer(text):  # dates are digits and dashes too; they may stay
        parts += [PHONE.sub(MASK, text[end : moment.start()]), moment[0]]
        end = moment.end()
    return "".join([*parts, PHONE.sub(MASK, text[end:])])


def mask_value(value: object) -> object:
    """A log value with its texts masked, through mappings and sequences. A number long enough for a phone is one."""
    if isinstance(value, str):
        return mask_text(value)
    if isinstance(value, bool) or value is None or isinstance(value, float):
        return value
    if isinstance(value, int):
        return value if abs(value) < 10**8 else MASK
    if isinstance(value, Mapping):
        return {str(key): _mask_entry(str(key), inner) for key, inner in value.items()}
    if isinstance(value, (list, tuple, set, frozenset)):
        return [mask_value(inner) for inner in value]
    return mask_text(str(value))


def mask_event(_logger: object, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """The structlog processor: masks every entry of an event."""
    for key in list(event):
        if not key.startswith("_"):  # structlog's own luggage
            event[key] = _mask_entry(key, event[key])
    return event


def _mask_entry(key: str, value: object) -> object:
    if key in PLAIN:
        return value
    return MASK if TELLING.search(key) and value not in (None, "") else mask_value(value)


def _is_moment(text: str) -> bool:
    return MOMENT.fullmatch(text) is not None
