"""A crash at every single request and commit of a backfill and of a sync with edits: the same end state each time."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from tests.crash.kit import difference
from tests.crash.moments import story

PARTS = 6
"""The moments are dealt out to this many tests, which can run side by side."""


@pytest.mark.parametrize("part", range(PARTS))
async def test_a_crash_at_any_moment_changes_nothing_in_the_end(tmp_path: Path, part: int) -> None:
    wanted, moments = await story(tmp_path / "reference")
    assert moments.backfill > 50, "the backfill was watched"
    assert moments.count > moments.backfill + 30, "the sync was watched"
    wrong = {}
    for nth in range(1 + part, moments.count + 1, PARTS):
        found, crashed = await story(tmp_path / str(nth), nth)
        assert len(crashed.crashed_at) == 1
        differences = [difference(*both) for both in zip(wanted, found, strict=False)]
        if any(differences):
            wrong[nth, *crashed.crashed_at] = differences
    assert wrong == {}


@pytest.mark.parametrize("seed", range(4))
async def test_a_crash_during_the_recovery_from_a_crash(tmp_path: Path, seed: int) -> None:
    """Three crashes in a row, each somewhere in what follows the last."""
    wanted, moments = await story(tmp_path / "reference")
    chance = random.Random(f"crashes {seed}")
    crashes = [chance.randint(1, moments.backfill // 2) for _ in range(3)]
    found, crashed = await story(tmp_path / "crashed", *crashes)
    print(f"seed {seed}: {list(zip(crashes, crashed.crashed_at, strict=True))}")
    assert [difference(*both) for both in zip(wanted, found, strict=False)] == [{}] * len(found)
