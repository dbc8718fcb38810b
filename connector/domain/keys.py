"""Match keys that any index takes, whatever a server sends."""

from __future__ import annotations

import hashlib

LONGEST = 200
"""Letters of a key that are kept as they are; PostgreSQL indexes no text of more than 2.7 kB."""


def bounded_key(text: str) -> str:
    """The key itself, or for a longer one its beginning and a digest: equal keys stay equal, others apart."""
    if len(text) <= LONGEST:
        return text
    digest = hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()
    return f"{text[:LONGEST]}…{digest}"
