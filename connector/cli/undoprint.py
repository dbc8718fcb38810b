"""What an undo would take back, or took back: one document of JSON types, and the same on a screen."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.table import Table
from rich.text import Text

from connector.cli.deeds import deeds
from connector.cli.output import Output
from connector.cli.views import Eyes
from connector.domain.errors import ExitCode, typed_path
from connector.domain.plan import Entry, EntryKind, FieldChange
from connector.domain.values import SideName, Value
from connector.report.words import words

if TYPE_CHECKING:
    from sqlalchemy import RowMapping

    from connector.cli.running import Ended
    from connector.state.undoing import Wanted

Document = dict[str, Any]
WAYS = {
    EntryKind.UPDATE: "write", EntryKind.SETTLE: "settle", EntryKind.LINK_STATE: "link", EntryKind.TASK: "task",
    EntryKind.CLOSE: "close", EntryKind.SKIP: "left",
}  # fmt: skip
PARTS = {
    "write": ("Put back", ("Guest", "Detail", "Shows", "Gets back")),
    "link": ("Links", ("Guest", "Clopos", "Check&Place", "From now on")),
    "settle": ("There again already: stays different", ("Guest", "Detail", "Shows", "Why")),
    "task": ("For your staff, by hand", ("Guest", "Detail", "Shows", "Should be")),
    "close": ("Tasks of the undone undo that end", ("Guest", "Detail", "", "")),
    "left": ("Left as it is", ("Guest", "Detail", "Was written", "Shows now")),
}


def stored_plan(ended: Ended) -> int | None:
    """The plan that the run made, by its row in the state."""
    from connector.state.reporting import ReportStore

    with ended.moment.read() as connection:
        plan = ReportStore(ended.moment).plan(connection, ended.ctx.run_id)
    return int(plan["id"]) if plan is not None else None


def listing(
    ended: Ended, wanted: Wanted, *, show_pii: bool, limit: int | None, plan_file: Path | None = None
) -> Document:
    """The plan of an undo as a document. `limit`: how many entries of each part (None: all); `total` counts all;
    `plan_file`: where the plan is written to."""
    from connector.engine.undo import title, typed
    from connector.state.plans import PlanStore
    from connector.state.reporting import ReportStore

    ctx, settings, result = ended.ctx, ended.settings, ended.result
    eyes = Eyes(settings.name, ctx.mapper, settings.zone, show_pii, words("en"))
    parts: dict[str, list[Document]] = {way: [] for way in PARTS}
    total = dict.fromkeys(PARTS, 0)
    with ended.moment.read() as connection:
        plan = ReportStore(ended.moment).plan(connection, ctx.run_id)
        if plan is not None:
            for _row, entry in PlanStore(ended.moment).entries(connection, plan["id"], tuple(WAYS)):
                way = WAYS[entry.kind]
                total[way] += 1
                if limit is None or len(parts[way]) < limit:
                    parts[way].append(_entry(eyes, entry))
    hash_ = plan["hash"] if plan is not None else ""
    refused = [str(one["sentence"]) for one in _verdict(plan)]
    return {
        "pair": settings.name, "undoes": title(wanted), "run": ctx.run_id, "dry": ctx.dry, "plan": hash_ or None,
        "exit_code": int(result.exit_code if result is not None else ExitCode.REFUSED),
        "refused": refused, "counts": dict(ctx.counts), "total": total, "entries": parts,
        "next": _next(ended, typed(wanted), total, hash_ if refused else "", plan_file) or None,
    }  # fmt: skip


def _verdict(plan: RowMapping | None) -> Sequence[Mapping[str, Any]]:
    from connector.state.core import load

    return (load(plan["verdict_json"]) or ()) if plan is not None else ()


def _next(ended: Ended, typed: str, total: Mapping[str, int], refused: str, plan_file: Path | None) -> str:
    """What to type next. `refused`: the hash of a plan that the guard refused."""
    name, result = ended.settings.name, ended.result
    if ended.ctx.dry:
        words = f"connector apply {typed_path(plan_file)}" if plan_file is not None else f"connector undo {typed}"
        if refused:
            return f"{words} --approve {refused} --pair {name}"
        if not any(count for way, count in total.items() if way != "left"):
            return ""
        return f"{words} --pair {name}" if plan_file is not None else f"{words} --yes --pair {name}"
    if result is None:
        return ""
    if result.exit_code is ExitCode.PARTLY:
        return f"connector undo {typed} --yes --pair {name} (it goes on from here)"
    return f"connector tasks list --pair {name}" if total["task"] else ""


def _entry(eyes: Eyes, entry: Entry) -> Document:
    undone = entry.facts.get("undo", {})
    return {
        "way": WAYS[entry.kind], "who": eyes.name(entry.who), "side": entry.side.value if entry.side else None,
        "clopos": entry.clopos_id, "checkandplace": entry.checkandplace_id, "link": entry.link_id,
        "reason": entry.reason, "why": entry.sentence or eyes.words.reason("undo", entry.reason),
        "operations": [f"o{number}" for number in undone.get("operations", ())],
        "becomes": entry.facts.get("state"), "topic": entry.topic or None,
        "fields": [_field(eyes, entry, change) for change in entry.fields],
    }  # fmt: skip


def _field(eyes: Eyes, entry: Entry, change: FieldChange) -> Document:
    now: Value | None = change.clopos if entry.side is SideName.CLOPOS else change.checkandplace
    return {
        "field": change.field, "title": eyes.title(change.field), "found": eyes.value(change.field, change.after),
        "written": eyes.value(change.field, change.before), "now": eyes.value(change.field, now),
    }  # fmt: skip


def print_listing(output: Output, one: Document) -> None:
    """The document for people: a table for each part that has something in it."""
    state = "nothing was changed: this is a preview." if one["dry"] else "done."
    if one["refused"]:
        state = "stopped by the safety limits, nothing was written." if not one["dry"] else state
    elif not one["dry"] and one["exit_code"]:
        state = "not everything went through."
    output.result(Text(f"Undo of {one['undoes']}, pair {one['pair']}: {state}", style="bold"))
    if not any(one["total"].values()) or set(_ways(one)) == {"left"}:
        output.result("\nNothing is left to take back.")
    for way in _ways(one):
        title, columns = PARTS[way]
        output.result(Text(f"\n{title} ({one['total'][way]:,})", style="bold"))
        table = Table(*columns, show_edge=False, pad_edge=False)
        for row in (row for entry in one["entries"][way] for row in _rows(way, entry)):
            table.add_row(*row)
        output.result(table)
        missing = one["total"][way] - len(one["entries"][way])
        if missing:
            output.result(f"and {missing:,} more; --all prints every one.")
    for sentence in one["refused"] if one["dry"] else ():
        output.result(f"\n{sentence}")
    told = [f"{count:,} {words_}" for count, words_ in deeds(one["counts"])]
    if told and not one["dry"]:
        output.result(f"\n{', '.join(told)}.")
    if one["next"]:
        output.whole(f"\nNext: {one['next']}")


def _ways(one: Document) -> list[str]:
    return [way for way in PARTS if one["total"][way]]


def _rows(way: str, entry: Document) -> Iterator[tuple[str, str, str, str]]:
    """The lines of one entry in the table of its part."""
    who = f"{entry['who']} ({entry['checkandplace'] or entry['clopos']})"
    if way == "link":
        becomes = "linked again" if entry["becomes"] == "active" else "different people"
        yield who, entry["clopos"] or "", entry["checkandplace"] or "", becomes
    elif way == "task" and not entry["fields"]:
        label = SideName(entry["side"]).label
        yield who, f"created in {label}", entry[entry["side"]] or "", "deleted by staff, if it is wrong"
    elif way in ("close", "left") and not entry["fields"]:
        yield who, entry["topic"] or "", "", entry["why"]
    for field in entry["fields"]:
        title, now = field["title"], _cell(field["now"])
        if way == "write":
            operations = f" ({', '.join(entry['operations'])})" if entry["operations"] else ""
            yield who, f"{title}{operations}", now, _cell(field["found"])
        elif way == "task":
            yield who, title, now, _cell(field["found"])
        elif way == "settle":
            yield who, title, now, entry["why"]
        else:
            yield who, title, _cell(field["written"]), f"{now}: {entry['why']}"


def _cell(value: str | None) -> str:
    return "-" if value is None else value or "(blank)"
