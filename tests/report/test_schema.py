"""The published form of the JSON report (docs/schema/report.json) is the one that is written, and a closed one."""

from __future__ import annotations

import copy
import io
import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import fastjsonschema
import pytest

from connector.domain.plan import IGNORED, EntryKind
from connector.report.json_report import SCHEMA, write_json
from connector.report.model import Outcome, Report
from tests.cli.workplace import workplace
from tests.report.sample import ENTRIES, HEADER, OBJECTION, run_outcome, sample

FILE = Path(__file__).parents[2] / "docs" / "schema" / "report.json"


@pytest.fixture(scope="module")
def holds() -> Callable[[Any], Any]:
    """Raises JsonSchemaValueException for what is not of the form."""
    return fastjsonschema.compile(json.loads(FILE.read_text(encoding="utf-8")))


def written(report: Report) -> Any:
    stream = io.StringIO()
    write_json(report, stream)
    return json.loads(stream.getvalue())


def live() -> Report:
    header = replace(HEADER, kind="sync", dry=False, state="partly", objections=(OBJECTION,), seconds=None)
    return sample(header=header, show_pii=True, outcome=run_outcome, outcomes={"done": 3, "refused": 1})


def quiet() -> Report:
    silent = replace(ENTRIES[8], facts={**ENTRIES[8].facts, IGNORED: True})
    return sample([silent, replace(ENTRIES[8], link_id=4, queued_at="2026-03-01T08:30:00+00:00")])


def at_work() -> Report:
    """A run that is not over, or was killed: its readings and its writes are open."""
    readings = tuple(
        replace(one, state="running", kind=kind) for one, kind in zip(HEADER.readings, ("by-id", "full"), strict=True)
    )
    header = replace(HEADER, kind="sync", dry=False, state="running", readings=readings, seconds=None)
    return sample(header=header, outcome=lambda _entry: Outcome("open"), outcomes={"open": 4})


@pytest.mark.parametrize(
    "report",
    [sample(), live(), quiet(), sample([]), at_work()],
    ids=["preview", "live", "ignored", "empty", "at work"],
)
def test_reports_are_of_the_published_form(holds: Callable[[Any], Any], report: Report) -> None:
    assert holds(written(report))["schema"] == SCHEMA


def test_the_form_names_every_kind_and_its_own_version() -> None:
    form = json.loads(FILE.read_text(encoding="utf-8"))
    assert form["title"] == form["definitions"]["report"]["properties"]["schema"]["const"] == SCHEMA
    assert set(form["definitions"]["entry"]["properties"]["kind"]["enum"]) == {kind.value for kind in EntryKind}


@pytest.mark.parametrize(
    "spoil",
    [
        lambda data: data.update(schema="connector-report/2"),
        lambda data: data["entries"][0].update(extra=1),
        lambda data: data["entries"][0].pop("who"),
        lambda data: data["summary"].pop("counts"),
        lambda data: data["report"]["readings"][0].update(records=-1),
    ],
)
def test_another_form_is_refused(holds: Callable[[Any], Any], spoil: Callable[[Any], Any]) -> None:
    data = copy.deepcopy(written(live()))
    spoil(data)
    with pytest.raises(fastjsonschema.JsonSchemaValueException):
        holds(data)


def test_what_the_commands_print_is_of_the_published_form(holds: Callable[[Any], Any], tmp_path: Path) -> None:
    with workplace(tmp_path) as place:
        said = place.type("diff", "--json")
        assert holds(json.loads(said.out))["exit_code"] == said.code == 2
        file = tmp_path / "report.json"
        assert place.type("runs", "show", "1", "-o", str(file)).code == 0
        assert holds(json.loads(file.read_text()))["pairs"][0]["masked"] is False
