"""The plan: the entries of one run, in order (docs/ARCHITECTURE.md, "Plan").

Its value is the summary, the hash and a reader.

An `Entry` says one thing that would be done or is said about one person: it is what apply executes, what the printers
print and what an approval covers. Values are in the clear: printers mask them unless told otherwise.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, fields
from enum import StrEnum
from typing import Any

from connector.domain.values import CHECKANDPLACE, CLOPOS, Json, SideName, Value, canonical_json


class EntryKind(StrEnum):
    """What an entry is. Operations are UPDATE and CREATE; the queues are PROPOSAL, TASK, CONFLICT and HOLD."""

    LINK_STATE = "link-state"
    """A link becomes broken, healed, disputed or superseded; `reason` says which and why."""
    LINK = "link"
    PROPOSAL = "proposal"
    SETTLE = "settle"
    CLOSE = "close"
    """An open queue entry ends by itself: closed (values equal) or moot (no longer so)."""
    UPDATE = "update"
    CREATE = "create"
    TASK = "task"
    CONFLICT = "conflict"
    HOLD = "hold"
    NOT_SENT = "not-sent"
    SKIP = "skip"


OPERATIONS = (EntryKind.UPDATE, EntryKind.CREATE)
QUEUES = (EntryKind.PROPOSAL, EntryKind.TASK, EntryKind.CONFLICT, EntryKind.HOLD)

_RANK = {
    EntryKind.LINK_STATE: 0,
    EntryKind.LINK: 1,
    EntryKind.PROPOSAL: 2,
    EntryKind.SETTLE: 3,
    EntryKind.CLOSE: 4,
    EntryKind.TASK: 5,
    EntryKind.CONFLICT: 6,
    EntryKind.HOLD: 7,
    EntryKind.NOT_SENT: 8,
    EntryKind.SKIP: 9,
    EntryKind.UPDATE: 21,
    EntryKind.CREATE: 22,
}
IGNORED = "ignored"
"""The fact of an entry of the queues that staff put aside and whose cause is still the same; in a summary's counts the
kind under which such entries are counted, with their own kind as the reason."""
RANK_GIVES_KEY_UP = 20
RANK_FIRST_OPERATION = 20


@dataclass(frozen=True, slots=True)
class FieldChange:
    """One field of an entry.

    `before` and `after` are values on the target side (operations, tasks); `clopos`/`checkandplace` what both sides
    show now, `base_*` what they showed when last settled (None: never settled). `decision` and `row` come from the
    merge,
    `rule` from the mapping. `report` is the merge's word for the report (`listed_once`, `clear_not_sent`, ...).
    """

    field: str
    decision: str = ""
    row: str = ""
    rule: str = ""
    report: str | None = None
    before: Value | None = None
    after: Value | None = None
    clopos: Value | None = None
    checkandplace: Value | None = None
    base_clopos: Value | None = None
    base_checkandplace: Value | None = None
    setting: str | None = None

    def to_json(self) -> dict[str, Json]:
        """Plain data; a missing value is left out (blank is null)."""
        out: dict[str, Json] = {}
        for item in fields(self):
            value = getattr(self, item.name)
            if isinstance(value, Value):
                out[item.name] = value.to_json()
            elif value not in (None, ""):
                out[item.name] = value
        return out

    @staticmethod
    def from_json(data: Mapping[str, Json]) -> FieldChange:
        plain: dict[str, Any] = {}
        for name, value in data.items():
            plain[name] = Value.from_json(value) if name in _VALUES else value
        return FieldChange(**plain)


_VALUES = {"before", "after", "clopos", "checkandplace", "base_clopos", "base_checkandplace"}


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of a plan.

    kind, side      what, and on which side (operations, tasks, holds, skips); None where both are meant
    clopos_id,      the records' remote ids as text, None where there is none (a create's target)
    checkandplace_id
    clopos_row,     their row ids in the state; link_id the link's (None: not made yet)
    checkandplace_row
    who             the person's name for people, in the clear
    fields          field by field
    reason          code: why (`phone_and_name`, `no_phone`, `phone-held`, `target-unreadable`, ...)
    sentence        the same in words, where words help
    body            the request body of an operation (allow-listed attributes)
    gives_key_up    an update that frees a unique key for another operation; `order` is its place among those
    queued_at       ISO time: already in the queues since then (None: new)
    facts           evidence of a link, holders of a held number, what ends an entry
    """

    kind: EntryKind
    side: SideName | None = None
    clopos_id: str | None = None
    checkandplace_id: str | None = None
    clopos_row: int | None = None
    checkandplace_row: int | None = None
    link_id: int | None = None
    who: str = ""
    fields: tuple[FieldChange, ...] = ()
    reason: str = ""
    sentence: str = ""
    next_step: str = ""
    topic: str = ""
    body: Mapping[str, Json] | None = None
    gives_key_up: bool = False
    order: int = 0
    queued_at: str | None = None
    facts: Mapping[str, Json] = field(default_factory=dict)

    @property
    def rank(self) -> int:
        return RANK_GIVES_KEY_UP if self.gives_key_up else _RANK[self.kind]

    @property
    def target_id(self) -> str | None:
        """The remote id of the record an operation writes to (None for a create)."""
        if self.kind is EntryKind.CREATE:
            return None
        return self.clopos_id if self.side is CLOPOS else self.checkandplace_id

    @property
    def source_id(self) -> str | None:
        """The remote id of the record an operation's values come from."""
        return self.checkandplace_id if self.side is CLOPOS else self.clopos_id

    @property
    def sort_key(self) -> str:
        """Order inside a rank: by id, numbers by size; those that free a key in the order that their chain asks for."""
        if self.gives_key_up:
            return f"{self.order:010d}"
        text = self.target_id or self.source_id or self.clopos_id or self.checkandplace_id or ""
        return text.rjust(20, "0") if text.isdigit() else text

    @property
    def subject(self) -> str:
        """The queue's name of whom this is about: `c12:p7`, `c12` or `p7` (row ids)."""
        parts = [f"c{self.clopos_row}"] if self.clopos_row is not None else []
        if self.checkandplace_row is not None:
            parts.append(f"p{self.checkandplace_row}")
        return ":".join(parts)

    def fingerprint(self) -> str:
        """What an approval covers: the operation and what it rests on, nothing that moves by itself."""
        plain = {
            "kind": self.kind, "side": self.side, "clopos": self.clopos_id, "checkandplace": self.checkandplace_id,
            "body": dict(self.body or {}),
            "before": {change.field: change.before.to_json() for change in self.fields if change.before is not None},
        }  # fmt: skip
        return hashlib.blake2b(canonical_json(plain).encode(errors="surrogatepass"), digest_size=16).hexdigest()

    def to_json(self) -> dict[str, Json]:
        out: dict[str, Json] = {"kind": self.kind.value}
        for item in fields(self):
            value = getattr(self, item.name)
            if item.name == "kind" or value in (None, "", False, (), {}):
                continue
            if item.name == "fields":
                out["fields"] = [change.to_json() for change in self.fields]
            elif item.name in ("body", "facts"):
                out[item.name] = dict(value)
            else:
                out[item.name] = value.value if isinstance(value, SideName) else value
        return out

    @staticmethod
    def from_json(data: Mapping[str, Json]) -> Entry:
        plain = dict(data)
        plain["kind"] = EntryKind(plain["kind"])
        if "side" in plain:
            plain["side"] = SideName(plain["side"])
        plain["fields"] = tuple(FieldChange.from_json(change) for change in plain.get("fields", ()))
        return Entry(**plain)


@dataclass
class Summary:
    """Counts of a plan. Keys: (kind, side or "", reason). `records` and `links` are what the plan rests on."""

    counts: Counter[tuple[str, str, str]] = field(default_factory=Counter)
    new: Counter[str] = field(default_factory=Counter)
    """Queue entries that are not in the queues yet, by kind."""

    def add(self, entry: Entry) -> None:
        if entry.kind in QUEUES and entry.facts.get(IGNORED):
            self.counts[IGNORED, entry.side.value if entry.side else "", entry.kind.value] += 1
            return
        self.counts[entry.kind.value, entry.side.value if entry.side else "", entry.reason] += 1
        if entry.kind in QUEUES and entry.queued_at is None:
            self.new[entry.kind.value] += 1

    def counting(self, entries: Iterable[Entry]) -> Iterator[Entry]:
        """The same entries, counted as they pass."""
        for entry in entries:
            self.add(entry)
            yield entry

    def of(self, kind: EntryKind, side: SideName | None = None, reason: str | None = None) -> int:
        """How many entries of this kind (and side, and reason)."""
        return sum(
            count
            for (a_kind, a_side, a_reason), count in self.counts.items()
            if a_kind == kind.value
            and (side is None or a_side == side.value)
            and (reason is None or a_reason == reason)
        )

    @property
    def ignored(self) -> int:
        """How many entries of the queues staff put aside."""
        return sum(count for (kind, _side, _reason), count in self.counts.items() if kind == IGNORED)

    @property
    def operations(self) -> int:
        return sum(self.of(kind) for kind in OPERATIONS)

    @property
    def differs(self) -> bool:
        """Whether `diff` exits 2: operations, or queue entries that are not in the queues yet."""
        return self.operations > 0 or any(self.new.values())

    def to_json(self) -> dict[str, Json]:
        return {
            "counts": [[*key, count] for key, count in sorted(self.counts.items())],
            "new": dict(sorted(self.new.items())),
        }

    @staticmethod
    def from_json(data: Mapping[str, Json]) -> Summary:
        summary = Summary()
        for kind, side, reason, count in data.get("counts", ()):
            summary.counts[kind, side, reason] = count
        summary.new.update(data.get("new", {}))
        return summary


def plan_hash(entries: Iterable[Entry]) -> str:
    """The hash of a plan: over its operations and links in order, so that equal plans have equal hashes anywhere.

    Row ids and queue ages are the database's own and stay out of it.
    """
    digest = hashlib.blake2b(digest_size=16)
    for entry in entries:
        if entry.kind in (*OPERATIONS, EntryKind.LINK):
            digest.update(entry.fingerprint().encode())
    return digest.hexdigest()


SIDES = (CLOPOS, CHECKANDPLACE)
