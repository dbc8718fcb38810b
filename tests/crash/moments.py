"""Crashes inside one process, at an exact moment: the state is copied as a dead process would have left it.

A moment is a request (before it is carried out, or after it and before its reply arrives) or the commit of a
transaction. The copy is taken there, then the run is torn down; what it still writes on its way out is lost, because
everything that follows works on the copy.
"""

from __future__ import annotations

import shutil
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, event

from connector.sides.budget import Budgets
from connector.sides.clopos.auth import Tokens
from connector.simulator.wire import Receive, Scope, Send
from connector.state.database import open_state
from tests.crash.kit import LEASE_S, Crash, expire_leases
from tests.engine.harness import Bench


@dataclass
class Moments:
    """Counts the moments of a bench and crashes at the first of `ahead`; the next is counted from there.

    `count`: moments since the last crash; `backfill`: how many of them the backfill had; `crashed_at`: what was about
    to happen then.
    """

    bench: Bench
    ahead: list[int]
    count: int = 0
    backfill: int = 0
    watching: bool = True
    crashed_at: list[str] = field(default_factory=list)
    folder: Path = field(init=False)

    def __post_init__(self) -> None:
        self.folder = self.bench.folder
        self._serve = self.bench.world.asgi
        self.bench.world.asgi = self._request
        self._attach(self.bench.engine)

    def _attach(self, engine: Engine) -> None:
        """A crash of the machine is no matter here, so the disk need not be waited for."""
        engine.dispose()
        event.listen(engine, "connect", lambda connection, _record: connection.execute("PRAGMA synchronous=OFF"))
        event.listen(engine, "commit", lambda _connection: self._moment("a commit"))

    async def _request(self, scope: Scope, receive: Receive, send: Send) -> None:
        self._moment(f"before {scope['method']} {scope['path']}")
        held: list[Any] = []

        async def hold_back(message: Any) -> None:
            held.append(message)

        await self._serve(scope, receive, hold_back)
        self._moment(f"after {scope['method']} {scope['path']}")
        for message in held:
            await send(message)

    def _moment(self, what: str) -> None:
        if not self.watching:
            return
        self.count += 1
        if self.ahead and self.count == self.ahead[0]:
            self.crashed_at.append(what)
            self.watching = False  # what a run still does on its way out is not what a dead process does
            copy = self.bench.folder / f"after-crash-{len(self.crashed_at)}"
            copy.mkdir()
            for name in ("state.db", "state.db-wal"):
                if (self.folder / name).exists():
                    shutil.copyfile(self.folder / name, copy / name)
            self.folder = copy
            raise Crash(what)

    def start_again(self) -> None:
        """A new process over what the dead one left, when its lease is over."""
        bench = self.bench
        bench.engine.dispose()
        bench.engine = open_state(f"sqlite:///{self.folder / 'state.db'}")
        self._attach(bench.engine)
        bench.budgets, bench.tokens = Budgets(bench.clock), Tokens()
        expire_leases(bench.engine)
        bench.clock.pass_time(LEASE_S)
        del self.ahead[0]
        self.count, self.watching = 0, True


__all__ = ["Crash", "Moments"]
