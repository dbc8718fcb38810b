"""Every store of one pair on one connection, for the tables of questions and deeds."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import cached_property
from itertools import chain
from typing import Any, NamedTuple, TypeVar

from sqlalchemy import Connection, Engine

from connector.domain.values import Key, KeyKind
from connector.state.core import Database
from connector.state.desk import DeskStore
from connector.state.duplicates import DuplicateStore
from connector.state.former import FormerKeys
from connector.state.intents import HistoryStore, IntentStore
from connector.state.links import LinkStore, ProposalStore
from connector.state.overview import Overview
from connector.state.people import PeopleStore
from connector.state.plans import PlanStore
from connector.state.queue import QueueStore
from connector.state.records import RecordStore
from connector.state.reporting import ReportStore
from connector.state.runs import PairStore, RunStore
from connector.state.undoing import UndoStore
from connector.state.unseen import UnseenStore
from tests.state.shelf import phone

T = TypeVar("T")


class Asker:
    """The stores of pair 1 or 2. `id(31)` is the row id of this pair's link 31; `c` the connection."""

    def __init__(self, engine: Engine, connection: Connection, pair: int) -> None:
        self.c, self.pair = connection, pair
        database = Database(engine, pair)
        self.links, self.proposals, self.desk = LinkStore(database), ProposalStore(database), DeskStore(database)
        self.records, self.unseen = RecordStore(database), UnseenStore(database)
        self.duplicates, self.people, self.former = DuplicateStore(database), PeopleStore(database), FormerKeys(pair)
        self.queue, self.intents, self.history = QueueStore(database), IntentStore(database), HistoryStore(database)
        self.plans, self.runs, self.pairs = PlanStore(database), RunStore(database), PairStore()
        self.overview, self.report, self.undo = Overview(database), ReportStore(database), UndoStore(database)

    def id(self, number: int) -> int:
        return self.pair * 1000 + number

    def ids(self, *numbers: int) -> list[int]:
        return [self.id(number) for number in numbers]

    @cached_property
    def other(self) -> int:
        """How much a row id grows on its way to the twin."""
        return 1000 if self.pair == 1 else -1000

    def theirs(self, number: int) -> int:
        """The row id of the other pair's twin."""
        return self.id(number) + self.other


class Question(NamedTuple):
    """`ask` as `Store.method` and a word more; `answer` by hand, with the numbers of `furnish`."""

    name: str
    ask: Callable[[Asker], Any]
    answer: Any


def flat(chunks: Iterable[Iterable[T]]) -> list[T]:
    return list(chain.from_iterable(chunks))


def ids(found: Iterable[Any]) -> list[int]:
    """The ids of views or rows, in their order."""
    return [one["id"] if not hasattr(one, "id") else one.id for one in found]


def number(*numbers: int) -> list[Key]:
    return [Key(KeyKind.PHONE, phone(each)) for each in numbers]
