"""What a run works with: one pair's sides, mapper, stores, clock and policy, handed from step to step.

Nothing here decides anything. `RunContext` is made once per run by `open_run` of `engine/run.py`'s callers.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import structlog

from connector.domain.guard import GuardLimits
from connector.domain.mapping import Mapper
from connector.domain.select import SelectRules
from connector.domain.values import CHECKANDPLACE, CLOPOS, Json, SideName
from connector.engine.steps import Step
from connector.sides.port import Clock, Side
from connector.state.core import Database
from connector.state.former import FormerKeys
from connector.state.intents import HistoryStore, IntentStore
from connector.state.links import LinkStore, ProposalStore
from connector.state.plans import PlanStore
from connector.state.queue import QueueStore
from connector.state.records import RecordStore
from connector.state.runs import PairStore, PairView, RunStore
from connector.state.unseen import UnseenStore

if TYPE_CHECKING:
    from connector.engine.relinking import Mode

log = structlog.get_logger("connector.engine")


@dataclass(frozen=True)
class Policy:
    """What the settings of a pair say about the order of the work. Durations as timedelta; `file` is the
    settings file, `beside` the names of all its pairs."""

    max_reading_age: timedelta = timedelta(minutes=10)
    overlap: timedelta = timedelta(minutes=10)
    approval: timedelta = timedelta(hours=24)
    keep_plans: int = 10
    guard: GuardLimits = field(default_factory=GuardLimits)
    select: SelectRules = field(default_factory=SelectRules)
    fingerprint: Mapping[str, str] = field(default_factory=dict)
    watched: Mapping[str, str] = field(default_factory=dict)
    landmarks: tuple[str, ...] = ()
    store_key: str = ""
    file: str = ""
    beside: tuple[str, ...] = ()


@dataclass(frozen=True)
class Progress:
    """One step of a long job, for people: `step` (`scan`, `plan`, `apply`), the side, how far of how many."""

    step: str
    side: SideName | None = None
    done: int = 0
    total: int | None = None
    note: str = ""


@dataclass
class Stores:
    """The stores of one pair, over one database handle."""

    database: Database
    records: RecordStore
    former: FormerKeys
    links: LinkStore
    proposals: ProposalStore
    queue: QueueStore
    intents: IntentStore
    history: HistoryStore
    plans: PlanStore
    runs: RunStore
    pairs: PairStore
    unseen: UnseenStore

    @staticmethod
    def of(database: Database) -> Stores:
        return Stores(
            database, RecordStore(database), FormerKeys(database.pair_id), LinkStore(database),
            ProposalStore(database), QueueStore(database), IntentStore(database), HistoryStore(database),
            PlanStore(database), RunStore(database), PairStore(), UnseenStore(database),
        )  # fmt: skip


@dataclass
class ReadingOf:
    """What this run has read of a side. `scan_id` None: nothing was listed. `complete`: proved; `full`: whole listing.
    `complete_listings`: complete full listings of this run; `agreed`: two of them showed the same records (wanted
    before a first backfill creates on Check&Place). `made`: records that the connector made since the scan of
    `last_size`. `ended`: asked for the row behind the last one, the server showed nobody; `lacking`:
    known records, not gone, that a complete full listing did not show; `returned`: records in it that an earlier
    complete one had left out."""

    scan_id: int | None = None
    started_at: datetime | None = None
    complete: bool = False
    full: bool = False
    complete_listings: int = 0
    torn: str | None = None
    size: int | None = None
    last_size: int | None = None
    made: int = 0
    linked_missing: int = 0
    ended: bool = False
    lacking: int = 0
    returned: int = 0
    shrunk: bool = False
    agreed: bool = False


@dataclass
class RunContext:
    """One run of one pair. `dry`: nothing may be decided. `direction`: which sides may get creates."""

    pair: PairView
    mapper: Mapper
    sides: Mapping[SideName, Side]
    stores: Stores
    clock: Clock
    policy: Policy
    dry: bool
    kind: str
    run_id: int = 0
    step: Step = Step.OPEN
    directions: frozenset[SideName] = frozenset((CLOPOS, CHECKANDPLACE))
    readings: dict[SideName, ReadingOf] = field(
        default_factory=lambda: {CLOPOS: ReadingOf(), CHECKANDPLACE: ReadingOf()}
    )
    progress: Callable[[Progress], None] = lambda _step: None
    stop: asyncio.Event = field(default_factory=asyncio.Event)
    counts: dict[str, int] = field(default_factory=dict)
    flush_requests: Callable[[], None] = lambda: None
    check_lease: Callable[[], None] = lambda: None
    confirm: Callable[[Mapping[str, int]], bool] = lambda _counts: False
    approve: str | None = None
    changed: tuple[str, ...] = ()
    """Settings that are others than at the last live run (`engine/identity.py`)."""
    expect: Mapping[SideName, int] = field(default_factory=dict)
    """How many customers the operator saw in the back office of a side: another count in the reading is refused."""
    list_checkandplace: bool = True
    relink: Mode | None = None
    """Set while the pair is in relink mode: its state is older than the work (`connector.engine.relinking`)."""
    command: str = ""
    """The command that this run carries out, for the next step of an error ("": the one of its kind)."""

    def count(self, name: str, by: int = 1) -> None:
        """Add to a count of the run's record (`updated.checkandplace`, `refused.clopos`, ...)."""
        self.counts[name] = self.counts.get(name, 0) + by

    @contextmanager
    def at(self, step: Step) -> Iterator[None]:
        """Inside another step; an error is told by the step that it came from."""
        around, self.step = self.step, step
        yield
        self.step = around

    def reading_age(self, side: SideName) -> float | None:
        """Seconds since this run's reading of a side began; None if it read nothing of it."""
        started = self.readings[side].started_at
        return None if started is None else (self.clock.now() - started).total_seconds()

    def who(self, side: SideName, record_id: str | None) -> str:
        """A record's name for logs and errors: the side and its id, never a guest's data."""
        return f"{side.label} {record_id or '(new)'}"


def facts(**values: Json) -> dict[str, Json]:
    """A dict without the Nones."""
    return {name: value for name, value in values.items() if value is not None}
