"""Every exit code, as a script sees it: one way to each, over real servers, in processes of their own."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from connector.cli import main
from connector.cli.commands import COMMANDS
from connector.cli.frame import Entry, load
from connector.domain.errors import ExitCode
from connector.state.core import Database
from connector.state.database import open_state
from connector.state.lease import Lease
from connector.state.runs import PairStore
from tests.cli.workplace import Workplace, workplace

OURS = {"init", "doctor", "diff", "backfill", "sync", "daemon", "pause", "resume", "status", "demo"}
"""Commands that do something as they stand; the others are groups with an example in each command."""


def nothing(_place: Workplace) -> None:
    return None


def backfilled(place: Workplace) -> None:
    place.backfilled()


def refused_by_the_server(place: Workplace) -> None:
    place.backfilled()
    place.world.set("CP-45", "255")
    clopos, _guest = sorted(place.world.must_link())[0]
    place.world.staff_edit("clopos", clopos, {"name": "Nigar " + "a" * 300})


def clopos_is_down(place: Workplace) -> None:
    place.change(f"{place.url}/open-api/v2", "http://127.0.0.1:9/open-api/v2")
    place.change("[pairs.main.clopos]", "[pairs.main.clopos]\nattempts = 1")


def read_only(place: Workplace) -> None:
    place.change('mode = "live"', 'mode = "read-only"')


def wrong_token(place: Workplace) -> None:
    token = place.world.credentials["checkandplace"]["access_token"]
    place.change(f'access_token = "{token}"', 'access_token = "another"')


def wrong_secret(place: Workplace) -> None:
    place.change("client_secret = ", 'client_secret = "wrong" # ')


def secret_not_set(place: Workplace) -> None:
    place.change("client_secret = ", 'client_secret = "env:NOT_SET_ANYWHERE" # ')


def no_state(place: Workplace) -> None:
    (place.folder / "connector.db").write_text("This is no database, it is a letter to one.\n" * 50)


@dataclass(frozen=True)
class Way:
    code: ExitCode
    words: str
    prepare: Callable[[Workplace], None] = nothing
    told: str = ""


WAYS = [
    Way(ExitCode.DONE, "diff", backfilled),
    Way(ExitCode.DONE, "sync", backfilled),
    Way(ExitCode.DONE, "status", backfilled),
    Way(ExitCode.DONE, "doctor"),
    Way(ExitCode.DIFFERENCES, "diff"),
    Way(ExitCode.FAILED, "diff", clopos_is_down, "Next: connector doctor --pair main"),
    Way(ExitCode.FAILED, "doctor", clopos_is_down),
    Way(ExitCode.FAILED, "status", nothing, "connector diff"),
    Way(ExitCode.FAILED, "diff", no_state, "is not a database of this connector"),
    Way(ExitCode.REFUSED, "sync", nothing, "Next: connector backfill --pair main"),
    Way(ExitCode.REFUSED, "sync --quick", nothing, "Next: connector backfill --pair main"),
    Way(ExitCode.REFUSED, "backfill", nothing, "connector backfill --pair main --yes"),
    Way(ExitCode.PARTLY, "sync", refused_by_the_server),
    Way(ExitCode.USAGE, "diff --format paper", nothing, "Next: connector diff --help"),
    Way(ExitCode.USAGE, "backfill --expect-checkandplace many", nothing, "Next: connector backfill --help"),
    Way(ExitCode.USAGE, "pause", nothing, "Next: connector pause --help"),
    Way(ExitCode.CREDENTIALS, "diff", wrong_token, "Next: "),
    Way(ExitCode.CREDENTIALS, "backfill --yes", wrong_secret, "Next: "),
    Way(ExitCode.CREDENTIALS, "doctor", wrong_token),
    Way(ExitCode.CONFIG, "diff", secret_not_set, "the environment variable NOT_SET_ANYWHERE is not set"),
    Way(ExitCode.CONFIG, "daemon", secret_not_set, "the environment variable NOT_SET_ANYWHERE is not set"),
    Way(ExitCode.CONFIG, "doctor", secret_not_set),
    Way(ExitCode.CONFIG, "backfill --yes", read_only, 'write mode = "live"'),
    Way(ExitCode.CONFIG, "sync", read_only, 'write mode = "live"'),
    Way(ExitCode.USAGE, "pause another", nothing, "the pairs are main"),
    Way(ExitCode.USAGE, "runs show 63", backfilled, "Next: connector runs list"),
    Way(ExitCode.USAGE, "undo 63", backfilled, "Next: connector runs list"),
    Way(ExitCode.USAGE, "apply none.json", nothing, "there is no such file"),
    Way(ExitCode.USAGE, "db restore none.db", nothing, "There is no backup at none.db"),
]


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Workplace]:
    with workplace(tmp_path, clopos=12, checkandplace=12, shared=7) as found:
        yield found


@pytest.mark.parametrize("way", WAYS, ids=lambda way: f"{way.words.replace(' ', '_')}-{way.code.name}")
def test_the_way_to_each_code(place: Workplace, way: Way) -> None:
    way.prepare(place)
    said = place.type(*way.words.split())
    assert said.code == way.code, said.out + said.err
    assert way.told in said.err, said.err
    assert "Traceback" not in said.err
    if way.code not in (ExitCode.DONE, ExitCode.DIFFERENCES, ExitCode.PARTLY):
        assert "Next: " in said.out + said.err, "every failure names what to do"


def test_a_pair_at_work_is_locked(place: Workplace) -> None:
    place.backfilled()
    engine = open_state(f"sqlite:///{place.folder / 'connector.db'}")
    with engine.connect() as connection:
        pair = PairStore().find(connection, "main")
    assert pair is not None
    lease = Lease.acquire(engine, Database(engine, pair.id).pair_id, owner="the kitchen's computer")
    for words in (["diff"], ["sync"], ["backfill", "--yes"]):
        said = place.type(*words)
        assert said.code == ExitCode.LOCKED, words
        assert "the kitchen's computer" in said.err
    assert place.type("status").code == ExitCode.DONE, "who looks needs no lease"
    lease.release()
    assert place.type("sync").code == ExitCode.DONE


@pytest.mark.parametrize(
    ("words", "code"),
    [(["diff"], ExitCode.DIFFERENCES), (["sync"], ExitCode.REFUSED), (["diff", "--nonsense"], ExitCode.USAGE)],
)
def test_a_process_ends_with_the_same_code(place: Workplace, words: list[str], code: ExitCode) -> None:
    process = place.start(*words)
    out, err = process.communicate(timeout=60)
    assert process.returncode == code, err
    assert bool(out) is (code is ExitCode.DIFFERENCES) or "backfill" in err


def test_a_reader_that_goes_away_is_no_error(place: Workplace) -> None:
    process = place.start("diff", "--all")
    assert process.stdout is not None
    assert process.stderr is not None
    process.stdout.readline()
    process.stdout.close()
    assert "Traceback" not in process.stderr.read()
    process.wait(timeout=60)


@pytest.mark.parametrize("entry", COMMANDS, ids=lambda entry: entry.name)
def test_every_help_has_an_example_and_loses_no_word(entry: Entry, capsys: pytest.CaptureFixture[str]) -> None:
    command = load(entry)
    assert main.run([entry.name, "--help"]) == ExitCode.DONE
    shown = " ".join(capsys.readouterr().out.split())
    assert " ".join(command.help.split("\n\n")[0].split()) in shown
    assert "[" not in command.help, "Rich would take it for markup and drop it"
    if entry.name in OURS:
        assert "Example" in command.help
