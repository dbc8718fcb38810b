"""What a run costs, and how the cost grows: `make bench` (20,000 and 100,000 customers a side), `make bench SHORT=1`.

Five runs follow each other on one state, each in a process of its own: a first diff, the same again, the backfill, a
sync in which nothing changed, and one in which staff edited one customer in a hundred on each side. Promise 8 of the
architecture: the cost is linear at most, and the memory does not grow with the number of customers.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from dataclasses import asdict
from pathlib import Path

import pytest

from connector.domain.values import SideName
from tests.benchmarks.town import ALONE, Town
from tests.benchmarks.worker import Measured, Order

ROOT = Path(__file__).parents[2]
FULL = os.environ.get("BENCH", "short") == "full"
SIZES = (20_000, 100_000) if FULL else (300, 1_200)
STORY: tuple[tuple[str, str, int], ...] = (
    ("first diff", "diff", 0),
    ("diff again", "diff", 0),
    ("backfill", "backfill", 0),
    ("sync, nothing changed", "sync", 0),
    ("sync, 1 % edited", "sync", 100),
)
if not FULL:
    STORY = tuple(part for part in STORY if part[0] in ("first diff", "backfill", "sync, 1 % edited"))
GROWTH_MB = 25.0
"""How much more memory the larger town may take: caches that fill up, no list of customers (1 kB each would be 80 MB
between the two full sizes)."""
SLACK = 1.5
"""By how much the processor's time may grow beyond the number of customers: noise, deeper indexes. A square would show
as a factor of five between the full sizes."""


def measure(folder: Path, order: Order) -> Measured:
    """The order in a process of its own."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.benchmarks.worker", str(folder), json.dumps(asdict(order))],
        cwd=ROOT, stdout=subprocess.PIPE, text=True, timeout=3600, check=False,
    )  # fmt: skip
    assert done.returncode == 0, (order, done.stdout)
    return Measured(**json.loads(done.stdout.splitlines()[-1]))


@pytest.fixture(scope="module")
def story(tmp_path_factory: pytest.TempPathFactory) -> dict[int, dict[str, Measured]]:
    """Size -> run -> what it cost; printed as one table."""
    told: dict[int, dict[str, Measured]] = {}
    for size in SIZES:
        folder = tmp_path_factory.mktemp(f"town{size}")
        told[size] = {name: measure(folder, Order(kind, size, every)) for name, kind, every in STORY}
        print(f"\n{size:,} + {size:,} customers ({making(size):.1f} s of each reading is the making of its rows)")
        print(f"{'run':22} {'scans':>14} {'plan':>14} {'decide':>14} {'apply':>14} {'records/s':>10} {'peak':>8}")
        for name, found in told[size].items():
            print(line(name, found, size), flush=True)
    return told


def making(size: int) -> float:
    """Seconds that the town itself takes to make the rows of both sides once."""
    town, since = Town(size), time.perf_counter()
    for side in SideName:
        for n in town.people(side):
            town.row(side, n)
    return time.perf_counter() - since


def scans(times: dict[str, float]) -> float:
    return sum(seconds for step, seconds in times.items() if step.startswith("scan"))


def line(name: str, found: Measured, size: int) -> str:
    """One run: seconds (of which the processor's), records read a second, peak in MB."""
    read = 3 * size if name == "backfill" else 2 * size  # Check&Place is listed twice before a first create
    cells = [f"{scans(found.seconds):6.1f} ({scans(found.cpu):5.1f})"]
    cells += [f"{found.seconds.get(s, 0):6.1f} ({found.cpu.get(s, 0):5.1f})" for s in ("plan", "decide", "apply")]
    return f"{name:22} {' '.join(f'{c:>14}' for c in cells)} {read / scans(found.cpu):10,.0f} {found.peak_mb:5.0f} MB"


def test_the_story_is_the_one_that_is_meant(story: dict[int, dict[str, Measured]]) -> None:
    for size, runs in story.items():
        first = runs["first diff"]
        assert first.plan["link"] == runs["backfill"].counts["linked"] == size - ALONE
        assert runs.get("diff again", first).plan == first.plan
        assert runs["backfill"].counts["created.clopos"] == runs["backfill"].counts["created.checkandplace"] > 0
        if FULL:
            assert set(runs["sync, nothing changed"].plan) <= {"not-sent"}
        edited = runs["sync, 1 % edited"]
        assert edited.counts["updated.checkandplace"] == pytest.approx(size / 100, abs=2)
        assert edited.counts["tasks"] == pytest.approx(size / 100, abs=2)


def test_memory_does_not_grow_with_the_number_of_customers(story: dict[int, dict[str, Measured]]) -> None:
    small, large = SIZES
    grown = {name: round(story[large][name].peak_mb - found.peak_mb, 1) for name, found in story[small].items()}
    print(f"\nmemory, {small:,} to {large:,}: {grown} MB")
    assert max(grown.values()) < GROWTH_MB, grown


def test_cost_grows_linearly_at_most(story: dict[int, dict[str, Measured]]) -> None:
    small, large = SIZES
    growth = {
        name: round(sum(story[large][name].cpu.values()) / sum(found.cpu.values()), 1)
        for name, found in story[small].items()
    }
    print(f"\nprocessor's time, {small:,} to {large:,}: times {growth}")
    assert max(growth.values()) < SLACK * large / small, growth
