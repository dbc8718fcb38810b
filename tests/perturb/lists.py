"""A customer list as a bad day serves it: pages cut, emptied, repeated, shuffled, shifted, shortened, miscounted."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass, field

PAGE_FAULTS = ("cut", "drop", "empty", "repeat", "duplicate", "reorder", "swap", "missing", "foreign")
"""They hit the answers to one or two requests in a row: the page without its tail, without one row, without rows, the
page before, rows twice, in another order, the page after, a 404, rows of another page in place of its own."""
LIST_FAULTS = ("shift", "shuffle", "stuck", "short", "clamp", "total")
"""They hold from one request on: rows were typed in or deleted in front, the order is another one with each request,
every page is the first, the list ends early, pages are smaller than asked for, the count is wrong."""
KINDS = (*PAGE_FAULTS, *LIST_FAULTS)
WEIGHTS = [0.03 if kind == "short" else 1.0 for kind in KINDS]
"""A list that ends early for everybody who asks is taken for what it says: it costs a whole run each time."""


@dataclass(frozen=True)
class Fault:
    """One fault: from the answer to request `at` (1 is the first) on, for `span` requests; `dose` is how much."""

    kind: str
    at: int
    span: int
    dose: int


@dataclass(frozen=True)
class Perturbation:
    """What happens to one scan. `counted`: whether this server tells how many customers there are."""

    faults: tuple[Fault, ...]
    counted: bool
    seed: int

    @property
    def name(self) -> str:
        """The kinds of its faults."""
        return "+".join(fault.kind for fault in self.faults)


def draw(chance: random.Random, *, counted: float) -> Perturbation:
    """A random perturbation of one to three faults; `counted`: the share of servers that count."""
    faults = []
    for _ in range(chance.choice((1, 1, 1, 2, 3))):
        kind = chance.choices(KINDS, WEIGHTS)[0]
        lasting = kind in LIST_FAULTS
        # Rows shift behind the first answer: a list that hides its first row from the beginning is another list.
        at = 1 if kind in ("short", "clamp") else chance.randint(2 if kind == "shift" else 1, 7)
        faults.append(Fault(kind, at, 10_000 if lasting else chance.choice((1, 1, 2)), chance.randint(1, 6)))
    return Perturbation(tuple(faults), chance.random() < counted, chance.getrandbits(32))


@dataclass
class Served:
    """A list behind a perturbation (None: served well), for one scan. `shown`: the ids in its answers so far."""

    rows: Sequence[str]
    perturbation: Perturbation | None
    asked: int = 0
    shown: set[str] = field(default_factory=set)
    _deleted: frozenset[str] | None = None
    _chance: random.Random = field(init=False)

    def __post_init__(self) -> None:
        self._chance = random.Random(self.perturbation.seed if self.perturbation else 0)

    @property
    def counted(self) -> bool:
        return self.perturbation is not None and self.perturbation.counted

    @property
    def vanished(self) -> set[str]:
        """Who was deleted in front for the rest of the scan, before any answer had shown them."""
        return set(self._deleted or ()) - self.shown

    def answer(self, number: int, size: int) -> tuple[list[str] | None, int]:
        """The ids of a page (None: 404) and the count that goes with it."""
        self.asked += 1
        rows, total = list(self.rows), len(self.rows)
        faults = [f for f in (self.perturbation.faults if self.perturbation else ()) if self._strikes(f)]
        for fault in faults:
            if fault.kind == "short":
                rows = rows[: max(0, len(rows) - fault.dose * 3)]
                total = len(rows)
            elif fault.kind == "clamp":
                size = min(size, fault.dose)
            elif fault.kind == "shuffle":
                self._chance.shuffle(rows)
            elif fault.kind == "stuck":
                number = 1
            elif fault.kind == "shift":
                if fault.dose % 2:
                    deleted = frozenset(rows[: fault.dose // 2])
                    self._deleted = deleted if self._deleted is None else self._deleted & deleted
                rows = rows[fault.dose // 2 :] if fault.dose % 2 else rows[-(fault.dose // 2) :] + rows
            elif fault.kind == "total":
                total = max(0, total + (fault.dose if fault.dose % 2 else -fault.dose // 2))
        page: list[str] | None = rows[(number - 1) * size : number * size]
        for fault in faults:
            if page is not None:
                page = self._page(fault, page, rows, number, size)
        self.shown |= set(page or ())
        return page, total

    def _strikes(self, fault: Fault) -> bool:
        return fault.at <= self.asked < fault.at + fault.span

    def _page(self, fault: Fault, page: list[str], rows: list[str], number: int, size: int) -> list[str] | None:
        """What a page's fault makes of it."""
        chance = self._chance
        if fault.kind == "cut":
            return page[: chance.randint(0, len(page))]
        if fault.kind == "drop" and page:
            lost = chance.randrange(len(page))
            return page[:lost] + page[lost + 1 :]
        if fault.kind == "empty":
            return []
        if fault.kind == "missing":
            return None
        if fault.kind in ("repeat", "swap"):
            other = max(1, number - 1) if fault.kind == "repeat" else number + 1
            return rows[(other - 1) * size : other * size]
        if fault.kind == "duplicate":
            return page + page[: fault.dose]
        if fault.kind == "reorder":
            return chance.sample(page, len(page))
        if fault.kind == "foreign" and rows:
            return [row if chance.random() < 0.5 else chance.choice(rows) for row in page]
        return page
