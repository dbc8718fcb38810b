"""Staff merged two records of one side: the task names the double that is left on the other side (CP-48)."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.engine.scene import AYSEL, AYSEL_GUEST, Scene, scene

EMAIL = "aysel@example.com"


async def two_pairs(folder: Path) -> tuple[Scene, tuple[str, str]]:
    """Aysel twice on both sides, linked by the number and by another number; one address on all Clopos records."""
    bench = scene(folder)
    bench.guest(clopos={"email": EMAIL}, checkandplace={"email": EMAIL})
    second = {"primary_phone_number": "994502129999"}
    other = (
        bench.world.staff_create("clopos", {**AYSEL, "phone": "+994502129999", "email": EMAIL}, "aysel"),
        bench.world.staff_create("checkandplace", {**AYSEL_GUEST, **second, "email": EMAIL}, "aysel"),
    )
    bench.crowd()
    await bench.start()
    assert {(bench.c, bench.p), other} <= bench.links()
    return bench, other


@pytest.mark.parametrize("side", ["clopos", "checkandplace"])
async def test_the_task_names_all_four_and_ends_when_staff_merge_there_too(tmp_path: Path, side: str) -> None:
    bench, (c2, p2) = await two_pairs(tmp_path)
    left, right = ((c2, bench.c), (p2, bench.p)) if side == "clopos" else ((p2, bench.p), (c2, bench.c))
    label, other = ("Clopos", "Check&Place") if side == "clopos" else ("Check&Place", "Clopos")
    bench.world.staff_merge(side, *left) if side == "checkandplace" else bench.world.staff_delete(side, left[1])
    await bench.quiet(3)
    task = bench.only("task", "link-superseded")
    assert task["sentence"] == (
        f"{label} {left[1]} is gone and seems to have been merged into {label} {left[0]}. Their partners, {other} "
        f"{right[1]} and {other} {right[0]}, are then one person twice: merge {right[1]} into {right[0]} in "
        f"{other} too."
    )
    facts = bench.facts(task)
    assert facts["survivor"] == {"side": side, "id": left[0]}
    assert facts["double"] == {
        "side": "checkandplace" if side == "clopos" else "clopos",
        "id": right[1],
        "of": right[0],
    }
    bench.world.staff_delete(facts["double"]["side"], right[1])
    await bench.quiet(3)
    assert bench.link_states()[bench.c, bench.p] == ("broken", "gone_on_both")
    assert bench.link_states()[c2, p2][0] == "active"
    assert bench.queue("task") == []
    assert len(bench.world.clopos.created) == 0


async def test_a_survivor_without_partner_may_take_it(tmp_path: Path) -> None:
    bench = scene(tmp_path)
    bench.guest()
    bench.crowd()
    await bench.start()
    twin = bench.world.staff_create("checkandplace", dict(AYSEL_GUEST), "aysel")
    await bench.quiet(1)
    bench.world.staff_delete("checkandplace", bench.p)
    await bench.quiet(2)
    (task,) = bench.queue("task")
    assert task["sentence"].endswith(f"Its partner, Clopos {bench.c}, may belong to Check&Place {twin} now.")
    assert task["next_step"].startswith("connector links accept ")
    assert bench.facts(task)["double"] == {"side": "clopos", "id": bench.c, "of": None}
