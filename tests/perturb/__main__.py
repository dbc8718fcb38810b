"""`python -m tests.perturb [N] [SEED]`: N (100,000) random perturbations of scans; ends with 1 if any did harm.

They are told in stories of at most 25,000, each in a town of its own, with the seeds SEED (1), SEED + 1 and so on.

Each perturbation is read by the paging code of the real adapter (`tests/perturb/reader.py`). Scans that were cut and
yet called complete then go through everything: real adapters over their HTTP
client, the engine's scan, absence, links, plan, guard and apply, on a real SQLite file (`tests/perturb/town.py`). What
is spared is that whole run for scans that the reader found torn, or that showed everybody (from those the engine draws
nothing), and for those that lack the same places of the list as one before them in the same story, with the same
answer to the question for the row behind the last (the engine sees no more of a scan than that); two in a thousand of
each are run all the same.

Two kinds are drawn anew and counted, because they are what a deletion looks like and no reader can tell them apart
(docs/api/checkandplace.md 3.2): two lists in a row that lack exactly the same guests, on a side that cannot be asked by
id; and rows that were deleted in front for the rest of the scan (`shift`) where another fault had kept the answer that
showed one of them, a newcomer, from ever being given: at no moment does the list hold somebody who could be read.
"""

from __future__ import annotations

import asyncio
import logging
import sys
import tempfile
import time
from pathlib import Path

import structlog

from tests.perturb.story import Story, Told

LONGEST = 25_000


def main(words: list[str]) -> int:
    scans, first = int(words[0]) if words else 100_000, int(words[1]) if len(words) > 1 else 1
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    begun, told, seeds = time.process_time(), Told(), 0
    while told.scans < scans:
        with tempfile.TemporaryDirectory() as folder:
            story = Story(Path(folder), first + seeds)
            told.add(asyncio.run(story.tell(min(LONGEST, scans - told.scans))))
        seeds += 1
        sys.stderr.write(f"{told.scans:,} scans, {told.runs:,} runs, {told.wrong} wrong\n")
    spent = f"{time.process_time() - begun:.0f} s of CPU"
    print("\n".join([f"seeds {first} to {first + seeds - 1}", *told.lines(), spent]))
    return 1 if told.wrong else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
