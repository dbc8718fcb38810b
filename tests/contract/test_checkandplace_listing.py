"""The listing of Check&Place: shapes, page sizes, moving lists, the proof of its end (checkandplace.md 3.2)."""

import json
from collections.abc import AsyncIterator
from contextlib import nullcontext

import pytest

from connector.domain.errors import AuthError, ConfigError, TornScan, TransientError
from connector.sides.checkandplace.options import Paths
from connector.sides.port import Page, ScanProgress
from tests.contract.harness import CheckandplaceWorld, Listed, collect, scan


def asked(world: CheckandplaceWorld) -> list[tuple[int, int]]:
    return [(int(e.query["page"]), int(e.query["per_page"])) for e in world.seen("/v1/customers", "GET")]


@pytest.mark.parametrize(("customers", "requests"), [(0, 1), (1, 2), (49, 2), (50, 2), (51, 3), (120, 4)])
async def test_the_least_requests_that_prove_the_end(customers: int, requests: int) -> None:
    """One page more than rows fill: a short page is never the end (CP-51)."""
    world = CheckandplaceWorld(customers=customers)
    assert (await scan(world.side())).ids == set(world.store.customers)
    assert len(asked(world)) == requests
    assert set(asked(world)[0:1]) == {(1, 50)}
    assert {name for entry in world.log.entries for name in entry.query} == {"page", "per_page"}  # CP-05, CP-06, CP-37


@pytest.mark.parametrize("past_end", ["empty", "last_page", "404"])
@pytest.mark.parametrize("meta", ["none", "meta"])
@pytest.mark.parametrize("largest", ["20", "50", "100"])
@pytest.mark.parametrize("excess", ["capped", "422"])
async def test_every_end_and_page_size(past_end: str, meta: str, largest: str, excess: str) -> None:
    """CP-02, CP-03, CP-51."""
    switches = {"past_end": past_end, "list_meta": meta, "per_page_max": largest, "per_page_excess": excess}
    for customers in (0, 1, 2, 20, 50, 70, 101):
        world = CheckandplaceWorld(switches, customers=customers)
        assert (await scan(world.side())).ids == set(world.store.customers)
        world = CheckandplaceWorld(switches, customers=customers)
        assert (await scan(world.side(per_page=100))).ids == set(world.store.customers)


async def test_a_refused_page_size_steps_down_and_is_kept() -> None:
    """CP-03."""
    world = CheckandplaceWorld({"per_page_max": "20", "per_page_excess": "422"}, customers=50)
    await scan(world.side(per_page=100))
    assert asked(world) == [(1, 100), (1, 50), (1, 20), (2, 20), (3, 20), (4, 20)]
    assert world.memory.kept == {"per_page": 20}
    await scan(world.side(per_page=100))
    assert asked(world)[6] == (1, 20)


async def test_the_last_page_again_is_proved_to_be_the_end() -> None:
    """CP-51: asked once more, then pages 1 and 2 with one row each."""
    world = CheckandplaceWorld({"past_end": "last_page"}, customers=70)
    assert len((await scan(world.side())).ids) == 70
    assert asked(world) == [(1, 50), (2, 50), (3, 50), (3, 50), (1, 1), (2, 1)]
    single = CheckandplaceWorld({"past_end": "last_page"}, customers=1)
    assert len((await scan(single.side())).ids) == 1
    assert asked(single) == [(1, 50), (2, 50), (2, 50)]


async def test_a_404_past_the_end_is_asked_twice() -> None:
    world = CheckandplaceWorld({"past_end": "404"}, customers=30)
    assert len((await scan(world.side())).ids) == 30
    assert asked(world) == [(1, 50), (2, 50), (2, 50)]
    passing = CheckandplaceWorld(customers=70)
    passing.fault("status:404", path="/v1/customers", after=1)
    assert len((await scan(passing.side())).ids) == 70


@pytest.mark.parametrize("customers", [2, 30, 120])
async def test_page_numbers_that_are_ignored_tear_the_listing(customers: int) -> None:
    """CP-51."""
    world = CheckandplaceWorld({"paging": "ignored"}, customers=customers)
    with pytest.raises(TornScan) as raised:
        await scan(world.side())
    assert raised.value.code == "paging-ignored"
    assert len(asked(world)) == 5


@pytest.mark.parametrize("shape", ["bare_array", "data"])
async def test_a_missing_key_is_an_error_never_an_empty_list(shape: str) -> None:
    """CP-01: path and key are configurable."""
    world = CheckandplaceWorld({"list_shape": shape}, customers=60)
    with pytest.raises(ConfigError) as raised:
        await scan(world.side())
    assert raised.value.code == "answer-shape-unknown"
    assert "pairs.main.checkandplace.paths.list_key" in raised.value.next_step
    key = {"bare_array": "[]", "data": "data"}[shape]
    assert len((await scan(world.side(paths=Paths(list_key=key)))).ids) == 60


async def test_a_wrong_path_is_a_wrong_address() -> None:
    """CP-01, CP-39: base URL and path come from the settings."""
    for options in ({"paths": Paths(list="/v1/guests")}, {"base_url": "http://checkandplace.test/elsewhere"}):
        with pytest.raises(ConfigError) as raised:
            await scan(CheckandplaceWorld(customers=1).side(**options))
        assert raised.value.code == "address-wrong"


@pytest.mark.parametrize("order", ["newest_first", "created_at"])
@pytest.mark.parametrize("meta", ["none", "meta"])
async def test_a_customer_made_during_the_listing(order: str, meta: str) -> None:
    """CP-04: rows shift; with a count the listing is torn, without one nobody is doubled or lost."""
    world = CheckandplaceWorld({"list_order": order, "list_meta": meta}, customers=120)
    before, progress, listed = set(world.store.customers), ScanProgress(), Listed()

    async def pages() -> AsyncIterator[Page]:
        async for page in world.side().scan(progress):
            yield page
            if page.number == 1:
                world.add(999, created_at=world.clock.simulated.now())

    moved = (order, meta) == ("newest_first", "meta")
    with pytest.raises(TornScan, match="list-moved") if moved else nullcontext():
        await collect(pages(), progress, listed)
    assert listed.ids >= before


@pytest.mark.parametrize("content", ["all", "inactive_hidden", "anonymous_hidden", "blacklisted_hidden"])
async def test_what_the_listing_shows_goes_through_as_it_is(content: str) -> None:
    """CP-23: skipping and counting is not the client's matter."""
    world = CheckandplaceWorld({"list_content": content}, customers=3)
    world.add(10, is_active=False)
    world.add(11, blacklist=True)
    world.add(12, is_anonym=True, primary_phone_number=None)
    assert len((await scan(world.side())).ids) == (6 if content == "all" else 5)


ODDITIES = [
    {"object_shape": "small"}, {"add_fields": "birthday,address"},  # CP-41, CP-30, CP-35
    {"drop_fields": "note,tags,guest_language"},  # CP-30
    {"empties": "older"}, {"tag_shape": "strings"}, {"permit_values": "onay_ret"},  # CP-28, CP-27, CP-25
    {"time_format": "iso"}, {"time_format": "year_first"}, {"store_zone": "UTC"},  # CP-08, CP-07, CP-09
    {"phone_read": "national"}, {"gender_map": "other_language"},  # CP-11, CP-13
    {"placeholder_language": "turkish"},  # CP-46
    {"unknown_param": "422"}, {"phone_filter": "phone_number"}, {"changed_since": "updated_at"},  # CP-05, CP-06
    {"customer_scope": "organisation"}, {"touch_on_visit": "yes"}, {"get_by_id": "405"},  # CP-31, CP-49, CP-44
]  # fmt: skip


@pytest.mark.parametrize("switches", ODDITIES, ids=str)
async def test_what_a_row_may_carry_or_lack(switches: dict[str, str]) -> None:
    """Only `id` is required; all else goes through raw, for the mapping to judge."""
    world = CheckandplaceWorld(switches, customers=60)
    listed = await scan(world.side())
    assert len(listed.ids) == 60
    for row in listed.rows.values():
        assert json.loads(row.raw)["id"] == row.id


@pytest.mark.parametrize("failure", ["401", "403"])
async def test_refused_credentials_stop_the_run_at_once(failure: str) -> None:
    """CP-17, CP-36: no retry, no renewal."""
    world = CheckandplaceWorld({"auth_failure": failure}, customers=60)
    with pytest.raises(AuthError) as raised:
        await scan(world.side(access_token="wrong-token"))
    assert raised.value.code == ("auth-refused" if failure == "401" else "permission-refused")
    assert "wrong-token" not in f"{raised.value} {raised.value.engineer}"
    assert len(world.log.entries) == 1
    revoked = CheckandplaceWorld({"auth_failure": failure, "token_revoked": "1"}, customers=60)
    with pytest.raises(AuthError):
        await scan(revoked.side())
    assert len(revoked.log.entries) == 2


@pytest.mark.parametrize("kind", ["garbage", "truncate", "status:502", "drop_before", "drop_after", "html:503"])
async def test_what_passes_is_survived(kind: str) -> None:
    world = CheckandplaceWorld(customers=120)
    world.fault(kind, path="/v1/customers", after=1)
    assert len((await scan(world.side())).ids) == 120


@pytest.mark.parametrize("body", ["errors", "error", "message", "empty", "html"])
async def test_a_listing_that_breaks_off_is_torn(body: str) -> None:
    """CP-16: any error body; reads are retried a few times only."""
    world = CheckandplaceWorld({"error_body": body}, customers=120)
    world.fault("status:500", path="/v1/customers", after=1, times=9)
    with pytest.raises(TornScan) as raised:
        await scan(world.side())
    assert raised.value.code == "read-failed-midway"
    assert len(asked(world)) == 5
    down = CheckandplaceWorld({"error_body": body}, customers=120)
    down.fault("status:500", path="/v1/customers", times=9)
    with pytest.raises(TransientError):
        await scan(down.side())


@pytest.mark.parametrize("form", ["retry_after", "bare_429"])
async def test_rate_limits_are_waited_for(form: str) -> None:
    """CP-18."""
    world = CheckandplaceWorld({"rate_limit": form, "rate_limit_requests": "3"}, customers=320)
    assert len((await scan(world.side())).ids) == 320
    assert sum(world.clock.slept) >= 60


async def test_the_page_cap() -> None:
    """CP-03."""
    with pytest.raises(TornScan) as raised:
        await scan(CheckandplaceWorld(customers=120).side(max_pages=2))
    assert raised.value.code == "too-many-pages"


async def test_there_is_no_listing_of_changes() -> None:
    """CP-06, CP-42: listed whole in every run; index and search of (a) are not used."""
    side = CheckandplaceWorld(customers=1).side(app=True)
    assert not side.capabilities.list_changes
    assert not side.capabilities.find_by_phone
    with pytest.raises(TornScan):
        await collect(side.changes(None, ScanProgress()), ScanProgress())
    for question in (side.find_by_phone("905320000000"), side.newest(5)):
        with pytest.raises(ConfigError):
            await question
