"""Taking back: an undo is a run like any other, and it is typed again after a crash."""

from __future__ import annotations

from connector.state.undoing import Wanted
from tests.crash.scenarios.base import NINA, ZAUR_GUEST, Stage, scenario
from tests.crash.scenarios.edits import proved
from tests.engine.undo_kit import last_run

EMAIL = {"checkandplace_table": "write_email = true\n"}


def the_run(stage: Stage) -> Wanted:
    return Wanted(run=stage.undone)


@scenario("updates are undone", "each field goes back, but for one that was changed since", kind="undo",
          undoes=the_run, settings=EMAIL)  # fmt: skip
async def _updates(stage: Stage) -> None:
    await proved(stage)
    stage.at_clopos(name="Aysel Həsənova", email="aysel@example.az")
    stage.world.staff_edit("clopos", stage.others[0][0], {"name": "Orxan Səmədov"})
    await stage.run()
    stage.undone = last_run(stage)
    stage.world.staff_edit("checkandplace", stage.others[0][1], {"last_name": "Babayev"})


@scenario("creates and links are undone", "nobody can be deleted: links end, tasks say what is left (not undoable)",
          kind="undo", undoes=the_run)  # fmt: skip
async def _creates(stage: Stage) -> None:
    stage.people()
    await stage.start()
    stage.world.staff_create("clopos", NINA, "nina")
    stage.world.staff_create("checkandplace", ZAUR_GUEST, "zaur")
    await stage.run()
    stage.undone = last_run(stage)
