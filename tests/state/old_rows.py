"""Databases of released versions, with rows in every table: what an upgrade finds in the field."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from alembic import command
from sqlalchemy import (
    Boolean,
    Column,
    Connection,
    DateTime,
    Engine,
    Float,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    select,
    text,
)

from connector.state import migrate

Rows = Mapping[str, list[dict[str, Any]]]


def made_by(engine: Engine, revision: str) -> Rows:
    """Brings an empty database to `revision`, as that release did, and puts three rows into every table; the rows."""
    with engine.begin() as connection:
        command.upgrade(migrate.configuration(connection), revision)
    with engine.begin() as connection:
        for table in _tables(connection):
            connection.execute(table.insert(), [_row(table, number) for number in (1, 2, 3)])
    return rows(engine)


def rows(engine: Engine, known: Rows | None = None) -> Rows:
    """Table -> its rows by primary key; `known`: only the tables and columns of these rows (what an upgrade added is
    left out)."""
    with engine.connect() as connection:
        found: dict[str, list[dict[str, Any]]] = {}
        for table in _tables(connection):
            if known is not None and table.name not in known:
                continue
            names = {column.name for column in table.columns} if known is None else set(known[table.name][0])
            every = connection.execute(select(table).order_by(*table.primary_key.columns)).mappings()
            found[table.name] = [{name: _plain(row[name]) for name in names} for row in every]
    return found


def _plain(value: object) -> object:
    """A value that compares across databases: SQLite keeps times without their zone, which is UTC."""
    if isinstance(value, datetime):
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)
    return value


def _tables(connection: Connection) -> list[Table]:
    metadata = MetaData()
    metadata.reflect(connection)
    return [table for table in metadata.sorted_tables if table.name != migrate.VERSION_TABLE]


def _row(table: Table, number: int) -> dict[str, Any]:
    return {column.name: _value(column, number) for column in table.columns}


def _value(column: Column[Any], number: int) -> object:
    """Something of the column's type, another one for each row, so that no unique index minds."""
    if column.name == "state" and column.table.name in ("link", "queue_entry"):
        return {"link": "active", "queue_entry": "open"}[column.table.name]
    kind = column.type
    if isinstance(kind, Boolean):
        return number % 2 == 0
    if isinstance(kind, Float):
        return number + 0.5
    if isinstance(kind, Integer):
        return number
    if isinstance(kind, DateTime):
        return datetime(2026, 1, 1, 12, tzinfo=UTC) + timedelta(days=number)
    if isinstance(kind, LargeBinary):
        return bytes([number]) * 16
    return f'"{column.name} {number} Məmmədova"' if column.name.endswith("_json") else f"{column.name} {number}"


def indexes(engine: Engine) -> str:
    """Every index of the database in the words of the server, partial ones with their WHERE."""
    question = {
        "sqlite": "SELECT sql FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL ORDER BY name",
        "postgresql": "SELECT indexdef FROM pg_indexes WHERE schemaname = 'public' ORDER BY indexname",
    }[engine.dialect.name]
    with engine.connect() as connection:
        return "\n".join(connection.execute(text(question)).scalars())
