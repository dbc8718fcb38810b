"""Review: the proposals as cases for a sheet, and the answers of staff, checked against the records as they are now.

A filled sheet comes back hours after it was written, sorted, with rows deleted, perhaps twice, perhaps from another
restaurant. Each row is judged by itself; what it must still agree with is sealed into it (`Case.seal`).
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from hashlib import blake2b

from sqlalchemy import Connection

from connector.domain.values import CHECKANDPLACE, CLOPOS, Json, SideName, canonical_json
from connector.engine.context import Stores
from connector.engine.staff import Decided, Desk, NotPossible
from connector.engine.staff_links import accept_proposal, reject_proposal
from connector.state.core import chunks
from connector.state.desk import DeskStore, ProposalView
from connector.state.records import Stored

SHOWN = ("name", "phone", "email")
"""The fields by which staff tell people apart: shown in the sheet, and sealed."""


class Answer(StrEnum):
    """What staff say of one row. LATER, and nothing at all, leave the proposal open."""

    SAME = "same"
    DIFFERENT = "different"
    LATER = "later"


class Refusal(StrEnum):
    """Why a row was not taken."""

    OTHER_PAIR = "other-pair"
    NEWER_SHEET = "newer-sheet"
    NOT_A_ROW = "not-a-row"
    TORN_ROW = "torn-row"
    UNKNOWN_WORD = "unknown-word"
    UNKNOWN_PROPOSAL = "unknown-proposal"
    DECIDED = "decided-meanwhile"
    OVER = "over"
    CHANGED = "changed"
    OTHER_EVIDENCE = "other-evidence"
    GONE = "gone"
    CONTRADICTION = "contradiction"
    TWO_PARTNERS = "two-partners"
    NOT_POSSIBLE = "not-possible"


_RECORDS = 17
"""Characters of a seal that are about the records."""
_SAID = {"accepted": Answer.SAME, "rejected": Answer.DIFFERENT}
"""What the state of a proposal that staff decided says."""


@dataclass(frozen=True, slots=True)
class Reading:
    """The last complete scan of each side: what a sheet rests on. 0: none yet. As text `c12p13`, which no spreadsheet
    program takes for a date or a number."""

    clopos: int
    checkandplace: int

    def __str__(self) -> str:
        return f"c{self.clopos}p{self.checkandplace}"

    @staticmethod
    def parse(text: str) -> Reading | None:
        match = re.fullmatch(r"c(\d{1,18})p(\d{1,18})", text.strip(), re.ASCII)
        return Reading(int(match[1]), int(match[2])) if match else None

    def newer_than(self, other: Reading) -> bool:
        return self.clopos > other.clopos or self.checkandplace > other.checkandplace


@dataclass(frozen=True, slots=True)
class Case:
    """One open proposal with both records as they are now. `group` joins the cases that share a record, from 1:
    several candidates of one person stand together. `seal` is over the proposal, the pair, what is shown of both, and
    why they are asked about."""

    proposal: ProposalView
    clopos: Stored
    checkandplace: Stored
    group: int
    seal: str


@dataclass(frozen=True, slots=True)
class Row:
    """One row of a filled sheet, as text. `line`: its number in the file, for people; `clopos_id` and
    `checkandplace_id` are the visible ids, which must belong to the hidden ones; `who`: the names on it."""

    line: int
    pair: str
    reading: str
    proposal: str
    seal: str
    answer: Answer | None
    word: str = ""
    clopos_id: str = ""
    checkandplace_id: str = ""
    who: str = ""
    remark: str = ""


@dataclass(frozen=True, slots=True)
class Refused:
    """A row that was not taken: which, why, and what is different now (names of fields), with nothing changed."""

    row: Row
    why: Refusal
    detail: str = ""


@dataclass
class Taken:
    """What a sheet came to. `already`: rows whose answer stood already (the same sheet twice)."""

    accepted: list[Decided] = field(default_factory=list)
    rejected: list[Decided] = field(default_factory=list)
    later: int = 0
    already: int = 0
    refused: list[Refused] = field(default_factory=list)


def reading_now(stores: Stores, connection: Connection) -> Reading:
    """The last complete full scans of the pair."""
    scans = {side: stores.runs.last_scan(connection, side) for side in SideName}
    numbers = {side: scan.id if scan is not None else 0 for side, scan in scans.items()}
    return Reading(numbers[CLOPOS], numbers[CHECKANDPLACE])


def seal(pair: str, proposal: ProposalView, clopos: Stored, checkandplace: Stored) -> str:
    """What a decision rests on: an `s` (so that no program takes it for a number), 16 hexadecimal digits over the
    proposal and both records, 16 over the evidence, which changes when others come to share a number with them."""
    records = [
        {"id": record.id, **{name: record.last[name].to_json() for name in SHOWN if name in record.last}}
        for record in (clopos, checkandplace)
    ]
    evidence: Json = [proposal.why, proposal.evidence.get("facts")]
    return "s" + _sealed([pair, proposal.id, proposal.opened_at.isoformat(), records]) + _sealed(evidence)


def _sealed(data: Json) -> str:
    return blake2b(canonical_json(data).encode(errors="surrogatepass"), digest_size=8).hexdigest()


def cases(pair: str, stores: Stores, desk: DeskStore, connection: Connection) -> Iterator[Case]:
    """The open proposals, those of one group together: the strongest group first and in it the strongest proposal,
    so that the easy rows come first; the older first among equals. Streamed a hundred at a time."""
    ordered = sorted(desk.proposals(connection), key=lambda one: (-strength(one), one.id))
    groups = grouped((one.clopos_row, one.checkandplace_row) for one in ordered)
    together = sorted(zip(groups, ordered, strict=True), key=lambda pair_: pair_[0])
    for chunk in chunks(together, 100):
        rows = [row for _group, one in chunk for row in (one.clopos_row, one.checkandplace_row)]
        loaded = stores.records.load(connection, rows)
        for group, one in chunk:
            clopos, guest = loaded[one.clopos_row], loaded[one.checkandplace_row]
            yield Case(one, clopos, guest, group, seal(pair, one, clopos, guest))


def strength(proposal: ProposalView) -> int:
    """Of the evidence, 0 to 100 (docs/LINKING.md, "Strength and hints")."""
    said = proposal.evidence.get("strength")
    return said if isinstance(said, int) else 0


def grouped(pairs: Iterable[tuple[int, int]]) -> list[int]:
    """For each (Clopos row, Check&Place row) the number of its group: pairs that share a record, directly or through
    others, are in one. Numbered from 1 in the order of their first pair."""
    listed = list(pairs)
    parent: dict[tuple[SideName, int], tuple[SideName, int]] = {}

    def root(node: tuple[SideName, int]) -> tuple[SideName, int]:
        parent.setdefault(node, node)
        while parent[node] != node:
            parent[node] = parent[parent[node]]
            node = parent[node]
        return node

    for clopos, guest in listed:
        parent[root((CHECKANDPLACE, guest))] = root((CLOPOS, clopos))
    numbers: dict[tuple[SideName, int], int] = {}
    return [numbers.setdefault(root((CLOPOS, clopos)), len(numbers) + 1) for clopos, _guest in listed]


def take(desk: Desk, connection: Connection, rows: Sequence[Row]) -> Taken:
    """Decide what the rows say, each by itself: what is refused changes nothing. Raises Fenced.

    The result does not depend on the order of the rows: rows that contradict each other are refused, all of them.
    """
    taken = Taken()
    judged = list(_judged(desk, connection, rows, taken))
    judged = _without_contradictions(judged, taken)
    judged = _without_two_partners(judged, taken)
    for answer, decide in ((Answer.DIFFERENT, reject_proposal), (Answer.SAME, accept_proposal)):
        into = taken.rejected if answer is Answer.DIFFERENT else taken.accepted
        for row, proposal in judged:
            if row.answer is answer:
                _decide(desk, connection, row, proposal, decide, into, taken)
    taken.refused.sort(key=lambda one: one.row.line)
    return taken


def _decide(
    desk: Desk, connection: Connection, row: Row, proposal: ProposalView,
    decide: Callable[[Desk, Connection, int], Decided], into: list[Decided], taken: Taken,
) -> None:  # fmt: skip
    note = row.remark.strip() or desk.note
    try:
        into.append(decide(replace(desk, note=note), connection, proposal.id))
    except NotPossible as error:  # raised before anything is written
        taken.refused.append(Refused(row, Refusal.NOT_POSSIBLE, error.manager))


def _judged(
    desk: Desk, connection: Connection, rows: Sequence[Row], taken: Taken
) -> Iterator[tuple[Row, ProposalView]]:
    """The rows that may be decided, with their open proposals; the others are counted or refused."""
    now = reading_now(desk.stores, connection)
    for row in rows:
        if row.word and row.answer is None:
            taken.refused.append(Refused(row, Refusal.UNKNOWN_WORD, row.word))
            continue
        if row.answer in (None, Answer.LATER):
            taken.later += 1
            continue
        proposal = _proposal(desk, connection, row)
        why = _foreign(desk, row, now) or (Refusal.UNKNOWN_PROPOSAL if proposal is None else None)
        if why is not None or proposal is None:
            taken.refused.append(Refused(row, why or Refusal.UNKNOWN_PROPOSAL))
            continue
        loaded = desk.stores.records.load(connection, [proposal.clopos_row, proposal.checkandplace_row])
        refused = _stale(desk, connection, row, proposal, loaded)
        if refused is None:
            yield row, proposal
        elif refused.why is Refusal.DECIDED and _SAID[proposal.state] is row.answer:
            taken.already += 1
        else:
            taken.refused.append(refused)


def _proposal(desk: Desk, connection: Connection, row: Row) -> ProposalView | None:
    match = re.fullmatch(r"p(\d{1,18})", row.proposal.strip(), re.ASCII)
    return desk.links.proposal(connection, int(match[1])) if match else None


def _foreign(desk: Desk, row: Row, now: Reading) -> Refusal | None:
    """A row of another restaurant, of a state that is not this one any more, or of no sheet at all."""
    if row.pair != desk.pair.name:
        return Refusal.OTHER_PAIR if row.pair else Refusal.NOT_A_ROW
    reading = Reading.parse(row.reading)
    if reading is None:
        return Refusal.NOT_A_ROW
    return Refusal.NEWER_SHEET if reading.newer_than(now) else None


def _stale(
    desk: Desk, connection: Connection, row: Row, proposal: ProposalView, loaded: Mapping[int, Stored]
) -> Refused | None:
    """Why a row must not be decided on any more; None if it still shows both records as they are."""
    clopos, guest = loaded[proposal.clopos_row], loaded[proposal.checkandplace_row]
    if (row.clopos_id, row.checkandplace_id) != (clopos.id, guest.id):
        return Refused(row, Refusal.TORN_ROW)
    if proposal.state in _SAID:
        return Refused(row, Refusal.DECIDED, proposal.decided_by or "")
    gone = [f"{record.side.label} {record.id}" for record in (clopos, guest) if record.gone_at is not None]
    if gone:
        return Refused(row, Refusal.GONE, ", ".join(gone))
    now = seal(desk.pair.name, proposal, clopos, guest)
    if row.seal[:_RECORDS] != now[:_RECORDS]:
        since = _changed_since(desk, connection, row, (clopos, guest))
        return Refused(row, Refusal.CHANGED, ", ".join(since))
    if row.seal != now:
        return Refused(row, Refusal.OTHER_EVIDENCE)
    return Refused(row, Refusal.OVER) if proposal.state == "moot" else None


def _changed_since(desk: Desk, connection: Connection, row: Row, records: Iterable[Stored]) -> list[str]:
    """Which of the two records changed after the scans that the sheet rests on; both, if that cannot be told."""
    reading = Reading.parse(row.reading)
    assert reading is not None  # _foreign refused the others
    ends = {
        side: scan.ended_at
        for side, number in ((CLOPOS, reading.clopos), (CHECKANDPLACE, reading.checkandplace))
        if (scan := desk.stores.runs.last_scan(connection, side, before=number + 1)) is not None
    }
    listed = list(records)
    later = [record for record in listed if _after(record.changed_at, ends.get(record.side))]
    return [f"{record.side.label} {record.id}" for record in later or listed]


def _after(moment: datetime, bound: datetime | None) -> bool:
    """A change found by a later scan: records carry the time of the reading that found it."""
    return bound is not None and moment > bound


def _without_contradictions(judged: list[tuple[Row, ProposalView]], taken: Taken) -> list[tuple[Row, ProposalView]]:
    """Each proposal once; rows that say different things of one proposal are refused, all of them."""
    answers: dict[int, set[Answer | None]] = {}
    for row, proposal in judged:
        answers.setdefault(proposal.id, set()).add(row.answer)
    kept: dict[int, tuple[Row, ProposalView]] = {}
    for row, proposal in judged:
        if len(answers[proposal.id]) > 1:
            taken.refused.append(Refused(row, Refusal.CONTRADICTION))
        else:
            kept.setdefault(proposal.id, (row, proposal))
    return list(kept.values())


def _without_two_partners(judged: list[tuple[Row, ProposalView]], taken: Taken) -> list[tuple[Row, ProposalView]]:
    """Nobody is the same person as two others of one side: such rows are refused, all of them."""
    same = [proposal for row, proposal in judged if row.answer is Answer.SAME]
    partners = Counter(row for one in same for row in (one.clopos_row, one.checkandplace_row))
    kept = []
    for row, proposal in judged:
        doubled = max(partners[proposal.clopos_row], partners[proposal.checkandplace_row]) > 1
        if row.answer is Answer.SAME and doubled:
            taken.refused.append(Refused(row, Refusal.TWO_PARTNERS))
        else:
            kept.append((row, proposal))
    return kept
