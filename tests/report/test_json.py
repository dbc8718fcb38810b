"""The report for other programs."""

from __future__ import annotations

import io
import json
from dataclasses import replace
from typing import Any

from connector.domain.plan import Entry, EntryKind
from connector.report.json_report import SCHEMA, stream_json, write_json
from connector.report.model import Report
from tests.report.sample import ENTRIES, HEADER, OBJECTION, run_outcome, sample


def read(report: Report) -> Any:
    stream = io.StringIO()
    write_json(report, stream)
    return json.loads(stream.getvalue())


def test_form() -> None:
    data = read(sample(show_pii=True))
    assert data["schema"] == SCHEMA == "connector-report/1"
    assert data["masked"] is False
    assert data["report"]["pair"] == "kafe"
    assert data["report"]["at"] == "2026-03-04T09:15:00+00:00"
    assert [reading["records"] for reading in data["report"]["readings"]] == [150, 148]
    assert data["summary"]["operations"] == 4
    assert data["summary"]["differs"] is True
    assert data["summary"]["new"] == {"hold": 1, "proposal": 1, "task": 1}
    assert len(data["entries"]) == len(ENTRIES) - 1  # the silent settle is counted, not listed
    update = next(entry for entry in data["entries"] if entry["ids"]["clopos"] == "110")
    assert update["fields"][1] == {
        "field": "email", "decision": "write_checkandplace", "row": "new_one_blank",
        "before": None, "after": "orxan@example.com",
    }  # fmt: skip
    created = data["entries"][-1]["fields"]
    assert created[2]["after"] == {"unknown": True}


def test_masked() -> None:
    text = "".join(stream_json(sample()))
    data = json.loads(text)
    assert data["masked"] is True
    for secret in ("Məmmədova", "Babayev", "994551112234", "orxan@"):
        assert secret not in text


def test_one_entry_a_line_and_whole_whatever_the_limit() -> None:
    lines = "".join(stream_json(sample(limit=1))).splitlines()
    assert len(lines) == len(ENTRIES) - 1 + 2
    assert all(json.loads(line.rstrip(","))["kind"] for line in lines[1:-1])


def test_nothing_to_report_is_still_a_document() -> None:
    assert read(sample([]))["entries"] == []


def test_outcomes_and_refusals() -> None:
    header = replace(HEADER, kind="sync", dry=False, state="refused", objections=(OBJECTION,))
    data = read(sample(header=header, outcome=run_outcome, outcomes={"done": 3, "refused": 1}))
    assert data["report"]["refused"] == [{"code": "too-many-creates", "side": "clopos", "sentence": OBJECTION.sentence}]
    assert data["summary"]["outcomes"] == {"done": 3, "refused": 1}
    states = [entry["outcome"]["state"] for entry in data["entries"] if "outcome" in entry]
    assert sorted(states) == ["done", "done", "done", "refused"]


def test_odd_text_of_a_server_is_valid_json_and_utf8() -> None:
    odd = Entry(EntryKind.SKIP, None, "\ud800", None, who="\ud800 \u202e \x00", reason="no_phone")
    text = "".join(stream_json(sample([odd], show_pii=True)))
    json.loads(text.encode("utf-8"))
    assert "\u202e" not in text
