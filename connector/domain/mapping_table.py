"""A table of a mapping file that knows where it stands, so that every complaint names file, line, key and remedy."""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePath
from typing import Any

from connector.domain.errors import ConfigError, typed_path

Path = tuple[str | int, ...]
LineOf = Callable[[Sequence[str | int]], int]
"""The line, counted from 1, of a key's path, else of its nearest table."""

_EXAMPLES = ".examples.toml"
_WHERE = re.compile(r" \(at (?:line (\d+), column \d+|end of document)\)$")


@dataclass(frozen=True, slots=True)
class Table:
    """A table (or an inline table) at `path`; `data` is what it holds."""

    file: str
    line_of: LineOf
    path: Path
    data: Mapping[str, Any]

    def error(self, key: str | None, problem: str, instead: str) -> ConfigError:
        """The error about one key of this table, or about the table itself (None)."""
        path = self.path if key is None else (*self.path, key)
        place = f"{self.file}, line {self.line_of(path)}, {_dotted(path)}"
        return ConfigError("mapping-invalid", f"{place}: {problem}; {instead}.", next_step=_next(self.file))

    def missing(self, key: str, instead: str) -> ConfigError:
        return self.error(key, "is missing", instead)

    def unknown_word(self, key: str, word: str, allowed: Sequence[str], what: str) -> ConfigError:
        """The error about a word that is none of those allowed, with the nearest and the whole list."""
        near = difflib.get_close_matches(word, allowed, n=1)
        hint = f'did you mean "{near[0]}"? ' if near else ""
        listed = ", ".join(allowed) or "none"
        return self.error(key, f'"{_short(word)}" is not among the {what}', f"{hint}Allowed are: {listed}")

    def only(self, *keys: str) -> None:
        """Refuses every key that is not one of these."""
        for key in self.data:
            if key not in keys:
                near = difflib.get_close_matches(key, keys, n=1)
                hint = f"did you mean {near[0]}? " if near else ""
                raise self.error(key, "is not a key of this table", f"{hint}Allowed are: {', '.join(keys)}")

    def table(self, key: str, *, required: bool = True) -> Table:
        """The table under `key`; an empty one if it is missing and not required."""
        if key not in self.data and not required:
            return Table(self.file, self.line_of, (), {}) if not self.data else self._at(key, {})
        if key not in self.data:
            raise self.missing(key, f"write a table [{_dotted((*self.path, key))}]")
        found = self.data[key]
        if not isinstance(found, dict):
            raise self.error(key, "is not a table", f"write a table [{_dotted((*self.path, key))}]")
        return self._at(key, found)

    def tables(self, key: str) -> list[Table]:
        """The tables of the array under `key`, none if it is missing."""
        found = self.data.get(key, [])
        if not isinstance(found, list) or not all(isinstance(item, dict) for item in found):
            raise self.error(key, "is not a list of tables", f"write [[{_dotted((*self.path, key))}]]")
        return [Table(self.file, self.line_of, (*self.path, key, place), item) for place, item in enumerate(found)]

    def text(self, key: str, default: str | None = None) -> str:
        """The text under `key`, not blank."""
        found = self.data.get(key, default)
        if found is None:
            raise self.missing(key, f'write {key} = "..."')
        if not isinstance(found, str) or not found.strip():
            raise self.error(key, "is not a text", f'write {key} = "..."')
        return found

    def word(self, key: str, allowed: Sequence[str], default: str | None = None) -> str:
        """The text under `key`, one of those allowed."""
        if key not in self.data and default is None:
            raise self.missing(key, f'write {key} = "..." with one of: {", ".join(allowed)}')
        word = self.text(key, default)
        if word not in allowed:
            raise self.unknown_word(key, word, allowed, f"words for {key}")
        return word

    def integer(self, key: str) -> int:
        """The whole number under `key`."""
        if key not in self.data:
            raise self.missing(key, f"write {key} = 1")
        found = self.data[key]
        if type(found) is not int:
            raise self.error(key, "is not a whole number", f"write {key} = 1")
        return found

    def _at(self, key: str, data: Mapping[str, Any]) -> Table:
        return Table(self.file, self.line_of, (*self.path, key), data)


def syntax_error(file: str, text: str, message: str) -> ConfigError:
    """The error about a text that is no TOML; `message` is tomllib's, which names the line last."""
    found = _WHERE.search(message)
    line = found[1] if found and found[1] else text.count("\n") + 1
    what = message[: found.start()] if found else message
    problem = f"{file}, line {line}: this is no TOML ({what}); compare the line with the ones around it."
    return ConfigError("mapping-syntax", problem, next_step=_next(file))


def _dotted(path: Path) -> str:
    return "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in path).removeprefix(".")


def _short(word: str) -> str:
    return word if len(word) <= 60 and word.isprintable() else repr(word[:60])


def _next(file: str) -> str:
    """What to type once the file is mended: examples are tried by the test of the mapping that they stand beside."""
    if file.endswith(_EXAMPLES):
        return f"connector mapping test {typed_path(PurePath(file.removesuffix(_EXAMPLES) + '.toml'))}"
    return f"connector mapping check {typed_path(PurePath(file))}"
