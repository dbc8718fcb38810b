"""Never above a quota, nearly all of it while there is work, no avoidable 429, whoever shares the key (promise 6)."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.quota.hour import Found, Plan, hour
from tests.quota.virtual import in_virtual_time


def kept(found: Found) -> None:
    """What no setting may break: the server had nothing to refuse, and nothing much was left over."""
    assert found.refused == 0
    assert found.fullest <= found.plan.per_minute
    assert found.used >= 0.95


@pytest.mark.parametrize("processes", [1, 2])
def test_an_hour_at_the_quota(tmp_path: Path, processes: int) -> None:
    """Six requests a minute, so that an hour is short: the fewer there are, the dearer is each that is left over."""
    kept(in_virtual_time(hour(Plan("", per_minute=6, processes=processes), tmp_path)))


def test_two_processes_at_the_documented_quota(tmp_path: Path) -> None:
    """300 a minute (docs/api/clopos.md 5): both begin with all they can send, and go on evenly."""
    found = in_virtual_time(hour(Plan("", minutes=2, processes=2), tmp_path))
    kept(found)
    shares = [sum(n for (process, _), n in found.work.items() if process == p) for p in (0, 1)]
    assert min(shares) > 0.9 * max(shares)


def test_a_scan_and_the_writes_of_another_process_take_turns(tmp_path: Path) -> None:
    """A listing without end in one process, single requests in the other: nobody waits for more than a window."""
    found = in_virtual_time(hour(Plan("", minutes=20, per_minute=9, processes=2, busy=2), tmp_path))
    kept(found)
    assert found.work[0, "scan"] * 3 == pytest.approx(found.work[1, "look-ups"], rel=0.1), "three pages a listing"
    assert found.longest_gap < 130.0


def test_a_stranger_on_the_same_key_is_learned_from_the_headers(tmp_path: Path) -> None:
    """Another program uses up part of the quota: its requests are in no ledger, only in RateLimit-Remaining. What it
    takes while ours are on their way is refused to us, at most once a window."""
    found = in_virtual_time(hour(Plan("", minutes=6, per_minute=30, processes=2, foreign=6), tmp_path))
    assert found.refused <= found.plan.minutes
    assert found.used >= 0.9
