"""The command line's entry: runs one command and turns whatever ends it into sentences and an exit code."""

from __future__ import annotations

import errno
import os
import sys
from collections.abc import Sequence
from typing import Annotated

import typer
from typer.exceptions import Abort, TyperException

from connector import __version__
from connector.cli import frame, nextstep
from connector.cli.commands import COMMANDS
from connector.cli.exit import INTERRUPTED, PIPE_CLOSED, Problem, problem_of, unwritable, usage
from connector.cli.output import PipeClosed, drop_stdout, prepare_streams
from connector.domain.errors import ExitCode

FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO)
"""What writing to a file can end in that our stdout was led into; errors about files of our own carry their names."""
COMPLETION = "_CONNECTOR_COMPLETE"  # by which a shell asks Typer for completions


class _Commands(frame.LazyGroup):
    table = COMMANDS


app = typer.Typer(
    cls=_Commands, no_args_is_help=True, rich_markup_mode="rich", pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["--help", "-h"]},
)  # fmt: skip


def _version(value: bool) -> None:
    if value:
        sys.stdout.write(f"connector {__version__}\n")
        raise typer.Exit


@app.callback()
def connector(
    config: frame.Config = None,
    pair: frame.Pairs = None,
    json: frame.Json = False,
    verbose: frame.Verbose = False,
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version and stop.")
    ] = False,
) -> None:
    """Keep the customers of Clopos (point of sale) and Check&Place (guest CRM) the same, both ways and safely."""


def run(arguments: Sequence[str] | None = None) -> int:
    """Runs one command and gives the exit code of the table in `connector.domain.errors`, or 130 after Ctrl-C.

    A command returns an `ExitCode` (or nothing, for done) and raises a `ConnectorError` for what stops it. Nothing but
    the command's result goes to stdout; no traceback reaches the user.
    """
    outer = nextstep.use(None)  # a command that runs others (the demo) goes on with its own settings file
    try:
        return _run(list(sys.argv[1:] if arguments is None else arguments))
    finally:
        nextstep.back_to(outer)


def _run(words: list[str]) -> int:
    own = words[: words.index("--")] if "--" in words else words
    # A wrong command line ends before its options are read; how to speak of it must be known all the same.
    said = frame.Frame(json="--json" in own, verbose="--verbose" in own)
    prepare_streams()
    try:
        code = _invoke(words, said)
        sys.stdout.flush()
    except KeyboardInterrupt:
        code = INTERRUPTED
    except (PipeClosed, BrokenPipeError):
        drop_stdout()
        return PIPE_CLOSED
    except SystemExit as ended:
        if ended.code != 1 or COMPLETION in os.environ:
            raise
        drop_stdout()  # Typer's way to say that the pipe was closed while it printed help
        return PIPE_CLOSED
    except Abort:
        sys.stderr.write("connector: stopped, nothing further was done.\n")
        return int(ExitCode.FAILED)
    except TyperException as error:
        return _usage_error(error, said, own)
    except OSError as error:
        if error.errno not in FULL or error.filename is not None:
            return _tell(problem_of(error), said)
        drop_stdout()
        return _tell(unwritable(error), said)
    except Exception as error:  # noqa: BLE001 - the last line of defence: sentences for people, never a traceback
        return _tell(problem_of(error), said)
    if code == INTERRUPTED:
        sys.stderr.write("\nconnector: stopped by you.\n")
    return code


def _invoke(words: list[str], said: frame.Frame) -> int:
    result = typer.main.get_command(app).main(words, prog_name="connector", standalone_mode=False, obj=said)
    return int(result) if isinstance(result, int) else int(ExitCode.DONE)


def _usage_error(error: TyperException, said: frame.Frame, words: Sequence[str]) -> int:
    context = getattr(error, "ctx", None)
    message = error.format_message().strip()
    if not message:  # no command was given, and its help stands on stdout already
        return int(ExitCode.USAGE)
    if context is None:  # raised by a command itself: what was recognised of it is in the words
        known = {entry.name for entry in COMMANDS}
        return _tell(usage(message, next((f"connector {word}" for word in words if word in known), "connector")), said)
    return _tell(usage(message, context.command_path), said)


def _tell(problem: Problem, said: frame.Frame) -> int:
    sys.stderr.write(problem.as_json() if said.json else problem.text(verbose=said.verbose))
    return problem.exit_code


def main() -> None:
    """The console script."""
    sys.exit(run())
