"""Many edits at once: each travels by itself, none is swallowed by another."""

from __future__ import annotations

from pathlib import Path

from connector.domain.values import CLOPOS
from tests.engine import lines
from tests.engine.harness import Bench


async def test_every_phone_edit_of_a_busy_day_travels(tmp_path: Path) -> None:
    bench = Bench(tmp_path, seed=5, clopos=80, checkandplace=80, shared=60)
    await lines.backfilled(bench)
    # A number that could not be read when the link was made was never settled: its first readable value is no edit,
    # but a difference that is listed once (vectors, `merge`, new_both_filled).
    pairs = lines.settled_pairs(bench)[:40]
    for number, (clopos, _guest) in enumerate(pairs):
        bench.world.staff_edit("clopos", clopos, {"phone": f"+99455888{number:04d}"})
    await bench.run("sync")
    sent = {entry.path.rsplit("/", 1)[-1] for entry in bench.writes if "primary_phone_number" in (entry.body or {})}
    told = {row["clopos_record_id"] for row in bench.queue()}
    silent = [
        (clopos, guest) for clopos, guest in pairs if guest not in sent and bench.record_row(CLOPOS, clopos) not in told
    ]
    assert len(pairs) == 40
    assert silent == []
    await lines.quiet(bench, "after the busy day")
