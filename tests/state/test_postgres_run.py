"""The whole job with its state on PostgreSQL: backfill, syncs, edits on both sides, by the same lines as on SQLite."""

from __future__ import annotations

from pathlib import Path

from tests.engine import lines
from tests.engine.harness import Bench
from tests.postgres.server import Server


async def test_every_line_holds(tmp_path: Path, postgres: Server) -> None:
    bench = Bench(tmp_path, state=postgres.database())
    assert bench.engine.dialect.name == "postgresql"
    try:
        await lines.all_lines(bench)
        assert len(bench.links()) > 30
    finally:
        bench.engine.dispose()
