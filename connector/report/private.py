"""Files for their owner alone: filled beside their place, and put there when they are whole."""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from connector.report.ours import check_place


@contextmanager
def put_in_place(path: Path) -> Iterator[Path]:
    """An empty file of mode 0600 beside `path`, to be filled; it takes that place at the end. On any error nothing is
    left, and an older file stays. Raises OSError, and ConnectorError where what stands there is not ours to replace."""
    check_place(path)
    beside = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    os.close(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    try:
        yield beside
        beside.replace(path)
    except BaseException:
        beside.unlink(missing_ok=True)
        raise
