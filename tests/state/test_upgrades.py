"""Upgrades of databases with rows in them, on both databases: nothing of a row is lost, no index, no key; and the tool
that writes the next migration writes one that does this."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import (
    Boolean,
    Column,
    Connection,
    Engine,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    insert,
    select,
    text,
)
from sqlalchemy.exc import IntegrityError
from sqlmodel import SQLModel

from connector.state import migrate, tables
from connector.state.columns import BigId, UtcDateTime
from connector.state.database import integrity, open_state
from connector.state.migrations import RELEASED
from connector.state.migrations.regenerate import regenerate
from tests.state.old_rows import indexes, made_by, rows

OPTIONS = {"compare_type": True, "compare_server_default": True}
VERSIONS = [script.revision for script in ScriptDirectory(str(migrate.FOLDER)).iterate_revisions(RELEASED, "base")]


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'state.db'}"
    return str(request.getfixturevalue("postgres").database())


def differences(engine: Engine, metadata: MetaData) -> list[Any]:
    with engine.connect() as connection:
        return list(compare_metadata(MigrationContext.configure(connection, opts=OPTIONS), metadata))


@pytest.mark.parametrize("released", VERSIONS)
def test_a_start_upgrades_every_released_schema_and_keeps_its_rows(url: str, released: str) -> None:
    old = open_state(url, upgrade=False)
    before = made_by(old, released)
    old.dispose()
    assert len(before) >= 17
    engine = open_state(url)
    assert migrate.current(engine) == migrate.head()
    assert rows(engine, before) == before
    assert differences(engine, SQLModel.metadata) == []
    assert integrity(engine) == []
    engine.dispose()


def grown() -> MetaData:
    """The tables of a later program: columns that may and may not be empty, a table, indexes, one index gone."""
    later = MetaData()
    for table in SQLModel.metadata.sorted_tables:
        table.to_metadata(later)
    for name, column in (
        ("pair", Column("later_json", Text, nullable=False, default="{}")),
        ("record", Column("later_odd", Boolean, nullable=False, default=False)),
        ("link", Column("later_digest", LargeBinary(16), nullable=False, default=b"")),
        ("run", Column("later_count", Integer, nullable=False, server_default=text("7"))),
        ("intent", Column("later_at", UtcDateTime(), nullable=True)),
    ):
        later.tables[name].append_column(column)
    Table("later_table", later, Column("id", BigId, primary_key=True, autoincrement=True),
          Column("pair_id", Integer, ForeignKey("pair.id"), nullable=False))  # fmt: skip
    odd = text("later_odd")
    Index("ix_later_odd", later.tables["record"].c.pair_id, sqlite_where=odd, postgresql_where=odd)
    record = later.tables["record"]
    record.indexes.remove(next(each for each in record.indexes if each.name == "ix_record_seen"))
    return later


@pytest.fixture
def later(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> MetaData:
    """A program with those tables, and the migration that the tool writes for it."""
    metadata, folder = grown(), tmp_path / "versions"
    folder.mkdir()
    written = regenerate(folder, metadata)
    assert written is not None
    for script in ScriptDirectory(str(migrate.FOLDER)).iterate_revisions(RELEASED, "base"):
        (folder / Path(script.path).name).write_bytes(Path(script.path).read_bytes())
    honest = migrate.configuration

    def with_the_next(connection: Connection) -> Config:
        settings = honest(connection)
        settings.set_main_option("version_locations", str(folder))
        return settings

    monkeypatch.setattr(migrate, "configuration", with_the_next)
    monkeypatch.setattr(migrate, "_known", lambda: {*VERSIONS, "0002"})
    monkeypatch.setattr(migrate, "HEAD", written.name.partition("_")[0])
    return metadata


def test_the_written_migration_keeps_rows_indexes_and_keys(url: str, later: MetaData) -> None:
    old = open_state(url, upgrade=False)
    before = made_by(old, RELEASED)
    told = indexes(old)
    old.dispose()
    engine = open_state(url)
    assert migrate.current(engine) == migrate.head()
    assert rows(engine, before) == before
    assert differences(engine, later) == []
    assert integrity(engine) == []
    now = indexes(engine)
    assert now.count("WHERE") == told.count("WHERE") + 1
    assert "clopos_now <> clopos_base" in now
    assert "ix_record_seen" in told
    assert "ix_record_seen" not in now
    fresh = rows(engine)
    assert {row["later_json"] for row in fresh["pair"]} == {"{}"}
    assert {row["later_odd"] for row in fresh["record"]} == {False}
    assert {row["later_digest"] for row in fresh["link"]} == {b""}
    assert {row["later_count"] for row in fresh["run"]} == {7}
    engine.dispose()


def test_keys_and_unique_indexes_still_bind_after_a_table_was_copied(url: str, later: MetaData) -> None:
    old = open_state(url, upgrade=False)
    made_by(old, RELEASED)
    old.dispose()
    engine = open_state(url)
    link = Table("link", MetaData(), autoload_with=engine)
    pair = Table("pair", MetaData(), autoload_with=engine)
    with engine.connect() as connection:
        first = dict(connection.execute(select(link).where(link.c.id == 1)).mappings().one())
        again = dict(connection.execute(select(pair).where(pair.c.id == 1)).mappings().one())
    first["id"], again["id"] = 9, 9
    for table, row in ((link, first), (link, {**first, "state": "broken", "pair_id": 77}), (pair, again)):
        with pytest.raises(IntegrityError), engine.begin() as connection:
            connection.execute(insert(table).values(**row))
    with engine.begin() as connection:
        connection.execute(insert(link).values(**{**first, "state": "broken"}))  # the index is of active links alone
    engine.dispose()


def test_no_difference_is_no_migration(tmp_path: Path) -> None:
    released = MetaData()
    with open_state(f"sqlite:///{tmp_path / 'state.db'}", upgrade=False).begin() as connection:
        command.upgrade(migrate.configuration(connection), RELEASED)
        released.reflect(connection)
    released.remove(released.tables[migrate.VERSION_TABLE])
    before = sorted(tmp_path.iterdir())
    assert regenerate(tmp_path, released) is None
    assert sorted(tmp_path.iterdir()) == before


def test_a_column_that_could_not_be_filled_is_refused(tmp_path: Path) -> None:
    metadata = MetaData()
    for table in SQLModel.metadata.sorted_tables:
        table.to_metadata(metadata)
    metadata.tables[str(tables.Pair.__tablename__)].append_column(Column("later", Text, nullable=False))
    with pytest.raises(ValueError, match=r"pair\.later: a new column that may not be empty needs a default"):
        regenerate(tmp_path, metadata)
