"""Likeness: how much do two names look like one person's, and in which way? Evidence for linking, never equality.

Names that the table of linking calls different (`match`, vectors L4) are often one name after all: typed on an English
keyboard, heard through Russian, given with an initial, taken over at a wedding. This file measures that, for people
who review and for the order of what they see; no band is decided by it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

from rapidfuzz.distance import OSA, JaroWinkler

from connector.domain import names
from connector.domain.spellings import GENDERED, LONGEST_WORD, family_like, father_in, same_sound, sounds, stem


class Alike(StrEnum):
    """The way in which two names are alike, in words for staff; the weakest link of the two names tells."""

    SAME = "same name"
    SPELLING = "same name in another spelling"
    JOINED = "double family name, one half given"
    ENDING = "same family name with another ending"
    ONE_LETTER = "name one letter apart"
    TWO_LETTERS = "name two letters apart"
    INITIAL = "initial fits"
    SHORT = "short form of the name"
    SIMILAR = "names sound alike"
    GIVEN = "same given name only"
    FAMILY = "same family name only"
    PARTLY = "a part of the name differs"
    DIFFERENT = "names have nothing in common"
    MISSING = "a name is missing"


SAME_FATHER, OTHER_FATHER = "same father's name", "another father's name"
_SCORES = {
    Alike.SAME: 1.0, Alike.SPELLING: 0.97, Alike.JOINED: 0.9, Alike.ENDING: 0.88, Alike.ONE_LETTER: 0.9,
    Alike.TWO_LETTERS: 0.75, Alike.INITIAL: 0.75, Alike.SHORT: 0.6, Alike.SIMILAR: 0.6,
}  # fmt: skip
_ORDER = list(Alike)
_OTHER_SEX = 0.6  # Samir and Samirə: one letter, two people
_OTHER_FATHER = 0.3
_ONLY_GIVEN, _ONLY_FAMILY, _FAMILY_ALONE = 0.45, 0.25, 0.5
_MOST_WORDS = 6
_FEW_LETTERS, _MANY_LETTERS = 4, 7
_SOUNDS_ALIKE = 0.9


@dataclass(frozen=True, slots=True)
class Likeness:
    """How alike two names are: 0 (nothing in common, or one is missing) to 1 (the same), and in which way."""

    score: float
    alike: Alike
    fathers: str | None = None

    @property
    def words(self) -> tuple[str, ...]:
        """The way in words, without guest data."""
        return (self.alike.value, self.fathers) if self.fathers else (self.alike.value,)


_Match = tuple[float, Alike]
_NONE: _Match = (0.0, Alike.DIFFERENT)


def compare(one: str | None, other: str | None) -> Likeness:
    """The likeness of two names as texts (any text; blank is missing). compare(a, b) == compare(b, a).

    Order of words, letter case, words of courtesy and patronymics do not make names less alike; two different fathers
    make them two people's.
    """
    left, right = _words(one), _words(other)
    if not left.words or not right.words:
        return Likeness(0.0, Alike.MISSING)
    score, alike = _whole(left.words, right.words)
    if left.father is None or right.father is None:
        return Likeness(round(score, 3), alike)
    same = left.father == right.father or OSA.distance(left.father, right.father, score_cutoff=1) <= 1
    fathers = SAME_FATHER if same else OTHER_FATHER
    return Likeness(round(score if same else min(score, _OTHER_FATHER), 3), alike, fathers)


@dataclass(frozen=True, slots=True)
class _Words:
    """The words of a name without courtesy and patronymic, and the sound of the father's name."""

    words: tuple[str, ...]
    father: str | None = None


@lru_cache(maxsize=1 << 12)
def _words(text: str | None) -> _Words:
    words = [word[:LONGEST_WORD] for word in names.without_honorifics(names.tokens(text))[: 2 * _MOST_WORDS]]
    father = None
    for place in range(len(words) - 1, 0, -1):
        if words[place] in names.PATRONYMIC_MARKERS and place > 1:  # "Elçin Rəşid oğlu"; not "Rəşid oğlu" alone
            father = sounds(words[place - 1])[0]
            del words[place - 1 : place + 1]
            break
    if father is None and len(words) > 2:
        place_of = next((place for place, word in enumerate(words) if father_in(word) is not None), None)
        if place_of is not None:
            father = father_in(words.pop(place_of))
    return _Words(tuple(words[:_MOST_WORDS]), father)


def _whole(left: tuple[str, ...], right: tuple[str, ...]) -> _Match:
    """Both names as wholes, from the best pairing of their words."""
    shorter, longer = sorted((left, right), key=lambda words: (len(words), words))
    pairs = _pair(shorter, longer)
    found = [(word, match) for word, match in zip(shorter, pairs, strict=True) if match[0] > 0]
    if not found:
        return _NONE
    score = sum(match[0] for _word, match in found) / len(shorter)
    weakest = max((match[1] for _word, match in found), key=_ORDER.index)
    if len(found) == len(shorter):
        if len(shorter) == 1 and len(longer) > 1 and family_like(shorter[0]):
            return _FAMILY_ALONE * score, Alike.FAMILY
        return (score if len(shorter) == len(longer) else 0.97 * score), weakest
    if len(found) > 1:
        return score, Alike.PARTLY
    family = family_like(found[0][0])
    only = _ONLY_FAMILY if family else _ONLY_GIVEN
    return only * found[0][1][0], Alike.FAMILY if family else Alike.GIVEN


def _pair(shorter: Sequence[str], longer: Sequence[str]) -> list[_Match]:
    """For each word of the shorter name its match in the longer one, each word used once: the best sum of scores."""
    rows = [[_match(*sorted((word, other))) for other in longer] for word in shorter]
    best: dict[int, tuple[float, list[_Match]]] = {0: (0.0, [])}
    for row in rows:
        step: dict[int, tuple[float, list[_Match]]] = {}
        for used, (total, chosen) in best.items():
            for place, match in (*enumerate(row), (None, _NONE)):
                bit = 0 if place is None else 1 << place
                if bit & used or (match is _NONE and place is not None):
                    continue
                now = total + match[0]
                if used | bit not in step or now > step[used | bit][0]:
                    step[used | bit] = now, [*chosen, match]
        best = step
    return max(best.values(), key=lambda found: found[0])[1]


@lru_cache(maxsize=1 << 16)
def _match(one: str, other: str) -> _Match:
    """Two words, in sorted order: their score and the way they are alike. The first line that fits decides."""
    if one == other:
        return _scored(Alike.SAME)
    if same_sound(one, other):
        return _scored(Alike.SPELLING)
    if _initial(one, other) or _initial(other, one):
        return _scored(Alike.INITIAL)
    if _halves(one) & _halves(other):
        return _scored(Alike.JOINED)
    return max((_sounding(a, b) for a in sounds(one) for b in sounds(other)), key=lambda match: match[0])


def _sounding(one: str, other: str) -> _Match:
    short, long_ = sorted((one, other), key=len)
    (stem_one, ending_one), (stem_other, ending_other) = stem(one), stem(other)
    if stem_one == stem_other and ending_one and ending_other:
        # Məmmədov and Məmmədova; Həsənov, Həsənli and Həsənzadə: a family that changed its ending
        married = tuple(sorted((ending_one, ending_other), reverse=True)) in GENDERED
        return _SCORES[Alike.ENDING] - (0.0 if married else 0.08), Alike.ENDING
    apart = OSA.distance(one, other, score_cutoff=2)
    if apart == 1 and len(long_) >= _FEW_LETTERS:
        other_sex = long_ == short + "a"
        return (_OTHER_SEX if other_sex or len(long_) == _FEW_LETTERS else _SCORES[Alike.ONE_LETTER]), Alike.ONE_LETTER
    if apart <= 2 and len(short) >= _MANY_LETTERS:
        return _scored(Alike.TWO_LETTERS)
    if len(short) >= 3 and long_.startswith(short):
        return _scored(Alike.SHORT)
    if JaroWinkler.similarity(one, other) >= _SOUNDS_ALIKE:
        return _scored(Alike.SIMILAR)
    return _NONE


def _scored(alike: Alike) -> _Match:
    return _SCORES[alike], alike


def _initial(one: str, other: str) -> bool:
    """Is `one` the first letter of `other` ("E.", "Ş")?"""
    letter = sounds(one)
    return len(one.rstrip(".")) == 1 and any(sound[:1] == first != "" for first in letter for sound in sounds(other))


def _halves(word: str) -> set[str]:
    """The sounds of the parts of a hyphenated word, or of the word itself."""
    return {sounds(part)[0] for part in word.split("-") if len(part) > 2}
