"""A report as JSON, for other programs: one object, its entries one a line, written as they come.

`schema` names the form, which docs/schema/report.json describes (JSON Schema, draft 7); a change that would break a
reader makes its number larger. Values are texts as people read them (null: blank, {"unknown": true}: cannot be read),
masked like every other report unless it shows personal data; `masked` says which.

    {"schema": "connector-report/1", "masked": true, "report": {...}, "summary": {...},
     "entries": [
    {"kind": "update", "side": "checkandplace", "ids": {...}, "who": "A•••• M•••", "reason": "changed", ...},
    ...
    ]}
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import IO

from connector.domain.plan import IGNORED, Entry, EntryKind, FieldChange
from connector.domain.values import CHECKANDPLACE, CLOPOS, Json, Value
from connector.report import story
from connector.report.lines import Lines
from connector.report.masking import mask_name
from connector.report.model import Report
from connector.report.safe import visible

SCHEMA = "connector-report/1"
_VALUES = ("before", "after", "clopos", "checkandplace", "base_clopos", "base_checkandplace")


def write_json(report: Report, stream: IO[str]) -> None:
    """Writes the report to a text stream, entry by entry; the report's limit does not apply, silent settles are out."""
    for part in stream_json(report):
        stream.write(part)


def stream_json(report: Report) -> Iterator[str]:
    """The document in parts. Always valid UTF-8 text, whatever the servers sent."""
    head = {"schema": SCHEMA, "masked": not report.show_pii, "report": _header(report), "summary": _summary(report)}
    yield f'{_dump(head)[:-1]}, "entries": ['
    separator = "\n"
    for entry in report.entries(tuple(EntryKind)):
        if entry.kind is EntryKind.SETTLE and entry.reason == "settled":
            continue
        yield f"{separator}{_dump(_entry(report, entry))}"
        separator = ",\n"
    yield "\n]}\n"


def _header(report: Report) -> dict[str, Json]:
    header = report.header
    return {
        "pair": header.pair, "kind": header.kind, "dry": header.dry, "at": header.at.isoformat(), "zone": header.zone,
        "state": header.state or None, "run": header.run_id, "plan": header.plan_hash or None, "links": header.links,
        "seconds": header.seconds, "headline": " ".join(story.headline(report)), "next_step": header.next_step or None,
        "readings": [
            {"side": reading.side.value, "records": reading.records, "state": reading.state or None,
             "kind": reading.kind or None, "reason": reading.reason or None, "pages": reading.pages,
             "requests": reading.requests}
            for reading in header.readings
        ],
        "refused": [
            {"code": objection.code, "side": objection.side.value if objection.side else None,
             "sentence": objection.sentence}
            for objection in header.objections
        ],
    }  # fmt: skip


def _summary(report: Report) -> dict[str, Json]:
    return {
        "operations": report.summary.operations,
        "differs": report.summary.differs,
        "counts": [
            {"kind": kind, "side": side or None, "reason": reason, "count": count}
            for (kind, side, reason), count in sorted(report.summary.counts.items())
        ],
        "new": dict(sorted(report.summary.new.items())),
        "outcomes": dict(sorted(report.outcomes.items())),
    }


def _entry(report: Report, entry: Entry) -> dict[str, Json]:
    lines = Lines(report)
    out: dict[str, Json] = {
        "kind": entry.kind.value,
        "side": entry.side.value if entry.side else None,
        "ids": {CLOPOS.value: entry.clopos_id, CHECKANDPLACE.value: entry.checkandplace_id},
        "link": entry.link_id,
        "who": visible(entry.who) if report.show_pii else mask_name(visible(entry.who)),
        "reason": entry.reason,
        "sentence": lines.why(entry),
        "fields": [_change(lines, change) for change in entry.fields],
    }
    if entry.queued_at:
        out["queued_at"] = entry.queued_at
    if entry.next_step:
        out["next_step"] = report.typed(visible(entry.next_step))
    if entry.facts.get(IGNORED):
        out["ignored"] = True
    holders = entry.facts.get("holders")
    if isinstance(holders, list) and holders:
        out["holders"] = [visible(str(holder)) for holder in holders]
    outcome = report.outcome(entry)
    if outcome is not None:
        out["outcome"] = {"state": outcome.state, "sentence": outcome.sentence, "new_id": outcome.new_id}
    return out


def _change(lines: Lines, change: FieldChange) -> dict[str, Json]:
    out: dict[str, Json] = {"field": change.field}
    for name in ("decision", "row", "rule", "report", "setting"):
        if getattr(change, name):
            out[name] = getattr(change, name)
    for name in _VALUES:
        value: Value | None = getattr(change, name)
        if value is not None:
            shown = lines.value(value, lines.field(change.field))
            out[name] = {"unknown": True} if value.is_unknown else shown or None
    return out


def _dump(data: Json) -> str:
    text = json.dumps(data, ensure_ascii=False)
    return text.encode("utf-8", "backslashreplace").decode() if not text.isascii() else text
