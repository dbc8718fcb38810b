"""The migrations and the tables say the same; an upgrade is whole or not at all."""

from __future__ import annotations

import re
import sqlite3
import threading
from hashlib import sha256
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, create_engine, insert, inspect
from sqlmodel import SQLModel

from connector.domain.errors import StateError
from connector.state import migrate, tables
from connector.state.database import open_state
from connector.state.migrations import RELEASED, regenerate

HOW = "the tables changed: run `python -m connector.state.migrations.regenerate`"


def dump(engine: Engine) -> list[str]:
    """The schema as SQLite keeps it, without white space and quotes, the version table left out."""
    with engine.connect() as connection:
        rows = connection.exec_driver_sql("SELECT sql FROM sqlite_master WHERE sql IS NOT NULL").scalars().all()
    plain = (re.sub(r"[\s\"]+", "", row).lower() for row in rows)
    return sorted(",".join(sorted(split(row))) for row in plain if migrate.VERSION_TABLE not in row)


def split(statement: str) -> list[str]:
    """A CREATE TABLE cut at its outermost commas: the order of constraints says nothing."""
    parts: list[str] = []
    depth, part = 0, ""
    for letter in statement:
        depth += (letter == "(") - (letter == ")")
        if (letter == "," and depth == 1) or (letter == "(" and depth == 1) or (letter == ")" and depth == 0):
            parts, part = [*parts, part], ""
        else:
            part += letter
    return [*parts, part]


def test_autogenerate_finds_no_difference(engine: Engine) -> None:
    with engine.connect() as connection:
        options = {"compare_type": True, "compare_server_default": True}
        found = compare_metadata(MigrationContext.configure(connection, opts=options), SQLModel.metadata)
    assert found == [], HOW


def test_upgraded_and_created_schemas_are_the_same(engine: Engine) -> None:
    created = create_engine("sqlite://")
    SQLModel.metadata.create_all(created)
    assert dump(engine) == dump(created), HOW
    partial = [row for row in dump(engine) if "where" in row]
    assert len(partial) >= 5
    assert any("dirty" in row and "clopos_now<>clopos_base" in row for row in partial)


def test_the_next_migration_is_what_the_tables_generate(tmp_path: Path) -> None:
    written = regenerate.regenerate(tmp_path)
    shipped = sorted((migrate.FOLDER / "versions").glob(f"*_after_{RELEASED}.py"))
    assert [path.name for path in shipped] == ([] if written is None else [written.name]), HOW
    for path in shipped:
        assert path.read_text(encoding="utf-8") == (tmp_path / path.name).read_text(encoding="utf-8"), HOW


SEALED = {"0001_initial.py": "2c78715cdadad4694ab26b5518cf3a51ad5feaf2a3b529bcaccc22ef73b24a4d"}
"""A released migration is never edited: databases in the field have run it, and would not run it again."""


def test_released_migrations_are_sealed() -> None:
    scripts = ScriptDirectory(str(migrate.FOLDER)).iterate_revisions(RELEASED, "base")
    found = {Path(script.path).name: sha256(Path(script.path).read_bytes()).hexdigest() for script in scripts}
    assert found == SEALED


def test_head_is_the_newest_script() -> None:
    scripts = ScriptDirectory(str(migrate.FOLDER))
    assert scripts.get_heads() == [migrate.head()]


def test_every_table_is_read_or_decided_or_a_lease() -> None:
    told = {*tables.READ_TABLES, *tables.DECIDED_TABLES, *tables.SHARED_TABLES}
    assert told == set(SQLModel.metadata.tables)


def test_empty_then_upgraded_then_nothing_to_do(url: str) -> None:
    engine = open_state(url, upgrade=False)
    assert migrate.current(engine) is None
    with pytest.raises(StateError) as caught:
        migrate.check(engine)
    assert caught.value.code == "state-missing"
    migrate.upgrade(engine)
    assert migrate.current(engine) == migrate.head()
    before = dump(engine)
    migrate.upgrade(engine)
    migrate.check(engine)
    assert dump(engine) == before


STUMBLES = """
from alembic import op
revision, down_revision = "0001", None

def upgrade():
    op.execute("CREATE TABLE half (id INTEGER)")
    op.execute("INSERT INTO nowhere VALUES (1)")
"""


def test_a_failed_upgrade_leaves_the_database_as_it_was(
    url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "0001_stumbles.py").write_text(STUMBLES, encoding="utf-8")
    honest = migrate.configuration

    def stumbling(connection: Connection) -> Config:
        settings = honest(connection)
        settings.set_main_option("version_locations", str(tmp_path))
        return settings

    monkeypatch.setattr(migrate, "configuration", stumbling)
    monkeypatch.setattr(migrate, "HEAD", "0001")
    engine = open_state(url, upgrade=False)
    with pytest.raises(StateError) as caught:
        migrate.upgrade(engine)
    assert caught.value.code == "state-upgrade-failed"
    assert inspect(engine).get_table_names() == []
    monkeypatch.undo()
    migrate.upgrade(engine)
    assert migrate.current(engine) == migrate.head()


def test_two_programs_start_together(url: str) -> None:
    failures: list[StateError] = []

    def start() -> None:
        try:
            open_state(url).dispose()
        except StateError as error:
            failures.append(error)

    threads = [threading.Thread(target=start) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    assert migrate.current(open_state(url)) == migrate.head()


def test_older_is_refused_to_those_that_only_look(url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    open_state(url).dispose()
    monkeypatch.setattr(migrate, "HEAD", "9999")  # a program from after the next migration
    with pytest.raises(StateError) as caught:
        open_state(url, read_only=True)
    assert caught.value.code == "state-older"
    assert "connector db upgrade" in caught.value.next_step


def test_rows_survive_a_start(engine: Engine, url: str, tmp_path: Path) -> None:
    with engine.begin() as connection:
        connection.execute(insert(tables.Setting).values(pair_id=1, name="kept", value_json="true"))
    engine.dispose()
    open_state(url).dispose()
    raw = sqlite3.connect(tmp_path / "state.db")
    assert raw.execute("SELECT value_json FROM setting").fetchall() == [("true",)]
    raw.close()
