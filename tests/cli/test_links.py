"""`connector links`: lists, one link with all that is known, and decisions."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.desk_kit import Till, busy


@pytest.fixture
def till(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Till:
    return Till(busy(tmp_path), capsys)


def test_lists_by_state_and_proposals(till: Till) -> None:
    assert [link["ref"] for link in till.json("links", "list")["links"]] == ["1", "2", "3", "4"]
    assert till.json("links", "list", "--state", "broken", "--state", "disputed")["links"] == []
    (proposal,) = till.json("links", "list", "--proposals")["proposals"]
    assert (proposal["ref"], proposal["why"]) == (
        "p1",
        "Same phone number, but the names are not close enough to be sure.",
    )
    assert proposal["clopos"]["name"] == "Kənan Əliyev"
    assert "Nothing to list" in till("links", "list", "--state", "rejected")[1]


def test_a_link_shows_records_bases_evidence_open_entries_and_history(till: Till) -> None:
    aysel = str(till.json("conflicts", "show", "1")["link"])
    till.decided("conflicts", "resolve", "1", "--take", "clopos")
    till.sync()
    shown = till.json("links", "show", aysel)
    name = next(row for row in shown["fields"] if row["field"] == "name")
    assert (name["clopos"], name["checkandplace"], name["base_clopos"]) == ("Aysel Həsənova",) * 3
    assert shown["facts"] == ["same phone", "same name"]
    assert [(line["field"], line["before"], line["after"]) for line in shown["history"]] == [
        ("name", "Aysel Quliyeva", "Aysel Həsənova")
    ]
    assert [entry["kind"] for entry in shown["entries"]] == ["task"]
    code, out, _err = till("links", "show", aysel, "--show-pii")
    assert code == 0
    for said in (
        "Aysel Quliyeva -> Aysel Həsənova",
        "connector tasks show",
        f"links break {aysel}",
        "last settled",
        "* differs",
    ):
        assert said in out, said


def test_accept_and_reject_a_proposal(till: Till) -> None:
    (said,) = till.decided("links", "reject", "p1")
    assert said["what"] == "rejected"
    assert till.json("links", "list", "--proposals")["proposals"] == []
    shown = till.json("links", "show", "p1")
    assert (shown["state"], shown["decided_by"], shown["next"]) == ("rejected", "leyla", [])
    code, _out, err = till("links", "reject", "p1")
    assert code == 64
    assert "is over: rejected by leyla" in err
    till.decided("links", "accept", "p1")
    assert "5" in [link["ref"] for link in till.json("links", "list", "--state", "active")["links"]]


def test_several_decisions_are_all_made_or_none(till: Till) -> None:
    code, _out, err = till("links", "accept", "p1", "1")
    assert code == 64
    assert "Link 1 is active" in err
    assert len(till.json("links", "list", "--proposals")["proposals"]) == 1


def test_break_and_take_it_back(till: Till) -> None:
    till.decided("links", "break", "2")
    shown = till.json("links", "show", "2")
    assert (shown["state"], shown["reason_code"], shown["decisions"][0]["note"]) == (
        "broken",
        "broken_by_staff",
        "asked her",
    )
    till.sync()
    assert till.json("links", "show", "2")["state"] == "broken"
    till.decided("links", "accept", "2")
    assert till.json("links", "show", "2")["state"] == "active"


def test_a_pair_at_work_is_locked(till: Till) -> None:
    from connector.state.lease import Lease

    lease = Lease.acquire(till.bench.engine, 1, owner="the daemon")
    code, _out, err = till("links", "break", "1")
    assert code == 5
    assert "the daemon" in err
    assert till("links", "list")[0] == 0  # looking needs no lease
    lease.release()


def test_the_step_that_a_report_names_accepts_the_proposal_and_no_link(till: Till, tmp_path: Path) -> None:
    """Links and proposals have numbers of their own: link 1 is another pair of people than proposal p1."""
    till.sync()
    run = json.loads(till("runs", "list", "--json")[1])["runs"][0]["run"]
    till("runs", "show", str(run), "-o", str(tmp_path / "report.json"))
    (report,) = json.loads((tmp_path / "report.json").read_text())["pairs"]
    (proposal,) = (entry for entry in report["entries"] if entry["kind"] == "proposal")
    assert proposal["next_step"] == "connector links show p1", "one family: the evidence is unclear"
    accept, reject = till.json(*proposal["next_step"].split()[1:])["next"]
    assert "our guess" not in accept + reject
    till.decided(*accept.partition("(")[0].split()[1:])
    assert till.json("links", "list", "--proposals")["proposals"] == []


def test_what_is_said_of_a_proposal_follows_the_guess_of_the_review_sheet(till: Till, tmp_path: Path) -> None:
    till.bench.world.staff_create("clopos", {"name": "N Quliyeva", "phone": "+994551119900"}, "one")
    guest = {"first_name": "Nigar", "last_name": "Quliyeva", "primary_phone_number": "994551119900"}
    till.bench.world.staff_create("checkandplace", guest, "other")
    till.sync()
    till.sync()  # knows the proposal's number
    accept, reject = till.json("links", "show", "p2")["next"]
    assert accept == "connector links accept p2   (the same person; our guess)"
    assert reject == "connector links reject p2   (different people)"
    run = json.loads(till("runs", "list", "--json")[1])["runs"][0]["run"]
    till("runs", "show", str(run), "-o", str(tmp_path / "report.json"))
    (report,) = json.loads((tmp_path / "report.json").read_text())["pairs"]
    told = {entry["next_step"] for entry in report["entries"] if entry["kind"] == "proposal"}
    assert told == {"connector links show p1", "connector links accept p2"}


def test_what_is_not_there_or_not_a_question_leads_on(till: Till) -> None:
    for verb in ("show", "accept", "reject"):
        code, _out, err = till("links", verb, "p999")
        assert (code, "Next: connector links list --proposals" in err) == (64, True)
        assert "Next: connector links list\n" in till("links", verb, "999")[2]
    code, _out, err = till("links", "reject", "1")
    assert code == 64
    assert "Link 1 is active, so it cannot be rejected: what is linked already is broken instead." in err
    assert "Next: connector links break 1 --different" in err
