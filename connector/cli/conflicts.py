"""`connector conflicts`: details that were changed in both systems, and whose value is right."""

from __future__ import annotations

from enum import StrEnum
from functools import partial
from typing import Annotated

import typer

from connector.cli import frame
from connector.cli.bulk import Every, Field, Ids, Rule, Yes
from connector.cli.desk import All, By, Note, ShowPii, office
from connector.cli.handout import File, InLanguage, Language, clear_of
from connector.cli.queues import Closed, Id, Numbers, Text, decide, list_queue, note_entry, show_entry
from connector.domain.errors import ExitCode

app = typer.Typer(no_args_is_help=True, help="Details that were changed in both systems: which one is right?")


class Takes(StrEnum):
    """Whose value is right."""

    CLOPOS = "clopos"
    CHECKANDPLACE = "checkandplace"
    DIFFERENT = "different"


@app.command("list")
def list_conflicts(
    closed: Closed = False, everything: All = False, file: File = None, language: InLanguage = Language.EN,
    show_pii: ShowPii = None, config: frame.Config = None, pair: frame.Pairs = None, json: frame.Json = False,
    verbose: frame.Verbose = False,
) -> ExitCode:  # fmt: skip
    """List the conflicts, oldest first, with what both systems show; or write them into a file."""
    room = office(config, pair, json, verbose, show_pii=clear_of(file, show_pii), look=True)
    return list_queue("conflict", room, everything=everything, closed=closed, file=file, language=language)


@app.command("show")
def show_conflict(
    number: Id, show_pii: ShowPii = None, config: frame.Config = None, pair: frame.Pairs = None,
    json: frame.Json = False, verbose: frame.Verbose = False,
) -> ExitCode:  # fmt: skip
    """Show one conflict: both values, what both systems showed before, since when, and what can be decided."""
    return show_entry("conflict", number, office(config, pair, json, verbose, show_pii=show_pii, look=True))


@app.command("resolve")
def resolve_conflict(
    take: Annotated[Takes, typer.Option("--take", help="Whose value is right; different: both stay as they are.")],
    numbers: Ids = None, field: Field = None, every: Every = False, yes: Yes = False, by: By = None, note: Note = None,
    config: frame.Config = None, pair: frame.Pairs = None, json: frame.Json = False, verbose: frame.Verbose = False,
) -> ExitCode:  # fmt: skip
    """Decide whose value is right. The next run carries it out, as long as both systems still show what you saw.

    clopos: written to Check&Place. checkandplace: becomes a task for Clopos. different: both stay.
    All at once:  connector conflicts resolve --field name --take clopos
    """
    from connector.engine.staff_queue import Take, resolve

    decision = partial(resolve, take=Take(take.value), kind="conflict")
    rule = Rule(numbers or (), field, every=every, yes=yes)
    return decide("conflict", rule, decision, office(config, pair, json, verbose), by, note)


@app.command("note")
def note_conflict(
    numbers: Numbers, note: Text, by: By = None, config: frame.Config = None, pair: frame.Pairs = None,
    json: frame.Json = False, verbose: frame.Verbose = False,
) -> ExitCode:  # fmt: skip
    """Keep a note with conflicts; it decides nothing."""
    return note_entry("conflict", numbers, office(config, pair, json, verbose), by, note)
