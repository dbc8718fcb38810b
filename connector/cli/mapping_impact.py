"""`connector mapping impact`: a changed mapping, rehearsed on the state before any run uses it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.table import Table
from rich.text import Text

from connector.cli import frame
from connector.cli.output import Output
from connector.domain.errors import ExitCode
from connector.domain.values import CHECKANDPLACE, CLOPOS, SideName

if TYPE_CHECKING:
    from connector.config import PairSettings
    from connector.engine.impact import Impact, Quotas

COLUMNS = {
    "write": "written to Check&Place", "task": "tasks for Clopos", "ask": "staff decide", "keep": "stay different",
    "not_sent": "not sent", "hold": "set aside", "same": "no change", "unread": "not read yet",
}  # fmt: skip


def impact(
    file: Annotated[Path, typer.Argument(metavar="NEW_FILE", help="The changed mapping, not yet used by any pair.")],
    config: frame.Config = None, pair: frame.Pairs = None, json: frame.Json = False, verbose: frame.Verbose = False,
) -> ExitCode:  # fmt: skip
    """Say what a changed mapping would do to the customers that are linked already. Asks no server, changes nothing.

    For each detail that is mapped another way: how many customers the next run would write, ask about or leave as they
    are; and what that costs in requests and minutes. A detail that was never read asks for a full reading first.

    Example:  connector mapping impact new.toml --pair main
    """
    from connector.cli.opening import opened
    from connector.config.mapping import load_mapping
    from connector.domain.mapping import Mapper
    from connector.engine.context import Stores
    from connector.engine.impact import impact as rehearse
    from connector.engine.staff import NotPossible
    from connector.state.core import Database
    from connector.state.runs import PairStore

    output = Output(as_json=json)
    mapping = load_mapping(file)
    work = opened(output, config, pair, verbose=verbose, read_only=True)
    documents = []
    for settings in work.pairs:
        with work.engine.connect() as connection:
            known = PairStore().find(connection, settings.name)
        if known is None:
            raise NotPossible(
                "pair-never-ran", f'The pair "{settings.name}" never ran, so there is nothing to rehearse on.',
                next_step=f"connector diff --pair {settings.name}",
            )  # fmt: skip
        found = rehearse(
            Stores.of(Database(work.engine, known.id)), Mapper(load_mapping(settings.mapping_file), settings.rules()),
            Mapper(mapping, settings.rules()), _quotas(settings), settings.guard.limits(),
        )  # fmt: skip
        document = _document(settings, file, found)
        documents.append(document)
        if not json:
            _print(output, document)
    if json:
        output.document({"pairs": documents, "exit_code": int(ExitCode.DONE)})
    return ExitCode.DONE


def _quotas(settings: PairSettings) -> Quotas:
    """The windows that the settings of a pair name."""
    clopos, guests = settings.clopos, settings.checkandplace
    hour = ((clopos.requests_per_hour, 3600.0),) if clopos.requests_per_hour is not None else ()
    minute = ((guests.requests_per_minute, 60.0),) if guests.requests_per_minute is not None else ()
    return {CLOPOS: ((clopos.requests_per_minute, 60.0), *hour), CHECKANDPLACE: minute}


def _document(settings: PairSettings, file: Path, found: Impact) -> dict[str, Any]:
    return {
        "pair": settings.name, "file": str(file), "links": found.links, "customers": found.customers,
        "updates": found.updates,
        "fields": [
            {"field": each.name, "title": each.title, "what": list(each.what), **each.counts} for each in found.fields
        ],
        "to_be_read_first": {side.value: names for side, names in found.unheld.items() if names},
        "cost": [
            {"side": cost.side.value, "scan": cost.scan, "writes": cost.writes, "requests": cost.scan + cost.writes,
             "minutes": None if cost.minutes is None else round(cost.minutes, 1)}
            for cost in found.costs
        ],
        "guard": found.refusals, "differs": found.differs, "next": _next(settings, file, found),
    }  # fmt: skip


def _next(settings: PairSettings, file: Path, found: Impact) -> str | None:
    """What to type: the preview under the new mapping reads what is not in the state, and shows every customer."""
    if not found.fields:
        return None
    return f'set mapping = "{file}" for the pair {settings.name}, then: connector diff --pair {settings.name}'


def _print(output: Output, one: dict[str, Any]) -> None:
    output.result(Text(f"{one['file']}, rehearsed on the {one['links']:,} links of pair {one['pair']}", style="bold"))
    if not one["fields"]:
        output.result("\nNothing that is compared is mapped another way: the next run does nothing because of it.")
    else:
        output.result(f"\n{one['customers']:,} customers would change, or be asked about.\n")
        output.result(_table(one["fields"]))
    for side, names in one["to_be_read_first"].items():
        label = SideName(side).label
        output.result(
            f"\nNot in the state: {', '.join(names)} of {label}. A full reading comes first; until then these are not "
            "counted above."
        )
    for cost in one["cost"]:
        if cost["requests"]:
            output.result(f"\n{SideName(cost['side']).label}: {_cost(cost)}.")
    for sentence in one["guard"]:
        output.result(f"\nThe safety limits would stop that run: {sentence}")
    if one["next"]:
        output.whole(f"\nNext: {one['next']}")


def _cost(cost: dict[str, Any]) -> str:
    parts = [f"{cost[name]:,} {word}" for name, word in (("scan", "to read"), ("writes", "to write")) if cost[name]]
    if cost["minutes"] is None:
        time = "no quota is set, so no time is said"
    else:
        time = f"at least {cost['minutes']:g} minutes under its quota" if cost["minutes"] >= 0.1 else "a few seconds"
    return f"{cost['requests']:,} requests ({', '.join(parts)}); {time}"


def _table(fields: list[dict[str, Any]]) -> Table:
    """A line for each detail; columns in which nobody stands are left out."""
    shown = [name for name in COLUMNS if any(each[name] for each in fields)]
    table = Table("Detail", "What is new", *(COLUMNS[name] for name in shown), show_edge=False, pad_edge=False)
    for each in fields:
        table.add_row(each["title"], "; ".join(each["what"]), *(f"{each[name]:,}" for name in shown))
    return table
