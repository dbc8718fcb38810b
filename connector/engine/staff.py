"""Staff's desk: what people decide about links and queue entries, under the pair's lease, so that it never races a run.

Nothing is sent from here. A decision is noted with who, when and why; the next run carries it out, as long as it still
speaks of the values that staff saw (docs/ARCHITECTURE.md, "Queue entries").
"""

from __future__ import annotations

import getpass
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from sqlalchemy import Connection, Engine

from connector.domain.errors import ConnectorError, ExitCode
from connector.domain.values import Json
from connector.engine.context import Stores
from connector.sides.port import Clock
from connector.state.core import Database
from connector.state.desk import DeskStore
from connector.state.lease import Lease, owner_name
from connector.state.runs import PairStore, PairView

LONGEST_NOTE = 2000


class NotPossible(ConnectorError):
    """A decision that this entry or link does not take (unknown, over already, another kind): nothing was changed."""

    exit_code = ExitCode.USAGE


@dataclass(frozen=True)
class Decided:
    """What was decided: the entry's reference (`12`, `p3`), the decision's word, and what follows, in a sentence."""

    ref: str
    what: str
    follows: str


@dataclass(frozen=True)
class Desk:
    """One person at work on one pair. `run_id` 0: no run."""

    stores: Stores
    links: DeskStore
    clock: Clock
    pair: PairView
    who: str
    note: str | None = None
    run_id: int = 0

    @contextmanager
    def deciding(self) -> Iterator[Connection]:
        """One transaction for all decisions of a command: all or none. Raises Fenced."""
        with self.stores.database.write() as connection:
            yield connection

    def decision(self, what: str) -> dict[str, Json]:
        """The note that is kept with what was decided: at (UTC, ISO 8601), who, what, note."""
        noted: dict[str, Json] = {"at": self.clock.now().isoformat(), "who": self.who, "what": what}
        return {**noted, "note": self.note} if self.note else noted


def known_pair(engine: Engine, name: str) -> PairView:
    """The pair as the state knows it. Raises NotPossible before its first run."""
    with engine.connect() as connection:
        pair = PairStore().find(connection, name)
    if pair is None:
        raise NotPossible(
            "pair-never-ran", f'The pair "{name}" never ran, so there is nothing to decide yet.',
            next_step=f"connector diff --pair {name}",
        )  # fmt: skip
    return pair


@contextmanager
def at_desk(
    engine: Engine, pair_name: str, clock: Clock, *, by: str | None = None, note: str | None = None
) -> Iterator[Desk]:
    """A desk with the pair's lease held. `by`: who decides (default: the user of this machine). Raises PairLocked while
    a run is at work on the pair, NotPossible for a pair that never ran."""
    pair = known_pair(engine, pair_name)
    lease = Lease.acquire(engine, pair.id, owner=owner_name())
    try:
        database = Database(engine, pair.id, lease.fence)
        said = note.strip()[:LONGEST_NOTE] if note and note.strip() else None
        yield Desk(Stores.of(database), DeskStore(database), clock, pair, by or user_name(), said)
    finally:
        lease.release()


def user_name() -> str:
    """The user of this machine that runs the command; `unknown` where it has no name (a container)."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return "unknown"
