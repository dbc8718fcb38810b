"""Linking: every case of docs/api/vectors.json, `link`, by its id, through the real readers."""

from __future__ import annotations

from typing import Any

import pytest

from connector.domain.match import Evidence, assign
from connector.domain.values import CHECKANDPLACE, CLOPOS
from tests.unit.match_world import World, read_checkandplace, read_clopos
from tests.unit.vector_cases import cases, section


@pytest.mark.parametrize("case", cases("link", "cases"))
def test_vector(case: dict[str, Any]) -> None:
    region, others = case["region"], case["others"]
    world = World(
        [read_clopos(row, region) for row in (case["clopos"], *others["clopos"])],
        [read_checkandplace(row, region) for row in (case["checkandplace"], *others["checkandplace"])],
    )
    clopos, checkandplace = world.records[CLOPOS][0], world.records[CHECKANDPLACE][0]
    assigned = {(pair.clopos_id, pair.checkandplace_id): pair.evidence for pair in assign(world.pairs())}
    evidence = assigned.get((clopos.id, checkandplace.id)) or world.judge(clopos, checkandplace)
    assert isinstance(evidence, Evidence)
    assert (evidence.band, evidence.why) == (case["band"], case["why"])


def test_none_is_left_out() -> None:
    assert len(section("link")["cases"]) == 71
