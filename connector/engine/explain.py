"""The story of one person: who is meant, and everything that the state knows of them, across all runs."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, RowMapping

from connector.domain import names, phones
from connector.domain.emails import email_key
from connector.domain.keys import bounded_key
from connector.domain.values import Key, KeyKind, PairRules, SideName
from connector.engine.context import Stores
from connector.state.desk import ProposalView
from connector.state.intents import IntentView
from connector.state.links import HOLDING_STATES, LinkView
from connector.state.people import Asked, PeopleStore, Planned, RunNote
from connector.state.queue import Queued
from connector.state.records import Stored

MOST = 50
"""People that a search lists: who asks for more than that gives a number or an id instead."""
_FEWEST_DIGITS = 7


@dataclass(frozen=True)
class Person:
    """The records of one person: one, or the two that a link holds together (whatever its state)."""

    records: tuple[Stored, ...]

    @property
    def rows(self) -> list[int]:
        return [record.row for record in self.records]


@dataclass(frozen=True)
class Story:
    """Everything that names one of the person's records. `history` are rows of the table; `runs` by id; `others` the
    records on the other end of links and proposals, by row id; `asked` the requests of each intent."""

    person: Person
    links: Sequence[LinkView]
    proposals: Sequence[ProposalView]
    intents: Sequence[IntentView]
    asked: dict[int, list[Asked]]
    history: Sequence[RowMapping]
    entries: Sequence[Queued]
    planned: Sequence[Planned]
    runs: dict[int, RunNote]
    others: dict[int, Stored]


def find(
    stores: Stores, people: PeopleStore, connection: Connection, wanted: str, rules: PairRules,
    side: SideName | None = None,
) -> list[Person]:  # fmt: skip
    """Who is meant by an id of either side, a phone number in any spelling, an e-mail, or a name or a part of one: the
    first of these that finds somebody. At most `MOST`; two records in one link are one person."""
    text = wanted.strip()
    rows = people.by_id(connection, text, side)
    keys = keys_of(text, rules)
    if keys:
        rows += people.by_keys(connection, keys, side, MOST)
    if not rows:
        rows = people.by_keys(connection, [Key(KeyKind.NAME, bounded_key(names.key(text)))], side, MOST)
    words = names.tokens(text)
    if not rows and any(len(word) > 2 for word in words):
        rows = people.by_words(connection, words, side, MOST)
    return _persons(stores, connection, rows)[:MOST]


def keys_of(text: str, rules: PairRules) -> list[Key]:
    """The phone number or e-mail that a text may be, as match keys."""
    if "@" in text:
        key = email_key(text)
        return [Key(KeyKind.EMAIL, bounded_key(key))] if key else []
    if sum(letter.isdigit() for letter in text) < _FEWEST_DIGITS or any(letter.isalpha() for letter in text):
        return []
    readings = (
        phones.read_clopos_number(text, rules.region, rules.calling_codes),
        phones.read_number(text, rules.region),
    )
    return [Key(KeyKind.PHONE, number) for number in dict.fromkeys(one.e164 for one in readings if one.e164)]


def _persons(stores: Stores, connection: Connection, rows: Iterable[int]) -> list[Person]:
    """Records as people: joined by the link that holds them."""
    wanted = list(dict.fromkeys(rows))
    holding = [link for link in stores.links.of_records(connection, wanted) if link.state in HOLDING_STATES]
    loaded = stores.records.load(
        connection, [*wanted, *(row for link in holding for row in (link.clopos_row, link.checkandplace_row))]
    )
    found: list[Person] = []
    told: set[int] = set()
    for row in wanted:
        if row in told or row not in loaded:
            continue
        mine = [link for link in holding if row in (link.clopos_row, link.checkandplace_row)]
        mine.sort(key=lambda link: (link.state != "active", -link.decided_at.timestamp()))
        both = (mine[0].clopos_row, mine[0].checkandplace_row) if mine else (row,)
        told.update(both)
        found.append(Person(tuple(loaded[one] for one in both)))
    return found


def story(
    stores: Stores, people: PeopleStore, connection: Connection, person: Person, *, older_plans: bool = False
) -> Story:  # fmt: skip
    """Everything about one person, read in a dozen indexed queries; of plans the last one, or all that are kept."""
    rows = person.rows
    links = stores.links.of_records(connection, rows)
    proposals = people.proposals(connection, rows)
    intents = stores.intents.of_records(connection, rows)
    history = stores.history.of_records(connection, rows)
    planned = list(people.planned(connection, rows, older=older_plans))
    runs = [link.run_id for link in links if link.run_id is not None]
    runs += [*(one.run_id for one in intents), *(int(row["run_id"]) for row in history), *(p.run_id for p in planned)]
    ends = [row for link in links for row in (link.clopos_row, link.checkandplace_row)]
    ends += [row for one in proposals for row in (one.clopos_row, one.checkandplace_row)]
    asked = people.answers(connection, [one.id for one in intents])
    return Story(
        person, links, proposals, intents, asked, history, people.entries(connection, rows), planned,
        people.runs(connection, runs), stores.records.load(connection, ends),
    )  # fmt: skip
