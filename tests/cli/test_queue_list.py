"""Lists of tasks, conflicts and holds on a screen, against pictures of them in `golden/` (anew with
`GOLDEN=write pytest tests/cli/test_queue_list.py`): what is to be typed or compared is never cut."""

from __future__ import annotations

import io
import os
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from connector.cli.entrylist import next_of, print_entries, state_of
from connector.cli.output import Output
from connector.cli.viewprint import print_entry

GOLDEN = Path(__file__).parent / "golden"
OLD, NEW = "+994552000307", "+994552000399"
GUEST = "4b1e2f90-5a0b-4f0b-9a76-0123456789ab"


def entry(number: int, kind: str = "task", **facts: Any) -> dict[str, Any]:
    """One document as `views.entries_of` makes it, of Aysel's phone unless told otherwise."""
    return {
        "id": number, "pair": "main", "kind": kind, "state": "open", "code": "by_staff", "field": "phone",
        "title": "Phone", "who": "Aysel Həsənova", "side": "clopos", "link": 4, "age": "3 days", "decided": None,
        "records": {"clopos": "1187", "checkandplace": GUEST}, "why": "Changed in Check&Place.", "reopened": 0,
        "closed_at": None, "closed_why": None, "values": {"clopos": OLD, "checkandplace": NEW}, "wanted": NEW,
        "bases": {"clopos": OLD, "checkandplace": OLD}, "next": [f"connector {kind}s show {number}"], "question": None,
        "holders": [], "decisions": [], "opened_at": "2026-03-04T13:15:00+04:00", **facts,
    }  # fmt: skip


LISTS = {
    "task": [
        entry(1),
        entry(1234, decided="checkandplace"),
        entry(3, decided="clopos", who="Məhəmmədəli Süleymanzadə-Abdullayev"),
        entry(5, reopened=1, title="E-mail", values={"clopos": "mehemmedeli.suleymanzade@example.com"},
              wanted="m.suleymanzade@example.com"),
        entry(6, side="checkandplace", state="ticked", values={"checkandplace": ""}),
        entry(7, field=None, link=None, side="checkandplace",
              why="The connector created this customer in Check&Place; it never deletes anybody."),
        entry(8, closed_at="2026-03-05T09:00:00+04:00", closed_why="equal"),
    ],
    "conflict": [
        entry(2, "conflict", decided="checkandplace"), entry(4, "conflict", decided="different"),
        entry(9, "conflict", pair="bakery"),
    ],
    "hold": [entry(11, "hold", code="phone-held", why="Another customer there has this number already.",
                   next_try_at="2026-03-05T09:00:00+04:00")],
}  # fmt: skip


def printed(kind: str, documents: list[dict[str, Any]], width: int, *, several: bool = False) -> str:
    output = Output()
    stream = io.StringIO()
    output.out = Console(file=stream, width=width, markup=False, emoji=False, highlight=False)
    print_entries(output, kind, documents, len(documents) + 3, several=several)
    return "\n".join(line.rstrip() for line in stream.getvalue().splitlines()) + "\n"


@pytest.mark.parametrize("width", [80, 160])
@pytest.mark.parametrize("kind", list(LISTS))
def test_golden(kind: str, width: int) -> None:
    text = printed(kind, LISTS[kind], width, several=kind == "conflict")
    path = GOLDEN / f"{kind}-{width}.txt"
    if os.environ.get("GOLDEN") == "write":
        path.write_text(text, encoding="utf-8")
    assert text == path.read_text(encoding="utf-8")
    assert max(len(line) for line in text.splitlines()) <= width


@pytest.mark.parametrize("kind", ["task", "conflict"])
def test_numbers_stand_whole_on_a_narrow_screen_whatever_the_state(kind: str) -> None:
    states: list[dict[str, Any]] = [
        {},
        {"decided": "checkandplace"},
        {"decided": "different"},
        {"reopened": 2},
        {"state": "ticked"},
    ]
    for facts in states:
        text = printed(kind, [entry(123456, kind, **facts)], 80, several=True)
        assert OLD in text
        assert NEW in text
        assert "Clopos 1187" in " ".join(text.split())
        assert "…" not in text


def test_a_conflict_decided_for_check_and_place_is_open_as_a_task() -> None:
    assert state_of(entry(1, "conflict", decided="checkandplace")) == "decided: Check&Place"
    assert state_of(entry(1, "task", decided="checkandplace")) == "open", "it is still to be typed"
    assert state_of(entry(1, "task", decided="checkandplace", reopened=1)) == "open again"
    assert state_of(entry(1, "task", decided="checkandplace", state="ticked")) == "ticked"


WAITING = [
    ("conflict", [entry(1, "conflict", decided="clopos"), entry(5, "conflict")], "connector conflicts show 5"),
    ("conflict", [entry(1, "conflict", decided="clopos")], "connector sync"),  # it carries the decision out
    ("task", [entry(1, decided="different"), entry(2, decided="checkandplace")], "connector tasks show 2"),
    ("task", [entry(1, state="ticked"), entry(2, state="ignored")], "connector sync"),  # it looks whether it is so
    ("task", [entry(1, closed_at="2026-03-05", state="closed"), entry(2)], "connector tasks show 2"),
]


@pytest.mark.parametrize(("kind", "documents", "step"), WAITING)
def test_next_is_the_first_that_still_waits_for_somebody(kind: str, documents: list[dict[str, Any]], step: str) -> None:
    assert next_of(kind, documents) == step


def test_a_task_that_is_over_does_not_ask_to_type() -> None:
    output, stream = Output(), io.StringIO()
    output.out = Console(file=stream, width=80, markup=False, emoji=False, highlight=False)
    print_entry(output, entry(4, closed_at="2026-03-05T09:00:00+04:00", closed_why="equal"))
    text = stream.getvalue()
    for said in ("over: equal", "while it was open", f"Was to be typed into Clopos: {NEW}"):
        assert said in text
    assert "now" not in text.split()
    assert "Next:" not in text
