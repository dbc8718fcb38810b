"""What each deed of the stores changes of queues, writes, plans and runs: the rows named here by hand, in one of two
pairs with the same history, on either database, and not a row of the other pair."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import Engine

from connector.domain.plan import Entry, EntryKind, Summary
from connector.domain.values import CHECKANDPLACE, CLOPOS
from connector.state import relinking
from connector.state.relinking import Relinking, Why
from tests.state.asking import Asker
from tests.state.deeds import NOW, Deed, Part, done
from tests.state.shelf import Shelf, day, entry
from tests.state.test_deeds_people import DEEDS as OF_PEOPLE
from tests.state.test_questions_people import QUESTIONS as ASKED_OF_PEOPLE
from tests.state.test_questions_work import QUESTIONS as ASKED_OF_WORK


def planned(s: Asker, kind: EntryKind, clopos: int, guest: int | None = None) -> Entry:
    return entry(Shelf(s.c, s.pair), kind, clopos, guest)


NOT_BACKFILLED = {"backfill_finished_at": None, "backfill_approved_at": None, "backfill_approval_json": "{}"}

DEEDS: list[Deed] = [
    Deed("QueueStore.close", lambda s: s.queue.close(s.c, s.id(51), "equal", NOW),
         {"queue_entry": {51: {"state": "closed", "closed_at": NOW, "closed_why": "equal", "resolution": None}}}),
    Deed("QueueStore.close moot", lambda s: s.queue.close(s.c, s.id(53), "moot", NOW),
         {"queue_entry": {53: {"state": "moot", "closed_at": NOW, "closed_why": "moot"}}}),
    Deed("QueueStore.set", lambda s: s.queue.set(s.c, s.id(51), note="later"),
         {"queue_entry": {51: {"note": "later"}}}),
    Deed("QueueStore.decide", lambda s: s.queue.decide(s.c, s.id(56), {"staff": []}, resolution="retry"),
         {"queue_entry": {56: {"facts_json": '{"staff":[]}', "resolution": "retry"}}}),
    Deed("QueueStore.put",
         lambda s: s.queue.put(s.c, None, kind="hold", subject="c9", topic="refused", now=NOW, facts={},
                               values={"clopos_record_id": s.id(9)}),
         {"queue_entry": {"new": 1}}),
    Deed("QueueStore.put again", lambda s: s.queue.put(s.c, s.queue.get(s.c, s.id(51)), kind="task", subject="c1:p21",
                                                       topic="name", now=NOW, facts={}, values={"side": "clopos"}),
         {"queue_entry": {51: {"kind": "task", "judged_at": NOW, "side": "clopos"}}}),
    Deed("IntentStore.open",
         lambda s: s.intents.open(s.c, run_id=s.id(75), side="clopos", verb="create", body={}, facts={},
                                  created_at=NOW),
         {"intent": {"new": 1}}),
    Deed("IntentStore.set", lambda s: s.intents.set(s.c, s.id(63), facts={"a": 1}, settled_at=NOW),
         {"intent": {63: {"facts_json": '{"a":1}', "settled_at": NOW}}}),
    Deed("HistoryStore.add",
         lambda s: s.history.add(s.c, [{"run_id": s.id(75), "at": NOW, "side": "clopos", "field": "name",
                                        "verb": "update", "before": None}]),
         {"history": {"new": 1}}),
    Deed("PlanStore.add", lambda s: s.plans.add(s.c, s.id(94), [planned(s, EntryKind.SKIP, 9)]),
         {"plan_entry": {"new": 1}}),
    Deed("PlanStore.replace", lambda s: s.plans.replace(s.c, s.id(94), s.ids(105, 106),
                                                        [planned(s, EntryKind.HOLD, 2, 22)]),
         {"plan_entry": {"gone": 2, "new": 1}}),
    Deed("PlanStore.rewrite",
         lambda s: s.plans.rewrite(s.c, [(s.id(105), planned(s, EntryKind.HOLD, 2, 22))]),
         {"plan_entry": {105: {"entry_json": Part('"kind":"hold"')}}}),
    Deed("PlanStore.finish",
         lambda s: s.plans.finish(s.c, s.id(94), hash_="h", summary=Summary(), state="applied", verdict=[]),
         {"plan": {94: {"hash": "h", "summary_json": '{"counts":[],"new":{}}', "state": "applied",
                        "verdict_json": "[]"}}}),
    Deed("PlanStore.set_state", lambda s: s.plans.set_state(s.c, s.id(92), "outdated"),
         {"plan": {92: {"state": "outdated"}}}),
    # The run that was refused just now (74) is no look at what was refused before it.
    Deed("PlanStore.approve", lambda s: s.plans.approve(s.c, "one", but_run=s.id(74)),
         {"plan": {92: {"state": "approved"}}}),
    # The draft's entries go; the applied plan's too, but for what it sent where it is among those to keep.
    Deed("PlanStore.begin", lambda s: s.plans.begin(s.c, s.id(75), {}, day(4)),
         {"plan": {"new": 1}, "plan_entry": {"gone": 5}}),
    Deed("PlanStore.begin keeps", lambda s: s.plans.begin(s.c, s.id(75), {}, day(4), keep=1),
         {"plan": {"new": 1}, "plan_entry": {"gone": 3}}),
    Deed("PlanStore.begin after a day", lambda s: s.plans.begin(s.c, s.id(75), {}, day(4) + timedelta(seconds=1)),
         {"plan": {"new": 1}, "plan_entry": {"gone": 7}}),
    Deed("RunStore.begin", lambda s: s.runs.begin(s.c, "sync", NOW),
         {"run": {75: {"state": "killed", "ended_at": NOW}, "new": 1},
          "scan": {87: {"state": "torn", "reason": "the run was killed", "ended_at": NOW}}}),
    Deed("RunStore.end", lambda s: s.runs.end(s.c, s.id(75), state="done", exit_code=0, counts={"updated": 1}, now=NOW,
                                              error={"code": "x"}, plan_id=s.id(94)),
         {"run": {75: {"state": "done", "exit_code": 0, "ended_at": NOW, "counts_json": '{"updated":1}', "plan_id": 94,
                       "error_json": '{"code":"x"}'}}}),
    Deed("RunStore.log_requests",
         lambda s: s.runs.log_requests(s.c, [{"run_id": s.id(75), "side": "clopos", "at": NOW, "method": "GET",
                                              "route": "/", "purpose": "scan"}]),
         {"request": {"new": 1}}),
    Deed("RunStore.begin_scan", lambda s: s.runs.begin_scan(s.c, s.id(75), CHECKANDPLACE, "full", NOW),
         {"scan": {"new": 1}}),
    Deed("RunStore.set_scan", lambda s: s.runs.set_scan(s.c, s.id(87), state="complete"),
         {"scan": {87: {"state": "complete"}}}),
    Deed("RunStore.move_cursor", lambda s: s.runs.move_cursor(s.c, CLOPOS, "later", NOW),
         {"cursor": {"clopos": {"value": "later", "moved_at": NOW}}}),
    Deed("RunStore.move_cursor first", lambda s: s.runs.move_cursor(s.c, CHECKANDPLACE, "later", NOW),
         {"cursor": {"new": 1}}),
    Deed("RunStore.set_setting", lambda s: s.runs.set_setting(s.c, "counts", None),
         {"setting": {"counts": {"value_json": "null"}}}),
    Deed("RunStore.set_setting first", lambda s: s.runs.set_setting(s.c, "x", 1), {"setting": {"new": 1}}),
    Deed("PairStore.ensure", lambda s: s.pairs.ensure(s.c, f"pair {s.pair}", "other", NOW), {}),
    Deed("PairStore.set", lambda s: s.pairs.set(s.c, s.pair, probes={"clopos.create": "ok"}, paused_at=NOW),
         {"pair": {"pair": {"probes_json": '{"clopos.create":"ok"}', "paused_at": NOW}}}),
    # Creates in doubt (64) stay: they are found by the cid, or by what is new in listings.
    Deed("relinking.begin", lambda s: relinking.begin(s.c, s.pair, Relinking(NOW, Why.RESTORED)),
         {"pair": {"pair": NOT_BACKFILLED},
          "setting": {"new": 1},
          "link": {n: {"clopos_base": b"", "checkandplace_base": b""} for n in (31, 32, 33, 34, 35)}
          | {36: {"clopos_base": b"", "checkandplace_base": b"", "sent_json": "{}"}},
          "intent": {63: {"state": "dropped", "outcome": "state_restored", "settled_at": NOW}},
          "queue_entry": {51: {"resolution": None}, 52: {"resolution": None}},
          "plan": {n: {"state": "outdated"} for n in (92, 93, 94)}}),
]  # fmt: skip


@pytest.mark.parametrize("deed", DEEDS, ids=[each.name for each in DEEDS])
def test_a_deed_changes_the_rows_that_are_meant_and_no_other_pair_s(shelves: Engine, deed: Deed) -> None:
    changed, of_the_other = done(shelves, deed)
    assert (changed, of_the_other) == (deed.changes, {})


def test_every_question_and_deed_of_the_stores_is_told_here(shelves: Engine) -> None:
    """A new one is to be shown to keep to its pair before it is used."""
    with shelves.connect() as connection:
        stores = [store for store in vars(Asker(shelves, connection, 1)).values() if hasattr(type(store), "__module__")]
    there = {
        f"{type(store).__name__}.{name}"
        for store in stores if type(store).__module__.startswith("connector.state.")
        for name, what in vars(type(store)).items() if callable(what) and not name.startswith("_")
    }  # fmt: skip
    names = [deed.name for deed in (*OF_PEOPLE, *DEEDS)] + [each.name for each in (*ASKED_OF_PEOPLE, *ASKED_OF_WORK)]
    told = {name.split()[0] for name in names}
    assert there - told == {
        "DeskStore.decide_proposal", "PairStore.find", "PairStore.get", "PairStore.of_store",
        "PlanStore.database_name", "RecordStore.pair_with_same_ids",
    }  # fmt: skip
