"""Do the random histories find a broken engine by themselves? `python -m tests.soak.hunt` (or `make soak MUTANTS=1`).

Each mutant (`mutants.py`) is at work in random histories until a promise is seen broken, in at most `--histories` of
them (default 200). Prints after how many. Ends with 1 if one was never seen.
"""

from __future__ import annotations

import argparse
import logging
import sys

import structlog

from tests.soak.batch import play
from tests.soak.mutants import MUTANTS, Mutant

BATCH = 25


def histories_until_seen(mutant: Mutant, most: int) -> int | None:
    """How many histories it took; None if the promises held in all of them."""
    played = 0
    for number in range(1, 1 + (most + BATCH - 1) // BATCH):
        with mutant.at_work():
            told = play(number, BATCH)
        played += int(told["counts"].get("histories", 0))
        if told["failure"]:
            return played
    return None


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.soak.hunt", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--histories", type=int, default=200)
    most = parser.parse_args().histories
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    missed = 0
    for mutant in MUTANTS:
        seen = histories_until_seen(mutant, most)
        missed += seen is None
        print(f"{mutant.name}: {f'seen in history {seen}' if seen else f'not seen in {most}'}", flush=True)
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
