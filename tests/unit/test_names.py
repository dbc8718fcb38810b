"""Names against the contract's vectors (`names`) and against their own laws."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from connector.domain import names
from connector.domain.names import Split
from tests.unit.vector_cases import cases, section

# Names as they come, and everything else that is a Python text: controls, marks, lone surrogates.
WORDS = st.sampled_from(
    [
        "Aysel",
        "ƏLİ",
        "ışık",
        "oğlu",
        "qızı",
        "xanım",
        "van",
        "de",
        "-",
        ".",
        "O'Hara",
        "Əliyeva - Həsənova",
        "5",
        "кызы",
    ]
)
TEXTS = st.one_of(st.lists(WORDS, max_size=7).map(" ".join), st.text(st.characters(codec=None), max_size=40))


@pytest.mark.parametrize("case", cases("names", "split"))
def test_split(case: dict[str, Any]) -> None:
    split = names.split(case["full"])
    assert names.clean(case["full"]) == case["clean"]
    assert split == Split(case["first_name"], case["last_name"], case["rule"])
    joined = names.join(split.first, split.last)
    assert joined == case["joined_again"]
    assert (joined == case["clean"]) is case["round_trip"]
    assert names.key(case["full"]) == (case["key"] or "")


@pytest.mark.parametrize("case", cases("names", "join"))
def test_join(case: dict[str, Any]) -> None:
    joined = names.join(case["first_name"], case["last_name"])
    assert joined == case["name"]
    assert names.key(joined) == (case["key"] or "")


@pytest.mark.parametrize("case", cases("names", "same_name"))
def test_same_name(case: dict[str, Any]) -> None:
    assert names.same(case["a"], case["b"]) is case["same"]
    assert names.same(case["b"], case["a"]) is case["same"]


@pytest.mark.parametrize(
    ("words", "listed"),
    [
        (names.PATRONYMIC_MARKERS, "patronymic_markers_folded"),
        (names.HONORIFICS, "honorifics_folded"),
        (names.PARTICLES, "particles_folded"),
    ],
)
def test_the_word_lists_are_those_of_the_contract(words: frozenset[str], listed: str) -> None:
    assert words == set(section("names")[listed])
    assert all(names.fold(word) == word for word in words)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Aytən Əliyeva -Həsənova", "Aytən Əliyeva-Həsənova"),
        ("A - b - c", "A-b-c"),
        ("Elçin - 5", "Elçin - 5"),
        ("Aysel -", "Aysel -"),
        ("Q\u0307 - a", "Q\u0307-a"),  # the mark belongs to the letter before it
        ("\ufeffAysel\u200b", "Aysel"),
        ("\u200b", None),
        ("😀", None),
        ("__", None),
    ],
)
def test_clean_beyond_the_vectors(text: str, expected: str | None) -> None:
    assert names.clean(text) == expected


def test_two_blank_texts_are_no_name() -> None:
    assert not names.same(".", "")
    assert not names.same(None, None)


def test_tokens_keep_their_order_and_lose_courtesy_only_when_asked() -> None:
    assert names.tokens(" AYSEL - Məmmədova xanım") == ["aysel-məmmədova", "xanim"]
    assert names.tokens("Aysel & Elçin") == ["aysel", "elçin"]
    assert names.without_honorifics(names.tokens("Aysel Xanım")) == ["aysel"]
    assert names.tokens("?") == []


@pytest.mark.parametrize(
    ("clopos", "checkandplace", "apart"),
    [
        ("Elçin Məmmədov", ("elçin", "məmmədov"), True),
        ("Elçin Məmmədov", ("Elçin", "Məmmədov"), False),
        ("Məmmədov Elçin", ("Elçin", "Məmmədov"), False),  # order only
        ("məmmədov elçin", ("Elçin", "Məmmədov"), False),  # order and spelling: the order would be sent too
        ("Məmmədova Aysel Elçin qızı", ("AYSEL ELÇİN QIZI", "MƏMMƏDOVA"), True),  # compared after the split
        ("Elçin Məmmədov", ("Elçin", "Quliyev"), False),
        ("Aysel", ("aysel", None), True),
        ("Elçin Rəşid", ("ELÇİN RƏŞİD", None), False),  # the parts would move
    ],
)
def test_spelled_apart(clopos: str, checkandplace: tuple[str, str | None], apart: bool) -> None:
    held = Split(*checkandplace, rule="held")
    assert names.spelled_apart(names.split(clopos), held) is apart


@given(TEXTS)
@example("\ud800 \udfff")
@example("Aysel\x00Məmmədova")
@example("I\u0307" * 3)
def test_any_text_is_cleaned_once_and_for_all(text: str) -> None:
    cleaned = names.clean(text)
    if cleaned is not None:
        assert names.clean(cleaned) == cleaned
        assert names.key(cleaned) == names.key(text)


@given(TEXTS)
def test_a_split_loses_and_invents_no_word(text: str) -> None:
    split = names.split(text)
    again = names.join(split.first, split.last)
    assert names.key(again) == names.key(text)
    assert (split.first is None) is (names.clean(text) is None)
    if split.last is not None:
        assert names.clean(split.last) == split.last


@given(TEXTS, TEXTS)
def test_the_order_of_the_parts_never_makes_another_name(first: str, last: str) -> None:
    assume("-" not in first + last)  # a hyphen at the seam ties the parts together
    assert names.key(names.join(first, last)) == names.key(names.join(last, first))


def test_a_name_of_ten_thousand_letters_is_a_name() -> None:
    text = "Ə" * 10_000 + " " + "x" * 10_000
    assert names.split(text).rule == "last_token"
    assert len(names.key(text)) == 20_001
    assert names.clean("a - " * 20_000) is not None
