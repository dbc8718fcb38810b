"""A database in trouble, with real files and real processes: a clear error, an exit code, and no half state."""

from __future__ import annotations

import json
import resource
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from connector.domain.errors import ExitCode
from tests.cli.test_db import backfilled_again
from tests.cli.workplace import PROGRAM, ROOT, Workplace, workplace


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Workplace]:
    with workplace(tmp_path, clopos=8, checkandplace=8, shared=6) as found:
        yield found.backfilled()


def file_of(place: Workplace) -> Path:
    return next(path for path in place.folder.iterdir() if path.suffix == ".db")


def error(text: str) -> dict[str, object]:
    """The one error of a command with --json."""
    found = json.loads(text.strip().splitlines()[-1])["error"]
    assert found["next"]
    return dict(found)


def with_a_limit(place: Workplace, size: int, *words: str) -> subprocess.CompletedProcess[str]:
    """A command in a process that can write no file beyond `size` bytes: to SQLite a disk that takes no more."""
    limited = (
        f"import resource; resource.setrlimit(resource.RLIMIT_FSIZE, ({size}, {size})); "
        "from connector.cli.main import main; main()"
    )
    command = [sys.executable, "-c", limited, "--config", str(place.config), *words]
    return subprocess.run(command, capture_output=True, text=True, cwd=ROOT, timeout=120, check=False)


def test_a_disk_that_takes_no_more_stops_the_run_and_the_next_one_goes_on(place: Workplace) -> None:
    assert resource.getrlimit(resource.RLIMIT_FSIZE)[0] == resource.RLIM_INFINITY
    row = place.world.clopos.dump()[0]
    place.world.staff_edit("clopos", str(row["id"]), {"name": "Yeni Testov"})
    ended = with_a_limit(place, 16_384, "sync", "--json")
    assert ended.returncode == ExitCode.FAILED, ended.stderr
    assert error(ended.stderr)["code"] in ("state-not-written", "state-full")
    assert "Traceback" not in ended.stderr
    assert place.type("db", "check").code == 0
    for _ in range(2):
        assert place.type("sync").code == 0
    assert place.type("diff").code == 0


def test_a_backup_on_such_a_disk_leaves_nothing_behind(place: Workplace, tmp_path: Path) -> None:
    target = tmp_path / "kept.db"
    ended = with_a_limit(place, 16_384, "db", "backup", "-o", str(target), "--json")
    assert ended.returncode == ExitCode.FAILED
    assert str(error(ended.stderr)["code"]).startswith(("backup-", "state-"))
    assert [path.name for path in tmp_path.iterdir() if "kept" in path.name] == []


def test_flipped_bytes_are_told_and_a_restore_leads_out(place: Workplace, tmp_path: Path) -> None:
    file, kept = file_of(place), tmp_path / "kept.db"
    assert place.type("db", "backup", "-o", str(kept)).code == 0
    for end in ("-wal", "-shm"):
        Path(f"{file}{end}").unlink(missing_ok=True)
    whole = bytearray(kept.read_bytes())
    for at in range(4096, len(whole), 8192):
        whole[at : at + 512] = bytes(255 - byte for byte in whole[at : at + 512])
    file.write_bytes(bytes(whole))
    ended = subprocess.run([*PROGRAM, "--config", str(place.config), "sync", "--json"], capture_output=True, text=True,
                           cwd=ROOT, timeout=120, check=False)  # fmt: skip
    assert ended.returncode == ExitCode.FAILED
    told = error(ended.stderr)
    assert told["code"] in ("state-corrupt", "state-failed", "state-foreign", "state-not-a-database")
    assert " db restore" in str(told["next"]) or "[state]" in str(told["next"])
    assert place.type("db", "check").code == 1
    said = place.type("db", "restore", str(kept), "--yes", "--json")
    assert said.code == 0, said.err
    assert place.type("db", "check").code == 0
    backfilled_again(place)
    mark = place.requests
    assert place.type("sync").code == 0
    assert place.writes(mark) == []
