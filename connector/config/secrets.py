"""Secrets: written in the file as they are, or by reference to where they are kept.

=================  ==================================================================================
`env:NAME`         the environment variable NAME
`file:PATH`        the text of a file, without its last line end; PATH is relative to the settings file
`cmd:COMMAND`      what a command prints, without its last line end; no shell, 10 s at most
`literal:TEXT`     TEXT itself, for a secret that begins with one of these words
anything else      the secret itself
=================  ==================================================================================

A `Secret` is resolved when it is first needed, so that `connector status` runs without them, and is never shown.
"""

from __future__ import annotations

import contextlib
import os
import shlex
import signal
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import GetCoreSchemaHandler, ValidationInfo
from pydantic_core import CoreSchema, core_schema

from connector.config.home import expanded
from connector.config.place import Place
from connector.config.words import bad, wrong_type

COMMAND_SECONDS = 10.0
"""How long a `cmd:` may take."""

FORMS = '"env:NAME", "file:PATH" or "cmd:COMMAND"'


def resolve_secret(text: str, *, place: Place, folder: Path, environ: Mapping[str, str]) -> str:
    """The secret that `text` stands for. `folder`: what `file:` is relative to and where `cmd:` runs.

    Raises ConfigError (`config-secret`), which names the place and the reference, never the secret.
    """
    kind, reference = kind_of(text)
    if kind == "env":
        secret = environ.get(reference, "").rstrip("\r\n")
        if not secret:
            raise _error(place, f"the environment variable {reference} is not set", f"set {reference} or write {FORMS}")
    elif kind == "file":
        secret = _from_file(folder / expanded(reference), place)
    elif kind == "cmd":
        secret = _from_command(reference, place, folder, environ)
    else:
        secret = reference
    if any(ord(sign) < 32 or ord(sign) == 127 for sign in secret):
        problem = "the secret has more than one line or a control character"
        raise _error(place, problem, "give the bare secret on one line")
    return secret


def kind_of(text: str) -> tuple[str, str]:
    """("env" | "file" | "cmd" | "literal", what follows); ("literal", text) for a secret written as it is."""
    word, _, rest = text.partition(":")
    kind = word.lower()
    if kind not in _KINDS or kind == text.lower():
        return "literal", text
    return kind, rest if kind == "literal" else rest.strip()


_KINDS = ("env", "file", "cmd", "literal")


def _shown(kind: str, reference: str) -> str:
    """A reference as people may see it: of a command its first word alone, arguments can be secrets."""
    if kind == "literal":
        return "**********"
    return f"{kind}:{reference.split()[0]}" if kind == "cmd" else f"{kind}:{reference}"


def _error(place: Place, problem: str, instead: str) -> Exception:
    return place.error("config-secret", problem, instead)


def _from_file(path: Path, place: Place) -> str:
    try:
        secret = path.read_text(encoding="utf-8").rstrip("\r\n")
    except FileNotFoundError:
        raise _error(place, f"there is no file {path}", f"write the secret into it or write {FORMS}") from None
    except (OSError, UnicodeDecodeError) as error:
        why = error.strerror if isinstance(error, OSError) else "it is not UTF-8 text"
        raise _error(place, f"the file {path} cannot be read ({why})", "make it readable for this user") from None
    if not secret:
        raise _error(place, f"the file {path} is empty", "write the secret into it")
    return secret


def _from_command(command: str, place: Place, folder: Path, environ: Mapping[str, str]) -> str:
    try:
        words = shlex.split(command)
    except ValueError:
        raise _error(place, "the command after cmd: has an open quote", "close it") from None
    try:
        # Its own session, so that at the end of the time its children end with it.
        process = subprocess.Popen(  # noqa: S603 - the operator's own command, split without a shell
            words, cwd=folder, env=dict(environ), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL, start_new_session=True,
        )  # fmt: skip
    except OSError as error:
        raise _error(
            place, f"the command {words[0]} cannot be started ({error.strerror})", "write the full path of a program"
        ) from None
    with process:
        try:
            output, _ = process.communicate(timeout=COMMAND_SECONDS)
        except subprocess.TimeoutExpired:
            with contextlib.suppress(PermissionError):  # a command that became another user ends when it likes
                os.killpg(process.pid, signal.SIGKILL)
            problem = f"the command {words[0]} took longer than {COMMAND_SECONDS:g} s"
            raise _error(place, problem, "write a command that answers at once and asks nothing") from None
    if process.returncode != 0:
        problem = f"the command {words[0]} failed with exit code {process.returncode}"
        raise _error(place, problem, "run it by hand to see why, then mend it")
    secret = output.decode("utf-8", "replace").rstrip("\r\n")
    if not secret:
        raise _error(place, f"the command {words[0]} printed nothing", "write a command that prints the secret")
    return secret


class Secret:
    """A secret or a reference to one. `reveal` gives the text; nothing else shows it."""

    __slots__ = ("_environ", "_folder", "_text", "_value", "place")

    def __init__(self, text: str, *, place: Place, folder: Path, environ: Mapping[str, str]) -> None:
        self._text = text
        self._folder = folder
        self._environ = environ
        self._value: str | None = None
        self.place = place

    @property
    def kind(self) -> str:
        """`env`, `file`, `cmd` or `literal`."""
        return kind_of(self._text)[0]

    @property
    def reference(self) -> str | None:
        """The reference as written (`env:NAME`), None for a secret that stands in the file itself."""
        return None if self.kind == "literal" else self._text

    def reveal(self) -> str:
        """The secret, looked up at the first call. Raises ConfigError (`config-secret`)."""
        if self._value is None:
            self._value = resolve_secret(self._text, place=self.place, folder=self._folder, environ=self._environ)
        return self._value

    @property
    def looked_up(self) -> bool:
        """Whether `reveal` costs nothing any more."""
        return self._value is not None

    def forget(self) -> None:
        """The next `reveal` looks the secret up again (it may have been renewed)."""
        self._value = None

    def __repr__(self) -> str:
        return f"Secret({_shown(*kind_of(self._text))})"

    __str__ = __repr__

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and (self._text, self._folder) == (other._text, other._folder)

    def __hash__(self) -> int:
        return hash((self._text, self._folder))

    def __reduce__(self) -> Any:
        raise TypeError("a secret is not stored or sent anywhere")

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.with_info_plain_validator_function(cls._validate)

    @classmethod
    def _validate(cls, value: Any, info: ValidationInfo) -> Secret:
        if isinstance(value, Secret):
            return value
        if not isinstance(value, str):
            raise wrong_type(value, f"write text in quotes: {FORMS}")
        kind, reference = kind_of(value)
        if any(ord(sign) < 32 or ord(sign) == 127 for sign in value):
            raise bad("the text has more than one line or a control character", f"write {FORMS}")
        if not reference.strip():
            problem = "the text is empty" if kind == "literal" else f"nothing follows {kind}:"
            raise bad(problem, f"write {FORMS}")
        context = info.context or {}
        folder = context.get("folder", Path())
        place = Place(folder, info.field_name or "")
        return cls(value, place=place, folder=folder, environ=context.get("environ", {}))
