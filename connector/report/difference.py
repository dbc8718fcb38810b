"""Two values side by side, with the letters marked that changed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

ALIKE = 0.5
"""Below this likeness (0 to 1) two texts are different words: letters that happen to be the same mean nothing."""


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of a text; `changed`: it is not in the other one."""

    text: str
    changed: bool = False


Pieces = tuple[Piece, ...]


def plain(text: str) -> Pieces:
    """A text with nothing marked; no pieces for no text."""
    return (Piece(text),) if text else ()


def compare(before: str, after: str) -> tuple[Pieces, Pieces]:
    """Both texts in pieces. A text beside nothing is not marked: there is nothing that it differs from."""
    if not before or not after or before == after:
        return plain(before), plain(after)
    matcher = SequenceMatcher(None, before, after, autojunk=False)
    if matcher.ratio() < ALIKE:
        return (Piece(before, True),), (Piece(after, True),)
    left: list[tuple[int, int, bool]] = []
    right: list[tuple[int, int, bool]] = []
    for what, a, b, c, d in matcher.get_opcodes():
        left.append((a, b, what != "equal"))
        right.append((c, d, what != "equal"))
    return _cut(before, left), _cut(after, right)


def overlay(pieces: Pieces, masked: str) -> Pieces:
    """The same cuts over another text of the same length (the mask of the first)."""
    out, start = [], 0
    for piece in pieces:
        end = start + len(piece.text)
        out.append(Piece(masked[start:end], piece.changed))
        start = end
    return tuple(out)


def text_of(pieces: Sequence[Piece]) -> str:
    """The pieces put together again."""
    return "".join(piece.text for piece in pieces)


def _cut(text: str, spans: list[tuple[int, int, bool]]) -> Pieces:
    return tuple(Piece(text[start:end], changed) for start, end, changed in spans if end > start)
