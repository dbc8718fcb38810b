"""A small report with one entry of every kind, for the printers' tests. Names and numbers are invented."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from connector.domain.plan import Entry, EntryKind, FieldChange, Summary
from connector.domain.values import BLANK, CHECKANDPLACE, CLOPOS, Value, known, unknown
from connector.report.model import FieldView, Header, Objection, Outcome, Reading, Report, from_list


def name(text: str) -> Value:
    return known({"text": text})


def phone(number: str) -> Value:
    return known({"primary": number, "all": [number]})


def show(value: Value) -> str:
    data = value.data
    return str(data.get("text") or data.get("primary")) if isinstance(data, Mapping) else str(data)


FIELDS = {
    "name": FieldView("Name", "name", show),
    "phone": FieldView("Phone", "phone", show),
    "email": FieldView("E-mail", "email", show),
    "gender": FieldView("Gender", "gender", show),
}


def change(field: str, **values: Any) -> FieldChange:
    return FieldChange(field, **values)


ENTRIES: list[Entry] = [
    Entry(EntryKind.LINK_STATE, CLOPOS, "17", "8017", 17, 8017, 5, who="Nigar Quliyeva", reason="gone",
          sentence="The record on Clopos is gone; nothing is written to or created for its partner."),
    Entry(EntryKind.LINK, None, "101", "9001", 1, 2, who="Aysel Məmmədova", reason="phone_and_name",
          facts={"band": "sure", "facts": ["same phone", "name keys equal"], "other_name": "Aysel Mammadova"}),
    Entry(EntryKind.PROPOSAL, None, "102", "9002", 3, 4, who="Leyla Həsənova", reason="phone_but_name_differs",
          facts={"band": "review", "facts": ["same phone", "names differ"], "other_name": "Rəşad Həsənov"}),
    Entry(EntryKind.SETTLE, None, "103", "9003", 5, 6, who="Kamran Əliyev", reason="settled"),
    Entry(EntryKind.SETTLE, None, "104", "9004", 7, 8, who="Murad Rzayev", reason="listed_once",
          fields=(change("email", decision="settle_different", row="new_both_filled", report="listed_once",
                         clopos=known("murad@example.com"), checkandplace=known("m.rzayev@example.com")),)),
    Entry(EntryKind.CLOSE, None, None, None, 9, 10, reason="equal", topic="phone", facts={"kind": "task"}),
    Entry(EntryKind.TASK, CLOPOS, "105", "9005", 11, 12, 7, who="Günel Şahin", reason="change-in-clopos", topic="phone",
          fields=(change("phone", decision="task_clopos", row="only_checkandplace_changed",
                         before=phone("+994502223344"), after=phone("+994502223345")),)),
    Entry(EntryKind.CONFLICT, None, "106", "9006", 13, 14, 8, who="Elçin Quliyev", reason="both-changed", topic="name",
          queued_at="2026-03-01T08:30:00+00:00", next_step="connector conflicts show 8",
          fields=(change("name", decision="conflict", row="both_changed", clopos=name("Elçin Quliyev"),
                         checkandplace=name("Elchin Guliyev"), base_clopos=name("Elcin Quliyev"),
                         base_checkandplace=name("Elcin Quliyev")),)),
    Entry(EntryKind.HOLD, CHECKANDPLACE, "107", None, 15, None, who="Tural Babayev", reason="phone-held",
          sentence="The phone number already belongs to another record of the other side.",
          next_step="Look at the records named here.", facts={"holders": ["9111", "9112"]}),
    Entry(EntryKind.NOT_SENT, CHECKANDPLACE, "108", "9008", 16, 18, who="Sevda Orucova", reason="gender_not_mapped",
          fields=(change("gender", after=known("female"), setting="pairs.kafe.gender"),),
          facts={"setting": "pairs.kafe.gender"}),
    Entry(EntryKind.SKIP, CHECKANDPLACE, "109", None, 19, None, who="Qonaq", reason="no_phone"),
    Entry(EntryKind.SKIP, CLOPOS, None, "9010", None, 20, who="Masa 7", reason="anonym"),
    Entry(EntryKind.UPDATE, CHECKANDPLACE, "110", "9011", 21, 22, 9, who="Orxan Nəbiyev", reason="changed",
          body={"primary_phone_number": "994551112234"},
          fields=(change("phone", decision="write_checkandplace", row="only_clopos_changed",
                         before=phone("+994551112233"), after=phone("+994551112234")),
                  change("email", decision="write_checkandplace", row="new_one_blank",
                         before=BLANK, after=known("orxan@example.com")))),
    Entry(EntryKind.UPDATE, CHECKANDPLACE, "111", "9012", 23, 24, 10, who="Zeynep Yılmaz", reason="changed",
          body={"first_name": "Zeynep"},
          fields=(change("name", decision="write_checkandplace", row="only_clopos_changed",
                         before=name("Zeyneb Yilmaz"), after=name("Zeynep Yılmaz")),)),
    Entry(EntryKind.CREATE, CHECKANDPLACE, "112", None, 25, None, who="Fidan Abdullayeva", reason="nobody_there",
          body={"first_name": "Fidan"},
          fields=(change("name", decision="create", after=name("Fidan Abdullayeva")),
                  change("phone", decision="create", after=phone("+994701234567")))),
    Entry(EntryKind.CREATE, CLOPOS, None, "9013", None, 26, who="Emre Kaya", reason="nobody_there",
          body={"name": "Emre Kaya"},
          fields=(change("name", decision="create", after=name("Emre Kaya")),
                  change("phone", decision="create", after=phone("+905321234567")),
                  change("gender", decision="create", after=unknown("unmapped_integer")))),
]  # fmt: skip

HEADER = Header(
    pair="kafe", kind="diff", at=datetime(2026, 3, 4, 9, 15, tzinfo=UTC), zone="Asia/Baku", dry=True, links=96,
    readings=(Reading(CLOPOS, 150, "complete", "full", pages=1, requests=2),
              Reading(CHECKANDPLACE, 148, "complete", "full", pages=3, requests=4)),
    seconds=2.34, plan_hash="8f14e45fceea167a5a36dedd4bea2543", run_id=12, next_step="connector backfill --pair kafe",
)  # fmt: skip


def summary_of(entries: list[Entry]) -> Summary:
    summary = Summary()
    for entry in entries:
        summary.add(entry)
    return summary


def sample(entries: list[Entry] | None = None, header: Header = HEADER, **options: Any) -> Report:
    """The report of these entries (default: one of every kind)."""
    entries = ENTRIES if entries is None else entries
    return Report(header, summary_of(entries), from_list(entries), FIELDS, **options)


OBJECTION = Objection(
    "too-many-creates", CLOPOS, "60 of 150 customers would be new in Clopos (40 %); the limit is 10 %."
)


def run_outcome(entry: Entry) -> Outcome | None:
    """What became of the sample's operations: an update refused, the rest done."""
    if entry.kind not in (EntryKind.UPDATE, EntryKind.CREATE):
        return None
    if entry.clopos_id == "111":
        return Outcome("refused", "The server refused these values.")
    return Outcome("done", new_id="4711" if entry.kind is EntryKind.CREATE else None)
