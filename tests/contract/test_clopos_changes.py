"""The quick run of Clopos: newest first, verified, stopped at what is known (docs/api/clopos.md 3.1)."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from connector.domain.errors import ConfigError, TornScan, TransientError
from connector.sides.clopos.changes import Order, updated_at
from connector.sides.clopos.reader import Listed as OnePage
from connector.sides.port import Row, ScanProgress
from tests.contract.harness import START, CloposWorld, Listed, collect

NOW = datetime.fromtimestamp(START, UTC)
ZONE = "Asia/Baku"


def world_of(customers: int, **switches: str) -> CloposWorld:
    """Customers 0, 1, 2, ... of which number n was last touched n minutes after a month ago."""
    return CloposWorld(switches, customers=customers)


def touched(number: int) -> datetime:
    return datetime.fromtimestamp(START - 86_400 * 30 + number * 60, UTC)


async def changes(world: CloposWorld, since: datetime | None, progress: ScanProgress | None = None) -> Listed:
    progress = progress or ScanProgress()
    return await collect(world.side().changes(since, progress), progress)


async def test_without_news_one_page_is_enough() -> None:
    world = world_of(450)
    listed = await changes(world, touched(449) - timedelta(minutes=10))
    assert len(world.seen("/customers")) == 1
    query = world.seen("/customers")[0].query
    assert (query["sort[0]"], query["sort[1]"], query["limit"]) == ("updated_at", "-1", "100")
    assert len(listed.ids) == 100


async def test_the_walk_stops_at_the_page_that_reaches_what_is_known() -> None:
    world = world_of(450)
    listed = await changes(world, touched(251))
    assert [len(page.rows) for page in listed.pages] == [100, 100]  # rows 449 to 250; 250 is older than 251
    assert len((await changes(world, touched(250))).pages) == 3  # a row of that very time is no proof
    oldest = min(updated_at(row, ZONE) or NOW for row in listed.rows.values())
    assert oldest < touched(251)


async def test_since_none_walks_to_the_end() -> None:
    for shape in ("total", "no_total"):
        assert len((await changes(world_of(230, list_shape=shape), None)).ids) == 230


async def test_edits_come_first() -> None:
    world = world_of(300)
    world.store.staff_edit(4110, {"name": "New Name"})
    listed = await changes(world, touched(299))
    assert next(iter(listed.rows)) == "4110"


@pytest.mark.parametrize(
    ("switches", "code"),
    [({"customers_sort": "ignored"}, "order-not-kept"), ({"customers_sort": "400"}, "sort-refused"),
     ({"raw_brackets_only": "on"}, "order-not-kept")],
    ids=str,
)  # fmt: skip
async def test_a_sort_that_is_not_kept_is_noticed(switches: dict[str, str], code: str) -> None:
    """CL-03, CL-25: a doubt means a full scan."""
    world = CloposWorld(switches, customers=250)
    for customer in (4105, 4200, 4150):
        world.clock.simulated.shift += 5
        world.store.staff_edit(customer, {"name": "Edited"})
    with pytest.raises(TornScan) as raised:
        await changes(world, touched(10))
    assert raised.value.code == code


async def test_the_answers_own_list_of_sorts_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    """CL-03: look for the field in `sorts`; CL-38: it may be missing."""
    assert (await changes(world_of(3, meta="none"), None)).ids
    monkeypatch.setattr("connector.simulator.clopos.listing.SORTS", ("id", "updated_at"))
    assert (await changes(world_of(3), None)).ids
    pages = world_of(3).side()._pages(None)
    found = await pages.ask(1, 10, purpose="changes")
    assert isinstance(found, OnePage)
    monkeypatch.setattr(type(pages), "ask", _answering(replace(found, sorts=("id", "name"))))
    with pytest.raises(TornScan) as raised:
        await changes(world_of(3), None)
    assert raised.value.code == "sort-not-offered"


def _answering(listed: object) -> Callable[..., Awaitable[object]]:
    async def ask(*_args: object, **_kwargs: object) -> object:
        return listed

    return ask


@pytest.mark.parametrize("zone", ["utc", "baku"])
async def test_only_the_servers_own_times_are_compared(zone: str) -> None:
    """CL-15: `Z` may not mean UTC; the same server said both times, so the walk is right all the same."""
    world = world_of(250, updated_at_zone=zone)
    first = await changes(world, None)
    cursor = max(updated_at(row, ZONE) or NOW - timedelta(999) for row in first.rows.values())
    world.clock.simulated.shift += 3600
    world.store.staff_edit(4120, {"name": "Edited"})
    listed = await changes(world, cursor - timedelta(minutes=10))
    assert "4120" in listed.ids
    assert len(listed.pages) == 1


@pytest.mark.parametrize("broken", ["some", "future"])
async def test_rows_without_a_usable_time_neither_stop_nor_disorder(broken: str) -> None:
    """CL-45."""
    world = world_of(250, broken_timestamp=broken)
    listed = await changes(world, None)
    assert len(listed.ids) == 250
    short = await changes(world, touched(249) - timedelta(minutes=10))
    assert len(short.pages) == 1
    assert all(page.server_time == NOW for page in short.pages)


def row(stamp: str) -> Row:
    return Row("1", b'{"id": 1, "updated_at": ' + stamp.encode() + b"}")


def test_times_of_rows() -> None:
    assert updated_at(row('"2026-11-19T18:02:09.000000Z"'), ZONE) == datetime(2026, 11, 19, 18, 2, 9, tzinfo=UTC)
    assert updated_at(row('"2026-11-19 18:02:09"'), ZONE) == datetime(2026, 11, 19, 14, 2, 9, tzinfo=UTC)  # naive
    for broken in ('"203-05-25T12:08:43.000000Z"', "null", "5", '""', "{}", "1e999"):
        assert updated_at(row(broken), ZONE) is None
    assert updated_at(Row("1", b'{"id": 1}'), ZONE) is None


def test_order_skips_what_has_no_time() -> None:
    order = Order()
    order.add([NOW, None, NOW - timedelta(1), None])
    assert (order.kept, order.oldest) == (True, NOW - timedelta(1))
    order.add([None, None])
    assert (order.kept, order.oldest) == (True, None)
    order.add([NOW - timedelta(1), NOW - timedelta(2)])
    assert order.kept
    order.add([NOW])
    assert not order.kept


@pytest.mark.parametrize(
    ("known", "new", "fits"), [(230, 0, True), (228, 2, True), (231, 0, False), (228, 1, False), (None, 1, True)]
)
async def test_the_total_must_fit(known: int | None, new: int, fits: bool) -> None:
    """Known plus new is what the server counts, or something was missed or is gone."""
    world = world_of(230)
    progress = ScanProgress(known=known, new=new)
    if fits:
        await changes(world, touched(229), progress)
        return
    with pytest.raises(TornScan) as raised:
        await changes(world, touched(229), progress)
    assert raised.value.code == "total-does-not-fit"


async def test_paging_that_is_ignored_is_noticed() -> None:
    """CL-33."""
    world = CloposWorld({"v1_paging": "offset"}, customers=250)
    progress = ScanProgress()
    with pytest.raises(TornScan) as raised:
        await collect(world.side(api="v1").changes(None, progress), progress)
    assert raised.value.code in ("page-repeated", "order-not-kept")


async def test_several_venues_are_walked_each() -> None:
    """CL-09: what they count together is not known, so no total is given."""
    world = CloposWorld({"customer_scope": "venue"}, customers=30)
    world.add(99, venue_id=2)
    progress = ScanProgress(known=1, new=30)
    listed = await collect(world.side(read_venues=("1", "2")).changes(None, progress), progress)
    assert len(listed.ids) == 31
    assert progress.total is None
    assert {page.total for page in listed.pages} == {None}


async def test_failures_on_the_way() -> None:
    world = world_of(250)
    world.fault("status:500", path="/customers", after=1, times=9)
    with pytest.raises(TornScan) as raised:
        await changes(world, None)
    assert raised.value.code == "read-failed-midway"
    down = world_of(250)
    down.fault("status:504", path="/customers", times=9)
    with pytest.raises(TransientError):
        await changes(down, None)
    side = CloposWorld(customers=2).side(read_venues=("77",))
    with pytest.raises(ConfigError):
        await collect(side.changes(None, ScanProgress()), ScanProgress())


@pytest.mark.parametrize("past_end", ["empty", "404"])
async def test_the_end_of_a_list_without_total(past_end: str) -> None:
    """CL-49."""
    world = world_of(200, list_shape="bare_array", past_end=past_end)
    assert len((await changes(world, None)).ids) == 200
