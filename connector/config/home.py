"""Paths as people type them."""

from __future__ import annotations

from pathlib import Path


def expanded(text: str) -> Path:
    """The path with the home directory for a `~` at its begin; as it stands where nobody of that name has a home, so
    that whoever opens it says that there is no such file."""
    try:
        return Path(text).expanduser()
    except RuntimeError:
        return Path(text)
