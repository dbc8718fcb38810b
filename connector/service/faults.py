"""What may be said of an unexpected error: its type and its place. Never its text, which can hold a guest's data."""

from __future__ import annotations

import traceback
from pathlib import Path

INNERMOST = 8


def describe(error: BaseException) -> str:
    """`package.Type at file.py:12 function < caller.py:3 run`, innermost first."""
    frames = traceback.extract_tb(error.__traceback__)
    places = [f"{Path(frame.filename).name}:{frame.lineno} {frame.name}" for frame in reversed(frames)]
    kind = type(error)
    return f"{kind.__module__}.{kind.__qualname__} at {' < '.join(places[:INNERMOST]) or 'no place known'}"
