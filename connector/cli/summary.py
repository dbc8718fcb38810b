"""What a run came to, on one screen: the headline, the facts, the counts, and what waits for whom."""

from __future__ import annotations

from rich.table import Table
from rich.text import Text

from connector.cli.nextstep import carried
from connector.cli.output import Output
from connector.domain.plan import EntryKind
from connector.report import story
from connector.report.counted import number_of, title_of
from connector.report.model import Report
from connector.report.safe import visible
from connector.report.sections import filled
from connector.report.words import words

COMMANDS = {
    EntryKind.PROPOSAL: "connector links list --proposals",
    EntryKind.TASK: "connector tasks list",
    EntryKind.CONFLICT: "connector conflicts list",
    EntryKind.HOLD: "connector holds list",
}
"""Where what waits for staff is looked at."""


def print_summary(report: Report, output: Output, *, next_step: bool = True) -> None:
    """Prints a run. Counts only: nothing of a guest. `next_step` False: an error that follows says what to do."""
    say = words(report.language).say
    output.result(Text(f"{story.title(report)}, pair {report.header.pair}", style="bold"))
    output.result(Text("\n" + " ".join(story.headline(report)) + "\n", style="bold"))
    facts = Table.grid(padding=(0, 2))
    for label, value in story.facts(report):
        facts.add_row(label, value)
    output.result(facts)
    for note in story.notes(report):
        output.result(Text(f"\n{visible(note)}"))
    parts = filled(report)
    if parts:
        table = Table.grid(padding=(0, 2))
        table.add_column(justify="right")
        table.add_column()
        table.add_column(style="dim")
        for section, count in parts:
            number, title = number_of(report, section, count), title_of(report, section, count)
            table.add_row(f"{number:,}", title, carried(COMMANDS.get(section.kind, "")))
        output.result(Text())
        output.result(table)
    if report.header.dry and report.header.stops:  # of a run that was stopped the headline says it
        output.result(Text(f"\n{say('section.refused.dry')}", style="bold"))
        for objection in report.header.stops:
            output.result(Text(f"- {visible(objection.sentence, 1000)}"))
    troubles = [(state, n) for state, n in sorted(report.outcomes.items()) if state != "done" and n]
    if troubles:
        told = ", ".join(f"{n:,} {say(f'outcome.{state}')}" for state, n in troubles)
        output.result(Text(f"\nNot everything went through: {told}."))
    if next_step and report.header.next_step:
        output.result(Text(f"\n{say('fact.next')}: {report.header.next_step}"))
