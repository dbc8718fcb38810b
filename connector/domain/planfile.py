"""The plan file: one plan as a text that people read and `apply` carries out (docs/PLANS.md). Pure; no files here.

One JSON object in UTF-8, one entry a line, so that it is written and read as a stream:

    {
    "WARNING":"...",
    "about":{...},
    "entries":[
    {...},
    {...}
    ],
    "seal":"<SHA-256 of every line before this one>"
    }

Each line is canonical (sorted keys, no spaces, letters as they are), so equal plans are equal files anywhere: no
locale, hash seed or order of arrival shows in them. The published form is docs/schema/plan-1.json.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, fields, is_dataclass
from enum import Enum

from connector.domain.fieldtypes.registry import FIELD_TYPES
from connector.domain.plan import OPERATIONS, Entry, EntryKind, Summary
from connector.domain.values import CHECKANDPLACE, CLOPOS, Json, SideName, Value, canonical_json

SCHEMA = "connector-plan/1"
WARNING = "This file shows guests' personal data in the clear: keep it as carefully as the guest list itself."
_OPEN, _ENTRIES, _CLOSE_ENTRIES, _CLOSE = b"{\n", b'"entries":[\n', b"],\n", b"}\n"


@dataclass(frozen=True, slots=True)
class About:
    """What a plan stands on. All digests are hex; `made_at` is ISO 8601 in UTC.

    origin     what made it: {"kind": "diff"} or {"kind": "undo", ...}, what its maker needs to make it again
    pair       the pair's name; `store` the digests of the brand and the addresses it is tied to
    database   which state database it was made on
    scans      side -> the reading it rests on: id, kind, state, rows, start
    mapping    digest of the mapping file's content; `settings` digests of the settings that decide plans, by group
    plan       the plan's hash, which approvals name; `counts` (kind, side, reason, number)
    refusals   what the guard said against it (code, side, sentence); empty: nothing
    """

    origin: Mapping[str, Json]
    pair: str
    store: Mapping[str, str]
    database: str
    made_at: str
    run: int
    scans: Mapping[str, Json]
    reader_version: str
    mapping: str
    settings: Mapping[str, str]
    plan: str
    counts: tuple[tuple[str, str, str, int], ...] = ()
    refusals: tuple[Mapping[str, Json], ...] = ()
    schema: str = SCHEMA

    def to_json(self) -> dict[str, Json]:
        return {item.name: _plain(getattr(self, item.name)) for item in fields(self)}

    @staticmethod
    def from_json(data: Mapping[str, Json]) -> About:
        """Raises KeyError, TypeError or ValueError for what is none."""
        values = {item.name: data[item.name] for item in fields(About)}
        counts = tuple((str(k), str(s), str(r), int(n)) for k, s, r, n in values.pop("counts"))
        about = About(**{**values, "counts": counts, "refusals": tuple(values["refusals"])})
        for name, kind in _ABOUT.items():
            _prove_one(getattr(about, name), kind)
        for part in (*about.refusals, *about.scans.values()):
            _prove_one(part, Mapping)
        for scan in about.scans.values():
            _prove_one(scan.get("pages") or 0, int)
        return about

    @property
    def summary(self) -> Summary:
        """The counts as a summary."""
        return Summary.from_json({"counts": self.counts})


_ABOUT: Mapping[str, type] = {
    **dict.fromkeys(("pair", "database", "made_at", "reader_version", "mapping", "plan", "schema"), str),
    **dict.fromkeys(("origin", "store", "scans", "settings"), Mapping), "run": int,
}  # fmt: skip
_ENTRY: Mapping[str, type] = {
    **dict.fromkeys(("clopos_id", "checkandplace_id", "who", "reason", "sentence", "next_step"), str),
    **dict.fromkeys(("topic", "queued_at"), str),
    **dict.fromkeys(("clopos_row", "checkandplace_row", "link_id", "order"), int), "facts": Mapping, "body": Mapping,
}  # fmt: skip
_CHANGE: Mapping[str, type] = dict.fromkeys(("field", "decision", "row", "rule", "report", "setting"), str)


def _prove(read: object, kinds: Mapping[str, type]) -> None:
    """A file that was sealed anew by hand may hold anything: what is there must be of its type (TypeError)."""
    for name, kind in kinds.items():
        if (value := getattr(read, name)) is not None:
            _prove_one(value, kind)


def _prove_one(value: object, kind: type) -> None:
    if not isinstance(value, kind):
        raise TypeError(kind.__name__)


class NotAPlan(Exception):
    """A text that is no plan file. `code`: `unreadable`, `other-schema`, `cut-off` or `changed`; `place` says where,
    without a guest's data."""

    def __init__(self, code: str, place: str) -> None:
        super().__init__(f"{code}: {place}")
        self.code, self.place = code, place


def entry_id(entry: Entry) -> str:
    """What an entry says, as 32 hex digits: two plans that decide the same of the same people under the same values
    have the same ids.

    Of an operation it is the fingerprint that approvals use (target, values before, body); of the others whom they
    are about, what they decide and the values they rest on. What moves by itself (a queue entry's age, evidence that
    counts receipts) stays out of it.
    """
    if entry.kind in OPERATIONS:
        return entry.fingerprint()
    about: dict[str, Json] = {
        "kind": entry.kind.value, "side": entry.side, "clopos": entry.clopos_id, "guest": entry.checkandplace_id,
        "topic": entry.topic, "reason": entry.reason, "state": entry.facts.get("state"),
        "fields": [
            [change.field, change.decision, *(_text(v) for v in (change.clopos, change.checkandplace, change.after))]
            for change in entry.fields
        ],
    }  # fmt: skip
    if entry.kind is EntryKind.CLOSE:  # it names nobody but the entry that it ends
        about["ends"] = [entry.facts.get("queue_id"), entry.facts.get("proposal_id")]
    return hashlib.blake2b(_encoded(about), digest_size=16).hexdigest()


def precondition(entry: Entry) -> dict[str, Json]:
    """Under what an entry is still right: what both sides must show (`shows`, side -> field -> value), and of a create
    where nobody may have these values yet (`nobody_on`, `with`)."""
    if entry.kind is EntryKind.CREATE and entry.side is not None:
        return {
            "nobody_on": entry.side.value,
            "with": {change.field: change.after.to_json() for change in entry.fields if change.after is not None},
        }
    shows: dict[str, dict[str, Json]] = {}
    for side in (CLOPOS, CHECKANDPLACE):
        for change in entry.fields:
            value = change.clopos if side is CLOPOS else change.checkandplace
            if entry.kind is EntryKind.UPDATE and side is entry.side:
                value = change.before
            if value is not None:
                shows.setdefault(side.value, {})[change.field] = value.to_json()
    return {"shows": shows} if shows else {}


def entry_json(entry: Entry) -> dict[str, Json]:
    """One line of the file as plain data."""
    return {**entry.to_json(), "id": entry_id(entry), "precondition": precondition(entry)}


def file_lines(about: About, entries: Iterable[Entry]) -> Iterator[bytes]:
    """The file, line by line (each with its line feed). `entries` in the plan's order."""
    digest = hashlib.sha256()
    for line in _body(about, entries):
        digest.update(line)
        yield line
    yield b'"seal":"' + digest.hexdigest().encode() + b'"\n'
    yield _CLOSE


def _body(about: About, entries: Iterable[Entry]) -> Iterator[bytes]:
    yield _OPEN
    yield b'"WARNING":' + _encoded(WARNING) + b",\n"
    yield b'"about":' + _encoded(about.to_json()) + b",\n"
    yield _ENTRIES
    waiting: bytes | None = None
    for entry in entries:
        if waiting is not None:
            yield waiting + b",\n"
        waiting = _encoded(entry_json(entry))
    if waiting is not None:
        yield waiting + b"\n"
    yield _CLOSE_ENTRIES


@dataclass
class Reader:
    """Reads a file as it comes, line by line: `about` after the third line, an entry for each line of one, its `seal`
    (hex) when all of them were read.

    `feed` returns the entry of a line, or None for the frame around them; `end` proves that the file is whole and
    unchanged. Both raise NotAPlan.
    """

    about: About | None = None
    entries: int = 0
    seal: str = ""
    _digest: hashlib._Hash = field(default_factory=hashlib.sha256)
    _step: str = "open"
    _more: bool = True

    def feed(self, line: bytes) -> Entry | None:
        """The next line of the file, with its line feed."""
        step = self._step
        if step not in ("seal", "close", "over"):
            self._digest.update(line)
        if step == "entries" and line != _CLOSE_ENTRIES:
            return self._entry(line)
        self._step = _STEPS[step](self, line)
        return None

    def end(self) -> None:
        """There are no more lines."""
        if self._step != "over":
            raise NotAPlan("cut-off", f"it ends after {self.entries} entries")

    def _entry(self, line: bytes) -> Entry:
        self.entries += 1
        place = f"entry {self.entries}"
        if not self._more:
            raise NotAPlan("changed", place)
        self._more = line.endswith(b",\n")
        data = _decoded(line.removesuffix(b"\n").removesuffix(b","), place)
        try:
            kept = dict(data)
            told = kept.pop("id"), kept.pop("precondition")
            entry = Entry.from_json(kept)
            _prove(entry, _ENTRY)
            for change in entry.fields:
                _prove(change, _CHANGE)
            as_told = (entry_id(entry), precondition(entry)) == told
        except (KeyError, TypeError, ValueError, AttributeError):
            raise NotAPlan("unreadable", place) from None
        if not as_told:
            raise NotAPlan("changed", place)
        return entry

    @staticmethod
    def alone(line: bytes) -> Entry:
        """The entry of one line of a file. Raises NotAPlan."""
        reader = Reader(_step="entries")
        entry = reader.feed(line)
        if entry is None:
            raise NotAPlan("changed", "a line of its own")
        return entry

    def _opened(self, line: bytes) -> str:
        if line != _OPEN:
            raise NotAPlan("unreadable", "line 1")
        return "warning"

    def _warned(self, line: bytes) -> str:
        if not line.startswith(b'"WARNING":'):
            raise NotAPlan("unreadable", "line 2")
        return "about"

    def _told(self, line: bytes) -> str:
        head = b'"about":'
        if not line.startswith(head) or not line.endswith(b",\n"):
            raise NotAPlan("unreadable", "line 3")
        data = _decoded(line[len(head) : -2], "line 3")
        if data.get("schema") != SCHEMA:
            raise NotAPlan("other-schema", str(data.get("schema"))[:40])
        try:
            self.about = About.from_json(data)
        except (KeyError, TypeError, ValueError):
            raise NotAPlan("unreadable", "line 3") from None
        return "begin"

    def _begun(self, line: bytes) -> str:
        if line != _ENTRIES:
            raise NotAPlan("unreadable", "line 4")
        return "entries"

    def _entries_end(self, _line: bytes) -> str:
        if self._more and self.entries:
            raise NotAPlan("changed", f"after entry {self.entries}")
        return "seal"

    def _sealed(self, line: bytes) -> str:
        if line != b'"seal":"' + self._digest.hexdigest().encode() + b'"\n':
            raise NotAPlan("changed" if line.endswith(b"\n") else "cut-off", "the seal")
        self.seal = self._digest.hexdigest()
        return "close"

    def _closed(self, line: bytes) -> str:
        if line != _CLOSE:
            raise NotAPlan("changed", "the last line")
        return "over"

    def _too_much(self, _line: bytes) -> str:
        raise NotAPlan("changed", "behind the last line")


_STEPS: dict[str, Callable[[Reader, bytes], str]] = {
    "open": Reader._opened, "warning": Reader._warned, "about": Reader._told, "begin": Reader._begun,
    "entries": Reader._entries_end, "seal": Reader._sealed, "close": Reader._closed, "over": Reader._too_much,
}  # fmt: skip


def digest_of(data: object) -> str:
    """16 bytes in hex over settings, a mapping or any value made of dataclasses, mappings and plain data."""
    return hashlib.blake2b(_encoded(_plain(data)), digest_size=16).hexdigest()


def _plain(data: object) -> Json:
    """Plain data of the same content: sets and mappings sorted, field types by name and version."""
    kind = next((kind for kind in FIELD_TYPES.values() if kind is data), None)
    if kind is not None:
        return [kind.name, kind.version]
    if isinstance(data, Value):
        return data.to_json()
    if isinstance(data, Enum):
        return data.value
    if is_dataclass(data) and not isinstance(data, type):
        return {item.name: _plain(getattr(data, item.name)) for item in fields(data)}
    if isinstance(data, Mapping):
        return {str(_plain(key)): _plain(value) for key, value in data.items()}
    if isinstance(data, (set, frozenset)):
        return sorted((_plain(item) for item in data), key=canonical_json)
    if isinstance(data, (list, tuple)):
        return [_plain(item) for item in data]
    return data if isinstance(data, (str, int, float, bool)) or data is None else str(data)


def _text(value: Value | None) -> Json:
    return "" if value is None else canonical_json(value.to_json())


def _encoded(data: Json) -> bytes:
    """Canonical JSON as bytes; half a surrogate pair, which a server may send, stays the JSON escape that it came
    as."""
    return canonical_json(data).encode("utf-8", "backslashreplace")


def _decoded(text: bytes, place: str) -> dict[str, Json]:
    try:
        data = json.loads(text.decode("utf-8"))
    except (ValueError, RecursionError):
        raise NotAPlan("unreadable", place) from None
    if not isinstance(data, dict):
        raise NotAPlan("unreadable", place)
    return data


def sides_of(entry: Entry) -> dict[SideName, str]:
    """The records that an entry is about: side -> id."""
    ids = {CLOPOS: entry.clopos_id, CHECKANDPLACE: entry.checkandplace_id}
    return {side: text for side, text in ids.items() if text is not None}
