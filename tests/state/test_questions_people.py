"""What the stores answer about records, links and proposals: by hand, of each of two pairs with the same people, on
either database. An answer that knew the other pair's rows would name them."""

from __future__ import annotations

import pytest
from sqlalchemy import Engine

from connector.domain.values import CHECKANDPLACE, CLOPOS, Key, KeyKind
from tests.state.asking import Asker, Question, flat, ids, number
from tests.state.shelf import PAIRS, day, digest, phone, relative

PHONE_3, PHONE_4 = number(3, 4)
EMAIL = Key(KeyKind.EMAIL, "odd@x.az")

QUESTIONS: list[Question] = [
    # A disputed link (34) is nobody's work, however its digests differ; a value in flight (36) always is.
    Question("LinkStore.dirty stored", lambda s: ids(flat(s.links.dirty(s.c, indexed=True))), [33, 36]),
    Question("LinkStore.dirty read", lambda s: ids(flat(s.links.dirty(s.c, indexed=False))), [31, 36]),
    Question("LinkStore.dirty again",
             lambda s: ids(flat(s.links.dirty(s.c, indexed=True, again=s.ids(34, 33)))), [33, 34, 36]),
    Question("LinkStore.get", lambda s: ids([s.links.get(s.c, s.id(32))]), [32]),
    Question("LinkStore.get theirs", lambda s: s.links.get(s.c, s.theirs(32)), None),
    Question("LinkStore.all_ids", lambda s: flat(s.links.all_ids(s.c)), [31, 32, 33, 34, 35, 36]),
    Question("LinkStore.many", lambda s: ids(s.links.many(s.c, s.ids(34, 31))), [31, 34]),
    Question("LinkStore.of_records",
             lambda s: ids(s.links.of_records(s.c, [*s.ids(27, 2), s.theirs(1), s.theirs(21)])), [32, 34]),
    Question("LinkStore.troubled", lambda s: ids(flat(s.links.troubled(s.c))), [32, 33, 34]),
    Question("LinkStore.count", lambda s: s.links.count(s.c), 3),
    Question("LinkStore.count broken", lambda s: s.links.count(s.c, "broken"), 1),
    Question("LinkStore.count_missing", lambda s: s.links.count_missing(s.c, CLOPOS, s.id(85)), 1),
    Question("LinkStore.count_missing guests", lambda s: s.links.count_missing(s.c, CHECKANDPLACE, s.id(82)), 3),
    # Record 9 carries the cid of guest 29, of whom nothing is known (CL-35); 1 carries that of its partner.
    Question("LinkStore.unknown_creates", lambda s: s.links.unknown_creates(s.c), 1),
    # 4 and 24 are gone, 8 and 26 called different, 1 and 21 partners.
    Question("LinkStore.candidates", lambda s: list(s.links.candidates(s.c)),
             [(3, 23, False), (6, 23, False), (9, 29, True)]),
    Question("LinkStore.candidates by name", lambda s: list(s.links.candidates(s.c, names=True)),
             [(3, 23, False), (6, 23, False), (8, 23, False), (9, 29, True)]),
    Question("ProposalStore.all_open", lambda s: s.proposals.all_open(s.c), {(3, 23): (41, day(3))}),
    Question("ProposalStore.rejected_of",
             lambda s: s.proposals.rejected_of(s.c, [*s.ids(3, 8), s.theirs(8)]), {8: [26], 26: [8]}),
    Question("DeskStore.proposal", lambda s: ids([s.desk.proposal(s.c, s.id(42))]), [42]),
    Question("DeskStore.proposal theirs", lambda s: s.desk.proposal(s.c, s.theirs(42)), None),
    Question("DeskStore.between", lambda s: ids([s.desk.between(s.c, s.id(8), s.id(26))]), [42]),
    Question("DeskStore.between theirs", lambda s: s.desk.between(s.c, s.theirs(8), s.theirs(26)), None),
    Question("DeskStore.proposals", lambda s: ids(s.desk.proposals(s.c)), [41]),
    Question("DeskStore.proposals oldest first", lambda s: ids(s.desk.proposals(s.c, ("open", "moot"))), [43, 41]),
    Question("DeskStore.links", lambda s: ids(s.desk.links(s.c)), [31, 32, 33, 34, 35, 36]),
    Question("DeskStore.links of states", lambda s: ids(s.desk.links(s.c, ("disputed", "broken"))), [32, 34]),
    Question("DeskStore.story", lambda s: s.desk.story(s.c, s.id(33)).run_id, 73),
    # The e-mail of 8 was held by 4 too, who is gone.
    Question("DuplicateStore.shared", lambda s: list(s.duplicates.shared(s.c, CLOPOS, [KeyKind.EMAIL, KeyKind.PHONE])),
             [(PHONE_3, [3, 6])]),
    # A guest counts no receipts: the partner's count, and only while they are linked (22 and 2 no more).
    Question("DuplicateStore.activity", lambda s: s.duplicates.activity(s.c, s.ids(1, 21, 22)),
             {1: (4, 12.5), 21: (4, 12.5), 22: (0, 0.0)}),
    Question("FormerKeys.given_up", lambda s: s.former.given_up(s.c, CLOPOS, number(1, 5, 6)), {number(5)[0]: [1]}),
    # 24 gave number 6 up too, but is gone.
    Question("FormerKeys.given_up by guests", lambda s: s.former.given_up(s.c, CHECKANDPLACE, number(1, 5, 6)),
             {number(1)[0]: [22]}),
    # 30 gave number 7 up, and 10, the same person, holds it: it was not handed on.
    Question("FormerKeys.handed_on", lambda s: s.former.handed_on(s.c, number(1, 3, 4, 5, 6, 7)),
             dict(zip(number(1, 4, 5, 6), ({22}, {4, 24}, {1}, {24}), strict=True))),
    Question("PeopleStore.by_id", lambda s: s.people.by_id(s.c, "501", None), [1]),
    Question("PeopleStore.by_id of a side", lambda s: s.people.by_id(s.c, "501", CHECKANDPLACE), []),
    Question("PeopleStore.by_keys", lambda s: s.people.by_keys(s.c, [PHONE_3, EMAIL], None, 4), [3, 4, 6, 8]),
    Question("PeopleStore.by_keys of a side", lambda s: s.people.by_keys(s.c, [PHONE_3], CHECKANDPLACE, 9), [23]),
    Question("PeopleStore.by_words", lambda s: s.people.by_words(s.c, ["tur", "al"], CLOPOS, 9), [7]),
    Question("PeopleStore.by_words letters with marks", lambda s: s.people.by_words(s.c, ["nəğor"], None, 9), [8, 23]),
    Question("PeopleStore.by_words signs are letters", lambda s: s.people.by_words(s.c, ["%"], None, 9), []),
    Question("PeopleStore.proposals", lambda s: ids(s.people.proposals(s.c, [*s.ids(23), s.theirs(23)])), [43, 41]),
    Question("PeopleStore.entries", lambda s: ids(s.people.entries(s.c, [*s.ids(26), s.theirs(2)])), [56, 55, 54]),
    Question("PeopleStore.planned", lambda s: [p.run_id for p in s.people.planned(s.c, s.ids(23))], [75]),
    Question("PeopleStore.planned older",
             lambda s: [p.run_id for p in s.people.planned(s.c, [*s.ids(23), s.theirs(23)], older=True)], [75, 73]),
    # The readings of the same run and side are no answers to a write.
    Question("PeopleStore.answers",
             lambda s: {intent: [(a.method, a.status) for a in said]
                        for intent, said in s.people.answers(s.c, s.ids(61, 62, 63)).items()},
             {61: [("PATCH", 500), ("PATCH", 200)], 62: [("POST", 200)]}),
    Question("PeopleStore.runs", lambda s: {n: r.kind for n, r in s.people.runs(s.c, s.ids(72, 73, 72)).items()},
             {72: "sync", 73: "quick"}),
    Question("UnseenStore.count", lambda s: s.unseen.count(s.c, CLOPOS, s.id(85)), 1),
    Question("UnseenStore.returned", lambda s: s.unseen.returned(s.c, CLOPOS, ["501", "504", "505"]), 2),
    Question("UnseenStore.returned none", lambda s: s.unseen.returned(s.c, CLOPOS, ["501", "726"]), 0),
    Question("UnseenStore.ids", lambda s: s.unseen.ids(s.c, CLOPOS, s.id(81), 2), ["501", "502"]),
    Question("UnseenStore.oldest_linked", lambda s: s.unseen.oldest_linked(s.c, CLOPOS, s.id(85), 2), (2, 1)),
    Question("UnseenStore.oldest_linked one", lambda s: s.unseen.oldest_linked(s.c, CLOPOS, s.id(85), 1), (1, 0)),
    Question("RecordStore.known",
             lambda s: {k: (v.row, v.seen_scan_id) for k, v in s.records.known(s.c, CLOPOS, ["501", "505",
                 "721"]).items()},
             {"501": (1, 85), "505": (5, 81)}),
    Question("RecordStore.by_remote",
             lambda s: {k: v.row for k, v in s.records.by_remote(s.c, CHECKANDPLACE, ["721"]).items()},
             {"721": 21}),
    Question("RecordStore.load", lambda s: [k.text for k in s.records.load(s.c, s.ids(1))[s.id(1)].keys],
             ["cid-1", "aysel", phone(1)]),
    Question("RecordStore.digests", lambda s: s.records.digests(s.c, s.ids(21, 1)), {21: digest(99), 1: digest(1)}),
    Question("RecordStore.named", lambda s: s.records.named(s.c, s.ids(1, 21)),
             {1: ("501", "Guest 1"), 21: ("721", "Guest 21")}),
    Question("RecordStore.people", lambda s: {row: (c.side, c.id, c.fields["name"].is_unknown, len(c.keys))
                                              for row, c in s.records.people(s.c, s.ids(1, 28)).items()},
             {1: (CLOPOS, "501", False, 3), 28: (CHECKANDPLACE, "728", True, 0)}),
    Question("RecordStore.keys", lambda s: s.records.keys(s.c, s.ids(3, 10)), {3: [PHONE_3], 10: number(7)}),
    Question("RecordStore.holders", lambda s: s.records.holders(s.c, CLOPOS, [PHONE_3, PHONE_4, EMAIL]),
             {PHONE_3: [3, 6], EMAIL: [8]}),
    Question("RecordStore.holders gone", lambda s: s.records.holders(s.c, CLOPOS, [PHONE_3, PHONE_4, EMAIL], gone=True),
             {PHONE_4: [4], EMAIL: [4]}),
    Question("RecordStore.holder_counts", lambda s: s.records.holder_counts(s.c, CLOPOS, [PHONE_3, PHONE_4, EMAIL]),
             {PHONE_3: 2, EMAIL: 1}),
    Question("RecordStore.holding", lambda s: s.records.holding(s.c, CLOPOS, PHONE_3, but=s.id(3), at_most=9),
             {6: "506"}),
    Question("RecordStore.holding at most", lambda s: s.records.holding(s.c, CLOPOS, PHONE_3, but=0, at_most=1),
             {3: "503"}),
    Question("RecordStore.holding gone", lambda s: s.records.holding(s.c, CLOPOS, EMAIL, but=0, at_most=9), {8: "508"}),
    Question("RecordStore.count", lambda s: [s.records.count(s.c, CLOPOS), s.records.count(s.c, CHECKANDPLACE)],
             [9, 9]),
    # CL-45: 3 is dated after the bound, 5 was not read by this scan.
    Question("RecordStore.newest_update",
             lambda s: s.records.newest_update(s.c, CLOPOS, s.id(85), day(8)), day(3)),
    Question("RecordStore.newest_update at the bound",
             lambda s: s.records.newest_update(s.c, CLOPOS, s.id(85), day(9)), day(9)),
    Question("RecordStore.other_reader", lambda s: flat(s.records.other_reader(s.c, CLOPOS, "now")), [6]),
    Question("RecordStore.first_seen_after", lambda s: flat(s.records.first_seen_after(s.c, CHECKANDPLACE, s.id(82))),
             [27, 29]),
    Question("RecordStore.missing", lambda s: s.records.missing(s.c, CLOPOS, 2), [(5, "505")]),
    Question("RecordStore.missing longer", lambda s: s.records.missing(s.c, CLOPOS, 3), []),
]  # fmt: skip


@pytest.mark.parametrize("question", QUESTIONS, ids=[each.name for each in QUESTIONS])
def test_a_pair_is_told_of_its_own_people_alone(shelves: Engine, question: Question) -> None:
    with shelves.connect() as connection:
        told = {pair: relative(question.ask(Asker(shelves, connection, pair)), pair) for pair in PAIRS}
    assert told == dict.fromkeys(PAIRS, question.answer)


def test_the_same_id_under_two_pairs_is_one_store_and_both_are_named(shelves: Engine) -> None:
    """CP-31: each is told the other's name, so that the settings can be mended."""
    with shelves.connect() as connection:
        for pair, name in ((1, "pair 2"), (2, "pair 1")):
            asker = Asker(shelves, connection, pair)
            assert asker.records.pair_with_same_ids(connection, CHECKANDPLACE) == name
            assert asker.pairs.of_store(connection, f"store {3 - pair}", but=pair) == name
            assert asker.pairs.of_store(connection, f"store {pair}", but=pair) is None
