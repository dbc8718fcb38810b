"""What servers refuse, take and ignore: parts of an update, creates, values that do not stick, and staff's retry."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import pytest

from connector.engine.staff_queue import ignore, retry
from tests.engine.scene import Scene, scene

LONG = "Aysel " + "B" * 300
EMAIL = "write_email = true\n"


async def limited(folder: Path, **options: object) -> Scene:
    """CP-45: texts of more than 255 letters are refused with 422."""
    bench = scene(folder, checkandplace_table=EMAIL, **{"switches": {"CP-45": "255"}, **options})
    bench.guest()
    bench.crowd(3)
    await bench.start()
    return bench


@pytest.mark.parametrize("body", ["errors", "empty"])
async def test_a_refused_update_goes_on_without_the_guilty_field(tmp_path: Path, body: str) -> None:
    """CP-16: the answer names the field, or says nothing and each field is tried by itself, once."""
    bench = await limited(tmp_path, switches={"CP-45": "255", "CP-16": body})
    bench.at_clopos(name=LONG, email="aysel@example.az")
    await bench.run()
    assert bench.visitor.email == "aysel@example.az"
    hold = bench.only("hold", "name")
    assert (hold["code"], bench.facts(hold)["status"]) == ("rejected", 422)
    assert len(bench.bodies()) == (2 if body == "errors" else 3)
    await bench.quiet()
    bench.only("hold", "name")


async def test_retry_sends_a_refused_field_once_more(tmp_path: Path) -> None:
    bench = await limited(tmp_path)
    bench.at_clopos(name=LONG)
    await bench.run()
    number = bench.only("hold", "name")["id"]
    bench.decide(partial(retry, entry_id=number))
    await bench.run()
    assert len(bench.bodies()) == 1  # refused again: it waits again
    bench.only("hold", "name")
    await bench.quiet()
    bench.world.set("CP-45", "none")
    await bench.quiet(1)
    bench.decide(partial(retry, entry_id=bench.only("hold")["id"]))
    await bench.run()
    assert bench.visitor.last_name == "B" * 300
    assert bench.queue() == []
    await bench.quiet()


async def test_a_refused_field_is_sent_when_its_source_changes(tmp_path: Path) -> None:
    bench = await limited(tmp_path)
    bench.at_clopos(name=LONG)
    await bench.run()
    bench.at_clopos(name="Aysel Həsənova")
    await bench.run()
    assert bench.bodies() == [("checkandplace", "PATCH", {"first_name": "Aysel", "last_name": "Həsənova"})]
    assert bench.queue() == []
    await bench.quiet()


async def test_a_refused_create_waits_for_its_source_or_for_staff(tmp_path: Path) -> None:
    bench = await limited(tmp_path)
    zaur = bench.world.staff_create("clopos", {"name": "Zaur " + "B" * 300, "phone": "+994701234567"}, "zaur")
    await bench.run()
    hold = bench.only("hold", "rejected")
    await bench.quiet()
    bench.decide(partial(ignore, entry_id=hold["id"]))
    await bench.quiet(1)
    assert bench.only("hold")["state"] == "ignored"
    bench.decide(partial(retry, entry_id=hold["id"]))
    await bench.run()
    assert len(bench.bodies()) == 1
    await bench.quiet()
    bench.world.staff_edit("clopos", zaur, {"name": "Zaur Bağırov"})
    await bench.run()
    assert len(bench.bodies()) == 1
    assert bench.queue() == []
    await bench.quiet()


async def test_a_value_that_does_not_stick_is_not_sent_again_by_itself(tmp_path: Path) -> None:
    """CP-40: e-mail is accepted and ignored."""
    bench = scene(tmp_path, checkandplace_table=EMAIL, switches={"CP-40": "email_ignored"})
    bench.guest()
    bench.crowd(3)
    await bench.start()
    bench.at_clopos(email="aysel@example.az")
    await bench.run()
    assert len(bench.bodies()) == 1
    hold = bench.only("hold", "email")
    assert hold["code"] == "did-not-stick"
    await bench.quiet()
    bench.decide(partial(retry, entry_id=bench.only("hold", "email")["id"]))
    await bench.run()
    assert bench.bodies() == [("checkandplace", "PATCH", {"email": "aysel@example.az"})]
    await bench.quiet()
    bench.world.set("CP-40", "email_accepted")
    bench.at_clopos(email="aysel.h@example.az")
    await bench.run()
    assert bench.bodies() == [("checkandplace", "PATCH", {"email": "aysel.h@example.az"})]
    assert bench.queue() == []
    await bench.quiet()


async def test_an_update_without_a_body_is_verified_by_the_next_listing(tmp_path: Path) -> None:
    """CP-21: 204. Sent, unverified; not sent again; settled by what the listing shows."""
    bench = scene(tmp_path, switches={"CP-21": "204"})
    bench.guest()
    bench.crowd(3)
    await bench.start()
    for phone in ("+994502123499", "+994502123488"):
        bench.at_clopos(phone=phone)
        await bench.run()
        assert len(bench.bodies()) == 1
        await bench.quiet()
    assert bench.queue() == []
    assert bench.rows("SELECT sent_json FROM link WHERE sent_json <> '{}'") == []


async def test_updates_that_replace_other_fields_stop_until_staff_have_them_proved_again(tmp_path: Path) -> None:
    """CP-20: the first update clears what was not sent; it is put back, and no other one follows."""
    bench = scene(tmp_path, switches={"checkandplace.patch": "full_replace"})
    bench.guest()
    others = bench.crowd(3)
    await bench.start()
    bench.at_clopos(phone="+994502123499")
    await bench.run()
    assert (bench.visitor.first_name, bench.visitor.primary_phone_number) == ("Aysel", "994502123499")
    hold = bench.queue("hold")[0]
    assert hold["code"] == "patch-replaces"
    bench.world.staff_edit("clopos", others[0][0], {"phone": "+994557001099"})
    await bench.quiet()
    bench.world.set("checkandplace.patch", "null_clears")
    bench.decide(partial(retry, entry_id=hold["id"]))
    await bench.run()
    assert bench.bodies() == [("checkandplace", "PATCH", {"primary_phone_number": "994557001099"})]
    assert bench.queue("hold") == []
    await bench.quiet()
