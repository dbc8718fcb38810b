"""The figures of one report agree with each other and with `connector status`, and say what they count."""

from __future__ import annotations

import json
import re

import pytest

from connector.domain.errors import ExitCode
from tests.cli.test_apply import edited, planned
from tests.cli.workplace import Said, Workplace


def last_run(place: Workplace) -> str:
    return str(place.type("runs", "list", "-n", "1", "--json").json["runs"][0]["run"])


def waits(place: Workplace) -> int:
    """What `status` shows in the queues."""
    (pair,) = place.type("status", "--json").json["pairs"]
    return sum(queue["size"] for queue in pair["queues"].values())


def asked(said: Said) -> int:
    """What a headline calls waiting."""
    found = re.search(r"(\d+) questions? waits? for your staff", " ".join(said.out.split()))
    return int(found[1]) if found else 0


def test_what_was_sent_is_told_of_what_was_planned(place: Workplace) -> None:
    edited(place)
    said = place.type("apply", str(planned(place)), "--first", "1")
    shown = place.type("runs", "show", last_run(place))
    for text in (said.out, shown.out):
        plain = " ".join(text.split())
        assert "1 change was sent." in plain
        assert "1 Corrected in Check&Place (of 3 in the plan)" in plain
        assert plain.count("2 operations were left for later.") == 1
    assert "1 corrected in Check&Place" in " ".join(shown.out.split("Counts")[1].split())
    for name in ("told.html", "told.md", "told.txt"):
        assert place.type("runs", "show", last_run(place), "-o", str(place.folder / name)).code == ExitCode.DONE
        written = (place.folder / name).read_text()
        assert "(of 3 in the plan)" in written or "\\(of 3 in the plan\\)" in written, name


@pytest.mark.parametrize("words", [(), ("--only", "name"), ("--only", "phone"), ("--except", "task")])
def test_the_questions_of_a_headline_are_those_of_status(place: Workplace, words: tuple[str, ...]) -> None:
    """A part of a plan asks less than there is: what waits is the same whatever part was asked for."""
    *asking, (_clopos, last) = edited(place)
    for number, (_clopos, guest) in enumerate(asking):
        place.world.staff_edit("checkandplace", guest, {"primary_phone_number": f"99455777010{number}"})
    path = planned(place)
    assert place.type("apply", str(path), *words).code in (ExitCode.DONE, ExitCode.PARTLY)
    first = last_run(place)
    before, said = waits(place), place.type("runs", "show", first)
    assert asked(said) == before
    assert "waiting" not in said.out.split("Counts")[-1], "what waits is no deed of the run"
    if words:
        assert "Only a part of the plan was asked for" in " ".join(said.out.split())
    place.world.staff_edit("checkandplace", last, {"primary_phone_number": "994557770199"})
    assert place.type("sync").code in (ExitCode.DONE, ExitCode.PARTLY)
    assert asked(place.type("runs", "show", last_run(place))) == waits(place)
    assert asked(place.type("runs", "show", first)) == before, "an old run tells what waited then"


def test_a_backfill_in_relink_mode_says_why_it_is_not_over(place: Workplace) -> None:
    """Nothing went wrong, so there is no part "Not done", and none is spoken of."""
    kept = place.folder / "kept.db"
    assert place.type("db", "backup", "-o", str(kept)).code == ExitCode.DONE
    assert place.type("db", "restore", str(kept), "--yes").code == ExitCode.DONE
    file = place.folder / "relinked.md"
    said = place.type("backfill", "--yes", "-o", str(file))
    assert said.code == ExitCode.PARTLY
    for text in (said.out, place.type("runs", "show", last_run(place)).out, file.read_text()):
        plain = " ".join(text.split())
        assert "Done as far as it could be." in plain
        assert "The backfill is not finished: it goes on when it is started again." in plain
        assert "did not go through" not in plain
    assert asked(said) == waits(place) > 0


def test_what_did_not_go_through_has_its_part_in_every_form(place: Workplace) -> None:
    """A name that is too long is refused (CP-45)."""
    for clopos, _guest in edited(place, 1):
        place.world.staff_edit("clopos", clopos, {"name": "Nigar " + "a" * 300})
    place.world.set("CP-45", "255")
    said = place.type("sync", "-o", str(place.folder / "sync.md"))
    assert said.code == ExitCode.PARTLY
    assert "Done, except for what did not go through." in " ".join(said.out.split())
    assert "0 Corrected in Check&Place (of 1 in the plan)" in " ".join(said.out.split())
    assert "1 refused" in said.out
    text = (place.folder / "sync.md").read_text()
    assert "## Not done (1)" in text
    assert "Nigar" in text.split("## Not done (1)")[1].split("\n## ")[0]


def test_a_run_that_was_not_carried_out_sent_nothing(place: Workplace) -> None:
    place.change("[pairs.main]", "[pairs.main]\nguard.updates_count = 1\nguard.updates_percent = 1")
    edited(place)
    said = place.type("sync")
    assert said.code == ExitCode.REFUSED
    assert "0 Corrected in Check&Place (of 3 in the plan)" in " ".join(said.out.split())
    assert json.loads(place.type("runs", "show", last_run(place), "--json").out)["plan"]["state"] == "refused"
