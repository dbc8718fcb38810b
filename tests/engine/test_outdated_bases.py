"""What is decided of a field whose bases are from before the state was put back: the whole table."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast

import pytest

from connector.domain.fieldspec import Rule
from connector.domain.merge import Decision, FieldDecision
from connector.domain.values import BLANK, CHECKANDPLACE, CLOPOS, Value, known
from connector.engine.relinking import OUTDATED, Mode, ask_instead, is_aged, next_step
from connector.state.relinking import Relinking, Why

A, B = known("a"), known("b")
D = Decision


def mode(why: Why | None) -> Any:
    found = None if why is None else Mode(Relinking(cast("Any", None), why))
    return cast("Any", SimpleNamespace(relink=found))


@pytest.mark.parametrize(
    ("decision", "row", "rule", "values", "new", "why", "wanted"),
    [
        (D.NOTHING, "unchanged", Rule.TWO_WAY, (A, B), False, Why.RESTORED, D.SETTLE_DIFFERENT),
        (D.NOTHING, "unknown", Rule.TWO_WAY, (A, B), False, Why.RESTORED, D.NOTHING),
        (D.SETTLE, "equal", Rule.TWO_WAY, (A, A), False, Why.RESTORED, D.SETTLE),
        (D.WRITE_CHECKANDPLACE, "equal", Rule.TWO_WAY, (A, A), False, Why.RESTORED, D.SETTLE),
        (D.WRITE_CHECKANDPLACE, "only_clopos_changed", Rule.TWO_WAY, (A, B), False, Why.RESTORED, D.CONFLICT),
        (D.TASK_CLOPOS, "only_checkandplace_changed", Rule.TWO_WAY, (A, B), False, Why.OLDER, D.CONFLICT),
        (D.CONFLICT, "both_changed", Rule.TWO_WAY, (A, B), False, Why.RESTORED, D.CONFLICT),
        (D.NOT_SENT, "only_clopos_changed", Rule.TWO_WAY, (A, B), False, Why.RESTORED, D.CONFLICT),
        (D.NOT_SENT, "new_one_blank", Rule.TWO_WAY, (A, BLANK), True, Why.WORKED_BEFORE, D.NOT_SENT),
        (D.SETTLE_DIFFERENT, "one_cleared", Rule.TWO_WAY, (A, BLANK), False, Why.RESTORED, D.CONFLICT),
        (D.SETTLE_DIFFERENT, "fill_blank_rest", Rule.FILL_BLANK, (A, B), False, Why.RESTORED, D.SETTLE_DIFFERENT),
        (D.WRITE_CHECKANDPLACE, "both_changed", Rule.CLOPOS, (A, B), False, Why.RESTORED, D.WRITE_CHECKANDPLACE),
        (D.TASK_CLOPOS, "both_changed", Rule.CHECKANDPLACE, (A, B), False, Why.RESTORED, D.TASK_CLOPOS),
        (D.WRITE_CHECKANDPLACE, "only_clopos_changed", Rule.CLOPOS, (A, BLANK), False, Why.RESTORED, D.CONFLICT),
        (D.WRITE_CHECKANDPLACE, "new_one_blank", Rule.TWO_WAY, (A, BLANK), True, Why.WORKED_BEFORE, D.CONFLICT),
        (D.WRITE_CHECKANDPLACE, "new_both_filled", Rule.TWO_WAY, (A, B), True, Why.WORKED_BEFORE, D.CONFLICT),
        (D.SETTLE_DIFFERENT, "new_both_filled", Rule.TWO_WAY, (A, B), True, Why.WORKED_BEFORE, D.SETTLE_DIFFERENT),
        (D.SETTLE_DIFFERENT, "new_both_filled", Rule.TWO_WAY, (A, B), True, Why.RESTORED, D.CONFLICT),
        (D.SETTLE_DIFFERENT, "new_both_filled", Rule.FILL_BLANK, (A, B), True, Why.RESTORED, D.SETTLE_DIFFERENT),
    ],
)
def test_every_row(
    decision: Decision, row: str, rule: Rule, values: tuple[Value, Value], new: bool, why: Why, wanted: Decision
) -> None:
    both = {CLOPOS: values[0], CHECKANDPLACE: values[1]}
    found = ask_instead(mode(why), cast("Any", SimpleNamespace(rule=rule)),
                        FieldDecision(decision, row, None, value=values[0]), both, new=new)  # fmt: skip
    assert found.decision is wanted
    assert (found.code == OUTDATED) is (wanted is D.CONFLICT)
    if wanted is D.CONFLICT:
        assert found.target is None  # nothing goes anywhere until staff answer


def test_an_open_entry_hides_no_row() -> None:
    below = FieldDecision(D.WRITE_CHECKANDPLACE, "open_entry", None, value=A, under="only_clopos_changed")
    both = {CLOPOS: A, CHECKANDPLACE: B}
    assert ask_instead(mode(None), cast("Any", SimpleNamespace(rule=Rule.TWO_WAY)), below, both, new=False,
                       asked=True).decision is D.CONFLICT  # fmt: skip


@pytest.mark.parametrize(
    ("has_base", "aged", "asked", "why", "wanted"),
    [
        (True, True, False, None, True), (True, False, False, Why.RESTORED, False), (True, False, True, None, False),
        (False, False, False, None, False), (False, False, True, None, True), (False, False, False, Why.OLDER, True),
    ],
)  # fmt: skip
def test_whose_history_counts(has_base: bool, aged: bool, asked: bool, why: Why | None, wanted: bool) -> None:
    assert is_aged(mode(why), has_base=has_base, aged=aged, asked=asked) is wanted


def test_a_dry_run_that_finds_out_takes_every_base_for_aged() -> None:
    ctx = mode(Why.OLDER)
    ctx.relink = Mode(ctx.relink.state, stored=False)
    assert is_aged(ctx, has_base=True, aged=False, asked=False)


def test_the_next_step_names_what_waits() -> None:
    found = Relinking(cast("Any", None), Why.RESTORED)
    assert next_step(found, "main", 3) == "connector backfill --pair main"
    proposed = Relinking(cast("Any", None), Why.RESTORED, proposed=True)
    assert next_step(proposed, "main", 0) == "connector backfill --pair main"
    assert next_step(proposed, "main", 3).startswith("connector links list --proposals")
