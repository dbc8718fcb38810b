"""The quick run: the newest `updated_at` first, until the rows are older than what is already known (clopos.md 3.1).

Nothing promises that the list can be sorted so, hence the order is verified on every page, and any doubt ends in a
TornScan, after which the engine reads in full. Rows without a readable time neither stop the walk nor count as out of
order (CL-45); a server's time is compared with other times of that server only (CL-15).
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

import msgspec

from connector.domain.errors import TornScan, TransientError
from connector.domain.timestamps import read_clopos_time
from connector.domain.values import Json
from connector.sides import problems
from connector.sides.clopos.errors import Refusal
from connector.sides.clopos.options import CloposOptions
from connector.sides.clopos.pages import BY_UPDATE, Pages
from connector.sides.clopos.reader import Listed
from connector.sides.ending import same_page
from connector.sides.port import Page, Row, ScanProgress
from connector.sides.rows import plain


class _Timed(msgspec.Struct):
    updated_at: msgspec.Raw = msgspec.Raw(b"null")


_timed = msgspec.json.Decoder(_Timed)


def updated_at(row: Row, naive_zone: str) -> datetime | None:
    """The row's `updated_at` as aware UTC; None where it is missing or unreadable."""
    value: Json = plain(_timed.decode(row.raw).updated_at)
    return read_clopos_time(value, naive_zone).utc


@dataclass
class Order:
    """Whether the times come newest first, over all pages of one walk. `oldest` is of the page added last."""

    kept: bool = True
    oldest: datetime | None = None
    _last: datetime | None = None

    def add(self, times: Sequence[datetime | None]) -> None:
        self.oldest = None
        for time in times:
            if time is None:
                continue
            self.kept = self.kept and (self._last is None or time <= self._last)
            self._last = self.oldest = time


class QuickRun:
    """Lists what changed. `pages_of` gives the pages of a venue."""

    def __init__(self, options: CloposOptions, pages_of: Callable[[str | None], Pages]) -> None:
        self._options = options
        self._pages_of = pages_of

    async def run(self, since: datetime | None, progress: ScanProgress) -> AsyncIterator[Page]:
        """Pages down to the first whose oldest time is before `since` (None: to the end of the list). Raises TornScan
        where the order, the paging or the total speak against the walk."""
        venues: Sequence[str | None] = self._options.read_venues or (None,)
        for venue in venues:
            async for page in self._walk(self._pages_of(venue), since, progress, alone=len(venues) == 1):
                yield page
        if len(venues) == 1:  # what several venues count together is not known (CL-09)
            self._check_total(progress)

    async def _walk(
        self, pages: Pages, since: datetime | None, progress: ScanProgress, *, alone: bool
    ) -> AsyncIterator[Page]:
        order = Order()
        before: Sequence[Row] | None = None
        passed = 0
        for number in range(1, self._options.max_pages + 1):
            listed = await self._fetch(pages, number)
            if number > 1 and listed.size and same_page(listed.rows, before):
                raise self._torn("page-repeated", f"page {number} repeats the one before")
            order.add([updated_at(row, self._options.naive_timezone) for row in listed.rows])
            if not order.kept:
                raise self._torn("order-not-kept", f"page {number} is not sorted by updated_at, newest first (CL-03)")
            total = listed.total if alone else None
            progress.total = progress.total if total is None else total
            passed += listed.size
            if listed.size or number == 1:
                yield Page(number, listed.rows, listed.bad, total, listed.server_time, venue=pages.venue)
            reached = since is not None and order.oldest is not None and order.oldest < since
            if reached or listed.size == 0 or (listed.total is not None and passed >= listed.total):
                return
            before = listed.rows
        raise self._torn("too-many-pages", f"more than {self._options.max_pages} pages")

    async def _fetch(self, pages: Pages, number: int) -> Listed:
        missed = False
        while True:
            try:
                found = await pages.ask(number, self._options.quick_page_size, purpose="changes", sort=BY_UPDATE)
            except TransientError as error:
                if number == 1:
                    raise
                raise self._torn("read-failed-midway", f"page {number}: {error.engineer}") from error
            if isinstance(found, Refusal):
                if found.status == 404 and number > 1:
                    if missed:  # asked twice: the list ended (CL-49)
                        return Listed((), (), None, None, None)
                    missed = True
                    continue
                if found.status in (400, 422):
                    raise self._torn("sort-refused", f"status {found.status}: the sort or the page size (CL-03, CL-04)")
                raise pages.refused(found, number)
            if found.sorts and BY_UPDATE[0] not in found.sorts:
                raise self._torn("sort-not-offered", "updated_at is not among the answer's sorts (CL-03)")
            return found

    def _check_total(self, progress: ScanProgress) -> None:
        """The server must count what the state knew plus the rows that are new: otherwise something was missed, or is
        gone, and only a full scan can say what."""
        if progress.total is None or progress.known is None or progress.new is None:
            return
        if progress.total != progress.known + progress.new:
            raise self._torn(
                "total-does-not-fit", f"the server counts {progress.total}, known {progress.known} + new {progress.new}"
            )

    def _torn(self, code: str, why: str) -> TornScan:
        return problems.torn(self._options.place, code, f"GET /customers: {why}")
