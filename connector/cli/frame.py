"""The options that all commands share, and the group that loads a command's module only when it is called.

A command takes the shared options by their types (`config: Config = None`, `pair: Pairs = None`, `json: Json = False`,
`verbose: Verbose = False`). Each can stand before or after the command's name; what stands after it wins.
"""

from __future__ import annotations

import importlib
import inspect
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import typer
from typer.core import TyperCommand, TyperGroup

from connector.cli import completing, nextstep

COMMON = "Common options"


@dataclass
class Frame:
    """What was said before the command's name; the context object of every command."""

    config: Path | None = None
    pairs: list[str] | None = None
    json: bool = False
    verbose: bool = False


def _config(context: typer.Context, value: Path | None) -> Path | None:
    frame = context.ensure_object(Frame)
    frame.config = value or frame.config
    nextstep.use(frame.config)
    return frame.config


def keep_pairs(context: typer.Context, value: list[str] | None) -> list[str] | None:
    """The pairs that were named: here, or before the command's name."""
    frame = context.ensure_object(Frame)
    frame.pairs = value or frame.pairs
    return frame.pairs


def _json(context: typer.Context, value: bool) -> bool:
    frame = context.ensure_object(Frame)
    frame.json = value or frame.json
    return frame.json


def _verbose(context: typer.Context, value: bool) -> bool:
    frame = context.ensure_object(Frame)
    frame.verbose = value or frame.verbose
    return frame.verbose


Config = Annotated[
    Path | None,
    typer.Option(
        "--config", "-c", metavar="FILE", callback=_config, rich_help_panel=COMMON,
        help="The settings file. Without it: $CONNECTOR_CONFIG, then ./connector.toml.",
    ),
]  # fmt: skip
Pairs = Annotated[
    list[str] | None,
    typer.Option(
        "--pair", "-p", metavar="NAME", callback=keep_pairs, rich_help_panel=COMMON, autocompletion=completing.pairs,
        help="Only this pair; may be given more than once. Without it: all pairs.",
    ),
]  # fmt: skip
Json = Annotated[
    bool,
    typer.Option("--json", callback=_json, rich_help_panel=COMMON, help="The result as JSON on stdout."),
]
Verbose = Annotated[
    bool,
    typer.Option("--verbose", "-v", callback=_verbose, rich_help_panel=COMMON, help="Say the technical side too."),
]


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the table of commands. `target` is `module:name`, the name a command function or a Typer app; `help`
    is the line in the list of commands, shown without loading the module."""

    name: str
    target: str
    panel: str
    help: str


def load(entry: Entry) -> Any:
    """Imports the entry's module and gives its command. A function becomes a command, a Typer app a group."""
    module_name, _, attribute = entry.target.partition(":")
    found: Any = getattr(importlib.import_module(module_name), attribute)
    if not isinstance(found, typer.Typer):
        app = typer.Typer(add_completion=False)
        app.command(entry.name, help=found.__doc__ or entry.help)(found)
        found = app
    elif not isinstance(found.info.help, str):
        found.info.help = entry.help
    command = typer.main.get_command(found)
    command.name = entry.name
    make_readable(command)
    return command


def make_readable(command: Any) -> None:
    """Keeps the help of a command (of a group: and of its commands) from saying `<bool>` of an option that takes no
    value, and from breaking its lines where its docstring does, whatever the width of the terminal."""
    for parameter in command.params:
        if getattr(parameter, "is_flag", False) and parameter.metavar is None:
            parameter.metavar = ""
    own_help_option = command.get_help_option

    def help_option(ctx: Any) -> Any:
        option = own_help_option(ctx)
        if option is not None:
            option.metavar = ""
        return option

    command.get_help_option = help_option
    if command.help:
        command.help = "\n\n".join(" ".join(part.split("\n")) for part in inspect.cleandoc(command.help).split("\n\n"))
    for inner in getattr(command, "commands", {}).values():
        make_readable(inner)


class LazyGroup(TyperGroup):
    """A group over a table of entries. Listing and suggesting need the table only; calling loads one module."""

    table: tuple[Entry, ...] = ()

    def __init__(self, **attributes: Any) -> None:
        super().__init__(**attributes)
        make_readable(self)
        for entry in self.table:
            self.commands[entry.name] = TyperCommand(entry.name, help=entry.help, rich_help_panel=entry.panel)
        self._listing = False

    def get_command(self, ctx: Any, cmd_name: str) -> Any:  # noqa: ARG002 - the base class names them
        """The real command, or its line in the table while help is being printed; None for an unknown name."""
        entry = next((entry for entry in self.table if entry.name == cmd_name), None)
        if entry is None or self._listing:
            return self.commands.get(cmd_name)
        return load(entry)

    def format_help(self, ctx: Any, formatter: Any) -> None:
        """Prints the help without loading any command."""
        self._listing = True
        try:
            super().format_help(ctx, formatter)
        finally:
            self._listing = False
