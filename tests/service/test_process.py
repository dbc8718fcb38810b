"""The daemon as a process under real signals, and what it tells systemd."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from connector.service import notify

PROGRAM = """
import asyncio, sys
from datetime import UTC, timedelta
from connector.service.daemon import Daemon, Limits
from connector.service.logs import configure
from connector.service.signals import serve
from connector.service.timing import Cadence

mode = sys.argv[1]
async def run_pair(pair, kind, stop):
    print("working", kind, flush=True)
    if mode == "polite":
        await stop.wait()
        print("ended in order", flush=True)
    elif mode in ("deaf", "patient"):
        try:
            await asyncio.Event().wait()
        finally:
            print("cancelled", flush=True)
    elif mode == "failing":
        raise RuntimeError("Leyla")

configure("json")
day = timedelta(days=1)
drain = timedelta(seconds=0.05 if mode == "deaf" else 60)
daemon = Daemon(run_pair, {"baku": Cadence(day, day, day, UTC)}, share=lambda: 0.0, limits=Limits(drain=drain))
sys.exit(asyncio.run(serve(daemon)))
"""


def started(mode: str, **environment: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", PROGRAM, mode],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env={**os.environ, **environment},
    )  # fmt: skip


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
@pytest.mark.parametrize(
    ("mode", "last_word", "clean"),
    [
        ("polite", "ended in order\n", True),
        ("deaf", "cancelled\n", False),
        ("idle", "", True),
        ("failing", "", True),
    ],
)
def test_a_signal_ends_the_daemon_in_order(number: signal.Signals, mode: str, last_word: str, clean: bool) -> None:
    process = started(mode)
    assert process.stdout is not None
    assert process.stdout.readline() == "working full\n"
    process.send_signal(number)
    out, err = process.communicate(timeout=20)
    assert process.returncode == 0, err
    assert out == last_word
    events = [json.loads(line) for line in err.splitlines()]
    assert events[0]["event"] == "daemon started"
    assert (events[-1]["event"], events[-1]["clean"]) == ("daemon stopped", clean)
    assert "Traceback" not in err
    assert "Leyla" not in err
    if mode == "failing":
        failed = next(event for event in events if event["event"] == "run failed")
        assert (failed["pair"], failed["kind"], failed["code"]) == ("baku", "full", "internal")


def test_a_second_signal_cancels_what_the_first_only_asked_to_end() -> None:
    process = started("patient")
    assert process.stdout is not None
    assert process.stderr is not None
    assert process.stdout.readline() == "working full\n"
    process.send_signal(signal.SIGTERM)
    while json.loads(process.stderr.readline())["event"] != "waiting for running work":
        pass
    process.send_signal(signal.SIGINT)
    out, _ = process.communicate(timeout=20)
    assert (process.returncode, out) == (0, "cancelled\n")


def test_systemd_hears_of_start_life_and_stop(tmp_path: Path) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listener:
        listener.bind(str(tmp_path / "notify"))
        listener.settimeout(20)
        process = started("polite", NOTIFY_SOCKET=str(tmp_path / "notify"))
        assert listener.recv(100) == b"READY=1"
        assert listener.recv(100) == b"WATCHDOG=1"
        process.send_signal(signal.SIGTERM)
        heard = b"WATCHDOG=1"
        while heard == b"WATCHDOG=1":
            heard = listener.recv(100)
        assert heard == b"STOPPING=1"
        process.communicate(timeout=20)
        assert process.returncode == 0


def test_without_systemd_telling_does_nothing(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("NOTIFY_SOCKET", raising=False)
    assert not notify.tell("READY=1")
    monkeypatch.setenv("NOTIFY_SOCKET", str(tmp_path / "nobody"))
    assert not notify.tell("READY=1")


@pytest.mark.parametrize(
    ("micro", "process", "seconds"),
    [("", "", None), ("0", "", None), ("soon", "", None), ("90000000", "", 90.0), ("90000000", "1", None)],
)
def test_the_watchdogs_wish(micro: str, process: str, seconds: float | None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WATCHDOG_USEC", micro)
    monkeypatch.setenv("WATCHDOG_PID", process)
    assert notify.watchdog_seconds() == seconds
