"""The arithmetic of a shared quota: who may send now, who waits how long, what a server's word is worth."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connector.domain.quota import (
    MARGIN,
    Allowance,
    Heard,
    Standing,
    Use,
    Window,
    ahead_of,
    learned,
    room,
    share,
)

MINUTE = [Window(10, 60.0)]
NOW = 1000.0


def use(passes: int, answered: float | None = None, *, ticket: int = 1, owner: str = "a", ends: float = 1120.0) -> Use:
    return Use(ticket, owner, passes, answered, ends)


@pytest.mark.parametrize(
    ("uses", "ahead", "free", "wait"),
    [
        ([], 0, 10, 0.0),
        ([use(4, 990.0)], 0, 6, 0.0),
        ([use(4)], 0, 6, 0.0),  # under way counts
        ([use(4, 939.0)], 0, 10, 0.0),  # a minute and a margin ago
        ([use(4, 940.0)], 0, 6, 0.0),  # within the margin still
        ([use(4, ends=939.0)], 0, 10, 0.0),  # of a process that died: the longest request and a window are over
        ([use(4, ends=950.0)], 0, 6, 0.0),
        ([use(4), use(0)], 2, 4, 0.0),  # two others wait for longer: one pass each
        ([use(10, 950.0)], 0, 0, 10.0 + MARGIN),
        ([use(6, 950.0), use(4, 960.0)], 0, 0, 10.0 + MARGIN),
        ([use(6, 950.0), use(4, 960.0)], 6, 0, 20.0 + MARGIN),  # the first six are others'
        ([use(4, 960.0), use(6, 950.0)], 0, 0, 10.0 + MARGIN),  # whichever was given first
        ([], 10, 0, MARGIN),  # nobody sends, but all that is free is others': look again soon
        ([use(10)], 0, 0, 0.2),  # nobody knows when they end: look again
        ([use(10, ends=940.0)], 0, 0, MARGIN),
        ([use(9, 990.0)], 0, 1, 0.0),  # the last one is given
        ([use(9, 990.0)], 1, 0, 50.0 + MARGIN),  # but not past whoever waits for longer
    ],
)
def test_room_in_a_window(uses: list[Use], ahead: int, free: int, wait: float) -> None:
    got, seconds = room(Standing(uses), MINUTE, ahead, NOW)
    assert got == free
    assert seconds == pytest.approx(wait)


def test_the_strictest_window_decides() -> None:
    """v1: 100 a minute and 1,000 an hour (docs/api/clopos.md 5)."""
    windows = [Window(100, 60.0), Window(1000, 3600.0)]
    assert room(Standing([use(950, 900.0)]), windows, 0, NOW) == (50, 0.0)
    free, wait = room(Standing([use(1000, 900.0)]), windows, 0, NOW)
    assert free == 0
    assert wait == pytest.approx(3500.0 + MARGIN)


def test_a_pause_and_the_server_s_word_bind_everybody() -> None:
    assert room(Standing(paused_until=NOW + 7), [], 0, NOW) == (0, 7.0)
    assert room(Standing(paused_until=NOW - 7), [], 0, NOW) == (None, 0.0)
    assert room(Standing(allowance=Allowance(3, NOW + 9)), [], 0, NOW) == (3, 0.0)
    assert room(Standing(allowance=Allowance(3, NOW + 9)), MINUTE, 3, NOW) == (0, 9.0)
    assert room(Standing(allowance=Allowance(0, NOW - 6)), MINUTE, 0, NOW) == (10, 0.0)


def test_the_last_request_that_the_server_allows_is_sent() -> None:
    assert room(Standing(allowance=Allowance(1, NOW + 9)), MINUTE, 0, NOW) == (1, 0.0)
    assert room(Standing(allowance=Allowance(1, NOW + 9)), MINUTE, 1, NOW) == (0, 9.0)
    assert room(Standing([use(8, 990.0)], allowance=Allowance(5, NOW + 9)), MINUTE, 0, NOW) == (2, 0.0), "ours is less"


def test_what_leaves_the_window_this_moment_opens_it_once() -> None:
    """Its passes count no longer, so they cannot be what a later request waits for."""
    gone, rest = use(4, 950.0), use(10, 980.0)
    now = gone.leaves(MINUTE[0])
    free, wait = room(Standing([gone, rest]), MINUTE, 0, now)
    assert free == 0
    assert wait == pytest.approx(30.0)


def test_after_an_allowance_one_request_at_a_time_finds_out_what_is_left() -> None:
    over = Allowance(0, NOW - 1)
    assert room(Standing(allowance=over), MINUTE, 0, NOW) == (1, 0.0)
    assert room(Standing([use(1)], allowance=over), MINUTE, 0, NOW) == (0, 0.2)
    assert room(Standing([use(1, 990.0)], allowance=over), MINUTE, 0, NOW) == (1, 0.0)
    assert room(Standing(allowance=over), MINUTE, 1, NOW) == (0, 0.2), "another one waits for longer"


@pytest.mark.parametrize(
    ("free", "wanted", "given"), [(None, 10, 10), (300, 10, 10), (20, 10, 5), (7, 10, 1), (1, 1, 1), (3, 1, 1)]
)
def test_the_last_passes_go_round_one_by_one(free: int | None, wanted: int, given: int) -> None:
    assert share(free, wanted) == given


def test_who_is_first_in_the_queue() -> None:
    queue = [use(0, ticket=3, owner="b"), use(0, ticket=5, owner="c"), use(4, ticket=4, owner="d")]
    gone = use(0, ticket=2, owner="e", ends=NOW - 1)
    assert ahead_of([gone, *queue], "a", None, NOW) == 2
    assert ahead_of([gone, *queue], "c", 5, NOW) == 1
    assert ahead_of([gone, *queue], "b", 3, NOW) == 0


@pytest.mark.parametrize(
    ("remaining", "uses", "left"),
    [
        (6, [use(4, 990.0)], None),  # the server counts what we count
        (8, [use(4)], None),  # it does not count yet what is under way: no news either
        (5, [use(4, 990.0)], 5),  # it counts one that is not ours
        (5, [use(4)], 2),  # and may not have counted three of ours
        (5, [use(4, 996.0)], 2),  # answered since: perhaps not counted then
        (0, [use(4, 990.0)], 0),
        (8, [use(4, 900.0)], 8),  # ours of an earlier window explain nothing
    ],
)
def test_what_the_server_counts_beyond_ours(remaining: int, uses: list[Use], left: int | None) -> None:
    heard = Heard(remaining, reset=30.0, ago=1.0, asked=5.0, uncounted=0)
    got = learned(Standing(uses), heard, MINUTE, NOW)
    assert got == (None if left is None else Allowance(left, NOW + 29.0))


def test_without_a_quota_of_ours_the_server_s_word_is_all_there_is() -> None:
    assert learned(Standing(), Heard(50, 30.0, 0.0, 1.0, 2), [], NOW) == Allowance(48, NOW + 30.0)
    assert learned(Standing(), Heard(50, 30.0, 31.0, 32.0, 2), [], NOW) is None, "outdated"


uses_of = st.lists(
    st.builds(
        Use, st.integers(1, 99), st.sampled_from("abc"), st.integers(0, 8),
        st.none() | st.floats(900, 1000), st.floats(900, 1200),
    ),
    max_size=12,
)  # fmt: skip


@given(uses_of, st.integers(1, 30), st.integers(0, 4))
def test_after_the_wait_there_is_room(uses: list[Use], limit: int, ahead: int) -> None:
    """Whoever comes back after the time that was named gets a pass, if all was answered and nobody took it meanwhile;
    and nothing is ever given beyond the limit."""
    answered = [Use(u.ticket, u.owner, u.passes, u.answered or 950.0, u.ends) for u in uses]
    windows = [Window(limit, 60.0)]
    free, wait = room(Standing(answered), windows, ahead, NOW)
    assert free is not None
    counted = sum(u.passes for u in answered if u.leaves(windows[0]) > NOW)
    assert counted + free <= limit or free == 0
    if free == 0 and limit > ahead:
        later, more = room(Standing(answered), windows, ahead, NOW + wait + 1e-6)
        assert more == 0.0
        assert later is not None
        assert later >= 1
