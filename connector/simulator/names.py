"""Made-up guests' names: Azerbaijani and Turkish, with their bad spellings. Nothing here is a real person."""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import Final


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


AZ_WOMEN: Final = _words("""
    Aysel Nərmin Günel Leyla Sevinc Aytən Könül Lalə Nigar Fidan Aygün Ülviyyə Səbinə Gülnar Zəhra Xədicə Elnarə
    Turanə Nuranə Şəbnəm Jalə Rəna Afaq Mehriban Təranə İradə Nərgiz Səidə Çinarə Məryəm
""")
AZ_MEN: Final = _words("""
    Elçin Rəşad Tural Elvin Orxan Kamran Rauf Vüsal Fərid Anar Ceyhun Şahin Zaur İlqar Emin Ruslan Nicat Əli Həsən
    Məmməd Cavid Ramil Samir Toğrul Uğur Elşən Natiq Rövşən Qabil İlkin
""")
AZ_SURNAMES: Final = _words("""
    Məmmədov Əliyev Həsənov Hüseynov Quliyev İsmayılov Abbasov Rzayev Cəfərov Səfərov Kərimov Nəbiyev Orucov Vəliyev
    Babayev Şükürov Əhmədov Mustafayev Bağırov Süleymanov Qasımov Həmidov Nağıyev Mirzəyev Sadıqov Tağıyev Xəlilov
    Yusifov Zeynalov Ağayev İbrahimov Məhərrəmov
""")
TR_WOMEN: Final = _words("""
    Ayşe Fatma Zeynep Elif Emine Hatice Işıl Gülşen Çiğdem Özlem Şule Derya Deniz Tuğba Pınar Esra Yıldız Gökçe Seda
    Ebru
""")
TR_MEN: Final = _words("""
    Mehmet Mustafa Ahmet Hüseyin İbrahim Osman Yusuf Murat Ömer Uğur Çağlar Barış Gökhan Şükrü Tolga Cengiz Oğuz
    Kerem Burak Serkan
""")
TR_SURNAMES: Final = _words("""
    Yılmaz Kaya Demir Çelik Şahin Yıldız Aydın Öztürk Arslan Doğan Kılıç Aslan Çetin Koç Kurt Özdemir Aksoy Güneş
    Karadağ Şimşek Ünal Erdoğmuş Işık Tekin
""")
DIMINUTIVES: Final = {
    "Fatma": "Fatoş", "Mehmet": "Memo", "Mustafa": "Mıstık", "İbrahim": "İbo", "Ayşe": "Ayşecik", "Məmməd": "Məmiş",
    "Hüseyin": "Hüso", "Aysel": "Aysu", "Nərmin": "Nəriş", "Emine": "Emoş", "Elçin": "Eli", "Leyla": "Leyli",
}  # fmt: skip
LATIN: Final = str.maketrans({
    "ə": "a", "Ə": "A", "ı": "i", "İ": "I", "ş": "sh", "Ş": "Sh", "ğ": "gh", "Ğ": "Gh", "ç": "ch", "Ç": "Ch",
    "ö": "o", "Ö": "O", "ü": "u", "Ü": "U", "x": "kh", "X": "Kh", "q": "g", "Q": "G", "c": "j", "C": "J",
})  # fmt: skip
"""English spelling, as it stands in passports and on tourists' forms."""
UPPER: Final = str.maketrans({"i": "İ", "ı": "I"})
LOWER: Final = str.maketrans({"İ": "i", "I": "ı"})
VISIBLE_CHANGE: Final = frozenset("əƏşŞğĞçÇöÖüÜxXqQcC")
"""Letters whose English spelling differs under any folding (dotted and dotless i are folded together)."""


@dataclass(frozen=True, slots=True)
class Name:
    """A person's full name. `father` is the father's given name, where the patronymic is known."""

    nation: str
    woman: bool
    given: str
    surname: str
    father: str | None = None

    @property
    def plain(self) -> str:
        return f"{self.given} {self.surname}"

    @property
    def patronymic(self) -> str:
        """`Rəşid oğlu`; empty where the father is not known."""
        return f"{self.father} {'qızı' if self.woman else 'oğlu'}" if self.father else ""

    @property
    def honorific(self) -> str:
        words = ("xanım", "bəy") if self.nation == "AZ" else ("hanım", "bey")
        return words[0] if self.woman else words[1]


def make_name(chance: random.Random, nation: str | None = None, surname: str | None = None) -> Name:
    """A random name; `surname` in the man's form makes a relative. Two people in three are Azerbaijani."""
    nation = nation or ("AZ" if chance.random() < 0.67 else "TR")
    woman = chance.random() < 0.5
    if nation == "TR":
        family = surname or chance.choice(TR_SURNAMES)
        given = chance.choice([given for given in (TR_WOMEN if woman else TR_MEN) if given != family])
        return Name(nation, woman, given, family)
    given = chance.choice(AZ_WOMEN if woman else AZ_MEN)
    family = (surname or chance.choice(AZ_SURNAMES)) + ("a" if woman else "")
    father = chance.choice([name for name in AZ_MEN if name != given]) if chance.random() < 0.3 else None
    return Name(nation, woman, given, family, father)


def family_name(name: Name) -> str:
    """The surname in the man's form, to make relatives with."""
    return name.surname.removesuffix("a") if name.nation == "AZ" and name.woman else name.surname


def upper(text: str) -> str:
    """Capitals as Azerbaijani and Turkish write them (i becomes İ)."""
    return text.translate(UPPER).upper()


def lower(text: str) -> str:
    """Small letters as Azerbaijani and Turkish write them (I becomes ı)."""
    return text.translate(LOWER).lower()


def till_spelling(name: Name, chance: random.Random) -> str:
    """The same name as somebody types it at the till: other order, other case, an honorific, a part missing. Beside
    the plain first and last name all of these are compatible (vectors, `link`, L4)."""
    kinds = [
        name.plain, name.plain, name.plain, upper(name.plain), lower(name.plain), f"  {name.given}   {name.surname} ",
        f"{name.surname} {name.given}", f"{name.given} {name.honorific}", f"{name.plain} {name.honorific}", name.given,
    ]  # fmt: skip
    if name.father:
        kinds += [
            f"{name.surname} {name.given} {name.patronymic}",
            f"{name.given} {name.patronymic} {name.surname}",
        ] * 2
    return chance.choice(kinds)


def book_spelling(name: Name, chance: random.Random) -> tuple[str, str | None]:
    """The same name as it stands in the reservation book, (first, last): compatible with the plain name."""
    kinds: list[tuple[str, str | None]] = [
        (upper(name.given), upper(name.surname)), (lower(name.given), lower(name.surname)), (name.given, None),
        (f"{name.given} ", name.surname), (name.given, ""),
    ]  # fmt: skip
    if name.father:
        kinds += [(f"{name.given} {name.patronymic}", name.surname)] * 3
    return chance.choice(kinds)


def nasty_spelling(name: Name, chance: random.Random) -> str:
    """The same person under a name that no rule takes for the same: transliterated, a
    pet name, or the father's name where the other side has the surname. For review."""
    if name.father and chance.random() < 0.3:
        return f"{name.given} {name.patronymic}"
    pet = DIMINUTIVES.get(name.given)
    transliterable = any(letter in VISIBLE_CHANGE for letter in name.given)
    if pet and (not transliterable or chance.random() < 0.4):
        return f"{pet} {name.surname}"
    if transliterable or any(letter in VISIBLE_CHANGE for letter in name.surname):
        return name.plain.translate(LATIN)
    return f"{name.given}oş {name.surname}"
