"""Has a listing ended, or does the server ignore the page number? The proof both sides share (CL-49, CP-51)."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from connector.sides.port import Row, ScanProgress


class Ending(StrEnum):
    """What a page equal to the one before means."""

    END = "end"
    PAGING_IGNORED = "paging_ignored"


PAGING_IGNORED = "the server answers every page with the same rows: paging is not honoured, so the list cannot be read"

FirstRow = Callable[[int], Awaitable[str | None]]
"""Asks one page with a single row and gives that row's id, None where the page is empty."""


def same_page(page: Sequence[Row], before: Sequence[Row] | None) -> bool:
    """Whether a page repeats the one before. Ids decide: totals of a guest may move meanwhile (CL-17, CP-49)."""
    return before is not None and [row.id for row in page] == [row.id for row in before]


@dataclass
class Evenness:
    """Whether the pages of a walk look as if rows were lost between them. `add` takes each page's ids in order."""

    rows: int = 0
    _largest: int = 0
    _last: int = 0
    _least: int = 0
    """Of the pages before the last one; 0 while there is none."""

    def add(self, size: int) -> None:
        """A page that holds rows, of the page size of the walk."""
        if self._last:
            self._least = min(self._least or self._last, self._last)
        self.rows += size
        self._last, self._largest = size, max(self._largest, size)

    @property
    def uneven(self) -> bool:
        """Whether a page before the last one held fewer rows than another."""
        return 0 < self._least < self._largest

    def doubtful(self, progress: ScanProgress, unusable: int) -> bool:
        """A page before the last one that was shorter than another, rows that came twice, or known records that did
        not come: each is harmless on some server, and each is what a list looks like that was cut or that moved."""
        return self.uneven or self.rows > progress.distinct + unusable or progress.lacking


async def nobody_behind(first_row: FirstRow, count: int) -> bool:
    """Where a listing is doubtful: with one row a page, page `count + 1` is the row behind the last of `count` rows. An
    empty answer is asked for twice, since an empty answer is what is in doubt. A server that shows its last page behind
    the end shows the same row as on page `count`, and another one on page 1: the same there, and it shows that row
    whatever is asked. One that takes no such page size says nothing against the listing."""
    behind = await first_row(count + 1) or await first_row(count + 1)
    if behind is None:
        return True
    if count == 0 or behind != await first_row(count):
        return False
    return count == 1 or behind != await first_row(1)


async def proven(first_row: FirstRow, *, single: bool) -> Ending:
    """Asked after a page repeated itself twice: with one row a page, pages 1 and 2 must differ, else the page number
    is not honoured. `single`: the listing's first page held a single record, so its repetition is its end."""
    if single:
        return Ending.END
    first = await first_row(1)
    second = await first_row(2)
    ended = first is not None and second is not None and first != second
    return Ending.END if ended else Ending.PAGING_IGNORED
