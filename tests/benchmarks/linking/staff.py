"""What staff type: names in their own spelling, with typos, courtesy and initials; numbers in any format."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, fields, replace
from typing import Final, Protocol


class Named(Protocol):
    """A person with a name."""

    @property
    def woman(self) -> bool: ...
    @property
    def given(self) -> str: ...
    @property
    def surname(self) -> str: ...
    @property
    def father(self) -> str: ...


@dataclass(frozen=True)
class Typed:
    """How often staff type a name in some way, as shares of records (`wedding`: of women)."""

    swapped: float = 0.05
    capitals: float = 0.1
    small: float = 0.05
    courtesy: float = 0.03
    given_only: float = 0.1
    patronymic: float = 0.03
    # From here on the table of linking sees another name.
    english: float = 0.003  # Mammadov, Elchin
    keyboard: float = 0.002  # Memmedov, Elcin
    cyrillic: float = 0.0005
    typo: float = 0.003
    initial: float = 0.0005
    family_only: float = 0.0005
    missing: float = 0.0005
    wedding: float = 0.002

    def noisier(self, times: float) -> Typed:
        noise = ("english", "keyboard", "cyrillic", "typo", "initial", "family_only", "missing", "wedding")
        return replace(self, **{one.name: getattr(self, one.name) * times for one in fields(self) if one.name in noise})


_ENGLISH: Final = (
    ("ə", "a"), ("ç", "ch"), ("ş", "sh"), ("ğ", "gh"), ("x", "kh"), ("c", "j"), ("q", "g"), ("ü", "u"), ("ö", "o"),
    ("ı", "i"),
)  # fmt: skip
_KEYBOARD: Final = (("ə", "e"), ("ç", "c"), ("ş", "s"), ("ğ", "g"), ("ü", "u"), ("ö", "o"), ("ı", "i"))
_CYRILLIC: Final = (
    ("yev", "ев"), ("ye", "е"), ("ya", "я"), ("yu", "ю"), ("a", "а"), ("b", "б"), ("v", "в"), ("q", "г"), ("ğ", "г"),
    ("g", "г"), ("d", "д"), ("e", "е"), ("ə", "а"), ("z", "з"), ("i", "и"), ("ı", "ы"), ("y", "й"), ("k", "к"),
    ("l", "л"), ("m", "м"), ("n", "н"), ("o", "о"), ("ö", "о"), ("p", "п"), ("r", "р"), ("s", "с"), ("ş", "ш"),
    ("t", "т"), ("u", "у"), ("ü", "ю"), ("f", "ф"), ("x", "х"), ("h", "г"), ("ç", "ч"), ("c", "дж"), ("j", "ж"),
)  # fmt: skip
_LETTERS = "abdeəfghiklmnorstuvyz"


def type_name(dice: random.Random, person: Named, typed: Typed) -> tuple[str | None, str | None]:
    """First and last name as one member of staff typed them."""
    first: str | None = person.given
    last: str | None = person.surname
    roll = dice.random()
    for share, change in _ways(typed):
        if roll < share:
            first, last = change(dice, person)
            break
        roll -= share
    if dice.random() < typed.capitals:
        return first and _upper(first), last and _upper(last)
    if dice.random() < typed.small:
        return first and _lower(first), last and _lower(last)
    return first, last


_Way = Callable[[random.Random, Named], tuple[str | None, str | None]]


def _ways(typed: Typed) -> tuple[tuple[float, _Way], ...]:
    return (
        (typed.courtesy, lambda _d, p: (f"{p.given} {'xanım' if p.woman else 'bəy'}", None)),
        (typed.given_only, lambda _d, p: (p.given, None)),
        (typed.patronymic, lambda _d, p: (f"{p.given} {p.father} {'qızı' if p.woman else 'oğlu'}", p.surname)),
        (typed.english, lambda _d, p: (_spell(p.given, _ENGLISH), _spell(p.surname, _ENGLISH))),
        (typed.keyboard, lambda _d, p: (_spell(p.given, _KEYBOARD), _spell(p.surname, _KEYBOARD))),
        (typed.cyrillic, lambda _d, p: (_spell(p.given, _CYRILLIC), _spell(p.surname, _CYRILLIC))),
        (typed.typo * 0.6, lambda d, p: (p.given, mistype(d, p.surname))),
        (typed.typo * 0.4, lambda d, p: (mistype(d, p.given), p.surname)),
        (typed.initial, lambda _d, p: (p.given[0] + ".", p.surname)),
        (typed.family_only, lambda _d, p: (None, p.surname)),
        (typed.missing, lambda _d, _p: (None, None)),
    )  # fmt: skip


def mistype(dice: random.Random, word: str) -> str:
    """A letter lost, doubled, changed, or two swapped; never the first one."""
    place = dice.randrange(1, len(word))
    kind = dice.randrange(4)
    if kind == 0:
        return word[:place] + word[place + 1 :]
    if kind == 1:
        return word[:place] + word[place - 1] + word[place:]
    if kind == 2 or place == len(word) - 1:
        return word[:place] + dice.choice(_LETTERS) + word[place + 1 :]
    return word[:place] + word[place + 1] + word[place] + word[place + 2 :]


def number_as_typed(dice: random.Random, number: str, broken: float) -> str:
    """A number of Azerbaijan (digits with the country code) in one of the formats of a till; perhaps broken."""
    if dice.random() < broken:
        number = number[:-1] if dice.random() < 0.5 else number + dice.choice("0123456789")
    area, rest = number[3:5], number[5:]
    local = f"{rest[:3]} {rest[3:5]} {rest[5:]}"
    return dice.choice((
        f"+{number}", f"+{number}", f"0{area}{rest}", f"0{area} {local}", f"(0{area}) {local.replace(' ', '-')}",
        number, f"+994 {area} {local}", f"00{number}",
    ))  # fmt: skip


def _spell(word: str, letters: tuple[tuple[str, str], ...]) -> str:
    out, rest = "", _lower(word)
    while rest:
        for written, other in letters:
            if rest.startswith(written):
                out, rest = out + other, rest[len(written) :]
                break
        else:
            out, rest = out + rest[0], rest[1:]
    return out[:1].upper() + out[1:]


def _upper(text: str) -> str:
    return text.replace("i", "İ").replace("ı", "I").upper()


def _lower(text: str) -> str:
    return text.replace("İ", "i").replace("I", "ı").lower()
