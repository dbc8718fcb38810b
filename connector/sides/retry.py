"""Which request is safe to repeat: one decision, made by a pure function over plain values (docs/api/clopos.md 5,
docs/api/checkandplace.md 5)."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class CallKind(StrEnum):
    """Why a request is sent. Reads and logins change nothing and may be repeated; a write may not, unless it is known
    that the server never saw it or refused it unseen."""

    READ = "read"
    WRITE = "write"
    LOGIN = "login"


class Act(StrEnum):
    """What follows from an outcome."""

    TAKE = "take"
    """The answer is an answer: the caller reads it."""
    REPEAT = "repeat"
    """Send again after `wait` seconds."""
    PAUSE = "pause"
    """The quota is used up: nobody sends for `wait` seconds, then again."""
    RENEW = "renew"
    """One new token, then once more."""
    SMALLER = "smaller"
    """Hand back to the caller, who asks for a smaller page (CL-04)."""
    DOUBT = "doubt"
    """The write may have happened."""
    GIVE_UP = "give_up"
    """Nothing more to try now; the write, if it is one, was not done."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a request ended: `status` of the answer, or None and `error`: `connect` (never sent), `tls`, `timeout`,
    `broken`; beside a status: `unreadable` (2xx whose body is cut or no JSON), `too-large`. `asked_wait` is what the
    headers of a 429 ask for, in seconds; `cause` is why there was no answer, in words (`causes`)."""

    status: int | None
    error: str | None = None
    asked_wait: float | None = None
    cause: str = ""


@dataclass(frozen=True, slots=True)
class RetryLimits:
    """How often to try. `attempts` for failures, `pauses` for 429s; `base` and `most` seconds of the backoff."""

    attempts: int = 4
    pauses: int = 6
    base: float = 0.5
    most: float = 20.0


@dataclass(frozen=True, slots=True)
class RetryDecision:
    """What to do, after how many seconds, and the reason as a stable word for logs."""

    act: Act
    reason: str
    wait: float = 0.0


def decide(
    kind: CallKind, outcome: Outcome, *, failures: int, pauses: int, renewable: bool, shrinkable: bool,
    jitter: float, limits: RetryLimits = RetryLimits(),
) -> RetryDecision:  # fmt: skip
    """What follows from one outcome.

    `failures` and `pauses` count this call's earlier failures and 429s; `renewable`: a token can be renewed and was not
    yet for this call; `shrinkable`: the caller can ask for a smaller page; `jitter` in [0, 1).
    """
    status, error = outcome.status, outcome.error
    backoff = min(limits.most, limits.base * 2**failures) * (1 + jitter)
    again = RetryDecision(Act.REPEAT, error or f"status-{status}", backoff)
    tired = failures + 1 >= limits.attempts
    if error == "tls":  # a certificate does not get better by asking again
        return RetryDecision(Act.GIVE_UP, "tls")
    if error == "connect":  # the request never left: safe for every kind
        return RetryDecision(Act.GIVE_UP, "connect") if tired else again
    if status == 429:  # refused before it was looked at: safe for every kind (CL-21, CP-18)
        if pauses >= limits.pauses:
            return RetryDecision(Act.GIVE_UP, "rate-limited")
        asked = outcome.asked_wait
        wait = max(asked, 1.0) + jitter if asked is not None else min(60.0, 2.0**pauses) * (1 + jitter)
        return RetryDecision(Act.PAUSE, "rate-limited", wait)
    if status == 401 and renewable and kind is not CallKind.LOGIN:  # CL-14: one new token, one repeat
        return RetryDecision(Act.RENEW, "token-refused")
    if error is None and status is not None and status < 500 and status != 408:
        return RetryDecision(Act.TAKE, "answered")
    if error == "too-large":  # asking again brings the same; only a smaller page can help
        return RetryDecision(_large(kind, shrinkable), "too-large")
    # From here on: 5xx, 408, a timeout, a broken connection, or a 2xx that cannot be read.
    if kind is CallKind.WRITE:  # it may have happened (CL-05, CP-19)
        return RetryDecision(Act.DOUBT, again.reason)
    if shrinkable and (status == 504 or error == "timeout"):
        return RetryDecision(Act.SMALLER, again.reason)
    return RetryDecision(Act.GIVE_UP, again.reason) if tired else again


def _large(kind: CallKind, shrinkable: bool) -> Act:
    if kind is CallKind.WRITE:
        return Act.DOUBT
    return Act.SMALLER if shrinkable else Act.GIVE_UP
