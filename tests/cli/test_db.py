"""`connector db`: what it says, how it ends, and what every other command says after a restore."""

from __future__ import annotations

import json
import sqlite3
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from connector.state import migrate
from connector.state.database import open_state
from connector.state.lease import Lease
from connector.state.migrations import RELEASED
from tests.cli.workplace import CTRL_C, Workplace, workplace
from tests.state.old_rows import made_by


@pytest.fixture(scope="module")
def lived(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workplace]:
    with workplace(tmp_path_factory.mktemp("db"), clopos=8, checkandplace=8, shared=6) as place:
        yield place.backfilled()


def state(place: Workplace) -> Path:
    return next(path for path in place.folder.iterdir() if path.suffix == ".db")


def backup(place: Workplace, folder: Path) -> Path:
    file = folder / "kept.db"
    said = place.type("db", "backup", "-o", str(file))
    assert said.code == 0, said.err
    return file


def away(lived: Workplace, folder: Path) -> Workplace:
    """Another workplace with a copy of the database, to be broken."""
    (folder / "connector.toml").write_text(lived.config.read_text())
    backup(lived, folder).rename(folder / state(lived).name)
    return Workplace(folder, lived.world, lived.url)


def test_a_sound_database_says_so(lived: Workplace) -> None:
    said = lived.type("db", "check")
    assert (said.code, said.err) == (0, "")
    assert f"Sound: schema {migrate.head()}" in said.out
    told = lived.type("db", "check", "--json").json
    assert (told["sound"], told["findings"], told["relink"], told["next"]) == (True, [], {}, None)


@pytest.mark.parametrize(
    ("break_it", "code"),
    [
        ("INSERT INTO queue_entry (pair_id, kind, subject, topic, code, state, sentence, next_step, facts_json,"
         " opened_at, attempts, clopos_record_id)"
         " VALUES (1, 'hold', 'c4711', 'x', 'x', 'open', '', '', '{}', '2026-01-01', 0, 4711)",
         "queue-orphan"),
        ("UPDATE link SET clopos_record_id = 4711 WHERE id = (SELECT min(id) FROM link)", "link-of-strangers"),
        ("UPDATE link SET bases_clopos_json = '{' WHERE id = (SELECT min(id) FROM link)", "link-bases"),
        ("UPDATE link SET bases_clopos_json = '{}' WHERE id = (SELECT min(id) FROM link)", "link-bases"),
        ("UPDATE link SET clopos_base = x'00' WHERE id = (SELECT min(id) FROM link)", "link-digest"),
        ("UPDATE intent SET settled_at = NULL, clopos_record_id = 4711", "intent-orphan"),
        ("DELETE FROM record WHERE id NOT IN (SELECT clopos_record_id FROM link)", "key-orphan"),
        ("DROP INDEX uq_link_clopos; UPDATE link SET clopos_record_id = (SELECT min(clopos_record_id) FROM link)",
         "two-links-clopos"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_named_and_counted(lived: Workplace, tmp_path: Path, break_it: str, code: str) -> None:
    place = away(lived, tmp_path)
    with sqlite3.connect(state(place)) as connection:
        connection.executescript("PRAGMA foreign_keys=OFF;" + break_it)
    connection.close()
    said = place.type("db", "check", "--json")
    assert said.code == 1
    assert code in [finding["code"] for finding in said.json["findings"]]
    assert said.json["sound"] is False
    assert "connector db restore" in said.json["next"]
    assert not [name for name in lived.names() if name in said.out]


def test_a_backup_says_where_it_is_and_what_it_holds(lived: Workplace, tmp_path: Path) -> None:
    said = lived.type("db", "backup", "-o", str(tmp_path / "one.db"))
    assert said.code == 0
    assert said.out.splitlines()[0] == str(tmp_path / "one.db")
    assert "personal data" in said.out
    assert stat.S_IMODE((tmp_path / "one.db").stat().st_mode) == 0o600
    told = lived.type("db", "backup", "-o", str(tmp_path / "two.db"), "--json").json
    assert (told["sound"], told["personal_data"], told["bytes"]) == (True, True, (tmp_path / "two.db").stat().st_size)
    again = lived.type("db", "backup", "-o", str(tmp_path / "one.db"))
    assert again.code == 1
    assert "Next: connector db backup" in again.err


def test_a_restore_beside_a_run_is_refused(lived: Workplace, tmp_path: Path) -> None:
    file = backup(lived, tmp_path)
    engine = open_state(f"sqlite:///{state(lived)}")
    lease = Lease.acquire(engine, 1, owner="a run")
    said = lived.type("db", "restore", str(file), "--yes", "--json")
    assert said.code == 5
    assert json.loads(said.err)["error"]["code"] == "pair-locked"
    lease.release()
    engine.dispose()


def test_a_restore_says_what_follows_and_asks(lived: Workplace, tmp_path: Path) -> None:
    place = away(lived, tmp_path)
    file = backup(place, tmp_path)
    asked = place.type("db", "restore", str(file))
    assert asked.code == 3, asked
    assert "the pair main will be in relink mode" in " ".join(asked.err.split())
    assert f"Next: connector db restore {file} --yes" in asked.err
    said = place.at_the_screen("db", "restore", str(file), answers=[("Restore it? [y/N]:", CTRL_C)])
    assert (said.code, "stopped by you" in said.out) == (130, True), said.out
    assert "relink" not in place.type("status").out, "nothing was changed"
    assert [path.name for path in tmp_path.iterdir() if "replaced" in path.name or path.name.startswith(".")] == []
    said = place.at_the_screen("db", "restore", str(file), answers=[("Restore it? [y/N]:", "y")])
    assert said.code == 0, said.out
    assert "relink mode" in place.type("status").out


def test_after_a_restore_every_command_says_what_to_do(tmp_path: Path) -> None:
    with workplace(tmp_path, clopos=8, checkandplace=8, shared=6) as place:
        place.backfilled()
        file = tmp_path / "kept.db"
        assert place.type("db", "backup", "-o", str(file)).code == 0
        said = place.type("db", "restore", str(file), "--yes", "--json")
        assert said.code == 0, said.err
        assert said.json["next"] == ["connector backfill --pair main"]
        assert Path(said.json["kept"]).exists()
        mark, step = place.requests, "connector backfill --pair main"
        status = place.type("status")
        assert "relink mode" in status.out
        assert step in status.out
        assert place.type("status", "--json").json["pairs"][0]["relink"]["why"] == "restored"
        sync = place.type("sync")
        assert sync.code == 3
        assert f"Next: {step}" in sync.err
        assert step in place.type("diff").out
        assert step in place.type("doctor").out
        check = place.type("db", "check")
        assert check.code == 0
        assert step in check.out
        assert place.writes(mark) == []
        backfilled_again(place)
        assert "relink" not in place.type("status").out
        assert place.type("sync").code == 0
        assert place.writes(mark) == []


def backfilled_again(place: Workplace) -> None:
    """A backfill judges and proposes, staff decide the one proposal, and another backfill ends the mode."""
    said = place.type("backfill", "--yes")
    assert said.code == 4, said.err
    assert "connector links list --proposals" in said.out
    assert "relink mode: nobody is created" in place.type("status").out
    assert place.type("sync").code == 0
    (proposal,) = place.type("links", "list", "--proposals", "--json").json["proposals"]
    assert place.type("links", "accept", proposal["ref"]).code == 0
    assert place.type("backfill", "--yes").code == 0


def test_what_is_no_backup_is_refused(lived: Workplace, tmp_path: Path) -> None:
    before = state(lived).read_bytes()
    said = lived.type("db", "restore", str(tmp_path / "nothing"))
    assert said.code == 64, "as for everything that is named and not there"
    assert "Next: connector db restore" in said.err
    (tmp_path / "text").write_text("no database at all")
    assert lived.type("db", "restore", str(tmp_path / "text")).code == 1
    assert state(lived).read_bytes() == before


def test_an_older_schema_is_upgraded_with_a_backup(lived: Workplace, tmp_path: Path) -> None:
    told = lived.type("db", "upgrade", "--json").json
    assert told == {"before": migrate.head(), "after": migrate.head(), "backup": None}
    config = tmp_path / "connector.toml"
    config.write_text(lived.config.read_text())
    place = Workplace(tmp_path, lived.world, lived.url)
    older = open_state(f"sqlite:///{tmp_path / state(lived).name}", upgrade=False)
    made_by(older, RELEASED)
    older.dispose()
    if migrate.head() != RELEASED:
        looked = place.type("status", "--json")
        assert looked.code == 1
        assert "connector db upgrade" in json.loads(looked.err)["error"]["next"]
    said = place.type("db", "upgrade", "--json")
    assert said.code == 0, said.err
    assert (said.json["before"], said.json["after"]) == (RELEASED, migrate.head())
    assert (said.json["backup"] is None) == (migrate.head() == RELEASED)
    assert place.type("db", "upgrade").out.startswith("Nothing to do")
