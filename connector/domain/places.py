"""Why a file cannot be written where somebody wants it, in words, and what to type next. Pure: who asks the disk tells
what it said."""

from __future__ import annotations

import errno
from collections.abc import Callable
from pathlib import PurePath
from typing import TypeVar

from connector.domain.errors import typed_path

AnyPath = TypeVar("AnyPath", bound=PurePath)

_WHY = {
    errno.EEXIST: "it exists already",
    errno.EISDIR: "it is a folder",
    errno.EROFS: "this disk can only be read",
    errno.ENOSPC: "the disk is full",
    errno.EDQUOT: "the disk's quota is used up",
    errno.ENAMETOOLONG: "its name is too long",
    errno.EIO: "the disk failed",
}


def why_unwritable(error: OSError, path: PurePath) -> str:
    """Why `path` cannot be written, as the end of a sentence: "the folder reports does not exist"."""
    if error.errno == errno.ENOENT:
        return f"the folder {path.parent} does not exist"
    if error.errno == errno.ENOTDIR:
        return f"{path.parent} is no folder"
    if error.errno in (errno.EACCES, errno.EPERM):
        return f"you may not write into the folder {path.parent}"
    return _WHY.get(error.errno or 0) or error.strerror or "the disk does not say why"


def why_unreadable(error: OSError | UnicodeError) -> str:
    """Why a file cannot be read, as the end of a sentence: "there is no such file"."""
    if isinstance(error, UnicodeError):
        return "it is not UTF-8 text"
    why = {
        errno.ENOENT: "there is no such file", errno.ENOTDIR: "there is no such folder", errno.EISDIR: "it is a folder",
        errno.EACCES: "you may not read it", errno.EPERM: "you may not read it", errno.EIO: "the disk failed",
    }  # fmt: skip
    return why.get(error.errno or 0) or error.strerror or "the disk does not say why"


def way_out(error: OSError, path: PurePath, otherwise: str) -> str:
    """What to type next: the missing folder is made, else `otherwise`."""
    if error.errno == errno.ENOENT:
        return f"mkdir -p {typed_path(path.parent)}, then the same command again"
    return otherwise


def free_name(path: AnyPath, taken: Callable[[AnyPath], bool]) -> AnyPath:
    """The path itself if it is not taken, else the first of plan-2.json, plan-3.json, ... that is not."""
    number, found = 1, path
    while taken(found):
        number += 1
        found = path.with_name(f"{path.stem}-{number}{path.suffix}")
    return found
