"""The merge table: every case of docs/api/vectors.json, `merge`, by its id, with letters for values."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from connector.domain.fieldtypes.base import NotWritten, Takes, Written
from connector.domain.merge import Decision, FieldCase, Open, merge_field
from connector.domain.values import CHECKANDPLACE, CLOPOS, PairRules, SideName, Value
from tests.unit.merge_letters import LETTERS, RULES, Letters, letter, letters, spec
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


A_TO_B = FieldCase(
    value={CLOPOS: letter("B"), CHECKANDPLACE: letter("A")},
    base={CLOPOS: letter("A"), CHECKANDPLACE: letter("A")},
    takes={CLOPOS: Takes.NOTHING, CHECKANDPLACE: Takes.VALUE},
)


class _Refusing(Letters):
    """Letters that a writer does not send, for a reason."""

    def __init__(self, answer: NotWritten) -> None:
        self.answer = answer

    def write(
        self, writer: str, value: Value, target: Value | None, create: bool, rules: PairRules
    ) -> Written | NotWritten:
        return self.answer


def test_what_no_switch_allows_names_the_setting() -> None:
    case = replace(
        A_TO_B, takes=dict.fromkeys(SideName, Takes.NOTHING), setting={CHECKANDPLACE: "checkandplace.update"}
    )
    decided = merge_field(spec(), LETTERS, case, RULES)
    assert (decided.decision, decided.setting) == (Decision.NOT_SENT, "checkandplace.update")


def test_what_the_writer_cannot_send_names_reason_and_setting() -> None:
    kind = _Refusing(NotWritten("no_gender_map", "gender"))
    decided = merge_field(spec(), kind, A_TO_B, RULES)
    assert (decided.decision, decided.code, decided.setting) == (Decision.NOT_SENT, "no_gender_map", "gender")
    assert decided.value == letter("B")


def test_what_stays_different_for_good_is_settled_with_its_reason() -> None:
    decided = merge_field(spec(), _Refusing(NotWritten("shorter_name", settle=True)), A_TO_B, RULES)
    assert (decided.decision, decided.report) == (Decision.SETTLE_DIFFERENT, "shorter_name")
    assert decided.bases == A_TO_B.value


def test_what_clopos_cannot_be_sent_is_a_task() -> None:
    case = FieldCase(
        value={CLOPOS: letter("A"), CHECKANDPLACE: letter("B")},
        base=A_TO_B.base,
        takes=dict.fromkeys(SideName, Takes.VALUE),
    )
    decided = merge_field(spec(), _Refusing(NotWritten("too_long")), case, RULES)
    assert (decided.decision, decided.value, decided.entry) == (Decision.TASK_CLOPOS, letter("B"), "opens")
    assert decided.target is CLOPOS


def test_an_open_entry_keeps_the_row_beneath() -> None:
    decided = merge_field(spec(), LETTERS, replace(A_TO_B, open=Open.CONFLICT), RULES)
    assert (decided.row, decided.under) == ("open_entry", "only_clopos_changed")
    assert merge_field(spec(), LETTERS, A_TO_B, RULES).under is None
