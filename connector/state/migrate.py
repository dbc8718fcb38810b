"""Brings the schema of the state up to date, and refuses what it does not know.

One upgrade is one transaction, from first look to last statement: two programs that start together do it once, and a
failed one leaves the database as it was. There is no downgrade: going back is restoring the backup from before.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import structlog
from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, inspect, text
from sqlalchemy.exc import SQLAlchemyError

from connector.state import tables
from connector.state.migrations import HEAD
from connector.state.troubles import problem

FOLDER = Path(__file__).parent / "migrations"
VERSION_TABLE = "alembic_version"
_OURS = frozenset({tables.Pair.__tablename__, *tables.READ_TABLES, *tables.DECIDED_TABLES})
log = structlog.get_logger("connector.state")
_LOCK = 0x636F6E6E  # "conn": the number of PostgreSQL's advisory lock, the same in every version


def head() -> str:
    """The newest revision that this program knows."""
    return HEAD


def current(engine: Engine) -> str | None:
    """The revision of the database; None for an empty one. Raises StateError `state-foreign` (another's tables)."""
    with engine.connect() as connection:
        return _current(connection)


def check(engine: Engine) -> None:
    """Returns when the schema is this program's; raises StateError `state-missing`, `state-lost`, `state-older`,
    `state-newer`."""
    found = current(engine)
    if found == HEAD:
        return
    if found is None:
        raise problem("state-lost" if _had_runs(engine) else "state-missing", engine.url, "no schema")
    older = found in _known()
    raise problem("state-older" if older else "state-newer", engine.url, f"schema {found}, program {HEAD}")


def _had_runs(engine: Engine) -> bool:
    """Whether the witness beside an empty SQLite file remembers runs: the state that knew them was lost."""
    from connector.state.witness import witness_file

    witness = witness_file(engine)
    return witness is not None and witness.exists()


def refuse_newer(engine: Engine) -> None:
    """Raises StateError `state-newer` for a schema that this program does not know, `state-foreign` like `current`."""
    found = current(engine)
    if found is not None and found not in _known():
        raise problem("state-newer", engine.url, f"schema {found}, program {HEAD}")


def upgrade(engine: Engine, *, kept: bool = False) -> None:
    """Brings the schema to `head()`. Costs one look when it is there already. A SQLite state that is older is copied
    first, beside itself, unless it was `kept` already.

    Raises StateError: `state-newer`, `state-foreign`, `state-upgrade-failed` (nothing changed), and the database's own.
    """
    if current(engine) == HEAD:
        return
    with _rebuilding(engine) as connection:
        if engine.dialect.name == "postgresql":
            connection.execute(text("SELECT pg_advisory_xact_lock(:number)"), {"number": _LOCK})
        found = _current(connection)
        if found is not None and found not in _known():
            raise problem("state-newer", engine.url, f"schema {found}, program {HEAD}")
        if found is not None and found != HEAD and not kept:
            _keep_the_old(engine, found)
        try:
            command.upgrade(configuration(connection), HEAD)
        except SQLAlchemyError as error:
            raise problem("state-upgrade-failed", engine.url, type(error).__name__) from error
        if engine.dialect.name == "sqlite" and connection.exec_driver_sql("PRAGMA foreign_key_check").first():
            raise problem("state-upgrade-failed", engine.url, "a foreign key leads nowhere")


@contextmanager
def _rebuilding(engine: Engine) -> Iterator[Connection]:
    """One transaction, ahead of all other writers, in which tables may be copied: SQLite alters a table by making it
    anew, and with foreign keys on the going of the old one would count as the deletion of all its rows
    (https://www.sqlite.org/lang_altertable.html#otheralter)."""
    from connector.state.database import writing

    with writing(engine).connect() as connection:
        keys = connection.connection.cursor() if engine.dialect.name == "sqlite" else None
        if keys is not None:
            keys.execute("PRAGMA foreign_keys=OFF")  # says nothing within a transaction: before it
        try:
            with connection.begin():
                yield connection
        finally:
            if keys is not None:
                keys.execute("PRAGMA foreign_keys=ON")
                keys.close()


def _keep_the_old(engine: Engine, found: str) -> None:
    """A copy of a SQLite state as it is before it is upgraded, beside it: there is no way back but this. PostgreSQL
    has its own backups; `connector db upgrade` makes one of ours too. Raises StateError when it cannot be written."""
    if engine.dialect.name != "sqlite" or not engine.url.database:
        return
    from connector.state.backup import back_up, default_path

    now = datetime.now(UTC)
    kept = back_up(engine, default_path(engine, now, f"before-{HEAD}"), now)
    log.warning("state-upgraded", before=found, after=HEAD, backup=str(kept.path))


def configuration(connection: Connection) -> Config:
    """Alembic's settings for the migrations in this package, running on `connection` and in its transaction."""
    settings = Config()
    settings.set_main_option("script_location", str(FOLDER))
    settings.set_main_option("path_separator", "os")
    settings.attributes["connection"] = connection
    return settings


def _known() -> set[str]:
    settings = Config()
    settings.set_main_option("script_location", str(FOLDER))
    settings.set_main_option("path_separator", "os")
    return {script.revision for script in ScriptDirectory.from_config(settings).walk_revisions()}


def _current(connection: Connection) -> str | None:
    names = set(inspect(connection).get_table_names())
    if VERSION_TABLE in names:
        found = connection.execute(text(f"SELECT version_num FROM {VERSION_TABLE}")).scalars().first()  # noqa: S608
        if found is not None:
            return str(found)
    others = names if connection.dialect.name == "sqlite" else names & _OURS
    if others - {VERSION_TABLE}:
        raise problem("state-foreign", connection.engine.url, f"{len(others)} tables without {VERSION_TABLE}")
    return None
