"""What a server said, made fit for an error text: short, without guest data and without secrets.

Error bodies were seen to echo the request (docs/api/clopos.md 3.6), so every value that we sent is masked wherever it
turns up, and beside that everything that looks like a number, an address, a token or a quotation. A reading sent
nothing that could be known again, and an error page may show anybody: so a word with a capital or a foreign letter, or
of letters and digits mixed, stays only where it is one of those that servers' own sentences are made of.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from connector.domain.values import Json

LONGEST = 200
MASK = "…"

_PATTERNS = (
    re.compile(r"<[^>]{0,500}>"),  # mark-up of an HTML error page
    re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+"),  # e-mail
    re.compile(r"\b[0-9a-fA-F]{8}-[0-9a-fA-F-]{20,}\b"),  # UUID
    re.compile(r"\+?\d(?:[\d\s().-]{2,}\d)"),  # a number of four digits or more, however written
    re.compile(r"\b(?:oauth_|at_live_|eyJ)[\w.-]+"),  # tokens
    re.compile(r"\b[A-Za-z0-9_-]{24,}\b"),  # anything long enough to be a secret
    re.compile("\"[^\"]*\"|«[^»]*»|“[^”]*”|(?<!\\w)'[^']*'(?!\\w)"),  # quotations
)

_WORD = re.compile(r"[^\W_][\w'-]*")
_PLAIN = re.compile(r"[a-z]+(?:_[a-z0-9]+)*(?:'[a-z]+)?|\d{1,3}")
_SENTENCES = (
    "a access add-on allowed already an and another api app are at authenticated authentication authorization bad "
    "be because body brand but by call can cannot client code conflict content could credentials customer "
    "customers database denied does duplicate duplicated email empty error errors exceeded exception exists "
    "expired failed field fields forbidden found from gateway gender get group has have header headers http id in "
    "integrator internal invalid is it json limit locked log maintenance many method missing mode model must name "
    "no not number of on only open page parameter parameters patch permission phone please post query quota rate "
    "refused request requests required resource results retry route scope selected server service slow sorry sql "
    "such system taken temporarily test that the there this time timed timeout to token too try type unable "
    "unauthenticated unauthorized unavailable under unexpected unknown unprocessable update url user uuid "
    "validation value venue wait was we with wrong you your true false null none "
)
_THEIRS = frozenset(_SENTENCES.split())
"""Words of servers' own sentences (the documented ones among them), which may stand there in capitals."""


def _known(word: re.Match[str]) -> str:
    text = word[0]
    return text if _PLAIN.fullmatch(text) or text.lower() in _THEIRS else MASK


def sent_values(body: Json) -> Iterable[str]:
    """All texts of a request body that could identify somebody: every leaf of three characters or more."""
    if isinstance(body, Mapping):
        for value in body.values():
            yield from sent_values(value)
    elif isinstance(body, list | tuple):
        for value in body:
            yield from sent_values(value)
    elif isinstance(body, str | int) and not isinstance(body, bool):
        text = str(body).strip()
        if len(text) >= 3:
            yield text
            yield from (word for word in text.split() if len(word) >= 3)


def redact(text: str, sent: Json = None) -> str:
    """The text, masked and cut to 200 characters. `sent` is the request body whose values must not show."""
    text = text[: LONGEST * 10]
    for value in sorted(set(sent_values(sent)), key=len, reverse=True):
        text = re.sub(re.escape(value), MASK, text, flags=re.IGNORECASE)
    for pattern in _PATTERNS:
        text = pattern.sub(MASK, text)
    text = _WORD.sub(_known, text)
    text = re.sub(rf"(?:{MASK}\s*)+", MASK + " ", re.sub(r"\s+", " ", text)).strip()
    return text if len(text) <= LONGEST else text[: LONGEST - 1] + MASK
