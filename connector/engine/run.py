"""One run, told from top to bottom (docs/ARCHITECTURE.md, "The way of the data").

    scan -> normalise -> link -> merge -> plan -> guard -> apply -> record

A dry run is the same code, stopped before *apply*, with sides that have no write verbs.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from connector.domain.errors import ConnectorError, ExitCode, StateError, TornScan, UnsafePlan
from connector.domain.guard import BACKFILL_APPROVAL, Code
from connector.domain.plan import EntryKind
from connector.domain.values import CHECKANDPLACE, CLOPOS, Json
from connector.engine import relinking
from connector.engine.absence import conclude_absence, trust_readings
from connector.engine.apply import apply_operations
from connector.engine.approval import find_approval, use_approval
from connector.engine.context import RunContext, log
from connector.engine.identity import note_changes, refuse_another_store, refuse_shared_store, remember_settings
from connector.engine.ledger import record_decisions
from connector.engine.mapping_change import remember_mapping
from connector.engine.planning import Plan, make_plan
from connector.engine.recover import recover_clopos, settle_checkandplace
from connector.engine.rederive import rederive
from connector.engine.scan import scan_full, scan_quick
from connector.engine.steps import Step
from connector.engine.waiting import waiting_counts

UNFINISHED = ("torn.", "refused.", "in_doubt.", "accepted.", "drifted.", "not_sent_now.", "stopped.", "patch_replaces",
              "not_reached", "waits_for", "not_as_sent")  # fmt: skip
"""Counts that say: done, but some operations were refused, are in doubt or wait (exit code 4)."""


@dataclass
class RunResult:
    """What a run came to. `plan` None: it ended before there was one."""

    run_id: int
    kind: str
    exit_code: ExitCode
    plan: Plan | None = None
    counts: dict[str, int] = field(default_factory=dict)
    requests: int = 0


@dataclass(frozen=True)
class Story:
    """The two parts in which runs differ: how one comes to its plan, and how it carries out what it may. The second
    gets what an approval covers (fingerprints), None where nothing limits the plan."""

    until_plan: Callable[[RunContext], Awaitable[Plan]]
    carry_out: Callable[[RunContext, Plan, Counter[str] | None], Awaitable[None]]


async def run(ctx: RunContext, story: Story | None = None) -> RunResult:
    """One execution of one pair, under its lease. Raises ConnectorError for what stops a run; it is recorded then.
    `story` None: both lists are read, compared and brought together."""
    story = story or Story(until_plan, _carry_out)
    with ctx.stores.database.write() as connection:
        ctx.run_id = ctx.stores.runs.begin(connection, ctx.kind, ctx.clock.now())
    plan: Plan | None = None
    try:
        relinking.look(ctx)
        _refuse_without_backfill(ctx)
        plan = await story.until_plan(ctx)
        if ctx.dry:
            return _end(
                ctx, plan, ExitCode.DIFFERENCES if plan.summary.differs and ctx.kind == "diff" else ExitCode.DONE
            )
        ctx.step = Step.GUARD
        allowed = _past_the_guard(ctx, plan)
        remember_settings(ctx)
        await story.carry_out(ctx, plan, allowed)
        unfinished = any(count for name, count in ctx.counts.items() if name.startswith(UNFINISHED))
        return _end(ctx, plan, ExitCode.PARTLY if unfinished else ExitCode.DONE)
    except ConnectorError as error:
        _end(ctx, plan, error.exit_code, error)
        raise
    except BaseException:
        broken = StateError("run-broken", "The run ended in the middle.", engineer=f"in step {ctx.step.label}")
        _end(ctx, plan, ExitCode.FAILED, broken)
        raise


async def _carry_out(ctx: RunContext, plan: Plan, allowed: Counter[str] | None) -> None:
    """Decisions first, then the requests."""
    record_decisions(ctx, plan.id)
    await apply_operations(ctx, plan.id, allowed)
    remember_mapping(ctx)
    _finish_backfill(ctx, plan)


def _refuse_without_backfill(ctx: RunContext) -> None:
    """Before anything is read: nothing is written on a pair that has no finished, approved backfill. An approved one
    that is not finished can be undone."""
    begun = ctx.pair.backfill_approved_at is not None
    if ctx.dry or ctx.kind == "backfill" or (ctx.kind == "undo" and begun) or ctx.pair.backfill_finished_at is not None:
        return
    raise UnsafePlan(
        "no-backfill", "This pair has no finished backfill yet, so nothing was written.",
        engineer=f"the backfill of {ctx.pair.name} was {'begun and not finished' if begun else 'never run'}",
        next_step=f"connector backfill --pair {ctx.pair.name}",
    )  # fmt: skip


async def until_plan(ctx: RunContext, read: Callable[[RunContext], Awaitable[None]] | None = None) -> Plan:
    """Everything left of apply: doubts first, then both readings, who is gone, and the plan. `read`: how the sides are
    read, where that is not by their lists."""
    refuse_another_store(ctx)
    note_changes(ctx)
    rederive(ctx)
    if not ctx.dry:
        await recover_clopos(ctx)
    ctx.step = Step.SCAN
    await (read or _read_both)(ctx)
    refuse_shared_store(ctx)
    relinking.recognise(ctx)
    for side in (CLOPOS, CHECKANDPLACE):
        await conclude_absence(ctx, side)
    if not ctx.dry:
        await settle_checkandplace(ctx)
    return make_plan(ctx)


async def _read_both(ctx: RunContext) -> None:
    """Clopos quickly where that proves itself, else whole; Check&Place whole, twice before a first backfill creates."""
    if ctx.kind != "quick" or ctx.changed or not await scan_quick(ctx):
        await scan_full(ctx, CLOPOS)
    if not ctx.list_checkandplace:
        return
    await scan_full(ctx, CHECKANDPLACE)
    if ctx.kind == "backfill" and ctx.pair.backfill_finished_at is None:
        for _again in range(2):
            first = ctx.readings[CHECKANDPLACE]
            first_id, first_complete = first.scan_id or 0, first.complete
            await scan_full(ctx, CHECKANDPLACE)
            second = ctx.readings[CHECKANDPLACE]
            with ctx.stores.database.read() as connection:
                same = ctx.stores.runs.agree(connection, CHECKANDPLACE, first_id, second.scan_id or 0)
            second.agreed = first_complete and second.complete and same
            if second.agreed:
                return
    else:
        ctx.readings[CHECKANDPLACE].agreed = True


def _past_the_guard(ctx: RunContext, plan: Plan) -> Counter[str] | None:
    """The operator's word where one is needed; raises UnsafePlan where the guard refuses. Returns what an approval of a
    refused plan covers (fingerprints), None where nothing limits the plan."""
    _refuse_unexpected(ctx)
    going_on = ctx.pair.backfill_approved_at is not None and ctx.pair.backfill_finished_at is None
    if ctx.kind == "backfill" and (not going_on or ctx.relink is not None):
        _confirm(ctx, plan)
    refusals = [r for r in plan.verdict.refusals if not (ctx.kind == "backfill" and r.code is Code.NO_BACKFILL)]
    if ctx.kind == "backfill":
        refusals = [r for r in refusals if r.code not in BACKFILL_APPROVAL]
    if not refusals:
        return None
    approval = find_approval(ctx)
    if approval is not None and all(approval.covers(refusal) for refusal in refusals):
        trust_readings(ctx)
        return use_approval(ctx, approval)
    if ctx.approve is not None and approval is None:
        raise UnsafePlan(
            "approval-unknown", f"There is no refused plan {ctx.approve} of this pair that can still be approved.",
            next_step=f"connector sync --pair {ctx.pair.name}",
        )  # fmt: skip
    raise UnsafePlan(
        "guard-refused", " ".join(r.sentence for r in refusals),
        engineer=f"plan {plan.hash}: " + ", ".join(f"{r.code.value} {dict(r.numbers)}" for r in refusals),
        next_step=f"connector {_command(ctx)} --pair {ctx.pair.name} --approve {plan.hash}",
    )  # fmt: skip


def _command(ctx: RunContext) -> str:
    return ctx.command or ("backfill" if ctx.kind == "backfill" else "sync")


def _refuse_unexpected(ctx: RunContext) -> None:
    """The operator said how many customers a back office shows: a reading that holds another number is not the whole
    list, or another list."""
    for side, expected in ctx.expect.items():
        found = ctx.readings[side].size
        if found != expected:
            told = f"{found:,} customers" if found is not None else "no complete list"
            raise UnsafePlan(
                "count-differs", f"{side.label} gave {told}, but you expect {expected:,}; nothing was written.",
                engineer=f"{side.value}: expected {expected}, read {found}, torn: {ctx.readings[side].torn}",
                next_step=f"Count again in the back office of {side.label} (are archived customers counted there?).",
            )  # fmt: skip


def _refuse_unproved(ctx: RunContext) -> None:
    """Counts of a list that was not read whole, or that was another one the second time, cannot be confirmed."""
    for side, reading in ctx.readings.items():
        if not reading.complete:
            raise TornScan(
                "list-not-whole", f"The list of {side.label} could not be read whole, so nothing was written.",
                engineer=f"{side.value}: {reading.torn}", next_step=f"connector backfill --pair {ctx.pair.name}",
            )  # fmt: skip
    if not ctx.readings[CHECKANDPLACE].agreed:
        raise TornScan(
            "lists-disagree", "Check&Place gave another list each time it was read, so nothing was written.",
            engineer="no two complete listings in a row held the same ids",
            next_step=f"Wait until nobody edits guests there, then connector backfill --pair {ctx.pair.name}",
        )  # fmt: skip


def _confirm(ctx: RunContext, plan: Plan) -> None:
    """Before the first write: the operator confirms the counts that the back offices show."""
    _refuse_unproved(ctx)
    counts = {
        "clopos": ctx.readings[CLOPOS].size or 0,
        "checkandplace": ctx.readings[CHECKANDPLACE].size or 0,
        "links": plan.summary.of(EntryKind.LINK),
        "proposals": plan.summary.of(EntryKind.PROPOSAL),
        "creates_clopos": plan.summary.of(EntryKind.CREATE, CLOPOS),
        "creates_checkandplace": plan.summary.of(EntryKind.CREATE, CHECKANDPLACE),
        "updates_checkandplace": plan.summary.of(EntryKind.UPDATE, CHECKANDPLACE),
    }
    if not ctx.confirm(counts):
        raise UnsafePlan(
            "backfill-not-confirmed", "The backfill was not confirmed, so nothing was written.",
            next_step=f"Compare the counts with the back offices, then connector backfill --pair {ctx.pair.name} --yes",
        )  # fmt: skip
    with ctx.stores.database.write() as connection:
        ctx.stores.pairs.set(
            connection,
            ctx.pair.id,
            backfill_approved_at=ctx.clock.now(),
            backfill_approval={"counts": counts, "plan": plan.hash},
        )
        ctx.pair = ctx.stores.pairs.get(connection, ctx.pair.id)


def _finish_backfill(ctx: RunContext, plan: Plan) -> None:
    """A backfill is finished when it went through its whole plan on complete readings; else it is run again, under the
    same approval."""
    if ctx.kind != "backfill" or (ctx.pair.backfill_finished_at is not None and ctx.relink is None):
        return
    complete = all(reading.complete for reading in ctx.readings.values())
    waits = any(
        kind == EntryKind.NOT_SENT.value and why.startswith("waits_for") for kind, _s, why in plan.summary.counts
    )
    whole = complete and not ctx.counts.get("not_reached") and not ctx.counts.get("waits_for_complete_scan")
    if whole:
        relinking.finish(ctx, nothing_waits=not waits)
    if whole and (not waits or ctx.relink is not None):
        with ctx.stores.database.write() as connection:
            ctx.stores.pairs.set(connection, ctx.pair.id, backfill_finished_at=ctx.clock.now())
            ctx.pair = ctx.stores.pairs.get(connection, ctx.pair.id)
    if ctx.relink is not None or ctx.pair.backfill_finished_at is None:
        ctx.count("waits_for_next_run")


def _end(ctx: RunContext, plan: Plan | None, code: ExitCode, error: ConnectorError | None = None) -> RunResult:
    """Close the run's record: state, counts, error; the requests are flushed."""
    ctx.step = Step.END
    ctx.flush_requests()
    state = {ExitCode.PARTLY: "partly", ExitCode.REFUSED: "refused"}.get(code, "failed" if error else "done")
    told: Json = None
    if error is not None:
        told = {"code": error.code, "manager": error.manager, "engineer": error.engineer, "next": error.next_step}
    with ctx.stores.database.write() as connection:
        waiting = {} if ctx.dry else waiting_counts(ctx.stores, connection)
        ctx.stores.runs.end(
            connection, ctx.run_id, state=state, exit_code=int(code), counts={**ctx.counts, **waiting},
            now=ctx.clock.now(),
            error=told, plan_id=plan.id if plan else None,
        )  # fmt: skip
        requests = ctx.stores.runs.count_requests(connection, ctx.run_id)
        if plan is not None and not ctx.dry and error is None:
            ctx.stores.plans.set_state(connection, plan.id, "applied")
    relinking.note_run(ctx, ended=True)
    log.info("run-ended", kind=ctx.kind, state=state, exit_code=int(code), **ctx.counts)
    return RunResult(ctx.run_id, ctx.kind, code, plan, dict(ctx.counts), requests)
