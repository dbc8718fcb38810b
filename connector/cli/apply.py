"""`connector apply`: a plan file, carried out as exactly what it says."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from connector.cli import frame
from connector.cli.opening import open_settings, opened
from connector.cli.output import Output
from connector.domain.errors import ExitCode, UnsafePlan, typed_path

if TYPE_CHECKING:
    from connector.cli.progress import Steps
    from connector.cli.running import Ended
    from connector.config import PairSettings
    from connector.engine.apply_file import FileRun
    from connector.engine.planfile import PlanFile
    from connector.engine.readback import ReadBack

PART, CARE, SHOW = "A part of it", "Safety", "What is shown"
LISTED = 20


def apply(
    file: Annotated[Path, typer.Argument(metavar="PLAN", help="A plan file that diff -o wrote.")],
    only: Annotated[
        list[str] | None, typer.Option("--only", metavar="WORD", rich_help_panel=PART,
                                       help="Only entries of this kind (update, create, link, task, ...), side "
                                       "(clopos, checkandplace), field (phone, name, ...) or id; may be repeated.")
    ] = None,
    without: Annotated[
        list[str] | None, typer.Option("--except", metavar="WORD", rich_help_panel=PART,
                                       help="All but entries of this kind, side, field or id.")
    ] = None,
    limit: Annotated[
        int | None, typer.Option("--limit", metavar="N", min=0, rich_help_panel=PART,
                                 help="Send at most N operations.")
    ] = None,
    first: Annotated[
        int | None, typer.Option("--first", metavar="N", min=1, rich_help_panel=CARE,
                                 help="Send N operations, read them back, show what came of them, and ask.")
    ] = None,
    then_rest: Annotated[
        bool, typer.Option("--then-rest", rich_help_panel=CARE,
                           help="With --first: go on without asking if all of them went through as sent.")
    ] = False,
    approve: Annotated[
        str | None, typer.Option("--approve", metavar="HASH", rich_help_panel=CARE,
                                 help="Carry the plan out although the guard refused it: once, within a day.")
    ] = None,
    show_pii: Annotated[
        bool | None, typer.Option("--show-pii/--mask-pii", rich_help_panel=SHOW, show_default=False,
                                  help="What fell out in the clear, or masked. Without either: clear on your screen, "
                                  "masked in a pipe.")
    ] = None,
    everything: Annotated[
        bool, typer.Option("--all", rich_help_panel=SHOW, help="List everything that fell out, not the first ones.")
    ] = False,
    config: frame.Config = None,
    pair: frame.Pairs = None,
    json: frame.Json = False,
    verbose: frame.Verbose = False,
) -> ExitCode:  # fmt: skip
    """Carry out a plan file: exactly what it says, for real.

    Both systems are read again first. What is not as the plan saw it falls out and is listed; the rest is carried out.
    Applying a plan twice does nothing twice. A plan of another pair or database, or made under another mapping or other
    settings, is refused.

    Ends with 4 if something fell out or was refused, with 3 if the plan may not be carried out.

    Example, ten to begin with, then the others:  connector apply plan.json --first 10
    """
    from connector.cli.running import Bench, facts_of
    from connector.engine.apply_file import FileRun
    from connector.engine.planfile import PlanFile

    if then_rest and first is None:
        raise typer.BadParameter("it goes with --first", param_hint="--then-rest")
    output = Output(as_json=json)
    plan = PlanFile.open(file)
    work = opened(output, config, _pair(plan, config, pair), verbose=verbose, secrets=True)
    clear = show_pii if show_pii is not None else output.out.is_terminal
    bench = Bench(work, verbose=verbose)
    trial = ["--first", str(first)] if first is not None else []
    trial += ["--then-rest"] if then_rest else []
    part = _part(only, without, limit)
    run = FileRun(plan, first=first, limit=limit, options=shlex.join(part + trial))

    async def one(settings: PairSettings) -> ExitCode:
        def prepare(ctx: Any, steps: Steps) -> None:
            ctx.approve = approve
            run.choice = run.chosen(ctx, only or (), without or ())
            run.go_on = lambda back: go_on(back, output, steps, then_rest=then_rest)

        def tell(ended: Ended) -> None:
            facts = told(ended, run, output, shlex.join(part), clear=clear, limit=None if everything else LISTED)
            if ended.result is not None:
                bench.documents.append({"pair": settings.name, **facts_of(ended.result), **facts})

        result = await bench.run(settings, run.kind, prepare=prepare, after=tell, story=run.story, lines=True)
        return result.exit_code

    code = bench.each(one)
    if json:
        output.document({"pairs": bench.documents, "exit_code": int(code)})
    return code


def _pair(plan: PlanFile, config: Path | None, named: list[str] | None) -> list[str]:
    """The pair of the file, or the one that was named. Raises UnsafePlan where the settings have no such pair."""
    from connector.engine.planfile import made_again

    settings, pairs = open_settings(config, named)
    if named and len(pairs) > 1:
        raise typer.BadParameter("a plan is about one pair", param_hint="--pair")
    if named:
        return [pairs[0].name]
    if plan.about.pair not in settings.pairs:
        raise UnsafePlan(
            "plan-other-pair", f'The plan is about the pair "{plan.about.pair}", which the settings do not have.',
            engineer=f"pairs: {', '.join(settings.pairs)}",
            next_step=f"connector diff -o {typed_path(made_again(plan.path))}",
        )  # fmt: skip
    return [plan.about.pair]


def go_on(back: ReadBack, output: Output, steps: Steps, *, then_rest: bool) -> bool:
    """After the first operations: shows what reads back, and asks; without a terminal the rest waits."""
    import sys

    steps.make_way()
    output.say(f"\n{back.fields:,} details of {back.records:,} customers read back as sent.")
    if back.failed:
        output.say(f"{back.failed:,} did not go through.")
    if then_rest and not back.failed:
        return True
    if not sys.stdin.isatty():
        return False
    return steps.answered(f"Go on with the other {back.rest:,}?")


def told(ended: Ended, run: FileRun, output: Output, part: str, *, clear: bool, limit: int | None) -> dict[str, Any]:
    """Says what the run came to; the same as JSON types. `part`: the options that chose a part of the plan."""
    from connector.cli.planfile import dropped_json, print_dropped
    from connector.cli.summary import print_summary
    from connector.engine.context import Stores
    from connector.report.lines import Lines

    step = next_step(ended, run, part)
    report = ended.report(show_pii=clear, next_step=step)
    print_summary(report, output, next_step=False)
    lines, stores = Lines(report), Stores.of(ended.moment)
    if not output.as_json:
        print_dropped(run.fallen_out(stores, ended.ctx), lines, output, limit)
        _tell_differences(run, lines, output)
    already = sum(1 for why in run.dropped.values() if why.value == "already")
    if already:
        output.result(f"\n{already:,} of its entries were so already.")
    if step and ended.result is not None:
        output.whole(f"\nNext: {step}")
    return {
        "outcomes": dict(report.outcomes), "already": already, "left": run.left, "next": step or None,
        "dropped": [dropped_json(one, lines) for one in run.fallen_out(stores, ended.ctx)] if output.as_json else [],
    }  # fmt: skip


def _tell_differences(run: FileRun, lines: Any, output: Output) -> None:
    """What read back different, and what the reading did not show."""
    for side, record in run.back.unread if run.back else ():
        output.result(f"\n{side.label} {record}: it was written to, but the reading after it does not show it.")
    for one in run.back.differs if run.back else ():
        view = lines.field(one.field)
        sent, shown = lines.value(one.sent, view), lines.value(one.shown, view)
        output.result(f"\n{one.side.label} {one.record}: {view.title} was sent as {sent}, and reads back as {shown}.")


def _part(only: list[str] | None, without: list[str] | None, limit: int | None) -> list[str]:
    """The options that chose a part of the plan, as words of a command line."""
    said = [word for one in only or () for word in ("--only", one)]
    said += [word for one in without or () for word in ("--except", one)]
    return said + (["--limit", str(limit)] if limit is not None else [])


def next_step(ended: Ended, run: FileRun, part: str = "") -> str:
    """What to type after it. What was left of a part is a part again; a trial of the first ones is over."""
    from connector.engine.apply_file import made_anew

    name, result = ended.settings.name, ended.result
    if result is None:
        return ""
    if run.back is not None and not run.back.as_sent:
        return f"connector runs show {result.run_id} --pair {name}"
    if run.left:
        return " ".join(filter(None, (f"connector apply {typed_path(run.file.path)}", part, f"--pair {name}")))
    if any(why.value != "already" for why in run.dropped.values()):
        return made_anew(run.file, name)
    return f"connector holds list --pair {name}" if result.exit_code is ExitCode.PARTLY else ""
