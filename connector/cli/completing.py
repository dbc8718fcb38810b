"""What a shell completes beside commands and options: names of pairs, numbers of runs, from this machine's own files.

A completion never fails and never talks to a server: whatever is not readable completes to nothing.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import Any

import typer

RUNS = 20
"""The newest runs of each pair that are offered."""

Found = list[tuple[str, str]]
Complete = Callable[[typer.Context, str], Found]


def _never_failing(complete: Complete) -> Complete:
    @wraps(complete)
    def quiet(ctx: typer.Context, incomplete: str) -> Found:
        try:
            return [(word, text) for word, text in complete(ctx, incomplete) if word.startswith(incomplete)]
        except Exception:  # noqa: BLE001 - a shell that waits for words has no use for an error
            return []

    return quiet


@_never_failing
def pairs(ctx: typer.Context, incomplete: str) -> Found:  # noqa: ARG001 - the frame above compares
    """(name, brand) of the pairs in the settings."""
    settings = _settings(ctx)
    return [(pair.name, f"Clopos {pair.clopos.brand}") for pair in settings.pairs.values()]


@_never_failing
def runs(ctx: typer.Context, incomplete: str) -> Found:  # noqa: ARG001 - the frame above compares
    """(number, what it was) of the newest runs, the newest first."""
    from connector.state.core import Database
    from connector.state.database import open_state
    from connector.state.overview import Overview
    from connector.state.runs import PairStore

    settings = _settings(ctx)
    engine = open_state(settings.database_url(), read_only=True)
    found: Found = []
    for pair in settings.pairs.values():
        with engine.connect() as connection:
            row = PairStore().find(connection, pair.name)
        if row is None:
            continue
        database = Database(engine, row.id)
        with database.read() as connection:
            listed = Overview(database).runs(connection, RUNS)
        for run in listed:
            began = run.started_at.astimezone(pair.zone).strftime("%Y-%m-%d %H:%M")
            found.append((str(run.id), f"{pair.name} {run.kind} {began} {run.state}"))
    return found


def _settings(ctx: typer.Context) -> Any:
    from connector.config import load_settings

    here: typer.Context | None = ctx
    while here is not None:  # `--config` may stand before or after the command's name
        if file := here.params.get("config"):
            return load_settings(Path(str(file)), os.environ)
        here = here.parent  # type: ignore[assignment]  # Typer's contexts have parents of their own kind
    return load_settings(None, os.environ)
