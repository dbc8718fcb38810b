"""How many different records a scan has seen, without keeping them.

In a list ordered by id a page that ascends beyond the highest id so far can be counted by that alone. A server that
ignores the sort leaves the counting to the one who stores the rows (`ScanProgress.distinct`). That number says nothing
of a list read again or of several venues, whose lists may overlap in any way: there the ids themselves are kept.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from connector.sides.port import ScanProgress


class Seen:
    """Counts the different ids of one venue's list in one round; `exact` by keeping them."""

    def __init__(self, progress: ScanProgress, *, exact: bool) -> None:
        self._progress = progress
        self._ids: set[str] | None = set() if exact else None
        self._highest = -1
        self._count = 0
        self.ordered = True
        self.unusable = 0

    def add(self, page: Sequence[str], unusable: int) -> None:
        """Take in one page: the ids of its rows in order, and how many rows had none."""
        self.unusable += unusable
        if self._ids is not None:
            self._ids.update(page)
        numbers = [int(text) if text.isascii() and text.isdigit() else -1 for text in page]
        if -1 in numbers or any(a >= b for a, b in pairwise(numbers)):
            self.ordered = False
        self._count += sum(1 for number in numbers if number > self._highest)
        self._highest = max([self._highest, *numbers])

    @property
    def rows(self) -> int:
        """Different rows so far, those without an id included: what `total` counts."""
        if self._ids is not None:
            return len(self._ids) + self.unusable
        return (self._count if self.ordered else self._progress.distinct) + self.unusable
