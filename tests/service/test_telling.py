"""What the daemon tells systemd, its log and whoever looks: of whom, when, and when no more."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from connector.domain.errors import AuthError, ConfigError, ConnectorError, PairLocked, TransientError, UnsafePlan
from connector.service import notify
from connector.service.daemon import Daemon, Hooks, Limits
from connector.service.faults import INNERMOST, describe
from connector.service.timing import Cadence, Kind
from connector.service.views import PairView

DAY = timedelta(days=1)
RARE = Cadence(DAY, DAY, DAY, UTC)
OFTEN = Cadence(timedelta(milliseconds=4), DAY, DAY, UTC)


@pytest.fixture
def systemd(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[socket.socket]:
    """What listens where systemd would."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listener:
        listener.bind(str(tmp_path / "notify"))
        listener.settimeout(20)
        monkeypatch.setenv("NOTIFY_SOCKET", str(tmp_path / "notify"))
        yield listener


def heard(listener: socket.socket) -> list[str]:
    """Everything that was said so far."""
    listener.setblocking(False)
    said = []
    try:
        while True:
            said.append(listener.recv(4096).decode())
    except BlockingIOError:
        return said


class Runs:
    """Runs that end as they are told, one after the other; the daemon stops behind the last one."""

    def __init__(self, *ends: ConnectorError | None) -> None:
        self.ends, self.views = list(ends), list[PairView]()
        self.kinds: list[Kind] = []
        self.daemon = Daemon(
            self, {"main": OFTEN}, hooks=Hooks(note=self.note), limits=Limits(beat=timedelta(milliseconds=4)),
            now=lambda: datetime.now(UTC), share=lambda: 0.0,
        )  # fmt: skip

    async def __call__(self, _pair: str, kind: Kind, _stop: asyncio.Event) -> None:
        self.kinds.append(kind)
        end = self.ends.pop(0)
        if not self.ends:
            self.daemon.request_stop()
        if end is not None:
            raise end

    async def note(self, view: PairView) -> None:
        self.views.append(view)

    async def served(self) -> Runs:
        assert await asyncio.wait_for(self.daemon.serve(), 20)
        return self


@pytest.mark.parametrize(
    ("end", "needs_somebody"),
    [
        (AuthError("auth-refused", "Refused."), True),
        (ConfigError("config", "Wrong."), True),
        (UnsafePlan("guard-refused", "Too much."), True),
        (TransientError("no-answer", "Later."), False),
        (PairLocked("pair-locked", "At work."), False),
        (None, False),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, ConnectorError) else None,
)
async def test_systemd_shows_which_pair_needs_somebody(
    systemd: socket.socket, end: ConnectorError | None, needs_somebody: bool
) -> None:
    """What no later run mends by itself stands in the unit's status line, by its code alone; the rest passes."""
    with capture_logs() as logs:
        await Runs(end).served()
    said = [line for line in heard(systemd) if line.startswith("STATUS=")]
    events = [entry["event"] for entry in logs]
    assert ("pair is stale" in events) is bool(said) is needs_somebody
    assert ("run failed" in events) is (end is not None)
    if needs_somebody and end is not None:
        assert said[0].startswith("STATUS=main is stale since 20")
        assert said[0].endswith(f" UTC: {end.code}")


async def test_a_good_run_forgets_the_trouble_and_the_count_of_failures() -> None:
    """Else a pair that failed last week would wait an hour after its next failure."""
    runs = Runs(TransientError("no-answer", "Later."), None, None)
    runs.daemon.cadences = {"main": OFTEN}
    await runs.served()
    ended = [(view.trouble, view.last.failures) for view in runs.views if view.running is None]
    assert ("no-answer", 1) in ended
    assert ended[-1] == (None, 0)
    assert runs.kinds == [Kind.FULL, Kind.QUICK, Kind.QUICK], "a failed run counts as tried for its kind"


async def test_life_is_told_before_the_watchdog_loses_patience(
    systemd: socket.socket, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A third of its time at most, whatever the daemon's own beat: 30 ms here, and a beat of an hour."""
    monkeypatch.setenv("WATCHDOG_USEC", "30000")
    monkeypatch.delenv("WATCHDOG_PID", raising=False)
    signs = 0

    async def never(_pair: str, _kind: Kind, _stop: asyncio.Event) -> None:
        raise AssertionError("no pair")

    made = Daemon(never, {}, limits=Limits(beat=timedelta(hours=1)))
    serving = asyncio.create_task(made.serve())
    while signs < 4:  # three beats later; without them this would never end
        await asyncio.sleep(0.005)
        signs += heard(systemd).count("WATCHDOG=1")
    made.request_stop()
    assert await asyncio.wait_for(serving, 20)
    assert heard(systemd)[-1] == "STOPPING=1"


def test_lines_go_out_together_also_into_the_abstract_name_space(monkeypatch: pytest.MonkeyPatch) -> None:
    """systemd names it with an @."""
    name = f"connector-test-{id(monkeypatch)}"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listener:
        listener.bind(f"\0{name}")
        listener.settimeout(20)
        monkeypatch.setenv("NOTIFY_SOCKET", f"@{name}")
        assert notify.tell("READY=1", "STATUS=well")
        assert listener.recv(100) == b"READY=1\nSTATUS=well"


def fails(depth: int) -> None:
    if depth:
        fails(depth - 1)
    raise LookupError("Leyla +994501234567")


def test_an_unexpected_error_is_told_by_its_innermost_places_and_never_by_its_text() -> None:
    with pytest.raises(LookupError) as caught:
        fails(20)
    said = describe(caught.value)
    assert said.startswith("builtins.LookupError at test_telling.py:")
    assert said.count("test_telling.py") == INNERMOST
    assert "Leyla" not in said
    assert describe(AuthError("x", "Leyla")) == "connector.domain.errors.AuthError at no place known"
