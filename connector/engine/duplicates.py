"""Doubles inside one side: groups of records that look like one person, for staff to merge by hand (no API can).

The judgement is pure (`judge`, `group`); the search walks the keys that several records share, never all pairs.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

from sqlalchemy import Connection

from connector.domain import names
from connector.domain.likeness import Alike, compare
from connector.domain.values import Key, KeyKind, SideName
from connector.engine.context import Stores
from connector.state.core import chunks
from connector.state.duplicates import Activity, DuplicateStore
from connector.state.records import Stored

SAME_NAME = 0.88
"""Likeness from which two names of one number or address are one person's: spellings, endings, one letter."""
PERHAPS_SAME_NAME = 0.6
"""Likeness from which they may be: an initial, a short form, two letters. Below: a family, or a front desk."""
CROWD = 40
"""Holders of one key from which it belongs to a place and not to a person: only equal names are compared there."""
_IDLE: Activity = (0, 0.0)
CONTACT = (KeyKind.PHONE, KeyKind.EMAIL)
_SHARED = {KeyKind.PHONE: "same phone", KeyKind.EMAIL: "same e-mail"}


@dataclass(frozen=True, slots=True)
class Person:
    """What tells two records of one side apart. `birth`: ISO date, None where it is not known."""

    row: int
    name: str
    birth: str | None = None


@dataclass(frozen=True, slots=True)
class Likely:
    """Two records (row ids, the smaller first) that look like one person; `sure` or only perhaps; `facts` in words."""

    rows: tuple[int, int]
    sure: bool
    facts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Group:
    """Records that look like one person, the most active first: the one to keep. `sure`: strong evidence joins all of
    them. `activity`: receipts of all, `spent` the amount on them."""

    side: SideName
    rows: tuple[int, ...]
    sure: bool
    facts: tuple[str, ...]
    activity: int
    spent: float = 0.0


@dataclass(frozen=True, slots=True)
class Doubles:
    """The doubles of one side, the most active group first; `shared_keys`: numbers and addresses that are held by
    several records which are surely not all one person (families, a front desk)."""

    side: SideName
    groups: tuple[Group, ...]
    shared_keys: int


def judge(one: Person, other: Person, shared: str | None) -> Likely | None:
    """Two records that share a number or an address (`shared`: the fact), or None of both but the whole name and the
    birthday. None: they don't look like one person."""
    rows = (min(one.row, other.row), max(one.row, other.row))
    if one.birth and other.birth and one.birth != other.birth:  # twins, or father and son of one name
        return None
    born = one.birth is not None and one.birth == other.birth
    likeness = compare(one.name, other.name)
    facts = tuple(fact for fact in (shared, *likeness.words, "same date of birth" if born else None) if fact)
    if shared is None:
        whole = born and names.same(one.name, other.name) and len(names.tokens(one.name)) > 1
        return Likely(rows, True, facts) if whole else None
    if likeness.alike is Alike.MISSING:  # one of them was entered with the number alone
        return Likely(rows, False, facts)
    if likeness.score >= SAME_NAME or (born and likeness.score >= PERHAPS_SAME_NAME):
        return Likely(rows, True, facts)
    return Likely(rows, False, facts) if likeness.score >= PERHAPS_SAME_NAME else None


def pairs_of(people: Sequence[Person]) -> Iterator[tuple[Person, Person]]:
    """The pairs of one key's holders that are worth a look: all of a few, of a crowd those of one name."""
    if len(people) <= CROWD:
        yield from combinations(people, 2)
        return
    by_name: dict[str, list[Person]] = {}
    for person in people:
        by_name.setdefault(" ".join(sorted(names.tokens(person.name))), []).append(person)
    for same in by_name.values():
        first = same[0]
        yield from ((first, other) for other in same[1:])


def group(side: SideName, likely: Iterable[Likely], activity: Mapping[int, Activity]) -> tuple[Group, ...]:
    """The pairs as groups (who is like one of a group belongs to it), the most active first. The order of the pairs
    does not matter."""
    pairs = sorted(likely, key=lambda pair: (pair.rows, not pair.sure, pair.facts))
    loose, tight = _Sets(), _Sets()
    for pair in pairs:
        loose.join(*pair.rows)
        if pair.sure:
            tight.join(*pair.rows)
    members: dict[int, list[int]] = {}
    for row in sorted({row for pair in pairs for row in pair.rows}):
        members.setdefault(loose.root(row), []).append(row)
    facts: dict[int, dict[str, None]] = {}
    for pair in pairs:
        facts.setdefault(loose.root(pair.rows[0]), {}).update(dict.fromkeys(pair.facts))
    groups = [
        Group(
            side, tuple(sorted(rows, key=lambda row: (*_busiest(activity.get(row, _IDLE)), row))),
            len({tight.root(row) for row in rows}) == 1, tuple(facts[root]),
            sum(activity.get(row, _IDLE)[0] for row in rows),
            round(sum(activity.get(row, _IDLE)[1] for row in rows), 2),
        )
        for root, rows in members.items()
    ]  # fmt: skip
    return tuple(sorted(groups, key=lambda one: (-one.activity, -one.spent, -len(one.rows), one.rows)))


def _busiest(activity: Activity) -> tuple[float, float]:
    return -activity[0], -activity[1]


class _Sets:
    """Disjoint sets of row ids."""

    def __init__(self) -> None:
        self._parent: dict[int, int] = {}

    def root(self, row: int) -> int:
        while (above := self._parent.get(row, row)) != row:
            self._parent[row] = self._parent.get(above, above)
            row = above
        return row

    def join(self, one: int, other: int) -> None:
        low, high = sorted((self.root(one), self.root(other)))
        self._parent[high] = low


def find_doubles(stores: Stores, store: DuplicateStore, connection: Connection, side: SideName) -> Doubles:
    """All groups of one side: by shared numbers and addresses, and by whole name and birthday. Memory grows with the
    doubles, not with the customers."""
    likely: dict[tuple[int, int], Likely] = {}
    shared_keys = 0
    for found in chunks(store.shared(connection, side, CONTACT), 200):
        people = _people(stores, connection, found)
        for key, rows in found:
            holders = [people[row] for row in rows if row in people]
            judged = [judge(one, other, _SHARED[key.kind]) for one, other in pairs_of(holders)]
            for pair in judged:
                if pair is not None:
                    likely[pair.rows] = _stronger(likely.get(pair.rows), pair)
            shared_keys += len(holders) > CROWD or None in judged
    for found in chunks(store.shared(connection, side, (KeyKind.NAME,)), 200):
        people = _people(stores, connection, found)
        for _key, rows in found:
            for pair in _of_birthday([people[row] for row in rows if row in people]):
                likely.setdefault(pair.rows, pair)
    activity = store.activity(connection, {row for rows in likely for row in rows})
    return Doubles(side, group(side, likely.values(), activity), shared_keys)


def _of_birthday(people: Sequence[Person]) -> Iterator[Likely]:
    """Records of one name that share the birthday too: each with the first of its day."""
    first: dict[str, Person] = {}
    for person in people:
        if person.birth is None:
            continue
        other = first.setdefault(person.birth, person)
        pair = judge(other, person, None) if other is not person else None
        if pair is not None:
            yield pair


def _stronger(old: Likely | None, new: Likely) -> Likely:
    """The same two by several keys: all their facts, the stronger judgement."""
    if old is None:
        return new
    return Likely(new.rows, old.sure or new.sure, tuple(dict.fromkeys((*old.facts, *new.facts))))


def _people(stores: Stores, connection: Connection, found: Sequence[tuple[Key, list[int]]]) -> dict[int, Person]:
    loaded = stores.records.load(connection, [row for _key, rows in found for row in rows])
    return {row: person_of(record) for row, record in loaded.items()}


def person_of(record: Stored) -> Person:
    """A record, as far as doubles are judged by it."""
    name, birth = record.last.get("name"), record.last.get("birth_date")
    text = name.data.get("text") or "" if name is not None and name.is_value else ""
    return Person(record.row, text, str(birth.data) if birth is not None and birth.is_value else None)
