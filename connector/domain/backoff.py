"""When an operation that a server refused, or failed on again and again, is sent again by itself.

What is refused for its values will be refused again, until somebody changes the values or the server's rules: a group
that was missing, a number that was freed. So it is tried again, but ever more rarely, and never in every run.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from connector.domain.codes import HoldCode

RETRYABLE = (HoldCode.REJECTED, HoldCode.DUPLICATE_NOT_VISIBLE, HoldCode.NO_ANSWER)
"""Holds on what a server refused, or failed on in run after run. The others end by their own cause (a number that is
held, a value that cannot be read), or wait for a person (a create in doubt, a value that did not stick, updates that
replace)."""
RETRIED = tuple(code.value for code in (*RETRYABLE, HoldCode.CID_USED, HoldCode.DID_NOT_STICK))
"""Holds that wait for staff's word to send again. The others end by themselves when their cause does."""
FIRST = timedelta(hours=1)
FACTOR = 4
LONGEST = timedelta(days=7)


def retryable(code: str) -> bool:
    """Whether a hold of this code is sent again by itself."""
    return code in {known.value for known in RETRYABLE}


def next_try(code: str, attempts: int, at: datetime) -> datetime | None:
    """The moment before which it is not sent again, after so many attempts (1 is the first) of which the last was `at`:
    an hour, 4 hours, 16, 64, then once a week. None: never by itself."""
    if not retryable(code) or attempts < 1:
        return None
    return at + min(FIRST * int(FACTOR ** min(attempts - 1, 6)), LONGEST)
