"""The report on a terminal, against pictures of it in `golden/` (anew with `GOLDEN=write pytest tests/report`)."""

from __future__ import annotations

import io
import os
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from connector.domain.plan import Entry, EntryKind, Summary
from connector.domain.values import CHECKANDPLACE, CLOPOS
from connector.report.model import Report
from connector.report.terminal import print_report
from tests.report.sample import ENTRIES, HEADER, OBJECTION, run_outcome, sample

GOLDEN = Path(__file__).parent / "golden"


def printed(report: Report, width: int, *, color: bool = False) -> str:
    stream = io.StringIO()
    console = Console(
        file=stream, width=width, markup=False, highlight=False, force_terminal=color, legacy_windows=False
    )
    print_report(report, console)
    return "\n".join(line.rstrip() for line in stream.getvalue().splitlines()) + "\n"


def live() -> Report:
    header = replace(HEADER, kind="sync", dry=False, state="partly", next_step="")
    return sample(header=header, show_pii=True, outcome=run_outcome, outcomes={"done": 3, "refused": 1})


REPORTS: dict[str, Any] = {"preview": sample, "preview-clear": lambda: sample(show_pii=True, limit=None), "live": live}


@pytest.mark.parametrize("width", [80, 160])
@pytest.mark.parametrize("name", list(REPORTS))
def test_golden(name: str, width: int) -> None:
    text = printed(REPORTS[name](), width)
    path = GOLDEN / f"{name}-{width}.txt"
    if os.environ.get("GOLDEN") == "write":
        path.write_text(text, encoding="utf-8")
    assert text == path.read_text(encoding="utf-8")
    assert max(len(line) for line in text.splitlines()) <= width


def test_nothing_is_told_by_colour_alone() -> None:
    import re

    coloured = printed(sample(), 100, color=True)
    assert "\x1b[" in coloured
    stripped = "\n".join(re.sub(r"\x1b\[[0-9;]*m", "", line).rstrip() for line in coloured.splitlines()) + "\n"
    assert stripped == printed(sample(), 100)


def test_long_parts_are_cut_and_say_so() -> None:
    many = [replace(ENTRIES[12], clopos_id=str(number), who=f"Guest {number}") for number in range(50)]
    cut = printed(sample(many, show_pii=True, limit=3), 100)
    assert "Corrected in Check&Place (50)" in cut
    assert "and 47 more" in cut
    assert "Guest 3\n" not in cut
    whole = printed(sample(many, show_pii=True, limit=None), 100)
    assert "more. Use --all" not in whole
    assert all(f"Guest {number}" in whole for number in range(50))


def test_a_report_of_a_million_walks_no_further_than_it_prints() -> None:
    walked: list[int] = []

    def entries(kinds: Any) -> Any:
        for number in range(1_000_000):
            walked.append(number)
            yield replace(ENTRIES[12], clopos_id=str(number))

    summary = Summary()
    summary.counts["update", "checkandplace", "changed"] = 1_000_000
    text = printed(replace(sample(), summary=summary, entries=entries), 100)
    assert "1,000,000 changes would be sent." in text
    assert "and 999,980 more" in text
    assert len(walked) < 100


def test_refused_names_every_reason() -> None:
    text = printed(
        sample(header=replace(HEADER, kind="sync", dry=False, state="refused", objections=(OBJECTION,))), 100
    )
    assert "Nothing was written: the safety limits stopped this run." in text
    assert OBJECTION.sentence in text


def test_a_preview_before_the_first_backfill_is_no_alarm() -> None:
    missing = replace(OBJECTION, code="no-backfill", side=None)
    text = printed(sample(header=replace(HEADER, objections=(missing,))), 100)
    assert "safety limits" not in text
    assert "4 changes would be sent." in text


@pytest.mark.parametrize(
    ("entries", "links", "said"),
    [
        ([], 150, "Both systems hold the same 150 customers."),
        ([], 96, "There is nothing to do."),
        ([ENTRIES[7]], 150, "Nothing to send; 1 question waits for your staff."),
        ([ENTRIES[12]], 150, "1 change would be sent."),
    ],
)
def test_headlines(entries: list[Entry], links: int, said: str) -> None:
    readings = tuple(replace(reading, records=150) for reading in HEADER.readings)
    text = printed(sample(entries, replace(HEADER, links=links, readings=readings)), 100)
    assert said in text


def test_only_waiting_questions_are_not_called_new() -> None:
    waiting = replace(ENTRIES[7], queued_at="2026-01-01T00:00:00+00:00")
    text = printed(sample([waiting, replace(ENTRIES[7], queued_at=None)]), 100)
    assert "2  Which one is right? (1 new)" in text


def test_hostile_names_stay_in_their_line() -> None:
    bad = Entry(EntryKind.LINK, None, "1\x1b[2J", "2", who="Evil\x1b]0;x\x07\u202eeman\nNext", reason="phone_and_name")
    text = printed(sample([bad], show_pii=True), 100)
    assert "\x1b" not in text
    assert "\u202e" not in text
    assert "Evil\\x1b]0;x\\x07\\u202eeman\\x0aNext" in text.replace("\n", "")[:20000] or "\\x1b]0;x" in text


def test_sides_are_named_in_every_two_sided_line() -> None:
    text = printed(sample([ENTRIES[7]], show_pii=True), 160)
    assert f"{CLOPOS.label} Elçin Quliyev | {CHECKANDPLACE.label} Elchin Guliyev (before: Elcin Quliyev)" in text


@pytest.mark.parametrize(
    ("width", "record", "shown"),
    [
        (149, "123456789012", "123456789012"),
        (149, "1234567890123", "12345678…"),
        (150, "1234567890123", "1234567890123"),
    ],
)
def test_long_ids_are_shortened_where_there_is_no_room_for_them(width: int, record: str, shown: str) -> None:
    text = printed(sample([replace(ENTRIES[1], checkandplace_id=record)]), width)
    assert f"{CHECKANDPLACE.label} {shown}\n" in text
