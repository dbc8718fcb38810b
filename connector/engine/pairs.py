"""Opening a run: from the settings of a pair and the state to a `RunContext`, under the pair's lease."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import httpx
from sqlalchemy import Engine

from connector.config.mapping import load_mapping
from connector.config.pair import PairSettings
from connector.domain.mapping import Mapper
from connector.domain.values import Json, SideName
from connector.engine.context import Policy, Progress, RunContext, Stores
from connector.engine.identity import one_store
from connector.engine.journal import StoredJournal
from connector.sides.budget import Budgets
from connector.sides.clopos.auth import Tokens
from connector.sides.factory import make_sides
from connector.sides.port import Clock
from connector.state.core import Database
from connector.state.lease import Lease, owner_name
from connector.state.runs import PairStore

DRY_KINDS = ("diff", "undo-preview")
"""Kinds of runs that decide nothing and send nothing but readings."""


@dataclass
class Workshop:
    """What all runs of a process share: the state, the clock, quotas and logins; `transport` for tests in-process."""

    engine: Engine
    clock: Clock
    budgets: Budgets
    tokens: Tokens = field(default_factory=Tokens)
    transport: httpx.AsyncBaseTransport | None = None


class Remembered:
    """What an adapter learns of its server, kept with the pair (CL-04, CP-03); dry runs keep it for themselves."""

    def __init__(self, learned: Mapping[str, Json], save: Callable[[str, Json], None] | None) -> None:
        self._values = dict(learned)
        self._save = save

    def recall(self, name: str) -> Json:
        return self._values.get(name)

    def remember(self, name: str, value: Json) -> None:
        if self._values.get(name) == value:
            return
        self._values[name] = value
        if self._save is not None:
            self._save(name, value)


def policy_of(settings: PairSettings) -> Policy:
    """The settings of a pair as the engine takes them."""
    return Policy(
        max_reading_age=settings.max_reading_age,
        overlap=settings.clopos.overlap,
        approval=settings.guard.approval,
        keep_plans=settings.keep_plans,
        guard=settings.guard.limits(),
        select=settings.select_rules(),
        fingerprint=settings.fingerprint(),
        watched=settings.watched(),
        landmarks=settings.guard.landmarks,
        store_key=settings.checkandplace.store_key(),
        file=str(settings.file),
        beside=settings.beside,
    )  # fmt: skip


@asynccontextmanager
async def open_run(
    shop: Workshop, settings: PairSettings, kind: str, *, progress: Callable[[Progress], None] = lambda _p: None
) -> AsyncIterator[RunContext]:
    """A context for one run of `kind` (diff, backfill, sync, quick, undo, undo-preview), with the lease held and the
    sides open; both are given up at the end. Raises PairLocked, ConfigError (also for a pair in
    `mode = "read-only"` that should write)."""
    dry = kind in DRY_KINDS
    if not dry and settings.mode != "live":
        raise settings.error(
            "mode",
            'the pair is "read-only", so nothing can be written',
            'write mode = "live" when the diff looks right',
            next_step=f"connector diff --pair {settings.name}",
        )
    mapper = Mapper(load_mapping(settings.mapping_file), settings.rules())
    pairs = PairStore()
    with shop.engine.begin() as connection:
        pair = pairs.ensure(connection, settings.name, settings.clopos.brand, shop.clock.now())
    brand = None if dry else settings.clopos.brand_key()
    lease = Lease.acquire(shop.engine, pair.id, owner=owner_name(), brand=brand)
    try:
        stores = Stores.of(Database(shop.engine, pair.id, lease.fence))
        _claim_store(stores, settings, dry)
        journal = StoredJournal(stores)
        memories = {side: _memory(stores, side, pair.learned, dry) for side in SideName}
        sides = make_sides(
            settings, journal, shop.clock, memories, shop.budgets, shop.transport, tokens=shop.tokens, dry=dry
        )
        try:
            ctx = RunContext(
                pair=pair, mapper=mapper, sides=sides, stores=stores, clock=shop.clock, policy=policy_of(settings),
                dry=dry, kind=kind, progress=progress, check_lease=lambda: lease.check(margin_s=60),
            )  # fmt: skip
            ctx.flush_requests = lambda: journal.flush(ctx.run_id)
            yield ctx
        finally:
            for side in sides.values():
                await side.aclose()
    finally:
        lease.release()


def _memory(stores: Stores, side: SideName, learned: Mapping[str, Json], dry: bool) -> Remembered:
    mine = learned.get(side.value, {})

    def save(name: str, value: Json) -> None:
        with stores.database.write() as connection:
            now = stores.pairs.get(connection, stores.database.pair_id).learned
            both = {**now, side.value: {**now.get(side.value, {}), name: value}}
            stores.pairs.set(connection, stores.database.pair_id, learned=both)

    return Remembered(mine, None if dry else save)


def _claim_store(stores: Stores, settings: PairSettings, dry: bool) -> None:
    """Two pairs that see the same Check&Place store are refused (CP-31); the first live run claims it."""
    key = settings.checkandplace.store_key()
    with stores.database.write() as connection:
        other = stores.pairs.of_store(connection, key, stores.database.pair_id)
        if other is not None:
            facts = f"pairs {other} and {settings.name} have one store key"
            raise one_store(policy_of(settings), settings.name, other, "store", facts)
        if not dry:
            stores.pairs.set(connection, stores.database.pair_id, store_digest=key)
