"""`connector explain`: the whole story of one person."""

from __future__ import annotations

from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.table import Table
from rich.text import Text

from connector.cli import frame
from connector.cli.desk import SHOW, Office, office
from connector.cli.outfile import checked_file
from connector.cli.output import Output
from connector.cli.viewprint import when
from connector.domain.errors import ExitCode

if TYPE_CHECKING:
    from connector.report.page import Page

Document = dict[str, Any]


class Side(StrEnum):
    """The sides, as the option names them."""

    CLOPOS = "clopos"
    CHECKANDPLACE = "checkandplace"


def explain(
    who: Annotated[
        list[str], typer.Argument(metavar="WHO", help="A phone number, an e-mail, an id of either system, or a name.")
    ],
    side: Annotated[Side | None, typer.Option("--side", help="Whose id it is, where both systems have it.")] = None,
    file: Annotated[
        Path | None, typer.Option("--output", "-o", metavar="FILE", rich_help_panel=SHOW, callback=checked_file,
                                  help="Write it into this file, readable by you alone: .html or .json.")
    ] = None,
    show_pii: Annotated[
        bool | None, typer.Option("--show-pii/--mask-pii", rich_help_panel=SHOW, show_default=False,
                                  help="The guest's name and numbers in the clear, or masked. Without either: clear on "
                                  "your screen and in a file, masked in a pipe.")
    ] = None,
    older_plans: Annotated[
        bool, typer.Option("--older-plans", rich_help_panel=SHOW,
                           help="What every plan that is still kept said of them, not the last one alone.")
    ] = False,
    config: frame.Config = None, pair: frame.Pairs = None, json: frame.Json = False, verbose: frame.Verbose = False,
) -> ExitCode:  # fmt: skip
    """Tell the story of one person: both records, why they are linked, every decision, every write and its answer.

    If several people fit, they are listed: ask again with an id. Nothing is sent and nothing is changed.
    """
    from connector.engine.staff import NotPossible

    if file is not None and file.suffix.lower() not in (".html", ".json"):
        raise typer.BadParameter("name a file that ends in .html or .json", param_hint="--output")
    clear = True if show_pii is None and file is not None else show_pii
    room = office(config, pair, json, verbose, show_pii=clear, look=True)
    lines, story = _asked(room, " ".join(who), side, older_plans=older_plans)
    if not lines:
        raise NotPossible(
            "nobody-found", "Nobody with this id, number, e-mail or name is in the state.",
            next_step="A new customer is known after: connector diff",
        )  # fmt: skip
    if story is None:
        _print_several(room, lines)
        return ExitCode.DONE
    if file is not None:
        _write(room, story, file)
    elif room.output.as_json:
        room.output.document(story)
    else:
        _print(room.output, story)
    return ExitCode.DONE


def _asked(
    room: Office, who: str, side: Side | None, *, older_plans: bool
) -> tuple[list[Document], Document | None]:  # fmt: skip
    """The people who fit, and the story of the one if it is one."""
    from connector.cli.storyview import person_line, story_document
    from connector.domain.values import SideName
    from connector.engine.explain import find, story
    from connector.state.people import PeopleStore

    found = []
    for view in room.views():
        people = PeopleStore(view.stores.database)
        with view.stores.database.read() as connection:
            fits = find(
                view.stores, people, connection, who, view.settings.rules(), SideName(side.value) if side else None
            )
        found += [(view, people, person) for person in fits]
    lines = [person_line(view, person) for view, _people, person in found]
    if len(found) != 1:
        return lines, None
    view, people, person = found[0]
    with view.stores.database.read() as connection:
        told = story(view.stores, people, connection, person, older_plans=older_plans)
        return lines, story_document(view, connection, told, datetime.now(UTC))


def _print_several(room: Office, lines: list[Document]) -> None:
    if room.output.as_json:
        room.output.document({"matches": lines})
        return
    table = Table("Pair", "System", "ID", "Name", "Phone", show_edge=False, pad_edge=False)
    for line in lines:
        for record in line["records"]:
            name = f"{record['name']} (gone)" if record["gone"] else record["name"]
            table.add_row(line["pair"], _label(record["side"]), record["id"], name, record["phone"])
        table.add_section()
    room.output.result(f"{len(lines)} people fit:\n")
    room.output.result(table)
    first = lines[0]["records"][0]
    room.output.result(f"\nAsk for one: connector explain {first['id']} --side {first['side']}")


def _print(output: Output, one: Document) -> None:
    output.result(Text(f"{one['name']}  (pair {one['pair']})", style="bold"))
    for record in one["records"]:
        output.result(Text(f"\n{_label(record['side'])} {record['id']}", style="bold"))
        output.result(_grid([(field["title"], _shown(field)) for field in record["fields"]]))
        output.result(_grid(_facts(record)))
    for link in [*one["links"], *one["proposals"]]:
        output.result(Text(f"\n{_link_title(link)}", style="bold"))
        for text in _link_lines(link):
            output.result(f"  {text}")
        bases = [row for row in link["fields"] if row["base_clopos"] is not None]
        if bases:
            table = Table("When last settled", "Clopos", "Check&Place", show_edge=False, pad_edge=False)
            for row in bases:
                table.add_row(row["title"], row["base_clopos"] or "(blank)", row["base_checkandplace"] or "(blank)")
            output.result(table)
    output.result(Text("\nWaiting", style="bold"))
    for waits in one["pending"]:
        output.result(f"  {waits['what']}: {waits['why']}")
        for step in waits["next"]:
            output.result(f"    Next: {step}")
    if not one["pending"]:
        output.result("  Nothing waits.")
    if one["planned"]:
        output.result(Text(f"\n{_plan_title(one)}", style="bold"))
        for text in _plan_lines(one):
            output.result(f"  {text}")
    output.result(Text("\nWhat happened", style="bold"))
    table = Table("When", "Run", "By", "What", show_edge=False, pad_edge=False)
    for row in _timeline_rows(one):
        table.add_row(*row)
    output.result(table if one["timeline"] else "  Nothing was decided or written yet.")


def page_of(one: Document, *, clear: bool) -> Page:
    """The story as a page."""
    from connector.report.page import Page, PageSection

    sections = [
        PageSection(f"{_label(r['side'])} {r['id']}", (), ("Detail", "Value"),
                    [*((field["title"], _shown(field)) for field in r["fields"]), *_facts(r)])
        for r in one["records"]
    ]  # fmt: skip
    for link in [*one["links"], *one["proposals"]]:
        bases = [(row["title"], row["base_clopos"] or "(blank)", row["base_checkandplace"] or "(blank)")
                 for row in link["fields"] if row["base_clopos"] is not None]  # fmt: skip
        headings = ("When last settled", "Clopos", "Check&Place")
        sections.append(PageSection(_link_title(link), _link_lines(link), headings, bases))
    pending = [(waits["what"], waits["why"], "; ".join(waits["next"])) for waits in one["pending"]]
    nothing = () if pending else ("Nothing waits.",)
    sections.append(PageSection("Waiting", nothing, ("What", "Why", "Next"), pending, len(pending)))
    if one["planned"]:
        sections.append(PageSection(_plan_title(one), _plan_lines(one)))
    sections.append(PageSection("What happened", (), ("When", "Run", "By", "What"), _timeline_rows(one)))
    return Page(one["name"], "The whole story of one person.", f"Pair {one['pair']}", sections, clear)


def _write(room: Office, story: Document, file: Path) -> None:
    import json

    from connector.report.files import write_private
    from connector.report.page import write_page

    if file.suffix.lower() == ".html":
        write_private(file, lambda stream: write_page(page_of(story, clear=room.show_pii), stream))
    else:
        text = json.dumps(story, ensure_ascii=False, indent=2)
        write_private(file, lambda stream: print(text, file=stream))
    room.output.say(f"Written to {file}, readable by you alone.")


def _facts(record: Document) -> list[tuple[str, str]]:
    """What is to be known of a record beside its fields."""
    found = [("read", record["read_at"]), ("changed", record["changed_at"]), ("gone since", record["gone_at"]),
             ("receipts", str(record["receipts"]) if record["receipts"] else None),
             ("perhaps", record["perhaps_another_person"])]  # fmt: skip
    notes = [word for word, applies in (("inactive", record["active"] is False), ("anonymous", record["anonymous"]),
                                        ("blacklisted", record["blacklisted"])) if applies]  # fmt: skip
    return [(label, text) for label, text in found if text] + ([("notes", ", ".join(notes))] if notes else [])


def _shown(field: Document) -> str:
    last = f" {field['unreadable']}; last known: {field['last_known'] or '(blank)'}" if field["unreadable"] else ""
    return f"{field['value'] or '(blank)'}{last}"


def _link_title(link: Document) -> str:
    kind = "Proposal" if link["ref"].startswith("p") else "Link"
    return f"{kind} {link['ref']}: {link['state']}"


def _link_lines(link: Document) -> list[str]:
    both = f"Clopos {link['clopos']['id']} and Check&Place {link['checkandplace']['id']}"
    facts = f" ({'; '.join(link['facts'])})" if link["facts"] else ""
    by = f" Decided by {link['decided_by']} on {when(link['decided_at'])}." if link["decided_by"] else ""
    lines = [f"{both}: {link['why']}{facts} Band: {link['band']}.{by}"]
    return [*lines, link["reason"]] if link["reason"] else lines


def _plan_title(one: Document) -> str:
    """`--older-plans` tells of several."""
    return (
        "In the last plan" if len({planned["run"] for planned in one["planned"]}) == 1 else "In the plans that are kept"
    )


def _plan_lines(one: Document) -> list[str]:
    lines = []
    for planned in one["planned"]:
        where = f" on {_label(planned['side'])}" if planned["side"] else ""
        lines.append(f"{planned['kind']}{where} (run {planned['run']}): {planned['why']}")
        for change in planned["fields"]:
            rule = f", rule {change['rule']}" if change["rule"] else ""
            setting = f"; setting: {change['setting']}" if change["setting"] else ""
            lines.append(f"{change['title']}: {change['decision']} ({change['why']}{rule}){setting}")
    return lines


def _timeline_rows(one: Document) -> list[tuple[str, str, str, str]]:
    return [(row["at"] or "", str(row["run"] or ""), row["by"] or "", row["text"]) for row in one["timeline"]]


def _grid(rows: list[tuple[str, str]]) -> Table:
    table = Table.grid(padding=(0, 2))
    for label, text in rows:
        table.add_row(f"  {label}", text)
    return table


def _label(side: str) -> str:
    from connector.domain.values import SideName

    return SideName(side).label
