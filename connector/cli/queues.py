"""What `connector conflicts`, `tasks` and `holds` share: a list, one entry, a decision, a note."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING, Annotated

import typer

from connector.cli.bulk import Rule
from connector.cli.desk import SHORT
from connector.cli.handout import Language, write_queue
from connector.domain.errors import ExitCode

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from sqlalchemy import Connection

    from connector.cli.desk import Found, Office
    from connector.engine.context import Stores
    from connector.engine.staff import Decided, Desk

Id = Annotated[int, typer.Argument(metavar="ID", help="The number in the list.")]
Numbers = Annotated[list[int], typer.Argument(metavar="ID...", help="One or more numbers of the list.")]
Closed = Annotated[bool, typer.Option("--closed", help="Also those that are over.")]
Text = Annotated[str, typer.Option("--note", metavar="TEXT", help="The note, for whoever looks later.")]


def list_queue(
    kind: str, room: Office, *, everything: bool, closed: bool, file: Path | None, language: Language
) -> ExitCode:
    """The entries of a kind on the screen, as a document, or in a file."""
    from connector.cli.entrylist import print_entries
    from connector.cli.views import entries_of

    if file is not None:
        return write_queue(room, kind, file, language, closed=closed, everything=everything)
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


def show_entry(kind: str, number: int, room: Office) -> ExitCode:
    """One entry, whole."""
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


def decide(
    kind: str, rule: Rule, decision: Callable[..., Decided], room: Office, by: str | None, note: str | None, *,
    carried_out: bool = True,
) -> ExitCode:  # fmt: skip
    """One decision for the entries that are meant: of each pair all, or none. `carried_out`: by the next run."""
    wanted: list[tuple[str, Found, Callable[[Desk, Connection], Decided]]] = [
        (f"{kind} {number}", _found(number), partial(decision, entry_id=number)) for number in rule.chosen(room, kind)
    ]
    step = f"connector {kind}s list"
    return room.decide_all(wanted, by=by, note=note, next_step=step, carried_out=carried_out)


def note_entry(kind: str, numbers: list[int], room: Office, by: str | None, note: str) -> ExitCode:
    """A note on entries, which decides nothing."""
    from connector.engine.staff_queue import remark

    return decide(kind, Rule(numbers), partial(remark, kind=kind), room, by, note, carried_out=False)


def _found(number: int) -> Found:
    def found(stores: Stores, connection: Connection) -> bool:
        return stores.queue.get(connection, number) is not None

    return found
