"""Linking: are this Clopos record and this Check&Place record one person? (docs/api/vectors.json, `link`, L1 to L6)

`judge` looks at one pair, `assign` at all pairs together, so that nobody is surely two people. Evidence is told in
words without guest data, for the report and the queue.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Protocol

from connector.domain import names
from connector.domain.cid import fold_cid
from connector.domain.likeness import Alike, Likeness, compare
from connector.domain.values import CHECKANDPLACE, CLOPOS, Customer, Key, KeyKind, SideName, Value


class Band(StrEnum):
    """*sure* links by itself, *review* waits for staff, *apart* is nothing."""

    SURE = "sure"
    REVIEW = "review"
    APART = "apart"


@dataclass(frozen=True, slots=True)
class Evidence:
    """A judged pair: its band, the word for what decided, and the facts in words, strongest first.

    `strength` (0 to 100) weighs all of the evidence, likeness of the names included. It orders what staff review and
    says who of several is the likeliest; it never moves a band.
    """

    band: Band
    why: str
    facts: tuple[str, ...] = ()
    strength: int = 0


@dataclass(frozen=True, slots=True)
class Pair:
    """A judged pair of records, by their ids."""

    clopos_id: str
    checkandplace_id: str
    evidence: Evidence


class Holders(Protocol):
    """How many records of a side hold a key, the judged one included. Anonymous records hold nothing (L5)."""

    def count(self, side: SideName, key: Key) -> int: ...


NAME = "name"
NAMES_DIFFER, KEYS_EQUAL = "names differ", "name keys equal"
TWO_PARTNERS = "two_sure_partners"
LINKED_ALREADY = "linked_already"
HANDED_ON = "number was another customer's before"
"""Of a shared number that a third record held once: perhaps it was given out anew, and only the number is the same."""
DERIVED_CID = "derived_cid"
NOTHING_SHARED = "nothing_shared"
ONCE_SHARED = "once_shared"
KEY_BEFORE = "same phone or e-mail before"

# Points of strength. A number on a record of its own says more than a shared one, but a shared number with the same
# name (a double) says more than an own one with another name (a recycled number).
_OWN_PHONE, _SHARED_PHONE = 40, 30
_OWN_EMAIL, _SHARED_EMAIL = 30, 20
_WHOLE_NAME, _OTHER_PHONE = 40, 10
_KEY_BEFORE = 20
_TWO_PEOPLE = 0.3
"""Names as little alike as this are two people's: another given name, another father (`likeness`)."""
_FULL = 100


def judge(clopos: Customer, checkandplace: Customer, holders: Holders) -> Evidence:
    """One pair by itself (L1 to L5). The first line that fits decides."""
    if clopos.traits.anonym or checkandplace.traits.anonym:
        return Evidence(Band.APART, "anonymous", ("a walk-in without identity",))  # CP-46, CP-47
    phones, emails = _shared(clopos, checkandplace, KeyKind.PHONE), _shared(clopos, checkandplace, KeyKind.EMAIL)
    own_phone = any(_sole(key, holders) for key in phones)
    own_email = any(_sole(key, holders) for key in emails)
    left, right = clopos.field(NAME), checkandplace.field(NAME)
    fits, name_fact = _compare_names(left, right)
    same_name, phones_differ = name_fact == KEYS_EQUAL, _phones_differ(clopos, checkandplace)
    names_alike = _likeness(left, right, same_name) if phones or emails else None
    facts = tuple(_facts(phones, emails, holders, _told(name_fact, names_alike), phones_differ))
    strength = (
        (0 if not phones else _OWN_PHONE if own_phone else _SHARED_PHONE)
        + (0 if not emails else _OWN_EMAIL if own_email else _SHARED_EMAIL)
        + (0 if names_alike is None else round(_WHOLE_NAME * names_alike.score))
        - (_OTHER_PHONE if emails and phones_differ else 0)
    )

    def found(band: Band, why: str) -> Evidence:
        return Evidence(band, why, facts, min(strength, _FULL))

    if _derived(clopos, checkandplace):  # we created this Clopos customer from this guest; edits since don't matter
        return Evidence(Band.SURE, DERIVED_CID, ("created from this guest", *facts), _FULL)
    if own_phone and fits:  # one number, one person on each side, one name
        return found(Band.SURE, "phone_and_name")
    if own_email and same_name and not phones_differ:  # a new number, or a family number, but an own address
        return found(Band.SURE, "email_and_name")
    if phones and not own_phone:  # a family, or doubles, behind one number
        return found(Band.REVIEW, "phone_held_by_several")
    if phones:  # mother and daughter, a recycled number, a nickname
        return found(Band.REVIEW, "phone_but_name_differs")
    if emails and not own_email:  # the address of an office
        return found(Band.REVIEW, "email_held_by_several")
    if emails and not same_name:  # a couple with one address, a name given in part
        return found(Band.REVIEW, "email_but_name_differs")
    if emails:  # two people of one name in a family, or a second telephone
        return found(Band.REVIEW, "email_but_phones_differ")
    return Evidence(Band.APART, NOTHING_SHARED, facts)  # a name alone is nothing


def judge_once(clopos: Customer, checkandplace: Customer, evidence: Evidence) -> Evidence:
    """The evidence of a pair that shares nothing now, and shared a number or an e-mail in readings before. Somebody who
    stood on both sides got another number on one: that makes nobody two people. Review, unless the names are two
    people's."""
    if evidence.why != NOTHING_SHARED:
        return evidence
    alike = _likeness(clopos.field(NAME), checkandplace.field(NAME), KEYS_EQUAL in evidence.facts)
    if alike.score <= _TWO_PEOPLE and alike.alike is not Alike.MISSING:
        return evidence
    strength = _KEY_BEFORE + round(_WHOLE_NAME * alike.score)
    others = [fact for fact in evidence.facts if fact != NAMES_DIFFER]
    words = alike.words if NAMES_DIFFER in evidence.facts else ()
    return Evidence(Band.REVIEW, ONCE_SHARED, (KEY_BEFORE, *others, *words), strength)


def assign(pairs: Iterable[Pair], linked: Iterable[tuple[str, str]] = ()) -> list[Pair]:
    """All judged pairs together (L6): the same pairs, sorted by ids, none apart, nobody in two *sure* ones.

    A record sure with two is review with them; the derived cid outranks phone and e-mail; `linked`, pairs
    (Clopos id, Check&Place id) that are links already, outrank both and are left out. A pair found by several keys
    counts once, with its strongest evidence. The order of arrival does not matter.
    """
    links = set(linked)
    judged = {_ids(pair): pair for pair in sorted(pairs, key=_weakest_first)}
    result = {ids: pair for ids, pair in judged.items() if ids not in links and pair.evidence.band is not Band.APART}
    sure = [pair for pair in result.values() if pair.evidence.band is Band.SURE]
    of_links = _Partners(links)
    of_cids = _Partners(_ids(pair) for pair in sure if pair.evidence.why == DERIVED_CID)
    of_keys = _Partners(_ids(pair) for pair in sure if pair.evidence.why != DERIVED_CID)
    for pair in sure:
        by_cid = pair.evidence.why == DERIVED_CID
        if of_links.most(pair):  # staff or an earlier run linked one of the two to somebody else
            result[_ids(pair)] = _to_review(pair, LINKED_ALREADY)
        elif of_cids.most(pair) + (0 if by_cid else of_keys.most(pair)) > 1:  # a double, or two people in one record
            result[_ids(pair)] = _to_review(pair, TWO_PARTNERS)
    return [result[ids] for ids in sorted(result)]


class _Partners:
    """How many partners each record has in a set of pairs."""

    def __init__(self, pairs: Iterable[tuple[str, str]]) -> None:
        self._clopos, self._checkandplace = Counter[str](), Counter[str]()
        for clopos_id, checkandplace_id in pairs:
            self._clopos[clopos_id] += 1
            self._checkandplace[checkandplace_id] += 1

    def most(self, pair: Pair) -> int:
        """The partners of that one of the two that has more."""
        return max(self._clopos[pair.clopos_id], self._checkandplace[pair.checkandplace_id])


def _ids(pair: Pair) -> tuple[str, str]:
    return pair.clopos_id, pair.checkandplace_id


def compatible_names(clopos: Value, checkandplace: Value) -> bool:
    """L4: can these be one person's names? Equal, or the shorter within the longer, the given name included."""
    return _compare_names(clopos, checkandplace)[0]


def _compare_names(clopos: Value, checkandplace: Value) -> tuple[bool, str]:
    words = [names.tokens(_text(value)) for value in (clopos, checkandplace)]
    left, right = (names.without_honorifics(of_side) for of_side in words)
    if not left or not right:
        return False, "name missing"  # blank, a lone dot, or "Xanım" alone
    if sorted(words[0]) == sorted(words[1]):  # N3
        return True, KEYS_EQUAL
    shorter, longer, whole = (left, right, checkandplace) if len(left) <= len(right) else (right, left, clopos)
    if Counter(shorter) - Counter(longer):
        return False, NAMES_DIFFER
    if _given(whole) not in shorter:
        return False, "given name missing"  # the surname, the father's name or a second name alone
    return True, "one name within the other" if len(shorter) < len(longer) else "names equal but for a courtesy"


def _likeness(left: Value, right: Value, same_name: bool) -> Likeness:
    """How alike the names are beyond the table (`likeness`); equal keys are the whole of it."""
    return Likeness(1.0, Alike.SAME) if same_name else compare(_text(left), _text(right))


def _told(name_fact: str, alike: Likeness | None) -> tuple[str, ...]:
    """What is said of the names: what the table saw, and in which way they are alike where that tells more."""
    if alike is None or alike.alike is Alike.MISSING:
        return (name_fact,)
    if name_fact == NAMES_DIFFER:
        return alike.words
    told = alike.words if alike.alike is not Alike.SAME else alike.words[1:]
    return (name_fact, *told)


def _given(name: Value) -> str | None:
    """The folded given name: the first token of first_name, as stored in Check&Place, by N2 for a Clopos name."""
    data = name.data or {}
    first = data["first"] if "first" in data else names.split(_text(name)).first
    return next(iter(names.without_honorifics(names.tokens(first))), None)


def _text(name: Value) -> str | None:
    return name.data["text"] if name.is_value else None


def _derived(clopos: Customer, checkandplace: Customer) -> bool:
    cid = fold_cid(clopos.traits.cid)  # CL-46
    return cid is not None and cid == fold_cid(checkandplace.traits.derived_cid)


def _keys(customer: Customer, kind: KeyKind) -> set[Key]:
    return {key for key in customer.keys if key.kind is kind}


def _shared(left: Customer, right: Customer, kind: KeyKind) -> list[Key]:
    return sorted(_keys(left, kind) & _keys(right, kind), key=lambda key: key.text)


def _phones_differ(left: Customer, right: Customer) -> bool:
    one, other = _keys(left, KeyKind.PHONE), _keys(right, KeyKind.PHONE)
    return bool(one and other and not one & other)


def _sole(key: Key, holders: Holders) -> bool:
    return holders.count(CLOPOS, key) == 1 and holders.count(CHECKANDPLACE, key) == 1


def _facts(
    phones: list[Key], emails: list[Key], holders: Holders, of_names: tuple[str, ...], phones_differ: bool
) -> Iterable[str]:
    for word, keys in (("phone", phones), ("e-mail", emails)):
        if keys:
            yield f"same {word}"
        for side in (CLOPOS, CHECKANDPLACE):
            most = max((holders.count(side, key) for key in keys), default=0)
            if most > 1:
                yield f"{word} held by {most} {side.label} records"
    if phones_differ:
        yield "phones differ"
    yield from of_names


def _to_review(pair: Pair, why: str) -> Pair:
    fact = "one of them is linked already" if why == LINKED_ALREADY else "sure with more than one record"
    return replace(pair, evidence=replace(pair.evidence, band=Band.REVIEW, why=why, facts=(*pair.evidence.facts, fact)))


def _weakest_first(pair: Pair) -> tuple[int, bool, int, str, tuple[str, ...]]:
    """The same pair found by several keys is one pair: the strongest evidence, sorted last, stays."""
    rank = (Band.APART, Band.REVIEW, Band.SURE).index(pair.evidence.band)
    evidence = pair.evidence
    return rank, evidence.why == DERIVED_CID, evidence.strength, evidence.why, evidence.facts
