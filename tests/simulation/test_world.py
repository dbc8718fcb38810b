"""The world: a seeded population on both sides, its truth, and what staff do."""

from __future__ import annotations

import pytest

from connector.simulator.kit import SimClock
from connector.simulator.world import World


def make(**changes: object) -> World:
    return World(7, limits=False, clock=SimClock(1_795_000_000), **changes)  # type: ignore[arg-type]


@pytest.mark.parametrize(("clopos", "checkandplace", "shared"), [(150, 150, 90), (60, 60, 36), (5, 3, 2), (10, 10, 10)])
def test_each_side_has_exactly_the_asked_records(clopos: int, checkandplace: int, shared: int) -> None:
    world = make(clopos=clopos, checkandplace=checkandplace, shared=shared)
    assert (len(world.clopos.customers), len(world.checkandplace.customers)) == (clopos, checkandplace)
    labels = world.labels()
    both = {who for (side, _), who in labels.items() if side == "clopos"} & {
        who for (side, _), who in labels.items() if side == "checkandplace"
    }
    assert len(both) == shared


def test_more_shared_people_than_records_is_refused() -> None:
    with pytest.raises(ValueError, match="cannot be on both sides"):
        make(clopos=3, checkandplace=9, shared=4)


def test_the_same_seed_gives_the_same_world() -> None:
    one, other = make(), make()
    assert one.clopos.dump() == other.clopos.dump()
    assert list(one.checkandplace.customers) == list(other.checkandplace.customers)
    assert one.labels() == other.labels()
    assert World(8, limits=False).labels() != one.labels()
