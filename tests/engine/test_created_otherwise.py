"""A create that the server takes and stores otherwise: what its answer shows is the server's doing, no edit by staff
(docs/ARCHITECTURE.md, "Record": settled as different with hold `did-not-stick`; CP-40)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from connector.engine.staff_queue import retry
from connector.simulator.clopos.store import Customer
from tests.engine.scene import Scene


def clopos_keeps(scene: Scene, letters: int) -> None:
    """Names are cut when a customer is created, and the answer shows it."""
    create = scene.world.clopos.create

    def cut(body: Mapping[str, Any], venue_id: int) -> Customer:
        return create({**body, "name": str(body["name"])[:letters]}, venue_id)

    scene.world.clopos.create = cut  # type: ignore[method-assign]  # a server that cuts what is too long for it


async def test_clopos_stores_a_shorter_name_and_the_guest_keeps_theirs(tmp_path: Path) -> None:
    """Nothing documents that a name comes back as sent (clopos.md 3.3 says it of the phone alone)."""
    scene = Scene(tmp_path, clopos=0, checkandplace=0, shared=0)
    scene.crowd()
    clopos_keeps(scene, 10)
    guest = scene.world.staff_create(
        "checkandplace",
        {"first_name": "Sevda", "last_name": "Rzayevaxanim", "primary_phone_number": "994502100002"},
        "sevda",
    )
    await scene.run("backfill")
    for _ in range(2):
        await scene.run("sync")
        assert scene.bodies() == []
    assert scene.world.checkandplace.customers[guest].last_name == "Rzayevaxanim"
    assert scene.only("hold", "name")["code"] == "did-not-stick"


@pytest.mark.parametrize("body", ["customer", "bare"])
async def test_an_email_that_a_create_did_not_keep_is_said(tmp_path: Path, body: str) -> None:
    """CP-40: `email` behind `write_email`, verified by re-reading; not taken = hold `did-not-stick`."""
    scene = Scene(
        tmp_path, clopos=0, checkandplace=0, shared=0, switches={"CP-40": "email_ignored", "CP-21": body},
        checkandplace_table="write_email = true",
    )  # fmt: skip
    scene.crowd()
    scene.world.staff_create("clopos", {"name": "Yeni Qonaq", "phone": "+994502229988", "email": "a@example.az"}, "y")
    await scene.run("backfill")
    await scene.run("sync")
    assert scene.only("hold", "email")["code"] == "did-not-stick"


async def test_what_clopos_did_not_keep_is_a_task_where_staff_say_retry(tmp_path: Path) -> None:
    """CL-02: Clopos takes no update, so what is to be sent again is typed in; then everything is at rest."""
    scene = Scene(tmp_path, clopos=0, checkandplace=0, shared=0)
    scene.crowd()
    clopos_keeps(scene, 5)
    scene.world.staff_create(
        "checkandplace", {"first_name": "Sevda", "last_name": "Aliyeva", "primary_phone_number": "994502100002"}, "s"
    )
    await scene.run("backfill")
    held = scene.only("hold", "name")
    assert (held["code"], held["side"]) == ("did-not-stick", "clopos")
    await scene.quiet(2)
    assert (scene.only("hold", "name")["id"], scene.only("hold", "name")["side"]) == (held["id"], "clopos")
    scene.decide(lambda desk, connection: retry(desk, connection, held["id"]))
    await scene.run("sync")
    assert scene.bodies() == []
    task = scene.only("task", "name")
    assert (task["side"], [change["after"]["v"]["text"] for change in scene.facts(task)["fields"]]) == (
        "clopos", ["Sevda Aliyeva"],
    )  # fmt: skip
    customer = next(key for (side, key), who in scene.world.labels().items() if (side, who) == ("clopos", "s"))
    scene.world.staff_edit("clopos", customer, {"name": "Sevda Aliyeva"})
    await scene.run("sync")
    assert scene.queue() == []
    await scene.quiet(2)


async def test_an_edit_made_after_a_create_that_was_stored_otherwise_is_an_edit(tmp_path: Path) -> None:
    """Staff put the name right in Clopos, as another one: it goes to Check&Place, and the hold ends."""
    scene = Scene(tmp_path, clopos=0, checkandplace=0, shared=0)
    scene.crowd()
    clopos_keeps(scene, 5)
    guest = scene.world.staff_create(
        "checkandplace", {"first_name": "Sevda", "last_name": "Aliyeva", "primary_phone_number": "994502100002"}, "s"
    )
    await scene.run("backfill")
    customer = next(key for (side, key), who in scene.world.labels().items() if (side, who) == ("clopos", "s"))
    scene.world.staff_edit("clopos", customer, {"name": "Sevda Quliyeva"})
    await scene.run("sync")
    assert scene.world.checkandplace.customers[guest].last_name == "Quliyeva"
    await scene.quiet(2)
    assert scene.queue() == []


def answers_with_an_id_alone(scene: Scene) -> None:
    """What a create is answered with says nothing but the new record's id."""
    inner = scene.world.asgi

    async def app(scope: Any, receive: Any, send: Any) -> None:
        if scope["method"] != "POST" or not scope["path"].endswith("/customers"):
            await inner(scope, receive, send)
            return
        told: list[Any] = []

        async def hold_back(message: Any) -> None:
            told.append(message)

        await inner(scope, receive, hold_back)
        answer = json.loads(b"".join(message.get("body", b"") for message in told[1:]))
        if "data" in answer:
            answer = {"success": True, "data": {name: answer["data"][name] for name in ("id", "cid")}}
        else:
            answer = {"customer": {"id": answer["customer"]["id"]}}
        headers = [(name, value) for name, value in told[0]["headers"] if name != b"content-length"]
        await send({**told[0], "headers": headers})
        await send({"type": "http.response.body", "body": json.dumps(answer).encode()})

    scene.world.asgi = app


NEW = {
    "clopos": (
        "checkandplace",
        {"first_name": "Sevda", "last_name": "Aliyeva", "primary_phone_number": "994502100002"},
    ),
    "checkandplace": ("clopos", {"name": "Sevda Aliyeva", "phone": "+994502100002"}),
}
"""Side on which somebody is created -> where they stand, and how."""
RENAMED = {"clopos": {"name": "Sevda Quliyeva"}, "checkandplace": {"last_name": "Quliyeva"}}


async def created(folder: Path, side: str) -> Scene:
    """Somebody was made on this side, and the answer said so with an id alone."""
    scene = Scene(folder, clopos=0, checkandplace=0, shared=0)
    scene.crowd()
    await scene.start()
    where, fields = NEW[side]
    scene.world.staff_create(where, fields, "s")
    answers_with_an_id_alone(scene)
    await scene.run()
    return scene


@pytest.mark.parametrize("edited", list(NEW))
@pytest.mark.parametrize("side", list(NEW))
async def test_an_edit_of_a_record_whose_create_was_answered_with_an_id_alone_travels(
    tmp_path: Path, side: str, edited: str
) -> None:
    """CP-21, CL-48: what both sides held when the create was sent is known, though no answer has shown it."""
    scene = await created(tmp_path, side)
    assert len(scene.writes) == 1
    keys = {place: key for (place, key), who in scene.world.labels().items() if who == "s"}
    scene.world.staff_edit(edited, keys[edited], RENAMED[edited])
    await scene.run()
    if edited == "clopos":
        assert scene.world.checkandplace.customers[keys["checkandplace"]].last_name == "Quliyeva"
    else:
        assert scene.facts(scene.only("task", "name"))["fields"][0]["after"]["v"]["text"] == "Sevda Quliyeva"
    assert len(scene.queue()) == (0 if edited == "clopos" else 1)
    await scene.quiet(2)


@pytest.mark.parametrize("side", list(NEW))
async def test_a_create_answered_with_an_id_alone_is_settled_by_the_next_reading(tmp_path: Path, side: str) -> None:
    scene = await created(tmp_path, side)
    await scene.quiet(2)
    assert scene.queue() == []
    keys = {place: key for (place, key), who in scene.world.labels().items() if who == "s"}
    assert (keys["clopos"], keys["checkandplace"]) in scene.links()
    scene.world.staff_edit("clopos", keys["clopos"], RENAMED["clopos"])
    await scene.run()
    assert scene.world.checkandplace.customers[keys["checkandplace"]].last_name == "Quliyeva"
