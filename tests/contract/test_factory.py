"""From settings to sides, over a real socket; dry sides have no write verbs."""

import json
import re
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from connector.config.load import load_settings
from connector.config.pair import PairSettings
from connector.domain.errors import TransientError, UnsafePlan
from connector.domain.quota import Window
from connector.domain.values import CHECKANDPLACE, CLOPOS, SideName
from connector.sides.budget import Budgets
from connector.sides.causes import REFUSED
from connector.sides.checkandplace.options import AppCredentials, Paths
from connector.sides.clopos.auth import Tokens
from connector.sides.factory import budget_key, make_sides
from connector.sides.http import Wire
from connector.sides.port import Side
from connector.simulator.kit import Fault
from connector.simulator.server import RunningServer
from connector.simulator.world import World
from tests.contract.harness import DictMemory, ListJournal, TestClock, scan

TOML = """
[pairs.main]
region = "AZ"
timezone = "Asia/Baku"
[pairs.main.clopos]
base_url = "{clopos}"
client_id = "demo-client"
client_secret = "demo-secret"
brand = "{brand}"
api = "{api}"
{generation}
{more}
[pairs.main.checkandplace]
base_url = "{checkandplace}"
access_token = "demo-access-token"
timezone = "Europe/Istanbul"
{app}
"""
APP = """authorization = "demo-extension-token"
employee_token = "demo-employee-token"
store_pin_code = "literal:0000"
slug_name = "demo-restaurant"
read_by_id = true
read_types = true"""


@pytest.fixture(scope="module")
def server() -> Iterator[RunningServer]:
    with RunningServer(World(seed=3, clopos=60, checkandplace=60, shared=30)) as running:
        yield running


def pair(
    folder: Path, base_url: str, *, more: str = "", app: str = "", api: str = "v2", brand: str = "demobrand"
) -> PairSettings:
    file = folder / "connector.toml"
    clopos = f"{base_url}/open-api/v2" if api == "v2" else f"{base_url}/open-api"
    generation = 'integrator_id = "demo-integrator"' if api == "v2" else "venue_id = 1"
    file.write_text(
        TOML.format(
            clopos=clopos, checkandplace=base_url, more=more, app=app, api=api, brand=brand, generation=generation
        ),
        encoding="utf-8",
    )
    return load_settings(file, {}).pair("main")


def sides_of(settings: PairSettings, *, dry: bool = False) -> tuple[dict[SideName, Side], ListJournal, TestClock]:
    clock, journal = TestClock(), ListJournal()
    made = make_sides(
        settings, journal, clock, {CLOPOS: DictMemory(), CHECKANDPLACE: DictMemory()}, Budgets(clock),
        tokens=Tokens(), dry=dry,
    )  # fmt: skip
    return made, journal, clock


async def test_both_sides_over_a_socket(tmp_path: Path, server: RunningServer) -> None:
    sides, journal, _ = sides_of(pair(tmp_path, server.base_url, app=APP))
    for name, store in ((CLOPOS, server.world.clopos), (CHECKANDPLACE, server.world.checkandplace)):
        side = sides[name]
        await side.check()
        assert (await scan(side)).ids == {str(key) for key in store.customers}
        first = next(iter(store.customers))
        row = await side.get(str(first))
        assert row is not None
        assert str(json.loads(row.raw)["id"]) == str(first)
        await side.aclose()
    assert journal.routes().count("POST /auth") == 1
    assert all(entry.milliseconds >= 0 for entry in journal.entries)


async def test_settings_reach_the_adapters(tmp_path: Path) -> None:
    more = 'venue_id = 2\nread_venues = [1, 2]\npage_size = 500\ncreate = false\nattempts = 2\nlongest_wait = "90s"'
    app = APP + '\napi = "app"\nper_page = 30\nconcurrency = 2\nrequests_per_minute = 50\nupdate = false'
    sides, _, _ = sides_of(pair(tmp_path, "http://127.0.0.1:9", more=more, app=app))
    clopos, checkandplace = sides[CLOPOS], sides[CHECKANDPLACE]
    options = clopos.options  # type: ignore[attr-defined] # an adapter's own attribute
    assert (options.venue_id, options.read_venues, options.page_size, options.naive_timezone) == (
        "2", ("1", "2"), 500, "Asia/Baku",
    )  # fmt: skip
    assert (options.wire.retries.attempts, options.wire.read, options.longest_wait) == (2, 15.0, 90.0)
    assert not clopos.capabilities.create
    options = checkandplace.options  # type: ignore[attr-defined] # an adapter's own attribute
    assert (options.api, options.per_page, options.concurrency, options.windows[0].limit) == ("app", 30, 2, 50)
    assert (options.wire.connect, options.wire.read) == (5.0, 30.0)
    assert checkandplace.capabilities.read_by_id
    assert not checkandplace.capabilities.update
    assert "demo-secret" not in repr(clopos.options) + repr(options)  # type: ignore[attr-defined] # see above
    assert "demo-access-token" not in repr(options)


async def test_quotas_and_paths_reach_the_adapters_each_in_its_place(tmp_path: Path) -> None:
    """v1: two windows (docs/api/clopos.md 5); all paths of (a) and (b) are settings (CP-01, CP-43)."""
    paths = {
        "list": "/b/list", "list_key": "guests", "create": "/b/create", "update": "/b/update/{id}",
        "app_anonymous": "/a/anonym", "app_create": "/a/create", "app_show": "/a/show/{id}",
        "app_update": "/a/update/{id}", "app_types": "/a/types",
    }  # fmt: skip
    table = "\n".join(f'{key} = "{value}"' for key, value in paths.items())
    more = 'requests_per_minute = 90\nrequests_per_hour = 900\nstage = "s"\nquick_page_size = 40\nmax_pages = 7'
    app = f'wrap_app_body = true\nmax_pages = 8\nread_timeout = "9s"\n[pairs.main.checkandplace.paths]\n{table}'
    settings = pair(tmp_path, "http://127.0.0.1:9", more=more, app=app, api="v1")
    sides, _, _ = sides_of(settings)
    options = sides[CLOPOS].options  # type: ignore[attr-defined] # an adapter's own attribute
    assert options.windows == (Window(90, 60.0), Window(900, 3600.0))
    assert (options.api, options.stage, options.quick_page_size, options.max_pages) == ("v1", "s", 40, 7)
    assert (options.concurrency, options.brand, options.client_id) == (4, "demobrand", "demo-client")
    options = sides[CHECKANDPLACE].options  # type: ignore[attr-defined] # an adapter's own attribute
    assert options.paths == Paths(**paths)
    assert (options.wrap_app_body, options.max_pages, options.wire.read) == (True, 8, 9.0)
    assert options.windows == (), "no quota is known (CP-18)"
    assert options.app is None, "without its keys"


@pytest.mark.parametrize("missing", ["authorization", "employee_token", "store_pin_code", "slug_name"])
async def test_the_app_api_is_there_with_all_that_it_needs(tmp_path: Path, missing: str) -> None:
    """`slug_name` alone may be missing (CP-33)."""
    keys = [line for line in APP.splitlines() if not line.startswith(("read_", missing))]
    sides, _, _ = sides_of(pair(tmp_path, "http://127.0.0.1:9", app="\n".join(keys)))
    app = sides[CHECKANDPLACE].options.app  # type: ignore[attr-defined] # an adapter's own attribute
    expected = AppCredentials("demo-extension-token", "demo-employee-token", "0000") if missing == "slug_name" else None
    assert app == expected


def test_who_shares_a_budget(tmp_path: Path) -> None:
    """docs/api/clopos.md 5: v2 by integrator and brand, v1 by the API key; docs/api/checkandplace.md 5: by token."""
    base = pair(tmp_path, "http://127.0.0.1:9")
    other_brand = pair(tmp_path, "http://127.0.0.1:9", brand="otherbrand")
    v1, v1_other = (pair(tmp_path, "http://127.0.0.1:9", api="v1", brand=brand) for brand in ("demobrand", "other"))
    clopos = [budget_key(each, CLOPOS) for each in (base, other_brand, v1, v1_other)]
    assert len(set(clopos[:3])) == 3
    assert clopos[2] == clopos[3], "one API key, whatever the brand"
    assert len({budget_key(each, CHECKANDPLACE) for each in (base, other_brand, v1)}) == 1
    for key, side in ((clopos[0], "clopos"), (budget_key(base, CHECKANDPLACE), "checkandplace")):
        assert re.fullmatch(rf"{side} [0-9a-f]{{12}}", key)


async def test_dry_sides_have_no_write_verbs(tmp_path: Path, server: RunningServer) -> None:
    """Promise 4: on the wire only reads and the login."""
    server.world.log.entries.clear()
    sides, _, _ = sides_of(pair(tmp_path, server.base_url, app=APP), dry=True)
    for side in sides.values():
        for verb in ("create", "update", "create_anonymous"):
            assert not hasattr(side, verb)
        assert side.capabilities.create  # the plan shows what would be written
        await side.check()
        assert len((await scan(side)).ids) == 60
        assert len(await side.list_types()) == 3  # type: ignore[attr-defined] # beside the port
        inner = side._side  # type: ignore[attr-defined] # behind the wrapper, to show that the client refuses too
        with pytest.raises(UnsafePlan):
            await inner.create({"name": "x"})
        await side.aclose()
    assert methods_of(server) <= {("GET", False), ("POST", True)}


def methods_of(server: RunningServer) -> set[tuple[str, bool]]:
    return {(entry.method, entry.path.endswith("/auth")) for entry in server.world.log.entries}


async def test_a_connection_that_drops_is_survived_by_reads(tmp_path: Path, server: RunningServer) -> None:
    sides, journal, _ = sides_of(pair(tmp_path, server.base_url))
    for kind in ("drop_before", "drop_after", "break"):
        server.world.plan_fault(Fault("checkandplace", kind, path="/v1/customers"))
        assert len((await scan(sides[CHECKANDPLACE])).ids) == 60
    assert [entry.error for entry in journal.entries if entry.error] == ["broken"] * 3


async def test_nobody_at_the_other_end(tmp_path: Path) -> None:
    sides, journal, clock = sides_of(pair(tmp_path, "http://127.0.0.1:9"))
    with pytest.raises(TransientError) as raised:
        await sides[CHECKANDPLACE].check()
    assert raised.value.code == "unreachable"
    assert raised.value.manager == (
        f"Check&Place could not be reached at 127.0.0.1:9: {REFUSED}. The next run tries again."
    )
    assert len(journal.entries) == 4
    assert len(clock.slept) == 3


def test_the_client_verifies_certificates_and_names_itself(tmp_path: Path) -> None:
    sides, _, _ = sides_of(pair(tmp_path, "http://127.0.0.1:9"))
    for side in sides.values():
        wire = side.wire  # type: ignore[attr-defined] # an adapter's own attribute
        assert isinstance(wire, Wire)
        transport = wire.client._transport
        assert isinstance(transport, httpx.AsyncHTTPTransport)
        context = transport._pool._ssl_context
        assert context is not None
        assert context.check_hostname
        assert wire.client.follow_redirects is False
