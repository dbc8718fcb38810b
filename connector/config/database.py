"""Where the state is."""

from __future__ import annotations

from pathlib import Path

from connector.config.home import expanded
from connector.config.secrets import Secret

_SQLITE = "sqlite:///"
_POSTGRES = ("postgresql://", "postgres://", "postgresql+psycopg://")


def database_url(url: Secret, folder: Path) -> str:
    """`state.url` as SQLAlchemy takes it: a SQLite path relative to `folder` made absolute, the driver of PostgreSQL
    named. Raises ConfigError (`config-secret`, `config-bad-value`) without showing the address, it may hold a
    password."""
    text = url.reveal().strip()
    if text.startswith(_SQLITE) and len(text) > len(_SQLITE):
        path = text.removeprefix(_SQLITE)
        return text if path.startswith((":memory:", "file:")) else _SQLITE + str(folder / expanded(path))
    for prefix in _POSTGRES:
        if text.startswith(prefix):
            return "postgresql+psycopg://" + text.removeprefix(prefix)
    instead = 'write "sqlite:///connector.db" or an address that begins with postgresql://'
    raise url.place.error("config-bad-value", "this is no database that the connector can use", instead)
