"""The lines that must hold on every world: what a restaurant may rely on, as one scenario over a bench.

After a backfill nothing is left to do; nobody was doubled or wrongly linked; everybody who must be linked is; edits
travel by the merge table. Each step says what it saw, so that a failing case names its line.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

from connector.domain.errors import ConnectorError, ExitCode
from connector.domain.values import CHECKANDPLACE, CLOPOS
from tests.engine.harness import Bench

PAUSE = 70.0
"""Seconds between runs: doubt on Check&Place is settled by listings begun 60 s or more after the send."""


@dataclass
class Stopped(Exception):
    """The run stopped with a named error."""

    code: str
    exit_code: int
    at: str


@dataclass
class Seen:
    """What a scenario saw, for the assertions of special cases."""

    exits: list[int] = field(default_factory=list)
    patches: list[Any] = field(default_factory=list)


async def run(bench: Bench, kind: str, at: str, **changes: Any) -> Any:
    """One run; a named error becomes `Stopped`."""
    try:
        return await bench.run(kind, **changes)
    except ConnectorError as error:
        raise Stopped(error.code, int(error.exit_code), at) from error
    finally:
        bench.clock.pass_time(PAUSE)


async def backfilled(bench: Bench) -> Seen:
    """Backfill, again while it is not finished, then syncs until one writes nothing."""
    seen = Seen()
    for _attempt in range(4):
        seen.exits.append(int((await run(bench, "backfill", "backfill")).exit_code))
        if bench.rows("SELECT backfill_finished_at FROM pair")[0]["backfill_finished_at"] is not None:
            break
    else:
        raise AssertionError(f"the backfill was never finished: {seen.exits}")
    for _attempt in range(4):
        result = await run(bench, "sync", "settling")
        seen.exits.append(int(result.exit_code))
        if not bench.writes and not bench.rows("SELECT id FROM intent WHERE settled_at IS NULL"):
            break
    return seen


async def quiet(bench: Bench, at: str) -> None:
    """`diff` exits 0 and two syncs send no write."""
    result = await run(bench, "diff", at)
    assert result.exit_code is ExitCode.DONE, (
        at,
        sorted(result.plan.summary.counts.items()),
        dict(result.plan.summary.new),
    )
    for _again in range(2):
        await run(bench, "sync", at)
        assert bench.writes == [], (at, [(e.method, e.path, e.body, e.status) for e in bench.writes])


def truthful(bench: Bench, *, must: bool = True) -> None:
    """By the labels: nobody doubled, nobody wrongly linked, everybody linked who must be."""
    assert bench.world.doubles_made() == []
    assert bench.wrong_links() == []
    if must:
        assert bench.world.must_link() - bench.links() == set()


def settled_pairs(bench: Bench) -> list[tuple[str, str]]:
    """Links whose name and phone are settled and in no queue, in order: people to edit."""
    busy = {row["clopos_record_id"] for row in bench.queue()}
    rows = bench.rows(
        "SELECT c.remote_id AS c, p.remote_id AS p, c.id AS row, l.bases_checkandplace_json AS b, c.fields_json AS f, "
        "p.fields_json AS g, p.traits_json AS t FROM link l "
        "JOIN record c ON c.id = l.clopos_record_id JOIN record p ON p.id = l.checkandplace_record_id "
        "WHERE l.state = 'active' ORDER BY l.id"
    )
    good = []
    for row in rows:
        bases, clopos, guest = json.loads(row["b"]), json.loads(row["f"]), json.loads(row["g"])
        whole = all(bases.get(n) and clopos.get(n) and guest.get(n) for n in ("name", "phone"))
        if whole and row["row"] not in busy and (guest["name"]["v"].get("last") or ""):
            good.append((row["c"], row["p"]))
    return good


async def edits_travel(bench: Bench) -> None:
    """Each kind of edit ends where the merge table says."""
    (one, _g1), (two, guest2), (three, guest3), (four, guest4) = settled_pairs(bench)[:4]
    world = bench.world

    world.staff_edit("clopos", one, {"name": "Yeni Testov"})
    await run(bench, "sync", "edit on Clopos")
    sent = [(e.method, _flat(e.body)) for e in bench.writes]
    assert sent == [("PATCH", {"first_name": "Yeni", "last_name": "Testov"})], sent

    world.staff_edit("checkandplace", guest2, {"last_name": "Testzade"})
    await run(bench, "sync", "edit on Check&Place")
    assert bench.writes == []
    tasks = [row for row in bench.queue("task") if row["clopos_record_id"] == bench.record_row(CLOPOS, two)]
    assert [(row["topic"], row["state"]) for row in tasks] == [("name", "open")], tasks
    name = _joined(bench, guest2)
    world.staff_edit("clopos", two, {"name": name})
    await run(bench, "sync", "task done by staff")
    assert bench.writes == []
    assert bench.rows("SELECT state FROM queue_entry WHERE id = :i", i=tasks[0]["id"])[0]["state"] == "closed"

    world.staff_edit("clopos", three, {"phone": "+994557770101"})
    world.staff_edit("checkandplace", guest3, {"first_name": "Ikinci"})
    await run(bench, "sync", "different fields on both sides")
    assert [(e.method, _flat(e.body)) for e in bench.writes] == [("PATCH", {"primary_phone_number": "994557770101"})]
    row3 = bench.record_row(CLOPOS, three)
    assert [row["topic"] for row in bench.queue("task") if row["clopos_record_id"] == row3] == ["name"]

    world.staff_edit("clopos", four, {"name": "Bir Tarafov"})
    world.staff_edit("checkandplace", guest4, {"first_name": "Digər"})
    await run(bench, "sync", "one field on both sides")
    assert bench.writes == []
    row4 = bench.record_row(CHECKANDPLACE, guest4)
    conflicts = [row for row in bench.queue("conflict") if row["checkandplace_record_id"] == row4]
    assert [row["topic"] for row in conflicts] == ["name"]
    facts = json.loads(conflicts[0]["facts_json"])
    assert facts["values"]["clopos"]["v"]["text"] == "Bir Tarafov"
    assert facts["values"]["checkandplace"]["v"]["first"] == "Digər"
    assert set(facts["bases"]) == {"clopos", "checkandplace"}


def _flat(body: Any) -> Any:
    """A body without the wrapper that (a) may want (CP-43)."""
    return body.get("customer", body) if isinstance(body, dict) else body


def _joined(bench: Bench, guest: str) -> str:
    customer = bench.world.checkandplace.customers[guest]
    return " ".join(part for part in (customer.first_name, customer.last_name) if part)


async def all_lines(bench: Bench, *, must: bool = True) -> Seen:
    """The whole scenario."""
    seen = await backfilled(bench)
    truthful(bench, must=must)
    await quiet(bench, "after the backfill")
    await edits_travel(bench)
    await quiet(bench, "after the edits")
    truthful(bench, must=must)
    return seen
