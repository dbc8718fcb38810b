"""The database's clock, as an expression: what several machines agree on, whatever their own clocks say."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.visitors import InternalTraversal

from connector.state.tables import UtcDateTime


class DatabaseTime(ColumnElement[Any]):
    """The moment the statement runs, plus `seconds` (may be negative); UTC, comparable with every time column.

    Not the transaction's begin: a statement that waited for a lock sees the time at which it goes on.
    """

    inherit_cache = True
    _traverse_internals = [("seconds", InternalTraversal.dp_plain_obj)]  # noqa: RUF012 - as in SQLAlchemy's own classes
    # The seconds are part of the text, so they are part of what a compiled statement is found by. Every transaction of
    # a run begins with this expression (the lease): compiling it anew was a tenth of a small run.
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
