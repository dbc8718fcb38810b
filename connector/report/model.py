"""What a report is made of: a header, the plan's summary, and its entries on demand. The printers see nothing else."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from connector.domain.guard import BACKFILL_APPROVAL, Code
from connector.domain.plan import Entry, EntryKind, Summary
from connector.domain.values import SideName, Value

EntrySource = Callable[[Collection[EntryKind]], Iterable[Entry]]
"""The plan's entries of these kinds, in order. Asked once per section, so that no report holds a whole plan."""


def from_list(entries: Sequence[Entry]) -> EntrySource:
    """An EntrySource over entries in memory."""
    return lambda kinds: (entry for entry in entries if entry.kind in kinds)


@dataclass(frozen=True, slots=True)
class FieldView:
    """How a field is shown: its title, its type (decides the mask), and its values as text, in the clear."""

    title: str
    type: str
    show: Callable[[Value], str]


@dataclass(frozen=True, slots=True)
class Reading:
    """What was read of one side. `records`: customers there (None: not known any more); `state`: complete, torn,
    running, or "" for not read; `kind`: full, quick or by-id; `reason`: why it is torn; `requests`: all HTTP
    requests to the side, writes included."""

    side: SideName
    records: int | None = 0
    state: str = ""
    kind: str = ""
    reason: str = ""
    pages: int = 0
    requests: int = 0


@dataclass(frozen=True, slots=True)
class Objection:
    """One reason of the guard not to write."""

    code: str
    side: SideName | None
    sentence: str


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of an operation. `state`: done, refused, in-doubt, accepted, held, dropped, open (begun), not-run;
    `sentence`: for people, no guest's data; `new_id`: the id of a created record."""

    state: str
    sentence: str = ""
    new_id: str | None = None


@dataclass(frozen=True, slots=True)
class Header:
    """Who, what, when. `kind`: diff, backfill, sync, quick; `at` aware, shown in `zone` (IANA name);
    `links`: active links, those that this plan makes not counted (None: not known any more); `state`: the run's
    (done, partly, refused, failed, stopped, killed, running), "" while there is none; `error`: the sentence of what
    ended it early; `objections`: why the guard refused; `next_step`: a command to type; `notes`: sentences that the
    reader has to know besides."""

    pair: str
    kind: str
    at: datetime
    zone: str = "UTC"
    dry: bool = True
    readings: tuple[Reading, ...] = ()
    links: int | None = 0
    objections: tuple[Objection, ...] = ()
    seconds: float | None = None
    state: str = ""
    error: str = ""
    plan_hash: str = ""
    run_id: int | None = None
    next_step: str = ""
    notes: tuple[str, ...] = ()
    waiting: Mapping[str, int] | None = None
    """What waited for staff when the run had ended, all in all: kind of the queue -> how many. None: not known."""

    @property
    def stops(self) -> tuple[Objection, ...]:
        """The objections that count: of a live run those that stopped it; of a preview all but what the operator's yes
        to a first backfill settles (that it is missing, and its size)."""
        if not self.dry:
            return self.objections if self.state == "refused" else ()
        first = any(one.code == Code.NO_BACKFILL for one in self.objections)
        return tuple(one for one in self.objections if not (first and one.code in BACKFILL_APPROVAL))

    def records(self, side: SideName) -> int:
        """How many customers the side has."""
        return sum(reading.records or 0 for reading in self.readings if reading.side is side)


def no_outcome(_entry: Entry) -> Outcome | None:
    """The outcomes of a plan that was not run."""
    return None


@dataclass(frozen=True, slots=True)
class Report:
    """One plan, or one run, to be printed. `show_pii`: values in the clear; otherwise every guest is masked.

    `limit`: the most entries that a section prints (None: all); the counts are always whole. `typed`: a next step as it
    has to be typed where the report is read.
    """

    header: Header
    summary: Summary
    entries: EntrySource
    fields: Mapping[str, FieldView]
    outcome: Callable[[Entry], Outcome | None] = no_outcome
    outcomes: Mapping[str, int] = field(default_factory=dict)
    sent: Mapping[tuple[str, str], int] | None = None
    """Operations that went through: (kind, side) -> how many. None: nothing was to be sent."""
    show_pii: bool = False
    language: str = "en"
    limit: int | None = 20
    typed: Callable[[str], str] = str
