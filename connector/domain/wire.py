"""What of a server's answer is kept: wire values that are proper, bounded JSON (docs/ARCHITECTURE.md, "Scan").

A server may send anything. What cannot be stored, shown or sent again is replaced by a marker with a code and a digest,
which every reader takes for unknown: the record goes on, the value says nothing, a change of it is still seen.
"""

from __future__ import annotations

import hashlib
import json
import re

from connector.domain.values import Json

LARGEST = 65_536
"""A mapped wire value of more bytes than this, as JSON, is not kept."""
_MARK = "unusable"
_PLAIN = 8_192  # a text up to here is within the bound however its letters are encoded or escaped
_INT64 = 2**63
_LONG_NUMBER = re.compile("[0-9]{19}")
_NUL = re.compile(r"(?<!\\)(?:\\\\)*\\u0000")
_MOST_ENTRIES = 1_000
_encode = json.JSONEncoder(ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False).encode
TOO_LARGE = "too_large"
NOT_JSON = "not_json"
CODES = frozenset({TOO_LARGE, NOT_JSON})


def keep(value: Json) -> Json:
    """The value itself if it is proper, bounded JSON that any database and file takes; else its marker.

    Of a list (Clopos' numbers) only the entries that are no such JSON are replaced: the others still count.
    """
    if value is None or isinstance(value, bool) or (isinstance(value, int) and -_INT64 <= value < _INT64):
        return value
    if isinstance(value, str) and len(value) <= _PLAIN and "\x00" not in value and _encodes(value):
        return value
    kept = _keep_whole(value)
    if isinstance(value, list) and unusable_reason(kept) == NOT_JSON and len(value) <= _MOST_ENTRIES:
        return _keep_whole([_keep_whole(entry) if isinstance(entry, list) else keep(entry) for entry in value])
    return kept


def unusable_reason(value: Json) -> str | None:
    """The code of a marker made by `keep`; None for every other value."""
    if not isinstance(value, dict) or set(value) != {_MARK, "digest"}:
        return None
    code = value[_MARK]
    return code if isinstance(code, str) and code in CODES else None


def _keep_whole(value: Json) -> Json:
    text = _as_json(value)
    if text is None:
        return _marker(NOT_JSON, _safe_repr(value))
    return value if len(text.encode("utf-8")) <= LARGEST else _marker(TOO_LARGE, text)


def _as_json(value: Json) -> str | None:
    """The value as JSON; None if it has NaN, broken Unicode, NUL, numbers beyond 64 bits or no end to its depth."""
    try:
        text = _encode(value)
        text.encode("utf-8")
        if "\\u0000" in text and _NUL.search(text):
            return None
        return None if _LONG_NUMBER.search(text) and _has_huge_number(value) else text
    except (ValueError, TypeError, RecursionError):
        return None


def _marker(code: str, text: str) -> Json:
    digest = hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()
    return {_MARK: code, "digest": digest}


def _encodes(text: str) -> bool:
    if text.isascii():
        return True
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True


def _safe_repr(value: Json) -> str:
    try:
        return repr(value)
    except (ValueError, RecursionError):  # a number of thousands of digits has no text
        return type(value).__name__


def _has_huge_number(value: Json) -> bool:
    """Numbers beyond 64 bits: other readers of the same JSON would round or refuse them."""
    if isinstance(value, bool):
        return False
    if isinstance(value, int):
        return not -_INT64 <= value < _INT64
    if isinstance(value, dict):
        return any(_has_huge_number(item) for item in value.values())
    return isinstance(value, list) and any(_has_huge_number(item) for item in value)
