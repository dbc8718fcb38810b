"""Which records take part in creates (ARCHITECTURE, "Plan"; [pairs.NAME.select]). Links live on outside of it.

A record is *selected*, *skipped* (the settings leave it out; counted, no queue) or *held* (something is unclear; a
person is asked). Whether its number is held on the target side is judged later, in `uniqueness`.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from connector.domain.codes import HoldCode, SkipReason
from connector.domain.values import CHECKANDPLACE, Customer


class WithoutPhone(StrEnum):
    """What becomes of a record without a valid phone (CP-10): left out, or made as an anonymous guest of Check&Place
    (needs the app API)."""

    SKIP = "skip"
    ANONYMOUS = "anonymous"


@dataclass(frozen=True, slots=True)
class SelectRules:
    """[pairs.NAME.select] and `without_phone`. True lets such records be created on the other side too. Anonymous and
    deleted records never are."""

    blacklisted: bool = False
    inactive: bool = False
    permit_refused: bool = False
    without_phone: WithoutPhone = WithoutPhone.SKIP


@dataclass(frozen=True, slots=True)
class SelectFacts:
    """What the state knows of an unlinked record.

    `erased`: its person was erased on request. `in_review`: it has an open proposal. `partner_gone`: its link was
    broken because the other record is gone (or was merged away). `shared_number`: another record of its own side holds
    the number that would be sent. `cid_used`: a link by the cid derived from it was rejected by staff.
    """

    erased: bool = False
    in_review: bool = False
    partner_gone: bool = False
    shared_number: bool = False
    cid_used: bool = False


@dataclass(frozen=True, slots=True)
class Selected:
    """To be created on the other side; `anonymous`: as a guest without identity."""

    anonymous: bool = False


@dataclass(frozen=True, slots=True)
class Skip:
    """Left out by the settings."""

    reason: SkipReason


@dataclass(frozen=True, slots=True)
class Hold:
    """Set aside until a person has decided."""

    code: HoldCode


NAME = "name"
PHONE = "phone"


def select(customer: Customer, facts: SelectFacts, rules: SelectRules) -> Selected | Skip | Hold:
    """May this unlinked record be created on the other side? The first line that fits."""
    traits, to_checkandplace = customer.traits, customer.side.other is CHECKANDPLACE
    has_name, has_phone = customer.field(NAME).is_value, customer.field(PHONE).is_value  # unknown counts as none, CP-10
    left_out = (
        (facts.erased, SkipReason.ERASED),  # an erased person never comes back
        (traits.anonym, SkipReason.ANONYM),  # a walk-in is nobody (CP-46)
        (traits.deleted, SkipReason.DELETED),  # deleted in its own system (CL-10)
        (facts.partner_gone, SkipReason.PARTNER_GONE),  # the other side deleted this guest: never made again (CP-48)
        (facts.in_review, SkipReason.IN_REVIEW),  # perhaps there already: staff are asked
        (traits.blacklisted and not rules.blacklisted, SkipReason.BLACKLISTED),
        (traits.active is False and not rules.inactive, SkipReason.INACTIVE),
        (traits.permit_refused and not rules.permit_refused, SkipReason.PERMIT_REFUSED),  # CP-25
        (not has_name, SkipReason.NO_NAME),  # neither side takes a customer without a name (N1, CP-10)
    )
    for applies, reason in left_out:
        if applies:
            return Skip(reason)
    if facts.cid_used:  # staff said that the Clopos record with this guest's cid is somebody else (clopos.md 3.3)
        return Hold(HoldCode.CID_USED)
    if facts.shared_number:  # a family or a double: the number says nothing about who is who
        return Hold(HoldCode.SHARED_NUMBER)
    if not has_phone:
        anonymous = to_checkandplace and rules.without_phone is WithoutPhone.ANONYMOUS
        return Selected(anonymous=True) if anonymous else Skip(SkipReason.NO_PHONE)
    return Selected()
