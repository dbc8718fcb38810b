"""The story of one person as a document of JSON types: what `connector explain` prints in every form."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from connector.cli.linkviews import link_document, proposal_document
from connector.cli.views import Document, Eyes, entries_of
from connector.domain.plan import Entry, FieldChange
from connector.domain.values import SideName
from connector.report.safe import visible
from connector.state.core import load

if TYPE_CHECKING:
    from sqlalchemy import Connection, RowMapping

    from connector.cli.desk import View
    from connector.engine.explain import Person, Story
    from connector.state.intents import IntentView
    from connector.state.people import Asked
    from connector.state.records import Stored


def person_line(view: View, person: Person) -> Document:
    """One of several matches: enough to choose."""
    eyes = view.eyes
    return {
        "pair": eyes.pair,
        "records": [
            {
                "side": record.side.value, "id": record.id, "name": eyes.name(record.name),
                "phone": eyes.value("phone", record.last.get("phone")) or "", "gone": record.gone_at is not None,
            }
            for record in person.records
        ],
    }  # fmt: skip


def story_document(view: View, connection: Connection, story: Story, now: datetime) -> Document:
    """The whole story. `records` as they are now, `links` and `proposals` with evidence, bases and decisions, `entries`
    of the queues (open and over), `writes` with their answers, `planned` by the last plan (or all that are
    kept), `pending`: what waits and why, `timeline`: all of it by time."""
    eyes = view.eyes
    links = [link_document(view, connection, link.id, now) for link in story.links]
    proposals = [proposal_document(view, connection, one.id, now) for one in story.proposals]
    entries = list(entries_of(eyes, view.stores, connection, story.entries, now))
    document: Document = {
        "pair": eyes.pair, "name": eyes.name(story.person.records[0].name),
        "records": [_record(eyes, record) for record in story.person.records],
        "links": links, "proposals": proposals, "entries": entries,
        "writes": [_write(eyes, one, story.asked.get(one.id, ())) for one in story.intents],
        "planned": [
            {"run": one.run_id, "plan": one.plan_state, "at": eyes.time(one.at), **_planned(eyes, one.entry)}
            for one in story.planned
        ],
        "pending": list(_pending(eyes, story, links, proposals, entries)),
        "runs": {
            str(run.id): {"kind": run.kind, "state": run.state, "at": eyes.time(run.started_at)}
            for run in story.runs.values()
        },
    }  # fmt: skip
    document["timeline"] = sorted(_timeline(eyes, story, document), key=lambda line: (line["at"] or "", line["order"]))
    return document


def _record(eyes: Eyes, record: Stored) -> Document:
    """One record as it was last read, every field of the mapping that its side has."""
    fields = []
    for spec in eyes.mapper.fields:
        value = record.customer.fields.get(spec.name)
        shown = eyes.value(spec.name, value) if spec.side(record.side) is not None else None
        if shown is not None:
            unread = value.warning if value is not None and value.is_unknown else None
            last = eyes.value(spec.name, record.last.get(spec.name)) if unread else None
            fields.append({"field": spec.name, "title": spec.title or spec.name, "value": shown, "unreadable": unread,
                           "last_known": last})  # fmt: skip
    traits = record.customer.traits
    return {
        "side": record.side.value, "id": record.id, "name": eyes.name(record.name), "fields": fields,
        "read_at": eyes.time(record.read_at), "changed_at": eyes.time(record.changed_at),
        "gone_at": eyes.time(record.gone_at), "missing_scans": record.missing_scans, "receipts": traits.activity,
        "active": traits.active, "anonymous": traits.anonym, "blacklisted": traits.blacklisted,
        "perhaps_another_person": eyes.words.reason("link-state", record.suspect) if record.suspect else None,
    }  # fmt: skip


def _change(eyes: Eyes, change: FieldChange) -> Document:
    """One field of a decision: both values and bases, the rule, and the row of the merge that decided."""
    key = f"row.{change.row}"
    return {
        "field": change.field, "title": eyes.title(change.field), "decision": change.decision, "rule": change.rule,
        "row": change.row, "why": eyes.words.say(key) if key in eyes.words.texts else change.row.replace("_", " "),
        "before": eyes.value(change.field, change.before), "after": eyes.value(change.field, change.after),
        "clopos": eyes.value(change.field, change.clopos),
        "checkandplace": eyes.value(change.field, change.checkandplace),
        "base_clopos": eyes.value(change.field, change.base_clopos),
        "base_checkandplace": eyes.value(change.field, change.base_checkandplace), "setting": change.setting,
    }  # fmt: skip


def _planned(eyes: Eyes, entry: Entry) -> Document:
    why = entry.sentence or eyes.words.reason(entry.kind.value, entry.reason)
    return {
        "kind": entry.kind.value, "side": entry.side.value if entry.side else None, "code": entry.reason, "why": why,
        "fields": [_change(eyes, change) for change in entry.fields],
    }  # fmt: skip


def _write(eyes: Eyes, intent: IntentView, asked: Sequence[Asked]) -> Document:
    """One request to write, and what the server answered."""
    changes = [FieldChange.from_json(change) for change in intent.facts.get("fields", ())]
    known = eyes.words.knows("outcome", intent.outcome or "")
    return {
        "id": intent.id, "run": intent.run_id, "side": intent.side.value, "verb": intent.verb,
        "at": eyes.time(intent.sent_at or intent.created_at), "record": intent.target_id, "state": intent.state,
        "status": intent.status or (asked[-1].status if asked else None),
        "requests": [
            {"at": eyes.time(one.at), "method": one.method, "status": one.status, "error": one.error,
             "attempt": one.attempt, "milliseconds": one.milliseconds}
            for one in asked
        ],
        "answer": eyes.words.reason("outcome", intent.outcome or "") if known else None,
        "code": intent.outcome, "attempts": intent.attempts, "fields": [_change(eyes, change) for change in changes],
    }  # fmt: skip


def _pending(
    eyes: Eyes, story: Story, links: list[Document], proposals: list[Document], entries: list[Document]
) -> Iterator[Document]:
    """What waits, why, and what to type."""
    for one in entries:
        if one["closed_at"] is None:
            field = f" ({one['title']})" if one["title"] else ""
            yield {"what": f"{one['kind']} {one['id']}{field}", "why": one["why"], "next": one["next"][:1]}
    for one in proposals:
        if one["state"] == "open":
            yield {"what": f"proposal {one['ref']}", "why": one["why"], "next": one["next"]}
    for link in links:
        if link["waiting"] and link["state"] == "active":
            titles = ", ".join(eyes.title(field) for field in link["waiting"])
            yield {"what": f"link {link['ref']}", "why": f"Sent and not seen yet: {titles}.", "next": []}
        elif link["state"] in ("disputed", "superseded"):
            yield {"what": f"link {link['ref']}", "why": link["reason"] or link["state"], "next": link["next"]}
    for intent in story.intents:
        if intent.state in ("open", "in-doubt", "accepted"):
            why = eyes.words.say(f"outcome.{intent.state}") if intent.state != "open" else "being sent"
            yield {
                "what": f"{intent.verb} on {intent.side.label}",
                "why": f"{why}; the next run finds out.",
                "next": [],
            }


def _timeline(eyes: Eyes, story: Story, document: Document) -> Iterator[Document]:
    """Everything that happened, with the run that did it and who decided."""
    for record in story.person.records:
        if record.gone_at is not None:
            yield _line(eyes, record.gone_at, 9, f"{record.side.label} {record.id} was found gone.")
    for link in story.links:
        other = {side: story.others[row].id for side, row in (
            (SideName.CLOPOS, link.clopos_row), (SideName.CHECKANDPLACE, link.checkandplace_row))}  # fmt: skip
        both = " and ".join(f"{side.label} {remote}" for side, remote in other.items())
        shown = next(one for one in document["links"] if one["ref"] == str(link.id))
        facts = f" ({'; '.join(shown['facts'])})" if shown["facts"] else ""
        yield _line(eyes, link.decided_at, 1, f"Linked: {both}. {shown['why']}{facts}", by=link.decided_by,
                    run=link.run_id if link.decided_by == "connector" else None)  # fmt: skip
        if link.state != "active" and shown["state_at"]:
            yield _at(shown["state_at"], 2, f"Link {link.id} is {link.state}: {shown['reason'] or ''}")
        yield from _decisions(shown["decisions"], f"link {link.id}")
    for one, shown in zip(story.proposals, document["proposals"], strict=True):
        yield _line(eyes, one.opened_at, 1, f"Proposal p{one.id}: {shown['why']}")
        yield from _decisions(shown["decisions"], f"proposal p{one.id}")
    for write in document["writes"]:
        answer = f", HTTP {write['status']}" if write["status"] else ""
        told = f" {write['answer']}" if write["answer"] else ""
        back = f" (connector undo o{write['id']})" if write["state"] == "done" else ""
        side = SideName(write["side"]).label
        yield _at(write["at"], 4, f"{write['verb'].capitalize()} sent to {side}: {write['state']}{answer}.{told}{back}",
                  run=write["run"])  # fmt: skip
    for row in story.history:
        yield _at(eyes.time(row["at"]), 5, _written(eyes, row), run=row["run_id"])
    for entry, shown in zip(story.entries, document["entries"], strict=True):
        name = f"{entry.kind.capitalize()} {entry.id}{' (' + shown['title'] + ')' if shown['title'] else ''}"
        yield _line(eyes, entry.opened_at, 3, f"{name} opened: {shown['why']}")
        yield from _decisions(shown["decisions"], f"{entry.kind} {entry.id}")
        if entry.closed_at is not None:
            yield _line(eyes, entry.closed_at, 6, f"{name} ended: {entry.closed_why}.")


def _written(eyes: Eyes, row: RowMapping) -> str:
    """One overwritten value, with the rule that said so."""
    field, key = str(row["field"]), f"row.{row['row']}"
    before, after = (eyes.stored(field, load(row[name])) for name in ("before_json", "after_json"))
    why = eyes.words.say(key) if key in eyes.words.texts else str(row["row"]).replace("_", " ")
    side = SideName(str(row["side"])).label
    return f"{eyes.title(field)} in {side}: {before or '(blank)'} -> {after or '(blank)'} (rule {row['rule']}: {why})"


def _decisions(decisions: list[Document], what: str) -> Iterator[Document]:
    for one in decisions:
        note = f': "{visible(str(one["note"]))}"' if one.get("note") else ""
        yield _at(one["at"], 7, f"Staff on {what}: {one['what']}{note}", by=str(one["who"]))


def _line(
    eyes: Eyes, at: datetime, order: int, text: str, *, by: str | None = None, run: int | None = None
) -> Document:  # fmt: skip
    return _at(eyes.time(at), order, text, by=by, run=run)


def _at(at: str | None, order: int, text: str, *, run: int | None = None, by: str | None = None) -> Document:
    return {"at": at, "order": order, "text": text, "run": run, "by": by}
