"""The full scan of Clopos: every page of every venue, with a proof that the end was the end (clopos.md 3.1)."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, field

from connector.domain.errors import TornScan, TransientError
from connector.sides import problems
from connector.sides.clopos.errors import Refusal
from connector.sides.clopos.options import CloposOptions
from connector.sides.clopos.pages import BY_ID, SMALLEST, Pages, PageSize, Sort, ids, next_step_down
from connector.sides.clopos.reader import Listed
from connector.sides.clopos.seen import Seen
from connector.sides.ending import PAGING_IGNORED, Ending, Evenness, FirstRow, nobody_behind, proven, same_page
from connector.sides.port import Memory, Page, Row, ScanProgress
from connector.sides.problems import SlowPage

ROUNDS = 3
"""How often a list that moves while it is read is begun anew (CL-16)."""
EMPTY = Listed((), (), None, None, None)


@dataclass
class Walk:
    """Where one round over one venue's list stands. `position`: rows of the list passed so far."""

    limit: int
    sort: Sort | None
    seen: Seen
    number: int = 1
    position: int = 0
    total: int | None = None
    fell: bool = False
    before: Sequence[Row] | None = None
    first_size: int = 0
    unproven_cap: int | None = field(default=None)
    even: Evenness = field(default_factory=Evenness)


class FullScan:
    """Lists all customers. `pages_of` gives the pages of a venue."""

    def __init__(
        self, options: CloposOptions, size: PageSize, memory: Memory, pages_of: Callable[[str | None], Pages]
    ) -> None:
        self._options = options
        self._size = size
        self._memory = memory
        self._pages_of = pages_of
        self._sort_name = f"{options.api}.sort_by_id_refused"

    async def run(self, progress: ScanProgress) -> AsyncIterator[Page]:
        """All pages of all venues (CL-09). Ends only when every one of them is proved complete, else TornScan."""
        venues: Sequence[str | None] = self._options.read_venues or (None,)
        for venue in venues:
            async for page in self._venue(self._pages_of(venue), progress, alone=len(venues) == 1):
                yield page
        self._size.finished()

    async def _venue(self, pages: Pages, progress: ScanProgress, *, alone: bool) -> AsyncIterator[Page]:
        for number in range(1, ROUNDS + 1):
            walk = Walk(self._size.size, self._sort(), Seen(progress, exact=number > 1 or not alone))
            async for page in self._round(pages, walk, progress):
                yield Page(
                    page.number, page.rows, page.bad, page.total, page.server_time, venue=pages.venue, round=number
                )  # fmt: skip
            counted = walk.total is not None and walk.seen.rows == walk.total and not walk.fell
            if (counted or walk.total is None) and await self._ends_here(pages, walk, progress, alone, counted):
                return
            progress.notes.append(f"clopos: the list moved while it was read (round {number})")
        raise problems.torn(
            self._options.place, "list-moved",
            f"GET /customers: {walk.seen.rows} different rows, the server counts {walk.total}, after {ROUNDS} rounds",
        )  # fmt: skip

    async def _ends_here(self, pages: Pages, walk: Walk, progress: ScanProgress, alone: bool, counted: bool) -> bool:
        """Whether nobody stands behind the last row. Asked only where something speaks against the listing: of a list
        that the server counted, that known records did not come; of another, also its pages (CL-11, CL-16)."""
        uneven = not counted and (walk.even.uneven or walk.even.rows > walk.seen.rows)
        if not (uneven or (alone and progress.lacking)):
            return True
        try:
            return await nobody_behind(self._first_row(pages, walk), walk.seen.rows)
        except TransientError as error:
            raise problems.torn(
                self._options.place, "read-failed-midway", f"the row behind the last: {error.engineer}"
            ) from error

    async def _round(self, pages: Pages, walk: Walk, progress: ScanProgress) -> AsyncIterator[Page]:
        """From the first page to an end: `total` different rows, an empty page, or a proven repetition."""
        while True:
            if walk.number > self._options.max_pages:
                raise problems.torn(self._options.place, "too-many-pages", f"more than {self._options.max_pages} pages")
            try:
                listed = await self._fetch(pages, walk)
                if listed.size and same_page(listed.rows, walk.before):
                    listed = await self._repeated(pages, walk, listed)
            except TransientError as error:
                if walk.position == 0:
                    raise
                raise problems.torn(
                    self._options.place, "read-failed-midway", f"page {walk.number}: {error.engineer}"
                ) from error
            self._count(walk, listed, progress)
            if listed.size or walk.number == 1:
                yield Page(walk.number, listed.rows, listed.bad, listed.total, listed.server_time)
            if self._ended(walk, listed):
                return
            self._learn_cap(walk, listed)
            walk.before = listed.rows
            walk.position = (walk.number - 1) * walk.limit + listed.size
            if walk.number == 1:
                walk.limit = self._limit_after_first(walk, listed)
            walk.number += 1

    def _count(self, walk: Walk, listed: Listed, progress: ScanProgress) -> None:
        walk.seen.add(ids(listed), len(listed.bad))
        if listed.size:
            walk.even.add(listed.size)
        if walk.number == 1:
            walk.first_size = listed.size
        if listed.total is not None:
            walk.fell = walk.fell or (walk.total is not None and listed.total < walk.total)
            walk.total = progress.total = listed.total

    @staticmethod
    def _ended(walk: Walk, listed: Listed) -> bool:
        """An empty page, asked with the real page size, or as many different rows as the server counts. A short page
        alone proves nothing: the server may apply a smaller limit than asked (CL-04)."""
        return listed.size == 0 or (walk.total is not None and walk.seen.rows >= walk.total)

    def _limit_after_first(self, walk: Walk, listed: Listed) -> int:
        """The real cap: what page 1 held, if that was less than asked and there is more, or nobody says (CL-04)."""
        if listed.size >= walk.limit:
            return walk.limit
        walk.unproven_cap = listed.size
        if walk.total is not None:  # the server itself says that there is more
            self._prove_cap(walk)
        return listed.size

    def _learn_cap(self, walk: Walk, listed: Listed) -> None:
        if walk.number > 1 and listed.size and walk.unproven_cap is not None:
            self._prove_cap(walk)

    def _prove_cap(self, walk: Walk) -> None:
        if walk.unproven_cap is not None:
            self._size.learn(walk.unproven_cap, "clamped")
            walk.unproven_cap = None

    async def _fetch(self, pages: Pages, walk: Walk) -> Listed:
        """The next page, whatever it takes: smaller where it is refused or slow, unsorted where the sort is refused,
        twice where it is a 404."""
        missed = False
        while True:
            try:
                found = await pages.ask(
                    walk.number, walk.limit, purpose="scan", sort=walk.sort, shrinkable=walk.limit > SMALLEST
                )
            except SlowPage:  # half the size, going on with the page that holds the next row (CL-04)
                walk.limit = max(SMALLEST, walk.limit // 2)
                walk.number = walk.position // walk.limit + 1
                walk.before = None
                walk.even = Evenness()
                self._size.learn(walk.limit, "slow")
                continue
            if isinstance(found, Listed):
                return found
            if found.status == 404 and walk.number > 1:
                if missed:  # asked twice: counts as an empty page (CL-49)
                    return EMPTY
                missed = True
                continue
            self._adapt(pages, walk, found)

    def _adapt(self, pages: Pages, walk: Walk, refusal: Refusal) -> None:
        """A 400 for the limit steps down, one for the sort goes without (CL-03, CL-04); all else is an error."""
        smaller = next_step_down(walk.limit)
        if refusal.status not in (400, 422) or walk.number > 1:
            raise pages.refused(refusal, walk.number)
        if smaller is not None and refusal.field != "sort":
            walk.limit = smaller
            self._size.learn(smaller, "refused")
        elif walk.sort is not None and refusal.field != "limit":
            walk.sort = None
            self._memory.remember(self._sort_name, True)
        else:
            raise pages.refused(refusal, walk.number)

    def _sort(self) -> Sort | None:
        return None if self._memory.recall(self._sort_name) is True else BY_ID

    async def _repeated(self, pages: Pages, walk: Walk, listed: Listed) -> Listed:
        """A page equal to the one before: ask once more, then prove that page numbers count (CL-49, CL-33)."""
        again = await self._fetch(pages, walk)
        if not again.size or not same_page(again.rows, listed.rows):
            return again
        if await proven(self._first_row(pages, walk), single=walk.first_size == 1) is Ending.PAGING_IGNORED:
            raise TornScan(
                "paging-ignored",
                "Clopos answers every page of its customer list with the same rows: it cannot be read to its end.",
                engineer=f"GET /customers: {PAGING_IGNORED} (CL-49, CL-33)",
                next_step=self._options.place.doctor,
            )
        return EMPTY

    def _first_row(self, pages: Pages, walk: Walk) -> FirstRow:
        async def first_row(number: int) -> str | None:
            found = await pages.ask(number, 1, purpose="scan", sort=walk.sort)
            if isinstance(found, Refusal):
                return None
            return found.rows[0].id if found.rows else None

        return first_row
