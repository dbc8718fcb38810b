"""What a run of a plan file counts of what it did not do, though a sync would have done it."""

from __future__ import annotations

NEWER = "newer"
"""Entries that the plan of now has and the file has not."""
NOT_ASKED_FOR = "not_asked_for"
"""Entries that --only and --except left out, wholly or in part."""
LEFT = "left"
"""Operations behind a limit or a "no"."""
