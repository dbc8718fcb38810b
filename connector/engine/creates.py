"""Creates: who is on one side only and belongs on the other. A create says "nobody there is this person"."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from hashlib import blake2b

from sqlalchemy import Connection

from connector.domain.backoff import RETRYABLE
from connector.domain.codes import HoldCode, SkipReason
from connector.domain.likeness import Alike, compare
from connector.domain.match import compatible_names
from connector.domain.plan import Entry, EntryKind, FieldChange
from connector.domain.select import Hold, SelectFacts, Skip, select
from connector.domain.values import BLANK, CLOPOS, Key, KeyKind, SideName, Value
from connector.engine.context import RunContext
from connector.state.links import CROWD
from connector.state.queue import Queued
from connector.state.records import Stored

STICKY = tuple(code.value for code in (HoldCode.IN_DOUBT, *RETRYABLE, HoldCode.CID_USED))
"""Holds on a create that apply opened: they stand until the record changes or staff say retry. One in doubt stands
until staff answer, whatever becomes of the record: to send again could make the customer twice."""


UNJUDGED = "unjudged"
"""Fact of a hold `rejected` whose refusal was judged from no listing: the next run that has one tries again."""

REFUSED = "refused_as_held"
"""Fact of a hold `phone-held` that the server's refusal opened, with what its holders looked like then: nothing in our
readings says that the create cannot go through (the number is free, an e-mail is held by somebody known as different),
so it would be sent again in every run."""


def under_way(ctx: RunContext, connection: Connection) -> set[int | None]:
    """Row ids of the records whose create was sent and has no outcome yet."""
    return {intent.source_row for intent in ctx.stores.intents.unsettled(connection) if intent.verb == "create"}


def looks(holders: Iterable[Stored]) -> str:
    """What the holders of a key look like: another text when one of them changes, goes or comes."""
    seen = sorted(f"{one.id}:{one.value_digest.hex()}:{one.gone_at is not None}" for one in holders)
    return blake2b(" ".join(seen).encode(), digest_size=16).hexdigest()


def plan_creates(
    ctx: RunContext, connection: Connection, plan_id: int, target: SideName, queue: dict[tuple[str, str], Queued]
) -> Iterator[Entry]:
    """Entries for every record of the other side that has no partner on `target`: a create, a skip or a hold.

    Without a complete scan of `target` in this run (or, before the first backfill of Check&Place, two that agree)
    nobody is created there: the entry says what it waits for.
    """
    source = target.other
    waits = waits_for(ctx, target)
    sent = under_way(ctx, connection)
    for rows in ctx.stores.plans.unlinked(connection, plan_id, source):
        loaded = ctx.stores.records.load(connection, rows)
        shared = ctx.stores.records.holder_counts(
            connection, source, [key for record in loaded.values() for key in record.keys if key.kind is KeyKind.PHONE]
        )
        vanished = _vanished(ctx, connection, target, loaded.values())
        namesakes = _namesakes(ctx, connection, source, loaded.values())
        rejected = ctx.stores.proposals.rejected_of(connection, rows)
        made = ctx.stores.intents.made_from(connection, target, rows)
        for row in rows:
            record = loaded[row]
            if row in sent:
                yield _about(record, target, EntryKind.SKIP, "write_under_way")
                continue
            crowd = [
                holder
                for key in record.keys
                if key.kind is KeyKind.PHONE and shared.get(key, 0) > 1
                for holder in ctx.stores.records.holding(connection, source, key, but=row, at_most=CROWD).values()
            ]
            crowd += namesakes.get(row, ())
            facts = SelectFacts(
                partner_gone=any(vanished.get(key) and _was_there(record, vanished[key]) for key in record.keys),
                shared_number=bool(crowd),
                cid_used=_cid_used(ctx, connection, record, rejected.get(row, [])),
            )
            refused = _still_refused(ctx, connection, record, target, queue)
            if refused is not None and not isinstance(select(record.customer, facts, ctx.policy.select), Skip):
                yield refused
                continue
            yield _one(ctx, record, target, facts, sorted(set(crowd)), waits, queue, row in made)


def _still_refused(
    ctx: RunContext, connection: Connection, record: Stored, target: SideName, queue: dict[tuple[str, str], Queued]
) -> Entry | None:
    """The hold of a create that the server refused because others hold its number or e-mail, while neither the record
    nor one of them changed since and staff did not say retry; None otherwise."""
    old = queue.get((_subject(record), HoldCode.PHONE_HELD.value))
    if old is None or REFUSED not in old.facts or old.resolution == "retry":
        return None
    named = ctx.stores.records.by_remote(connection, target, [str(one) for one in old.facts.get("holders", ())])
    if old.facts.get("source_digest") != record.value_digest.hex() or old.facts[REFUSED] != looks(named.values()):
        return None
    return _hold(record, target, HoldCode.PHONE_HELD, dict(old.facts), queue)


def _vanished(
    ctx: RunContext, connection: Connection, target: SideName, records: Iterable[Stored]
) -> dict[Key, list[Stored]]:
    """The records of `target` that are gone, by the numbers of these."""
    numbers = [key for record in records for key in record.keys if key.kind is KeyKind.PHONE]
    holders = ctx.stores.records.holders(connection, target, numbers, gone=True)
    loaded = ctx.stores.records.load(connection, [row for rows in holders.values() for row in rows[:CROWD]])
    return {key: [loaded[row] for row in rows[:CROWD]] for key, rows in holders.items()}


def _namesakes(
    ctx: RunContext, connection: Connection, source: SideName, records: Iterable[Stored]
) -> dict[int, list[str]]:
    """Row id -> ids of records of its own side that are there under the same name and gave up its number: the person
    typed in twice, of whom one record has a new number by now. The other one is no new customer."""
    by_row = {record.row: record for record in records}
    numbers = [key for record in by_row.values() for key in record.keys if key.kind is KeyKind.PHONE]
    former = ctx.stores.former.given_up(connection, source, numbers)
    holders = ctx.stores.records.load(connection, [row for rows in former.values() for row in rows[:CROWD]])
    found: dict[int, list[str]] = {}
    for record in by_row.values():
        for row in (row for key in record.keys for row in former.get(key, ())[:CROWD] if row != record.row):
            if _one_name(record.last.get("name", BLANK), holders[row].last.get("name", BLANK)):
                found.setdefault(record.row, []).append(holders[row].id)
    return found


def _was_there(record: Stored, vanished: Iterable[Stored]) -> bool:
    """Whether this person was on the target side and is gone: erased on request, or cleaned up by staff. Nobody is made
    again by a double that is left here (CP-48), however it is spelled. The number under another name is another
    person's by now."""
    both = [(record, other) if record.side is CLOPOS else (other, record) for other in vanished]
    return any(_one_name(left.last.get("name", BLANK), right.last.get("name", BLANK)) for left, right in both)


def _one_name(clopos: Value, guest: Value) -> bool:
    """Compatible names, or one name in two alphabets or transliterations: a create is refused on less than a link."""
    if not (clopos.is_value and guest.is_value):
        return compatible_names(clopos, guest)
    alike = compare(clopos.data["text"], guest.data["text"]).alike
    return compatible_names(clopos, guest) or alike is Alike.SPELLING


def _one(
    ctx: RunContext, record: Stored, target: SideName, facts: SelectFacts, crowd: list[str], waits: str | None,
    queue: dict[tuple[str, str], Queued], made: bool,
) -> Entry:  # fmt: skip
    """One unlinked record: skip, hold or create. `made`: an anonymous guest was made from it before, which no link
    remembers, since it is nobody."""
    chosen = select(record.customer, facts, ctx.policy.select)
    if isinstance(chosen, Skip):
        return _about(record, target, EntryKind.SKIP, chosen.reason.value)
    if isinstance(chosen, Hold):
        return _hold(record, target, chosen.code, {"holders": crowd}, queue)
    if not ctx.sides[target].capabilities.create or target not in ctx.directions:
        switched = "create_switched_off" if not ctx.sides[target].capabilities.create else "other_direction_only"
        return replace(
            _about(record, target, EntryKind.NOT_SENT, switched), facts={"setting": f"{target.value}.create"}
        )
    for code in STICKY:
        old = queue.get((_subject(record), code))
        if old is None or old.resolution == "retry" or old.due(ctx.clock.now()):
            continue
        if UNJUDGED in old.facts and waits is None:
            continue
        if code == HoldCode.IN_DOUBT or old.facts.get("source_digest") == record.value_digest.hex():
            return _hold(record, target, HoldCode(code), dict(old.facts), queue)
    if chosen.anonymous and not ctx.sides[target].capabilities.anonymous_create:
        return _about(record, target, EntryKind.SKIP, SkipReason.NO_PHONE.value)
    if chosen.anonymous and made:
        return _about(record, target, EntryKind.SKIP, "anonymous_already")
    if waits is not None:
        return _about(record, target, EntryKind.NOT_SENT, waits)
    body = ctx.mapper.create_body(target, record.customer)
    if body.problem is not None and not chosen.anonymous:
        return _about(record, target, EntryKind.SKIP, body.problem)
    fields = tuple(
        FieldChange(field=name, decision="create", after=value, rule="create") for name, value in body.values.items()
    )
    facts_: dict[str, object] = {"source_digest": record.value_digest.hex()}
    attributes = dict(body.attributes)
    if chosen.anonymous:
        attributes = {"nickname": record.name}
        facts_["anonymous"] = True
    return replace(
        _about(record, target, EntryKind.CREATE, "nobody_there"), fields=fields, body=attributes, facts=facts_
    )  # fmt: skip


def waits_for(ctx: RunContext, target: SideName) -> str | None:
    """Why nobody may be created on `target` in this run, or None."""
    reading = ctx.readings[target]
    if not reading.complete:
        return "waits_for_complete_scan"
    if reading.shrunk:
        return "waits_for_guard"
    if reading.full and reading.lacking:  # a list that lost somebody may have lost the very person too
        return "waits_for_agreeing_listings"
    source = ctx.readings[target.other]
    if source.scan_id is None:
        return "waits_for_source_reading"
    if target is SideName.CHECKANDPLACE and not reading.full:
        return "waits_for_complete_scan"
    if target is SideName.CHECKANDPLACE and ctx.kind == "backfill" and not reading.agreed:
        return "waits_for_agreeing_listings"
    if ctx.relink is not None and not ctx.relink.creates:
        return "waits_for_review"
    return None


def _cid_used(ctx: RunContext, connection: Connection, record: Stored, rejected: list[int]) -> bool:
    """Whether staff rejected a Clopos record that carries the cid derived from this guest (docs/api/clopos.md 3.3)."""
    derived = record.customer.traits.derived_cid
    if record.side is CLOPOS or derived is None or not rejected:
        return False
    others = ctx.stores.records.load(connection, rejected).values()
    return any((other.customer.traits.cid or "").lower() == derived for other in others)


def _subject(record: Stored) -> str:
    return f"c{record.row}" if record.side is CLOPOS else f"p{record.row}"


def _about(record: Stored, target: SideName, kind: EntryKind, reason: str) -> Entry:
    """An entry about one unlinked record. `side` is where it would be created."""
    clopos = record.side is CLOPOS
    return Entry(
        kind, side=target, clopos_id=record.id if clopos else None, checkandplace_id=None if clopos else record.id,
        clopos_row=record.row if clopos else None, checkandplace_row=None if clopos else record.row, who=record.name,
        reason=reason,
    )  # fmt: skip


def _hold(
    record: Stored, target: SideName, code: HoldCode, facts: dict[str, object], queue: dict[tuple[str, str], Queued]
) -> Entry:
    """A hold about one record, with the age of the open one."""
    old = queue.get((_subject(record), code.value))
    return replace(
        _about(record, target, EntryKind.HOLD, code.value), topic=code.value, sentence=code.sentence,
        next_step=code.next_step, queued_at=old.opened_at.isoformat() if old else None,
        facts={**facts, "source_digest": record.value_digest.hex()},
    )  # fmt: skip
