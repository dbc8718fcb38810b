"""A file that its owner alone can read, in its place only when it is whole."""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

from connector.domain.errors import ConnectorError


@contextmanager
def private_file(path: Path) -> Iterator[IO[bytes]]:
    """A stream of bytes into a file beside `path` (mode 0600), which takes its place at the end; on any error nothing
    is left and an older file stays. Raises ConnectorError `file-unwritable`."""
    beside = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    try:
        descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except OSError as error:
        raise _unwritable(path, error) from None
    try:
        with os.fdopen(descriptor, "wb", buffering=1 << 18) as stream:
            yield stream
            stream.flush()
            os.fsync(stream.fileno())
        beside.replace(path)
    except OSError as error:
        raise _unwritable(path, error) from None
    finally:
        with suppress(OSError):
            beside.unlink()


def _unwritable(path: Path, error: OSError) -> ConnectorError:
    return ConnectorError(
        "file-unwritable", f"The file {path} can not be written.", engineer=f"{path}: {error.strerror}",
        next_step="Name another file with -o.",
    )  # fmt: skip
