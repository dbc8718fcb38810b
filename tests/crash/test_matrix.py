"""A representative part of the crash matrix; `make crash-matrix` plays all of it (docs/CRASHES.md)."""

from __future__ import annotations

import os
import random
import re
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from connector.engine.steps import Step
from tests.crash.matrix import PARTS, points
from tests.crash.points import Moment, Point
from tests.crash.scenarios.base import ALL

GROUPS = (("edits", "people"), ("creates", "doubts", "undone"))
SHARE = "0.03"
"""Of one point of every step and moment of a scenario; a step and moment that a group has not seen yet is always
taken."""

LEAST = 30


@pytest.mark.parametrize("group", GROUPS, ids="-".join)
def test_a_process_killed_at_any_step_changes_nothing_in_the_end(group: tuple[str, ...], tmp_path: Path) -> None:
    """In a process of its own: forks of a test runner with threads would inherit their locks."""
    words = [word for part in group for word in ("--part", part)]
    words += ["--each", "1", "--share", SHARE, "--chains", "0"]
    done = subprocess.run(
        [sys.executable, "-m", "tests.crash.matrix", *words], capture_output=True, text=True, timeout=1800,
        cwd=Path(__file__).parents[2], env={**_plain(), "TMPDIR": str(tmp_path)},
    )  # fmt: skip
    assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"
    print(done.stdout)
    told = re.search(r"(\d+) processes killed, .* (\d+) wrong", done.stdout)
    assert told is not None, done.stdout
    assert int(told[1]) >= LEAST
    assert int(told[2]) == 0


def test_runs_that_are_killed_three_times_in_a_row(tmp_path: Path) -> None:
    """A crash during the recovery from a crash."""
    chosen = [word for name in ("backfill creates", "replaces other", "never arrived") for word in ("--scenario", name)]
    done = subprocess.run(
        [sys.executable, "-m", "tests.crash.matrix", *chosen, "--share", "0", "--chains", "4"], capture_output=True,
        text=True, timeout=1800, cwd=Path(__file__).parents[2], env={**_plain(), "TMPDIR": str(tmp_path)},
    )  # fmt: skip
    assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"
    assert int(re.findall(r"(\d+) processes killed", done.stdout)[0]) > 4 * 4 * 1.5, done.stdout


def test_there_are_scenarios_for_every_part_of_the_work() -> None:
    assert len(ALL) >= 25
    assert {part.__name__.rpartition(".")[2] for part in PARTS} == {part for group in GROUPS for part in group}
    assert len({scenario.why for scenario in ALL.values()}) == len(ALL)
    assert sum(scenario.asked for scenario in ALL.values()) <= 3, "staff are asked in named scenarios only"


def test_points_are_all_of_them_or_the_first_and_others() -> None:
    seen = Counter({(Step.APPLY, Moment.AFTER_SEND): 5, (Step.SCAN, Moment.DURING_COMMIT): 1})
    every = list(points(seen, None, random.Random(1)))
    assert every == [
        Point(Step.SCAN, Moment.DURING_COMMIT, 1), *(Point(Step.APPLY, Moment.AFTER_SEND, n) for n in range(1, 6))
    ]  # fmt: skip
    few = list(points(seen, 2, random.Random(1)))
    assert len(few) == 3
    assert few[1] == Point(Step.APPLY, Moment.AFTER_SEND, 1)
    assert set(few) <= set(every)
    assert few[1].name == "11 apply/after send/1"


def _plain() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if not name.startswith("CONNECTOR_")}
