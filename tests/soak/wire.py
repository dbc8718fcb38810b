"""The wire of a history: time that passes by requests alone, staff at work in the middle of a run, and crashes.

A crash is taken inside one process: the state is copied as a dead process would have left it, and
everything that follows works on the copy.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from connector.sides.budget import Budgets
from connector.sides.clopos.auth import Tokens
from connector.simulator.wire import Receive, Scope, Send
from tests.crash.kit import LEASE_S, Crash, expire_leases
from tests.engine.harness import Bench
from tests.soak.ground import Ground

TICK_S = 0.25
"""How long a request takes."""


@dataclass
class Wire:
    """Wraps a bench's simulators. `fuse`: the run crashes at this many moments from now (a request before or after it
    is carried out, or a commit); `meanwhile`: what staff do when so many requests are still to come.

    `open` is true while a request is being carried out: what changes in a store then was not done by staff.
    """

    bench: Bench
    ground: Ground
    fuse: int | None = None
    meanwhile: list[tuple[int, Callable[[], None]]] = field(default_factory=list)
    open: bool = False
    crashed_at: str | None = None
    _dead: bool = False

    def __post_init__(self) -> None:
        self._serve = self.bench.world.asgi
        self.bench.world.asgi = self._request
        self.ground.on_commit = lambda: self._moment("a commit")

    async def _request(self, scope: Scope, receive: Receive, send: Send) -> None:
        self._staff()
        self._moment(f"before {scope['method']} {scope['path']}")
        held: list[Any] = []

        async def hold_back(message: Any) -> None:
            held.append(message)

        self.bench.clock.pass_time(TICK_S)
        self.open = True
        try:
            await self._serve(scope, receive, hold_back)
        finally:
            self.open = False
        self._moment(f"after {scope['method']} {scope['path']}")
        for message in held:
            await send(message)

    def _staff(self) -> None:
        due = [act for left, act in self.meanwhile if left <= 0]
        self.meanwhile = [(left - 1, act) for left, act in self.meanwhile if left > 0]
        for act in due:
            act()

    def _moment(self, what: str) -> None:
        if self.fuse is None or self._dead:
            return
        self.fuse -= 1
        if self.fuse > 0:
            return
        self.crashed_at, self._dead = what, True  # what a run still does on its way out is not what a dead process does
        self.ground.keep()
        raise Crash(what)

    def start_again(self) -> None:
        """A new process over what the dead one left, when its lease is over."""
        self.ground.take_back()
        self.fuse, self._dead = None, False
        expire_leases(self.bench.engine)
        self.restart()
        self.bench.clock.pass_time(LEASE_S)

    def restart(self) -> None:
        """A new process: what the last one had learned of quotas and logins is gone."""
        self.bench.budgets, self.bench.tokens = Budgets(self.bench.clock), Tokens()
