"""One run over a town, measured in a process of its own: `python -m tests.benchmarks.worker FOLDER ORDER`.

`ORDER` is the JSON of an `Order`; the answer, the JSON of a `Measured`, is the last line printed. The state stays in
FOLDER for the next run. The peak is the process's own (`VmHWM`): `ru_maxrss` would show the parent's where that is
larger.
"""

from __future__ import annotations

import asyncio
import json
import logging
import sys
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path

import structlog

from connector.config.load import load_settings
from connector.domain.errors import UnsafePlan
from connector.domain.values import CHECKANDPLACE, CLOPOS, SideName
from connector.engine.clock import SystemClock
from connector.engine.context import Progress
from connector.engine.pairs import Workshop, open_run
from connector.engine.run import run
from connector.sides.budget import Budgets
from connector.simulator.world import World
from connector.state.database import open_state
from tests.benchmarks.town import Town, TownSide
from tests.engine.harness import BASE, settings_text


@dataclass(frozen=True)
class Order:
    """What to run: `kind` as for a run, over a town of `size` a side."""

    kind: str
    size: int
    edited_every: int = 0
    crowd: int = 0
    state: str = ""


@dataclass
class Measured:
    """Seconds per step (`scan clopos`, `scan checkandplace`, `plan`, `decide`, `apply`), by the wall's clock and the
    processor's; records of the state, the run's counts and those of its plan; the peak of the
    process, and of its start, in MB."""

    seconds: dict[str, float] = field(default_factory=dict)
    cpu: dict[str, float] = field(default_factory=dict)
    read: int = 0
    counts: dict[str, int] = field(default_factory=dict)
    plan: dict[str, int] = field(default_factory=dict)
    peak_mb: float = 0.0
    start_mb: float = 0.0


class Watch:
    """Turns the steps that a run tells into seconds per step."""

    def __init__(self, measured: Measured) -> None:
        self.measured = measured
        self.step, self.since = "open", (time.perf_counter(), time.process_time())

    def begin(self, step: str) -> None:
        now = time.perf_counter(), time.process_time()
        for kept, then, at in zip((self.measured.seconds, self.measured.cpu), self.since, now, strict=True):
            kept[self.step] = round(kept.get(self.step, 0.0) + at - then, 3)
        self.step, self.since = step, now

    def confirmed(self, _counts: Mapping[str, int]) -> bool:
        self.begin("decide")
        return True

    def told(self, progress: Progress) -> None:
        step = f"{progress.step} {progress.side.value}" if progress.step == "scan" and progress.side else progress.step
        if step == "scan clopos" and self.step == "open":
            self.step = step  # the first page was read and stored before it was told
        elif step != self.step:
            self.begin(step)


def peak_mb() -> float:
    """The most memory that this process ever held, in MB."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return int(status.split("VmHWM:")[1].split()[0]) / 1024


async def measure(folder: Path, order: Order) -> Measured:
    """One run over the town; the state and what was created stay in the folder."""
    config, created = folder / "connector.toml", folder / "created.json"
    world = World(clopos=1, checkandplace=1, shared=1)  # for the credentials that the settings must name
    state = order.state or f"sqlite:///{folder / 'state.db'}"
    config.write_text(settings_text(world, state, BASE), encoding="utf-8")
    settings = load_settings(config, {})
    engine, clock = open_state(settings.database_url()), SystemClock()
    town = Town(order.size, order.edited_every, order.crowd)
    if created.exists():
        town.created = json.loads(created.read_text(encoding="utf-8"))
    measured = Measured(start_mb=peak_mb())
    watch = Watch(measured)
    async with open_run(Workshop(engine, clock, Budgets(clock)), settings.pairs["main"], order.kind) as ctx:
        ctx.sides = {side: TownSide(side, town) for side in SideName}
        ctx.confirm = watch.confirmed
        ctx.progress = watch.told
        try:
            result = await run(ctx)
        except UnsafePlan as refused:
            raise SystemExit(f"{refused.manager} {refused.engineer}") from None
        watch.begin("end")
        with ctx.stores.database.read() as connection:
            measured.read = sum(ctx.stores.records.count(connection, side) for side in (CLOPOS, CHECKANDPLACE))
    measured.peak_mb, measured.counts = peak_mb(), result.counts
    assert result.plan is not None
    for (kind, _side, _reason), count in result.plan.summary.counts.items():
        measured.plan[str(kind)] = measured.plan.get(str(kind), 0) + count
    created.write_text(json.dumps(town.created), encoding="utf-8")
    return measured


if __name__ == "__main__":
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    found = asyncio.run(measure(Path(sys.argv[1]), Order(**json.loads(sys.argv[2]))))
    print(json.dumps(asdict(found)))
