"""Where the daemon begins after a restart: what the state's runs and listings say of a pair, by its mode."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import Engine

from connector.cli.simulated import settings_text
from connector.config import PairSettings
from connector.config.load import load_settings
from connector.domain.values import CHECKANDPLACE, CLOPOS, SideName
from connector.service.cadence import cadence_of, last_of
from connector.service.timing import Cadence, Last
from connector.simulator.world import World
from connector.state.core import Database
from connector.state.database import open_state, writing
from connector.state.runs import PairStore, RunStore

NOON = datetime(2026, 3, 4, 12, 0, tzinfo=UTC)


@pytest.fixture(scope="module")
def config(tmp_path_factory: pytest.TempPathFactory) -> Path:
    world = World(clopos=0, checkandplace=0, shared=0)
    path = tmp_path_factory.mktemp("cadence") / "connector.toml"
    path.write_text(settings_text("http://127.0.0.1:1", world.credentials, world.switchboard.words()))
    return path


@pytest.fixture(scope="module")
def engine(config: Path) -> Engine:
    return open_state(f"sqlite:///{config.parent / 'connector.db'}")


def pair(config: Path, mode: str = "live") -> PairSettings:
    return load_settings(config, {"CONNECTOR__PAIRS__DEMO__MODE": mode}).pair("demo")


class Past:
    """The runs of one pair, an hour from one to the next; the first began at noon."""

    def __init__(self, engine: Engine, name: str) -> None:
        self.engine = engine
        with writing(engine).begin() as connection:
            self.database = Database(engine, PairStore().ensure(connection, name, name, NOON).id)
        self.count = 0

    def ran(self, kind: str, state: str = "done", *listed: SideName) -> datetime:
        """A run that ended so and listed these sides whole, ten minutes after it began; gives when it began."""
        at, runs = NOON + timedelta(hours=self.count), RunStore(self.database)
        self.count += 1
        with writing(self.engine).begin() as connection:
            run = runs.begin(connection, kind, at)
            for side in listed:
                runs.begin_scan(connection, run, side, "full", at + timedelta(minutes=10))
            if state != "running":
                runs.end(connection, run, state=state, exit_code=0, counts={}, now=at + timedelta(minutes=20))
        return at


@pytest.fixture
def past(engine: Engine, request: pytest.FixtureRequest) -> Past:
    return Past(engine, request.node.name)


def test_a_pair_that_never_ran_is_due_for_everything(config: Path, past: Past) -> None:
    assert last_of(past.database, pair(config)) == Last()


def test_a_whole_run_counts_for_all_kinds_and_a_quick_one_for_its_own(config: Path, past: Past) -> None:
    full = past.ran("sync", "done", CLOPOS, CHECKANDPLACE)
    listed = full + timedelta(minutes=10)
    assert last_of(past.database, pair(config)) == Last(quick=full, checkandplace=listed, full=full)
    quick = past.ran("quick")
    assert last_of(past.database, pair(config)) == Last(quick=quick, checkandplace=listed, full=full)
    both = past.ran("quick", "done", CHECKANDPLACE)
    assert last_of(past.database, pair(config)) == Last(
        quick=both, checkandplace=both + timedelta(minutes=10), full=full
    )


def test_a_backfill_is_a_whole_run_and_one_that_did_part_of_it_too(config: Path, past: Past) -> None:
    began = past.ran("backfill", "partly", CHECKANDPLACE)
    assert last_of(past.database, pair(config)).full == began


def test_failures_are_those_since_the_last_good_run(config: Path, past: Past) -> None:
    """A whole run that failed was tried, and is no whole run."""
    full = past.ran("sync", "done", CHECKANDPLACE)
    for state in ("failed", "refused", "stopped"):
        newest = past.ran("sync", state)
    found = last_of(past.database, pair(config))
    assert (found.failures, found.full, found.quick) == (3, full, newest)
    past.ran("quick")
    assert last_of(past.database, pair(config)).failures == 0
    past.ran("quick", "failed")
    assert last_of(past.database, pair(config)).failures == 1


def test_runs_of_other_kinds_keep_nobody_fresh(config: Path, past: Past) -> None:
    """A comparison, a plan file or an undo reads for somebody else: the daemon's own runs are still due."""
    full = past.ran("sync", "done", CHECKANDPLACE)
    for kind in ("diff", "apply", "undo"):
        past.ran(kind, "failed")
    assert last_of(past.database, pair(config)) == Last(full, full + timedelta(minutes=10), full)


def test_a_pair_that_is_read_only_is_kept_fresh_by_its_comparisons(config: Path, past: Past) -> None:
    past.ran("sync")
    assert last_of(past.database, pair(config, "read-only")) == Last()
    compared = past.ran("diff")
    assert last_of(past.database, pair(config, "read-only")) == Last(compared, compared, compared)
    past.ran("diff", "failed", CLOPOS)
    found = last_of(past.database, pair(config, "read-only"))
    assert (found.full, found.checkandplace, found.failures) == (compared, compared, 1), "Clopos is not the other list"


def test_how_often_a_pair_runs_depends_on_what_it_may_do(config: Path) -> None:
    """`[pairs.NAME.every]`; who is only compared is compared once a day, at the time of the whole run."""
    minutes, day, zone = timedelta(minutes=1), timedelta(hours=24), ZoneInfo("Asia/Baku")
    assert cadence_of(pair(config)) == Cadence(5 * minutes, 15 * minutes, time(4, 30), zone)
    assert cadence_of(pair(config, "read-only")) == Cadence(day, day, time(4, 30), zone)
