"""A mapping that was changed since the last run: which fields, and how many customers a plan brings up to date by it.

What a field's mapping was is kept with the pair after each run that read both sides whole, so that the first plan under
a new mapping names what is new. A field that is compared for the first time has no bases: it is judged like a field of
a new link, and only that field (docs/ARCHITECTURE.md, "The merge, whole").
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from sqlalchemy import Connection

from connector.domain.mapping import Mapper
from connector.domain.plan import EntryKind
from connector.domain.planfile import digest_of
from connector.engine.context import RunContext
from connector.engine.reading import merged_fields

SETTING = "mapping"
COUNT = "mapping_changed"
CONCERNED = (EntryKind.SETTLE, EntryKind.TASK, EntryKind.CONFLICT, EntryKind.HOLD, EntryKind.NOT_SENT, EntryKind.UPDATE)


def mapped(mapper: Mapper) -> dict[str, str]:
    """The fields that are compared, each with a digest of all that its mapping says except its title for people."""
    return {spec.name: digest_of(replace(spec, title="")) for spec in merged_fields(mapper)}


def changed_fields(before: Mapping[str, str], now: Mapping[str, str]) -> list[str]:
    """Fields that are mapped another way, that are new, or that are compared no more; in order."""
    return sorted(name for name in {*before, *now} if before.get(name) != now.get(name))


def count_changed_fields(ctx: RunContext, connection: Connection, plan_id: int) -> None:
    """Name the fields whose mapping was changed since the last run in this run's counts (`mapping_changed.email`), each
    with how many links the plan brings up to date because the field was never settled on them."""
    before = ctx.stores.runs.setting(connection, SETTING)
    fields = changed_fields(before, mapped(ctx.mapper)) if before else []
    for name in fields:
        ctx.count(f"{COUNT}.{name}", 0)
    if not fields:
        return
    for _row, entry in ctx.stores.plans.entries(connection, plan_id, CONCERNED):
        for change in entry.fields:
            if entry.link_id is not None and change.field in fields and change.base_clopos is None:
                ctx.count(f"{COUNT}.{change.field}")


def remember_mapping(ctx: RunContext) -> None:
    """After a run that read both sides whole: the mapping of now is the one that the state stands on."""
    if ctx.dry or not all(reading.complete and reading.full for reading in ctx.readings.values()):
        return
    now = mapped(ctx.mapper)
    with ctx.stores.database.write() as connection:
        if ctx.stores.runs.setting(connection, SETTING) != now:
            ctx.stores.runs.set_setting(connection, SETTING, now)
