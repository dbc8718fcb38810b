"""Many entries of a queue decided at once, by rule: "all names: Clopos is right"."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

import typer

from connector.cli.asking import yes
from connector.engine.staff import NotPossible

if TYPE_CHECKING:
    from connector.cli.desk import Office, View
    from connector.state.queue import Queued

MANY = "Many at once"

Ids = Annotated[
    list[int] | None, typer.Argument(metavar="[ID]...", help="One or more numbers of the list.", show_default=False)
]
Field = Annotated[
    str | None,
    typer.Option("--field", metavar="FIELD", rich_help_panel=MANY, help="All that wait about this detail, as `name`."),
]
Code = Annotated[
    str | None, typer.Option("--code", metavar="CODE", rich_help_panel=MANY, help="All that wait with this code.")
]
Every = Annotated[bool, typer.Option("--all", rich_help_panel=MANY, help="All that wait and can be decided so.")]
Yes = Annotated[bool, typer.Option("--yes", "-y", rich_help_panel=MANY, help="Do not ask whether so many are meant.")]


@dataclass(frozen=True)
class Rule:
    """Which entries are meant: these numbers, or by rule all open ones of a field or with a code. `codes`: those that
    this decision is for at all (none: the ones about a field)."""

    numbers: Sequence[int]
    field: str | None = None
    code: str | None = None
    every: bool = False
    yes: bool = False
    codes: tuple[str, ...] = ()

    def chosen(self, room: Office, kind: str) -> list[int]:
        """The numbers, asked back where they were found by rule. Raises NotPossible, and BadParameter for a rule that
        says nothing or two things."""
        ruled = self.every or self.field is not None or self.code is not None
        if bool(self.numbers) is ruled:
            raise typer.BadParameter("name one or more numbers, or say which are meant with --field or --all")
        if self.numbers:
            return list(dict.fromkeys(self.numbers))
        found = [(view, entry) for view in room.views() for entry in self._open(view, kind)]
        if not found:
            raise NotPossible("nothing-meant", f"No open {kind} is meant by that.", next_step=f"connector {kind}s list")
        if not self.yes:
            _ask(room, kind, found)
        return [entry.id for _view, entry in found]

    def _open(self, view: View, kind: str) -> list[Queued]:
        if self.field is not None and view.eyes.mapper.mapping.field(self.field) is None:
            known = ", ".join(spec.name for spec in view.eyes.mapper.compared)
            raise typer.BadParameter(f"the mapping has no field {self.field}; it has {known}", param_hint="--field")
        with view.stores.database.read() as connection:
            return [entry for entry in view.stores.queue.listing(connection, kind) if self._means(entry)]

    def _means(self, entry: Queued) -> bool:
        """Whether an entry waits and is one of those: what staff decided already, or put aside, is left alone."""
        if entry.state != "open" or entry.resolution is not None:
            return False
        if self.code is not None and entry.code != self.code:
            return False
        if self.field is not None and entry.topic != self.field:
            return False
        about = {str(change["field"]) for change in entry.facts.get("fields", ())}
        return entry.code in self.codes if self.codes else entry.topic in about


def _ask(room: Office, kind: str, found: Sequence[tuple[View, Queued]]) -> None:
    """Whether so many are meant, per detail; without a terminal --yes has to say so."""
    count = f"{len(found)} {kind}{'' if len(found) == 1 else 's'}"
    titles = Counter(view.eyes.title(entry.topic) for view, entry in found)
    room.output.say(f"This is about {count}: " + ", ".join(f"{title} {n}" for title, n in titles.most_common()))
    if not sys.stdin.isatty():
        raise NotPossible(
            "many-not-confirmed", f"{count.capitalize()} were not confirmed, so nothing was decided.",
            next_step="The same command with --yes, if all of them are meant.",
        )  # fmt: skip
    if not yes("Decide all of them?"):
        raise NotPossible("many-not-confirmed", "Nothing was decided.", next_step=f"connector {kind}s list")
