"""A first update whose comparison did not happen (CP-20): a crash, or a lost answer, came in between.

The intent keeps what stood there before; the next listing shows whether the update replaced other fields. Without that
the wiped fields would look like clears by staff, and be accepted for good.
"""

from __future__ import annotations

import json
from functools import partial
from pathlib import Path

import pytest

from connector.engine import probe
from connector.engine.before import Before
from connector.engine.staff_queue import retry
from connector.simulator.kit import Fault
from tests.engine.scene import Scene, scene

REPLACES = {"checkandplace.patch": "full_replace"}
NEW = "994502123499"


class Died(BaseException):
    """The process is gone."""


async def ready(folder: Path, **options: object) -> Scene:
    """Aysel with an e-mail in Check&Place, which no update may send, and a new number at Clopos."""
    bench = scene(folder, **{"switches": REPLACES, **options})
    bench.guest(checkandplace={"email": "aysel@example.az"})
    bench.crowd(3)
    await bench.start()
    bench.at_clopos(phone=f"+{NEW}")
    return bench


def probes(bench: Scene) -> dict[str, object]:
    kept = json.loads(bench.rows("SELECT probes_json FROM pair")[0]["probes_json"])
    return {name: found["result"] for name, found in kept.items()}


def open_intents(bench: Scene) -> int:
    return len(bench.rows("SELECT id FROM intent WHERE settled_at IS NULL"))


def whole(bench: Scene) -> tuple[str | None, str | None, str | None]:
    return bench.visitor.first_name, bench.visitor.last_name, bench.visitor.primary_phone_number


async def crashed_at(bench: Scene, monkeypatch: pytest.MonkeyPatch, what: str) -> None:
    """A run that dies where `probe.what` would begin."""

    def die(*_arguments: object) -> None:
        raise Died

    with monkeypatch.context() as patched:
        patched.setattr(probe, what, die)
        with pytest.raises(Died):
            await bench.run()


@pytest.mark.parametrize("what", ["read_back", "compare", "keep_result", "restore", "send"])
async def test_a_crash_before_the_probe_is_compared_restores_all_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, what: str
) -> None:
    bench = await ready(tmp_path)
    await crashed_at(bench, monkeypatch, what)
    assert open_intents(bench) == 1
    assert whole(bench) == (None, None, NEW), "the update wiped the name"
    await bench.run()
    assert whole(bench) == ("Aysel", "Məmmədova", NEW)
    hold = bench.only("hold", "patch-replaces")
    assert bench.facts(hold)["lost"] == ["email"], "what no update may send is named"
    assert probes(bench)["checkandplace.update"] == "patch-replaces"
    await bench.quiet()
    assert bench.only("hold", "patch-replaces")["id"] == hold["id"]
    assert open_intents(bench) == 0


async def test_a_lost_answer_to_the_probe_is_compared_by_the_next_run(tmp_path: Path) -> None:
    bench = await ready(tmp_path)
    bench.world.plan_fault(Fault("checkandplace", "drop_after", "PATCH"))
    await bench.run()
    assert whole(bench) == (None, None, NEW)
    await bench.run()
    assert whole(bench) == ("Aysel", "Məmmədova", NEW)
    assert bench.queue("task") == []
    bench.only("hold", "patch-replaces")
    await bench.quiet()


async def test_a_restoring_request_in_doubt_is_sent_again(tmp_path: Path) -> None:
    """The restoring request never arrived: the listing shows it, and it is sent once more."""
    bench = await ready(tmp_path)
    bench.world.plan_fault(Fault("checkandplace", "drop_before", "PATCH", after=1))
    await bench.run()
    assert whole(bench) == (None, None, NEW)
    await bench.run()
    assert whole(bench) == ("Aysel", "Məmmədova", NEW)
    assert bench.facts(bench.only("hold", "patch-replaces"))["lost"] == ["email"]
    await bench.quiet()
    assert open_intents(bench) == 0


async def test_a_probe_that_never_arrived_proves_nothing(tmp_path: Path) -> None:
    """What staff cleared in that minute stays their clear, and the next update is the probe."""
    bench = await ready(tmp_path, switches={})
    bench.world.plan_fault(Fault("checkandplace", "drop_before", "PATCH"))
    await bench.run()
    bench.at_checkandplace(email=None)
    await bench.run()
    assert bench.visitor.primary_phone_number == NEW
    assert bench.visitor.email is None
    assert probes(bench)["checkandplace.update"] == "ok"
    assert bench.queue() == []
    await bench.quiet()


async def test_a_probe_that_replaced_nothing_is_proved_by_the_next_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bench = await ready(tmp_path, switches={})
    await crashed_at(bench, monkeypatch, "read_back")
    assert "checkandplace.update" not in probes(bench)
    await bench.run()
    assert bench.bodies() == []
    assert probes(bench)["checkandplace.update"] == "ok"
    assert open_intents(bench) == 0


async def test_what_staff_typed_between_the_crash_and_the_comparison_stays(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bench = await ready(tmp_path)
    await crashed_at(bench, monkeypatch, "read_back")
    bench.at_checkandplace(first_name="Ayselcan", last_name="Məmmədova")
    await bench.run()
    assert whole(bench) == ("Ayselcan", "Məmmədova", NEW)
    assert [hold["code"] for hold in bench.queue("hold")] == ["patch-replaces"]


async def test_what_staff_typed_over_the_very_value_that_was_sent_stays(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The name was wiped by the update and is put back; the number was sent, and staff typed a third one since."""
    bench = await ready(tmp_path)
    await crashed_at(bench, monkeypatch, "read_back")
    bench.at_checkandplace(primary_phone_number="994502123488")
    await bench.run()
    assert whole(bench) == ("Aysel", "Məmmədova", "994502123488")
    assert sorted(entry["code"] for entry in bench.queue()) == ["change-in-clopos", "patch-replaces"]
    await bench.quiet()


@pytest.mark.parametrize("edit", [{"phone": f"+{NEW}"}, {"name": "Aysel Quliyeva"}])
@pytest.mark.parametrize("replaces", [True, False])
async def test_another_guest_typed_over_before_the_comparison_gets_nobodys_values(
    tmp_path: Path, edit: dict[str, str], replaces: bool
) -> None:
    """The answer to the first update was lost, and staff gave the record to another guest: without an e-mail, which
    looks as though the update had wiped it."""
    bench = scene(tmp_path, switches=REPLACES if replaces else {})
    bench.guest({"email": "aysel@example.az"}, {"email": "aysel@example.az"})
    bench.crowd(3)
    await bench.start()
    bench.at_clopos(**edit)
    bench.world.plan_fault(Fault("checkandplace", "break", "PATCH", "/customers", times=1))
    await bench.run()
    assert open_intents(bench) == 1
    bench.at_checkandplace(first_name="Murad", last_name="Cəfərov", primary_phone_number="994703334455", email=None)
    await bench.quiet(3)
    assert whole(bench) == ("Murad", "Cəfərov", "994703334455")
    assert bench.visitor.email is None
    assert [entry["topic"] for entry in bench.queue()] == ["link-disputed"]
    assert (probes(bench), open_intents(bench)) == ({}, 0)


async def test_the_target_of_a_probe_is_gone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing can be compared, and nothing waits for ever."""
    bench = await ready(tmp_path)
    await crashed_at(bench, monkeypatch, "read_back")
    bench.world.staff_delete("checkandplace", bench.p)
    for _ in range(3):
        bench.clock.pass_time(70)
        await bench.run()
    assert open_intents(bench) == 0
    assert bench.bodies() == []


async def test_an_update_in_doubt_whose_target_is_gone_does_not_wait_for_ever(tmp_path: Path) -> None:
    bench = await ready(tmp_path, switches={})
    bench.world.plan_fault(Fault("checkandplace", "drop_before", "PATCH"))
    await bench.run()
    bench.world.staff_delete("checkandplace", bench.p)
    for _ in range(3):
        bench.clock.pass_time(70)
        await bench.run()
    outcomes = [row["outcome"] for row in bench.rows("SELECT outcome FROM intent WHERE verb = 'update'")]
    assert outcomes == ["target_gone"]


async def test_after_a_restored_crash_staff_may_have_it_proved_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bench = await ready(tmp_path)
    await crashed_at(bench, monkeypatch, "compare")
    await bench.run()
    bench.world.set("checkandplace.patch", "null_clears")
    bench.decide(partial(retry, entry_id=bench.only("hold", "patch-replaces")["id"]))
    bench.at_clopos(phone="+994502123488")
    await bench.run()
    assert bench.bodies() == [("checkandplace", "PATCH", {"primary_phone_number": "994502123488"})]
    assert probes(bench)["checkandplace.update"] == "ok"
    await bench.quiet()


async def test_only_what_arrived_is_history(tmp_path: Path) -> None:
    """Of an update in doubt, one field is seen as sent, the other is not: only the first overwrote something."""
    bench = await ready(tmp_path, switches={}, checkandplace_table="write_email = true\n")
    bench.at_clopos(email="a@example.az")
    bench.world.plan_fault(Fault("checkandplace", "drop_after", "PATCH"))
    await bench.run()
    bench.at_checkandplace(email="aysel@example.az")
    await bench.run()
    intent = bench.rows("SELECT id FROM intent WHERE outcome = 'sent_value_seen'")[0]["id"]
    fields = [row["field"] for row in bench.rows("SELECT field FROM history WHERE intent_id = :i", i=intent)]
    assert fields == ["phone"]


def test_what_stood_before_comes_back_from_an_intent_as_it_was() -> None:
    assert Before.kept({}) is None
    assert Before.kept({"before": None}) is None
    before = Before({"email": "a@example.az", "gender": None}, {})
    assert Before.kept({"before": json.loads(json.dumps(before.to_json()))}) == before
