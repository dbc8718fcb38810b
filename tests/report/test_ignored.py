"""What staff put aside is no question any more: not counted, not listed, named once; until its cause changes."""

from __future__ import annotations

import io
from functools import partial
from pathlib import Path

from connector.engine.staff_queue import ignore
from connector.report import story
from connector.report.files import print_to
from connector.report.gather import report_of_run
from connector.report.model import Report
from connector.report.sections import questions
from tests.engine.scene import Scene, scene


async def report(place: Scene) -> Report:
    """The report of a new comparison."""
    await place.run("diff")
    run_id = place.rows("SELECT max(id) AS id FROM run")[0]["id"]
    return report_of_run(place.ctx.stores.database, run_id, "main", place.ctx.mapper, limit=None)


async def test_a_hold_that_is_ignored_is_counted_apart(tmp_path: Path) -> None:
    place = scene(tmp_path)
    place.guest()
    place.crowd(3)
    await place.start()
    place.world.staff_create(
        "checkandplace",
        {"first_name": "Zaur", "last_name": "Bağırov", "primary_phone_number": "994701234567", "blacklist": True},
        "zaur",
    )
    await place.quiet(1)
    place.at_clopos(phone="+994701234567")
    await place.quiet(1)
    asked = await report(place)
    assert (questions(asked.summary), asked.summary.ignored) == (1, 0)
    place.decide(partial(ignore, entry_id=place.only("hold", "phone")["id"]))
    silent = await report(place)
    assert (questions(silent.summary), silent.summary.ignored, silent.summary.differs) == (0, 1, False)
    assert "1 entry that your staff put aside is not listed." in story.notes(silent)
    for form in ("terminal", "html", "markdown"):
        stream = io.StringIO()
        print_to(silent, form, stream)
        assert "put aside" in stream.getvalue()
        assert "Set aside" not in stream.getvalue()
    place.world.staff_create(
        "checkandplace",
        {"first_name": "Lalə", "last_name": "Rəhimli", "primary_phone_number": "994701234500", "blacklist": True},
        "lale",
    )
    place.at_clopos(phone="+994701234500")  # held by somebody else: not what staff saw
    again = await report(place)
    assert (questions(again.summary), again.summary.ignored) == (1, 0)
