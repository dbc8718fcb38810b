"""Names for things that must not be shown: digests of quota keys, stores and credentials."""

from __future__ import annotations

import hashlib


def digest(purpose: str, *parts: str) -> str:
    """32 hexadecimal digits that differ when any part or the purpose differs; the parts cannot be read from it."""
    hasher = hashlib.blake2b(digest_size=16)
    for part in (purpose, *parts):
        data = part.encode()
        hasher.update(len(data).to_bytes(8, "big") + data)
    return hasher.hexdigest()
