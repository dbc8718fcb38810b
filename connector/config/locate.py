"""Finds the line of a key in the text of a TOML file, which `tomllib` does not tell.

Reads tables, arrays of tables, dotted and quoted keys, inline tables and arrays over several lines. It trusts nothing
of a broken file: whatever it does not understand, it steps over.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass, field

KeyPath = tuple[str | int, ...]
"""A key from the root of a file: ("pairs", "main", "clopos", "read_venues", 0); a number is a place in an array."""

_BARE = re.compile(r"[A-Za-z0-9_-]+")
_SPACE = re.compile(r"[ \t]*")
_STRING = re.compile(
    r'"""(?:\\.|[^\\])*?"{3,5}' r"|'''.*?'{3,5}" r'|"(?:\\.|[^"\\\n])*"' r"|'[^'\n]*'",
    re.DOTALL,
)


@dataclass
class Lines:
    """The first line (from 1) and all lines of each key and table, by path."""

    first: dict[KeyPath, int] = field(default_factory=dict)
    every: dict[KeyPath, list[int]] = field(default_factory=dict)

    @classmethod
    def of(cls, text: str) -> Lines:
        lines = cls()
        _Scanner(text.replace("\r\n", "\n"), lines).document()
        return lines

    def note(self, path: KeyPath, line: int) -> None:
        """`path` is written on `line`; the tables around it, where nothing else has named them, begin there too."""
        for length in range(1, len(path) + 1):
            self.first.setdefault(path[:length], line)
        self.every.setdefault(path, []).append(line)

    def nearest(self, path: Sequence[str | int]) -> int:
        """The line of `path`, else of the nearest table around it, else 1."""
        for length in range(len(path), 0, -1):
            line = self.first.get(tuple(path[:length]))
            if line is not None:
                return line
        return 1

    def written_on(self, line: int) -> KeyPath | None:
        """The key or table that is written on `line`, the outermost of several."""
        return min((path for path, lines in self.every.items() if line in lines), key=len, default=None)


def locate(text: str, path: Sequence[str | int]) -> int:
    """The line (from 1) where the key `path` stands in `text`, else its nearest table, else 1."""
    return Lines.of(text).nearest(path)


class _Scanner:
    def __init__(self, text: str, lines: Lines) -> None:
        self.text = text
        self.lines = lines
        self.at = 0
        self.line = 1
        self.counts: dict[KeyPath, int] = {}

    def document(self) -> None:
        table: KeyPath = ()
        while self.at < len(self.text):
            self.blank(newlines=True)
            start = self.at
            if self.peek("["):
                table = self.header()
            else:
                key = self.key()
                if key and self.take("="):
                    self.lines.note(table + key, self.line)
                    self.value(table + key)
            self.rest_of_line()
            if self.at == start:
                self.step(1)

    def header(self) -> KeyPath:
        array = self.text.startswith("[[", self.at)
        self.step(2 if array else 1)
        path = self.under_arrays(self.key())
        if not array:
            self.lines.note(path, self.line)
            return path
        number = self.counts[path] = self.counts.get(path, -1) + 1
        self.lines.note((*path, number), self.line)
        return (*path, number)

    def under_arrays(self, key: tuple[str, ...]) -> KeyPath:
        """`[a.b]` after `[[a]]` means the last `a`."""
        path: KeyPath = ()
        for index, part in enumerate(key):
            path = (*path, part)
            if path in self.counts and index < len(key) - 1:
                path = (*path, self.counts[path])
        return path

    def key(self) -> tuple[str, ...]:
        parts: list[str] = []
        while True:
            self.blank()
            if found := _BARE.match(self.text, self.at):
                parts.append(found.group())
            elif (found := _STRING.match(self.text, self.at)) is not None:
                parts.append(_unquote(found.group()))
            else:
                return tuple(parts)
            self.step(len(found.group()))
            self.blank()
            if not self.take("."):
                return tuple(parts)

    def value(self, path: KeyPath) -> None:
        self.blank()
        if found := _STRING.match(self.text, self.at):
            self.step(len(found.group()))
        elif self.take("["):
            self.items(path)
        elif self.take("{"):
            self.inline(path)
        else:
            while self.at < len(self.text) and self.text[self.at] not in ",]}#\n":
                self.step(1)

    def items(self, path: KeyPath) -> None:
        number = 0
        while self.at < len(self.text):
            self.blank(newlines=True)
            if self.take("]"):
                return
            if self.take(","):
                number += 1
                continue
            start = self.at
            self.lines.note((*path, number), self.line)
            self.value((*path, number))
            if self.at == start:
                self.step(1)

    def inline(self, path: KeyPath) -> None:
        while self.at < len(self.text):
            self.blank(newlines=True)
            if self.take("}"):
                return
            start = self.at
            key = self.key()
            if key and self.take("="):
                self.lines.note(path + key, self.line)
                self.value(path + key)
            self.blank(newlines=True)
            self.take(",")
            if self.at == start:
                self.step(1)

    def blank(self, *, newlines: bool = False) -> None:
        while True:
            self.at = _SPACE.match(self.text, self.at).end()  # type: ignore[union-attr]  # matches the empty text too
            if newlines and self.peek("\n"):
                self.step(1)
            elif newlines and self.peek("#"):
                self.rest_of_line()
            else:
                return

    def rest_of_line(self) -> None:
        end = self.text.find("\n", self.at)
        self.at = len(self.text) if end < 0 else end

    def peek(self, sign: str) -> bool:
        return self.text.startswith(sign, self.at)

    def take(self, sign: str) -> bool:
        self.blank()
        if not self.peek(sign):
            return False
        self.step(len(sign))
        return True

    def step(self, count: int) -> None:
        self.line += self.text.count("\n", self.at, self.at + count)
        self.at += count


def _unquote(text: str) -> str:
    try:
        return str(tomllib.loads(f"v = {text}")["v"])
    except tomllib.TOMLDecodeError:
        return text
