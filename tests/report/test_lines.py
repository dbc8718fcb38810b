"""What one entry says: who, under which ids, what changes, why, and what comes next; masked unless it may be shown."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from connector.domain.codes import HoldCode
from connector.domain.plan import Entry, EntryKind, FieldChange
from connector.domain.values import BLANK, CHECKANDPLACE, CLOPOS, Value, known, unknown
from connector.report.difference import text_of
from connector.report.lines import Line, Lines
from connector.report.model import Outcome
from tests.report.sample import FIELDS, HEADER, change, name, phone, sample


def line(entry: Entry, **options: Any) -> Line:
    """The entry's line in a report in the clear, unless told otherwise."""
    return Lines(sample([entry], **{"show_pii": True, **options})).line(entry)


def link(who: str, other: str, clopos: str | None = "1", checkandplace: str | None = "2") -> Entry:
    return Entry(EntryKind.LINK, None, clopos, checkandplace, who=who, reason="phone_and_name",
                 facts={"other_name": other})  # fmt: skip


def conflict(**values: Value) -> Entry:
    fields = (change("name", row="both_changed", clopos=name("Aysel"), checkandplace=name("Aysu"), **values),)
    return Entry(EntryKind.CONFLICT, None, "1", "2", who="Aysel", reason="both-changed", fields=fields)


@pytest.mark.parametrize(
    ("entry", "named"),
    [
        (link("Aysel", "Aysu"), (("Aysel", "Clopos", "1"), ("Aysu", "Check&Place", "2"))),
        (link("Aysel", "Aysel"), (("Aysel", "Clopos", "1"), ("", "Check&Place", "2"))),
        (link("Aysel", ""), (("Aysel", "Clopos", "1"), ("", "Check&Place", "2"))),
        (link("Aysel", "Aysu", checkandplace=None), (("Aysel", "Clopos", "1"),)),
        (link("", "", clopos=None), (("(no name)", "Check&Place", "2"),)),
        (link("Aysel", "Aysu", None, None), (("Aysel", "", ""),)),
    ],
    ids=["two names", "one name twice", "other side nameless", "one record", "nobody's name", "no record"],
)
def test_each_record_is_called_what_its_side_calls_it(entry: Entry, named: tuple[tuple[str, str, str], ...]) -> None:
    told = line(entry)
    assert told.named == named
    assert told.also in [name for name, _side, _id in named] or not told.also


def test_both_names_of_a_person_are_masked() -> None:
    masked = line(link("Aysel Məmmədova", "Aysu"), show_pii=False)
    assert (masked.who, masked.also) == ("A•••• M••••••••", "A•••")


@pytest.mark.parametrize(
    ("kind", "id_there", "outcome", "ids"),
    [
        (EntryKind.CREATE, None, Outcome("done", new_id="77"), (("Clopos", "1"), ("Check&Place", "77"))),
        (EntryKind.CREATE, None, Outcome("in-doubt"), (("Clopos", "1"),)),
        (EntryKind.CREATE, "5", Outcome("done", new_id="77"), (("Clopos", "1"), ("Check&Place", "5"))),
        (EntryKind.UPDATE, "5", Outcome("done", new_id="77"), (("Clopos", "1"), ("Check&Place", "5"))),
    ],
    ids=["created", "in doubt", "known already", "an update makes nobody"],
)
def test_a_created_record_is_shown_with_its_new_id(
    kind: EntryKind, id_there: str | None, outcome: Outcome, ids: tuple[tuple[str, str], ...]
) -> None:
    entry = Entry(kind, CHECKANDPLACE, "1", id_there, who="Aysel", reason="nobody_there")
    assert line(entry, outcome=lambda _entry: outcome).ids == ids


@pytest.mark.parametrize("code", list(HoldCode))
def test_a_hold_without_words_of_its_own_has_those_of_its_code(code: HoldCode) -> None:
    entry = Entry(EntryKind.HOLD, CHECKANDPLACE, "1", None, who="Aysel", reason=code.value)
    told = line(entry)
    assert (told.why, told.next_step) == (code.sentence, code.next_step)
    own = line(replace(entry, sentence="This one in particular.", next_step="connector holds show 3"))
    assert (own.why, own.next_step) == ("This one in particular.", "connector holds show 3")


def test_a_next_step_is_what_has_to_be_typed_here() -> None:
    entry = replace(conflict(), next_step="connector conflicts show 8")
    assert line(entry, typed=lambda step: f"{step} --config k.toml").next_step == (
        "connector conflicts show 8 --config k.toml"
    )


@pytest.mark.parametrize(
    ("kind", "row", "why"),
    [
        (EntryKind.UPDATE, "only_clopos_changed", ""),
        (EntryKind.UPDATE, "", "Changed in Clopos."),
        (EntryKind.TASK, "only_clopos_changed", ""),
        (EntryKind.SETTLE, "new_both_filled", "Changed in Clopos."),
        (EntryKind.CREATE, "", ""),
    ],
    ids=["said beside the detail", "said nowhere else", "task", "settle", "all creates have one reason"],
)
def test_a_reason_is_said_once(kind: EntryKind, row: str, why: str) -> None:
    fields = (change("phone", row=row, report="x", before=phone("+994501112233"), after=phone("+994501112234")),)
    told = line(Entry(kind, CHECKANDPLACE, "1", "2", who="A", reason="changed", fields=fields))
    assert told.why == why


@pytest.mark.parametrize(
    ("bases", "note"),
    [
        ({"base_clopos": name("Leyla"), "base_checkandplace": name("Leyla")}, "before: Leyla"),
        ({"base_clopos": name("Leyla"), "base_checkandplace": name("Lala")},
         "before: Leyla in Clopos, Lala in Check&Place"),
        ({"base_clopos": name("Leyla"), "base_checkandplace": BLANK},
         "before: Leyla in Clopos, (blank) in Check&Place"),
        ({"base_clopos": BLANK, "base_checkandplace": BLANK}, "before: (blank)"),
        ({"base_clopos": name("Leyla")}, "before: Leyla in Clopos, (blank) in Check&Place"),
        ({}, "changed in both"),
    ],
    ids=["one", "two", "one was blank", "both were blank", "one settled", "never settled"],
)  # fmt: skip
def test_a_conflict_says_what_stood_there_before_both_edits(bases: dict[str, Value], note: str) -> None:
    assert [row.note for row in line(conflict(**bases)).rows] == [note]


def test_what_stood_there_before_is_masked_too() -> None:
    told = line(conflict(base_clopos=name("Leyla"), base_checkandplace=name("Leyla")), show_pii=False)
    assert [row.note for row in told.rows] == ["before: L••••"]


def shown(entry: Entry, **options: Any) -> list[tuple[str, str, str]]:
    return [(row.field, text_of(row.left), text_of(row.right)) for row in line(entry, **options).rows]


def of(kind: EntryKind, *fields: FieldChange) -> Entry:
    return Entry(kind, CHECKANDPLACE, "1", "2", who="Aysel", reason="changed", fields=fields)


GONE = change("spa_card", before=known("VIP-7"), after=known("VIP-8"))
UNREADABLE = change("phone", clopos=phone("+994501112233"), checkandplace=unknown("ambiguous"))


@pytest.mark.parametrize(
    ("entry", "clear", "rows"),
    [
        (of(EntryKind.UPDATE, GONE), True, [("spa_card", "VIP-7", "VIP-8")]),
        (of(EntryKind.UPDATE, GONE), False, [("spa_card", "•••••", "•••••")]),
        (of(EntryKind.CONFLICT, UNREADABLE), True, [("Phone", "+994501112233", "(cannot be read)")]),
        (of(EntryKind.CONFLICT, UNREADABLE), False, [("Phone", "+••••••••••33", "(cannot be read)")]),
        (of(EntryKind.UPDATE, change("phone", before=BLANK, after=phone("+994501112233"))), False,
         [("Phone", "", "+••••••••••33")]),
        (of(EntryKind.SETTLE, change("phone", clopos=phone("+994501112233"))), True, []),
        (of(EntryKind.SETTLE, change("phone", report="listed_once", clopos=phone("+994501112233"))), True,
         [("Phone", "+994501112233", "")]),
        (of(EntryKind.CREATE, change("name", after=name("Aysel")), change("email", after=BLANK),
            change("gender", after=unknown("unmapped")), change("phone", after=phone("+994501112233"))), True,
         [("Phone", "", "+994501112233")]),
        (of(EntryKind.NOT_SENT, change("gender", before=known("male"), after=known("female"))), True,
         [("Gender", "male", "female")]),
        (of(EntryKind.HOLD, change("phone", before=phone("+99455"), clopos=phone("+994501112233"))), True,
         [("Phone", "+994501112233", "")]),
    ],
    ids=["a detail that the mapping has no longer", "masked as text", "unreadable", "unreadable, masked", "was blank",
         "silent settle", "told settle", "new: neither its name nor what is not known", "not sent: before and after",
         "both sides win over before and after"],
)  # fmt: skip
def test_the_details_of_an_entry(entry: Entry, clear: bool, rows: list[tuple[str, str, str]]) -> None:
    assert shown(entry, show_pii=clear) == rows


def test_masked_pieces_are_each_side_s_own_letters() -> None:
    entry = of(EntryKind.CONFLICT, change("email", clopos=known("leyla@example.com"),
                                          checkandplace=known("nigar@example.az")))  # fmt: skip
    assert shown(entry, show_pii=False) == [("E-mail", "l••••@•••••••.com", "n••••@•••••••.az")]


def test_a_settle_says_why_once_and_other_rows_what_happened_to_the_detail() -> None:
    row = change("phone", row="new_both_filled", report="listed_once", setting="pairs.kafe.x",
                 clopos=phone("+994501112233"), checkandplace=phone("+994501112234"))  # fmt: skip
    (settled,), (held,) = (line(of(kind, row)).rows for kind in (EntryKind.SETTLE, EntryKind.HOLD))
    assert (settled.note, held.note, held.setting) == ("", "differed when first linked", "pairs.kafe.x")


@pytest.mark.parametrize(
    ("kind", "facts", "said"),
    [
        (EntryKind.LINK, {"facts": ["same phone", "same phone", "name keys equal"]}, ("same phone", "same name")),
        (EntryKind.LINK, {"facts": "same phone"}, ()),
        (EntryKind.HOLD, {"holders": ["9111", 9112]}, ("Held by: 9111, 9112",)),
        (EntryKind.HOLD, {"holders": []}, ()),
        (EntryKind.NOT_SENT, {"setting": "pairs.kafe.gender"}, ("Setting that would send it: pairs.kafe.gender",)),
        (EntryKind.HOLD, {"setting": "pairs.kafe.gender"}, ()),
    ],
    ids=["each once", "no list", "holders", "held by nobody", "a setting", "no setting sends a hold"],
)
def test_the_facts_of_an_entry(kind: EntryKind, facts: dict[str, Any], said: tuple[str, ...]) -> None:
    assert line(Entry(kind, CLOPOS, "1", "2", who="A", reason="x", facts=facts)).facts == said


@pytest.mark.parametrize(
    ("zone", "day"),
    [("Asia/Baku", "2026-03-02"), ("UTC", "2026-03-01"), ("America/New_York", "2026-03-01")],
)
def test_a_question_waits_since_a_day_of_the_restaurant_s_own_calendar(zone: str, day: str) -> None:
    entry = replace(conflict(), queued_at="2026-03-01T21:30:00+00:00")
    assert line(entry, header=replace(HEADER, zone=zone)).since == f"waiting since {day}"


def test_a_detail_has_the_title_of_the_mapping_and_its_mask() -> None:
    secret = "+994501112233"
    for title, view in FIELDS.items():
        value = phone(secret) if title == "phone" else name(secret)
        (row,) = line(of(EntryKind.TASK, change(title, before=BLANK, after=value)), show_pii=False).rows
        assert row.field == view.title
        assert (secret in text_of(row.right)) is (title == "gender")  # who a guest is, a gender does not say
