"""Listings against servers that cap, shift, repeat, refuse and fail at random: complete means complete (promise 5)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from connector.domain.errors import TornScan, TransientError
from connector.sides.checkandplace import errors as cp_errors
from connector.sides.checkandplace import reader as cp_reader
from connector.sides.checkandplace.listing import Listing
from connector.sides.checkandplace.options import CheckandplaceOptions
from connector.sides.clopos import errors as cl_errors
from connector.sides.clopos import reader as cl_reader
from connector.sides.clopos.listing import FullScan
from connector.sides.clopos.options import V2, CloposOptions
from connector.sides.clopos.pages import PageSize
from connector.sides.clopos.seen import Seen
from connector.sides.port import Row, ScanProgress
from connector.sides.problems import SlowPage
from tests.contract.harness import DictMemory, Listed, collect

CLOPOS_OPTIONS = CloposOptions("main", "i", "s", "b", integrator_id="x", max_pages=60)
CP_OPTIONS = CheckandplaceOptions("main", "t", max_pages=60)
MOST_REQUESTS = 400


@dataclass
class Server:
    """A list that a script changes between requests, paged as the switches say."""

    ids: list[int]
    cap: int
    total: bool
    sorted: bool
    past_end: str
    refuses: bool
    changes: list[str] = field(default_factory=list)
    troubles: list[str] = field(default_factory=list)
    asked: int = 0
    count: int = 0
    """What the last answer counted: rows and total of one answer are of one moment."""

    def page(self, number: int, limit: int) -> list[int] | str:
        """The ids of a page, or what happens instead."""
        self.asked += 1
        assert self.asked < MOST_REQUESTS, "the walk does not end"
        trouble = self.troubles.pop(0) if self.troubles else ""
        if trouble:
            return trouble
        if self.refuses and limit > self.cap:
            return "refused"
        size = min(limit, self.cap)
        ordered = sorted(self.ids, reverse=not self.sorted)
        found = ordered[(number - 1) * size : number * size]
        if not found and number > 1 and ordered:
            if self.past_end == "404":
                return "404"
            if self.past_end == "last":
                last = (len(ordered) - 1) // size
                found = ordered[last * size :]
        self.count = len(ordered)
        change = self.changes.pop(0) if self.changes else ""
        if change == "insert":
            self.ids.append(max(self.ids, default=0) + 1)
        elif change == "delete" and self.ids:
            self.ids.pop(len(self.ids) // 2)
        return found


def rows(ids: Sequence[int]) -> list[Row]:
    return [Row(str(number), b"{}") for number in ids]


servers = st.builds(
    Server,
    ids=st.integers(0, 260).map(lambda count: list(range(1, count + 1))),
    cap=st.sampled_from([20, 50, 100, 200, 999]),
    total=st.booleans(),
    sorted=st.booleans(),
    past_end=st.sampled_from(["empty", "404", "last"]),
    refuses=st.booleans(),
)
troubles = st.lists(st.sampled_from(["", "", "", "slow", "fail", "404"]), max_size=6)


class ModelPages:
    """Stands for `Pages`: the same questions, answered by the model."""

    venue = None

    def __init__(self, server: Server) -> None:
        self.server = server

    async def ask(self, number: int, limit: int, **facts: Any) -> cl_reader.Listed | cl_errors.Refusal:
        found = self.server.page(number, limit)
        if found == "slow" and facts.get("shrinkable"):
            raise SlowPage("page-too-slow", "slow")
        if found == "fail":
            raise TransientError("read-failed", "no")
        if found == "404":
            return cl_errors.Refusal(404, "not_found", "", None)
        if found == "slow":
            return await self.ask(number, limit, **facts)
        if isinstance(found, str):
            return cl_errors.Refusal(400, "invalid_parameter", "limit", "limit")
        total = self.server.count if self.server.total else None
        return cl_reader.Listed(rows(found), (), total, None, None)

    def refused(self, refusal: cl_errors.Refusal, number: int) -> Exception:
        return TransientError("read-failed", f"{refusal.status} on page {number}")


async def clopos(server: Server) -> Listed | None:
    """What a full scan saw if it called itself complete, else None."""
    memory, progress = DictMemory(), ScanProgress()
    pages: Callable[[str | None], Any] = lambda _venue: ModelPages(server)  # noqa: E731 - one line says it
    scan = FullScan(CLOPOS_OPTIONS, PageSize(V2, CLOPOS_OPTIONS, memory), memory, pages)
    try:
        return await collect(scan.run(progress), progress)
    except (TornScan, TransientError):
        return None


async def checkandplace(server: Server) -> Listed | None:
    progress = ScanProgress()

    async def ask(number: int, per_page: int) -> cp_reader.Listed | cp_errors.Refusal:
        found = server.page(number, per_page)
        if found in ("slow", "fail"):
            raise TransientError("read-failed", "no")
        if isinstance(found, str):
            return cp_errors.Refusal(404 if found == "404" else 422, "", None)
        return cp_reader.Listed(rows(found), (), server.count if server.total else None, None)

    def refused(refusal: cp_errors.Refusal, number: int) -> Exception:
        return TransientError("read-failed", f"{refusal.status} on page {number}")

    try:
        return await collect(Listing(CP_OPTIONS, DictMemory(), ask, refused).run(progress), progress)
    except (TornScan, TransientError):
        return None


@settings(max_examples=150)
@given(servers)
async def test_a_quiet_list_is_always_read_whole(server: Server) -> None:
    everybody = {str(number) for number in server.ids}
    for read in (clopos, checkandplace):
        if server.refuses and server.cap < (100 if read is clopos else 20):
            continue  # no size that either side tries is taken
        listed = await read(server)
        assert listed is not None
        assert listed.ids == everybody


@settings(max_examples=200)
@given(servers, troubles)
async def test_whatever_fails_complete_means_complete(server: Server, trouble: list[str]) -> None:
    """Slow, failing and missing pages at any point: whole or torn, never silently short."""
    everybody = {str(number) for number in server.ids}
    for read in (clopos, checkandplace):
        server.asked, server.troubles = 0, list(trouble)
        listed = await read(server)
        # Two 404s in a row are the end by the rules (CL-49, CP-51), also with a question between them that got no
        # answer in time; only a total can tell more.
        twice = any(pair == ("404", "404") for pair in pairwise(one for one in trouble if one != "slow"))
        if listed is not None and (server.total or not twice):
            assert listed.ids == everybody


@settings(max_examples=200)
@given(servers, st.sampled_from(["insert", "delete"]), st.lists(st.booleans(), max_size=12))
async def test_a_list_that_moves_is_read_again_or_torn(server: Server, change: str, when: list[bool]) -> None:
    """CL-16, CP-04: with a total no row that was there all the time is ever missing from a complete scan."""
    server.total = True
    for read in (clopos, checkandplace):
        server.asked, server.changes = 0, [change if now else "" for now in when]
        before = set(server.ids)
        listed = await read(server)
        if listed is not None:
            assert {str(number) for number in before & set(server.ids)} <= listed.ids


@given(st.lists(st.lists(st.integers(1, 60), max_size=8), max_size=8))
def test_counting_without_keeping(pages: list[list[int]]) -> None:
    """Pages that ascend are counted by their order alone, repeated rows at their seams included."""
    progress, kept = ScanProgress(), set[int]()
    seen, exact = Seen(progress, exact=False), Seen(progress, exact=True)
    highest = 0
    for page in pages:
        ascending = sorted({number for number in page if number > highest - 3})
        highest = max([highest, *ascending])
        kept |= set(ascending)
        for counter in (seen, exact):
            counter.add([str(number) for number in ascending], 1)
    assert exact.rows == len(kept) + len(pages)
    assert seen.ordered
    assert seen.rows <= exact.rows


def test_counting_falls_back_where_the_order_is_not_kept() -> None:
    progress = ScanProgress(distinct=7)
    seen = Seen(progress, exact=False)
    seen.add(["3", "2"], 0)
    assert (seen.ordered, seen.rows) == (False, 7)
    named = Seen(progress, exact=False)
    named.add(["1f0c", "2a"], 1)
    assert (named.ordered, named.rows) == (False, 8)
