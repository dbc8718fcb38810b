"""Files that `-o` may replace: earlier ones of this program, known by how they begin, and empty ones. Anything else
that stands there (settings, a mapping, the state, somebody's own table) is left alone."""

from __future__ import annotations

import errno
import os
import re
import stat
from pathlib import Path

from connector.domain.errors import ConnectorError, typed_path
from connector.domain.places import free_name, way_out, why_unwritable

_HEAD = 4096
_SAID = re.compile(rb'Customers of Clopos and Check&(?:amp;)?Place, pair |\{"schema": "connector-report/')
"""What stands in the first lines of a report, in whichever form of text."""
_BEGINS: dict[str, re.Pattern[bytes]] = {
    ".json": re.compile(rb'\{\s*"(?:WARNING|pairs|tasks|conflicts|holds|groups|pair)":'),
    ".html": re.compile(rb'<!doctype html>\n<html lang="[a-z]+">\n<head>\n<meta charset="utf-8">\n'
                        rb'<meta http-equiv="Content-Security-Policy" content="default-src &#39;none&#39;;'),
    ".xlsx": re.compile(rb"PK\x03\x04"),
    ".csv": re.compile(rb"\xef\xbb\xbf"),
}  # fmt: skip
"""How files of each ending begin; `.htm` is `.html`."""
_PRIVATE_ONLY = (".xlsx", ".csv")
"""Endings whose beginning says little: only a file that nobody else may read, as all of ours, is taken for ours."""


def check_place(path: Path) -> None:
    """Whether a result can be written to `path`, as far as that is known beforehand. Nothing is made or changed.

    Raises ConnectorError: `report-foreign` where something stands that is not ours, `report-unwritable` where the
    folder is missing or may not be written into.
    """
    try:
        mode = path.stat().st_mode
    except FileNotFoundError:
        if path.is_symlink():
            raise _foreign(path, "is a link that leads nowhere") from None
        _check_folder(path)
        return
    except OSError as error:
        raise unwritable(path, error) from None
    if stat.S_ISDIR(mode):
        raise unwritable(path, IsADirectoryError(errno.EISDIR, ""))
    if not stat.S_ISREG(mode):
        raise _foreign(path, "is no ordinary file, which could be replaced")
    if not is_ours(path):
        raise _foreign(path, "is there already and is no report or plan of this program")
    _check_folder(path)


def is_ours(path: Path) -> bool:
    """Whether an existing file looks like one that this program wrote as a result, or is empty."""
    try:
        with path.open("rb") as stream:
            head, mode = stream.read(_HEAD), os.fstat(stream.fileno()).st_mode
    except OSError:
        return False
    ending = path.suffix.lower()
    begins = _BEGINS.get(".html" if ending == ".htm" else ending)
    private = not mode & 0o077
    if not head or _SAID.search(head):
        return True
    return begins is not None and begins.match(head) is not None and (private or ending not in _PRIVATE_ONLY)


def unwritable(path: Path, error: OSError) -> ConnectorError:
    """`report-unwritable`: why it cannot be written there, and what to type."""
    return ConnectorError(
        "report-unwritable", f"{path} cannot be written: {why_unwritable(error, path)}.",
        engineer=f"{path}: {error.strerror or error}",
        next_step=way_out(error, path, "the same command with a file in a folder of yours after -o"),
    )  # fmt: skip


def _check_folder(path: Path) -> None:
    folder = path.parent
    if not folder.exists():
        raise unwritable(path, FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT)))
    if not folder.is_dir():
        raise unwritable(path, NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR)))
    if not os.access(folder, os.W_OK | os.X_OK):
        raise unwritable(path, PermissionError(errno.EACCES, os.strerror(errno.EACCES)))


def _foreign(path: Path, why: str) -> ConnectorError:
    other = free_name(Path(path.name) if not path.is_file() else path, lambda one: one.exists() or one.is_symlink())
    return ConnectorError(
        "report-foreign", f"{path} {why}, so it is not overwritten.", engineer=str(path),
        next_step=f"the same command with -o {typed_path(other)}",
    )  # fmt: skip
