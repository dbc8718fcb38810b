"""The full scan of Clopos: page sizes, order, moving lists, and the proof of the end (docs/api/clopos.md 3.1)."""

from typing import Any

import httpx
import pytest

from connector.domain.errors import AuthError, ConfigError, TornScan, TransientError
from connector.sides.clopos.pages import STEPS
from connector.sides.port import ScanProgress
from tests.contract.harness import CloposWorld, collect, scan


def pages_asked(world: CloposWorld) -> list[tuple[int, int]]:
    return [(int(e.query["page"]), int(e.query["limit"])) for e in world.seen("/customers")]


def everybody(world: CloposWorld) -> set[str]:
    return {str(number) for number in world.store.customers}


@pytest.mark.parametrize(
    ("customers", "page_size", "requests"),
    [(0, 999, 1), (1, 999, 1), (230, 999, 1), (230, 100, 3), (200, 100, 2), (201, 100, 3)],
)
async def test_the_least_requests_that_prove_the_end(customers: int, page_size: int, requests: int) -> None:
    world = CloposWorld(customers=customers)
    progress = ScanProgress()
    listed = await collect(world.side(page_size=page_size).scan(progress), progress)
    assert listed.ids == everybody(world)
    assert len(pages_asked(world)) == requests
    assert progress.total == customers
    assert all(page.server_time == world.clock.now() for page in listed.pages)
    query = world.seen("/customers")[0].query
    assert (query["sort[0]"], query["sort[1]"]) == ("id", "1")


@pytest.mark.parametrize("api", ["v2", "v1"])
@pytest.mark.parametrize("shape", ["total", "no_total", "pagination", "bare_array"])
@pytest.mark.parametrize("excess", ["400", "clamp"])
@pytest.mark.parametrize("past_end", ["empty", "last_page", "404"])
async def test_every_shape_of_list_and_end(api: str, shape: str, excess: str, past_end: str) -> None:
    """CL-04, CL-11, CL-49: whatever the server does, the scan is whole or says that it is not."""
    switches = {"list_shape": shape, "limit_max": "60", "limit_excess": excess, "past_end": past_end}
    for customers in (0, 1, 59, 60, 61, 120, 150):
        world = CloposWorld(switches, customers=customers)
        options: dict[str, Any] = {"page_size": 60} if excess == "400" else {}
        assert (await scan(world.side(api=api, **options))).ids == everybody(world)


@pytest.mark.parametrize("shape", ["total", "bare_array"])
async def test_a_clamped_page_size_is_learned_and_kept(shape: str) -> None:
    """CL-04: page 1 shorter than asked, and more rows: that is the real size, asked for from page 2 on."""
    world = CloposWorld({"limit_max": "200", "limit_excess": "clamp", "list_shape": shape}, customers=450)
    assert (await scan(world.side())).ids == everybody(world)
    assert pages_asked(world)[:3] == [(1, 999), (2, 200), (3, 200)]
    assert world.memory.kept["v2.page_size"] == {"size": 200, "why": "clamped"}
    before = len(pages_asked(world))
    await scan(world.side())
    assert pages_asked(world)[before] == (1, 200)


async def test_a_short_first_page_is_no_cap_where_it_is_the_whole_list() -> None:
    world = CloposWorld({"list_shape": "bare_array"}, customers=30)
    await scan(world.side())
    assert pages_asked(world) == [(1, 999), (2, 30)]
    assert world.memory.kept == {}


@pytest.mark.parametrize(("largest", "asked"), [("200", [999, 200]), ("100", [999, 200, 100])])
async def test_a_refused_page_size_steps_down(largest: str, asked: list[int]) -> None:
    world = CloposWorld({"limit_max": largest}, customers=20)
    assert (await scan(world.side())).ids == everybody(world)
    assert [limit for _, limit in pages_asked(world)] == asked
    assert world.memory.kept["v2.page_size"]["why"] == "refused"
    assert tuple(asked[1:]) == STEPS[: len(asked) - 1]


@pytest.mark.parametrize("kind", ["status:504", "delay"])
async def test_a_slow_page_is_halved_and_the_walk_goes_on_at_the_next_row(kind: str) -> None:
    """CL-04: on 504 or a timeout half the size, not below 100, from the page that holds the next row."""
    world = CloposWorld(customers=900)
    side = world.side(page_size=400)
    if kind == "delay":
        slow = httpx.ReadTimeout("slow")
        inner, failures = world.transport.handle_async_request, iter([None, None, slow])

        async def handle(request: httpx.Request) -> httpx.Response:
            failure = next(failures, None)
            if failure is not None:
                raise failure
            return await inner(request)

        world.transport.handle_async_request = handle  # type: ignore[method-assign] # the third request times out
    else:
        world.fault(kind, path="/customers", after=1)
    assert (await scan(side)).ids == everybody(world)
    answered = [(int(e.query["page"]), int(e.query["limit"])) for e in world.seen("/customers") if e.status == 200]
    assert answered == [(1, 400), (3, 200), (4, 200), (5, 200)]
    assert world.memory.kept["v2.page_size"] == {"size": 200, "why": "slow"}


async def test_a_size_that_slowness_forced_grows_again() -> None:
    world = CloposWorld(customers=250)
    world.memory.remember("v2.page_size", {"size": 100, "why": "slow"})
    for size in (100, 200, 400, 800, 999):
        before = len(pages_asked(world))
        await scan(world.side())
        assert pages_asked(world)[before] == (1, size)


async def test_nothing_is_halved_below_100() -> None:
    world = CloposWorld(customers=50)
    world.fault("status:504", path="/customers", times=3)
    assert (await scan(world.side(page_size=150))).ids == everybody(world)
    assert [limit for _, limit in pages_asked(world)] == [150, 100, 100, 100]


@pytest.mark.parametrize("sort", ["ignored", "400"])
@pytest.mark.parametrize("default", ["created_at", "id"])
async def test_the_sort_is_a_help_not_a_need(sort: str, default: str) -> None:
    """CL-03, CL-16."""
    world = CloposWorld({"customers_sort": sort, "default_sort": default}, customers=130)
    assert (await scan(world.side(page_size=100))).ids == everybody(world)
    if sort == "400":
        assert world.memory.kept["v2.sort_by_id_refused"] is True
        before = len(world.log.entries)
        await scan(world.side(page_size=100))
        assert all(entry.status == 200 for entry in world.log.entries[before:])


async def test_brackets_that_are_not_understood() -> None:
    """CL-25: indexed and encoded; a server that wants them raw ignores the sort, no more."""
    world = CloposWorld({"raw_brackets_only": "on"}, customers=130)
    assert (await scan(world.side(page_size=100))).ids == everybody(world)


@pytest.mark.parametrize("sort", ["honoured", "ignored"])
@pytest.mark.parametrize("shape", ["total", "no_total"])
async def test_customers_typed_in_during_the_scan(sort: str, shape: str) -> None:
    """CL-16: a list that moved is read again until it held still."""
    world = CloposWorld({"insert_during_scan": "on", "customers_sort": sort, "list_shape": shape}, customers=90)
    before = everybody(world)
    listed = await scan(world.side(page_size=30))
    assert listed.ids >= before
    if shape == "total":
        assert listed.ids == everybody(world)


async def test_a_list_that_never_holds_still_is_torn() -> None:
    world = CloposWorld(
        {"insert_during_scan": "on", "insert_during_scan_rows": "99", "customers_sort": "ignored"}, customers=90
    )
    with pytest.raises(TornScan) as raised:
        await scan(world.side(page_size=30))
    assert raised.value.code == "list-moved"


@pytest.mark.parametrize("sort", ["honoured", "ignored"])
async def test_a_customer_deleted_during_the_scan(sort: str) -> None:
    """CL-16: a deletion pushes another row out of sight; the total that fell gives it away."""
    world = CloposWorld({"customers_sort": sort}, customers=90)
    first, progress, rounds = min(world.store.customers), ScanProgress(), []
    seen: set[str] = set()
    async for page in world.side(page_size=30).scan(progress):
        rounds.append(page.round)
        seen |= {row.id for row in page.rows}
        progress.distinct = len(seen)
        if len(rounds) == 1:
            world.store.staff_delete(first if sort == "honoured" else max(world.store.customers))
    assert rounds[-1] == 2
    assert len(seen) == 90


async def test_venues_are_read_one_after_the_other() -> None:
    """CL-09: whole only if every venue is."""
    for scope in ("brand", "venue"):
        world = CloposWorld({"customer_scope": scope}, customers=40)
        for number in range(100, 130):
            world.add(number, venue_id=2)
        listed = await scan(world.side(read_venues=("1", "2"), page_size=25))
        assert listed.ids == everybody(world)
        assert {page.venue for page in listed.pages} == {"1", "2"}
    alone = CloposWorld({"customer_scope": "venue"}, customers=4)
    alone.add(9, venue_id=2)
    assert len((await scan(alone.side())).ids) == 4


@pytest.mark.parametrize("answer", ["404", "403", "400"])
async def test_an_unknown_venue_is_a_configuration_error(answer: str) -> None:
    """CL-29."""
    world = CloposWorld({"bad_venue": answer}, customers=2)
    with pytest.raises(ConfigError) as raised:
        await scan(world.side(read_venues=("1", "77")))
    assert raised.value.code == "venue-unknown"
    assert "77" in raised.value.manager
    assert (await scan(CloposWorld({"bad_venue": "ignored"}, customers=2).side(read_venues=("77",)))).ids


async def test_page_numbers_that_are_ignored_tear_the_scan() -> None:
    """CL-33, CL-49: pages 1 and 2 with one row each decide."""
    world = CloposWorld({"v1_paging": "offset"}, customers=150)
    with pytest.raises(TornScan) as raised:
        await scan(world.side(api="v1"))
    assert raised.value.code == "paging-ignored"
    assert pages_asked(world) == [(1, 100), (2, 100), (2, 100), (1, 1), (2, 1)]


async def test_the_last_page_again_is_the_end() -> None:
    """CL-49."""
    world = CloposWorld({"past_end": "last_page", "list_shape": "no_total"}, customers=150)
    assert (await scan(world.side(page_size=100))).ids == everybody(world)
    assert pages_asked(world) == [(1, 100), (2, 100), (3, 100), (3, 100), (1, 1), (2, 1)]


@pytest.mark.parametrize("permission", ["nothing"])
async def test_a_missing_permission_stops_the_run(permission: str) -> None:
    """CL-23."""
    with pytest.raises(AuthError) as raised:
        await scan(CloposWorld({"permission": permission}, customers=2).side())
    assert raised.value.code == "permission-refused"


async def test_a_scan_that_breaks_off_is_torn_and_one_that_never_began_is_not() -> None:
    world = CloposWorld(customers=250)
    world.fault("status:500", path="/customers", after=1, times=9)
    with pytest.raises(TornScan) as torn:
        await scan(world.side(page_size=100))
    assert torn.value.code == "read-failed-midway"
    down = CloposWorld(customers=250)
    down.fault("status:500", path="/customers", times=9)
    with pytest.raises(TransientError):
        await scan(down.side(page_size=100))


@pytest.mark.parametrize("kind", ["garbage", "truncate", "status:502", "drop_before", "drop_after", "html:502"])
async def test_what_passes_is_survived(kind: str) -> None:
    """CL-44."""
    world = CloposWorld(customers=250)
    world.fault(kind, path="/customers", after=1)
    assert (await scan(world.side(page_size=100))).ids == everybody(world)


async def test_the_page_cap() -> None:
    with pytest.raises(TornScan) as raised:
        await scan(CloposWorld(customers=300).side(page_size=100, max_pages=2))
    assert raised.value.code == "too-many-pages"
