"""Names: cleaning, joining, splitting and comparing (docs/api/vectors.json, `names`, rules N0 to N5).

All of it is a project rule; neither vendor documents one. Clopos holds one text, Check&Place a first and a last name.
Every function takes any text, hostile text too, and raises nothing.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

PATRONYMIC_MARKERS = frozenset({"oğlu", "oglu", "ogly", "оглы", "qizi", "gizi", "kizi", "kyzy", "кызы"})
"""Folded words that end a patronymic ("Rəşid oğlu", "Elçin qızı")."""

HONORIFICS = frozenset({"bey", "bəy", "hanim", "xanim", "müəllim", "müəllimə"})
"""Folded words of courtesy that follow a given name; they are never a surname."""

PARTICLES = frozenset({
    "al", "bin", "da", "de", "del", "della", "den", "der", "di", "dos", "du", "el", "ibn", "la", "le", "ter", "van",
    "von", "zu",
})  # fmt: skip
"""Folded words that belong to the surname behind them."""

_NEVER_SPLIT = frozenset('()[]{}<>/\\@,;:&+#*"')
_INVISIBLE = re.compile("[\u200b\ufeff]")
_HYPHEN = re.compile(r"(\S) *- *(?=(\S))")
_LETTER_OR_DIGIT = re.compile(r"[^\W_]")
_DOTTED_I = str.maketrans({"I": "i", "İ": "i", "ı": "i"})


@dataclass(frozen=True, slots=True)
class Split:
    """A text split for Check&Place. `rule` names the rule of N2 that fitted (`last_token`, `single`, ...)."""

    first: str | None
    last: str | None
    rule: str


def clean(text: str | None) -> str | None:
    """N0: the text without accidents of typing, letter case kept; None for a text without any letter or digit."""
    if not text:
        return None
    text = " ".join(_INVISIBLE.sub("", unicodedata.normalize("NFC", text)).split())
    if "-" in text:
        text = _HYPHEN.sub(_join_hyphen, text)
    return text if _says_something(text) else None


def join(first: str | None, last: str | None) -> str | None:
    """N1: Check&Place's two parts as the one text of Clopos; None if nothing is left of them."""
    parts = [part for part in (clean(first), clean(last)) if part]
    return " ".join(parts) or None


def split(text: str | None) -> Split:
    """N2: the one text of Clopos as the two parts of Check&Place, by the first rule that fits."""
    full = clean(text)
    if full is None:
        return Split(None, None, "empty")
    if any(letter in _NEVER_SPLIT or letter.isdigit() for letter in full):
        return Split(full, None, "not_split")
    words = [word for word in full.split(" ") if _says_something(word)]
    if len(words) == 1:
        return Split(words[0], None, "single")
    folded = [fold(word) for word in words]
    if folded[-1] in HONORIFICS:
        return Split(" ".join(words), None, "honorific")
    marker = max((place for place, word in enumerate(folded) if place and word in PATRONYMIC_MARKERS), default=0)
    if marker:
        return _split_patronymic(words, marker)
    start = len(words) - 1
    while start > 1 and folded[start - 1] in PARTICLES:
        start -= 1
    rule = "particle" if start < len(words) - 1 else "last_token"
    return Split(" ".join(words[:start]), " ".join(words[start:]), rule)


def fold(text: str) -> str:
    """A clean text without letter case; I, İ and ı are one letter, as Azerbaijani, Turkish and English mix them."""
    return unicodedata.normalize("NFC", text.translate(_DOTTED_I)).casefold()


def tokens(text: str | None) -> list[str]:
    """The folded words of a text in their order, without those of punctuation only; empty for a blank text."""
    full = clean(text)
    if full is None:
        return []
    return [word for word in fold(full).split(" ") if _says_something(word)]


def without_honorifics(words: list[str]) -> list[str]:
    """Folded words (of `tokens`) without the words of courtesy (L4)."""
    return [word for word in words if word not in HONORIFICS]


def key(text: str | None) -> str:
    """N3: two names are the same if their keys are equal; "" for a blank text, which is the same as none."""
    return " ".join(sorted(tokens(text)))


def same(one: str | None, other: str | None) -> bool:
    """Are these two texts one name (N3)? Two blank texts are not a name."""
    folded = key(one)
    return folded != "" and folded == key(other)


def spelled_apart(one: Split, other: Split) -> bool:
    """Are both the same words in the same parts and the same order, but written differently (N4, `cosmetic`)?

    Order is compared after the split, so that a surname written first is never sent as a new spelling.
    """
    if tokens(one.first) != tokens(other.first) or tokens(one.last) != tokens(other.last):
        return False
    return clean(one.first) != clean(other.first) or clean(one.last) != clean(other.last)


def _split_patronymic(words: list[str], marker: int) -> Split:
    if marker < len(words) - 1:
        return Split(" ".join(words[: marker + 1]), " ".join(words[marker + 1 :]), "patronymic_middle")
    if len(words) >= 4:
        return Split(" ".join(words[1:]), words[0], "patronymic_end")
    return Split(" ".join(words), None, "patronymic_no_surname")


def _join_hyphen(match: re.Match[str]) -> str:
    before, after = match[1], match[2]
    return f"{before}-" if _is_letter(before) and _is_letter(after) else match[0]


def _is_letter(character: str) -> bool:
    # Marks count too: a letter whose accent has no composed form ends in one.
    return unicodedata.category(character)[0] in "LM"


def _says_something(text: str) -> bool:
    return _LETTER_OR_DIGIT.search(text) is not None
