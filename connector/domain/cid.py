"""The derived cid: how a customer that we create on Clopos is recognised for good (docs/api/vectors.json, `cid`)."""

from __future__ import annotations

import hashlib
import string
import uuid

NAMESPACE = uuid.UUID("4eb8c144-6557-50bd-9a59-406ba633935d")
_LOWER = str.maketrans(string.ascii_uppercase, string.ascii_lowercase)


def derive_cid(brand: str, checkandplace_id: str) -> str:
    """The cid, in lower case, that a Clopos customer created from this Check&Place record carries.

    `brand` is the one sent to Clopos' /auth, unchanged; the id is a text of any form, A-Z lower-cased. Never derived
    from the pair's name or the state, so that it survives the loss of both.
    """
    name = f"{brand}|{checkandplace_id.translate(_LOWER)}"
    # Not uuid.uuid5: it refuses text that is no proper Unicode, and an id from a server may be anything.
    digest = hashlib.sha1(NAMESPACE.bytes + name.encode("utf-8", "surrogatepass"), usedforsecurity=False).digest()
    return str(uuid.UUID(bytes=digest[:16], version=5))


def fold_cid(text: str | None) -> str | None:
    """A cid for comparing: trimmed, without regard to case (CL-46); None for a blank one."""
    folded = (text or "").strip().lower()
    return folded or None
