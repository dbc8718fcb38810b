"""After the crash: runs until nothing is left to do, with staff who answer what they are asked."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from connector.domain.errors import ConnectorError, UnsafePlan
from connector.engine.staff import NotPossible
from tests.crash.kit import history_is_whole
from tests.crash.picture import Picture, picture
from tests.crash.scenarios.base import Scenario, Stage, answer_by_sight
from tests.engine.undo_kit import undo

PAUSE_S = 70.0
"""Between runs: doubt on Check&Place is settled by listings begun 60 s or more after the send."""

MOST_RUNS = 9
STILL = 2


@dataclass
class Resting:
    """`runs`: how many it took; `asked`: how many questions staff answered; `picture`: what there is in the end."""

    runs: int = 0
    asked: int = 0
    approvals: int = 0
    picture: Picture = field(default_factory=dict)
    wrong: dict[str, Any] = field(default_factory=dict)


async def rest(scenario: Scenario, stage: Stage, *, crashed: bool) -> Resting:
    """Backfills until one is finished, then syncs until two in a row write nothing and nothing is in doubt: two, since
    it takes two complete scans to see that somebody is gone. An undo that died is typed again first."""
    told, still = Resting(), 0
    if crashed and scenario.undoes is not None:
        try:
            await undo(stage, scenario.undoes(stage))
        except NotPossible as error:  # it was all done when the process died
            if error.code != "nothing-to-undo":
                raise
    while still < STILL and told.runs < MOST_RUNS:
        told.runs += 1
        stage.clock.pass_time(PAUSE_S)
        kind = stage.due
        wrote = await _run(stage, kind, told)
        scenario.staff(stage)
        asked = answer_by_sight(stage)
        told.asked += asked
        unsure = stage.rows("SELECT id FROM intent WHERE settled_at IS NULL")
        still = 0 if wrote or unsure or asked or kind == "backfill" else still + 1
    if still < STILL:
        told.wrong["never quiet"] = [(entry.method, entry.path, entry.status) for entry in stage.writes]
    if told.asked and not scenario.asked:
        told.wrong["asked"] = f"{told.asked} questions in doubt"
    if doubles := stage.world.doubles_made():
        told.wrong["doubles"] = doubles
    if wrong := stage.wrong_links():
        told.wrong["links"] = wrong
    history_is_whole(stage)
    told.picture = picture(stage)
    return told


async def _run(stage: Stage, kind: str, told: Resting) -> bool:
    """One run; a plan that the guard refuses is approved, as the operator does who looked at it. Whether something was
    written."""
    try:
        await stage.run(kind)
    except UnsafePlan as refused:
        if refused.code != "guard-refused":
            raise
        told.approvals += 1
        await stage.run(kind, approve=refused.next_step.split()[-1])
    except ConnectorError as error:  # a fault that is still to come: the next run goes on
        told.wrong.pop("stopped", None)
        if told.runs == MOST_RUNS:
            told.wrong["stopped"] = error.code
        return True
    return bool(stage.writes)
