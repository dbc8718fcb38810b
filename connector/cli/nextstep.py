"""The next command as it has to be typed here: with the settings file that this command was given.

A sentence anywhere below names `connector backfill --pair cafe`; who works with `--config other.toml` has to type
`connector --config other.toml backfill --pair cafe`, or would work on another restaurant. Every way out of a command
(its result, a remark, an error, a document, a report) leads its text through `carried`.
"""

from __future__ import annotations

import re
from contextvars import ContextVar, Token
from itertools import pairwise
from pathlib import Path

from rich.text import Text

from connector.domain.errors import typed_path

COMMANDS = (
    "init", "doctor", "diff", "apply", "backfill", "sync", "undo", "daemon", "pause", "resume", "status", "runs",
    "links", "explain", "duplicates", "conflicts", "tasks", "holds", "db", "mapping",
)  # fmt: skip
"""Commands that read the settings."""
STEPS = ("next", "next_step")
"""Keys of documents that hold commands to type."""

_TYPED = re.compile(rf"(?<![\w./-])(?<!the )(?<!The )connector (?=(?:{'|'.join(COMMANDS)})\b)")
_file: ContextVar[str] = ContextVar("settings_file", default="")


def use(config: Path | None) -> Token[str]:
    """The settings file that was named on the command line (None: none). $CONNECTOR_CONFIG and ./connector.toml hold
    for the next command as well, and are not said. Returns what `back_to` takes."""
    return _file.set("" if config is None or _is_default(config) else typed_path(config))


def back_to(token: Token[str]) -> None:
    """What held before that `use`."""
    _file.reset(token)


def carried(text: str) -> str:
    """A text with the settings file in each of its commands that names none."""
    if not _file.get():
        return text
    parts = _split(text)
    return _option().join(parts)


def carried_text(text: Text) -> Text:
    """The same for a text with styles."""
    if not _file.get() or len(parts := _split(text.plain)) == 1:
        return text
    places = [sum(map(len, parts[: number + 1])) for number in range(len(parts) - 1)]
    first, *others = text.divide(places)
    for part in others:
        first.append(_option()).append_text(part)
    return first


def carried_steps(document: object) -> object:
    """The same for the steps in a document of JSON types; everything else stays as it is."""
    if not _file.get():
        return document
    if isinstance(document, dict):
        return {key: _step(value) if key in STEPS else carried_steps(value) for key, value in document.items()}
    return [carried_steps(value) for value in document] if isinstance(document, list) else document


def _step(value: object) -> object:
    if isinstance(value, str):
        return carried(value)
    return [_step(one) for one in value] if isinstance(value, list) else carried_steps(value)


def _option() -> str:
    return f"--config {_file.get()} "


def _split(text: str) -> list[str]:
    """The text, cut where the option belongs: behind `connector`, unless that command names its file itself."""
    starts = [one.end() for one in _TYPED.finditer(text)]
    places = [start for start, end in pairwise([*starts, len(text)]) if "--config" not in text[start:end]]
    return [text[start:end] for start, end in zip([0, *places], [*places, len(text)], strict=True)]


def _is_default(config: Path) -> bool:
    from connector.config.load import FILE_NAME  # loads pydantic: only for commands that read settings

    return config == Path(FILE_NAME)
