"""`connector explain`: one person, found in every way, told whole."""

from __future__ import annotations

import json
import stat
from pathlib import Path
from typing import Any

import pytest

from tests.cli.desk_kit import Till, busy


@pytest.fixture
def till(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Till:
    return Till(busy(tmp_path), capsys)


def texts(story: Any) -> str:
    return "\n".join(line["text"] for line in story["timeline"])


def test_everybody_is_found_in_every_way(till: Till) -> None:
    bench = till.bench
    ways = (
        [bench.c, "--side", "clopos"], [bench.p], ["+994 50 212 34 56"], ["050 212-34-56"], ["Aysel", "Həsənova"],
        ["hasanova aysal"], ["HƏSƏN"],
    )  # fmt: skip
    for words in ways:
        story = till.json("explain", *words)
        assert [record["id"] for record in story["records"]] == [bench.c, bench.p], words


def test_the_whole_story(till: Till) -> None:
    """Linked by the backfill, changed on both sides, decided by staff, written, and what still waits."""
    till.decided("conflicts", "resolve", "1", "--take", "clopos")
    till.sync()
    story = till.json("explain", till.bench.c, "--side", "clopos")
    assert story["name"] == "Aysel Həsənova"
    assert {field["field"] for field in story["records"][0]["fields"]} >= {"name", "phone"}
    (link,) = story["links"]
    assert (link["state"], link["band"], link["decided_by"]) == ("active", "sure", "connector")
    bases = {row["field"]: row["base_checkandplace"] for row in link["fields"]}
    assert bases["name"] == "Aysel Həsənova"
    (write,) = story["writes"]
    assert (write["side"], write["verb"], write["state"], write["status"]) == ("checkandplace", "update", "done", 200)
    (change,) = write["fields"]
    assert (change["before"], change["after"], change["row"]) == ("Aysel Quliyeva", "Aysel Həsənova", "by_staff")
    assert str(write["run"]) in story["runs"]
    assert [waits["what"].split()[0] for waits in story["pending"]] == ["task"]
    said = texts(story)
    for part in (
        "Linked: Clopos", "opened", 'Staff on conflict 1: take clopos: "asked her"',
        "Update sent to Check&Place: done, HTTP 200", f"connector undo o{write['id']}",
        "Name in Check&Place: Aysel Quliyeva -> Aysel Həsənova (rule two-way: decided by staff)",
    ):  # fmt: skip
        assert part in said, said
    times = [line["at"] for line in story["timeline"]]
    assert times == sorted(times)


def test_a_proposal_and_why_nobody_is_created(till: Till) -> None:
    story = till.json("explain", "Kənan Əliyev")
    assert [record["side"] for record in story["records"]] == ["clopos"]
    (proposal,) = story["proposals"]
    assert (proposal["ref"], proposal["state"]) == ("p1", "open")
    assert story["pending"][0]["next"][0].startswith("connector links accept p1")
    assert "Proposal p1: Same phone number" in texts(story)
    till.decided("links", "reject", "p1")
    assert 'Staff on proposal p1: different people: "asked her"' in texts(till.json("explain", "Kənan Əliyev"))


def test_several_people_are_listed_and_one_is_asked_for(till: Till) -> None:
    found = till.json("explain", "+994551112233")
    assert [record["name"] for line in found["matches"] for record in line["records"]] == [
        "Kənan Əliyev",
        "Leyla Əliyeva",
    ]
    code, out, _err = till("explain", "+994551112233", "--show-pii")
    assert code == 0
    assert "2 people fit" in out
    assert "Ask for one: connector explain" in out
    code, _out, err = till("explain", "nobody at all")
    assert (code, "Nobody with this id" in err) == (64, True)


def test_masked_in_a_pipe_clear_when_asked(till: Till) -> None:
    code, out, _err = till("explain", till.bench.c, "--side", "clopos")
    assert code == 0
    for name in ("Aysel", "Həsənova", "Quliyeva", "994502123456"):
        assert name not in out
    assert "What happened" in out
    clear = till("explain", till.bench.c, "--side", "clopos", "--show-pii")[1]
    for said in ("Aysel Həsənova", "When last settled", "Waiting", "connector conflicts resolve 1"):
        assert said in clear


def test_as_a_page_and_as_a_file(till: Till, tmp_path: Path) -> None:
    page, data = tmp_path / "aysel.html", tmp_path / "aysel.json"
    for path in (page, data):
        assert till("explain", till.bench.p, "-o", str(path))[0] == 0
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
    text = page.read_text(encoding="utf-8")
    for said in ("Aysel Həsənova", "What happened", "Content-Security-Policy", "Linked: Clopos"):
        assert said in text
    assert json.loads(data.read_text(encoding="utf-8"))["records"]
    assert till("explain", till.bench.p, "-o", str(tmp_path / "a.pdf"))[0] == 64


def test_a_record_that_is_gone_tells_so(till: Till) -> None:
    till.bench.world.staff_delete("checkandplace", till.bench.p)
    for _ in range(3):
        till.sync()
    story = till.json("explain", till.bench.c, "--side", "clopos")
    assert story["records"][1]["gone_at"]
    assert f"Check&Place {till.bench.p} was found gone." in texts(story)
    assert "is broken" in texts(story)


def test_the_last_plan_alone_and_the_run_of_each_link(till: Till) -> None:
    """Runs that linked or wrote keep their plans (`keep_plans`): older ones are told when they are asked for."""
    till.decided("conflicts", "resolve", "1", "--take", "clopos")
    till.sync()
    till.sync()
    last = till.bench.rows("SELECT max(id) AS id FROM run")[0]["id"]
    story = till.json("explain", till.bench.c, "--side", "clopos")
    assert {planned["run"] for planned in story["planned"]} == {last}
    (linked,) = [line for line in story["timeline"] if line["text"].startswith("Linked:")]
    assert str(linked["run"]) in story["runs"]
    assert story["runs"][str(linked["run"])]["kind"] == "backfill"
    older = till.json("explain", till.bench.c, "--side", "clopos", "--older-plans")
    assert len({planned["run"] for planned in older["planned"]}) > 1
    shown = till("explain", till.bench.c, "--side", "clopos", "--older-plans")[1]
    assert "In the plans that are kept" in shown
    assert "In the last plan" in till("explain", till.bench.c, "--side", "clopos")[1]


def test_a_link_that_staff_made_names_them_and_no_run(till: Till) -> None:
    till.decided("links", "accept", "p1")
    story = till.json("explain", "Kənan Əliyev")
    (linked,) = [line for line in story["timeline"] if line["text"].startswith("Linked:")]
    assert (linked["by"], linked["run"]) == ("leyla", None)
