"""What a server said, made fit for an error text: short, without guest data and without secrets.

Error bodies were seen to echo the request (docs/api/clopos.md 3.6), so every value that we sent is masked wherever it
turns up, and beside that everything that looks like a number, an address, a token or a quotation.
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
    text = re.sub(rf"(?:{MASK}\s*)+", MASK + " ", re.sub(r"\s+", " ", text)).strip()
    return text if len(text) <= LONGEST else text[: LONGEST - 1] + MASK
