"""Linking two sides in memory, by the domain's own rules, and how right it was."""

from __future__ import annotations

import math
import time
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from connector.config.mapping import load_mapping
from connector.domain.mapping import Mapper
from connector.domain.match import Band, Pair, assign, judge
from connector.domain.values import CHECKANDPLACE, CLOPOS, Customer, Key, KeyKind, PairRules, SideName
from tests.benchmarks.linking.population import Population

STRONG = (KeyKind.PHONE, KeyKind.EMAIL)
BLOCKS = (KeyKind.CID, *STRONG)


@dataclass
class Sides:
    """Customers of both sides and the truth: per side the label of the person behind each id."""

    clopos: Sequence[Customer]
    checkandplace: Sequence[Customer]
    clopos_labels: Mapping[str, object]
    checkandplace_labels: Mapping[str, object]

    def same(self, clopos_id: str, checkandplace_id: str) -> bool:
        return self.clopos_labels[clopos_id] == self.checkandplace_labels[checkandplace_id]


def read(population: Population) -> Sides:
    """The rows of a population through the mapping that the connector ships, as a pair in Baku reads them."""
    mapper = Mapper(load_mapping(), PairRules(brand="demobrand", region="AZ", calling_codes=("994", "90")))

    def customers(side: SideName, rows: Sequence[Mapping[str, object]]) -> list[Customer]:
        return [mapper.customer(side, str(row["id"]), mapper.wire(side, row)) for row in rows]

    return Sides(
        customers(CLOPOS, population.clopos), customers(CHECKANDPLACE, population.checkandplace),
        population.clopos_labels, population.checkandplace_labels,
    )  # fmt: skip


class Index:
    """Who holds which key, per side; anonymous records hold nothing."""

    def __init__(self, sides: Sides) -> None:
        self.holders: dict[tuple[SideName, Key], list[Customer]] = defaultdict(list)
        for side, customers in ((CLOPOS, sides.clopos), (CHECKANDPLACE, sides.checkandplace)):
            for customer in customers:
                if not customer.traits.anonym:
                    for key in set(customer.keys):
                        self.holders[side, key].append(customer)

    def count(self, side: SideName, key: Key) -> int:
        return len(self.holders.get((side, key), ()))

    def candidates(self, clopos: Customer) -> list[Customer]:
        """The Check&Place records that share a block with a Clopos record, each once."""
        keys = (key for key in clopos.keys if key.kind in BLOCKS)
        return list({guest.id: guest for key in keys for guest in self.holders.get((CHECKANDPLACE, key), ())}.values())


@dataclass
class Count:
    """Pairs of a band: how many, and how many of them are one person."""

    pairs: int = 0
    right: int = 0

    @property
    def wrong(self) -> int:
        return self.pairs - self.right

    def add(self, right: bool) -> None:
        self.pairs += 1
        self.right += right


@dataclass
class Result:
    """What came out of linking; results of several seeds add up."""

    sure: Count = field(default_factory=Count)
    review: Count = field(default_factory=Count)
    strong: int = 0  # pairs of records of one person that share a valid number or an e-mail
    strong_sure: int = 0
    strong_review: int = 0
    true_pairs: int = 0
    partnered: int = 0  # records whose person the other side knows
    partnered_in_review: int = 0
    comparisons: int = 0
    seconds: float = 0.0
    strengths: list[tuple[int, bool]] = field(default_factory=list)  # of the pairs in review
    causes: dict[str, Count] = field(default_factory=dict)

    def add(self, other: Result) -> None:
        for mine, theirs in ((self.sure, other.sure), (self.review, other.review)):
            mine.pairs += theirs.pairs
            mine.right += theirs.right
        for name in ("strong", "strong_sure", "strong_review", "true_pairs", "partnered", "partnered_in_review",
                     "comparisons", "seconds"):  # fmt: skip
            setattr(self, name, getattr(self, name) + getattr(other, name))
        self.strengths += other.strengths
        for why, count in other.causes.items():
            mine = self.causes.setdefault(why, Count())
            mine.pairs += count.pairs
            mine.right += count.right

    @property
    def recall_strong(self) -> float:
        return (self.strong_sure + self.strong_review) / max(self.strong, 1)

    @property
    def review_share(self) -> float:
        return self.partnered_in_review / max(self.partnered, 1)


def link(sides: Sides) -> tuple[list[Pair], Result]:
    """All pairs of both sides, judged and assigned; the time is what judging and assigning take
    of the processor."""
    index, result = Index(sides), Result()
    started = time.process_time()
    judged: list[Pair] = []
    for clopos in sides.clopos:
        near = index.candidates(clopos)
        judged.extend(Pair(clopos.id, guest.id, judge(clopos, guest, index)) for guest in near)
    pairs = assign(judged)
    result.seconds, result.comparisons = time.process_time() - started, len(judged)
    _score(sides, index, pairs, result)
    return pairs, result


def _score(sides: Sides, index: Index, pairs: Sequence[Pair], result: Result) -> None:
    by_label: dict[object, list[Customer]] = defaultdict(list)
    for guest in sides.checkandplace:
        by_label[sides.checkandplace_labels[guest.id]].append(guest)
    strong: set[tuple[str, str]] = set()
    partnered: set[tuple[SideName, str]] = set()
    for clopos in sides.clopos:
        for guest in by_label.get(sides.clopos_labels[clopos.id], ()):
            result.true_pairs += 1
            partnered |= {(CLOPOS, clopos.id), (CHECKANDPLACE, guest.id)}
            if any(key.kind in STRONG for key in set(clopos.keys) & set(guest.keys)):
                strong.add((clopos.id, guest.id))
    in_review: set[tuple[SideName, str]] = set()
    for pair in pairs:
        ids, evidence = (pair.clopos_id, pair.checkandplace_id), pair.evidence
        right = sides.same(*ids)
        if evidence.band is Band.SURE:
            result.sure.add(right)
            result.strong_sure += ids in strong
        else:
            result.review.add(right)
            result.strong_review += ids in strong
            result.strengths.append((evidence.strength, right))
            result.causes.setdefault(evidence.why, Count()).add(right)
            in_review |= {(CLOPOS, ids[0]), (CHECKANDPLACE, ids[1])}
    result.strong = len(strong)
    result.partnered = len(partnered)
    result.partnered_in_review = len(partnered & in_review)


def wilson(hits: int, of: int, z: float = 1.96) -> tuple[float, float]:
    """The 95 % interval of a share (Wilson's score interval)."""
    if of == 0:
        return 0.0, 1.0
    share, weight = hits / of, z * z / of
    centre = (share + weight / 2) / (1 + weight)
    half = z / (1 + weight) * math.sqrt(share * (1 - share) / of + weight / (4 * of))
    return max(0.0, centre - half), min(1.0, centre + half)


def at_threshold(strengths: Sequence[tuple[int, bool]], least: int) -> tuple[int, int, int]:
    """Pairs at or above a strength: (how many, of them right, right ones in all)."""
    chosen = [right for strength, right in strengths if strength >= least]
    return len(chosen), sum(chosen), sum(right for _strength, right in strengths)
