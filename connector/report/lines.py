"""One entry of a plan as people read it: who, what was, what becomes of it, why. Shared by the terminal and the page.

Everything that comes from a server passes `visible` here, and the mask unless the report shows personal data.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from zoneinfo import ZoneInfo

from connector.domain.codes import HoldCode
from connector.domain.plan import Entry, EntryKind, FieldChange
from connector.domain.values import CHECKANDPLACE, CLOPOS, SideName, Value
from connector.report.difference import Pieces, compare, overlay, plain
from connector.report.masking import mask, mask_name
from connector.report.model import FieldView, Outcome, Report
from connector.report.safe import visible
from connector.report.sections import settings_of
from connector.report.words import Words, words

HELD = {code.value: code for code in HoldCode}
DIRECTED = (EntryKind.UPDATE, EntryKind.CREATE, EntryKind.TASK)
"""Entries that go one way: their two columns are before and after. The others show the two sides."""


@dataclass(frozen=True, slots=True)
class Row:
    """One field of an entry. `left`, `right`: before and after of the target (directed), or Clopos and Check&Place.
    `note`: what happened to it, in a few words; `setting`: what would send it."""

    field: str
    left: Pieces
    right: Pieces
    note: str = ""
    setting: str = ""


@dataclass(frozen=True, slots=True)
class Line:
    """One entry. `ids`: (side's name, id) of its records; `also`: what the other side calls the person."""

    who: str
    also: str
    ids: tuple[tuple[str, str], ...]
    rows: tuple[Row, ...]
    why: str
    code: str
    facts: tuple[str, ...] = ()
    next_step: str = ""
    since: str = ""
    outcome: Outcome | None = None
    directed: bool = True

    @property
    def named(self) -> tuple[tuple[str, str, str], ...]:
        """(name, side, id) of each record; the second name is "" where both sides call the person the same."""
        names = (self.who, self.also)
        return tuple((names[n], *self.ids[n]) for n in range(len(self.ids))) or ((self.who, "", ""),)


class Lines:
    """Turns the entries of one report into lines."""

    def __init__(self, report: Report) -> None:
        self.report = report
        self.words: Words = words(report.language)
        self._zone = ZoneInfo(report.header.zone)

    def line(self, entry: Entry) -> Line:
        """The line of an entry."""
        directed = entry.kind in DIRECTED
        rows = tuple(row for change in entry.fields if (row := self._row(entry, change, directed)) is not None)
        names = visible(entry.who), visible(str(entry.facts.get("other_name") or ""))
        outcome = self.report.outcome(entry)
        ids = tuple(self._ids(entry, outcome))
        return Line(
            who=self._name(names[0]) or self.words.say("nobody"),
            also=self._name(names[1]) if len(ids) == 2 and names[1] and names[1] != names[0] else "",
            ids=ids,
            rows=rows,
            why=self.why(entry, rows),
            code=entry.reason,
            facts=tuple(self._facts(entry)),
            next_step=self.report.typed(self._step(entry)),
            since=self._since(entry),
            outcome=outcome,
            directed=directed,
        )

    @staticmethod
    def _step(entry: Entry) -> str:
        return visible(entry.next_step) or (HELD[entry.reason].next_step if entry.reason in HELD else "")

    def why(self, entry: Entry, rows: tuple[Row, ...] = ()) -> str:
        """The reason in words; "" where it stands elsewhere: beside the fields, or above all creates."""
        noted = entry.kind in (EntryKind.UPDATE, EntryKind.TASK) and any(row.note for row in rows)
        if noted or entry.kind is EntryKind.CREATE:
            return ""
        if not self.words.knows(entry.kind.value, entry.reason):
            own = HELD[entry.reason].sentence if entry.reason in HELD else ""
            if entry.sentence or own:
                return visible(entry.sentence) or own
        return visible(self.words.reason(entry.kind.value, entry.reason))

    def value(self, value: Value | None, view: FieldView) -> str:
        """A value as text: masked or not, "" for a blank one, a note for one that cannot be read."""
        if value is None or value.is_blank:
            return ""
        if value.is_unknown:
            return self.words.say("unknown")
        shown = visible(view.show(value))
        return shown if self.report.show_pii else mask(shown, view.type)

    def field(self, name: str) -> FieldView:
        """How a field is shown; one that the mapping has no longer is shown as it is stored."""
        return self.report.fields.get(name) or FieldView(name, "text", lambda value: str(value.data))

    def _row(self, entry: Entry, change: FieldChange, directed: bool) -> Row | None:
        view = self.field(change.field)
        if entry.kind is EntryKind.SETTLE and change.report is None:
            return None
        if entry.kind is EntryKind.CREATE and (
            change.after is None or not change.after.is_value or view.type == "name"
        ):
            return None  # the name stands beside it already
        left, right = (change.before, change.after) if directed else (change.clopos, change.checkandplace)
        if not directed and left is None and right is None:
            left, right = change.before, change.after
        key = f"row.{change.row}"
        note = self.words.say(key) if key in self.words.texts else ""
        row = Row(view.title, *self._compared(left, right, view), note, visible(change.setting or ""))
        if entry.kind is EntryKind.CONFLICT:
            bases = self._bases(change, view)
            return replace(row, note=self.words.say("row.before", value=bases) if bases else note)
        return replace(row, note="") if entry.kind is EntryKind.SETTLE else row  # its reason says it already

    def _bases(self, change: FieldChange, view: FieldView) -> str:
        """What both sides showed before they were edited: the question of a conflict is who meant what."""
        bases = change.base_clopos, change.base_checkandplace
        if bases == (None, None):
            return ""
        clopos, guest = (self.value(base, view) or self.words.say("blank") for base in bases)
        return clopos if clopos == guest else self.words.say("is", clopos=clopos, checkandplace=guest)

    def _compared(self, left: Value | None, right: Value | None, view: FieldView) -> tuple[Pieces, Pieces]:
        both = [value for value in (left, right) if value is not None and value.is_value]
        if len(both) < 2:
            return plain(self.value(left, view)), plain(self.value(right, view))
        one, other = (visible(view.show(value)) for value in both)
        pieces = compare(one, other)
        if self.report.show_pii:
            return pieces
        return overlay(pieces[0], mask(one, view.type)), overlay(pieces[1], mask(other, view.type))

    def _name(self, name: str) -> str:
        return name if self.report.show_pii else mask_name(name)

    def _ids(self, entry: Entry, outcome: Outcome | None) -> Iterator[tuple[str, str]]:
        known: dict[SideName, str | None] = {CLOPOS: entry.clopos_id, CHECKANDPLACE: entry.checkandplace_id}
        if entry.kind is EntryKind.CREATE and entry.side is not None and outcome is not None:
            known[entry.side] = known[entry.side] or outcome.new_id
        for side, record in known.items():
            if record is not None:
                yield side.label, visible(record)

    def _facts(self, entry: Entry) -> Iterator[str]:
        facts = entry.facts.get("facts")
        if isinstance(facts, list):
            yield from dict.fromkeys(visible(self.words.fact(str(fact))) for fact in facts)
        holders = entry.facts.get("holders")
        if isinstance(holders, list) and holders:
            names = ", ".join(visible(str(holder)) for holder in holders)
            yield self.words.say("column.holders", holders=names)
        if entry.kind is EntryKind.NOT_SENT:
            for setting in settings_of(entry):
                yield self.words.say("column.setting", setting=visible(setting))

    def _since(self, entry: Entry) -> str:
        if entry.queued_at is None:
            return ""
        day = datetime.fromisoformat(entry.queued_at).astimezone(self._zone).strftime("%Y-%m-%d")
        return self.words.say("column.since", day=day)
