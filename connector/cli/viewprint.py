"""Documents of staff's desk on a screen: lists as tables, one entry or link as a page of lines."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from rich.table import Table
from rich.text import Text

from connector.cli.entrylist import cell, state_of
from connector.cli.output import Output

Document = Mapping[str, Any]


def print_entry(output: Output, one: Document) -> None:
    """One queue entry: who, both values and both bases, why, since when, what was decided, what can be done."""
    output.result(Text(f"{one['kind'].capitalize()} {one['id']}: {one['who']}", style="bold"))
    facts = Table.grid(padding=(0, 2))
    for label, value in (
        ("Clopos", one["records"]["clopos"]), ("Check&Place", one["records"]["checkandplace"]), ("Link", one["link"]),
        ("Since", f"{when(one['opened_at'])} ({one['age']})"), ("State", state_of(one)), ("Code", one["code"]),
        ("Sent", one.get("attempts") and f"{one['attempts']} times, last {when(one['tried_at'])}"),
        ("Last answer", one.get("answer")), ("Next try", one.get("next_try_at") and when(one["next_try_at"])),
    ):  # fmt: skip
        if value not in (None, "", 0):
            facts.add_row(label, str(value))
    output.result(facts)
    output.result(f"\n{one['why']}")
    if one["question"]:
        output.result(one["question"])
    if one["holders"]:
        output.result(f"Records concerned: {', '.join(one['holders'])}")
    if one["field"]:
        output.result("")
        _print_values(output, one)
    for field, value in (one.get("sent") or {}).items():
        output.result(f"  {field}: {cell(value)}")
    for name in ("changed", "lost"):
        if one.get(name):
            output.result(f"{name.capitalize()}: {', '.join(map(str, one[name]))}")
    _print_decisions(output, one["decisions"])
    if one["closed_at"] is None:
        output.result("\nNext:")
        for step in one["next"]:
            output.result(f"  {step}")


def print_links(output: Output, documents: Sequence[Document], count: int, *, several: bool) -> None:
    """A list of links and proposals."""
    if not documents:
        output.result("Nothing to list.")
        return
    table = _table("ID", *(("Pair",) if several else ()), "State", "In Clopos", "In Check&Place", "Why", "Since")
    for one in documents:
        names = [one["pair"]] if several else []
        why = one["reason"] or one["why"]
        both = [f"{one[side]['name']} ({one[side]['id']})" for side in ("clopos", "checkandplace")]
        table.add_row(one["ref"], *names, one["state"], *both, why, one["age"])
    output.result(table)
    if count > len(documents):
        output.result(f"and {count - len(documents)} more; --all prints every one.")


def print_link(output: Output, one: Document) -> None:
    """One link or proposal: both records with their bases, evidence, decisions, history, open entries, next steps."""
    what = "Proposal" if one["ref"].startswith("p") else "Link"
    output.result(Text(f"{what} {one['ref']}: {one['state']}", style="bold"))
    facts = Table.grid(padding=(0, 2))
    for label, value in (
        ("Why", one["why"]), ("Evidence", "; ".join(one["facts"])), ("Band", one["band"]),
        ("Decided by", one["decided_by"] and f"{one['decided_by']}, {when(one['decided_at'])}"),
        ("State", one["reason"] and f"{one['reason']} (since {when(one['state_at'] or one['decided_at'])})"),
    ):  # fmt: skip
        if value:
            facts.add_row(label, str(value))
    output.result(facts)
    table = _table("", f"Clopos {one['clopos']['id']}", f"Check&Place {one['checkandplace']['id']}",
                   *(("Clopos, last settled", "Check&Place, last settled") if one["settled"] else ()))  # fmt: skip
    for row in one["fields"]:
        bases = [cell(row["base_clopos"]), cell(row["base_checkandplace"])] if one["settled"] else []
        mark = f"{row['title']} *" if row["differs"] else row["title"]
        table.add_row(mark, cell(row["clopos"]), cell(row["checkandplace"]), *bases)
    for label in ("seen", "notes"):
        table.add_row(label, one["clopos"][label], one["checkandplace"][label])
    output.result("")
    output.result(table)
    if any(row["differs"] for row in one["fields"]):
        output.result("* differs")
    _print_decisions(output, one["decisions"])
    if one["entries"]:
        output.result("\nOpen:")
    for entry in one["entries"]:
        output.result(
            f"  connector {entry['kind']}s show {entry['id']}   ({entry['title'] or entry['code']}, {entry['age']})"
        )
    if one["history"]:
        output.result("\nWritten by the connector:")
    for line in one["history"]:
        output.result(
            f"  {when(line['at'])}  {line['side']}  {line['title']}: {cell(line['before'])} -> {cell(line['after'])}"
            f"  (run {line['run']})"
        )
    if one["next"]:
        output.result("\nNext:")
    for step in one["next"]:
        output.result(f"  {step}")


def _print_values(output: Output, one: Document) -> None:
    """What both sides show and showed. Of an entry that is over: what they showed while it was open."""
    over = one["closed_at"] is not None
    table = _table(one["title"], "while it was open" if over else "now", "when last settled")
    for side, label in (("clopos", "Clopos"), ("checkandplace", "Check&Place")):
        table.add_row(label, cell(one["values"][side]), cell(one["bases"][side]))
    output.result(table)
    if one["kind"] == "task":
        where = "Check&Place" if one["side"] == "checkandplace" else "Clopos"
        output.result(f"{'Was to be typed' if over else 'Type'} into {where}: {cell(one['wanted'])}")
    elif one["kind"] == "hold" and one["wanted"] is not None:
        output.result(f"{'Was to be sent' if over else 'To be sent'}: {cell(one['wanted'])}")


def _print_decisions(output: Output, decisions: Iterable[Document]) -> None:
    for line in decisions:
        note = f': "{line["note"]}"' if line.get("note") else ""
        output.result(f"Decided {when(line['at'])} by {line['who']}: {line['what']}{note}")


def when(moment: str | None) -> str:
    """A document's time (ISO 8601 in the pair's zone) as people write it: `2026-03-04 13:15`."""
    return (moment or "")[:16].replace("T", " ")


def _table(*columns: str) -> Table:
    """A table whose values are folded where they do not fit, never cut."""
    table = Table(show_edge=False, pad_edge=False)
    for title in columns:
        table.add_column(title, overflow="fold")
    return table
