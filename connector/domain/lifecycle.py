"""A link's life: gone, back, changed hands, merged away (ARCHITECTURE, "Gone, back, changed hands"; CP-47, CP-48).

Facts of both records in, the link's state out. Absence is never deletion: only two complete scans, and a 404 by id
where the side has reading by id, say *gone* (CL-10, CP-23). Inactive is not gone: edits flow, creates do not.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import StrEnum

from connector.domain import names
from connector.domain.cid import fold_cid
from connector.domain.select import NAME, PHONE
from connector.domain.undo import UNDO
from connector.domain.values import Customer, Key, KeyKind, SideName

GONE_AFTER_SCANS = 2

FOR_GOOD = ("broken_by_staff", "moved", UNDO)
"""Why a broken link does not heal by itself."""
PHONE_AND_NAME = "phone_and_name_changed"
"""Why a record is perhaps another person now."""


class LinkState(StrEnum):
    """Only an active link is merged and written."""

    ACTIVE = "active"
    BROKEN = "broken"
    SUPERSEDED = "superseded"
    DISPUTED = "disputed"


class ById(StrEnum):
    """What a reading by id said of a record that the scans miss."""

    NOT_OFFERED = "not-offered"
    NOT_ASKED = "not-asked"
    FOUND = "found"
    NOT_FOUND = "not-found"


@dataclass(frozen=True, slots=True)
class Sight:
    """One of the two records of a link, as this run sees it.

    `missing_scans`: complete scans in a row without it (0: seen). `deleted`: it carries a deletion date.
    `changed_hands` and `survivor`: what the functions of these names say. `turned_anonym`: Check&Place made it
    anonymous again (CP-47).
    """

    side: SideName
    missing_scans: int = 0
    by_id: ById = ById.NOT_OFFERED
    deleted: bool = False
    changed_hands: str | None = None
    turned_anonym: bool = False
    survivor: str | None = None

    @property
    def seen(self) -> bool:
        return self.missing_scans == 0 and not self.deleted

    @property
    def gone(self) -> bool:
        """Proved: a deletion date, or two complete scans without it and no other word from a reading by id."""
        proved = self.by_id in (ById.NOT_OFFERED, ById.NOT_FOUND)
        return self.deleted or (self.missing_scans >= GONE_AFTER_SCANS and proved)


@dataclass(frozen=True, slots=True)
class LinkDecision:
    """The link's state from now on, and why.

    `merge`: whether its fields are merged and written in this run; bases stay as they are otherwise. `side`: the side
    that the reason speaks of. `task`: staff are told once (the entry ends by itself when the reason does). `ask_by_id`:
    this reading is wanted before a conclusion. `survivor`: where the person lives on, for SUPERSEDED.
    """

    state: LinkState
    reason: str | None = None
    side: SideName | None = None
    merge: bool = False
    task: bool = False
    ask_by_id: bool = False
    survivor: str | None = None


def judge(state: LinkState, sights: tuple[Sight, Sight], *, by_staff: bool = False) -> LinkDecision:
    """The link of two records. `by_staff`: staff broke it, and only staff bring it back. First line that fits."""
    gone = [sight for sight in sights if sight.gone]
    missing = [sight for sight in sights if not sight.seen]
    if state is LinkState.BROKEN and by_staff:
        return LinkDecision(state, "broken_by_staff")
    if state is LinkState.DISPUTED:  # whose record it is, only staff can say
        return LinkDecision(state, "disputed", task=True)
    if len(gone) == len(sights):  # the guest was deleted on both sides
        return LinkDecision(LinkState.BROKEN, "gone_on_both")
    if gone and gone[0].survivor is not None:  # two records were merged in the back office (CP-48)
        heir = gone[0].survivor
        return LinkDecision(LinkState.SUPERSEDED, "merged_away", gone[0].side, task=True, survivor=heir)
    if gone:  # deleted, or erased on request: nothing is written to or created for the other one
        return LinkDecision(LinkState.BROKEN, "gone", gone[0].side, task=True)
    for sight in sights:
        if sight.turned_anonym:  # CP-47: no longer a person, frozen for review
            return LinkDecision(LinkState.DISPUTED, "turned_anonym", sight.side, task=True)
        if sight.changed_hands:  # a record typed over with another guest
            return LinkDecision(LinkState.DISPUTED, sight.changed_hands, sight.side, task=True)
    if missing:  # not seen, not gone: no conclusion, and nothing to check a precondition against
        first = missing[0]
        ask = first.missing_scans >= GONE_AFTER_SCANS and first.by_id is ById.NOT_ASKED
        return LinkDecision(state, "missing", first.side, ask_by_id=ask)
    if state in (LinkState.BROKEN, LinkState.SUPERSEDED):  # restored, or the listing had hidden it
        return LinkDecision(LinkState.ACTIVE, "seen_again", merge=True)
    return LinkDecision(state, merge=True)


def changed_hands(before: Customer, now: Customer, partner: Customer | None, sent: Iterable[Key] = ()) -> str | None:
    """Is this record perhaps another person now? The reason, `cid_changed` or `phone_and_name_changed`, or None.

    Both readings are of one record; `partner` is the record it is linked to, `sent` the keys of what we sent to it and
    have not seen there yet: the partner may have moved on since. A number that was cleared, or typed into a record
    without one, has changed too: beside another name nothing is left that says who this was, unless the e-mail stayed.
    A name that is filled in or cleared, or a value that cannot be read, is no change of hands, and neither is a new
    phone or name that the partner shows too, or that was sent: then we wrote it, or staff changed both systems.
    """
    ours = set(sent)
    cid_then, cid_today = fold_cid(before.traits.cid), fold_cid(now.traits.cid)
    if cid_then and cid_today and cid_then != cid_today:
        return "cid_changed"
    for kind in (KeyKind.PHONE, KeyKind.NAME):
        then, today = _keys(before, kind), _keys(now, kind)
        known = _keys(partner, kind) if partner is not None else set()
        if then & today or today & (known | ours):
            return None
        if not (then and today) and not (kind is KeyKind.PHONE and _cleared_or_filled(before, now, then or today)):
            return None
    return PHONE_AND_NAME


def _cleared_or_filled(before: Customer, now: Customer, numbers: set[Key]) -> bool:
    """Whether a number came where there was none, or the other way round, beside a name that is another one, not only
    a longer or shorter one, and no e-mail that stayed; nothing that could not be read."""
    empty = now if _keys(before, KeyKind.PHONE) else before
    if not numbers or not empty.field(PHONE).is_blank or _keys(before, KeyKind.EMAIL) & _keys(now, KeyKind.EMAIL):
        return False
    words = [set(names.tokens(str(one.field(NAME).data["text"]))) for one in (before, now) if one.field(NAME).is_value]
    return len(words) == 2 and not (words[0] <= words[1] or words[1] <= words[0])


def survivor(vanished: Customer, holders: Callable[[Key], Iterable[str]]) -> str | None:
    """The record that a vanished one was perhaps merged into (CP-48): the only other record of its side with any of its
    phones and e-mails; None without one, or with several. A name alone proves nothing.

    `holders`: the ids of the side's records that hold a key.
    """
    keys = _keys(vanished, KeyKind.PHONE) | _keys(vanished, KeyKind.EMAIL)
    heirs: set[str] = set()
    for key in keys:
        heirs |= {record_id for record_id in holders(key) if record_id != vanished.id}
    return heirs.pop() if len(heirs) == 1 else None


class Move(StrEnum):
    """What a superseded link does by itself."""

    STAYS = "stays"
    MOVES = "moves"
    ENDS = "ends"


def superseded(*, own_partner_gone: bool, survivor_partner_gone: bool | None) -> Move:
    """A superseded link moves to the survivor only by staff, or when one of the two partners is gone too (CP-48).

    `survivor_partner_gone` is None if the survivor has no partner.
    """
    if own_partner_gone:  # staff merged on both sides: the survivor's own link is the one that is left
        return Move.ENDS
    if survivor_partner_gone:  # the same the other way round: this partner is the one that is left
        return Move.MOVES
    return Move.STAYS


def _keys(customer: Customer, kind: KeyKind) -> set[Key]:
    return {key for key in customer.keys if key.kind is kind}
