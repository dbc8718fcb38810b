"""`connector conflicts`, `connector tasks`, `connector holds`: what waits for staff, and what they decide."""

from __future__ import annotations

from datetime import UTC, datetime
from enum import StrEnum
from functools import partial
from typing import TYPE_CHECKING, Annotated

import typer

from connector.cli import frame
from connector.cli.desk import SHORT, All, By, Found, Note, Office, ShowPii, office
from connector.domain.errors import ExitCode

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy import Connection

    from connector.engine.context import Stores
    from connector.engine.staff import Decided, Desk

conflicts = typer.Typer(no_args_is_help=True, help="Details that were changed in both systems: which one is right?")
tasks = typer.Typer(no_args_is_help=True, help="Changes to type into Clopos by hand.")
holds = typer.Typer(no_args_is_help=True, help="What was set aside because something is unclear.")

Id = Annotated[int, typer.Argument(metavar="ID", help="The number in the list.")]
Ids = Annotated[list[int], typer.Argument(metavar="ID...", help="One or more numbers of the list.")]


class Takes(StrEnum):
    """Whose value is right."""

    CLOPOS = "clopos"
    CHECKANDPLACE = "checkandplace"
    DIFFERENT = "different"


def _list(kind: str, everything: bool, closed: bool, room: Office) -> ExitCode:
    from connector.cli.viewprint import print_entries
    from connector.cli.views import entries_of

    documents: list[dict[str, object]] = []
    count = 0
    for view in room.views():
        with view.stores.database.read() as connection:
            entries = [
                entry
                for entry in view.stores.queue.listing(connection, kind, live_only=not closed)
                if closed or entry.state != "ignored" or everything
            ]
            count += len(entries)
            left = None if everything or room.output.as_json else max(0, SHORT - len(documents))
            documents += list(entries_of(view.eyes, view.stores, connection, entries[:left], datetime.now(UTC)))
    if room.output.as_json:
        room.output.document({f"{kind}s": documents})
        return ExitCode.DONE
    print_entries(room.output, kind, documents, count, several=len(room.work.pairs) > 1)
    return ExitCode.DONE


def _show(kind: str, number: int, room: Office) -> ExitCode:
    from connector.cli.viewprint import print_entry
    from connector.cli.views import entries_of

    view = room.view_of(f"{kind} {number}", _found(number), f"connector {kind}s list")
    with view.stores.database.read() as connection:
        entry = view.stores.queue.get(connection, number)
        assert entry is not None  # view_of found it
        document = next(entries_of(view.eyes, view.stores, connection, [entry], datetime.now(UTC)))
    if room.output.as_json:
        room.output.document(document)
    else:
        print_entry(room.output, document)
    return ExitCode.DONE


def _decide(
    kind: str, numbers: list[int], decision: Callable[..., Decided], room: Office, by: str | None, note: str | None
) -> ExitCode:
    wanted: list[tuple[str, Found, Callable[[Desk, Connection], Decided]]] = [
        (f"{kind} {number}", _found(number), partial(decision, entry_id=number)) for number in dict.fromkeys(numbers)
    ]
    return room.decide_all(wanted, by=by, note=note, next_step=f"connector {kind}s list")


def _found(number: int) -> Found:
    def found(stores: Stores, connection: Connection) -> bool:
        return stores.queue.get(connection, number) is not None

    return found


Closed = Annotated[bool, typer.Option("--closed", help="Also those that are over.")]


@conflicts.command("list")
def list_conflicts(
    closed: Closed = False, everything: All = False, show_pii: ShowPii = None, config: frame.Config = None,
    pair: frame.Pairs = None, json: frame.Json = False, verbose: frame.Verbose = False,
) -> ExitCode:  # fmt: skip
    """List the conflicts, oldest first, with what both systems show."""
    return _list("conflict", everything, closed, office(config, pair, json, verbose, show_pii=show_pii, look=True))


@conflicts.command("show")
def show_conflict(
    number: Id, show_pii: ShowPii = None, config: frame.Config = None, pair: frame.Pairs = None,
    json: frame.Json = False, verbose: frame.Verbose = False,
) -> ExitCode:  # fmt: skip
    """Show one conflict: both values, what both systems showed before, since when, and what can be decided."""
    return _show("conflict", number, office(config, pair, json, verbose, show_pii=show_pii, look=True))


@conflicts.command("resolve")
def resolve_conflict(
    numbers: Ids,
    take: Annotated[Takes, typer.Option("--take", help="Whose value is right; different: both stay as they are.")],
    by: By = None, note: Note = None, config: frame.Config = None, pair: frame.Pairs = None,
    json: frame.Json = False, verbose: frame.Verbose = False,
) -> ExitCode:  # fmt: skip
    """Decide whose value is right. The next run carries it out, as long as both systems still show what you saw.

    clopos: written to Check&Place. checkandplace: becomes a task for Clopos. different: both stay.
    """
    from connector.engine.staff_queue import Take, resolve

    decision = partial(resolve, take=Take(take.value), kind="conflict")
    return _decide("conflict", numbers, decision, office(config, pair, json, verbose), by, note)


@tasks.command("list")
def list_tasks(
    closed: Closed = False, everything: All = False, show_pii: ShowPii = None, config: frame.Config = None,
    pair: frame.Pairs = None, json: frame.Json = False, verbose: frame.Verbose = False,
) -> ExitCode:  # fmt: skip
    """List the tasks, oldest first, with the value to type."""
    return _list("task", everything, closed, office(config, pair, json, verbose, show_pii=show_pii, look=True))


@tasks.command("show")
def show_task(
    number: Id, show_pii: ShowPii = None, config: frame.Config = None, pair: frame.Pairs = None,
    json: frame.Json = False, verbose: frame.Verbose = False,
) -> ExitCode:  # fmt: skip
    """Show one task: what to type where, what both systems show, and what else can be decided."""
    return _show("task", number, office(config, pair, json, verbose, show_pii=show_pii, look=True))


@tasks.command("tick")
def tick_task(
    numbers: Ids, by: By = None, note: Note = None, config: frame.Config = None, pair: frame.Pairs = None,
    json: frame.Json = False, verbose: frame.Verbose = False,
) -> ExitCode:  # fmt: skip
    """Say that a task is done. The next full reading closes it, or opens it again if the old value still stands."""
    from connector.engine.staff_queue import tick

    return _decide("task", numbers, tick, office(config, pair, json, verbose), by, note)


@tasks.command("keep-different")
def keep_different(
    numbers: Ids, by: By = None, note: Note = None, config: frame.Config = None, pair: frame.Pairs = None,
    json: frame.Json = False, verbose: frame.Verbose = False,
) -> ExitCode:  # fmt: skip
    """Leave both systems as they are, until one of them is changed."""
    from connector.engine.staff_queue import Take, resolve

    decision = partial(resolve, take=Take.DIFFERENT, kind="task")
    return _decide("task", numbers, decision, office(config, pair, json, verbose), by, note)


@tasks.command("take-clopos")
def take_clopos(
    numbers: Ids, by: By = None, note: Note = None, config: frame.Config = None, pair: frame.Pairs = None,
    json: frame.Json = False, verbose: frame.Verbose = False,
) -> ExitCode:  # fmt: skip
    """Clopos is right: the next run writes its value to Check&Place."""
    from connector.engine.staff_queue import Take, resolve

    decision = partial(resolve, take=Take.CLOPOS, kind="task")
    return _decide("task", numbers, decision, office(config, pair, json, verbose), by, note)


@tasks.command("ignore")
def ignore_task(
    numbers: Ids, by: By = None, note: Note = None, config: frame.Config = None, pair: frame.Pairs = None,
    json: frame.Json = False, verbose: frame.Verbose = False,
) -> ExitCode:  # fmt: skip
    """Put tasks aside until their values change."""
    from connector.engine.staff_queue import ignore

    return _decide("task", numbers, partial(ignore, kind="task"), office(config, pair, json, verbose), by, note)


@holds.command("list")
def list_holds(
    closed: Closed = False, everything: All = False, show_pii: ShowPii = None, config: frame.Config = None,
    pair: frame.Pairs = None, json: frame.Json = False, verbose: frame.Verbose = False,
) -> ExitCode:  # fmt: skip
    """List the holds, oldest first, with the reason."""
    return _list("hold", everything, closed, office(config, pair, json, verbose, show_pii=show_pii, look=True))


@holds.command("show")
def show_hold(
    number: Id, show_pii: ShowPii = None, config: frame.Config = None, pair: frame.Pairs = None,
    json: frame.Json = False, verbose: frame.Verbose = False,
) -> ExitCode:  # fmt: skip
    """Show one hold: what is unclear, who is concerned, and what can be done."""
    return _show("hold", number, office(config, pair, json, verbose, show_pii=show_pii, look=True))


@holds.command("retry")
def retry_hold(
    numbers: Ids, by: By = None, note: Note = None, config: frame.Config = None, pair: frame.Pairs = None,
    json: frame.Json = False, verbose: frame.Verbose = False,
) -> ExitCode:  # fmt: skip
    """Send once more what a server refused; the next run does it."""
    from connector.engine.staff_queue import retry

    return _decide("hold", numbers, retry, office(config, pair, json, verbose), by, note)


@holds.command("ignore")
def ignore_hold(
    numbers: Ids, by: By = None, note: Note = None, config: frame.Config = None, pair: frame.Pairs = None,
    json: frame.Json = False, verbose: frame.Verbose = False,
) -> ExitCode:  # fmt: skip
    """Put holds aside until their cause changes."""
    from connector.engine.staff_queue import ignore

    return _decide("hold", numbers, partial(ignore, kind="hold"), office(config, pair, json, verbose), by, note)


@holds.command("answer")
def answer_hold(
    number: Id,
    it_is: Annotated[
        str | None, typer.Option("--it-is", metavar="ID", help="The customer is there: its id in that system.")
    ] = None,
    not_there: Annotated[
        bool, typer.Option("--not-there", help="The customer is not there: the next run sends it again.")
    ] = False,
    by: By = None, note: Note = None, config: frame.Config = None, pair: frame.Pairs = None,
    json: frame.Json = False, verbose: frame.Verbose = False,
) -> ExitCode:  # fmt: skip
    """Answer a hold that asks whether a customer was created, after a look in the back office."""
    from connector.engine.staff_queue import answer_it_is, answer_not_there

    if (it_is is None) is not not_there:
        raise typer.BadParameter("say either --it-is ID or --not-there")
    decision = answer_not_there if not_there else partial(answer_it_is, record_id=it_is or "")
    return _decide("hold", [number], decision, office(config, pair, json, verbose), by, note)
