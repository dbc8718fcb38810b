"""Plan files at the command line: `diff -o plan.json` writes one; what fell out of one when it was applied."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.table import Table
from rich.text import Text

from connector.cli.opening import Opened
from connector.cli.outfile import check_each, of_pair
from connector.cli.output import Output
from connector.cli.private import private_file
from connector.domain.errors import ExitCode
from connector.domain.plan import EntryKind
from connector.engine.drift import Dropped

if TYPE_CHECKING:
    from connector.cli.running import Ended
    from connector.config import PairSettings
    from connector.report.lines import Lines
    from connector.state.core import Database

SILENT = (EntryKind.LINK_STATE, EntryKind.LINK, EntryKind.SETTLE, EntryKind.CLOSE)
"""Decisions that ask nobody and send nothing: reason enough to carry a plan out."""
WHY = {
    "target-changed": "changed there since",
    "source-changed": "changed since",
    "gone": "not there any more",
    "decided-otherwise": "decided otherwise now",
}
"""Reasons of `connector.engine.drift.Why`, for people."""


def write_plans(work: Opened, output: Output, file: Path, *, verbose: bool) -> ExitCode:
    """Compares the pairs and writes the plan of each into a file; with several pairs each file carries its name."""
    from connector.cli.diff import next_step
    from connector.cli.running import Bench
    from connector.cli.summary import print_summary

    bench, several = Bench(work, verbose=verbose), len(work.pairs) > 1
    if several:
        check_each(file, (pair.name for pair in work.pairs))

    async def one(settings: PairSettings) -> ExitCode:
        path = of_pair(file, settings.name) if several else file

        def write(ended: Ended) -> None:
            if ended.result is None or ended.result.plan is None:
                return
            plan = ended.result.plan
            save_plan(path, ended.moment, plan.id)
            does = plan.summary.differs or any(plan.summary.of(kind) for kind in SILENT)
            print_summary(ended.report(show_pii=False, next_step=next_step(ended, path if does else None)), output)
            said = "It shows guests' personal data in the clear, and can be read by you alone."
            output.say(f"Plan {plan.hash} is written to {path}. {said}")

        result = await bench.run(settings, "diff", after=write)
        return result.exit_code

    return bench.each(one)


def save_plan(path: Path, database: Database, plan_id: int) -> None:
    """Writes a stored plan into a file that its owner alone can read. For every command that makes plans."""
    from connector.engine.planfile import write_plan

    with private_file(path) as stream:
        write_plan(stream, database, plan_id)


def print_dropped(dropped: Iterable[Dropped], lines: Lines, output: Output, limit: int | None) -> None:
    """What fell out: who, which detail, what the plan saw and what is there now."""
    table = Table(box=None, pad_edge=False)
    for title in ("Guest", "Detail", "The plan", "Now", "Why"):
        table.add_column(title, overflow="fold")
    more = 0
    for number, one in enumerate(dropped):
        if limit is not None and number >= limit:
            more += 1
            continue
        for cells in _rows(one, lines):
            table.add_row(*(Text(cell) for cell in cells))
    if table.row_count:
        output.result(Text("\nDropped, because it changed since the plan was made:\n", style="bold"))
        output.result(table)
    if more:
        output.result(f"and {more:,} more; --all prints every one.")


def _rows(one: Dropped, lines: Lines) -> list[tuple[str, ...]]:
    """One row a detail; why the entry fell out stands beside the details that say so, or once where none does."""
    line = lines.line(one.entry)
    who = f"{line.who} ({', '.join(f'{side} {name}' for side, name in line.ids)})"
    changed = one.changed
    rows: list[tuple[str, ...]] = []
    for number, change in enumerate(one.entry.fields):
        view = lines.field(change.field)
        planned, now = (_both(values, lines, view) for values in (one.planned(change), one.now.get(change.field, {})))
        marked = change.field in changed if changed else not number
        rows.append((who, view.title, planned, now, WHY[one.why.value] if marked else ""))
        who = ""
    return rows or [(who, one.entry.kind.value, "", "", WHY[one.why.value])]


def _both(values: Any, lines: Lines, view: Any) -> str:
    """What both sides show: `Clopos: a; Check&Place: b`."""
    told = [(side, lines.value(value, view) or "(blank)") for side, value in values.items() if value is not None]
    return "; ".join(f"{side.label}: {text}" for side, text in told)


def dropped_json(one: Dropped, lines: Lines) -> dict[str, Any]:
    """The same for programs."""
    from connector.domain.planfile import entry_id, sides_of

    fields, changed = [], one.changed
    for change in one.entry.fields:
        view = lines.field(change.field)
        fields.append({
            "field": change.field, "after": lines.value(change.after, view), "changed": change.field in changed,
            "planned": {side.value: lines.value(value, view) for side, value in one.planned(change).items()},
            "now": {side.value: lines.value(value, view) for side, value in one.now.get(change.field, {}).items()},
        })  # fmt: skip
    return {
        "id": entry_id(one.entry), "kind": one.entry.kind.value, "why": one.why.value, "fields": fields,
        "records": {side.value: name for side, name in sides_of(one.entry).items()},
    }  # fmt: skip
