"""Links as the engine plans them from its stores: whatever the order of pages, one person to one, and no means no."""

from __future__ import annotations

import random
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType
from typing import cast

import pytest
from sqlalchemy import Connection, event

from connector.config.mapping import load_mapping
from connector.domain.mapping import Mapper
from connector.domain.plan import Entry, EntryKind
from connector.domain.values import CHECKANDPLACE, CLOPOS, PairRules, SideName
from connector.engine.context import Policy, RunContext, Stores
from connector.engine.linking import plan_links
from connector.sides.port import Clock
from connector.state.core import Database
from connector.state.database import open_state
from connector.state.runs import PairStore
from tests.benchmarks.linking.measure import link, read
from tests.benchmarks.linking.population import Population, Rates, populate
from tests.benchmarks.linking.scale import NOW, save

# A small town in which everything that makes linking hard happens often.
HARD = replace(
    Rates().noisier(20), family=0.15, namesake=0.1, new_number=0.1, recycled=0.1, double=0.1, email=0.6, front_desk=0.02
)
MAPPER = Mapper(load_mapping(), PairRules(brand="demobrand", region="AZ", calling_codes=("994", "90")))
Found = dict[tuple[str | None, str | None], tuple[str, str, object]]


def stored(path: Path, world: Population, page: int) -> RunContext:
    """A context over a state that read the world's rows in their order, in pages of so many."""
    engine = open_state(f"sqlite:///{path}")
    engine.dispose()
    event.listen(engine, "connect", lambda connection, _record: connection.execute("PRAGMA synchronous=OFF"))
    with engine.begin() as connection:
        pair = PairStore().ensure(connection, "main", "demobrand", NOW)
    stores = Stores.of(Database(engine, pair.id))
    save(stores, MAPPER, CLOPOS, world.clopos, page)
    save(stores, MAPPER, CHECKANDPLACE, world.checkandplace, page)
    clock = cast("Clock", None)  # planning links asks no clock
    return RunContext(pair, MAPPER, MappingProxyType({}), stores, clock, Policy(), dry=True, kind="diff")


def planned(ctx: RunContext) -> list[Entry]:
    with ctx.stores.database.read() as connection:
        return [e for e in plan_links(ctx, connection) if e.kind in (EntryKind.LINK, EntryKind.PROPOSAL)]


def found(entries: list[Entry]) -> Found:
    return {
        (e.clopos_id, e.checkandplace_id): (e.kind.value, e.reason, sorted(e.facts.items(), key=str)) for e in entries
    }


@pytest.mark.parametrize("seed", range(4))
def test_neither_the_order_of_arrival_nor_the_pages_change_anything(tmp_path: Path, seed: int) -> None:
    world = populate(seed, 150, HARD)
    first = found(planned(stored(tmp_path / "first.db", world, page=200)))
    assert {kind for kind, _why, _facts in first.values()} == {"link", "proposal"}
    shuffle = random.Random(seed)
    for number, page in enumerate((7, 1_000)):
        shuffle.shuffle(world.clopos)
        shuffle.shuffle(world.checkandplace)
        assert found(planned(stored(tmp_path / f"{number}.db", world, page))) == first


@pytest.mark.parametrize("seed", range(4))
def test_the_engine_links_as_the_domain_says_and_nobody_twice(tmp_path: Path, seed: int) -> None:
    world = populate(seed, 150, HARD)
    entries = planned(stored(tmp_path / "state.db", world, page=50))
    links = {(e.clopos_id, e.checkandplace_id) for e in entries if e.kind is EntryKind.LINK}
    assert len({c for c, _ in links}) == len(links) == len({g for _, g in links})
    judged, _result = link(read(world))
    assert links == {(p.clopos_id, p.checkandplace_id) for p in judged if p.evidence.band.value == "sure"}
    waiting = {(e.clopos_id, e.checkandplace_id) for e in entries if e.kind is EntryKind.PROPOSAL}
    assert waiting <= {(p.clopos_id, p.checkandplace_id) for p in judged if p.evidence.band.value == "review"}
    assert not {c for c, _ in waiting} & {c for c, _ in links}


def reject(ctx: RunContext, connection: Connection, entry: Entry) -> None:
    values = {"band": "review", "why": entry.reason, "evidence_json": "{}", "opened_at": NOW}
    ctx.stores.proposals.put(connection, entry.clopos_row or 0, entry.checkandplace_row or 0, values)
    ((proposal, _opened),) = [
        value
        for rows, value in ctx.stores.proposals.all_open(connection).items()
        if rows == (entry.clopos_row, entry.checkandplace_row)
    ]
    ctx.stores.proposals.decide(connection, proposal, "rejected", "nigar", NOW)


def test_a_different_never_comes_back(tmp_path: Path) -> None:
    """Not even when staff type the same name, number and e-mail into both records afterwards."""
    world = populate(5, 150, HARD)
    ctx = stored(tmp_path / "state.db", world, page=50)
    proposals = [entry for entry in planned(ctx) if entry.kind is EntryKind.PROPOSAL]
    with ctx.stores.database.write() as connection:
        for entry in proposals:
            reject(ctx, connection, entry)
    refused = {(entry.clopos_id, entry.checkandplace_id) for entry in proposals}
    assert len(refused) > 20
    assert not refused & set(found(planned(ctx)))
    clopos = {str(row["id"]): row for row in world.clopos}
    guests = {str(row["id"]): row for row in world.checkandplace}
    for number, (clopos_id, guest_id) in enumerate(sorted(refused, key=str)):
        phone = f"9945024{number:05d}"
        clopos[str(clopos_id)].update(name="Aysel Məmmədova", phone=f"+{phone}", email=f"again{number}@example.com")
        guests[str(guest_id)].update(
            first_name="Aysel", last_name="Məmmədova", primary_phone_number=phone, email=f"again{number}@example.com"
        )
    for side, rows in ((CLOPOS, world.clopos), (CHECKANDPLACE, world.checkandplace)):
        save(ctx.stores, MAPPER, SideName(side), rows, 50)
    again = planned(ctx)
    assert not refused & set(found(again))
    links = [(e.clopos_id, e.checkandplace_id) for e in again if e.kind is EntryKind.LINK]
    assert len({c for c, _ in links}) == len(links) == len({g for _, g in links})
