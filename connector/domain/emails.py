"""E-mail addresses: the key of L5 (docs/api/vectors.json, `link`) and what may be sent (CL-20, CP-40)."""

from __future__ import annotations

import re
import string

_LOWER = str.maketrans(string.ascii_uppercase, string.ascii_lowercase)
_SENDABLE = re.compile(r"[^@\s\"(),:;<>\[\\\]]{1,64}@(?:[^\W_](?:[\w-]{0,61}[^\W_])?\.)+[^\W_](?:[\w-]{0,61}[^\W_])?")
_LONGEST = 254


def email_key(text: str | None) -> str | None:
    """L5: the address by which two records are compared, trimmed and A-Z lower-cased; None for any text that is not
    one @ with something before and a dot behind it and no white space.
    """
    if text is None:
        return None
    folded = text.strip().translate(_LOWER)
    before, at, behind = folded.partition("@")
    if not at or not before or "@" in behind or "." not in behind or any(letter.isspace() for letter in folded):
        return None
    return folded


def is_valid(text: str) -> bool:
    """May this address be sent (CL-20: no invalid e-mail)? Stricter than the key: every part of the domain must be a
    name, and nothing is longer than mail allows. Never asks whether the mailbox exists.
    """
    if len(text) > _LONGEST or not text.isprintable() or not _SENDABLE.fullmatch(text):
        return False
    local = text.partition("@")[0]
    return not (local.startswith(".") or local.endswith(".") or ".." in local)
