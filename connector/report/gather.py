"""From a run in the state to a report: the header, the summary, entries on demand, what became of the writes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import Connection, RowMapping

from connector.domain.errors import NotThere
from connector.domain.mapping import Mapper
from connector.domain.plan import OPERATIONS, Entry, EntryKind, Summary
from connector.domain.values import Json, SideName
from connector.engine.waiting import WAITING
from connector.report.model import EntrySource, FieldView, Header, Objection, Outcome, Reading, Report, no_outcome
from connector.report.words import words
from connector.state.core import Database, load
from connector.state.plans import PlanStore
from connector.state.reporting import DRY_KINDS, ReportStore, Written

CONSENT_SET, MAPPING_CHANGED = "consent_set_by_server", "mapping_changed"
LEFT_UNDONE = ("not_reached", "waits_for_next_run", "waits_for_complete_scan", "waits_for_guard", "waits_for_reading",
               "not_sent_now", "stopped", "patch_replaces", "drifted", "not_as_sent", "not_asked_for", "left",
               "newer")  # fmt: skip
"""Counts of a run that tell what it did not do, without the side that they may name; each has a sentence."""
_Key = tuple[str, str, int | None]


def report_of_run(
    database: Database, run_id: int, pair: str, mapper: Mapper, *, zone: str = "UTC", show_pii: bool = False,
    language: str = "en", limit: int | None = 20, next_step: str = "",
    approvable_since: datetime | None = None, typed: Callable[[str], str] = str,
) -> Report:  # fmt: skip
    """The report of one run: of a `diff` what would change, of the others what was changed.

    It says what was true then: figures that were not stored are left out. Without a `next_step` it is that of the error
    that ended the run, as long as that leads on; a plan that was refused before `approvable_since` is approved no more.

    `zone` is the pair's IANA time zone; `limit` the entries that a part prints (None: all);
    `typed` makes a next step what has to be typed here. The entries are read from
    the state when the report is printed: a later run of the pair may have dropped them by then.
    Raises NotThere `run-unknown`.
    """
    store = ReportStore(database)
    with database.read() as connection:
        run = store.run(connection, run_id)
        if run is None:
            raise NotThere(
                "run-unknown", f"There is no run {run_id} of this pair.", next_step=f"connector runs list --pair {pair}"
            )
        plan = store.plan(connection, run_id)
        dry = run["kind"] in DRY_KINDS
        error = load(run["error_json"]) or {}
        counts: Mapping[str, int] = load(run["counts_json"]) or {}
        ledger = _Ledger(language)
        if not dry:
            ledger.fill(store.written(connection, run_id))
        basis: Mapping[str, Json] = (load(plan["basis_json"]) or {}) if plan else {}
        readings = tuple(_reading(store, connection, run_id, basis, side) for side in SideName)
        if not next_step and _leads_on(store, connection, run, plan, approvable_since, dry=dry):
            next_step = str(error.get("next", ""))
        header = Header(
            pair=pair, kind=run["kind"], at=run["started_at"], zone=zone, dry=dry,
            readings=readings,
            links=basis.get("before", {}).get("links"), objections=_objections(plan), seconds=_seconds(run),
            state="" if dry else run["state"], error=str(error.get("manager", "")),
            plan_hash=plan["hash"] if plan else "", run_id=run_id,
            notes=tuple(_notes(counts, run["kind"], language)), waiting=_waiting(counts),
            next_step=typed(next_step),
        )  # fmt: skip
    return Report(
        header=header,
        summary=Summary.from_json(load(plan["summary_json"])) if plan else Summary(),
        entries=_entries(database, plan["id"]) if plan else lambda _kinds: (),
        fields={spec.name: FieldView(spec.title or spec.name, spec.type, spec.kind.show) for spec in mapper.fields},
        outcome=no_outcome if dry else ledger.outcome,
        outcomes=dict(ledger.counts),
        sent=None if dry else ledger.sent(),
        show_pii=show_pii,
        language=language,
        limit=limit,
        typed=typed,
    )


@dataclass
class _Ledger:
    """What became of a run's writes, by operation: some hundred bytes each, the largest thing a report holds."""

    language: str
    states: dict[_Key, Written] = field(default_factory=dict)
    retried: set[_Key] = field(default_factory=set)
    counts: Counter[str] = field(default_factory=Counter)

    def fill(self, written: Iterator[Written]) -> None:
        """Takes the intents in; of several for one operation (sent again without a refused field) the last counts."""
        for one in written:
            key = _key(one.verb, one.side, one.clopos_row, one.checkandplace_row)
            if key in self.states and self.states[key].state == "refused":
                self.retried.add(key)
            self.states[key] = one
        self.counts.update(one.state for one in self.states.values())

    def sent(self) -> dict[tuple[str, str], int]:
        """How many operations of a verb and side went through."""
        return dict(Counter(key[:2] for key, one in self.states.items() if one.state in ("done", "accepted")))

    def outcome(self, entry: Entry) -> Outcome | None:
        """What became of an operation; None for entries that are none."""
        if entry.kind not in OPERATIONS or entry.side is None:
            return None
        key = _key(entry.kind.value, entry.side, entry.clopos_row, entry.checkandplace_row)
        one = self.states.get(key)
        if one is None:
            return Outcome("not-run")
        catalogue = words(self.language)
        if one.state == "done" and key in self.retried:
            return Outcome("done", catalogue.say("outcome.partly"), one.target_id)
        sentence = catalogue.reason("outcome", one.outcome) if catalogue.knows("outcome", one.outcome) else ""
        return Outcome(one.state, sentence, one.target_id)


def _key(verb: str, side: SideName, clopos_row: int | None, checkandplace_row: int | None) -> _Key:
    """An operation's name: the source record of a create, the target of an update (a create's target is not known)."""
    if verb == EntryKind.CREATE.value:
        return verb, side.value, checkandplace_row if side is SideName.CLOPOS else clopos_row
    return verb, side.value, clopos_row if side is SideName.CLOPOS else checkandplace_row


def _entries(database: Database, plan_id: int) -> EntrySource:
    plans = PlanStore(database)

    def entries(kinds: Collection[EntryKind]) -> Iterator[Entry]:
        with database.read() as connection:
            for _row, entry in plans.entries(connection, plan_id, kinds):
                yield entry

    return entries


def _reading(
    store: ReportStore, connection: Connection, run_id: int, basis: Mapping[str, Json], side: SideName
) -> Reading:
    """The reading that the plan stands on; the run's last one where there is no plan. How many customers were known is
    what the plan found, where the list was not read whole."""
    scan = store.scan(connection, run_id, side, basis.get("scans", {}).get(side.value))
    requests = store.requests(connection, run_id).get(side.value, 0)
    known = basis.get("before", {}).get("records", {}).get(side.value)
    if scan is None:
        return Reading(side, known, requests=requests)
    whole = scan["kind"] == "full" and scan["state"] == "complete"
    records = scan["rows"] if whole else known
    return Reading(side, records, scan["state"], scan["kind"], scan["reason"] or "", scan["pages"], requests)


def _leads_on(
    store: ReportStore, connection: Connection, run: RowMapping, plan: RowMapping | None,
    approvable_since: datetime | None, *, dry: bool,
) -> bool:  # fmt: skip
    """Whether what the error of a run asks for is still to be done: no later run came to its end, and a refused plan
    can still be approved."""
    if store.overtaken(connection, run["id"], by_dry=dry):
        return False
    if (load(run["error_json"]) or {}).get("code") != "guard-refused" or plan is None:
        return True
    return plan["state"] == "refused" and (approvable_since is None or plan["created_at"] >= approvable_since)


def _objections(plan: RowMapping | None) -> tuple[Objection, ...]:
    stored: list[Mapping[str, Json]] = load(plan["verdict_json"]) or [] if plan else []
    return tuple(
        Objection(one["code"], SideName(one["side"]) if one.get("side") else None, one["sentence"])
        for one in (stored if isinstance(stored, list) else [])
    )


def _notes(counts: Mapping[str, int], kind: str, language: str) -> Iterator[str]:
    """What the servers did by themselves (CP-25): consents set on customers that the run created; the details whose
    mapping was changed since the last run; and what the run left undone, though nothing of it was refused."""
    say, together = words(language).say, Counter[str]()
    for name, count in sorted(counts.items()):
        stem, _, about = name.partition(".")
        if stem == CONSENT_SET:
            yield say("note.consent", what=about, n=count)
        elif stem == MAPPING_CHANGED:
            yield say("note.mapping", what=about, n=count)
        elif stem == "torn":
            yield say("note.torn", what=SideName(about).label)
        together[stem] += count
    for stem in LEFT_UNDONE:
        if together[stem]:
            own = f"note.{kind}.{stem}"
            yield say(own if own in words(language).texts else f"note.{stem}", n=together[stem])


def _waiting(counts: Mapping[str, int]) -> dict[str, int] | None:
    """What the run noted of the queues at its end (`engine/waiting.py`); None of older runs and of dry ones."""
    found = {name.removeprefix(WAITING): count for name, count in counts.items() if name.startswith(WAITING)}
    return found or None


def _seconds(run: RowMapping) -> float | None:
    ended: datetime | None = run["ended_at"]
    return None if ended is None else (ended - run["started_at"]).total_seconds()
