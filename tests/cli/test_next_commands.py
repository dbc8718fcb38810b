"""Nobody is left standing: from the first comparison to the undo, by typing exactly what the help, the summaries and
the errors name as the next command."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import pytest

from connector.domain.errors import ExitCode
from tests.cli.workplace import Said, Workplace, workplace

COMMAND = re.compile(r"connector ((?:[a-z]+)(?: (?:--?[a-z][a-z-]*|[\w./-]+(?<![.,])))*)")


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Workplace]:
    with workplace(tmp_path) as found:
        monkeypatch.chdir(tmp_path)
        yield found


def named(said: Said) -> str:
    """The command that stands behind the last "Next" of what was said."""
    text = said.err if "Next" in said.err else said.out
    lines = [line for line in text.splitlines() if re.match(r"\s*Next( step)?: ", line)]
    assert lines, said
    found = COMMAND.findall(lines[-1])
    assert found, lines[-1]
    return str(found[-1])


def example(place: Workplace, command: str) -> str:
    """The last example in a command's help."""
    said = place.type(*command.split(), "--help")
    assert said.code == ExitCode.DONE
    text = " ".join(said.out.split())
    found = COMMAND.findall(text[text.rindex("Example") :].split("╭")[0])
    assert found, text
    return str(found[-1])


def rename(place: Workplace, count: int, name: str) -> list[tuple[str, str]]:
    guests = place.world.checkandplace.customers
    links = place.type("links", "list", "--state", "active", "--json").json["links"]
    pairs = [(one["clopos"]["id"], one["checkandplace"]["id"]) for one in links]
    chosen = [pair for pair in pairs if guests[pair[1]].first_name and guests[pair[1]].last_name][:count]
    assert len(chosen) == count
    for number, (clopos, _guest) in enumerate(chosen):
        place.world.staff_edit("clopos", clopos, {"name": f"{name} Testov{'abcdefghijklm'[number]}"})
    return chosen


def test_from_the_first_comparison_to_the_undo(place: Workplace) -> None:
    def typed(command: str, code: ExitCode) -> Said:
        said = place.type(*shlex.split(command))
        assert said.code == code, (command, said.out, said.err)
        return said

    compare = example(place, "diff")
    assert compare == "diff -o plan.json"
    first = typed(compare, ExitCode.DIFFERENCES)
    begin = named(typed("apply plan.json", ExitCode.REFUSED))
    assert begin == named(first) == "backfill --pair main", "nothing is applied before the backfill"
    confirm = named(typed(begin, ExitCode.REFUSED))
    assert confirm == "backfill --pair main --yes"
    typed(confirm, ExitCode.DONE)
    typed("sync", ExitCode.DONE)

    edited = rename(place, 12, "Bir")
    carry_out = named(typed(compare, ExitCode.DIFFERENCES))
    assert carry_out == "apply plan.json --pair main"
    on_trial = example(place, "apply")
    assert on_trial == "apply plan.json --first 10"
    rest = named(typed(on_trial, ExitCode.DONE))
    assert rest == carry_out
    typed(rest, ExitCode.DONE)
    guests = place.world.checkandplace.customers
    assert {guests[guest].first_name for _clopos, guest in edited} == {"Bir"}

    (_clopos, drifted), *_others = rename(place, 3, "Iki")
    typed(compare, ExitCode.DIFFERENCES)
    place.world.staff_edit("checkandplace", drifted, {"last_name": "Dəyişdi"})
    again = named(typed(carry_out, ExitCode.PARTLY))
    assert again == "diff --pair main -o plan.json"
    said = typed(again, ExitCode.DIFFERENCES)
    assert named(said) == carry_out, "a conflict for staff is left"

    plan = place.folder / "plan.json"
    plan.write_bytes(plan.read_bytes().replace(b'"kind":"conflict"', b'"kind":"task"'))
    assert named(typed(carry_out, ExitCode.REFUSED)) == compare
    typed(compare, ExitCode.DIFFERENCES)
    typed(carry_out, ExitCode.DONE)

    rename(place, 3, "Üç")
    typed(compare, ExitCode.DIFFERENCES)
    settings = place.config.read_text()
    place.config.write_text(settings + "\n[pairs.main.guard]\nupdates_count = 1\nupdates_percent = 1\n")
    assert named(typed(carry_out, ExitCode.REFUSED)) == again, "other settings: another plan"
    refused = typed(again, ExitCode.DIFFERENCES)
    approve = named(refused)
    assert approve.startswith("apply plan.json --pair main --approve ")
    typed(approve, ExitCode.DONE)
    assert [guest for guest in guests.values() if guest.first_name == "Üç"]
    run = place.type("runs", "list", "--json").json["runs"][0]["run"]
    take_back = named(typed(f"undo {run}", ExitCode.DONE))
    assert take_back.startswith(f"undo {run} --approve "), "the guard judges an undo as well"
    typed(take_back, ExitCode.DONE)
    assert not [guest for guest in guests.values() if guest.first_name == "Üç"]


def test_what_is_no_plan_is_never_named_as_the_file_of_a_new_one(place: Workplace) -> None:
    """Somebody else's file stays, whatever is typed next; a plan that is missing or damaged is made in its place."""
    (place.folder / "guests.json").write_text('{"guests": []}')
    (place.folder / "folder.json").mkdir()
    given = {
        "connector.toml": "plan.json", "guests.json": "plan.json", "folder.json": "plan.json", "/dev/null": "plan.json",
        "missing": "plan.json", "no/plan.json": "plan.json", "missing.json": "missing.json",
    }  # fmt: skip
    for file, named_file in given.items():
        said = place.type("apply", file)
        missing = file in ("missing", "no/plan.json", "missing.json")
        assert said.code == (ExitCode.USAGE if missing else ExitCode.REFUSED), said
        assert named(said) == f"diff -o {named_file}", file
    assert "there is no such file" in place.type("apply", "missing.json").err
    (place.folder / "plan.json").write_text("{}")
    said = place.type("apply", "plan.json")
    assert named(said) == "diff -o plan-2.json"
    assert place.type(*named(said).split()).code == ExitCode.DIFFERENCES
    plan = place.folder / "plan-2.json"
    plan.write_bytes(plan.read_bytes()[:-40])
    assert named(place.type("apply", "plan-2.json")) == "diff -o plan-2.json", "ours, and only damaged"
    assert place.type("diff", "-o", "plan-2.json").code == ExitCode.DIFFERENCES
    plan.rename(place.folder / "renamed")
    place.config.write_text(place.config.read_text().replace("pairs.main", "pairs.other"))
    assert named(place.type("apply", "renamed")) == "diff -o plan-2.json", "another ending would make no plan"
