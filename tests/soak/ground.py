"""The ground that histories are played on: one state file per process, wiped between them.

One engine for all of them spares the making of the schema and the compiling of each statement anew, which is most of
what a short history costs.
"""

from __future__ import annotations

import atexit
import shutil
import tempfile
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path

from sqlalchemy import Engine, event

from connector.state.database import open_state

MEMORY = Path("/dev/shm")


class Ground:
    """A folder with one state file and its engine. `on_commit`: whom to tell of each commit."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.on_commit: Callable[[], None] = lambda: None
        self.engine: Engine = open_state(self.url)
        self.engine.dispose()
        event.listen(self.engine, "connect", lambda connection, _record: connection.execute("PRAGMA synchronous=OFF"))
        event.listen(self.engine, "commit", lambda _connection: self.on_commit())
        self._copy("virgin")

    @property
    def url(self) -> str:
        return f"sqlite:///{self.folder / 'state.db'}"

    def wipe(self) -> None:
        """As if nothing had ever run here."""
        self.on_commit = lambda: None
        self._take("virgin")

    def keep(self) -> None:
        """Note the state as a process that dies now would leave it."""
        self._copy("dead")

    def take_back(self) -> None:
        """Go back to what was kept: what the dying process still did is lost."""
        self._take("dead")

    def _files(self) -> list[Path]:
        """The state and whatever the engine keeps beside it."""
        return [file for file in self.folder.iterdir() if file.is_file() and file.suffix != ".toml"]

    def _copy(self, name: str) -> None:
        place = self.folder / name
        shutil.rmtree(place, ignore_errors=True)
        place.mkdir()
        for file in self._files():
            if not file.name.endswith("-shm"):
                shutil.copyfile(file, place / file.name)

    def _take(self, name: str) -> None:
        self.engine.dispose()
        for file in self._files():
            file.unlink()
        for kept in (self.folder / name).iterdir():
            shutil.copyfile(kept, self.folder / kept.name)


@lru_cache(maxsize=1)
def common_ground() -> Ground:
    """The ground of this process."""
    folder = Path(tempfile.mkdtemp(prefix="soak-", dir=MEMORY if MEMORY.is_dir() else None))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return Ground(folder)
