"""`connector status` after plan files: what ends a refusal, and what counts as a good run."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from connector.domain.errors import ExitCode
from tests.cli.test_apply import edited, planned
from tests.cli.workplace import Said, Workplace, workplace


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Workplace]:
    """A pair on which two updates are too many, and a sync of three was refused."""
    with workplace(tmp_path, clopos=8, checkandplace=8, shared=6) as found:
        found.backfilled()
        found.change("[pairs.main]", "[pairs.main]\nguard.updates_count = 1\nguard.updates_percent = 1")
        edited(found)
        assert found.type("sync").code == ExitCode.REFUSED
        assert found.type("status").code == ExitCode.FAILED
        yield found


def approved(place: Workplace, path: Path, *words: str) -> Said:
    refused = place.type("apply", str(path))
    assert refused.code == ExitCode.REFUSED
    said = place.type(*refused.err.split("Next: connector ")[1].split(), *words)
    assert said.code in (ExitCode.DONE, ExitCode.PARTLY), said.err
    return said


def test_an_approved_plan_carried_out_whole_ends_the_refusal_and_is_a_good_run(place: Workplace) -> None:
    approved(place, planned(place))
    said = place.type("status")
    assert said.code == ExitCode.DONE, said.out
    assert "wrote nothing" not in said.out
    (pair,) = place.type("status", "--json").json["pairs"]
    assert (pair["last_good"]["kind"], pair["stale_since"]) == ("apply", None)
    assert "up to date" in said.out


def test_edits_that_are_newer_than_the_plan_still_wait(place: Workplace) -> None:
    """The refusal is over; how fresh the pair is, its last sync says."""
    path = planned(place)
    place.world.staff_create("clopos", {"name": "Zümrüd Yenidən", "phone": "+994557770101"}, "new")
    approved(place, path)
    said = place.type("status")
    (pair,) = place.type("status", "--json").json["pairs"]
    assert (said.code, pair["stale"]) == (ExitCode.DONE, False), "the backfill was minutes ago"
    assert pair["last_good"]["kind"] == "backfill"
    assert "wrote nothing" not in said.out
    assert "what it did not hold waits" in " ".join(said.out.split())
    assert "next: connector sync --pair main" in said.out
    assert place.type("sync").code == ExitCode.DONE
    assert place.type("status", "--json").json["pairs"][0]["last_good"]["kind"] == "sync"


@pytest.mark.parametrize("words", [("--limit", "1"), ("--only", "settle"), ("--first", "1")])
def test_a_part_of_a_refused_plan_does_not_end_the_refusal(place: Workplace, words: tuple[str, ...]) -> None:
    approved(place, planned(place), *words)
    said = place.type("status")
    assert said.code == ExitCode.FAILED
    assert "--approve" not in said.out, "that approval is used up"
    assert "next: connector sync --pair main" in said.out


def test_a_plan_file_that_is_itself_refused_says_nothing_about_the_pair(tmp_path: Path) -> None:
    with workplace(tmp_path, clopos=8, checkandplace=8, shared=6) as place:
        place.backfilled()
        edited(place)
        path = planned(place)
        place.change('timezone = "Asia/Baku"', 'timezone = "Asia/Baku"\nguard = { updates_percent = 30 }')
        assert place.type("apply", str(path)).code == ExitCode.REFUSED
        said = place.type("status")
        assert said.code == ExitCode.DONE
        assert "up to date" in said.out
