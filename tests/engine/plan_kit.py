"""Plan files over a bench: a comparison written into a file, the file carried out, and what both sides and the state
come to, told without what differs between two databases."""

from __future__ import annotations

import json
from copy import deepcopy
from dataclasses import asdict
from pathlib import Path
from typing import Any

from connector.engine.apply_file import FileRun
from connector.engine.planfile import PlanFile, write_plan
from connector.engine.run import RunResult
from connector.sides.budget import Budgets
from connector.sides.clopos.auth import Tokens
from tests.engine.harness import Bench

SILENT = {"id", "run_id", "decided_at", "opened_at", "judged_at", "closed_at", "state_at", "at", "ticked_at",
          "updated_at", "created_at", "intent_id", "reading_age_s", "pair_id"}  # fmt: skip
"""Columns that tell when and by which run something was decided, not what."""


async def diff_into(bench: Bench, path: Path) -> PlanFile:
    """`connector diff -o`: the comparison, as a file."""
    result = await bench.run("diff")
    assert result.plan is not None
    with path.open("wb") as out:
        write_plan(out, bench.ctx.stores.database, result.plan.id)
    return PlanFile.open(path)


async def apply(bench: Bench, path: Path, **asked: Any) -> tuple[RunResult, FileRun]:
    """`connector apply`: what the run came to, and what is known of the file."""
    approve = asked.pop("approve", None)
    work = FileRun(PlanFile.open(path), **asked)
    result = await bench.run("apply", story=work.story, approve=approve)
    return result, work


def end_state(bench: Bench) -> dict[str, Any]:
    """Both sides' customers, and the links, bases and queues about them, by remote ids."""
    names = {row["id"]: f"{row['side']} {row['remote_id']}" for row in bench.rows("SELECT * FROM record")}

    def told(table: str) -> list[str]:
        rows = []
        for row in bench.rows(f"SELECT * FROM {table}"):
            plain: dict[str, Any] = {
                name: names.get(value) if name.endswith("record_id") else value
                for name, value in dict(row).items() if name not in SILENT
            }  # fmt: skip
            if table == "queue_entry":
                plain["subject"] = None  # row ids, told by the two records
                plain["facts_json"] = _without_rows(plain["facts_json"])
            if table == "link":
                plain["sent_json"] = sorted(json.loads(plain["sent_json"]))
            rows.append(json.dumps(plain, sort_keys=True, default=str))
        return sorted(rows)

    return {
        "clopos": sorted(_person(row) for row in bench.world.clopos.dump()),
        "checkandplace": sorted(_person(asdict(one)) for one in bench.world.checkandplace.customers.values()),
        **{table: told(table) for table in ("link", "proposal", "queue_entry", "history")},
    }


def _without_rows(facts: str) -> str:
    plain = json.loads(facts)
    return json.dumps({name: value for name, value in plain.items() if name not in ("rows", "holders")}, sort_keys=True)


def _person(fields: Any) -> str:
    """A customer without time stamps."""
    return str(sorted((k, str(v)) for k, v in dict(fields).items() if not k.endswith("_at") and k != "created"))


OUTSIDE = {"switches", "clock", "label_new", "on_change", "clopos", "checkandplace", "version"}
"""What the stores of a world share with it, and the number by which a list that was made before is known as old."""


class Moment:
    """A bench as it stood at one moment: both sides, the state, and the time. `back` makes it so again."""

    def __init__(self, bench: Bench) -> None:
        self.bench, self.shift = bench, bench.sim_clock.shift
        world = bench.world
        self._holders = (world.clopos, world.checkandplace, world.labeller)
        self._kept = deepcopy([self._own(holder) for holder in self._holders])
        self._file = bench.folder / "state.db"
        bench.engine.dispose()
        self._state = self._file.read_bytes()

    @staticmethod
    def _own(holder: Any) -> dict[str, Any]:
        return {name: value for name, value in vars(holder).items() if name not in OUTSIDE}

    def back(self) -> None:
        """The same moment again."""
        for holder, kept in zip(self._holders, deepcopy(self._kept), strict=True):
            vars(holder).update(kept)
        self.bench.world.clopos.version += 1
        self.bench.engine.dispose()
        for ending in ("-wal", "-shm", ".known"):  # the witness beside a state would call this one an older copy
            self._file.with_name(self._file.name + ending).unlink(missing_ok=True)
        self._file.write_bytes(self._state)
        self.bench.sim_clock.shift = self.shift
        self.bench.budgets, self.bench.tokens = Budgets(self.bench.clock), Tokens()  # they are of a later time
