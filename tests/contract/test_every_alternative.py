"""Every alternative of every register entry, one at a time: what the clients make of it, by name.

A switch that is not in the tables changes nothing: the scan is whole and the create goes through.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from connector.domain.errors import ConnectorError
from connector.sides.port import ReadSide, ScanProgress, Side
from connector.simulator.checkandplace.switches import TABLE as CP_TABLE
from connector.simulator.clopos.switches import TABLE as CL_TABLE
from connector.simulator.kit import Switch
from tests.contract.harness import CheckandplaceWorld, CloposWorld, collect

Words = tuple[str, str]
CLOPOS_BODY = {"name": "Deniz Aksoy", "phone": "+905321110022", "cid": "c78b7bd2-2bb0-5bcb-8c18-a71576677c6a"}
GUEST_BODY = {"first_name": "Deniz", "last_name": "Aksoy", "primary_phone_number": "905321110022", "gender": 0}

CLOPOS_SCAN = {
    ("generation", "v1"): "auth-refused",  # CL-01: the client is set to v2
    ("test_mode_mismatch", "on"): "auth-refused",  # CL-13
    ("client_disabled", "401"): "auth-refused",  # CL-30
    ("client_disabled", "403"): "auth-refused",
    ("client_disabled", "200"): "auth-refused",
    ("permission", "nothing"): "permission-refused",  # CL-23
    ("integrator", "disabled"): "auth-refused",
}
CLOPOS_CREATE = {
    **CLOPOS_SCAN,
    ("permission", "no_create"): "permission-refused",
    ("create_fault", "commit_504"): "in-doubt",  # CL-05
    ("create_fault", "commit_drop"): "in-doubt",
    ("create_fault", "504"): "in-doubt",
}
CP_SCAN = {
    ("list_shape", "bare_array"): "answer-shape-unknown",  # CP-01
    ("list_shape", "data"): "answer-shape-unknown",
    ("paging", "ignored"): "paging-ignored",  # CP-51
}
CP_CREATE = {
    ("create_fault", "drop_after_commit"): "in-doubt",  # CP-19
    ("create_fault", "drop_without_commit"): "in-doubt",
    ("create_fault", "5xx_after_commit"): "in-doubt",
    ("required", "also_last_name_and_type"): "type-needed",  # CP-10, CP-26
}


def alternatives(table: tuple[Switch, ...]) -> list[Words]:
    return [(switch.name, word) for switch in table for word in switch.alternatives]


async def outcome(work: Awaitable[Any]) -> str | None:
    """None for success, else the code of the error, which is always one of ours, says what to do and names nobody."""
    error: ConnectorError | None = None
    try:
        await work
    except ConnectorError as raised:
        error = raised
    if error is None:
        return None
    assert error.manager
    assert error.next_step
    assert "5321110022" not in f"{error} {error.manager} {error.engineer}"
    return error.code


async def everybody(side: ReadSide, expected: Callable[[], set[str]]) -> None:
    progress = ScanProgress()
    listed = await collect(side.scan(progress), progress)
    assert listed.ids >= expected()


async def run(side: Side, expected: Callable[[], set[str]], body: dict[str, Any]) -> tuple[str | None, str | None]:
    return await outcome(everybody(side, expected)), await outcome(side.create(body))


@pytest.mark.parametrize("words", alternatives(CL_TABLE), ids="=".join)
async def test_clopos(words: Words) -> None:
    world = CloposWorld(dict([words]), customers=130)
    before = {str(number) for number in world.store.customers}
    scanned, created = await run(world.side(page_size=60), lambda: before, CLOPOS_BODY)
    assert scanned == CLOPOS_SCAN.get(words)
    assert created == CLOPOS_CREATE.get(words)


V1_SCAN = {
    ("generation", "v2"): "auth-refused",
    ("client_disabled", "401"): "auth-refused",
    ("client_disabled", "403"): "auth-refused",
    ("client_disabled", "200"): "auth-refused",
    ("permission", "nothing"): "permission-refused",
    ("v1_paging", "offset"): "paging-ignored",  # CL-33
}
V1_CREATE = {
    **{words: code for words, code in V1_SCAN.items() if words != ("v1_paging", "offset")},
    ("permission", "no_create"): "permission-refused",
    ("create_fault", "commit_504"): "in-doubt",
    ("create_fault", "commit_drop"): "in-doubt",
    ("create_fault", "504"): "in-doubt",
}


@pytest.mark.parametrize("words", alternatives(CL_TABLE), ids="=".join)
async def test_clopos_v1(words: Words) -> None:
    world = CloposWorld(dict([words]), customers=130)
    before = {str(number) for number in world.store.customers}
    scanned, created = await run(world.side(api="v1", page_size=60), lambda: before, CLOPOS_BODY)
    assert scanned == V1_SCAN.get(words)
    assert created == V1_CREATE.get(words)


@pytest.mark.parametrize("api", ["integration", "app"])
@pytest.mark.parametrize("words", alternatives(CP_TABLE), ids="=".join)
async def test_checkandplace(words: Words, api: str) -> None:
    world = CheckandplaceWorld(dict([words]), customers=70)
    before = set(world.store.customers)
    scanned, created = await run(world.side(app=api == "app", api=api), lambda: before, GUEST_BODY)
    assert scanned == CP_SCAN.get(words)
    of_a = {
        ("app_customers", "off"): "address-wrong", ("app_customers", "wrapped"): "rejected",  # CP-43
        ("drop_underscore_headers", "on"): "auth-refused", ("authorization_form", "token_only"): "auth-refused",
    }  # fmt: skip
    assert created == {**CP_CREATE, **(of_a if api == "app" else {})}.get(words)
