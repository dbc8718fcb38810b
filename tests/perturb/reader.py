"""The readers of both adapters over a served list: what a scan would take in, and whether it calls itself complete."""

from __future__ import annotations

from collections.abc import Sequence, Set
from typing import Any

from connector.domain.errors import TornScan, TransientError
from connector.domain.values import CLOPOS, SideName
from connector.sides.checkandplace import errors as cp_errors
from connector.sides.checkandplace import reader as cp_reader
from connector.sides.checkandplace.listing import Listing
from connector.sides.checkandplace.options import CheckandplaceOptions
from connector.sides.clopos import errors as cl_errors
from connector.sides.clopos import reader as cl_reader
from connector.sides.clopos.listing import FullScan
from connector.sides.clopos.options import V2, CloposOptions
from connector.sides.clopos.pages import PageSize
from connector.sides.port import Row, ScanProgress
from tests.contract.harness import DictMemory
from tests.perturb.lists import Served

PAGE = 8
MOST_PAGES = 60
CLOPOS_OPTIONS = CloposOptions("main", "i", "s", "b", integrator_id="x", page_size=PAGE, max_pages=MOST_PAGES)
CHECKANDPLACE_OPTIONS = CheckandplaceOptions("main", "t", per_page=PAGE, max_pages=MOST_PAGES)


class _Pages:
    """Stands for Clopos' `Pages`: the same questions, answered by a served list."""

    venue = None

    def __init__(self, served: Served) -> None:
        self._served = served

    async def ask(self, number: int, limit: int, **_facts: Any) -> cl_reader.Listed | cl_errors.Refusal:
        found, total = self._served.answer(number, limit)
        if found is None:
            return cl_errors.Refusal(404, "not_found", "", None)
        return cl_reader.Listed(_rows(found), (), total if self._served.counted else None, None, None)

    def refused(self, refusal: cl_errors.Refusal, number: int) -> Exception:
        return TransientError("read-failed", f"{refusal.status} on page {number}")


async def read(side: SideName, served: Served, known: Set[str]) -> set[str] | None:
    """The ids that a full scan of the side takes in if it calls itself complete; None if it is torn. `known`: the ids
    that the state holds and that are not gone."""
    progress, seen = ScanProgress(known=len(known), new=0), set[str]()
    try:
        async for page in _reader(side, served).run(progress):
            seen |= {row.id for row in page.rows}
            progress.distinct, progress.new = len(seen), len(seen - known)
    except (TornScan, TransientError):
        return None
    return seen


async def ends(side: SideName, served: Served, rows: int) -> bool:
    """What the side says to the question before the first create: does its list end behind so many rows? Asked in the
    same scan, of the answers that follow those read so far. Clopos is not asked: each number is looked up instead."""
    reader = _reader(side, served)
    return not isinstance(reader, Listing) or await reader.nobody_behind(rows)


def _reader(side: SideName, served: Served) -> FullScan | Listing:
    if side is CLOPOS:
        memory = DictMemory()
        pages: Any = lambda _venue: _Pages(served)  # noqa: E731 - one line says it
        return FullScan(CLOPOS_OPTIONS, PageSize(V2, CLOPOS_OPTIONS, memory), memory, pages)

    async def ask(number: int, per_page: int) -> cp_reader.Listed | cp_errors.Refusal:
        found, total = served.answer(number, per_page)
        if found is None:
            return cp_errors.Refusal(404, "", None)
        return cp_reader.Listed(_rows(found), (), total if served.counted else None, None)

    def refused(refusal: cp_errors.Refusal, number: int) -> Exception:
        return TransientError("read-failed", f"{refusal.status} on page {number}")

    return Listing(CHECKANDPLACE_OPTIONS, DictMemory(), ask, refused)


def _rows(ids: Sequence[str]) -> list[Row]:
    return [Row(name, b"{}") for name in ids]
