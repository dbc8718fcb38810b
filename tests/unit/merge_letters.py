"""Letters as values for the merge table: the same letter in another case is equal and differs in spelling only (M1)."""

from __future__ import annotations

from collections.abc import Mapping

from connector.domain.fieldspec import Cosmetic, FieldSpec, OnClear, OnConflict, OnLink, Rule, SideSpec
from connector.domain.fieldtypes.base import Form, Kind
from connector.domain.values import BLANK, CHECKANDPLACE, CLOPOS, Json, PairRules, SideName, Value, known, unknown

RULES = PairRules(brand="demobrand", region="AZ", write_clear=True)


class Letters(Kind):
    """A field type whose equality ignores letter case."""

    name = "letters"
    writers = {"letters": Form(("letter",))}  # noqa: RUF012  # a table that nobody changes

    def read(self, reader: str, parts: Mapping[str, Json], rules: PairRules) -> Value:
        return letter(parts["letter"])

    def same(self, a: Json, b: Json) -> bool:
        return str(a).casefold() == str(b).casefold()


LETTERS = Letters()


def spec(
    rule: str = "two-way",
    on_link: str = "keep",
    on_conflict: str = "ask",
    on_clear: str = "keep",
    cosmetic: str = "settle",
    writer: str = "letters",
) -> FieldSpec:
    """A field of letters with these rules."""
    side = SideSpec("letters", {"letter": "letter"}, writer, {"letter": "letter"}, {"letter": "letter"})
    return FieldSpec(
        "letter",
        LETTERS,
        Rule(rule),
        {CLOPOS: side, CHECKANDPLACE: side},
        OnLink(on_link),
        OnConflict(on_conflict),
        OnClear(on_clear),
        Cosmetic(cosmetic),
    )


def letter(text: str) -> Value:
    """A letter, `blank` or `unknown` as the vectors write it."""
    if text == "blank":
        return BLANK
    return unknown("ambiguous") if text == "unknown" else known(text)


def letters(both: Mapping[str, str] | None) -> dict[SideName, Value] | None:
    """Both sides' letters."""
    return None if both is None else {SideName(side): letter(text) for side, text in both.items()}
