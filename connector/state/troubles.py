"""What can be wrong with the state database, in words: one catalogue, and the reading of both drivers' errors into it.

`explain_errors(engine)` makes every statement on the engine raise `StateError` (connector.domain.errors) where the
trouble is the database's own (locked, read-only, full, corrupt, unreachable) and leaves programming errors as they are,
without the data that PostgreSQL adds to them.
"""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Engine, event
from sqlalchemy.engine import URL, ExceptionContext
from sqlalchemy.exc import DBAPIError

from connector.domain.errors import StateError


@dataclass(frozen=True, slots=True)
class Trouble:
    """A sentence for a manager and the next step; `{place}` is the database without its password."""

    manager: str
    next_step: str


TROUBLES = {
    "state-missing": Trouble("There is no state database at {place} yet.",
        "Run `connector diff` once: it creates the database."),
    "state-lost": Trouble("The state database {place} is gone or empty, although runs were made with it.",
        "connector db restore FILE, with the last backup; without one: connector backfill, which judges who is who anew"
        " and creates nobody before you reviewed it."),
    "state-is-folder": Trouble("{place} is a folder, not a database file.",
        "Name a file under [state] url, for example sqlite:///state.db."),
    "state-unwritable": Trouble("The state database {place} cannot be created or opened for writing.",
        "Let the user that runs the connector own the folder, or choose another one under [state] url."),
    "state-not-a-database": Trouble("{place} is not a database of this connector: the file holds something else.",
        "Correct [state] url, or put a backup in its place: connector db restore FILE"),
    "state-foreign": Trouble("{place} is a database of another program: it has tables, but none of the connector's.",
        "Choose an empty database or a new file under [state] url."),
    "state-corrupt": Trouble("The state database {place} is damaged.",
        "Stop the connector, then connector db restore FILE, with the last backup (the damaged file is kept)."),
    "state-read-only": Trouble("The state database {place} can only be read, not written.",
        "Give the user that runs the connector the right to write the file and its folder."),
    "state-locked": Trouble("The state database {place} is in use by another program for too long.",
        "Wait for the other run to end, or close the tool that holds the database open, and start again."),
    "state-full": Trouble("There is no room left on the disk of the state database {place}.",
        "Free disk space and start again: nothing that was recorded is lost."),
    "state-not-written": Trouble("The disk did not take what was written to the state database {place}.",
        "Look at its free space, quotas and limits, and start again: nothing that was recorded is lost."),
    "state-unreachable": Trouble("The database server of {place} does not answer.",
        "Check that PostgreSQL runs and that host and port under [state] url are right."),
    "state-refused": Trouble("The database server refuses the user or password of {place}.",
        "Correct user and password under [state] url."),
    "state-no-driver": Trouble("The driver for PostgreSQL is not installed.",
        "Run `pip install 'clopos-checkandplace-connector[postgres]'`."),
    "state-older": Trouble("The state database {place} was written by an older version and was not upgraded yet.",
        "Run `connector db upgrade`: it makes a backup and upgrades the database."),
    "state-newer": Trouble("The state database {place} was written by a newer version of the connector.",
        "Install the newer version again, or connector db restore FILE, with the backup from before its upgrade."),
    "state-upgrade-failed": Trouble("The state database {place} could not be upgraded; it is as it was before.",
        "Keep running the version from before and report the error."),
    "state-failed": Trouble("The state database {place} reports an error.",
        "Run `connector db check` for the details."),
}  # fmt: skip

# SQLite's primary result codes (https://www.sqlite.org/rescode.html), the low byte of the extended code.
_SQLITE = {5: "state-locked", 6: "state-locked", 8: "state-read-only", 10: "state-failed", 11: "state-corrupt",
           13: "state-full", 14: "state-unwritable", 26: "state-not-a-database"}  # fmt: skip
# Extended codes of "disk I/O error": write, fsync and truncate that failed (quota, limit, a failing disk).
_SQLITE_WRITE = {778: "state-not-written", 1034: "state-not-written", 1546: "state-not-written"}
# PostgreSQL's SQLSTATEs (documentation, appendix A) by prefix; the longer prefix stands first.
_POSTGRESQL = {
    "25006": "state-read-only", "42501": "state-read-only",
    "28": "state-refused", "3D000": "state-refused",
    "53100": "state-full",
    "55P03": "state-locked", "40P01": "state-locked", "40001": "state-locked",
    "53": "state-unreachable", "57P": "state-unreachable", "08": "state-unreachable",
    "XX001": "state-corrupt", "XX002": "state-corrupt",
}  # fmt: skip


def problem(code: str, place: URL | None, detail: str = "") -> StateError:
    """The StateError of a code of the catalogue, naming the database without its password."""
    trouble = TROUBLES[code]
    where = shown(place)
    manager = trouble.manager.format(place=where)
    return StateError(code, manager, engineer=f"{where}: {detail}" if detail else where, next_step=trouble.next_step)


def shown(place: URL | None) -> str:
    """A database's name for people: the file, or server and database without credentials."""
    if place is None:
        return "the state database"
    if place.get_backend_name() == "sqlite":
        return place.database or "in memory"
    return f"{place.host or 'localhost'}/{place.database or ''}"


def explain_errors(engine: Engine) -> None:
    """Turns the driver's errors on this engine into StateErrors, and takes guests' data out of the others."""

    def explain(context: ExceptionContext) -> BaseException | None:
        code = _code(context.original_exception)
        if code is not None:
            return problem(code, engine.url, _detail(context.original_exception))
        return _without_data(context)

    event.listen(engine, "handle_error", explain, retval=True)


def _code(error: BaseException) -> str | None:
    number = getattr(error, "sqlite_errorcode", None)
    if isinstance(number, int):
        return _SQLITE_WRITE.get(number) or _SQLITE.get(number & 0xFF)
    if "sqlite" in type(error).__module__:
        return "state-not-a-database" if "not a database" in str(error) else None
    if not type(error).__module__.startswith("psycopg"):
        return None
    state = getattr(error, "sqlstate", None)
    if state is None:
        refused = "password" in str(error) or "authentication" in str(error) or "does not exist" in str(error)
        return ("state-refused" if refused else "state-unreachable") if _connecting(error) else None
    return next((code for prefix, code in _POSTGRESQL.items() if state.startswith(prefix)), None)


def _connecting(error: BaseException) -> bool:
    """An OperationalError of psycopg without SQLSTATE: the connection could not be made, or broke."""
    return type(error).__name__ in ("OperationalError", "ConnectionTimeout")


def _detail(error: BaseException) -> str:
    """The name of the error, which both drivers keep free of data (SQLITE_FULL, DiskFull)."""
    return str(getattr(error, "sqlite_errorname", None) or type(error).__name__)


def _without_data(context: ExceptionContext) -> BaseException | None:
    """PostgreSQL's errors put the row in question behind DETAIL: keep the first line alone."""
    wrapped, original = context.sqlalchemy_exception, context.original_exception
    diagnosis = getattr(original, "diag", None)
    if not isinstance(wrapped, DBAPIError) or diagnosis is None:
        return None
    primary = str(getattr(diagnosis, "message_primary", None) or type(original).__name__)
    original.args = (primary,)
    wrapped.args = (f"({type(original).__name__}) {primary}",)
    return None
