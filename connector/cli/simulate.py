"""`connector simulate`: both APIs as real HTTP servers on this machine."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.table import Table

from connector.cli import frame
from connector.cli.output import Output
from connector.cli.simulated import clopos_url, settings_text
from connector.domain.errors import ExitCode

PORT = 8790
WORLD, ASSUMPTIONS = "The world", "What the servers do"


def simulate(
    port: Annotated[
        int, typer.Option(metavar="N", min=0, max=65535, help="Port on 127.0.0.1; 0 takes a free one.")
    ] = PORT,
    seed: Annotated[int, typer.Option(metavar="N", rich_help_panel=WORLD, help="Another seed, other guests.")] = 0,
    clopos: Annotated[int, typer.Option(metavar="N", min=0, rich_help_panel=WORLD, help="Customers in Clopos.")] = 150,
    checkandplace: Annotated[
        int, typer.Option(metavar="N", min=0, rich_help_panel=WORLD, help="Guests in Check&Place.")
    ] = 150,
    shared: Annotated[
        int | None,
        typer.Option(
            metavar="N", min=0, rich_help_panel=WORLD, help="People known to both; else 60 % of the smaller side."
        ),
    ] = None,
    settings: Annotated[
        list[str] | None,
        typer.Option(
            "--set", metavar="ID=WORD", rich_help_panel=ASSUMPTIONS, help="A switch, for example CL-03=ignored."
        ),
    ] = None,
    profile: Annotated[
        Path | None, typer.Option(metavar="FILE", rich_help_panel=ASSUMPTIONS, help="A TOML file with many switches.")
    ] = None,
    limits: Annotated[
        bool, typer.Option("--limits/--no-limits", rich_help_panel=ASSUMPTIONS, help="The documented quotas of Clopos.")
    ] = True,
    list_switches: Annotated[
        bool, typer.Option("--list", rich_help_panel=ASSUMPTIONS, help="Show every switch and stop.")
    ] = False,
    write: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write the settings to a new file as well.")
    ] = None,
    json: frame.Json = False,
    verbose: frame.Verbose = False,  # noqa: ARG001 - the frame reads it
) -> ExitCode:
    """Serve both APIs on this machine from one seeded world, until Ctrl-C.

    Prints addresses, demo credentials and a ready connector.toml. Guests are made up and kept in memory only.

    Each assumption about the real servers is a switch (--list).
    """
    output = Output(as_json=json)
    if list_switches:
        _list(output)
        return ExitCode.DONE
    # The servers weigh more than the rest of the command line together.
    from connector.simulator.server import RunningServer
    from connector.simulator.world import World

    try:
        world = World(
            seed, clopos, checkandplace, min(clopos, checkandplace) * 3 // 5 if shared is None else shared,
            _switches(settings or [], profile), limits=limits,
        )  # fmt: skip
    except ValueError as error:
        raise typer.BadParameter(str(error)) from None
    if write is not None and write.exists():
        raise typer.BadParameter(f"{write} is there already, and is not overwritten", param_hint="--write")

    # A container or a script ends it with SIGTERM: the same as Ctrl-C by a person.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        with RunningServer(world, port=port) as server:
            text = settings_text(server.base_url, world.credentials, world.switchboard.words())
            if write is not None:
                _write(write, text)
            _introduce(output, server.base_url, world.credentials, text, write)
            threading.Event().wait()
    except OSError as error:
        raise typer.BadParameter(f"port {port} cannot be used ({error.strerror}); try --port 0") from None
    except KeyboardInterrupt:
        output.say("stopped")
    return ExitCode.DONE


def _switches(settings: Sequence[str], profile: Path | None) -> dict[str, str]:
    """The profile's switches, then those of the command line over them. ValueError with a sentence."""
    from connector.simulator.switchboard import load_profile, parse_setting

    try:
        chosen = load_profile(profile) if profile is not None else {}
    except OSError as error:
        raise ValueError(f"{profile}: {error.strerror}") from None
    return chosen | dict(parse_setting(text) for text in settings)


def _list(output: Output) -> None:
    from connector.simulator.switchboard import describe_switches

    rows = describe_switches()
    if output.as_json:
        output.document([
            {
                "side": row.side, "id": row.id, "name": row.name, "default": row.default,
                "alternatives": list(row.alternatives), "free": row.free, "help": row.help,
            }
            for row in rows
        ])  # fmt: skip
        return
    table = Table("id", "switch", "default", "or", "what", show_edge=False, pad_edge=False)
    for row in rows:
        others = ", ".join(row.alternatives) + (" ..." if row.free else "")
        table.add_row(row.id, f"{row.side}.{row.name}", row.default, others, row.help.removeprefix("assumed: "))
    output.result(table)


def _introduce(
    output: Output, base_url: str, credentials: dict[str, dict[str, Any]], text: str, written: Path | None
) -> None:
    addresses = {"clopos": clopos_url(base_url), "clopos_v1": clopos_url(base_url, "v1"), "checkandplace": base_url}
    if output.as_json:
        output.line({**addresses, "control": f"{base_url}/control/", "credentials": credentials, "settings": text})
        return
    table = Table.grid(padding=(0, 2))
    for name, address in addresses.items():
        table.add_row(name, address)
    table.add_row("control", f"{base_url}/control/ (lists what can be done there: edits, switches, faults, ...)")
    for side, known in credentials.items():
        for key, value in known.items():
            table.add_row(f"{side}.{key}", str(value))
    output.result(table)
    output.result(f"\n# {written or 'connector.toml'}\n{text}")
    output.say("Serving. Ctrl-C stops it; nothing is kept.")


def _write(path: Path, text: str) -> None:
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except OSError as error:
        raise typer.BadParameter(f"{path}: {error.strerror}", param_hint="--write") from None
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text)
