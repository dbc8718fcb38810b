"""A side of a dry run: every reading goes through to the server as it was asked, and nothing that writes is there."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from connector.domain.errors import AuthError, TornScan
from connector.domain.values import CHECKANDPLACE, CLOPOS
from connector.sides.port import ScanProgress
from connector.sides.readonly import ReadOnly
from tests.contract.harness import START, CheckandplaceWorld, CloposWorld, collect, scan


async def test_each_reading_of_clopos_goes_through() -> None:
    world = CloposWorld(customers=5)
    who = world.add(77, phone="+994501234567")
    dry = ReadOnly(world.side(read_venues=("1",)))
    assert dry.name is CLOPOS
    assert dry.capabilities.find_by_phone
    assert len((await scan(dry)).ids) == 6
    row = await dry.get("4102")
    assert row is not None
    assert row.id == "4102"
    assert await dry.get("999999") is None
    assert [row.id for row in await dry.find_by_phone("501234567")] == [who]
    assert [row.id for row in await dry.newest(2)] == [who, "4105"]
    assert {kind.name for kind in await dry.list_types()} == {"Standart", "VIP", "Qonaqlar"}
    assert "CL-03" in {finding.id for finding in await dry.probe()}
    assert {(entry.method, entry.path.endswith("/auth")) for entry in world.log.entries} == {
        ("GET", False), ("POST", True),
    }  # fmt: skip


async def test_a_quick_run_goes_as_far_back_as_it_was_told() -> None:
    """clopos.md 3.1: down to the first page whose oldest time is before `since`."""
    world = CloposWorld(customers=250)
    progress = ScanProgress()
    since = datetime.fromtimestamp(START - 86_400 * 30 + 240 * 60, UTC)
    listed = await collect(ReadOnly(world.side()).changes(since, progress), progress)
    assert (len(listed.pages), progress.total) == (1, 250)
    whole = await collect(ReadOnly(world.side()).changes(None, ScanProgress()), ScanProgress())
    assert len(whole.ids) == 250


async def test_a_check_proves_the_credentials() -> None:
    for side in (
        CloposWorld(customers=1).side(client_secret="wrong"),
        CheckandplaceWorld(customers=1).side(access_token="wrong"),
    ):
        with pytest.raises(AuthError):
            await ReadOnly(side).check()


async def test_closing_it_closes_the_side() -> None:
    for side in (CloposWorld().side(), CheckandplaceWorld().side()):
        await ReadOnly(side).aclose()
        assert side.wire.client.is_closed


async def test_what_a_side_cannot_tell_stays_untold() -> None:
    """CP-06: Check&Place lists no changes; CP-43: without the app API it shows nobody by id."""
    dry = ReadOnly(CheckandplaceWorld(customers=2).side())
    assert dry.name is CHECKANDPLACE
    assert not dry.capabilities.list_changes
    with pytest.raises(TornScan):
        await collect(dry.changes(None, ScanProgress()), ScanProgress())
