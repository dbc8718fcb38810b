"""Which records take part in creates, as a table (CP-10, CP-25, CP-46; [pairs.NAME.select])."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connector.domain.codes import HoldCode, SkipReason
from connector.domain.select import Hold, Selected, SelectFacts, SelectRules, Skip, WithoutPhone, select
from connector.domain.values import BLANK, CHECKANDPLACE, CLOPOS, Customer, Traits, Value, known, unknown

FIELDS = {"name": known({"text": "Aysel"}), "phone": known({"primary": "+994502345678", "all": ["+994502345678"]})}
GUEST = Customer(CHECKANDPLACE, "g", FIELDS)
PLAIN, RULES = SelectFacts(), SelectRules()
ALL = SelectRules(blacklisted=True, inactive=True, permit_refused=True)


def with_traits(traits: Traits) -> Customer:
    return replace(GUEST, traits=traits)


def test_an_ordinary_record_is_selected_on_either_side() -> None:
    assert select(GUEST, PLAIN, RULES) == Selected()
    assert select(replace(GUEST, side=CLOPOS), PLAIN, RULES) == Selected()


@pytest.mark.parametrize(
    ("traits", "reason", "with_all"),
    [
        (Traits(anonym=True), SkipReason.ANONYM, Skip(SkipReason.ANONYM)),  # never synced as a person
        (Traits(deleted=True), SkipReason.DELETED, Skip(SkipReason.DELETED)),
        (Traits(blacklisted=True), SkipReason.BLACKLISTED, Selected()),
        (Traits(active=False), SkipReason.INACTIVE, Selected()),
        (Traits(permit_refused=True), SkipReason.PERMIT_REFUSED, Selected()),
        (Traits(blacklisted=True, anonym=True), SkipReason.ANONYM, Skip(SkipReason.ANONYM)),
    ],
)
def test_settings_leave_out(traits: Traits, reason: SkipReason, with_all: object) -> None:
    assert select(with_traits(traits), PLAIN, RULES) == Skip(reason)
    assert select(with_traits(traits), PLAIN, ALL) == with_all


def test_an_unknown_state_is_not_inactive() -> None:
    assert select(with_traits(Traits(active=None)), PLAIN, RULES) == Selected()


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        (SelectFacts(erased=True), Skip(SkipReason.ERASED)),
        (SelectFacts(in_review=True), Skip(SkipReason.IN_REVIEW)),
        (SelectFacts(partner_gone=True), Skip(SkipReason.PARTNER_GONE)),
        (SelectFacts(shared_number=True), Hold(HoldCode.SHARED_NUMBER)),
        (SelectFacts(cid_used=True), Hold(HoldCode.CID_USED)),
        (SelectFacts(cid_used=True, shared_number=True), Hold(HoldCode.CID_USED)),
        (SelectFacts(in_review=True, shared_number=True), Skip(SkipReason.IN_REVIEW)),  # the proposal asks already
        (SelectFacts(erased=True, cid_used=True), Skip(SkipReason.ERASED)),
    ],
)
def test_what_the_state_knows(facts: SelectFacts, expected: object) -> None:
    assert select(GUEST, facts, ALL) == expected


@pytest.mark.parametrize("phone", [BLANK, unknown("ambiguous")])
def test_without_a_phone(phone: Value) -> None:
    """CP-10: an unknown phone counts as none; anonymous guests exist on Check&Place alone."""
    anonymous = SelectRules(without_phone=WithoutPhone.ANONYMOUS)
    guest = replace(GUEST, fields={**FIELDS, "phone": phone})
    cashier = replace(guest, side=CLOPOS)
    assert select(guest, PLAIN, RULES) == select(cashier, PLAIN, RULES) == Skip(SkipReason.NO_PHONE)
    assert select(cashier, PLAIN, anonymous) == Selected(anonymous=True)
    assert select(guest, PLAIN, anonymous) == Skip(SkipReason.NO_PHONE)


@pytest.mark.parametrize("name", [BLANK, unknown("not_text")])
def test_without_a_name(name: Value) -> None:
    assert select(replace(GUEST, fields={**FIELDS, "name": name}), PLAIN, ALL) == Skip(SkipReason.NO_NAME)


TRAITS = st.builds(
    Traits,
    active=st.sampled_from([None, True, False]),
    anonym=st.booleans(),
    blacklisted=st.booleans(),
    permit_refused=st.booleans(),
    deleted=st.booleans(),
)
FACTS = st.builds(SelectFacts, st.booleans(), st.booleans(), st.booleans(), st.booleans(), st.booleans())


@given(TRAITS, FACTS)
def test_looser_settings_never_leave_out_more(traits: Traits, facts: SelectFacts) -> None:
    strict, loose = select(with_traits(traits), facts, RULES), select(with_traits(traits), facts, ALL)
    if isinstance(strict, Selected):
        assert isinstance(loose, Selected)
    if facts.erased or traits.anonym or facts.partner_gone or facts.in_review:
        assert isinstance(loose, Skip)
