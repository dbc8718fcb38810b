"""Consent of Check&Place: read only, never sent, never raised (CP-25, CP-52).

Whether a permit says no decides only that a guest is not created on Clopos by default. Nothing here concludes that
anybody has agreed to anything: null, missing or not understood is no consent.
"""

from __future__ import annotations

from connector.domain.names import fold
from connector.domain.values import Json

_ANSWERS = ("permit", "value")
_REFUSALS = frozenset({
    "0", "n", "no", "false", "ret", "red", "refused", "refuse", "rejected", "reject", "declined", "denied", "deny",
    "revoked", "withdrawn", "opt-out", "opt_out", "optout", "unsubscribed", "hayir", "yok", "iptal", "xeyr", "yox",
    "imtina",
})  # fmt: skip
"""Folded words for no: the registry's RET, English, Turkish, Azerbaijani, and what programs write for false."""


def permit_refused(permits: Json) -> bool:
    """Does any channel of `permits` say no, in any understood form? Where two answers of a channel disagree, the more
    restrictive one counts. Null, missing or strange forms are no refusal (and no consent).
    """
    if not isinstance(permits, dict):
        return False
    return any(_channel_refuses(channel) for channel in permits.values())


def _channel_refuses(channel: Json) -> bool:
    if isinstance(channel, dict):
        return any(_says_no(channel.get(answer)) for answer in _ANSWERS)
    return _says_no(channel)


def _says_no(answer: Json) -> bool:
    if answer is None:
        return False
    if isinstance(answer, str):
        return fold(answer.strip()) in _REFUSALS
    return isinstance(answer, bool | int | float) and answer == 0
