"""Creating in Clopos: what counts as done, refused, in doubt (docs/api/clopos.md 3.3)."""

from typing import Any

import httpx
import pytest

from connector.domain.errors import AuthError, ConfigError, InDoubt, RefusedByServer, TransientError, UnsafePlan
from connector.domain.quota import Window
from connector.sides.clopos.options import FAILED_KEY
from connector.sides.http import Call
from connector.sides.retry import CallKind
from tests.contract.harness import CloposWorld

CID = "c78b7bd2-2bb0-5bcb-8c18-a71576677c6a"
BODY: dict[str, Any] = {"name": "Deniz Aksoy", "phone": "+905321110022", "cid": CID}


@pytest.mark.parametrize("api", ["v2", "v1"])
@pytest.mark.parametrize("status", ["200", "201"])
@pytest.mark.parametrize("shape", ["envelope", "bare"])
@pytest.mark.parametrize("group", ["v1", "both"])
async def test_any_success_counts(api: str, status: str, shape: str, group: str) -> None:
    """CL-24, CL-11; CL-42: the group in the answer is not needed."""
    world = CloposWorld({"create_status": status, "object_shape": shape, "create_group": group})
    answer = await world.side(api=api).create({**BODY, "group_id": 3})
    assert answer.status == int(status)
    assert answer.row is not None
    assert world.store.get(answer.row.id).cid == CID
    assert answer.request_id == 2
    assert world.log.entries[-1].body == {**BODY, "group_id": 3}


async def test_creates_go_to_the_configured_venue() -> None:
    """CL-09."""
    world = CloposWorld()
    answer = await world.side(venue_id="2").create(BODY)
    assert answer.row is not None
    assert world.store.get(answer.row.id).venue_id == 2


@pytest.mark.parametrize("word", ["404", "403", "400"])
async def test_a_wrong_venue_is_a_configuration_error(word: str) -> None:
    """CL-29."""
    world = CloposWorld({"bad_venue": word})
    with pytest.raises(ConfigError) as raised:
        await world.side(venue_id="77").create(BODY)
    assert raised.value.code == "venue-unknown"
    assert not world.store.customers


@pytest.mark.parametrize("fault", ["commit_504", "commit_drop", "504"])
async def test_an_unknown_outcome_is_in_doubt_and_not_repeated(fault: str) -> None:
    """CL-05, CL-22: no second request, no idempotency header; the same cid settles it later."""
    world = CloposWorld({"create_fault": fault})
    side = world.side()
    with pytest.raises(InDoubt) as raised:
        await side.create(BODY)
    assert raised.value.code == "in-doubt"
    assert len(world.seen("/customers", "POST")) == 1
    assert len(world.store.customers) == (0 if fault == "504" else 1)
    if fault == "504":
        assert (await side.create(BODY)).row is not None
    else:
        with pytest.raises(RefusedByServer) as refused:
            await side.create(BODY)
        assert refused.value.duplicate
    assert len(world.store.customers) == 1


@pytest.mark.parametrize("kind", ["garbage", "truncate", "status:500", "html:502", "drop_before", "drop_after"])
async def test_other_unknown_outcomes(kind: str) -> None:
    """CL-44; a 2xx that cannot be read may well have been a success."""
    world = CloposWorld()
    side = world.side()
    await side.login.token()
    world.fault(kind, method="POST", path="/customers")
    with pytest.raises(InDoubt):
        await side.create(BODY)
    assert len(world.seen("/customers", "POST")) == 1


async def test_a_success_of_unknown_shape_is_in_doubt() -> None:
    world = CloposWorld()
    side = world.side()
    await side.login.token()
    for body in (b'{"result": 5}', b"[1]"):
        side.wire.client._transport = httpx.MockTransport(
            lambda request, body=body: httpx.Response(200, stream=httpx.ByteStream(body))
        )
        with pytest.raises(InDoubt):
            await side.create(BODY)


@pytest.mark.parametrize("form", ["409", "400_sentence", "422", "list"])
@pytest.mark.parametrize("api", ["v2", "v1"])
async def test_a_duplicate_is_recognised_in_every_form(form: str, api: str) -> None:
    """CL-06: 409, or 400/422 whose text speaks of it; the field from slug or text."""
    world = CloposWorld({"duplicate_form": form})
    world.add(1, phone="+905321110022", code="C-1", cid=CID)
    clashes = {"phone": {"phone": "+905321110022"}, "code": {"code": "C-1"}, "cid": {"cid": CID}}
    for field, values in clashes.items():
        with pytest.raises(RefusedByServer) as raised:
            await world.side(api=api).create({"name": "Other", **values})
        error = raised.value
        assert (error.code, error.duplicate, error.field) == ("duplicate", True, field)
        assert error.slug == (f"duplicate_{field}" if form in ("409", "422") else None)
        assert "5321110022" not in f"{error} {error.manager} {error.engineer}"
    assert len(world.store.customers) == 1


@pytest.mark.parametrize("compare", ["exact", "ignoring_case"])
async def test_a_cid_is_sent_as_given(compare: str) -> None:
    """CL-46: lower case by its maker; how the server compares is its own matter."""
    world = CloposWorld({"cid_compare": compare})
    await world.side().create(BODY)
    with pytest.raises(RefusedByServer) as raised:
        await world.side().create({"name": "Other", "cid": CID})
    assert raised.value.field == "cid"


@pytest.mark.parametrize("shape", ["documented", "list", "details", "html"])
@pytest.mark.parametrize("status", ["400", "422"])
async def test_a_rejected_record_is_its_own_matter(shape: str, status: str) -> None:
    """CL-12, CL-20."""
    world = CloposWorld({"error_shape": shape, "validation_status": status})
    with pytest.raises(RefusedByServer) as raised:
        await world.side().create({"name": "  ", "phone": "+905321110022"})
    error = raised.value
    assert (error.code, error.status, error.duplicate) == ("rejected", int(status), False)
    assert error.field == (None if shape == "html" else "name")
    assert (await world.side().create(BODY)).row is not None


async def test_unknown_fields_are_never_added() -> None:
    """CL-47, CL-22: the body goes out as given, and no header asks for idempotency."""
    world = CloposWorld({"unknown_fields": "400"})
    assert (await world.side().create(BODY)).row is not None
    world.switches.set("unknown_fields", "ignored")
    request = world.log.entries[-1]
    assert request.body == BODY


async def test_a_missing_permission_stops_the_run() -> None:
    """CL-23."""
    world = CloposWorld({"permission": "no_create"}, customers=1)
    side = world.side()
    await side.check()
    with pytest.raises(AuthError) as raised:
        await side.create(BODY)
    assert raised.value.code == "permission-refused"
    assert "POST /customers" in raised.value.engineer


async def test_a_token_that_ended_costs_no_doubt() -> None:
    """CL-14: a 401 was refused unseen, so even a write is repeated once."""
    world = CloposWorld({"token_ttl": "3600/120"})
    side = world.side()
    await side.check()
    world.clock.simulated.shift += 300
    assert (await side.create(BODY)).row is not None
    assert len(world.store.customers) == 1


@pytest.mark.parametrize("form", ["headers", "retry_after", "html", "no_headers"])
async def test_a_429_is_waited_for(form: str) -> None:
    """CL-21, CL-43: a write that met the quota was not looked at, and goes through after the pause."""
    world = CloposWorld({"rate_limit_form": form, "rate_calls": "5", "rate_headers": "all"})
    side = world.side(windows=())
    for number in range(12):
        await side.create({"name": f"Guest {number}"})
    assert len(world.store.customers) == 12
    assert sum(world.clock.slept) >= 60
    refused = [entry for entry in world.log.entries if entry.status == 429]
    assert len(refused) == (0 if form in ("headers", "retry_after") else len(refused))


async def test_the_own_budget_avoids_every_429() -> None:
    world = CloposWorld(customers=3)
    side = world.side()
    for _ in range(650):
        await side.get("4101")
    assert {entry.status for entry in world.log.entries} == {200}
    assert 120 <= sum(world.clock.slept) <= 125


async def test_the_quota_on_failed_calls_is_kept_too() -> None:
    """Section 5, tier 2: 600 failed calls a minute and client IP, whatever the brand; here a small one."""
    world = CloposWorld({"rate_failed": "20"})
    side = world.side()
    failures = world.budgets.get(FAILED_KEY, ())
    failures.windows = (Window(18, 60.0),)
    for number in range(70):
        assert await side.get(str(number)) is None
    assert {entry.status for entry in world.seen("/customers")} == {404}
    assert 180 <= sum(world.clock.slept) <= 190


async def test_a_pause_that_is_too_long_is_not_done_and_says_so() -> None:
    world = CloposWorld({"rate_v1_hour": "3"})
    side = world.side(api="v1", windows=(), longest_wait=300.0)
    for number in range(3):
        await side.create({"name": f"Guest {number}"})
    with pytest.raises(TransientError) as raised:
        await side.create({"name": "Guest 4"})
    assert raised.value.code == "quota-used-up"
    assert len(world.store.customers) == 3


@pytest.mark.parametrize("status", ["405", "404"])
async def test_nothing_is_ever_changed_or_deleted(status: str) -> None:
    """CL-02."""
    world = CloposWorld({"mutation_status": status}, customers=1)
    side = world.side()
    with pytest.raises(RefusedByServer) as raised:
        await side.update("4101", {"name": "New"})
    assert raised.value.code == "no-update"
    for method in ("PUT", "PATCH", "DELETE"):
        with pytest.raises(UnsafePlan):
            await side.wire.send(Call(method, "/customers/4101", CallKind.WRITE, "x"), lambda answer: answer)
    assert world.log.entries == []
    assert not side.capabilities.update
