"""What a plan file costs: `make bench`, or `BENCH=full python -m pytest tests/benchmarks/test_plans.py -s` alone.

A plan of 100,000 operations is written and read in less than 300 MB; the short form measures 2,000.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from tests.benchmarks.test_engine import FULL, ROOT

COUNT = 100_000 if FULL else 2_000
MOST_MB = 300.0 if FULL else 150.0


def measured(folder: Path, what: str) -> dict[str, float]:
    done = subprocess.run(
        [sys.executable, "-m", "tests.benchmarks.plans", str(folder), str(COUNT), what],
        cwd=ROOT, stdout=subprocess.PIPE, text=True, timeout=1800, check=True,
    )  # fmt: skip
    told: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    print(f"{what:6} {COUNT:>8,} operations: {told}")
    return told


def test_a_plan_is_stored_written_and_read_in_little_memory(tmp_path: Path) -> None:
    print()
    peaks = {what: measured(tmp_path, what)["peak_mb"] for what in ("store", "write", "read")}
    assert max(peaks.values()) < MOST_MB, peaks
