"""Writes that never arrive: in doubt in run after run (a server that fails on this one customer), and never there.

One doubt that came to nothing is sent again in the next run. After several runs in a row it is held like a refusal,
tried ever more rarely (`domain/backoff.py`), and named to staff: else it would be sent in every run for ever, and
nobody would learn whom it is about.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from sqlalchemy import Connection

from connector.domain.codes import HoldCode
from connector.domain.plan import Entry, FieldChange
from connector.engine.context import RunContext
from connector.engine.writes import hold
from connector.state.intents import IntentView

RUNS = 3
"""Runs in a row whose write of one record was in doubt and proved not to have arrived, before it is held."""

NEVER_ARRIVED = ("not_found", "absent", "before_value_seen")
"""How a doubt ends that came to nothing: Clopos shows nobody with the cid, two complete listings of Check&Place nobody
new (docs/api/checkandplace.md 5), or the target still shows the value from before."""


def hold_if_never_answered(
    ctx: RunContext, connection: Connection, intent: IntentView, entry: Entry, fields: Sequence[FieldChange] = ()
) -> None:
    """Within the transaction that settles `intent` as never arrived: a hold `no-answer`, if it was not the first such
    run. `fields`: what of an update did not arrive."""
    rows = [row for row in (intent.clopos_row, intent.checkandplace_row) if row is not None]
    runs = _runs_in_vain(intent, ctx.stores.intents.of_records(connection, rows))
    if len(runs) >= RUNS:
        hold(ctx, connection, entry, HoldCode.NO_ANSWER, tuple(fields), runs=len(runs))
        ctx.count(f"held_without_answer.{intent.side.value}")


def _runs_in_vain(intent: IntentView, known: Iterable[IntentView]) -> set[int]:
    """The last runs in a row that sent the same kind of write for the same records in vain, this one among them. What
    was provably never sent (a lost connection before the first byte) counts neither way."""
    runs = {intent.run_id}
    alike = [
        one for one in known
        if one.id < intent.id and (one.side, one.verb) == (intent.side, intent.verb)
        and (one.clopos_row, one.checkandplace_row) == (intent.clopos_row, intent.checkandplace_row)
    ]  # fmt: skip
    for one in reversed(alike):
        if one.state != "dropped":
            break
        if one.outcome in NEVER_ARRIVED:
            runs.add(one.run_id)
    return runs
