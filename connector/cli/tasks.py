"""`connector tasks`: what staff have to type by hand, on the screen and on paper."""

from __future__ import annotations

from functools import partial

import typer

from connector.cli import frame
from connector.cli.bulk import Every, Field, Ids, Rule, Yes
from connector.cli.desk import All, By, Note, ShowPii, office
from connector.cli.handout import File, InLanguage, Language, clear_of
from connector.cli.queues import Closed, Id, Numbers, Text, decide, list_queue, note_entry, show_entry
from connector.domain.errors import ExitCode

app = typer.Typer(no_args_is_help=True, help="Changes to type into Clopos by hand.")


@app.command("list")
def list_tasks(
    closed: Closed = False, everything: All = False, file: File = None, language: InLanguage = Language.EN,
    show_pii: ShowPii = None, config: frame.Config = None, pair: frame.Pairs = None, json: frame.Json = False,
    verbose: frame.Verbose = False,
) -> ExitCode:  # fmt: skip
    """List the tasks, oldest first, with the value to type; or write them into a file, grouped by customer.

    To take along:  connector tasks list -o tasks.html --language az
    """
    room = office(config, pair, json, verbose, show_pii=clear_of(file, show_pii), look=True)
    return list_queue("task", room, everything=everything, closed=closed, file=file, language=language)


@app.command("show")
def show_task(
    number: Id, show_pii: ShowPii = None, config: frame.Config = None, pair: frame.Pairs = None,
    json: frame.Json = False, verbose: frame.Verbose = False,
) -> ExitCode:  # fmt: skip
    """Show one task: what to type where, what both systems show, and what else can be decided."""
    return show_entry("task", number, office(config, pair, json, verbose, show_pii=show_pii, look=True))


@app.command("tick")
def tick_task(
    numbers: Ids = None, field: Field = None, every: Every = False, yes: Yes = False, by: By = None, note: Note = None,
    config: frame.Config = None, pair: frame.Pairs = None, json: frame.Json = False, verbose: frame.Verbose = False,
) -> ExitCode:  # fmt: skip
    """Say that a task is done. The next full reading closes it, or opens it again if the old value still stands."""
    from connector.engine.staff_queue import tick

    rule = Rule(numbers or (), field, every=every, yes=yes)
    return decide("task", rule, tick, office(config, pair, json, verbose), by, note)


@app.command("keep-different")
def keep_different(
    numbers: Ids = None, field: Field = None, every: Every = False, yes: Yes = False, by: By = None, note: Note = None,
    config: frame.Config = None, pair: frame.Pairs = None, json: frame.Json = False, verbose: frame.Verbose = False,
) -> ExitCode:  # fmt: skip
    """Leave both systems as they are, until one of them is changed."""
    from connector.engine.staff_queue import Take, resolve

    decision = partial(resolve, take=Take.DIFFERENT, kind="task")
    rule = Rule(numbers or (), field, every=every, yes=yes)
    return decide("task", rule, decision, office(config, pair, json, verbose), by, note)


@app.command("take-clopos")
def take_clopos(
    numbers: Ids = None, field: Field = None, every: Every = False, yes: Yes = False, by: By = None, note: Note = None,
    config: frame.Config = None, pair: frame.Pairs = None, json: frame.Json = False, verbose: frame.Verbose = False,
) -> ExitCode:  # fmt: skip
    """Clopos is right: the next run writes its value to Check&Place."""
    from connector.engine.staff_queue import Take, resolve

    decision = partial(resolve, take=Take.CLOPOS, kind="task")
    rule = Rule(numbers or (), field, every=every, yes=yes)
    return decide("task", rule, decision, office(config, pair, json, verbose), by, note)


@app.command("ignore")
def ignore_task(
    numbers: Numbers, by: By = None, note: Note = None, config: frame.Config = None, pair: frame.Pairs = None,
    json: frame.Json = False, verbose: frame.Verbose = False,
) -> ExitCode:  # fmt: skip
    """Put tasks aside until their values change."""
    from connector.engine.staff_queue import ignore

    room = office(config, pair, json, verbose)
    return decide("task", Rule(numbers), partial(ignore, kind="task"), room, by, note, carried_out=False)


@app.command("note")
def note_task(
    numbers: Numbers, note: Text, by: By = None, config: frame.Config = None, pair: frame.Pairs = None,
    json: frame.Json = False, verbose: frame.Verbose = False,
) -> ExitCode:  # fmt: skip
    """Keep a note with tasks; it decides nothing."""
    return note_entry("task", numbers, office(config, pair, json, verbose), by, note)
