"""The signs that rows were lost between pages, and the question that settles it (CL-16, CP-04, CP-51)."""

from __future__ import annotations

import pytest

from connector.sides.ending import Evenness, nobody_behind
from connector.sides.port import ScanProgress


@pytest.mark.parametrize(
    ("sizes", "uneven"),
    [
        ([], False), ([5], False), ([8, 8, 3], False), ([8, 8, 8], False), ([3, 3, 3], False), ([7, 8], True),
        ([8, 7, 8], True), ([8, 7, 2], True), ([8, 8, 7], False), ([1, 2, 1], True),
    ],
)  # fmt: skip
def test_pages_before_the_last_are_equally_long(sizes: list[int], uneven: bool) -> None:
    even = Evenness()
    for size in sizes:
        even.add(size)
    assert even.uneven is uneven


@pytest.mark.parametrize(
    ("distinct", "new", "known", "unusable", "doubtful"),
    [
        (10, 0, 10, 0, False),
        (10, 2, 8, 0, False),
        (9, 0, 9, 1, False),  # a row without an id is no repetition
        (9, 0, 9, 0, True),  # one row came twice
        (10, 1, 10, 0, True),  # one known record did not come
        (10, None, 12, 0, False),  # nobody counts what is new
        (10, 10, None, 0, False),
    ],
)
def test_what_speaks_against_a_listing(
    distinct: int, new: int | None, known: int | None, unusable: int, doubtful: bool
) -> None:
    even = Evenness()
    even.add(10)
    progress = ScanProgress(distinct=distinct, new=new, known=known)
    assert even.doubtful(progress, unusable) is doubtful


class Rows:
    """A list asked with one row a page. `past`: what stands behind the end."""

    def __init__(self, count: int, past: str = "empty", hiccups: int = 0) -> None:
        self.count, self.past, self.hiccups, self.asked = count, past, hiccups, 0

    async def first(self, number: int) -> str | None:
        self.asked += 1
        if self.hiccups:
            self.hiccups -= 1
            return None
        if self.past == "first":
            return "1"
        if number > self.count:
            return str(self.count) if self.past == "last" and self.count else None
        return str(number)


@pytest.mark.parametrize("past", ["empty", "last"])
@pytest.mark.parametrize(("there", "counted", "ended"), [(5, 5, True), (6, 5, False), (0, 0, True), (1, 0, False)])
async def test_the_row_behind_the_last(past: str, there: int, counted: int, ended: bool) -> None:
    assert await nobody_behind(Rows(there, past).first, counted) is ended


async def test_one_empty_answer_is_no_end() -> None:
    assert not await nobody_behind(Rows(6, hiccups=1).first, 5)
    quiet = Rows(5)
    assert await nobody_behind(quiet.first, 5)
    assert quiet.asked == 2


@pytest.mark.parametrize(("counted", "ended"), [(0, False), (1, True), (2, False), (5, False)])
async def test_a_server_that_shows_its_first_row_whatever_is_asked_proves_no_end(counted: int, ended: bool) -> None:
    """CL-49, CP-51: the row behind the last is that of page `counted` on it as well. Of one row that is its end."""
    assert await nobody_behind(Rows(6, "first").first, counted) is ended
