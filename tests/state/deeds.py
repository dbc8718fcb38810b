"""What a deed of the stores changes, as a difference of rows."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from typing import Any, NamedTuple

from sqlalchemy import Engine

from tests.state.asking import Asker
from tests.state.shelf import Rows, day, relative, rows_of

NOW = day(20)
"""Later than every row of the shelves."""
KEYS = {"cursor": "side", "setting": "name"}
NAMELESS = ("record_key", "former_key")
"""Tables whose rows come and go and are never changed."""
Changes = Mapping[str, Mapping[Any, Any]]


class Deed(NamedTuple):
    """`do` as `Store.method` and a word more. `changes`: table -> row number -> the columns that are different
    afterwards, with what they hold then; `new` and `gone` count rows."""

    name: str
    do: Callable[[Asker], object]
    changes: Changes


class Part(str):
    """A text that has this in it."""

    __slots__ = ()

    def __eq__(self, other: object) -> bool:
        return isinstance(other, str) and str(self) in str(other)

    __hash__ = str.__hash__


@cache
def _furnished(engine: Engine) -> dict[int, Rows]:
    with engine.connect() as connection:
        return rows_of(connection)


def done(engine: Engine, deed: Deed) -> tuple[Changes, Changes]:
    """What the deed of one pair (the first on SQLite, the second on PostgreSQL) changed in it, and in the other; taken
    back at once."""
    pair = 1 if engine.dialect.name == "sqlite" else 2
    with engine.connect() as connection:
        before = _furnished(engine)
        deed.do(Asker(engine, connection, pair))
        after = rows_of(connection)
        connection.rollback()
    mine, other = (_difference(before[each], after[each], each) for each in (pair, 3 - pair))
    return mine, other


def _difference(before: Rows, after: Rows, pair: int) -> Changes:
    found: dict[str, dict[Any, Any]] = {}
    for table in before:
        old, new = ({_name(table, row, pair): row for row in state[table]} for state in (before, after))
        changed: dict[Any, Any] = {}
        for name in old.keys() & new.keys():
            moved = {column: value for column, value in new[name].items() if value != old[name][column]}
            if moved:
                changed[name] = relative(moved, pair)
        counts = {"new": len(new.keys() - old.keys()), "gone": len(old.keys() - new.keys())}
        changed.update({word: count for word, count in counts.items() if count})
        if changed:
            found[table] = changed
    return found


def _name(table: str, row: Mapping[str, Any], pair: int) -> Any:
    if table == "pair":
        return "pair"
    if table in NAMELESS:
        return (row["record_id"], row["kind"], row["key"])
    name = row[KEYS.get(table, "id")]
    known = not isinstance(name, int) or name // 1000 == pair  # else a number that the database gave
    return relative(name, pair) if known else ("new", name)
