"""Has a listing ended, or does the server ignore the page number? The proof both sides share (CL-49, CP-51)."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from enum import StrEnum

from connector.sides.port import Row


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


async def proven(first_row: FirstRow, *, single: bool) -> Ending:
    """Asked after a page repeated itself twice: with one row a page, pages 1 and 2 must differ, else the page number
    is not honoured. `single`: the listing's first page held a single record, so its repetition is its end."""
    if single:
        return Ending.END
    first = await first_row(1)
    second = await first_row(2)
    ended = first is not None and second is not None and first != second
    return Ending.END if ended else Ending.PAGING_IGNORED
