"""Some random histories of the state machine; many more: `make soak N=10000`."""

from __future__ import annotations

from collections import Counter

from hypothesis.stateful import run_state_machine_as_test

from tests.soak.batch import profile
from tests.soak.machine import Machine

HISTORIES = 8


def test_whatever_happens_the_promises_hold() -> None:
    Machine.seen = Counter()
    run_state_machine_as_test(Machine, settings=profile(HISTORIES, shrink=True, derandomize=True))
    assert Machine.seen["histories"] >= HISTORIES
    assert Machine.seen["rest"] >= HISTORIES
