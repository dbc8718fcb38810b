"""What the stores answer about queues, writes, plans and runs: by hand, of each of two pairs with the same history, on
either database. An answer that knew the other pair's rows would name them."""

from __future__ import annotations

import pytest
from sqlalchemy import Engine

from connector.domain.plan import EntryKind
from connector.domain.values import CHECKANDPLACE, CLOPOS
from connector.state.undoing import Wanted
from tests.state.asking import Asker, Question, flat, ids
from tests.state.shelf import PAIRS, day, relative


def entry_rows(found: object) -> list[int]:
    return [row for row, _entry in found]  # type: ignore[attr-defined]  # an iterable of pairs


def written(s: Asker, **what: int) -> list[tuple[object, object, int]]:
    fields = flat(s.undo.fields(s.c, Wanted(**{name: s.id(row) for name, row in what.items()})))
    return [(field.before.data, field.after.data, field.run_id) for field in fields]


def made_links(s: Asker, **what: int) -> list[int]:
    return ids(flat(s.undo.links(s.c, Wanted(**{name: s.id(row) for name, row in what.items()}))))


def made(s: Asker, **what: int) -> list[int]:
    return [one.intent for one in s.undo.made(s.c, Wanted(**{name: s.id(row) for name, row in what.items()}))]


QUESTIONS: list[Question] = [
    Question("QueueStore.live", lambda s: sorted(ids(s.queue.live(s.c).values())), [51, 52, 53, 54, 56]),
    Question("QueueStore.live of some", lambda s: sorted(ids(s.queue.live(s.c, ["c2", "c1"]).values())), [52, 53]),
    Question("QueueStore.live of nobody", lambda s: s.queue.live(s.c, []), {}),
    Question("QueueStore.listing", lambda s: ids(s.queue.listing(s.c)), [56, 54, 53, 52, 51]),
    Question("QueueStore.listing over too", lambda s: ids(s.queue.listing(s.c, "hold", live_only=False)), [56, 55, 54]),
    Question("QueueStore.get", lambda s: ids([s.queue.get(s.c, s.id(55))]), [55]),
    Question("QueueStore.get theirs", lambda s: s.queue.get(s.c, s.theirs(55)), None),
    # What staff put aside (54) waits for nobody; what they ticked off (52) is claimed, not seen.
    Question("QueueStore.sizes", lambda s: s.queue.sizes(s.c),
             {"conflict": (1, day(6)), "task": (2, day(4)), "hold": (1, day(1))}),
    Question("QueueStore.tasks", lambda s: s.queue.tasks(s.c),
             {("clopos", "undo", False): 1, ("clopos", "gone", True): 1}),
    Question("IntentStore.facts", lambda s: [s.intents.facts(s.c, s.id(61)), s.intents.facts(s.c, s.theirs(61))],
             [{"who": 61}, {}]),
    Question("IntentStore.unsettled", lambda s: ids(s.intents.unsettled(s.c)), [63, 64]),
    Question("IntentStore.in_doubt_since", lambda s: s.intents.in_doubt_since(s.c), day(4)),
    # 8 was refused: it may be created. 3 is in doubt: perhaps it was.
    Question("IntentStore.made_from", lambda s: s.intents.made_from(s.c, CHECKANDPLACE, s.ids(1, 3, 8)),
             frozenset({3})),
    Question("IntentStore.made_from guests", lambda s: s.intents.made_from(s.c, CLOPOS, [*s.ids(25), s.theirs(25)]),
             frozenset({25})),
    Question("IntentStore.count_made", lambda s: s.intents.count_made(s.c, CHECKANDPLACE, day(3)), 1),
    Question("IntentStore.count_made since", lambda s: s.intents.count_made(s.c, CHECKANDPLACE, day(4)), 0),
    Question("IntentStore.of_records", lambda s: ids(s.intents.of_records(s.c, [*s.ids(25, 2), s.theirs(3)])),
             [62, 63]),
    Question("HistoryStore.of_records", lambda s: ids(s.history.of_records(s.c, [*s.ids(21, 1), s.theirs(1)])),
             [301, 302]),
    Question("HistoryStore.of_records over many", lambda s: ids(s.history.of_records(s.c, [
        *s.ids(21), *range(10_000, 10_500), *s.ids(1)])), [301, 302]),
    Question("HistoryStore.of_run", lambda s: ids(s.history.of_run(s.c, s.id(73))), [302]),
    Question("PlanStore.entries", lambda s: entry_rows(s.plans.entries(s.c, s.id(91))), [102, 101, 107]),
    Question("PlanStore.entries of a kind", lambda s: entry_rows(s.plans.entries(s.c, s.id(91), [EntryKind.SKIP])),
             [102]),
    Question("PlanStore.some", lambda s: {n: e.kind for n, e in s.plans.some(s.c, s.ids(101, 104)).items()},
             {101: EntryKind.UPDATE, 104: EntryKind.LINK}),
    Question("PlanStore.pages",
             lambda s: [e.kind for e in flat(s.plans.pages(s.id(91), [EntryKind.CREATE, EntryKind.SKIP]))],
             [EntryKind.SKIP, EntryKind.CREATE]),
    Question("PlanStore.count_operations", lambda s: s.plans.count_operations(s.c, s.id(91)), 2),
    Question("PlanStore.operations", lambda s: entry_rows(s.plans.operations(s.c, s.id(91))), [101, 107]),
    Question("PlanStore.stored",
             lambda s: [(p.run_id, p.kept, p.scans["clopos"]["id"], p.scans["checkandplace"]["pages"])
                        for p in [s.plans.stored(s.c, s.id(92))] if p], [(73, 2, 81, 1)]),
    Question("PlanStore.stored theirs", lambda s: s.plans.stored(s.c, s.theirs(92)), None),
    Question("PlanStore.refused", lambda s: s.plans.refused(s.c, "one", day(1), but_run=0), 93),
    Question("PlanStore.refused but its own", lambda s: s.plans.refused(s.c, "one", day(1), but_run=s.id(74)), 92),
    Question("PlanStore.refused too old", lambda s: s.plans.refused(s.c, "one", day(5), but_run=0), None),
    Question("PlanStore.refused another", lambda s: s.plans.refused(s.c, "none", day(1), but_run=0), None),
    # 6 waits in a proposal of this plan, 5 was not seen, 4 is gone; 8 was only ever a rejected link's.
    Question("PlanStore.unlinked", lambda s: flat(s.plans.unlinked(s.c, s.id(94), CLOPOS)), [3, 8, 9]),
    Question("PlanStore.unlinked guests", lambda s: flat(s.plans.unlinked(s.c, s.id(92), CHECKANDPLACE)), [28, 29]),
    Question("RunStore.listing", lambda s: ids(s.runs.listing(s.c, 2)), [76, 75]),
    Question("RunStore.last_good", lambda s: ids([s.runs.last_good(s.c, ["sync"])]), [72]),
    Question("RunStore.last_good partly", lambda s: ids([s.runs.last_good(s.c, ["sync", "quick"])]), [73]),
    Question("RunStore.last_good none", lambda s: s.runs.last_good(s.c, ["backfill"]), None),
    Question("RunStore.requests", lambda s: ids(s.runs.requests(s.c, s.id(72))), [201, 202, 203, 204]),
    Question("RunStore.count_requests", lambda s: s.runs.count_requests(s.c, s.id(73)), 1),
    Question("RunStore.last_scan", lambda s: ids([s.runs.last_scan(s.c, CLOPOS)]), [85]),
    Question("RunStore.last_scan trusted", lambda s: ids([s.runs.last_scan(s.c, CLOPOS, trusted=True)]), [81]),
    Question("RunStore.last_scan before", lambda s: ids([s.runs.last_scan(s.c, CHECKANDPLACE, before=s.id(84))]), [82]),
    Question("RunStore.last_scan of any kind", lambda s: ids([s.runs.last_scan(s.c, CLOPOS, kind=None, trusted=True)]),
             [83]),
    Question("RunStore.last_scan in any state", lambda s: ids([s.runs.last_scan(s.c, CHECKANDPLACE, state=None)]),
             [86]),
    Question("RunStore.last_scan_pages",
             lambda s: [s.runs.last_scan_pages(s.c, side) for side in (CLOPOS, CHECKANDPLACE)],
             [3, 4]),
    # 26 was in the first listing alone; 6 in the second alone.
    Question("RunStore.agree one is missing", lambda s: s.runs.agree(s.c, CHECKANDPLACE, s.id(82), s.id(83)), False),
    Question("RunStore.agree one is new", lambda s: s.runs.agree(s.c, CLOPOS, s.id(83), s.id(85)), False),
    Question("RunStore.agree", lambda s: s.runs.agree(s.c, CLOPOS, s.id(83), s.id(84)), True),
    Question("RunStore.cursor", lambda s: [s.runs.cursor(s.c, side) for side in (CLOPOS, CHECKANDPLACE)],
             ["2026-03-02 12:00:00", None]),
    Question("RunStore.setting", lambda s: [s.runs.setting(s.c, name) for name in ("counts", "other")],
             [{"clopos": 6}, None]),
    Question("Overview.run", lambda s: ids([s.overview.run(s.c, s.id(74))]), [74]),
    Question("Overview.run theirs", lambda s: s.overview.run(s.c, s.theirs(74)), None),
    Question("Overview.runs", lambda s: ids(s.overview.runs(s.c, 2)), [76, 75]),
    Question("Overview.runs of a kind", lambda s: ids(s.overview.runs(s.c, 9, kinds=["sync"])), [75, 74, 72]),
    Question("Overview.last_good", lambda s: ids([s.overview.last_good(s.c, ["sync", "quick"])]), [73]),
    Question("Overview.scans", lambda s: ids(s.overview.scans(s.c, s.id(73))), [83, 84]),
    Question("Overview.scans theirs", lambda s: ids(s.overview.scans(s.c, s.theirs(73))), []),
    Question("Overview.requests", lambda s: s.overview.requests(s.c, s.id(72)),
             [(CHECKANDPLACE, "PATCH", "/customers", 200, 1), (CHECKANDPLACE, "PATCH", "/customers", 500, 1),
              (CLOPOS, "GET", "/customers", 200, 1), (CLOPOS, "POST", "/customers", 200, 1)]),
    Question("Overview.requests_since", lambda s: s.overview.requests_since(s.c, CLOPOS, day(3)), 1),
    Question("Overview.requests_since long ago", lambda s: s.overview.requests_since(s.c, CLOPOS, day(1)), 3),
    Question("Overview.plan", lambda s: [(p.id, p.entries) for p in [s.overview.plan(s.c, s.id(91))] if p], [(91, 3)]),
    Question("Overview.plan theirs", lambda s: s.overview.plan(s.c, s.theirs(91)), None),
    Question("Overview.proposals", lambda s: s.overview.proposals(s.c), (1, day(3))),
    Question("Overview.guests_with_partners",
             lambda s: sorted((g["row"], c and c["row"]) for g, c in s.overview.guests_with_partners(s.c)),
             [(21, 1), (22, None), (23, None), (25, 5), (26, None), (27, None), (28, None), (29, None), (30, 10)]),
    Question("ReportStore.run", lambda s: ids([s.report.run(s.c, s.id(72))]), [72]),
    Question("ReportStore.run theirs", lambda s: s.report.run(s.c, s.theirs(72)), None),
    Question("ReportStore.plan", lambda s: ids([s.report.plan(s.c, s.id(73))]), [92]),
    Question("ReportStore.plan theirs", lambda s: s.report.plan(s.c, s.theirs(73)), None),
    Question("ReportStore.scan", lambda s: ids([s.report.scan(s.c, s.id(73), CHECKANDPLACE)]), [84]),
    Question("ReportStore.scan of another run", lambda s: s.report.scan(s.c, s.id(73), CLOPOS, s.id(81)), None),
    Question("ReportStore.requests", lambda s: s.report.requests(s.c, s.id(72)), {"clopos": 2, "checkandplace": 2}),
    Question("ReportStore.links_before", lambda s: s.report.links_before(s.c, s.id(73)), 2),
    Question("ReportStore.overtaken",
             lambda s: [s.report.overtaken(s.c, s.id(run), by_dry=False) for run in (71, 72, 73)],
             [True, True, False]),
    Question("ReportStore.overtaken by one that looked",
             lambda s: [s.report.overtaken(s.c, s.id(run), by_dry=True) for run in (73, 75, 76)], [True, True, False]),
    Question("ReportStore.written",
             lambda s: [(w.verb, w.state, w.target_id) for w in s.report.written(s.c, s.id(72))],
             [("update", "done", "721"), ("create", "done", "505")]),
    Question("UndoStore.knows",
             lambda s: [s.undo.knows(s.c, Wanted(intent=s.id(61))), s.undo.knows(s.c, Wanted(link=s.id(31)))],
             [True, True]),
    Question("UndoStore.knows theirs",
             lambda s: [s.undo.knows(s.c, Wanted(intent=s.theirs(61))), s.undo.knows(s.c, Wanted(link=s.theirs(31)))],
             [False, False]),
    Question("UndoStore.operation", lambda s: s.undo.operation(s.c, s.id(63)), (73, "open")),
    Question("UndoStore.operation theirs", lambda s: s.undo.operation(s.c, s.theirs(63)), None),
    # Intent 61 of run 72 was in doubt: run 73 saw that it had arrived, and booked it.
    Question("UndoStore.fields of a run", lambda s: written(s, run=72), [("A", "C", 73)]),
    Question("UndoStore.fields of the run that booked", lambda s: written(s, run=73), [("B", "C", 73)]),
    Question("UndoStore.fields of a link", lambda s: written(s, link=31), [("A", "C", 73)]),
    Question("UndoStore.fields of an operation", lambda s: written(s, intent=61), [("A", "C", 73)]),
    # Link 33 was noted by run 73, and is there because of a create (62) of run 72.
    Question("UndoStore.links of a run", lambda s: made_links(s, run=72), [31, 32, 33, 34, 35]),
    Question("UndoStore.links of an operation", lambda s: made_links(s, intent=62), [33]),
    Question("UndoStore.links named", lambda s: made_links(s, link=36), [36]),
    Question("UndoStore.made by a run", lambda s: [made(s, run=72), made(s, run=73), made(s, run=75)],
             [[62], [62], []]),
    Question("UndoStore.made by an operation", lambda s: [made(s, intent=62), made(s, intent=64)], [[62], []]),
    Question("UndoStore.made with a link", lambda s: [made(s, link=33), made(s, link=31)], [[62], []]),
    Question("UndoStore.tasks_of", lambda s: ids(s.undo.tasks_of(s.c, 73, ["undo"])), [52]),
    Question("UndoStore.tasks_of another run", lambda s: ids(s.undo.tasks_of(s.c, 72, ["undo"])), []),
    Question("UndoStore.broken_by", lambda s: [link.id for link, _ in s.undo.broken_by(s.c, 73, "undo")], [32]),
    Question("UndoStore.broken_by another run", lambda s: s.undo.broken_by(s.c, 72, "undo"), []),
    Question("UndoStore.broken_by staff", lambda s: s.undo.broken_by(s.c, 73, "broken_by_staff"), []),
]  # fmt: skip


@pytest.mark.parametrize("question", QUESTIONS, ids=[each.name for each in QUESTIONS])
def test_a_pair_is_told_of_its_own_work_alone(shelves: Engine, question: Question) -> None:
    with shelves.connect() as connection:
        told = {pair: relative(question.ask(Asker(shelves, connection, pair)), pair) for pair in PAIRS}
    assert told == dict.fromkeys(PAIRS, question.answer)
