"""What the commands of staff's desk share: options, the pairs, where an entry is, and one decision for many."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from connector.cli.opening import opened
from connector.cli.output import Output
from connector.domain.errors import ConnectorError, ExitCode

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from connector.cli.opening import Opened
    from connector.cli.views import Eyes
    from connector.config import PairSettings
    from connector.engine.context import Stores
    from connector.engine.staff import Decided, Desk
    from connector.state.desk import DeskStore

SHOW, SAY = "What is shown", "What is kept with the decision"
SHORT = 50
"""Entries of a list on a screen, without `--all`."""

ShowPii = Annotated[
    bool | None,
    typer.Option(
        "--show-pii/--mask-pii", rich_help_panel=SHOW, show_default=False,
        help="Guests' names and numbers in the clear, or masked. Without either: in the clear on your screen, masked "
        "in a pipe.",
    ),
]  # fmt: skip
All = Annotated[bool, typer.Option("--all", rich_help_panel=SHOW, help="Every entry; without it the oldest ones.")]
Note = Annotated[
    str | None, typer.Option("--note", metavar="TEXT", rich_help_panel=SAY, help="Why, for whoever looks later.")
]
By = Annotated[
    str | None,
    typer.Option("--by", metavar="NAME", rich_help_panel=SAY, help="Who decides. Without it: your user name."),
]
Found = Callable[["Stores", "Connection"], bool]


@dataclass
class View:
    """One pair, opened for looking."""

    settings: PairSettings
    stores: Stores
    links: DeskStore
    eyes: Eyes


@dataclass
class Office:
    """The pairs that a command is about, and where its words go."""

    work: Opened
    output: Output
    show_pii: bool

    def views(self) -> Iterator[View]:
        """Each pair that ever ran, opened for looking. Raises ConfigError for a mapping that cannot be used."""
        from connector.cli.views import Eyes
        from connector.engine.context import Stores
        from connector.state.core import Database
        from connector.state.desk import DeskStore
        from connector.state.runs import PairStore

        for settings in self.work.pairs:
            with self.work.engine.connect() as connection:
                pair = PairStore().find(connection, settings.name)
            if pair is not None:
                database = Database(self.work.engine, pair.id)
                eyes = Eyes.of(settings, show_pii=self.show_pii)
                yield View(settings, Stores.of(database), DeskStore(database), eyes)

    def view_of(self, what: str, found: Found, next_step: str) -> View:
        """The pair in which `found` says yes. Raises NotPossible: `what` is nowhere."""
        for view in self.views():
            with view.stores.database.read() as connection:
                if found(view.stores, connection):
                    return view
        raise nowhere(what, [pair.name for pair in self.work.pairs], next_step)

    def decide(
        self, what: str, found: Found, decision: Callable[[Desk, Connection], Decided], *, by: str | None,
        note: str | None, next_step: str,
    ) -> ExitCode:  # fmt: skip
        """One decision in the pair that holds what it is about; says what follows."""
        return self.decide_all([(what, found, decision)], by=by, note=note, next_step=next_step)

    def decide_all(
        self, wanted: Sequence[tuple[str, Found, Callable[[Desk, Connection], Decided]]], *, by: str | None,
        note: str | None, next_step: str, carried_out: bool = True,
    ) -> ExitCode:  # fmt: skip
        """Several decisions; those of one pair are all made, or none. `carried_out`: a run is needed for what follows.
        Raises NotPossible, PairLocked."""
        from connector.engine.clock import SystemClock
        from connector.engine.staff import at_desk

        by_pair: dict[str, list[Callable[[Desk, Connection], Decided]]] = {}
        for what, found, decision in wanted:
            by_pair.setdefault(self.view_of(what, found, next_step).settings.name, []).append(decision)
        made: list[Decided] = []
        for name, decisions in by_pair.items():
            with (
                at_desk(self.work.engine, name, SystemClock(), by=by, note=note) as desk,
                desk.deciding() as connection,
            ):
                made.extend(decision(desk, connection) for decision in decisions)
        step = self.run_of(by_pair) if carried_out else ""
        if self.output.as_json:
            decided = [{"ref": one.ref, "what": one.what, "follows": one.follows} for one in made]
            self.output.document({"decided": decided, "next": step or None})
        for one in made:
            self.output.result(f"{one.ref}: {one.what}. {one.follows}")
        if step:
            self.output.result(f"\nNext: {step}")
        return ExitCode.DONE

    def run_of(self, names: Collection[str]) -> str:
        """The run that carries out what was decided in these pairs; "" where none of them may be written to."""
        live = [pair.name for pair in self.work.pairs if pair.name in names and pair.mode == "live"]
        return " ".join(["connector sync", *(f"--pair {name}" for name in live)]) if live else ""


def office(
    config: Path | None, pair: list[str] | None, json: bool, verbose: bool, *, show_pii: bool | None = None,
    look: bool = False,
) -> Office:  # fmt: skip
    """Opens settings and state. `look`: nothing will be decided. Raises ConfigError, StateError."""
    output = Output(as_json=json)
    clear = show_pii if show_pii is not None else output.out.is_terminal and not json
    return Office(opened(output, config, pair, verbose=verbose, read_only=look), output, clear)


def nowhere(what: str, pairs: Sequence[str], next_step: str) -> ConnectorError:
    """What was asked for is in none of the pairs."""
    from connector.engine.staff import NotPossible

    where = f'the pair "{pairs[0]}"' if len(pairs) == 1 else f"the pairs {', '.join(pairs)}"
    return NotPossible("no-such-entry", f"There is no {what} in {where}.", next_step=next_step)
