"""The merge table: every case of docs/api/vectors.json, `merge`, by its id, with letters for values."""

from __future__ import annotations

from typing import Any

import pytest

from connector.domain.fieldtypes.base import Takes
from connector.domain.merge import FieldCase, Open, merge_field
from connector.domain.values import CHECKANDPLACE, CLOPOS
from tests.unit.merge_letters import LETTERS, RULES, letter, letters, spec
from tests.unit.vector_cases import cases, section


@pytest.mark.parametrize("case", cases("merge", "cases"))
def test_vector(case: dict[str, Any]) -> None:
    table = spec(case["rule"], case["on_link"], case["on_conflict"], case["on_clear"])
    decided = merge_field(
        table,
        LETTERS,
        FieldCase(
            takes={CLOPOS: Takes(case["takes"]["clopos"]), CHECKANDPLACE: Takes(case["takes"]["checkandplace"])},
            open=None if case["open"] is None else Open(case["open"]),
            base=letters(case["base"]),
            value=letters(case["value"]) or {},
        ),
        RULES,
    )
    out = case["out"]
    assert decided.decision == out["decision"]
    assert decided.row == case["row"]
    assert decided.bases == letters(out["bases"])
    assert decided.bases_after_write == letters(out.get("bases_after_write"))
    assert decided.report == out["report"]
    assert decided.entry == out["entry"]
    assert decided.code == out.get("code")
    assert decided.value == (letter(out["value"]) if "value" in out else None)


def test_the_table_is_whole() -> None:
    merge = section("merge")
    assert len(merge["cases"]) == 130
    assert {case["row"] for case in merge["cases"]} == set(merge["rows"])
