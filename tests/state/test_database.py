"""Opening the state: what is created, with which rights, and each trouble as a sentence."""

from __future__ import annotations

import os
import re
import sqlite3
import stat
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine, insert, text
from sqlalchemy.exc import IntegrityError

from connector.domain.errors import ConfigError, ConnectorError, StateError
from connector.state import tables
from connector.state.database import database_file, integrity, open_state, writing
from connector.state.troubles import TROUBLES


@pytest.fixture
def open_to_all() -> Iterator[None]:
    before = os.umask(0)
    yield
    os.umask(before)


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_new_state_belongs_to_its_owner_alone(tmp_path: Path, open_to_all: None) -> None:
    path = tmp_path / "deep" / "er" / "state.db"
    engine = open_state(f"sqlite:///{path}")
    with engine.begin() as connection:
        connection.execute(insert(tables.Setting).values(pair_id=0, name="x", value_json="1"))
    files = sorted(path.parent.iterdir())
    assert [file.name for file in files] == ["state.db", "state.db-shm", "state.db-wal"]
    assert [mode(file) for file in files] == [0o600] * 3
    assert mode(path.parent) == mode(path.parent.parent) == 0o700
    assert database_file(engine) == path


def test_open_files_are_closed_to_others(tmp_path: Path, url: str) -> None:
    open_state(url).dispose()
    (tmp_path / "state.db").chmod(0o664)
    open_state(url).dispose()
    assert mode(tmp_path / "state.db") == 0o600


def test_settings_of_a_connection(engine: Engine) -> None:
    with engine.connect() as connection:
        found = {name: connection.exec_driver_sql(f"PRAGMA {name}").scalar()
                 for name in ("journal_mode", "synchronous", "foreign_keys", "busy_timeout")}  # fmt: skip
    assert found == {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1, "busy_timeout": 15000}


def test_foreign_keys_hold_and_no_parameter_shows(engine: Engine) -> None:
    with engine.begin() as connection, pytest.raises(IntegrityError) as caught:
        connection.execute(text("INSERT INTO cursor (pair_id, side, value) VALUES (99, :who, '')"), {"who": "Aysel"})
    assert "Aysel" not in str(caught.value)


def test_ddl_is_part_of_a_transaction(engine: Engine) -> None:
    connection = engine.connect()
    connection.execute(text("CREATE TABLE extra (id INTEGER)"))
    connection.rollback()
    assert not connection.execute(text("SELECT 1 FROM sqlite_master WHERE name = 'extra'")).first()
    connection.close()


def test_readers_don_t_wait_for_a_writer_and_see_the_state_before(engine: Engine) -> None:
    with writing(engine).begin() as writer, engine.connect() as reader:
        writer.execute(insert(tables.Setting).values(pair_id=0, name="x", value_json="1"))
        assert reader.execute(text("SELECT count(*) FROM setting")).scalar() == 0
    with engine.connect() as reader:
        assert reader.execute(text("SELECT count(*) FROM setting")).scalar() == 1


def test_read_only_reads_and_writes_nothing(engine: Engine, url: str) -> None:
    looking = open_state(url, read_only=True)
    with looking.connect() as connection:
        assert connection.execute(text("SELECT count(*) FROM pair")).scalar() == 2
        with pytest.raises(StateError) as caught:
            connection.execute(text("DELETE FROM pair"))
    assert caught.value.code == "state-read-only"


def test_integrity_of_a_sound_and_of_a_damaged_file(engine: Engine, tmp_path: Path) -> None:
    assert integrity(engine) == []
    raw = sqlite3.connect(tmp_path / "state.db")  # a tool that does not mind foreign keys
    raw.execute("INSERT INTO cursor (pair_id, side) VALUES (77, 'clopos')")
    raw.commit()
    raw.close()
    assert integrity(engine) == ["pair: a foreign key of cursor leads nowhere"]


def _text_file(path: Path) -> None:
    path.write_text("Name;Phone\n" * 400, encoding="utf-8")


def _torn(path: Path) -> None:
    open_state(f"sqlite:///{path}").dispose()
    content = bytearray(path.read_bytes())
    content[100:4096] = b"\xff" * 3996  # the root page of the schema
    path.write_bytes(content)


def _other_program(path: Path) -> None:
    other = sqlite3.connect(path)
    other.execute("CREATE TABLE invoices (id INTEGER)")
    other.close()


def _newer(path: Path) -> None:
    open_state(f"sqlite:///{path}").dispose()
    raw = sqlite3.connect(path)
    raw.execute("UPDATE alembic_version SET version_num = '9999'")
    raw.commit()
    raw.close()


def _folder(path: Path) -> None:
    path.mkdir()


def _parent_is_file(path: Path) -> None:
    path.parent.rmdir()
    path.parent.write_text("x", encoding="utf-8")


BROKEN: list[tuple[Callable[[Path], None], str]] = [
    (_text_file, "state-not-a-database"),
    (_torn, "state-corrupt"),
    (_other_program, "state-foreign"),
    (_newer, "state-newer"),
    (_folder, "state-is-folder"),
    (_parent_is_file, "state-unwritable"),
]


@pytest.mark.parametrize(("break_it", "code"), BROKEN, ids=[code for _, code in BROKEN])
def test_what_can_not_be_opened(tmp_path: Path, break_it: Callable[[Path], None], code: str) -> None:
    path = tmp_path / "data" / "state.db"
    path.parent.mkdir()
    break_it(path)
    before = path.read_bytes() if path.is_file() else b""
    with pytest.raises(StateError) as caught:
        open_state(f"sqlite:///{path}")
    assert caught.value.code == code
    assert str(path) in caught.value.manager
    assert caught.value.next_step
    assert code == "state-newer" or not path.is_file() or path.read_bytes() == before


def test_read_only_of_nothing_creates_nothing(tmp_path: Path) -> None:
    with pytest.raises(StateError) as caught:
        open_state(f"sqlite:///{tmp_path / 'none' / 'state.db'}", read_only=True)
    assert caught.value.code == "state-missing"
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("empty", [False, True])
def test_a_state_that_is_gone_is_not_called_a_new_one(tmp_path: Path, empty: bool) -> None:
    """The witness beside it remembers its runs: whoever only looks is told of the loss, not to begin anew."""
    place = tmp_path / "state.db"
    (tmp_path / "state.db.known").write_text('{"run": 7, "began": null, "ended": true}', encoding="ascii")
    if empty:
        place.touch()
    with pytest.raises(StateError) as caught:
        open_state(f"sqlite:///{place}", read_only=True)
    assert caught.value.code == "state-lost"
    assert "connector db restore FILE" in caught.value.next_step
    assert "connector backfill" in caught.value.next_step


def test_locked_by_another_program(engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("connector.state.database.BUSY_TIMEOUT_S", 0.01)
    impatient = open_state(f"sqlite:///{tmp_path / 'state.db'}")
    with writing(engine).begin(), pytest.raises(StateError) as caught, impatient.begin() as connection:
        connection.execute(text("DELETE FROM setting"))
    assert caught.value.code == "state-locked"


def test_disk_full(engine: Engine) -> None:
    with engine.connect() as connection:
        pages = connection.exec_driver_sql("PRAGMA page_count").scalar()
        connection.exec_driver_sql(f"PRAGMA max_page_count={pages}")
        with pytest.raises(StateError) as caught:
            connection.execute(insert(tables.Setting).values(pair_id=0, name="x", value_json="1" * 500_000))
    assert caught.value.code == "state-full"


@pytest.mark.parametrize("url", ["state.db", "mysql://root@localhost/x", "", "sqlite:/x/y:::"])
def test_address_that_is_none(url: str) -> None:
    with pytest.raises(ConnectorError) as caught:
        open_state(url)
    assert isinstance(caught.value, ConfigError)
    assert caught.value.code == "state-url"


def test_unreachable_server_names_no_password() -> None:
    with pytest.raises(StateError) as caught:
        open_state("postgres://connector:geheim@127.0.0.1:1/state")
    assert caught.value.code == "state-unreachable"
    assert "geheim" not in "".join([str(caught.value), caught.value.manager, repr(caught.value)])
    assert "127.0.0.1/state" in caught.value.manager


def test_every_trouble_says_what_to_do() -> None:
    for code, trouble in TROUBLES.items():
        assert code.startswith("state-")
        assert trouble.manager.endswith(".")
        # A sentence, or a command at the end, which is copied without a dot.
        assert trouble.next_step.endswith(".") or re.search(r"connector [a-z ]+( FILE)?$", trouble.next_step), code
