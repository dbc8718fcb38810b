"""Runs that begin with something unsettled, and readings that are not whole."""

from __future__ import annotations

from tests.crash.scenarios.base import NINA, NINA_GUEST, ZAUR, Stage, scenario
from tests.crash.scenarios.edits import proved

SMALL_PAGES = {"clopos_table": "page_size = 2\n", "checkandplace_table": "per_page = 2\n"}


async def ready(stage: Stage) -> None:
    stage.people()
    await stage.start()


@scenario("a create in doubt that arrived", "the run before lost the reply of a create on Check&Place (CP-19)")
async def _arrived(stage: Stage) -> None:
    await ready(stage)
    stage.world.staff_create("clopos", NINA, "nina")
    stage.fault("checkandplace", "drop_after", "POST")
    await stage.run()
    stage.clock.pass_time(5)


@scenario("a create in doubt that never arrived", "two complete listings of 60 s later say so: sent again (CP-19)")
async def _absent(stage: Stage) -> None:
    await ready(stage)
    stage.world.staff_create("clopos", NINA, "nina")
    stage.fault("checkandplace", "drop_before", "POST")
    await stage.run()
    stage.clock.pass_time(70)
    await stage.run()
    stage.clock.pass_time(70)


@scenario("creates on Clopos in doubt", "504 after the work was done: found by the cid (CL-05)")
async def _clopos_in_doubt(stage: Stage) -> None:
    await ready(stage)
    stage.world.staff_create("checkandplace", NINA_GUEST, "nina")
    stage.fault("clopos", "status_after:504", "POST")


@scenario("creates on Clopos in doubt since the last run", "the look-ups failed too: resolved before anything else")
async def _clopos_carried(stage: Stage) -> None:
    await ready(stage)
    stage.world.staff_create("checkandplace", NINA_GUEST, "nina")
    for _ in range(3):
        stage.fault("clopos", "drop_before", "POST")
    await stage.run()
    assert stage.rows("SELECT id FROM intent WHERE settled_at IS NULL")


@scenario("an update in doubt that arrived", "the sent value is seen: done, and the source's next edit travels")
async def _update_arrived(stage: Stage) -> None:
    await proved(stage)
    stage.at_clopos(name="Aysel Həsənova")
    stage.fault("checkandplace", "drop_after", "PATCH")
    await stage.run()
    stage.at_clopos(phone="+994502123488")


@scenario("an update in doubt that never arrived", "the before-value is seen: sent again")
async def _update_absent(stage: Stage) -> None:
    await proved(stage)
    stage.at_clopos(name="Aysel Həsənova")
    stage.fault("checkandplace", "drop_before", "PATCH")
    await stage.run()


@scenario("an update in doubt and a third value", "staff typed another name meanwhile: merged anew")
async def _update_third(stage: Stage) -> None:
    await proved(stage)
    stage.at_clopos(name="Aysel Həsənova")
    stage.fault("checkandplace", "drop_before", "PATCH")
    await stage.run()
    stage.at_checkandplace(last_name="Quliyeva")


@scenario("a replacing update in doubt", "the first update replaced the other fields and its reply was lost (CP-20)",
          settings={"switches": {"CP-20": "full_replace"}})  # fmt: skip
async def _replaced_in_doubt(stage: Stage) -> None:
    stage.guest(checkandplace={"email": "aysel@example.az"})
    stage._others = stage.crowd(3)
    await stage.start()
    stage.at_clopos(phone="+994502123499")
    stage.fault("checkandplace", "drop_after", "PATCH")
    await stage.run()


@scenario("a torn listing of Check&Place", "it feeds updates, never absence and never creates", settings=SMALL_PAGES)
async def _torn(stage: Stage) -> None:
    await ready(stage)
    stage.world.staff_create("clopos", NINA, "nina")
    stage.at_clopos(name="Aysel Həsənova")
    stage.world.staff_delete("checkandplace", stage.others[2][1])
    stage.fault("checkandplace", "status:500", "GET", after=1, times=5)


@scenario("a torn listing of Clopos", "half of it was read: nobody is gone, nobody is created there",
          settings=SMALL_PAGES)  # fmt: skip
async def _torn_clopos(stage: Stage) -> None:
    await ready(stage)
    stage.world.staff_create("checkandplace", NINA_GUEST, "nina")
    stage.world.staff_create("clopos", ZAUR, "zaur")
    stage.fault("clopos", "truncate", "GET", after=1, times=5)


@scenario("another reader", "the gender map was set: records and bases are derived anew, no edit comes of it")
async def _reader(stage: Stage) -> None:
    stage.guest(clopos={"gender": 2}, checkandplace={"gender": "female"})
    stage._others = stage.crowd(3)
    await stage.start()
    content = stage.config.read_text(encoding="utf-8")
    stage.config.write_text(content.replace('region = "AZ"', 'region = "TR"'), encoding="utf-8")
    stage.reload()
    stage.at_clopos(name="Aysel Həsənova")
