"""Link: who is who. Candidates by shared keys, evidence by the bands, one-to-one by assignment; and the life of links.

Everything here only plans: links, proposals and changes of a link's state are entries of the plan.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import replace
from datetime import datetime

from sqlalchemy import Connection

from connector.domain.assignment import likeliest
from connector.domain.hints import step_of
from connector.domain.lifecycle import (
    FOR_GOOD,
    PHONE_AND_NAME,
    ById,
    LinkDecision,
    LinkState,
    Move,
    Sight,
    judge,
    superseded,
    survivor,
)
from connector.domain.match import (
    HANDED_ON,
    NOTHING_SHARED,
    Band,
    Evidence,
    Pair,
    assign,
    compatible_names,
    judge_once,
)
from connector.domain.match import judge as judge_pair
from connector.domain.plan import Entry, EntryKind
from connector.domain.values import BLANK, CHECKANDPLACE, CLOPOS, Customer, Json, Key, KeyKind, SideName
from connector.engine.context import RunContext
from connector.state.core import chunks
from connector.state.links import HOLDING_STATES, LinkView
from connector.state.records import Stored

TAKEN_BACK = (PHONE_AND_NAME, "turned_anonym")
"""Why a disputed link was doubted, where the records themselves can show that the reason is over."""
PARTNER_KINDS = (KeyKind.PHONE, KeyKind.EMAIL)


class _Counted:
    """How many records of a side hold a key, for the matcher."""

    def __init__(self, holders: Mapping[SideName, Mapping[Key, int]]) -> None:
        self._holders = holders

    def count(self, side: SideName, key: Key) -> int:
        return self._holders[side].get(key, 0)


def evidence_of(ctx: RunContext, connection: Connection, clopos: Stored, guest: Stored) -> Evidence:
    """The evidence of one pair of records, judged as they are in the state now."""
    keys = {*clopos.keys, *guest.keys}
    holders = {side: ctx.stores.records.holder_counts(connection, side, keys) for side in SideName}
    evidence = judge_pair(clopos.customer, guest.customer, _Counted(holders))
    rows = str(clopos.row), str(guest.row)
    people = {record.row: record.customer for record in (clopos, guest)}
    return _with_handed_on(ctx, connection, [Pair(*rows, evidence)], people)[0].evidence


def evidence_facts(ctx: RunContext, evidence: Evidence) -> dict[str, Json]:
    """Evidence as a link or a proposal keeps it: band, facts in words, strength (0 to 100), and for staff a hint."""
    kept: dict[str, Json] = {
        "band": evidence.band.value, "facts": list(evidence.facts), "strength": evidence.strength,
    }  # fmt: skip
    if evidence.band is Band.REVIEW:
        kept["hint"] = ctx.mapper.linking.hint(evidence.strength).value
    return kept


def plan_links(ctx: RunContext, connection: Connection) -> Iterator[Entry]:
    """Entries for new links and for proposals; open proposals that are none any more are closed.

    A pair of which neither record stands in another one is planned at once; the others are judged together at the end,
    so that only they are held in memory.
    """
    open_proposals = ctx.stores.proposals.all_open(connection)
    proposed: set[tuple[int, int]] = set()
    contested: list[Pair] = []
    for chunk in chunks(ctx.stores.links.candidates(connection, names=ctx.relink is not None), 400):
        alone = {(str(clopos), str(guest)) for clopos, guest, by_itself in chunk if by_itself}
        judged = _judged(ctx, connection, [(clopos, guest) for clopos, guest, _by_itself in chunk])
        contested.extend(pair for pair in judged if (pair.clopos_id, pair.checkandplace_id) not in alone)
        sole = [pair for pair in judged if (pair.clopos_id, pair.checkandplace_id) in alone]
        yield from _link_entries(ctx, connection, sole, open_proposals, proposed)
    left = _one_to_one(assign(contested))
    best = likeliest(pair for pair in left if pair.evidence.band is Band.REVIEW)
    for group in chunks(left, 400):
        yield from _link_entries(ctx, connection, group, open_proposals, proposed, best)
    for rows, (proposal_id, _opened) in sorted(open_proposals.items()):
        if rows not in proposed:
            yield Entry(
                EntryKind.CLOSE, clopos_row=rows[0], checkandplace_row=rows[1], reason="moot", topic="proposal",
                facts={"proposal_id": proposal_id},
            )  # fmt: skip


def _judged(ctx: RunContext, connection: Connection, rows: Sequence[tuple[int, int]]) -> list[Pair]:
    """Some hundred candidates with their evidence; those that are apart are left out."""
    records = ctx.stores.records
    people = records.people(connection, [row for pair in rows for row in pair])
    keys = {key for record in people.values() for key in record.keys if key.kind is not KeyKind.NAME}
    counted = _Counted({side: records.holder_counts(connection, side, keys) for side in SideName})
    pairs = (
        Pair(str(clopos), str(guest), _at_least(ctx, people[clopos], people[guest], counted)) for clopos, guest in rows
    )
    return _with_handed_on(ctx, connection, [pair for pair in pairs if pair.evidence.band is not Band.APART], people)


def _at_least(ctx: RunContext, clopos: Customer, guest: Customer, counted: _Counted) -> Evidence:
    """The evidence of two candidates. In relink mode an equal name alone is for staff to look at: the number may have
    changed since the two were one link. Else candidates that share nothing now are such that did before."""
    evidence = judge_pair(clopos, guest, counted)
    if ctx.relink is not None and evidence.why == NOTHING_SHARED and {*clopos.keys} & {*guest.keys}:
        return replace(evidence, band=Band.REVIEW, why="name_alone")
    return judge_once(clopos, guest, evidence)


def _with_handed_on(
    ctx: RunContext, connection: Connection, pairs: Sequence[Pair], people: Mapping[int, Customer]
) -> list[Pair]:
    """The pairs, and of those in review that share a number which a third record held before: that it was."""
    shared: dict[Pair, set[Key]] = {}
    for pair in pairs:
        if pair.evidence.band is Band.REVIEW:
            both = {*people[int(pair.clopos_id)].keys} & {*people[int(pair.checkandplace_id)].keys}
            shared[pair] = {key for key in both if key.kind is KeyKind.PHONE}
    former = ctx.stores.former.handed_on(connection, {key for keys in shared.values() for key in keys})
    told = []
    for pair in pairs:
        rows = {int(pair.clopos_id), int(pair.checkandplace_id)}
        if any(former.get(key, set()) - rows for key in shared.get(pair, ())):
            evidence = pair.evidence
            told.append(replace(pair, evidence=replace(evidence, facts=(*evidence.facts, HANDED_ON))))
        else:
            told.append(pair)
    return told


def _link_entries(
    ctx: RunContext, connection: Connection, pairs: Sequence[Pair],
    open_proposals: Mapping[tuple[int, int], tuple[int, datetime]], proposed: set[tuple[int, int]],
    best: Set[tuple[str, str]] | None = None,
) -> Iterator[Entry]:  # fmt: skip
    """A link for each sure pair, a proposal for each other; the proposals' rows are added to `proposed`. `best` are the
    likeliest of those that have others beside them (None: these have none)."""
    named = ctx.stores.records.named(
        connection, [int(row) for pair in pairs for row in (pair.clopos_id, pair.checkandplace_id)]
    )
    for pair in pairs:
        rows = int(pair.clopos_id), int(pair.checkandplace_id)
        (clopos_id, name), (guest_id, other_name) = named[rows[0]], named[rows[1]]
        sure = pair.evidence.band is Band.SURE
        if not sure:
            proposed.add(rows)
        since = open_proposals.get(rows)
        ids = pair.clopos_id, pair.checkandplace_id
        chosen = {} if sure or best is None else {"others": True, "best": ids in best}
        kept = evidence_facts(ctx, pair.evidence)
        yield Entry(
            EntryKind.LINK if sure else EntryKind.PROPOSAL,
            clopos_id=clopos_id, checkandplace_id=guest_id, clopos_row=rows[0], checkandplace_row=rows[1],
            who=name, reason=pair.evidence.why, queued_at=since[1].isoformat() if since and not sure else None,
            next_step="" if sure or since is None else step_of(since[0], kept.get("hint"), chosen.get("best")),
            facts={**kept, "other_name": other_name, **chosen},
        )  # fmt: skip


def _one_to_one(pairs: list[Pair]) -> list[Pair]:
    """A record that this plan links is nobody's candidate any more: what is left beside it is a double of its partner,
    held by its number (`shared-number`)."""
    sure = [pair for pair in pairs if pair.evidence.band is Band.SURE]
    clopos, guests = {pair.clopos_id for pair in sure}, {pair.checkandplace_id for pair in sure}
    return [
        pair
        for pair in pairs
        if pair.evidence.band is Band.SURE or (pair.clopos_id not in clopos and pair.checkandplace_id not in guests)
    ]


def plan_link_states(ctx: RunContext, connection: Connection) -> Iterator[tuple[LinkView, Entry | None, bool]]:
    """For every link whose records' state asks for it: (link, entry of the change or of the task, may it be merged).

    Of two links of one record that could come back in one run the older does.
    """
    healed: set[int] = set()
    for links in ctx.stores.links.troubled(connection):
        rows = [row for link in links for row in (link.clopos_row, link.checkandplace_row)]
        loaded = ctx.stores.records.load(connection, rows)
        doubted = _doubted_sides(ctx, connection, links)
        for link in links:
            clopos, guest = _cleared(ctx, connection, loaded[link.clopos_row], loaded[link.checkandplace_row])
            sights = (_sight(ctx, connection, clopos), _sight(ctx, connection, guest))
            # What staff broke, or what went over to another record, does not come back by itself.
            for_good = link.state == "broken" and link.state_reason in FOR_GOOD
            decision = judge(LinkState(link.state), sights, by_staff=for_good)
            if for_good:
                decision = replace(decision, reason=link.state_reason)
            if decision.state in (LinkState.ACTIVE, LinkState.DISPUTED) and link.state in ("broken", "superseded"):
                if _elsewhere(ctx, connection, link) or not healed.isdisjoint(rows_of := (clopos.row, guest.row)):
                    decision = LinkDecision(LinkState.BROKEN, "moved")
                else:
                    healed.update(rows_of)
            if link.state == "superseded" and decision.state is LinkState.SUPERSEDED:
                decision = _moved(ctx, connection, clopos, guest, decision)
            if decision.state is LinkState.DISPUTED and link.state == "disputed":
                decision = replace(decision, reason=link.state_reason, side=doubted.get(link.id))
                if _taken_back(ctx, link, clopos, guest):
                    decision = LinkDecision(LinkState.ACTIVE, "taken_back", merge=True)
            same = decision.state.value == link.state and decision.state is LinkState.ACTIVE
            entry = None if same else _state_entry(link, clopos, guest, decision)
            yield link, entry, decision.merge


def _doubted_sides(ctx: RunContext, connection: Connection, links: Sequence[LinkView]) -> dict[int, SideName]:
    """Disputed links -> the side whose record is perhaps another person now, as the open task says it."""
    subjects = {f"c{link.clopos_row}:p{link.checkandplace_row}": link.id for link in links if link.state == "disputed"}
    live = ctx.stores.queue.live(connection, subjects)
    tasks = (task for (_subject, topic), task in live.items() if topic == "link-disputed" and task.side)
    return {subjects[task.subject]: SideName(str(task.side)) for task in tasks}


def _elsewhere(ctx: RunContext, connection: Connection, link: LinkView) -> bool:
    """Whether a record of this link has another partner by now, so that the link cannot come back."""
    others = ctx.stores.links.of_records(connection, [link.clopos_row, link.checkandplace_row])
    mine = {link.clopos_row, link.checkandplace_row}
    return any(
        other.state == "active"
        and other.id != link.id
        and not mine.isdisjoint({other.clopos_row, other.checkandplace_row})
        for other in others
    )


def _cleared(ctx: RunContext, connection: Connection, clopos: Stored, guest: Stored) -> tuple[Stored, Stored]:
    """Both records without a suspicion that this run's reading of the partner took back: staff typed the same new name
    or number into both systems, and one of them was read first."""
    both = [clopos, guest]
    for place, (record, partner) in enumerate(((clopos, guest), (guest, clopos))):
        shared = {key for key in record.keys if key.kind in (KeyKind.PHONE, KeyKind.NAME)} & set(partner.keys)
        if record.suspect == PHONE_AND_NAME and shared:
            ctx.stores.records.clear_suspect(connection, [record.row])
            both[place] = replace(record, suspect=None)
    return both[0], both[1]


def _as_settled(ctx: RunContext, link: LinkView, record: Stored) -> bool:
    """Whether a record shows the name and the number with which its link was settled."""
    for name in ("name", "phone"):
        spec, base = ctx.mapper.mapping.field(name), link.base(name)
        now = record.customer.field(name)
        if spec is None or base is None or now.is_unknown or not spec.kind.equal(base[record.side], now):
            return False
    return True


def _taken_back(ctx: RunContext, link: LinkView, clopos: Stored, guest: Stored) -> bool:
    """Whether what made a link disputed is over by itself: both records are there and show what was settled (somebody
    had typed into the wrong record and put it right), so nobody needs to say whose they are."""
    both = clopos, guest
    if link.state_reason not in TAKEN_BACK or guest.customer.traits.anonym:
        return False
    return all(one.gone_at is None and one.missing_scans == 0 and _as_settled(ctx, link, one) for one in both)


def _sight(ctx: RunContext, connection: Connection, record: Stored) -> Sight:
    """What this run knows of one record. `gone_at` was proved by the absence step."""
    gone = record.gone_at is not None
    heir = None
    if gone:
        keys = [key for key in record.keys if key.kind in PARTNER_KINDS]
        holders = ctx.stores.records.holders(connection, record.side, keys)
        heir = survivor(record.customer, lambda key: [str(row) for row in holders.get(key, ()) if row != record.row])
    return Sight(
        record.side, missing_scans=max(record.missing_scans, 2) if gone else record.missing_scans,
        by_id=ById.NOT_FOUND if gone else ById.NOT_ASKED, deleted=record.customer.traits.deleted,
        changed_hands=record.suspect, turned_anonym=record.customer.traits.anonym, survivor=heir,
    )  # fmt: skip


def _moved(
    ctx: RunContext, connection: Connection, clopos: Stored, guest: Stored, decision: LinkDecision
) -> LinkDecision:
    """A superseded link moves by itself only when one of the two partners is gone too (CP-48): it ends when its own
    is, and goes over to the survivor (`moved`) when that one's partner is."""
    gone_side = CLOPOS if clopos.gone_at is not None else CHECKANDPLACE
    partner = guest if gone_side is CLOPOS else clopos
    heir, heir_partner_gone = decision.survivor, None
    if heir is not None:
        held = [
            other for other in ctx.stores.links.of_records(connection, [int(heir)]) if other.state in HOLDING_STATES
        ]
        # A record keeps its ended links beside the one that lives: an active one alone says who its partner is.
        others = [other for other in held if other.state == "active"] or [other for other in held if other.may_heal]
        if others:
            row = others[-1].checkandplace_row if gone_side is CLOPOS else others[-1].clopos_row
            heir_partner_gone = ctx.stores.records.load(connection, [row])[row].gone_at is not None
    move = superseded(own_partner_gone=partner.gone_at is not None, survivor_partner_gone=heir_partner_gone)
    if move is Move.ENDS:
        return LinkDecision(LinkState.BROKEN, "gone_on_both")
    if move is not Move.MOVES or heir is None:
        return decision
    survived = ctx.stores.records.load(connection, [int(heir)])[int(heir)]
    left, right = (survived, guest) if gone_side is CLOPOS else (clopos, survived)
    if not compatible_names(left.last.get("name", BLANK), right.last.get("name", BLANK)):
        return decision  # the number went on to somebody else: staff are asked, nobody is taken for another
    if partner.row in ctx.stores.proposals.rejected_of(connection, [survived.row]).get(survived.row, []):
        return decision  # staff said that these two are different people, for good
    if _claimed(ctx, connection, survived, clopos if gone_side is CLOPOS else guest):
        return decision  # two were merged into one record: whose partner is left, only staff can say
    return replace(decision, state=LinkState.BROKEN, reason="moved", task=False)


def _claimed(ctx: RunContext, connection: Connection, heir: Stored, but: Stored) -> bool:
    """Whether another vanished record than `but`, whose partner is still there, may have been merged into `heir` too:
    it holds one of the heir's numbers or addresses, and its link waits to go over as well."""
    keys = [key for key in heir.keys if key.kind in PARTNER_KINDS]
    vanished = ctx.stores.records.holders(connection, heir.side, keys, gone=True)
    rows = {row for rows in vanished.values() for row in rows} - {but.row}
    waiting = [link for link in ctx.stores.links.of_records(connection, rows) if link.state == "superseded"]
    partners = [link.checkandplace_row if heir.side is CLOPOS else link.clopos_row for link in waiting]
    return any(one.gone_at is None for one in ctx.stores.records.load(connection, partners).values())


_SENTENCES = {
    "gone": "The record on {side} is gone; nothing is written to or created for its partner.",
    "gone_on_both": "Both records are gone.",
    "merged_away": "The record on {side} was merged into another one there; its partner may be a double to merge too.",
    "disputed": "It is not clear whether the two records are still one person; nothing is written until staff decide.",
    "turned_anonym": "The record on {side} became anonymous; the link is frozen until staff decide.",
    "cid_changed": "The record on {side} carries another key than before: perhaps another person; nothing is written.",
    "phone_and_name_changed": "Phone and name of the record on {side} both changed: perhaps another person; "
    "nothing is written.",
    "moved": "The record on {side} was merged and its survivor lost its partner: the link goes over to it.",
    "taken_back": "The records show again what they showed before; the link is active again.",
    "seen_again": "The record is there again; the link is active again.",
}


def moved_link(ctx: RunContext, connection: Connection, entry: Entry) -> Entry | None:
    """The new link of a partner whose own record was merged away and whose survivor lost its partner."""
    heir = entry.facts.get("survivor_row")
    if entry.reason != "moved" or heir is None:
        return None
    record = ctx.stores.records.load(connection, [int(heir)])[int(heir)]
    place = (
        {"clopos_id": record.id, "clopos_row": record.row}
        if record.side is CLOPOS
        else {"checkandplace_id": record.id, "checkandplace_row": record.row}
    )
    facts = {"band": "sure", "facts": ["its record was merged into this one"]}
    bare = replace(entry, kind=EntryKind.LINK, side=None, link_id=None, reason="merged_away", topic="", facts=facts)
    return replace(bare, sentence="", next_step="", **place)  # type: ignore[arg-type]  # a row id and an id as text


def _state_entry(link: LinkView, clopos: Stored, guest: Stored, decision: LinkDecision) -> Entry:
    """The plan's entry for a link that changes its state, or that still waits for staff."""
    side, state, reason = decision.side or CHECKANDPLACE, decision.state, decision.reason or ""
    task, heir = decision.task, decision.survivor
    return Entry(
        EntryKind.LINK_STATE, side=side, clopos_id=clopos.id, checkandplace_id=guest.id, clopos_row=clopos.row,
        checkandplace_row=guest.row, link_id=link.id, who=clopos.name, reason=reason, topic=f"link-{state.value}",
        sentence=_SENTENCES.get(reason, "").format(side=side.label),
        next_step=f"connector links show {link.id}" if task else "",
        facts={"state": state.value, "was": link.state, "task": task, **({"survivor_row": heir} if heir else {})},
    )  # fmt: skip
