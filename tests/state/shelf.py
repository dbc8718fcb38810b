"""Two pairs in one state, filled by hand: the same people, ids, numbers and decisions under both.

Every row of pair 1 has an id between 1000 and 1999, its twin of pair 2 the same plus 1000: what one pair is told of the
other shows at once. Rows are named by the number that is left without the thousands: records 1 to 10 (Clopos) and 21
to 30 (Check&Place), links 31.., proposals 41.., queue entries 51.., intents 61.., runs 71.., scans 81.., plans 91...
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, insert, select
from sqlmodel import SQLModel

from connector.domain.plan import Entry, EntryKind
from connector.domain.values import CHECKANDPLACE, CLOPOS
from connector.state import tables
from connector.state.core import core, dump

PAIRS = (1, 2)
C, P = CLOPOS.value, CHECKANDPLACE.value
SENT = {"name": {"value": {"v": "Aysel"}, "before": None, "at": "2026-03-02T12:00:00+00:00"}}


def day(number: int) -> datetime:
    """Noon of a day in March."""
    return datetime(2026, 3, number, 12, tzinfo=UTC)


def digest(number: int) -> bytes:
    return bytes([number]) * 16


def phone(number: int) -> str:
    return f"+9945000000{number:02d}"


class Shelf:
    """Puts rows of one pair into a state; numbers stand for row ids of this pair."""

    def __init__(self, connection: Connection, pair: int) -> None:
        self.connection, self.pair, self.base = connection, pair, pair * 1000

    def row(self, number: int | None) -> int | None:
        return None if number is None else self.base + number

    def put(self, model: type[SQLModel], number: int | None = None, **values: Any) -> None:
        table = core(model)
        if number is not None:
            values["id"] = self.row(number)
        if "pair_id" in table.c:
            values["pair_id"] = self.pair
        for name, value in values.items():
            if name in REFERENCES:
                values[name] = self.row(value)
        self.connection.execute(insert(table).values(**values))

    def record(
        self, number: int, *, keys: Sequence[str] = (), seen: int, first: int = 81, side: str = "", **values: Any
    ) -> None:
        """Clopos 1 is "501", Check&Place 21 is "721"; `keys` as `kind:text`."""
        side = side or (C if number < 20 else P)
        told = {"wire_digest": digest(number), "value_digest": digest(number), "reader_version": "now",
                "name": f"Guest {number}", "read_at": day(4), "changed_at": day(2), "wire_json": dump({"row": number}),
                "fields_json": dump({"name": {"v": f"Guest {number}"}}), "first_scan_id": first,
                "seen_scan_id": seen}  # fmt: skip
        remote = str(500 + number if side == C else 700 + number)
        self.put(tables.Record, number, side=side, remote_id=remote, **{**told, **values})
        for key in keys:
            self.key(number, key, side)

    def key(self, number: int, key: str, side: str = "") -> None:
        kind, _, text = key.partition(":")
        self.put(tables.RecordKey, record_id=number, kind=kind, key=text, side=side or (C if number < 20 else P))

    def link(self, number: int, clopos: int, guest: int, state: str, **values: Any) -> None:
        told = {"clopos_now": digest(clopos), "clopos_base": digest(clopos), "checkandplace_now": digest(guest),
                "checkandplace_base": digest(guest), "decided_at": day(2), "run_id": 72}  # fmt: skip
        self.put(tables.Link, number, clopos_record_id=clopos, checkandplace_record_id=guest, state=state,
                 **{**told, **values})  # fmt: skip


REFERENCES = {"clopos_record_id", "checkandplace_record_id", "record_id", "run_id", "plan_id", "intent_id",
              "request_id", "first_scan_id", "seen_scan_id", "scan_mark"}  # fmt: skip


def furnish(connection: Connection, pair: int) -> None:
    """Everything that the tests ask about, as rows of one pair."""
    shelf = Shelf(connection, pair)
    connection.execute(insert(core(tables.Pair)).values(
        id=pair, name=f"pair {pair}", created_at=day(1), brand="kafe", store_digest=f"store {pair}",
        backfill_finished_at=day(2), backfill_approved_at=day(1), backfill_approval_json=dump({"hash": "first"}),
    ))  # fmt: skip
    _runs(shelf)
    _records(shelf)
    _decided(shelf)
    _writes(shelf)
    _plans(shelf)


def _runs(shelf: Shelf) -> None:
    for number, kind, state in ((71, "diff", "done"), (72, "sync", "done"), (73, "quick", "partly"),
                                (74, "sync", "refused"), (75, "sync", "running"), (76, "diff", "done")):  # fmt: skip
        shelf.put(tables.Run, number, kind=kind, state=state, started_at=day(number - 70),
                  plan_id={72: 91, 73: 92}.get(number))  # fmt: skip
    for number, run, side, kind, state, pages in (
        (81, 72, C, "full", "complete", 2), (82, 72, P, "full", "complete", 1), (83, 73, C, "quick", "complete", 9),
        (84, 73, P, "full", "complete", 4), (85, 74, C, "full", "complete", 3), (86, 74, P, "full", "torn", 8),
        (87, 75, C, "full", "running", 7),
    ):  # fmt: skip
        shelf.put(tables.Scan, number, run_id=run, side=side, kind=kind, state=state, pages=pages, rows=6,
                  started_at=day(run - 70), reason="shrank" if number == 85 else None)  # fmt: skip
    for number, run, side, method, purpose, status, hour in (
        (201, 72, C, "GET", "scan", 200, 0), (202, 72, P, "PATCH", "update", 500, 1),
        (203, 72, P, "PATCH", "update", 200, 2), (204, 72, C, "POST", "create", 200, 3),
        (205, 73, C, "GET", "scan", None, 0),
    ):  # fmt: skip
        shelf.put(tables.Request, number, run_id=run, side=side, method=method, route="/customers", purpose=purpose,
                  status=status, at=day(run - 70).replace(hour=12 + hour))  # fmt: skip
    shelf.put(tables.Cursor, side=C, value="2026-03-02 12:00:00", moved_at=day(2))
    shelf.put(tables.Setting, name="counts", value_json=dump({"clopos": 6}))


def _records(shelf: Shelf) -> None:
    shelf.record(1, seen=85, keys=[f"phone:{phone(1)}", "cid:cid-1", "name:aysel"], activity=4,
                 traits_json=dump({"spent": 12.5}), server_updated_at=day(3))  # fmt: skip
    shelf.record(2, seen=85, keys=[f"phone:{phone(2)}"], server_updated_at=day(2))
    shelf.record(3, seen=85, keys=[f"phone:{phone(3)}"], server_updated_at=day(9))
    shelf.record(4, seen=81, keys=[f"phone:{phone(4)}", "email:odd@x.az"], gone_at=day(3), missing_scans=2)
    shelf.record(5, seen=81, keys=[f"phone:{phone(5)}"], missing_scans=2, server_updated_at=day(7))
    shelf.record(6, seen=85, first=85, keys=[f"phone:{phone(3)}"], reader_version="old", suspect="name_and_phone")
    shelf.record(7, seen=85, keys=["name:tural"])
    shelf.record(8, seen=85, keys=["email:odd@x.az", "name:nigar"])
    shelf.record(9, seen=85, keys=["cid:cid-9"])
    shelf.record(10, seen=85, keys=[f"phone:{phone(7)}"])
    shelf.record(21, seen=84, first=82, keys=[f"phone:{phone(1)}", "cid:cid-1"], value_digest=digest(99))
    shelf.record(22, seen=84, first=82, keys=[f"phone:{phone(2)}"])
    shelf.record(23, seen=84, first=82, keys=[f"phone:{phone(3)}", "name:nigar"])
    shelf.record(24, seen=82, first=84, keys=[f"phone:{phone(4)}"], gone_at=day(3))
    shelf.record(25, seen=84, first=82, keys=[f"phone:{phone(5)}"])
    shelf.record(26, seen=82, first=82, keys=["email:odd@x.az"], missing_scans=1)
    shelf.record(27, seen=84, first=84, keys=["name:tural"])
    shelf.record(28, seen=84, first=84, anonym=True, unknown_json=dump({"name": "unreadable"}))
    shelf.record(29, seen=84, first=84, keys=["cid:cid-9"], traits_json=dump({"cid": "cid-9"}))
    shelf.record(30, seen=84, first=82)
    for record, side, number in ((1, C, 5), (22, P, 1), (24, P, 6), (30, P, 7)):
        shelf.put(tables.FormerKey, record_id=record, kind="phone", key=phone(number), side=side, until=day(3))


def _decided(shelf: Shelf) -> None:
    staff = dump({"staff": [{"run": 73, "who": "leyla"}]})
    shelf.link(31, 1, 21, "active")
    shelf.link(32, 2, 22, "broken", state_reason="undo", evidence_json=staff)
    shelf.link(33, 5, 25, "active", run_id=73, clopos_now=digest(97))
    shelf.link(34, 7, 27, "disputed", clopos_now=digest(98))
    shelf.link(35, 8, 23, "rejected")
    shelf.link(36, 10, 30, "active", run_id=None, sent_json=dump(SENT))
    for number, clopos, guest, state in ((41, 3, 23, "open"), (42, 8, 26, "rejected"), (43, 6, 23, "moot")):
        shelf.put(tables.Proposal, number, clopos_record_id=clopos, checkandplace_record_id=guest, state=state,
                  opened_at=day(44 - number), evidence_json=staff)  # fmt: skip
    entries: tuple[tuple[int, str, str, str, dict[str, Any]], ...] = (
        (51, "conflict", "name", "open", {"clopos_record_id": 1, "checkandplace_record_id": 21,
                                          "resolution": "clopos"}),
        (52, "task", "phone", "ticked", {"clopos_record_id": 2, "side": C, "code": "undo", "resolution": "retry",
                                         "facts_json": dump({"undo": {"run": 73}})}),
        (53, "task", "link-broken", "open", {"clopos_record_id": 2, "side": C, "code": "gone"}),
        (54, "hold", "phone-held", "ignored", {"checkandplace_record_id": 26, "next_try_at": day(3)}),
        (55, "hold", "refused", "closed", {"checkandplace_record_id": 26}),
        (56, "hold", "refused", "open", {"checkandplace_record_id": 26, "next_try_at": day(3)}),
    )  # fmt: skip
    for number, kind, topic, state, values in entries:
        subject = {51: "c1:p21", 52: "c2", 53: "c2"}.get(number, "p26")
        shelf.put(tables.QueueEntry, number, kind=kind, subject=subject, topic=topic, state=state,
                  opened_at=day(57 - number), **values)  # fmt: skip


def _writes(shelf: Shelf) -> None:
    intents: tuple[tuple[int, int, str, str, str, dict[str, Any]], ...] = (
        (61, 72, P, "update", "done", {"clopos_record_id": 1, "checkandplace_record_id": 21, "target_id": "721",
                                       "settled_at": day(2).replace(hour=14), "sent_at": day(2).replace(hour=13)}),
        (62, 72, C, "create", "done", {"clopos_record_id": 5, "checkandplace_record_id": 25, "target_id": "505",
                                       "cid": "cid-5", "settled_at": day(2).replace(hour=15),
                                       "sent_at": day(2).replace(hour=15)}),
        (63, 73, P, "update", "open", {"clopos_record_id": 2, "checkandplace_record_id": 22, "sent_at": day(3)}),
        (64, 73, P, "create", "in-doubt", {"clopos_record_id": 3, "sent_at": day(4)}),
        (65, 73, P, "create", "refused", {"clopos_record_id": 8, "settled_at": day(3), "sent_at": day(3)}),
    )  # fmt: skip
    for number, run, side, verb, state, values in intents:
        shelf.put(tables.Intent, number, run_id=run, side=side, verb=verb, state=state, created_at=day(run - 70),
                  facts_json=dump({"who": number}), **values)  # fmt: skip
    for number, before, after, run, intent in ((301, "A", "B", 72, 61), (302, "B", "C", 73, 61)):
        shelf.put(tables.History, number, run_id=run, intent_id=intent, at=day(2), side=P, verb="update", field="name",
                  clopos_record_id=1, checkandplace_record_id=21, before_json=dump({"value": {"v": before}}),
                  after_json=dump({"value": {"v": after}}))  # fmt: skip


def entry(shelf: Shelf, kind: EntryKind, clopos: int | None, guest: int | None) -> Entry:
    """An entry of a plan about these two records, on Check&Place."""
    return Entry(
        kind, CHECKANDPLACE, clopos_row=shelf.row(clopos), checkandplace_row=shelf.row(guest),
        clopos_id=None if clopos is None else str(500 + clopos),
        checkandplace_id=None if guest is None else str(700 + guest),
    )  # fmt: skip


def _plans(shelf: Shelf) -> None:
    basis = dump({"scans": {C: 81 + shelf.base, P: 82 + shelf.base}})
    for number, run, state in ((91, 72, "applied"), (92, 73, "refused"), (93, 74, "refused"), (94, 75, "draft")):
        shelf.put(tables.PlanRow, number, run_id=run, state=state, hash="one" if number > 91 else "none",
                  created_at=day(run - 70), basis_json=basis)  # fmt: skip
    for number, plan, kind, clopos, guest in (
        (101, 91, EntryKind.UPDATE, 1, 21), (102, 91, EntryKind.SKIP, None, 28), (103, 92, EntryKind.CREATE, 9, None),
        (104, 92, EntryKind.LINK, 3, 23), (105, 94, EntryKind.UPDATE, 2, 22), (106, 94, EntryKind.PROPOSAL, 6, 23),
        (107, 91, EntryKind.CREATE, 8, None),
    ):  # fmt: skip
        told = entry(shelf, kind, clopos, guest)
        shelf.put(tables.PlanEntryRow, number, plan_id=plan, rank=told.rank, side=P, sort_key=told.sort_key,
                  kind=kind.value, clopos_record_id=clopos, checkandplace_record_id=guest,
                  entry_json=dump(told.to_json()))  # fmt: skip


Rows = dict[str, list[dict[str, Any]]]
"""Table -> its rows."""


def rows_of(connection: Connection) -> dict[int, Rows]:
    """Every row of each pair."""
    found: dict[int, Rows] = {pair: {table.name: [] for table in SQLModel.metadata.sorted_tables} for pair in PAIRS}
    for table in SQLModel.metadata.sorted_tables:
        for row in map(dict, connection.execute(select(table)).mappings()):
            found[_pair_of(row)][table.name].append(row)
    return found


def _pair_of(row: dict[str, Any]) -> int:
    if "pair_id" in row:
        return int(row["pair_id"])
    number = int(row.get("plan_id", row.get("run_id", row["id"])))  # entries of a plan, requests of a run, the pair
    return number // 1000 or number


def relative(answer: Any, pair: int) -> Any:
    """An answer with this pair's row ids as the numbers of `furnish`; another pair's stay as they are."""
    if isinstance(answer, Mapping):
        return {relative(key, pair): relative(value, pair) for key, value in answer.items()}
    if isinstance(answer, list | tuple | set | frozenset):
        return type(answer)(relative(item, pair) for item in answer)
    if isinstance(answer, int) and not isinstance(answer, bool) and answer // 1000 == pair:
        return answer - pair * 1000
    return answer
