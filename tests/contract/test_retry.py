"""Which request may be repeated: the whole table (docs/api/clopos.md 5, docs/api/checkandplace.md 5)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connector.sides.retry import Act, CallKind, Outcome, RetryLimits, decide

READ, WRITE, LOGIN = CallKind.READ, CallKind.WRITE, CallKind.LOGIN

TABLE = [
    # outcome, read, write, login
    (Outcome(200), Act.TAKE, Act.TAKE, Act.TAKE),
    (Outcome(204), Act.TAKE, Act.TAKE, Act.TAKE),
    (Outcome(301), Act.TAKE, Act.TAKE, Act.TAKE),  # refused by the reader: redirects are not followed
    (Outcome(400), Act.TAKE, Act.TAKE, Act.TAKE),
    (Outcome(401), Act.RENEW, Act.RENEW, Act.TAKE),  # CL-14; a refused login is final
    (Outcome(403), Act.TAKE, Act.TAKE, Act.TAKE),  # CL-23
    (Outcome(404), Act.TAKE, Act.TAKE, Act.TAKE),
    (Outcome(408), Act.REPEAT, Act.DOUBT, Act.REPEAT),
    (Outcome(409), Act.TAKE, Act.TAKE, Act.TAKE),
    (Outcome(422), Act.TAKE, Act.TAKE, Act.TAKE),
    (Outcome(429), Act.PAUSE, Act.PAUSE, Act.PAUSE),  # refused unseen: safe for all
    (Outcome(500), Act.REPEAT, Act.DOUBT, Act.REPEAT),
    (Outcome(502), Act.REPEAT, Act.DOUBT, Act.REPEAT),
    (Outcome(503), Act.REPEAT, Act.DOUBT, Act.REPEAT),
    (Outcome(504), Act.REPEAT, Act.DOUBT, Act.REPEAT),  # CL-05: the create may have happened
    (Outcome(None, "connect"), Act.REPEAT, Act.REPEAT, Act.REPEAT),  # never sent
    (Outcome(None, "tls"), Act.GIVE_UP, Act.GIVE_UP, Act.GIVE_UP),
    (Outcome(None, "timeout"), Act.REPEAT, Act.DOUBT, Act.REPEAT),  # CP-19
    (Outcome(None, "broken"), Act.REPEAT, Act.DOUBT, Act.REPEAT),
    (Outcome(200, "unreadable"), Act.REPEAT, Act.DOUBT, Act.REPEAT),
    (Outcome(None, "too-large"), Act.GIVE_UP, Act.DOUBT, Act.GIVE_UP),
]


@pytest.mark.parametrize(("outcome", "read", "write", "login"), TABLE, ids=lambda value: str(value)[:40])
def test_first_outcome(outcome: Outcome, read: Act, write: Act, login: Act) -> None:
    for kind, act in ((READ, read), (WRITE, write), (LOGIN, login)):
        decision = decide(kind, outcome, failures=0, pauses=0, renewable=True, shrinkable=False, jitter=0.0)
        assert decision.act is act, kind


SHRINKABLE = [
    (Outcome(504), Act.SMALLER),
    (Outcome(None, "timeout"), Act.SMALLER),
    (Outcome(None, "too-large"), Act.SMALLER),
    (Outcome(500), Act.REPEAT),
    (Outcome(None, "broken"), Act.REPEAT),
    (Outcome(429), Act.PAUSE),
    (Outcome(200), Act.TAKE),
]


@pytest.mark.parametrize(("outcome", "act"), SHRINKABLE, ids=lambda value: str(value)[:40])
def test_a_slow_page_is_halved_at_once(outcome: Outcome, act: Act) -> None:
    """CL-04."""
    assert decide(READ, outcome, failures=0, pauses=0, renewable=True, shrinkable=True, jitter=0.0).act is act


@pytest.mark.parametrize(
    "outcome", [Outcome(500), Outcome(None, "timeout"), Outcome(None, "connect"), Outcome(200, "unreadable")]
)
def test_reads_give_up_after_their_attempts(outcome: Outcome) -> None:
    acts = [
        decide(
            READ, outcome, failures=n, pauses=0, renewable=True, shrinkable=False, jitter=0.0, limits=RetryLimits(3)
        ).act
        for n in range(3)
    ]
    assert acts == [Act.REPEAT, Act.REPEAT, Act.GIVE_UP]


def test_a_write_that_never_left_is_tried_again_and_then_not_done() -> None:
    last = decide(WRITE, Outcome(None, "connect"), failures=3, pauses=0, renewable=True, shrinkable=False, jitter=0.0)
    assert last.act is Act.GIVE_UP


def test_a_second_401_is_taken() -> None:
    for kind in (READ, WRITE):
        decision = decide(kind, Outcome(401), failures=0, pauses=0, renewable=False, shrinkable=False, jitter=0.0)
        assert decision.act is Act.TAKE


@pytest.mark.parametrize(
    ("asked", "pauses", "wait"),
    [(30.0, 0, 30.0), (0.0, 0, 1.0), (0.2, 3, 1.0), (None, 0, 1.0), (None, 1, 2.0), (None, 4, 16.0), (None, 9, 60.0)],
)
def test_how_long_a_429_waits(asked: float | None, pauses: int, wait: float) -> None:
    """max(reset, Retry-After, 1 s), else exponential (CL-21, CP-18)."""
    outcome = Outcome(429, asked_wait=asked)
    limits = RetryLimits(pauses=99)
    decision = decide(
        READ, outcome, failures=0, pauses=pauses, renewable=False, shrinkable=False, jitter=0.0, limits=limits
    )
    assert decision.wait == pytest.approx(wait)


def test_429s_come_to_an_end() -> None:
    outcome = Outcome(429, asked_wait=1.0)
    decision = decide(WRITE, outcome, failures=0, pauses=6, renewable=True, shrinkable=False, jitter=0.0)
    assert (decision.act, decision.reason) == (Act.GIVE_UP, "rate-limited")


outcomes = st.one_of(
    st.builds(Outcome, st.integers(200, 599)),
    st.builds(Outcome, st.none(), st.sampled_from(["connect", "tls", "timeout", "broken", "too-large"])),
    st.just(Outcome(200, "unreadable")),
)


@given(outcomes, st.integers(0, 20), st.integers(0, 20), st.booleans(), st.booleans(), st.floats(0, 0.999))
def test_a_write_the_server_may_have_seen_is_never_repeated(
    outcome: Outcome, failures: int, pauses: int, renewable: bool, shrinkable: bool, jitter: float
) -> None:
    decision = decide(
        WRITE, outcome, failures=failures, pauses=pauses, renewable=renewable, shrinkable=shrinkable, jitter=jitter
    )
    if decision.act in (Act.REPEAT, Act.PAUSE, Act.RENEW):
        assert outcome.error == "connect" or outcome.status in (429, 401)
    assert decision.act is not Act.SMALLER
    assert 0 <= decision.wait <= 120


@given(outcomes, st.sampled_from(list(CallKind)), st.booleans(), st.floats(0, 0.999))
def test_nothing_is_tried_for_ever(outcome: Outcome, kind: CallKind, renewable: bool, jitter: float) -> None:
    failures = pauses = 0
    for _ in range(50):
        decision = decide(
            kind, outcome, failures=failures, pauses=pauses, renewable=renewable, shrinkable=False, jitter=jitter
        )
        if decision.act is Act.REPEAT:
            failures += 1
        elif decision.act is Act.PAUSE:
            pauses += 1
        elif decision.act is Act.RENEW:
            renewable = False
        else:
            return
    pytest.fail("still trying")
