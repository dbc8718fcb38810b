"""What `connector doctor` found out, printed: checks, what the servers do, what is still assumed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

from rich.table import Table
from rich.text import Text

from connector.cli.nextstep import carried
from connector.cli.output import Output
from connector.domain.errors import ExitCode

if TYPE_CHECKING:
    from connector.engine.doctor import Check, Genders
    from connector.sides.port import Finding

MARKS = {"ok": ("ok", "green"), "warn": ("!", "yellow"), "fail": ("FAIL", "bold red")}


BY_WRITE = {
    "checkandplace.update": ("CP-20", "CP-40"),
    "checkandplace.create": ("CP-10", "CP-12", "CP-21", "CP-22"),
    "clopos.create": ("CL-20", "CL-24", "CL-46"),
}
"""Points of the register that a first write, read back, settles."""


@dataclass
class Examined:
    """What was found out about one pair; `checks` of the settings and both sides, in order."""

    name: str
    mode: str
    checks: list[Check] = field(default_factory=list)
    findings: dict[str, Sequence[Finding]] = field(default_factory=dict)
    writes: list[Check] = field(default_factory=list)
    genders: Genders | None = None


def still_open(examined: Sequence[Examined]) -> dict[str, dict[str, str]]:
    """Per pair: the points of the register that nothing has settled yet, with what is assumed meanwhile."""
    # The simulators know every point of the register: each is a switch there.
    from connector.simulator.switchboard import describe_switches

    assumed: dict[str, str] = {}
    for row in describe_switches():
        assumed.setdefault(row.id, row.help.removeprefix("assumed: "))
    found = {}
    for each in examined:
        settled = {finding.id for told in each.findings.values() for finding in told if finding.settled}
        settled |= {point for check in each.writes for point in BY_WRITE.get(check.name, ())}
        found[each.name] = {point: text for point, text in assumed.items() if point not in settled}
    return found


def print_checks(output: Output, checks: Sequence[Check]) -> None:
    table = Table.grid(padding=(0, 2))
    table.add_column(no_wrap=True)
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    for check in checks:
        word, style = MARKS[check.verdict.value]
        text = Text(check.text)
        if check.next_step:
            text.append(f"\nNext: {carried(check.next_step)}", style="bold")
        table.add_row(Text(word, style=style), _title(check.name), text)
    output.result(table)


def _title(name: str) -> str:
    """`checkandplace.reach` as people read it."""
    from connector.domain.values import SideName

    side, dot, what = name.partition(".")
    return f"{SideName(side).label} {what}" if dot else name


def print_pair(output: Output, each: Examined) -> None:
    from connector.domain.values import SideName

    output.result(Text(f"\nPair {each.name} ({each.mode})", style="bold"))
    print_checks(output, each.checks)
    for side, findings in each.findings.items():
        if not findings:
            continue
        output.result(Text(f"\nWhat {SideName(side).label} really does", style="bold"))
        table = Table.grid(padding=(0, 2))
        table.add_column(no_wrap=True, style="dim")
        table.add_column(overflow="fold")
        for finding in findings:
            text = Text(f"{finding.question}: ")
            text.append(finding.answer, style="bold" if finding.settled else "")
            table.add_row(finding.id, text.append("" if finding.settled else " (still assumed)"))
        output.result(table)
    if each.writes:
        output.result(Text("\nWhat the first writes proved", style="bold"))
        print_checks(output, each.writes)
    if each.genders is not None:
        _print_genders(output, each.name, each.genders)


def _print_genders(output: Output, name: str, genders: Genders) -> None:
    proposal = genders.proposal()
    for number, word in genders.contradictions():
        output.result(Text(f"\n!  gender {number} was seen with {word}, the settings say otherwise", style="yellow"))
    missing = {number: word for number, word in proposal.items() if str(number) not in genders.configured}
    if not missing:
        return
    output.result(
        Text(
            "\nGenders of Check&Place, as far as seen. Without these lines gender is not sent there. Check them,",
            style="bold",
        )
    )
    output.result(Text("then paste them into the settings:\n", style="bold"))
    output.result(f"[pairs.{name}.gender]")
    for number, word in missing.items():
        output.result(f'{number} = "{word}"  # seen on {counted(genders.seen[number, word], "guest")}')


def print_open(output: Output, assumed: dict[str, dict[str, str]], *, verbose: bool) -> None:
    for name, points in assumed.items():
        rest = "rests" if len(points) == 1 else "rest"
        told = f"\nPair {name}: {counted(len(points), 'point')} of the two APIs still {rest} on assumptions"
        output.result(Text(f"{told}{':' if verbose else ' (--verbose lists them).'}"))
        if verbose:
            table = Table.grid(padding=(0, 2))
            table.add_column(no_wrap=True, style="dim")
            table.add_column(overflow="fold")
            for point, text in sorted(points.items()):
                table.add_row(point, text)
            output.result(table)


def print_end(output: Output, checks: Sequence[Check]) -> None:
    from connector.engine.doctor import Verdict

    bad = sum(check.verdict is Verdict.FAIL for check in checks)
    warned = sum(check.verdict is Verdict.WARN for check in checks)
    if bad:
        output.result(Text(f"\n{counted(bad, 'check')} failed.", style="bold red"))
        return
    remark = f" ({counted(warned, 'remark')})" if warned else ""
    output.result(Text(f"\nAll is well{remark}. Next: connector diff", style="bold green"))


def document(
    first: Sequence[Check], examined: Sequence[Examined], assumed: dict[str, dict[str, str]], code: ExitCode
) -> dict[str, Any]:
    def plain(checks: Sequence[Check]) -> list[dict[str, Any]]:
        return [
            {"name": c.name, "verdict": c.verdict.value, "text": c.text, "next": c.next_step or None,
             "exit_code": int(c.exit_code)}
            for c in checks
        ]  # fmt: skip

    return {
        "checks": plain(first),
        "pairs": [
            {
                "pair": each.name, "mode": each.mode, "checks": plain(each.checks), "writes": plain(each.writes),
                "findings": {side: [asdict(f) for f in told] for side, told in each.findings.items()},
                "genders": [
                    {"integer": number, "word": word, "seen": count}
                    for (number, word), count in sorted(each.genders.seen.items())
                ] if each.genders else [],
                "assumed": sorted(assumed[each.name]),
            }
            for each in examined
        ],
        "exit_code": int(code),
    }  # fmt: skip


def counted(number: int, word: str) -> str:
    return f"{number} {word}" if number == 1 else f"{number} {word}s"
