"""`connector.toml` as one validated value: `Settings`, with a `PairSettings` for each pair."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import Field, PrivateAttr, model_validator

from connector.config.base import Table
from connector.config.database import database_url
from connector.config.kinds import PairName
from connector.config.pair import PairSettings
from connector.config.place import Source
from connector.config.secrets import Secret
from connector.config.times import Pause
from connector.config.words import bad, suggestion


class StateSettings(Table):
    """The database that remembers links, bases and history."""

    url: Secret = Field(
        default="sqlite:///connector.db",
        validate_default=True,
        description="`sqlite:///PATH`, relative to this file, or `postgresql://...`, best by reference.",
        examples=['"sqlite:///connector.db"'],
    )


class LogSettings(Table):
    """What the daemon and the commands say about their work, on standard error."""

    format: Literal["console", "json"] = Field("console", description="For people or for machines.")
    level: Literal["debug", "info", "warning", "error"] = Field("info", description="The least important line shown.")


class DaemonSettings(Table):
    """How `connector daemon` keeps its time."""

    workers: Annotated[int, Field(ge=1, le=64)] = Field(4, description="Pairs at work at the same time.")
    stop_within: Pause = Field(
        timedelta(seconds=25), description="How long a stop waits for running work to reach a good place to end."
    )


class Settings(Table):
    """The whole file."""

    state: StateSettings = Field(default_factory=lambda: StateSettings.model_validate({}), description="The database.")
    log: LogSettings = Field(default_factory=LogSettings, description="The log.")
    daemon: DaemonSettings = Field(default_factory=DaemonSettings, description="The daemon.")
    pairs: dict[PairName, PairSettings] = Field(description="A table for each pair of a brand and a store.")

    _source: Source = PrivateAttr()

    @property
    def file(self) -> Path:
        """The file the settings were read from."""
        return self._source.file

    @model_validator(mode="after")
    def _pair_names(self) -> Self:
        if not self.pairs:
            raise bad(
                "there is no pair", "write a table [pairs.main], see `connector init`", "pairs", "config-missing-key"
            )
        seen: dict[str, str] = {}
        for name in self.pairs:
            # Upper and lower case, - and _ are the same in the name of an environment variable.
            twin = seen.setdefault(name.casefold().replace("-", "_"), name)
            if twin != name:
                raise bad(
                    f"two pairs with one name, {twin} and {name}",
                    "rename one of them",
                    f"pairs.{name}",
                    "config-two-names",
                )
        return self

    def database_url(self) -> str:
        """The database as SQLAlchemy takes it: path of SQLite absolute, driver of PostgreSQL named. May hold a
        password: never shown. Raises ConfigError."""
        return database_url(self.state.url, self.file.absolute().parent)

    def pair(self, name: str) -> PairSettings:
        """The pair of this name. Raises ConfigError (`config-no-pair`)."""
        if name not in self.pairs:
            close = suggestion(name, self.pairs)
            instead = f'write "{close}"' if close else f"the pairs are {', '.join(self.pairs)}"
            raise self._source.error(("pairs",), "config-no-pair", f'there is no pair "{name}"', instead)
        return self.pairs[name]
