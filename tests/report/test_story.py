"""The first screen of a report: its title, what it comes to, and the numbers that everything below is measured by."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from connector.domain.guard import Code
from connector.domain.plan import IGNORED, Entry, EntryKind
from connector.domain.values import CHECKANDPLACE, CLOPOS
from connector.report import story
from connector.report.counted import title_of
from connector.report.model import Header, Objection, Reading, Report
from connector.report.sections import SECTIONS
from tests.report.sample import HEADER, OBJECTION, sample

LIVE = replace(HEADER, kind="sync", dry=False, state="done")
UPDATE = Entry(EntryKind.UPDATE, CHECKANDPLACE, "1", "2", who="A", reason="changed")
CREATE = Entry(EntryKind.CREATE, CHECKANDPLACE, "3", None, who="B", reason="nobody_there")
BACK = Entry(EntryKind.CREATE, CLOPOS, None, "4", who="C", reason="nobody_there")
LINK = Entry(EntryKind.LINK, None, "5", "6", who="D", reason="phone_and_name")
SKIP = Entry(EntryKind.SKIP, CHECKANDPLACE, "7", None, who="E", reason="no_phone")
HOLD = Entry(EntryKind.HOLD, CLOPOS, None, "8", who="F", reason="phone-held", queued_at="2026-03-01T08:30:00+00:00")
CONFLICT = Entry(EntryKind.CONFLICT, None, "1", "2", who="A", reason="both-changed")


def readings(clopos: int | None, checkandplace: int | None) -> tuple[Reading, ...]:
    return Reading(CLOPOS, clopos, "complete", "full"), Reading(CHECKANDPLACE, checkandplace, "complete", "full")


@pytest.mark.parametrize(
    ("kind", "dry", "title"),
    [
        ("diff", True, "What would change"),
        ("backfill", True, "What the first reconciliation would change"),
        ("undo-preview", True, "What an undo would take back"),
        ("sync", True, "What would change"),
        ("backfill", False, "The first reconciliation"),
        ("sync", False, "What was changed"),
        ("quick", False, "What was changed (quick run)"),
        ("apply", False, "What was changed (by a plan file)"),
        ("undo", False, "What was taken back"),
    ],
)
def test_titles(kind: str, dry: bool, title: str) -> None:
    assert story.title(sample([], replace(HEADER, kind=kind, dry=dry))) == title


@pytest.mark.parametrize(
    ("entries", "links", "counts", "said"),
    [
        ([], 3, (3, 3), "Both systems hold the same 3 customers."),
        ([LINK], 2, (3, 3), "Both systems hold the same 3 customers."),
        ([], 3, (3, 4), "There is nothing to do."),
        ([], 2, (3, 3), "There is nothing to do."),
        ([], 0, (0, 0), "There is nothing to do."),
        ([], None, (None, None), "There is nothing to do."),
        ([CONFLICT, HOLD], 3, (3, 3), "Nothing to send; 2 questions wait for your staff."),
        ([UPDATE, CREATE], 3, (3, 3), "2 changes would be sent."),
        ([UPDATE, HOLD], 3, (3, 3), "1 change would be sent. 1 question waits for your staff."),
    ],
    ids=["the same", "the same once linked", "one more there", "one not linked", "nobody anywhere", "not known",
         "questions alone", "changes alone", "both"],
)  # fmt: skip
def test_headlines_of_a_preview(
    entries: list[Entry], links: int | None, counts: tuple[int | None, int | None], said: str
) -> None:
    header = replace(HEADER, links=links, readings=readings(*counts))
    assert " ".join(story.headline(sample(entries, header))) == said


@pytest.mark.parametrize(
    ("state", "outcomes", "said"),
    [
        ("done", {"done": 2}, "Done. 2 changes were sent."),
        ("done", {}, "Done. No change had to be sent."),
        ("done", {"done": 1, "accepted": 2}, "Done. 3 changes were sent."),
        ("partly", {"done": 1, "refused": 1}, "Done, except for what did not go through. 1 change was sent."),
        ("partly", {"accepted": 1}, "Done, except for what did not go through. 1 change was sent."),
        ("partly", {"done": 1, "dropped": 1}, "Done as far as it could be. 1 change was sent."),
        ("refused", {}, "Nothing was written: the safety limits stopped this run."),
        ("stopped", {"done": 1}, "The run was stopped; the next one goes on from there. 1 change was sent."),
        ("failed", {"done": 1}, "The run failed before its end; the next one goes on from there. 1 change was sent."),
    ],
)
def test_headlines_of_a_run(state: str, outcomes: Mapping[str, int], said: str) -> None:
    report = sample([UPDATE], replace(LIVE, state=state), outcomes=outcomes)
    assert " ".join(story.headline(report)) == said


def test_what_ended_a_run_early_is_all_that_its_headline_says() -> None:
    sentence = "The address of Clopos does not answer, whatever is asked of it. " * 4
    assert story.headline(sample([UPDATE, HOLD], replace(LIVE, state="failed", error=sentence))) == [sentence]
    assert story.headline(sample([], replace(LIVE, error="a\u202eb"))) == ["a\\u202eb"]


def test_of_a_run_that_is_over_all_open_questions_are_told_not_its_own() -> None:
    over = replace(LIVE, waiting={"conflict": 2, "task": 3, "hold": 0, "proposal": 0})
    assert story.headline(sample([HOLD], over))[-1] == "5 questions wait for your staff."
    assert story.asked(sample([HOLD, CONFLICT], LIVE)) == 2
    assert dict(story.facts(sample([], over)))["Waits for staff"] == "2 changed in both systems, 3 to be done by hand"
    assert dict(story.facts(sample([], replace(LIVE, waiting={"task": 0}))))["Waits for staff"] == "nothing"
    assert "Waits for staff" not in dict(story.facts(sample([HOLD], LIVE)))


@pytest.mark.parametrize(
    ("old", "new", "remark"),
    [(2, 0, "waiting since earlier"), (1, 1, "1 new"), (0, 2, "")],
)
def test_questions_that_are_new_are_told_from_those_that_wait(old: int, new: int, remark: str) -> None:
    report = sample([HOLD] * old + [replace(HOLD, queued_at=None)] * new)
    (section,) = (one for one in SECTIONS if one.key == "hold")
    assert story.waiting(report, section, 2) == remark


def test_of_tasks_in_several_parts_no_part_claims_the_new_ones() -> None:
    task = Entry(EntryKind.TASK, CLOPOS, "1", "2", reason="change-in-clopos", queued_at="2026-03-01T08:30:00+00:00")
    report = sample([task, task, replace(task, queued_at=None, reason="gone")])
    remarks = {one.key: story.waiting(report, one, n) for one in SECTIONS if (n := one.count(report.summary))}
    assert remarks == {"task": "", "task.link": ""}


@pytest.mark.parametrize(
    ("links", "counts", "entries", "found"),
    [
        (96, (150, 148), [], (54, 96, 52)),
        (96, (150, 148), [LINK, LINK], (52, 98, 50)),
        (96, (90, 148), [], (0, 96, 52)),
        (96, (150, 90), [], (54, 96, 0)),
        (None, (150, 148), [LINK], (0, 0, 0)),
    ],
    ids=["as read", "with this plan's links", "Clopos became smaller", "Check&Place became smaller", "not known"],
)
def test_who_is_where(
    links: int | None, counts: tuple[int, int], entries: list[Entry], found: tuple[int, int, int]
) -> None:
    assert story.overlap(sample(entries, replace(HEADER, links=links, readings=readings(*counts)))) == found


def cards(report: Report) -> list[tuple[str, int]]:
    return [(card.label, card.number) for card in story.cards(report)]


def test_the_cards_of_a_preview_count_the_plan() -> None:
    entries = [LINK, LINK, *[UPDATE] * 3, *[CREATE] * 4, *[BACK] * 5, CONFLICT, *[HOLD] * 2, *[SKIP] * 6]
    assert cards(sample(entries)) == [
        ("recognised as one person", 2), ("corrected in Check&Place", 3), ("new in Check&Place", 4),
        ("new in Clopos", 5), ("questions for staff", 3), ("left out", 6),
    ]  # fmt: skip
    assert [card.target for card in story.cards(sample(entries))] == [
        "link", "update.checkandplace", "create.checkandplace", "create.clopos", "questions", "skip",
    ]  # fmt: skip


def test_the_cards_of_a_run_count_what_went_through_and_all_that_waits() -> None:
    sent = {("update", "checkandplace"): 2, ("create", "checkandplace"): 0}
    report = sample([*[UPDATE] * 3, CREATE, BACK, HOLD], replace(LIVE, waiting={"hold": 4, "task": 1}), sent=sent)
    assert [number for _label, number in cards(report)] == [0, 2, 0, 0, 5, 0]


def test_a_part_s_title_says_what_else_there_is() -> None:
    """Operations that did not go through, and questions that an earlier run had raised."""
    header = replace(LIVE, waiting={"hold": 4, "task": 5, "conflict": 1})
    task = Entry(EntryKind.TASK, CLOPOS, "1", "2", reason="change-in-clopos")
    entries = [UPDATE, UPDATE, BACK, HOLD, CONFLICT, task, replace(task, reason="gone")]
    report = sample(entries, header, sent={("update", "checkandplace"): 1, ("create", "clopos"): 1})
    assert {one.key: title_of(report, one, n) for one in SECTIONS if (n := one.count(report.summary))} == {
        "conflict": "Which one is right?",
        "task": "To type into Clopos by hand",
        "task.link": "Records to look at",
        "hold": "Set aside (4 wait in all)",
        "update.checkandplace": "Corrected in Check&Place (of 2 in the plan)",
        "create.clopos": "New in Clopos",
    }


READ = Reading(CLOPOS, 1500, "complete", "full", pages=8, requests=9)


@pytest.mark.parametrize(
    ("reading", "said"),
    [
        (READ, "1,500 customers, read completely, 9 requests"),
        (replace(READ, kind="quick", requests=1), "1,500 customers, newest changes read, 1 request"),
        (replace(READ, kind="by-id"), "1,500 customers, read one by one, 9 requests"),
        (replace(READ, state="torn", reason="page 3 twice"),
         "1,500 customers, not read completely (page 3 twice), 9 requests"),
        (replace(READ, records=None, state="torn"), "not read completely, 9 requests"),
        (Reading(CLOPOS, None), "not read in this run"),
        (Reading(CLOPOS, 0, "complete", "full"), "0 customers, read completely"),
    ],
    ids=["whole", "quick", "by id", "torn", "torn, size not known", "not read", "empty"],
)  # fmt: skip
def test_what_was_read_of_a_side(reading: Reading, said: str) -> None:
    assert dict(story.facts(sample([], replace(HEADER, readings=(reading,)))))["Clopos"] == said


@pytest.mark.parametrize(
    ("values", "label", "said"),
    [
        ({}, "When", "2026-03-04 13:15 (Asia/Baku)"),
        ({"zone": "America/New_York"}, "When", "2026-03-04 04:15 (America/New_York)"),
        ({}, "Run", "12 (diff)"), ({"run_id": None}, "Run", None),
        ({"links": 1200}, "Linked before", "1,200"), ({"links": 0}, "Linked before", "0"),
        ({"links": None}, "Linked before", None),
        ({"seconds": 0.0}, "Took", "0.0 s"), ({"seconds": None}, "Took", None),
        ({}, "Plan", "8f14e45fceea"), ({"plan_hash": ""}, "Plan", None),
        ({"pair": "a\x1bb"}, "Pair", "a\\x1bb"),
    ],
)  # fmt: skip
def test_the_facts_of_a_run(values: Mapping[str, Any], label: str, said: str | None) -> None:
    assert dict(story.facts(sample([], replace(HEADER, **values)))).get(label) == said


def test_what_staff_put_aside_is_told_after_the_notes_of_the_run() -> None:
    silent = replace(HOLD, facts={IGNORED: True})
    report = sample([silent, silent], replace(HEADER, notes=("The list of Clopos could not be read whole.",)))
    assert story.notes(report) == [
        "The list of Clopos could not be read whole.", "2 entries that your staff put aside are not listed.",
    ]  # fmt: skip


def objections(*codes: Code) -> tuple[Objection, ...]:
    return tuple(replace(OBJECTION, code=code.value) for code in codes)


@pytest.mark.parametrize(
    ("header", "codes", "stops"),
    [
        (HEADER, (Code.TOO_MANY_CREATES,), 1),
        (HEADER, (Code.NO_BACKFILL, Code.TOO_MANY_CREATES, Code.SIDE_GREW), 0),
        (HEADER, (Code.NO_BACKFILL, Code.SIDE_SHRANK), 1),
        (replace(LIVE, state="refused"), (Code.NO_BACKFILL, Code.SIDE_SHRANK), 2),
        (LIVE, (Code.TOO_MANY_CREATES,), 0),
    ],
    ids=["preview", "a first preview: the yes to it settles its size", "never the signs of a wrong reading",
         "refused: all that stopped it", "approved: none stopped it"],
)  # fmt: skip
def test_which_objections_count(header: Header, codes: tuple[Code, ...], stops: int) -> None:
    """Before the first backfill its size is no alarm (ARCHITECTURE, "Guard"): a side that shrank is one at any time."""
    assert len(replace(header, objections=objections(*codes)).stops) == stops
