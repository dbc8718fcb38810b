"""Free texts: notes and whatever else is nothing more than a text."""

from __future__ import annotations

from collections.abc import Mapping

from connector.domain.fieldtypes.base import Form, Kind, clean_text, read_text
from connector.domain.values import Json, PairRules, Value, known


class TextType(Kind):
    """Data: the clean text. Letter case and inner white space are part of it."""

    name = "text"
    version = 1
    readers = {"text": Form(("text",))}
    writers = {"text": Form(("text",))}

    def read(self, reader: str, parts: Mapping[str, Json], rules: PairRules) -> Value:
        text = read_text(parts, "text")
        return known(clean_text(text.data)) if text.is_value else text


class NoteType(TextType):
    """A note about a guest. Notes hold allergies: a mapping that copies them says so with a rule other than ignore."""

    name = "note"
