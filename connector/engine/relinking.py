"""Relink mode: what a run does on a pair whose state is older than the work (docs/DATABASE.md, "Relink mode").

The rule: nothing is written that only an aged base speaks for. A field on which both sides differ, and of which a base
from before says that one side alone changed, may be an edit to carry, one that was carried and undone since, or one
that was made beside it: no reading can tell, so staff are asked (`base-outdated`). Nothing at all is written until a
backfill has judged every link anew and proposed the missing ones; from then on edits travel again. Nobody is created
until every proposal is decided and the operator confirms the creates of another backfill.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from sqlalchemy import Connection

from connector.domain.errors import UnsafePlan
from connector.domain.fieldspec import FieldSpec, Rule
from connector.domain.merge import Decision, FieldDecision
from connector.domain.plan import EntryKind
from connector.domain.values import CHECKANDPLACE, CLOPOS, SideName, Value
from connector.engine.context import RunContext, log
from connector.state import relinking as state
from connector.state import witness
from connector.state.relinking import Relinking, Why

OUTDATED = "base-outdated"
"""The code of a conflict that is open because nobody knows which side changed."""

SENTENCES = {
    Why.RESTORED: "The database of this pair is a backup that was put back.",
    Why.OLDER: "The database of this pair is an older copy: runs were made that it does not know.",
    Why.WORKED_BEFORE: "Customers in Clopos were created by this connector, but the database of this pair does not "
    "know them: it was lost, or is older.",
}
REVIEW = "connector links review"


@dataclass(frozen=True, slots=True)
class Mode:
    """Relink mode in one run. `stored`: the state knows of it (a dry run that finds it out keeps it for itself);
    `creates`: everything is reviewed, so that this run may create."""

    state: Relinking
    stored: bool = True
    creates: bool = False

    waiting: int = 0
    """Proposals that are open when a backfill ended."""

    @property
    def sentence(self) -> str:
        return sentence(self.state)


def sentence(found: Relinking) -> str:
    """What happened and what follows from it, for a manager."""
    follows = (
        "Nobody is created until the proposed links are decided and a backfill was confirmed."
        if found.proposed
        else "Nothing is written until its links were judged and proposed again."
    )
    return f"{SENTENCES[found.why]} {follows}"


def next_step(found: Relinking, pair: str, open_proposals: int) -> str:
    """The command that leads on."""
    backfill = f"connector backfill --pair {pair}"
    if found.proposed and open_proposals:
        return f"connector links list --proposals --pair {pair}, decide each, then {backfill}"
    return backfill


def look(ctx: RunContext) -> None:
    """At the begin of a run: is the pair in the mode, or is the state's file an older copy? Raises UnsafePlan for a run
    that would write without judging everything anew."""
    with ctx.stores.database.read() as connection:
        found = state.relinking(connection, ctx.pair.id)
        older = witness.is_older(ctx.stores.database.engine, connection, ctx.run_id)
    if older:
        _enter(ctx, Why.OLDER)
    elif found is not None:
        ctx.relink = Mode(found)
    note_run(ctx, ended=False)
    _refuse_others(ctx)


def note_run(ctx: RunContext, *, ended: bool) -> None:
    """Let the witness beside the state know how far the work is (live runs)."""
    if not ctx.dry:
        with ctx.stores.database.read() as connection:
            witness.note_run(ctx.stores.database.engine, connection, ctx.run_id, ended=ended)


def recognise(ctx: RunContext) -> None:
    """After both readings: Clopos shows customers with cids that we derived, of which the state knows neither a link
    nor a create. Raises UnsafePlan like `look`."""
    if ctx.relink is not None:
        return
    with ctx.stores.database.read() as connection:
        unknown = ctx.stores.links.unknown_creates(connection)
    if unknown:
        log.warning("customers-of-ours-unknown", records=unknown)
        _enter(ctx, Why.WORKED_BEFORE)
        _refuse_others(ctx)


def _enter(ctx: RunContext, why: Why) -> None:
    """The mode begins: in the state (live runs; with an older file for all its pairs), or for this run alone."""
    mode = Relinking(ctx.clock.now(), why)
    ctx.relink = Mode(mode, stored=not ctx.dry)
    log.warning("relink-mode", why=why.value, stored=not ctx.dry)
    if ctx.dry:
        return
    with ctx.stores.database.write() as connection:
        for pair_id in state.all_pairs(connection) if why is Why.OLDER else [ctx.pair.id]:
            state.begin(connection, pair_id, mode)
        ctx.pair = ctx.stores.pairs.get(connection, ctx.pair.id)


def _refuse_others(ctx: RunContext) -> None:
    if ctx.relink is None or ctx.dry or ctx.kind == "backfill" or (ctx.relink.state.proposed and ctx.kind != "undo"):
        return
    raise UnsafePlan(
        "relink", ctx.relink.sentence,
        engineer=f"pair {ctx.pair.name} is in relink mode ({ctx.relink.state.why.value}) since "
        f"{ctx.relink.state.since:%Y-%m-%d %H:%M:%S} UTC",
        next_step=next_step(ctx.relink.state, ctx.pair.name, 0),
    )  # fmt: skip


def after_links(ctx: RunContext, connection: Connection, plan_id: int) -> None:
    """When a plan has its links: whether the review is over, so that a backfill may create."""
    if ctx.relink is None:
        return
    proposals = any(True for _ in ctx.stores.plans.entries(connection, plan_id, (EntryKind.PROPOSAL,)))
    ctx.relink = replace(
        ctx.relink, creates=ctx.kind in ("backfill", "diff") and ctx.relink.state.proposed and not proposals
    )


def finish(ctx: RunContext, *, nothing_waits: bool) -> None:
    """At the end of a backfill that went through its plan on complete readings; `nothing_waits`: no create was put off.
    Ends the mode when nothing is left to review; notes otherwise that everything is proposed."""
    if ctx.relink is None:
        return
    with ctx.stores.database.write() as connection:
        waiting = len(ctx.stores.proposals.all_open(connection))
        if nothing_waits and not waiting:
            state.end(connection, ctx.pair.id)
            ctx.relink = None
        else:
            proposed = replace(ctx.relink.state, proposed=True)
            state.put(connection, ctx.pair.id, proposed)
            ctx.relink = replace(ctx.relink, state=proposed, waiting=waiting)


def is_aged(ctx: RunContext, *, has_base: bool, aged: bool, asked: bool) -> bool:
    """Whether a field's history cannot be relied on. A link without bases (`has_base` False) that is made in the mode
    had some once, which were lost; an open question about it (`asked`) says so after the mode."""
    if has_base:
        return aged or (ctx.relink is not None and not ctx.relink.stored)
    return ctx.relink is not None or asked


def ask_instead(
    ctx: RunContext, spec: FieldSpec, decision: FieldDecision, values: dict[SideName, Value], *, new: bool,
    asked: bool = False,
) -> FieldDecision:  # fmt: skip
    """What is decided of a field whose history cannot be relied on (`new`: it has none; `asked`: staff were asked).

    Where both sides are at their aged bases nothing has to be known, and they are settled so; where a side is right by
    rule, the outcome is the same whoever changed; every other write, task or clear becomes a question.
    """
    row = decision.under or decision.row
    if row == "equal":  # a new spelling is not worth a write either
        return FieldDecision(Decision.SETTLE, row, dict(values), entry=decision.entry)
    if row == "unchanged" and decision.decision is Decision.NOTHING:
        return replace(decision, decision=Decision.SETTLE_DIFFERENT)
    filled = not (values[CLOPOS].is_blank or values[CHECKANDPLACE].is_blank)
    if spec.rule in (Rule.CLOPOS, Rule.CHECKANDPLACE) and filled:
        return decision
    goes = decision.decision in (Decision.WRITE_CLOPOS, Decision.WRITE_CHECKANDPLACE, Decision.TASK_CLOPOS)
    not_sent = decision.decision is Decision.NOT_SENT and not new
    # A backup lacks few links, and of those an edit may be under way. Of a state that is lost they are all made anew:
    # then `on_link` says what becomes of what differs, as it did the first time.
    few = asked or (ctx.relink is not None and ctx.relink.state.why is not Why.WORKED_BEFORE)
    kept = new and few and row == "new_both_filled" and decision.decision is Decision.SETTLE_DIFFERENT
    if goes or not_sent or row == "one_cleared" or (kept and spec.rule is Rule.TWO_WAY):
        return replace(
            decision, decision=Decision.CONFLICT, row="base_outdated", under=None, value=None, code=OUTDATED,
            entry="opens", setting=None,
        )  # fmt: skip
    return replace(decision, code=OUTDATED) if decision.decision is Decision.CONFLICT else decision
