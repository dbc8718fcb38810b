"""`connector runs`: what each run read, wrote and came to."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.table import Table
from rich.text import Text

from connector.cli import completing, frame
from connector.cli.deeds import deeds
from connector.cli.nextstep import carried
from connector.cli.outfile import checked_file
from connector.cli.output import Output
from connector.cli.printing import LISTED, Printed, form_of_file
from connector.domain.errors import ConnectorError, ExitCode, NotThere, typed_path

if TYPE_CHECKING:
    from connector.cli.opening import Opened
    from connector.config import PairSettings
    from connector.state.core import Database
    from connector.state.overview import RunView

app = typer.Typer(add_completion=False, no_args_is_help=True)


@app.callback()
def runs() -> None:
    """What each run read, wrote and came to."""


@app.command("list")
def list_runs(
    number: Annotated[int, typer.Option("--number", "-n", metavar="N", min=1, help="How many, of each pair.")] = 20,
    config: frame.Config = None,
    pair: frame.Pairs = None,
    json: frame.Json = False,
    verbose: frame.Verbose = False,
) -> ExitCode:
    """The newest runs of each pair: when, what kind, how they ended.

    Example:  connector runs list -n 5 --pair main
    """
    from connector.state.overview import Overview

    output = Output(as_json=json)
    work = _looking(output, config, pair, verbose)
    documents = []
    for settings in work.pairs:
        database = _database(work, settings)
        found = []
        if database is not None:
            with database.read() as connection:
                found = Overview(database).runs(connection, number)
        documents += [{"pair": settings.name, **as_json(run)} for run in found]
        if len(work.pairs) > 1:
            output.result(Text(f"\nPair {settings.name}", style="bold"))
        output.result(_table(found, settings) if found else "No run yet.")
    if json:
        output.document({"runs": documents})
    return ExitCode.DONE


@app.command("show")
def show_run(
    run: Annotated[int, typer.Argument(metavar="RUN", help="Its number, from `connector runs list`.",
                                       autocompletion=completing.runs)],
    file: Annotated[
        Path | None, typer.Option("--output", "-o", metavar="FILE", callback=checked_file,
                                  help="Write the whole report into this file: .html, .md, .csv, .xlsx, .json.")
    ] = None,
    config: frame.Config = None,
    pair: frame.Pairs = None,
    json: frame.Json = False,
    verbose: frame.Verbose = False,
) -> ExitCode:  # fmt: skip
    """One run, as it was then: its readings, counts and requests.

    Entry by entry it is written with -o, as long as its plan is kept so: that of the last comparison, of refused runs
    that can still be approved, and of the last runs that linked or sent something (keep_plans in the settings). The
    counts stay.

    Example, the last report as a page:  connector runs show 118 -o report.html
    """
    from connector.config.mapping import load_mapping
    from connector.domain.mapping import Mapper
    from connector.report.gather import report_of_run
    from connector.state.overview import Overview

    output, form = Output(as_json=json), form_of_file(file)
    work = _looking(output, config, pair, verbose)
    for settings in work.pairs:
        database = _database(work, settings)
        if database is None:
            continue
        overview = Overview(database)
        with database.read() as connection:
            found = overview.run(connection, run)
            if found is None:
                continue
            requests = overview.requests(connection, run)
            scans = overview.scans(connection, run)
            plan = overview.plan(connection, found.plan_id) if found.plan_id else None
        mapper = Mapper(load_mapping(settings.mapping_file), settings.rules())
        report = report_of_run(
            database, run, settings.name, mapper, zone=settings.timezone,
            approvable_since=datetime.now(UTC) - settings.guard.approval, typed=carried,
        )  # fmt: skip
        document: dict[str, Any] = {
            "pair": settings.name, **as_json(found),
            "scans": [
                {"side": row["side"], "kind": row["kind"], "state": row["state"], "reason": row["reason"],
                 "pages": row["pages"], "rows": row["rows"], "new": row["new_rows"], "changed": row["changed_rows"],
                 "bad": row["bad_rows"], "total": row["total"]}
                for row in scans
            ],
            "requests": [
                {"side": side.value, "method": method, "route": route, "status": status, "count": count}
                for side, method, route, status, count in requests
            ],
            "plan": None if plan is None else {
                "hash": plan.hash, "state": plan.state, "entries": plan.entries, **plan.summary.to_json(),
                "refused": list(plan.verdict),
            },
        }  # fmt: skip
        if json:
            output.document(document)
        else:
            from connector.cli.summary import print_summary

            print_summary(report, output)
            _print_details(output, found, requests)
        gone = plan is not None and not plan.entries and bool(plan.summary.counts)
        if file is None and plan is not None and plan.summary.counts and not json:
            kept = f"Entry by entry: connector runs show {run} --pair {settings.name} -o report.html"
            output.result(f"\n{'Its entries are not kept any more, its counts are.' if gone else kept}")
        if file is not None:
            if gone:
                raise ConnectorError(
                    "plan-gone", f"The plan of run {run} is not kept any more; only its counts are.",
                    next_step=f"connector diff --pair {settings.name} -o {typed_path(file)}",
                )  # fmt: skip
            full = report_of_run(
                database,
                run,
                settings.name,
                mapper,
                zone=settings.timezone,
                show_pii=True,
                limit=LISTED[form],
                typed=carried,
            )
            with Printed(output, form, file) as printed:
                printed.add(full)
                printed.end(found.exit_code or 0, [])
        return ExitCode.DONE
    raise NotThere("run-unknown", f"There is no run {run}.", next_step="connector runs list")


def as_json(run: RunView) -> dict[str, Any]:
    """A run as JSON types; times are UTC."""
    return {
        "run": run.id, "kind": run.kind, "state": run.state, "started_at": run.started_at.isoformat(),
        "ended_at": run.ended_at.isoformat() if run.ended_at else None, "exit_code": run.exit_code,
        "counts": run.counts, "error": run.error,
    }  # fmt: skip


def _looking(output: Output, config: Path | None, pair: list[str] | None, verbose: bool) -> Opened:
    from connector.cli.opening import opened

    return opened(output, config, pair, verbose=verbose, read_only=True)


def _database(work: Opened, settings: PairSettings) -> Database | None:
    """The state of a pair; None for one that never ran."""
    from connector.state.core import Database
    from connector.state.runs import PairStore

    with work.engine.connect() as connection:
        found = PairStore().find(connection, settings.name)
    return Database(work.engine, found.id) if found is not None else None


def _table(found: list[RunView], settings: PairSettings) -> Table:
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    for title, side in (("run", "right"), ("began", "left"), ("took", "right"), ("kind", "left"), ("ended", "left")):
        table.add_column(title, justify=side, no_wrap=True)  # type: ignore[arg-type]  # Rich wants a Literal
    table.add_column("what it did", overflow="fold")
    for run in found:
        took = f"{(run.ended_at - run.started_at).total_seconds():.0f} s" if run.ended_at else ""
        began = run.started_at.astimezone(settings.zone).strftime("%Y-%m-%d %H:%M")
        table.add_row(str(run.id), began, took, run.kind, run.state, Text(_did(run)))
    return table


def _did(run: RunView) -> str:
    """The counts of a run in a few words, or what ended it."""
    if run.error:
        return str(run.error.get("manager") or run.error.get("code", ""))
    return ", ".join(f"{count:,} {what}" for count, what in deeds(run.counts))


def _print_details(output: Output, run: RunView, requests: list[Any]) -> None:
    """What it did, and the requests by route. An error and its next step stand in the summary above."""
    counts = Table.grid(padding=(0, 2))
    counts.add_column(justify="right")
    told = list(deeds(run.counts))
    for count, what in told:
        counts.add_row(f"{count:,}", Text(what))
    if told:
        output.result(Text("\nCounts", style="bold"))
        output.result(counts)
    table = Table.grid(padding=(0, 2))
    table.add_column(justify="right")
    total: Counter[str] = Counter()
    for side, method, route, status, count in requests:
        table.add_row(f"{count:,}", side.label, Text(f"{method} {route}"), str(status or "no answer"))
        total[side.label] += count
    if requests:
        by_side = ", ".join(f"{side} {count:,}" for side, count in total.items())
        output.result(Text(f"\nRequests ({by_side})", style="bold"))
        output.result(table)
