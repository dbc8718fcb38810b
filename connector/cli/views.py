"""Queue entries as documents of JSON types: what `--json` prints, and what the screen is made of."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from sqlalchemy import Connection

from connector.config.mapping import load_mapping
from connector.domain.backoff import RETRIED, retryable
from connector.domain.codes import HoldCode
from connector.domain.mapping import Mapper
from connector.domain.plan import FieldChange
from connector.domain.undo import BY_HAND, DELETE_BY_HAND
from connector.domain.values import CHECKANDPLACE, CLOPOS, Json, SideName, Value
from connector.report.masking import mask, mask_name
from connector.report.safe import visible
from connector.report.words import Words, words
from connector.state.desk import STAFF
from connector.state.queue import Queued
from connector.state.records import Stored

if TYPE_CHECKING:
    from connector.config import PairSettings
    from connector.engine.context import Stores

Document = dict[str, Any]
_HELD = {code.value: code for code in HoldCode}


@dataclass(frozen=True)
class Eyes:
    """How a pair's values are shown: titles and texts by its mapping, times in its zone, masked or in the clear."""

    pair: str
    mapper: Mapper
    zone: ZoneInfo
    show_pii: bool
    words: Words

    @staticmethod
    def of(settings: PairSettings, *, show_pii: bool, language: str = "en") -> Eyes:
        """The eyes for a pair's settings. Raises ConfigError for a mapping that cannot be used."""
        mapper = Mapper(load_mapping(settings.mapping_file), settings.rules())
        return Eyes(settings.name, mapper, settings.zone, show_pii, words(language))

    def title(self, field: str) -> str:
        """A field's name for people."""
        spec = self.mapper.mapping.field(field)
        return (spec.title or field) if spec else field

    def value(self, field: str, value: Value | None) -> str | None:
        """A value as text, masked or not; None where there is none, "" for a blank one."""
        if value is None:
            return None
        if value.is_blank:
            return ""
        if value.is_unknown:
            return self.words.say("unknown")
        spec = self.mapper.mapping.field(field)
        longest = 60 if spec is not None and spec.type == "shown" else 300
        shown = visible(spec.kind.show(value) if spec else str(value.data), longest)
        return shown if self.show_pii else mask(shown, spec.type if spec else "text")

    def stored(self, field: str, stored: Json) -> str | None:
        """A value as the state keeps it inside history ({"value": ...}); None where there is none."""
        return self.value(field, Value.from_json(stored["value"])) if stored else None

    def name(self, name: str) -> str:
        """A person's name."""
        return visible(name) if self.show_pii else mask_name(visible(name))

    def time(self, moment: datetime | None) -> str | None:
        """A time in the pair's zone, ISO 8601 to the second."""
        return None if moment is None else moment.astimezone(self.zone).isoformat(timespec="seconds")

    def decisions(self, listed: Iterable[Mapping[str, Json]]) -> list[Document]:
        """The decisions of staff, oldest first."""
        return [{**line, "at": self.time(datetime.fromisoformat(str(line["at"])))} for line in listed]


def age(since: datetime, now: datetime) -> str:
    """How long ago, in the largest whole unit: `3 days`, `5 h`, `12 min`."""
    seconds = max(0, int((now - since).total_seconds()))
    for size, unit in ((86400, "day"), (3600, "h"), (60, "min")):
        if seconds >= size:
            count = seconds // size
            return f"{count} {unit}{'s' if unit == 'day' and count > 1 else ''}"
    return "now"


def entries_of(
    eyes: Eyes, stores: Stores, connection: Connection, entries: Iterable[Queued], now: datetime
) -> Iterator[Document]:
    """Queue entries as documents. Records are looked up a hundred entries at a time."""
    batch: list[Queued] = []
    for entry in entries:
        batch.append(entry)
        if len(batch) == 100:
            yield from _batch(eyes, stores, connection, batch, now)
            batch = []
    yield from _batch(eyes, stores, connection, batch, now)


def _batch(
    eyes: Eyes, stores: Stores, connection: Connection, batch: Sequence[Queued], now: datetime
) -> Iterator[Document]:
    rows = [row for entry in batch for row in (entry.clopos_row, entry.checkandplace_row, *_crowd(entry)) if row]
    loaded = stores.records.load(connection, rows)
    links = {(link.clopos_row, link.checkandplace_row): link.id for link in stores.links.of_records(connection, rows)}
    for entry in batch:
        yield _entry(eyes, entry, loaded, links.get((entry.clopos_row or 0, entry.checkandplace_row or 0)), now)


def _crowd(entry: Queued) -> list[int]:
    """The records of its own side that share a number with the one a hold is about (row ids)."""
    return [int(row) for row in entry.facts.get("rows", ())]


def _entry(eyes: Eyes, entry: Queued, loaded: Mapping[int, Stored], link_id: int | None, now: datetime) -> Document:
    """One entry: who, what both sides show and showed, why, since when, what staff said, and what to type next."""
    changes = [FieldChange.from_json(change) for change in entry.facts.get("fields", ())]
    change = next((change for change in changes if change.field == entry.topic), None)
    records = {CLOPOS: loaded.get(entry.clopos_row or 0), CHECKANDPLACE: loaded.get(entry.checkandplace_row or 0)}
    known = _HELD.get(entry.code)
    why = entry.sentence or (known.sentence if known else eyes.words.reason(entry.kind, entry.code))
    document: Document = {
        "id": entry.id, "pair": eyes.pair, "kind": entry.kind, "state": entry.state, "code": entry.code,
        "field": entry.topic if change else None, "title": eyes.title(entry.topic) if change else None,
        "who": eyes.name(str(entry.facts.get("who", ""))), "side": entry.side, "link": link_id,
        "records": {side.value: record.id if record else None for side, record in records.items()},
        "opened_at": eyes.time(entry.opened_at), "age": age(entry.opened_at, now), "why": why,
        "next": _next(entry, link_id),
        "decided": entry.resolution, "by": entry.facts.get(STAFF, [{}])[-1].get("who"), "note": entry.note,
        "ticked_at": eyes.time(entry.ticked_at), "reopened": 0 if entry.kind == "hold" else entry.attempts,
        "closed_at": eyes.time(entry.closed_at), "closed_why": entry.closed_why,
        "decisions": eyes.decisions(entry.facts.get(STAFF, ())),
    }  # fmt: skip
    if entry.kind == "hold":
        document |= {
            "retryable": retryable(entry.code), "attempts": entry.attempts, "tried_at": eyes.time(entry.tried_at),
            "next_try_at": eyes.time(entry.next_try_at), "answer": _answer(entry) or None,
        }  # fmt: skip
    if change is not None:
        document["values"] = _both(eyes, change.field, change.clopos, change.checkandplace)
        document["bases"] = _both(eyes, change.field, change.base_clopos, change.base_checkandplace)
        document["wanted"] = eyes.value(change.field, change.after)
    elif changes:
        document["sent"] = {each.field: eyes.value(each.field, each.after) for each in changes}
    holders = [visible(str(holder)) for holder in entry.facts.get("holders", ())]
    document["holders"] = holders + [loaded[row].id for row in _crowd(entry) if row in loaded]
    document["question"] = entry.facts.get("question")
    for name in ("status", "changed", "lost"):
        if entry.facts.get(name):
            document[name] = entry.facts[name]
    return document


def _answer(entry: Queued) -> str:
    """What the server said last, in words: status, attribute, its own code."""
    said = entry.answer
    parts = [f"status {said['status']}"] if said.get("status") else []
    parts += [f"about {visible(str(said['field']), 40)}"] if said.get("field") else []
    parts += [f"({visible(str(said['slug']), 40)})"] if said.get("slug") else []
    return " ".join(parts)


def _both(eyes: Eyes, field: str, clopos: Value | None, checkandplace: Value | None) -> Document:
    return {CLOPOS.value: eyes.value(field, clopos), CHECKANDPLACE.value: eyes.value(field, checkandplace)}


def _next(entry: Queued, link_id: int | None) -> list[str]:
    """What staff can do about an entry, the likeliest first; commands as they are typed."""
    number = entry.id
    if entry.kind == "conflict":
        return [f"connector conflicts resolve {number} --take {word}" for word in (*SideName, "different")]
    if entry.topic == "link-disputed":
        return [
            f"connector links accept {link_id}   (the same person)",
            f"connector links reject {link_id}   (different people)",
        ]
    if entry.kind == "task" and entry.topic.startswith("link-"):
        return [f"connector links show {link_id}", f"connector tasks tick {number}   (seen, nothing to do)"]
    if entry.code == BY_HAND:
        where = SideName(entry.side or CHECKANDPLACE).label
        return [
            f"put the older value back in {where}, then: connector tasks tick {number}",
            f"connector tasks keep-different {number}   (it stays as it is)",
        ]
    if entry.code == DELETE_BY_HAND:
        where = SideName(entry.side or CHECKANDPLACE).label
        return [
            f"delete the customer in {where} if it is wrong: the task ends by itself",
            f"connector tasks keep-different {number}   (it stays)",
        ]
    if entry.kind == "task":
        return [
            f"type the value into Clopos, then: connector tasks tick {number}",
            f"connector tasks take-clopos {number}   (Clopos is right)",
            f"connector tasks keep-different {number}   (both stay)",
        ]
    if entry.code == HoldCode.IN_DOUBT.value:
        return [f"connector holds answer {number} --it-is ID", f"connector holds answer {number} --not-there"]
    known = _HELD.get(entry.code)
    steps = [known.next_step if known else entry.next_step]
    if entry.code in RETRIED or entry.code == HoldCode.PATCH_REPLACES.value:  # that one: the next update is a probe
        steps.append(f"connector holds retry {number}")
    return [*steps, f"connector holds ignore {number}"]
