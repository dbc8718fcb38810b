"""`connector sync` and `connector backfill`: runs for real."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from connector.cli import frame
from connector.cli.opening import opened
from connector.cli.outfile import checked_file
from connector.cli.output import Output
from connector.cli.printing import LISTED, Printed, form_of_file
from connector.domain.errors import ExitCode
from connector.domain.values import CHECKANDPLACE, CLOPOS, SideName

if TYPE_CHECKING:
    from connector.cli.progress import Steps
    from connector.cli.running import Ended
    from connector.config import PairSettings
    from connector.engine.context import RunContext

SAFETY, REPORT = "Safety", "Report"

Approve = Annotated[
    str | None,
    typer.Option("--approve", metavar="HASH", rich_help_panel=SAFETY,
                 help="Carry out the plan of this hash that was refused: exactly its operations, once, within a day."),
]  # fmt: skip
ReportFile = Annotated[
    Path | None,
    typer.Option("--report", "-o", metavar="FILE", rich_help_panel=REPORT, callback=checked_file,
                 help="Write what was done into this file, readable by you alone: .html, .md, .csv, .xlsx, .json."),
]  # fmt: skip


class Direction(StrEnum):
    """Where new customers may be created."""

    BOTH = "both"
    CLOPOS = "clopos"
    CHECKANDPLACE = "checkandplace"


def sync(
    quick: Annotated[
        bool, typer.Option("--quick", help="Of Clopos read only what changed lately; Check&Place is read whole.")
    ] = False,
    approve: Approve = None,
    report: ReportFile = None,
    config: frame.Config = None,
    pair: frame.Pairs = None,
    json: frame.Json = False,
    verbose: frame.Verbose = False,
) -> ExitCode:
    """Carry every change across, once, for real.

    Reads both lists, writes to Check&Place what changed in Clopos, creates who is missing, and puts into the queues
    what your staff must do or decide. Writes only on a pair with mode = "live" and a finished backfill.

    Ends with 3 if the plan changes unusually much: it is shown, and --approve carries it out after all. Ends with 4 if
    some operations were refused or their outcome is not known yet: the next run takes care of them.

    Example, every night from cron:  connector sync --json >> /var/log/connector-sync.json
    """
    kind = "quick" if quick else "sync"

    def prepare(ctx: RunContext, _steps: Steps) -> None:
        ctx.approve = approve

    one_pair = "--approve" if approve is not None else ""
    return carry_out(kind, prepare, report, config, pair, as_json=json, verbose=verbose, one_pair=one_pair)


def backfill(
    yes: Annotated[
        bool, typer.Option("--yes", "-y", rich_help_panel=SAFETY, help="The counts are right: do not ask.")
    ] = False,
    expect_checkandplace: Annotated[
        int | None, typer.Option(metavar="N", min=0, rich_help_panel=SAFETY,
                                 help="The back office of Check&Place shows N guests: stop if another number was read.")
    ] = None,
    expect_clopos: Annotated[
        int | None, typer.Option(metavar="N", min=0, rich_help_panel=SAFETY,
                                 help="The back office of Clopos shows N customers: stop if another number was read.")
    ] = None,
    direction: Annotated[
        Direction, typer.Option(help="Where new customers are created; the other side gets none in this run.")
    ] = Direction.BOTH,
    approve: Approve = None,
    report: ReportFile = None,
    config: frame.Config = None,
    pair: frame.Pairs = None,
    json: frame.Json = False,
    verbose: frame.Verbose = False,
) -> ExitCode:  # fmt: skip
    """Reconcile the two lists for the first time, for real.

    Reads both lists (Check&Place twice), links who is the same person, and asks you to compare the counts with what
    both back offices show. Then it creates who is missing. It can be stopped at any time (Ctrl-C) and goes on where it
    was when you start it again.

    Without a terminal to ask on, confirm with --yes, or with --expect-checkandplace and the number that you see there.

    Example:  connector backfill --expect-checkandplace 4180
    """
    expected = {CHECKANDPLACE: expect_checkandplace, CLOPOS: expect_clopos}
    expect = {side: number for side, number in expected.items() if number is not None}
    one_pair = "--approve" if approve is not None else ("--expect-checkandplace" if expect else "")
    output = Output(as_json=json)

    def prepare(ctx: RunContext, steps: Steps) -> None:
        ctx.approve, ctx.expect = approve, expect
        ctx.directions = frozenset(SideName) if direction is Direction.BOTH else frozenset({SideName(direction.value)})
        # An expected number of guests is the operator's own count: the reading was compared with it already.
        sure = yes or CHECKANDPLACE in expect
        ctx.confirm = lambda counts: sure or ask(output, steps, ctx.pair.name, counts)

    return carry_out(
        "backfill", prepare, report, config, pair, as_json=json, verbose=verbose, lines=True, one_pair=one_pair
    )


def carry_out(
    kind: str, prepare: Callable[[RunContext, Steps], None], file: Path | None, config: Path | None,
    pairs: list[str] | None, *, as_json: bool, verbose: bool, lines: bool = False, one_pair: str = "",
) -> ExitCode:  # fmt: skip
    """Runs of this kind over the pairs; a summary of each for people, or one JSON document for all. `one_pair`: an
    option that was given and whose value can be right for one pair only."""
    from connector.cli.running import Bench, facts_of

    output = Output(as_json=as_json)
    work = opened(output, config, pairs, verbose=verbose, secrets=True)
    if one_pair and len(work.pairs) > 1:
        raise typer.BadParameter("it is about one pair: name one with --pair", param_hint=one_pair)
    bench = Bench(work, verbose=verbose)
    form = form_of_file(file)
    printed = Printed(output, form, file, [pair.name for pair in work.pairs]) if file is not None else None

    async def one(settings: PairSettings) -> ExitCode:
        def tell(ended: Ended) -> None:
            from connector.cli.summary import print_summary

            step = after_run(ended)
            report = ended.report(show_pii=False, next_step=step)
            print_summary(report, output, next_step=ended.result is not None)
            if ended.result is not None:
                facts = {**facts_of(ended.result), "outcomes": dict(report.outcomes), "next": step or None}
                bench.documents.append({"pair": settings.name, **facts})
            if printed is not None:
                printed.add(ended.report(show_pii=True, limit=LISTED[form], next_step=step))

        result = await bench.run(settings, kind, prepare=prepare, after=tell, lines=lines)
        return result.exit_code

    if printed is None:
        code = bench.each(one)
    else:
        with printed:
            code = bench.each(one)
            printed.end(int(code), [document for document in bench.documents if "error" in document])
    if as_json:
        output.document({"pairs": bench.documents, "exit_code": int(code)})
    return code


def after_run(ended: Ended) -> str:
    """What to type after a run: the rest of a backfill, or what waits for a decision."""
    name, result = ended.settings.name, ended.result
    if result is None:
        return ""  # the error that follows says it
    if result.kind == "backfill" and ended.ctx.relink is not None:
        from connector.engine.relinking import next_step

        return next_step(ended.ctx.relink.state, name, ended.ctx.relink.waiting)
    if result.kind == "backfill" and ended.ctx.pair.backfill_finished_at is None:
        return f"connector backfill --pair {name} (it goes on from here)"
    if result.exit_code is ExitCode.PARTLY:
        return f"connector holds list --pair {name}"
    return f"connector daemon, or connector sync --pair {name} from time to time" if result.kind == "backfill" else ""


def ask(output: Output, steps: Steps, name: str, counts: Mapping[str, int]) -> bool:
    """Shows the counts and asks whether the back offices show the same; False without a terminal to ask on."""
    import sys

    from rich.table import Table

    table = Table.grid(padding=(0, 2))
    table.add_column(justify="right")
    for key, text in COUNTS.items():
        table.add_row(f"{counts[key]:,}", text)
    steps.make_way()
    output.say(f"\nFirst reconciliation of the pair {name}. The servers gave, and this run would do:\n")
    output.say(table)
    if not sys.stdin.isatty():
        return False
    output.say("\nOpen both back offices and compare the two numbers at the top before you say yes.")
    return steps.answered("Do they show the same numbers, and shall it begin?")


COUNTS = {
    "clopos": "customers in Clopos",
    "checkandplace": "guests in Check&Place (listed twice, the same both times)",
    "links": "recognised as one person: linked, nothing is sent",
    "proposals": "perhaps the same person: wait for your decision",
    "creates_clopos": "to be created in Clopos",
    "creates_checkandplace": "to be created in Check&Place",
    "updates_checkandplace": "to be completed in Check&Place where a detail is blank",
}
"""What the operator confirms, in the order in which it is asked."""
