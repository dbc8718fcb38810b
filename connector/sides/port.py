"""The port: what the engine may ask of a side, whatever its generation. Adapters: `clopos/` and `checkandplace/`.

Everything here is about the wire of customers, nothing about the state or the plan. Methods raise the errors of
`connector.domain.errors` by consequence: AuthError stops the run, TornScan says a listing is not complete,
TransientError that a reading failed for now, RefusedByServer that a write was refused, InDoubt that a write may or may
not have happened.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol, runtime_checkable

from connector.domain.values import Json, SideName


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What this side, with these settings, can do."""

    create: bool
    update: bool
    read_by_id: bool
    find_by_phone: bool
    list_changes: bool
    client_key: bool
    """A client-chosen unique key makes a create repeatable (Clopos' cid, CL-05)."""
    anonymous_create: bool = False


UNREADABLE = "\ufdd0"
"""Stands in a row's bytes for what was no JSON there. Unicode keeps this code point for such marks: no text has it."""


@dataclass(frozen=True, slots=True)
class Row:
    """One customer as received: its id as text and the bytes of its JSON object (not yet parsed further), in which
    `UNREADABLE` may stand."""

    id: str
    raw: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class BadRow:
    """A row of a page that cannot be used at all (no id, not an object). `place` says where, without guest data."""

    place: str
    reason: str


@dataclass(frozen=True, slots=True)
class Page:
    """One page of a listing. `server_time` is the answer's own clock (`unix`, else `Date`), aware UTC, or None."""

    number: int
    rows: Sequence[Row]
    bad: Sequence[BadRow] = ()
    total: int | None = None
    server_time: datetime | None = None
    venue: str | None = None
    round: int = 1
    """A listing that moved while it was read is read again from its first page (CL-16): rows of an earlier round are
    good readings, but only those of the last round prove that a record is there."""


@dataclass
class ScanProgress:
    """Shared by the one who lists and the one who stores: after each page the engine says how many *different*
    records it has stored of this scan, which the end rules need (docs/api/clopos.md 3.1). `total` is the last total
    the server gave; `known` the number of records the state held before that are not gone, `new` how many different
    rows of this scan it did not know (None: not counted yet)."""

    distinct: int = 0
    new: int | None = None
    total: int | None = None
    known: int | None = None
    notes: list[str] = field(default_factory=list)

    @property
    def lacking(self) -> bool:
        """Whether fewer of the known records were seen than there were: somebody is gone, or the list was cut."""
        return self.known is not None and self.new is not None and self.distinct - self.new < self.known


@dataclass(frozen=True, slots=True)
class WriteAnswer:
    """A write the server took (2xx and success). `row` is the record in the answer, None where the body is empty or
    partial without an id (CP-21); `status` the HTTP status; `request_id` the number of the request in the log."""

    status: int
    row: Row | None
    request_id: int | None = None


@dataclass(frozen=True, slots=True)
class Answered:
    """A request as it goes into the log: no bodies, no query values. `route` is a template such as `/customers/{id}`.
    `status` None means no answer came; `error` is then a short code (`timeout`, `connect`, `broken`)."""

    side: SideName
    at: datetime
    method: str
    route: str
    status: int | None
    milliseconds: int
    purpose: str
    attempt: int = 1
    error: str | None = None


class Journal(Protocol):
    """Where requests are logged (the engine hands in one that stores them). Returns the request's number."""

    def note(self, answered: Answered) -> int | None: ...


class Clock(Protocol):
    """Time, passed in. `now` is aware UTC; `monotonic` seconds for deadlines."""

    def now(self) -> datetime: ...

    def monotonic(self) -> float: ...

    async def sleep(self, seconds: float) -> None: ...


class Memory(Protocol):
    """What a side learned about its server (page sizes, CL-04, CP-03): kept with the pair by the engine.
    `recall` returns None where nothing is known."""

    def recall(self, name: str) -> Json: ...

    def remember(self, name: str, value: Json) -> None: ...


class ReadSide(Protocol):
    """One system's customers, reading only: what a dry run gets. It has no verb that writes."""

    @property
    def name(self) -> SideName: ...

    @property
    def capabilities(self) -> Capabilities: ...

    def scan(self, progress: ScanProgress) -> AsyncIterator[Page]:
        """The full listing, page by page. Ending normally means *complete* (proved); raises TornScan otherwise.

        Codes of TornScan: `list-moved`, `read-failed-midway`, `too-many-pages`; and `paging-ignored`, which no later
        run mends either: it stops the run (CL-49, CP-51). TransientError: not even the first page came."""
        ...

    def changes(self, since: datetime | None, progress: ScanProgress) -> AsyncIterator[Page]:
        """Clopos only: newest `updated_at` first, until a page's oldest is older than `since` (overlap included).
        Raises TornScan when the order is wrong or the total does not fit: the engine then scans in full."""
        ...

    async def get(self, record_id: str) -> Row | None:
        """One record by id; None where the server says 404. Only with `read_by_id`."""
        ...

    async def find_by_phone(self, text: str) -> Sequence[Row]:
        """Clopos: rows whose numbers match one filter value (not verified: confirm on the normalised value)."""
        ...

    async def newest(self, count: int) -> Sequence[Row]:
        """Clopos: the newest rows by `created_at`, at most `count` (one page), for a create in doubt."""
        ...

    async def check(self) -> None:
        """Prove reachability and credentials with reads only; raises AuthError, ConfigError or TransientError."""
        ...

    async def aclose(self) -> None: ...


class Side(ReadSide, Protocol):
    """One system's customers. A TransientError from a write says that it was *not* done (it never left, or was refused
    unseen by a quota); InDoubt that it may have been."""

    async def create(self, body: Mapping[str, Json]) -> WriteAnswer: ...

    async def update(self, record_id: str, body: Mapping[str, Json]) -> WriteAnswer: ...


class AnonymousCreates(Protocol):
    """A side with the capability `anonymous_create`: a guest without identity (Check&Place (a), section 3.4)."""

    async def create_anonymous(self, nickname: str, note: str | None = None) -> WriteAnswer: ...


@runtime_checkable
class Ends(Protocol):
    """A side that can be asked whether its list ends where a listing says."""

    async def nobody_behind(self, rows: int) -> bool:
        """Whether no row stands behind the first `rows` of the list, as far as the server can tell."""
        ...


@dataclass(frozen=True, slots=True)
class CustomerType:
    """A customer type or group a side offers, for the configuration of `type <-> group`."""

    id: str
    name: str | None


@runtime_checkable
class TypeLists(Protocol):
    """A side that can list its groups (Clopos) or types (Check&Place (a), if configured)."""

    async def list_types(self) -> Sequence[CustomerType]: ...


@dataclass(frozen=True, slots=True)
class Finding:
    """What a read-only probe showed of one open point of the assumption register. `answer` is for people, without guest
    data; `settled` False: this server gave no answer, the assumption stands."""

    id: str
    question: str
    answer: str
    settled: bool = True


@runtime_checkable
class Probed(Protocol):
    """A side that can be asked what its server really does, with a handful of reads (`connector doctor`)."""

    async def probe(self) -> Sequence[Finding]: ...
