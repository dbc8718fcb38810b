"""A link that an undo breaks, or brings back: remembered with who, when and by which run."""

from __future__ import annotations

from sqlalchemy import Connection

from connector.domain.plan import Entry
from connector.domain.undo import TAKEN_BACK, UNDO
from connector.domain.values import Json
from connector.engine.context import RunContext
from connector.engine.staff import user_name
from connector.state.desk import DeskStore
from connector.state.undoing import UndoStore


def remember_undo(ctx: RunContext, connection: Connection, entry: Entry) -> None:
    """Of a link that was undone: the two are different, like a rejected proposal, and are never proposed again; the
    broken link still holds both, so that nothing is created for either. Of one that came back: they are one again."""
    if entry.reason not in (UNDO, TAKEN_BACK):
        return
    desk, now = DeskStore(ctx.stores.database), ctx.clock.now()
    rows = (entry.clopos_row or 0, entry.checkandplace_row or 0)
    state = str(entry.facts["state"])
    decision: dict[str, Json] = {
        "at": now.isoformat(), "who": user_name(), "what": f"{entry.reason.replace('_', ' ')} (run {ctx.run_id})",
        "run": ctx.run_id, "was": str(entry.facts.get("was", "active")),
    }  # fmt: skip
    desk.decide_link(connection, entry.link_id or 0, state=state, reason=entry.reason, decision=decision, now=now)
    if entry.reason == UNDO:
        desk.remember_different(connection, *rows, decision, now)
    else:
        UndoStore(ctx.stores.database).forget_different(connection, *rows)
