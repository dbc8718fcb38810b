"""Undo: what a run, one operation or one link did is taken back, as a plan that goes the way of every plan.

    readings -> plan from the before-images -> guard -> links and tasks -> requests -> what was refused becomes a task

Nothing is deleted, no blank is sent to a side that takes none, and nothing that was changed since is overwritten; what
cannot be taken back is a task (docs/UNDO.md).
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping
from functools import partial

from sqlalchemy import Connection

from connector.domain.codes import HoldCode
from connector.domain.plan import EntryKind
from connector.domain.undo import UNDO, UNDO_TASKS
from connector.domain.values import CHECKANDPLACE, CLOPOS, Json, SideName
from connector.engine.absence import conclude_absence
from connector.engine.apply import apply_operations
from connector.engine.context import Progress, RunContext, Stores
from connector.engine.identity import refuse_another_store, refuse_shared_store
from connector.engine.keys import settle_keys
from connector.engine.ledger import put_in_queue, record_decisions
from connector.engine.pairs import DRY_KINDS
from connector.engine.planning import Plan, finish_plan, found_before, plan_basis
from connector.engine.recover import recover_clopos, settle_checkandplace
from connector.engine.rederive import rederive
from connector.engine.run import Story
from connector.engine.scan import scan_full, scan_quick
from connector.engine.staff import NotPossible
from connector.engine.steps import Step
from connector.engine.undo_plan import by_hand_instead, entries
from connector.state.overview import Overview
from connector.state.undoing import UndoStore, Wanted

NOT_TAKEN = (HoldCode.REJECTED.value, HoldCode.DID_NOT_STICK.value)
"""Holds that apply opens on a field: of an undo they are a task, since no later run would send that value again."""


def undo_story(wanted: Wanted) -> Story:
    """How a run of kind `undo` (or `undo-preview`) comes to its plan and carries it out."""
    return Story(partial(_until_plan, wanted), _carry_out)


def refuse_unless_undoable(stores: Stores, connection: Connection, wanted: Wanted, pair: str) -> None:
    """Raises NotPossible where there is nothing to take back at all: before anything is read."""
    store, at_work = UndoStore(stores.database), False
    if wanted.run is not None:
        at_work = _refuse_run(stores, connection, wanted.run)
    elif wanted.intent is not None:
        operation = store.operation(connection, wanted.intent)
        if operation is not None and operation[1] != "done":
            raise NotPossible(
                "operation-not-done", f"Operation o{wanted.intent} was not carried out: it is {operation[1]}.",
                next_step=f"connector runs show {operation[0]} --pair {pair}",
            )  # fmt: skip
    asked = (store.fields, store.links, store.made)
    some = at_work or any(True for ask in asked for _part in ask(connection, wanted))
    if not some and wanted.run is not None:
        broken = store.broken_by(connection, wanted.run, UNDO)
        some = bool(broken or store.tasks_of(connection, wanted.run, UNDO_TASKS))
    if not some:
        raise NotPossible(
            "nothing-to-undo", f"{title(wanted).capitalize()} wrote nothing and linked nobody: nothing can be undone.",
            next_step=f"connector runs list --pair {pair}",
        )  # fmt: skip


def title(wanted: Wanted) -> str:
    """What is undone, for people: `run 12`, `operation o57`, `link 31`."""
    if wanted.run is not None:
        return f"run {wanted.run}"
    return f"operation o{wanted.intent}" if wanted.intent is not None else f"link {wanted.link}"


def typed(wanted: Wanted) -> str:
    """The same as it is typed behind `connector undo`."""
    if wanted.run is not None:
        return str(wanted.run)
    return f"o{wanted.intent}" if wanted.intent is not None else f"l{wanted.link}"


def _refuse_run(stores: Stores, connection: Connection, run_id: int) -> bool:
    """Raises NotPossible for no run, or one that only compared. Returns whether it is at work, or was killed."""
    run = Overview(stores.database).run(connection, run_id)
    if run is None:
        raise NotPossible("run-unknown", f"There is no run {run_id}.", next_step="connector runs list")
    if run.kind in DRY_KINDS:
        raise NotPossible(
            "run-was-dry", f"Run {run_id} only compared: it wrote nothing, so nothing can be undone.",
            next_step="connector runs list",
        )  # fmt: skip
    return run.state == "running"


def wanted_of(text: str) -> Wanted | None:
    """The inverse of `typed`; None for what names nothing."""
    match = re.fullmatch(r"([oOlL]?)(\d{1,18})", text, re.ASCII)
    if match is None:
        return None
    number = int(match[2])
    return {"": Wanted(run=number), "o": Wanted(intent=number), "l": Wanted(link=number)}[match[1].lower()]


async def plan_again(
    ctx: RunContext, origin: Mapping[str, Json], read: Callable[[RunContext], Awaitable[None]]
) -> Plan:
    """The undo of a plan file, planned anew on readings of now. Raises NotPossible for an origin that names nothing."""
    wanted = wanted_of(str(origin.get("of")))
    if wanted is None:
        raise NotPossible("undo-unknown", "The plan file does not say what it undoes.", next_step="connector runs list")
    return await _until_plan(wanted, ctx, read)


async def _read_both(ctx: RunContext) -> None:
    """Clopos quickly where that proves itself; Check&Place, where values are put back, whole."""
    if not await scan_quick(ctx):
        await scan_full(ctx, CLOPOS)
    await scan_full(ctx, CHECKANDPLACE)
    ctx.readings[CHECKANDPLACE].agreed = True


async def _until_plan(
    wanted: Wanted, ctx: RunContext, read: Callable[[RunContext], Awaitable[None]] = _read_both
) -> Plan:
    """Doubts first, then what both sides show now, and the plan."""
    refuse_another_store(ctx)
    rederive(ctx)
    if not ctx.dry:
        await recover_clopos(ctx)
    ctx.step = Step.SCAN
    await read(ctx)
    refuse_shared_store(ctx)
    for side in SideName:
        await conclude_absence(ctx, side)
    if not ctx.dry:
        await settle_checkandplace(ctx)
    return _make_plan(ctx, wanted)


def _make_plan(ctx: RunContext, wanted: Wanted) -> Plan:
    """The reverse, stored entry by entry like any plan; a number that somebody else holds by now is left to staff."""
    stores = ctx.stores
    ctx.progress(Progress("plan"))
    ctx.step = Step.PLAN
    with stores.database.write() as connection:
        plan_id = stores.plans.begin(
            connection, ctx.run_id,
            {**plan_basis(ctx, {"kind": "undo", "of": typed(wanted)}), **found_before(ctx, connection)},
            ctx.clock.now(), keep=ctx.policy.keep_plans, approvable=ctx.policy.approval,
        )  # fmt: skip
    with stores.database.write() as connection:
        queue = stores.queue.live(connection)
        stores.plans.add(connection, plan_id, entries(ctx, connection, wanted, queue))
    with stores.database.write() as connection:
        settle_keys(ctx, connection, plan_id, queue)
        for row, held in list(stores.plans.entries(connection, plan_id, (EntryKind.HOLD,))):
            tasks = [by_hand_instead(ctx, held, change, held.reason) for change in held.fields]
            stores.plans.replace(connection, plan_id, [row], tasks)
        return finish_plan(ctx, connection, plan_id)


async def _carry_out(ctx: RunContext, plan: Plan, allowed: Counter[str] | None) -> None:
    """Links and tasks first, then the requests; what a server did not take is left to staff."""
    record_decisions(ctx, plan.id)
    await apply_operations(ctx, plan.id, allowed)
    hand_over(ctx, plan)


def hand_over(ctx: RunContext, plan: Plan) -> None:
    """What a server did not take is a task from now on."""
    for page in ctx.stores.plans.pages(plan.id, (EntryKind.UPDATE,)):
        with ctx.stores.database.write() as connection:
            live = ctx.stores.queue.live(connection, {entry.subject for entry in page})
            for entry in page:
                for change in entry.fields:
                    held = live.get((entry.subject, change.field))
                    if held is not None and held.kind == "hold" and held.code in NOT_TAKEN:
                        put_in_queue(ctx, connection, by_hand_instead(ctx, entry, change, held.code), held)
