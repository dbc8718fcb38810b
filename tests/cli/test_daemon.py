"""`connector daemon` as a process: it works, waits where it must, and stops in order."""

from __future__ import annotations

import json
import signal
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from connector.domain.errors import ExitCode
from tests.cli.workplace import Workplace, workplace


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Workplace]:
    with workplace(tmp_path, clopos=16, checkandplace=16, shared=10) as found:
        found.change(
            'timezone = "Asia/Baku"', 'timezone = "Asia/Baku"\nevery = { quick = "10s", checkandplace = "10s" }'
        )
        yield found


class Running:
    """A daemon under way: its events, one by one."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.process = process
        self.events: list[dict[str, Any]] = []
        self._give_up = threading.Timer(60, process.kill)
        self._give_up.start()

    def until(self, event: str) -> dict[str, Any]:
        assert self.process.stderr is not None
        for line in self.process.stderr:
            told: dict[str, Any] = json.loads(line)
            self.events.append(told)
            if told["event"] == event:
                return told
        raise AssertionError(f"no {event!r} in {self.events}")

    def stop(self, number: signal.Signals = signal.SIGTERM) -> int:
        self.process.send_signal(number)
        assert self.process.stderr is not None
        self.events += [json.loads(line) for line in self.process.stderr]
        self._give_up.cancel()
        return self.process.wait()


@pytest.fixture
def daemon(place: Workplace) -> Iterator[Any]:
    started: list[subprocess.Popen[str]] = []

    def start() -> Running:
        started.append(place.start("daemon", "--json"))
        return Running(started[-1])

    yield start
    for process in started:
        process.kill()
        process.communicate()


def test_it_carries_an_edit_across_and_stops_on_sigterm(place: Workplace, daemon: Any) -> None:
    place.backfilled()
    clopos, guest = sorted(place.world.must_link())[0]
    place.world.staff_edit("clopos", clopos, {"phone": "+994552000101"})
    running = daemon()
    running.until("run-ended")
    (write,) = place.writes()[-1:]
    assert (write.method, write.path) == ("PATCH", f"/v1/customers/{guest}")
    status = place.type("status", "--json")
    assert status.code == ExitCode.DONE
    assert running.stop() == ExitCode.DONE
    assert running.events[-1]["event"] == "daemon stopped"
    assert running.events[-1]["clean"] is True
    text = json.dumps(running.events, ensure_ascii=False)
    assert "552000101" not in text
    assert not [name for name in place.names() if name in text]
    assert place.type("status", "--json").json["pairs"][0]["next_run"] is None, "nobody is there to run it"


def test_it_waits_for_the_backfill_without_asking_the_servers(place: Workplace, daemon: Any) -> None:
    running = daemon()
    told = running.until("pair waits for its backfill")
    assert told["next"] == "connector backfill --pair main"
    running.until("pair paused")
    assert running.stop(signal.SIGINT) == ExitCode.DONE
    assert place.sent() == []


def test_a_paused_pair_is_left_alone(place: Workplace, daemon: Any) -> None:
    place.backfilled()
    place.type("pause", "main")
    mark = place.requests
    running = daemon()
    running.until("pair paused")
    assert running.stop() == ExitCode.DONE
    assert place.sent(mark) == []


def test_a_read_only_pair_is_compared(place: Workplace, daemon: Any) -> None:
    place.change('mode = "live"', 'mode = "read-only"')
    running = daemon()
    assert running.until("run-ended")["kind"] == "diff"
    assert running.stop() == ExitCode.DONE
    assert place.writes() == []
    assert place.type("status").code == ExitCode.DONE


def test_a_stop_lets_the_write_under_way_be_booked(place: Workplace, daemon: Any) -> None:
    place.backfilled()
    for number, (clopos, _guest) in enumerate(sorted(place.world.must_link())[:6]):
        place.world.staff_edit("clopos", clopos, {"phone": f"+99455200030{number}"})
    place.world.plan_fault(slow())
    mark, running = place.requests, daemon()
    while not place.writes(mark):
        assert running.process.poll() is None
    assert running.stop() == ExitCode.DONE
    done = len(place.writes(mark))
    assert 0 < done < 6
    said = place.type("sync")
    assert said.code == ExitCode.DONE, said.err
    bodies = [str(entry.body) for entry in place.writes(mark)]
    assert len(bodies) == len(set(bodies)) == 6, "each number was sent once"


def slow() -> Any:
    from connector.simulator.kit import Fault

    return Fault("checkandplace", "delay:0.3", "PATCH", times=20)


def test_credentials_that_are_refused_do_not_end_it(place: Workplace, daemon: Any) -> None:
    place.backfilled()
    place.world.set("clopos.client_disabled", "401")
    running = daemon()
    failed = running.until("run failed")
    assert failed["pair"] == "main"
    assert failed["next"]
    assert running.stop() == ExitCode.DONE
