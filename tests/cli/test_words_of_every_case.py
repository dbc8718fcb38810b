"""Every case that the engine can hand to a command has words there: none ends in an error, none in a code."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from connector.cli.examined import BY_WRITE, MARKS, Examined, still_open
from connector.cli.mapping_impact import COLUMNS
from connector.cli.planfile import WHY
from connector.cli.review import why_refused
from connector.cli.status import ASKED, QUEUES, as_json
from connector.cli.undoprint import PARTS, WAYS
from connector.engine.doctor import Check, Verdict
from connector.engine.drift import Why
from connector.engine.impact import FieldImpact
from connector.engine.review import Refusal, Refused, Row
from connector.engine.status import Backfill, PairStatus
from connector.sides.port import Finding

API = Path(__file__).parents[2] / "docs" / "api"
REGISTER = {
    point
    for name in ("clopos.md", "checkandplace.md")
    for point in re.findall(r"^\| (C[LP]-\d\d) \|", (API / name).read_text(encoding="utf-8"), re.MULTILINE)
}


def row(**facts: str) -> Row:
    return Row(3, **{"pair": "main", "reading": "c1p1", "proposal": "p1", "seal": "x", **facts}, answer=None)


NAMED = {Refusal.UNKNOWN_WORD, Refusal.DECIDED, Refusal.CHANGED, Refusal.GONE, Refusal.NOT_POSSIBLE}
"""Refusals that say what exactly: the word, who decided, which details moved, who is gone, what stands in the way."""


@pytest.mark.parametrize("why", Refusal)
def test_each_refused_row_of_a_sheet_is_explained(why: Refusal) -> None:
    """Names in braces, hostile ones too, are text and not places to fill."""
    said = why_refused(Refused(row(pair="ma{in}\u202e"), why, "Leyla {pair}."))
    assert said[-1] in ".?"
    assert "\u202e" not in said
    assert ("“ma{in}" in said) is (why is Refusal.OTHER_PAIR)
    assert ("Leyla {pair}." in said) is (why in NAMED)


def test_who_decided_otherwise_is_somebody_where_no_name_is_known() -> None:
    assert why_refused(Refused(row(), Refusal.DECIDED, "")) == "Somebody decided otherwise meanwhile."
    assert why_refused(Refused(row(), Refusal.DECIDED, "rauf")) == "rauf decided otherwise meanwhile."


def test_each_reason_to_drop_an_entry_of_a_plan_file_is_a_sentence_but_the_one_that_is_counted() -> None:
    """`already` falls out without a line: it is so, and nothing is left to do."""
    assert set(WHY) == {why.value for why in Why} - {"already"}
    assert len(set(WHY.values())) == len(WHY)


def test_each_way_of_an_undo_has_its_part_of_the_list_and_each_part_its_way() -> None:
    assert set(WAYS.values()) == set(PARTS)
    assert all(len(columns) == 4 for _title, columns in PARTS.values())


def test_each_count_of_a_rehearsed_mapping_has_a_column() -> None:
    assert list(COLUMNS) == list(FieldImpact("phone", "Phone", ()).counts)


def test_each_verdict_of_an_examination_has_a_mark() -> None:
    assert set(MARKS) == {verdict.value for verdict in Verdict}
    assert len({word for word, _style in MARKS.values()}) == len(MARKS)


def test_what_a_first_write_settles_is_in_the_register() -> None:
    assert len(REGISTER) == 103
    assert {point for points in BY_WRITE.values() for point in points} <= REGISTER


def finding(point: str, *, settled: bool) -> Finding:
    return Finding(point, "?", "!", settled=settled)


def test_a_point_rests_on_an_assumption_until_a_reading_or_a_write_settles_it() -> None:
    """One point may be settled on one pair and open on the other."""
    read = Examined(
        "read", "live", findings={"clopos": (finding("CL-03", settled=True), finding("CL-04", settled=False))}
    )
    wrote = Examined("wrote", "live", writes=[Check("clopos.create", Verdict.OK, "as sent")])
    fresh = Examined("fresh", "read-only")
    assumed = still_open([read, wrote, fresh])
    assert list(assumed) == ["read", "wrote", "fresh"]
    assert set(assumed["fresh"]) <= REGISTER | {point for point in assumed["fresh"] if point.endswith("(ours)")}
    assert set(assumed["fresh"]) - set(assumed["read"]) == {"CL-03"}
    assert set(assumed["fresh"]) - set(assumed["wrote"]) == {"CL-20", "CL-24", "CL-46"}
    assert not any(text.startswith("assumed") for text in assumed["fresh"].values())


def test_each_queue_of_a_pair_names_the_command_that_lists_it() -> None:
    assert {kind: command for kind, (_one, _many, command) in QUEUES.items()} == {
        "conflict": "connector conflicts list", "task": "connector tasks list", "hold": "connector holds list",
        "proposal": "connector links list --proposals",
    }  # fmt: skip
    assert set(ASKED) == {"clopos", "checkandplace", "delete", "look"}


def test_the_status_of_a_pair_that_never_ran_is_whole() -> None:
    """A monitor reads every key from the first day on."""
    never = PairStatus("main", "live", Backfill.NONE, None, None, None, None, True, (), (), None, None)
    assert as_json(never) == {
        "pair": "main", "mode": "live", "stale": True, "stale_since": None, "backfill": "none", "paused_at": None,
        "last_good": None, "last": None, "next_run": None, "at_work": None, "relink": None, "queues": {}, "quotas": [],
    }  # fmt: skip
