"""`connector pause` and `connector resume`: nothing is written on a pair for a while."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from connector.cli import frame
from connector.cli.output import Output
from connector.domain.errors import ExitCode

if TYPE_CHECKING:
    from pathlib import Path

Pair = Annotated[
    str, typer.Argument(metavar="PAIR", help="Name of the pair: NAME of the table pairs.NAME in the settings.")
]


def pause(
    pair: Pair, config: frame.Config = None, json: frame.Json = False, verbose: frame.Verbose = False
) -> ExitCode:
    """Stop the daemon's work on a pair until it is resumed.

    A run under way is ended first. diff and the commands that look stay possible; sync and backfill refuse.

    Example, during a stocktaking:  connector pause main
    """
    return _set(pair, config, paused=True, as_json=json, verbose=verbose)


def resume(
    pair: Pair, config: frame.Config = None, json: frame.Json = False, verbose: frame.Verbose = False
) -> ExitCode:
    """Let the daemon go on with a pair that was paused.

    What happened meanwhile is carried over by the next run.

    Example:  connector resume main
    """
    return _set(pair, config, paused=False, as_json=json, verbose=verbose)


def _set(name: str, config: Path | None, *, paused: bool, as_json: bool, verbose: bool) -> ExitCode:
    from connector.cli.opening import opened
    from connector.engine.clock import SystemClock
    from connector.state.database import writing
    from connector.state.runs import PairStore

    output = Output(as_json=as_json)
    work = opened(output, config, [name], verbose=verbose)
    settings, now, pairs = work.pairs[0], SystemClock().now(), PairStore()
    with writing(work.engine).begin() as connection:
        found = pairs.ensure(connection, settings.name, settings.clopos.brand, now)
        since, before = found.paused_at, found.paused_at
        if paused != (since is not None):
            since = now if paused else None
            pairs.set(connection, found.id, paused_at=since)
    if as_json:
        output.document({"pair": name, "paused_at": since.isoformat() if since else None})
    if since is not None:
        output.result(f"{name} is paused since {since.astimezone(settings.zone):%Y-%m-%d %H:%M}.")
    else:
        output.result(f"{name} goes on." if before is not None else f"{name} was not paused.")
    return ExitCode.DONE
