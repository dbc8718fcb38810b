"""What waits for staff when a run has ended: noted with the run, since the queues move on.

`connector status` shows them as they are now.
"""

from __future__ import annotations

from sqlalchemy import Connection

from connector.domain.plan import QUEUES, EntryKind
from connector.engine.context import Stores
from connector.state.overview import Overview

WAITING = "waiting."
"""Begin of the names of these counts of a run."""


def waiting_counts(stores: Stores, connection: Connection) -> dict[str, int]:
    """`waiting.KIND` -> how many entries of that queue are open, also 0."""
    sizes = stores.queue.sizes(connection)
    proposals, _oldest = Overview(stores.database).proposals(connection)
    found = {kind: proposals if kind is EntryKind.PROPOSAL else sizes.get(kind.value, (0, None))[0] for kind in QUEUES}
    return {f"{WAITING}{kind.value}": count for kind, count in found.items()}
