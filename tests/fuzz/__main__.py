"""`python -m tests.fuzz 1000000`: hostile bodies through the readers of both sides; prints what became of them.

A body that a reader does not stand is written beside the corpus (`tests/fuzz/found`) and ends the fuzzing with 1: give
it a name, move it into the corpus and it is played in every test."""

from __future__ import annotations

import argparse
from pathlib import Path

from tests.fuzz.rounds import fuzz

FOUND = Path(__file__).parent / "found"
GROWTH_MB = 64.0


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    parser.add_argument("inputs", type=int, nargs="?", default=100_000)
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    told = fuzz(asked.inputs, asked.seed, FOUND)
    tally = told.tally
    print(f"seed {asked.seed}: {tally.inputs:,} inputs, {tally.rows:,} rows read, {tally.bad_rows:,} set aside, "
          f"{tally.refused:,} bodies refused, 0 crashes")  # fmt: skip
    print(f"{told.seconds:,.0f} s of the processor, {tally.inputs / told.seconds:,.0f} inputs a second")
    print(f"memory: {told.early_mb:.0f} MB after a tenth, {told.peak_mb:.0f} MB at the end")
    if told.peak_mb - told.early_mb > GROWTH_MB:
        raise SystemExit("the memory grew")


main()
