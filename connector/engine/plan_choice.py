"""Which entries of a plan the operator wants this time: `--only`, `--except`, `--limit`."""

from __future__ import annotations

import difflib
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

from connector.domain.errors import NotThere
from connector.domain.plan import OPERATIONS, Entry, EntryKind
from connector.domain.planfile import entry_id
from connector.domain.values import SideName
from connector.engine.apply import part_of
from connector.engine.context import RunContext

SHORTEST_ID = 6
CUT = (EntryKind.UPDATE, EntryKind.SETTLE)
"""Entries of several fields, which can be cut down to some of them."""


@dataclass(frozen=True)
class Words:
    """What the operator's words name, by their sort; empty: nothing of that sort was said."""

    kinds: frozenset[str] = frozenset()
    sides: frozenset[str] = frozenset()
    fields: frozenset[str] = frozenset()
    ids: frozenset[str] = frozenset()

    @staticmethod
    def of(words: Sequence[str], fields: Collection[str], ids: Collection[str]) -> Words:
        """Sorts the words into kinds of entries, sides, fields of the mapping, and ids (their first six characters or
        more are enough). Raises NotThere `plan-word-unknown` for any other."""
        kinds, sides = {kind.value for kind in EntryKind}, {side.value for side in SideName}
        found: dict[str, set[str]] = {"kinds": set(), "sides": set(), "fields": set(), "ids": set()}
        for word in words:
            for sort, known in (("kinds", kinds), ("sides", sides), ("fields", fields)):
                if word in known:
                    found[sort].add(word)
                    break
            else:
                named = {name for name in ids if len(word) >= SHORTEST_ID and name.startswith(word)}
                if not named:
                    _unknown(word, kinds, sides, fields)
                found["ids"] |= named
        return Words(**{sort: frozenset(values) for sort, values in found.items()})

    @property
    def said(self) -> bool:
        return bool(self.kinds or self.sides or self.fields or self.ids)


def _unknown(word: str, kinds: Collection[str], sides: Collection[str], fields: Collection[str]) -> None:
    known = {"kinds": kinds, "sides": sides, "fields": fields}
    listed = "; ".join(f"{sort}: {', '.join(sorted(words))}" for sort, words in known.items())
    close = difflib.get_close_matches(word, [*kinds, *sides, *fields], n=1)
    raise NotThere(
        "plan-word-unknown",
        f'"{word[:40]}" is no kind of entry, no side, no field and no entry of this plan'
        f"{f'; did you mean {close[0]}?' if close else '.'} There are, of {listed}; or the first {SHORTEST_ID} "
        "characters of an entry's id.",
        next_step="connector apply --help",
    )  # fmt: skip


@dataclass(frozen=True)
class Choice:
    """`only`: words of one sort are alternatives, those of several sorts must all hold. `without`: any word that fits
    takes an entry out. A field cuts an update or a settlement down to it; other entries are about a field only where
    they are about nothing else. `limit`: at most so many operations."""

    only: Words = Words()
    without: Words = Words()
    limit: int | None = None

    @property
    def whole(self) -> bool:
        """Whether everything is wanted."""
        return not self.only.said and not self.without.said and self.limit is None

    def of(self, ctx: RunContext, entry: Entry) -> Entry | None:
        """The entry, a part of it, or None: not wanted. The limit is not looked at here."""
        if not self._named(entry):
            return None
        wanted = tuple(
            change for change in entry.fields
            if (not self.only.fields or change.field in self.only.fields) and change.field not in self.without.fields
        )  # fmt: skip
        if len(wanted) == len(entry.fields):
            return None if self.only.fields and not entry.fields else entry
        if entry.kind is EntryKind.CREATE:  # one request makes the whole customer
            return None if self.only.fields else entry
        if not wanted or entry.kind not in CUT:
            return None
        part = replace(entry, fields=wanted) if entry.kind is EntryKind.SETTLE else part_of(ctx, entry, wanted)
        return None if entry.kind in OPERATIONS and not part.body else part

    def _named(self, entry: Entry) -> bool:
        """Whether kind, side and id are wanted."""
        side = entry.side.value if entry.side else ""
        name = entry_id(entry) if self.only.ids or self.without.ids else ""
        facts = (("kinds", entry.kind.value), ("sides", side), ("ids", name))
        for sort, value in facts:
            if (words := getattr(self.only, sort)) and value not in words:
                return False
            if value in getattr(self.without, sort):
                return False
        return True
