"""What each deed of the stores changes of records, links and proposals: the rows named here by hand, in one of two
pairs with the same people, on either database, and not a row of the other pair."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import Engine

from connector.domain.values import CHECKANDPLACE, CLOPOS, Key, KeyKind, Traits, known
from connector.state.links import BaseValue
from connector.state.records import Reading
from tests.state.asking import Asker
from tests.state.deeds import NOW, Deed, Part, done
from tests.state.shelf import digest, phone

DECISION = {"who": "leyla", "what": "different"}
TOLD = Part('"spent":0.0')


def reading(remote: str, **values: Any) -> Reading:
    told: dict[str, Any] = {
        "remote_id": remote, "wire_digest": digest(50), "value_digest": digest(51), "wire": {}, "fields": {},
        "unknown": {}, "traits": Traits(), "keys": (), "name": "New", **values,
    }  # fmt: skip
    return Reading(**told)


def save(asker: Asker, *readings: Reading) -> None:
    known_ = asker.records.known(asker.c, CLOPOS, [each.remote_id for each in readings])
    asker.records.save(asker.c, CLOPOS, readings, known_, scan_id=asker.id(87), reader_version="now", now=NOW)


def settle(asker: Asker) -> None:
    link = asker.links.get(asker.c, asker.id(36))
    assert link is not None
    bases = {side: {"name": BaseValue(known("Aysel"), {"name": "Aysel"})} for side in (CLOPOS, CHECKANDPLACE)}
    asker.links.save_bases(
        asker.c, link, bases, {CLOPOS: (digest(1), digest(2)), CHECKANDPLACE: (digest(3), digest(4))}, {}
    )


BASE = '{"name":{"value":{"v":"Aysel"},"wire":{"name":"Aysel"}}}'
SEEN = {"seen_scan_id": 87, "read_at": NOW}
READ = {**SEEN, "wire_digest": digest(50), "value_digest": digest(51), "name": "New", "wire_json": "{}",
        "fields_json": "{}", "changed_at": NOW}  # fmt: skip
PERSON = Key(KeyKind.PHONE, phone(40))

DEEDS: list[Deed] = [
    Deed("RecordStore.mark_missing", lambda s: s.records.mark_missing(s.c, CLOPOS, s.id(85)),
         {"record": {5: {"missing_scans": 3}}}),
    Deed("RecordStore.touch", lambda s: s.records.touch(s.c, s.ids(4, 5), s.id(87), NOW),
         {"record": {4: {**SEEN, "missing_scans": 0, "gone_at": None}, 5: {**SEEN, "missing_scans": 0}}}),
    Deed("RecordStore.set_gone", lambda s: s.records.set_gone(s.c, s.ids(5), NOW), {"record": {5: {"gone_at": NOW}}}),
    Deed("RecordStore.set_suspect", lambda s: s.records.set_suspect(s.c, s.id(5), "cid_changed"),
         {"record": {5: {"suspect": "cid_changed"}}}),
    Deed("RecordStore.clear_suspect", lambda s: s.records.clear_suspect(s.c, s.ids(6)),
         {"record": {6: {"suspect": None}}}),
    Deed("UnseenStore.restart", lambda s: s.unseen.restart(s.c, CLOPOS), {"record": {5: {"missing_scans": 1}}}),
    Deed("LinkStore.take_readings", lambda s: s.links.take_readings(s.c),
         {"link": {31: {"checkandplace_now": digest(99)}, 33: {"clopos_now": digest(5)}}}),
    Deed("LinkStore.set_state", lambda s: s.links.set_state(s.c, s.id(34), "active", "healed", NOW),
         {"link": {34: {"state": "active", "state_reason": "healed", "state_at": NOW}}}),
    Deed("LinkStore.insert",
         lambda s: s.links.insert(s.c, {"clopos_record_id": s.id(9), "decided_at": NOW,
                                        "checkandplace_record_id": s.id(29)}),
         {"link": {"new": 1}}),
    Deed("LinkStore.insert_many", lambda s: s.links.insert_many(
        s.c, [{"clopos_record_id": s.id(c), "checkandplace_record_id": s.id(p), "decided_at": NOW}
              for c, p in ((9, 29), (3, 23))]), {"link": {"new": 2}}),
    Deed("LinkStore.insert_many of none", lambda s: s.links.insert_many(s.c, []), {}),
    Deed("LinkStore.save_bases", settle,
         {"link": {36: {"bases_clopos_json": BASE, "bases_checkandplace_json": BASE, "sent_json": "{}",
                        "clopos_now": digest(1), "clopos_base": digest(2), "checkandplace_now": digest(3),
                        "checkandplace_base": digest(4)}}}),
    Deed("LinkStore.save_many of none", lambda s: s.links.save_many(s.c, []), {}),
    Deed("ProposalStore.put new", lambda s: s.proposals.put(s.c, s.id(9), s.id(29), {"opened_at": NOW}),
         {"proposal": {"new": 1}}),
    Deed("ProposalStore.put moot",
         lambda s: s.proposals.put(s.c, s.id(6), s.id(23), {"opened_at": NOW, "why": "phone"}),
         {"proposal": {43: {"state": "open", "opened_at": NOW, "why": "phone"}}}),
    Deed("ProposalStore.put open",
         lambda s: s.proposals.put(s.c, s.id(3), s.id(23), {"opened_at": NOW, "why": "phone"}),
         {"proposal": {41: {"why": "phone"}}}),
    Deed("ProposalStore.put rejected",
         lambda s: s.proposals.put(s.c, s.id(8), s.id(26), {"opened_at": NOW, "why": "phone"}),
         {"proposal": {42: {"why": "phone"}}}),
    Deed("ProposalStore.decide", lambda s: s.proposals.decide(s.c, s.id(41), "moot", None, NOW),
         {"proposal": {41: {"state": "moot", "decided_at": NOW}}}),
    Deed("UndoStore.forget_different", lambda s: s.undo.forget_different(s.c, s.id(8), s.id(26)),
         {"proposal": {42: {"state": "accepted"}}}),
    Deed("UndoStore.forget_different open", lambda s: s.undo.forget_different(s.c, s.id(3), s.id(23)), {}),
    Deed("DeskStore.remember_different new", lambda s: s.desk.remember_different(s.c, s.id(9), s.id(29), DECISION, NOW),
         {"proposal": {"new": 1}}),
    Deed("DeskStore.remember_different", lambda s: s.desk.remember_different(s.c, s.id(3), s.id(23), DECISION, NOW),
         {"proposal": {41: {"state": "rejected", "decided_by": "leyla", "decided_at": NOW, "evidence_json":
          '{"staff":[{"run":73,"who":"leyla"},{"what":"different","who":"leyla"}]}'}}}),
    Deed("DeskStore.decide_link", lambda s: s.desk.decide_link(s.c, s.id(31), state="broken", reason="staff",
                                                               decision=DECISION, now=NOW),
         {"link": {31: {"state": "broken", "state_reason": "staff", "state_at": NOW, "decided_by": "leyla",
                        "decided_at": NOW, "evidence_json": '{"staff":[{"what":"different","who":"leyla"}]}'}}}),
    Deed("FormerKeys.keep",
         lambda s: s.former.keep(s.c, CLOPOS, {(s.id(3), "phone", phone(3))}, {s.id(3): [PERSON]}, NOW),
         {"former_key": {"new": 1}}),
    # Record 1 has its number 5 again, and lost 1; the suspicion of 6 stays until somebody dealt with it.
    Deed("RecordStore.save", lambda s: save(s, reading("501", keys=[Key(KeyKind.PHONE, phone(5))]),
                                            reading("506", changed=False), reading("999", keys=[PERSON, PERSON])),
         {"record": {1: {**READ, "activity": 0, "server_updated_at": None, "traits_json": TOLD},
                     6: {**{k: v for k, v in READ.items() if k != "changed_at"}, "reader_version": "now",
                         "traits_json": TOLD},
                     "new": 1},
          "record_key": {"gone": 4, "new": 2}, "former_key": {"gone": 1, "new": 2}}),
    Deed("RecordStore.save deleted", lambda s: save(s, reading("505", traits=Traits(deleted=True), keys=[PERSON])),
         {"record": {5: {**READ, "missing_scans": 0, "gone_at": NOW, "deleted": True, "server_updated_at": None,
                         "traits_json": TOLD}},
          "record_key": {"gone": 1, "new": 1}, "former_key": {"new": 1}}),
    Deed("RecordStore.save anonymous", lambda s: save(s, reading("510", traits=Traits(anonym=True), keys=[PERSON])),
         {"record": {10: {**READ, "anonym": True, "traits_json": TOLD}},
          "record_key": {"gone": 1}, "former_key": {"new": 1}}),
    Deed("RecordStore.rederived",
         lambda s: s.records.rederived(s.c, s.id(6), CLOPOS, reading("506", keys=[PERSON]), "now"),
         {"record": {6: {"wire_digest": None, "value_digest": digest(51), "reader_version": "now", "name": "New",
                         "fields_json": "{}", "traits_json": TOLD}}, "record_key": {"gone": 1, "new": 1}}),
]  # fmt: skip


@pytest.mark.parametrize("deed", DEEDS, ids=[each.name for each in DEEDS])
def test_a_deed_changes_the_rows_that_are_meant_and_no_other_pair_s(shelves: Engine, deed: Deed) -> None:
    changed, of_the_other = done(shelves, deed)
    assert (changed, of_the_other) == (deed.changes, {})
