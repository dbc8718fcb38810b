"""Names at work: every case of docs/api/vectors.json, `name_write` (N4, N5, CP-10), with the real name field type."""

from __future__ import annotations

from typing import Any

import pytest
from _pytest.mark.structures import ParameterSet

from connector.domain.fieldspec import Cosmetic, FieldSpec, Rule, SideSpec
from connector.domain.fieldtypes.base import NotWritten, Takes, Written
from connector.domain.fieldtypes.name import NameType
from connector.domain.merge import Decision, FieldCase, FieldDecision, merge_field
from connector.domain.values import CHECKANDPLACE, CLOPOS, PairRules, Value
from tests.unit.vector_cases import section

KIND = NameType()
ATTRIBUTES = {"first": "first_name", "last": "last_name"}
CASES = section("name_write")["cases"]


def of(operation: str) -> list[ParameterSet]:
    return [pytest.param(case, id=case["id"]) for case in CASES if case["operation"] == operation]


def rules_of(case: dict[str, Any]) -> PairRules:
    placeholder = case["settings"].get("last_name_placeholder")
    return PairRules(brand="demobrand", region="AZ", last_name_placeholder=placeholder)


def clopos_name(text: str, rules: PairRules) -> Value:
    return KIND.read("full_name", {"text": text}, rules)


def checkandplace_name(parts: dict[str, Any], rules: PairRules) -> Value:
    return KIND.read("first_last", {role: parts[attribute] for role, attribute in ATTRIBUTES.items()}, rules)


def body(written: Written | NotWritten) -> dict[str, Any]:
    assert isinstance(written, Written)
    return {ATTRIBUTES[role]: part for role, part in written.parts.items()}


def decide(case: dict[str, Any]) -> FieldDecision:
    rules = rules_of(case)
    spec = FieldSpec(
        "name",
        KIND,
        Rule.TWO_WAY,
        {
            CLOPOS: SideSpec("full_name", {"text": "name"}, "full_name", {"text": "name"}, None),
            CHECKANDPLACE: SideSpec("first_last", ATTRIBUTES, "first_last", ATTRIBUTES, ATTRIBUTES),
        },
        cosmetic=Cosmetic(case["settings"].get("cosmetic", "settle")),
    )
    base, value = (
        {
            CLOPOS: clopos_name(case["clopos"][at], rules),
            CHECKANDPLACE: checkandplace_name(case["checkandplace"][at], rules),
        }
        for at in ("base", "now")
    )
    takes = {CLOPOS: Takes.NOTHING, CHECKANDPLACE: Takes.VALUE}
    return merge_field(spec, KIND, FieldCase(value, base, takes), rules)


@pytest.mark.parametrize("case", of("update"))
def test_update(case: dict[str, Any]) -> None:
    rules, out = rules_of(case), case["out"]
    decided = decide(case)
    assert decided.decision == out["decision"]
    assert decided.report == out.get("report")
    now = checkandplace_name(case["checkandplace"]["now"], rules)
    if decided.decision is Decision.WRITE_CHECKANDPLACE:
        assert decided.value is not None
        assert body(KIND.write("first_last", decided.value, now, False, rules)) == out["body"]
    if decided.decision is Decision.TASK_CLOPOS:
        assert decided.value is not None
        assert KIND.show(decided.value) == out["value"]
    if decided.decision in (Decision.SETTLE, Decision.SETTLE_DIFFERENT):
        assert decided.bases == {CLOPOS: clopos_name(case["clopos"]["now"], rules), CHECKANDPLACE: now}


@pytest.mark.parametrize("case", of("create"))
def test_create(case: dict[str, Any]) -> None:
    rules = rules_of(case)
    written = KIND.write("first_last", clopos_name(case["clopos"]["now"], rules), None, True, rules)
    assert case["out"]["decision"] == "create_checkandplace"
    assert body(written) == case["out"]["body"]


def test_none_is_left_out() -> None:
    assert len(CASES) == 39
    assert {case["operation"] for case in CASES} == {"update", "create"}
