"""What a command needs before it can work: settings, the pairs that were named, the state, a log that keeps apart."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from connector.cli.output import Output
from connector.config import PairSettings, Settings, load_settings, open_secrets
from connector.domain.errors import ConfigError, NotThere

if TYPE_CHECKING:
    from sqlalchemy import Engine


@dataclass
class Opened:
    """Settings, the pairs that a command is about (in the order of the settings), the state, and where words go."""

    settings: Settings
    pairs: list[PairSettings]
    engine: Engine
    output: Output


def open_settings(config: Path | None, names: list[str] | None) -> tuple[Settings, list[PairSettings]]:
    """The settings, and the pairs named by `--pair` (all without it). Raises ConfigError, and NotThere for a
    name that they do not have."""
    settings = load_settings(config, os.environ)
    for name in names or ():
        try:
            settings.pair(name)
        except ConfigError as error:
            raise NotThere(error.code, error.manager, next_step="connector status") from None
    return settings, [pair for pair in settings.pairs.values() if not names or pair.name in names]


def opened(
    output: Output, config: Path | None, names: list[str] | None, *, verbose: bool = False, secrets: bool = False,
    read_only: bool = False,
) -> Opened:  # fmt: skip
    """Opens what a command works with. `secrets`: it will talk to servers, so every secret is looked up first;
    `read_only`: it only looks at the state, and makes none. Raises ConfigError, StateError."""
    from connector.state.database import open_state

    settings, pairs = open_settings(config, names)
    quiet_log(output, settings, verbose=verbose)
    if secrets:
        open_secrets(settings, [pair.name for pair in pairs])
    return Opened(settings, pairs, open_state(settings.database_url(), read_only=read_only), output)


def quiet_log(output: Output, settings: Settings | None, *, verbose: bool) -> None:
    """Logs of a command that people sit in front of: warnings, all with `--verbose`, above its progress bars."""
    from connector.service import logs

    style = settings.log.format if settings is not None else "console"
    level = settings.log.level.upper() if verbose and settings is not None else "WARNING"
    logs.configure(style, level, cast(Any, _Beside(output)))


class _Beside:
    """A stream for the log that prints through the console of stderr, so that bars stay in one piece."""

    def __init__(self, output: Output) -> None:
        self._output = output

    def write(self, text: str) -> int:
        self._output.err.print(text, end="", soft_wrap=True)
        return len(text)

    def flush(self) -> None:
        return None

    def isatty(self) -> bool:
        return False
