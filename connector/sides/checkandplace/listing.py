"""The listing of Check&Place, whole, with a proof that its end was the end (checkandplace.md 3.2)."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass, field

from connector.domain.errors import TornScan, TransientError
from connector.sides import problems
from connector.sides.checkandplace.errors import Refusal
from connector.sides.checkandplace.options import CheckandplaceOptions
from connector.sides.checkandplace.reader import EMPTY, Listed
from connector.sides.ending import PAGING_IGNORED, Ending, Evenness, nobody_behind, proven, same_page
from connector.sides.port import Memory, Page, Row, ScanProgress

STEPS = (50, 20)
"""Page sizes to fall back on when a larger one is refused (CP-03)."""
PER_PAGE = "per_page"

Ask = Callable[[int, int], Awaitable[Listed | Refusal]]
"""Asks for a page: its number and `per_page`."""


@dataclass
class Walk:
    """Where the walk stands. `position`: rows passed so far, `usable` those with an id among them."""

    per_page: int
    number: int = 1
    position: int = 0
    unusable: int = 0
    total: int | None = None
    fell: bool = False
    before: Sequence[Row] | None = None
    first_size: int = 0
    even: Evenness = field(default_factory=Evenness)


class Listing:
    """Lists all customers. `refused` makes the error for a refusal that is not about paging."""

    def __init__(
        self, options: CheckandplaceOptions, memory: Memory, ask: Ask, refused: Callable[[Refusal, int], Exception]
    ) -> None:
        self._options = options
        self._memory = memory
        self._ask = ask
        self._refused = refused

    async def run(self, progress: ScanProgress) -> AsyncIterator[Page]:
        """Pages until an empty one, or one that repeats the one before and is proved to be the last. A short page is
        never the end. Raises TornScan where that is not reached (CP-51)."""
        walk = Walk(self._start())
        while walk.number <= self._options.max_pages:
            try:
                listed = await self._fetch(walk)
                if listed.size and same_page(listed.rows, walk.before):
                    listed = await self._repeated(walk, listed)
            except TransientError as error:
                if walk.position == 0:
                    raise
                raise self._torn("read-failed-midway", f"page {walk.number}: {error.engineer}") from error
            if listed.total is not None:
                walk.fell = walk.fell or (walk.total is not None and listed.total < walk.total)
                walk.total = progress.total = listed.total
            if walk.number == 1:
                walk.first_size = listed.size
            if listed.size or walk.number == 1:
                yield Page(walk.number, listed.rows, listed.bad, listed.total, listed.server_time)
            if listed.size == 0:
                self._cross_check(walk, progress)
                if await self._ends_here(walk, progress):
                    return
                front = await self._front(walk)  # who was typed in meanwhile stands in front (CP-04)
                yield Page(walk.number + 1, front.rows, front.bad, front.total, front.server_time)
                if await self._ends_here(walk, progress):
                    return
                counted = progress.distinct + walk.unusable
                raise self._torn("rows-missed", f"{counted} different rows came, but the list goes on behind them")
            walk.even.add(listed.size)
            walk.unusable += len(listed.bad)
            walk.position += listed.size
            walk.before = listed.rows
            walk.number += 1
        raise self._torn("too-many-pages", f"more than {self._options.max_pages} pages")

    def _start(self) -> int:
        kept = self._memory.recall(PER_PAGE)
        usable = isinstance(kept, int) and not isinstance(kept, bool) and 1 <= kept < self._options.per_page
        return kept if usable and isinstance(kept, int) else self._options.per_page

    def _cross_check(self, walk: Walk, progress: ScanProgress) -> None:
        """Where the server counts, its count must be ours (CP-02): rows are missed when the list moves (CP-04)."""
        counted = progress.distinct + walk.unusable
        if walk.total is not None and (walk.fell or counted != walk.total):
            raise self._torn("list-moved", f"{counted} different rows, the server counts {walk.total}")

    async def _ends_here(self, walk: Walk, progress: ScanProgress) -> bool:
        """Whether nobody stands behind the last row; asked only where something speaks against the listing."""
        if not walk.even.doubtful(progress, walk.unusable):
            return True
        try:
            return await nobody_behind(self._first_row, progress.distinct + walk.unusable)
        except TransientError as error:
            raise self._torn("read-failed-midway", f"the row behind the last: {error.engineer}") from error

    async def nobody_behind(self, rows: int) -> bool:
        """Whether no row stands behind the first `rows` of the list."""
        return await nobody_behind(self._first_row, rows)

    async def _front(self, walk: Walk) -> Listed:
        """The first page once more."""
        try:
            found = await self._ask(1, walk.per_page)
        except TransientError as error:
            raise self._torn("read-failed-midway", f"page 1 once more: {error.engineer}") from error
        return found if isinstance(found, Listed) else EMPTY

    async def _first_row(self, number: int) -> str | None:
        found = await self._ask(number, 1)
        return found.rows[0].id if isinstance(found, Listed) and found.rows else None

    async def _fetch(self, walk: Walk) -> Listed:
        missed = False
        while True:
            found = await self._ask(walk.number, walk.per_page)
            if isinstance(found, Listed):
                return found
            if found.status == 404 and walk.number > 1:
                if missed:  # asked twice: counts as an empty page
                    return EMPTY
                missed = True
                continue
            smaller = next((step for step in STEPS if step < walk.per_page), None)
            if found.status not in (400, 422) or smaller is None:
                raise self._refused(found, walk.number)
            walk.per_page = smaller  # CP-03: go on with the page that holds the next row
            walk.number = walk.position // smaller + 1
            walk.position = (walk.number - 1) * smaller
            walk.before = None
            walk.even = Evenness()
            self._memory.remember(PER_PAGE, smaller)

    async def _repeated(self, walk: Walk, listed: Listed) -> Listed:
        again = await self._fetch(walk)
        if not again.size or not same_page(again.rows, listed.rows):
            return again
        if await proven(self._first_row, single=walk.first_size == 1) is Ending.PAGING_IGNORED:
            raise TornScan(
                "paging-ignored",
                "Check&Place answers every page of its customer list with the same rows: it cannot be read to its end.",
                engineer=f"GET {self._options.paths.list}: {PAGING_IGNORED} (CP-51)",
                next_step=self._options.place.doctor,
            )
        return EMPTY

    def _torn(self, code: str, why: str) -> TornScan:
        return problems.torn(self._options.place, code, f"GET {self._options.paths.list}: {why}")
