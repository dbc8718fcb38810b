"""The walk over Check&Place's listing where pages move, shrink or are cut (checkandplace.md 3.2; CP-02 to CP-04)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime

import pytest

from connector.domain.errors import TornScan, TransientError
from connector.domain.values import Json
from connector.sides.checkandplace.errors import Refusal
from connector.sides.checkandplace.listing import Listing
from connector.sides.checkandplace.options import CheckandplaceOptions
from connector.sides.checkandplace.reader import Listed as OnePage
from connector.sides.port import BadRow, Row, ScanProgress
from tests.contract.harness import DictMemory, collect

NOW = datetime(2026, 11, 20, 9, 15, tzinfo=UTC)


class Store:
    """A list of ids that is asked page by page. `upset` may change it, or refuse, before a page is answered."""

    def __init__(self, ids: Sequence[str], upset: Callable[[Store, int, int], Refusal | None] | None = None) -> None:
        self.ids = list(ids)
        self.upset = upset
        self.asked: list[tuple[int, int]] = []
        self.total: int | None = None
        self.bad: Sequence[BadRow] = ()
        self.memory = DictMemory()

    async def ask(self, number: int, per_page: int) -> OnePage | Refusal:
        self.asked.append((number, per_page))
        refusal = self.upset(self, number, per_page) if self.upset else None
        if refusal is not None:
            return refusal
        rows = [Row(name, b"{}") for name in self.ids[(number - 1) * per_page : number * per_page]]
        return OnePage(rows, self.bad if number == 1 else (), self.total, NOW)

    async def listed(self, per_page: int = 50, *, known: int | None = None, new: int | None = None) -> set[str]:
        options = CheckandplaceOptions(pair="main", access_token="t", per_page=per_page)
        progress = ScanProgress(known=known, new=new)

        def refused(refusal: Refusal, number: int) -> Exception:
            return TransientError("read-failed", f"{refusal.status} on page {number}", engineer="", next_step="")

        return (await collect(Listing(options, self.memory, self.ask, refused).run(progress), progress)).ids


def numbers(count: int) -> list[str]:
    return [str(number) for number in range(1, count + 1)]


async def test_a_size_refused_on_the_way_goes_on_with_the_page_that_holds_the_next_row() -> None:
    """CP-03: 60 rows were read; of pages of 50 the second holds row 61."""

    def refuse(_store: Store, number: int, per_page: int) -> Refusal | None:
        return Refusal(422, "per_page is too large", "per_page") if number > 1 and per_page > 50 else None

    store = Store(numbers(120), refuse)
    assert await store.listed(60) == set(numbers(120))
    assert store.asked == [(1, 60), (2, 60), (2, 50), (3, 50), (4, 50)]
    assert store.memory.kept == {"per_page": 50}


async def test_a_size_that_is_refused_to_the_last_is_an_error() -> None:
    store = Store(numbers(5), lambda _store, _number, _size: Refusal(400, "no", None))
    with pytest.raises(TransientError, match="400 on page 1"):
        await store.listed(100)
    assert store.asked == [(1, 100), (1, 50), (1, 20)]


@pytest.mark.parametrize("status", [401, 403, 409, 500])
async def test_only_a_400_or_422_is_about_the_page_size(status: int) -> None:
    store = Store(numbers(5), lambda _store, _number, _size: Refusal(status, "no", None))
    with pytest.raises(TransientError, match=f"{status} on page 1"):
        await store.listed()
    assert store.asked == [(1, 50)]


@pytest.mark.parametrize(
    ("kept", "asked"),
    [
        pytest.param(20, 20, id="learned"),
        pytest.param(1, 1, id="the smallest"),
        pytest.param(50, 50, id="no smaller than the settings"),
        pytest.param(80, 50, id="the settings were lowered since"),
        pytest.param(0, 50, id="none"),
        pytest.param(True, 50, id="no number"),
        pytest.param("20", 50, id="a text"),
        pytest.param({"size": 20}, 50, id="another form"),
    ],
)
async def test_what_was_learned_of_the_page_size_counts_where_it_makes_sense(kept: Json, asked: int) -> None:
    store = Store(["1"])
    store.memory.remember("per_page", kept)
    await store.listed()
    assert store.asked[0] == (1, asked)


async def test_a_guest_typed_in_meanwhile_is_found_at_the_front() -> None:
    """CP-04: newest first, one more guest pushes a row from page 1 to page 2, where it comes again."""

    def insert(store: Store, number: int, per_page: int) -> None:
        if (number, per_page) == (2, 2) and "9" not in store.ids:
            store.ids.insert(0, "9")

    store = Store(["4", "3", "2", "1"], insert)
    assert await store.listed(2) == {"9", "4", "3", "2", "1"}
    assert store.asked == [(1, 2), (2, 2), (3, 2), (4, 2), (5, 1), (4, 1), (1, 2)]


def cut(store: Store, number: int, per_page: int) -> Refusal | None:
    """Pages of two end after the second; single rows are all there."""
    del store
    return Refusal(404, "", None) if per_page == 2 and number > 2 else None


async def test_a_list_that_is_cut_is_no_complete_scan() -> None:
    store = Store(numbers(6), cut)
    with pytest.raises(TornScan) as raised:
        await store.listed(2, known=6, new=0)
    assert raised.value.code == "rows-missed"
    assert "4 different rows" in raised.value.engineer
    assert raised.value.next_step == "connector doctor --pair main"


async def test_a_list_that_nothing_speaks_against_is_not_asked_any_further() -> None:
    store = Store(numbers(6), cut)
    assert await store.listed(2, known=4, new=0) == set(numbers(4))
    assert {per_page for _, per_page in store.asked} == {2}


@pytest.mark.parametrize("breaks", [1, 2], ids=["at the row behind the last", "at the front once more"])
async def test_a_proof_that_breaks_off_proves_nothing(breaks: int) -> None:
    def fail(store: Store, number: int, per_page: int) -> Refusal | None:
        behind, front = per_page == 1, (number, per_page) == (1, 2) and len(store.asked) > 1
        if behind if breaks == 1 else front:
            raise TransientError("read-failed", "down", engineer="down", next_step="")
        return cut(store, number, per_page)

    with pytest.raises(TornScan) as raised:
        await Store(numbers(6), fail).listed(2, known=6, new=0)
    assert raised.value.code == "read-failed-midway"
    assert ("the row behind the last" if breaks == 1 else "page 1 once more") in raised.value.engineer


@pytest.mark.parametrize(
    ("total", "bad", "whole"),
    [
        pytest.param(3, 0, True, id="as many as the server counts"),
        pytest.param(4, 0, False, id="one is missing"),
        pytest.param(2, 0, False, id="one is too many"),
        pytest.param(4, 1, True, id="a row without an id is one of them"),
    ],
)
async def test_where_the_server_counts_its_count_must_be_ours(total: int, bad: int, whole: bool) -> None:
    """CP-02."""
    store = Store(numbers(3))
    store.total, store.bad = total, [BadRow("page 1, row 4", "no id")] * bad
    if whole:
        assert await store.listed() == set(numbers(3))
        return
    with pytest.raises(TornScan) as raised:
        await store.listed()
    assert raised.value.code == "list-moved"


async def test_a_count_that_fell_on_the_way_hides_a_row() -> None:
    """CP-02, CP-04: a deletion pulls a row of page 2 to page 1, which was read; later somebody is typed in."""

    def shrink(store: Store, number: int, per_page: int) -> None:
        del per_page
        store.total = {1: 4, 2: 3}.get(number, 4)

    store = Store(numbers(4), shrink)
    with pytest.raises(TornScan) as raised:
        await store.listed(2)
    assert raised.value.code == "list-moved"
