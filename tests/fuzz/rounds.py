"""The fuzzer: Hypothesis makes a body, a chain of damaged copies follows it, all go through the readers."""

from __future__ import annotations

import hashlib
import resource
import time
from dataclasses import dataclass
from pathlib import Path
from random import Random

import structlog
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import seed as seeded
from hypothesis import strategies as st

from tests.fuzz.inputs import bodies, corpus, damaged
from tests.fuzz.readers import Tally, read_everything, read_login

COPIES = 49
BATCH = 200
"""Examples of Hypothesis at a time."""
STATUSES = (*[200] * 12, 201, 204, 400, 401, 404, 409, 422, 429, 500, 504)


@dataclass
class Measured:
    """What a fuzzing came to: seconds of the processor, and the most memory (MB) after the first tenth and at last."""

    tally: Tally
    seconds: float
    early_mb: float
    peak_mb: float


def peak_mb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def fuzz(inputs: int, seed: int, found: Path | None = None) -> Measured:
    """That many inputs, drawn with that seed. What a reader does not stand is written into the folder `found`, and
    raised."""
    structlog.configure(logger_factory=structlog.ReturnLoggerFactory())  # a line for each spoilt row
    others, tally = corpus(), Tally()
    early = 0.0
    begun = time.process_time()

    def play(body: bytes, chance: int, status: int, header: str) -> None:
        nonlocal early
        copies = damaged(body, others, Random(chance))
        for number in range(COPIES + 1):
            each = body if not number else next(copies)
            try:
                read_everything(each, tally, status=status, header=header)
                read_login(each)
            except BaseException:
                keep(each, found)
                raise
        if not early and tally.inputs >= inputs // 10:
            early = peak_mb()

    try:
        batch = 0
        while tally.inputs < inputs:
            # Hypothesis remembers every example that it made: in batches, so that its memory is not taken for ours.
            batch += 1
            examples = max(1, min(BATCH, (inputs - tally.inputs) // (COPIES + 1)))
            drawn = given(bodies(), st.integers(0, 2**32), st.sampled_from(STATUSES), st.text(max_size=12))(play)
            seeded(seed * 1_000_003 + batch)(
                settings(
                    max_examples=examples, deadline=None, database=None, phases=(Phase.generate,),
                    suppress_health_check=list(HealthCheck),
                )(drawn)
            )()  # fmt: skip
    finally:
        structlog.reset_defaults()
    return Measured(tally, time.process_time() - begun, early, peak_mb())


def keep(body: bytes, folder: Path | None) -> None:
    """Write down what a reader did not stand, so that it can be played again."""
    if folder is not None:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / f"found-{hashlib.sha256(body).hexdigest()[:12]}.bin").write_bytes(body)
