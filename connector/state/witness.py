"""The witness: a small file beside a SQLite state that remembers the newest run, so that an old copy of the state, put
in its place by hand, is recognised. It holds no data of anybody. (PostgreSQL has none: there only the servers tell.)

It is written after the commit that it speaks of, so it is never ahead of the state; one that is missing or cannot be
read or written says nothing.
"""

from __future__ import annotations

import json
import os
from contextlib import suppress
from pathlib import Path

from sqlalchemy import Connection, Engine, select

from connector.state.core import RUN
from connector.state.database import database_file, witness_beside


def witness_file(engine: Engine) -> Path | None:
    """Where the witness of a state stands; None where there can be none."""
    path = database_file(engine)
    return None if path is None else witness_beside(path)


def note_run(engine: Engine, connection: Connection, run_id: int, *, ended: bool) -> None:
    """Remember that the run of this number began, or ended (both committed)."""
    path = witness_file(engine)
    if path is None:
        return
    beside = Path(f"{path}.{os.getpid()}")
    with suppress(OSError):
        beside.write_text(
            json.dumps({"run": run_id, "began": _began(connection, run_id), "ended": ended}), encoding="ascii"
        )
        beside.chmod(0o600)
        beside.replace(path)


def forget(engine: Engine) -> None:
    """What was noted is over: the state was put back knowingly."""
    path = witness_file(engine)
    if path is not None:
        with suppress(OSError):
            path.unlink()


def is_older(engine: Engine, connection: Connection, run_id: int) -> bool:
    """Whether the state is older than the witness. `run_id`: the run that has just begun on this state."""
    path = witness_file(engine)
    try:
        noted = json.loads(path.read_text(encoding="ascii")) if path is not None else None
        if not isinstance(noted, dict):
            return False
        newest, began, ended = int(noted["run"]), noted["began"], bool(noted["ended"])
    except (OSError, ValueError, KeyError, TypeError):
        return False
    # A copy that lacks the run gives its number to another one sooner or later.
    if run_id <= newest or _began(connection, newest) not in (None, began):
        return True
    # A copy made while that run was at work does not know its end.
    state = connection.execute(select(RUN.c.state).where(RUN.c.id == newest)).scalar()
    return ended and state in ("running", "killed")


def _began(connection: Connection, run_id: int) -> str | None:
    moment = connection.execute(select(RUN.c.started_at).where(RUN.c.id == run_id)).scalar()
    return moment.isoformat() if moment is not None else None
