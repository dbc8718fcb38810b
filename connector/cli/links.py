"""`connector links`: who is who, as decided; proposals, disputes, and what staff say about them."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime
from enum import StrEnum
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from connector.cli import frame
from connector.cli.desk import SHORT, All, By, Found, Note, Office, ShowPii, View, office
from connector.cli.outfile import checked_file
from connector.domain.errors import ExitCode

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from connector.engine.context import Stores
    from connector.engine.staff import Decided, Desk

app = typer.Typer(no_args_is_help=True, help="Who is who: links, proposals (p12), disputes.")

Ref = Annotated[str, typer.Argument(metavar="ID", help="A link (12) or a proposal (p12).")]
Accepted = Annotated[
    list[str],
    typer.Argument(metavar="ID...|FILE", help="Links (12), proposals (p12), or one filled review sheet (.xlsx, .csv)."),
]
Refs = Annotated[list[str], typer.Argument(metavar="ID...", help="Links (12) or proposals (p12).")]
LIST = "connector links list"
PROPOSALS = f"{LIST} --proposals"


class State(StrEnum):
    """The states of a link."""

    ACTIVE = "active"
    BROKEN = "broken"
    SUPERSEDED = "superseded"
    DISPUTED = "disputed"
    REJECTED = "rejected"


class Language(StrEnum):
    """The languages of a review sheet."""

    EN = "en"
    AZ = "az"
    TR = "tr"
    RU = "ru"


@app.command("list")
def list_links(
    state: Annotated[
        list[State] | None, typer.Option("--state", help="Only links in this state; may be repeated.")
    ] = None,
    proposals: Annotated[
        bool, typer.Option("--proposals", help="What may be one person: proposals, not links.")
    ] = False,
    everything: All = False, show_pii: ShowPii = None, config: frame.Config = None, pair: frame.Pairs = None,
    json: frame.Json = False, verbose: frame.Verbose = False,
) -> ExitCode:  # fmt: skip
    """List links, or with --proposals what staff should decide."""
    from connector.cli.linkviews import links_of, proposals_of
    from connector.cli.viewprint import print_links

    if state and proposals:
        raise typer.BadParameter("--state is for links, --proposals for what is not linked yet: say one of them")
    room = office(config, pair, json, verbose, show_pii=show_pii, look=True)
    documents: list[dict[str, object]] = []
    now, count = datetime.now(UTC), 0
    for view in room.views():
        with view.stores.database.read() as connection:
            listed = proposals_of(view, connection, now) if proposals else links_of(view, connection, now, state or ())
            for document in listed:
                count += 1
                if room.output.as_json or everything or len(documents) < SHORT:
                    documents.append(document)
    if room.output.as_json:
        room.output.document({"proposals" if proposals else "links": documents})
    else:
        print_links(room.output, documents, count, several=len(room.work.pairs) > 1)
    return ExitCode.DONE


@app.command("show")
def show_link(
    ref: Ref, show_pii: ShowPii = None, config: frame.Config = None, pair: frame.Pairs = None,
    json: frame.Json = False, verbose: frame.Verbose = False,
) -> ExitCode:  # fmt: skip
    """Show one link or proposal: both records, what they showed when last settled, evidence, decisions, history."""
    from connector.cli.linkviews import link_document, proposal_document
    from connector.cli.viewprint import print_link

    room = office(config, pair, json, verbose, show_pii=show_pii, look=True)
    is_proposal, number = _parsed(ref)
    view = room.view_of(_named(is_proposal, number), _found(is_proposal, number), PROPOSALS if is_proposal else LIST)
    with view.stores.database.read() as connection:
        make: Callable[[View, Connection, int, datetime], dict[str, object]] = (
            proposal_document if is_proposal else link_document
        )
        document = make(view, connection, number, datetime.now(UTC))
    if room.output.as_json:
        room.output.document(document)
    else:
        print_link(room.output, document)
    return ExitCode.DONE


@app.command("review")
def review(
    file: Annotated[
        Path, typer.Option("--output", "-o", metavar="FILE", callback=checked_file, help="The sheet: .xlsx, or .csv.")
    ],
    language: Annotated[Language, typer.Option("--language", help="Headings, reasons and answers.")] = Language.EN,
    config: frame.Config = None, pair: frame.Pairs = None, json: frame.Json = False, verbose: frame.Verbose = False,
) -> ExitCode:  # fmt: skip
    """Write what may be one person into a sheet that staff fill in: both customers side by side, and why we ask.

    The sheet shows guests in the clear. `connector links accept FILE` reads it back.
    """
    from connector.cli.review import write_review

    return write_review(office(config, pair, json, verbose, look=True), file, language.value)


@app.command("accept")
def accept(
    refs: Accepted, by: By = None, note: Note = None, show_pii: ShowPii = None, config: frame.Config = None,
    pair: frame.Pairs = None, json: frame.Json = False, verbose: frame.Verbose = False,
) -> ExitCode:  # fmt: skip
    """The same person: a proposal becomes a link; a disputed link, or one that you broke, is active again.

    A file of `connector links review` is taken row by row, with all its answers; it ends with 4 if a row is refused.
    """
    from connector.cli.review import accept_sheet, is_sheet
    from connector.engine import staff_links

    room = office(config, pair, json, verbose, show_pii=show_pii)
    if any(is_sheet(ref) for ref in refs):
        if len(refs) > 1:
            raise typer.BadParameter("name one sheet, or ids, not both")
        return accept_sheet(room, Path(refs[0]), by, note)
    return _decide(refs, staff_links.accept_proposal, staff_links.accept_link, room, by, note)


@app.command("relink")
def relink(
    clopos_id: Annotated[str, typer.Argument(metavar="CLOPOS_ID", help="The customer's id in Clopos.")],
    checkandplace_id: Annotated[
        str, typer.Argument(metavar="CHECKANDPLACE_ID", help="The guest's id in Check&Place.")
    ],
    break_: Annotated[
        bool, typer.Option("--break", help="End the links that stand in the way: those are different people.")
    ] = False,
    by: By = None, note: Note = None, config: frame.Config = None, pair: frame.Pairs = None,
    json: frame.Json = False, verbose: frame.Verbose = False,
) -> ExitCode:  # fmt: skip
    """Say that two customers are one person, whatever was proposed, linked or rejected before."""
    from connector.cli.review import relink_records

    room = office(config, pair, json, verbose)
    return relink_records(room, clopos_id, checkandplace_id, break_=break_, by=by, note=note)


@app.command("reject")
def reject(
    refs: Refs, by: By = None, note: Note = None, config: frame.Config = None, pair: frame.Pairs = None,
    json: frame.Json = False, verbose: frame.Verbose = False,
) -> ExitCode:  # fmt: skip
    """Different people: a proposal, or a disputed link, ends for good and is not proposed again."""
    from connector.engine import staff_links

    return _decide(
        refs, staff_links.reject_proposal, staff_links.reject_link, office(config, pair, json, verbose), by, note
    )


@app.command("break")
def break_(
    refs: Refs,
    different: Annotated[
        bool, typer.Option("--different", help="They are two people: each is looked at by itself again.")
    ] = False,
    by: By = None, note: Note = None, config: frame.Config = None, pair: frame.Pairs = None,
    json: frame.Json = False, verbose: frame.Verbose = False,
) -> ExitCode:  # fmt: skip
    """Stop a link: nothing flows between the two any more, and neither is created anew on the other side.

    `connector links accept` takes it back.
    """
    from connector.engine import staff_links

    stop = partial(staff_links.break_link, different=different)
    return _decide(refs, None, stop, office(config, pair, json, verbose), by, note)


def _decide(
    refs: list[str], on_proposal: Callable[..., Decided] | None, on_link: Callable[..., Decided], room: Office,
    by: str | None, note: str | None,
) -> ExitCode:  # fmt: skip
    wanted: list[tuple[str, Found, Callable[[Desk, Connection], Decided]]] = []
    for ref in dict.fromkeys(refs):
        is_proposal, number = _parsed(ref)
        if is_proposal and on_proposal is None:
            raise typer.BadParameter(f"{ref} is a proposal: it is not linked, so there is nothing to break")
        decision = (
            partial(on_proposal, proposal_id=number)
            if is_proposal and on_proposal
            else partial(on_link, link_id=number)
        )
        wanted.append((_named(is_proposal, number), _found(is_proposal, number), decision))
    lists = PROPOSALS if any(_parsed(ref)[0] for ref in refs) else LIST
    return room.decide_all(wanted, by=by, note=note, next_step=lists)


def _parsed(ref: str) -> tuple[bool, int]:
    """(is it a proposal, its number)."""
    match = re.fullmatch(r"([pP]?)(\d{1,18})", ref, re.ASCII)
    if match is None:
        raise typer.BadParameter(f"{ref!r} is no id: write 12 for a link, p12 for a proposal")
    return bool(match[1]), int(match[2])


def _named(is_proposal: bool, number: int) -> str:
    return f"proposal p{number}" if is_proposal else f"link {number}"


def _found(is_proposal: bool, number: int) -> Found:
    def found(stores: Stores, connection: Connection) -> bool:
        from connector.state.desk import DeskStore

        if is_proposal:
            return DeskStore(stores.database).proposal(connection, number) is not None
        return stores.links.get(connection, number) is not None

    return found
