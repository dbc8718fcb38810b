"""Commands for the tests of the frame: each ends in its own way."""

from __future__ import annotations

import asyncio

import typer

from connector.cli import frame
from connector.cli.output import Output
from connector.domain.errors import AuthError, ConfigError, ExitCode, TransientError


def differs(
    config: frame.Config = None, pair: frame.Pairs = None, json: frame.Json = False, verbose: frame.Verbose = False
) -> ExitCode:
    """Show what was understood."""
    facts = {"config": str(config) if config else None, "pairs": pair, "json": json, "verbose": verbose}
    Output(as_json=True).document(facts)
    return ExitCode.DIFFERENCES


def nothing() -> None:
    """Do nothing."""


def failing(kind: str, json: frame.Json = False, verbose: frame.Verbose = False) -> None:
    """Fail in the way that is asked for."""
    auth = AuthError("auth-refused", "Clopos refuses the credentials.", engineer="401 at /auth", next_step="do this")
    config = ConfigError("bad-zone", "The zone is unknown.")
    match kind:
        case "auth":
            raise auth
        case "group":
            raise ExceptionGroup("two", [TransientError("slow", "Too slow."), ExceptionGroup("in", [auth, config])])
        case "bug":
            raise LookupError("Leyla Əliyeva +994501234567")
        case "interrupt":
            raise KeyboardInterrupt
        case "declined":
            raise typer.Abort
        case "exit":
            raise typer.Exit(5)
        case "async":
            asyncio.run(_raise(auth))


async def _raise(error: Exception) -> None:
    raise error


def endless() -> None:
    """Print until somebody stops listening."""
    output = Output()
    while True:
        output.result("one more line")


def endless_json() -> None:
    """The same, as rows."""
    output = Output(as_json=True)
    while True:
        output.line({"row": "ə" * 100})


def waiting() -> None:
    """Wait for Ctrl-C."""
    import threading

    Output().line("ready")
    threading.Event().wait()


group = typer.Typer()


@group.command("list")
def list_(json: frame.Json = False) -> None:
    """List."""
    Output(as_json=json).document([])


@group.command()
def show(number: int) -> None:
    """Show one."""
    Output().document(number)
