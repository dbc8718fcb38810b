"""A whole restaurant: 2,000 + 2,000 records, 1,200 persons on both sides, by their truth labels (default switches)."""

from __future__ import annotations

from pathlib import Path

import pytest

from connector.domain.errors import ExitCode
from tests.engine import lines
from tests.engine.harness import Bench

QUEUED_OR_LEFT_OUT = ("proposal", "hold", "skip")


@pytest.fixture
async def restaurant(tmp_path: Path) -> Bench:
    return Bench(tmp_path, seed=7, clopos=2000, checkandplace=2000, shared=1200)


async def test_every_line_holds_for_a_restaurant_of_two_thousand(restaurant: Bench) -> None:
    bench = restaurant
    seen = await lines.backfilled(bench)
    assert seen.exits == [int(ExitCode.DONE)] * len(seen.exits)
    lines.truthful(bench)
    await everybody_is_accounted_for(bench)
    await lines.quiet(bench, "after the backfill")
    await lines.edits_travel(bench)
    await lines.quiet(bench, "after the edits")
    lines.truthful(bench)


async def everybody_is_accounted_for(bench: Bench) -> None:
    """Nobody is simply forgotten: who is in no link is in review, skipped or held, with a code."""
    result = await lines.run(bench, "diff", "accounting")
    assert result.plan is not None
    linked = {record for pair in bench.links() for record in zip(("clopos", "checkandplace"), pair, strict=True)}
    told: dict[tuple[str, str], str] = {}
    with bench.engine.connect() as connection:
        for _row, entry in bench.ctx.stores.plans.entries(connection, result.plan.id):
            if entry.kind.value in QUEUED_OR_LEFT_OUT:
                assert entry.reason, entry
                for side, record_id in (("clopos", entry.clopos_id), ("checkandplace", entry.checkandplace_id)):
                    if record_id is not None:
                        told[side, record_id] = entry.reason
    everybody = {(side, key) for side, key in bench.world.labels() if (side, key) not in linked}
    assert everybody - set(told) == set()
    persons = {label for label in bench.world.labels().values() if label}
    assert len(persons) > 2000
