"""Why a server was not reached, or did not answer, in the words of whoever has to mend it. No URL, no path, no body:
nothing of a request is in them (docs/HOSTILE.md)."""

from __future__ import annotations

import errno
import socket
from collections.abc import Iterator

import httpx

REFUSED = "the connection was refused, so nothing listens there"
UNKNOWN = "the name of that server is not known"
NOT_LOOKED_UP = "the name of that server could not be looked up; is this computer connected?"
NO_WAY = "there is no way to it in the network"
NOT_REACHED = "no connection came about in time"
SLOW = "it did not answer in time"
BROKEN = "the connection broke off before the answer was whole"
UNREADABLE = "its answer could not be read"
TOO_LARGE = "its answer was too large"

_BY_NUMBER = {errno.ECONNREFUSED: REFUSED, errno.EHOSTUNREACH: NO_WAY, errno.ENETUNREACH: NO_WAY}
_BY_WORD = {"timeout": SLOW, "broken": BROKEN, "unreadable": UNREADABLE, "too-large": TOO_LARGE}


def of_failure(failure: BaseException) -> str:
    """The cause of a request that got no answer; "" where nothing more is known than that."""
    if isinstance(failure, httpx.ConnectTimeout | httpx.PoolTimeout):
        return NOT_REACHED
    for one in _chain(failure):
        if isinstance(one, socket.gaierror):
            return NOT_LOOKED_UP if one.errno == socket.EAI_AGAIN else UNKNOWN
        if isinstance(one, OSError) and one.errno in _BY_NUMBER:
            return _BY_NUMBER[one.errno]
    return ""


def of_outcome(status: int | None, error: str | None, cause: str) -> str:
    """The cause as a half sentence. `error` is the word of `retry.Outcome`; `cause` what `of_failure` said."""
    if cause:
        return cause
    if error in _BY_WORD:
        return _BY_WORD[error]
    return f"it answered with the error {status}" if status is not None else "no connection came about"


def _chain(failure: BaseException) -> Iterator[BaseException]:
    """The failure and all that it came from; of several tries at once (IPv4 beside IPv6) each."""
    seen: set[int] = set()
    waiting: list[BaseException | None] = [failure]
    while waiting:
        one = waiting.pop(0)
        if one is None or id(one) in seen:
            continue
        seen.add(id(one))
        yield one
        if isinstance(one, BaseExceptionGroup):
            waiting += one.exceptions
        waiting += [one.__cause__, one.__context__]
