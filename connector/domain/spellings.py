"""How a word sounds, whichever alphabet and transliteration it was typed in: Azerbaijani, Turkish, Cyrillic, English.

The sound of a word is evidence that two names may be one; it is never a match key and never equality of a field.
Every function takes a folded word (`names.fold`), hostile ones too, and raises nothing.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

LONGEST_WORD = 40
"""Letters of a word that are looked at; no name of a person needs more."""

_CYRILLIC = str.maketrans({
    "а": "a", "б": "b", "в": "v", "г": "g", "д": "d", "е": "e", "ё": "o", "ж": "j", "з": "z", "и": "i", "й": "y",
    "к": "k", "л": "l", "м": "m", "н": "n", "о": "o", "п": "p", "р": "r", "с": "s", "т": "t", "у": "u", "ф": "f",
    "х": "x", "ц": "ts", "ч": "ç", "ш": "ş", "щ": "ş", "ъ": "", "ы": "i", "ь": "", "э": "e", "ю": "yu", "я": "ya",
    "ә": "ə", "ғ": "ğ", "ҝ": "g", "ҹ": "c", "ө": "ö", "ү": "ü", "һ": "h", "ј": "y",
})  # fmt: skip
# Schwa and e, and all vowels with and without dots, are one: who types on an English keyboard has no others.
_ALONE = str.maketrans({
    "ə": "a", "e": "a", "æ": "a", "ø": "o", "ł": "l", "ß": "ss", "đ": "d", "'": "", "’": "", "ʼ": "", "`": "", ".": "",
})  # fmt: skip
# k, g, q and ğ; c, ç, j and their English spellings; s and ş; x, kh and h: one sound each. Longest first.
_TOGETHER = (
    ("dzh", "c"), ("tch", "c"), ("sch", "s"), ("dj", "c"), ("ch", "c"), ("zh", "c"), ("sh", "s"), ("kh", "h"),
    ("gh", "g"), ("ph", "f"), ("ck", "k"), ("j", "c"), ("x", "h"), ("q", "k"), ("g", "k"), ("w", "v"),
)  # fmt: skip
_MARKS = re.compile("[\u0300-\u036f]")
_SOFT_YU = re.compile("(?<=[bcdfghjklmnpqrstvxz])yu")
_AYEV = re.compile("(?<=a)i(?=ava?$)")
_TWICE = re.compile(r"(.)\1+")

GENDERED = (("ova", "ov"), ("ava", "av"), ("skaia", "ski"))
"""Sounds of the endings that a family name takes for a woman and for a man."""

_ENDINGS = ("skaia", "zada", "oklu", "ova", "ava", "ski", "ov", "av", "li", "lu")
_RUSSIAN_PATRONYMIC = ("ovic", "avic", "ovna", "avna")
_SHORTEST_STEM = 3


@lru_cache(maxsize=1 << 16)
def sounds(word: str) -> tuple[str, ...]:
    """The sounds a word may stand for, the likeliest first. Two where Russian writes Г for the H of a name (Гасан)."""
    word = word[:LONGEST_WORD]
    first = _sound(word)
    if "г" not in word:
        return (first,)
    return first, _sound(word.replace("г", "h"))


def same_sound(one: str, other: str) -> bool:
    """May both words be spellings of one?"""
    return not set(sounds(one)).isdisjoint(sounds(other))


def stem(sound: str) -> tuple[str, str]:
    """A sound without the ending of a family name, and that ending ("" if there is none)."""
    for ending in _ENDINGS:
        if sound.endswith(ending) and len(sound) - len(ending) >= _SHORTEST_STEM:
            return sound[: -len(ending)], ending
    return sound, ""


def family_like(word: str) -> bool:
    """Does the word end as family names do (-ov, -ova, -yev, -li, -zadə, -oğlu, -ski)?"""
    return stem(sounds(word)[0])[1] != ""


def father_in(word: str) -> str | None:
    """The sound of the father's name in a Russian patronymic (Рашидович, Rəşidovna); None for any other word."""
    sound = sounds(word)[0]
    if sound.endswith(_RUSSIAN_PATRONYMIC) and len(sound) - 4 >= _SHORTEST_STEM:
        return sound[:-4]
    return None


def _sound(word: str) -> str:
    text = word.replace("дж", "c").translate(_CYRILLIC)
    text = _MARKS.sub("", unicodedata.normalize("NFKD", text))
    text = _SOFT_YU.sub("u", text.removeprefix("y") if text.startswith(("ye", "yə")) else text)
    text = text.translate(_ALONE)
    for letters, sound in _TOGETHER:
        if letters in text:
            text = text.replace(letters, sound)
    text = _AYEV.sub("", text.replace("y", "i"))
    return _TWICE.sub(r"\1", text)
