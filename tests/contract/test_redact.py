"""Error texts: short, and free of guests' data and secrets (docs/api/clopos.md 3.6)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connector.sides.redact import LONGEST, redact

SENT = {"name": "Aysel Məmmədova", "phone": "+994501234567", "email": "aysel@example.com", "nested": {"note": "qoz"}}


@pytest.mark.parametrize(
    ("said", "gone"),
    [
        ("Customer Aysel Məmmədova exists", ["Aysel", "Məmmədova"]),
        ("AYSEL is taken", ["AYSEL"]),
        ("phone +994 50 123 45 67 is taken", ["123 45 67", "994"]),
        ("phone 0501234567 is taken", ["0501234567"]),
        ("mail other.guest@example.org", ["other.guest", "example.org"]),
        ("token eyJhbGciOiJIUzI1NiJ9.ZGVtbw.c2ln rejected", ["eyJhbGci"]),
        ("token oauth_DEMO0000 rejected", ["oauth_DEMO"]),
        ("id 1f0c7d2a-6f0b-4b58-8f0d-5a9c1c2e7b01 unknown", ["1f0c7d2a"]),
        ('name "Orxan Quliyev" too long', ["Orxan"]),
        ("<html><body><h1>Bad</h1></body></html>", ["<html>"]),
        ("note qoz refused", ["qoz"]),
    ],
)
def test_what_must_not_show(said: str, gone: list[str]) -> None:
    text = redact(said, SENT)
    for piece in gone:
        assert piece not in text
    assert text


@pytest.mark.parametrize(
    ("said", "sent", "text"),
    [
        pytest.param("no such group: no", {"name": "no"}, "no such group: no", id="two letters identify nobody"),
        pytest.param("group 417 is full", {"group_id": 417}, "group … is full", id="numbers were sent too"),
        pytest.param("True is no name", {"create": True}, "True is no name", id="a switch is nobody's"),
        pytest.param("Ali is taken", {"name": "  Ali \n"}, "… is taken", id="as typed with white space around"),
        pytest.param("Ali Ay is taken", {"name": "Ali Ay"}, "… is taken", id="a whole value"),
        pytest.param("Alibek and Ali", {"a": "Ali", "b": "Alibek"}, "… and …", id="the longer value first"),
        pytest.param("vip, qoz and fındıq", {"tags": ["qoz", {"x": "fındıq"}]}, "vip, … and …", id="inside lists"),
    ],
)
def test_what_was_sent_is_masked_and_nothing_beside_it(said: str, sent: object, text: str) -> None:
    assert redact(said, sent) == text


@pytest.mark.parametrize(("length", "shown"), [(199, 199), (200, 200), (201, 200), (900, 200)])
def test_a_long_text_ends_in_the_mark(length: int, shown: int) -> None:
    text = redact(("ab, " * 300)[: length - 1] + "z")
    assert len(text) == shown
    assert text.endswith("z") is (length == shown)
    assert text.endswith("…") is (length > shown)


@pytest.mark.parametrize(
    "said",
    [
        "bad Orxan Quliyev of table 4",
        "Orxan Quliyev",
        "SQL error: insert into customers values (Quliyev, Orxan)",
        "token TOPSECRETTOKEN refused, access cptok-SECRET",
        "token demo-secret refused",
        "Əliyev is forbidden; QULIYEV too",
        "key a1b2c3 is unknown",
    ],
)
def test_what_nobody_sent_does_not_show_either(said: str) -> None:
    """A reading sends no values that could be known again, and an error page may show anybody and anything."""
    text = redact(said)
    for piece in ("Orxan", "QULIYEV", "Quliyev", "TOPSECRET", "SECRET", "demo-secret", "cptok", "Əliyev", "a1b2c3"):
        assert piece not in text
    assert any(word in text for word in ("bad", "error", "token", "forbidden", "key", "…"))


@pytest.mark.parametrize(
    "said",
    [
        "Integrator is in test mode. But brand is not in test mode",
        "Headers are missing",
        "Invalid integrator_id",
        "Missing client_id, client_secret, brand, or integrator_id",
        "Validation failed; The selected gender is invalid.",
        "Too Many Requests",
    ],
)
def test_the_documented_sentences_stay(said: str) -> None:
    """docs/api/clopos.md 2.4 and 3.6."""
    assert redact(said) == said


def test_what_helps_stays() -> None:
    assert redact("The name field is required.") == "The name field is required."
    assert redact("limit must be between 1 and 100") == "limit must be between 1 and 100"
    assert redact("duplicate_phone Customer with this phone number already exists", SENT) == (
        "duplicate_phone Customer with this phone number already exists"
    )


@given(st.text(max_size=5000))
def test_never_long_and_never_a_crash(text: str) -> None:
    assert len(redact(text, SENT)) <= LONGEST


@given(st.text(alphabet="abcdefghijklmnop", min_size=3, max_size=12), st.text(max_size=30), st.text(max_size=30))
def test_a_value_that_was_sent_never_comes_back(value: str, before: str, after: str) -> None:
    assert value not in redact(f"{before} {value} {after}", {"name": value}).split()
