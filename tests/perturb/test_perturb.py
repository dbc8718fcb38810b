"""A short story of perturbed scans; `python -m tests.perturb` tells the long one."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from connector.domain.values import CHECKANDPLACE, CLOPOS, SideName
from tests.perturb.lists import KINDS, Fault, Perturbation, Served, draw
from tests.perturb.reader import PAGE, read
from tests.perturb.story import Story
from tests.perturb.town import Town

IDS = [str(number) for number in range(100, 130)]


async def test_perturbed_scans_delete_and_create_nobody(tmp_path: Path) -> None:
    told = await Story(tmp_path, seed=3).tell(600)
    assert told.wrong == 0, told.lines()
    assert told.runs > 2
    assert set(told.stopped) <= {"guard-refused", "paging-ignored"}, "nothing else may keep a run from being a test"
    assert set(KINDS) - {"short"} <= set(told.kinds)
    assert {"torn", "whole", "cut and not noticed"} == set(told.verdicts)


@pytest.mark.parametrize("side", list(SideName))
@pytest.mark.parametrize("kind", ["cut", "drop", "empty", "repeat", "swap", "missing", "foreign"])
@pytest.mark.parametrize("counted", [False, True])
async def test_no_fault_of_one_page_hides_a_known_record(side: SideName, kind: str, counted: bool) -> None:
    """CL-16, CL-49, CP-04, CP-51: one page that is served wrongly, anywhere: whole, or torn."""
    for at in range(1, 8):
        for seed in range(6):
            perturbation = Perturbation((Fault(kind, at, 1, 2),), counted, seed)
            seen = await read(side, Served(IDS, perturbation), set(IDS))
            assert seen is None or seen == set(IDS), (at, seed)


async def test_a_list_that_is_served_well_is_whole_and_costs_nothing_more() -> None:
    for side, more in ((CLOPOS, 1), (CHECKANDPLACE, 1)):
        served = Served(IDS, None)
        assert await read(side, served, set(IDS)) == set(IDS)
        assert served.asked == -(-len(IDS) // PAGE) + more


def test_the_same_seed_draws_the_same_perturbations() -> None:
    one, two = ([draw(random.Random(f"x{n}"), counted=0.5) for n in range(50)] for _ in range(2))
    assert one == two


async def test_the_town_notices_what_goes_wrong(tmp_path: Path) -> None:
    """A newcomer of one system alone is made in the other: the story would count it as a create drawn from absence."""
    town = Town(tmp_path)
    await town.build()
    ids = town.servers.ids
    town.servers.ids = lambda side: [*ids(side), "31"] if side is CLOPOS else ids(side)  # type: ignore[method-assign]  # one list alone
    wrong = await town.run({})
    assert wrong.writes == ["POST /v1/customers"]
    town.servers.ids = lambda side: ids(side) if side is CLOPOS else ids(side)[:-1]  # type: ignore[method-assign]  # a deletion
    await town.run({})
    wrong = await town.run({})
    assert (wrong.gone, wrong.broken) == (2, 1)
