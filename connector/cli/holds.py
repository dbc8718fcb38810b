"""`connector holds`: what was set aside because something is wrong or unclear."""

from __future__ import annotations

from functools import partial
from typing import Annotated

import typer

from connector.cli import frame
from connector.cli.bulk import Code, Every, Ids, Rule, Yes
from connector.cli.desk import All, By, Note, ShowPii, office
from connector.cli.handout import File, InLanguage, Language, clear_of
from connector.cli.queues import Closed, Id, Numbers, Text, decide, list_queue, note_entry, show_entry
from connector.domain.errors import ExitCode

app = typer.Typer(no_args_is_help=True, help="What was set aside because something is unclear.")


@app.command("list")
def list_holds(
    closed: Closed = False, everything: All = False, file: File = None, language: InLanguage = Language.EN,
    show_pii: ShowPii = None, config: frame.Config = None, pair: frame.Pairs = None, json: frame.Json = False,
    verbose: frame.Verbose = False,
) -> ExitCode:  # fmt: skip
    """List the holds, oldest first, with the reason; or write them into a file."""
    room = office(config, pair, json, verbose, show_pii=clear_of(file, show_pii), look=True)
    return list_queue("hold", room, everything=everything, closed=closed, file=file, language=language)


@app.command("show")
def show_hold(
    number: Id, show_pii: ShowPii = None, config: frame.Config = None, pair: frame.Pairs = None,
    json: frame.Json = False, verbose: frame.Verbose = False,
) -> ExitCode:  # fmt: skip
    """Show one hold: what is unclear, who is concerned, and what can be done."""
    return show_entry("hold", number, office(config, pair, json, verbose, show_pii=show_pii, look=True))


@app.command("retry")
def retry_hold(
    numbers: Ids = None, code: Code = None, every: Every = False, yes: Yes = False, by: By = None, note: Note = None,
    config: frame.Config = None, pair: frame.Pairs = None, json: frame.Json = False, verbose: frame.Verbose = False,
) -> ExitCode:  # fmt: skip
    """Send once more what a server refused; the next run does it.

    All at once:  connector holds retry --code rejected
    """
    from connector.domain.backoff import RETRIED
    from connector.engine.staff_queue import retry

    rule = Rule(numbers or (), code=code, every=every, yes=yes, codes=RETRIED)
    return decide("hold", rule, retry, office(config, pair, json, verbose), by, note)


@app.command("ignore")
def ignore_hold(
    numbers: Ids = None, code: Code = None, yes: Yes = False, by: By = None, note: Note = None,
    config: frame.Config = None, pair: frame.Pairs = None, json: frame.Json = False, verbose: frame.Verbose = False,
) -> ExitCode:  # fmt: skip
    """Put holds aside until their cause changes."""
    from connector.engine.staff_queue import ignore

    rule = Rule(numbers or (), code=code, yes=yes, codes=(code,) if code else ())
    room = office(config, pair, json, verbose)
    return decide("hold", rule, partial(ignore, kind="hold"), room, by, note, carried_out=False)


@app.command("answer")
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
    return decide("hold", Rule([number]), decision, office(config, pair, json, verbose), by, note)


@app.command("note")
def note_hold(
    numbers: Numbers, note: Text, by: By = None, config: frame.Config = None, pair: frame.Pairs = None,
    json: frame.Json = False, verbose: frame.Verbose = False,
) -> ExitCode:  # fmt: skip
    """Keep a note with holds; it decides nothing."""
    return note_entry("hold", numbers, office(config, pair, json, verbose), by, note)
