"""A list of queue entries on a screen. What has to be typed or compared is never cut: at 80 columns it is folded."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from rich import box
from rich.table import Table

from connector.cli.output import Output
from connector.domain.values import CHECKANDPLACE, CLOPOS, SideName

Document = Mapping[str, Any]
BLANK, NONE = "(blank)", "-"
EMPTY = {
    "conflict": "No conflicts: nothing was changed in both systems to different values.",
    "task": "No tasks: nothing is to be done by hand.",
    "hold": "No holds: nothing was set aside.",
}
VALUE = 13
"""Columns of a phone number with its plus: as long as a word of a value may be without being folded."""
STATE = 11
"""Columns of the longest word of a state (`Check&Place`)."""
WIDE = 120
"""From this width on the state has a column of its own; below, it stands under the age, and `open` is not said."""
LABELS = {side.value: side.label for side in SideName}
SHORT_ID = 12
"""Longest id that a list prints whole; UUIDs are shortened, `show` has them whole."""


def print_entries(output: Output, kind: str, documents: Sequence[Document], count: int, *, several: bool) -> None:
    """A list of queue entries of one kind. `count`: how many there are, printed or not; `several`: name the pairs."""
    if not documents:
        output.result(EMPTY[kind])
        return
    middle = {"conflict": ("Detail", "Clopos", "Check&Place"), "task": ("Detail", "Shows", "type instead"),
              "hold": ("Code", "Why")}[kind]  # fmt: skip
    wide = output.out.width >= WIDE
    table = Table(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False, padding=(0, 1, 0, 0))
    table.add_column("ID", no_wrap=True)
    for title in ("Guest", *middle):
        table.add_column(title, overflow="fold", min_width=VALUE if title in middle[1:] else None)
    for title in ("Since", "State")[: 2 if wide else 1]:
        table.add_column(title, overflow="fold", min_width=STATE if not wide else None)
    for one in documents:
        who = (one["who"], record_of(one), f"pair {one['pair']}" if several else "")
        guest = "\n".join(part for part in who if part)
        state = state_of(one)
        ends = [one["age"], state] if wide else ["\n".join([one["age"], *([state] if state != "open" else [])])]
        table.add_row(str(one["id"]), guest, *_middle(kind, one), *ends)
    output.result(table)
    if count > len(documents):
        output.result(f"and {count - len(documents)} more; --all prints every one.")
    output.result(f"\nNext: {next_of(kind, documents)}")


def next_of(kind: str, documents: Sequence[Document]) -> str:
    """The oldest entry that still wants something of staff; where there is none, the run that carries out the rest."""
    waiting = next((one for one in documents if wants_staff(one)), None)
    return f"connector {kind}s show {waiting['id']}" if waiting else "connector sync"


def wants_staff(one: Document) -> bool:
    """Whether somebody still has to decide or to type: not what is over, ticked, put aside or decided already."""
    if one["closed_at"] or one["state"] != "open":
        return False
    return not one["decided"] or to_be_typed(one)


def to_be_typed(one: Document) -> bool:
    """A conflict that was decided for Check&Place is a task since: the decision is made, the work is not."""
    return bool(one["kind"] == "task" and one["decided"] == CHECKANDPLACE.value)


def state_of(one: Document) -> str:
    """How far an entry is, in a word or three."""
    if one["closed_at"]:
        return f"over: {one['closed_why']}"
    if one["decided"] and not to_be_typed(one):
        return f"decided: {LABELS.get(one['decided'], one['decided'])}"
    if one["reopened"] and one["state"] == "open":
        return "open again"
    if one["state"] == "open" and one.get("next_try_at"):
        return f"sent again {one['next_try_at'][:16].replace('T', ' ')}"
    return str(one["state"])


def record_of(one: Document) -> str:
    """Where staff find the customer: the number in Clopos, or (of a task for it) the id in Check&Place."""
    side = SideName(one["side"]) if one["kind"] == "task" and one["side"] else CLOPOS
    for wanted in (side, CLOPOS, CHECKANDPLACE):
        record = one["records"][wanted.value]
        if record:
            return f"{wanted.label} {record if len(record) <= SHORT_ID else f'{record[:8]}…'}"
    return ""


def cell(value: str | None) -> str:
    """A value as a cell: one that is blank, and one that is not there, say so."""
    return NONE if value is None else value or BLANK


def _middle(kind: str, one: Document) -> list[str]:
    if kind == "hold":
        return [one["code"] + (f" ({one['title']})" if one["title"] else ""), one["why"]]
    if one["field"] is None:
        return [f"link {one['link']}" if one["link"] else "customer", one["why"], ""]
    there = kind == "task" and one["side"] == CHECKANDPLACE.value
    side, title = (CHECKANDPLACE, f"{one['title']} (in Check&Place)") if there else (CLOPOS, one["title"])
    last = one["wanted"] if kind == "task" else one["values"][CHECKANDPLACE.value]
    return [title, cell(one["values"][side.value]), cell(last)]
