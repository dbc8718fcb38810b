"""Consent: a permit that says no is understood in any form, and nothing is ever taken for a yes (CP-25)."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connector.domain import consent
from connector.domain.consent import permit_refused

ANY_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters(codec=None)),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
)


@pytest.mark.parametrize(
    ("permits", "refused"),
    [
        ({"sms": {"permit": None, "value": None}}, False),
        ({"sms": {"permit": True}, "email": {"permit": "ONAY"}}, False),
        ({"sms": {"permit": False}}, True),
        ({"sms": {"permit": "RET"}}, True),
        ({"sms": {"permit": " ret "}}, True),
        ({"call": {"permit": "Hayır"}}, True),
        ({"call": {"permit": "HAYIR"}}, True),
        ({"call": {"permit": "xeyr"}}, True),
        ({"whatsapp": {"permit": "no"}}, True),
        ({"whatsapp": {"permit": 0}}, True),
        ({"whatsapp": {"permit": "0"}}, True),
        ({"email": {"permit": True, "value": False}}, True),  # the more restrictive one counts
        ({"email": {"permit": "ONAY", "value": "RET"}}, True),
        ({"sms": False}, True),
        ({"sms": "RET"}, True),
        ({"sms": True}, False),
        ({"email": {"permit": True, "verified": False}}, False),  # not verified is no refusal
        ({"email": {"value": "aysel@example.com"}}, False),
        ({"sms": []}, False),
        (None, False),
        ("RET", False),
        ([], False),
    ],
)
def test_permit_refused(permits: Any, refused: bool) -> None:
    assert permit_refused(permits) is refused


@given(ANY_JSON, st.dictionaries(st.text(max_size=5), ANY_JSON, max_size=3))
def test_anything_is_understood_and_a_refusal_stays_one(junk: Any, channels: dict[str, Any]) -> None:
    assert permit_refused(junk) in (True, False)
    assert permit_refused({**channels, "sms": {"permit": "RET", "value": junk}})


def test_this_module_says_no_or_nothing() -> None:
    public = [name for name in vars(consent) if not name.startswith("_") and callable(getattr(consent, name))]
    assert [name for name in public if getattr(consent, name).__module__ == consent.__name__] == ["permit_refused"]
