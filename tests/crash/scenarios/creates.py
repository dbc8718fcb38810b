"""New guests on either side: creates, refusals that speak of a duplicate, answers without an id."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tests.crash.scenarios.base import NINA, NINA_GUEST, ZAUR, ZAUR_GUEST, Stage, scenario

HIDDEN = {"CP-23": "inactive_hidden"}


async def ready(stage: Stage) -> None:
    stage.people()
    await stage.start()


async def one_new_at_clopos(stage: Stage) -> None:
    """Nina came to the restaurant; the first create on Check&Place is a probe."""
    await ready(stage)
    stage.world.staff_create("clopos", NINA, "nina")


def made_over_the_wire(stage: Stage, beside: Callable[[Any], object], **fields: Any) -> None:
    """A server whose new customers have these fields too, while staff do something `beside` it."""
    store = stage.world.checkandplace
    add = store.add

    def also(values: Any, person: str | None = None, *, origin: str = "seed") -> str:
        made = add({**values, **fields} if origin == "api" else values, person, origin=origin)
        if origin == "api":
            beside(values)
        return made

    store.add = also  # type: ignore[method-assign, assignment]  # the server of a scenario


def activate(stage: Stage) -> None:
    """Staff who are asked for a guest, or told that it was refused, find the inactive record, and switch it on."""
    if any(hold["code"] in ("in-doubt", "rejected") for hold in stage.queue("hold")):
        for key, guest in stage.world.checkandplace.customers.items():
            if guest.origin == "api":
                stage.world.staff_edit("checkandplace", key, {"is_active": True})


@scenario("backfill creates both ways", "the first backfill of a small restaurant", kind="backfill")
async def _backfill(stage: Stage) -> None:
    stage.people()
    stage.world.staff_create("clopos", NINA, "nina")
    stage.world.staff_create("clopos", {"name": "Rauf Əlizadə", "phone": "+994702223344"}, "rauf")
    stage.world.staff_create("checkandplace", ZAUR_GUEST, "zaur")
    second = {"first_name": "Lalə", "last_name": "Quliyeva", "primary_phone_number": "994703334455"}
    stage.world.staff_create("checkandplace", second, "lale")


@scenario("backfill of a family", "one number for two, namesakes, blanks to fill: links, proposals, holds",
          kind="backfill", settings={"checkandplace_table": "write_email = true\n"})  # fmt: skip
async def _family(stage: Stage) -> None:
    stage.guest(clopos={"email": "aysel@example.az"})
    stage._others = stage.crowd(2)
    stage.world.staff_create("clopos", NINA, "nina")
    stage.world.staff_create("checkandplace", {**NINA_GUEST, "first_name": "Kamran"}, "kamran")
    stage.world.staff_create("clopos", {**ZAUR, "phone": None}, "another zaur")
    stage.world.staff_create("checkandplace", ZAUR_GUEST, "zaur")


@scenario("new guest at Clopos", "a create on Check&Place, without a key of ours (CP-19)")
async def _to_checkandplace(stage: Stage) -> None:
    await one_new_at_clopos(stage)


@scenario("new guests at Check&Place", "creates on Clopos with the derived cid (CL-05)")
async def _to_clopos(stage: Stage) -> None:
    await ready(stage)
    stage.world.staff_create("checkandplace", NINA_GUEST, "nina")
    stage.world.staff_create("checkandplace", ZAUR_GUEST, "zaur")


@scenario("Clopos says 409", "the number belongs to a deleted customer (CL-10): duplicate-not-visible",
          settings={"switches": {"clopos.deleted_phone": "kept"}})  # fmt: skip
async def _duplicate(stage: Stage) -> None:
    await ready(stage)
    stage.world.staff_delete("clopos", stage.world.staff_create("clopos", NINA, "another nina"))
    stage.world.staff_create("checkandplace", NINA_GUEST, "nina")


@scenario("Check&Place says 409", "the number is held by an inactive guest that the listing hides (CP-14, CP-23)",
          settings={"switches": {"CP-14": "409", **HIDDEN}})  # fmt: skip
async def _refused(stage: Stage) -> None:
    await one_new_at_clopos(stage)
    hidden = stage.world.staff_create("checkandplace", NINA_GUEST, "another nina")
    stage.world.staff_edit("checkandplace", hidden, {"is_active": False})


@scenario("Check&Place answers with the holder", "200 with a record that was there (CP-14): judged, not a new one",
          settings={"switches": {"CP-14": "200_existing", **HIDDEN}})  # fmt: skip
async def _holder(stage: Stage) -> None:
    await one_new_at_clopos(stage)
    hidden = stage.world.staff_create("checkandplace", NINA_GUEST, "nina")
    stage.world.staff_edit("checkandplace", hidden, {"is_active": False})


@scenario("Check&Place says 422", "a name that is too long (CP-45): a hold, the next guest is still created",
          settings={"switches": {"CP-45": "255"}})  # fmt: skip
async def _rejected(stage: Stage) -> None:
    await ready(stage)
    stage.world.staff_create("clopos", {**NINA, "name": "Nina " + "B" * 300}, "nina")
    stage.world.staff_create("clopos", ZAUR, "zaur")


@scenario("accepted without an id", "204 (CP-21): settled from listings, never sent again",
          settings={"switches": {"CP-21": "204"}})  # fmt: skip
async def _accepted(stage: Stage) -> None:
    await one_new_at_clopos(stage)
    stage.world.staff_create("clopos", ZAUR, "zaur")


@scenario("accepted and hidden", "204, and the listing hides what was made (CP-21, CP-23): staff find it", asked=True,
          staff=activate, settings={"switches": {"CP-21": "204", **HIDDEN}})  # fmt: skip
async def _accepted_hidden(stage: Stage) -> None:
    await one_new_at_clopos(stage)
    made_over_the_wire(stage, lambda _fields: None, is_active=False)


@scenario("staff enter the guest in the same second", "two new records equal what was sent: staff are asked",
          asked=True, settings={"switches": {"CP-14": "second_record", "CP-15": "not_unique"}})  # fmt: skip
async def _twins(stage: Stage) -> None:
    await one_new_at_clopos(stage)
    made_over_the_wire(stage, lambda _fields: stage.world.staff_create("checkandplace", NINA_GUEST, "nina's double"))


@scenario("new guest in a quick run", "the newest rows of Clopos, a look-up, Check&Place whole", kind="quick")
async def _quick(stage: Stage) -> None:
    await ready(stage)
    stage.world.staff_create("clopos", NINA, "nina")
    stage.world.staff_create("checkandplace", ZAUR_GUEST, "zaur")
    stage.at_clopos(name="Aysel Həsənova")
