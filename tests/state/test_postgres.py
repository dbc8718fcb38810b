"""The state on PostgreSQL: the same schema, the same upgrade, troubles in words and errors without guests' data."""

from __future__ import annotations

import threading
from collections.abc import Sequence

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Engine, create_engine, insert, text
from sqlalchemy.exc import IntegrityError
from sqlmodel import SQLModel

from connector.domain.errors import StateError
from connector.state import migrate, tables
from connector.state.database import database_file, integrity, open_state
from tests.postgres.server import Server
from tests.state.test_migrations import HOW


@pytest.fixture
def url(postgres: Server) -> str:
    return postgres.database()


SCHEMA = (
    "SELECT table_name, column_name, data_type, is_nullable, is_identity, "
    "CASE WHEN column_default LIKE 'nextval(%' THEN 'sequence' ELSE column_default END FROM information_schema.columns "
    "WHERE table_schema = 'public' ORDER BY 1, 2",
    "SELECT indexdef FROM pg_indexes WHERE schemaname = 'public' ORDER BY 1",
    "SELECT conrelid::regclass::text, pg_get_constraintdef(oid) FROM pg_constraint "
    "WHERE connamespace = 'public'::regnamespace ORDER BY 1, 2",
)
"""Columns, indexes and constraints as the server tells them."""


def schema(engine: Engine) -> list[Sequence[object]]:
    with engine.connect() as connection:
        rows = [tuple(row) for query in SCHEMA for row in connection.execute(text(query))]
    return [row for row in rows if migrate.VERSION_TABLE not in str(row)]


def test_autogenerate_finds_no_difference(engine: Engine) -> None:
    with engine.connect() as connection:
        options = {"compare_type": True, "compare_server_default": True}
        found = compare_metadata(MigrationContext.configure(connection, opts=options), SQLModel.metadata)
    assert found == [], HOW


def test_upgraded_and_created_schemas_are_the_same(engine: Engine, postgres: Server) -> None:
    created = create_engine(postgres.database().replace("postgresql:", "postgresql+psycopg:"))
    SQLModel.metadata.create_all(created)
    upgraded = schema(engine)
    assert upgraded == schema(created), HOW
    assert {row[0] for row in upgraded if len(row) == 6} == set(SQLModel.metadata.tables)
    assert any("WHERE" in str(row) and "clopos_now <> clopos_base" in str(row) for row in upgraded)
    created.dispose()


def test_four_programs_start_together(url: str) -> None:
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
    engine = open_state(url, read_only=True)
    assert migrate.current(engine) == migrate.head()
    engine.dispose()


def test_who_only_looks_creates_nothing_and_can_not_write(url: str) -> None:
    with pytest.raises(StateError) as caught:
        open_state(url, read_only=True)
    assert caught.value.code == "state-missing"
    open_state(url).dispose()
    looking = open_state(url, read_only=True)
    with pytest.raises(StateError) as caught, looking.begin() as connection:
        connection.execute(insert(tables.Setting).values(pair_id=1, name="x", value_json="1"))
    assert caught.value.code == "state-read-only"
    looking.dispose()


def test_another_program_s_database_is_left_alone(url: str) -> None:
    engine = create_engine(url.replace("postgresql:", "postgresql+psycopg:"))
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE record (id INTEGER)"))
    with pytest.raises(StateError) as caught:
        open_state(url)
    assert caught.value.code == "state-foreign"
    assert [row[0] for row in schema(engine)] == ["record"]
    engine.dispose()


def test_a_database_that_is_not_there_is_said_in_words(url: str) -> None:
    with pytest.raises(StateError) as caught:
        open_state(url.replace("/test_", "/nowhere_"))
    assert caught.value.code == "state-refused"


def test_errors_carry_no_guest_s_data(engine: Engine) -> None:
    row = {"pair_id": 1, "name": "Aysel Məmmədova +994501234567", "value_json": "1"}
    with pytest.raises(IntegrityError) as caught, engine.begin() as connection:
        connection.execute(insert(tables.Setting), [row, row])
    told = f"{caught.value} {caught.value!r} {caught.value.orig} {caught.value.orig!r}"
    assert "setting_pkey" in told
    assert "Aysel" not in told
    assert "994" not in told


def test_text_of_any_server_can_be_kept(engine: Engine) -> None:
    """PostgreSQL refuses NUL in text, and JSON may hold it: what is stored is escaped (`core.dump`)."""
    from connector.state.core import SETTING, dump, load

    odd = {"name": "a\x00b 😀 \ud800 İ"}
    with engine.begin() as connection:
        connection.execute(insert(SETTING).values(pair_id=1, name="odd", value_json=dump(odd)))
        kept = connection.execute(text("SELECT value_json FROM setting WHERE name = 'odd'")).scalar_one()
    assert load(kept) == odd


def test_there_is_no_file_to_check(engine: Engine) -> None:
    assert database_file(engine) is None
    assert integrity(engine) == []
