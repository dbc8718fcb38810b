"""The report for other programs."""

from __future__ import annotations

import io
import json
from dataclasses import replace
from typing import Any

from connector.domain.plan import IGNORED, Entry, EntryKind
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


def test_the_document_says_whose_report_it_is_and_what_to_type() -> None:
    header = replace(HEADER, notes=("x",), objections=(replace(OBJECTION, code="no-backfill", side=None), OBJECTION))
    told = read(sample(ENTRIES[7:8], header))
    assert told["report"] == {
        "pair": "kafe", "kind": "diff", "dry": True, "at": "2026-03-04T09:15:00+00:00", "zone": "Asia/Baku",
        "state": None, "run": 12, "plan": "8f14e45fceea167a5a36dedd4bea2543", "links": 96, "seconds": 2.34,
        "headline": "Nothing to send; 1 question waits for your staff.",
        "next_step": "connector backfill --pair kafe",
        "readings": [
            {"side": "clopos", "records": 150, "state": "complete", "kind": "full", "reason": None, "pages": 1,
             "requests": 2},
            {"side": "checkandplace", "records": 148, "state": "complete", "kind": "full", "reason": None, "pages": 3,
             "requests": 4},
        ],
        "refused": [  # all of them, also those that the operator's yes to a first backfill settles
            {"code": "no-backfill", "side": None, "sentence": OBJECTION.sentence},
            {"code": "too-many-creates", "side": "clopos", "sentence": OBJECTION.sentence},
        ],
    }  # fmt: skip
    assert told["summary"] == {
        "operations": 0, "differs": False, "new": {}, "outcomes": {},
        "counts": [{"kind": "conflict", "side": None, "reason": "both-changed", "count": 1}],
    }  # fmt: skip


def test_a_new_question_is_a_difference_though_nothing_is_sent() -> None:
    new = replace(ENTRIES[7], queued_at=None)
    summaries = [read(sample([entry]))["summary"] for entry in (new, ENTRIES[7], ENTRIES[12])]
    assert [(one["operations"], one["differs"]) for one in summaries] == [(0, True), (0, False), (1, True)]


def test_a_question_is_said_with_what_stood_there_before_and_what_to_type() -> None:
    told = read(sample(ENTRIES[7:8], show_pii=True, typed=lambda step: f"{step} --config k.toml"))["entries"]
    assert told == [{
        "kind": "conflict", "side": None, "ids": {"clopos": "106", "checkandplace": "9006"}, "link": 8,
        "who": "Elçin Quliyev", "reason": "both-changed", "sentence": "Changed in both systems.",
        "fields": [{
            "field": "name", "decision": "conflict", "row": "both_changed", "clopos": "Elçin Quliyev",
            "checkandplace": "Elchin Guliyev", "base_clopos": "Elcin Quliyev", "base_checkandplace": "Elcin Quliyev",
        }],
        "queued_at": "2026-03-01T08:30:00+00:00", "next_step": "connector conflicts show 8 --config k.toml",
    }]  # fmt: skip


def test_a_hold_names_the_holders_and_whether_staff_put_it_aside() -> None:
    hold = ENTRIES[8]
    (open_one,) = read(sample([hold]))["entries"]
    (silent,) = read(sample([replace(hold, facts={**hold.facts, IGNORED: True, "holders": ["1\u202e", 2]})]))["entries"]
    assert (open_one["holders"], "ignored" in open_one, "queued_at" in open_one) == (["9111", "9112"], False, False)
    assert (silent["holders"], silent["ignored"]) == (["1\\u202e", "2"], True)
    assert (open_one["who"], open_one["fields"]) == ("T•••• B••••••", [])


def test_a_create_tells_its_outcome_and_new_id() -> None:
    live = replace(HEADER, kind="sync", dry=False, state="partly")
    (told,) = read(sample(ENTRIES[14:15], live, outcome=run_outcome))["entries"]
    assert told["outcome"] == {"state": "done", "sentence": "", "new_id": "4711"}
    assert told["ids"] == {"clopos": "112", "checkandplace": None}
    assert [one["after"] for one in told["fields"]] == ["F•••• A••••••••••", "+••••••••••67"]
