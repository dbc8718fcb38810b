"""Who of several is the likeliest: one-to-one by the best total evidence, never by order of arrival.

Linking is one person to one, so a record with several candidates gives evidence about all of them: if B is surely
C's, A's other candidate gains. The total strength of a whole group of candidates is what counts. It only marks what
staff review; it makes no link.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from connector.domain.match import Pair

_EXACT = 6
"""Records on the smaller side of a group up to which every assignment is weighed."""
_GROUP = 60
"""Pairs of a group up to which every assignment is weighed: a family, not the number of a front desk."""

Ids = tuple[str, str]


def likeliest(pairs: Iterable[Pair]) -> set[Ids]:
    """The pairs (Clopos id, Check&Place id) that belong to every one-to-one assignment of most total strength.

    A pair whose two records have no other candidate is its own best. Where two assignments are equally strong, the
    pairs in which they differ are no one's best: equal evidence is no answer. Neither the order of the pairs nor the
    naming of the sides matters.
    """
    best: set[Ids] = set()
    for group in _groups(pairs):
        if len(group) == 1:
            best |= group.keys()
        elif len(group) <= _GROUP and _smaller_side(group) <= _EXACT:
            best |= _exact(group)
        else:
            best |= _mutual(group)
    return best


def _groups(pairs: Iterable[Pair]) -> list[dict[Ids, int]]:
    """Pairs that hang together by a record, with their strength."""
    weights = {(pair.clopos_id, pair.checkandplace_id): pair.evidence.strength for pair in pairs}
    of_record: dict[tuple[int, str], list[Ids]] = defaultdict(list)
    for ids in weights:
        for record in enumerate(ids):
            of_record[record].append(ids)
    groups: list[dict[Ids, int]] = []
    seen: set[Ids] = set()
    for start in weights:
        if start in seen:
            continue
        group, waiting = {start}, [start]
        while waiting:
            for record in enumerate(waiting.pop()):
                near = of_record.pop(record, ())
                waiting.extend(ids for ids in near if ids not in group)
                group.update(near)
        seen |= group
        groups.append({ids: weights[ids] for ids in group})
    return groups


def _smaller_side(group: Mapping[Ids, int]) -> int:
    return min(len({ids[side] for ids in group}) for side in (0, 1))


def _exact(group: Mapping[Ids, int]) -> set[Ids]:
    """Pairs without which the best total is smaller."""
    few = 0 if len({ids[0] for ids in group}) <= len({ids[1] for ids in group}) else 1
    places = {record: place for place, record in enumerate(sorted({ids[few] for ids in group}))}
    rows: dict[str, list[tuple[int, int, Ids]]] = defaultdict(list)
    for ids, weight in group.items():
        rows[ids[1 - few]].append((1 << places[ids[few]], weight, ids))
    table = list(rows.values())
    most = _most(table, 1 << len(places), None)
    return {ids for ids in group if _most(table, 1 << len(places), ids) < most}


def _most(rows: Sequence[Sequence[tuple[int, int, Ids]]], size: int, without: Ids | None) -> int:
    """The largest total strength of a one-to-one assignment, over the sets of records taken so far."""
    best = [0] + [-1] * (size - 1)
    for row in rows:
        now = list(best)
        for bit, weight, ids in row:
            if ids == without:
                continue
            for used in range(size):
                if used & bit and best[used ^ bit] >= 0:
                    now[used] = max(now[used], best[used ^ bit] + weight)
        best = now
    return max(best)


def _mutual(group: Mapping[Ids, int]) -> set[Ids]:
    """In a crowd: pairs that are strictly the strongest of both their records."""
    top: dict[tuple[int, str], list[int]] = defaultdict(list)
    for ids, weight in group.items():
        for record in enumerate(ids):
            top[record].append(weight)
    first = {record: sorted(weights)[-2:] for record, weights in top.items()}
    return {
        ids
        for ids, weight in group.items()
        if all(first[record][-1] == weight and first[record] != [weight, weight] for record in enumerate(ids))
    }
