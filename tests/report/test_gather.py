"""Reports of real runs: both simulators, a real state, a preview, the first reconciliation, a refusal."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from connector.domain.errors import NotThere, UnsafePlan
from connector.domain.plan import OPERATIONS, EntryKind
from connector.domain.values import CHECKANDPLACE, CLOPOS
from connector.report import story
from connector.report.gather import report_of_run
from connector.report.html import stream_html
from connector.report.json_report import stream_json
from connector.report.model import Report
from tests.engine.harness import Bench
from tests.report.test_html import Tree


@pytest.fixture
async def bench(tmp_path: Path) -> AsyncIterator[Bench]:
    made = Bench(tmp_path, clopos=30, checkandplace=30, shared=18)
    yield made
    made.engine.dispose()


def report(bench: Bench, run_id: int, **options: Any) -> Report:
    return report_of_run(bench.ctx.stores.database, run_id, "main", bench.ctx.mapper, zone="Asia/Baku", **options)


async def test_a_preview_then_the_first_reconciliation(bench: Bench) -> None:
    looked = await bench.run("diff")
    preview = report(bench, looked.run_id)
    assert preview.header.dry
    assert preview.header.stops == ()
    assert [reading.state for reading in preview.header.readings] == ["complete", "complete"]
    assert preview.header.records(CLOPOS) == len(bench.rows("SELECT id FROM record WHERE side = 'clopos'"))
    assert looked.plan is not None
    assert preview.summary.counts == looked.plan.summary.counts
    assert preview.header.plan_hash == looked.plan.hash
    assert sum(story.overlap(preview)[:2]) == preview.header.records(CLOPOS)
    requests = sum(reading.requests for reading in preview.header.readings)
    assert requests == looked.requests

    done = await bench.run("backfill")
    told = report(bench, done.run_id, show_pii=True, limit=None)
    assert (told.header.dry, told.header.state, told.header.links) == (False, "done", 0)
    operations = list(told.entries(OPERATIONS))
    assert len(operations) == told.summary.operations == told.outcomes["done"] > 5
    made = {(e.side, o.new_id) for e in operations if e.kind is EntryKind.CREATE and (o := told.outcome(e)) is not None}
    known = {(row["side"], row["remote_id"]) for row in bench.rows("SELECT side, remote_id FROM record")}
    assert all(side is not None and (side.value, new_id) in known for side, new_id in made)
    assert any("nobody’s consent was sent" in note for note in told.header.notes)  # CP-25
    Tree("".join(stream_html(told)))
    data = json.loads("".join(stream_json(told)))
    assert {entry["outcome"]["state"] for entry in data["entries"] if "outcome" in entry} == {"done"}

    again = await bench.run("diff")
    after = report(bench, again.run_id)
    assert after.summary.operations == 0
    assert after.header.links == len(bench.links())


async def test_masked_pages_of_a_real_world_name_nobody(bench: Bench) -> None:
    looked = await bench.run("diff")
    page = "".join(stream_html(report(bench, looked.run_id, limit=None)))
    clear = "".join(stream_html(report(bench, looked.run_id, limit=None, show_pii=True)))
    rows = bench.rows("SELECT key FROM record_key WHERE kind IN ('phone', 'email')")
    shown = {row["key"] for row in rows if row["key"] in clear}
    assert len(shown) > 5
    assert not [key for key in shown if key in page]


async def test_a_run_without_a_backfill_says_what_comes_first(bench: Bench) -> None:
    with pytest.raises(UnsafePlan):
        await bench.run("sync")
    told = report(bench, bench.ctx.run_id)
    assert told.header.state == "refused"
    assert story.headline(told) == ["This pair has no finished backfill yet, so nothing was written."]
    assert told.header.next_step == "connector backfill --pair main"


async def test_a_refused_run_says_why(bench: Bench) -> None:
    await bench.run("backfill")
    for number in range(60):
        fields = {
            "name": f"Yeni Qonaq{chr(97 + number % 26)}{chr(97 + number // 26)}",
            "phone": f"+99455700{number:04d}",
        }
        bench.world.staff_create("clopos", fields)
    with pytest.raises(UnsafePlan):
        await bench.run("sync")
    told = report(bench, bench.ctx.run_id)
    assert told.header.state == "refused"
    assert [objection.code for objection in told.header.stops] == ["too-many-creates"]
    assert told.header.next_step.startswith("connector sync --pair main --approve ")
    entry = next(iter(told.entries((EntryKind.CREATE,))))
    outcome = told.outcome(entry)
    assert outcome is not None
    assert outcome.state == "not-run"


async def test_refused_in_doubt_and_sent_again(bench: Bench) -> None:
    done = await bench.run("backfill")
    first = list(report(bench, done.run_id).entries((EntryKind.CREATE,)))[:3]
    with bench.engine.begin() as connection:
        for entry, state, word in zip(
            first, ("refused", "in-doubt", "held"), ("duplicate", "in-doubt", "x"), strict=True
        ):
            column = "clopos_record_id" if entry.side is CHECKANDPLACE else "checkandplace_record_id"
            row = entry.clopos_row if entry.side is CHECKANDPLACE else entry.checkandplace_row
            connection.execute(
                text(f"UPDATE intent SET state = :state, outcome = :word WHERE {column} = :row"),
                {"state": state, "word": word, "row": row},
            )
    told = report(bench, done.run_id)
    states = [(o.state, o.sentence) for entry in first if (o := told.outcome(entry)) is not None]
    assert states == [
        ("refused", "The server says that somebody there has one of these values already."),
        ("in-doubt", "The server did not say whether it was done; the next run finds out."),
        ("held", ""),
    ]
    assert story.headline(replace(told, outcomes={}))[1] == "No change had to be sent."


async def test_a_run_that_is_none(bench: Bench) -> None:
    await bench.run("diff")
    with pytest.raises(NotThere) as caught:
        report(bench, 99)
    assert caught.value.code == "run-unknown"
