"""`connector runs show`: an old run as it was then, whatever happened since."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import fastjsonschema
import pytest

from connector.domain.errors import ExitCode
from tests.cli.test_apply import edited
from tests.cli.workplace import ROOT, Workplace, workplace

Then = dict[int, str]


@pytest.fixture(scope="module")
def lived(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Workplace, Then]]:
    """Run 1 is refused before it reads, run 2 is the backfill, run 3 creates one customer, run 4 is refused by the
    guard, run 5 is the same, approved. With what `runs show` said right after each."""
    with workplace(tmp_path_factory.mktemp("runs"), clopos=8, checkandplace=8, shared=6) as place:
        then: Then = {}

        def ran(run: int, code: ExitCode, *words: str) -> str:
            said = place.type(*words)
            assert said.code == code, said.err
            then[run] = place.type("runs", "show", str(run)).out
            return said.err

        ran(1, ExitCode.REFUSED, "sync")
        ran(2, ExitCode.DONE, "backfill", "--yes")
        place.world.staff_create("clopos", {"name": "Zümrüd Yenidən", "phone": "+994557770101"}, "new")
        ran(3, ExitCode.DONE, "sync")
        place.change("[pairs.main]", "[pairs.main]\nguard.updates_count = 1\nguard.updates_percent = 1")
        edited(place)
        refused = ran(4, ExitCode.REFUSED, "sync")
        ran(5, ExitCode.DONE, *refused.split("Next: connector ")[1].split())
        yield place, then


def facts(text: str) -> list[str]:
    """The lines of a report that tell figures: without its next step, and where its entries are."""
    over = ("Next step:", "Entry by entry:", "Its entries")
    return [line for line in text.splitlines() if line.strip() and not line.startswith(over)]


@pytest.mark.parametrize("run", [1, 2, 3, 4])
def test_an_old_run_shows_what_was_true_then(lived: tuple[Workplace, Then], run: int) -> None:
    place, then = lived
    later = place.type("runs", "show", str(run))
    assert later.code == ExitCode.DONE
    assert facts(later.out) == facts(then[run])


def test_what_a_run_did_not_store_is_left_out(lived: tuple[Workplace, Then]) -> None:
    """A run that was refused before it read knows neither links nor customers."""
    place, then = lived
    for text in (then[1], place.type("runs", "show", "1").out):
        assert "Linked before" not in text
        assert "customer" not in text.split("Counts")[0]
        assert text.count("not read in this run") == 2
    assert "Linked before 0 " in " ".join(then[2].split())
    links = place.type("links", "list", "--state", "active", "--json").json["links"]
    assert f"Linked before {len(links)} " in " ".join(then[4].split())


@pytest.mark.parametrize(("run", "step"), [(1, "connector backfill --pair main"), (4, "--approve")])
def test_a_next_step_is_named_as_long_as_it_leads_on(lived: tuple[Workplace, Then], run: int, step: str) -> None:
    place, then = lived
    assert step in then[run].split("Next step:")[1]
    assert "Next step:" not in place.type("runs", "show", str(run)).out


def test_an_approval_that_ran_out_is_no_next_step(tmp_path: Path) -> None:
    with workplace(tmp_path, clopos=8, checkandplace=8, shared=6) as place:
        place.backfilled()
        place.change("[pairs.main]", "[pairs.main]\nguard.updates_count = 1\nguard.updates_percent = 1")
        edited(place)
        assert place.type("sync").code == ExitCode.REFUSED
        assert "--approve" in place.type("runs", "show", "2").out
        place.change("[pairs.main]", '[pairs.main]\nguard.approval = "0s"')
        assert "--approve" not in place.type("runs", "show", "2").out


@pytest.mark.parametrize("name", ["r.html", "r.md", "r.csv", "r.xlsx", "r.txt", "r.json"])
def test_a_report_of_a_run_without_a_plan_can_be_written(lived: tuple[Workplace, Then], name: str) -> None:
    place, _then = lived
    said = place.type("runs", "show", "1", "-o", str(place.folder / name))
    assert said.code == ExitCode.DONE, said.err
    assert (place.folder / name).stat().st_size > 0
    if name == "r.json":
        schema = json.loads((ROOT / "docs" / "schema" / "report.json").read_text())
        (written,) = fastjsonschema.compile(schema)(json.loads((place.folder / name).read_text()))["pairs"]
        assert written["report"]["links"] is None
        assert [reading["records"] for reading in written["report"]["readings"]] == [None, None]


def test_it_says_where_the_entries_are(lived: tuple[Workplace, Then]) -> None:
    """Runs that wrote keep theirs; of a comparison they are gone when the next run begins, and that is said."""
    place, _then = lived
    assert "Entry by entry: connector runs show 3 --pair main -o report.html" in place.type("runs", "show", "3").out
    assert "Entry by" not in place.type("runs", "show", "1").out
    assert place.type("diff").code == ExitCode.DONE
    newest = str(place.type("runs", "list", "-n", "1", "--json").json["runs"][0]["run"])
    assert "Entry by entry" in place.type("runs", "show", newest).out
    place.type("diff")
    assert "Its entries are not kept any more" in place.type("runs", "show", newest).out
    assert place.type("runs", "show", newest, "-o", str(place.folder / "gone.html")).code == ExitCode.FAILED
