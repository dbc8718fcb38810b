"""Where a setting stands, and the one sentence that says what is wrong with it.

Every error of the configuration names the file, the dotted key, the line where the key or its table stands (or the
environment variable that set it), and what to write instead. Values are shown only where they are no secret.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from connector.config.locate import KeyPath, Lines
from connector.domain.errors import ConfigError


def dotted(path: Sequence[str | int]) -> str:
    """The key as written in a sentence: `pairs.main.clopos.brand`, `read_venues[0]`; `` for the file itself."""
    return "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in path).removeprefix(".")


@dataclass(frozen=True, slots=True)
class Place:
    """One setting: its file, dotted key, line (counted from 1) and, if the environment set it, the variable."""

    file: Path
    key: str = ""
    line: int | None = None
    variable: str | None = None

    def __str__(self) -> str:
        if self.variable is not None:
            return f"environment variable {self.variable}, {self.key}"
        line = "" if self.line is None else f", line {self.line}"
        return f"{self.file}{line}{', ' if self.key else ''}{self.key}"

    def error(self, code: str, problem: str, instead: str, *, next_step: str = "connector doctor") -> ConfigError:
        """The ConfigError that says in one sentence what is wrong here and what to write instead."""
        return ConfigError(code, f"{self}: {problem}; {instead}.", next_step=next_step)


@dataclass(frozen=True)
class Source:
    """One TOML file as read: its text, and the keys that environment variables set over it (key -> variable)."""

    file: Path
    text: str
    overridden: Mapping[KeyPath, str] = field(default_factory=dict)

    @cached_property
    def lines(self) -> Lines:
        return Lines.of(self.text)

    def place(self, path: Sequence[str | int]) -> Place:
        """Where `path` stands: the variable that set it (or what it lies in, or what lies in it, if the file has
        neither), else the line of the key, else of the nearest table around it."""
        path = tuple(path)
        for length in range(len(path), 0, -1):
            variable = self.overridden.get(path[:length])
            if variable is not None:
                return Place(self.file, dotted(path), None, variable)
            if path[:length] in self.lines.first:
                break
            inside = [name for key, name in self.overridden.items() if key[:length] == path[:length]]
            if inside:
                return Place(self.file, dotted(path), None, min(inside))
        return Place(self.file, dotted(path), self.lines.nearest(path))

    def error(
        self, path: Sequence[str | int], code: str, problem: str, instead: str, *, next_step: str = "connector doctor"
    ) -> ConfigError:
        """`Place.error` at the place of `path`."""
        return self.place(path).error(code, problem, instead, next_step=next_step)
