"""A page that repeats the one before: the end, or page numbers that are ignored (CL-49, CP-51)."""

import pytest

from connector.sides.ending import Ending, proven, same_page
from connector.sides.port import Row


@pytest.mark.parametrize(
    ("first", "second", "single", "ending"),
    [
        ("a", "b", False, Ending.END),
        ("a", "a", False, Ending.PAGING_IGNORED),
        ("a", None, False, Ending.PAGING_IGNORED),  # a second record was listed, but page 2 has none
        (None, None, False, Ending.PAGING_IGNORED),
        (None, "b", False, Ending.PAGING_IGNORED),
    ],
)
async def test_two_pages_of_one_row_decide(first: str | None, second: str | None, single: bool, ending: Ending) -> None:
    asked: list[int] = []

    async def first_row(number: int) -> str | None:
        asked.append(number)
        return first if number == 1 else second

    assert await proven(first_row, single=single) is ending
    assert asked == [1, 2]


async def test_a_list_of_one_record_needs_no_probe() -> None:
    async def first_row(number: int) -> str | None:
        pytest.fail(f"asked page {number}")

    assert await proven(first_row, single=True) is Ending.END


def test_pages_are_compared_by_their_ids() -> None:
    """CL-17, CP-49: totals and times may move while the page is the same."""
    page = [Row("1", b'{"id": 1, "spent": 5}'), Row("2", b'{"id": 2}')]
    assert same_page([Row("1", b'{"id": 1, "spent": 9}'), Row("2", b'{"id": 2}')], page)
    assert not same_page(page[:1], page)
    assert not same_page(page[::-1], page)
    assert not same_page(page, None)
