"""`conflicts list -o`, `tasks list -o`, `holds list -o`: the queues as files for people."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from connector.cli.outfile import checked_file, of_pair
from connector.domain.errors import ExitCode
from connector.domain.values import CHECKANDPLACE, CLOPOS, SideName

if TYPE_CHECKING:
    from connector.cli.desk import Office, View
    from connector.report.sheets.table import Table
    from connector.report.sheets.tasks import TaskRow
    from connector.state.queue import Queued

FILES = "Into a file"
ENDINGS = (".xlsx", ".csv", ".html", ".json")
Document = dict[str, Any]


class Language(StrEnum):
    """The languages of what staff work with."""

    AZ = "az"
    EN = "en"
    RU = "ru"
    TR = "tr"


File = Annotated[
    Path | None,
    typer.Option("--output", "-o", metavar="FILE", rich_help_panel=FILES, callback=checked_file,
                 help="Write it for people, readable by you alone: .xlsx, .csv, .html to print, or .json. In the "
                 "clear, unless --mask-pii."),
]  # fmt: skip
InLanguage = Annotated[
    Language, typer.Option("--language", rich_help_panel=FILES, help="Of headings and reasons: az, tr, ru or en.")
]

_CONFLICTS = (
    ("ID", 7), ("Guest", 26), ("Detail", 14), ("Clopos", 28), ("Check&Place", 28), ("Clopos before", 28),
    ("Check&Place before", 28), ("Since", 12), ("State", 18), ("Note", 24), ("Clopos ID", 12), ("Check&Place ID", 38),
)  # fmt: skip
_HOLDS = (
    ("ID", 7), ("Guest", 26), ("Code", 20), ("Detail", 14), ("Why", 60), ("Held by", 24), ("Since", 12), ("State", 18),
    ("Note", 24), ("What to do", 60), ("Clopos ID", 12), ("Check&Place ID", 38),
)  # fmt: skip


def clear_of(file: Path | None, show_pii: bool | None) -> bool | None:
    """What is shown in the clear: a file that staff work with is, unless they say otherwise. Raises BadParameter for a
    file whose ending says no form."""
    if file is None:
        return show_pii
    if file.suffix.lower() not in ENDINGS:
        raise typer.BadParameter("name a file that ends in .xlsx, .csv, .html or .json", param_hint="--output")
    return True if show_pii is None else show_pii


def write_queue(room: Office, kind: str, file: Path, language: Language, *, closed: bool, everything: bool) -> ExitCode:
    """One file a pair; with several pairs each carries its pair's name."""
    several = len(room.work.pairs) > 1
    written: list[Document] = []
    for view in room.views():
        path = of_pair(file, view.settings.name) if several else file
        with view.stores.database.read() as connection:
            entries = [
                entry for entry in view.stores.queue.listing(connection, kind, live_only=not closed)
                if closed or everything or entry.state != "ignored"
            ]  # fmt: skip
        _write(view, kind, entries, path, language, clear=room.show_pii)
        written.append({"pair": view.settings.name, "entries": len(entries), "file": str(path)})
        count = f"{len(entries)} {kind}{'' if len(entries) == 1 else 's'}"
        clear = "; it shows guests in the clear: keep it safe and delete it when done" if room.show_pii else ""
        room.output.say(f"{count} written to {path}, readable by you alone{clear}.")
    if room.output.as_json:
        room.output.document({"written": written})
    return ExitCode.DONE


def _write(view: View, kind: str, entries: Sequence[Queued], path: Path, language: Language, *, clear: bool) -> None:
    from connector.report.files import write_private
    from connector.report.page import write_page
    from connector.report.sheets import tasks
    from connector.report.sheets.table import write_table
    from connector.report.words import words

    ending = path.suffix.lower()
    made = f"{datetime.now(UTC).astimezone(view.settings.zone):%Y-%m-%d %H:%M}"
    if ending == ".json":
        text = json.dumps({f"{kind}s": _documents(view, entries)}, ensure_ascii=False, indent=2)
        write_private(path, lambda stream: print(text, file=stream))
        return
    if kind == "task":
        said = tasks.language(language.value)
        warning = said.say("clear") if clear else words("en").say("masked")
        groups = tasks.by_customer(task_rows(view, entries))
        if ending == ".html":
            page = tasks.page_of(view.settings.name, made, groups, said, warning, clear=clear)
            write_private(path, lambda stream: write_page(page, stream))
        else:
            write_table(tasks.table_of(view.settings.name, made, groups, said, warning), path)
        return
    table = _table(view, kind, entries, made, words("en").say("clear" if clear else "masked"))
    if ending == ".html":
        write_private(path, lambda stream: write_page(_page(table, clear=clear), stream))
    else:
        write_table(table, path)


def _documents(view: View, entries: Sequence[Queued]) -> list[Document]:
    from connector.cli.views import entries_of

    with view.stores.database.read() as connection:
        return list(entries_of(view.eyes, view.stores, connection, entries, datetime.now(UTC)))


def task_rows(view: View, entries: Sequence[Queued]) -> Iterator[TaskRow]:
    """Tasks as rows of text, oldest first; a hundred customers at a time are in memory."""
    from connector.report.sheets.tasks import TaskRow
    from connector.state.core import chunks

    for some in chunks(entries, 100):
        with view.stores.database.read() as connection:
            rows = [row for entry in some for row in (entry.clopos_row, entry.checkandplace_row) if row]
            loaded = view.stores.records.load(connection, rows)
        for entry, one in zip(some, _documents(view, some), strict=True):
            side = SideName(entry.side or CLOPOS)
            record = loaded.get((entry.clopos_row if side is CLOPOS else entry.checkandplace_row) or 0)
            phone = view.eyes.value("phone", record.last.get("phone")) if record else None
            yield TaskRow(
                id=str(entry.id), who=one["who"], phone=phone or "", where=side.label,
                record=record.id if record else "", field=one["field"] or "", title=one["title"] or "",
                now=one["values"][side.value] if one["field"] else None, wanted=one.get("wanted"),
                since=(one["opened_at"] or "")[:10], code=entry.code, why=one["why"],
            )  # fmt: skip


def _table(view: View, kind: str, entries: Sequence[Queued], made: str, warning: str) -> Table:
    """Conflicts or holds as a list, oldest first."""
    from connector.cli.entrylist import state_of
    from connector.report.sheets.table import Table

    columns = _CONFLICTS if kind == "conflict" else _HOLDS
    rows = []
    for one in _documents(view, entries):
        known = {
            "ID": str(one["id"]), "Guest": one["who"], "Detail": one["title"] or "", "Code": one["code"],
            "Why": one["why"], "Held by": ", ".join(one["holders"]), "Since": (one["opened_at"] or "")[:10],
            "State": state_of(one), "Note": one["note"] or "", "What to do": "\n".join(one["next"]),
            "Clopos ID": one["records"]["clopos"] or "", "Check&Place ID": one["records"]["checkandplace"] or "",
        }  # fmt: skip
        for side in (CLOPOS, CHECKANDPLACE):
            known[side.label] = _text(one.get("values", {}).get(side.value))
            known[f"{side.label} before"] = _text(one.get("bases", {}).get(side.value))
        rows.append([known[heading] for heading, _width in columns])
    count = f"{len(rows)} {kind}{'' if len(rows) == 1 else 's'}"
    what = {
        "conflict": "Decide with: connector conflicts resolve ID --take clopos, checkandplace or different",
        "hold": "Each row says what to do; connector holds show ID says more.",
    }[kind]
    titles = {"conflict": "Changed in both systems: which one is right?", "hold": "Set aside"}
    texts = (titles[kind], warning, f"Pair {view.settings.name}, made {made}: {count}. {what}")
    headings = [heading for heading, _width in columns]
    return Table(f"{kind.capitalize()}s", texts, headings, [w for _h, w in columns], rows, range(1, len(rows) + 1))


def _text(value: str | None) -> str:
    return "" if value is None else value or "(blank)"


def _page(table: Table, *, clear: bool) -> Any:
    from connector.report.page import Page, PageSection

    title, _warning, made = table.texts
    section = PageSection(title, (), table.headings, table.rows, len(table.rows))
    return Page(title, made, "", (section,), clear)
