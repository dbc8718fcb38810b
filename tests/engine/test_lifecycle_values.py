"""Cleared values, blanks of new links, and numbers that move between guests."""

from __future__ import annotations

from pathlib import Path

import pytest

from connector.config.mapping import default_mapping_path
from tests.engine.scene import Scene, scene

SEND = "write_clear = true\n"


def with_clears_sent(folder: Path) -> str:
    """A mapping whose phone passes a clear on; the line that names it."""
    text = default_mapping_path().read_text("utf-8")
    assert text.count('on_clear = "keep"') > 0
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "customer.toml").write_text(text.replace('on_clear = "keep"', 'on_clear = "send"'), "utf-8")
    return 'mapping = "customer.toml"'


async def started(bench: Scene) -> Scene:
    bench.guest()
    bench.crowd(2)
    await bench.start()
    return bench


@pytest.mark.parametrize("side", ["clopos", "checkandplace"])
async def test_a_cleared_value_is_kept_on_the_other_side_and_never_filled_again(tmp_path: Path, side: str) -> None:
    bench = await started(scene(tmp_path))
    if side == "clopos":
        bench.at_clopos(phone=None)
    else:
        bench.at_checkandplace(primary_phone_number=None)
    result = await bench.run()
    assert bench.bodies() == []
    assert result.counts["settled"] == 1
    await bench.quiet()
    assert bench.queue() == []
    bench.at_clopos(name="Aysel Həsənova")  # another field of the same link does not bring the number back
    await bench.run()
    assert bench.bodies() == [("checkandplace", "PATCH", {"first_name": "Aysel", "last_name": "Həsənova"})]


async def test_a_clear_travels_where_it_is_configured(tmp_path: Path) -> None:
    bench = await started(scene(tmp_path, pair=with_clears_sent(tmp_path), checkandplace_table=SEND))
    bench.at_clopos(phone=None)
    await bench.run()
    assert bench.bodies() == [("checkandplace", "PATCH", {"primary_phone_number": None})]
    assert bench.visitor.primary_phone_number is None
    await bench.quiet()


async def test_a_clear_on_checkandplace_is_a_task_where_it_is_configured(tmp_path: Path) -> None:
    bench = await started(scene(tmp_path, pair=with_clears_sent(tmp_path), checkandplace_table=SEND))
    bench.at_checkandplace(primary_phone_number=None)
    await bench.quiet()
    task = bench.only("task", "phone")
    assert bench.facts(task)["fields"][0]["after"] is None
    bench.at_clopos(phone=None)
    await bench.quiet()
    assert bench.queue() == []


async def test_a_clear_that_the_server_ignores_did_not_stick(tmp_path: Path) -> None:
    """CP-20: null is ignored; the value is still there, and is not sent again and again."""
    bench = scene(tmp_path, pair=with_clears_sent(tmp_path), checkandplace_table=SEND,
                  switches={"checkandplace.patch": "null_ignored"})  # fmt: skip
    await started(bench)
    bench.at_clopos(phone=None)
    await bench.run()
    assert bench.only("hold", "phone")["code"] == "did-not-stick"
    await bench.quiet()
    bench.only("hold", "phone")


async def test_a_blank_of_a_new_link_is_filled(tmp_path: Path) -> None:
    bench = scene(tmp_path, checkandplace_table="write_email = true\n")
    bench.guest(clopos={"email": "aysel@example.az"})
    await bench.run("backfill")
    assert bench.bodies() == [("checkandplace", "PATCH", {"email": "aysel@example.az"})]
    await bench.quiet()


async def test_a_blank_that_may_not_be_written_is_not_sent_and_says_which_setting_would(tmp_path: Path) -> None:
    bench = scene(tmp_path)
    bench.guest(clopos={"email": "aysel@example.az"})
    result = await bench.run("backfill")
    assert bench.bodies() == []
    assert result.plan is not None
    assert [key[0] for key in result.plan.summary.counts if key[0] == "not-sent"] == ["not-sent"]
    await bench.quiet()
    assert bench.queue() == []


async def test_a_blank_of_clopos_stays_blank_without_a_task(tmp_path: Path) -> None:
    bench = scene(tmp_path, checkandplace_table="write_email = true\n")
    bench.guest(checkandplace={"email": "aysel@example.az"})
    await bench.run("backfill")
    assert bench.bodies() == []
    await bench.quiet()
    assert bench.queue() == []


async def test_two_filled_sides_of_a_new_link_stay_different(tmp_path: Path) -> None:
    bench = scene(tmp_path, checkandplace_table="write_email = true\n")
    bench.guest(clopos={"email": "aysel@example.az"}, checkandplace={"email": "a.m@example.az"})
    await bench.run("backfill")
    assert bench.bodies() == []
    await bench.quiet()
    assert bench.queue() == []
    bench.at_clopos(email="aysel.h@example.az")  # an edit after the first day travels
    await bench.run()
    assert bench.bodies() == [("checkandplace", "PATCH", {"email": "aysel.h@example.az"})]
    await bench.quiet()


async def test_a_number_handed_over_the_giver_goes_first(tmp_path: Path) -> None:
    bench = scene(tmp_path)
    bench.guest()
    (other_c, other_p), *_ = bench.crowd(3)
    await bench.start()
    # The taker stands before the giver in every listing and in the plan's own order of ids, or behind: both hold.
    bench.at_clopos(phone="+994502123499")
    bench.world.staff_edit("clopos", other_c, {"phone": "+994502123456"})
    await bench.run()
    sent = [(entry.path.rpartition("/")[2], entry.body) for entry in bench.writes]
    assert sent == [
        (bench.p, {"primary_phone_number": "994502123499"}),
        (other_p, {"primary_phone_number": "994502123456"}),
    ]
    assert bench.queue() == []
    await bench.quiet()


async def test_swapped_numbers_are_held_for_both(tmp_path: Path) -> None:
    bench = scene(tmp_path)
    bench.guest()
    (other_c, _other_p), *_ = bench.crowd(3)
    await bench.start()
    number = str(bench.world.clopos.get(other_c).phone)
    bench.world.staff_edit("clopos", other_c, {"phone": None})
    bench.at_clopos(phone=number)
    bench.world.staff_edit("clopos", other_c, {"phone": "+994502123456"})
    await bench.quiet()
    holds = bench.queue("hold")
    assert [(hold["topic"], hold["code"], bench.facts(hold)["cause"]) for hold in holds] == [
        ("phone", "phone-held", "cycle")
    ] * 2
    result = await bench.run("diff")
    assert result.plan is not None
    assert not result.plan.summary.differs
    bench.at_checkandplace(primary_phone_number=None)  # staff free one number by hand: the rest follows
    await bench.run()
    await bench.run()
    await bench.quiet()
