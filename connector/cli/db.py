"""`connector db`: the state database as a thing to look after: check, backup, restore, upgrade."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from connector.cli import frame
from connector.cli.outfile import named
from connector.cli.output import Output
from connector.domain.errors import ExitCode, StateError, UnsafePlan, typed_path

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Engine

    from connector.config import Settings

app = typer.Typer(add_completion=False, no_args_is_help=True)
CLEAR = "It holds guests' personal data: keep it as carefully as the guest list itself."


@app.callback()
def db() -> None:
    """The database of the connector: is it sound, copies of it, and putting one back."""


@app.command()
def check(config: frame.Config = None, json: frame.Json = False, verbose: frame.Verbose = False) -> ExitCode:
    """Look through the whole database and change nothing.

    Its schema, the file itself, and what must be true of its rows: nobody in two links, links and questions about
    records that are there, bases that can be read. Can be run beside everything else; reads the whole database.

    Ends with 0 if all is well, with 1 if not.

    Example:  connector db check --json
    """
    from connector.engine.relinking import sentence
    from connector.state import migrate
    from connector.state.relinking import relinking
    from connector.state.runs import PairStore
    from connector.state.soundness import examine

    output = Output(as_json=json)
    settings, engine = _opened(output, config, verbose, read_only=True)
    findings = list(examine(engine))
    modes = {}
    with engine.connect() as connection:
        for name in settings.pairs if not findings else ():
            pair = PairStore().find(connection, name)
            found = relinking(connection, pair.id) if pair is not None else None
            if found is not None:
                modes[name] = found
    for finding in findings:
        rows = f" (rows {', '.join(map(str, finding.rows))})" if finding.rows and verbose else ""
        output.result(f"WRONG  {finding.sentence}{rows}")
    if not findings:
        output.result(f"Sound: schema {migrate.head()}, {_place(engine)}.")
    for name, found in modes.items():
        output.result(f"Pair {name}: {sentence(found)}\n  Next: connector backfill --pair {name}")
    step = "connector db restore FILE, with the last backup" if findings else None
    if step:
        output.result(f"  Next: {step}")
    if json:
        output.document({
            "sound": not findings, "revision": migrate.current(engine), "database": engine.dialect.name,
            "findings": [{"code": f.code, "count": f.count, "sentence": f.sentence, "rows": list(f.rows)}
                         for f in findings],
            "relink": {name: found.to_json() for name, found in modes.items()}, "next": step,
        })  # fmt: skip
    return ExitCode.FAILED if findings else ExitCode.DONE


@app.command()
def backup(
    file: Annotated[
        Path | None, typer.Option("--output", "-o", metavar="FILE",
                                  help="The new file. Without it: beside the database, named by the time.")
    ] = None,
    config: frame.Config = None,
    json: frame.Json = False,
    verbose: frame.Verbose = False,
) -> ExitCode:  # fmt: skip
    """Copy the database into one file, also while runs are at work.

    The copy shows one moment, is readable by you alone, and can be put back with `connector db restore`, on SQLite as
    on PostgreSQL. It holds guests' personal data.

    Ends with 0; with 1 if nothing could be written, or if the database is damaged (the copy of it is kept then).

    Example, every night:  connector db backup -o /backup/connector-$(date +%F).db
    """
    from connector.state.backup import back_up, default_path

    output = Output(as_json=json)
    if file is not None:
        named(file)
    _settings, engine = _opened(output, config, verbose, read_only=True)
    now = _now()
    made = back_up(engine, file or default_path(engine, now), now)
    damage = _damage(made.path)
    if json:
        output.document({
            "file": str(made.path), "bytes": made.size, "revision": made.revision, "made_at": made.made_at.isoformat(),
            "sound": not damage, "personal_data": True,
        })  # fmt: skip
    output.whole(str(made.path))
    output.result(f"{made.size / 1_000_000:,.1f} MB, readable by you alone. {CLEAR}")
    if damage:
        raise StateError(
            "backup-damaged", "The database is damaged, and so is this copy of it.", engineer=damage[0],
            next_step="connector db restore FILE, with the last backup before this one",
        )  # fmt: skip
    return ExitCode.DONE


@app.command()
def restore(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A file that `connector db backup` wrote.")],
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask: for scripts.")] = False,
    config: frame.Config = None,
    json: frame.Json = False,
    verbose: frame.Verbose = False,
) -> ExitCode:
    """Put a backup back in the place of the database.

    The backup is looked through first, the replaced database is kept beside it, and nothing happens while a run is at
    work. All pairs are in relink mode afterwards: what was done since the backup is on the servers, but not in it, so
    nothing is written or created until `connector backfill` judged every pair of customers anew and you decided what
    it asks. It says so and asks first; without a terminal, --yes has to say it.

    Ends with 0; 3 if it was not confirmed; 5 while a run is at work; 1 if the backup cannot be used: nothing was
    changed then.

    Example:  connector db restore /backup/connector-2026-07-01.db
    """
    from connector.cli.opening import open_settings, quiet_log
    from connector.state.restore import look_into
    from connector.state.restore import restore as put_back

    output = Output(as_json=json)
    settings, _pairs = open_settings(config, None)
    quiet_log(output, settings, verbose=verbose)
    if not yes:
        _confirm(output, file, *look_into(settings.database_url(), file, _now()))
    done = put_back(settings.database_url(), file, _now())
    steps = [f"connector backfill --pair {name}" for name in done.pairs if name in settings.pairs]
    if json:
        output.document({
            "restored": str(file), "of": done.of.isoformat() if done.of else None,
            "kept": str(done.kept) if done.kept else None, "pairs": list(done.pairs), "next": steps,
        })  # fmt: skip
    of = f" of {done.of:%Y-%m-%d %H:%M} UTC" if done.of else ""
    output.result(f"Restored: the database is the backup{of}.")
    if done.kept is not None:
        output.result("The replaced database is kept, readable by you alone:")
        output.whole(str(done.kept))
    output.result("Nothing is written on its pairs until their links were judged again:")
    for step in steps:
        output.whole(f"  Next: {step}")
    return ExitCode.DONE


def _confirm(output: Output, file: Path, of: datetime | None, pairs: tuple[str, ...]) -> None:
    """Says what follows from a restore, and asks. Raises UnsafePlan where it is not wanted, or nobody is there."""
    import sys

    from connector.cli.asking import yes

    made = f" of {of:%Y-%m-%d %H:%M} UTC" if of else ""
    named = f"pair{'' if len(pairs) == 1 else 's'} {', '.join(pairs)}"
    output.say(
        f"The backup{made} takes the place of the database; the one that is there now is kept beside it. "
        f"What was done since is not in it. So the {named} will be in relink mode: nothing is written or created until "
        "connector backfill judged every link anew and you decided what it asks."
    )
    if not sys.stdin.isatty() or not yes("Restore it?"):
        raise UnsafePlan(
            "restore-not-confirmed", "The restore was not confirmed, so nothing was changed.",
            next_step=f"connector db restore {typed_path(file)} --yes",
        )  # fmt: skip


@app.command()
def upgrade(
    file: Annotated[
        Path | None, typer.Option("--backup", metavar="FILE",
                                  help="Where the copy from before goes. Without it: beside the database.")
    ] = None,
    config: frame.Config = None,
    json: frame.Json = False,
    verbose: frame.Verbose = False,
) -> ExitCode:  # fmt: skip
    """Bring the database to the schema of this version, with a backup first.

    Every command that writes does the same when it starts on an older database. On PostgreSQL only this command makes
    the backup, since the server has its own. There is no way back but restoring it.

    Ends with 0 also if there was nothing to do; with 1 if it is as it was before.

    Example:  connector db upgrade
    """
    from connector.cli.opening import open_settings, quiet_log
    from connector.state import migrate
    from connector.state.backup import back_up, default_path
    from connector.state.database import open_state

    output = Output(as_json=json)
    settings, _pairs = open_settings(config, None)
    quiet_log(output, settings, verbose=verbose)
    engine = open_state(settings.database_url(), upgrade=False)
    before, now, kept = migrate.current(engine), _now(), None
    if before is not None and before != migrate.head():
        migrate.refuse_newer(engine)
        kept = back_up(engine, file or default_path(engine, now, f"before-{migrate.head()}"), now).path
    migrate.upgrade(engine, kept=kept is not None)
    if json:
        output.document({"before": before, "after": migrate.head(), "backup": str(kept) if kept else None})
    if before == migrate.head():
        output.result(f"Nothing to do: the schema is {before} already.")
    else:
        output.result(f"Schema {before or 'none'} -> {migrate.head()}.")
    if kept is not None:
        output.result("The database from before, readable by you alone:")
        output.whole(str(kept))
        output.result(CLEAR)
    return ExitCode.DONE


def _opened(output: Output, config: Path | None, verbose: bool, *, read_only: bool) -> tuple[Settings, Engine]:
    from connector.cli.opening import opened

    work = opened(output, config, None, verbose=verbose, read_only=read_only)
    return work.settings, work.engine


def _now() -> datetime:
    from connector.engine.clock import SystemClock

    return SystemClock().now()


def _place(engine: Engine) -> str:
    return engine.url.render_as_string(hide_password=True)


def _damage(path: Path) -> list[str]:
    """What SQLite finds broken in a copy that was just made."""
    from connector.state.database import integrity, open_state

    engine = open_state(f"sqlite:///{path}", read_only=True, upgrade=False)
    try:
        return integrity(engine)
    finally:
        engine.dispose()
