"""The operator's word on a refused plan: for its reasons and its operations, once, for a day."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from connector.domain.guard import Refusal
from connector.engine.context import RunContext
from connector.state.overview import Overview


@dataclass(frozen=True)
class Approval:
    """A refused plan that the operator approves: its row, and why it had been refused (code, side)."""

    plan_id: int
    reasons: frozenset[tuple[str, str | None]]

    def covers(self, refusal: Refusal) -> bool:
        """Whether that was a reason then. What else is wrong now was not looked at by anybody."""
        return (refusal.code.value, refusal.side.value if refusal.side else None) in self.reasons


def find_approval(ctx: RunContext) -> Approval | None:
    """The refused plan of this pair with the hash that the operator gave (`ctx.approve`), as long as it is young enough
    and was not approved before; None otherwise. Nothing is used up by it."""
    if ctx.approve is None:
        return None
    since = ctx.clock.now() - ctx.policy.approval
    with ctx.stores.database.read() as connection:
        plan_id = ctx.stores.plans.refused(connection, ctx.approve, since, but_run=ctx.run_id)
        plan = Overview(ctx.stores.database).plan(connection, plan_id) if plan_id is not None else None
    if plan is None:
        return None
    return Approval(plan.id, frozenset((one["code"], one.get("side")) for one in plan.verdict))


def use_approval(ctx: RunContext, approval: Approval) -> Counter[str]:
    """The fingerprints of the operations that it covers. It is used up by this."""
    with ctx.stores.database.write() as connection:
        plans = ctx.stores.plans
        allowed = Counter(entry.fingerprint() for _row, entry in plans.operations(connection, approval.plan_id))
        plans.approve(connection, ctx.approve or "", but_run=ctx.run_id)
    return allowed
