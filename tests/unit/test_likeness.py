"""Likeness of names: tables of what staff really type, and the laws that hold for any two texts."""

from __future__ import annotations

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from connector.domain import names
from connector.domain.likeness import OTHER_FATHER, SAME_FATHER, Alike, compare
from connector.domain.spellings import family_like, father_in, same_sound, sounds, stem

TEXTS = st.one_of(
    st.lists(
        st.sampled_from(
            [
                "Aysel",
                "Əli",
                "Али",
                "E.",
                "oğlu",
                "Rəşid",
                "Рашидович",
                "xanım",
                "Məmmədova",
                "Əliyeva-Həsənova",
                "-",
                "ş",
            ]
        ),
        max_size=7,
    ).map(" ".join),
    st.text(st.characters(codec=None), max_size=40),
)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Məmmədov", "Mammadov"), ("Məmmədov", "Mamedov"), ("Məmmədov", "Мамедов"), ("Məmmədov", "Memmedov"),
        ("Hüseynov", "Huseynov"), ("Hüseynov", "Гусейнов"), ("Hüseyn", "Hussein"), ("Həsən", "Гасан"),
        ("Cəfərov", "Jafarov"), ("Cəfərov", "Джафаров"), ("Cavid", "Djavid"), ("Elçin", "Elchin"), ("Elçin", "Эльчин"),
        ("Şəhla", "Shahla"), ("Şəhla", "Sehla"), ("Şahin", "Шахин"), ("Ağayeva", "Aghayeva"), ("Ağayeva", "Агаева"),
        ("Xəlilov", "Khalilov"), ("Xəlilov", "Халилов"), ("Xəlilov", "Halilov"), ("Quliyev", "Guliyev"),
        ("Quliyev", "Kuliev"), ("Quliyev", "Кулиев"), ("Vəliyev", "Veliev"), ("Günay", "Gunay"), ("Günay", "Гюнай"),
        ("Orxan", "Orkhan"), ("Orxan", "Орхан"), ("Yeganə", "Егана"), ("Işıl", "Isil"), ("Çağla", "Cagla"),
        ("Yusif", "Юсиф"), ("Əhmədov", "Ахмедов"), ("Мәммәдов", "Məmmədov"), ("Ҝүнај", "Günay"),
    ],
)  # fmt: skip
def test_spellings_of_one_word_sound_the_same(one: str, other: str) -> None:
    assert same_sound(names.fold(one), names.fold(other))
    assert same_sound(names.fold(other), names.fold(one))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Əli", "Vəli"),
        ("Aysel", "Aytən"),
        ("Elçin", "Elşən"),
        ("Leyla", "Lalə"),
        ("Rəşad", "Rəşid"),
        ("Əliyev", "Quliyev"),
    ],
)
def test_other_words_sound_different(one: str, other: str) -> None:
    assert not same_sound(names.fold(one), names.fold(other))


@pytest.mark.parametrize(
    ("one", "other", "alike", "least", "most"),
    [
        ("Aysel Məmmədova", "MƏMMƏDOVA AYSEL", Alike.SAME, 1, 1),  # swapped
        ("Aysel xanım Məmmədova", "Aysel Məmmədova", Alike.SAME, 1, 1),  # courtesy
        ("Aysel", "Aysel Məmmədova", Alike.SAME, 0.95, 0.99),  # the given name alone
        ("Elchin Mammadov", "Elçin Məmmədov", Alike.SPELLING, 0.95, 0.99),
        ("Гасанов Рашид", "Rəşid Həsənov", Alike.SPELLING, 0.95, 0.99),  # Cyrillic and swapped
        ("Aysel Məmmedowa", "Aysel Məmmədova", Alike.SPELLING, 0.95, 0.99),
        ("Aysel Məmmdova", "Aysel Məmmədova", Alike.ONE_LETTER, 0.9, 0.96),
        ("Tural Süleymonav", "Tural Süleymanov", Alike.TWO_LETTERS, 0.8, 0.9),
        ("E. Məmmədov", "Elçin Məmmədov", Alike.INITIAL, 0.85, 0.9),
        ("Ш Алиева", "Şəhla Əliyeva", Alike.INITIAL, 0.85, 0.9),
        ("Elçin Məmmədov", "Elçin Məmmədova", Alike.ENDING, 0.9, 0.95),
        ("Tural Həsənli", "Tural Həsənov", Alike.ENDING, 0.88, 0.92),
        ("Tural Həsənzadə", "Гасанов Турал", Alike.ENDING, 0.85, 0.92),
        ("Aytən Əliyeva", "Aytən Əliyeva-Həsənova", Alike.JOINED, 0.9, 0.96),
        ("Gül Əliyeva", "Gülnar Əliyeva", Alike.SHORT, 0.75, 0.85),
        ("Samir Əliyev", "Samirə Əliyeva", Alike.ONE_LETTER, 0.7, 0.8),  # brother and sister
        ("Məmmədova", "Aysel Məmmədova", Alike.FAMILY, 0.4, 0.6),
        ("Nərmin Məmmədova", "Aysel Məmmədova", Alike.FAMILY, 0.2, 0.3),
        ("Nərmin Mamedova", "Aysel Məmmədova", Alike.FAMILY, 0.2, 0.3),
        ("Aysel Quliyeva", "Aysel Məmmədova", Alike.GIVEN, 0.4, 0.5),  # a wedding, or another Aysel
        ("Leyla Əliyeva", "Tural Rzayev", Alike.DIFFERENT, 0, 0),
        ("Ayşe Nur Yılmaz", "Ayşe Gül Yılmaz", Alike.PARTLY, 0.6, 0.7),
        ("Xanım", "Aysel", Alike.MISSING, 0, 0),
        (None, "Aysel", Alike.MISSING, 0, 0),
        (".", "", Alike.MISSING, 0, 0),
    ],
)
def test_the_way_two_names_are_alike(one: str | None, other: str, alike: Alike, least: float, most: float) -> None:
    found = compare(one, other)
    assert found.alike is alike
    assert least <= found.score <= most
    assert found.words == (alike.value,)
    assert compare(other, one) == found


@pytest.mark.parametrize(
    ("one", "other", "fathers", "least"),
    [
        ("Məmmədov Elçin Rəşid oğlu", "Elçin Rəşid oğlu Məmmədov", SAME_FATHER, 1.0),
        ("Рашид Вагифович Алиев", "Əliyev Rəşid Vaqif oğlu", SAME_FATHER, 0.95),
        ("Məmmədov Elçin Rəşid oğlu", "Məmmədov Elçin Vaqif oğlu", OTHER_FATHER, 0.3),  # cousins
        ("Əliyeva Aysel Elçin qızı", "Əliyeva Aysel", None, 1.0),
        ("Əliyeva Aysel Elçin qızı", "Əliyeva Aysel Elcin qizi", SAME_FATHER, 1.0),
    ],
)
def test_fathers(one: str, other: str, fathers: str | None, least: float) -> None:
    found = compare(one, other)
    assert found.fathers == fathers
    assert found.score >= least
    assert fathers is not OTHER_FATHER or found.score <= 0.3
    assert found.words[1:] == ((fathers,) if fathers else ())


def test_closer_names_score_higher() -> None:
    ladder = ["Aysel Məmmədova", "Aysel Mammadova", "Aysel Məmmdova", "A. Məmmədova", "Aysel Quliyeva",
              "Nərmin Məmmədova", "Tural Rzayev"]  # fmt: skip
    scores = [compare("Aysel Məmmədova", name).score for name in ladder]
    assert scores == sorted(scores, reverse=True)
    assert len(set(scores)) == len(scores)


def test_what_tells_a_family_name() -> None:
    assert [word for word in ("məmmədova", "həsənli", "əlizadə", "hacıoğlu", "aysel", "əli") if family_like(word)] == [
        "məmmədova", "həsənli", "əlizadə", "hacıoğlu",
    ]  # fmt: skip
    assert stem("li") == ("li", "")
    assert father_in("рашидовна") == sounds("rəşid")[0]
    assert father_in("aysel") is None


@settings(max_examples=300, deadline=None)
@given(TEXTS, TEXTS)
@example("\ud800 \udfff", "\ud800")
@example("İ" * 60, "i̇" * 60)
@example("a " * 5_000, "b " * 5_000)
def test_any_two_texts_compare_the_same_both_ways(one: str, other: str) -> None:
    found = compare(one, other)
    assert compare(other, one) == found
    assert 0 <= found.score <= 1
    assert (found.score == 0) == (found.alike in (Alike.MISSING, Alike.DIFFERENT))


@settings(max_examples=200, deadline=None)
@given(TEXTS)
def test_a_name_is_wholly_like_itself(text: str) -> None:
    found = compare(text, text)
    assert found.score == (0 if found.alike is Alike.MISSING else 1)
    assert found.alike in (Alike.SAME, Alike.MISSING)


@settings(max_examples=200, deadline=None)
@given(TEXTS)
def test_the_words_carry_no_guest_data(text: str) -> None:
    told = " ".join(compare(text, "Aysel Məmmədova").words)
    assert "Aysel" not in told
    assert "Məmmədova" not in told
