"""`connector status`: whether every pair is up to date, and what waits."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from rich.table import Table
from rich.text import Text

from connector.cli import frame
from connector.cli.nextstep import carried
from connector.cli.output import Output
from connector.domain.errors import ExitCode

if TYPE_CHECKING:
    from connector.config import PairSettings
    from connector.engine.status import PairStatus

QUEUES = {
    "conflict": ("conflict", "conflicts", "connector conflicts list"),
    "task": ("task", "tasks", "connector tasks list"),
    "hold": ("set aside", "set aside", "connector holds list"),
    "proposal": ("perhaps the same person", "perhaps the same person", "connector links list --proposals"),
}

ASKED = {
    "clopos": "for Clopos", "checkandplace": "for Check&Place", "delete": "to delete by hand", "look": "to look at",
}  # fmt: skip
"""What tasks ask for."""

ENDS = {"refused": "wrote nothing", "stopped": "was stopped"}
"""How a run with an error ended, if it did not fail."""


def status(
    config: frame.Config = None, pair: frame.Pairs = None, json: frame.Json = False, verbose: frame.Verbose = False
) -> ExitCode:
    """How every pair is: last good run, what waits for staff, requests, next run.

    Asks no server and needs no credentials, so it suits a monitoring system. Ends with 1 if a pair is stale: without a
    good run for longer than three quick intervals (at least 15 minutes), or refused by the safety limits. An apply that
    carried out the whole plan ends a refusal; it is a good run if nothing else was left for a sync to do. A paused pair
    does not count as stale.

    Example, for a monitor:  connector status --json
    """
    from connector.cli.opening import opened
    from connector.engine.status import pair_status
    from connector.service.cadence import cadence_of, kinds_of
    from connector.service.timing import stale_after

    output = Output(as_json=json)
    work = opened(output, config, pair, verbose=verbose, read_only=True)
    now = datetime.now(UTC)
    documents, stale = [], False
    for number, settings in enumerate(work.pairs):
        found = pair_status(work.engine, settings, kinds_of(settings), stale_after(cadence_of(settings)), now)
        stale |= found.stale
        documents.append(as_json(found))
        if number:
            output.result("")
        _show(output, found, settings, now)
    if json:
        output.document({"pairs": documents, "stale": stale})
    return ExitCode.FAILED if stale else ExitCode.DONE


def as_json(found: PairStatus) -> dict[str, Any]:
    """A pair's status as JSON types; times are UTC."""

    def run(view: Any) -> dict[str, Any] | None:
        if view is None:
            return None
        return {"run": view.id, "kind": view.kind, "state": view.state, "started_at": view.started_at.isoformat(),
                "error": view.error["code"] if view.error else None}  # fmt: skip

    return {
        "pair": found.name, "mode": found.mode, "stale": found.stale, "stale_since": _iso(found.stale_since),
        "backfill": found.backfill.value, "paused_at": _iso(found.paused_at), "last_good": run(found.last_good),
        "last": run(found.last), "next_run": _iso(found.next_run),
        "at_work": found.at_work.owner if found.at_work else None,
        "relink": found.relink.to_json() if found.relink else None,
        "queues": {q.kind: {"size": q.size, "oldest": _iso(q.oldest), **({"of": dict(q.of)} if q.of else {})}
                   for q in found.queues},
        "quotas": [
            {"side": q.side.value, "used": q.used, "limit": q.limit, "seconds": q.seconds,
             "paused_until": _iso(q.paused_until)} for q in found.quotas
        ],
    }  # fmt: skip


def _iso(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment is not None else None


def _show(output: Output, found: PairStatus, settings: PairSettings, now: datetime) -> None:
    from connector.engine.status import PLAN_FILE

    def when(moment: datetime) -> str:
        return f"{moment.astimezone(settings.zone):%Y-%m-%d %H:%M} ({age(now - moment)})"

    title = Text(found.name, style="bold")
    title.append(f"  {_state(found)}", style="red" if found.stale else "green")
    output.result(title)
    table = Table.grid(padding=(0, 2))
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    good = found.last_good
    last = f"run {good.id} ({good.kind}), {when(good.started_at)}" if good else "none yet"
    table.add_row("  last good run", last)
    if found.last and found.last.error and found.last is not good:
        error = found.last.error
        ended = ENDS.get(found.last.state, "failed")
        table.add_row("  last run", f"run {found.last.id} {ended}, {when(found.last.started_at)}: {error['manager']}")
        if error.get("next"):
            table.add_row("", carried(f"next: {error['next']}"))
    if found.last and found.last.kind == PLAN_FILE and (good is None or found.last.id > good.id):
        table.add_row("  last run", f"run {found.last.id} carried out a plan file, {when(found.last.started_at)}; what "
                      "it did not hold waits")  # fmt: skip
        table.add_row("", carried(f"next: connector sync --pair {found.name}"))
    if found.stale_since:
        table.add_row("  stale since", when(found.stale_since))
    if found.paused_at:
        table.add_row("  paused since", carried(f"{when(found.paused_at)}; connector resume {found.name}"))
    if found.relink:
        from connector.engine.relinking import next_step, sentence

        waiting = next((queue.size for queue in found.queues if queue.kind == "proposal"), 0)
        table.add_row("  relink mode", f"since {when(found.relink.since)}: {sentence(found.relink)}")
        table.add_row("", carried(f"next: {next_step(found.relink, found.name, waiting)}"))
    if found.at_work:
        table.add_row("  at work", found.at_work.owner)
    for number, queue in enumerate(queue for queue in found.queues if queue.size):
        one, many, command = QUEUES[queue.kind]
        kinds = [f"{count:,} {ASKED[what]}" for what, count in queue.of.items()]
        asked = f" {ASKED[next(iter(queue.of))]}" if len(kinds) == 1 else f" ({', '.join(kinds)})" if kinds else ""
        oldest = f", the oldest for {span(now - queue.oldest)}" if queue.oldest else ""
        table.add_row(
            "  waiting" if not number else "",
            f"{queue.size:,} {one if queue.size == 1 else many}{asked}{oldest}: {carried(command)}",
        )
    for number, quota in enumerate(found.quotas):
        window = "minute" if quota.seconds == 60 else "hour"
        of = f" of {quota.limit:,}" if quota.limit is not None else ""
        told = f"{quota.side.label} {quota.used:,}{of} in the last {window}"
        if quota.paused_until:
            told += f"; it asked for a pause until {quota.paused_until.astimezone(settings.zone):%Y-%m-%d %H:%M}"
        table.add_row("  requests" if not number else "", told)
    table.add_row("  next run", when(found.next_run) if found.next_run else "no daemon has announced one")
    output.result(table)


def _state(found: PairStatus) -> str:
    if found.paused_at:
        return "paused"
    if found.relink:
        return "relink mode: nobody is created" if found.relink.proposed else "relink mode: nothing is written"
    if found.mode == "live" and found.backfill.value != "finished":
        return f"no finished backfill yet: connector backfill --pair {found.name}"
    mode = "up to date" if found.mode == "live" else "read-only, compared lately"
    return "stale" if found.stale else mode


def age(distance: timedelta) -> str:
    """How far away a moment is: `3 min ago`, `in 5 h`."""
    return f"in {span(-distance)}" if distance < timedelta() else f"{span(distance)} ago"


def span(length: timedelta) -> str:
    """A length of time in a word and a half: `40 s`, `3 min`, `5 h`, `12 days`."""
    seconds = length.total_seconds()
    if seconds < 90:
        return f"{seconds:.0f} s"
    if seconds < 90 * 60:
        return f"{seconds / 60:.0f} min"
    return f"{seconds / 3600:.0f} h" if seconds < 36 * 3600 else f"{seconds / 86400:.0f} days"
