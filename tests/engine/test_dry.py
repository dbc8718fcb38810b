"""Dry means dry: a `diff` only reads on the wire, and decides nothing in the state.

The row of a pair is the one thing a first `diff` makes in a decided table: everything that was read hangs on it. It
holds the names of the settings and nothing that was decided, and no later `diff` changes it.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from sqlmodel import SQLModel

from connector.domain.errors import ConnectorError, ExitCode
from connector.domain.values import SideName
from connector.simulator.kit import Fault
from connector.state.tables import DECIDED_TABLES, READ_TABLES, SHARED_TABLES
from tests.crash.staff import staff_at_work
from tests.engine.harness import Bench

SIZE: dict[str, Any] = {"clopos": 30, "checkandplace": 30, "shared": 18, "seed": 5}
DECIDED = {"pair", "link", "proposal", "queue_entry", "intent", "history", "cursor", "setting"}
"""What nobody but a run that may write, or staff, may change; named here so that none is dropped unnoticed."""
SHARED = {"lease", "brand_lease", "budget", "budget_use"}
"""Neither read nor decided: who is at work, and how many requests went out."""


def reads_only(bench: Bench) -> None:
    """Nothing but GET and the login was on the wire."""
    asked = {(entry.method, entry.path.rpartition("/")[2] if entry.method != "GET" else "") for entry in bench.sent}
    assert asked <= {("GET", ""), ("POST", "auth")}
    assert asked


async def diff(bench: Bench) -> ExitCode:
    """One `diff` that decides nothing; its exit code."""
    before = bench.decided()
    people = people_of(bench)
    result = await bench.run("diff")
    reads_only(bench)
    assert bench.decided() == before
    assert people_of(bench) == people
    return result.exit_code


def people_of(bench: Bench) -> str:
    """Both lists, whole."""
    return str([bench.world.clopos.dump(), sorted(map(str, bench.world.checkandplace.customers.values()))])


def test_every_table_is_read_or_decided_and_never_both() -> None:
    tables = set(SQLModel.metadata.tables)
    assert set(READ_TABLES).isdisjoint(DECIDED_TABLES)
    assert set(DECIDED_TABLES) == DECIDED
    assert set(SHARED_TABLES) == SHARED
    assert {*READ_TABLES, *DECIDED} == tables - SHARED
    assert tables >= SHARED


async def test_the_first_diff_of_all(tmp_path: Path) -> None:
    """The row of the pair appears, with nothing decided in it; all other decided tables stay empty."""
    bench = Bench(tmp_path, **SIZE)
    assert set(map(len, bench.decided().values())) == {0}
    result = await bench.run("diff")
    assert result.exit_code is ExitCode.DIFFERENCES
    reads_only(bench)
    after = bench.decided()
    assert len(after.pop("pair")) == 1
    assert set(map(len, after.values())) == {0}
    row = dict(bench.rows("SELECT * FROM pair")[0])
    assert {name: row.pop(name) for name in ("name", "brand")} == {
        "name": "main", "brand": bench.settings.pairs["main"].clopos.brand
    }  # fmt: skip
    del row["id"], row["created_at"]
    assert {value for value in row.values() if value not in (None, "", b"", "{}")} == set(), "nothing is decided"


async def test_diffs_on_an_empty_a_half_done_and_a_finished_state(tmp_path: Path) -> None:
    bench = Bench(tmp_path, **SIZE)
    await bench.run("diff")
    assert await diff(bench) is ExitCode.DIFFERENCES, "empty: everything is still to be done"

    await half_a_backfill(bench)
    assert bench.writes
    assert not bench.rows("SELECT id FROM pair WHERE backfill_finished_at IS NOT NULL")
    assert await diff(bench) is ExitCode.DIFFERENCES, "half done"

    await bench.run("backfill")
    bench.clock.pass_time(70)
    await bench.run("sync")
    assert await diff(bench) is ExitCode.DONE, "finished: what is left is in the queues"

    staff_at_work(bench)
    assert await diff(bench) is ExitCode.DIFFERENCES, "finished, and there are edits"
    assert await diff(bench) is ExitCode.DIFFERENCES, "a diff takes no news away from the next one"
    result = await bench.run("sync")
    assert result.counts["updated.checkandplace"] == 2, "nor from the next sync"
    await bench.run("sync")
    assert await diff(bench) is ExitCode.DONE


async def half_a_backfill(bench: Bench) -> None:
    """A backfill that is stopped after a few of its operations."""
    sent: list[str] = []

    def progress(step: Any) -> None:
        if step.step == "apply":
            sent.append(step.step)
            if len(sent) == 4:
                bench.ctx.stop.set()

    await bench.run("backfill", progress=progress)


async def test_a_diff_while_writes_are_in_doubt(tmp_path: Path) -> None:
    """Doubts are resolved by runs that may write; a diff leaves them as they are."""
    bench = Bench(tmp_path, **SIZE)
    for side in ("clopos", "checkandplace"):
        bench.world.plan_fault(Fault(side, "drop_after", "POST", "/customers", times=3, after=2))
    await bench.run("backfill")
    assert bench.rows("SELECT id FROM intent WHERE settled_at IS NULL")
    await diff(bench)


async def test_a_diff_after_customers_are_gone_and_with_torn_scans(tmp_path: Path) -> None:
    """What a reading shows of people who are gone is kept, and nothing is concluded for good."""
    bench = Bench(tmp_path, clopos_table="page_size = 10", checkandplace_table="per_page = 10", **SIZE)
    await bench.run("backfill")
    await bench.run("sync")
    links = sorted(bench.links())
    bench.world.staff_delete("clopos", links[0][0])
    bench.world.staff_delete("checkandplace", links[1][1])
    for _ in range(3):
        assert await diff(bench) in (ExitCode.DIFFERENCES, ExitCode.DONE)
    for side in ("clopos", "checkandplace"):
        bench.world.plan_fault(Fault(side, "status:503", "GET", "/customers", times=20, after=1))
        await diff(bench)
        assert bench.ctx.readings[SideName(side)].torn
        bench.world.faults.planned.clear()
    await bench.run("sync")
    await bench.run("sync")
    assert bench.links("broken") == set(links[:2])


async def test_a_diff_under_other_settings(tmp_path: Path) -> None:
    """Another reading of the same values (here: one more calling code) changes no base until a run may decide."""
    bench = Bench(tmp_path, **SIZE)
    await bench.run("backfill")
    await bench.run("sync")
    content = bench.config.read_text(encoding="utf-8")
    bench.config.write_text(content.replace('["994", "90"]', '["994", "90", "995"]'), encoding="utf-8")
    bench.reload()
    await diff(bench)
    read, based = bench.ctx.mapper.reader_version, bench.ctx.pair.reader_version
    assert read != based
    await bench.run("sync")
    assert bench.writes == []
    assert bench.ctx.pair.reader_version == read
    await diff(bench)


@pytest.mark.parametrize("fault", ["status:401", "status:503", "html:502", "drop_before", "garbage"])
@pytest.mark.parametrize("side", ["clopos", "checkandplace"])
async def test_a_diff_that_fails(tmp_path: Path, side: str, fault: str) -> None:
    """Wrong credentials or a server that is down stop it; nothing is decided by that either."""
    bench = Bench(tmp_path, **{**SIZE, "clopos": 8, "checkandplace": 8, "shared": 4})
    await bench.run("backfill")
    bench.tokens = type(bench.tokens)()
    bench.world.plan_fault(Fault(side, fault, times=30))
    before = bench.decided()
    with pytest.raises(ConnectorError):
        await bench.run("diff")
    assert bench.decided() == before
    reads_only(bench)
