"""A backfill with creates on both sides and a run of edits, taken back with the state on PostgreSQL."""

from __future__ import annotations

from pathlib import Path

from tests.engine.harness import Bench
from tests.engine.lines import settled_pairs
from tests.engine.undo_kit import at_rest, back, last_run, shown, undo
from tests.postgres.server import Server


async def test_a_run_and_a_backfill_are_undone(tmp_path: Path, postgres: Server) -> None:
    bench = Bench(tmp_path, seed=5, clopos=12, checkandplace=12, shared=8, state=postgres.database())
    assert bench.engine.dialect.name == "postgresql"
    try:
        first = shown(bench)
        await bench.run("backfill")
        backfill = last_run(bench)
        clopos, _guest = settled_pairs(bench)[0]
        bench.world.staff_edit("clopos", clopos, {"name": "Yeni Testov"})
        before = shown(bench)
        first["clopos", clopos] = before["clopos", clopos]
        await bench.run("sync")
        assert shown(bench) != before
        await undo(bench)
        assert shown(bench) == before
        await undo(bench, backfill)
        back(bench, first)
        await at_rest(bench)
        assert bench.links() == set()
    finally:
        bench.engine.dispose()
