"""Numbers and e-mails that went from one guest to another: what a record held once and gave up.

Phone companies give numbers out again, and staff mend wrong ones. Whoever has such a number now is not whoever had it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, and_, bindparam, delete, exists, insert, or_, select

from connector.domain.values import Key, KeyKind, SideName
from connector.state.core import FORMER_KEY, LINK, RECORD, RECORD_KEY, chunks

PHONE = KeyKind.PHONE.value
KEPT = (PHONE, KeyKind.EMAIL.value)

Held = tuple[int, str, str]
"""A record (row id), and the kind and text of a key of it."""


def held(connection: Connection, rows: Sequence[int]) -> set[Held]:
    """The numbers and e-mails of at most some hundred records, as the state has them now."""
    k = RECORD_KEY.c
    query = select(k.record_id, k.kind, k.key).where(k.record_id.in_(list(rows)), k.kind.in_(KEPT))
    return {(row, kind, text) for row, kind, text in connection.execute(query)}


class FormerKeys:
    """The numbers and e-mails that records of one pair gave up."""

    def __init__(self, pair_id: int) -> None:
        self.pair_id = pair_id

    def keep(
        self, connection: Connection, side: SideName, before: set[Held], now: Mapping[int, Iterable[Key]], at: datetime
    ) -> None:
        """Remember what these records of `side` lost: `before` is `held` of them before the reading, `now` their keys
        after it; `at` aware UTC. What a record has again is its own again."""
        has = {(row, key.kind.value, key.text) for row, keys in now.items() for key in keys if key.kind.value in KEPT}
        moved, lost = sorted(before ^ has), sorted(before - has)
        if moved:
            f = FORMER_KEY.c
            own = and_(f.record_id == bindparam("row"), f.kind == bindparam("of"), f.key == bindparam("text"))
            connection.execute(delete(FORMER_KEY).where(own), [{"row": r, "of": k, "text": t} for r, k, t in moved])
        if lost:
            place = {"pair_id": self.pair_id, "side": side.value, "until": at}
            connection.execute(insert(FORMER_KEY), [{"record_id": r, "kind": k, "key": t, **place} for r, k, t in lost])

    def given_up(self, connection: Connection, side: SideName, keys: Iterable[Key]) -> dict[Key, list[int]]:
        """Number -> records of `side` (row ids) that are there and held it once."""
        numbers = {key.text: key for key in keys if key.kind is KeyKind.PHONE}
        found: dict[Key, list[int]] = {}
        for chunk in chunks(numbers):
            query = (
                select(FORMER_KEY.c.key, FORMER_KEY.c.record_id)
                .join(RECORD, RECORD.c.id == FORMER_KEY.c.record_id)
                .where(
                    FORMER_KEY.c.pair_id == self.pair_id, FORMER_KEY.c.kind == PHONE, FORMER_KEY.c.key.in_(chunk),
                    FORMER_KEY.c.side == side.value, RECORD.c.gone_at.is_(None),
                )
            )  # fmt: skip
            for text, row in connection.execute(query):
                found.setdefault(numbers[text], []).append(row)
        return found

    def handed_on(self, connection: Connection, keys: Iterable[Key]) -> dict[Key, set[int]]:
        """Number -> records (row ids, of either side) that held it once: gave it up, or are gone. Left out are those
        that are linked to one who holds it now, the same person."""
        numbers = {key.text: key for key in keys if key.kind is KeyKind.PHONE}
        found: dict[Key, set[int]] = {}
        for chunk in chunks(numbers):
            gave_up = select(FORMER_KEY.c.key, FORMER_KEY.c.record_id).where(
                FORMER_KEY.c.pair_id == self.pair_id, FORMER_KEY.c.kind == PHONE, FORMER_KEY.c.key.in_(chunk),
                ~_partner_holds(FORMER_KEY.c.record_id, FORMER_KEY.c.key),
            )  # fmt: skip
            gone = (
                select(RECORD_KEY.c.key, RECORD_KEY.c.record_id)
                .join(RECORD, RECORD.c.id == RECORD_KEY.c.record_id)
                .where(
                    RECORD_KEY.c.pair_id == self.pair_id, RECORD_KEY.c.kind == PHONE, RECORD_KEY.c.key.in_(chunk),
                    RECORD.c.gone_at.is_not(None),
                    ~_partner_holds(RECORD_KEY.c.record_id, RECORD_KEY.c.key),
                )
            )  # fmt: skip
            for query in (gave_up, gone):
                for text, row in connection.execute(query):
                    found.setdefault(numbers[text], set()).add(row)
        return found


def _partner_holds(record: ColumnElement[int], number: ColumnElement[str]) -> ColumnElement[bool]:
    """Whether the partner of a link, active or ended, is there and holds the number now."""
    theirs, other = RECORD_KEY.alias("theirs"), RECORD.alias("other")
    is_partner = or_(
        and_(LINK.c.clopos_record_id == record, LINK.c.checkandplace_record_id == theirs.c.record_id),
        and_(LINK.c.checkandplace_record_id == record, LINK.c.clopos_record_id == theirs.c.record_id),
    )
    there = and_(other.c.id == theirs.c.record_id, other.c.gone_at.is_(None))
    return exists().where(is_partner, there, LINK.c.state != "rejected", theirs.c.kind == PHONE, theirs.c.key == number)
