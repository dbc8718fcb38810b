"""A plan as Markdown, for a ticket, a mail or a chat: the first screen, and a table for each part.

Values are text: every character that Markdown or HTML gives a meaning is written so that it has none.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import IO

from connector.report import story
from connector.report.counted import number_of, title_of
from connector.report.difference import Pieces
from connector.report.grouped import reasons
from connector.report.lines import Lines
from connector.report.model import Report
from connector.report.safe import visible
from connector.report.sections import Section, filled, not_done
from connector.report.table import NO_ROW, Flat, because, flat, outcome
from connector.report.words import words

_MEANING = re.compile(r"([\\`*_{}\[\]#|~!$@])")
_AUTOLINK = re.compile(r"(?i)(?<=www)\.|(?<=:)//")


def write_markdown(report: Report, stream: IO[str]) -> None:
    """Writes the report as CommonMark with tables, entry by entry. Its limit is the report's."""
    for line in _lines(report):
        stream.write(f"{line}\n")


def escaped(text: str) -> str:
    """Text on one line as Markdown that shows exactly it: no markup, no link, no end of a table's cell."""
    plain = _MEANING.sub(r"\\\1", visible(text, 2_000))
    plain = plain.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return _AUTOLINK.sub(lambda found: found[0].replace(".", "&#46;").replace("//", "&#47;&#47;"), plain)


def _lines(report: Report) -> Iterator[str]:
    say, header = words(report.language).say, report.header
    yield f"# {escaped(story.title(report))}\n"
    yield f"> {say('clear' if report.show_pii else 'masked')}\n"
    yield f"{escaped(say('subtitle', pair=header.pair))}.{' ' + say('dry') if header.dry else ''}\n"
    yield f"**{escaped(' '.join(story.headline(report)))}**\n"
    for label, text in story.facts(report):
        yield f"- {escaped(label)}: {escaped(text)}"
    for note in story.notes(report):
        yield f"- {escaped(note)}"
    if header.stops:
        yield f"\n## {say('section.refused.dry' if header.dry else 'section.refused')}\n"
        yield from (f"- {escaped(objection.sentence)}" for objection in header.stops)
    parts = filled(report)
    if parts:
        yield f"\n| {say('column.count')} | {say('page.part')} |\n| ---: | --- |"
        for section, count in parts:
            yield f"| {number_of(report, section, count):,} | {escaped(title_of(report, section, count))} |"
    yield from _not_done(report)
    for section, count in parts:
        yield from _section(report, section, count)
    if header.next_step:
        yield f"\n{say('fact.next')}: {escaped(header.next_step)}"


def _not_done(report: Report) -> Iterator[str]:
    """What did not go through: counted whole, printed as far as a part may be long."""
    say, lines = words(report.language).say, Lines(report)
    rows, count = [], 0
    for count, entry in enumerate(not_done(report), 1):
        if report.limit is None or count <= report.limit:
            line, section = lines.line(entry), Section(entry.kind, entry.side)
            rows += [Flat(section, entry, line, row, "before") for row in line.rows or (NO_ROW,)]
    if not count:
        return
    yield f"\n## {say('section.not_done')} ({count:,})\n"
    yield f"{say('section.not_done.text')}\n"
    titles = [say(f"column.{name}") for name in ("guest", "field", "now", "becomes", "why")]
    yield f"| {' | '.join(titles)} |\n|{' --- |' * len(titles)}"
    yield from _table(report, rows, "before")
    if report.limit is not None and count > report.limit:
        yield f"\n… {say('more', n=count - report.limit)}"


def _table(report: Report, rows: Iterable[Flat], form: str) -> Iterator[str]:
    """A row for each detail; who and why stand in the first of an entry."""
    last = None
    for one in rows:
        cells = [_who(one) if one.line is not last else "", *_values(report, one, form)]
        cells.append(_why(report, one) if one.line is not last else escaped(one.row.note))
        yield f"| {' | '.join(cells)} |"
        last = one.line


def _section(report: Report, section: Section, count: int) -> Iterator[str]:
    say = words(report.language).say
    yield f"\n## {say(f'section.{section.key}')} ({count:,})\n"
    yield f"{say(f'section.{section.key}.text')}\n"
    if section.grouped:
        yield from (f"- {reason.count:,} {escaped(reason.text)}" for reason in reasons(report, section))
        yield ""
    form = section.form
    middle = {
        "before": ("column.field", "column.now", "column.becomes"), "new": ("column.field", "column.value"),
        "sides": ("column.field", "side.clopos", "side.checkandplace"), "reason": (),
    }[form]  # fmt: skip
    titles = [say("column.guest"), *(say(key) for key in middle), say("column.why")]
    yield f"| {' | '.join(titles)} |\n|{' --- |' * len(titles)}"
    shown: list[int] = []
    yield from _table(report, _counted(flat(report, section), shown), form)
    if count > len(shown):
        yield f"\n… {say('more', n=count - len(shown))}"


def _counted(rows: Iterable[Flat], shown: list[int]) -> Iterator[Flat]:
    last = None
    for one in rows:
        if one.line is not last:
            shown.append(1)
        last = one.line
        yield one


def _who(one: Flat) -> str:
    return "<br>".join(
        f"{f'**{escaped(name)}** ' if name else ''}{escaped(f'{side} {record}'.strip())}".strip()
        for name, side, record in one.line.named
    )


def _values(report: Report, one: Flat, form: str) -> list[str]:
    if form == "reason":
        return []
    sides = (one.row.right,) if form == "new" else (one.row.left, one.row.right)
    if not one.row.field:
        return [""] * (1 + len(sides))
    return [escaped(one.row.field), *(_value(report, pieces) for pieces in sides)]


def _value(report: Report, pieces: Pieces) -> str:
    """A value with its changed letters in bold; as HTML, since asterisks do not mark every letter (a dot, a space)."""
    if not pieces:
        return words(report.language).say("blank")
    return "".join(f"<b>{escaped(piece.text)}</b>" if piece.changed else escaped(piece.text) for piece in pieces)


def _why(report: Report, one: Flat) -> str:
    said = (outcome(report, one.line), because(one), "; ".join(one.line.facts), one.line.since, one.line.next_step)
    return "<br>".join(escaped(text) for text in said if text)
