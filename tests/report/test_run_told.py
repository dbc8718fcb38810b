"""The report of a run from a real state, at whatever moment and in whatever end: its writes, its readings, what it left
undone, and whether its next step still leads on."""

from __future__ import annotations

import asyncio
import io
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import text

from connector.domain.plan import EntryKind
from connector.domain.values import CHECKANDPLACE, CLOPOS
from connector.report import story
from connector.report.files import print_to
from connector.report.gather import report_of_run
from connector.report.model import Report
from connector.state.core import dump
from tests.engine.scene import Scene, scene

BACKFILL, SYNC, DIFF = 1, 2, 3


@pytest.fixture(scope="module")
def lived(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    """A pair with a backfill (that created one guest), a sync that sent one correction, and a comparison."""
    place = scene(tmp_path_factory.mktemp("told"))
    place.guest()
    place.crowd(3)
    place.world.staff_create("clopos", {"name": "Emre Kaya", "phone": "+994557001009"}, "emre")
    asyncio.run(place.run("backfill"))
    place.at_clopos(phone="+994502123457")
    asyncio.run(place.run("sync"))
    asyncio.run(place.run("diff"))
    yield place
    place.engine.dispose()


@pytest.fixture
def place(lived: Scene) -> Iterator[Scene]:
    """The same, whatever a test changes in the rows of the state."""
    tables = ("run", "scan", "intent", "plan")
    with lived.engine.connect() as connection:
        kept = {table: connection.execute(text(f"SELECT * FROM {table}")).mappings().all() for table in tables}
    yield lived
    with lived.engine.begin() as connection:
        for table, rows in kept.items():
            if table == "intent":
                connection.execute(text("DELETE FROM intent WHERE id > :last"), {"last": max(r["id"] for r in rows)})
            for row in rows:
                names = ", ".join(f"{name} = :{name}" for name in row if name != "id")
                connection.execute(text(f"UPDATE {table} SET {names} WHERE id = :id"), dict(row))


def put(place: Scene, sql: str, **values: Any) -> None:
    with place.engine.begin() as connection:
        connection.execute(text(sql), values)


def told(place: Scene, run_id: int, **options: Any) -> Report:
    return report_of_run(place.ctx.stores.database, run_id, "main", place.ctx.mapper, **{"limit": None, **options})


def printed(report: Report, form: str = "terminal") -> str:
    stream = io.StringIO()
    print_to(report, form, stream, width=160)
    return stream.getvalue()


def outcomes(report: Report, kind: EntryKind) -> list[tuple[str, str]]:
    found = [report.outcome(entry) for entry in report.entries((kind,))]
    return [(one.state, one.sentence) for one in found if one is not None]


def test_each_write_is_told_of_the_operation_that_it_was(place: Scene) -> None:
    first, second = told(place, BACKFILL), told(place, SYNC)
    assert (first.sent, dict(first.outcomes)) == ({("create", "checkandplace"): 1}, {"done": 1})
    assert (second.sent, dict(second.outcomes)) == ({("update", "checkandplace"): 1}, {"done": 1})
    assert outcomes(first, EntryKind.CREATE) == outcomes(second, EntryKind.UPDATE) == [("done", "")]
    assert outcomes(first, EntryKind.LINK) == []
    dry = told(place, DIFF)
    assert (dry.sent, dict(dry.outcomes), dry.header.state) == (None, {}, "")


def test_a_detail_that_was_refused_alone_does_not_undo_the_rest(place: Scene) -> None:
    """Refused, then sent once more without the refused field (ARCHITECTURE, "Apply"): the last answer counts."""
    (sent,) = place.rows("SELECT * FROM intent WHERE run_id = :run", run=SYNC)
    again = {name: value for name, value in sent.items() if name != "id"}
    put(place, f"INSERT INTO intent ({', '.join(again)}) VALUES (:{', :'.join(again)})", **again)
    put(place, "UPDATE intent SET state = 'refused', outcome = 'rejected' WHERE id = :id", id=sent["id"])
    report = told(place, SYNC)
    assert outcomes(report, EntryKind.UPDATE) == [("done", "A detail was refused and is set aside.")]
    assert (report.sent, dict(report.outcomes)) == ({("update", "checkandplace"): 1}, {"done": 1})


@pytest.mark.parametrize(
    ("state", "sent", "said"),
    [
        ("done", 1, "done"), ("accepted", 1, "accepted, not seen yet"), ("open", 0, "begun, its end is not known yet"),
        ("in-doubt", 0, "in doubt"), ("refused", 0, "refused"), ("dropped", 0, "no longer right, left"),
        ("held", 0, "set aside"),
    ],
)  # fmt: skip
def test_every_state_of_a_write_has_its_word(place: Scene, state: str, sent: int, said: str) -> None:
    put(place, "UPDATE intent SET state = :state WHERE run_id = :run", state=state, run=SYNC)
    report = told(place, SYNC)
    assert (report.sent or {}).get(("update", "checkandplace"), 0) == sent
    assert f"{said}." in printed(report)
    assert dict(report.outcomes) == {state: 1}


@pytest.mark.parametrize("state", ["complete", "torn", "running"])
@pytest.mark.parametrize("kind", ["full", "quick", "by-id"])
def test_a_reading_that_was_not_whole_does_not_say_how_many_there_are(place: Scene, kind: str, state: str) -> None:
    """How many customers a side has is what the plan knew, unless this run read them all; and each can be told."""
    put(place, "UPDATE scan SET kind = :kind, state = :state, rows = 7 WHERE run_id = :run AND side = 'clopos'",
        kind=kind, state=state, run=SYNC)  # fmt: skip
    report = told(place, SYNC)
    (found,) = (one for one in report.header.readings if one.side is CLOPOS)
    there = 7 if (kind, state) == ("full", "complete") else 5
    assert (found.records, found.state, found.kind) == (there, state, kind)
    assert dict(story.facts(report))["Clopos"].startswith(f"{there} customers, ")


@pytest.mark.parametrize(
    ("state", "said"),
    [
        ("running", "The run is not over: it is at work, or it was killed."),
        ("killed", "The run was killed before its end; the next one finds out what became of its last write."),
        ("stopped", "The run was stopped; the next one goes on from there."),
    ],
)
@pytest.mark.parametrize("form", ["terminal", "html", "markdown"])
def test_a_run_that_has_no_end_can_be_told(place: Scene, state: str, said: str, form: str) -> None:
    """While it is at work, or after a kill: its last reading and its last write are open."""
    put(
        place,
        "UPDATE run SET state = :state, ended_at = NULL, counts_json = '{}' WHERE id = :run",
        state=state,
        run=SYNC,
    )
    put(place, "UPDATE scan SET state = 'running', ended_at = NULL WHERE run_id = :run", run=SYNC)
    put(place, "UPDATE intent SET state = 'open', outcome = NULL WHERE run_id = :run", run=SYNC)
    report = told(place, SYNC)
    assert story.headline(report) == [said]
    assert dict(story.facts(report))["Check&Place"].startswith("5 customers, not read to the end yet, ")
    assert "Took" not in dict(story.facts(report))
    assert said in printed(report, form)
    assert "begun, its end is not known yet" in printed(report, form)


@pytest.mark.parametrize(
    ("kind", "counts", "notes"),
    [
        ("sync", {}, []),
        ("sync", {"consent_set_by_server.sms": 3},
         ["Check&Place itself set “sms” for 3 of the new customers; nobody’s consent was sent."]),
        ("sync", {"mapping_changed.Phone": 1},
         ["The mapping of “Phone” was changed since the last run: 1 customer is brought up to date by that."]),
        ("sync", {"torn.checkandplace": 2},
         ["The list of Check&Place could not be read whole; nothing is concluded from who is missing in it."]),
        ("sync", {"waits_for_next_run": 2}, ["2 changes wait for the next run."]),
        ("backfill", {"waits_for_next_run": 2},
         ["The backfill is not finished: it goes on when it is started again."]),
        ("sync", {"drifted.clopos": 1, "drifted.checkandplace": 2},
         ["3 changes were not right any more and were left."]),
        ("apply", {"newer": 1, "left": 2, "not_reached": 3, "sent.checkandplace": 9},
         ["3 changes were not reached; the next run goes on there.", "2 operations were left for later.",
          "1 entry is newer than the plan and waits for the next sync."]),
    ],
    ids=["nothing", "consents (CP-25)", "mapping", "torn", "next run", "a backfill's own words", "both sides together",
         "in one order, nothing else"],
)  # fmt: skip
def test_what_a_run_left_undone(place: Scene, kind: str, counts: Mapping[str, int], notes: list[str]) -> None:
    put(place, "UPDATE run SET kind = :kind, counts_json = :counts WHERE id = :run",
        kind=kind, counts=dump(counts), run=SYNC)  # fmt: skip
    assert list(told(place, SYNC).header.notes) == notes


def test_what_waited_when_the_run_had_ended(place: Scene) -> None:
    put(place, "UPDATE run SET counts_json = :counts WHERE id = :run", run=SYNC,
        counts=dump({"waiting.task": 2, "waiting.hold": 0, "linked": 7}))  # fmt: skip
    assert told(place, SYNC).header.waiting == {"task": 2, "hold": 0}
    put(place, "UPDATE run SET counts_json = '{}' WHERE id = :run", run=SYNC)
    assert told(place, SYNC).header.waiting is None


REFUSED = {"code": "guard-refused", "manager": "Too much.", "next": "connector sync --approve abc"}


@pytest.mark.parametrize(
    ("later", "plan", "since", "error", "step"),
    [
        ("failed", "refused", 0, REFUSED, True),
        ("done", "refused", 0, REFUSED, False),
        ("failed", "refused", 1, REFUSED, False),
        ("failed", "refused", -1, REFUSED, True),
        ("failed", "approved", 0, REFUSED, False),
        ("failed", "approved", 1, {**REFUSED, "code": "auth"}, True),
        ("partly", "approved", 1, {**REFUSED, "code": "auth"}, False),
    ],
    ids=["can be approved", "a later run came to its end", "too old", "young enough", "approved already",
         "another error is as true as ever", "until a run went further"],
)  # fmt: skip
def test_a_next_step_is_named_as_long_as_it_leads_on(
    place: Scene, later: str, plan: str, since: int, error: Mapping[str, str], step: bool
) -> None:
    put(place, "UPDATE run SET state = 'refused', error_json = :error WHERE id = :run", error=dump(error), run=BACKFILL)
    put(place, "UPDATE run SET state = :later WHERE id = :run", later=later, run=SYNC)
    put(place, "UPDATE plan SET state = :state WHERE run_id = :run", state=plan, run=BACKFILL)
    made = datetime.fromisoformat(place.rows("SELECT created_at FROM plan WHERE run_id = 1")[0]["created_at"])
    report = told(place, BACKFILL, approvable_since=made.replace(tzinfo=UTC) + timedelta(seconds=since),
                  typed=lambda text: f"{text}!")  # fmt: skip
    assert report.header.next_step == ("connector sync --approve abc!" if step else "!")
    assert told(place, BACKFILL, next_step="connector status").header.next_step == "connector status"
    assert story.headline(report) == ["Too much."]


def test_the_objections_of_a_plan_name_their_side(place: Scene) -> None:
    verdict = [{"code": "side-shrank", "side": "checkandplace", "sentence": "Smaller."},
               {"code": "no-backfill", "side": None, "sentence": "None yet."}]  # fmt: skip
    put(place, "UPDATE plan SET verdict_json = :verdict WHERE run_id = :run", verdict=dump(verdict), run=DIFF)
    found = told(place, DIFF).header.objections
    assert [(one.code, one.side) for one in found] == [("side-shrank", CHECKANDPLACE), ("no-backfill", None)]
    assert [one.code for one in told(place, DIFF).header.stops] == ["side-shrank"]


@pytest.mark.parametrize(("run_id", "links"), [(BACKFILL, 0), (SYNC, 5), (DIFF, 5)])
def test_links_are_those_from_before_the_run(place: Scene, run_id: int, links: int) -> None:
    assert told(place, run_id).header.links == links
