"""Backfills by the command itself over real HTTP, each killed at a seeded random request, each run again to the end.

The matrix (`test_matrix.py`) kills at every step; here the process is the one that people start, and the crowd larger.
The same restaurant is reconciled once without the kill; what the truth labels say of both results must be the same.
A killed process's lease ends by expiry: the tests move the expiry instead of waiting two minutes for it.
"""

from __future__ import annotations

import os
import random
from pathlib import Path
from typing import Any

import pytest

from connector.domain.errors import ExitCode
from connector.simulator.server import RunningServer
from tests.crash.kit import Killer, Site, difference, expire_leases, history_is_whole, quiet, result
from tests.engine.harness import Bench

SEEDS = range(1, int(os.environ.get("SIGKILLS", "3")) + 1)
"""`SIGKILLS=50 pytest tests/crash/test_sigkill.py` tries more."""
SIZE: dict[str, Any] = {"clopos": 120, "checkandplace": 120, "shared": 72}
KILLED = -9


async def undisturbed(folder: Path, seed: int) -> tuple[Bench, int]:
    """The same restaurant reconciled without a kill, and how many requests its backfill took."""
    bench = Bench(folder, seed=seed, **SIZE)
    await bench.run("backfill")
    requests = len(bench.sent)
    await quiet(bench)
    return bench, requests


@pytest.mark.parametrize("seed", SEEDS)
async def test_a_killed_backfill_ends_like_one_that_was_not_killed(tmp_path: Path, seed: int) -> None:
    reference, requests = await undisturbed(tmp_path / "reference", seed)
    chance = random.Random(f"kill {seed}")
    nth, after = chance.randint(1, requests), chance.random() < 0.5

    bench = Bench(tmp_path / "killed", seed=seed, **SIZE)
    killer = Killer(bench.world.asgi, nth, after)
    bench.world.asgi = killer
    with RunningServer(bench.world) as server:
        site = Site(bench, server)
        killer.process = site.start("backfill", "--yes")
        assert site.finish(killer.process) == KILLED, site.output()
        print(f"seed {seed}: killed {'after' if after else 'before'} request {nth} of {requests}, {killer.killed_at}")
        assert len(bench.world.log.entries) == (nth if after else nth - 1)

        if seed == 1:
            assert site.command("backfill", "--yes") == ExitCode.LOCKED, "nobody may write while the lease stands"
        assert any(f"process {killer.process.pid} " in owner for owner in expire_leases(bench.engine))
        assert site.command("backfill", "--yes") in (ExitCode.DONE, ExitCode.PARTLY), site.output()
        assert bench.rows("SELECT backfill_finished_at AS at FROM pair")[0]["at"] is not None

        runs = await quiet(bench)
    print(f"seed {seed}: quiet after {runs} more runs")
    assert bench.world.doubles_made() == []
    assert bench.wrong_links() == []
    assert difference(result(reference), result(bench)) == {}
    assert [row["state"] for row in bench.rows("SELECT state FROM run ORDER BY id LIMIT 1")] == ["killed"]
    history_is_whole(bench)
