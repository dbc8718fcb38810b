"""Linking two large sides through the engine's own stores: records in the state, links planned, time and memory.

    python -m tests.benchmarks.linking.scale PEOPLE [STATE.db]

Prints one line of JSON. The records are made and stored first; what is measured is the planning of links alone
(candidates, evidence, assignment, entries), in this process, with the largest memory it ever held.
"""

from __future__ import annotations

import json
import resource
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from types import MappingProxyType
from typing import cast

from sqlalchemy import text

from connector.config.mapping import load_mapping
from connector.domain.mapping import Mapper
from connector.domain.values import CHECKANDPLACE, CLOPOS, PairRules, SideName
from connector.engine.context import Policy, RunContext, Stores
from connector.engine.linking import plan_links
from connector.engine.reading import read_wire, wire_digest
from connector.sides.port import Clock
from connector.state.core import Database, chunks
from connector.state.database import open_state
from connector.state.runs import PairStore
from tests.benchmarks.linking.population import Population, Rates, Row, populate

NOW = datetime(2026, 7, 1, tzinfo=UTC)
BLOCK = 20_000
"""People made at a time, so that making them needs little memory beside what is measured."""
_STORES = 1_000_003  # a prime: keeps the numbers of two blocks apart


def fill(stores: Stores, mapper: Mapper, people: int, seed: int, rates: Rates) -> dict[SideName, int]:
    """Store the records of so many people as two scans would have; returns how many each side has."""
    done: dict[SideName, int] = {CLOPOS: 0, CHECKANDPLACE: 0}
    for block, start in enumerate(range(0, people, BLOCK)):
        world = populate(seed + block, min(BLOCK, people - start), rates)
        for side, rows in ((CLOPOS, world.clopos), (CHECKANDPLACE, world.checkandplace)):
            save(stores, mapper, side, _apart(side, rows, block), 2_000)
            done[side] += len(rows)
        del world
    return done


def save(stores: Stores, mapper: Mapper, side: SideName, rows: Sequence[Row], page: int) -> None:
    """Store rows as a scan would that reads pages of so many; those that are known are brought up to date."""
    for chunk in chunks(rows, page):
        readings = [
            read_wire(mapper, side, str(row["id"]), mapper.wire(side, row), wire_digest(b""), None) for row in chunk
        ]
        with stores.database.write() as connection:
            known = stores.records.known(connection, side, [reading.remote_id for reading in readings])
            stores.records.save(
                connection, side, readings, known, scan_id=1, reader_version=mapper.reader_version, now=NOW
            )


def _apart(side: SideName, rows: list[Row], block: int) -> list[Row]:
    """Rows of a block with ids and e-mails of their own; numbers may meet those of other blocks (families)."""
    for row in rows:
        row["id"] = row["id"] + block * _STORES if side is CLOPOS else f"{block:04x}{row['id'][4:]}"
        if row["email"]:
            row["email"] = f"b{block}.{row['email']}"
    return rows


def open_stores(path: Path, people: int, seed: int, rates: Rates) -> RunContext:
    """A context over a state that holds the records; filled if it is new."""
    engine = open_state(f"sqlite:///{path}")
    with engine.begin() as connection:
        pair = PairStore().ensure(connection, "main", "demobrand", NOW)
    stores = Stores.of(Database(engine, pair.id))
    mapper = Mapper(load_mapping(), PairRules(brand="demobrand", region="AZ", calling_codes=("994", "90")))
    with engine.connect() as connection:
        filled = connection.execute(text("SELECT count(*) FROM record")).scalar_one()
    if not filled:
        fill(stores, mapper, people, seed, rates)
        with engine.begin() as connection:
            connection.execute(text("ANALYZE"))
    clock = cast("Clock", None)  # planning links asks no clock
    return RunContext(pair, mapper, MappingProxyType({}), stores, clock, Policy(), dry=True, kind="diff")


def measure(ctx: RunContext) -> dict[str, object]:
    """Plan the links once; entries are counted and forgotten, as the plan store writes them away."""
    counts: Counter[str] = Counter()
    started, worked = time.perf_counter(), time.process_time()
    with ctx.stores.database.read() as connection:
        sizes = {side: ctx.stores.records.count(connection, side) for side in SideName}
        for entry in plan_links(ctx, connection):
            counts[entry.kind.value] += 1
    seconds, worked = time.perf_counter() - started, time.process_time() - worked
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return {
        "clopos": sizes[CLOPOS], "checkandplace": sizes[CHECKANDPLACE], **counts, "seconds": round(seconds, 1),
        "processor_seconds": round(worked, 1),
        "megabytes": round(memory),
    }  # fmt: skip


def main(arguments: list[str]) -> None:
    people = int(arguments[0])
    rates = replace(Rates(), front_desk=0.0)
    if len(arguments) > 1:
        print(json.dumps(measure(open_stores(Path(arguments[1]), people, 1, rates))))
        return
    with tempfile.TemporaryDirectory() as folder:
        print(json.dumps(measure(open_stores(Path(folder) / "state.db", people, 1, rates))))


if __name__ == "__main__":
    main(sys.argv[1:])

__all__ = ["Population", "fill", "measure", "open_stores"]
