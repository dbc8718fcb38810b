"""Text that came from a server, made harmless to look at: control characters and direction marks are spelled out.

A guest's name must neither steer a terminal nor turn round the words that stand beside it on a page.
"""

from __future__ import annotations

import unicodedata

_SPELLED = {
    **{code: f"\\x{code:02x}" for code in (*range(0x20), *range(0x7F, 0xA0))},
    **{code: f"\\u{code:04x}" for code in (0x061C, 0x200B, 0x200E, 0x200F, 0x2028, 0x2029, 0xFEFF)},
    **{code: f"\\u{code:04x}" for code in (*range(0x202A, 0x202F), *range(0x2066, 0x206A))},
}
_MOST_MARKS = 3
"""Accents on one letter: Vietnamese and Hebrew need two; a letter with twenty covers the lines above and below."""


def visible(text: str, longest: int = 300) -> str:
    """`text` on one line, with everything spelled out (`\\u202e`) that is no letter but an order to the screen.

    Lone surrogates (broken JSON of a server) are spelled out too, so that the result can always be encoded. Longer
    than `longest` characters: cut, and the cut is shown.
    """
    if text.isascii() and text.isprintable():
        return text if len(text) <= longest else text[: longest - 1] + "…"
    cut = text if len(text) <= longest else text[: longest - 1] + "…"
    out: list[str] = []
    marks = 0
    for letter in cut:
        marks = marks + 1 if unicodedata.combining(letter) else 0
        if marks > _MOST_MARKS:
            continue
        code = ord(letter)
        out.append(f"\\u{code:04x}" if 0xD800 <= code <= 0xDFFF else _SPELLED.get(code, letter))
    return "".join(out)
