"""Edits of both staffs: updates, tasks, conflicts, clears, keys that change hands."""

from __future__ import annotations

from functools import partial

from connector.engine.staff_queue import Take, resolve, tick
from tests.crash.scenarios.base import Stage, scenario
from tests.engine.test_lifecycle_values import with_clears_sent

EMAIL = {"checkandplace_table": "write_email = true\n"}
CLEARS = {"checkandplace_table": "write_email = true\nwrite_clear = true\n"}


async def proved(stage: Stage) -> None:
    """A restaurant whose first update was proved."""
    stage.people()
    await stage.start()
    stage.at_clopos(phone="+994502123400")
    await stage.run()
    await stage.quiet(1)


@scenario("first update is a probe", "an edit at Clopos; the first update of a pair is read back whole (CP-20)")
async def _probe(stage: Stage) -> None:
    stage.people()
    await stage.start()
    stage.at_clopos(phone="+994502123499")


@scenario("updates of several guests", "edits at Clopos after the probe: two fields, one field, a mere spelling",
          settings=EMAIL)  # fmt: skip
async def _updates(stage: Stage) -> None:
    await proved(stage)
    stage.at_clopos(name="Aysel Həsənova", email="aysel@example.az")
    stage.world.staff_edit("clopos", stage.others[0][0], {"name": "Orxan Səmədov"})
    stage.world.staff_edit("clopos", stage.others[1][0], {"name": "NİGAR ABBASOVA"})


@scenario("edits in Check&Place become tasks", "Clopos has no update: staff are told (CL-02)")
async def _tasks(stage: Stage) -> None:
    await proved(stage)
    stage.at_checkandplace(last_name="Həsənova")
    stage.world.staff_edit("checkandplace", stage.others[0][1], {"primary_phone_number": "994557009900"})


@scenario("both changed one field", "a conflict asks, the other field of the same guest still travels", settings=EMAIL)
async def _conflict(stage: Stage) -> None:
    await proved(stage)
    stage.at_clopos(name="Aysel Həsənova", email="aysel@example.az")
    stage.at_checkandplace(last_name="Quliyeva")


async def conflicted(stage: Stage) -> int:
    """A conflict about Aysel's name; its number."""
    await proved(stage)
    stage.at_clopos(name="Aysel Həsənova")
    stage.at_checkandplace(last_name="Quliyeva")
    await stage.run()
    return int(stage.only("conflict", "name")["id"])


@scenario("conflict resolved for Clopos", "staff chose; the run writes Check&Place")
async def _for_clopos(stage: Stage) -> None:
    number = await conflicted(stage)
    stage.decide(partial(resolve, entry_id=number, take=Take.CLOPOS))


@scenario("conflict resolved for Check&Place", "staff chose; the conflict becomes a task")
async def _for_checkandplace(stage: Stage) -> None:
    number = await conflicted(stage)
    stage.decide(partial(resolve, entry_id=number, take=Take.CHECKANDPLACE))


@scenario("conflict kept different", "staff say both values stay")
async def _different(stage: Stage) -> None:
    number = await conflicted(stage)
    stage.decide(partial(resolve, entry_id=number, take=Take.DIFFERENT))


@scenario("tasks ticked off", "one was done and closes, one was not and opens again")
async def _ticked(stage: Stage) -> None:
    await proved(stage)
    stage.at_checkandplace(last_name="Həsənova")
    stage.world.staff_edit("checkandplace", stage.others[0][1], {"last_name": "Səmədov"})
    await stage.run()
    for task in stage.queue("task"):
        stage.decide(partial(tick, entry_id=task["id"]))
    stage.at_clopos(name="Aysel Həsənova")
    stage.clock.pass_time(5)


@scenario("a number moves on", "Aysel gives her number up and Orxan takes it: in that order (key chain)")
async def _chain(stage: Stage) -> None:
    await proved(stage)
    stage.at_clopos(phone="+994502123499")
    stage.world.staff_edit("clopos", stage.others[0][0], {"phone": "+994502123400"})


@scenario("two guests swap their numbers", "a cycle of keys cannot be sent: a hold, nothing written")
async def _swap(stage: Stage) -> None:
    await proved(stage)
    first, second = stage.others[0][0], stage.others[1][0]
    stage.world.staff_edit("clopos", first, {"phone": "+994557009999"})
    stage.world.staff_edit("clopos", second, {"phone": "+994557001000"})
    stage.world.staff_edit("clopos", first, {"phone": "+994557001001"})


@scenario("a clear is kept", "an e-mail is cleared at Clopos: reported, never sent, never filled again", settings=EMAIL)
async def _kept(stage: Stage) -> None:
    await with_email(stage)
    stage.at_clopos(email=None, name="Aysel Həsənova")


async def with_email(stage: Stage) -> None:
    stage.guest(clopos={"email": "aysel@example.az"}, checkandplace={"email": "aysel@example.az"})
    stage._others = stage.crowd(3)
    await stage.start()


@scenario("a clear is sent", "write_clear and on_clear = send: null travels (CP-20)", settings=CLEARS)
async def _cleared(stage: Stage) -> None:
    mapping = with_clears_sent(stage.folder)
    content = stage.config.read_text(encoding="utf-8")
    stage.config.write_text(content.replace("[pairs.main]\n", f"[pairs.main]\n{mapping}\n"), encoding="utf-8")
    stage.reload()
    await with_email(stage)
    stage.at_clopos(email=None)


@scenario("an e-mail does not stick", "accepted and ignored (CP-40): a hold, not sent again",
          settings={**EMAIL, "switches": {"CP-40": "email_ignored"}})  # fmt: skip
async def _not_sticking(stage: Stage) -> None:
    await proved(stage)
    stage.at_clopos(email="aysel@example.az")


@scenario("an update is refused in part", "422 names a field; the other one goes without it (CP-45, CP-16)",
          settings={**EMAIL, "switches": {"CP-45": "255"}})  # fmt: skip
async def _in_part(stage: Stage) -> None:
    await proved(stage)
    stage.at_clopos(name="Aysel " + "B" * 300, email="aysel@example.az")


@scenario("an update is refused field by field", "an empty 422 names nothing: each field by itself, once",
          settings={**EMAIL, "switches": {"CP-45": "255", "CP-16": "empty"}})  # fmt: skip
async def _field_by_field(stage: Stage) -> None:
    stage.people()
    await stage.start()
    stage.at_clopos(name="Aysel " + "B" * 300, email="aysel@example.az")


@scenario("an update replaces other fields", "full replace (CP-20): put back, the rest is named, the others wait",
          settings={"switches": {"CP-20": "full_replace"}})  # fmt: skip
async def _replaces(stage: Stage) -> None:
    stage.guest(checkandplace={"email": "aysel@example.az", "gender": "female"})
    stage._others = stage.crowd(3)
    await stage.start()
    stage.at_clopos(phone="+994502123499")
    stage.world.staff_edit("clopos", stage.others[0][0], {"name": "Orxan Səmədov"})


@scenario("updates answered with nothing", "204 (CP-21): sent, unverified until the next listing",
          settings={"switches": {"CP-21": "204"}})  # fmt: skip
async def _unverified(stage: Stage) -> None:
    await proved(stage)
    stage.at_clopos(phone="+994502123499")
    stage.world.staff_edit("clopos", stage.others[0][0], {"name": "Orxan Səmədov"})
