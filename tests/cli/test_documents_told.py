"""Links, undos and doubles as people read them: what stands there, what does not, and what to type."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import Any

import pytest

from connector.cli.duplicates import page_of
from connector.cli.output import Output
from connector.cli.undoprint import PARTS, print_listing
from connector.cli.viewprint import print_link, print_links

Document = dict[str, Any]


def told(printer: Callable[..., None], *facts: Any, **options: Any) -> list[str]:
    """The lines that a printer leaves in a pipe, blanks run together."""
    stream = io.StringIO()
    printer(Output(stdout=stream), *facts, **options)
    lines = stream.getvalue().replace("┃", "│").splitlines()
    return [line for line in (" ".join(line.split()) for line in lines) if line]


# Links


def line(ref: str = "12", **facts: Any) -> Document:
    return {
        "ref": ref, "pair": "main", "state": "active", "why": "Same number and name.", "reason": None, "age": "3 days",
        "clopos": {"id": "1187", "name": "Aysel"}, "checkandplace": {"id": "4b1e", "name": "Aysəl"}, **facts,
    }  # fmt: skip


def test_a_list_of_links_says_why_they_are_as_they_are_and_how_many_more() -> None:
    assert told(print_links, [], 0, several=False) == ["Nothing to list."]
    shown = told(print_links, [line(), line("p7", reason="Broken by staff.")], 5, several=False)
    assert shown[0].startswith("ID │ State │ In Clopos")
    assert "Aysel (1187) │ Aysəl (4b1e) │ Same number and name. │ 3 days" in shown[2]
    assert "Broken by staff." in shown[3]
    assert "Same number" not in shown[3], "what ended it is the newer reason"
    assert shown[-1] == "and 3 more; --all prints every one."
    several = told(print_links, [line(pair="bakery")], 1, several=True)
    assert several[0].startswith("ID │ Pair │ State")
    assert several[2].startswith("12 │ bakery │ active")
    assert len(several) == 3, "nothing is left out, so nothing is said of it"


def link(**facts: Any) -> Document:
    """A link with an equal name and a phone that differs, as `link_document` makes it."""

    def row(title: str, clopos: str, guest: str) -> Document:
        bases = {"base_clopos": clopos, "base_checkandplace": ""}
        return {"title": title, "clopos": clopos, "checkandplace": guest, **bases, "differs": clopos != guest}

    return line(**{
        "facts": ["same number", "same name"], "band": "sure", "decided_by": "connector", "settled": True,
        "decided_at": "2026-03-04T13:15:00+04:00", "state_at": None, "decisions": [], "entries": [], "history": [],
        "fields": [row("Name", "Aysel", "Aysel"), row("Phone", "+994551112233", "+994552000101")],
        "clopos": {"id": "1187", "name": "Aysel", "seen": "2026-03-05T10:00:00+04:00", "notes": "inactive"},
        "checkandplace": {"id": "4b1e", "name": "Aysəl", "seen": "2026-03-05T10:00:00+04:00", "notes": ""},
        "next": ["connector links break 12"], **facts,
    })  # fmt: skip


def test_a_link_tells_of_both_records_side_by_side() -> None:
    shown = told(print_link, link())
    assert shown[:5] == [
        "Link 12: active", "Why Same number and name.", "Evidence same number; same name", "Band sure",
        "Decided by connector, 2026-03-04 13:15",
    ]  # fmt: skip
    assert shown[5] == "│ Clopos 1187 │ Check&Place 4b1e │ Clopos, last settled │ Check&Place, last settled"
    assert "Name │ Aysel │ Aysel │ Aysel │ (blank)" in shown
    assert "Phone * │ +994551112233 │ +994552000101 │ +994551112233 │ (blank)" in shown
    assert "* differs" in shown
    assert any(line.startswith("notes │ inactive") for line in shown)
    assert shown[-2:] == ["Next:", "connector links break 12"]
    assert not {"Open:", "Written by the connector:"} & set(shown)


def test_a_proposal_has_no_bases_and_an_equal_one_no_star() -> None:
    fields = link()["fields"][:1]
    shown = told(print_link, link(ref="p7", state="open", settled=False, fields=fields, decided_by=None, next=[]))
    assert shown[0] == "Proposal p7: open"
    assert "│ Clopos 1187 │ Check&Place 4b1e" in shown
    assert "Name │ Aysel │ Aysel" in shown
    assert not any("differs" in line or line.startswith(("Decided", "Next")) for line in shown)


def test_what_happened_to_a_link_is_told_in_order() -> None:
    written = {"at": "2026-03-04T14:00:00+04:00", "side": "Check&Place", "title": "Phone", "before": "", "after": None,
               "run": 9}  # fmt: skip
    shown = told(print_link, link(
        state="broken", reason="Staff broke it.", state_at="2026-03-06T09:00:00+04:00", history=[written],
        entries=[{"kind": "task", "id": 5, "title": "Phone", "code": "x", "age": "2 h"},
                 {"kind": "hold", "id": 6, "title": None, "code": "rejected", "age": "now"}],
        decisions=[{"at": "2026-03-06T09:00:00+04:00", "who": "leyla", "what": "broke", "note": "two people"},
                   {"at": "2026-03-06T09:05:00+04:00", "who": "rauf", "what": "noted", "note": None}],
    ))  # fmt: skip
    assert "State Staff broke it. (since 2026-03-06 09:00)" in shown
    assert 'Decided 2026-03-06 09:00 by leyla: broke: "two people"' in shown
    assert "Decided 2026-03-06 09:05 by rauf: noted" in shown
    assert "connector tasks show 5 (Phone, 2 h)" in shown
    assert "connector holds show 6 (rejected, now)" in shown
    assert "2026-03-04 14:00 Check&Place Phone: (blank) -> - (run 9)" in shown


# Undo


def undone(**facts: Any) -> Document:
    """Nothing left to take back, unless told otherwise."""
    one = {
        "pair": "main", "undoes": "run 12", "dry": True, "exit_code": 0, "refused": [], "counts": {}, "next": None,
        "total": dict.fromkeys(PARTS, 0), "entries": {way: [] for way in PARTS}, **facts,
    }  # fmt: skip
    for way, entries in one["entries"].items():
        one["total"][way] = max(one["total"][way], len(entries))
    return one


def part(way: str, *entries: Document, **facts: Any) -> Document:
    known: Document = {
        "way": way, "who": "Aysel", "side": "checkandplace", "clopos": "1187", "checkandplace": "4b1e", "why": "A why.",
        "operations": [], "becomes": None, "topic": None, "fields": [],
    }  # fmt: skip
    made = [{**known, **entry} for entry in entries]
    return undone(entries={other: made if other == way else [] for other in PARTS}, **facts)


PHONE = {"title": "Phone", "found": "", "written": "+994552000101", "now": "+994551112233"}


@pytest.mark.parametrize(
    ("facts", "said"),
    [
        ({}, "nothing was changed: this is a preview."),
        ({"dry": False}, "done."),
        ({"dry": False, "exit_code": 4}, "not everything went through."),
        ({"dry": False, "exit_code": 3, "refused": ["Too much."]},
         "stopped by the safety limits, nothing was written."),
        ({"refused": ["Too much."]}, "nothing was changed: this is a preview."),
    ],
)  # fmt: skip
def test_the_first_line_of_an_undo_says_how_far_it_went(facts: Document, said: str) -> None:
    shown = told(print_listing, undone(**facts))
    assert shown[0] == f"Undo of run 12, pair main: {said}"
    assert shown[1] == "Nothing is left to take back."
    assert ("Too much." in shown) is bool(facts.get("refused") and facts.get("dry", True)), (
        "an error says it after a run"
    )


@pytest.mark.parametrize(
    ("way", "entry", "row"),
    [
        ("write", {"fields": [PHONE], "operations": ["o5", "o6"]},
         "Aysel (4b1e) │ Phone (o5, o6) │ +994551112233 │ (blank)"),
        ("write", {"fields": [PHONE], "checkandplace": None}, "Aysel (1187) │ Phone │ +994551112233 │ (blank)"),
        ("link", {"becomes": "broken"}, "Aysel (4b1e) │ 1187 │ 4b1e │ different people"),
        ("link", {"becomes": "active"}, "Aysel (4b1e) │ 1187 │ 4b1e │ linked again"),
        ("settle", {"fields": [PHONE]}, "Aysel (4b1e) │ Phone │ +994551112233 │ A why."),
        ("task", {"fields": [PHONE]}, "Aysel (4b1e) │ Phone │ +994551112233 │ (blank)"),
        ("task", {"side": "clopos"}, "Aysel (4b1e) │ created in Clopos │ 1187 │ deleted by staff, if it is wrong"),
        ("task", {}, "Aysel (4b1e) │ created in Check&Place │ 4b1e │ deleted by staff, if it is wrong"),
        ("close", {"topic": "phone"}, "Aysel (4b1e) │ phone │ │ A why."),
        ("left", {"fields": [{**PHONE, "now": None}]}, "Aysel (4b1e) │ Phone │ +994552000101 │ -: A why."),
        ("left", {"topic": "link"}, "Aysel (4b1e) │ link │ │ A why."),
    ],
)  # fmt: skip
def test_each_part_of_an_undo_says_who_what_and_what_it_gets(way: str, entry: Document, row: str) -> None:
    shown = told(print_listing, part(way, entry, total={**dict.fromkeys(PARTS, 0), way: 1_200}))
    assert f"{PARTS[way][0]} (1,200)" in shown
    assert row in shown
    assert "and 1,199 more; --all prints every one." in shown
    assert ("Nothing is left to take back." in shown) is (way == "left"), "what stays as it is, is nothing to take back"


def test_an_undo_that_was_done_says_what_it_did_and_what_comes_next() -> None:
    counts = {"updated.checkandplace": 2, "tasks": 1}
    step = "connector tasks list --pair main"
    shown = told(print_listing, part("write", {"fields": [PHONE]}, dry=False, counts=counts, next=step))
    assert shown[-2:] == ["2 corrected in Check&Place, 1 task.", f"Next: {step}"]
    preview = told(print_listing, part("write", {"fields": [PHONE]}, counts=counts))
    assert not any("corrected" in line for line in preview), "nothing was done yet"


# Doubles


def group(**facts: Any) -> Document:
    member = {"id": "1", "name": "", "phone": "", "email": "", "birth": "", "receipts": 0, "spent": 0.0, "linked": None}
    members = [{**member, "name": "Aysel", "receipts": 7, "spent": 1212.5, "linked": "Check&Place 4b1e"}, member]
    return {"side": "clopos", "why": "same number", "members": members, **facts}


def test_doubles_as_a_page_keep_the_first_and_say_what_is_no_double() -> None:
    page = page_of([group(), group(side="checkandplace", members=[group()["members"][1]] * 2)], [], clear=False)
    first, second = page.sections
    assert (page.headline, page.subtitle) == ("2 groups of doubles to look at, the most active first.", "")
    assert (first.title, second.title) == ("1. Aysel in Clopos", "2. No name in Check&Place")
    assert first.texts == ("Because: same number.", "Keep the first, merge the others into it.")
    assert [row[5:] for row in first.rows] == [("7", "1,212.50", "Check&Place 4b1e"), ("0", "", "")]
    assert page_of([group()], [], clear=True).headline.startswith("1 group of doubles ")


@pytest.mark.parametrize(
    ("keys", "begins"),
    [([], ""), ([0, 0], ""), ([1, 0], "One number or e-mail is shared by"),
     ([1000, 234], "1,234 numbers or e-mails are shared by")],
)  # fmt: skip
def test_numbers_of_families_are_counted_over_both_sides(keys: list[int], begins: str) -> None:
    said = page_of([], [{"keys": count} for count in keys], clear=True).subtitle
    assert said.startswith(begins)
    assert bool(said) is bool(begins)
