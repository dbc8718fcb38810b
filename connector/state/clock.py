"""The database's clock, as an expression: what several machines agree on, whatever their own clocks say."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement
from sqlalchemy.ext.compiler import compiles

from connector.state.tables import UtcDateTime


class DatabaseTime(ColumnElement[Any]):
    """The moment the statement runs, plus `seconds` (may be negative); UTC, comparable with every time column.

    Not the transaction's begin: a statement that waited for a lock sees the time at which it goes on.
    """

    inherit_cache = False  # the seconds are part of the text
    type = UtcDateTime()

    def __init__(self, seconds: float = 0.0) -> None:
        self.seconds = float(seconds)


@compiles(DatabaseTime, "sqlite")
def _sqlite(element: DatabaseTime, _compiler: Any, **_: Any) -> str:
    # SQLite knows milliseconds; SQLAlchemy stores microseconds as text: three zeros make the two compare as texts.
    return f"(strftime('%Y-%m-%d %H:%M:%f', 'now', '{element.seconds:+.3f} seconds') || '000')"


@compiles(DatabaseTime, "postgresql")
def _postgresql(element: DatabaseTime, _compiler: Any, **_: Any) -> str:
    return f"(clock_timestamp() + interval '{element.seconds:.3f} seconds')"
