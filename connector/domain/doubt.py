"""Writes in doubt and answers that speak of a duplicate: what to do next, from facts alone.

The rules are clopos.md 3.3 (safe create, CL-05, CL-06, CL-09) and checkandplace.md 5 (outcomes, CP-14, CP-19, CP-21).
Nothing here asks a server: the engine looks up or lists, and hands in what it found.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from connector.domain.codes import HoldCode
from connector.domain.fieldtypes.base import Change
from connector.domain.match import Band
from connector.domain.values import Value

SETTLED_AFTER_SECONDS = 60
"""A listing proves absence only if it began this long after the send (checkandplace.md 5)."""

AGREEING_LISTINGS = 2


class Next(StrEnum):
    """What follows."""

    DONE = "done"
    """It happened: link `record_id`, which we made."""
    LINK = "link"
    """The person was there already: link `record_id` on its evidence."""
    PROPOSAL = "proposal"
    """Perhaps one of `candidates`: staff decide, nothing is created meanwhile."""
    SEND_AGAIN = "send-again"
    """It did not happen: send the same again (Clopos: with the same cid)."""
    WAIT = "wait"
    """Not to be told yet: one more complete listing."""
    HOLD = "hold"


@dataclass(frozen=True, slots=True)
class Verdict:
    """`record_id` of DONE and LINK; `candidates` the records a proposal or hold speaks of; `code` of a hold; `why` a
    word for the history; `question` the exact question of a hold `in-doubt`, without guest data."""

    next: Next
    why: str
    record_id: str | None = None
    candidates: tuple[str, ...] = ()
    code: HoldCode | None = None
    question: str | None = None


@dataclass(frozen=True, slots=True)
class Found:
    """A record of the target side that a look-up by our unique values showed.

    `ours`: it carries the cid that we sent (Clopos alone). `band`: of the pair (source, this record). `taken`: it is
    linked to another record already.
    """

    record_id: str
    band: Band
    ours: bool = False
    taken: bool = False


@dataclass(frozen=True, slots=True)
class Fresh:
    """A record that was in no listing before the send and is linked to nobody.

    `equal`: every field that was sent (but those the probe showed to be ignored, CP-20) is equal by its own equality.
    `shares_key`: it holds a phone or e-mail that we sent.
    """

    record_id: str
    equal: bool
    shares_key: bool = False


def clopos_create(found: Sequence[Found], cid_rejected: bool = False) -> Verdict:
    """A create on Clopos in doubt, after the look-up by phone and newest rows (clopos.md 3.3, step 5)."""
    if _ours(found):
        return _by_cid(found, cid_rejected)  # the 504 came after the customer was made
    if found:
        return _by_band(found)  # a cashier typed the same guest in the meantime
    return Verdict(Next.SEND_AGAIN, "not_found")  # it never arrived; the same cid makes the repeat safe


def clopos_duplicate(found: Sequence[Found], cid_rejected: bool = False) -> Verdict:
    """An answer "exists already" to a create on Clopos, after the search by every unique value sent (step 6)."""
    if _ours(found):
        return _by_cid(found, cid_rejected)  # an earlier try of ours had gone through
    if found:
        return _by_band(found)  # the guest, a relative or the number's former owner
    return _nobody(HoldCode.DUPLICATE_NOT_VISIBLE)  # deleted, or in a venue that we may not read (CL-09, CL-10)


def checkandplace_create(fresh: Sequence[Fresh], begun_after: Iterable[float], *, accepted: bool) -> Verdict:
    """A create on Check&Place in doubt, or accepted without an id, judged from complete listings (CP-19, CP-21).

    `begun_after`: for each complete listing since, how many seconds after the send it began. `accepted`: the server
    said 2xx; such a create is never sent again.
    """
    equal = tuple(sorted(record.record_id for record in fresh if record.equal))
    alike = tuple(sorted(record.record_id for record in fresh if record.equal or record.shares_key))
    if len(equal) == 1:
        return Verdict(Next.DONE, "ours", equal[0])  # the reply was lost, or carried no id
    if equal:  # a guest was entered twice in these seconds
        return _in_doubt("several_equal", equal, "Which of these records is the one that was created?")
    if alike:  # entered by staff at the same time, or changed at once, or the server stored it differently
        return _in_doubt("alike_but_different", alike, "Is this new record the customer that was sent?")
    if sum(seconds >= SETTLED_AFTER_SECONDS for seconds in begun_after) < AGREEING_LISTINGS:
        return Verdict(Next.WAIT, "listed_too_early")  # a slow server may still show it
    if accepted:
        return _in_doubt("accepted_but_absent", (), "The server took this customer and does not list it: is it there?")
    return Verdict(Next.SEND_AGAIN, "absent")  # it never arrived


def checkandplace_refused(status: int, found: Sequence[Found]) -> Verdict:
    """A refused create on Check&Place, after the one listing at the run's end (CP-14)."""
    if found:
        return _by_band(found)
    if status == 409:
        return _nobody(HoldCode.DUPLICATE_NOT_VISIBLE)  # a record that the listing hides (CP-23)
    return _nobody(HoldCode.REJECTED)  # 422 and 400: the values themselves


def checkandplace_known_id(found: Found) -> Verdict:
    """A create answered 200 with the id of a record that was there before: that record, not a new one (CP-14)."""
    return _by_band([found])


class Compares(Protocol):
    """What `sight` needs of a field type."""

    def equal(self, a: Value, b: Value) -> bool: ...
    def changed(self, base: Value, now: Value) -> Change: ...


class Sight(StrEnum):
    """What a later reading shows of one field whose update is in doubt."""

    SENT = "sent"
    BEFORE = "before"
    THIRD = "third"
    UNREADABLE = "unreadable"


@dataclass(frozen=True, slots=True)
class UpdateVerdict:
    """An update in doubt, field by field: arrived, to be sent again, to be merged anew, not to be told yet."""

    done: tuple[str, ...] = ()
    send_again: tuple[str, ...] = ()
    merge_anew: tuple[str, ...] = ()
    wait: tuple[str, ...] = ()


def sight(kind: Compares, sent: Value, before: Value, now: Value) -> Sight:
    """One field whose update is in doubt. `sent`: the other side's value that went out; `before` and `now`: what the
    target showed when the intent was written and what it shows now."""
    if now.is_unknown:
        return Sight.UNREADABLE
    if kind.changed(before, now) is Change.NONE:
        return Sight.BEFORE  # first, because a new spelling alone is equal to what stood there
    if kind.equal(sent, now):
        return Sight.SENT
    return Sight.BEFORE if kind.changed(before, now) is Change.SPELLING else Sight.THIRD


def update(seen: Mapping[str, Sight]) -> UpdateVerdict:
    """checkandplace.md 5: sent value seen -> done; before-value seen -> send again; a third -> merge anew."""
    return UpdateVerdict(
        done=_fields(seen, Sight.SENT),
        send_again=_fields(seen, Sight.BEFORE),
        merge_anew=_fields(seen, Sight.THIRD),  # staff edited it meanwhile
        wait=_fields(seen, Sight.UNREADABLE),
    )


def _ours(found: Sequence[Found]) -> tuple[str, ...]:
    return tuple(sorted(record.record_id for record in found if record.ours))


def _by_cid(found: Sequence[Found], cid_rejected: bool) -> Verdict:
    ours = _ours(found)
    if cid_rejected or any(record.taken for record in found if record.ours):
        return Verdict(Next.HOLD, "cid_used", candidates=ours, code=HoldCode.CID_USED)
    if len(ours) > 1:  # the server does not keep cid unique after all
        return _in_doubt("cid_twice", ours, "Which of these records, all with our key, is the customer?")
    return Verdict(Next.DONE, "our_cid", ours[0])


def _by_band(found: Sequence[Found]) -> Verdict:
    """The bands of `link`: sure with exactly one -> link; likeness -> staff; the value is somebody else's -> hold."""
    everyone = tuple(sorted(record.record_id for record in found))
    sure = [record.record_id for record in found if record.band is Band.SURE and not record.taken]
    likely = tuple(sorted(r.record_id for r in found if r.band is not Band.APART and not r.taken))
    if len(sure) == 1:
        return Verdict(Next.LINK, "sure", sure[0])
    if likely:
        return Verdict(Next.PROPOSAL, "review", candidates=likely)
    return Verdict(Next.HOLD, "held_by_others", candidates=everyone, code=HoldCode.PHONE_HELD)


def _nobody(code: HoldCode) -> Verdict:
    return Verdict(Next.HOLD, "nobody_found", code=code)


def _in_doubt(why: str, candidates: tuple[str, ...], question: str) -> Verdict:
    return Verdict(Next.HOLD, why, candidates=candidates, code=HoldCode.IN_DOUBT, question=question)


def _fields(seen: Mapping[str, Sight], sight: Sight) -> tuple[str, ...]:
    return tuple(name for name, each in seen.items() if each is sight)
