"""`connector diff`: the dry run, as a report."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from connector.cli import frame
from connector.cli.opening import opened
from connector.cli.outfile import checked_file
from connector.cli.output import Output
from connector.cli.printing import LISTED, TOGETHER, Form, Printed, form_of_file
from connector.domain.errors import ExitCode, typed_path

if TYPE_CHECKING:
    from connector.cli.running import Ended
    from connector.config import PairSettings

SHOW = "What is shown"
PLAN = ".json"
"""Ending of a plan file."""


def diff(
    form: Annotated[
        Form | None, typer.Option("--format", rich_help_panel=SHOW, help="For people, programs, as a page or a table.")
    ] = None,
    file: Annotated[
        Path | None, typer.Option("--output", "-o", metavar="FILE", rich_help_panel=SHOW, callback=checked_file,
                                  help="Write the report into this file, readable by you alone, instead; its ending "
                                  "(.html, .md, .csv, .xlsx, .txt) is the form. A name that ends in .json makes a plan "
                                  "file, which connector apply carries out.")
    ] = None,
    show_pii: Annotated[
        bool | None, typer.Option("--show-pii/--mask-pii", rich_help_panel=SHOW, show_default=False,
                                  help="Guests' names and numbers in the clear, or masked. Without either: clear on "
                                  "your screen and in a file, masked in a pipe.")
    ] = None,
    everything: Annotated[
        bool, typer.Option("--all", rich_help_panel=SHOW, help="Every entry; without it the first ones of each part.")
    ] = False,
    config: frame.Config = None,
    pair: frame.Pairs = None,
    json: frame.Json = False,
    verbose: frame.Verbose = False,
) -> ExitCode:  # fmt: skip
    """Show what a run would do now, and change nothing.

    Reads both customer lists and compares them: who would be linked, created or updated (old and new value), what is
    asked of your staff, what is left out, and why. On both systems this only reads.

    Ends with 2 if there is something to do or to ask that is not in the queues yet, with 0 if not.

    Example, a page to show around:  connector diff -o report.html

    Example, a plan to look through and carry out:  connector diff -o plan.json
    """
    from connector.cli.running import Bench

    plan = file is not None and form is None and not json and file.suffix == PLAN
    chosen = form or (Form.JSON if json else Form.TERMINAL if plan else form_of_file(file))
    output = Output(as_json=chosen is Form.JSON)
    if json and chosen is not Form.JSON:
        raise typer.BadParameter("--json is the same as --format json", param_hint="--format")
    work = opened(output, config, pair, verbose=verbose, secrets=True)
    if file is not None and plan:
        from connector.cli.planfile import write_plans

        return write_plans(work, output, file, verbose=verbose)
    if chosen not in TOGETHER and file is None and (len(work.pairs) > 1 or chosen is Form.XLSX):
        raise typer.BadParameter(f"{chosen.value} of {len(work.pairs)} pair(s) needs a file: name one with -o")
    clear = (
        show_pii if show_pii is not None else file is not None or (chosen is Form.TERMINAL and output.out.is_terminal)
    )
    bench = Bench(work, verbose=verbose)
    printed = Printed(output, chosen, file, [pair.name for pair in work.pairs])

    async def one(settings: PairSettings) -> ExitCode:
        def print_it(ended: Ended) -> None:
            limit = None if everything else LISTED[chosen]
            printed.add(ended.report(show_pii=clear, limit=limit, next_step=next_step(ended)))

        result = await bench.run(settings, "diff", after=print_it)
        return result.exit_code

    with printed:
        code = bench.each(one)
        printed.end(int(code), bench.documents)
    return code


def next_step(ended: Ended, file: Path | None = None) -> str:
    """What to type after a comparison; `file` is its plan, if it was written into one that does something. Of a plan
    that the guard refuses it is the command that approves exactly this one."""
    settings, result = ended.settings, ended.result
    if ended.ctx.relink is not None and settings.mode == "live":
        return f"connector backfill --pair {settings.name} ({ended.ctx.relink.sentence})"
    if ended.ctx.pair.backfill_finished_at is not None:
        plan = result.plan if result else None
        if settings.mode != "live" or plan is None or (file is None and not plan.summary.operations):
            return ""
        command = "sync" if file is None else f"apply {typed_path(file)}"
        approval = "" if plan.verdict.ok else f" --approve {plan.hash}"
        return f"connector {command} --pair {settings.name}{approval}"
    backfill = f"connector backfill --pair {settings.name}"
    return backfill if settings.mode == "live" else f'set mode = "live" for this pair in the settings, then {backfill}'
