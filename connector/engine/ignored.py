"""What staff put aside stays silent while its cause is the same: not asked again, and not counted as a question."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from sqlalchemy import Connection

from connector.domain.plan import IGNORED, QUEUES, Entry
from connector.domain.values import Json
from connector.engine.context import RunContext
from connector.state.queue import Queued


def same_cause(old: Mapping[str, Json], new: Mapping[str, Json]) -> bool:
    """Whether an entry speaks of what staff saw: the values of both sides (of a create: of the source), and who holds
    the number. Then what they said of it stands."""
    names = ("values", "holders", "rows") if "values" in new else ("source_digest", "holders", "rows")
    return all(old.get(name) == new.get(name) for name in names)


def mark_ignored(
    ctx: RunContext, connection: Connection, plan_id: int, queue: Mapping[tuple[str, str], Queued]
) -> None:  # fmt: skip
    """Marks the plan's queue entries that staff put aside. `queue`: the live entries, by subject and topic."""
    silent = {key: old for key, old in queue.items() if old.state == "ignored"}
    if not silent:
        return
    plans = ctx.stores.plans
    plans.rewrite(connection, list(_marked(plans.entries(connection, plan_id, QUEUES), silent)))


def _marked(
    entries: Iterator[tuple[int, Entry]], silent: Mapping[tuple[str, str], Queued]
) -> Iterator[tuple[int, Entry]]:  # fmt: skip
    for row, entry in entries:
        old = silent.get((entry.subject, entry.topic))
        if old is not None and old.kind == entry.kind.value and same_cause(old.facts, entry.facts):
            yield row, replace(entry, facts={**entry.facts, IGNORED: True})
