"""Backups of either database into one portable file, and putting them back on either."""

from __future__ import annotations

import os
import sqlite3
import stat
import threading
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import insert, select, text, update

from connector.domain.errors import NotThere, PairLocked, StateError
from connector.state import migrate, relinking, witness
from connector.state.backup import back_up, default_path, made_at
from connector.state.core import LINK, PAIR, RUN, SETTING
from connector.state.database import integrity, open_state
from connector.state.lease import PAIR_LEASE, Lease
from connector.state.migrations import RELEASED
from connector.state.restore import restore
from connector.state.soundness import examine
from tests.state.lived import lived_state
from tests.state.old_rows import Rows, made_by, rows

NOW = datetime(2026, 7, 1, 3, 0, tzinfo=UTC)
CHANGED = {"setting", "lease", "brand_lease", "alembic_version"}
"""Tables in which a backup says what it is, or whose rows a restore renews."""
RELINKED = {"pair", "link", "queue_entry", "plan", "intent"}


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A state that has lived, on either database."""
    kept = tmp_path / "lived.db"
    kept.write_bytes(lived_state())
    if request.param == "sqlite":
        place = tmp_path / "place" / "state.db"
        place.parent.mkdir()
        kept.rename(place)
        return f"sqlite:///{place}"
    address = str(request.getfixturevalue("postgres").database())
    restore(address, kept, NOW)
    with open_state(address).begin() as connection:
        for pair_id in relinking.all_pairs(connection):
            relinking.end(connection, pair_id)
    return address


def without(found: Rows, tables: set[str]) -> Rows:
    return {name: every for name, every in found.items() if name not in tables}


def test_a_backup_holds_every_row_and_is_its_owner_s_alone(url: str, tmp_path: Path) -> None:
    engine = open_state(url)
    made = back_up(engine, tmp_path / "kept.db", NOW)
    assert stat.S_IMODE(made.path.stat().st_mode) == 0o600
    assert (made.revision, made.size) == (migrate.head(), made.path.stat().st_size)
    assert sorted(path.name for path in tmp_path.glob("*kept*")) == ["kept.db"]
    copy = open_state(f"sqlite:///{made.path}", read_only=True)
    assert without(rows(copy), CHANGED) == without(rows(engine), CHANGED)
    assert list(examine(copy)) == []
    assert migrate.current(copy) == migrate.head()
    with copy.connect() as connection:
        assert made_at(connection) == NOW
    with engine.connect() as connection:
        assert made_at(connection) is None  # nothing is noted in the state itself
    copy.dispose()
    engine.dispose()


def test_a_backup_overwrites_nothing(url: str, tmp_path: Path) -> None:
    engine = open_state(url)
    (tmp_path / "kept.db").write_text("mine")
    for target, code in ((tmp_path / "kept.db", "backup-exists"), (tmp_path / "no" / "kept.db", "backup-unwritable")):
        with pytest.raises(StateError) as caught:
            back_up(engine, target, NOW)
        assert caught.value.code == code
        step = "connector db backup -o" if code == "backup-exists" else "mkdir -p"
        assert caught.value.next_step.startswith(step)
    assert (tmp_path / "kept.db").read_text() == "mine"
    engine.dispose()


def test_a_backup_beside_a_writer_shows_one_moment(url: str, tmp_path: Path) -> None:
    """A writer changes two rows in each transaction: every copy shows both or none."""
    engine, done = open_state(url), threading.Event()
    with engine.begin() as connection:
        connection.execute(insert(SETTING), [{"pair_id": n, "name": "twin", "value_json": "0"} for n in (8, 9)])

    def write() -> None:
        number = 0
        while not done.is_set():
            number += 1
            with engine.begin() as connection:
                for pair_id in (8, 9):
                    connection.execute(
                        update(SETTING).where(SETTING.c.pair_id == pair_id).values(value_json=str(number))
                    )

    thread = threading.Thread(target=write)
    thread.start()
    seen = set()
    try:
        for number in range(4):
            made = back_up(engine, tmp_path / f"kept-{number}.db", NOW)
            with sqlite3.connect(made.path) as copy:
                twins = [row[0] for row in copy.execute("SELECT value_json FROM setting WHERE name = 'twin'")]
            copy.close()
            assert twins[0] == twins[1]
            seen.add(twins[0])
    finally:
        done.set()
        thread.join()
    assert len(seen) > 1  # the writer went on
    engine.dispose()


def test_a_restored_state_is_the_backup_in_relink_mode(url: str, tmp_path: Path) -> None:
    engine = open_state(url)
    made = back_up(engine, tmp_path / "kept.db", NOW)
    before = rows(engine)
    with engine.begin() as connection:
        connection.execute(text("DELETE FROM history"))
        connection.execute(insert(RUN).values(pair_id=1, kind="sync", started_at=NOW))
    later = rows(engine)
    done = restore(url, made.path, NOW)
    assert (done.pairs, done.of) == (("main",), NOW)
    assert without(rows(engine), CHANGED | RELINKED) == without(before, CHANGED | RELINKED)
    assert list(examine(engine)) == []
    with engine.connect() as connection:
        mode = relinking.relinking(connection, 1)
        assert mode is not None
        assert (mode.why, mode.of, mode.proposed) == (relinking.Why.RESTORED, NOW, False)
        assert connection.execute(select(PAIR.c.backfill_finished_at)).scalar() is None
        assert set(connection.scalars(select(LINK.c.clopos_base))) == {b""}
        assert made_at(connection) is None
    # The replaced state is kept whole.
    assert done.kept is not None
    assert stat.S_IMODE(done.kept.stat().st_mode) == 0o600
    old = open_state(f"sqlite:///{done.kept}", read_only=True)
    assert without(rows(old), CHANGED) == without(later, CHANGED)
    old.dispose()
    # New rows get new numbers, and every earlier epoch is over.
    with engine.begin() as connection:
        connection.execute(insert(RUN).values(pair_id=1, kind="sync", started_at=NOW))
        ids = connection.scalars(select(RUN.c.id)).all()
        assert len(ids) == len(set(ids)) == len(before["run"]) + 1
        epoch = connection.execute(select(PAIR_LEASE.c.epoch)).scalar_one()
    assert epoch > max(row["epoch"] for row in later["lease"])
    engine.dispose()


def test_a_run_at_work_is_not_restored_under_its_feet(url: str, tmp_path: Path) -> None:
    engine = open_state(url)
    made = back_up(engine, tmp_path / "kept.db", NOW)
    lease = Lease.acquire(engine, 1, owner="a run")
    before = rows(engine)
    with pytest.raises(PairLocked):
        restore(url, made.path, NOW)
    assert rows(engine) == before
    lease.check()
    lease.release()
    restore(url, made.path, NOW)
    engine.dispose()


def test_who_waits_with_an_open_database_sees_the_restored_one(url: str, tmp_path: Path) -> None:
    """A daemon between two runs: its next transaction is on the restored state, not on a file without a name."""
    daemon = open_state(url)
    made = back_up(daemon, tmp_path / "kept.db", NOW)
    with daemon.begin() as connection:
        connection.execute(insert(SETTING).values(pair_id=1, name="since the backup", value_json="1"))
    restore(url, made.path, NOW)
    query = select(SETTING.c.name).where(SETTING.c.name == "since the backup")
    with daemon.begin() as connection:
        assert connection.scalars(query).all() == []
        connection.execute(insert(SETTING).values(pair_id=1, name="by the daemon", value_json="1"))
    other = open_state(url)
    with other.connect() as connection:
        assert connection.scalars(select(SETTING.c.name).where(SETTING.c.name == "by the daemon")).all()
    other.dispose()
    daemon.dispose()


def test_where_there_is_no_state_the_backup_becomes_it(tmp_path: Path) -> None:
    kept = tmp_path / "kept.db"
    kept.write_bytes(lived_state())
    (tmp_path / "new").mkdir()
    done = restore(f"sqlite:///{tmp_path / 'new' / 'state.db'}", kept, NOW)
    assert (done.kept, done.of) == (None, None)
    engine = open_state(f"sqlite:///{tmp_path / 'new' / 'state.db'}")
    assert stat.S_IMODE((tmp_path / "new" / "state.db").stat().st_mode) == 0o600
    assert list(examine(engine)) == []
    engine.dispose()


def damaged(path: Path) -> None:
    """Bytes flipped in the middle of the file, as a failing disk does it."""
    size = path.stat().st_size
    with path.open("r+b") as file:
        for place in range(4096, size, 4096 * 3):
            file.seek(place)
            file.write(os.urandom(256))


@pytest.mark.parametrize("head_too", [False, True])
def test_a_damaged_state_is_replaced_and_kept(tmp_path: Path, head_too: bool) -> None:
    kept, place = tmp_path / "kept.db", tmp_path / "state.db"
    kept.write_bytes(lived_state())
    place.write_bytes(lived_state())
    damaged(place)
    if head_too:
        with place.open("r+b") as file:
            file.write(os.urandom(100))
    (tmp_path / "state.db-wal").write_bytes(b"of the damaged one")
    broken = place.read_bytes()
    done = restore(f"sqlite:///{place}", kept, NOW)
    engine = open_state(f"sqlite:///{place}")
    assert integrity(engine) == []
    assert list(examine(engine)) == []
    engine.dispose()
    assert done.kept is not None
    assert len(done.kept.read_bytes()) == len(broken)


def test_an_unusable_backup_changes_nothing(url: str, tmp_path: Path) -> None:
    engine = open_state(url)
    before, kept = rows(engine), set(tmp_path.rglob("*replaced*"))
    text_file, empty, foreign = tmp_path / "text", tmp_path / "empty", tmp_path / "foreign"
    text_file.write_text("no database " * 1000)
    empty.touch()
    with sqlite3.connect(foreign) as other:
        other.execute("CREATE TABLE theirs (id INTEGER)")
    other.close()
    broken = tmp_path / "broken"
    broken.write_bytes(lived_state())
    damaged(broken)
    unsound = tmp_path / "unsound"
    unsound.write_bytes(lived_state())
    with sqlite3.connect(unsound) as other:
        other.execute("UPDATE queue_entry SET clopos_record_id = 4711")
    other.close()
    newer = tmp_path / "newer"
    newer.write_bytes(lived_state())
    with sqlite3.connect(newer) as other:
        other.execute("UPDATE alembic_version SET version_num = '9999'")
    other.close()
    for file, code in (
        (tmp_path / "nothing", "backup-missing"), (text_file, "backup-unusable"), (empty, "backup-unusable"),
        (foreign, "backup-unusable"), (unsound, "backup-unsound"), (newer, "state-newer"),
    ):  # fmt: skip
        with pytest.raises(NotThere if code == "backup-missing" else StateError) as caught:
            restore(url, file, NOW)
        assert caught.value.code == code, file
    with pytest.raises(StateError) as caught:
        restore(url, broken, NOW)
    assert caught.value.code in ("backup-unusable", "backup-unsound")
    assert without(rows(engine), {"lease"}) == without(before, {"lease"})
    Lease.acquire(engine, 1, owner="nobody was locked out").release()
    assert set(tmp_path.rglob("*replaced*")) == kept
    engine.dispose()


def test_a_backup_of_an_older_schema_is_upgraded_on_its_way_back(tmp_path: Path) -> None:
    kept = tmp_path / "kept.db"
    old = open_state(f"sqlite:///{kept}", upgrade=False)
    made_by(old, RELEASED)
    with old.begin() as connection:  # rows of every kind are not yet a sound state
        for table in ("link", "proposal", "queue_entry", "intent", "record_key", "record"):
            connection.execute(text(f"DELETE FROM {table}"))
    old.dispose()
    restore(f"sqlite:///{tmp_path / 'state.db'}", kept, NOW)
    engine = open_state(f"sqlite:///{tmp_path / 'state.db'}", upgrade=False)
    assert migrate.current(engine) == migrate.head()
    engine.dispose()


def test_a_start_keeps_the_older_file_before_it_upgrades_it(tmp_path: Path) -> None:
    place = tmp_path / "state.db"
    old = open_state(f"sqlite:///{place}", upgrade=False)
    before = made_by(old, RELEASED)
    old.dispose()
    open_state(f"sqlite:///{place}").dispose()
    kept = [path for path in tmp_path.iterdir() if "before-" in path.name]
    assert len(kept) == (0 if migrate.head() == RELEASED else 1)
    for path in kept:
        engine = open_state(f"sqlite:///{path}", upgrade=False)
        assert migrate.current(engine) == RELEASED
        assert without(rows(engine), CHANGED) == without(before, CHANGED)
        engine.dispose()


def test_the_witness_is_forgotten_with_the_state_it_spoke_of(tmp_path: Path) -> None:
    kept, place = tmp_path / "kept.db", tmp_path / "state.db"
    kept.write_bytes(lived_state())
    place.write_bytes(lived_state())
    (tmp_path / "state.db.known").write_text('{"run": 99, "began": null, "ended": true}')
    engine = open_state(f"sqlite:///{place}")
    with engine.connect() as connection:
        assert witness.is_older(engine, connection, 99)
        restore(f"sqlite:///{place}", kept, NOW)
        assert not witness.is_older(engine, connection, 99)
    engine.dispose()


@pytest.mark.parametrize("text_", ["", "{}", "[1]", '{"run": "x"}', "\x00", '{"run": 1'])
def test_a_witness_that_says_nothing_is_none(tmp_path: Path, text_: str) -> None:
    engine = open_state(f"sqlite:///{tmp_path / 'state.db'}")
    (tmp_path / "state.db.known").write_text(text_)
    with engine.connect() as connection:
        assert not witness.is_older(engine, connection, 1)
    engine.dispose()


def test_a_backup_without_a_name_stands_beside_the_state(tmp_path: Path) -> None:
    engine = open_state(f"sqlite:///{tmp_path / 'state.db'}")
    assert default_path(engine, NOW) == tmp_path / "state.db.backup-20260701T030000Z"
