"""The codes of holds and skips: stable, greppable words, each with a sentence and the next step for staff.

A hold sets one record or operation aside and asks something of a person; a skip is what the settings leave out and
asks nothing (ARCHITECTURE, "The words").
"""

from __future__ import annotations

from enum import StrEnum


class HoldCode(StrEnum):
    """Why a record or an operation was set aside."""

    TARGET_UNREADABLE = "target-unreadable"
    PHONE_HELD = "phone-held"
    SHARED_NUMBER = "shared-number"
    DUPLICATE_NOT_VISIBLE = "duplicate-not-visible"
    REJECTED = "rejected"
    IN_DOUBT = "in-doubt"
    NO_ANSWER = "no-answer"
    CID_USED = "cid-used"
    DID_NOT_STICK = "did-not-stick"
    PATCH_REPLACES = "patch-replaces"

    @property
    def sentence(self) -> str:
        """What happened, for a restaurant manager. No guest's data."""
        return _TEXTS[self][0]

    @property
    def next_step(self) -> str:
        """What a person can do about it."""
        return _TEXTS[self][1]


class SkipReason(StrEnum):
    """Why the settings leave a record out of creates. Counted and listable; looked at again when the record changes."""

    ERASED = "erased"
    ANONYM = "anonym"
    DELETED = "deleted"
    BLACKLISTED = "blacklisted"
    INACTIVE = "inactive"
    PERMIT_REFUSED = "permit_refused"
    NO_NAME = "no_name"
    NO_PHONE = "no_phone"
    IN_REVIEW = "in_review"
    PARTNER_GONE = "partner_gone"


_TEXTS: dict[HoldCode, tuple[str, str]] = {
    HoldCode.TARGET_UNREADABLE: (
        "The value on the other side cannot be read, so a change is not written over it.",
        "Correct the unreadable value in its system; the next run looks again.",
    ),
    HoldCode.PHONE_HELD: (
        "The phone number already belongs to another record of the other side.",
        "Look at the records named here: correct or clear the number on the wrong one, or merge the doubles.",
    ),
    HoldCode.SHARED_NUMBER: (
        "Several records of one side carry, or carried, the same phone number, so it does not say who is who.",
        "Correct the number on all but one of the records named here, or merge the doubles.",
    ),
    HoldCode.DUPLICATE_NOT_VISIBLE: (
        "The server says that this customer exists already, but no record that we may read is this customer.",
        "Search the back office (other venues, deleted customers) for the number and free it there, then retry.",
    ),
    HoldCode.REJECTED: (
        "The server refused these values.",
        "Correct the customer in the system it comes from; the next run tries again with the new values.",
    ),
    HoldCode.IN_DOUBT: (
        "A request was sent and it cannot be proved whether it took effect.",
        "Look in the back office whether the customer named here exists, then answer the question.",
    ),
    HoldCode.NO_ANSWER: (
        "The server failed each time this customer was sent, in several runs, and nothing arrived.",
        "Enter the customer or the value there by hand, or ask the vendor; it is sent again ever more rarely.",
    ),
    HoldCode.CID_USED: (
        "A Clopos customer carries the key made for this guest, but staff said that they are different people.",
        "Create the guest in Clopos by hand and link the two, or take the rejection back.",
    ),
    HoldCode.DID_NOT_STICK: (
        "The server accepted a value and shows another one.",
        "Enter the value in the back office, or retry; it is not sent again by itself.",
    ),
    HoldCode.PATCH_REPLACES: (
        "An update changed other fields than those sent, so updates were stopped.",
        "Check the fields named here in the back office, and ask the vendor how a partial update works.",
    ),
}
