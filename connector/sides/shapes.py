"""What probes say of a server's answers: forms of values, never the values."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping

import msgspec

from connector.domain.values import Json
from connector.sides.http import Answer

_LETTERS = re.compile(r"[^\W\d_]")


def decoded(answer: Answer) -> Json:
    """The answer's JSON, None where it is none."""
    try:
        return msgspec.json.decode(answer.body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None


def form(value: Json) -> str:
    """The form of a text: digits as 9, letters as a (`24.03.2025 14:11` is `99.99.9999 99:99`); else its JSON type."""
    if isinstance(value, str):
        return _LETTERS.sub("a", re.sub(r"\d", "9", value))[:40] or "empty"
    if value is None:
        return "null"
    return {bool: "true/false", int: "number", float: "number", list: "list", dict: "object"}.get(type(value), "other")


def common(forms: Iterable[str], most: int = 3) -> str:
    """The most frequent forms with their counts; empty where there is none."""
    return ", ".join(f"{name} ({count})" for name, count in Counter(forms).most_common(most))


def rate_headers(headers: Mapping[str, str]) -> str:
    """Which family of rate headers an answer carries."""
    names = [name for name in headers if "ratelimit" in name.lower() or name.lower() == "retry-after"]
    return ", ".join(sorted(names)) or "none"
