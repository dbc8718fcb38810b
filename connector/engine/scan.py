"""Scan: one reading of one side, stored page by page; complete only when the side proved it, otherwise torn."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator, Sequence
from datetime import datetime, timedelta

from sqlalchemy import Connection

from connector.domain.errors import RefusedByServer, TornScan, TransientError
from connector.domain.values import CHECKANDPLACE, CLOPOS, Key, SideName, Value
from connector.engine.context import Progress, RunContext, log
from connector.engine.reading import by_id, read_row, suspicion, wire_digest
from connector.engine.steps import Step
from connector.sides.port import Page, Row, ScanProgress
from connector.state.core import chunks
from connector.state.links import LinkView
from connector.state.records import Reading

FUTURE = timedelta(days=1)
ONE_BY_ONE = 50
"""Records that are read by their ids before they are stored."""
STOPPING = ("paging-ignored",)
"""Torn scans after which no further one can be better: the run stops with the sentence (CL-49, CP-51). A side that
does not even answer its first page stops the run as well."""


class _Walk:
    """One scan under way: its row in the state and what was counted so far."""

    def __init__(self, ctx: RunContext, side: SideName, kind: str) -> None:
        self.ctx, self.side, self.kind = ctx, side, kind
        self.pages = self.rows = self.new = self.changed = self.bad = self.returned = 0
        self.server_time: datetime | None = None
        self.started_at = ctx.clock.now()
        with ctx.stores.database.write() as connection:
            self.scan_id = ctx.stores.runs.begin_scan(connection, ctx.run_id, side, kind, self.started_at)

    def store(self, page: Page) -> int:
        """Store one page in one transaction; returns how many different records of it this scan had not seen yet."""
        with self.ctx.at(Step.NORMALISE), self.ctx.stores.database.write() as connection:
            ids = list(by_id(page.rows))
            self.returned += self.ctx.stores.unseen.returned(connection, self.side, ids)
            distinct, new, changed = store_rows(self.ctx, connection, self.side, page.rows, self.scan_id)
        self.pages += 1
        self.rows += distinct
        self.new += new
        self.changed += changed
        self.bad += len(page.bad)
        for bad in page.bad:
            log.warning("row-unusable", side=self.side.value, place=bad.place, reason=bad.reason)
        return distinct

    def end(self, state: str, reason: str | None, total: int | None) -> None:
        with self.ctx.stores.database.write() as connection:
            self.ctx.stores.runs.set_scan(
                connection, self.scan_id, state=state, reason=reason, ended_at=self.ctx.clock.now(), pages=self.pages,
                rows=self.rows, new_rows=self.new, changed_rows=self.changed, bad_rows=self.bad, total=total,
            )  # fmt: skip
        self.ctx.flush_requests()


def store_rows(
    ctx: RunContext, connection: Connection, side: SideName, rows: Sequence[Row], scan_id: int
) -> tuple[int, int, int]:
    """Store rows as read now: unchanged ones are only marked as seen. Returns (seen first by this scan, new,
    changed)."""
    records, now = ctx.stores.records, ctx.clock.now()
    latest = by_id(rows)
    known = records.known(connection, side, list(latest))
    version = ctx.mapper.reader_version
    same = [
        entry.row
        for remote, entry in known.items()
        if entry.reader_version == version and entry.wire_digest == wire_digest(latest[remote].raw)
    ]
    unseen = sum(1 for remote in latest if remote not in known or known[remote].seen_scan_id != scan_id)
    records.touch(connection, same, scan_id, now)
    unchanged = set(same)
    moved = [row for remote, row in latest.items() if remote not in known or known[remote].row not in unchanged]
    before = records.load(connection, [known[row.id].row for row in moved if row.id in known])
    readings = []
    for row in moved:
        old = before.get(known[row.id].row) if row.id in known else None
        reading = read_row(ctx.mapper, side, row, old)
        moved_on = old is not None and (reading.changed or reading.traits.cid != old.customer.traits.cid)
        if old is not None and moved_on and old.reader_version == version:
            reading = _with_suspicion(ctx, connection, side, reading, old.row)
        readings.append(reading)
    records.save(connection, side, readings, known, scan_id=scan_id, reader_version=version, now=now)
    changed = sum(1 for reading in readings if reading.changed and reading.remote_id in known)
    return unseen, len(readings) - sum(1 for r in readings if r.remote_id in known), changed


def _with_suspicion(ctx: RunContext, connection: Connection, side: SideName, reading: Reading, row: int) -> Reading:
    """Mark a linked record whose identity moved; what we sent ourselves, or what the partner shows too, is no
    suspicion. A link that may heal counts where there is no other: a record can come back as somebody else."""
    old = ctx.stores.records.load(connection, [row])[row]
    if suspicion(old, reading, None) is None:
        return reading
    links = ctx.stores.links.of_records(connection, [row])
    active = [link for link in links if link.state == "active"]
    for link in active or [link for link in links if link.may_heal]:
        partner_row = link.checkandplace_row if side is CLOPOS else link.clopos_row
        partner = ctx.stores.records.load(connection, [partner_row]).get(partner_row)
        sent = _sent(ctx, link) if side is CHECKANDPLACE else ()  # Clopos takes no update (CL-02)
        why = suspicion(old, reading, partner.customer if partner else None, sent)
        if why is not None:
            return Reading(**{**{name: getattr(reading, name) for name in Reading.__slots__}, "suspect": why})
    return reading


def _sent(ctx: RunContext, link: LinkView) -> Iterator[Key]:
    """The keys of what was sent to this link's Check&Place record and is not verified yet."""
    for name, note in link.sent.items():
        spec = ctx.mapper.mapping.field(name)
        if spec is not None and isinstance(note, dict):
            yield from spec.kind.keys(Value.from_json(note["value"]))


async def scan_full(ctx: RunContext, side: SideName) -> None:
    """Read a side whole. Completeness, size and the reading's age go into `ctx.readings`; a torn scan is no error."""
    reading = ctx.readings[side]
    with ctx.stores.database.read() as connection:
        progress = ScanProgress(known=ctx.stores.records.count(connection, side), new=0)
    walk = _Walk(ctx, side, "full")
    reading.scan_id, reading.started_at, reading.full = walk.scan_id, walk.started_at, True
    torn = await _walk_pages(ctx, walk, ctx.sides[side].scan(progress), progress)
    if torn is None and walk.bad:
        torn = f"{walk.bad} rows of the listing cannot be used (no id, or no object): nothing is concluded from absence"
    walk.end("torn" if torn else "complete", torn, progress.total)
    reading.returned, reading.ended = walk.returned, False
    reading.complete, reading.torn, reading.size = torn is None, torn, walk.rows if torn is None else None
    reading.complete_listings += 0 if torn else 1
    with ctx.stores.database.read() as connection:
        last = ctx.stores.runs.last_scan(connection, side, before=walk.scan_id, trusted=True)
        reading.last_size = last.rows if last else None
        reading.made = ctx.stores.intents.count_made(connection, side, last.started_at) if last else 0
        reading.linked_missing = ctx.stores.links.count_missing(connection, side, walk.scan_id) if torn is None else 0
        reading.lacking = ctx.stores.unseen.count(connection, side, walk.scan_id) if torn is None else 0
    if torn is None:
        _move_cursor(ctx, side, walk)
    else:
        ctx.count(f"torn.{side.value}")
        log.warning("scan-torn", side=side.value, reason=torn)


async def scan_quick(ctx: RunContext) -> bool:
    """Read what is new on Clopos. False: it could not prove itself, a full scan is needed (docs/api/clopos.md 3.1)."""
    with ctx.stores.database.read() as connection:
        stored = ctx.stores.runs.cursor(connection, CLOPOS)
        base = ctx.stores.runs.last_scan(connection, CLOPOS)
        known = ctx.stores.records.count(connection, CLOPOS)
    if stored is None or base is None:
        return False
    progress = ScanProgress(known=known)
    walk = _Walk(ctx, CLOPOS, "quick")
    since = datetime.fromisoformat(stored) - ctx.policy.overlap
    torn = await _walk_pages(ctx, walk, ctx.sides[CLOPOS].changes(since, progress), progress)
    if torn is None and progress.total is not None and progress.total != known + walk.new:
        torn = f"the server counts {progress.total} customers, known are {known} and {walk.new} new ones"
    if torn is None and walk.bad:
        torn = f"{walk.bad} rows cannot be used"
    walk.end("torn" if torn else "complete", torn, progress.total)
    if torn is not None:
        log.info("quick-scan-insufficient", reason=torn)
        return False
    reading = ctx.readings[CLOPOS]
    reading.scan_id, reading.started_at, reading.complete, reading.full = walk.scan_id, walk.started_at, True, False
    _move_cursor(ctx, CLOPOS, walk)
    return True


async def read_one(ctx: RunContext, side: SideName, record_id: str) -> Row | None:
    """One record by id (capability `read_by_id`), None where the side does not show it: 404, or refused (CP-17)."""
    try:
        return await ctx.sides[side].get(record_id)
    except RefusedByServer as error:
        log.info("read-refused", side=side.value, record=record_id, status=error.status)
        return None


async def scan_ids(ctx: RunContext, side: SideName, ids: Sequence[str]) -> set[str]:
    """Read these records of a side one by one (capability `read_by_id`); returns those that it does not show.

    It proves those records alone: nobody's absence follows from it, and nobody is created on it."""
    reading, gone = ctx.readings[side], set[str]()
    walk = _Walk(ctx, side, "by-id")
    reading.scan_id, reading.started_at, reading.complete, reading.full = walk.scan_id, walk.started_at, False, False
    try:
        for number, chunk in enumerate(chunks(ids, ONE_BY_ONE)):
            rows = []
            for record_id in chunk:
                row = await read_one(ctx, side, record_id)
                gone |= {record_id} if row is None else set()
                rows += [] if row is None else [row]
                if ctx.stop.is_set():
                    gone |= set(ids)
                    break
            walk.store(Page(number, rows))
            ctx.progress(Progress("scan", side, walk.rows, len(ids), f"scan {walk.scan_id}"))
    except BaseException:
        walk.end("torn", "the run ended in the middle of the scan", None)
        raise
    walk.end("complete", None, None)
    return gone


async def _walk_pages(ctx: RunContext, walk: _Walk, pages: AsyncIterator[Page], progress: ScanProgress) -> str | None:
    """Store every page; returns why the scan is torn, or None."""
    try:
        async for page in pages:
            progress.distinct += walk.store(page)
            if walk.kind == "full":
                progress.new = walk.new
            if page.total is not None:
                progress.total = page.total
            walk.server_time = page.server_time or walk.server_time
            ctx.progress(Progress("scan", walk.side, progress.distinct, progress.total, f"scan {walk.scan_id}"))
            if ctx.stop.is_set():
                return "the run was asked to stop"
    except (TornScan, TransientError) as error:
        if error.code in STOPPING or (walk.pages == 0 and isinstance(error, TransientError)):
            walk.end("torn", error.engineer or error.manager, progress.total)
            raise
        return error.engineer or error.manager
    except BaseException:
        walk.end("torn", "the run ended in the middle of the scan", progress.total)
        raise
    return None


def _move_cursor(ctx: RunContext, side: SideName, walk: _Walk) -> None:
    """Only forward, only in live runs (a cursor is decided, not read), only after the walk reached its stop row; rows
    dated after the answer's own clock plus a day never move it (CL-45). What the walk took is taken off: a record that
    was edited after its page was read is older than the newest one of a later page."""
    if ctx.dry or side is not CLOPOS:
        return
    bound = (walk.server_time or ctx.clock.now()) + FUTURE
    with ctx.stores.database.write() as connection:
        newest = ctx.stores.records.newest_update(connection, side, walk.scan_id, bound)
        stored = ctx.stores.runs.cursor(connection, side)
        newest = None if newest is None else newest - (ctx.clock.now() - walk.started_at)
        if newest is not None and (stored is None or datetime.fromisoformat(stored) < newest):
            ctx.stores.runs.move_cursor(connection, side, newest.isoformat(), ctx.clock.now())
