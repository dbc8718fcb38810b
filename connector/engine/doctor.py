"""The examination of a pair: is everything in place, and what do its servers really do. Checks are values; reads only.

What the probes find is kept with the pair (`keep_findings`), what the first writes proved stands there already.
"""

from __future__ import annotations

import contextlib
from collections import Counter
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import Engine

from connector.config.mapping import load_mapping
from connector.config.model import Settings
from connector.config.pair import PairSettings
from connector.domain.errors import ConnectorError, ExitCode, typed_path
from connector.domain.gender import FEMALE, MALE, read_checkandplace, read_clopos
from connector.domain.mapping import Mapper
from connector.domain.values import CHECKANDPLACE, CLOPOS, Json, SideName
from connector.engine.pairs import Remembered, Workshop
from connector.engine.relinking import sentence
from connector.sides.factory import make_sides
from connector.sides.port import Answered, Clock, Finding, Probed, ReadSide, ScanProgress
from connector.state.core import Database
from connector.state.database import integrity, writing
from connector.state.overview import Overview
from connector.state.relinking import relinking
from connector.state.runs import PairStore, PairView, RunStore

FINDINGS = "doctor"
"""The setting of a pair under which the last examination is kept."""
CLOCKS_AGREE = timedelta(seconds=60)
"""Listings are compared with what was sent 60 s before (docs/api/checkandplace.md, section 5): clocks further apart
deserve a word."""


class Verdict(StrEnum):
    """What a check came to. `WARN` keeps nothing from working."""

    OK = "ok"
    WARN = "warn"
    FAIL = "fail"


@dataclass(frozen=True, slots=True)
class Check:
    """One check. `name` is stable (`settings`, `database`, `clopos.reach`, ...); `text` one sentence without guest
    data; `exit_code` what a failure means for the command."""

    name: str
    verdict: Verdict
    text: str
    next_step: str = ""
    exit_code: ExitCode = ExitCode.DONE


@dataclass(frozen=True, slots=True)
class Genders:
    """What the integers of Check&Place seem to mean: (integer, word) -> how many guests; never used by itself (CP-13).
    `configured` is [pairs.NAME.gender]."""

    seen: Mapping[tuple[int, str], int]
    configured: Mapping[str, str]

    def proposal(self) -> dict[int, str]:
        """The lines to paste: integers that were seen with one word only."""
        words: dict[int, set[str]] = {}
        for number, word in self.seen:
            words.setdefault(number, set()).add(word)
        return {number: found.pop() for number, found in sorted(words.items()) if len(found) == 1}

    def contradictions(self) -> list[tuple[int, str]]:
        """Integers that the settings take for the other word than was seen."""
        return [(n, w) for n, w in sorted(self.seen) if self.configured.get(str(n), w) != w]


def failed(name: str, error: ConnectorError) -> Check:
    """A check that ended in an error, with its sentence and what to do; to run the doctor is no advice of the doctor's,
    so something comes before it."""
    step = error.next_step
    first = "Mend that"
    if error.code in ("unreachable", "read-failed"):
        first = "Check the address in the settings, and whether that server is up"
    again = f"{first}, then {step} again" if step.startswith("connector doctor") else step
    return Check(name, Verdict.FAIL, error.manager, again, error.exit_code)


def examine_file(settings: Settings) -> Check:
    """The settings file: whose secrets it holds itself, and who may read it."""
    count = len(settings.pairs)
    text = f"{settings.file} ({count} {'pair' if count == 1 else 'pairs'})"
    written = [
        secret for pair in settings.pairs.values() for secret in pair.secrets().values()
        if secret.reference is None and secret.place.variable is None
    ]  # fmt: skip
    with contextlib.suppress(OSError):
        if written and settings.file.stat().st_mode & 0o077:
            text += ": it holds secrets, and other users of this computer can get at it"
            return Check("settings", Verdict.WARN, text, f"chmod 600 {typed_path(settings.file)}")
    return Check("settings", Verdict.OK, text)


def examine_database(engine: Engine) -> Check:
    """Whether the state can be read, and its file is sound. The schema was brought up to date when it was opened."""
    try:
        broken = integrity(engine)
    except ConnectorError as error:
        return failed("database", error)
    if broken:
        text = f"The state database is damaged: {broken[0]}"
        step = "connector db restore FILE, with the last backup"
        return Check("database", Verdict.FAIL, text, step, ExitCode.FAILED)
    place = engine.url.render_as_string(hide_password=True)
    return Check("database", Verdict.OK, f"sound and up to date ({place})")


def examine_settings(settings: PairSettings) -> Iterator[Check]:
    """The mapping and the secrets of a pair."""
    try:
        fields = Mapper(load_mapping(settings.mapping_file), settings.rules()).compared
        yield Check("mapping", Verdict.OK, f"{len(fields)} fields are compared ({settings.mapping_file})")
    except ConnectorError as error:
        yield failed("mapping", error)
    missing = 0
    for secret in settings.secrets().values():
        try:
            secret.reveal()
        except ConnectorError as error:
            missing += 1
            yield failed("secrets", error)
    if not missing:
        yield Check("secrets", Verdict.OK, f"{len(settings.secrets())} found")


@dataclass(frozen=True, slots=True)
class Opened:
    """Both sides of a pair, reads only."""

    sides: Mapping[SideName, ReadSide]
    clock: Clock


@asynccontextmanager
async def open_sides(shop: Workshop, settings: PairSettings, learned: Mapping[str, Json]) -> AsyncIterator[Opened]:
    """The sides of a pair without write verbs, for examinations: no lease, no run. Raises ConfigError."""
    memories = {side: Remembered(learned.get(side.value, {}), None) for side in SideName}
    sides = make_sides(
        settings, _NoJournal(), shop.clock, memories, shop.budgets, shop.transport, tokens=shop.tokens, dry=True
    )
    try:
        yield Opened(sides, shop.clock)
    finally:
        for side in sides.values():
            await side.aclose()


class _NoJournal:
    """Requests of an examination belong to no run."""

    def note(self, answered: Answered) -> int | None:  # noqa: ARG002 - the port's
        return None


async def examine_side(opened: Opened, name: SideName) -> tuple[list[Check], Sequence[Finding]]:
    """Reachability, credentials, clock, and what the server really does. A side that fails gets no further request."""
    side, started = opened.sides[name], opened.clock.monotonic()
    try:
        await side.check()
    except ConnectorError as error:
        return [failed(f"{name.value}.reach", error)], ()
    took = opened.clock.monotonic() - started
    checks = [Check(f"{name.value}.reach", Verdict.OK, f"reached, credentials accepted ({took:.1f} s)")]
    try:
        checks.append(await _clock(opened, name))
        findings = await side.probe() if isinstance(side, Probed) else ()
    except ConnectorError as error:
        return [*checks, failed(f"{name.value}.read", error)], ()
    checks.append(_capabilities(side))
    return checks, findings


async def _clock(opened: Opened, name: SideName) -> Check:
    """The clock of the answer beside ours: one page of the listing carries it."""
    check, progress = f"{name.value}.clock", ScanProgress()
    server: datetime | None = None
    async with contextlib.aclosing(opened.sides[name].scan(progress)) as pages:  # type: ignore[type-var]  # generators
        async for page in pages:
            server = page.server_time
            break
    if server is None:
        return Check(check, Verdict.OK, "the server does not tell its time")
    apart = opened.clock.now() - server
    seconds = abs(apart.total_seconds())
    if apart > CLOCKS_AGREE or apart < -CLOCKS_AGREE:
        text = f"the server's clock is {seconds:.0f} s {'behind' if apart > timedelta() else 'ahead of'} this machine's"
        return Check(check, Verdict.WARN, text, "Let this machine's clock be set by NTP.")
    return Check(check, Verdict.OK, f"agrees with this machine's (to {max(seconds, 1):.0f} s)")


def _capabilities(side: ReadSide) -> Check:
    """What may be written there, by the API and these settings."""
    can = side.capabilities
    verbs = [word for word, able in (("create", can.create), ("update", can.update)) if able]
    why = " (its API has no update: changes become tasks for staff)" if side.name is CLOPOS else ""
    text = f"can {' and '.join(verbs)} customers{why}" if verbs else f"is only read{why}"
    return Check(f"{side.name.value}.writes", Verdict.OK, text)


def examine_mode(engine: Engine, pair: PairView) -> Iterator[Check]:
    """Whether the pair is in relink mode."""
    with engine.connect() as connection:
        found = relinking(connection, pair.id)
    if found is not None:
        yield Check("relink", Verdict.WARN, sentence(found), f"connector backfill --pair {pair.name}")


def proved_writes(pair: PairView) -> Iterator[Check]:
    """What the first writes of each kind proved on this pair (CP-20, CP-40)."""
    for name, found in sorted(pair.probes.items()):
        side, _, verb = name.partition(".")
        label = f"the first {verb} was read back"
        if found.get("result") != "ok":
            changed = ", ".join(found.get("changed", ()))
            text = f"{label}: it changed what was not sent ({changed}), so no other {verb} follows"
            yield Check(f"{side}.{verb}", Verdict.WARN, text, "connector holds list")
        elif found.get("ignored"):
            yield Check(f"{side}.{verb}", Verdict.WARN, f"{label}: not taken were {', '.join(found['ignored'])}")
        else:
            yield Check(f"{side}.{verb}", Verdict.OK, f"{label}, and is as sent ({str(found.get('at', ''))[:10]})")


def observed_genders(engine: Engine, pair: PairView, settings: PairSettings) -> Genders:
    """Which integer of Check&Place goes with which gender, over all guests that were read: by its own word beside it,
    else by the linked customer's in Clopos."""
    mapper = Mapper(load_mapping(settings.mapping_file), settings.rules())
    spec = next((spec for spec in mapper.fields if spec.type == "gender"), None)
    seen: Counter[tuple[int, str]] = Counter()
    reads = {side: on.read if spec and (on := spec.side(side)) else {} for side in SideName}
    with engine.connect() as connection:
        for guest, clopos in Overview(Database(engine, pair.id)).guests_with_partners(connection):
            parts = {role: guest[name] for role, name in reads[CHECKANDPLACE].items() if name in guest}
            number = parts.pop("integer", None)
            if type(number) is not int or number == 0:
                continue
            word = read_checkandplace(parts, None).canonical
            if word not in (MALE, FEMALE) and clopos is not None:
                word = read_clopos({r: clopos[n] for r, n in reads[CLOPOS].items() if n in clopos}).canonical
            if word in (MALE, FEMALE):
                seen[number, word] += 1
    return Genders(seen, dict(settings.gender))


def keep_findings(
    engine: Engine, pair: PairView, findings: Mapping[SideName, Sequence[Finding]], now: datetime
) -> None:
    """Keep what the probes found with the pair; a side that could not be asked keeps its earlier ones."""
    store = RunStore(Database(engine, pair.id))
    told = {
        side.value: {
            "at": now.isoformat(),
            "findings": [{"id": f.id, "question": f.question, "answer": f.answer, "settled": f.settled} for f in found],
        }
        for side, found in findings.items()
        if found
    }
    with writing(engine).begin() as connection:
        before = store.setting(connection, FINDINGS) or {}
        store.set_setting(connection, FINDINGS, {**before, **told})


def known_pair(engine: Engine, settings: PairSettings, now: datetime) -> PairView:
    """The pair's row in the state, made if it is new."""
    with writing(engine).begin() as connection:
        return PairStore().ensure(connection, settings.name, settings.clopos.brand, now)
