"""How often a pair runs, by its settings, and what the state knows of its earlier runs: where the daemon begins."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from connector.config import PairSettings
from connector.domain.values import CHECKANDPLACE
from connector.service.timing import Cadence, Kind, Last
from connector.state.core import Database
from connector.state.intents import IntentStore
from connector.state.overview import Overview
from connector.state.runs import RunStore

LIVE_KINDS = ("quick", "sync", "backfill")
FULL_KINDS = ("sync", "backfill")
COMPARING = timedelta(hours=24)
"""A pair that is "read-only" is only compared, and not every few minutes: nobody waits for it."""


def cadence_of(settings: PairSettings) -> Cadence:
    """`[pairs.NAME.every]` in the pair's zone; of a pair that is read-only a comparison a day, or as `full` says."""
    every = settings.every
    if settings.mode != "live":
        return Cadence(COMPARING, COMPARING, every.full, settings.zone)
    return Cadence(every.quick, every.checkandplace, every.full, settings.zone)


def kinds_of(settings: PairSettings) -> tuple[str, ...]:
    """The kinds of runs that keep a pair fresh."""
    return LIVE_KINDS if settings.mode == "live" else ("diff",)


def engine_kind(settings: PairSettings, kind: Kind) -> str:
    """What the engine calls the daemon's work: quick and both are its `quick`, without or with Check&Place."""
    if settings.mode != "live":
        return "diff"
    return "sync" if kind is Kind.FULL else "quick"


def last_of(database: Database, settings: PairSettings) -> Last:
    """When the pair's last runs that read this much began, and how many failed since the last good one."""
    kinds = kinds_of(settings)
    overview, runs = Overview(database), RunStore(database)
    with database.read() as connection:
        newest = overview.runs(connection, 20, kinds=kinds)
        if not newest:
            return Last()
        good = overview.last_good(connection, FULL_KINDS if settings.mode == "live" else kinds)
        listing = runs.last_scan(connection, CHECKANDPLACE, state=None)
        doubt = IntentStore(database).in_doubt_since(connection)
    failures = 0
    while failures < len(newest) and newest[failures].state not in ("done", "partly"):
        failures += 1
    last = Last(quick=newest[0].started_at, full=good.started_at if good else None, failures=failures)
    return replace(last, checkandplace=listing.started_at if listing else last.full, doubt=doubt)
