"""When what was refused is sent again: ever more rarely, never twice at once, the same on every machine."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connector.domain.backoff import FIRST, LONGEST, RETRYABLE, next_try, retryable
from connector.domain.codes import HoldCode

NOW = datetime(2026, 11, 20, 9, 15, tzinfo=UTC)


@pytest.mark.parametrize(("attempts", "hours"), [(1, 1), (2, 4), (3, 16), (4, 64), (5, 168), (50, 168), (10**9, 168)])
def test_the_waits(attempts: int, hours: int) -> None:
    assert next_try("rejected", attempts, NOW) == NOW + timedelta(hours=hours)


@pytest.mark.parametrize("code", list(HoldCode))
def test_only_what_a_server_refused_is_sent_again(code: HoldCode) -> None:
    assert retryable(code.value) is (code in RETRYABLE)
    assert (next_try(code.value, 1, NOW) is None) is (code not in RETRYABLE)


def test_what_was_never_sent_has_no_next_try() -> None:
    assert next_try("rejected", 0, NOW) is None


@given(st.integers(1, 1000))
def test_the_next_wait_is_never_shorter(attempts: int) -> None:
    now, later = next_try("rejected", attempts, NOW), next_try("rejected", attempts + 1, NOW)
    assert now is not None
    assert later is not None
    assert NOW + FIRST <= now <= later <= NOW + LONGEST
