"""The one catalogue of everything a report says, by key; `words/en.py` holds the English texts.

A further language is a module beside it with the same keys, entered in `LANGUAGES`; a test compares them. The review
sheet goes to staff and not to the office, so it has its own texts, in `SHEET_LANGUAGES`. A text with
forms for numbers separates them with `|`; the language's `plural(n)` says which form a number takes.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from connector.report.words import az, en, ru, sheet, tr


@dataclass(frozen=True, slots=True)
class Words:
    """The texts of one language. `code` is its BCP 47 tag, for the `lang` of a page."""

    code: str
    texts: Mapping[str, str]
    plural: Callable[[int], int]

    def say(self, key: str, **values: object) -> str:
        """The text of a key with `{name}` filled in; `n` chooses the form. Raises KeyError for a key that is none."""
        forms = self.texts[key].split("|")
        number = values.get("n")
        form = forms[min(self.plural(number), len(forms) - 1)] if isinstance(number, int) else forms[0]
        shown = {name: f"{value:,}" if isinstance(value, int) else value for name, value in values.items()}
        return form.format(**shown)

    def reason(self, kind: str, code: str) -> str:
        """A reason code as a sentence: that of the kind of entry, else the general one, else the code's own words."""
        for key in (f"reason.{kind}.{code}", f"reason.{code}", f"why.{code}"):
            if key in self.texts:
                return self.texts[key]
        return code.replace("_", " ").replace("-", " ")

    def knows(self, kind: str, code: str) -> bool:
        """Whether there is a sentence for a reason code."""
        return any(key in self.texts for key in (f"reason.{kind}.{code}", f"reason.{code}", f"why.{code}"))

    def fact(self, text: str) -> str:
        """One fact of the evidence for a link in words; one that the catalogue does not know stands as it is."""
        number = re.search(r"\d+", text)
        key = f"evidence.{re.sub(r'[0-9]+', '#', text)}"
        if key not in self.texts:
            return text
        return self.say(key, n=int(number[0])) if number else self.say(key)


EVIDENCE = ("why.", "evidence.")
"""Why two records are, or may be, one person: keys that the sheet has and the report takes from it."""
_evidence = {key: text for key, text in sheet.TEXTS.items() if key.startswith(EVIDENCE)}
LANGUAGES = {"en": Words("en", {**_evidence, **en.TEXTS}, en.plural)}


SHEET_LANGUAGES = {
    "en": Words("en", sheet.TEXTS, sheet.plural), "az": Words("az", az.TEXTS, az.plural),
    "tr": Words("tr", tr.TEXTS, tr.plural), "ru": Words("ru", ru.TEXTS, ru.plural),
}  # fmt: skip


def words(language: str) -> Words:
    """The catalogue of a language; English where there is none."""
    return LANGUAGES.get(language, LANGUAGES["en"])
