"""Putting a backup back: verified first, never beside a run, the replaced state kept, all or nothing.

On SQLite the pages of the backup are written into the state's own file in one transaction, so that a daemon that waits
for its next run sees the restored state and not a file without a name; only a file that cannot be opened as a database
is moved aside and replaced. On PostgreSQL the rows of all tables are replaced in one transaction. Every pair is in
relink mode afterwards (`connector.state.relinking`), and every lease's epoch is above any that a run may remember.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sqlalchemy import Connection, Engine, delete, func, select, text, update
from sqlalchemy.engine import make_url

from connector.domain.errors import NotThere, StateError
from connector.state import migrate, relinking, witness
from connector.state.backup import NOTE, back_up, beside_of, copy_pages, default_path, made_at, ordered_tables, pour
from connector.state.core import PAIR, SETTING
from connector.state.database import BUSY_TIMEOUT_S, database_file, open_state
from connector.state.lease import BRAND_LEASE, LONGEST_TTL_S, PAIR_LEASE, Lease, owner_name
from connector.state.relinking import Relinking, Why
from connector.state.soundness import examine
from connector.state.troubles import problem

UNREADABLE = ("state-corrupt", "state-not-a-database")


@dataclass(frozen=True, slots=True)
class Restored:
    """What was put back: the pairs in it, the moment that it shows (None: it does not say), and where the replaced
    state is kept (None: there was none)."""

    pairs: tuple[str, ...]
    of: datetime | None
    kept: Path | None


def restore(url: str, file: Path, now: datetime) -> Restored:
    """Replace the state at `url` by the backup in `file`.

    Raises StateError (`backup-missing`, `backup-unusable`, `backup-unsound`, `state-newer`, and what is wrong with the
    place), PairLocked while a run is at work. Until the last step nothing of the state is changed.
    """
    _refuse_missing(file)
    place = database_file(_unopened(url))
    near = place if place is not None else file
    with beside_of(near) as prepared:
        _take(file, prepared)
        with _current(url) as current:
            of, pairs = _prepare(prepared, file, now, _epoch(current) if current is not None else 0)
            kept = _exchange(url, current, place, prepared, now, near.absolute().parent)
    engine = _unopened(url)
    witness.forget(engine)
    return Restored(pairs, of, kept)


def look_into(url: str, file: Path, now: datetime) -> tuple[datetime | None, tuple[str, ...]]:
    """The moment that a backup shows (aware; None: it does not say) and the names of its pairs, looked through like
    `restore` does, for a question before it. Raises StateError like `restore`; nothing is changed."""
    _refuse_missing(file)
    place = database_file(_unopened(url))
    with beside_of(place if place is not None else file) as prepared:
        _take(file, prepared)
        return _prepare(prepared, file, now, 0)


def _refuse_missing(file: Path) -> None:
    if not file.is_file():
        raise NotThere(
            "backup-missing", f"There is no backup at {file}.", engineer=str(file),
            next_step="connector db restore FILE, with a file that connector db backup wrote",
        )  # fmt: skip


def _unusable(file: Path, why: str) -> StateError:
    return StateError(
        "backup-unusable", f"{file} is no backup that can be put back; nothing was changed.",
        engineer=f"{file}: {why}", next_step="connector db restore FILE, with another backup",
    )  # fmt: skip


def _unopened(url: str) -> Engine:
    """An engine to ask for its file; nothing is opened or made by it."""
    from sqlalchemy import create_engine

    place = make_url(url)
    return create_engine(place if place.get_backend_name() == "sqlite" else place.set(drivername="postgresql+psycopg"))


def _take(file: Path, prepared: Path) -> None:
    """A copy of the backup, to be worked on; what writers left in a -wal beside it belongs to it."""
    side_file = Path(f"{file}-wal")
    how = "mode=ro" if side_file.exists() else "mode=ro&immutable=1"
    try:
        with closing(sqlite3.connect(f"{file.absolute().as_uri()}?{how}", uri=True)) as source:
            source.execute("PRAGMA schema_version")
            copy_pages(source, prepared)
    except sqlite3.Error as error:
        raise _unusable(file, str(getattr(error, "sqlite_errorname", type(error).__name__))) from None


def _prepare(prepared: Path, file: Path, now: datetime, epoch: int) -> tuple[datetime | None, tuple[str, ...]]:
    """The copy as it will go live: sound, of this program's schema, its pairs in relink mode, its leases free."""
    try:
        engine = open_state(f"sqlite:///{prepared}", upgrade=False)
        if migrate.current(engine) is None:
            raise _unusable(file, "no tables of the connector")
        found = [finding.sentence for finding in examine(engine)] if migrate.current(engine) == migrate.head() else []
        migrate.upgrade(engine)
        found = found or [finding.sentence for finding in examine(engine)]
    except StateError as error:
        raise (error if error.code == "state-newer" else _unusable(file, error.code)) from None
    if found:
        raise StateError(
            "backup-unsound", f"The backup {file} is not sound, so it was not put back: {found[0]}.",
            engineer="; ".join(found), next_step="connector db restore FILE, with another backup",
        )  # fmt: skip
    with engine.begin() as connection:
        of = made_at(connection)
        connection.execute(delete(SETTING).where(SETTING.c.pair_id == 0, SETTING.c.name == NOTE))
        for pair_id in relinking.all_pairs(connection):
            relinking.begin(connection, pair_id, Relinking(now, Why.RESTORED, of))
        for table in (PAIR_LEASE, BRAND_LEASE):
            highest = int(connection.execute(select(func.max(table.c.epoch))).scalar() or 0)
            connection.execute(update(table).values(owner="", expires_at=None, epoch=max(highest, epoch) + 1))
        names = tuple(connection.scalars(select(PAIR.c.name).order_by(PAIR.c.id)))
    with engine.connect() as connection:
        cursor = connection.connection.cursor()
        cursor.execute("PRAGMA journal_mode=DELETE")
        cursor.close()
    engine.dispose()
    return of, names


@contextmanager
def _current(url: str) -> Iterator[Engine | None]:
    """The state that is there, with all its pairs held against runs; None where there is none, or none that can be
    opened. Raises PairLocked, and StateError for a database of another program or a server that is away."""
    place = database_file(_unopened(url))
    if place is not None and not place.exists():
        yield None
        return
    engine: Engine | None = None
    leases: list[Lease] = []
    try:
        engine = open_state(url, upgrade=False)
        if migrate.current(engine) is None and engine.dialect.name == "postgresql":
            migrate.upgrade(engine)
        if migrate.current(engine) is not None:
            leases = _hold_all(engine)
    except StateError as error:
        if engine is not None:
            engine.dispose()
        if error.code not in UNREADABLE or place is None:
            raise
        engine = None
    try:
        yield engine
    finally:
        if engine is not None:
            for lease in leases:
                with suppress(StateError):
                    lease.release()  # after the exchange these are no leases of the state any more
            engine.dispose()


def _hold_all(engine: Engine) -> list[Lease]:
    with engine.connect() as connection:
        pairs = relinking.all_pairs(connection)
    held: list[Lease] = []
    try:
        owner = f"connector db restore, {owner_name()}"
        held.extend(Lease.acquire(engine, pair_id, owner=owner, ttl_s=LONGEST_TTL_S) for pair_id in pairs)
    except BaseException:
        for lease in held:
            lease.release()
        raise
    return held


def _epoch(engine: Engine) -> int:
    with engine.connect() as connection:
        return max(
            int(connection.execute(select(func.max(t.c.epoch))).scalar() or 0) for t in (PAIR_LEASE, BRAND_LEASE)
        )


def _exchange(
    url: str, current: Engine | None, place: Path | None, prepared: Path, now: datetime, folder: Path
) -> Path | None:
    """Keep what is there, then put the copy in its place; returns where the old one is kept (in `folder`)."""
    if place is None:
        assert current is not None
        kept = default_path(current, now, "replaced", folder)
        back_up(current, kept, now)
        _pour_all(prepared, current)
        return kept
    if current is None:
        return _replace_file(place, prepared, now)
    kept = default_path(current, now, "replaced")
    with beside_of(kept) as beside:
        with current.connect() as connection:
            source = connection.connection.driver_connection
            assert isinstance(source, sqlite3.Connection)
            copy_pages(source, beside)
        beside.rename(kept)
    current.dispose()
    try:
        with (
            closing(sqlite3.connect(prepared)) as source,
            closing(sqlite3.connect(place, timeout=BUSY_TIMEOUT_S)) as to,
        ):
            source.backup(to, pages=-1)
    except sqlite3.Error as error:
        raise problem("state-failed", make_url(url), str(getattr(error, "sqlite_errorname", ""))) from None
    return kept


def _replace_file(place: Path, prepared: Path, now: datetime) -> Path | None:
    """Where there is no database that could be opened: the file takes the place, what stood there is moved aside with
    its side files, which must not be taken for those of the new one."""
    kept = default_path(_unopened(f"sqlite:///{place}"), now, "replaced") if place.exists() else None
    try:
        for side_file in ("-wal", "-shm", "-journal"):
            if Path(f"{place}{side_file}").exists():
                Path(f"{place}{side_file}").rename(f"{kept or place}.old{side_file}")
        if kept is not None:
            place.rename(kept)
        prepared.rename(place)
    except OSError as error:
        raise problem("state-unwritable", make_url(f"sqlite:///{place}"), error.strerror or "") from None
    descriptor = os.open(place.parent, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
    return kept


def _pour_all(prepared: Path, engine: Engine) -> None:
    """All rows of the copy into the tables of a PostgreSQL state, in one transaction; its numbering goes on above."""
    migrate.upgrade(engine)
    origin = open_state(f"sqlite:///{prepared}", read_only=True)
    try:
        with origin.connect() as source, engine.begin() as target:
            tables = ordered_tables(source)
            for table in reversed(ordered_tables(target)):
                target.execute(table.delete())
            for table in tables:
                pour(source, table, target)
                _go_on_numbering(target, table.name)
    finally:
        origin.dispose()


def _go_on_numbering(connection: Connection, table: str) -> None:
    sequence = connection.execute(
        text("SELECT pg_get_serial_sequence(:table, column_name) FROM information_schema.columns "
             "WHERE table_schema = 'public' AND table_name = :table AND column_name = 'id'"), {"table": table},
    ).scalar()  # fmt: skip
    if sequence is not None:
        highest = connection.execute(text(f'SELECT max(id) FROM "{table}"')).scalar()  # noqa: S608 - a table of ours
        connection.execute(text("SELECT setval(:sequence, :number, :used)"),
                           {"sequence": sequence, "number": highest or 1, "used": highest is not None})  # fmt: skip
