"""The words of a refusal: what is wrong with a value, and what to write instead.

A refusal is a PydanticCustomError `bad_value` with `problem` and `instead`; `explain` makes the sentence of it.
"""

from __future__ import annotations

import difflib
import json
from collections.abc import Iterable

from pydantic_core import PydanticCustomError


def bad(problem: str, instead: str, key: str | None = None, code: str = "config-bad-value") -> PydanticCustomError:
    """What a validator raises. `key`: the key of the checked table that is at fault, if a table is checked."""
    context = {"problem": problem, "instead": instead, "key": key or "", "code": code}
    return PydanticCustomError("bad_value", "{problem}; {instead}", context)


def wrong_type(value: object, instead: str) -> PydanticCustomError:
    """Not the kind of TOML value that is wanted."""
    return bad(f"this is {type_name(value)}", instead, code="config-wrong-type")


def type_name(value: object) -> str:
    """A TOML type in words."""
    words = {bool: "true or false", int: "a number", float: "a number", str: "text", list: "a list", dict: "a table"}
    return words.get(type(value), "a date or time")


def suggestion(word: str, known: Iterable[str]) -> str:
    """The known word that was probably meant, or an empty text."""
    by_folded = {name.casefold(): name for name in known}
    close = difflib.get_close_matches(word.casefold(), by_folded, n=1, cutoff=0.6)
    return by_folded[close[0]] if close else ""


def shown(value: str) -> str:
    """A value of the file as it may stand in a sentence: in quotes, on one line, cut if it is long."""
    return json.dumps(value if len(value) <= 60 else value[:57] + "...", ensure_ascii=False)
