"""What tests of undo share: a run and its undo on a bench, the before-images, and the lines that must hold after it."""

from __future__ import annotations

from typing import Any

import httpx

from connector.domain.values import SideName
from connector.engine.context import Stores
from connector.engine.pairs import Workshop, open_run
from connector.engine.run import RunResult, run
from connector.engine.undo import refuse_unless_undoable, typed, undo_story
from connector.state.core import Database
from connector.state.undoing import Wanted
from tests.engine.harness import Bench

FIELDS = ("first_name", "last_name", "primary_phone_number", "email")


def last_run(bench: Bench) -> int:
    return int(bench.rows("SELECT max(id) AS n FROM run")[0]["n"])


async def undo(bench: Bench, wanted: int | Wanted | None = None, *, dry: bool = False, approve: str | None = None
               ) -> RunResult:  # fmt: skip
    """Undo the last run (or this one, or what is named), as the command does it."""
    asked = wanted if isinstance(wanted, Wanted) else Wanted(run=wanted or last_run(bench))
    stores = Stores.of(Database(bench.engine, 1))
    with stores.database.read() as connection:
        refuse_unless_undoable(stores, connection, asked, "main")
    mark = len(bench.world.log.entries)
    shop = Workshop(bench.engine, bench.clock, bench.budgets, bench.tokens, httpx.ASGITransport(bench.world.asgi))
    try:
        async with open_run(shop, bench.settings.pairs["main"], "undo-preview" if dry else "undo") as ctx:
            ctx.approve, ctx.command = approve, f"undo {typed(asked)}"
            return await run(ctx, undo_story(asked))
    finally:
        bench.sent = [entry for entry in bench.world.log.entries[mark:] if "/control" not in entry.path]
        bench.clock.pass_time(70)


def shown(bench: Bench) -> dict[tuple[str, str], tuple[Any, ...]]:
    """The mapped fields of every customer of both sides, as their servers hold them."""
    world = bench.world
    found: dict[tuple[str, str], tuple[Any, ...]] = {}
    for key, guest in world.checkandplace.customers.items():
        found["checkandplace", key] = tuple(getattr(guest, name) or "" for name in FIELDS)
    for number, customer in world.clopos.customers.items():
        found["clopos", str(number)] = (customer.name, tuple(sorted(customer.numbers())), customer.email or "")
    return found


def asked_by_hand(bench: Bench) -> dict[tuple[str, str], list[str]]:
    """Live tasks of an undo: (side, id of the customer) -> topics."""
    found: dict[tuple[str, str], list[str]] = {}
    for row in bench.rows("SELECT * FROM queue_entry WHERE code LIKE 'undo-%' AND state IN ('open','ticked')"):
        side = SideName(row["side"])
        record = row["clopos_record_id"] if side is SideName.CLOPOS else row["checkandplace_record_id"]
        remote = bench.rows("SELECT remote_id FROM record WHERE id = :r", r=record)[0]["remote_id"]
        found.setdefault((side.value, remote), []).append(row["topic"])
    return found


def back(bench: Bench, before: dict[tuple[str, str], tuple[Any, ...]]) -> None:
    """Every customer is what it was, or there is exactly one open task for what is not."""
    now, tasks = shown(bench), asked_by_hand(bench)
    for who, values in now.items():
        if who not in before:
            assert tasks.get(who) == ["undo-created"], (who, tasks)
            continue
        different = sum(a != b for a, b in zip(values, before[who], strict=True))
        topics = tasks.get(who, [])
        assert len(topics) == len(set(topics)), (who, topics)
        assert not different or topics, (who, before[who], values, tasks)
        assert different or not topics, (who, topics)
    assert before.keys() <= now.keys()


async def at_rest(bench: Bench, runs: int = 2) -> None:
    """The next runs write nothing."""
    for _ in range(runs):
        await bench.run("sync")
        assert bench.writes == [], [(e.method, e.path, e.body) for e in bench.writes]
        bench.clock.pass_time(70)
