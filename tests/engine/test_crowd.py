"""One number typed in for everybody: no candidates, no proposals by the square, a hold for each holder."""

from __future__ import annotations

from pathlib import Path

import pytest

from connector.domain.plan import EntryKind
from connector.domain.values import SideName
from connector.engine.run import RunResult
from connector.state.links import CROWD
from tests.benchmarks.town import ALONE, Town, TownSide
from tests.engine.harness import Bench


async def planned(bench: Bench, town: Town) -> RunResult:
    return await bench.run("diff", sides={side: TownSide(side, town) for side in SideName})


async def test_five_hundred_on_each_side_make_no_proposal_and_are_held(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    result = await planned(bench, Town(size=600 + ALONE, crowd=500))
    assert result.plan is not None
    summary = result.plan.summary
    assert summary.of(EntryKind.PROPOSAL) == 0
    assert {reason for kind, _side, reason in summary.counts if kind == "hold"} == {"shared-number"}
    assert {side: summary.of(EntryKind.HOLD, side) for side in SideName} == dict.fromkeys(SideName, 500)
    assert summary.of(EntryKind.LINK) == 100  # the others are who they are
    with bench.engine.connect() as connection:
        entries = bench.ctx.stores.plans.entries(connection, result.plan.id, (EntryKind.HOLD,))
        told = [entry.facts["holders"] for _row, entry in entries]
    assert {len(holders) for holders in told} == {CROWD}  # enough to go and look; not each of 500 in each of 1,000


@pytest.mark.parametrize(("crowd", "proposals"), [(CROWD, CROWD * CROWD), (CROWD + 1, 0)])
async def test_a_crowd_begins_above_the_bound(tmp_path: Path, crowd: int, proposals: int) -> None:
    bench = Bench(tmp_path)
    result = await planned(bench, Town(size=200 + ALONE, crowd=crowd))
    assert result.plan is not None
    assert result.plan.summary.of(EntryKind.PROPOSAL) == proposals
