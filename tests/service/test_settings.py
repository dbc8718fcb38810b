"""The daemon does what the settings file says."""

from __future__ import annotations

from datetime import time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from connector.cli.simulated import settings_text
from connector.config.load import load_settings
from connector.service.cadence import cadence_of
from connector.service.daemon import Limits
from connector.service.settings import limits_of
from connector.service.timing import Cadence
from connector.simulator.world import World


def file(folder: Path, more: str = "") -> Path:
    world = World(clopos=1, checkandplace=1, shared=0)
    path = folder / "connector.toml"
    path.write_text(settings_text("http://127.0.0.1:1", world.credentials, world.switchboard.words()) + more)
    return path


def test_left_out_it_is_the_daemons_own_habit(tmp_path: Path) -> None:
    settings = load_settings(file(tmp_path), {})
    assert limits_of(settings) == Limits()
    assert cadence_of(settings.pair("demo")) == Cadence(
        timedelta(minutes=5), timedelta(minutes=15), time(4, 30), ZoneInfo("Asia/Baku")
    )


def test_what_is_written_counts(tmp_path: Path) -> None:
    every = '[pairs.demo.every]\nquick = "1m"\ncheckandplace = "30m"\nfull = "6h"\n'
    daemon = '[daemon]\nworkers = 2\nstop_within = "40s"\n'
    settings = load_settings(file(tmp_path, every + daemon), {})
    limits = limits_of(settings)
    assert (limits.workers, limits.drain) == (2, timedelta(seconds=40))
    cadence = cadence_of(settings.pair("demo"))
    assert (cadence.quick, cadence.checkandplace, cadence.full) == (
        timedelta(minutes=1), timedelta(minutes=30), timedelta(hours=6),
    )  # fmt: skip
