"""A report on a terminal: the story first, then the parts, each as a table. Reads the same without colours."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from rich import box
from rich.console import Console, Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from connector.domain.plan import Entry
from connector.report import story
from connector.report.counted import number_of, title_of
from connector.report.difference import Pieces
from connector.report.grouped import reasons
from connector.report.lines import Line, Lines, Row
from connector.report.model import Report
from connector.report.safe import visible
from connector.report.sections import Section, filled, listed, not_done
from connector.report.words import words

WIDE = 120
"""From this width on the reason has a column of its own; below, it stands under the change."""

ROOMY = 150
"""From this width on long ids are printed whole."""

LONGEST_ID = 12


def print_report(report: Report, console: Console) -> None:
    """Prints the whole report, part by part, in one pass over the entries of each part."""
    for part in render(report, console.width):
        console.print(part)


def render(report: Report, width: int) -> Iterator[RenderableType]:
    """The parts of the report, each ready to be printed at `width` columns."""
    say = words(report.language).say
    yield Text(story.title(report), style="bold")
    yield Text(say("subtitle", pair=visible(report.header.pair)))
    if report.header.dry:
        yield Text(say("dry"))
    yield Text("\n" + " ".join(story.headline(report)) + "\n", style="bold")
    yield _facts(report)
    for note in story.notes(report):
        yield Padding(Text(visible(note)), (1, 0, 0, 0))
    parts = filled(report)
    if parts:
        yield _contents(report, parts)
    if report.header.stops:
        yield from _objections(report)
    yield from _failed(report, width)
    for section, count in parts:
        yield from _section(report, section, count, width)
    yield from _footer(report)


def _failed(report: Report, width: int) -> Iterator[RenderableType]:
    """What did not go through: counted whole, printed as far as a part may be long."""
    failed: list[Line] = []
    lines, count = Lines(report), 0
    for count, entry in enumerate(not_done(report), 1):
        if report.limit is None or count <= report.limit:
            failed.append(lines.line(entry))
    if count:
        body: list[RenderableType] = [_table(report, failed, "before", width)]
        yield from _part(report, "not_done", count, body + _more(report, count - len(failed)))


def _more(report: Report, count: int) -> list[RenderableType]:
    say = words(report.language).say
    return [Text(f"… {say('more', n=count)}. {say('more.how')}")] if count > 0 else []


def _facts(report: Report) -> Table:
    table = Table.grid(padding=(0, 2))
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    for label, text in story.facts(report):
        table.add_row(Text(label), Text(text))
    return table


def _contents(report: Report, parts: list[tuple[Section, int]]) -> RenderableType:
    table = Table.grid(padding=(0, 2))
    table.add_column(justify="right")
    table.add_column(overflow="fold")
    for section, count in parts:
        remark = f" ({told})" if section.asks and (told := story.waiting(report, section, count)) else ""
        number, title = number_of(report, section, count), title_of(report, section, count)
        table.add_row(Text(f"{number:,}", style="bold"), Text(title + remark))
    return Padding(table, (1, 0, 0, 0))


def _objections(report: Report) -> Iterator[RenderableType]:
    say = words(report.language).say
    body = [Text(f"- {visible(objection.sentence, 1000)}") for objection in report.header.stops]
    title = "section.refused.dry" if report.header.dry else "section.refused"
    yield Padding(Text(say(title), style="bold"), (1, 0, 0, 0))
    yield Text(say("section.refused.text"))
    yield Padding(Group(*body), (1, 0, 0, 2))


def _section(report: Report, section: Section, count: int, width: int) -> Iterator[RenderableType]:
    body: list[RenderableType] = []
    if section.grouped:
        body.append(_reasons(report, section))
    if not section.grouped or report.limit is None:
        shown: list[int] = []
        lines = _counted(Lines(report), listed(report, section), shown)
        body.append(_table(report, lines, section.form, width))
        body += _more(report, count - len(shown))
    yield from _part(report, section.key, count, body)


def _part(report: Report, key: str, count: int, body: list[RenderableType]) -> Iterator[RenderableType]:
    say = words(report.language).say
    yield Padding(Text(f"{say(f'section.{key}')} ({count:,})", style="bold underline"), (1, 0, 0, 0))
    yield Text(say(f"section.{key}.text"))
    yield from body


def _counted(lines: Lines, entries: Iterable[Entry], shown: list[int]) -> Iterator[Line]:
    for entry in entries:
        shown.append(1)
        yield lines.line(entry)


def _reasons(report: Report, section: Section) -> Table:
    """A grouped section: how many for which reason."""
    table = Table.grid(padding=(0, 2))
    table.add_column(justify="right")
    table.add_column(overflow="fold")
    for reason in reasons(report, section):
        table.add_row(Text(f"{reason.count:,}"), Text(reason.text))
    return table


def _table(report: Report, lines: Iterable[Line], form: str, width: int) -> Table:
    """The lines of a part: who, what, and (on a wide terminal beside it, else below) why."""
    say = words(report.language).say
    wide = width >= WIDE and form != "reason"  # all reason: a column for changes would be empty
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False, padding=(0, 1), expand=False)
    table.add_column(
        say("column.guest"), overflow="fold", ratio=None, max_width=max(24, width // 4, 50 if width >= ROOMY else 0)
    )
    table.add_column(say("column.why" if form == "reason" else "column.field"), overflow="fold")
    if wide:
        table.add_column(say("column.why"), overflow="fold", max_width=width // 3)
    for line in lines:
        why = _why(report, line)
        what = [_row(report, line, row) for row in line.rows]
        if form == "new":
            what = [_joined(report, line)]
        if wide:
            table.add_row(_who(line, width), Group(*what), Group(*why))
        else:
            indent = 2 if what else 0
            table.add_row(_who(line, width), Group(*what, *(Padding(part, (0, 0, 0, indent)) for part in why)))
    return table


def _who(line: Line, width: int) -> Text:
    """Name and ids. Long ids (UUIDs) are shortened where the column is narrow; JSON and pages have them whole."""
    lines: list[Text] = []
    for name, side, record in line.named:
        short = record if width >= ROOMY or len(record) <= LONGEST_ID else f"{record[:8]}…"
        lines += [Text(name)] if name else []
        lines += [Text(f"{side} {short}", style="dim")] if side else []
    return Text("\n").join(lines)


def _row(report: Report, line: Line, row: Row) -> Text:
    text = Text(f"{row.field}: ")
    left, right = (_value(report, pieces) for pieces in (row.left, row.right))
    if line.directed:
        text.append_text(left).append(" → ").append_text(right)
    else:
        text.append("Clopos ").append_text(left).append(" | Check&Place ").append_text(right)
    if row.note:
        text.append(f" ({row.note})", style="dim")
    return text


def _joined(report: Report, line: Line) -> Text:
    """A new customer: its values in one line."""
    return Text(", ").join(Text(f"{row.field} ").append_text(_value(report, row.right)) for row in line.rows)


def _value(report: Report, pieces: Pieces) -> Text:
    """A value with its changed letters marked; masked ones with brackets, since dots all look alike."""
    if not pieces:
        return Text(words(report.language).say("blank"), style="dim")
    text = Text()
    for piece in pieces:
        marked = f"[{piece.text}]" if piece.changed and not report.show_pii else piece.text
        text.append(marked, style="bold" if piece.changed else "")
    return text


def _why(report: Report, line: Line) -> list[Text]:
    say = words(report.language).say
    parts = [Text(line.why)] if line.why else []
    if line.outcome is not None:
        said = f"{say(f'outcome.{line.outcome.state}')}. {line.outcome.sentence}".strip()
        parts.append(Text(said, style="bold"))
    if line.facts:
        parts.append(Text("; ".join(line.facts)))
    if line.since:
        parts.append(Text(line.since))
    if line.next_step:
        parts.append(Text(say("column.next", step=line.next_step)))
    return parts


def _footer(report: Report) -> Iterator[RenderableType]:
    say = words(report.language).say
    yield Text()
    if not report.show_pii:
        yield Text(say("masked"))
    if report.header.next_step:
        yield Text(f"{say('fact.next')}: {visible(report.header.next_step)}")
