"""What an attack on the engine left to mend: a changed mapping in a dry run, a 404, a real mass deletion."""

from __future__ import annotations

from pathlib import Path

import pytest

from connector.domain.errors import ExitCode, UnsafePlan
from connector.simulator.kit import Fault
from tests.engine import lines
from tests.engine.harness import Bench
from tests.engine.scene import Scene


async def test_a_dry_run_after_a_changed_region_shows_no_edits_that_are_none(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    await lines.backfilled(bench)
    text = bench.config.read_text(encoding="utf-8")
    assert 'calling_codes = ["994", "90"]' in text
    bench.config.write_text(text.replace('calling_codes = ["994", "90"]', 'calling_codes = ["994"]'), encoding="utf-8")
    bench.reload()
    result = await bench.run("diff")
    assert result.plan is not None
    assert result.plan.summary.operations == 0
    await bench.run("sync")
    assert bench.writes == []


async def test_an_update_answered_404_is_held_and_not_sent_again_in_every_run(tmp_path: Path) -> None:
    scene = Scene(tmp_path, clopos=0, checkandplace=0, shared=0)
    scene.guest()
    await scene.run("backfill")
    scene.at_clopos(name="Aysel Quliyeva")
    scene.world.plan_fault(Fault("checkandplace", "status:404", method="PATCH"))
    result = await scene.run("sync")
    assert result.exit_code is ExitCode.PARTLY
    assert [(row["code"], row["topic"]) for row in scene.queue("hold")] == [("rejected", "name")]
    await scene.run("sync")
    assert scene.writes == []
    scene.at_clopos(name="Aysel Quliyeva-Demir")
    await scene.run("sync")
    assert [entry.method for entry in scene.writes] == ["PATCH"]
    assert scene.queue("hold") == []


async def test_a_real_mass_deletion_goes_through_with_the_operators_approval(tmp_path: Path) -> None:
    bench = Bench(tmp_path, clopos=120, checkandplace=120, shared=90)
    await lines.backfilled(bench)
    before = len(bench.links())
    gone = sorted(guest for _clopos, guest in bench.links())[: before * 19 // 20]
    for guest in gone:
        bench.world.staff_delete("checkandplace", guest)
    for _reading in range(2):
        with pytest.raises(UnsafePlan) as refused:
            await bench.run("sync")
        plan = refused.value.next_step.rsplit(" ", 1)[-1]
        await bench.run("sync", approve=plan)
        assert bench.writes == []
    result = await bench.run("sync")
    assert result.exit_code is ExitCode.DONE
    assert len(bench.links("broken")) == len(gone)
    assert bench.writes == []
