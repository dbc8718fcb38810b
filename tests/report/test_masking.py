"""What a masked report shows of a guest, and how differences are marked."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connector.report.difference import Piece, compare, overlay, plain, text_of
from connector.report.masking import DOT, mask, mask_name
from connector.report.safe import visible


@pytest.mark.parametrize(
    ("text", "kind", "shown"),
    [
        ("Aysel Məmmədova", "name", "A•••• M••••••••"),
        ("Əli", "name", "Ə••"),
        ("+994501234567", "phone", "+••••••••••67"),
        ("1234", "phone", "••••"),  # too short to show half of it
        ("050 123-45-67", "phone", "••• •••-••-67"),
        ("aysel@example.com", "email", "a••••@•••••••.com"),
        ("no address", "email", "••••••••••"),
        ("allergic to nuts", "note", "•••••••• •• ••••"),
        ("1991-08-17", "date", "••••••••••"),
        ("female", "gender", "female"),
        ("VIP", "group", "VIP"),
    ],
)
def test_masks(text: str, kind: str, shown: str) -> None:
    assert mask(text, kind) == shown


@given(st.text(max_size=60), st.sampled_from(["name", "phone", "email", "note", "text", "date", "identifier"]))
def test_a_mask_keeps_the_length_and_hides_what_it_should(text: str, kind: str) -> None:
    shown = mask(text, kind)
    assert len(shown) == len(text)
    digits = [letter for letter in shown if letter.isdigit()]
    if kind == "phone":
        assert len(digits) <= 2
    if kind not in ("name", "phone", "email"):
        assert set(shown) <= {DOT, *(letter for letter in text if letter.isspace())}
    if kind == "name":
        assert all(len(word.replace(DOT, "")) <= 1 or not word[0].isalnum() for word in shown.split() if word.isalnum())


@given(st.text(alphabet="ABCabc éə", max_size=20))
def test_a_masked_name_shows_one_letter_a_word(text: str) -> None:
    for word in mask_name(text).split():
        assert set(word[1:]) <= {DOT}


@given(st.text(max_size=40), st.text(max_size=40))
def test_pieces_put_together_are_the_texts(before: str, after: str) -> None:
    left, right = compare(before, after)
    assert (text_of(left), text_of(right)) == (before, after)
    kept = ["".join(piece.text for piece in side if not piece.changed) for side in (left, right)]
    if before and after:
        assert kept[0] == kept[1]
        assert any(piece.changed for piece in (*left, *right)) == (before != after)


def test_a_changed_digit_is_marked_where_it_is_also_when_masked() -> None:
    left, _ = compare("+994502223344", "+994502223345")
    assert left == (Piece("+99450222334"), Piece("4", True))
    assert overlay(left, mask("+994502223344", "phone")) == (Piece("+••••••••••4"), Piece("4", True))


def test_a_text_beside_nothing_or_quite_another_one() -> None:
    assert compare("", "new") == ((), plain("new"))
    assert compare("Aysel", "Emre Kaya") == ((Piece("Aysel", True),), (Piece("Emre Kaya", True),))


@given(st.text(st.characters(), max_size=80))
def test_visible_text_can_be_printed_anywhere(text: str) -> None:
    shown = visible(text)
    shown.encode("utf-8")
    assert not any(ord(letter) < 0x20 or 0x7F <= ord(letter) < 0xA0 for letter in shown)
    assert not any(letter in shown for letter in "\u202a\u202b\u202d\u202e\u2066\u2067\u2068\u200e\u200f\u2028\u2029")


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Aysel", "Aysel"),
        ("Məmmədova Yılmaz Şəhriyar", "Məmmədova Yılmaz Şəhriyar"),
        ("a\x00b\x1bc", "a\\x00b\\x1bc"),
        ("abc\u202ecba", "abc\\u202ecba"),
        ("half \ud83d", "half \\ud83d"),
        ("e" + "\u0301" * 30, "e" + "\u0301" * 3),
        ("x" * 400, "x" * 299 + "…"),
    ],
)
def test_visible(text: str, shown: str) -> None:
    assert visible(text) == shown
