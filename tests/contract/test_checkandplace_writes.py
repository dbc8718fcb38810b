"""Creates and updates in Check&Place: done, accepted, refused, in doubt (docs/api/checkandplace.md 3, 5)."""

import json
from typing import Any

import pytest

from connector.domain.errors import AuthError, ConfigError, InDoubt, RefusedByServer, UnsafePlan
from connector.sides.http import Call
from connector.sides.retry import CallKind
from tests.contract.harness import CheckandplaceWorld

BODY: dict[str, Any] = {
    "first_name": "Deniz", "last_name": "Aksoy", "primary_phone_number": "905321110022", "gender": 0,
}  # fmt: skip


@pytest.mark.parametrize("api", ["integration", "app"])
@pytest.mark.parametrize("body", ["customer", "bare", "204"])
@pytest.mark.parametrize("status", ["200", "201"])
async def test_any_success_counts(api: str, body: str, status: str) -> None:
    """CP-21, CP-22: any 2xx; without an id the create is accepted, its record not yet known."""
    world = CheckandplaceWorld({"write_body": body, "create_status": status})
    side = world.side(app=api == "app", api=api)
    created = await side.create(BODY)
    (made,) = world.store.customers
    assert (created.row.id if created.row else None) == (None if body == "204" else made)
    updated = await side.update(made, {"first_name": "Deniz", "last_name": "Aksoy-Demir"})
    assert (updated.row is None) == (body == "204")
    assert world.store.customers[made].last_name == "Aksoy-Demir"
    assert [(entry.method, entry.path.startswith("/api/")) for entry in world.log.entries] == [
        ("POST", api == "app"), ("PATCH", api == "app"),
    ]  # fmt: skip


async def test_the_body_goes_out_as_given() -> None:
    """CP-10, CP-12, CP-13, CP-20, CP-40, CP-52: what to send is the mapping's decision; nothing is added or echoed."""
    world = CheckandplaceWorld({"extra_write": "unknown_422"})
    created = await world.side().create(BODY)
    assert created.row is not None
    await world.side().update(created.row.id, {"gender": 1})
    assert [entry.body for entry in world.log.entries] == [BODY, {"gender": 1}]
    assert [entry.query for entry in world.log.entries] == [{}, {}]  # CP-37


REFUSALS: list[tuple[dict[str, str], dict[str, Any], str, int, str | None, bool]] = [
    # switches, body, code, status, field, duplicate
    ({"duplicate_phone": "422"}, BODY, "duplicate", 422, "primary_phone_number", True),  # CP-14
    ({"duplicate_phone": "409"}, BODY, "duplicate", 409, "primary_phone_number", True),
    ({}, {**BODY, "primary_phone_number": "+90 532 000"}, "rejected", 422, "primary_phone_number", False),  # CP-12
    ({}, {"last_name": "x"}, "rejected", 422, "first_name", False),  # CP-10
    ({"required": "also_last_name_and_type"}, {k: BODY[k] for k in ("first_name", "primary_phone_number")},
     "rejected", 422, "last_name", False),
    ({}, {**BODY, "primary_phone_number": "905320000009", "customer_type_id": "nope"}, "type-unknown", 422,
     "customer_type_id", False),  # CP-26
    ({"extra_write": "unknown_422"}, {**BODY, "primary_phone_number": "905320000009", "email": "a@example.com"},
     "rejected", 422, "email", False),  # CP-40
    ({"limits": "255"}, {**BODY, "primary_phone_number": "905320000009", "first_name": "x" * 300},
     "rejected", 422, "first_name", False),  # CP-45
]  # fmt: skip


@pytest.mark.parametrize(
    ("switches", "body", "code", "status", "field", "duplicate"), REFUSALS, ids=lambda v: str(v)[:40]
)
async def test_refused_creates(
    switches: dict[str, str], body: dict[str, Any], code: str, status: int, field: str | None, duplicate: bool
) -> None:
    world = CheckandplaceWorld(switches)
    world.add(1, primary_phone_number="905321110022")
    with pytest.raises(RefusedByServer) as raised:
        await world.side().create(body)
    error = raised.value
    assert (error.code, error.status, error.field, error.duplicate) == (code, status, field, duplicate)
    assert "5321110022" not in f"{error} {error.manager} {error.engineer}"
    assert len(world.log.entries) == 1
    assert len(world.store.customers) == 1


@pytest.mark.parametrize("shape", ["errors", "error", "message", "empty", "html"])
@pytest.mark.parametrize("status", ["422", "409"])
async def test_any_error_body_is_survived(shape: str, status: str) -> None:
    """CP-16: the status decides; a 422 without words is a refusal all the same."""
    world = CheckandplaceWorld({"error_body": shape, "duplicate_phone": status})
    world.add(1, primary_phone_number="905321110022")
    with pytest.raises(RefusedByServer) as raised:
        await world.side().create(BODY)
    assert raised.value.status == int(status)
    assert raised.value.duplicate or (status == "422" and shape in ("empty", "html", "error", "message"))


@pytest.mark.parametrize("word", ["200_existing", "second_record"])
async def test_a_duplicate_that_is_no_refusal_comes_through(word: str) -> None:
    """CP-14, CP-15: 200 with a record that is known already, or a second one: the engine compares the id."""
    world = CheckandplaceWorld({"duplicate_phone": word})
    known = world.add(1, primary_phone_number="905321110022")
    answer = await world.side().create(BODY)
    assert answer.row is not None
    assert (answer.row.id == known) == (word == "200_existing")


@pytest.mark.parametrize("fault", ["drop_after_commit", "drop_without_commit", "5xx_after_commit"])
async def test_an_unknown_outcome_is_in_doubt_and_not_repeated(fault: str) -> None:
    """CP-19."""
    world = CheckandplaceWorld({"create_fault": fault})
    with pytest.raises(InDoubt):
        await world.side().create(BODY)
    assert len(world.log.entries) == 1
    assert len(world.store.customers) == (0 if fault == "drop_without_commit" else 1)


@pytest.mark.parametrize("kind", ["status:500", "html:502", "drop_before", "drop_after", "status_after:504"])
async def test_an_update_can_be_in_doubt_too(kind: str) -> None:
    world = CheckandplaceWorld(customers=1)
    (known,) = world.store.customers
    world.fault(kind, method="PATCH")
    with pytest.raises(InDoubt):
        await world.side().update(known, {"first_name": "A", "last_name": "B"})
    assert len(world.log.entries) == 1


async def test_a_success_that_cannot_be_read_is_accepted() -> None:
    """CP-21: a 2xx is a success, whatever its body."""
    world = CheckandplaceWorld()
    world.fault("garbage", method="POST")
    answer = await world.side().create(BODY)
    assert (answer.status, answer.row) == (200, None)


@pytest.mark.parametrize("word", ["404", "422"])
async def test_an_unknown_id_concludes_nothing(word: str) -> None:
    """CP-17: refused; whether somebody is gone, the listings say."""
    world = CheckandplaceWorld({"unknown_id": word}, customers=1)
    with pytest.raises(RefusedByServer) as raised:
        await world.side().update("1f0c7d2a-6f0b-4b58-8f0d-5a9c1c2e7b01", {"gender": 1})
    assert raised.value.status == int(word)
    assert raised.value.code == ("not-found" if word == "404" else "rejected")


@pytest.mark.parametrize("status", ["401", "403"])
async def test_refused_credentials_stop_at_once(status: str) -> None:
    """CP-17, CP-36."""
    world = CheckandplaceWorld({"auth_failure": status})
    with pytest.raises(AuthError):
        await world.side(access_token="wrong").create(BODY)
    assert len(world.log.entries) == 1


@pytest.mark.parametrize("form", ["retry_after", "bare_429"])
async def test_a_429_is_waited_for_also_by_writes(form: str) -> None:
    """CP-18: it was refused unseen."""
    world = CheckandplaceWorld({"rate_limit": form, "rate_limit_requests": "2"})
    side = world.side()
    for number in range(6):
        await side.create({**BODY, "primary_phone_number": f"90532000000{number}"})
    assert len(world.store.customers) == 6


async def test_nobody_is_ever_deleted() -> None:
    """CP-24, CP-32, CP-42."""
    world = CheckandplaceWorld(customers=1)
    side = world.side(app=True)
    with pytest.raises(UnsafePlan):
        await side.wire.send(Call("DELETE", "/api/v1/customers/1", CallKind.WRITE, "x"), lambda answer: answer)
    assert world.log.entries == []


# (a), beside (b)


@pytest.mark.parametrize("slug", ["yes", "no"])
@pytest.mark.parametrize("form", ["both", "bare_only", "token_only"])
async def test_the_four_headers(slug: str, form: str) -> None:
    """CP-33, CP-34: sent as configured; CP-38: a 401 names the underscores and the `Token ` form."""
    world = CheckandplaceWorld({"slug_required": slug, "authorization_form": form}, customers=1)
    (known,) = world.store.customers
    side = world.side(app=True, read_by_id=True)
    if form == "token_only":
        with pytest.raises(AuthError) as raised:
            await side.get(known)
        assert "Token" in raised.value.engineer
        return
    assert await side.get(known) is not None


async def test_a_proxy_that_drops_underscores_is_named() -> None:
    """CP-38."""
    world = CheckandplaceWorld({"drop_underscore_headers": "on"}, customers=1)
    (known,) = world.store.customers
    with pytest.raises(AuthError) as raised:
        await world.side(app=True, read_by_id=True).get(known)
    assert "underscores" in raised.value.engineer
    await world.side(app=True).check()  # (b) has no such header


async def test_show_and_types() -> None:
    """CP-43, CP-44: only where configured."""
    world = CheckandplaceWorld(customers=2)
    known = next(iter(world.store.customers))
    side = world.side(app=True, read_by_id=True, read_types=True)
    row = await side.get(known)
    assert row is not None
    assert json.loads(row.raw)["id"] == row.id == known
    assert await side.get("1f0c7d2a-6f0b-4b58-8f0d-5a9c1c2e7b01") is None
    assert [kind.name for kind in await side.list_types()] == ["Standard", "VIP", "Corporate"]
    await side.check()
    plain = world.side()
    assert not plain.capabilities.read_by_id
    for question in (plain.get(known), plain.list_types(), plain.create_anonymous("x")):
        with pytest.raises(ConfigError):
            await question


@pytest.mark.parametrize("wrapped", [True, False])
async def test_the_body_of_a_can_be_wrapped(wrapped: bool) -> None:
    """CP-43."""
    world = CheckandplaceWorld({"app_customers": "wrapped" if wrapped else "served"})
    side = world.side(app=True, api="app", wrap_app_body=wrapped)
    assert (await side.create(BODY)).row is not None
    assert world.log.entries[-1].body == ({"customer": BODY} if wrapped else BODY)


async def test_a_generation_that_is_off_is_a_wrong_address() -> None:
    """CP-43."""
    world = CheckandplaceWorld({"app_customers": "off"})
    with pytest.raises(ConfigError) as raised:
        await world.side(app=True, api="app").create(BODY)
    assert raised.value.code == "address-wrong"


@pytest.mark.parametrize("language", ["accept_language", "turkish"])
async def test_an_anonymous_guest(language: str) -> None:
    """Section 3.4; CP-46, CP-47, CP-53: nothing is read into its placeholder name; CP-50: never without a nickname."""
    world = CheckandplaceWorld({"placeholder_language": language, "anonymous_empty": "422"})
    side = world.side(app=True)
    assert side.capabilities.anonymous_create
    answer = await side.create_anonymous("Pəncərə masası", "Allergiya: qoz")
    assert answer.row is not None
    assert json.loads(answer.row.raw)["is_anonym"] is True
    assert world.log.entries[-1].body == {"nickname": "Pəncərə masası", "note": "Allergiya: qoz"}
    with pytest.raises(Exception, match="no-nickname"):
        await side.create_anonymous("  ")
    assert len(world.log.entries) == 1


@pytest.mark.parametrize(
    "options", [{"api": "app"}, {"read_by_id": True}, {"read_types": True}, {"api": "v3"}], ids=str
)
def test_settings_that_need_credentials(options: dict[str, Any]) -> None:
    with pytest.raises(ConfigError):
        CheckandplaceWorld().side(**options)
