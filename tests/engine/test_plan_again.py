"""A plan file that is applied again, or that is not the same any more when it is read again."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from connector.domain.errors import ExitCode, UnsafePlan
from connector.domain.values import CHECKANDPLACE
from connector.engine import apply_file
from connector.engine.apply_file import FileRun
from connector.engine.context import RunContext
from connector.engine.drift import Why
from connector.engine.planfile import PlanFile
from connector.engine.readback import ReadBack, read_back
from tests.engine.lines import settled_pairs
from tests.engine.plan_kit import apply, diff_into
from tests.engine.scene import Scene, scene


@pytest.fixture
async def place(tmp_path: Path) -> Scene:
    """Aysel was renamed in Clopos."""
    bench = scene(tmp_path)
    bench.guest()
    bench.crowd(3)
    await bench.start()
    bench.at_clopos(name="Aysel Həsənova")
    return bench


async def test_questions_that_are_asked_already_are_no_drift(tmp_path: Path) -> None:
    """A number that cannot be read (hold), another person on a record (task), both sides changed (conflict): applied
    twice, all of them are so already."""
    bench = scene(tmp_path, clopos=14, checkandplace=14, shared=9, seed=5)
    await bench.run("backfill")
    await bench.run("sync")
    one, two, three, four = settled_pairs(bench)[:4]
    edit, path = bench.world.staff_edit, tmp_path / "plan.json"
    edit("clopos", one[0], {"name": "Yeni Testova", "phone": "+994557770001"})
    edit("clopos", two[0], {"name": "Nigar Testova"})
    edit("checkandplace", two[1], {"last_name": "Quliyeva"})
    edit("checkandplace", three[1], {"primary_phone_number": "ask mother"})
    edit("clopos", three[0], {"phone": "+994557770003"})
    edit("checkandplace", four[1], {"last_name": "Abbasova"})
    file = await diff_into(bench, path)
    assert {"link-state", "task", "conflict", "hold"} <= {entry.kind.value for entry in file.entries()}
    await apply(bench, path)
    queue = bench.queue()
    result, work = await apply(bench, path)
    assert result.exit_code is ExitCode.DONE, result.counts
    assert set(work.dropped.values()) == {Why.ALREADY}
    assert [(row["id"], row["state"], row["topic"]) for row in bench.queue()] == [
        (row["id"], row["state"], row["topic"]) for row in queue
    ]


async def test_a_pipe_is_refused_since_a_plan_is_read_more_than_once(place: Scene, tmp_path: Path) -> None:
    """Without it the second reading finds no entries, so that nobody would be read again before the request."""
    path = tmp_path / "plan.json"
    await diff_into(place, path)
    place.at_clopos(name="Aysel Quliyeva")
    reader, writer = os.pipe()
    os.write(writer, path.read_bytes())
    os.close(writer)
    with pytest.raises(UnsafePlan, match="save it into one first") as refused:
        PlanFile.open(Path(f"/dev/fd/{reader}"))
    os.close(reader)
    assert refused.value.code == "plan-unreadable"


@pytest.mark.parametrize("what", ["emptied", "another plan"])
async def test_a_file_that_is_another_one_after_its_proof_sends_nothing(
    place: Scene, tmp_path: Path, what: str
) -> None:
    path = tmp_path / "plan.json"
    await diff_into(place, path)
    work = FileRun(PlanFile.open(path))
    place.at_clopos(name="Aysel Quliyeva")
    if what == "emptied":
        path.write_bytes(b"")
    else:
        await diff_into(place, path)
    with pytest.raises(UnsafePlan) as refused:
        await place.run("apply", story=work.story)
    assert refused.value.code in ("plan-cut-off", "plan-changed")
    assert place.bodies() == []


async def test_what_the_reading_after_the_first_ones_does_not_show_stops_the_rest(
    place: Scene, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Somebody deletes the guest right after the first request: what the state holds of it is what we sent."""
    other = next(pair for pair in settled_pairs(place) if pair[0] != place.c)
    place.world.staff_edit("clopos", other[0], {"name": "Nigar Testova"})
    path, written = tmp_path / "plan.json", list[str]()
    await diff_into(place, path)

    async def deleted_first(ctx: RunContext, rest: int) -> ReadBack:
        written.append([e.path.rsplit("/", 1)[-1] for e in place.world.log.entries if e.method == "PATCH"][-1])
        place.world.staff_delete("checkandplace", written[0])
        return await read_back(ctx, rest)

    monkeypatch.setattr(apply_file, "read_back", deleted_first)
    result, work = await apply(place, path, first=1, go_on=lambda _back: True)
    assert work.back is not None
    assert work.back.unread == ((CHECKANDPLACE, written[0]),)
    assert (work.left, len(place.writes)) == (1, 1)
    assert result.exit_code is ExitCode.PARTLY
