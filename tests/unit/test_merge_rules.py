"""Rules of the merge that hold for every case, not only for those of the contract."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from connector.domain.fieldspec import FieldSpec, OnClear, OnConflict, OnLink, Rule
from connector.domain.fieldtypes.base import Change, Takes
from connector.domain.merge import OPENS, WRITES, Decision, FieldCase, FieldDecision, Open, merge_field
from connector.domain.values import CHECKANDPLACE, CLOPOS, SideName, Value
from tests.unit.merge_letters import LETTERS, RULES, letter, spec

KNOWN = st.sampled_from(["A", "a", "B", "b", "C", "blank"]).map(letter)
ANY = st.one_of(KNOWN, st.just(letter("unknown")))
SETTLED = {Decision.NOTHING, Decision.SETTLE, Decision.SETTLE_DIFFERENT}
MIRROR_DECISION = {
    Decision.WRITE_CLOPOS: Decision.WRITE_CHECKANDPLACE,
    Decision.WRITE_CHECKANDPLACE: Decision.WRITE_CLOPOS,
}
MIRROR_WORD = {"clopos": "checkandplace", "checkandplace": "clopos"}


def both(values: st.SearchStrategy[Value]) -> st.SearchStrategy[dict[SideName, Value]]:
    return st.fixed_dictionaries({CLOPOS: values, CHECKANDPLACE: values})


def specs(rules: st.SearchStrategy[str]) -> st.SearchStrategy[FieldSpec]:
    words = (st.sampled_from(list(of)).map(str) for of in (OnLink, OnConflict, OnClear))
    return st.builds(spec, rules, *words)


def cases(values: st.SearchStrategy[Value], linked_before: bool = False) -> st.SearchStrategy[FieldCase]:
    bases: st.SearchStrategy[dict[SideName, Value] | None] = both(KNOWN)
    return st.builds(
        FieldCase,
        value=both(values),
        base=bases if linked_before else st.one_of(st.none(), bases),
        takes=st.fixed_dictionaries({side: st.sampled_from(list(Takes)) for side in SideName}),
        open=st.one_of(st.none(), st.sampled_from(list(Open))),
    )


SPECS = specs(st.sampled_from(list(Rule)).map(str))
CASES = cases(ANY)
READABLE = cases(KNOWN)
MANY = settings(max_examples=400)


def merge(table: FieldSpec, case: FieldCase) -> FieldDecision:
    return merge_field(table, LETTERS, case, RULES)


def next_run(case: FieldCase, decided: FieldDecision) -> FieldCase:
    """The same field in the next run: a write was sent and read back, a task was done by staff."""
    still_open = OPENS.get(decided.decision) if decided.decision is not Decision.TASK_CLOPOS else Open.TASK
    if decided.target is None:
        return replace(case, base=decided.bases, open=still_open)
    assert decided.value is not None
    value = {**case.value, decided.target: decided.value}
    return replace(case, value=value, base=decided.bases_after_write or decided.bases, open=still_open)


@MANY
@given(SPECS, CASES)
def test_unknown_is_no_information(table: FieldSpec, case: FieldCase) -> None:
    if not any(value.is_unknown for value in case.value.values()):
        return
    decided = merge(table, case)
    assert decided.bases == case.base
    assert decided.decision in (Decision.NOTHING, Decision.HOLD)
    assert decided.value is None


@MANY
@given(SPECS, CASES)
def test_only_settling_moves_a_base(table: FieldSpec, case: FieldCase) -> None:
    decided = merge(table, case)
    if decided.decision in (Decision.SETTLE, Decision.SETTLE_DIFFERENT):
        assert decided.bases == case.value
    else:
        assert decided.bases == case.base


@MANY
@given(SPECS, CASES)
def test_a_write_goes_to_one_side_that_takes_it(table: FieldSpec, case: FieldCase) -> None:
    decided = merge(table, case)
    assert (decided.bases_after_write is not None) == (decided.decision in WRITES.values())
    if decided.decision not in WRITES.values():
        return
    target = decided.target
    assert target is not None
    assert decided.value == case.value[target.other]
    assert decided.value is not None
    assert not decided.value.is_unknown
    assert not LETTERS.equal(decided.value, case.value[target])
    wanted = {Takes.VALUE_AND_CLEAR} if decided.value.is_blank else {Takes.VALUE, Takes.VALUE_AND_CLEAR}
    assert case.takes[target] in wanted
    assert not decided.value.is_blank or table.on_clear is OnClear.SEND


@MANY
@given(SPECS, READABLE)
def test_after_a_write_or_a_task_done_the_next_run_is_quiet(table: FieldSpec, case: FieldCase) -> None:
    decided = merge(table, case)
    if decided.target is None:
        return
    after = merge(table, next_run(case, decided))
    assert after.decision is Decision.SETTLE
    assert after.bases == next_run(case, decided).value
    assert after.entry == ("closes" if decided.decision is Decision.TASK_CLOPOS else None)


@MANY
@given(SPECS, READABLE)
def test_what_is_settled_stays_settled(table: FieldSpec, case: FieldCase) -> None:
    decided = merge(table, case)
    if decided.decision not in SETTLED:
        return
    again = merge(table, replace(case, base=decided.bases, open=None))
    assert again.decision in (Decision.NOTHING, Decision.SETTLE)
    assert again.bases == decided.bases
    assert (again.report, again.entry) == (None, None)


@MANY
@given(SPECS, READABLE)
def test_what_waits_is_told_the_same_every_run(table: FieldSpec, case: FieldCase) -> None:
    decided = merge(table, case)
    if decided.decision not in (*OPENS, Decision.NOT_SENT):
        return
    again = merge(table, replace(case, base=decided.bases, open=OPENS.get(decided.decision)))
    assert (again.decision, again.value) == (decided.decision, decided.value)
    assert again.entry == ("stays" if decided.decision in OPENS else None)


@MANY
@given(specs(st.just("two-way")), cases(KNOWN, linked_before=True))
def test_no_edit_is_dropped_in_silence(table: FieldSpec, case: FieldCase) -> None:
    """Under `two-way` a real change of one side travels, waits, or is named in the report."""
    assert case.base is not None
    changed = [side for side in SideName if LETTERS.changed(case.base[side], case.value[side]) is Change.REAL]
    if not changed or LETTERS.equal(case.value[CLOPOS], case.value[CHECKANDPLACE]):
        return
    decided = merge(table, case)
    assert decided.decision not in (Decision.NOTHING, Decision.SETTLE)
    if decided.decision is Decision.SETTLE_DIFFERENT:
        assert decided.report == "clear_not_sent"
    if len(changed) == 1 and decided.decision is Decision.NOT_SENT:
        assert decided.value == case.value[changed[0]]


@MANY
@given(SPECS, CASES)
def test_the_entry_says_what_the_queue_does(table: FieldSpec, case: FieldCase) -> None:
    decided = merge(table, case)
    opens = OPENS.get(decided.decision)
    if case.open is None:
        assert decided.entry == ("opens" if opens else None)
    elif decided.entry == "stays":
        assert opens in (None, case.open)
    elif decided.entry == "changes":
        assert opens not in (None, case.open)
    else:
        assert decided.entry in ("moot", "closes")
        assert opens is None


@MANY
@given(SPECS, CASES)
def test_the_sides_are_treated_alike(table: FieldSpec, case: FieldCase) -> None:
    """Swapped sides give the swapped decision, where both take values and clears (else Clopos has tasks, CL-02)."""
    whole = dict.fromkeys(SideName, Takes.VALUE_AND_CLEAR)
    case = replace(case, takes=whole)
    rule, on_link, on_conflict = (
        MIRROR_WORD.get(word, word) for word in (str(table.rule), str(table.on_link), str(table.on_conflict))
    )
    swapped = spec(rule, on_link, on_conflict, str(table.on_clear))
    decided = merge(table, case)
    mirrored = merge(swapped, replace(case, value=mirror(case.value), base=case.base and mirror(case.base)))
    assert mirrored.decision is MIRROR_DECISION.get(decided.decision, decided.decision)
    assert (mirrored.value, mirrored.report, mirrored.entry) == (decided.value, decided.report, decided.entry)
    assert mirrored.bases == (decided.bases and mirror(decided.bases))


def mirror(values: Mapping[SideName, Value]) -> dict[SideName, Value]:
    return {side.other: value for side, value in values.items()}
