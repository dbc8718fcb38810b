"""The parts of a report: what belongs to each, by which reasons it is listed, how long the bars of its pictures are."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connector.domain.plan import Entry, EntryKind, Summary
from connector.domain.values import CHECKANDPLACE, CLOPOS, SideName, known
from connector.report import charts
from connector.report.grouped import reasons
from connector.report.model import Outcome, Reading, Report
from connector.report.parts import PAGE_ROWS, parts_of
from connector.report.sections import SECTIONS, Section, by_reason, filled, not_done, settings_of
from tests.report.sample import ENTRIES, HEADER, change, run_outcome, sample

LIVE = replace(HEADER, kind="sync", dry=False, state="partly")


def skip(reason: str, side: SideName = CHECKANDPLACE) -> Entry:
    return Entry(EntryKind.SKIP, side, "1", None, who="A", reason=reason)


def unsent(reason: str, side: SideName | None = CHECKANDPLACE, *fields: str, setting: str | None = None) -> Entry:
    return Entry(EntryKind.NOT_SENT, side, "1", "2", who="A", reason=reason, facts={"setting": setting},
                 fields=tuple(change("gender", after=known("female"), setting=one) for one in fields))  # fmt: skip


def part(key: str) -> Section:
    (found,) = (section for section in SECTIONS if section.key == key)
    return found


@pytest.mark.parametrize(
    ("state", "told"),
    [
        ("refused", True), ("in-doubt", True), ("held", True), ("accepted", True),
        ("done", False), ("dropped", False), ("not-run", False),
    ],
)  # fmt: skip
def test_which_outcomes_are_told_first_as_not_done(state: str, told: bool) -> None:
    """What an operation waits for is told on top; one that was not right any more, or was not reached, asks nothing."""
    report = sample(ENTRIES, LIVE, outcome=lambda entry: Outcome(state) if entry.clopos_id == "111" else None)
    assert [entry.clopos_id for entry in not_done(report)] == (["111"] if told else [])


def test_a_preview_is_not_walked_for_what_did_not_go_through() -> None:
    def walked(kinds: Collection[EntryKind]) -> Iterable[Entry]:
        raise AssertionError(kinds)

    assert list(not_done(replace(sample(), entries=walked))) == []


def test_reasons_are_listed_by_how_often_they_apply() -> None:
    entries = [*[skip("anonym")] * 2, *[skip("no_phone")] * 5, skip("inactive"), *[skip("no_phone", CLOPOS)] * 2]
    report = sample([*entries, unsent("not_taken")])
    report.summary.counts["skip", "clopos", "erased"] = 0
    assert by_reason(report, part("skip")) == [
        ("no_phone", "checkandplace", 5), ("anonym", "checkandplace", 2), ("no_phone", "clopos", 2),
        ("inactive", "checkandplace", 1),
    ]  # fmt: skip
    assert [(one.count, one.text) for one in reasons(report, part("skip"))] == [
        (5, "No valid phone number. (not created in Check&Place)"),
        (2, "A walk-in guest without identity. (not created in Check&Place)"),
        (2, "No valid phone number. (not created in Clopos)"),
        (1, "Inactive. (not created in Check&Place)"),
    ]


def test_each_reason_names_the_settings_that_would_send_it_and_no_others() -> None:
    entries = [
        unsent("gender_not_mapped", CHECKANDPLACE, "pairs.kafe.gender"),
        unsent("gender_not_mapped", CHECKANDPLACE, setting="pairs.kafe.gender"),
        unsent("switched_off", CHECKANDPLACE, "pairs.kafe.write_email", setting="pairs.kafe.updates"),
        unsent("switched_off", CLOPOS, setting="pairs.kafe.creates"),
        unsent("no_update", None),
    ]
    assert [(one.count, one.text) for one in reasons(sample(entries), part("not-sent"))] == [
        (2, "The codes for gender are not set. Setting that would send it: pairs.kafe.gender"),
        (1, "The other system cannot be corrected from outside."),
        (1, "Switched off in the settings. Setting that would send it: pairs.kafe.updates, pairs.kafe.write_email"),
        (1, "Switched off in the settings. Setting that would send it: pairs.kafe.creates"),
    ]
    assert settings_of(unsent("x", CLOPOS, "b", "a", "b", setting="a")) == ["a", "b"]


def test_a_closed_question_is_counted_by_reason_without_a_side() -> None:
    closed = Entry(EntryKind.CLOSE, CLOPOS, reason="equal", topic="phone")
    (reason,) = reasons(sample([closed]), part("close"))
    assert (reason.text, reason.where) == ("Both systems show the same now.", "")


@given(st.lists(st.sampled_from([entry for entry in ENTRIES if entry.reason != "settled"]), max_size=30))
def test_every_entry_is_counted_in_the_one_part_that_lists_it(entries: list[Entry]) -> None:
    report = sample(entries, limit=None)
    counted = {section.key: count for section, count in filled(report)}
    listed = [section.key for entry in entries for section in SECTIONS if section.holds(entry)]
    assert counted == {key: listed.count(key) for key in set(listed)}
    assert len(listed) == len(entries)


def pictured(clopos: int, checkandplace: int, links: int) -> list[tuple[str, int, float, float]]:
    header = replace(HEADER, links=links, readings=(Reading(CLOPOS, clopos), Reading(CHECKANDPLACE, checkandplace)))
    return [(bar.tone, bar.number, bar.start, bar.length) for bar in charts.overlap(sample([], header))]


def test_the_picture_of_who_is_where_lies_end_to_end() -> None:
    assert pictured(60, 90, 50) == [("clopos", 10, 0, 10), ("both", 50, 10, 50), ("checkandplace", 40, 60, 40)]
    assert pictured(5, 0, 0) == [("clopos", 5, 0, 100), ("both", 0, 100, 0), ("checkandplace", 0, 100, 0)]
    assert pictured(0, 0, 0) == []


@given(st.integers(0, 10**6), st.integers(0, 10**6), st.integers(0, 10**6))
def test_no_bar_of_the_picture_leaves_it_or_lies_on_another(clopos: int, checkandplace: int, links: int) -> None:
    bars = pictured(clopos, checkandplace, links)
    end = 0.0
    for _tone, _number, start, length in bars:
        assert start == pytest.approx(end)
        assert length >= 0
        end = start + length
    assert end == pytest.approx(100 if bars else 0)


def amounts(report: Report) -> list[tuple[str, int, int, str, float]]:
    return [(bar.target, bar.number, bar.entries, bar.tone, bar.length) for bar in charts.amounts(report)]


def test_the_longest_bar_fills_the_width_and_the_shortest_can_be_seen() -> None:
    update, conflict = ENTRIES[12], ENTRIES[7]
    summary = Summary()
    summary.counts["link", "", "phone_and_name"] = 2000
    for entry in (update, conflict, *[conflict] * 499):
        summary.add(entry)
    assert amounts(replace(sample([]), summary=summary)) == [
        ("conflict", 500, 500, "ask", 25.0), ("update.checkandplace", 1, 1, "checkandplace", 0.6),
        ("link", 2000, 2000, "calm", 100.0),
    ]  # fmt: skip


def test_a_run_s_bars_are_what_went_through_and_lead_to_what_was_planned() -> None:
    updates, creates = [ENTRIES[12]] * 4, [ENTRIES[14]] * 2
    report = sample([*updates, *creates], LIVE, sent={("update", "checkandplace"): 3})
    assert amounts(report) == [
        ("update.checkandplace", 3, 4, "checkandplace", 100.0), ("create.checkandplace", 0, 2, "checkandplace", 0.0),
    ]  # fmt: skip
    assert charts.amounts(report)[0].label == "Corrected in Check&Place (of 4 in the plan)"
    assert amounts(sample([])) == []
    assert [length for *_rest, length in amounts(replace(report, sent={}))] == [0.0, 0.0]  # nothing went through


def test_the_parts_of_a_page_say_which_of_them_ask_and_which_tell_an_outcome() -> None:
    live = sample(ENTRIES, LIVE, outcome=run_outcome, limit=None)
    told = {one.key: one for one in parts_of(live)}
    assert [key for key, one in told.items() if one.asks] == ["conflict", "task", "hold", "proposal"]
    assert [key for key, one in told.items() if one.changes] == [
        "update.checkandplace", "create.checkandplace", "create.clopos",
    ]  # fmt: skip
    assert (told["not_done"].count, told["not_done"].room) == (1, 1)
    assert {one.why for one in told.values()} == {True}
    preview = {one.key: one.why for one in parts_of(sample(ENTRIES))}
    assert [key for key, why in preview.items() if not why] == [
        "update.checkandplace", "create.checkandplace", "create.clopos",
    ]  # fmt: skip
    assert [reason.count for reason in told["skip"].reasons] == [1, 1]
    assert told["link"].reasons == ()


def test_the_places_of_a_first_page_go_to_short_parts_first() -> None:
    entries = [*[ENTRIES[12]] * (PAGE_ROWS * 2), *[ENTRIES[14]] * (PAGE_ROWS * 2), *[ENTRIES[7]] * 10]
    rooms = {one.key: one.room for one in parts_of(sample(entries))}
    assert rooms == {"conflict": 10, "update.checkandplace": 495, "create.checkandplace": 495}
