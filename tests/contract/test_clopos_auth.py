"""Clopos' login and tokens (docs/api/clopos.md 2)."""

import asyncio
from datetime import UTC, datetime
from typing import Any

import pytest

from connector.domain.errors import AuthError, ConfigError, TransientError
from connector.sides.clopos.auth import lifetime
from tests.contract.harness import START, CloposWorld, scan

NOW = datetime.fromtimestamp(START, UTC)


def logins(world: CloposWorld) -> int:
    return len(world.seen("/auth"))


@pytest.mark.parametrize("api", ["v2", "v1"])
async def test_one_login_serves_all_workers(api: str) -> None:
    world = CloposWorld(customers=3)
    one, other = world.side(api=api), world.side(api=api)
    await asyncio.gather(one.check(), other.check(), scan(one), scan(other))
    assert logins(world) == 1


async def test_what_each_generation_sends() -> None:
    """v2: x-token, x-venue only where a venue was asked for; v1 always all three, no x-stage unless set (CL-32)."""
    world = CloposWorld(customers=1)
    login = world.side().login
    assert set(await login.signer().headers()) == {"x-token"}
    assert (await login.signer("2").headers())["x-venue"] == "2"
    v1 = await world.side(api="v1").login.signer().headers()
    assert {name: v1[name] for name in ("x-brand", "x-venue")} == {"x-brand": "demobrand", "x-venue": "1"}
    assert "x-stage" not in v1
    staged = await world.side(api="v1", stage="prod").login.signer().headers()
    assert staged["x-stage"] == "prod"
    assert [set(entry.body) for entry in world.seen("/auth") if isinstance(entry.body, dict)] == [
        {"client_id", "client_secret", "brand", "integrator_id"}, {"client_id", "client_secret", "brand", "venue_id"},
        {"client_id", "client_secret", "brand", "venue_id"},
    ][: logins(world)]  # fmt: skip


@pytest.mark.parametrize("form", ["documented", "random"])
async def test_a_token_is_opaque(form: str) -> None:
    """CL-28."""
    world = CloposWorld({"token_form": form}, customers=2)
    for api in ("v2", "v1"):
        assert len((await scan(world.side(api=api))).ids) == 2


async def test_a_token_is_renewed_before_it_ends() -> None:
    """CL-27: 60 s before `expires_at`."""
    world = CloposWorld(customers=1)
    side = world.side()
    await side.check()
    world.clock.simulated.shift += 3600 - 62
    await side.check()
    assert logins(world) == 1
    world.clock.simulated.shift += 2
    await side.check()
    assert logins(world) == 2
    assert all(entry.status == 200 for entry in world.log.entries)


@pytest.mark.parametrize("ttl", ["120", "3600/120"])
async def test_a_token_that_ends_early_costs_one_login(ttl: str) -> None:
    """CL-27: shorter than usual, or shorter than announced (then by the 401)."""
    world = CloposWorld({"token_ttl": ttl}, customers=1)
    side = world.side()
    await side.check()
    world.clock.simulated.shift += 200
    await side.check()
    assert logins(world) == 2


@pytest.mark.parametrize("vocabulary", ["sentences", "slugs"])
@pytest.mark.parametrize("api", ["v2", "v1"])
async def test_any_401_means_one_new_token_and_one_repeat(vocabulary: str, api: str) -> None:
    """CL-14."""
    world = CloposWorld({"auth_vocabulary": vocabulary}, customers=1)
    side = world.side(api=api)
    await side.check()
    side.login._slot.token = "oauth_stale" if api == "v1" else "a.b.c"
    await side.check()
    assert logins(world) == 2
    assert [entry.status for entry in world.seen("/customers")] == [200, 401, 200]


async def test_a_refused_call_ends_after_the_second_token() -> None:
    world = CloposWorld(customers=1)
    side = world.side()
    world.fault("status:401", path="/customers", times=9)
    with pytest.raises(AuthError) as raised:
        await side.check()
    assert raised.value.code == "auth-refused"
    assert raised.value.exit_code == 77
    assert raised.value.next_step.startswith("correct the credentials under [pairs.main.clopos], then connector doctor")
    assert logins(world) == 2


FATAL = [
    ({"test_mode_mismatch": "on"}, {}),  # CL-13: 200 with `success: false`
    ({"client_disabled": "401"}, {}),  # CL-30: by its text, at any status
    ({"client_disabled": "403"}, {}),
    ({"client_disabled": "200"}, {}),
    ({"integrator": "disabled"}, {}),
    ({}, {"client_secret": "wrong"}),
    ({}, {"integrator_id": "wrong"}),
    ({}, {"brand": "wrong"}),
    ({"v1_bad_credentials": "401"}, {"api": "v1", "client_secret": "wrong"}),  # CL-31
    ({"v1_bad_credentials": "400"}, {"api": "v1", "client_secret": "wrong"}),
    ({}, {"api": "v1", "brand": "wrong"}),
    ({"client_disabled": "200"}, {"api": "v1"}),
]


@pytest.mark.parametrize(("switches", "options"), FATAL, ids=str)
async def test_refused_credentials_stop_at_once(switches: dict[str, str], options: dict[str, Any]) -> None:
    """CL-13, CL-30, CL-31, CL-32: one try, no loop, and no second try for a while."""
    world = CloposWorld(switches, customers=1)
    side = world.side(**options)
    for _ in range(3):
        with pytest.raises(AuthError) as raised:
            await scan(side)
        assert "secret" not in raised.value.engineer
    assert logins(world) == 1
    assert len(world.log.entries) == 1
    world.clock.simulated.shift += 301
    with pytest.raises(AuthError):
        await scan(side)
    assert logins(world) == 2


async def test_an_integrator_switched_off_later_is_final() -> None:
    """A fatal text of section 2.4 on a call: no new token is asked for."""
    world = CloposWorld(customers=1)
    side = world.side()
    await side.check()
    world.switches.set("integrator", "disabled")
    with pytest.raises(AuthError) as raised:
        await side.check()
    assert "Invalid integrator_id" in raised.value.engineer
    assert logins(world) == 1


async def test_a_locked_login_is_waited_for_not_hammered() -> None:
    """CL-32."""
    world = CloposWorld({"auth_lock": "429"}, customers=1)
    for number in range(5):
        with pytest.raises(AuthError):
            await world.side(api="v1", client_secret=f"wrong{number}").check()
    before = logins(world)
    with pytest.raises(TransientError):
        await world.side(api="v1", longest_wait=5.0).check()
    assert logins(world) - before <= 7


async def test_a_login_survives_what_passes() -> None:
    world = CloposWorld(customers=1)
    world.fault("status:503", path="/auth")
    world.fault("drop_before", path="/auth")
    world.fault("garbage", path="/auth")
    await world.side().check()
    assert logins(world) == 4


@pytest.mark.parametrize(
    "options",
    [{"base_url": "https://open-api.clopos.com"}, {"api": "v3"}, {"integrator_id": None},
     {"api": "v1", "venue_id": None}, {"client_secret": "two\nlines"}, {"read_venues": ("1\r\n",)}],
    ids=str,
)  # fmt: skip
def test_options_that_cannot_work(options: dict[str, Any]) -> None:
    """CL-01: the third generation is refused until its contract is known; missing and unsendable values."""
    with pytest.raises(ConfigError):
        CloposWorld().side(**options)


@pytest.mark.parametrize("generation", ["v2", "v1"])
async def test_the_other_generation_is_a_wrong_address(generation: str) -> None:
    """CL-01."""
    world = CloposWorld({"generation": generation}, customers=1)
    await world.side(api=generation).check()
    with pytest.raises((ConfigError, AuthError)):
        await world.side(api="v1" if generation == "v2" else "v2").check()


@pytest.mark.parametrize(
    ("answer", "seconds"),
    [
        ({"expires_at": int(START) + 3600, "expires_in": 3600}, 3600.0),
        ({"expires_at": int(START) + 120, "expires_in": 3600}, 120.0),
        ({"expires_in": 3600}, 3600.0),  # v1
        ({"expires_at": "2026-11-20T10:15:00Z"}, 3600.0),
        ({"expires_at": int(START) - 50, "expires_in": 3600}, 3600.0),  # our clock is wrong: no login at every call
        ({"expires_at": int(START) - 50}, None),
        ({"expires_at": "soon", "expires_in": None}, None),
        ({"expires_in": True}, None),
        ({"expires_in": 10**400}, None),  # larger than any float: no token is refused for it
        ({"expires_in": -(10**400)}, None),
        ({"expires_in": float("nan")}, None),
        ({"expires_in": float("inf"), "expires_at": int(START) + 3600}, 3600.0),
        ({"expires_in": 10**400, "expires_at": 10**400}, None),
        ({}, None),
    ],
)
def test_how_long_a_token_lives(answer: dict[str, object], seconds: float | None) -> None:
    assert lifetime(answer, NOW) == seconds
