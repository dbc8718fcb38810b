"""`connector apply`: a plan file from `diff -o` to its end, and every way in which one is refused."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from connector.domain.errors import ExitCode
from connector.domain.planfile import WARNING
from tests.cli.workplace import Workplace, workplace
from tests.unit.plan_schema import problems


def edited(place: Workplace, count: int = 3) -> list[tuple[str, str]]:
    """Renames some customers in Clopos: one update each. (Clopos id, Check&Place id)."""
    links = place.type("links", "list", "--state", "active", "--json").json["links"]
    guests = place.world.checkandplace.customers
    pairs = [(one["clopos"]["id"], one["checkandplace"]["id"]) for one in links]
    chosen = [pair for pair in pairs if guests[pair[1]].first_name and guests[pair[1]].last_name][:count]
    for number, (clopos, _guest) in enumerate(chosen):
        place.world.staff_edit("clopos", clopos, {"name": f"Aysel Testova{'abcdefgh'[number]}"})
    return chosen


def planned(place: Workplace, *words: str) -> Path:
    """`connector diff -o plan.json`."""
    path = place.folder / "plan.json"
    said = place.type("diff", "-o", str(path), *words)
    assert said.code == ExitCode.DIFFERENCES, said.err
    return path


def operations(path: Path) -> list[dict[str, Any]]:
    return [entry for entry in json.loads(path.read_text())["entries"] if entry["kind"] in ("update", "create")]


def test_a_plan_goes_from_the_comparison_into_a_file_and_back_out(place: Workplace) -> None:
    edited(place)
    path, mark = planned(place), place.requests
    document = json.loads(path.read_text())
    assert problems(document) == []
    assert document["WARNING"] == WARNING
    assert path.stat().st_mode & 0o777 == 0o600
    assert [entry["kind"] for entry in operations(path)] == ["update"] * 3
    said = place.type("apply", str(path))
    assert said.code == ExitCode.DONE, said.err
    bodies = [entry["body"] for entry in operations(path)]
    assert [request.body for request in place.writes(mark)] == bodies
    mark = place.requests
    again = place.type("apply", str(path))
    assert again.code == ExitCode.DONE
    assert place.writes(mark) == []
    assert "3 of its entries were so already" in again.out


def test_no_half_file_and_no_other_reader(place: Workplace) -> None:
    edited(place)
    path = planned(place)
    before = path.read_bytes()
    assert place.type("diff", "-o", str(place.folder / "nowhere" / "plan.json")).code == ExitCode.FAILED
    place.change("client_secret = ", 'client_secret = "wrong" # ')
    assert place.type("diff", "-o", str(path)).code == ExitCode.CREDENTIALS
    assert path.read_bytes() == before, "the older file stays"
    assert [one.name for one in place.folder.iterdir() if one.name.startswith(".plan")] == []


def test_what_changed_since_falls_out_with_both_values(place: Workplace) -> None:
    (_one, guest), *_others = edited(place)
    path, mark = planned(place), place.requests
    place.world.staff_edit("checkandplace", guest, {"last_name": "Dəyişdi"})
    said = place.type("apply", str(path), "--show-pii")
    assert said.code == ExitCode.PARTLY
    assert len(place.writes(mark)) == 2
    told = said.out.split("Dropped, because it changed")[1]
    assert "Dəyişdi" in told
    assert "Aysel Testovaa" in told
    assert "changed there since" in told
    assert "connector diff --pair main -o" in told
    masked = place.type("apply", str(path))
    assert "Dəyişdi" not in masked.out
    document = place.type("apply", str(path), "--json").json
    (dropped,) = document["pairs"][0]["dropped"]
    assert (dropped["why"], dropped["kind"]) == ("target-changed", "update")
    assert document["pairs"][0]["already"] == 2


def test_the_next_command_keeps_the_part_that_was_asked_for(place: Workplace) -> None:
    edited(place, 4)
    path = planned(place)
    said = place.type("apply", str(path), "--only", "name", "--first", "1")
    assert said.code == ExitCode.DONE, said.err
    assert said.out.splitlines()[-1] == f"Next: connector apply {path} --only name --pair main", "the trial is over"
    said = place.type("apply", str(path), "--only", "name", "--except", "create", "--limit", "1")
    assert said.out.splitlines()[-1].endswith(f"{path} --only name --except create --limit 1 --pair main")


def test_an_approval_lets_no_more_through_than_was_asked_for(place: Workplace) -> None:
    place.config.write_text(place.config.read_text() + "\n[pairs.main.guard]\nupdates_count = 1\nupdates_percent = 1\n")
    edited(place, 4)
    path = planned(place)
    options = "--only name --first 3 --then-rest"
    said = place.type("apply", str(path), *options.split())
    assert said.code == ExitCode.REFUSED
    assert f"Next: connector apply {path} {options} --pair main --approve " in said.err


def test_what_is_not_there_is_a_matter_of_the_command_line(place: Workplace) -> None:
    """As for every other number, name or file that a command names."""
    edited(place)
    path, mark = planned(place), place.requests
    said = place.type("apply", str(path), "--only", "fone")
    assert said.code == ExitCode.USAGE
    for word in ("did you mean phone?", "kinds:", "update", "sides: checkandplace, clopos", "fields:", "email"):
        assert word in said.err, word
    missing = place.type("apply", str(place.folder / "none.json"))
    assert (missing.code, "there is no such file" in missing.err) == (ExitCode.USAGE, True)
    assert f"Next: connector diff -o {place.folder / 'none.json'}\n" in missing.err
    assert place.writes(mark) == []


PARTS: list[tuple[tuple[str, ...], int]] = [
    (("--only", "create"), 0), (("--only", "clopos"), 0), (("--only", "phone"), 0), (("--except", "name"), 0),
    (("--except", "update"), 0), (("--limit", "0"), 0), (("--only", "update", "--limit", "1"), 1),
    (("--first", "1"), 1), (("--only", "checkandplace", "--only", "name", "--except", "phone", "--limit", "1"), 1),
    (("--first", "1", "--then-rest"), 2), (("--first", "9"), 0),
]  # fmt: skip
"""What is asked for, one after the other of one plan of five updates, and how many are sent by it."""


def test_a_plan_in_parts(place: Workplace) -> None:
    edited(place, 5)
    path = planned(place)
    for words, sent in PARTS:
        mark = place.requests
        said = place.type("apply", str(path), *words)
        assert said.code == ExitCode.DONE, (words, said.err)
        assert len(place.writes(mark)) == sent, words


def test_one_entry_by_its_id_and_all_but_it(place: Workplace) -> None:
    edited(place)
    path = planned(place)
    first, *others = operations(path)
    mark = place.requests
    assert place.type("apply", str(path), "--only", first["id"][:8]).code == ExitCode.DONE
    assert [request.body for request in place.writes(mark)] == [first["body"]]
    mark = place.requests
    assert place.type("apply", str(path), "--except", others[0]["id"]).code == ExitCode.DONE
    assert [request.body for request in place.writes(mark)] == [others[1]["body"]]


def test_a_field_cuts_an_update_down(place: Workplace) -> None:
    ((clopos, guest),) = edited(place, 1)
    place.type("diff")  # a name and a number that change at once may be another person
    place.world.staff_edit("clopos", clopos, {"phone": "+994557770199"})
    path, mark = planned(place), place.requests
    assert place.type("apply", str(path), "--only", "phone").code == ExitCode.DONE
    assert [request.body for request in place.writes(mark)] == [{"primary_phone_number": "994557770199"}]
    assert place.world.checkandplace.customers[guest].first_name != "Aysel"
    assert place.type("sync").code == ExitCode.DONE, "the other field is a matter of the next run"
    assert place.world.checkandplace.customers[guest].first_name == "Aysel"


def test_the_first_ones_are_read_back_and_somebody_says_yes(place: Workplace) -> None:
    edited(place)
    path, mark = planned(place), place.requests
    said = place.at_the_screen("apply", str(path), "--first", "1", answers=[("Go on with the other 2?", "n")])
    assert said.code == ExitCode.DONE
    assert "read back as sent" in said.out
    assert "2 operations were left for later" in said.out
    assert len(place.writes(mark)) == 1
    said = place.at_the_screen("apply", str(path), "--first", "1", answers=[("Go on with the other 1?", "y")])
    assert said.code == ExitCode.DONE
    assert len(place.writes(mark)) == 3


def test_what_does_not_go_through_stops_the_rest(place: Workplace) -> None:
    """The first one is refused (CP-45): the others do not follow by themselves."""
    for clopos, _guest in edited(place, 3):
        place.world.staff_edit("clopos", clopos, {"name": "Nigar " + "a" * 300})
    path, mark = planned(place), place.requests
    place.world.set("CP-45", "255")
    said = place.type("apply", str(path), "--first", "1", "--then-rest")
    assert said.code == ExitCode.PARTLY, said.out
    assert len({request.path for request in place.writes(mark)}) == 1
    assert "2 operations were left for later" in said.out


Touch = Callable[[Workplace, Path], object]


def _file(old: str, new: str) -> Touch:
    def touch(_place: Workplace, path: Path) -> None:
        text = path.read_text()
        assert old in text
        path.write_text(text.replace(old, new, 1))

    return touch


def _mapping(place: Workplace, _path: Path) -> None:
    from connector.config.mapping import default_mapping_path

    text = default_mapping_path().read_text()
    (place.folder / "own.toml").write_text(text + "\n# only a remark\n")
    place.change("[pairs.main]", f'[pairs.main]\nmapping = "{place.folder / "own.toml"}"')


def _other_rule(place: Workplace, path: Path) -> None:
    _mapping(place, path)
    own = place.folder / "own.toml"
    text = own.read_text()
    assert RULE in text
    own.write_text(text.replace(RULE, 'rule = "clopos"', 1))


RULE = 'rule = "two-way"'


def _database(place: Workplace, _path: Path) -> None:
    place.change("connector.db", "other.db")
    place.type("diff")


REFUSED: list[tuple[str, Touch, str]] = [
    ("an entry was changed", _file('"reason":"changed"', '"reason":"unchanged"'), "plan-changed"),
    ("its end is missing", lambda _p, path: path.write_bytes(path.read_bytes()[:-30]), "plan-cut-off"),
    ("it is something else", lambda _p, path: path.write_text("{}\n"), "plan-unreadable"),
    ("another version wrote it", _file("connector-plan/1", "connector-plan/2"), "plan-other-schema"),
    ("the pair has another name now", lambda place, _p: place.change("pairs.main", "pairs.other"), "plan-other-pair"),
    ("other settings", lambda p, _f: p.change("[pairs.main]", "[pairs.main]\nselect.inactive = true"),
     "plan-other-settings"),
    ("other calling codes", lambda p, _f: p.change('region = "AZ"', 'region = "TR"'), "plan-other-mapping"),
    ("another guard", lambda p, _f: p.change("[pairs.main]", "[pairs.main]\nguard.updates_count = 7"),
     "plan-other-settings"),
    ("a field's rule is another one", _other_rule, "plan-other-mapping"),
    ("another state", _database, "plan-other-database"),
]  # fmt: skip


@pytest.fixture(scope="module")
def ready(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Workplace, Path]]:
    """A plan of one update that could be carried out."""
    with workplace(tmp_path_factory.mktemp("ready"), clopos=6, checkandplace=6, shared=5) as found:
        found.backfilled()
        assert found.type("sync").code == ExitCode.DONE
        edited(found, 1)
        yield found, planned(found)


@pytest.mark.parametrize(("touch", "code"), [one[1:] for one in REFUSED], ids=[one[0] for one in REFUSED])
def test_a_plan_that_may_not_be_carried_out(ready: tuple[Workplace, Path], touch: Touch, code: str) -> None:
    place, path = ready
    content, settings, mark = path.read_bytes(), place.config.read_text(), place.requests
    touch(place, path)
    begun = place.requests
    said = place.type("apply", str(path), "--json")
    path.write_bytes(content)
    place.config.write_text(settings)
    assert said.code == ExitCode.REFUSED, said.err
    error = json.loads(said.err.splitlines()[-1])["error"]
    assert error["code"] == code
    assert error["next"].startswith("connector diff")
    assert place.writes(begun) == []
    assert place.sent(begun) == [], "it is refused before anything is asked"
    assert begun == mark or code == "plan-other-database"
    assert not [name for name in place.names() if name in said.err]


@pytest.mark.parametrize(
    ("words", "code"),
    [(("--then-rest",), ExitCode.USAGE), (("--only", "nonsense"), ExitCode.USAGE), (("--first", "0"), 64)],
    ids=["--then-rest alone", "an unknown word", "--first 0"],
)  # fmt: skip
def test_what_cannot_be_asked_for(ready: tuple[Workplace, Path], words: tuple[str, ...], code: int) -> None:
    place, path = ready
    mark = place.requests
    assert place.type("apply", str(path), *words).code == code
    assert place.sent(mark) == []


def test_a_plan_of_a_pair_that_may_not_write_yet(ready: tuple[Workplace, Path]) -> None:
    place, path = ready
    settings = place.config.read_text()
    place.change('mode = "live"', 'mode = "read-only"')
    said = place.type("apply", str(path))
    place.config.write_text(settings)
    assert said.code == ExitCode.CONFIG
    assert "connector diff --pair main" in said.err


def test_a_remark_in_the_mapping_changes_nothing(place: Workplace) -> None:
    edited(place, 1)
    path = planned(place)
    _mapping(place, path)
    assert place.type("apply", str(path)).code == ExitCode.DONE


def test_a_plan_that_the_guard_refused_says_so_and_takes_its_approval(place: Workplace) -> None:
    place.change("[pairs.main]", "[pairs.main]\nguard.updates_count = 1\nguard.updates_percent = 1")
    edited(place)
    path, mark = planned(place), place.requests
    said = place.type("apply", str(path))
    assert said.code == ExitCode.REFUSED
    assert "The guard refused this plan when it was made" in said.err
    assert place.writes(mark) == []
    approve = said.err.split("Next: connector ")[1].split()
    said = place.type(*approve, "--limit", "1")
    assert said.code == ExitCode.DONE, said.err
    assert len(place.writes(mark)) == 1
    again = place.type(*approve)
    assert again.code == ExitCode.REFUSED, "an approval holds once"
    assert "approval-unknown" in place.type(*approve, "--verbose").err
