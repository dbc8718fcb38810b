"""What the stores share: Core tables, JSON text, chunks, and the one way to write.

`Writer.write()` opens a transaction and fences it: the run's lease epoch is checked (and the lease renewed) by the
first
statement, so a run that lost its lease writes nothing (`Fenced`).
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from itertools import islice
from typing import Any, TypeVar, cast

from sqlalchemy import Connection, Engine, Select, Table
from sqlmodel import SQLModel

from connector.domain.values import Json
from connector.state import tables
from connector.state.database import writing

T = TypeVar("T")
Fence = Callable[[Connection], None]


def core(model: type[SQLModel]) -> Table:
    """The Core table of a SQLModel class, for the hot paths."""
    return cast("Table", model.__table__)  # type: ignore[attr-defined]  # SQLModel does not declare it


PAIR = core(tables.Pair)
RUN = core(tables.Run)
REQUEST = core(tables.Request)
SCAN = core(tables.Scan)
RECORD = core(tables.Record)
RECORD_KEY = core(tables.RecordKey)
FORMER_KEY = core(tables.FormerKey)
LINK = core(tables.Link)
PROPOSAL = core(tables.Proposal)
QUEUE = core(tables.QueueEntry)
INTENT = core(tables.Intent)
HISTORY = core(tables.History)
CURSOR = core(tables.Cursor)
SETTING = core(tables.Setting)
PLAN = core(tables.PlanRow)
PLAN_ENTRY = core(tables.PlanEntryRow)
BUDGET = core(tables.Budget)
BUDGET_USE = core(tables.BudgetUse)


def dump(data: Json) -> str:
    """JSON text for a column: sorted keys, `\\u` escapes, so that any text of a server can be stored."""
    return json.dumps(data, ensure_ascii=True, sort_keys=True, separators=(",", ":"))


def load(text: str | None) -> Json:
    """The inverse of `dump`; None for a NULL column."""
    return None if text is None else json.loads(text)


def chunks(items: Iterable[T], size: int = 500) -> Iterator[list[T]]:
    """Lists of at most `size` items, in order: keeps statements below every parameter limit."""
    iterator = iter(items)
    while chunk := list(islice(iterator, size)):
        yield chunk


def stream(connection: Connection, query: Select[Any]) -> Iterator[Sequence[Any]]:
    """The rows of a query, a few hundred in memory at a time; to be read to their end within the transaction. Writes in
    between do not show up in a sorted query."""
    yield from connection.execute(query.execution_options(stream_results=True, max_row_buffer=500))


class Database:
    """The state of one pair: an engine, the pair's id, and the fence that every write passes."""

    def __init__(self, engine: Engine, pair_id: int, fence: Fence | None = None) -> None:
        self.engine = engine
        self.pair_id = pair_id
        self._fence = fence

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """One fenced transaction: committed at the end, rolled back on any error; raises Fenced."""
        with writing(self.engine).begin() as connection:
            if self._fence is not None:
                self._fence(connection)
            yield connection

    @contextmanager
    def read(self) -> Iterator[Connection]:
        with self.engine.connect() as connection:
            yield connection


def one_of(values: Sequence[str]) -> list[str]:
    """A list for IN (...): at least one element, so that an empty one is still valid SQL."""
    return list(values) or [""]
