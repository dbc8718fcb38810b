"""What a page says beside its tables' frames: cards, reasons, and each row with its values on the right side."""

from __future__ import annotations

import io
from dataclasses import replace
from html.parser import HTMLParser

import pytest

from connector.domain.plan import Entry
from connector.report.html import write_html
from connector.report.model import Report
from tests.report.sample import ENTRIES, HEADER, run_outcome, sample
from tests.report.test_html import VOID

LIVE = replace(HEADER, kind="sync", dry=False, state="partly")


class Elements(HTMLParser):
    """(tag and classes, text on one line, addresses inside) of every element, in the order in which they end."""

    def __init__(self, report: Report) -> None:
        super().__init__()
        self.open: list[tuple[str, list[str], list[str]]] = []
        self.all: list[tuple[str, str, list[str]]] = []
        stream = io.StringIO()
        write_html(report, stream)
        self.feed(stream.getvalue())

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        said = dict(attrs)
        if tag not in VOID:
            self.open.append((".".join([tag, *(said.get("class") or "").split()]), [], []))
        for _name, _texts, addresses in self.open:
            addresses.extend([said["href"] or ""] if "href" in said else [])

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """A line of a drawing: it has no text."""

    def handle_endtag(self, tag: str) -> None:
        if tag in ("p", "span"):  # which stand apart on the page
            self.handle_data(" ")
        name, texts, addresses = self.open.pop()
        self.all.append((name, " ".join("".join(texts).split()), addresses))

    def handle_data(self, data: str) -> None:
        for _name, texts, _addresses in self.open:
            texts.append(data)

    def texts(self, name: str) -> list[str]:
        """The texts of the elements of a tag, or of a tag with a class."""
        return [text for found, text, _ in self.all if found == name or found.startswith(f"{name}.")]


def test_the_cards_lead_to_their_parts() -> None:
    page = Elements(sample([*ENTRIES, ENTRIES[1]]))
    assert [(text, addresses) for name, text, addresses in page.all if name.startswith("li.card")] == [
        ("2 recognised as one person", ["#link"]), ("2 corrected in Check&Place", ["#update.checkandplace"]),
        ("1 new in Check&Place", ["#create.checkandplace"]), ("1 new in Clopos", ["#create.clopos"]),
        ("4 questions for staff", ["#questions"]), ("2 left out", ["#skip"]),
    ]  # fmt: skip
    empty = Elements(sample([]))
    assert [addresses for name, _text, addresses in empty.all if name.startswith("li.card")] == [[]] * 6


def rows(entry: Entry, header: object = HEADER) -> list[str]:
    """The rows of the page's tables, without their headings."""
    report = sample([entry], header, show_pii=True, outcome=run_outcome)  # type: ignore[arg-type]  # a Header
    return [text for text in Elements(report).texts("tr") if not text.startswith("Guest")]


@pytest.mark.parametrize(
    ("entry", "live", "row"),
    [
        (ENTRIES[12], True,
         "Orxan Nəbiyev Clopos 110 Check&Place 9011 Phone Was +994551112233 Is +994551112234 changed in Clopos "
         "E-mail Was (blank) Is orxan@example.com was blank done"),
        (ENTRIES[13], True,
         "Zeynep Yılmaz Clopos 111 Check&Place 9012 Name Now Zeyneb Yilmaz Becomes Zeynep Yılmaz changed in Clopos "
         "refused: The server refused these values."),
        (ENTRIES[14], True, "Fidan Abdullayeva Clopos 112 Check&Place 4711 Phone +994701234567 done"),
        (ENTRIES[7], False,
         "Elçin Quliyev Clopos 106 Check&Place 9006 Name Clopos Elçin Quliyev Check&Place Elchin Guliyev "
         "before: Elcin Quliyev Changed in both systems. waiting since 2026-03-01 connector conflicts show 8"),
        (ENTRIES[1], False,
         "Aysel Məmmədova Clopos 101 Aysel Mammadova Check&Place 9001 Same phone number, held by nobody else, and "
         "fitting names. same phone; same name"),
        (ENTRIES[8], False,
         "Tural Babayev Clopos 107 The phone number already belongs to another record of the other side. "
         "Held by: 9111, 9112 Look at the records named here."),
    ],
    ids=["done: was and is", "refused: now and becomes", "created", "both sides", "two names", "no detail"],
)  # fmt: skip
def test_a_row(entry: Entry, live: bool, row: str) -> None:
    found = rows(entry, LIVE if live else HEADER)
    assert set(found) == {row}
    assert len(found) == (2 if entry is ENTRIES[13] else 1)  # what was refused stands on top too


def test_what_is_typed_looks_like_a_command_and_what_is_done_does_not() -> None:
    page = Elements(sample([ENTRIES[7], ENTRIES[8]]))
    assert [(name, text) for name, text, _ in page.all if name.startswith("p.step")] == [
        ("p.step.command", "connector conflicts show 8"), ("p.step", "Look at the records named here."),
    ]  # fmt: skip


def test_reasons_are_counted_with_where_they_apply_and_what_would_send_it() -> None:
    page = Elements(sample([ENTRIES[9], ENTRIES[10], ENTRIES[10], ENTRIES[11]]))
    assert [text for text in page.texts("li") if "Setting" in text] == [
        "1 The codes for gender are not set. Setting that would send it: pairs.kafe.gender",
    ]
    assert [text for text in page.texts("li") if "not created" in text] == [
        "2 No valid phone number. not created in Check&Place",
        "1 A walk-in guest without identity. not created in Clopos",
    ]


def test_parts_and_details_can_be_chosen() -> None:
    page = Elements(sample(ENTRIES[12:15]))
    assert page.texts("option") == [
        "all", "Corrected in Check&Place (2)", "New in Check&Place (1)", "all", "Name", "Phone", "E-mail", "Gender",
    ]  # fmt: skip


@pytest.mark.parametrize(("dry", "said"), [(True, "What would happen"), (False, "What happened")])
def test_the_pictures_are_of_what_would_happen_or_of_what_did(dry: bool, said: str) -> None:
    page = Elements(sample(ENTRIES, replace(LIVE, dry=dry)))
    before = "Who is where" if dry else "Who was where before"
    assert page.texts("figcaption") == [before, said]
    assert "54 only in Clopos" not in page.texts("li")  # 150 there, 96 of them linked before, one more by this plan
    assert page.texts("li")[6:9] == ["53 only in Clopos", "97 in both", "51 only in Check&Place"]


def test_a_picture_of_nobody_is_left_out() -> None:
    assert Elements(sample([], replace(HEADER, links=None))).texts("figcaption") == ["What would happen"]
    assert "There is nothing to do." in Elements(sample([])).texts("p.quiet")
