"""Tasks as staff take them to the till: grouped by customer, on paper or in a workbook, in their language."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby

from connector.report.page import Page, PageSection
from connector.report.sheets.table import Table
from connector.report.words import SHEET_LANGUAGES, Words

HEADINGS = ("id", "who", "phone", "where", "record", "field", "now", "wanted", "since", "why", "done")
WIDTHS = (8, 26, 18, 13, 14, 14, 26, 26, 12, 40, 8)
_ON_PAPER = ("id", "field", "now", "wanted", "since", "why", "done")
BOX = "☐"


@dataclass(frozen=True, slots=True)
class TaskRow:
    """One task as text. `field` names the detail (`name`, `phone`; "" for a task about the customer itself), `title`
    what it is called where the catalogue does not know it; `now` and `wanted` None where there is nothing to type;
    `why` is the sentence for a code that the catalogue does not know."""

    id: str
    who: str
    phone: str
    where: str
    record: str
    field: str
    title: str
    now: str | None
    wanted: str | None
    since: str
    code: str
    why: str


def by_customer(rows: Iterable[TaskRow]) -> list[list[TaskRow]]:
    """The tasks of one customer together, the customer with the oldest task first. `rows`: oldest first."""
    listed = list(rows)
    first: dict[tuple[str, str], int] = {}
    for row in listed:
        first.setdefault((row.where, row.record), len(first))
    ordered = sorted(listed, key=lambda row: first[row.where, row.record])
    return [list(group) for _customer, group in groupby(ordered, key=lambda row: (row.where, row.record))]


def texts_of(row: TaskRow, words: Words) -> dict[str, str]:
    """The cells of a task in this language, by heading."""
    known = f"field.{row.field}"
    why = f"tasks.why.{row.code}"
    blank = words.say("tasks.blank")
    return {
        "id": row.id, "who": row.who or words.say("tasks.nobody"), "phone": row.phone, "where": row.where,
        "record": row.record, "field": words.say(known) if known in words.texts else row.title,
        "now": "" if row.now is None else row.now or blank, "wanted": "" if row.wanted is None else row.wanted or blank,
        "since": row.since, "why": words.say(why) if why in words.texts else row.why, "done": BOX,
    }  # fmt: skip


def table_of(pair: str, made: str, groups: Sequence[Sequence[TaskRow]], words: Words, warning: str) -> Table:
    """The tasks as a list for a spreadsheet program. `made`: when, as text; `warning`: what stands on top."""
    rows, numbers = [], []
    for number, group in enumerate(groups, 1):
        for row in group:
            told = texts_of(row, words)
            rows.append([told[heading] for heading in HEADINGS])
            numbers.append(number)
    what = f"{words.say('tasks.made', pair=pair, when=made, n=len(rows))}. {how(words, rows)}"
    headings = [words.say(f"tasks.head.{heading}") for heading in HEADINGS]
    return Table(words.say("tasks.tab"), (words.say("tasks.title"), warning, what), headings, WIDTHS, rows, numbers)


def page_of(
    pair: str, made: str, groups: Sequence[Sequence[TaskRow]], words: Words, warning: str, *, clear: bool
) -> Page:
    """The tasks as a page to print: a part for each customer, with boxes to tick by pen."""
    headings = [words.say(f"tasks.head.{heading}") for heading in _ON_PAPER]
    count = sum(len(group) for group in groups)
    sections = (
        PageSection(
            group[0].who or words.say("tasks.nobody"),
            [", ".join(part for part in (group[0].where, group[0].record, group[0].phone) if part)],
            headings, [[texts_of(row, words)[heading] for heading in _ON_PAPER] for row in group], len(group),
        )
        for group in groups
    )  # fmt: skip
    first = [[row.id] for group in groups for row in group]
    return Page(
        words.say("tasks.title"), words.say("tasks.made", pair=pair, when=made, n=count), how(words, first), sections,
        clear, language=words.code, closing=(warning,),
    )  # fmt: skip


def how(words: Words, rows: Sequence[Sequence[str]]) -> str:
    """What to do, with the numbers to type."""
    return words.say("tasks.how", ids=" ".join(row[0] for row in rows[:3]) + (" ..." if len(rows) > 3 else ""))


def language(code: str) -> Words:
    """The catalogue of a sheet's language (az, tr, ru, en). Raises KeyError for another one."""
    return SHEET_LANGUAGES[code]
