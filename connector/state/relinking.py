"""Relink mode, as the state keeps it: the database is older than what was done on the servers (a backup was put back,
a file was copied over it, it was lost), so what it remembers of links and bases may be out of date.

A pair enters the mode with `begin` and leaves it with `end`; in between it has no finished backfill. What follows from
the mode for a run is told in `connector.engine.relinking`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection, bindparam, delete, insert, select, update

from connector.domain.values import Json
from connector.state.core import INTENT, LINK, PAIR, PLAN, QUEUE, SETTING, chunks, dump, load

SETTING_NAME = "relink"


class Why(StrEnum):
    """How it showed that the state is older than the work."""

    RESTORED = "restored"
    """A backup was put back by `connector db restore`."""
    OLDER = "older"
    """The file knows fewer runs than were noted beside it: an old copy was put in its place."""
    WORKED_BEFORE = "worked-before"
    """Clopos holds customers with keys that only this connector makes, and the state knows nothing of them."""


@dataclass(frozen=True, slots=True)
class Relinking:
    """The mode of one pair. `since`: when it began (aware UTC); `of`: the moment that the state shows, where that is
    known (a backup's); `proposed`: a backfill judged every link anew and proposed the missing ones."""

    since: datetime
    why: Why
    of: datetime | None = None
    proposed: bool = False

    def to_json(self) -> dict[str, Json]:
        return {
            "since": self.since.isoformat(), "why": self.why.value, "of": self.of.isoformat() if self.of else None,
            "proposed": self.proposed,
        }  # fmt: skip


def relinking(connection: Connection, pair_id: int) -> Relinking | None:
    """The mode of a pair, None in ordinary times."""
    query = select(SETTING.c.value_json).where(SETTING.c.pair_id == pair_id, SETTING.c.name == SETTING_NAME)
    found = load(connection.execute(query).scalar_one_or_none())
    if found is None:
        return None
    of = found.get("of")
    return Relinking(
        datetime.fromisoformat(found["since"]), Why(found["why"]), datetime.fromisoformat(of) if of else None,
        bool(found["proposed"]),
    )  # fmt: skip


def begin(connection: Connection, pair_id: int, mode: Relinking) -> None:
    """The pair enters the mode (again): nothing of what it remembers decides a write any more.

    - It has no finished backfill, and no approval of one or of a refused plan.
    - Every base is aged, and every link is looked at by the next run.
    - Values in flight and updates in doubt are forgotten: whether they arrived is in what the sides show, and what
      came after them is not known. Creates in doubt stay: they are found by the cid, or by what is new in listings.
    - What staff decided and was not carried out is asked again: it may have been carried out, and undone, since.
    """
    connection.execute(
        update(PAIR).where(PAIR.c.id == pair_id)
        .values(backfill_finished_at=None, backfill_approved_at=None, backfill_approval_json="{}")
    )  # fmt: skip
    put(connection, pair_id, mode)
    _age_bases(connection, pair_id)
    open_updates = (INTENT.c.pair_id == pair_id) & INTENT.c.settled_at.is_(None) & (INTENT.c.verb == "update")
    connection.execute(
        update(INTENT).where(open_updates).values(state="dropped", outcome="state_restored", settled_at=mode.since)
    )
    connection.execute(
        update(QUEUE).where(QUEUE.c.pair_id == pair_id, QUEUE.c.state.in_(("open", "ticked", "ignored")))
        .values(resolution=None, resolved_by=None)
    )  # fmt: skip
    connection.execute(
        update(PLAN).where(PLAN.c.pair_id == pair_id, PLAN.c.state.in_(("draft", "refused", "approved")))
        .values(state="outdated")
    )  # fmt: skip


def put(connection: Connection, pair_id: int, mode: Relinking | None) -> None:
    """Note the mode (None: it is over)."""
    here = (SETTING.c.pair_id == pair_id) & (SETTING.c.name == SETTING_NAME)
    connection.execute(delete(SETTING).where(here))
    if mode is not None:
        connection.execute(
            insert(SETTING).values(pair_id=pair_id, name=SETTING_NAME, value_json=dump(mode.to_json()))
        )  # fmt: skip


def end(connection: Connection, pair_id: int) -> None:
    """The mode is over."""
    put(connection, pair_id, None)


def all_pairs(connection: Connection) -> list[int]:
    """The ids of all pairs of this state: what is wrong with a file is wrong for each of them."""
    return list(connection.scalars(select(PAIR.c.id).order_by(PAIR.c.id)))


def _age_bases(connection: Connection, pair_id: int) -> None:
    """Mark every base as aged (`connector.state.links.BaseValue`), and every link as moved since its base."""
    ids = connection.scalars(select(LINK.c.id).where(LINK.c.pair_id == pair_id).order_by(LINK.c.id)).all()
    columns = ("bases_clopos_json", "bases_checkandplace_json")
    for chunk in chunks(ids):
        rows: list[dict[str, Any]] = []
        for row in connection.execute(select(LINK).where(LINK.c.id.in_(chunk))).mappings():
            aged = {
                name: dump({field: {**base, "aged": True} for field, base in load(row[name]).items()})
                for name in columns
            }
            rows.append({"link_id": row["id"], **aged})
        connection.execute(
            update(LINK).where(LINK.c.id == bindparam("link_id")).values(
                {name: bindparam(name) for name in columns}
                | {"sent_json": "{}", "clopos_base": b"", "checkandplace_base": b""}
            ),
            rows,
        )  # fmt: skip
