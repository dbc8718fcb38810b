"""`connector conflicts | tasks | holds`: what is shown, masked or not, and what is decided."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.desk_kit import Till, busy


@pytest.fixture
def till(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Till:
    return Till(busy(tmp_path), capsys)


def number(till: Till, kind: str) -> str:
    (entry,) = till.json(kind, "list")[kind]
    return str(entry["id"])


def test_a_conflict_shows_both_values_both_bases_age_who_and_what_to_type(till: Till) -> None:
    code, out, _err = till("conflicts", "show", number(till, "conflicts"), "--show-pii")
    assert code == 0
    for said in ("Aysel Həsənova", "Aysel Quliyeva", "when last settled", "Aysel Məmmədova", "Changed in both systems",
                 "Since", till.bench.p, "--take checkandplace"):  # fmt: skip
        assert said in out, said


def test_values_are_masked_in_a_pipe_unless_asked_for(till: Till) -> None:
    for words in ("conflicts list", "tasks list", "holds list", "links list", "links show 1", "conflicts list --json",
                  "links show p1 --json"):  # fmt: skip
        code, out, _err = till(*words.split())
        assert code == 0
        for personal in ("Həsənova", "Quliyeva", "Məmmədova", "502123456", "994502129999", "Əliyev"):
            assert personal not in out, (words, personal)
    assert "A•••• H•••••••" in till("conflicts", "list")[1]


def test_resolve_keeps_who_when_and_why_and_the_next_run_carries_it_out(till: Till) -> None:
    entry = number(till, "conflicts")
    ((said),) = till.decided("conflicts", "resolve", entry, "--take", "clopos")
    assert (said["ref"], said["what"]) == (entry, "take clopos")
    shown = till.json("conflicts", "show", entry)
    (line,) = shown["decisions"]
    assert (shown["decided"], line["who"], line["what"], line["note"]) == (
        "clopos",
        "leyla",
        "take clopos",
        "asked her",
    )
    till.sync()
    assert till.json("conflicts", "list")["conflicts"] == []
    assert till.bench.bodies() == [("checkandplace", "PATCH", {"first_name": "Aysel", "last_name": "Həsənova"})]
    assert till("conflicts", "list")[1].startswith("No conflicts")
    (over,) = till.json("conflicts", "list", "--closed")["conflicts"]
    assert over["closed_why"] == "written"


def test_a_task_says_what_to_type_and_takes_a_tick(till: Till) -> None:
    entry = number(till, "tasks")
    code, out, _err = till("tasks", "show", entry, "--show-pii")
    assert code == 0
    assert "Type into Clopos: +994502129999" in out
    till.decided("tasks", "tick", entry)
    assert till.json("tasks", "show", entry)["state"] == "ticked"
    till.sync()
    assert till.json("tasks", "show", entry)["reopened"] == 1
    assert "open again" in till("tasks", "list")[1]


@pytest.mark.parametrize(("command", "writes"), [("keep-different", 0), ("take-clopos", 1)])
def test_other_answers_to_a_task(till: Till, command: str, writes: int) -> None:
    till.decided("tasks", command, number(till, "tasks"))
    till.sync()
    assert len(till.bench.bodies()) == writes
    assert till.json("tasks", "list")["tasks"] == []


def test_a_hold_says_why_and_is_silent_when_ignored(till: Till) -> None:
    entry = number(till, "holds")
    code, out, _err = till("holds", "show", entry)
    assert code == 0
    assert "cannot be read" in out
    assert "(cannot be read)" in out
    code, _out, err = till("holds", "retry", entry)
    assert code == 64
    assert "ends by itself" in err
    till.decided("holds", "ignore", entry)
    assert till("holds", "list")[1].startswith("No holds")


WRONG = (
    (("conflicts", "show", "99"), "There is no conflict 99"),
    (("tasks", "tick", "1", "99"), "There is no task 99"),
    (("conflicts", "resolve", "2", "--take", "clopos"), "2 is a task, not a conflict"),
    (("conflicts", "resolve", "1", "--take", "nobody"), "--take"),
    (("conflicts", "resolve", "1"), "--take"),
    (("holds", "answer", "3"), "--it-is"),
    (("holds", "answer", "3", "--it-is", "5", "--not-there"), "--it-is"),
    (("holds", "answer", "3", "--not-there"), "asks no question"),
    (("links", "accept", "x1"), "is no id"),
    (("links", "break", "p1"), "is a proposal"),
    (("links", "list", "--proposals", "--state", "active"), "say one of them"),
    (("links", "show", "p99"), "There is no proposal p99"),
)


def test_wrong_answers_change_nothing_and_say_what_to_do(till: Till) -> None:
    before = till.bench.decided()
    for words, said in WRONG:
        code, out, err = till(*words)
        assert (code, out) == (64, ""), words
        assert said in err
        assert "Next:" in err
    assert till.bench.decided() == before


def test_after_a_decision_the_run_that_carries_it_out_is_named(till: Till) -> None:
    entry = number(till, "conflicts")
    step = "Next: connector sync --pair main"
    assert step in till("conflicts", "resolve", entry, "--take", "clopos")[1]
    assert step in till("links", "accept", "p1")[1]
    assert step in till("tasks", "tick", number(till, "tasks"))[1]
    for words in (("conflicts", "note", entry, "--note", "called"), ("holds", "ignore", number(till, "holds"))):
        assert "Next:" not in till(*words)[1], "nothing is to be carried out"
    config = till.bench.config
    config.write_text(config.read_text().replace('mode = "live"', 'mode = "read-only"'))
    assert "Next:" not in till("conflicts", "resolve", entry, "--take", "different")[1], "no run writes"
