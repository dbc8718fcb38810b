"""`connector pause` and `connector resume`: nothing is written on a pair for a while."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from connector.cli import completing, frame
from connector.cli.output import Output
from connector.domain.errors import ExitCode

if TYPE_CHECKING:
    from pathlib import Path

Name = Annotated[
    str | None,
    typer.Argument(metavar="[PAIR]", help="Name of the pair: NAME of the table pairs.NAME in the settings."),
]
Pairs = Annotated[
    list[str] | None,
    typer.Option(
        "--pair", "-p", metavar="NAME", callback=frame.keep_pairs, rich_help_panel=frame.COMMON,
        autocompletion=completing.pairs, help="The pair, or several of them; there is none that is meant by itself.",
    ),
]  # fmt: skip


def pause(
    name: Name = None, config: frame.Config = None, pair: Pairs = None, json: frame.Json = False,
    verbose: frame.Verbose = False,
) -> ExitCode:  # fmt: skip
    """Stop the daemon's work on a pair until it is resumed.

    A run under way is ended first. diff and the commands that look stay possible; sync and backfill refuse.

    Example, during a stocktaking:  connector pause main
    """
    return _set(name, pair, config, paused=True, as_json=json, verbose=verbose)


def resume(
    name: Name = None, config: frame.Config = None, pair: Pairs = None, json: frame.Json = False,
    verbose: frame.Verbose = False,
) -> ExitCode:  # fmt: skip
    """Let the daemon go on with a pair that was paused.

    What happened meanwhile is carried over by the next run.

    Example:  connector resume main
    """
    return _set(name, pair, config, paused=False, as_json=json, verbose=verbose)


def _set(
    name: str | None, named: list[str] | None, config: Path | None, *, paused: bool, as_json: bool, verbose: bool
) -> ExitCode:
    """Pauses, or lets go on, the pairs that were named in either way: all of them, or (an unknown one) none."""
    from connector.cli.opening import opened
    from connector.engine.clock import SystemClock
    from connector.state.database import writing
    from connector.state.runs import PairStore

    wanted = [*([name] if name else []), *(named or ())]
    if not wanted:
        raise typer.BadParameter("say which: its name, or --pair", param_hint="PAIR")
    output = Output(as_json=as_json)
    work = opened(output, config, wanted, verbose=verbose)
    now, pairs, told = SystemClock().now(), PairStore(), []
    with writing(work.engine).begin() as connection:
        for settings in work.pairs:
            found = pairs.ensure(connection, settings.name, settings.clopos.brand, now)
            since, before = found.paused_at, found.paused_at
            if paused != (since is not None):
                since = now if paused else None
                pairs.set(connection, found.id, paused_at=since)
            told.append((settings, since, before))
    documents = [{"pair": one.name, "paused_at": since.isoformat() if since else None} for one, since, _before in told]
    if as_json:
        output.document(documents[0] if len(documents) == 1 else {"pairs": documents})
    for settings, since, before in told:
        if since is not None:
            output.result(f"{settings.name} is paused since {since.astimezone(settings.zone):%Y-%m-%d %H:%M}.")
        else:
            output.result(f"{settings.name} goes on." if before is not None else f"{settings.name} was not paused.")
    return ExitCode.DONE
