"""A file that its owner alone can read, in its place only when it is whole."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from connector.report.ours import unwritable
from connector.report.private import put_in_place


@contextmanager
def private_file(path: Path) -> Iterator[IO[bytes]]:
    """A stream of bytes into a file beside `path` (mode 0600), which takes its place at the end; on any error nothing
    is left and an older file stays. Raises ConnectorError `report-unwritable`."""
    try:
        with put_in_place(path) as beside, beside.open("wb", buffering=1 << 18) as stream:
            yield stream
            stream.flush()
            os.fsync(stream.fileno())
    except OSError as error:
        raise unwritable(path, error) from None
