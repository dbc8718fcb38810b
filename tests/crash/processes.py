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
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO

from connector.config.load import load_settings
from connector.domain.errors import ConnectorError
from connector.engine.pairs import Workshop, open_run
from connector.engine.run import run
from connector.engine.steps import Step
from connector.sides.budget import Budgets
from connector.sides.clopos.auth import Tokens
from connector.simulator.server import RunningServer
from connector.simulator.wire import Receive, Scope, Send
from connector.state.database import open_state
from tests.crash.kit import expire_leases
from tests.crash.picture import Picture, difference
from tests.crash.points import KILLED, Moment, Point, Watch, Watched
from tests.crash.resting import Resting, rest
from tests.crash.scenarios.base import Scenario, Stage

LEASE_S = 120.0
"""How long a dead run's lease stands; nobody else writes before it is over."""

PATIENCE_S = 30.0


@dataclass(frozen=True)
class Told:
    """What one cell came to. `seen`: the moments of the run (None where it was killed); `at`: how its process ended;
    `wrong`: what is not as it should be (empty: the crash left no trace); `asked`: how often staff were asked."""

    point: Point | None
    seen: Counter[tuple[Step, Moment]] | None
    exit_code: int
    picture: Picture
    wrong: dict[str, Any] = field(default_factory=dict)
    runs: int = 0
    asked: int = 0


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


def ended(child: int) -> int:
    """The exit code of a child; negative: the signal that killed it."""
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def doomed(scenario: Scenario, bench: Stage, point: Point | None, server: str, told: BinaryIO) -> int:
    """The connector's process: one run as the command does it, watched. Writes how many requests it has sent."""
    watch = Watch(point, last_words=lambda sent: told.write(sent.to_bytes(4, "big")))
    engine = open_state(bench.settings.database_url())
    engine.dispose()
    watch.over(engine, bench.folder / "state.db-wal")
    shop = Workshop(engine, bench.clock, Budgets(bench.clock), Tokens(), Watched(watch, server))

    async def work() -> int:
        async with open_run(shop, bench.settings.pairs["main"], scenario.kind) as ctx:
            watch.ctx = ctx
            ctx.confirm = lambda _counts: True
            for name, value in scenario.options(bench).items():
                setattr(ctx, name, value)
            code = int((await run(ctx)).exit_code)
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


def play(scenario: Scenario, bench: Stage, point: Point | None, folder: Path, wanted: Picture | None) -> Told:
    """One cell: the run, killed at the point or not; then runs until all is quiet, and what there is then."""
    copy(bench, folder)
    counted = Counted(bench.world.asgi)
    go, start = os.pipe()

    def child(out: BinaryIO) -> int:
        return doomed(scenario, bench, point, os.read(go, 200).decode(), out)

    number, told = forked(child)
    bench.world.asgi = counted
    with RunningServer(bench.world) as server:
        os.write(start, server.base_url.encode())
        words = told.read()
        code = ended(number)
        if point is not None:
            assert code in KILLED, f"{point.name} was not reached: exit code {code}"
        counted.wait_for(int.from_bytes(words[:4], "big"))
    seen = None if point is not None else pickle.loads(words[4:])
    bench.engine = open_state(bench.settings.database_url())
    bench.make_fast()
    if point is not None:
        expire_leases(bench.engine)
        bench.clock.pass_time(LEASE_S)
    resting: Resting = asyncio.run(rest(scenario, bench))
    bench.engine.dispose()
    wrong = dict(resting.wrong)
    if wanted is not None:
        wrong |= difference(wanted, resting.picture)
    return Told(point, seen, code, resting.picture, wrong, resting.runs, resting.asked)


def copy(bench: Stage, folder: Path) -> None:
    """A folder of its own for a cell: the state as the stage left it, and settings that name it."""
    folder.mkdir(parents=True)
    for file in bench.folder.iterdir():
        if file.name in ("state.db", "state.db-wal") or file.suffix == ".toml":
            shutil.copyfile(file, folder / file.name)
    content = bench.config.read_text(encoding="utf-8").replace(str(bench.folder), str(folder))
    bench.folder, bench.config = folder, folder / "connector.toml"
    bench.config.write_text(content, encoding="utf-8")
    bench.settings = load_settings(bench.config, {})


def cell(scenario: Scenario, bench: Stage, point: Point | None, folder: Path, wanted: Picture | None) -> Running:
    """Start a cell in a process of its own, so that every crash finds the stage as it was set up."""

    def work(out: BinaryIO) -> int:
        out.write(pickle.dumps(play(scenario, bench, point, folder, wanted)))
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
