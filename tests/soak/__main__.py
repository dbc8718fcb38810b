"""Many random histories, in batches, each with a seed of its own: `python -m tests.soak --histories 10000`.

    --histories N    how many (default 1000)       --processes P   side by side (default 2)
    --first SEED     the first batch's seed (1)    --batch N       of one seed (20): another N, others
    --seed SEED      this batch alone, and the shortest history that fails (how a failure is repeated)
    --notes FILE     progress, one JSON line for each batch (default soak.jsonl); batches in it are not played again

Prints each batch's seed, then the summary: histories, runs, what happened how often, and each failure with its seed.
Ends with 1 if there is any.
"""

from __future__ import annotations

import argparse
import json
import logging
import os
import sys
import time
from collections import Counter
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from pathlib import Path
from typing import Any

import structlog

from tests.soak.batch import play

HASHES = "0"
"""The order of sets is part of a history: without it a seed would not repeat."""


def main() -> int:
    if os.environ.get("PYTHONHASHSEED") != HASHES:
        os.environ["PYTHONHASHSEED"] = HASHES
        os.execv(sys.executable, [sys.executable, "-m", "tests.soak", *sys.argv[1:]])
    parser = argparse.ArgumentParser(prog="python -m tests.soak", description=(__doc__ or "").partition("\n")[0])
    for name, default in (("histories", 1000), ("processes", 2), ("first", 1), ("batch", 20), ("seed", None)):
        parser.add_argument(f"--{name}", type=int, default=default)
    parser.add_argument("--notes", type=Path, default=Path("soak.jsonl"))
    asked = parser.parse_args()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    if asked.seed is not None:
        told = play(asked.seed, asked.batch, shrink=True)
        print(json.dumps(told, ensure_ascii=False, indent=1))
        return 1 if told["failure"] else 0
    return campaign(asked.histories, asked.processes, asked.first, asked.batch, asked.notes)


def campaign(histories: int, processes: int, first: int, size: int, notes: Path) -> int:
    """Play until so many histories are in the notes; batches that are there already count."""
    done = [json.loads(line) for line in notes.read_text(encoding="utf-8").splitlines()] if notes.exists() else []
    known = {told["seed"] for told in done}
    seeds = iter(seed for seed in range(first, first + 100_000_000) if seed not in known)
    begun = time.monotonic()
    under_way: set[Future[dict[str, Any]]] = set()
    with ProcessPoolExecutor(processes) as pool, notes.open("a", encoding="utf-8") as file:
        while (played := _histories(done)) < histories or under_way:
            while played < histories and len(under_way) < processes:
                under_way.add(pool.submit(play, next(seeds), size))
            ended, under_way = wait(under_way, return_when=FIRST_COMPLETED)
            for told in (batch.result() for batch in ended):
                done.append(told)
                file.write(json.dumps(told, ensure_ascii=False) + "\n")
                file.flush()
                said = f"FAILED: {told['failure'][:200]}" if told["failure"] else "held"
                minutes = (time.monotonic() - begun) / 60
                so_far = f"{_histories(done):,} of {histories:,} histories, {minutes:.0f} min"
                print(f"seed {told['seed']}: {said}; {so_far}", flush=True)
    return summary(done, size)


def _histories(done: list[dict[str, Any]]) -> int:
    return sum(told["counts"].get("histories", 0) for told in done)


def summary(done: list[dict[str, Any]], size: int) -> int:
    """Print what all batches came to. 1 if a promise was broken."""
    counts: Counter[str] = Counter()
    for told in done:
        counts.update(told["counts"])
    failures = [told for told in done if told["failure"]]
    seeds = [told["seed"] for told in done]
    print(f"\n{counts.pop('histories', 0):,} histories, {counts.pop('runs', 0):,} runs, "
          f"seeds {min(seeds)} to {max(seeds)}, {len(failures)} failures")  # fmt: skip
    for name, count in sorted(counts.items()):
        print(f"  {count:>9,}  {name}")
    for told in failures:
        print(f"\nseed {told['seed']}: {told['failure']}\n  " + "\n  ".join(told["story"]))
        print(f"  again: python -m tests.soak --seed {told['seed']} --batch {size}")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
