"""A restaurant in a folder: simulated servers over real HTTP, a settings file, and the commands on it."""

from __future__ import annotations

import fcntl
import io
import json
import os
import pty
import select
import signal
import subprocess
import sys
import termios
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from connector.cli import main
from connector.cli.simulated import settings_text
from connector.config.load import FILE_VARIABLE
from connector.simulator.kit import Logged
from connector.simulator.server import RunningServer
from connector.simulator.world import World

PROGRAM = [sys.executable, "-c", "from connector.cli.main import main; main()"]
ROOT = Path(__file__).resolve().parents[2]
CTRL_C, CTRL_D = "\x03", "\x04"
KEYS = (CTRL_C, CTRL_D)
Answer = str | signal.Signals


@dataclass
class Said:
    """How a command ended, and what it said."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


@dataclass
class Workplace:
    """One world, its server, and a folder with a settings file for it."""

    folder: Path
    world: World
    url: str
    pairs: list[str] = field(default_factory=list)

    @property
    def config(self) -> Path:
        return self.folder / "connector.toml"

    def type(self, *words: str) -> Said:
        """A command, typed into a pipe (no terminal), in this process."""
        out, err = io.StringIO(), io.StringIO()
        with redirect_stdout(out), redirect_stderr(err), named(self.config):
            code = main.run(list(words))
        return Said(code, out.getvalue(), err.getvalue())

    def start(self, *words: str, **environment: str) -> subprocess.Popen[str]:
        """A command as a process of its own."""
        return subprocess.Popen(
            [*PROGRAM, *words], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
            cwd=ROOT, env={**os.environ, FILE_VARIABLE: str(self.config), **environment},
        )  # fmt: skip

    def at_the_screen(self, *words: str, answers: Sequence[tuple[str, Answer]] = (), **environment: str) -> Said:
        """A command in a terminal of 80 columns; `answers` are (what it asks, what is typed or sent)."""
        return at_the_screen(words, answers, environment={FILE_VARIABLE: str(self.config), **environment})

    def change(self, old: str, new: str) -> None:
        """An edit of the settings file."""
        text = self.config.read_text()
        assert old in text, old
        self.config.write_text(text.replace(old, new))

    def sent(self, after: int = 0) -> list[Logged]:
        """The requests that reached the servers since that many."""
        return [entry for entry in self.world.log.entries[after:] if "/control" not in entry.path]

    def writes(self, after: int = 0) -> list[Logged]:
        """Those of them that write customers."""
        return [e for e in self.sent(after) if e.method != "GET" and not e.path.endswith("/auth")]

    @property
    def requests(self) -> int:
        return len(self.world.log.entries)

    def backfilled(self) -> Workplace:
        """The first run is done."""
        said = self.type("backfill", "--yes")
        assert said.code == 0, said.err
        return self

    def names(self) -> set[str]:
        """Words of the guests' names that cannot stand in a report by chance."""
        rows = self.world.clopos.dump()
        return {word for row in rows for word in str(row.get("name") or "").split() if len(word) > 4}


@contextmanager
def workplace(
    folder: Path, *, clopos: int = 24, checkandplace: int = 24, shared: int = 14, seed: int = 5,
    switches: Mapping[str, str] | None = None, second_pair: bool = False,
) -> Iterator[Workplace]:  # fmt: skip
    """A workplace with running servers. `second_pair`: another pair, whose servers are not there."""
    world = World(seed, clopos, checkandplace, shared, switches, limits=False)
    with RunningServer(world) as server:
        place = Workplace(folder, world, server.base_url)
        text = settings_text(server.base_url, world.credentials, world.switchboard.words(), pair="main")
        if second_pair:
            other = settings_text("http://127.0.0.1:9", world.credentials, world.switchboard.words(), pair="other")
            other = other.split("[pairs", 1)[1].replace('brand = "', 'brand = "another-')
            text += "\n[pairs" + other.replace("access_token = ", 'attempts = 1\naccess_token = "x" # ').replace(
                "client_id", "attempts = 1\nclient_id"
            )
        place.config.write_text(text)
        place.config.chmod(0o600)  # it holds secrets
        yield place


@contextmanager
def named(config: Path) -> Iterator[None]:
    """The settings file, named by the environment as on a server: so next commands need not name it."""
    before = os.environ.get(FILE_VARIABLE)
    os.environ[FILE_VARIABLE] = str(config)
    try:
        yield
    finally:
        if before is None:
            del os.environ[FILE_VARIABLE]
        else:
            os.environ[FILE_VARIABLE] = before


def _own_terminal() -> None:
    """Makes the terminal on stdin the one whose keys send signals; called in the new process."""
    fcntl.ioctl(0, termios.TIOCSCTTY, 0)


def at_the_screen(
    words: Sequence[str], answers: Sequence[tuple[str, Answer]] = (), cwd: Path | None = None,
    environment: Mapping[str, str] | None = None,
) -> Said:  # fmt: skip
    """A command whose three streams are one terminal of 80 columns, its own one, as in a shell; what it prints is
    `out`. `answers`: (what it asks, what is typed: a line, or a key like Ctrl-C; or the signal that it gets)."""
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        [*PROGRAM, *words], stdin=theirs, stdout=theirs, stderr=theirs, cwd=cwd or ROOT, close_fds=True,
        env={**os.environ, "COLUMNS": "80", "TERM": "xterm", "PYTHONPATH": str(ROOT), **(environment or {})},
        start_new_session=True, preexec_fn=_own_terminal,
    )  # fmt: skip
    os.close(theirs)
    waiting, seen, text = list(answers), 0, ""
    try:
        while select.select([ours], [], [], 60)[0]:
            try:
                part = os.read(ours, 65536)
            except OSError:  # the other end was closed
                break
            if not part:
                break
            text += part.decode(errors="replace")
            while waiting and waiting[0][0] in text[seen:]:
                question, answer = waiting.pop(0)
                seen = text.index(question, seen) + len(question)
                if isinstance(answer, signal.Signals):
                    process.send_signal(answer)
                else:
                    os.write(ours, answer.encode() if answer in KEYS else f"{answer}\n".encode())
        code = process.wait(timeout=60)
    finally:
        process.kill()
        os.close(ours)
    assert not waiting, f"never asked: {waiting[0][0]}\n{text}"
    return Said(code, text.replace("\r\n", "\n"), "")
