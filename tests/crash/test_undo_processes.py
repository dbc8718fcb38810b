"""Run, undo and what follows as people type them: processes of their own over real HTTP, and one killed in the middle.

After it: every mapped field equals its before-image or is one open task, two syncs write nothing, and the history keeps
both the run and its undo.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from connector.domain.errors import ExitCode
from connector.simulator.server import RunningServer
from tests.crash.kit import Killer, Site, expire_leases
from tests.engine.scene import Scene, scene
from tests.engine.undo_kit import back, last_run, shown

KILLED = -9


def edit(bench: Scene, people: list[tuple[str, str]]) -> None:
    """Three renamed guests, one with another number, and a new one, in Clopos."""
    for place, (clopos, _guest) in enumerate(people[:3]):
        first = bench.world.clopos.get(clopos).name.split()[0]
        bench.world.staff_edit("clopos", clopos, {"name": f"{first} Testov{'a' * place}"})
    bench.world.staff_edit("clopos", people[3][0], {"phone": "+994557770101"})
    bench.world.staff_create("clopos", {"name": "Kamran Quliyev", "phone": "+994557770199"}, "kamran")


def writes(bench: Scene, mark: int) -> list[str]:
    """Methods of the requests since then that write customers."""
    sent = [entry for entry in bench.world.log.entries[mark:] if not entry.path.endswith("/auth")]
    return [entry.method for entry in sent if entry.method in ("POST", "PATCH")]


@pytest.mark.parametrize(
    "when", [None, (1, False), (2, True), (3, True)], ids=["whole", "before-1", "after-2", "after-3"]
)
async def test_an_undo_typed_as_people_do(tmp_path: Path, when: tuple[int, bool] | None) -> None:
    bench = scene(tmp_path)
    people = bench.crowd(6)
    killer = Killer(bench.world.asgi, 0, after=False, method="PATCH")
    bench.world.asgi = killer
    with RunningServer(bench.world) as server:
        site = Site(bench, server)
        assert site.command("backfill", "--yes") == ExitCode.DONE, site.output()
        edit(bench, people)
        before = shown(bench)
        assert site.command("sync") == ExitCode.DONE, site.output()
        run, mark = last_run(bench), len(bench.world.log.entries)
        assert shown(bench) != before

        assert site.command("undo", str(run)) == ExitCode.DONE, site.output()
        assert (writes(bench, mark), "preview" in site.output()) == ([], True)

        if when is not None:
            killer.nth, killer.after = killer.seen + when[0], when[1]
            killer.process = site.start("undo", str(run), "--yes")
            assert site.finish(killer.process) == KILLED, site.output()
            expire_leases(bench.engine)
        assert site.command("undo", str(run), "--yes") == ExitCode.DONE, site.output()
        back(bench, before)
        undone = len(bench.world.log.entries)
        for _run in range(2):
            assert site.command("sync") == ExitCode.DONE, site.output()
        assert writes(bench, undone) == []
        back(bench, before)
        assert site.command("undo", str(run)) == ExitCode.DONE
        assert "undone already" in site.output().lower() or "nothing" in site.output().lower(), site.output()
    both = bench.rows("SELECT DISTINCT run_id AS r FROM history WHERE verb = 'update' ORDER BY run_id")
    assert len(both) >= 2
    assert both[0]["r"] == run
