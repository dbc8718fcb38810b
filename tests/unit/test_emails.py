"""E-mail addresses: the key of L5, and what may be sent (CL-20)."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connector.domain.emails import email_key, is_valid

TEXTS = st.one_of(st.text(st.characters(codec=None), max_size=30), st.text("aB@. \u200b-", max_size=12))


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("aysel@example.com", "aysel@example.com"),
        (" Aysel@EXAMPLE.com\t", "aysel@example.com"),
        ("ŞƏHLA@example.com", "ŞƏhla@example.com"),  # A-Z only
        ("yoxdur", None),
        ("aysel@example", None),
        ("a.b@example", None),
        ("aysel@@example.com", None),
        ("aysel@b@example.com", None),
        ("aysel m@example.com", None),
        ("aysel@exam\u00a0ple.com", None),
        ("@example.com", None),
        ("", None),
        ("  ", None),
        (None, None),
    ],
)
def test_key(text: str | None, key: str | None) -> None:
    assert email_key(text) == key


@pytest.mark.parametrize(
    ("text", "valid"),
    [
        ("aysel@example.com", True),
        ("a.b+guest@mail.example.co.uk", True),
        ("şəhla@nümunə.az", True),
        ("aysel@example", False),
        ("aysel@example..com", False),
        ("aysel@.example.com", False),
        ("aysel@example.com.", False),
        ("aysel@-example.com", False),
        (".aysel@example.com", False),
        ("ay..sel@example.com", False),
        ("ay sel@example.com", False),
        ("a,b@example.com", False),
        ("a" * 65 + "@example.com", False),
        ("a@" + ".".join(["b" * 60] * 5), False),
        ("aysel\x00@example.com", False),
        ("ay\ud800sel@example.com", False),
        ("", False),
    ],
)
def test_valid(text: str, valid: bool) -> None:
    assert is_valid(text) is valid


@given(TEXTS)
def test_what_may_be_sent_is_a_key_and_a_key_is_its_own(text: str) -> None:
    key = email_key(text)
    if is_valid(text):
        assert key is not None
    if key is not None:
        assert email_key(key) == key
