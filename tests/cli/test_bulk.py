"""Many entries at once, by rule, and notes that decide nothing."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from tests.cli.desk_kit import Till
from tests.engine.scene import scene


@pytest.fixture
def till(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Till:
    """Three conflicts (two names, one phone) and two tasks (a name, a phone)."""
    bench = scene(tmp_path)
    people = bench.crowd(5)
    asyncio.run(bench.start())
    edit = bench.world.staff_edit
    for (clopos, guest), name in zip(people[:2], ("Səfərli", "Rzalı"), strict=True):
        edit("clopos", clopos, {"name": f"Leyla {name}"})
        edit("checkandplace", guest, {"last_name": f"{name}-Kərimova"})
    edit("clopos", people[2][0], {"phone": "+994557003300"})
    edit("checkandplace", people[2][1], {"primary_phone_number": "994557003311"})
    edit("checkandplace", people[3][1], {"last_name": "Abbaszadə"})
    edit("checkandplace", people[4][1], {"primary_phone_number": "994557003322"})
    asyncio.run(bench.run())
    return Till(bench, capsys)


def topics(till: Till, kind: str) -> list[str]:
    return sorted(one["field"] for one in till.json(kind, "list")[kind])


def test_all_names_are_clopos(till: Till) -> None:
    assert topics(till, "conflicts") == ["name", "name", "phone"]
    code, out, err = till("conflicts", "resolve", "--field", "name", "--take", "clopos", "--yes", "--by", "leyla")
    assert (code, err) == (0, "")
    assert out.count("take clopos") == 2
    till.sync()
    assert sorted(body["last_name"] for _side, _verb, body in till.bench.bodies()) == ["Rzalı", "Səfərli"]
    assert topics(till, "conflicts") == ["phone"]


def test_without_a_terminal_many_want_a_yes(till: Till) -> None:
    before = till.bench.decided()
    code, out, err = till("conflicts", "resolve", "--all", "--take", "different")
    assert (code, out) == (64, "")
    assert "This is about 3 conflicts: Name 2, Phone 1" in err
    assert "--yes" in err
    assert till.bench.decided() == before


def test_all_means_what_is_open_and_undecided(till: Till) -> None:
    (first, *_rest) = [str(one["id"]) for one in till.json("conflicts", "list")["conflicts"] if one["field"] == "name"]
    till.decided("conflicts", "resolve", first, "--take", "checkandplace")
    said = till.decided("conflicts", "resolve", "--all", "--yes", "--take", "different")
    assert first not in {one["ref"] for one in said}
    assert len(said) == 2
    code, _out, err = till("conflicts", "resolve", "--all", "--yes", "--take", "clopos")
    assert code == 64
    assert "No open conflict is meant" in err


def test_tasks_are_ticked_or_kept_different_by_field(till: Till) -> None:
    assert [one["what"] for one in till.decided("tasks", "tick", "--field", "phone", "--yes")] == ["ticked"]
    assert len(till.decided("tasks", "keep-different", "--all", "--yes")) == 1
    till.sync()
    states = {one["field"]: one["reopened"] for one in till.json("tasks", "list")["tasks"]}
    assert states == {"phone": 1}  # nobody typed it, so the tick is not believed


def test_holds_by_code(till: Till) -> None:
    edit = till.bench.world.staff_edit
    (records,) = [one["records"] for one in till.json("tasks", "list")["tasks"] if one["field"] == "name"]
    edit("checkandplace", records["checkandplace"], {"primary_phone_number": "ask mother"})
    till.sync()
    edit("clopos", records["clopos"], {"phone": "+994557009900"})
    till.sync()
    (hold,) = till.json("holds", "list")["holds"]
    code, _out, err = till("holds", "retry", "--all", "--yes")
    assert code == 64  # it ends by itself: none of those that wait for a word
    assert "No open hold is meant" in err
    assert [one["ref"] for one in till.decided("holds", "ignore", "--code", hold["code"], "--yes")] == [str(hold["id"])]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("conflicts", "resolve", "--take", "clopos"), "--field or --all"),
        (("conflicts", "resolve", "1", "--all", "--take", "clopos"), "--field or --all"),
        (("conflicts", "resolve", "--field", "nme", "--take", "clopos"), "no field nme; it has phone, name"),
        (("tasks", "tick"), "--field or --all"),
        (("holds", "retry", "--code", "no-such"), "No open hold is meant"),
        (("holds", "ignore"), "--field or --all"),
    ],
)
def test_a_rule_that_says_nothing_is_refused(till: Till, words: tuple[str, ...], said: str) -> None:
    before = till.bench.decided()
    code, out, err = till(*words)
    assert (code, out) == (64, "")
    assert said in err
    assert till.bench.decided() == before


def test_a_note_decides_nothing_and_is_shown(till: Till) -> None:
    entry = str(till.json("tasks", "list")["tasks"][0]["id"])
    code, out, _err = till("tasks", "note", entry, "--note", "her daughter will call", "--by", "leyla")
    assert code == 0
    assert "noted" in out
    shown = till.json("tasks", "show", entry)
    assert (shown["note"], shown["state"], shown["decided"]) == ("her daughter will call", "open", None)
    till.sync()
    assert till.json("tasks", "show", entry)["note"] == "her daughter will call"
    assert till("tasks", "note", entry, "--note", "  ")[0] == 64
