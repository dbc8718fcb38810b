"""A state on a real SQLite file, with one pair in it; and a PostgreSQL server for the tests that want one."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import Engine, insert

from connector.state import tables
from connector.state.database import open_state
from tests.postgres.server import Server, running
from tests.state.shelf import PAIRS, furnish


@pytest.fixture
def url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'state.db'}"


@pytest.fixture
def engine(url: str) -> Iterator[Engine]:
    opened = open_state(url)
    with opened.begin() as connection:
        for number, name in ((1, "one"), (2, "two")):
            row = tables.Pair(id=number, name=name, created_at=datetime(2026, 1, 1, tzinfo=UTC), brand="kafe")
            connection.execute(insert(tables.Pair).values(**row.model_dump()))
    yield opened
    opened.dispose()


@pytest.fixture(scope="session")
def postgres() -> Iterator[Server]:
    with running() as server:
        yield server


@pytest.fixture(scope="session", params=["sqlite", "postgresql"])
def shelves(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    """Two pairs with the same people, on either database: to be asked, and written to in a transaction that ends with a
    rollback."""
    if request.param == "sqlite":
        url = f"sqlite:///{tmp_path_factory.mktemp('shelves') / 'state.db'}"
    else:
        url = request.getfixturevalue("postgres").database()
    opened = open_state(url)
    with opened.begin() as connection:
        for pair in PAIRS:
            furnish(connection, pair)
    yield opened
    opened.dispose()
