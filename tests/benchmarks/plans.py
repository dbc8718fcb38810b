"""A plan of many operations, written into a file or read from one, measured in a process of its own:
`python -m tests.benchmarks.plans FOLDER COUNT (store | write | read | again)`. The last line printed is JSON."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from connector.domain.plan import Entry, EntryKind, FieldChange, Summary, plan_hash
from connector.domain.planfile import entry_id
from connector.domain.values import CHECKANDPLACE, known
from connector.engine.planfile import PlanFile, write_plan
from connector.state.core import Database
from connector.state.database import open_state
from connector.state.plans import PlanStore
from connector.state.runs import PairStore, RunStore
from tests.benchmarks.worker import peak_mb

NOW = datetime(2026, 1, 1, tzinfo=UTC)


def operations(count: int) -> Iterator[Entry]:
    """So many updates of a name and a number, as large as real ones."""
    for n in range(count):
        name = known({"first": "Aysel", "last": f"Məmmədova{n}", "text": f"Aysel Məmmədova{n}"})
        phone = known({"all": [f"+99450{n:07d}"], "primary": f"+99450{n:07d}"})
        was, number = known({"text": f"Aysəl Məmmədova {n}"}), known({"all": [], "primary": f"+99455{n:07d}"})
        fields = tuple(
            FieldChange(
                field, decision="write_checkandplace", row="only_clopos_changed", rule="two-way", before=old, after=new,
                clopos=new, checkandplace=old, base_clopos=old, base_checkandplace=old,
            )
            for field, old, new in (("name", was, name), ("phone", number, phone))
        )  # fmt: skip
        yield Entry(
            EntryKind.UPDATE, side=CHECKANDPLACE, clopos_id=str(4000 + n), clopos_row=n, checkandplace_row=count + n,
            checkandplace_id=f"0905b42a-1d7b-4c7b-a6d5-{n:012d}", link_id=n, who=f"Aysel Məmmədova{n}", fields=fields,
            reason="changed", body={"first_name": "Aysel", "last_name": f"Məmmədova{n}", "primary_phone_number": "9"},
        )  # fmt: skip


def opened(folder: Path) -> Database:
    engine = open_state(f"sqlite:///{folder / 'plans.db'}")
    with engine.begin() as connection:
        return Database(engine, PairStore().ensure(connection, "main", "brand", NOW).id)


def store(folder: Path, count: int) -> int:
    """Puts the plan into the state, as a run does."""
    database = opened(folder)
    plans, summary = PlanStore(database), Summary()
    basis = {
        "scans": {}, "origin": {"kind": "diff"}, "pair": "main", "store": {}, "reader_version": "", "mapping": "",
        "settings": {},
    }  # fmt: skip
    with database.write() as connection:
        run = RunStore(database).begin(connection, "diff", NOW)
        plan = plans.begin(connection, run, basis, NOW)
        plans.add(connection, plan, operations(count))
        hash_ = plan_hash(summary.counting(operations(count)))
        plans.finish(connection, plan, hash_=hash_, summary=summary, state="draft", verdict=[])
    return plan


def write(folder: Path) -> None:
    database = opened(folder)
    with (folder / "plan.json").open("wb", buffering=1 << 18) as out:
        write_plan(out, database, 1)


def read(folder: Path) -> int:
    """Proves the file, and takes every entry of it in hand."""
    file = PlanFile.open(folder / "plan.json")
    return sum(1 for entry in file.entries() if entry_id(entry) in file.places)


def main() -> None:
    folder, count, what = Path(sys.argv[1]), int(sys.argv[2]), sys.argv[3]
    start, since = peak_mb(), time.perf_counter()
    if what == "store":
        store(folder, count)
    elif what == "write":
        write(folder)
    else:
        assert read(folder) == count
    size = (folder / "plan.json").stat().st_size / 1e6 if what != "store" else 0.0
    told = {"seconds": time.perf_counter() - since, "start_mb": start, "peak_mb": peak_mb(), "file_mb": size}
    print(json.dumps({name: round(value, 1) for name, value in told.items()}))


if __name__ == "__main__":
    main()
