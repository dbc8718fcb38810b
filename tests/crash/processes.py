"""The processes of one crash: a stage that is set up once, a cell forked from it for each crash, and in it the
connector's process that dies: forked too, over a database file of its own and real HTTP to the cell's simulators.
"""

from __future__ import annotations

import asyncio
import os
import pickle
import shutil
import sys
import threading
import traceback
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any, BinaryIO

import httpx
from sqlalchemy import event, make_url

from connector.config.load import load_settings
from connector.domain.errors import ConnectorError
from connector.engine.pairs import Workshop, open_run
from connector.engine.run import run
from connector.engine.steps import Step
from connector.engine.undo import undo_story
from connector.sides.budget import Budgets
from connector.sides.clopos.auth import Tokens
from connector.simulator.server import RunningServer
from connector.simulator.wire import Receive, Scope, Send
from connector.simulator.world import World
from tests.crash.kit import LEASE_S, expire_leases
from tests.crash.picture import Picture, difference
from tests.crash.points import KILLED, Moment, Point, Watch, Watched
from tests.crash.resting import Resting, rest
from tests.crash.scenarios.base import Scenario, Stage

PATIENCE_S = 30.0


@dataclass(frozen=True)
class Told:
    """What one cell came to. `seen`: the moments of the run (None where it was killed); `at`: how its process ended;
    `wrong`: what is not as it should be (empty: the crash left no trace); `asked`: how often staff were asked; `kills`:
    processes killed."""

    point: Point | None
    seen: Counter[tuple[Step, Moment]] | None
    exit_code: int
    picture: Picture
    wrong: dict[str, Any] = field(default_factory=dict)
    runs: int = 0
    asked: int = 0
    kills: int = 0
    more: tuple[int, ...] = ()

    @property
    def named(self) -> str:
        """Where it died, and at which moments the next processes did."""
        point = self.point.name if self.point else "without a crash"
        return " then ".join((point, *(f"moment {at}" for at in self.more)))


class Counted:
    """The simulators, with the number of requests that were carried out."""

    def __init__(self, inner: Any) -> None:
        self._inner, self._done, self._more = inner, 0, threading.Condition()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await self._inner(scope, receive, send)
        finally:
            with self._more:
                self._done += 1
                self._more.notify_all()

    def wait_for(self, count: int) -> None:
        """Until that many were carried out: what a dead process has sent still reaches its server."""
        with self._more:
            assert self._more.wait_for(lambda: self._done >= count, PATIENCE_S), f"{self._done} of {count} requests"


def forked(work: Callable[[BinaryIO], int]) -> tuple[int, BinaryIO]:
    """A child that does `work` and ends with the exit code it gives; its id, and what it writes."""
    sys.stdout.flush()
    sys.stderr.flush()
    theirs, ours = os.pipe()
    child = os.fork()
    if child:
        os.close(ours)
        return child, os.fdopen(theirs, "rb")
    os.close(theirs)
    code = 70
    try:
        with os.fdopen(ours, "wb", buffering=0) as out:
            code = work(out)
    except BaseException:  # noqa: BLE001 - whatever it is, a fork must not go on as if it were its parent
        traceback.print_exc()
    finally:
        sys.stderr.flush()
        os._exit(code)


def warm() -> None:
    """Load what each process needs, once: one request over real HTTP."""
    world = World(clopos=0, checkandplace=0, shared=0)

    async def ask(base: str) -> None:
        watch = Watch()
        async with httpx.AsyncClient(transport=Watched(watch, base)) as client:
            await client.get(f"{base}/v1/customers")

    with RunningServer(world) as server:
        asyncio.run(ask(server.base_url))


def ended(child: int) -> int:
    """The exit code of a child; negative: the signal that killed it."""
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def doomed(scenario: Scenario, bench: Stage, point: Point | None, at: int, server: str, told: BinaryIO) -> int:
    """The connector's process: one run as the command does it, watched, killed at the point or at its moment number
    `at`. Writes how many requests it has sent."""
    watch = Watch(point, at, last_words=lambda sent: told.write(sent.to_bytes(4, "big")))
    watch.over(bench.engine, bench.folder / "state.db-wal")
    shop = Workshop(bench.engine, bench.clock, Budgets(bench.clock), Tokens(), Watched(watch, server))

    async def work() -> int:
        async with open_run(shop, bench.settings.pairs["main"], scenario.kind if at == 0 else bench.due) as ctx:
            watch.ctx = ctx
            ctx.confirm = lambda _counts: True
            for name, value in (scenario.options(bench) if at == 0 else {}).items():
                setattr(ctx, name, value)
            story = undo_story(scenario.undoes(bench)) if scenario.undoes is not None and at == 0 else None
            code = int((await run(ctx, story)).exit_code)
            watch.ended = True
            return code

    try:
        code = asyncio.run(work())
    except ConnectorError as error:
        code = int(error.exit_code)
    if watch.dying:
        watch.die()
    watch.last_words(watch.sent)
    told.write(pickle.dumps(watch.seen))
    return code


def play(
    scenario: Scenario, bench: Stage, point: Point | None, folder: Path, wanted: Picture | None,
    more: Sequence[int] = (),
) -> Told:  # fmt: skip
    """One cell: the run, killed at the point or not; then runs until all is quiet, and what there is then. `more`: the
    moments at which the next processes are killed too, each counted from its own beginning."""
    copy(bench, folder)
    code, words = lived(scenario, bench, point, 0)
    kills = int(code in KILLED)
    seen = None if point is not None else pickle.loads(words)
    if point is not None:
        assert code in KILLED, f"{point.name} was not reached: exit code {code}"
        expire_leases(bench.engine)
        bench.clock.pass_time(LEASE_S)
    for at in more:
        bench.engine.dispose()
        kills += lived(scenario, bench, None, at)[0] in KILLED
        expire_leases(bench.engine)
        bench.clock.pass_time(LEASE_S)
    resting: Resting = asyncio.run(rest(scenario, bench, crashed=point is not None))
    bench.engine.dispose()
    wrong = dict(resting.wrong)
    if wanted is not None:
        wrong |= difference(wanted, resting.picture)
    return Told(point, seen, code, resting.picture, wrong, resting.runs, resting.asked, kills, tuple(more))


def lived(scenario: Scenario, bench: Stage, point: Point | None, at: int) -> tuple[int, bytes]:
    """One process of the connector, from its start to its end, against the simulators over real HTTP: its exit code,
    and what it saw. What it had sent when it died still reaches them."""
    counted = Counted(bench.world.asgi)
    go, start = os.pipe()

    def child(out: BinaryIO) -> int:
        return doomed(scenario, bench, point, at, os.read(go, 200).decode(), out)

    number, told = forked(child)
    serve, bench.world.asgi = bench.world.asgi, counted
    with RunningServer(bench.world) as server, told:
        os.write(start, server.base_url.encode())
        words = told.read()
        code = ended(number)
        counted.wait_for(int.from_bytes(words[:4], "big"))
    bench.world.asgi = serve
    os.close(go)
    os.close(start)
    return code, words[4:]


def copy(bench: Stage, folder: Path) -> None:
    """A folder of its own for a cell: the state as the stage left it, and settings that name it. The engine is the
    stage's, with its compiled statements, over the new file (both have no connection open)."""
    folder.mkdir(parents=True)
    for file in bench.folder.iterdir():
        if file.name in ("state.db", "state.db-wal", "state.db.known") or file.suffix == ".toml":
            shutil.copyfile(file, folder / file.name)
    content = bench.config.read_text(encoding="utf-8").replace(str(bench.folder), str(folder))
    bench.folder, bench.config = folder, folder / "connector.toml"
    bench.config.write_text(content, encoding="utf-8")
    bench.settings = load_settings(bench.config, {})
    bench.engine.url = make_url(bench.settings.database_url())  # what stands beside the file is looked for by it
    event.listen(bench.engine, "do_connect", partial(_elsewhere, str(folder / "state.db")))


def _elsewhere(file: str, _dialect: Any, _record: Any, arguments: list[Any], _options: Any) -> None:
    """Connect to this file instead of the stage's."""
    arguments[0] = file


def cell(
    scenario: Scenario, bench: Stage, point: Point | None, folder: Path, wanted: Picture | None,
    more: Sequence[int] = (),
) -> Running:  # fmt: skip
    """Start a cell in a process of its own, so that every crash finds the stage as it was set up."""

    def work(out: BinaryIO) -> int:
        out.write(pickle.dumps(play(scenario, bench, point, folder, wanted, more)))
        return 0

    return Running(*forked(work), point, folder)


@dataclass
class Running:
    """A cell under way."""

    process: int
    pipe: BinaryIO
    point: Point | None
    folder: Path

    def told(self) -> Told:
        """Wait for its end. A cell that broke is told as wrong."""
        words = self.pipe.read()
        self.pipe.close()
        code = ended(self.process)
        shutil.rmtree(self.folder, ignore_errors=True)
        if code != 0 or not words:
            return Told(self.point, None, code, {}, {"the cell": f"broke (exit code {code})"})
        result = pickle.loads(words)
        assert isinstance(result, Told)
        return result
