"""`connector duplicates`: records of one side that look like one person, for staff to merge by hand."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.table import Table
from rich.text import Text

from connector.cli import frame
from connector.cli.desk import SHOW, All, Office, office
from connector.cli.outfile import checked_file
from connector.cli.output import Output
from connector.domain.errors import ExitCode

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from connector.cli.desk import View
    from connector.engine.duplicates import Doubles, Group
    from connector.report.page import Page
    from connector.state.records import Stored

SHORT = 20
"""Groups on a screen, without `--all`."""
ENDINGS = (".xlsx", ".html", ".json")
Document = dict[str, Any]


class Side(StrEnum):
    """The sides, as the option names them."""

    CLOPOS = "clopos"
    CHECKANDPLACE = "checkandplace"


def duplicates(
    side: Annotated[Side | None, typer.Option("--side", help="Only this side; without it both.")] = None,
    file: Annotated[
        Path | None, typer.Option("--output", "-o", metavar="FILE", rich_help_panel=SHOW, callback=checked_file,
                                  help="Write it into this file, readable by you alone: .xlsx, .html or .json.")
    ] = None,
    everything: All = False,
    show_pii: Annotated[
        bool | None, typer.Option("--show-pii/--mask-pii", rich_help_panel=SHOW, show_default=False,
                                  help="Guests' names and numbers in the clear, or masked. Without either: clear on "
                                  "your screen and in a file, masked in a pipe.")
    ] = None,
    config: frame.Config = None, pair: frame.Pairs = None, json: frame.Json = False, verbose: frame.Verbose = False,
) -> ExitCode:  # fmt: skip
    """List records of one system that look like one person, the most active first.

    Neither system can merge from outside: your staff do it in the back office, and the links follow. The first of each
    group has the most receipts (then: the most spent); merge the others into it.
    """
    if file is not None and file.suffix.lower() not in ENDINGS:
        raise typer.BadParameter("name a file that ends in .xlsx, .html or .json", param_hint="--output")
    clear = True if show_pii is None and file is not None else show_pii
    room = office(config, pair, json, verbose, show_pii=clear, look=True)
    groups, shared = _found(room, [Side(side)] if side else list(Side))
    if file is not None:
        _write(room, groups, shared, file)
    elif room.output.as_json:
        room.output.document({"groups": groups, "shared": shared})
    else:
        _print(room, groups, shared, everything=everything)
    return ExitCode.DONE


def _found(room: Office, sides: list[Side]) -> tuple[list[Document], list[Document]]:
    """The groups of all pairs as documents, and per pair and side how many keys several people share."""
    from connector.domain.values import SideName
    from connector.engine.duplicates import find_doubles
    from connector.state.duplicates import DuplicateStore

    groups: list[Document] = []
    shared: list[Document] = []
    for view in room.views():
        with view.stores.database.read() as connection:
            for side in sides:
                store = DuplicateStore(view.stores.database)
                doubles = find_doubles(view.stores, store, connection, SideName(side.value))
                groups += _documents(view, connection, doubles)
                shared.append({"pair": view.settings.name, "side": side.value, "keys": doubles.shared_keys})
    return sorted(groups, key=lambda one: (-one["receipts"], -one["spent"])), shared


def _documents(view: View, connection: Connection, doubles: Doubles) -> list[Document]:
    from connector.state.core import chunks

    made: list[Document] = []
    for some in chunks(doubles.groups, 100):
        rows = [row for one in some for row in one.rows]
        loaded = view.stores.records.load(connection, rows)
        linked = _linked(view, connection, rows)
        made += [_document(view, one, loaded, linked) for one in some]
    return made


def _linked(view: View, connection: Connection, rows: list[int]) -> dict[int, str]:
    """Row -> the side and id of its partner, for records in an active link."""
    links = [link for link in view.stores.links.of_records(connection, rows) if link.state == "active"]
    partners = view.stores.records.load(
        connection, [row for link in links for row in (link.clopos_row, link.checkandplace_row)]
    )
    found = {}
    for link in links:
        for own, other in ((link.clopos_row, link.checkandplace_row), (link.checkandplace_row, link.clopos_row)):
            found[own] = f"{partners[other].side.label} {partners[other].id}"
    return found


def _document(view: View, group: Group, loaded: dict[int, Stored], linked: dict[int, str]) -> Document:
    eyes = view.eyes

    def member(record: Stored) -> Document:
        shown = {name: eyes.value(field, record.last.get(field)) or ""
                 for name, field in (("name", "name"), ("phone", "phone"), ("email", "email"),
                                     ("birth", "birth_date"))}  # fmt: skip
        traits = record.customer.traits
        return {"id": record.id, **shown, "receipts": traits.activity, "spent": traits.spent,
                "linked": linked.get(record.row)}  # fmt: skip

    return {
        "pair": eyes.pair, "side": group.side.value, "sure": group.sure, "receipts": group.activity,
        "spent": group.spent,
        "why": f"{'' if group.sure else 'perhaps: '}{'; '.join(group.facts)}", "facts": list(group.facts),
        "members": [member(loaded[row]) for row in group.rows],
    }  # fmt: skip


def _write(room: Office, groups: list[Document], shared: list[Document], file: Path) -> None:
    from connector.report.files import write_private
    from connector.report.page import write_page
    from connector.report.words import words

    ending = file.suffix.lower()
    if ending == ".xlsx":
        from connector.report.sheets.duplicates import write_doubles

        write_doubles(groups, words("en").say("clear" if room.show_pii else "masked"), file)
    elif ending == ".html":
        write_private(file, lambda stream: write_page(page_of(groups, shared, clear=room.show_pii), stream))
    else:
        import json

        text = json.dumps({"groups": groups, "shared": shared}, ensure_ascii=False, indent=2)
        write_private(file, lambda stream: print(text, file=stream))
    room.output.say(f"{_count(len(groups))} written to {file}, readable by you alone.")


def page_of(groups: list[Document], shared: list[Document], *, clear: bool) -> Page:
    """The doubles as a page."""
    from connector.report.page import Page, PageSection

    sections = (
        PageSection(
            f"{number}. {group['members'][0]['name'] or 'No name'} in {_label(group['side'])}",
            (f"Because: {group['why']}.", "Keep the first, merge the others into it."),
            ("ID", "Name", "Phone", "E-mail", "Date of birth", "Receipts", "Spent", "Linked to"),
            [(m["id"], m["name"], m["phone"], m["email"], m["birth"], str(m["receipts"]), _money(m["spent"]),
              m["linked"] or "")
             for m in group["members"]],
            len(group["members"]),
        )
        for number, group in enumerate(groups, 1)
    )  # fmt: skip
    return Page(
        "Doubles", f"{_count(len(groups))} to look at, the most active first.", _shared(shared), sections, clear
    )


def _print(room: Office, groups: list[Document], shared: list[Document], *, everything: bool) -> None:
    output = room.output
    shown = groups if everything else groups[:SHORT]
    for number, group in enumerate(shown, 1):
        _print_group(output, number, group, several=len(room.work.pairs) > 1)
    if len(groups) > len(shown):
        output.result(f"and {len(groups) - len(shown)} more; --all prints every one.")
    if not groups:
        output.result("No doubles: no two records of one system look like one person.")
    if said := _shared(shared):
        output.result(said)
    if groups:
        output.result("\nNext: merge them in the back office, the links follow; connector duplicates -o doubles.xlsx")


def _print_group(output: Output, number: int, group: Document, *, several: bool) -> None:
    where = f", pair {group['pair']}" if several else ""
    output.result(Text(f"{number}. {_label(group['side'])}{where}: {group['why']}", style="bold"))
    table = Table(
        "", "ID", "Name", "Phone", "E-mail", "Born", "Receipts", "Spent", "Linked to", show_edge=False, pad_edge=False
    )
    for place, one in enumerate(group["members"]):
        table.add_row(
            "keep" if place == 0 else "merge", one["id"], one["name"], one["phone"], one["email"], one["birth"],
            str(one["receipts"]), _money(one["spent"]), one["linked"] or "-",
        )  # fmt: skip
    output.result(table)
    output.result("")


def _money(amount: float) -> str:
    """An amount in the restaurant's currency; nothing where nothing is known."""
    return f"{amount:,.2f}" if amount else ""


def _shared(shared: list[Document]) -> str:
    """Numbers of families and front desks, in words."""
    count = sum(one["keys"] for one in shared)
    if not count:
        return ""
    told = "One number or e-mail is" if count == 1 else f"{count:,} numbers or e-mails are"
    return f"{told} shared by people with different names (families, a front desk): those are not doubles."


def _count(count: int) -> str:
    return f"{count:,} {'group' if count == 1 else 'groups'} of doubles"


def _label(side: str) -> str:
    from connector.domain.values import SideName

    return SideName(side).label
