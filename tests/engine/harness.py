"""A bench for the engine: a seeded world, its simulators (in-process or over a socket), settings and a real state file.

Time is the bench's: `sleep` moves the engine's clock and the simulators' together, so that waits cost nothing.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
from sqlalchemy import Engine, event, text

from connector.config.load import load_settings
from connector.config.model import Settings
from connector.domain.values import SideName
from connector.engine.context import RunContext
from connector.engine.pairs import Workshop, open_run
from connector.engine.run import RunResult, Story, run
from connector.sides.budget import Budgets
from connector.sides.clopos.auth import Tokens
from connector.simulator.kit import SimClock
from connector.simulator.world import World
from connector.state.database import open_state
from connector.state.tables import DECIDED_TABLES

BASE = "http://127.0.0.1:1"
WRITES = ("POST", "PATCH", "PUT", "DELETE")


class BenchClock:
    """The engine's clock, tied to the simulators': sleeping moves both. Put back, it takes `monotonic` not with it."""

    def __init__(self, sim: SimClock) -> None:
        self.sim = sim
        self.slept = 0.0
        self._back = 0.0

    def now(self) -> datetime:
        return datetime.fromtimestamp(self.sim.now(), UTC)

    def monotonic(self) -> float:
        return self.sim.now() + self._back

    async def sleep(self, seconds: float) -> None:
        self.slept += seconds
        self.sim.shift += seconds

    def pass_time(self, seconds: float) -> None:
        self.sim.shift += seconds
        self._back += max(0.0, -seconds)


def settings_text(
    world: World, state: str, base: str, *, pair: str = "", clopos: str = "", checkandplace: str = ""
) -> str:
    """A connector.toml for the world's demo credentials; `state` is its URL, the other three texts are added to their
    tables."""
    creds = world.credentials
    c, p = creds["clopos"], creds["checkandplace"]
    return f"""
[state]
url = "{state}"

[pairs.main]
mode = "live"
region = "AZ"
calling_codes = ["994", "90"]
timezone = "Asia/Baku"
{pair}

[pairs.main.clopos]
base_url = "{base}/open-api/v2/"
client_id = "{c["client_id"]}"
client_secret = "literal:{c["client_secret"]}"
brand = "{c["brand"]}"
integrator_id = "{c["integrator_id"]}"
venue_id = "{c["venue_id"]}"
{clopos}

[pairs.main.checkandplace]
base_url = "{base}"
access_token = "literal:{p["access_token"]}"
timezone = "Europe/Istanbul"
{checkandplace}
"""


@dataclass
class Bench:
    """One world, one pair, one state: a file in `folder`, or the database at `state`."""

    folder: Path
    seed: int = 1
    clopos: int = 60
    checkandplace: int = 60
    shared: int = 36
    switches: Mapping[str, str] = field(default_factory=dict)
    pair: str = ""
    clopos_table: str = ""
    checkandplace_table: str = ""
    replace: Mapping[str, str] = field(default_factory=dict)
    limits: bool = False
    api: str = "v2"
    state: str = ""
    begins_at: float | None = None
    ready: Engine | None = None
    """The engine of a state that is open already; nothing is opened then."""

    def __post_init__(self) -> None:
        # From a fixed start time stands still but for what sleeps and tests add: the same history, the same times.
        self.sim_clock = SimClock() if self.begins_at is None else SimClock(self.begins_at, scale=0.0)
        self.clock = BenchClock(self.sim_clock)
        self.world = World(
            seed=self.seed, clopos=self.clopos, checkandplace=self.checkandplace, shared=self.shared,
            settings=self.switches, clock=self.sim_clock, limits=self.limits,
        )  # fmt: skip
        self.folder.mkdir(parents=True, exist_ok=True)
        self.config = self.folder / "connector.toml"
        content = settings_text(
            self.world, self.state or f"sqlite:///{self.folder / 'state.db'}", BASE, pair=self.pair,
            clopos=self.clopos_table, checkandplace=self.checkandplace_table,
        )  # fmt: skip
        if self.api == "v1":
            integrator = f'integrator_id = "{self.world.credentials["clopos"]["integrator_id"]}"\n'
            content = content.replace("/open-api/v2/", "/open-api/").replace(integrator, 'api = "v1"\n')
        for old, new in self.replace.items():
            assert old in content, old
            content = content.replace(old, new)
        self.config.write_text(content, encoding="utf-8")
        self.settings: Settings = load_settings(self.config, {})
        self.engine: Engine = self.ready or self._open()
        self.budgets, self.tokens = Budgets(self.clock), Tokens()

    def _open(self) -> Engine:
        """The state, without waiting for the disk: a crash of the machine is no matter of these tests, and each run
        commits some thirty times."""
        engine = open_state(self.settings.database_url())
        engine.dispose()
        if engine.dialect.name == "sqlite":
            event.listen(engine, "connect", lambda connection, _record: connection.execute("PRAGMA synchronous=OFF"))
        return engine

    def reload(self) -> None:
        """Read the settings file again."""
        self.settings = load_settings(self.config, {})

    async def run(
        self, kind: str = "sync", *, pair: str = "main", story: Story | Callable[[RunContext], Story] | None = None,
        **changes: Any,
    ) -> RunResult:  # fmt: skip
        """One run; `confirm` defaults to yes; `story` is what it does, if no sync, or makes it. Requests of this run:
        `self.sent`."""
        mark = len(self.world.log.entries)
        transport = httpx.ASGITransport(self.world.asgi)
        shop = Workshop(self.engine, self.clock, self.budgets, self.tokens, transport)
        try:
            async with open_run(shop, self.settings.pairs[pair], kind) as ctx:
                ctx.confirm = lambda _counts: True
                for name, value in changes.items():
                    setattr(ctx, name, value)
                self.ctx: RunContext = ctx
                return await run(ctx, story(ctx) if callable(story) else story)
        finally:
            self.sent = [entry for entry in self.world.log.entries[mark:] if "/control" not in entry.path]
            self.clock.pass_time(1)

    @property
    def writes(self) -> list[Any]:
        """Requests of the last run that write customers."""
        return [e for e in self.sent if e.method in WRITES and not e.path.endswith("/auth")]

    def rows(self, query: str, **values: Any) -> list[Any]:
        with self.engine.connect() as connection:
            return list(connection.execute(text(query), values).mappings())

    def decided(self) -> dict[str, list[str]]:
        """Every decided table, row for row, sorted."""
        return {name: sorted(str(dict(row)) for row in self.rows(f"SELECT * FROM {name}")) for name in DECIDED_TABLES}

    def queue(self, kind: str | None = None) -> list[Any]:
        rows = self.rows("SELECT * FROM queue_entry WHERE state IN ('open','ticked','ignored') ORDER BY id")
        return [row for row in rows if kind in (None, row["kind"])]

    def links(self, state: str = "active") -> set[tuple[str, str]]:
        """(Clopos id, Check&Place id) of links in a state."""
        return {
            (row["c"], row["p"])
            for row in self.rows(
                "SELECT c.remote_id AS c, p.remote_id AS p FROM link JOIN record c ON c.id = link.clopos_record_id "
                "JOIN record p ON p.id = link.checkandplace_record_id WHERE link.state = :state",
                state=state,
            )
        }

    def record_row(self, side: SideName, remote_id: str) -> int:
        rows = self.rows("SELECT id FROM record WHERE side = :s AND remote_id = :r", s=side.value, r=remote_id)
        return int(rows[0]["id"])

    def wrong_links(self) -> list[tuple[str, str]]:
        """Active links whose two records carry different truth labels."""
        labels = self.world.labels()
        return [
            (c, p) for c, p in sorted(self.links()) if labels.get(("clopos", c)) != labels.get(("checkandplace", p))
        ]


def elapsed(since: float) -> float:
    return time.monotonic() - since
