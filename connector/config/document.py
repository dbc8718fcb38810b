"""Reads a TOML file, or says in one sentence why it cannot be read."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any

from connector.config.locate import KeyPath, Lines
from connector.config.place import Place, Source, dotted
from connector.domain.errors import ConfigError

_POSITION = re.compile(r" \(at (?:line (\d+), column (\d+)|end of document)\)$")

_INSTEAD = (
    ("Illegal character '\\n'", 'close the quote on the same line, such as key = "text"'),
    ("Unterminated string", 'close the quote, such as key = "text"'),
    ("Unclosed", "close the bracket"),
    ("Unescaped '\\\\'", "put the text between single quotes, where \\ means itself"),
    ("Unescaped", "write \\\\ for a backslash, or put the text between single quotes"),
    ("Invalid value", 'put text in quotes, such as key = "text"'),
    ("Expected '='", 'write key = "text"'),
    ("Expected newline", "begin a new line, and put text in quotes"),
)


def read_document(file: Path) -> tuple[Source, dict[str, Any]]:
    """The text and the data of a TOML file.

    Raises ConfigError: `config-no-file`, `config-syntax`, or `config-two-names` for a pair that is written twice.
    """
    try:
        content = file.read_bytes()
    except FileNotFoundError:
        raise Place(file).error(
            "config-no-file", "there is no such file", "write the path of an existing file"
        ) from None
    except OSError as error:
        problem = f"the file cannot be read ({error.strerror})"
        raise Place(file).error("config-no-file", problem, "make it a readable file") from None
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        place = Place(file, "", content.count(b"\n", 0, error.start) + 1)
        raise place.error("config-syntax", "this is not UTF-8 text", "save the file as UTF-8") from None
    source = Source(file, text)
    try:
        return source, tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise _syntax_error(source, str(error)) from None
    except RecursionError:
        raise Place(file).error("config-syntax", "brackets are nested too deeply", "write fewer brackets") from None


def _syntax_error(source: Source, message: str) -> ConfigError:
    position = _POSITION.search(message)
    what = message[: position.start()] if position else message
    line = int(position[1]) if position and position[1] else max(1, source.text.rstrip("\n").count("\n") + 1)
    path = _begun_on(source.lines, line)
    earlier = [number for number in source.lines.every.get(path, []) if number < line]
    if earlier and ("twice" in what or "overwrite" in what or "mutate" in what or "Duplicate" in what):
        return _written_twice(source, path, line, earlier[0])
    instead = next((advice for sign, advice in _INSTEAD if what.startswith(sign)), 'write key = "text" or [table]')
    if path:
        instead = instead.replace("key =", f"{path[-1]} =")
    place = Place(source.file, dotted(path), line)
    return place.error("config-syntax", f"this is not TOML ({what[:1].lower()}{what[1:]})", instead)


def _written_twice(source: Source, path: KeyPath, line: int, first: int) -> ConfigError:
    place = Place(source.file, dotted(path), line)
    if len(path) == 2 and path[0] == "pairs":
        problem = f'two pairs with one name, "{path[1]}" is written in line {first} too'
        return place.error("config-two-names", problem, "rename one of them")
    return place.error("config-syntax", f"this is written in line {first} too", "keep one of the two")


def _begun_on(lines: Lines, line: int) -> KeyPath:
    """The key or table that begins on `line`, else the last one before it."""
    begun = [(number, -len(path), path) for path, all_lines in lines.every.items() for number in all_lines]
    number = max((number for number, _, _ in begun if number <= line), default=None)
    return max((entry for entry in begun if entry[0] == number), key=lambda entry: entry[1], default=(0, 0, ()))[2]
