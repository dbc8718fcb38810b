"""What tests of faults need: planned faults at a step, answers that are tampered with, and runs that are repeated."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from connector.domain.errors import ConnectorError, ExitCode
from connector.simulator.kit import Fault
from connector.simulator.wire import Receive, Scope, Send
from tests.crash.kit import PAUSE_S, history_is_whole, quiet, result
from tests.crash.staff import staff_at_work
from tests.engine.harness import Bench

SMALL: dict[str, Any] = {
    "clopos": 14, "checkandplace": 14, "shared": 8, "seed": 5,
    "clopos_table": "page_size = 8", "checkandplace_table": "per_page = 8",
}  # fmt: skip

Told = dict[str, Counter[Any]]


async def run(bench: Bench, kind: str) -> ExitCode:
    """One run, and the time until the next; an error is its exit code, as for the command."""
    try:
        return (await bench.run(kind)).exit_code
    except ConnectorError as error:
        return error.exit_code
    finally:
        bench.clock.pass_time(PAUSE_S)


async def backfilled(bench: Bench) -> list[ExitCode]:
    """Backfills until one went through, as the operator who reads the exit codes would."""
    codes = []
    for _ in range(12):
        codes.append(await run(bench, "backfill"))
        if bench.rows("SELECT id FROM pair WHERE backfill_finished_at IS NOT NULL"):
            return codes
    raise AssertionError(f"never finished: {codes}")


async def synced(bench: Bench) -> list[ExitCode]:
    """Syncs until one was done without an error, then until it is quiet."""
    codes = []
    for _ in range(12):
        codes.append(await run(bench, "sync"))
        if codes[-1] in (ExitCode.DONE, ExitCode.PARTLY):
            await quiet(bench, most=8)
            return codes
    raise AssertionError(f"never done: {codes}")


async def backfill_story(folder: Path, *faults: Fault) -> Told:
    """A backfill under faults, to its end."""
    bench = Bench(folder, **SMALL)
    for fault in faults:
        bench.world.plan_fault(fault)
    await backfilled(bench)
    await synced(bench)
    return ended(bench)


async def edits_story(folder: Path, *faults: Fault) -> Told:
    """A sync of edits and new customers under faults, to its end."""
    bench = Bench(folder, **SMALL)
    await backfilled(bench)
    await synced(bench)
    staff_at_work(bench)
    bench.tokens = type(bench.tokens)()
    for fault in faults:
        bench.world.plan_fault(fault)
    await synced(bench)
    return ended(bench)


def ended(bench: Bench) -> Told:
    """The result, after what must hold whatever happened: no doubles, no wrong links, a whole history; every planned
    fault did strike."""
    assert bench.world.doubles_made() == []
    assert bench.wrong_links() == []
    history_is_whole(bench)
    assert [fault for fault in bench.world.faults.planned if fault.times] == [], "the step was never reached"
    bench.engine.dispose()
    return result(bench)


Change = Callable[[int, list[Any]], bytes | list[Any]]
"""From the number of a page and its rows (parsed) to other rows, or to the raw bytes of the array."""


@dataclass
class Tamper:
    """An ASGI application around a bench's simulators that changes the rows of one side's list pages, while `on`."""

    bench: Bench
    side: str
    change: Change
    on: bool = True
    pages: int = 0
    _inner: Any = field(init=False)

    def __post_init__(self) -> None:
        self._inner = self.bench.world.asgi
        self.bench.world.asgi = self

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        path = scope["path"]
        clopos = path.startswith("/open-api/")
        wanted = scope["method"] == "GET" and path.endswith("/customers") and clopos is (self.side == "clopos")
        if not (self.on and wanted):
            await self._inner(scope, receive, send)
            return
        held: list[Any] = []

        async def hold_back(message: Any) -> None:
            held.append(message)

        await self._inner(scope, receive, hold_back)
        start, body = held[0], b"".join(message.get("body", b"") for message in held[1:])
        if start["status"] == 200:
            body = self._changed(body)
            self.pages += 1
        headers = [(name, value) for name, value in start["headers"] if name != b"content-length"]
        await send({**start, "headers": [*headers, (b"content-length", str(len(body)).encode())]})
        await send({"type": "http.response.body", "body": body})

    def _changed(self, body: bytes) -> bytes:
        answer = json.loads(body)
        key = "data" if self.side == "clopos" else "customers"
        made = self.change(self.pages + 1, answer[key])
        raw = made if isinstance(made, bytes) else json.dumps(made, ensure_ascii=False).encode()
        return json.dumps({**answer, key: "@"}).encode().replace(b'"@"', raw)
