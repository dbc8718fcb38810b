"""Is a state sound? The database's own check, and what must be true of its rows whatever happened to the process.

Every finding is a value with a stable code, how many rows it is about, and a sentence without guests' data. Reads only.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Engine, Select, and_, exists, func, inspect, or_, select, true
from sqlmodel import SQLModel

from connector.state.core import INTENT, LINK, PAIR, PROPOSAL, QUEUE, RECORD, RECORD_KEY, RUN, load
from connector.state.database import integrity

SHOWN = 3
"""Row ids that a finding names, for whoever looks into the database."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong. `rows`: ids of the first ones."""

    code: str
    count: int
    sentence: str
    rows: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Rule:
    """One invariant: what it is called, what is wrong where it does not hold, and the rows that break it."""

    code: str
    sentence: str
    broken: Callable[[], Select[Any]]


def _two_active(column: str) -> Callable[[], Select[Any]]:
    def query() -> Select[Any]:
        return select(LINK.c[column]).where(LINK.c.state == "active").group_by(LINK.c[column]).having(func.count() > 1)

    return query


def _link_of_strangers() -> Select[Any]:
    """Links whose two records are missing, of the wrong side, or of another pair."""
    clopos, guest = RECORD.alias("c"), RECORD.alias("p")
    return (
        select(LINK.c.id)
        .outerjoin(clopos, and_(clopos.c.id == LINK.c.clopos_record_id, clopos.c.side == "clopos",
                                clopos.c.pair_id == LINK.c.pair_id))
        .outerjoin(guest, and_(guest.c.id == LINK.c.checkandplace_record_id, guest.c.side == "checkandplace",
                               guest.c.pair_id == LINK.c.pair_id))
        .where(or_(clopos.c.id.is_(None), guest.c.id.is_(None)))
    )  # fmt: skip


def _bad_digest() -> Select[Any]:
    """Links or their records with a digest that is none (16 bytes; empty: never settled): what changed is found by
    comparing digests, so these would be overlooked or looked at for ever."""
    clopos, guest = RECORD.alias("c"), RECORD.alias("p")
    return (
        select(LINK.c.id).join(clopos, clopos.c.id == LINK.c.clopos_record_id)
        .join(guest, guest.c.id == LINK.c.checkandplace_record_id)
        .where(LINK.c.state == "active", or_(func.length(LINK.c.clopos_now).not_in((0, 16)),
                                             func.length(LINK.c.clopos_base).not_in((0, 16)),
                                             func.length(LINK.c.checkandplace_now).not_in((0, 16)),
                                             func.length(LINK.c.checkandplace_base).not_in((0, 16)),
                                             func.length(clopos.c.value_digest) != 16,
                                             func.length(guest.c.value_digest) != 16))
    )  # fmt: skip


def _orphan_intent() -> Select[Any]:
    """Writes under way without the run that made them, or about records that are not there."""
    run = exists().where(RUN.c.id == INTENT.c.run_id, RUN.c.pair_id == INTENT.c.pair_id)
    records = [or_(column.is_(None), exists().where(RECORD.c.id == column))
               for column in (INTENT.c.clopos_record_id, INTENT.c.checkandplace_record_id)]  # fmt: skip
    return select(INTENT.c.id).where(INTENT.c.settled_at.is_(None), or_(~run, ~and_(true(), *records)))


def _queue_of_nobody() -> Select[Any]:
    missing = [and_(column.is_not(None), ~exists().where(RECORD.c.id == column, RECORD.c.pair_id == QUEUE.c.pair_id))
               for column in (QUEUE.c.clopos_record_id, QUEUE.c.checkandplace_record_id)]  # fmt: skip
    nobody = and_(QUEUE.c.clopos_record_id.is_(None), QUEUE.c.checkandplace_record_id.is_(None))
    return select(QUEUE.c.id).where(QUEUE.c.state.in_(("open", "ticked", "ignored")), or_(nobody, *missing))


def _proposal_of_nobody() -> Select[Any]:
    missing = [~exists().where(RECORD.c.id == column)
               for column in (PROPOSAL.c.clopos_record_id, PROPOSAL.c.checkandplace_record_id)]  # fmt: skip
    return select(PROPOSAL.c.id).where(PROPOSAL.c.state == "open", or_(*missing))


def _key_of_nobody() -> Select[Any]:
    record = exists().where(
        RECORD.c.id == RECORD_KEY.c.record_id,
        RECORD.c.pair_id == RECORD_KEY.c.pair_id,
        RECORD.c.side == RECORD_KEY.c.side,
    )
    return select(RECORD_KEY.c.record_id).where(~record).distinct()


def _accepted_and_open() -> Select[Any]:
    linked = exists().where(
        LINK.c.state == "active", LINK.c.clopos_record_id == PROPOSAL.c.clopos_record_id,
        LINK.c.checkandplace_record_id == PROPOSAL.c.checkandplace_record_id,
    )  # fmt: skip
    return select(PROPOSAL.c.id).where(PROPOSAL.c.state == "open", linked)


def _no_pair() -> Select[Any]:
    return select(RECORD.c.id).where(~exists().where(PAIR.c.id == RECORD.c.pair_id))


RULES = (
    Rule("two-links-clopos", "customers of Clopos are in two active links", _two_active("clopos_record_id")),
    Rule("two-links-checkandplace", "guests of Check&Place are in two active links",
         _two_active("checkandplace_record_id")),
    Rule("link-of-strangers", "links lead to a record that is missing, or is another pair's", _link_of_strangers),
    Rule("link-digest", "links have digests that cannot be right", _bad_digest),
    Rule("intent-orphan", "writes under way belong to no run, or to no record", _orphan_intent),
    Rule("queue-orphan", "open questions are about a record that is not there", _queue_of_nobody),
    Rule("proposal-orphan", "open proposals are about a record that is not there", _proposal_of_nobody),
    Rule("proposal-linked", "open proposals are about two records that are linked already", _accepted_and_open),
    Rule("key-orphan", "match keys belong to no record", _key_of_nobody),
    Rule("record-orphan", "records belong to no pair", _no_pair),
)  # fmt: skip


def examine(engine: Engine) -> Iterator[Finding]:
    """Everything that is wrong with the state, the file first (SQLite's integrity and foreign keys; PostgreSQL looks
    after its own), then its schema. Where these are broken its rows are not looked at. Raises StateError."""
    damage = integrity(engine)
    if damage:
        yield Finding("damaged", len(damage), f"the database is damaged: {damage[0]}")
        return
    missing = _missing(engine)
    if missing:
        named = ", ".join(missing[:SHOWN]) + (" and others" if len(missing) > SHOWN else "")
        yield Finding("schema", len(missing), f"tables or columns of the schema are not there: {named}")
        return
    with engine.connect() as connection:
        for rule in RULES:
            broken = rule.broken()
            count = int(connection.execute(select(func.count()).select_from(broken.subquery())).scalar_one())
            if count:
                rows = tuple(int(row[0]) for row in connection.execute(broken.limit(SHOWN)))
                yield Finding(rule.code, count, f"{count:,} {rule.sentence}", rows)
        yield from _bases(connection)


def _missing(engine: Engine) -> list[str]:
    """Tables (`link`) and columns (`link.state`) of this version that the database lacks: its revision says what was
    made once, not what is there now."""
    there = inspect(engine)
    tables = set(there.get_table_names())
    lacking = []
    for table in SQLModel.metadata.sorted_tables:
        if table.name not in tables:
            lacking.append(table.name)
            continue
        columns = {column["name"] for column in there.get_columns(table.name)}
        lacking += [f"{table.name}.{column.name}" for column in table.columns if column.name not in columns]
    return lacking


def _bases(connection: Connection) -> Iterator[Finding]:
    """Bases that cannot be read, or of a field that one side alone has; fields in flight that say no value."""
    unreadable: list[int] = []
    query = select(LINK.c.id, LINK.c.bases_clopos_json, LINK.c.bases_checkandplace_json, LINK.c.sent_json)
    for row in connection.execution_options(yield_per=500).execute(query.order_by(LINK.c.id)):
        try:
            clopos, guest, sent = load(row[1]), load(row[2]), load(row[3])
            whole = clopos.keys() == guest.keys() and all(
                "value" in base and "wire" in base for bases in (clopos, guest) for base in bases.values()
            )
            if not whole or not all("value" in note for note in sent.values()):
                unreadable.append(row[0])
        except (ValueError, TypeError, AttributeError):
            unreadable.append(row[0])
    if unreadable:
        sentence = f"{len(unreadable):,} links have bases that cannot be read, or of one side alone"
        yield Finding("link-bases", len(unreadable), sentence, tuple(unreadable[:SHOWN]))
