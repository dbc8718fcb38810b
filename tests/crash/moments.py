"""Crashes inside one process, at an exact moment: the state is copied as a dead process would have left it.

A moment is a request (before it is carried out, or after it and before its reply arrives) or the commit of a
transaction. The copy is taken there, then the run is torn down; what it still writes on its way out is lost, because
everything that follows works on the copy.
"""

from __future__ import annotations

import shutil
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, event

from connector.sides.budget import Budgets
from connector.sides.clopos.auth import Tokens
from connector.simulator.wire import Receive, Scope, Send
from connector.state.database import open_state
from tests.crash.kit import expire_leases, history_is_whole, quiet, result
from tests.engine.harness import Bench

LEASE_S = 120.0
"""How long a dead run's lease stands; nobody else writes before it is over."""

SMALL: dict[str, Any] = {"clopos": 10, "checkandplace": 10, "shared": 6}


class Crash(BaseException):
    """The process is gone."""


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


def by_person(bench: Bench) -> list[tuple[str, str]]:
    """(Clopos id, Check&Place id) of links whose people have one record on each side, in the order of the labels."""
    labels = bench.world.labels()
    people = list(labels.values())
    alone = [(labels["clopos", c], c, p) for c, p in bench.links() if people.count(labels["clopos", c]) == 2]
    return [(c, p) for _who, c, p in sorted(alone, key=str)]


def staff_at_work(bench: Bench) -> None:
    """What the two staffs do between two runs: edits on both sides, of one field and of two, and new customers."""
    world = bench.world
    (one, _), (_, two), (three, three_guest), (four, four_guest) = by_person(bench)[:4]
    world.staff_edit("clopos", one, {"name": "Yeni Testov", "phone": "+994557770100"})
    world.staff_edit("checkandplace", two, {"last_name": "Testzade"})
    world.staff_edit("clopos", three, {"phone": "+994557770101"})
    world.staff_edit("checkandplace", three_guest, {"first_name": "Ikinci"})
    world.staff_edit("clopos", four, {"name": "Bir Tarafov"})
    world.staff_edit("checkandplace", four_guest, {"first_name": "Digər"})
    world.staff_create("clopos", {"name": "Kamran Quliyev", "phone": "+994557770102"}, "kamran")
    guest = {"first_name": "Lalə", "last_name": "Quliyeva", "primary_phone_number": "994557770103"}
    world.staff_create("checkandplace", guest, "lale")


Told = dict[str, Counter[Any]]


async def story(folder: Path, *crashes: int) -> tuple[list[Told], Moments]:
    """A backfill, then a sync after the staff were at work; crashes at the given moments, each counted from the last.

    Returns the result after the backfill and after the sync; only the first where every crash was in the backfill.
    """
    bench = Bench(folder, seed=5, **SMALL)
    moments = Moments(bench, list(crashes))

    async def through(kind: str) -> None:
        while True:
            try:
                await bench.run(kind)
                return
            except Crash:
                moments.start_again()

    async def told() -> Told:
        moments.watching = False
        await quiet(bench)
        moments.watching = True
        assert bench.world.doubles_made() == []
        assert bench.wrong_links() == []
        history_is_whole(bench)
        return result(bench)

    while not bench.rows("SELECT id FROM pair WHERE backfill_finished_at IS NOT NULL"):
        await through("backfill")
    moments.backfill = moments.count
    results = [await told()]
    if not crashes or moments.ahead:
        staff_at_work(bench)
        await through("sync")
        results.append(await told())
    bench.engine.dispose()
    return results, moments
