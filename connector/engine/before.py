"""What stood in a record before the first update of a pair: kept with the intent, so that a crash between the request
and the comparison cannot make an update that replaces other fields (CP-20) look like clears by staff."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from connector.domain.plan import Entry, EntryKind
from connector.domain.values import CHECKANDPLACE, Json, SideName, Value
from connector.engine.context import RunContext
from connector.state.records import Stored


@dataclass(frozen=True)
class Before:
    """A record as it was last read before an update. `wire`: the mapped attributes as the server sent them; `last`: the
    last known value of each field."""

    wire: Mapping[str, Json]
    last: Mapping[str, Value]

    @staticmethod
    def of(record: Stored) -> Before:
        return Before(record.wire, record.last)

    @staticmethod
    def kept(facts: Mapping[str, Json]) -> Before | None:
        """What an intent's facts keep; None for one that was no probe."""
        data = facts.get("before")
        if not isinstance(data, dict):
            return None
        return Before(data["wire"], {name: Value.from_json(value) for name, value in data["last"].items()})

    def to_json(self) -> dict[str, Json]:
        return {"wire": dict(self.wire), "last": {name: value.to_json() for name, value in self.last.items()}}


def is_probe(ctx: RunContext, side: SideName, verb: str) -> bool:
    """Whether no write of this kind was ever proved on this pair."""
    return f"{side.value}.{verb}" not in ctx.pair.probes


def is_probing_update(ctx: RunContext, entry: Entry) -> bool:
    """Whether this is an update that must be compared with what stood there before (a create wipes nothing)."""
    return entry.kind is EntryKind.UPDATE and is_probe(ctx, entry.side or CHECKANDPLACE, entry.kind.value)
