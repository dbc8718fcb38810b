"""`connector links review`, `links accept FILE` and `links relink`: what may be one person, decided over a sheet or by
hand."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer
from rich.table import Table

from connector.cli.desk import Office
from connector.domain.errors import ExitCode
from connector.engine.review import Refusal, Refused, Row, Taken, cases, reading_now, take
from connector.report.masking import mask_name
from connector.report.safe import visible

if TYPE_CHECKING:
    from connector.cli.desk import View

ENDINGS = (".xlsx", ".csv")
SENTENCES: Mapping[Refusal, str] = {
    Refusal.OTHER_PAIR: "This row is of the pair “{pair}”, not of one that this command is about.",
    Refusal.NEWER_SHEET: "This row rests on a newer reading than this database knows; was an old backup restored?",
    Refusal.NOT_A_ROW: "The hidden columns of this row are empty or were changed.",
    Refusal.TORN_ROW: "The hidden columns of this row belong to other customers: only a part of the columns was "
    "sorted.",
    Refusal.UNKNOWN_WORD: "“{detail}” is no answer; choose same, different or later.",
    Refusal.UNKNOWN_PROPOSAL: "This row is none of this database.",
    Refusal.DECIDED: "{detail} decided otherwise meanwhile.",
    Refusal.OVER: "The question does not arise any more.",
    Refusal.CHANGED: "Changed since the sheet was written: {detail}. Look again in a new sheet.",
    Refusal.OTHER_EVIDENCE: "Others share a number or an address with these two since the sheet was written, or do no "
    "more. Look again in a new sheet.",
    Refusal.GONE: "Not there any more: {detail}.",
    Refusal.CONTRADICTION: "The sheet gives two different answers for these two.",
    Refusal.TWO_PARTNERS: "The sheet says “same” of one customer and two others; nobody can be two people.",
    Refusal.NOT_POSSIBLE: "{detail}",
}
"""Why a row was refused, for people."""


def is_sheet(ref: str) -> bool:
    """Whether an argument of `links accept` is a file and no id."""
    return ref.lower().endswith(ENDINGS)


def write_review(room: Office, file: Path, language: str) -> ExitCode:
    """One sheet per pair; with several pairs each file carries its pair's name."""
    if file.suffix.lower() not in ENDINGS:
        raise typer.BadParameter("name a file that ends in .xlsx or .csv", param_hint="--output")
    written: list[dict[str, Any]] = []
    several = len(room.work.pairs) > 1
    for view in room.views():
        path = file.with_stem(f"{file.stem}-{view.settings.name}") if several else file
        count = _write(view, path, language)
        written.append({"pair": view.settings.name, "rows": count, "file": str(path) if count else None})
        if count:
            said = "Readable by you alone; it shows guests in the clear: keep it safe and delete it when done."
            room.output.say(f"{count} {'row' if count == 1 else 'rows'} written to {path}. {said}")
            room.output.result(f"Next: fill in the yellow column, then: connector links accept {path}")
        else:
            room.output.result(f"Pair {view.settings.name}: nobody waits for review; no sheet was written.")
    if room.output.as_json:
        room.output.document({"sheets": written})
    return ExitCode.DONE


def _write(view: View, path: Path, language: str) -> int:
    from connector.report.sheets.review import Sheet, line
    from connector.report.sheets.writing import write_sheet
    from connector.report.words import SHEET_LANGUAGES

    with view.stores.database.read() as connection:
        sheet = Sheet(
            view.settings.name, reading_now(view.stores, connection), datetime.now(UTC), view.eyes.zone,
            view.eyes.mapper, SHEET_LANGUAGES[language], path.name,
        )  # fmt: skip
        found = cases(view.settings.name, view.stores, view.links, connection)
        lines = [line(sheet, case) for case in found]
    if lines:
        write_sheet(sheet, lines, path)
    return len(lines)


def accept_sheet(room: Office, file: Path, by: str | None, note: str | None) -> ExitCode:
    """Takes a filled sheet; what is refused is named with its reason and changes nothing. PARTLY if any row was."""
    from connector.engine.clock import SystemClock
    from connector.engine.staff import at_desk
    from connector.report.sheets.reading import read_sheet

    rows = read_sheet(file)
    known = {view.settings.name for view in room.views()}
    total = Taken()
    for name in dict.fromkeys(row.pair for row in rows if row.pair in known):
        said = f"{note} (sheet {file.name})" if note else f"sheet {file.name}"
        with (
            at_desk(room.work.engine, name, SystemClock(), by=by, note=said) as desk,
            desk.deciding() as connection,
        ):
            _add(total, take(desk, connection, [row for row in rows if row.pair == name]))
    strangers = [row for row in rows if row.pair not in known and row.word]
    total.later += sum(row.pair not in known and not row.word for row in rows)
    total.refused += [Refused(row, Refusal.OTHER_PAIR if row.pair else Refusal.NOT_A_ROW) for row in strangers]
    total.refused.sort(key=lambda one: one.row.line)
    _print(room, total)
    return ExitCode.PARTLY if total.refused else ExitCode.DONE


def _add(total: Taken, taken: Taken) -> None:
    total.accepted += taken.accepted
    total.rejected += taken.rejected
    total.later += taken.later
    total.already += taken.already
    total.refused += taken.refused


def why_refused(refused: Refused) -> str:
    """The reason in words, with nothing of a guest in it."""
    detail = visible(refused.detail, 100) or "Somebody"
    return SENTENCES[refused.why].format(detail=detail, pair=visible(refused.row.pair, 60))


def _print(room: Office, taken: Taken) -> None:
    output = room.output
    if output.as_json:
        output.document({
            "accepted": [one.ref for one in taken.accepted], "rejected": [one.ref for one in taken.rejected],
            "later": taken.later, "already": taken.already,
            "refused": [
                {"row": one.row.line, "ref": one.row.proposal, "who": _who(room, one.row), "code": one.why.value,
                 "why": why_refused(one)}
                for one in taken.refused
            ],
        })  # fmt: skip
        return
    already = f", decided before: {taken.already}" if taken.already else ""
    output.result(
        f"Same person: {len(taken.accepted)}, different people: {len(taken.rejected)}, later: {taken.later}{already}, "
        f"refused: {len(taken.refused)}."
    )
    if taken.accepted:
        output.result("The next run brings the fields of those who are one person together.")
        if not taken.refused and (step := room.run_of([pair.name for pair in room.work.pairs])):
            output.result(f"\nNext: {step}")
    if taken.refused:
        output.result("\nNot taken:")
        output.result(_refused_table(room, taken.refused))
        output.result("\nNext: connector links review -o review.xlsx writes a sheet of what is still open.")


def _refused_table(room: Office, refused: Sequence[Refused]) -> Table:
    table = Table("Row", "Proposal", "Who", "Why", show_edge=False, pad_edge=False)
    for one in refused:
        table.add_row(str(one.row.line), visible(one.row.proposal, 20), _who(room, one.row), why_refused(one))
    return table


def _who(room: Office, row: Row) -> str:
    name = visible(row.who, 120)
    return name if room.show_pii else mask_name(name)


def relink_records(
    room: Office, clopos_id: str, checkandplace_id: str, *, break_: bool, by: str | None, note: str | None
) -> ExitCode:
    """Links two records by their ids. With several pairs, one must be named: ids are a pair's own."""
    from connector.engine.clock import SystemClock
    from connector.engine.relink import relink
    from connector.engine.staff import at_desk

    if len(room.work.pairs) > 1:
        raise typer.BadParameter("ids belong to a pair: name it with --pair")
    name = room.work.pairs[0].name
    with at_desk(room.work.engine, name, SystemClock(), by=by, note=note) as desk, desk.deciding() as connection:
        decided = relink(desk, connection, clopos_id, checkandplace_id, break_=break_)
    if room.output.as_json:
        room.output.document({"decided": [{"ref": decided.ref, "what": decided.what, "follows": decided.follows}]})
    room.output.result(f"Link {decided.ref}: Clopos {clopos_id} and Check&Place {checkandplace_id} are one person. "
                       f"{decided.follows}")  # fmt: skip
    if step := room.run_of([name]):
        room.output.result(f"\nNext: {step}")
    return ExitCode.DONE
