"""What `diff -o`, `apply` and `runs show` say of a plan: its refusal, what fell out of it, and figures that agree."""

from __future__ import annotations

from pathlib import Path

from connector.domain.errors import ExitCode
from tests.cli.test_apply import edited, planned
from tests.cli.workplace import Workplace, workplace

STRICT = "[pairs.main]\nguard.updates_count = 1\nguard.updates_percent = 1"
"""Two updates are too many."""


def plain(text: str) -> str:
    return " ".join(text.split())


def test_a_plan_that_the_guard_refuses_says_so_and_how_it_is_approved(place: Workplace) -> None:
    place.change("[pairs.main]", STRICT)
    edited(place)
    path = place.folder / "plan.json"
    said, mark = place.type("diff", "-o", str(path)), place.requests
    assert said.code == ExitCode.DIFFERENCES
    assert "The safety limits would stop this" in said.out
    assert "the limit is 1 % and 1" in plain(said.out)
    step = said.out.split("Next step: connector ")[1].split()
    assert (step[0], step[-2]) == ("apply", "--approve")
    assert place.type(*step).code == ExitCode.DONE, "what is said at once is what goes through"
    assert len(place.writes(mark)) == 3


def test_a_comparison_names_the_command_that_approves_what_it_showed(place: Workplace) -> None:
    place.change("[pairs.main]", STRICT)
    edited(place)
    said, mark = place.type("diff"), place.requests
    step = said.out.split("Next step: connector ")[1].split()
    assert step[:3] == ["sync", "--pair", "main"]
    assert place.type(*step).code == ExitCode.DONE, said.out
    assert len(place.writes(mark)) == 3


def test_before_the_first_backfill_a_plan_is_followed_by_that(tmp_path: Path) -> None:
    with workplace(tmp_path, clopos=8, checkandplace=8, shared=2) as place:
        place.change("[pairs.main]", f"{STRICT}\nguard.creates_count = 1\nguard.creates_percent = 1")
        said = place.type("diff", "-o", str(place.folder / "plan.json"))
        assert said.code == ExitCode.DIFFERENCES
        assert "--approve" not in said.out
        assert "Next step: connector backfill --pair main" in said.out


def test_only_what_changed_is_called_changed(place: Workplace) -> None:
    ((clopos, guest),) = edited(place, 1)
    place.type("diff")  # a name and a number that change at once may be another person
    place.world.staff_edit("clopos", clopos, {"phone": "+994557770199"})
    path = planned(place)
    place.world.staff_edit("checkandplace", guest, {"last_name": "Dəyişdi"})
    document = place.type("apply", str(path), "--json").json["pairs"][0]
    (dropped,) = document["dropped"]
    assert {field["field"]: field["changed"] for field in dropped["fields"]} == {"name": True, "phone": False}
    said = place.type("apply", str(path), "--show-pii", "--all")
    assert said.out.count("since") == 2, f"in the heading, and beside the name: {said.out}"


def test_of_a_customer_to_be_created_the_detail_that_changed_is_marked(place: Workplace) -> None:
    place.world.staff_create("clopos", {"name": "Zümrüd Yenidən", "phone": "+994557770101"}, "new")
    path = planned(place)
    new = place.world.clopos.dump()[-1]
    place.world.staff_edit("clopos", str(new["id"]), {"name": "Zümrüd Başqa"})
    said = place.type("apply", str(path), "--json", "--show-pii")
    (dropped,) = said.json["pairs"][0]["dropped"]
    (name,) = [field for field in dropped["fields"] if field["field"] == "name"]
    assert (name["planned"]["clopos"], name["now"]["clopos"]) == ("Zümrüd Yenidən", "Zümrüd Başqa")
    assert [field["field"] for field in dropped["fields"] if field["changed"]] == ["name"]
