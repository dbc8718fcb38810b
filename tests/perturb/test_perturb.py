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


def faults(*each: tuple[str, int, int, int], counted: bool, seed: int) -> Perturbation:
    return Perturbation(tuple(Fault(*one) for one in each), counted, seed)


FOUND = {
    "a count that is too small from page 4 on": (
        CLOPOS, 3, faults(("total", 4, 10_000, 2), counted=True, seed=3230828169),
    ),
    "smaller pages, and a count that is too small from the first on": (
        CLOPOS, 3, faults(("total", 1, 10_000, 2), ("clamp", 1, 10_000, 2), ("swap", 5, 1, 5), counted=True, seed=1),
    ),
    "a page without its newest guest, then page 1 for every page": (
        CHECKANDPLACE, 1, faults(("stuck", 6, 10_000, 5), ("drop", 1, 1, 6), counted=False, seed=3427055773),
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", FOUND)
async def test_what_the_long_story_found(name: str, tmp_path: Path) -> None:
    """Lists that once counted as whole without the newcomer of both systems: nobody is made by them (CL-16, CP-04)."""
    side, newcomers, perturbation = FOUND[name]
    town = Town(tmp_path)
    await town.build()
    for _ in range(newcomers):
        await town.run({})
        town.newcomer()
    ids = town.servers.ids(side)
    seen = await read(side, Served(ids, perturbation), town.known(side))
    assert seen is None or seen != set(ids), "the list must lack somebody"
    assert not await town.run({side: perturbation})
    await town.run({})
    assert not town.unlinked()


async def test_who_was_deleted_before_any_answer_showed_them_is_not_there() -> None:
    """Page 2 comes for page 1, and then the newest guest is deleted: no answer can show them, from first to last."""
    newest_first = IDS[::-1]
    hidden = faults(("swap", 1, 1, 5), ("shift", 2, 10_000, 3), counted=False, seed=1)
    served = Served(newest_first, hidden)
    await read(CHECKANDPLACE, served, set(IDS[:-1]))
    assert served.vanished == {IDS[-1]}
    served = Served(newest_first, faults(("shift", 2, 10_000, 3), counted=False, seed=1))
    await read(CHECKANDPLACE, served, set(IDS[:-1]))
    assert served.vanished == set(), "page 1 had shown them"
    served = Served(newest_first, faults(("swap", 1, 1, 5), ("shift", 2, 10_000, 2), counted=False, seed=1))
    await read(CHECKANDPLACE, served, set(IDS[:-1]))
    assert served.vanished == set(), "rows came in front, nobody was deleted"
