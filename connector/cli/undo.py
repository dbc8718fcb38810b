"""`connector undo`: take back what a run, one operation or one link did; shown first, done with --yes."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from connector.cli import frame
from connector.cli.desk import SHORT, SHOW, All, ShowPii
from connector.cli.opening import opened
from connector.cli.outfile import checked_file
from connector.cli.output import Output
from connector.domain.errors import ConnectorError, ExitCode, PairLocked

if TYPE_CHECKING:
    from connector.cli.opening import Opened
    from connector.cli.progress import Steps
    from connector.cli.running import Ended
    from connector.config import PairSettings
    from connector.engine.context import RunContext
    from connector.state.undoing import Wanted

SAFETY = "Safety"


def undo(
    what: Annotated[
        str, typer.Argument(metavar="WHAT", help="A run (12), one operation of it (o57), or a link with all that was "
                            "written over it (l31).")
    ],
    yes: Annotated[
        bool, typer.Option("--yes", "-y", rich_help_panel=SAFETY, help="Do it. Without it: only show it.")
    ] = False,
    approve: Annotated[
        str | None, typer.Option("--approve", metavar="HASH", rich_help_panel=SAFETY,
                                 help="Do it although it changes unusually much: the plan of this hash, once, within "
                                 "a day.")
    ] = None,
    file: Annotated[
        Path | None, typer.Option("--output", "-o", metavar="FILE", rich_help_panel=SHOW, callback=checked_file,
                                  help="Write the plan of the undo into this file, for connector apply.")
    ] = None,
    everything: All = False, show_pii: ShowPii = None, config: frame.Config = None, pair: frame.Pairs = None,
    json: frame.Json = False, verbose: frame.Verbose = False,
) -> ExitCode:  # fmt: skip
    """Take back what a run wrote. First it only shows what it would do; --yes does it.

    Every detail that the run wrote gets the value back that stood there before, if it is still the one that the run
    wrote. Links that it made are taken apart and remembered as different people. Nothing is deleted and nothing is
    emptied: a customer that the run created, and a blank that it filled, become a task for your staff. What was changed
    since is left alone and listed. An undo is a run too, and can be undone.

    Ends with 3 if it changes unusually much, with 4 if something did not go through: the same command goes on.

    Example:  connector undo 118, then: connector undo 118 --yes

    Example, only a part of it:  connector undo 118 -o plan.json, then: connector apply plan.json --only name
    """
    from connector.cli.planfile import save_plan
    from connector.cli.running import Bench
    from connector.cli.undoprint import listing, print_listing, stored_plan
    from connector.engine.undo import typed, undo_story

    output = Output(as_json=json)
    wanted = _parsed(what)
    work = opened(output, config, pair, verbose=verbose, secrets=True)
    settings, state = _whose(work, wanted)
    work.pairs = [settings]
    clear = show_pii if show_pii is not None else output.out.is_terminal and not json
    bench, live = Bench(work, verbose=verbose), yes or approve is not None

    def prepare(ctx: RunContext, _steps: Steps) -> None:
        ctx.approve, ctx.command = approve, f"undo {typed(wanted)}"

    def tell(ended: Ended) -> None:
        limit = None if everything or json else SHORT
        document = listing(ended, wanted, show_pii=clear, limit=limit, plan_file=file)
        bench.documents.append(document)
        if not json:
            print_listing(output, document)
        plan_id = stored_plan(ended)
        if file is not None and plan_id is not None:
            save_plan(file, ended.moment, plan_id)
            said = "It shows guests' personal data in the clear, and can be read by you alone."
            output.say(f"The plan is written to {file}. {said}")

    async def one(settings: PairSettings) -> ExitCode:
        kind = "undo" if live else "undo-preview"
        try:
            result = await bench.run(settings, kind, prepare=prepare, after=tell, story=undo_story(wanted))
        except PairLocked as locked:
            raise (_still_going(wanted, settings) if state == "running" else locked) from None
        return result.exit_code

    code = bench.each(one)
    if json:
        output.document(bench.documents[0])
    return code


def _parsed(what: str) -> Wanted:
    from connector.engine.undo import wanted_of

    wanted = wanted_of(what)
    if wanted is None:
        raise typer.BadParameter(f"{what!r} is no run: write 12 for a run, o57 for an operation, l31 for a link")
    return wanted


def _whose(work: Opened, wanted: Wanted) -> tuple[PairSettings, str | None]:
    """The pair that this run, operation or link is of, and the state of the run. Raises NotPossible, also where there
    is nothing to take back."""
    from connector.engine.context import Stores
    from connector.engine.staff import NotPossible
    from connector.engine.undo import refuse_unless_undoable, title
    from connector.state.core import Database
    from connector.state.overview import Overview
    from connector.state.runs import PairStore
    from connector.state.undoing import UndoStore

    for settings in work.pairs:
        with work.engine.connect() as connection:
            known = PairStore().find(connection, settings.name)
        if known is None:
            continue
        stores = Stores.of(Database(work.engine, known.id))
        with stores.database.read() as connection:
            run = Overview(stores.database).run(connection, wanted.run) if wanted.run is not None else None
            if run is None and (wanted.run is not None or not UndoStore(stores.database).knows(connection, wanted)):
                continue
            refuse_unless_undoable(stores, connection, wanted, settings.name)
            return settings, run.state if run is not None else None
    next_step = "connector links list" if wanted.link is not None else "connector runs list"
    code = "run-unknown" if wanted.run is not None else "undo-unknown"
    raise NotPossible(code, f"There is no {title(wanted)}.", next_step=next_step)


def _still_going(wanted: Wanted, settings: PairSettings) -> ConnectorError:
    return PairLocked(
        "run-still-going", f"Run {wanted.run} is still at work; it can be undone when it has ended.",
        next_step=f"connector runs show {wanted.run} --pair {settings.name}",
    )  # fmt: skip
