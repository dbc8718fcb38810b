"""The story: perturbation after perturbation, counted; whatever a reader let through goes through the whole engine."""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from connector.domain.values import CHECKANDPLACE, CLOPOS, SideName
from tests.perturb.lists import Perturbation, Served, draw
from tests.perturb.reader import ends, read
from tests.perturb.town import Town

COUNTED = {CLOPOS: 0.7, CHECKANDPLACE: 0.3}
SAMPLE = 0.002
"""The share of the scans that were torn, or whole in spite of everything, that goes through the engine as well."""
COUNTS = (
    "scans", "runs", "alike", "same_loss", "vanished", "deletions", "creates", "updates", "absences", "broken",
)  # fmt: skip
LARGEST = 8
"""Newcomers after which the town begins anew."""


@dataclass
class Told:
    """What came of it. `kinds`: kind of a fault -> verdict -> scans."""

    scans: int = 0
    verdicts: Counter[str] = field(default_factory=Counter)
    kinds: dict[str, Counter[str]] = field(default_factory=dict)
    runs: int = 0
    stopped: Counter[str] = field(default_factory=Counter)
    alike: int = 0
    same_loss: int = 0
    vanished: int = 0
    deletions: int = 0
    creates: int = 0
    updates: int = 0
    absences: int = 0
    broken: int = 0
    examples: list[str] = field(default_factory=list)

    @property
    def wrong(self) -> int:
        return self.deletions + self.creates + self.updates + self.absences + self.broken

    def add(self, other: Told) -> None:
        """Takes in what another story told."""
        for name in COUNTS:
            setattr(self, name, getattr(self, name) + getattr(other, name))
        self.verdicts.update(other.verdicts)
        self.stopped.update(other.stopped)
        for kind, counts in other.kinds.items():
            self.kinds.setdefault(kind, Counter()).update(counts)
        self.examples += other.examples

    def lines(self) -> list[str]:
        """For people."""
        verdicts = ", ".join(f"{count:,} {name}" for name, count in sorted(self.verdicts.items()))
        rows = [f"{self.scans:,} perturbed scans: {verdicts}"]
        for kind, counts in sorted(self.kinds.items()):
            rows.append(f"  {kind:10} " + ", ".join(f"{counts[name]:,} {name}" for name in sorted(counts)))
        rows.append(f"{self.alike:,} of those not noticed lacked the same places of the list as one before them, with "
                    "the same answer to the question for the row behind the last")  # fmt: skip
        stops = ", ".join(f"{count:,} {code}" for code, count in sorted(self.stopped.items())) or "none"
        rows.append(f"{self.runs:,} whole runs over them (stopped: {stops})")
        rows.append("left out because it is what a deletion looks like: the same loss in two lists in a row "
                    f"{self.same_loss:,}, a newcomer deleted before any answer showed them "
                    f"{self.vanished:,}")  # fmt: skip
        rows.append(f"deletions {self.deletions}, creates drawn from absence {self.creates}, wrong absences "
                    f"{self.absences}, updates {self.updates}, links broken {self.broken}")  # fmt: skip
        return rows + self.examples[:10]


@dataclass
class Story:
    """One seeded story in a folder."""

    folder: Path
    seed: int
    told: Told = field(default_factory=Told)

    async def tell(self, scans: int) -> Told:
        """So many perturbed scans."""
        self.chance = random.Random(f"perturb {self.seed}")
        self.town = Town(self.folder)
        await self.town.build()
        self.lost: frozenset[str] = frozenset()
        self.last: dict[SideName, Perturbation | None] = dict.fromkeys(SideName)
        self.known = {side: self.town.known(side) for side in SideName}
        self.town.newcomer()
        self.met: set[tuple[SideName, bool, frozenset[int], bool]] = set()
        for _ in range(scans):
            await self._one()
        return self.told

    async def _one(self) -> None:
        side = self.chance.choice(list(SideName))
        drawn = draw(self.chance, counted=COUNTED[side])
        ids = self.town.servers.ids(side)
        served = Served(ids, drawn)
        seen = await read(side, served, self.known[side])
        verdict = "torn" if seen is None else ("whole" if seen == set(ids) else "cut and not noticed")
        self.told.scans += 1
        self.told.verdicts[verdict] += 1
        for kind in {fault.kind for fault in drawn.faults}:
            self.told.kinds.setdefault(kind, Counter())[verdict] += 1
        if seen is not None and verdict == "cut and not noticed":
            lost = frozenset(len(ids) - place for place, name in enumerate(ids) if name not in seen)
            alike = (side, drawn.counted, lost, await ends(side, served, len(seen)))
            if alike in self.met and self.chance.random() > SAMPLE:
                self.told.alike += 1
                return
            self.met.add(alike)
        elif self.chance.random() > SAMPLE:
            return
        await self._whole_run(side, drawn)

    async def _whole_run(self, side: SideName, drawn: Perturbation) -> None:
        """The engine over this perturbation, and in half of the cases the last one of the other side; often enough a
        good run behind it, which must find everybody linked."""
        town, chance = self.town, self.chance
        other = self.last[side.other] if chance.random() < 0.5 else None
        both = {side: drawn, side.other: other}
        self.last[side] = drawn
        loss = await self._loss(both[CHECKANDPLACE])
        if loss and loss == self.lost:
            self.told.same_loss += 1
            return
        if any([await self._vanished(each, perturbation) for each, perturbation in both.items()]):
            self.told.vanished += 1
            return
        self.lost = self.lost if loss is None else loss
        await self._run(both)
        if chance.random() < 0.4:
            await self._run({})
            self.lost = frozenset()
            assert not town.unlinked(), "a good run links everybody"
            if len(town.servers.people) >= town.size + LARGEST:
                town.renew()
            town.newcomer()
        self.known = {each: town.known(each) for each in SideName}

    async def _loss(self, perturbation: Perturbation | None) -> frozenset[str] | None:
        """Which known guests a listing of Check&Place would lack; None if it is torn."""
        known = self.known[CHECKANDPLACE]
        seen = await read(CHECKANDPLACE, Served(self.town.servers.ids(CHECKANDPLACE), perturbation), known)
        return None if seen is None else frozenset(known - seen)

    async def _vanished(self, side: SideName, perturbation: Perturbation | None) -> bool:
        """Whether a whole list lacks a newcomer who was deleted before any answer showed them: then nobody is there."""
        served = Served(self.town.servers.ids(side), perturbation)
        seen = await read(side, served, self.known[side])
        return seen is not None and bool(served.vanished - seen - self.known[side])

    async def _run(self, both: dict[SideName, Perturbation | None]) -> None:
        wrong, told = await self.town.run(both), self.told
        told.runs += 1
        if self.town.stopped:
            told.stopped[self.town.stopped] += 1
        told.deletions += sum(write.startswith("DELETE") for write in wrong.writes)
        told.creates += sum(write.startswith("POST") for write in wrong.writes)
        told.updates += sum(write.startswith("PATCH") for write in wrong.writes)
        told.absences += wrong.gone
        told.broken += wrong.broken
        if wrong:
            told.examples.append(f"scan {told.scans}: {wrong} after {both}")
            self.town.renew()
            self.lost, self.last = frozenset(), dict.fromkeys(SideName)
            self.town.newcomer()
