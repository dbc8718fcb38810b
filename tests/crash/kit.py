"""What crash tests need: a server that kills its client at a chosen request, and results that do not depend on ids."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, text

from connector.config.load import load_settings
from connector.simulator.server import RunningServer
from connector.simulator.wire import Application, Receive, Scope, Send
from tests.engine.harness import BASE, Bench

PATIENCE_S = 300
"""How long a process may take before the test gives up on it."""

LEASE_S = 120.0
"""How long a dead run's lease stands; nobody else writes before it is over."""

PAUSE_S = 70.0
"""Between runs: doubt on Check&Place is settled by listings begun 60 s or more after the send."""


class Crash(BaseException):
    """The process is gone, in a history that takes its crashes inside one process."""


@dataclass
class Killer:
    """An ASGI application around the simulators: kills the client process at its nth request (1 is the first; of those
    with `method`, where one is named), *before* the request is carried out or *after* it, when the reply has not gone
    out yet."""

    inner: Application
    nth: int
    after: bool
    process: subprocess.Popen[bytes] | None = None
    method: str | None = None
    seen: int = 0
    killed_at: str | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        counts = self.method in (None, scope["method"])
        self.seen += counts
        if not counts or self.seen != self.nth:
            await self.inner(scope, receive, send)
            return
        held: list[Any] = []

        async def hold_back(message: Any) -> None:
            held.append(message)

        if self.after:
            await self.inner(scope, receive, hold_back)
        self.killed_at = f"{scope['method']} {scope['path']}"
        self._kill()
        held = held or [
            {"type": "http.response.start", "status": 503, "headers": [(b"content-length", b"0")]},
            {"type": "http.response.body", "body": b""},
        ]
        for message in held:  # nobody is there any more to read it
            await send(message)

    def _kill(self) -> None:
        """Returns when the process is dead, so that it cannot do one thing more."""
        assert self.process is not None
        os.kill(self.process.pid, signal.SIGKILL)
        self.process.wait(PATIENCE_S)


@dataclass
class Site:
    """One restaurant served over real HTTP, and the connector as real processes over one settings file."""

    bench: Bench
    server: RunningServer
    codes: list[int] = field(default_factory=list)

    def __post_init__(self) -> None:
        content = self.bench.config.read_text(encoding="utf-8").replace(BASE, self.server.base_url)
        self.bench.config.write_text(content, encoding="utf-8")
        self.bench.settings = load_settings(self.bench.config, {})

    def start(self, *words: str) -> subprocess.Popen[bytes]:
        """A `connector` process, started and not waited for. Its output goes into the bench's folder."""
        script = Path(sys.executable).with_name("connector")
        command = [str(script), *words, "--config", str(self.bench.config)]
        quiet = {name: value for name, value in os.environ.items() if not name.startswith("CONNECTOR_")}
        with (self.bench.folder / f"output-{len(self.codes)}.txt").open("wb") as output:
            return subprocess.Popen(command, stdout=output, stderr=subprocess.STDOUT, env=quiet)

    def finish(self, process: subprocess.Popen[bytes]) -> int:
        """The exit code of a started process; -9 for one that was killed."""
        code = process.wait(PATIENCE_S)
        self.codes.append(code)
        return code

    def command(self, *words: str) -> int:
        return self.finish(self.start(*words))

    def output(self, number: int = -1) -> str:
        """What the numbered process wrote."""
        index = number % len(self.codes)
        return (self.bench.folder / f"output-{index}.txt").read_text(encoding="utf-8", errors="replace")


def expire_leases(engine: Engine) -> list[str]:
    """As if the two minutes had passed after which a crashed run's lease ends. Returns who held leases."""
    with engine.begin() as connection:
        owners = [
            str(row[0])
            for table in ("lease", "brand_lease")
            for row in connection.execute(text(f"SELECT owner FROM {table} WHERE expires_at IS NOT NULL"))
        ]
        for table in ("lease", "brand_lease"):
            past = text(f"UPDATE {table} SET expires_at = '2000-01-01 00:00:00.000000' WHERE expires_at IS NOT NULL")
            connection.execute(past)
    return owners


def result(bench: Bench) -> dict[str, Counter[Any]]:
    """What a restaurant has in the end, by the truth labels: links, people with their values on each side, the queues
    and the proposals. The ids of two runs differ, and so does the order in which customers were made."""
    labels = bench.world.labels()
    clopos = [
        (labels["clopos", str(key)], c.name, tuple(sorted(c.numbers())))
        for key, c in bench.world.clopos.customers.items()
    ]
    guests = [
        (labels["checkandplace", key], c.first_name, c.last_name, c.primary_phone_number)
        for key, c in bench.world.checkandplace.customers.items()
    ]
    who = {
        row["id"]: f"{row['side']} {labels.get((row['side'], row['remote_id']))}"
        for row in bench.rows("SELECT id, side, remote_id FROM record")
    }
    entries = [
        (
            row["kind"],
            row["topic"],
            row["code"],
            who.get(row["clopos_record_id"]),
            who.get(row["checkandplace_record_id"]),
        )
        for row in bench.queue()
    ]
    proposals = bench.rows(
        "SELECT clopos_record_id AS c, checkandplace_record_id AS p FROM proposal WHERE state = 'open'"
    )
    return {
        "links": Counter(
            (labels.get(("clopos", c)), labels.get(("checkandplace", p))) for c, p in bench.links()
        ),
        "clopos": Counter(clopos),
        "checkandplace": Counter(guests),
        "queue": Counter(entries),
        "proposals": Counter((who[row["c"]], who[row["p"]]) for row in proposals),
    }  # fmt: skip


def difference(wanted: dict[str, Counter[Any]], found: dict[str, Counter[Any]]) -> dict[str, Any]:
    """What is too few and too many, part by part; empty where the two are the same."""
    return {
        name: {"missing": sorted(map(str, part - found[name])), "extra": sorted(map(str, found[name] - part))}
        for name, part in wanted.items()
        if part != found[name]
    }  # fmt: skip


async def quiet(bench: Bench, most: int = 6) -> int:
    """Syncs with time between them until two in a row write nothing and nothing is in doubt; how many it took."""
    still = 0
    for number in range(1, most + 1):
        bench.clock.pass_time(PAUSE_S)
        await bench.run("sync")
        unsure = bench.rows("SELECT id FROM intent WHERE settled_at IS NULL")
        still = 0 if bench.writes or unsure else still + 1
        if still == 2:
            return number
    raise AssertionError(f"after {most} runs there are still writes: {[(e.method, e.path) for e in bench.writes]}")


def history_is_whole(bench: Bench) -> None:
    """Every write that was done left its lines in the history (nothing overwritten is forgotten)."""
    rows = bench.rows(
        "SELECT id, body_json FROM intent i WHERE state = 'done' "
        "AND NOT EXISTS (SELECT 1 FROM history h WHERE h.intent_id = i.id)"
    )
    assert [row["id"] for row in rows if json.loads(row["body_json"])] == []
