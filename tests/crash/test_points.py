"""That the kit kills as it says: a torn commit is no commit, a request that left arrives, and nobody survives."""

from __future__ import annotations

import os
import signal
from pathlib import Path
from typing import BinaryIO

import pytest
from sqlalchemy import text

from connector.engine.steps import Step
from connector.state.database import open_state
from tests.crash.points import KILLED, Moment, Point, Watch
from tests.crash.processes import ended, forked

ROW = "x" * 3000


def rows_after(folder: Path, nth: int, rows: int) -> tuple[int, int]:
    """A process that dies in its nth commit, each of so many rows; (how it ended, how many rows there are)."""
    url = f"sqlite:///{folder / 'state.db'}"
    engine = open_state(url)
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE filled (id INTEGER PRIMARY KEY, word TEXT)"))
    engine.dispose()

    def work(_out: BinaryIO) -> int:
        mine = open_state(url)
        mine.dispose()
        watch = Watch(Point(Step.OPEN, Moment.DURING_COMMIT, nth))
        watch.over(mine, folder / "state.db-wal")
        for _ in range(nth):
            with mine.begin() as connection:
                for _row in range(rows):
                    connection.execute(text("INSERT INTO filled (word) VALUES (:w)"), {"w": ROW})
        return 0

    child, told = forked(work)
    told.read()
    told.close()
    code = ended(child)
    again = open_state(url)
    with again.connect() as connection:
        count = int(connection.execute(text("SELECT count(*) FROM filled")).scalar_one())
        assert connection.execute(text("PRAGMA integrity_check")).scalar_one() == "ok"
    again.dispose()
    return code, count


@pytest.mark.parametrize("nth", [1, 2, 3])
def test_a_commit_in_which_the_process_died_did_not_happen(tmp_path: Path, nth: int) -> None:
    """The kernel ends it while SQLite writes the pages: what was committed before is whole, the rest is not there."""
    code, count = rows_after(tmp_path, nth, rows=6)
    assert code == -signal.SIGXFSZ
    assert count == (nth - 1) * 6


def test_a_process_that_dies_has_no_chance_to_tidy_up(tmp_path: Path) -> None:
    mark = tmp_path / "tidied"

    def work(out: BinaryIO) -> int:
        watch = Watch(Point(Step.OPEN, Moment.BEFORE_SEND), last_words=lambda sent: out.write(bytes([sent])))
        try:
            if watch.reached(Moment.BEFORE_SEND):
                watch.die()
        finally:
            mark.write_text("no", encoding="utf-8")
        return 0

    child, told = forked(work)
    assert told.read() == b"\0"
    told.close()
    assert ended(child) in KILLED
    assert not mark.exists()


def test_a_watch_without_a_point_only_counts() -> None:
    watch = Watch()
    assert not any(watch.reached(moment) for moment in [*Moment, *Moment])
    assert watch.seen.total() == 2 * len(Moment)
    assert not watch.dying


def test_a_moment_can_be_named_by_its_number() -> None:
    watch = Watch(at=3)
    assert [watch.reached(moment) for moment in Moment] == [False, False, True, False]


def test_a_broken_fork_is_told_by_its_exit_code(capfd: pytest.CaptureFixture[str]) -> None:
    def work(_out: BinaryIO) -> int:
        raise LookupError("nobody")

    child, told = forked(work)
    assert told.read() == b""
    told.close()
    assert ended(child) == 70
    assert "LookupError: nobody" in capfd.readouterr().err
    assert os.getpid() != child
