"""The crash matrix: scenario x step of the run x moment; `python -m tests.crash.matrix --help`.

Each cell is a connector process that is killed for real at one named point, then runs until all is quiet, and a
comparison of what there is then with what there is without the crash. Prints the table, and what is wrong.
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import logging
import random
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import structlog

from connector.engine.steps import Step
from tests.crash.points import Moment, Point
from tests.crash.processes import Told, cell, warm
from tests.crash.scenarios import creates, doubts, edits, people, undone
from tests.crash.scenarios.base import ALL, Scenario, Stage

PARTS = (edits, creates, people, doubts, undone)
EMPTY = {"clopos": 0, "checkandplace": 0, "shared": 0}
SHORT = {Moment.BEFORE_SEND: "before", Moment.AFTER_SEND: "after", Moment.REPLY_LOST: "lost",
         Moment.DURING_COMMIT: "commit"}  # fmt: skip


@dataclass
class Played:
    """One scenario, played through: the run without a crash, and one told cell per crash."""

    scenario: Scenario
    whole: Told
    cells: list[Told] = field(default_factory=list)

    @property
    def wrong(self) -> list[Told]:
        return [told for told in (self.whole, *self.cells) if told.wrong]

    @property
    def asked(self) -> int:
        return sum(1 for told in self.cells if told.asked)


def points(seen: Counter[tuple[Step, Moment]], each: int | None, chance: random.Random) -> Iterator[Point]:
    """The points to be killed at: all of them, or at most `each` of every step and moment (the first, then others)."""
    for (step, moment), count in sorted(seen.items()):
        numbers = list(range(1, count + 1))
        if each is not None and count > each:
            numbers = sorted([1, *chance.sample(range(2, count + 1), each - 1)])
        yield from (Point(step, moment, number) for number in numbers)


@dataclass(frozen=True)
class Wanted:
    """How much is asked for: see `main`."""

    each: int | None
    share: float
    chains: int
    jobs: int


def play(scenario: Scenario, folder: Path, asked: Wanted, covered: set[tuple[Step, Moment]]) -> Played:
    """A scenario: set up once, run once without a crash, and once for each point; then chains of three crashes.
    `covered`: steps and moments of earlier scenarios; one that is new is always taken."""
    stage = Stage(folder / "stage", **{**EMPTY, **scenario.settings})
    asyncio.run(scenario.prepare(stage))
    stage.engine.dispose()
    gc.freeze()  # the children share what was set up
    whole = cell(scenario, stage, None, folder / "whole", None).told()
    played = Played(scenario, whole)
    if whole.seen is None or whole.wrong:
        return played
    chance = random.Random(f"crash {scenario.name}")
    everyone = list(points(whole.seen, asked.each, chance))
    wanted: list[tuple[Point, Sequence[int]]] = []
    for point in everyone:
        if chance.random() < asked.share or (asked.share and (point.step, point.moment) not in covered):
            covered.add((point.step, point.moment))
            wanted.append((point, ()))
    most = whole.seen.total()
    wanted += [
        (chance.choice(everyone), [chance.randint(1, most), chance.randint(1, most)]) for _ in range(asked.chains)
    ]
    running = []
    for number, (point, more) in enumerate(wanted):
        running.append(cell(scenario, stage, point, folder / str(number), whole.picture, more))
        if len(running) >= asked.jobs:
            played.cells.append(running.pop(0).told())
    played.cells.extend(each_cell.told() for each_cell in running)
    return played


def table(all_played: Iterable[Played]) -> Iterator[str]:
    """Scenario by step: kills by moment; then the sums."""
    kills: Counter[tuple[Step, Moment]] = Counter()
    yield "| scenario | histories | same end | asked staff, then same | wrong |"
    yield "| --- | ---: | ---: | ---: | ---: |"
    cells = asked = wrong = filled = killed = 0
    for played in all_played:
        bad = len(played.wrong)
        yield (
            f"| {played.scenario.name} | {len(played.cells)} | {len(played.cells) - bad - played.asked} | "
            f"{played.asked} | {bad} |"
        )
        cells, asked, wrong = cells + len(played.cells), asked + played.asked, wrong + bad
        killed += sum(told.kills for told in played.cells)
        filled += len({(told.point.step, told.point.moment) for told in played.cells if told.point})
        kills.update((told.point.step, told.point.moment) for told in played.cells if told.point)
    yield f"| **all** | **{cells}** | **{cells - asked - wrong}** | **{asked}** | **{wrong}** |"
    yield ""
    yield "| step | " + " | ".join(moment.value for moment in Moment) + " |"
    yield "| --- | " + " | ".join("---:" for _ in Moment) + " |"
    for step in Step:
        yield f"| {step.label} | " + " | ".join(str(kills[step, moment] or "-") for moment in Moment) + " |"
    yield ""
    yield f"{killed} processes killed, in {cells} histories of {filled} cells (scenario x step x moment); {wrong} wrong"


def main(words: list[str] | None = None) -> int:
    """0: nothing wrong."""
    parser = argparse.ArgumentParser(prog="python -m tests.crash.matrix", description=__doc__)
    parser.add_argument("--scenario", action="append", help="part of a name; may be given again (default: all)")
    parser.add_argument("--each", type=int, help="at most so many points of each step and moment (default: every one)")
    parser.add_argument("--share", type=float, default=1.0, help="a seeded share of those points")
    parser.add_argument("--chains", type=int, default=3, help="how many runs whose next two are killed too")
    parser.add_argument("--part", action="append", help="a module of scenarios; may be given again (default: all)")
    parser.add_argument("--jobs", type=int, default=1, help="cells at once")
    parser.add_argument("--census", action="store_true", help="no crash: what each run would be killed at")
    parser.add_argument("--progress", action="store_true", help="a line for each scenario as it ends")
    parser.add_argument("--list", action="store_true", help="print the scenarios")
    asked = parser.parse_args(words)
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    chosen = [
        s for s in ALL.values()
        if (not asked.scenario or any(part in s.name for part in asked.scenario))
        and (not asked.part or s.prepare.__module__.rpartition(".")[2] in asked.part)
    ]  # fmt: skip
    covered: set[tuple[Step, Moment]] = set()
    if asked.list:
        _say(*(f"{s.name}: {s.why}" for s in chosen))
        return 0
    played, begun = [], time.monotonic()
    warm()
    if asked.census:
        asked.share, asked.chains = 0.0, 0
    wanted = Wanted(asked.each, asked.share, asked.chains, asked.jobs)
    with tempfile.TemporaryDirectory(prefix="crash-") as folder, suppress(KeyboardInterrupt):
        for number, scenario in enumerate(chosen):
            played.append(play(scenario, Path(folder) / str(number), wanted, covered))
            _say(*_lines(played[-1], begun, census=asked.census, progress=asked.progress))
    _say(*table(played), f"{len(played)} scenarios, {time.monotonic() - begun:.0f} s")
    return 1 if any(each.wrong for each in played) else 0


def _lines(played: Played, begun: float, *, census: bool, progress: bool) -> Iterator[str]:
    """What is said of a scenario as it ends: what was wrong in any case."""
    name, whole = played.scenario.name, played.whole
    if census:
        seen = sorted((whole.seen or Counter()).items())
        moments = ", ".join(f"{step.name.lower()} {SHORT[moment]} {count}" for (step, moment), count in seen)
        yield f"{name}: exit {whole.exit_code}, {whole.runs} runs after it, {moments}"
    elif progress:
        yield f"{name}: {len(played.cells)} histories, {time.monotonic() - begun:.0f} s"
    yield from (f"WRONG {name}: {told.named}: {told.wrong}" for told in played.wrong)


def _say(*lines: str) -> None:
    sys.stdout.write("".join(f"{line}\n" for line in lines))
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
