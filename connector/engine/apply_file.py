"""Apply: a plan file, carried out as exactly what it says (docs/PLANS.md).

The file is never executed. Both sides are read again, the same maker makes the plan of now, and of that only those
entries are carried out that the file holds too: what drifted falls out by itself, and everything that protects a sync
(the guard, keys, probes, intents, the lease) protects this as well, even from a file that somebody forged.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from connector.domain.errors import UnsafePlan, typed_path
from connector.domain.plan import OPERATIONS, Entry, EntryKind
from connector.domain.planfile import entry_id, sides_of
from connector.domain.values import CHECKANDPLACE, Json, SideName
from connector.engine.apply import apply_operations
from connector.engine.context import RunContext, Stores
from connector.engine.drift import DECIDING, Dropped, Why, judge
from connector.engine.file_counts import LEFT, NEWER, NOT_ASKED_FOR
from connector.engine.ledger import record_decisions
from connector.engine.mapping_change import remember_mapping
from connector.engine.plan_choice import Choice, Words
from connector.engine.planfile import PlanFile, made_again
from connector.engine.planning import Plan, finish_plan, plan_basis
from connector.engine.readback import ReadBack, read_back
from connector.engine.run import Story, until_plan
from connector.engine.scan import scan_full, scan_ids
from connector.engine.undo import hand_over, plan_again, typed, wanted_of

Read = Callable[[RunContext], Awaitable[None]]


@dataclass(frozen=True)
class Source:
    """Where plans of one origin come from. `until_plan` makes one anew, from the run's context, the file's origin and
    the reading that a comparison needs; `after` follows the requests; `kind` is the kind of its runs."""

    until_plan: Callable[[RunContext, Mapping[str, Json], Read], Awaitable[Plan]]
    after: Callable[[RunContext, Plan], None] = lambda _ctx, _plan: None
    kind: str = "apply"


async def _compare(ctx: RunContext, _origin: Mapping[str, Json], read: Read) -> Plan:
    return await until_plan(ctx, read)


SOURCES: dict[str, Source] = {"diff": Source(_compare), "undo": Source(plan_again, hand_over, "undo")}
"""By the kind of the origin."""
BY_ID = (EntryKind.UPDATE, EntryKind.SETTLE)
"""Entries about two linked records alone: to check them, nobody else needs to be read."""


@dataclass
class FileRun:
    """One plan file being carried out: what was asked for, and what is known of it when it is over.

    `first`: so many operations go ahead, are read back, and `go_on` is asked whether the others follow. `dropped`: the
    entries that fell out, by id. `left`: operations that were not reached because of a limit or a "no". `options`: how
    it was asked for, as typed behind the file's name: the approval of a refused plan must not make more of it.
    """

    file: PlanFile
    choice: Choice = field(default_factory=Choice)
    limit: int | None = None
    first: int | None = None
    go_on: Callable[[ReadBack], bool] = lambda _read: False
    dropped: dict[str, Why] = field(default_factory=dict)
    unread: set[tuple[SideName, str]] = field(default_factory=set)
    back: ReadBack | None = None
    left: int = 0
    options: str = ""
    _unlinked: set[tuple[int, int]] = field(default_factory=set)

    @property
    def typed(self) -> str:
        """The file and the options, as they are typed."""
        return f"{typed_path(self.file.path)} {self.options}".rstrip()

    @property
    def kind(self) -> str:
        """The kind of the run that carries it out."""
        known = SOURCES.get(str(self.file.about.origin.get("kind")))
        return known.kind if known is not None else "apply"

    def chosen(self, ctx: RunContext, only: Sequence[str], without: Sequence[str]) -> Choice:
        """The operator's words as a choice. Raises NotThere `plan-word-unknown`."""
        fields = {spec.name for spec in ctx.mapper.fields}
        return Choice(Words.of(only, fields, self.file.places), Words.of(without, fields, self.file.places), self.limit)

    @property
    def source(self) -> Source:
        """What makes such plans. Raises KeyError where this version does not know it (`story` says so first)."""
        return SOURCES[str(self.file.about.origin.get("kind"))]

    def story(self, ctx: RunContext) -> Story:
        """The story of this run. Raises UnsafePlan where the file is not this pair's, or stands on other rules."""
        refuse_foreign(ctx, self.file)
        self._refuse_refused(ctx)
        ctx.command = f"apply {self.typed}"
        return Story(self._until_plan, self._carry_out)

    def fallen_out(self, stores: Stores, ctx: RunContext) -> Iterator[Dropped]:
        """The entries that fell out although they are not done, in the plan's order, with what both sides show now;
        read from the file and the state when asked."""
        wanted = [name for name, why in self.dropped.items() if why is not Why.ALREADY]
        judged = judge(stores, ctx.mapper, self.file.entries(wanted), self.unread)
        return (Dropped(one.entry, self.dropped[entry_id(one.entry)], one.now) for one in judged)

    def _refuse_refused(self, ctx: RunContext) -> None:
        """A plan that the guard refused when it was made needs its approval here too; one of a pair without a finished
        backfill needs that, and the run says so."""
        about, begun = self.file.about, ctx.kind == "apply" and ctx.pair.backfill_finished_at is None
        if about.refusals and not begun and ctx.approve is None:
            raise UnsafePlan(
                "plan-refused", "The guard refused this plan when it was made: "
                + " ".join(str(one.get("sentence", "")) for one in about.refusals),
                engineer=f"plan {about.plan}: {', '.join(str(one.get('code')) for one in about.refusals)}",
                next_step=f"connector apply {self.typed} --pair {about.pair} --approve {about.plan}",
            )  # fmt: skip

    async def _read(self, ctx: RunContext) -> None:
        """Each side by the ids that the plan names where that is enough and costs fewer requests, else whole."""
        for side in SideName:
            ids = self._ids(ctx, side)
            if ids is None:
                await scan_full(ctx, side)
            else:
                self.unread |= {(side, name) for name in await scan_ids(ctx, side, ids)}
        ctx.readings[CHECKANDPLACE].agreed = True

    def _ids(self, ctx: RunContext, side: SideName) -> list[str] | None:
        """The ids to read one by one; None: the list is cheaper, or the only proof."""
        pages = int((self.file.about.scans.get(side.value) or {}).get("pages") or 0)
        if not ctx.sides[side].capabilities.read_by_id or self.file.about.origin.get("kind") != "diff":
            return None
        ids: dict[str, None] = {}
        for entry in self.file.entries():
            if entry.kind not in DECIDING or self.choice.of(ctx, entry) is None:
                continue
            if entry.kind not in BY_ID or entry.link_id is None or side not in sides_of(entry):
                return None
            ids[sides_of(entry)[side]] = None
            if len(ids) >= pages:
                return None
        return list(ids)

    async def _until_plan(self, ctx: RunContext) -> Plan:
        """The plan of now, without what the file does not hold; the guard judges that."""
        plan = await self.source.until_plan(ctx, self.file.about.origin, self._read)
        plans, missing = ctx.stores.plans, dict.fromkeys(self.file.places)
        with ctx.stores.database.write() as connection:
            gone = []
            for row, entry in plans.entries(connection, plan.id):
                name = entry_id(entry)
                read = not any(item in self.unread for item in sides_of(entry).items())
                if name in missing and read:
                    del missing[name]
                else:
                    gone.append(row)
                    if entry.kind in DECIDING:
                        ctx.count(NEWER)
            plans.replace(connection, plan.id, gone, ())
            plan = finish_plan(ctx, connection, plan.id)
        self._tell_dropped(ctx, missing)
        return plan

    def _tell_dropped(self, ctx: RunContext, missing: Mapping[str, None]) -> None:
        """Count what fell out of the part that was asked for. What only tells (skips, not sent) is no loss."""
        told = (entry for entry in self.file.entries(missing) if entry.kind in DECIDING)
        wanted = (entry for entry in told if self.choice.of(ctx, entry) is not None)
        for one in judge(ctx.stores, ctx.mapper, wanted, self.unread):
            self.dropped[entry_id(one.entry)] = one.why
            side = one.entry.side.value if one.entry.side else "both"
            ctx.count("already" if one.why is Why.ALREADY else f"drifted.{side}")

    def _choose(self, ctx: RunContext, plan: Plan, allowed: Counter[str] | None) -> Plan:
        """Leave out what was not asked for. A link that a chosen entry stands on comes with it, and an approval of a
        whole update covers a part of it."""
        if self.choice.whole:
            return plan
        plans = ctx.stores.plans
        with ctx.stores.database.write() as connection:
            wanted, operations = set[int](), 0
            for row, entry in plans.entries(connection, plan.id):
                kept = self.choice.of(ctx, entry)
                if kept is not entry and entry.kind in DECIDING:
                    ctx.count(NOT_ASKED_FOR)
                if kept is None:
                    continue
                if entry.kind in OPERATIONS:
                    operations += 1
                    if self.choice.limit is not None and operations > self.choice.limit:
                        self.left += 1
                        continue
                wanted.add(row)
                if kept is not entry:
                    plans.rewrite(connection, [(row, kept)])
                    if allowed is not None and allowed[entry.fingerprint()] > 0:
                        allowed[kept.fingerprint()] += 1
                if entry.kind in BY_ID and entry.link_id is None:
                    self._unlinked.add((entry.clopos_row or 0, entry.checkandplace_row or 0))
            gone = [
                row
                for row, entry in plans.entries(connection, plan.id)
                if row not in wanted and not self._carries(entry)
            ]
            plans.replace(connection, plan.id, gone, ())
            return finish_plan(ctx, connection, plan.id, plan.verdict)

    def _carries(self, entry: Entry) -> bool:
        """Whether a chosen operation stands on this link, which the plan itself makes."""
        return entry.kind is EntryKind.LINK and (entry.clopos_row or 0, entry.checkandplace_row or 0) in self._unlinked

    async def _carry_out(self, ctx: RunContext, plan: Plan, allowed: Counter[str] | None) -> None:
        """What was asked for: the decisions, then all operations; or the first ones, read back, and the others if they
        may follow."""
        plan = self._choose(ctx, plan, allowed)
        record_decisions(ctx, plan.id)
        await self._apply(ctx, plan.id, allowed)
        if self.left:
            ctx.count(LEFT, self.left)
        self.source.after(ctx, plan)
        if ctx.kind == "apply" and self.choice.whole and not self.left and set(self.dropped.values()) <= {Why.ALREADY}:
            remember_mapping(ctx)

    async def _apply(self, ctx: RunContext, plan_id: int, allowed: Counter[str] | None) -> None:
        if self.first is None:
            await apply_operations(ctx, plan_id, allowed)
            return
        await apply_operations(ctx, plan_id, allowed, part=slice(0, self.first))
        with ctx.stores.database.read() as connection:
            rest = max(0, ctx.stores.plans.count_operations(connection, plan_id) - self.first)
        self.back = await read_back(ctx, rest)
        if not self.back.as_sent:
            ctx.count("not_as_sent", len(self.back.differs) + len(self.back.unread))
        if rest and not ctx.stop.is_set() and self.back.as_sent and self.go_on(self.back):
            await apply_operations(ctx, plan_id, allowed, part=slice(self.first, None))
        else:
            self.left += rest


def refuse_foreign(ctx: RunContext, file: PlanFile) -> None:
    """Raises UnsafePlan where the file stands on another pair, database, mapping or other settings than those of now;
    each with its own code."""
    about, now = file.about, plan_basis(ctx)
    with ctx.stores.database.read() as connection:
        database = ctx.stores.plans.database_name(connection)
    if about.pair != ctx.pair.name:
        _foreign(file, "plan-other-pair", f'The plan is about the pair "{about.pair}", not "{ctx.pair.name}".',
                 f"connector apply {typed_path(file.path)} --pair {about.pair}")  # fmt: skip
    again = made_anew(file, ctx.pair.name)
    if dict(about.store) != now["store"]:
        _foreign(file, "plan-other-store", "The plan was made for another brand or another address.", again)
    if about.database != database:
        _foreign(file, "plan-other-database", "The plan was made on another state database.", again)
    if about.mapping != now["mapping"] or about.reader_version != now["reader_version"]:
        _foreign(file, "plan-other-mapping", "The mapping, or how values are read, changed since the plan was made.",
                 again)  # fmt: skip
    moved = sorted(name for name, digest in now["settings"].items() if about.settings.get(name) != digest)
    if moved:
        _foreign(file, "plan-other-settings", "The settings changed since the plan was made.", again, ", ".join(moved))
    if str(about.origin.get("kind")) not in SOURCES:
        _foreign(file, "plan-other-schema", "The plan was made by something that this version does not know.", again)


def made_anew(file: PlanFile, pair: str) -> str:
    """The command that makes such a plan again: an undo stays one, it must not become what a sync would do."""
    origin = file.about.origin
    undone = wanted_of(str(origin.get("of"))) if origin.get("kind") == "undo" else None
    words = "diff" if undone is None else f"undo {typed(undone)}"
    return f"connector {words} --pair {pair} -o {typed_path(made_again(file.path))}"


def _foreign(file: PlanFile, code: str, sentence: str, next_step: str, facts: str = "") -> None:
    raise UnsafePlan(
        code, f"{sentence} Nothing was done.", engineer=f"{file.path}{': ' + facts if facts else ''}",
        next_step=next_step,
    )  # fmt: skip
