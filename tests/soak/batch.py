"""One batch: so many histories from one seed, which plays the same ones again."""

from __future__ import annotations

import contextlib
import io
import traceback
from collections import Counter
from functools import cache
from typing import Any
from unittest import mock

from hypothesis import HealthCheck, Phase, Verbosity, seed, settings
from hypothesis.stateful import run_state_machine_as_test

from connector.config.mapping import load_mapping
from tests.soak.machine import Machine

STEPS = 20
"""Steps of one history at most, beside the backfill at its beginning and the rest at its end."""

read_once = cache(load_mapping)
"""The mapping, which no history changes: reading it costs a tenth of a run."""

LENIENT = (HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much)


def profile(histories: int, *, shrink: bool, derandomize: bool = False) -> settings:
    """Hypothesis' settings for so many histories; without shrinking the first failure ends the batch."""
    phases = [Phase.generate, Phase.shrink] if shrink else [Phase.generate]
    return settings(
        max_examples=histories, stateful_step_count=STEPS, deadline=None, database=None, derandomize=derandomize,
        phases=phases, print_blob=False, report_multiple_bugs=False, verbosity=Verbosity.quiet,
        suppress_health_check=LENIENT,
    )  # fmt: skip


def play(number: int, histories: int, *, shrink: bool = False) -> dict[str, Any]:
    """Plays the batch of a seed. Returns seed, counts, `failure` (None, or what was broken) and the `story` of it."""
    Machine.seen = Counter()
    seeded = seed(number)(type(f"Machine{number}", (Machine,), {}))
    failure, story = None, []
    try:
        with contextlib.redirect_stdout(io.StringIO()), mock.patch("connector.engine.pairs.load_mapping", read_once):
            run_state_machine_as_test(seeded, settings=profile(histories, shrink=shrink))
    except BaseException as error:
        if isinstance(error, KeyboardInterrupt):
            raise
        failure = f"{type(error).__name__}: {error}"
        story = list(Machine.last.told) if Machine.last else []
        if not isinstance(error, AssertionError):
            story.append("".join(traceback.format_exception(error))[-3000:])
    return {"seed": number, "counts": dict(Machine.seen), "failure": failure, "story": story}
