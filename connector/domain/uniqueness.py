"""Unique keys inside a plan: who may send which phone number, and in which order (ARCHITECTURE, "Plan"; CP-15, CL-08).

A number goes into an operation or a task only if no other record of the target side holds it and no other one sends it.
A holder that gives the number up in the same plan goes first. Everything else is a hold that names every holder. One
target side at a time; cost grows with the numbers of the plan, not with the side.
"""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from connector.domain.codes import HoldCode


@dataclass(frozen=True, slots=True)
class Wish:
    """An operation or task that touches phone numbers of a record of the target side.

    `key` names it in the plan. `record_id` is the target record's id, None for a create. `number` is the E.164 number
    it sends, None if it only gives up. `gives_up`: numbers that the record holds no longer afterwards. `is_task`: done
    by staff some day; it frees a number for other tasks, never for an operation of this run.
    """

    key: str
    record_id: str | None
    number: str | None
    gives_up: tuple[str, ...] = ()
    is_task: bool = False


class Cause(StrEnum):
    """Why a wish is held."""

    SHARED = "shared"
    """Several records of the source side carry the number."""
    SENT_TWICE = "sent-twice"
    """Another wish sends it too."""
    HELD = "held"
    """Another record of the target side holds it and keeps it."""
    CYCLE = "cycle"
    """The holders wait for each other's numbers."""


@dataclass(frozen=True, slots=True)
class Held:
    """A wish set aside. `holders`: ids of the target records that hold the number; `rivals`: keys of the other wishes
    that send it (SENT_TWICE)."""

    key: str
    code: HoldCode
    cause: Cause
    number: str
    holders: tuple[str, ...] = ()
    rivals: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Order:
    """`order`: keys of the wishes that go ahead, givers before takers, else as they came. `after`: the keys that must
    have succeeded before a wish is sent. `held`: the others, as they came."""

    order: tuple[str, ...]
    after: Mapping[str, tuple[str, ...]]
    held: tuple[Held, ...]


def settle(
    wishes: Sequence[Wish], holders: Callable[[str], Iterable[str]], shared: Collection[str] = frozenset()
) -> Order:
    """Judge all wishes of one target side together.

    `holders`: the ids of the target records that hold a number (all numbers of all records). `shared`: numbers that two
    or more records of the source side carry; nobody is created by them. The wishes' order breaks ties alone: which are
    held does not depend on it.
    """
    held: dict[str, Held] = {}
    for wish in wishes:
        if wish.number is not None and wish.record_id is None and wish.number in shared:  # a family, or doubles
            held[wish.key] = Held(wish.key, HoldCode.SHARED_NUMBER, Cause.SHARED, wish.number, _all(wish, holders))
    senders: dict[str, list[str]] = defaultdict(list)
    for wish in wishes:
        if wish.number is not None and wish.key not in held:
            senders[wish.number].append(wish.key)
    for wish in wishes:
        if wish.number is not None and len(rivals := senders.get(wish.number, [])) > 1 and wish.key in rivals:
            others = tuple(sorted(key for key in rivals if key != wish.key))
            held[wish.key] = _held(wish, Cause.SENT_TWICE, holders, others)

    givers = {(wish.record_id, number): wish for wish in wishes for number in wish.gives_up if wish.number != number}
    waits: dict[str, tuple[str, ...]] = {}
    for wish in wishes:
        if wish.key in held or wish.number is None:
            continue
        before = [givers.get((record_id, wish.number)) for record_id in _all(wish, holders)]
        if all(giver is not None and (wish.is_task or not giver.is_task) for giver in before):
            waits[wish.key] = tuple(dict.fromkeys(giver.key for giver in before if giver is not None))
        else:  # the number's owner keeps it: a relative, a former owner, a double
            held[wish.key] = _held(wish, Cause.HELD, holders)
    _spread(wishes, waits, held, holders)

    order = _sorted(wishes, waits, held)
    done = set(order)
    for wish in wishes:  # two guests swap their numbers: neither can go first
        if wish.key not in done and wish.key not in held:
            held[wish.key] = _held(wish, Cause.CYCLE, holders)
    after = {key: waits[key] for key in order if waits.get(key)}
    return Order(tuple(order), after, tuple(held[wish.key] for wish in wishes if wish.key in held))


def _spread(
    wishes: Sequence[Wish], waits: Mapping[str, tuple[str, ...]], held: dict[str, Held],
    holders: Callable[[str], Iterable[str]],
) -> None:  # fmt: skip
    """Who waits for a held wish is held too: its number is not given up."""
    by_key = {wish.key: wish for wish in wishes}
    takers = _takers(waits)
    spread = deque(held)
    while spread:
        for key in takers.get(spread.popleft(), ()):
            if key not in held:
                held[key] = _held(by_key[key], Cause.HELD, holders)
                spread.append(key)


def _sorted(wishes: Sequence[Wish], waits: Mapping[str, tuple[str, ...]], held: Mapping[str, Held]) -> list[str]:
    """Givers before takers; wishes in a cycle, or behind one, are missing."""
    left = {wish.key: len(waits.get(wish.key, ())) for wish in wishes if wish.key not in held}
    takers = _takers(waits)
    ready = deque(key for key, count in left.items() if count == 0)
    order = []
    while ready:
        key = ready.popleft()
        order.append(key)
        for taker in takers.get(key, ()):
            if taker in left:
                left[taker] -= 1
                if left[taker] == 0:
                    ready.append(taker)
    return order


def _takers(waits: Mapping[str, tuple[str, ...]]) -> dict[str, list[str]]:
    takers: dict[str, list[str]] = defaultdict(list)
    for key, before in waits.items():
        for giver in before:
            takers[giver].append(key)
    return takers


def _all(wish: Wish, holders: Callable[[str], Iterable[str]]) -> tuple[str, ...]:
    """The other records of the target side that hold the number which this wish sends."""
    return tuple(sorted({r for r in holders(wish.number or "") if r != wish.record_id}))


def _held(wish: Wish, cause: Cause, holders: Callable[[str], Iterable[str]], rivals: tuple[str, ...] = ()) -> Held:
    return Held(wish.key, HoldCode.PHONE_HELD, cause, wish.number or "", _all(wish, holders), rivals)
