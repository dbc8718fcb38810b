"""What `connector db check` finds in rows that no run could have left: each rule by its own break, and nothing in what
only looks like one."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from connector.state.database import open_state
from connector.state.soundness import examine
from tests.state.shelf import PAIRS, furnish


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """The file of a state with two pairs."""
    path = tmp_path_factory.mktemp("sound") / "state.db"
    engine = open_state(f"sqlite:///{path}")
    with engine.begin() as connection:
        for pair in PAIRS:
            furnish(connection, pair)
    with engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    engine.dispose()
    return path.read_bytes()


def found(path: Path, content: bytes, broken: str) -> list[tuple[str, int, tuple[int, ...]]]:
    path.write_bytes(content)
    with sqlite3.connect(path) as connection:
        connection.executescript("PRAGMA foreign_keys=OFF;" + broken)
    connection.close()
    engine = open_state(f"sqlite:///{path}", upgrade=False)
    findings = [(finding.code, finding.count, finding.rows) for finding in examine(engine)]
    engine.dispose()
    return findings


HALF = '{"name":{"value":null}}'


@pytest.mark.parametrize(
    ("broken", "code", "row"),
    [
        ("DROP INDEX uq_link_clopos; UPDATE link SET clopos_record_id = 1001 WHERE id = 1036",
         "two-links-clopos", 1001),
        ("DROP INDEX uq_link_checkandplace; UPDATE link SET checkandplace_record_id = 1021 WHERE id = 1036",
         "two-links-checkandplace", 1021),
        ("UPDATE link SET pair_id = 2 WHERE id = 1031", "link-of-strangers", 1031),
        ("UPDATE link SET checkandplace_record_id = 1009 WHERE id = 1035", "link-of-strangers", 1035),
        ("UPDATE link SET clopos_record_id = 1029 WHERE id = 1035", "link-of-strangers", 1035),
        ("UPDATE link SET checkandplace_record_id = 2023 WHERE id = 1035", "link-of-strangers", 1035),
        ("UPDATE link SET clopos_now = x'00' WHERE id = 1031", "link-digest", 1031),
        ("UPDATE link SET checkandplace_base = x'00' WHERE id = 1031", "link-digest", 1031),
        ("UPDATE record SET value_digest = x'00' WHERE id = 1001", "link-digest", 1031),
        ("UPDATE record SET value_digest = x'' WHERE id = 1021", "link-digest", 1031),
        ("UPDATE intent SET checkandplace_record_id = 4711 WHERE id = 1063", "intent-orphan", 1063),
        ("UPDATE intent SET clopos_record_id = 4711 WHERE id = 1063", "intent-orphan", 1063),
        ("UPDATE intent SET run_id = 2073 WHERE id = 1063", "intent-orphan", 1063),
        ("UPDATE queue_entry SET clopos_record_id = NULL WHERE id = 1052", "queue-orphan", 1052),
        ("UPDATE queue_entry SET clopos_record_id = 2002 WHERE id = 1052", "queue-orphan", 1052),
        ("UPDATE queue_entry SET checkandplace_record_id = 4711 WHERE id = 1054", "queue-orphan", 1054),
        ("UPDATE proposal SET clopos_record_id = 4711 WHERE id = 1041", "proposal-orphan", 1041),
        ("UPDATE proposal SET checkandplace_record_id = 4711 WHERE id = 1041", "proposal-orphan", 1041),
        ("UPDATE proposal SET clopos_record_id = 1001, checkandplace_record_id = 1021 WHERE id = 1041",
         "proposal-linked", 1041),
        ("UPDATE record_key SET pair_id = 2 WHERE record_id = 1003", "key-orphan", 1003),
        ("UPDATE record_key SET side = 'checkandplace' WHERE record_id = 1003", "key-orphan", 1003),
        ("UPDATE record_key SET record_id = 4711 WHERE record_id = 1003", "key-orphan", 4711),
        ("UPDATE link SET sent_json = '{\"name\":{}}' WHERE id = 1036", "link-bases", 1036),
        (f"UPDATE link SET bases_clopos_json = '{HALF}', bases_checkandplace_json = '{HALF}' WHERE id = 1032",
         "link-bases", 1032),
        ("UPDATE link SET bases_checkandplace_json = '[]' WHERE id = 1032", "link-bases", 1032),
    ],
)  # fmt: skip
def test_each_rule_names_the_row_that_breaks_it(tmp_path: Path, sound: bytes, broken: str, code: str, row: int) -> None:
    assert found(tmp_path / "state.db", sound, broken) == [(code, 1, (row,))]


@pytest.mark.parametrize(
    "harmless",
    [
        "SELECT 1",
        "UPDATE link SET clopos_base = x'' WHERE id = 1031",
        "UPDATE link SET clopos_base = x'00' WHERE id = 1034",
        "UPDATE intent SET clopos_record_id = 4711 WHERE id = 1061",
        "UPDATE queue_entry SET checkandplace_record_id = 4711 WHERE id = 1055",
        "UPDATE proposal SET clopos_record_id = 4711 WHERE id = 1042",
        "UPDATE proposal SET clopos_record_id = 1002, checkandplace_record_id = 1022 WHERE id = 1041",
    ],
    ids=["nothing", "never settled", "a disputed link's digest", "a settled write", "a closed question",
         "a rejected proposal", "proposed after it was broken"],
)  # fmt: skip
def test_what_may_be_so_is_sound(tmp_path: Path, sound: bytes, harmless: str) -> None:
    assert found(tmp_path / "state.db", sound, harmless) == []


def test_a_finding_counts_all_and_names_the_first(tmp_path: Path, sound: bytes) -> None:
    broken = "UPDATE queue_entry SET clopos_record_id = NULL, checkandplace_record_id = NULL"
    ((code, count, rows),) = found(tmp_path / "state.db", sound, broken)
    assert (code, count, len(rows)) == ("queue-orphan", 10, 3)
