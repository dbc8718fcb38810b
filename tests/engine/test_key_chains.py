"""Numbers that move from guest to guest in one run: who gives a number up goes before who takes it, a circle waits."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.engine import lines
from tests.engine.harness import Bench

NEW = "+994557770000"


@pytest.fixture
async def bench(tmp_path: Path) -> Bench:
    made = Bench(tmp_path)
    await lines.backfilled(made)
    return made


def number_of(bench: Bench, clopos_id: str) -> str:
    return str(bench.world.clopos.customers[int(clopos_id)].phone)


def sent(bench: Bench) -> list[tuple[str, str]]:
    """(guest, number) of the updates of the last run, in order."""
    return [(e.path.rsplit("/", 1)[-1], lines._flat(e.body)["primary_phone_number"]) for e in bench.writes]


@pytest.mark.parametrize("first", [0, 1])
async def test_the_giver_goes_before_the_taker_whatever_their_ids(bench: Bench, first: int) -> None:
    pairs = lines.settled_pairs(bench)[:2]
    (taker, taker_guest), (giver, giver_guest) = pairs[first], pairs[1 - first]
    given = number_of(bench, giver)
    bench.world.staff_edit("clopos", giver, {"phone": NEW})
    bench.world.staff_edit("clopos", taker, {"phone": given})
    await lines.run(bench, "sync", "a number goes on")
    assert [guest for guest, _number in sent(bench)] == [giver_guest, taker_guest]
    assert sent(bench)[0][1] == NEW.lstrip("+")
    assert [row for row in bench.queue("hold") if row["topic"] == "phone"] == []
    await lines.quiet(bench, "after the chain")


async def test_two_who_swap_are_held(bench: Bench) -> None:
    """Neither can go first: the server would refuse both (CP-15)."""
    (one, _guest_one), (two, _guest_two) = lines.settled_pairs(bench)[:2]
    mine, theirs = number_of(bench, one), number_of(bench, two)
    for customer, number in ((one, NEW), (two, mine), (one, theirs)):
        bench.world.staff_edit("clopos", customer, {"phone": number})
    await lines.run(bench, "sync", "a swap")
    assert bench.writes == []
    held = [row for row in bench.queue("hold") if row["topic"] == "phone"]
    assert [row["code"] for row in held] == ["phone-held", "phone-held"]
    await lines.quiet(bench, "the holds are known")
