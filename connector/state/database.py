"""Opens the state database: SQLite (the default, one machine) or PostgreSQL (several).

`open_state` gives an engine on which every transaction is durable at its commit and every trouble of the database comes
as a `StateError` with a sentence for people. No text of an error carries guests' data: parameters are hidden, and what
PostgreSQL puts behind DETAIL (the values of a violated key) is cut off.

SQLite: WAL with synchronous=FULL (a commit that returned survives a power cut), foreign keys on, 15 s of patience for
another writer, files readable by their owner alone. A transaction that reads first and writes later can fail on SQLite
when another process wrote in between: such transactions go through `writing(engine)`, which takes the writers' lock at
their begin. (A transaction whose first statement writes, as every fenced one, needs nothing.)
"""

from __future__ import annotations

import os
import stat
from contextlib import suppress
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError

from connector.domain.errors import ConfigError
from connector.state.troubles import explain_errors, problem

BUSY_TIMEOUT_S = 15.0
NOTE_TIMEOUT_S = 0.05
_WRITING = "connector_writing"
_DIALECTS = {"sqlite": "sqlite", "postgresql": "postgresql+psycopg", "postgres": "postgresql+psycopg"}


def open_state(url: str, *, read_only: bool = False, upgrade: bool = True) -> Engine:
    """The engine of the state at `url` (`sqlite:////path/state.db`, `postgresql://user@host/name`), schema up to date.

    A missing SQLite file is created (0600, its folders 0700); an older schema is upgraded in one transaction.
    `read_only` is for commands that only look: nothing is created or upgraded, every write is refused.
    `upgrade=False` leaves the schema alone (for the tools that manage it).
    Raises ConfigError for a URL that is none, StateError for everything wrong with the database: folder missing or
    unwritable, not a database, corrupt, read-only, locked, disk full, unreachable, older (read_only), newer, foreign.
    """
    place = _parsed(url)
    if place.get_backend_name() == "sqlite":
        _prepare_file(place, read_only=read_only)
    engine = _engine(place, read_only=read_only)
    if upgrade:
        from connector.state import migrate  # Alembic takes a tenth of a second to import: only where it is needed

        try:
            if read_only:
                migrate.check(engine)
            else:
                migrate.current(engine)  # another program's file is left as it is, rights and all
                _make_ours(engine)
                migrate.upgrade(engine)
        except BaseException:
            engine.dispose()
            raise
    return engine


def writing(engine: Engine) -> Engine:
    """The same database for transactions that read before they write: the other writers wait from their begin on."""
    return engine.execution_options(**{_WRITING: True})


def for_notes(engine: Engine) -> Engine:
    """The same database for short notes that a power cut may lose (how many requests went out): no commit waits for the
    disk, and where somebody else writes, `state-locked` comes at once. SQLite has a connection of its own for that."""
    if database_file(engine) is None:
        return engine
    notes = create_engine(engine.url, hide_parameters=True, connect_args={"timeout": NOTE_TIMEOUT_S})
    event.listen(notes, "connect", _settle_sqlite(read_only=False, durable=False))
    event.listen(notes, "begin", _begin_sqlite(read_only=False))
    explain_errors(notes)
    return notes


def database_file(engine: Engine) -> Path | None:
    """The file of a SQLite state; None on PostgreSQL and in memory."""
    name = engine.url.database
    return Path(name) if engine.dialect.name == "sqlite" and name and name != ":memory:" else None


def witness_beside(path: Path) -> Path:
    """The file beside a SQLite state that remembers its newest run (`witness.py`)."""
    return Path(f"{path}.known")


def integrity(engine: Engine) -> list[str]:
    """What SQLite finds broken in its file, at most ten lines; empty when sound (and always on PostgreSQL).

    Reads the whole file: for `doctor`, not for every start.
    """
    if engine.dialect.name != "sqlite":
        return []
    with engine.connect() as connection:
        rows = connection.exec_driver_sql("PRAGMA quick_check(10)").scalars().all()
        broken = [f"{row[2]}: a foreign key of {row[0]} leads nowhere"
                  for row in connection.exec_driver_sql("PRAGMA foreign_key_check").fetchmany(10)]  # fmt: skip
    return [str(row) for row in rows if row != "ok"] + broken


def _parsed(url: str) -> URL:
    try:
        place = make_url(url)
    except ArgumentError:
        place = None
    driver = _DIALECTS.get(place.get_backend_name()) if place is not None else None
    if place is None or driver is None:
        raise ConfigError(
            "state-url",
            "The address of the state database cannot be read.",
            engineer="[state] url: neither sqlite:///... nor postgresql://...",
            next_step='Write url = "sqlite:///state.db" or url = "postgresql://user@host/name" under [state].',
        )
    return place.set(drivername=driver)


def _prepare_file(place: URL, *, read_only: bool) -> None:
    """Makes sure that the file is there, ours alone, and no other program's folder is created half."""
    if not place.database or place.database == ":memory:":
        return
    path = Path(place.database)
    if path.is_dir():
        raise problem("state-is-folder", place)
    try:
        if not path.exists():
            if read_only:
                raise problem("state-lost" if witness_beside(path).exists() else "state-missing", place)
            _private_folder(path.parent)
            # SQLite gives its -wal and -shm files the mode of the database: one descriptor settles all three.
            os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600))
    except FileExistsError:
        pass  # another process created it a moment ago, the same way
    except OSError as error:
        raise problem("state-unwritable", place, error.strerror or "") from None


def _private_folder(folder: Path) -> None:
    """Creates the missing folders, each readable by its owner alone (Path.mkdir gives only the last one the mode)."""
    missing = []
    while not folder.exists():
        missing.append(folder)
        folder = folder.parent
    for each in reversed(missing):
        with suppress(FileExistsError):
            each.mkdir(mode=0o700)


def _make_ours(engine: Engine) -> None:
    """WAL, which stays with the file; and nobody else's rights on it and its side files, where that is ours to say."""
    path = database_file(engine)
    if path is None:
        return
    with engine.connect() as connection:
        connection.connection.cursor().execute("PRAGMA journal_mode=WAL")  # not possible inside a transaction
    for each in (path, Path(f"{path}-wal"), Path(f"{path}-shm")):
        with suppress(FileNotFoundError, PermissionError):
            if stat.S_IMODE(each.stat().st_mode) & 0o077:
                each.chmod(0o600)


def _engine(place: URL, *, read_only: bool) -> Engine:
    if place.get_backend_name() == "sqlite":
        engine = create_engine(place, hide_parameters=True, connect_args={"timeout": BUSY_TIMEOUT_S})
        event.listen(engine, "connect", _settle_sqlite(read_only))
        event.listen(engine, "begin", _begin_sqlite(read_only))
    else:
        try:
            engine = create_engine(
                place, hide_parameters=True, pool_pre_ping=True, connect_args={"connect_timeout": 10}
            )
        except ImportError:
            raise problem("state-no-driver", place) from None
        if read_only:
            event.listen(engine, "connect", _settle_postgresql_read_only)
    explain_errors(engine)
    return engine


def _settle_sqlite(read_only: bool, *, durable: bool = True) -> Any:
    def settle(connection: Any, _record: Any) -> None:
        # The driver's own idea of when a transaction begins leaves DDL outside of it: begin is ours, see _begin_sqlite.
        connection.isolation_level = None
        cursor = connection.cursor()
        cursor.execute(f"PRAGMA synchronous={'FULL' if durable else 'NORMAL'}")
        cursor.execute("PRAGMA foreign_keys=ON")
        if read_only:
            cursor.execute("PRAGMA query_only=ON")
        cursor.close()

    return settle


def _begin_sqlite(read_only: bool) -> Any:
    def begin(connection: Connection) -> None:
        ahead = connection.get_execution_options().get(_WRITING) and not read_only
        connection.exec_driver_sql("BEGIN IMMEDIATE" if ahead else "BEGIN")

    return begin


def _settle_postgresql_read_only(connection: Any, _record: Any) -> None:
    connection.read_only = True
