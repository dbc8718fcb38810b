"""Backups: a whole state in one SQLite file, whichever database it comes from, made while runs are at work.

A backup is a state file like any other, of the same schema revision: from SQLite a copy by its backup API (one moment,
whoever writes meanwhile), from PostgreSQL the rows of all tables as one transaction sees them. It is readable by its
owner alone, whole or not there, and holds everything that the connector knows of the guests.
"""

from __future__ import annotations

import errno
import os
import secrets
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from alembic import command
from sqlalchemy import Connection, Engine, MetaData, Table, create_engine, inspect, select
from sqlmodel import SQLModel

from connector.domain.errors import StateError, typed_path
from connector.domain.places import free_name, way_out, why_unwritable
from connector.state import migrate
from connector.state.columns import UtcDateTime
from connector.state.core import SETTING, dump, load
from connector.state.database import database_file
from connector.state.troubles import problem

NOTE = "backup"
"""The setting (of pair 0, which is none) under which a backup says what it is."""
AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class Backup:
    """A backup that was made: its file, its schema, its size in bytes, and when."""

    path: Path
    revision: str
    size: int
    made_at: datetime


def default_path(engine: Engine, now: datetime, word: str = "backup", folder: Path = Path()) -> Path:
    """Where a backup goes without a name: a new file beside the state (PostgreSQL: in `folder`)."""
    path = database_file(engine) or folder / f"{engine.url.database}.db"
    stamped = f"{path.name}.{word}-{now.astimezone(UTC):%Y%m%dT%H%M%SZ}"
    number, found = 1, path.with_name(stamped)
    while found.exists():
        number += 1
        found = path.with_name(f"{stamped}-{number}")
    return found


def back_up(engine: Engine, target: Path, now: datetime) -> Backup:
    """Write the state of `engine` into `target`, which must not exist. Raises StateError `backup-exists`,
    `backup-unwritable`, and what is wrong with the state itself."""
    if target.exists():
        raise _unwritable(target, FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST)), code="backup-exists")
    revision = migrate.current(engine)
    if revision is None:
        raise problem("state-missing", engine.url)
    with beside_of(target) as beside:
        if engine.dialect.name == "sqlite":
            _copy_file(engine, beside)
        else:
            copy_rows(engine, beside, revision)
        _sign(beside, engine, revision, now)
        _flush(beside)
        size = beside.stat().st_size
        beside.rename(target)
    return Backup(target, revision, size, now)


@contextmanager
def beside_of(target: Path) -> Iterator[Path]:
    """A new file of ours alone next to the target; gone if it is not moved away in the end."""
    beside = target.with_name(f".{target.name}.{secrets.token_hex(4)}")
    try:
        os.close(os.open(beside, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600))
    except OSError as error:
        raise _unwritable(target, error) from None
    try:
        yield beside
    except OSError as error:
        raise _unwritable(target, error) from None
    except sqlite3.Error as error:
        raise _unwritable(target, _as_the_disk_says(error)) from None
    finally:
        for name in (beside, Path(f"{beside}-wal"), Path(f"{beside}-shm"), Path(f"{beside}-journal")):
            with suppress(OSError):
                name.unlink()


def _copy_file(engine: Engine, beside: Path) -> None:
    """SQLite to SQLite, as one reader sees it: writers go on meanwhile."""
    with engine.connect() as connection:
        source = connection.connection.driver_connection
        assert isinstance(source, sqlite3.Connection)
        copy_pages(source, beside)


def copy_pages(source: sqlite3.Connection, beside: Path) -> None:
    """Every page of an open database into a file, which then needs no side files."""
    target = sqlite3.connect(beside)
    try:
        source.backup(target, pages=-1)
        target.execute("PRAGMA journal_mode=DELETE")
    finally:
        target.close()


def copy_rows(engine: Engine, beside: Path, revision: str) -> None:
    """Any database to a SQLite file of the same schema, row by row, all as one moment shows them."""
    url = f"sqlite:///{beside}"
    made = create_engine(url)
    try:
        with engine.connect().execution_options(isolation_level="REPEATABLE READ") as source, made.begin() as target:
            command.upgrade(migrate.configuration(target), revision)
            for table in ordered_tables(source):
                pour(source, table, target)
    finally:
        made.dispose()


def ordered_tables(connection: Connection) -> list[Table]:
    """Our tables as they are in a database, those that others refer to first."""
    ours = set(SQLModel.metadata.tables)
    found = MetaData()
    found.reflect(connection, only=[name for name in inspect(connection).get_table_names() if name in ours])
    return found.sorted_tables


def pour(source: Connection, table: Table, target: Connection) -> int:
    """All rows of one table, times as aware UTC on either side; returns how many."""
    there = MetaData()
    other = Table(table.name, there, autoload_with=target)
    count = 0
    reading, writing = _timed(table), _timed(other)
    result = source.execution_options(stream_results=True, yield_per=AT_ONCE).execute(select(reading))
    for rows in result.mappings().partitions(AT_ONCE):
        target.execute(writing.insert(), [dict(row) for row in rows])
        count += len(rows)
    return count


def _timed(table: Table) -> Table:
    """The reflected table with our own kind of time, so that both databases mean the same moment."""
    for column in table.columns:
        if "DATETIME" in str(column.type).upper() or "TIMESTAMP" in str(column.type).upper():
            column.type = UtcDateTime()
    return table


def _sign(beside: Path, engine: Engine, revision: str, now: datetime) -> None:
    """What the file says of itself: when it was made, from what, with which schema."""
    told = {"at": now.isoformat(), "database": engine.dialect.name, "revision": revision}
    with sqlite3.connect(beside) as connection:
        connection.execute("DELETE FROM setting WHERE pair_id = 0 AND name = ?", (NOTE,))
        connection.execute("INSERT INTO setting (pair_id, name, value_json) VALUES (0, ?, ?)", (NOTE, dump(dict(told))))
    connection.close()


def _flush(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _unwritable(path: Path, error: OSError, code: str = "backup-unwritable") -> StateError:
    """Why not, and what to type: under a free name beside it where the name is all that is wrong."""
    other = free_name(path, Path.exists) if path.exists() else Path.home() / path.name
    return StateError(
        code, f"The backup cannot be written to {path}: {why_unwritable(error, path)}.",
        engineer=f"{path}: {error.strerror or error}",
        next_step=way_out(error, path, f"connector db backup -o {typed_path(other)}"),
    )  # fmt: skip


def _as_the_disk_says(error: sqlite3.Error) -> OSError:
    """What SQLite met while it wrote a file: a full disk, or what it calls it (it says nothing of any row)."""
    name = str(getattr(error, "sqlite_errorname", type(error).__name__))
    return OSError(errno.ENOSPC, name) if name == "SQLITE_FULL" else OSError(errno.EIO, name)


def made_at(connection: Connection) -> datetime | None:
    """When a backup was made, by what it says of itself; None for a plain copy of a state file."""
    here = (SETTING.c.pair_id == 0) & (SETTING.c.name == NOTE)
    told = load(connection.execute(select(SETTING.c.value_json).where(here)).scalar_one_or_none())
    return datetime.fromisoformat(told["at"]) if told else None
