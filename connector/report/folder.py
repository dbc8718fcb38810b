"""The further pages of a report: a folder beside the first page, filled out of sight and put in its place whole.

`report.html` has its further pages in `report.html.parts/`, each of mode 0600 in a folder of mode 0700. A later report
of the same name replaces them, or takes them away when it needs none: what an older one said of guests does not stay.
"""

from __future__ import annotations

import os
import re
import secrets
import shutil
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from urllib.parse import quote

from connector.domain.errors import ConnectorError

SUFFIX = ".parts"
_OURS = re.compile(r"[a-z_]+[a-z_.-]*-[0-9]{3,}\.html")
"""What a further page is called. A folder that holds anything else is not ours to take away."""


class FolderShelf:
    """A `Shelf` (connector.report.html) on disk, for the page at `path`. Raises OSError where it cannot be written."""

    def __init__(self, path: Path) -> None:
        self._place = path.with_name(path.name + SUFFIX)
        self._beside = path.with_name(f".{path.name}{SUFFIX}.{secrets.token_hex(4)}")
        self.overview = f"../{quote(path.name)}"
        self.count = 0

    def address(self, name: str) -> str:
        return f"{quote(self._place.name)}/{quote(name)}"

    def put(self, name: str, parts: Iterator[str]) -> None:
        if not self.count:
            self._beside.mkdir(mode=0o700)
        self.count += 1
        descriptor = os.open(self._beside / name, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8", errors="backslashreplace") as stream:
            for part in parts:
                stream.write(part)

    def check(self) -> None:
        """Raises ConnectorError `report-unwritable` where the folder's place is taken by something that is not ours."""
        if not self._place.exists():
            return
        if self._place.is_dir() and all(_OURS.fullmatch(entry.name) for entry in self._place.iterdir()):
            return
        raise ConnectorError(
            "report-unwritable", f"{self._place} is there already and holds other files than pages of a report.",
            next_step="Name another file with -o.",
        )  # fmt: skip

    def keep(self) -> None:
        """The pages take their place, and those of an older report go."""
        self.check()
        old = self._beside.with_name(self._beside.name + ".old")
        if self._place.exists():
            self._place.rename(old)
        if self.count:
            self._beside.rename(self._place)
        shutil.rmtree(old, ignore_errors=True)

    def drop(self) -> None:
        """Takes away what did not become whole."""
        with suppress(OSError):
            shutil.rmtree(self._beside)
